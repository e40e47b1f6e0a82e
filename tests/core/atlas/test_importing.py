"""An import closes: read = accepted + rejected + quarantined, and every change is on record."""

import datetime
import gzip
import hashlib
import json
import struct

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from guotu.core.atlas import queries
from guotu.core.atlas.models import Quarantined, Release
from guotu.core.atlas.publishing import import_layer, publish_repairs, report_of
from guotu.core.files.queries import path_of
from guotu.core.journal.actions import COUNTY, perform
from guotu.lib.refusal import Refusal
from tests.core.atlas.conftest import EAST, EPSG, NORTH, squares, write_file

BOW_TIE = shapely.Polygon(
    [(EAST, NORTH), (EAST + 50, NORTH + 50), (EAST + 50, NORTH), (EAST, NORTH + 50)]
)


def _record(release_name, layer="landuse"):
    release = queries.releases(layer).get(name=release_name)
    lines = path_of(release.record).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _closes(report):
    held = len(report["rejected"]) + len(report["quarantined"])
    assert report["read"] == report["accepted"] + held


def test_a_clean_file_is_taken_in_whole(home, bring_in, landuse_file):
    land = squares(3, 4)
    path = landuse_file(land, TBMJ=[3600.0] * 12)
    report = bring_in("landuse", path, released=datetime.date(2025, 12, 31))
    _closes(report)
    assert list(report)[:7] == [
        "layer", "release", "sha256", "read", "accepted", "rejected", "quarantined",
    ]  # fmt: skip
    assert (report["read"], report["accepted"], report["release"]) == (12, 12, "2025-12-31")
    release = queries.current_release("landuse")
    stored = home / release.path
    assert release.path == "releases/landuse-2025-12-31.parquet"
    assert report["sha256"] == hashlib.sha256(stored.read_bytes()).hexdigest()
    assert (release.code_system, release.secrecy, release.epsg) == ("survey3", "internal", EPSG)
    assert release.source.kind == "geopackage"
    assert path_of(release.source).read_bytes() == path.read_bytes()
    rows = queries.rows_of(release)
    assert shapely.equals_exact(rows.geometry, land[[int(one) - 1 for one in rows.feature]]).all()
    assert rows.fields.column("DLBM").to_pylist() == ["0101"] * 12
    assert release.bounds == [EAST, NORTH, EAST + 240, NORTH + 180]


def test_the_file_is_geoparquet_laid_out_for_reading_by_place(home, bring_in, landuse_file):
    bring_in("landuse", landuse_file(squares(2, 2)))
    file = pq.ParquetFile(home / queries.current_release("landuse").path)
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Polygon"])
    assert column["crs"]["id"] == {"authority": "EPSG", "code": EPSG}
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert column["bbox"] == [EAST, NORTH, EAST + 120, NORTH + 120]
    names = [file.metadata.schema.column(index).path for index in range(len(file.metadata.schema))]
    group = file.metadata.row_group(0)
    assert group.column(names.index("bbox.xmin")).statistics.min == EAST
    assert file.schema_arrow.names[:4] == ["feature", "geometry", "bbox", "area_dm2"]


def test_only_dlbm_is_mandatory_and_an_unknown_code_rejects(bring_in, landuse_file):
    codes = ["0101", "0201K", "201A", "9999", None, " ", "0103"]
    report = bring_in("landuse", landuse_file(squares(1, 7), DLBM=codes))
    _closes(report)
    assert report["accepted"] == 4
    assert [(one["feature"], one["rule"]) for one in report["rejected"]] == [
        ("4", "code_unknown"), ("5", "code_missing"), ("6", "code_missing"),
    ]  # fmt: skip
    assert any(note["kind"] == "field_missing" for note in report["notes"])


def test_codes_are_checked_by_the_systems_named(bring_in, landuse_file):
    path = landuse_file(squares(1, 2), DLBM=["060101", "0101"])
    assert bring_in("landuse", path, code_system="guide2023")["accepted"] == 2
    assert queries.current_release("landuse").code_system == "guide2023"
    other = landuse_file(squares(1, 3), name="b.gpkg", DLBM=["060101", "0101", "0101"])
    assert bring_in("landuse", other)["accepted"] == 2
    with pytest.raises(Refusal, match="没有这个地类分类体系"):
        bring_in("landuse", path, code_system="survey9")


def test_a_file_without_the_mandatory_field_is_refused(home, bring_in, tmp_path):
    path = write_file(tmp_path / "x.gpkg", squares(1, 1), {"NAME": ["a"]})
    with pytest.raises(Refusal, match="缺少必填字段 DLBM"):
        bring_in("landuse", path)
    assert Release.objects.count() == 0
    assert list((home / "staging").iterdir()) == []


def test_odd_fields_are_noted_and_never_reject(bring_in, landuse_file):
    path = landuse_file(
        squares(1, 3),
        DLMC=["水田", "旱地", "水田"],
        QSXZ=["30", "99", ""],
        QSDWDM=["4306261012010000000", "430626101201", None],
        TBMJ=[3600.0, 4000.0, 3599.9],
        tbybh=["a", "b", "c"],
    )
    report = bring_in("landuse", path)
    assert report["accepted"] == 3
    kinds = {note["kind"]: note["count"] for note in report["notes"]}
    assert kinds["field_odd:QSXZ"] == 1
    assert kinds["field_odd:QSDWDM"] == 2
    assert kinds["class_name"] == 1
    assert kinds["area_differs"] == 1
    record = _record(report["release"])
    odd = [line for line in record if line["kind" if "kind" in line else "what"] == "area_differs"]
    assert [(line["feature"], line["written_m2"]) for line in odd if "feature" in line] == [
        ("2", 4000.0)
    ]


def test_an_invalid_shape_waits_with_a_proposal(bring_in, landuse_file):
    land = [*squares(1, 2), BOW_TIE]
    report = bring_in("landuse", landuse_file(np.array(land, object)))
    _closes(report)
    assert (report["accepted"], len(report["quarantined"])) == (2, 1)
    held = report["quarantined"][0]
    assert (held["feature"], held["rule"]) == ("3", "invalid")
    assert "自相交" in held["reason"]
    assert (held["x"], held["y"]) == (EAST + 25, NORTH + 25)
    kept = Quarantined.objects.get()
    assert shapely.from_wkb(bytes(kept.geometry)).equals_exact(BOW_TIE)
    proposal = shapely.from_wkb(bytes(kept.proposal))
    assert proposal.is_valid
    assert proposal.area == pytest.approx(1250)
    assert kept.fields["DLBM"] == "0101"
    assert queries.current_release("landuse").features == 2


def test_a_confirmed_repair_is_published_as_a_new_release(bring_in, landuse_file):
    west = shapely.transform(BOW_TIE, lambda xy: np.add(xy, [-200, 0]))
    land = np.array([*squares(1, 2), BOW_TIE, west], object)
    codes = ["0101", "0101", "0103", "0702"]
    first = bring_in("landuse", landuse_file(land, DLBM=codes, TBMJ=[1.5, 2.5, 3.5, 4.5]))
    name = first["release"]
    with pytest.raises(Refusal, match="没有已确认的修补"):
        publish_repairs("landuse", tiles=False)
    decide = {"layer": "landuse", "name": name, "confirm": True}
    with pytest.raises(Refusal, match="没有这些待确认的图斑"):
        perform("atlas.decide_repairs", COUNTY, features=["3", "9"], **decide)
    perform("atlas.decide_repairs", COUNTY, features=["3"], **decide)
    second = publish_repairs("landuse", tiles=False)
    _closes(second)
    assert second["release"] == f"{name}-2"
    assert (second["read"], second["accepted"], second["changes"]) == (4, 3, {"repaired": 1})
    assert [one["feature"] for one in second["quarantined"]] == ["4"]
    rows = queries.rows_of(queries.current_release("landuse"))
    at = rows.feature.index("3")
    assert rows.geometry[at].area == pytest.approx(1250)
    assert rows.fields.slice(at, 1).to_pylist()[0]["TBMJ"] == 3.5
    assert queries.releases("landuse").get(name=name).features == 2
    assert Quarantined.objects.filter(release__name=f"{name}-2").get().feature == "4"


def test_null_and_empty_shapes_are_rejected(bring_in, landuse_file):
    land = np.array([*squares(1, 1), None, shapely.Polygon()], object)
    report = bring_in("landuse", landuse_file(land))
    _closes(report)
    assert (report["read"], report["accepted"], len(report["rejected"])) == (3, 1, 2)
    table = queries.read_all(queries.current_release("landuse"))
    assert table.column("geometry").null_count == 0


def test_a_shape_of_another_sort_is_rejected(bring_in, tmp_path):
    shapes = np.array([shapely.Point(EAST, NORTH), *squares(1, 1)], object)
    path = write_file(tmp_path / "x.gpkg", shapes, {"DLBM": ["0101"] * 2}, geometry_type="Unknown")
    report = bring_in("landuse", path)
    assert [one["rule"] for one in report["rejected"]] == ["geometry_type"]
    assert "实为 Point" in report["rejected"][0]["reason"]


def test_points_have_no_area(bring_in, tmp_path):
    points = shapely.points([[EAST, NORTH], [EAST + 10, NORTH + 10]])
    fields = {"BH": ["D1", "D2"], "MC": ["张家湾滑坡", "李家坡崩塌"]}
    path = write_file(tmp_path / "p.gpkg", points, fields, geometry_type="Point")
    assert bring_in("hazard_points", path)["accepted"] == 2
    table = queries.read_all(queries.current_release("hazard_points"))
    assert table.column("area_dm2").to_pylist() == [0, 0]


def test_what_moves_onto_the_grid_is_recorded(bring_in, landuse_file):
    on_grid = squares(1, 1)[0]
    off_grid = shapely.transform(on_grid, lambda xy: np.add(xy, [70.00004, 0.00006]))
    report = bring_in("landuse", landuse_file(np.array([on_grid, off_grid], object)))
    assert report["changes"]["snapped"] == 1
    moved = [line for line in _record(report["release"]) if line.get("kind") == "snapped"]
    assert [(line["feature"], line["moved_m"]) for line in moved] == [
        ("2", pytest.approx(4e-5, abs=1e-6))
    ]
    rows = queries.rows_of(queries.current_release("landuse"))
    coordinates = shapely.get_coordinates(rows.geometry)
    assert (np.round(coordinates, 4) == coordinates).all()


def test_lon_lat_is_brought_into_the_countys_frame_on_record(bring_in, landuse_file):
    west, south = 113.6, 28.7
    square = shapely.box(west, south, west + 0.001, south + 0.001)
    report = bring_in("landuse", landuse_file(np.array([square], object), epsg=4490))
    assert report["changes"]["transformed"] == 1
    rows = queries.rows_of(queries.current_release("landuse"))
    x, y, *_ = rows.geometry[0].bounds
    assert 400_000 < x < 500_000
    assert 3_100_000 < y < 3_300_000
    assert rows.fields.column("area_dm2")[0].as_py() == pytest.approx(97.7 * 110.8 * 100, rel=0.01)


def test_the_same_bytes_are_not_imported_twice(bring_in, landuse_file):
    path = landuse_file(np.array([*squares(1, 2), BOW_TIE], object))
    first = bring_in("landuse", path)
    second = bring_in("landuse", path, released=datetime.date(2020, 1, 1))
    assert second["duplicate"] is True
    fixed = ("release", "sha256", "read", "accepted", "rejected", "quarantined")
    assert [second[key] for key in fixed] == [first[key] for key in fixed]
    assert Release.objects.count() == 1


def test_fields_that_differ_in_case_or_clash_are_renamed_on_record(bring_in, tmp_path):
    path = write_file(tmp_path / "x.gpkg", squares(1, 1), {"dlbm": ["0101"], "area_dm2": ["12"]})
    report = bring_in("landuse", path)
    assert report["changes"]["field_renamed"] == 2
    names = [field["name"] for field in queries.current_release("landuse").fields]
    assert names == ["DLBM", "area_dm2_"]


def test_nothing_is_published_when_nothing_is_accepted(home, bring_in, landuse_file):
    report = bring_in("landuse", landuse_file(squares(1, 2), DLBM=["x", "y"]))
    _closes(report)
    assert (report["release"], report["accepted"], len(report["rejected"])) == (None, 0, 2)
    assert Release.objects.count() == 0


def test_findings_beyond_what_the_row_lists_are_read_from_the_record(
    bring_in, landuse_file, monkeypatch
):
    from guotu.core.atlas.publishing import record

    monkeypatch.setattr(record, "LISTED", 2)
    report = bring_in("landuse", landuse_file(squares(1, 5), DLBM=["x", "x", "x", "x", "0101"]))
    release = queries.current_release("landuse")
    assert len(release.report["rejected"]) == 2
    assert report_of(release)["rejected"] == report["rejected"]
    assert len(report["rejected"]) == 4


def test_tiles_that_fail_never_lose_the_release(county, landuse_file, monkeypatch):
    from guotu.core.atlas.publishing import tiling

    def absent():
        raise OSError("没有安装 tippecanoe")

    monkeypatch.setattr(tiling, "program", absent)
    report = import_layer("landuse", landuse_file(squares(1, 2)), topology=False)
    assert report["accepted"] == 2
    assert report["tiles"] is False
    assert any(note["kind"] == "tiles" for note in report["notes"])


def test_tiles_are_drawn_beside_the_release(home, county, landuse_file):
    said = []
    report = import_layer(
        "landuse",
        landuse_file(squares(2, 2)),
        topology=False,
        progress=lambda doing, share: said.append(doing),
    )
    release = queries.current_release("landuse")
    assert report["tiles"] is True
    assert queries.tiles_path_of(release).read_bytes()[:7] == b"PMTiles"
    assert said[0] == "收存原文件"
    assert "切片" in said


def test_the_same_file_gives_the_same_bytes(home, county, landuse_file):
    path = landuse_file(squares(4, 4))
    drawn = []
    for _ in range(2):
        report = import_layer("landuse", path, topology=False)
        release = queries.current_release("landuse")
        drawn.append((report["sha256"], queries.tiles_path_of(release).read_bytes()))
        perform("atlas.withdraw", COUNTY, layer="landuse", name=release.name, reason="再来一次")
    assert drawn[0] == drawn[1]
    start, length = struct.unpack("<QQ", drawn[0][1][24:40])
    metadata = json.loads(gzip.decompress(drawn[0][1][start : start + length]))
    assert metadata["generator_options"].startswith("tippecanoe --output tiles.pmtiles ")
    assert str(home) not in json.dumps(metadata)


def test_tiles_that_are_missing_are_drawn_when_the_file_comes_again(county, landuse_file):
    path = landuse_file(squares(2, 2))
    first = import_layer("landuse", path, tiles=False, topology=False)
    again = import_layer("landuse", path, topology=False)
    assert (first["tiles"], again["tiles"], again["duplicate"]) == (False, True, True)
    assert queries.tiles_path_of(queries.current_release("landuse")).exists()


def test_one_layer_of_several_is_chosen_by_name(bring_in, tmp_path):
    path = tmp_path / "both.gpkg"
    write_file(path, squares(1, 1), {"DLBM": ["0101"]}, layer="a")
    write_file(path, squares(1, 2), {"DLBM": ["0101"] * 2}, layer="b", append=False)
    with pytest.raises(Refusal, match="几个图层"):
        bring_in("landuse", path)
    assert bring_in("landuse", path, inner="b")["read"] == 2


def test_a_bare_shapefile_is_kept_as_one_zip(bring_in, tmp_path):
    path = write_file(tmp_path / "land.shp", squares(1, 2), {"DLBM": ["0101", "0103"]})
    report = bring_in("landuse", path)
    assert report["accepted"] == 2
    source = queries.current_release("landuse").source
    assert (source.name, source.kind) == ("land.shp.zip", "shapefile.zip")
    assert bring_in("landuse", path)["duplicate"] is True


def test_topology_is_noted_and_holds_nothing_back(county, landuse_file):
    land = squares(1, 3)
    land[1] = shapely.box(EAST + 50, NORTH, EAST + 120, NORTH + 60)
    report = import_layer("landuse", landuse_file(land), tiles=False)
    assert report["accepted"] == 3
    overlap = next(note for note in report["notes"] if note["kind"] == "topology:overlap")
    assert (overlap["text"], overlap["count"]) == ("图斑重叠", 1)
    lines = [line for line in _record(report["release"]) if line.get("kind") == overlap["kind"]]
    assert [line["feature"] for line in lines] == ["1、2"]
    assert lines[0]["area_m2"] == pytest.approx(600, rel=1e-3)


def test_a_parcel_below_the_least_area_of_its_class_is_noted(county, landuse_file):
    land = np.array([*squares(1, 2), shapely.box(EAST, NORTH - 300, EAST + 10, NORTH - 290)])
    report = import_layer("landuse", landuse_file(land), tiles=False)
    small = [note for note in report["notes"] if note["kind"] == "topology:minimum_area"]
    assert [note["count"] for note in small] == [1]
    assert report["accepted"] == 3


def test_wrong_use_is_refused(bring_in, landuse_file, tmp_path):
    path = landuse_file(squares(1, 1))
    with pytest.raises(Refusal, match="没有这个图层"):
        bring_in("nothing", path)
    with pytest.raises(Refusal, match="没有这个密级"):
        bring_in("landuse", path, secrecy="top")
    with pytest.raises(Refusal, match="没有这个文件"):
        bring_in("landuse", tmp_path / "nowhere.gpkg")
    with pytest.raises(Refusal, match="文件夹"):
        bring_in("landuse", tmp_path)
