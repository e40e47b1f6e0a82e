"""County: every layer of a county that never was, from a seed."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.fiction import controls, landuse, naming, protected, underground
from guotu.lib.fiction import land as lands
from guotu.lib.fiction import outline as outlines
from guotu.lib.fiction.mesh import GRID_M
from guotu.lib.geo.crs import frame_of

Layer = tuple[NDArray[np.object_], pa.Table]
DEFAULT_EPSG = 4547
_CENTRE = (461_000.0, 3_176_000.0)

LAYERS = (
    "divisions", "villages", "landuse", "basic_farmland", "eco_redline", "urban_boundary",
    "approved", "mines", "hazard_points", "hazard_zones", "violations", "forest", "reserve",
    "water_source", "river", "heritage", "ore_cover", "facility_farmland", "banked_plots",
)  # fmt: skip


def county(
    parcels: int,
    seed: int = 7,
    outline: shapely.Geometry | None = None,
    *,
    epsg: int = DEFAULT_EPSG,
    code: str = naming.COUNTY_CODE,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Layer]:
    """Return every layer of a fictional county of about `parcels` parcels (within 5 %).

    Each layer is (geometry, fields): shapely polygons (points for `hazard_points`) in the CGCS2000
    zone `epsg` on the 0.1 mm grid, and a table with the survey's field names. `landuse` tiles
    `outline` without gap or overlap; without an outline one is drawn, of a size that suits the
    number. The same arguments give the same values.
    """
    say = progress or (lambda doing: None)
    draw, name, rest = (np.random.default_rng([seed, part]) for part in range(3))
    if outline is None:
        outline = outlines.fictional(parcels * lands.USUAL_PARCEL_M2, _CENTRE, draw)
    outline = shapely.set_precision(outline, GRID_M)
    say("塑造地形、水系、道路与图斑")
    land = lands.build(outline, parcels, draw)
    names = landuse.names_of(land, code, name)
    frame = frame_of(epsg)
    say("计算图斑面积与属性")
    made: dict[str, Layer] = {"landuse": landuse.layer(land, names, frame)}
    say("划定行政区与管控图层")
    made |= _divisions(land, names)
    made["basic_farmland"] = controls.basic_farmland(land, names, rest)
    made["eco_redline"] = controls.eco_redline(land, names, rest)
    made["urban_boundary"] = controls.urban_boundary(land, names, rest)
    made["approved"] = controls.approved(land, names, rest)
    made["violations"] = controls.violations(land, names, rest)
    made["mines"] = underground.mines(land, names, rest)
    made["ore_cover"] = underground.ore_cover(land, rest)
    made["hazard_points"], made["hazard_zones"] = underground.hazards(land, names, rest)
    made["forest"] = protected.forest(land, names)
    made["reserve"] = protected.reserve(land, rest)
    made["water_source"] = protected.water_source(land, names)
    made["river"] = protected.river(land, rest)
    made["heritage"] = protected.heritage(land, names, rest)
    made["facility_farmland"] = protected.facility_farmland(land, names)
    made["banked_plots"] = protected.banked_plots(land, names, rest)
    return {layer: made[layer] for layer in LAYERS}


def _divisions(land: lands.Land, names: landuse.Names) -> dict[str, Layer]:
    towns, town = _one_each(*land.grouped(land.township_of[land.village]))
    villages, village = _one_each(*land.grouped(land.village))
    above = land.township_of[village]
    return {
        "divisions": (
            towns,
            pa.table({"XZQDM": names.township_code[town], "XZQMC": names.township[town]}),
        ),
        "villages": (
            villages,
            pa.table(
                {
                    "ZLDWDM": names.village_code[village] + "0000000",
                    "ZLDWMC": names.village[village],
                    "XZQDM": names.township_code[above],
                    "XZQMC": names.township[above],
                }
            ),
        ),
    }


def _one_each(
    shapes: NDArray[np.object_], label: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Join the parts of a label into one multipolygon."""
    names, first, count = np.unique(label, return_index=True, return_counts=True)
    made = shapes[first].copy()
    for place in np.flatnonzero(count > 1):
        made[place] = shapely.multipolygons(shapes[label == names[place]])
    return made, names
