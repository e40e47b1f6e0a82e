"""A release is taken into the register: read = begun + changed + unchanged + refused."""

import datetime

import numpy as np
import pyogrio
import pytest
import shapely

from guotu.core.atlas.models import Release
from guotu.core.atlas.publishing import import_layer
from guotu.core.journal.actions import Actor
from guotu.core.register import catalogue, queries, spatial
from guotu.core.register.actions import taking
from guotu.lib.refusal import Refusal
from tests.core.register.conftest import OTHER, VILLAGE, box, did
from tests.site.conftest import home

__all__ = ["home"]


@pytest.fixture(autouse=True)
def own_home(home, county):
    """Have releases lie in a folder of the test's own."""


def published(folder, rows, year, layer="landuse"):
    """Publish parcels (village, number, class, shape) at the end of a year."""
    path = folder / f"{layer}-{year}.gpkg"
    villages, numbers, classes, shapes = (list(column) for column in zip(*rows, strict=True))
    fields = {"ZLDWDM": [f"{one}0000000" if one else "" for one in villages], "TBBH": numbers}
    fields["DLBM"] = classes
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes)),
        field_data=[np.array(values, object) for values in fields.values()],
        fields=np.array(list(fields), object),
        geometry_type="Polygon",
        crs="EPSG:4547",
        driver="GPKG",
    )
    released = datetime.date(year, 12, 31)
    import_layer(layer, path, released=released, tiles=False, topology=False)
    return Release.objects.get(layer__name=layer, released=released)


def squares(*told):
    return [
        (village, number, dlbm, box(100 * place, 0, 100 * place + 90, 90))
        for place, (village, number, dlbm) in enumerate(told)
    ]


def counts(taken):
    return (taken.read, taken.begun, taken.changed, taken.unchanged, len(taken.refused))


def test_two_years_are_taken_and_every_feature_is_accounted_for(tmp_path):
    first = published(
        tmp_path,
        squares(
            (VILLAGE, "1", "0101"), (VILLAGE, "2", "0301"), (OTHER, "1", "0702"),
            ("", "4", "0101"), (VILLAGE, "1", "0101"),
        ),
        2024,
    )  # fmt: skip
    taken = did("take_from_release", kind="landuse", release=first)
    assert counts(taken) == (5, 3, 0, 0, 2)
    assert taken.as_dict()["reasons"] == {"图斑的编码写得不对": 1, "编码在同一版本中重复": 1}
    again = did("take_from_release", kind="landuse", release=first)
    assert counts(again) == (5, 0, 0, 3, 2)
    assert again.absent == 0
    second = published(tmp_path, squares((VILLAGE, "1", "0101"), (VILLAGE, "2", "0601")), 2025)
    taken = did("take_from_release", kind="landuse", release=second, end_absent=True)
    assert counts(taken) == (2, 0, 1, 1, 0)
    assert (taken.absent, taken.ended) == (1, 1)
    spatial.check_index()

    def held(year):
        found = queries.as_of("landuse", valid_on=datetime.date(year, 12, 31))
        return [(one.code[-14:], one.facts["DLBM"]) for one in found]

    assert [code[1] for code in held(2024)] == ["0101", "0301", "0702"]
    assert [code[1] for code in held(2025)] == ["0101", "0601"]
    assert held(2023) == []
    # Taken late, an older year must not undo a newer one.
    late = did("take_from_release", kind="landuse", release=first)
    assert counts(late)[2] == 0
    assert len(late.refused) == 4


def test_only_what_fits_is_taken(tmp_path):
    release = published(tmp_path, squares((VILLAGE, "1", "0101"), (OTHER, "2", "0101")), 2024)
    with pytest.raises(Refusal, match="不由这个图层"):
        did("take_from_release", kind="estate", release=release)
    there = Actor(None, 1, frozenset({"register.write"}), frozenset({OTHER}))
    taken = did("take_from_release", there, kind="landuse", release=release)
    assert counts(taken) == (2, 1, 0, 0, 1)
    release.withdrawn_at = datetime.datetime.now(datetime.UTC)
    with pytest.raises(Refusal, match="撤回"):
        did("take_from_release", kind="landuse", release=release)


def test_a_grade_is_a_number_whether_the_release_writes_it_as_one_or_as_text():
    """DLTB has GDDB as Int2 (TD/T 1057-2020); some deliveries write it as text."""
    of = catalogue.kind("landuse")
    for written, kept in ((7, 7), ("7", 7), ("07", 7), ("七", "七")):
        assert taking._typed(of, "GDDB", written) == kept
    assert taking._typed(of, "DLBM", "0101") == "0101"
