"""`guotu overlay`: files in, pieces out, exit status as promised."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from click.testing import CliRunner

from guotu.lib.geo import formats
from guotu.lib.geo.crs import frame_of, transform
from guotu.site.cli.overlay import command
from tests.lib.geo.overlay_shapes import areas

ZONE, LONLAT = frame_of(4547), frame_of(4490)
X, Y = 460_000.0, 3_176_000.0


def box(west, south, east, north):
    return shapely.box(X + west, Y + south, X + east, Y + north)


PARCELS = np.array([box(0, 0, 100, 100), box(100, 0, 200, 100), box(300, 0, 400, 9)], object)
RED = np.array([box(50, 50, 150, 150)], object)


@pytest.fixture
def run(tmp_path):
    """Write both layers; return a function that runs the command and gives status and JSON."""
    formats.write(tmp_path / "a.gpkg", PARCELS, pa.table({"DLBM": ["0101", "0301", "0101"]}), ZONE)
    formats.write(tmp_path / "b.parquet", RED, pa.table({"MC": ["红线"]}), ZONE)

    def call(*options, a="a.gpkg", b="b.parquet", out="pieces.parquet"):
        paths = [str(tmp_path / a), str(tmp_path / b), "--out", str(tmp_path / out), "--json"]
        done = CliRunner().invoke(command, [*paths, *options], standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.return_value, json.loads(done.stdout) if done.stdout else done.stderr

    call.folder = tmp_path
    return call


def test_pieces_carry_ids_fields_and_areas_that_sum(run):
    status, told = run()
    table = pq.read_table(run.folder / "pieces.parquet")
    assert status == 0
    assert told["pieces"] == 2
    assert told["seconds"] > 0
    assert told["planar_m2"] == pytest.approx(areas(PARCELS, RED).sum())
    assert told["area_m2"] == sum(table["area_dm2"].to_pylist()) / 100
    assert table["subject"].to_pylist() == ["1", "2"]
    assert table["other"].to_pylist() == ["1", "1"]
    assert table["a_DLBM"].to_pylist() == ["0101", "0301"]
    assert table["b_MC"].to_pylist() == ["红线", "红线"]


def test_identity_keeps_the_remainders(run):
    status, told = run("--identity")
    table = pq.read_table(run.folder / "pieces.parquet")
    assert status == 0
    assert told["pieces"] == 5
    assert table["other"].to_pylist() == ["1", None, "1", None, None]
    assert told["overlap_m2"] < told["area_m2"]
    assert table["b_MC"].to_pylist()[1] is None


def test_areas_only_writes_no_geometry(run):
    _, full = run()
    status, told = run("--areas-only")
    table = pq.read_table(run.folder / "pieces.parquet")
    assert status == 0
    assert "geometry" not in table.column_names
    assert told["area_m2"] == pytest.approx(full["area_m2"], abs=0.05)


def test_both_layers_are_brought_to_the_first_ones_frame(run):
    lonlat = transform(RED, ZONE, LONLAT)
    formats.write(run.folder / "b.geojson", lonlat, pa.table({"MC": ["红线"]}), LONLAT)
    formats.write(
        run.folder / "a.geojson",
        transform(PARCELS, ZONE, LONLAT),
        pa.table({"n": [1, 2, 3]}),
        LONLAT,
    )
    _, straight = run()
    for a in ("a.gpkg", "a.geojson"):
        _, told = run(a=a, b="b.geojson")
        assert told["area_m2"] == pytest.approx(straight["area_m2"], abs=0.05)
        assert told["crs"] == "EPSG:4547"


def test_wrong_use_is_refused(run):
    from click import UsageError

    from guotu.lib.refusal import Refusal

    with pytest.raises(UsageError):
        run("--areas-only", "--identity")
    with pytest.raises(UsageError):
        run("--areas-only", out="pieces.gpkg")
    with pytest.raises(Refusal):
        run(out="nowhere/pieces.parquet")


def test_faults_in_the_data_give_status_one(run):
    doubled = np.array([RED[0], box(60, 60, 90, 90)], object)
    formats.write(run.folder / "b.parquet", doubled, pa.table({"MC": ["甲", "乙"]}), ZONE)
    status, told = run("--identity")
    assert status == 1
    assert "相互重叠 900.00 平方米" in told
