"""Serving: the port, the greeting, the static files, and the worker that sends them."""

import gzip
import socket

import pytest
from django.conf import settings

from guotu.lib.refusal import Refusal
from guotu.site import statics
from guotu.site.cli import serve
from guotu.site.cli.main import main


def test_a_taken_port_is_refused_in_chinese_with_status_2(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Refusal):
            serve.check_free("127.0.0.1", port)
        with pytest.raises(SystemExit) as left:
            main(["serve", "--port", str(port)])
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert f"端口 {port} 不能用" in told
    assert "Traceback" not in told


def test_the_greeting_names_county_and_address(county):
    lines = serve.welcome("127.0.0.1", 8000)
    assert "云溪县" in lines[0]
    assert any("http://127.0.0.1:8000/" in line for line in lines)
    assert any("虚构" in line for line in lines)


def test_without_a_county_the_greeting_says_how_to_begin(db, home):
    assert "guotu init" in serve.welcome("127.0.0.1", 8000)[0]


@pytest.fixture
def tree(tmp_path):
    """Write a small tree of static files."""
    (tmp_path / "from" / "js").mkdir(parents=True)
    (tmp_path / "from" / "js" / "map.js").write_text("export const answer = 42;\n" * 200)
    (tmp_path / "from" / "js" / "map.js.map").write_text("{}")
    return [tmp_path / "from"]


def test_static_files_are_copied_once_and_compressed(tree, tmp_path):
    target = tmp_path / "static" / statics.tree_mark(tree)
    assert statics.collect(tree, target) == 1
    assert gzip.decompress((target / "js" / "map.js.gz").read_bytes()).startswith(b"export")
    assert not (target / "js" / "map.js.map").exists()
    assert statics.collect(tree, target) == 0


def test_any_change_changes_the_mark_and_older_copies_go(tree, tmp_path):
    first = statics.tree_mark(tree)
    statics.collect(tree, tmp_path / "static" / first)
    (tree[0] / "js" / "new.js").write_text("1")
    second = statics.tree_mark(tree)
    assert second != first
    statics.collect(tree, tmp_path / "static" / second)
    assert [path.name for path in (tmp_path / "static").iterdir()] == [second]


def test_what_pages_load_is_among_the_static_files():
    served = {address for address, _ in statics.files_of(settings.STATICFILES_DIRS)}
    assert {"js/page.js", "css/tokens.css", "icon.svg"} <= served
    assert not any(address.startswith("npm/axe-core") for address in served)
    if any(address.startswith("npm/") for address in served):
        assert "npm/maplibre-gl/maplibre-gl-worker.mjs" in served
        assert "npm/pmtiles/index.js" in served
