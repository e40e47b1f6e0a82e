"""The commands that begin a county, import, list and withdraw: keys, exit codes, no traceback."""

import json

import numpy as np
import pytest

from guotu.core.atlas import queries
from guotu.core.atlas.models import County
from guotu.site.cli import main as cli
from tests.core.atlas.conftest import squares
from tests.core.atlas.test_importing import BOW_TIE


@pytest.fixture
def guotu(home, db, monkeypatch, capsys):
    """Give a runner of the command line: `guotu("layers", "--json")` -> (status, out, err)."""
    import importlib

    for verb in ("init", "import_", "layers", "layer"):
        module = importlib.import_module(f"guotu.site.cli.{verb}")
        monkeypatch.setattr(module, "ready", lambda: None)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


@pytest.fixture
def begun(guotu):
    assert guotu("init", "--code", "430626", "--name", "平江县", "--crs", "EPSG:4547")[0] == 0
    return guotu


def test_init_begins_one_county(begun):
    assert County.objects.get().name == "平江县"
    status, out, err = begun("init", "--code", "370403", "--name", "薛城区", "--crs", "4548")
    assert (status, out) == (2, "")
    assert "已经建立了平江县" in err
    assert "Traceback" not in err


def test_init_refuses_what_is_no_zone(guotu):
    for crs in ("4490", "3857", "abc"):
        status, _, err = guotu("init", "--code", "430626", "--name", "平江县", "--crs", crs)
        assert status == 2, crs
        assert "Traceback" not in err


def test_import_answers_under_the_fixed_keys(begun, landuse_file):
    path = landuse_file(squares(1, 3))
    status, out, _ = begun(
        "import",
        "landuse",
        path,
        "--released",
        "2025-12-31",
        "--no-tiles",
        "--no-topology",
        "--json",
    )
    report = json.loads(out)
    assert status == 0
    assert (report["layer"], report["release"], report["read"], report["accepted"]) == (
        "landuse", "2025-12-31", 3, 3,
    )  # fmt: skip
    assert report["rejected"] == report["quarantined"] == []


def test_import_ends_with_1_when_something_was_held_back(begun, landuse_file):
    path = landuse_file(np.array([*squares(1, 2), BOW_TIE], object), DLBM=["0101", "x", "0101"])
    options = ("--no-tiles", "--no-topology")
    status, out, _ = begun("import", "landuse", path, *options, "--json")
    report = json.loads(out)
    assert status == 1
    assert set(report["rejected"][0]) == {"feature", "rule", "reason", "x", "y"}
    assert set(report["quarantined"][0]) == {"feature", "rule", "reason", "x", "y"}
    status, out, _ = begun("import", "landuse", path, *options)
    assert status == 1
    assert "已经导入过" in out
    assert "剔除 1，待确认 1" in out


def test_import_ends_with_2_when_nothing_can_be_read(begun, tmp_path):
    junk = tmp_path / "junk.gpkg"
    junk.write_bytes(b"not a file of any kind")
    for path in (junk, tmp_path / "nowhere.gpkg"):
        status, out, err = begun("import", "landuse", path, "--json")
        assert (status, out) == (2, "")
        assert "Traceback" not in err
    assert begun("import", "landuse")[0] == 2


def test_layers_lists_what_holds(begun, landuse_file):
    begun("import", "landuse", landuse_file(squares(1, 3)), "--no-tiles", "--no-topology")
    status, out, _ = begun("layers", "--json")
    rows = {row["layer"]: row for row in json.loads(out)}
    assert status == 0
    assert list(rows) == ["landuse"]
    landuse = rows["landuse"]
    assert (landuse["features"], landuse["crs"]) == (3, "EPSG:4547")
    assert landuse["path"] == str(queries.path_of(queries.current_release("landuse")))
    every = {row["layer"]: row for row in json.loads(begun("layers", "--json", "--all")[1])}
    assert len(every) == 19
    assert every["mines"]["release"] is None
    status, out, _ = begun("layers")
    assert status == 0
    assert "地类图斑" in out
    assert "尚无版本" in out


def test_a_layer_is_added_and_a_release_withdrawn(begun, landuse_file):
    status, out, _ = begun(
        "layer",
        "add",
        "tea",
        "--title",
        "茶山保护区",
        "--verdict",
        "block",
        "--clause",
        "县令第一条",
    )
    assert (status, out) == (0, "已新增图层 茶山保护区（tea）。\n")
    assert queries.layer("tea").protection == {
        "verdict": "block", "clause": "县令第一条", "certainty": "sure", "distance_m": 0.0,
    }  # fmt: skip
    assert begun("layer", "add", "茶山", "--title", "茶山")[0] == 2
    assert begun("layer", "add", "tea2", "--title", "茶山", "--verdict", "block")[0] == 2
    begun("import", "tea", landuse_file(squares(1, 1)), "--no-tiles", "--no-topology")
    name = queries.current_release("tea").name
    assert begun("layer", "withdraw", "tea", name)[0] == 2
    status, out, _ = begun("layer", "withdraw", "tea", name, "--reason", "范围有误")
    assert status == 0
    assert "现行版本：无" in out
    assert queries.current_release("tea") is None


def test_what_is_held_is_listed_and_mended(begun, landuse_file):
    path = landuse_file(np.array([*squares(1, 2), BOW_TIE], object))
    begun("import", "landuse", path, "--no-tiles", "--no-topology")
    status, out, _ = begun("layer", "held", "landuse")
    assert status == 0
    assert "要素 3：边界自相交" in out
    status, out, _ = begun("layer", "mend", "landuse", "3", "--reason", "核对影像", "--no-tiles")
    assert status == 0
    assert "采用 3，待确认 0" in out
    assert begun("layer", "mend", "landuse", "3")[0] == 2
    assert begun("layer", "held", "landuse")[1] == "没有待确认的图斑。\n"


def test_tiles_are_drawn_afterwards(begun, landuse_file):
    assert begun("layer", "tiles", "landuse")[0] == 2
    begun("import", "landuse", landuse_file(squares(1, 2)), "--no-tiles", "--no-topology")
    status, out, _ = begun("layer", "tiles", "landuse")
    assert status == 0
    assert "做好切片" in out
    assert begun("layer", "tiles", "landuse")[0] == 2
