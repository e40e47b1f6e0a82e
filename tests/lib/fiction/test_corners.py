"""The corners of a fictional county that no ordinary county comes to."""

import numpy as np
import pytest
import shapely

from guotu.lib import fiction
from guotu.lib.fiction import (
    cover,
    gcj02,
    land,
    lines,
    merging,
    mesh,
    naming,
    ribbons,
    shape,
    sites,
    terrain,
    triangles,
)


def tiles(made: dict[str, fiction.Layer]) -> bool:
    parcels = made["landuse"][0]
    return bool(shapely.is_valid(parcels).all() and shapely.coverage_is_valid(parcels))


def test_a_coarse_county_still_tiles_its_outline() -> None:
    island = shapely.union(shapely.box(0, 0, 60_000, 50_000), shapely.box(70_000, 0, 75_000, 4_000))
    outline = shapely.transform(island, lambda xy: xy + np.array([430_000.0, 3_150_000.0]))
    assert tiles(fiction.county(60, seed=3, outline=outline))


@pytest.mark.parametrize(("rounds", "attempts"), [(1, 8), (1, 1)])
def test_ribbons_that_would_fold_are_drawn_plainly(
    rounds: int, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ribbons, "_ROUNDS", rounds)
    monkeypatch.setattr(land, "_ATTEMPTS", attempts)
    made = fiction.county(700, seed=11)
    assert len(made["landuse"][0]) > 300


def test_small_parcels_that_find_no_end_of_merging_stop_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merging, "LEAST_PARCEL_M2", 40_000.0)
    few = fiction.county(300, seed=5)
    monkeypatch.undo()
    assert len(few["landuse"][0]) < len(fiction.county(300, seed=5)["landuse"][0])


def test_without_lines_there_is_nothing_near_and_sites_stand_as_they_were() -> None:
    spots = np.array([[0.0, 0.0], [5.0, 5.0]])
    assert (cover._distance([], spots) >= 1e4).all()
    assert sites.all_sites(spots, [], 10.0) is spots


def test_places_outside_china_are_not_unshifted() -> None:
    with pytest.raises(ArithmeticError, match="GCJ-02"):
        gcj02.unshifted(np.array([[np.nan, 30.0]]))


def test_names_go_on_when_the_pairs_run_out() -> None:
    names = naming.place_names(400, np.random.default_rng(1), tails="山")
    assert len(names) == 400
    assert {len(name) for name in names} == {2, 3}


def test_roads_lead_only_where_there_is_somewhere_to_go() -> None:
    outline = shapely.box(460_000, 3_176_000, 462_000, 3_178_000)
    ground = land._terrain(outline, outline.area, np.random.default_rng(2))
    middle = np.array([ground.height.size // 2 + ground.shape[1] // 2])
    nowhere = np.zeros(0, np.int64)
    assert isinstance(ground, terrain.Terrain)
    rng = np.random.default_rng(3)
    assert lines.roads(ground, middle, nowhere, nowhere, nowhere, rng) == []
    assert {
        line.code for line in lines.roads(ground, middle, nowhere, middle + 9, nowhere, rng)
    } == {"1006"}


def test_a_shape_that_cannot_be_smoothed_without_harm_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    net, _ = mesh.build(rng.uniform(-10, 110, (200, 2)), shapely.box(0, 0, 100, 100))
    everywhere = np.ones(net.cells, bool)
    monkeypatch.setattr(shape, "folded_cells", lambda *_: everywhere)
    monkeypatch.setattr(shape, "vertices_of", lambda net, _: rng.random(len(net.xy)) < 0.02)
    before = net.xy
    after = before + 1.0
    assert shape._without_harm(net, np.zeros((net.cells, 2)), before, after) is before


def test_a_way_is_followed_as_far_as_the_rounds_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    net = triangles.Triangles(rng.uniform(0, 1000, (4000, 2)))
    ends = np.array([[20.0, 20.0], [980.0, 960.0]])
    run = np.zeros(2, np.int64)
    short, _ = net.walk(ends, run, rounds=2)
    whole, _ = net.walk(ends, run)
    assert len(short) < len(whole)
    there = net.locate(ends)
    monkeypatch.setattr(triangles, "_MOST_STEPS", 0)
    assert net.locate(ends).shape == there.shape
