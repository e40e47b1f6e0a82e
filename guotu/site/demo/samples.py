"""Samples: a few site files to drag onto the map, each of which the county answers differently."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.fiction.county import Layer
from guotu.lib.fiction.drawing import as_objects, yard
from guotu.lib.fiction.mesh import rounded
from guotu.lib.geo.crs import Frame
from guotu.lib.geo.formats import write

FOLDER = "samples"
README = "说明.txt"
_OPEN_TO_BUILD = ("divisions", "villages", "landuse", "urban_boundary")
_TRIES = 4000
_ZIP_DAY = (2025, 12, 31, 0, 0, 0)
_DBF_DAY = bytes((125, 12, 31))


def write_all(home: Path, made: dict[str, Layer], frame: Frame, seed: int) -> list[tuple[str, str]]:
    """Write the samples into `home`/samples; return each file's name and what it shows."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    rng = np.random.default_rng([seed, 9])
    lines = []
    for name, told, sites in _sites(made, rng):
        if sites:
            _write(folder / name, as_objects(sites), _plots(sites, told), frame)
            lines.append((name, told))
    text = ["这些是虚构的项目范围，可以拖到地图上审查。", ""]
    text += [f"{name}    {told}" for name, told in lines]
    (folder / README).write_text("\n".join(text) + "\n", encoding="utf-8")
    return lines


def _write(path: Path, sites: NDArray[np.object_], plots: pa.Table, frame: Frame) -> None:
    if path.suffix != ".zip":
        write(path, sites, plots, frame)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        write(Path(folder) / "site.shp", sites, plots, frame)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                held = bytearray(part.read_bytes())
                if part.suffix == ".dbf":
                    held[1:4] = _DBF_DAY  # else the day of writing: same seed, same bytes
                archive.writestr(zipfile.ZipInfo(part.name, _ZIP_DAY), bytes(held))


def _plots(sites: list[shapely.Polygon], told: str) -> pa.Table:
    count = len(sites)
    return pa.table(
        {
            "地块编号": [f"DK{one + 1}" for one in range(count)],
            "地块名称": [told] * count,
            "地块用途": ["建设用地"] * count,
        }
    )


def _sites(
    made: dict[str, Layer], rng: np.random.Generator
) -> list[tuple[str, str, list[shapely.Polygon]]]:
    clean = _clear_of_all(made, rng)
    red = made["eco_redline"][0]
    farm = made["basic_farmland"][0]
    over_red = _astride(red, made, rng)
    in_farm = _inside(farm, rng)
    return [
        ("1-不碰任何管控.geojson", "不碰任何管控图层", clean[:1]),
        ("2-贴着红线.txt", "与生态保护红线共边而不重叠", _touching(red, made)),
        ("3-压占红线.zip", "压占生态保护红线", over_red[:1]),
        ("4-占用永久基本农田.zip", "占用永久基本农田", in_farm[:1]),
        ("5-两块地.txt", "两个地块：一块不碰管控，一块占用永久基本农田", clean[1:2] + in_farm[1:2]),
        ("6-跨线地块.geojson", "一部分压在红线内，可以裁去", over_red[1:2]),
    ]


def _clear_of_all(made: dict[str, Layer], rng: np.random.Generator) -> list[shapely.Polygon]:
    guarded = np.concatenate([made[name][0] for name in made if name not in _OPEN_TO_BUILD])
    tree = shapely.STRtree(guarded)
    outline = shapely.union_all(made["divisions"][0])
    towns = made["urban_boundary"][0]
    west, south, east, north = shapely.total_bounds(towns)
    found = []
    for _ in range(_TRIES):
        centre = np.asarray([rng.uniform(west, east), rng.uniform(south, north)])
        site = yard(centre, rng.uniform(0, 3.1), 70.0, 45.0, rng)
        free = not len(tree.query(site.buffer(120.0), predicate="intersects"))
        if free and shapely.covers(outline, site):
            found.append(site)
        if len(found) == 2:
            break
    return found


def _outward(area: shapely.Polygon) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each rim edge's start, and its step to the next corner (counter-clockwise)."""
    rim = shapely.get_coordinates(shapely.orient_polygons(area).exterior)
    return rim[:-1], np.diff(rim, axis=0)


def _touching(areas: NDArray[np.object_], made: dict[str, Layer]) -> list[shapely.Polygon]:
    """Return a site that has one whole edge of a red line for its own and lies outside it."""
    outline = shapely.union_all(made["divisions"][0])
    tree = shapely.STRtree(areas)
    for area in areas:
        for part in shapely.get_parts(area):
            start, step = _outward(part)
            length = np.hypot(*step.T)
            for edge in np.argsort(-length)[:60]:
                a, b = start[edge], start[edge] + step[edge]
                out = np.asarray([step[edge][1], -step[edge][0]]) / length[edge] * 40.0
                along = step[edge] * 0.12
                far_b, far_a = rounded(np.asarray([b + out - along, a + out + along]))
                site = shapely.Polygon(np.asarray([a, far_a, far_b, b]))
                near = areas[tree.query(site, predicate="intersects")]
                touches = site.is_valid and shapely.touches(near, site).all()
                if touches and outline.covers(site):
                    return [shapely.orient_polygons(site)]
    return []


def _astride(
    areas: NDArray[np.object_], made: dict[str, Layer], rng: np.random.Generator
) -> list[shapely.Polygon]:
    """Return sites that lie across a red line: some within, some without."""
    outline = shapely.union_all(made["divisions"][0])
    rims = shapely.get_coordinates(shapely.boundary(areas))
    found = []
    for _ in range(_TRIES):
        centre = rims[int(rng.integers(len(rims)))] + rng.normal(0, 6, 2)
        site = yard(centre, rng.uniform(0, 3.1), 90.0, 60.0, rng)
        share = float(shapely.area(shapely.intersection(areas, site)).sum()) / site.area
        if 0.15 < share < 0.6 and outline.covers(site):
            found.append(site)
        if len(found) == 2:
            break
    return found


def _inside(areas: NDArray[np.object_], rng: np.random.Generator) -> list[shapely.Polygon]:
    """Return sites wholly within one area each."""
    found = []
    order = np.argsort(-shapely.area(areas))
    for area in areas[order[:200]]:
        centre = shapely.get_coordinates(shapely.point_on_surface(area))[0]
        for length in (60.0, 36.0, 22.0):
            site = yard(centre, rng.uniform(0, 3.1), length, length * 0.7, rng)
            if shapely.covers(area, site):
                found.append(site)
                break
        if len(found) == 2:
            break
    return found
