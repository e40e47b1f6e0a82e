"""Files of every awkward sort, written by another library, each with what it really holds.

Shapes stand in metres about where EPSG:4547 has a county, or in degrees where the case says so.
"""

import json
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from trials._atlas import EPSG
from trials.harness import SHARED_DATA

EAST, NORTH = 460_000.0, 3_176_000.0
COMMUNES = SHARED_DATA / "polygons" / "france_communes_2018.parquet"
# The communes are carried east to where this county's zone may be reckoned with; shapes keep.
_EASTWARD_DEG = 111.6
_CLOSE_DEG = 3.0


@dataclass(frozen=True)
class Case:
    """One file: how to write it, how to import it, and whether it must be refused as a whole."""

    name: str
    write: Callable[[Path], Path]
    layer: str = "forest"
    options: dict[str, Any] = field(default_factory=dict)
    refused: bool = False


def cases(most_communes: int) -> list[Case]:
    """Return the corpus; the real shapes are in it only where they are on this machine."""
    made = [
        Case("holes", _gpkg(_holes)),
        Case("multiparts", _gpkg(_multiparts, "MultiPolygon")),
        Case("Z", _gpkg(_raised, "Polygon Z")),
        Case("Z in part of GeoJSON", _raised_geojson),
        Case("nulls and empties", _gpkg(_nulls)),
        Case("self-touch", _gpkg(_self_touch)),
        Case("duplicate vertices", _gpkg(_duplicate_vertices)),
        Case("off the grid", _gpkg(_off_grid)),
        Case("collapses on the grid", _gpkg(_collapsing)),
        Case("other sorts", _gpkg(_other_sorts, "Unknown")),
        Case("GBK Shapefile", _gbk_shapefile),
        Case("missing CRS, said", _gpkg(_plain, epsg=None), options={"crs": str(EPSG)}),
        Case("missing CRS, unsaid", _gpkg(_plain, epsg=None), refused=True),
        Case("unknown codes", _codes, layer="landuse"),
        Case("other zone", _gpkg(_plain, epsg=4548)),
        Case("lon/lat GeoJSON", _lonlat),
    ]
    if COMMUNES.exists():
        made.append(Case("real shapes, rounded", lambda path: _communes(path, most_communes)))
    return made


def name_of(row: int) -> str:
    """Return the name (MC) that the feature in this row of any file carries."""
    return f"林地{row}号"


Shapes = NDArray[np.object_]


def _gpkg(
    shapes: Callable[[], Shapes], sort: str = "Polygon", epsg: int | None = EPSG
) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        return _written(folder / "case.gpkg", shapes(), sort, epsg)

    return write


def _written(
    path: Path, shapes: Shapes, sort: str, epsg: int | None, fields: Any = None, **options: Any
) -> Path:
    count = len(shapes)
    fields = fields or {
        "MC": np.array([name_of(row) for row in range(count)], object),
        "LX": np.array(["公益林"] * count, object),
    }
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
    warnings.filterwarnings("ignore", "'crs' was not provided")
    pyogrio.raw.write(
        path,
        geometry=np.array(
            [None if one is None else shapely.to_wkb(one, include_srid=False) for one in shapes]
        ),
        field_data=list(fields.values()),
        fields=np.array(list(fields), object),
        geometry_type=sort,
        crs=f"EPSG:{epsg}" if epsg else None,
        driver=drivers[path.suffix],
        **options,
    )
    return path


def _array(shapes: list[Any]) -> Shapes:
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return made


def _box(column: int, size: float = 40.0) -> shapely.Polygon:
    west = EAST + 60.0 * column
    return shapely.box(west, NORTH, west + size, NORTH + size)


def _plain() -> Shapes:
    return _array([_box(column) for column in range(6)])


def _holes() -> Shapes:
    ring = [_box(column).exterior.coords for column in range(5)]
    hole = [_box(column, 10).exterior.coords for column in range(5)]
    inside = [[(x + 5, y + 5) for x, y in one] for one in hole]
    far = [[(x + 1000, y) for x, y in one] for one in hole]
    return _array(
        [shapely.Polygon(ring[column], [inside[column]]) for column in range(4)]
        + [shapely.Polygon(ring[4], [far[4]])]
    )


def _multiparts() -> Shapes:
    apart = [shapely.MultiPolygon([_box(column), _box(column + 10)]) for column in range(3)]
    nested = shapely.MultiPolygon([_box(4), _box(4, 20)])
    return _array([*apart, nested, shapely.MultiPolygon([_box(5)])])


def _raised() -> Shapes:
    return _array([shapely.force_3d(_box(column), 88.5) for column in range(4)])


def _nulls() -> Shapes:
    return _array([_box(0), None, _box(1), shapely.Polygon(), None, _box(2)])


def _self_touch() -> Shapes:
    x, y = EAST, NORTH
    pinched = [
        (x, y),
        (x + 40, y),
        (x + 20, y + 20),
        (x + 40, y + 40),
        (x, y + 40),
        (x + 20, y + 20),
    ]
    bow_tie = [(x, y), (x + 40, y + 40), (x + 40, y), (x, y + 40)]
    spike = [(x, y), (x + 40, y), (x + 40, y + 40), (x + 40, y + 90), (x + 40, y + 40), (x, y + 40)]
    inner = [(x, y), (x + 10, y + 10), (x, y + 20)]
    touching_hole = shapely.Polygon([(x, y - 10), (x + 40, y), (x, y + 40)], [inner])
    return _array([*map(shapely.Polygon, (pinched, bow_tie, spike)), touching_hole, _box(5)])


def _duplicate_vertices() -> Shapes:
    made = []
    for column in range(4):
        corners = list(_box(column).exterior.coords)
        made.append(shapely.Polygon([one for one in corners for _ in range(column + 1)]))
    return _array(made)


def _off_grid() -> Shapes:
    rng = np.random.default_rng(7)
    return _array(
        [
            shapely.transform(_box(column), lambda xy: xy + rng.uniform(-1, 1, 2))
            for column in range(20)
        ]
    )


def _collapsing() -> Shapes:
    thin = shapely.Polygon(
        [(EAST, NORTH), (EAST + 40, NORTH), (EAST + 40, NORTH + 3e-5), (EAST, NORTH + 3e-5)]
    )
    tiny = shapely.Polygon([(EAST, NORTH), (EAST + 2e-5, NORTH), (EAST, NORTH + 2e-5)])
    return _array([_box(0), thin, tiny, _box(1)])


def _other_sorts() -> Shapes:
    line = shapely.LineString([(EAST, NORTH), (EAST + 10, NORTH)])
    mixed = shapely.GeometryCollection([_box(0), shapely.Point(EAST, NORTH)])
    return _array([_box(0), line, shapely.Point(EAST, NORTH), mixed, _box(1)])


def _gbk_shapefile(folder: Path) -> Path:
    path = _written(folder / "林地.shp", _plain(), "Polygon", EPSG, encoding="GBK")
    packed = folder / "林地.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(folder.glob("林地.*")):
            # Without its .cpg a Shapefile says its encoding in one byte of the .dbf, or not at all.
            if part.suffix in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(part, part.name)
    path.unlink()
    return packed


def _codes(folder: Path) -> Path:
    codes = ["0101", "9999", None, "", "0201K", "203A"]
    fields = {"DLBM": np.array(codes, object), "TBBH": np.array(list("abcdef"), object)}
    return _written(folder / "case.gpkg", _plain(), "Polygon", EPSG, fields)


def _lonlat(folder: Path) -> Path:
    boxes = [shapely.box(113.6 + at / 1000, 28.7, 113.6007 + at / 1000, 28.7007) for at in range(5)]
    return _geojson(folder, boxes)


def _raised_geojson(folder: Path) -> Path:
    boxes = [shapely.box(113.6 + at / 1000, 28.7, 113.6007 + at / 1000, 28.7007) for at in range(4)]
    return _geojson(
        folder, [shapely.force_3d(one, 70) if at % 2 else one for at, one in enumerate(boxes)]
    )


def _geojson(folder: Path, shapes: list[Any]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"MC": name_of(at)},
            "geometry": shapely.geometry.mapping(one),
        }
        for at, one in enumerate(shapes)
    ]
    path = folder / "case.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def _communes(folder: Path, most: int) -> Path:
    import pyarrow.parquet as pq

    table = pq.read_table(COMMUNES, columns=["geometry"])
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    shapes = shapely.transform(shapes, lambda xy: np.round(np.add(xy, [_EASTWARD_DEG, 0.0]), 4))
    near = np.abs(shapely.get_x(shapely.centroid(shapes)) - 114.0) < _CLOSE_DEG
    return _written(folder / "communes.gpkg", shapes[near][:most], "Unknown", 4490)
