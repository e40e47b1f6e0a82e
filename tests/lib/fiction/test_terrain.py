"""Water runs down to the rim, gathers on its way, and wears its valleys."""

import numpy as np
import pytest

from guotu.lib.fiction import lines, terrain


@pytest.fixture(scope="module")
def land() -> terrain.Terrain:
    return terrain.build((0, 0, 9000, 7000), np.random.default_rng(5), most_nodes=15_000)


def test_every_node_drains_to_the_rim(land: terrain.Terrain) -> None:
    rows, columns = land.shape
    rim = land.down[land.down == np.arange(land.down.size)]
    row, column = np.divmod(rim, columns)
    assert np.isin(row, (0, rows - 1)).__or__(np.isin(column, (0, columns - 1))).all()


def test_catchments_grow_downstream(land: terrain.Terrain) -> None:
    upstream = land.upstream_km2.ravel()
    assert (upstream[land.down] >= upstream - 1e-12).all()
    own = land.step_m**2 / 1e6
    assert upstream.min() >= own - 1e-12


def test_large_streams_lie_lower_than_the_land_beside_them(land: terrain.Terrain) -> None:
    stream = land.upstream_km2 > 2
    assert np.median(land.above_stream_m[stream]) == 0
    assert np.median(land.slope_deg[stream]) < np.median(land.slope_deg)


def test_rivers_widen_downstream(land: terrain.Terrain) -> None:
    for line in lines.waters(land):
        assert (np.diff(line.half_width_m) >= -1e-9).all()


def test_same_seed_same_terrain(land: terrain.Terrain) -> None:
    again = terrain.build((0, 0, 9000, 7000), np.random.default_rng(5), most_nodes=15_000)
    assert np.array_equal(land.height, again.height)
