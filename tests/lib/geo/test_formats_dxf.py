"""DXF: closed polylines become polygons, arcs chords, and all else is named."""

from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
import shapely

from guotu.lib.geo import crs, formats
from guotu.lib.geo.guard import Limits
from guotu.lib.refusal import Refusal

ZONE = crs.frame_of(4547)


def changes(features: formats.Features) -> list[str]:
    return [note.change for note in features.notes]


def rules(features: formats.Features) -> list[str]:
    return [one.rule for one in features.rejected]


def drawn(tmp_path: Path, draw: Any) -> formats.Features:
    drawing = ezdxf.new("R2010")
    draw(drawing.modelspace())
    drawing.saveas(tmp_path / "a.dxf")
    return formats.read(tmp_path / "a.dxf", ZONE)


SQUARE = [(460_000, 3_176_000), (460_100, 3_176_000), (460_100, 3_176_100), (460_000, 3_176_100)]


def test_closed_polylines_of_both_kinds_become_polygons(tmp_path: Path) -> None:
    def draw(space: Any) -> None:
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "用地红线"})
        space.add_lwpolyline([*SQUARE, SQUARE[0]])
        space.add_polyline2d(SQUARE, close=True)
        space.add_polyline3d([(x, y, 50) for x, y in SQUARE], close=True)
        space.add_lwpolyline(SQUARE)
        space.add_lwpolyline([(0, 0)], close=True)
        space.add_text("说明")

    features = drawn(tmp_path, draw)
    assert [shape.area for shape in features.geometry] == [10_000] * 4
    assert features.fields.column("layer").to_pylist()[0] == "用地红线"
    assert rules(features) == ["ring_open", "ring_short"]
    assert changes(features) == [
        "不是多段线的实体未读入（TEXT）",
        "每条闭合多段线各读为一个面，不作孔洞",
        "去掉高程（Z）",
    ]


def test_arcs_become_chords_within_a_millimetre_and_are_noted(tmp_path: Path) -> None:
    west, east = (460_000, 3_176_000), (460_100, 3_176_000)
    circles = [[(*west, 1), (*east, 1)], [(*west, -1), (*east, -1)]]

    def draw(space: Any) -> None:
        for circle in circles:
            space.add_lwpolyline(circle, format="xyb", close=True)
        space.add_lwpolyline([(*west, 0.5), (*west, 1), (*east, 0.1)], format="xyb", close=True)

    features = drawn(tmp_path, draw)
    for shape in features.geometry[:2]:
        assert shape.area == pytest.approx(np.pi * 50**2, rel=1e-4)
        distance = shapely.distance(
            shapely.points(shapely.get_coordinates(shape)), shapely.Point(460_050, 3_176_000)
        )
        np.testing.assert_allclose(distance, 50, atol=1e-6)
    assert "弦高不超过 1 毫米" in features.notes[0].change


@pytest.mark.parametrize("bulge", [1e300, float("inf"), float("nan"), 1e-9])
def test_an_arc_beyond_reason_costs_its_feature(tmp_path: Path, bulge: float) -> None:
    far = [(-4e7, 3e6, bulge), (4e7, 3e6, 0), (0, 4e6, 0)]
    features = drawn(tmp_path, lambda space: space.add_lwpolyline(far, format="xyb", close=True))
    assert features.rejected[0].rule in {"curve", "coordinate", "extent"}


def test_polylines_that_do_not_lie_flat_or_straight_are_rejected(tmp_path: Path) -> None:
    def draw(space: Any) -> None:
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"extrusion": (0, 0, -1)})
        space.add_polyline2d(SQUARE, close=True, dxfattribs={"flags": 5})
        space.add_polymesh((3, 3))

    assert rules(drawn(tmp_path, draw)) == ["extrusion", "curve", "geometry_type"]


def test_dxf_never_says_its_frame(tmp_path: Path) -> None:
    drawn(tmp_path, lambda space: space.add_lwpolyline(SQUARE, close=True))
    with pytest.raises(Refusal):
        formats.read(tmp_path / "a.dxf")
    few = Limits(**vars(Limits.site()) | {"max_features": 0})
    with pytest.raises(Refusal, match="图形太多"):
        formats.read(tmp_path / "a.dxf", ZONE, few)
