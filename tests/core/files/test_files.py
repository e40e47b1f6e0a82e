"""A kept file is there once, whole, under its hash, and its kind is told by its content."""

import hashlib
import io
import os
import stat
import subprocess
import sys
import zipfile

import pytest

from guotu.core.files import store
from guotu.core.files.actions import keep_within
from guotu.core.files.checking import taken_in
from guotu.core.files.models import File
from guotu.core.files.queries import file_by_hash, path_of
from guotu.core.files.rules import kind_of
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir()
    return settings.GUOTU_HOME


def _zip(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PAR1....PAR1", "parquet"),
        (b"SQLite format 3\x00" + b"\x00" * 52 + b"GPKG", "geopackage"),
        (b"SQLite format 3\x00" + b"\x00" * 84, "sqlite"),
        (_zip("a.SHP", "a.dbf"), "shapefile.zip"),
        (_zip("x.gdb/a00000001.gdbtable"), "filegdb.zip"),
        (_zip("word/document.xml"), "docx"),
        (_zip("xl/workbook.xml"), "xlsx"),
        (_zip("doc.kml"), "kmz"),
        (_zip("readme.txt"), "zip"),
        (b'\xef\xbb\xbf{"type": "FeatureCollection", "features": []}', "geojson"),
        (b'{"a": 1}', "json"),
        (b'<?xml version="1.0"?><kml xmlns="x"/>', "kml"),
        (b"<a/>", "xml"),
        ("[属性描述]\n格式版本号=1.0".encode("gb18030"), "boundary_points"),
        (b"  0\nSECTION\n  2\nHEADER", "dxf"),
        (b"0\nSECTION\n", "dxf"),
        (b"%PDF-1.7", "pdf"),
        (b"\x00\x01\x02", "unknown"),
        (b"x" * 257 + b"ustar", "archive"),
        (b"RIFF\x00\x00\x00\x00WEBP", "picture"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00", "picture"),
        (b"MZ\x90\x00", "program"),
        (b"MZ and BM begin a text", "text"),
        (b"<html>", "html"),
        (b"<svg/>", "svg"),
        (b"", "text"),
    ],
)
def test_the_kind_is_told_by_content(content, kind):
    assert kind_of(content[:4096], content[-1024:]) == kind


@pytest.mark.django_db
def test_the_same_bytes_are_kept_once(tmp_path, home):
    path = tmp_path / "site.geojson"
    path.write_bytes(b'{"type":"Feature"}')
    first = perform("files.keep", COUNTY, name="site.geojson", path=path).answer
    second = perform("files.keep", COUNTY, name="copy.json", data=path.read_bytes()).answer
    assert first.pk == second.pk
    assert File.objects.count() == 1
    assert first.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (first.size, first.kind, first.name) == (18, "geojson", "site.geojson")
    assert path_of(first) == home / "files" / first.sha256[:2] / first.sha256
    assert path_of(first).read_bytes() == path.read_bytes()
    assert file_by_hash(first.sha256) == first
    assert [entry.subject for entry in Entry.objects.all()] == [f"file:{first.sha256}"] * 2


@pytest.mark.django_db
def test_a_kept_file_is_for_the_service_alone_and_nothing_is_left_over(home):
    file = keep_within(name="a.txt", data="国土".encode())
    assert stat.S_IMODE(path_of(file).stat().st_mode) == 0o600
    for folder in (path_of(file).parent, home / "files", home / "files" / "incoming"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keep_within(name="b.txt", data="国土".encode())
    assert list((home / "files" / "incoming").iterdir()) == []


@pytest.mark.django_db
def test_a_name_with_a_path_keeps_only_its_last_part():
    assert keep_within(name="../../etc/passwd", data=b"x").name == "passwd"


@pytest.mark.django_db
def test_refusals_say_what_is_wrong(tmp_path):
    with pytest.raises(Refusal, match="没有这个文件"):
        perform("files.keep", COUNTY, name="a", path=tmp_path / "nowhere")
    with pytest.raises(Refusal, match="没有给出文件内容"):
        perform("files.keep", COUNTY, name="a")
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        perform("files.keep", Actor(1, 1, frozenset({"atlas.read"})), name="a", data=b"x")
    assert File.objects.count() == 0


@pytest.mark.django_db
def test_bytes_that_are_gone_are_said_to_be_gone():
    file = keep_within(name="a.txt", data=b"x")
    path_of(file).unlink()
    with pytest.raises(Refusal, match="收存的文件不在库中"):
        path_of(file)


def test_the_sweep_takes_what_dead_writers_left_and_nothing_else(home):
    incoming = home / "files" / "incoming"
    incoming.mkdir(parents=True)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (incoming / f"{ended.pid}-dead").write_bytes(b"half")
    (incoming / f"{os.getpid()}-alive").write_bytes(b"half")
    assert store.sweep() == 1
    assert [path.name for path in incoming.iterdir()] == [f"{os.getpid()}-alive"]


@pytest.mark.django_db
def test_a_file_that_its_own_reader_checked_is_kept_from_its_path(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    assert keep_within(name="a.txt", path=path).sha256 == hashlib.sha256(b"x").hexdigest()
    with pytest.raises(Refusal, match="没有这个文件"):
        keep_within(name="b.txt", path=tmp_path / "b.txt")
    with pytest.raises(Refusal, match="没有给出文件内容"):
        keep_within(name="c.txt")


@pytest.mark.django_db
def test_a_file_checked_before_the_lock_is_kept_within_it(home):
    with taken_in("a.txt", data=b"x") as upload:
        file = perform("files.keep", COUNTY, upload=upload, secrecy="open").answer
    assert (file.name, file.secrecy, file.facts) == ("a.txt", "open", {"lines": 1})
    assert path_of(file).read_bytes() == b"x"
    assert list((home / "files" / "incoming").iterdir()) == []


def test_a_writer_of_another_user_is_running(home, monkeypatch):
    incoming = home / "files" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "77-other").write_bytes(b"half")

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(store.os, "kill", refuse)
    assert store.sweep() == 0
