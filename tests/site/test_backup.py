"""A county saved while it works and begun again elsewhere: whole, checked, and without its keys."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.db import connection

from guotu.core.journal import chaining
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal
from guotu.site.backup import carried, check, keys, make, manifest, programs, sets
from tests.site.conftest import published

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def filled(county, landuse_file, home):
    """Give a county with a release, kept files, and a secret of its own."""
    (home / "secret.key").write_bytes(b"a-secret-of-this-county-alone")
    published(landuse_file)
    perform("files.keep", COUNTY, name="note.txt", data=b"a note of the county\n")
    return home


@pytest.fixture
def elsewhere(tmp_path):
    """Give a runner of `guotu` in a folder, and a database, that hold no county."""
    home = tmp_path / "elsewhere"
    environment = {**os.environ, "GUOTU_HOME": str(home)}
    database = f"restored_{uuid.uuid4().hex[:8]}"
    if connection.vendor == "postgresql":
        _administer(f'CREATE DATABASE "{database}"')
        environment["DATABASE_URL"] = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{database}"

    def run(*arguments):
        command = [sys.executable, "-c", "from guotu.site.cli.main import main; main()"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    yield home, run
    if connection.vendor == "postgresql":
        _administer(f'DROP DATABASE "{database}" WITH (FORCE)')


def _administer(statement):
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_set_is_whole_and_journaled(filled, tmp_path):
    head = Entry.objects.count() - 1
    made = make(tmp_path / "saved")
    facts = check(tmp_path / "saved")
    assert (made.head, made.sequence, made.absent) == (head, head + 1, [])
    assert facts["journal"]["entries"] == head + 1
    assert facts["journal"]["sequence"] == head
    assert facts["journal"]["root"] == chaining.head(head + 1).root.hex()
    assert facts["tables"]["atlas_release"][0] == 1
    entry = Entry.objects.get(sequence=made.sequence)
    assert entry.subject == f"backup:{made.place.name}"
    assert entry.outcome["head"]["sequence"] == head
    assert entry.outcome["manifest_sha256"] == manifest.sha256_of(made.place)
    for name in carried.carried(filled):
        assert (made.place / name).read_bytes() == (filled / name).read_bytes()
        assert not (made.place / name).samefile(filled / name)


def test_what_has_not_changed_is_not_copied_again(filled, tmp_path):
    first = make(tmp_path / "saved")
    perform("files.keep", COUNTY, name="new.txt", data=b"new\n")
    (tmp_path / "saved" / first.place.name).rename(tmp_path / "saved" / "20000101T000000Z-000001")
    second = make(tmp_path / "saved")
    assert second.files == first.files + 1
    assert second.linked == first.files
    check(tmp_path / "saved")


def test_a_rotten_file_of_the_set_before_is_copied_anew(filled, tmp_path):
    first = make(tmp_path / "saved")
    name = next(carried.carried(filled))
    flip(first.place / name)
    first.place.rename(tmp_path / "saved" / "20000101T000000Z-000001")
    second = make(tmp_path / "saved")
    assert second.linked == second.files - 1
    assert (second.place / name).read_bytes() == (filled / name).read_bytes()


def test_no_key_lies_in_a_set_and_the_file_of_keys_is_overwritten(filled, tmp_path):
    place, file = tmp_path / "saved", tmp_path / "apart" / "keys.json"
    made = make(place, keys_file=file)
    held = json.loads(file.read_text())
    assert set(held["files"]) >= {"secret.key"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = (filled / "secret.key").read_bytes()
    for path in made.place.rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes()
    before = file.open("rb")
    (filled / "secret.key").write_bytes(b"another secret")
    keys.write(file)
    assert json.loads(file.read_text()) != held
    assert not before.read().strip(b"\0"), "the bytes of the old file are still on the disk"


@pytest.mark.parametrize("where", ["home", "inside", "above"])
def test_a_backup_never_lies_with_the_county(filled, where):
    place = {"home": filled, "inside": filled / "saved", "above": filled.parent}[where]
    with pytest.raises(Refusal, match="县的目录"):
        make(place)


def test_keys_never_lie_with_the_backup(filled, tmp_path):
    with pytest.raises(Refusal, match="密钥文件"):
        make(tmp_path / "saved", keys_file=tmp_path / "saved" / "keys.json")
    with pytest.raises(Refusal, match="密钥文件"):
        make(tmp_path / "saved", keys_file=filled / "keys.json")


def test_a_backup_that_fails_leaves_no_set(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "write", lambda *_: 1 / 0)
    entries = Entry.objects.count()
    with pytest.raises(ZeroDivisionError):
        make(tmp_path / "saved")
    assert sets.all_sets(tmp_path / "saved") == []
    assert [path.name for path in (tmp_path / "saved").iterdir()] == [".lock"]
    assert Entry.objects.count() == entries


def test_a_file_the_county_has_lost_is_named(filled, tmp_path):
    lost = next(name for name in carried.carried(filled) if name.startswith("releases/"))
    (filled / lost).unlink()
    assert make(tmp_path / "saved").absent == [lost]


@pytest.mark.parametrize("harm", ["flip", "lose", "add", "manifest", "dump", "key"])
def test_a_harmed_set_is_refused(filled, tmp_path, harm):
    made = make(tmp_path / "saved")
    name = next(carried.carried(filled))
    if harm == "flip":
        flip(made.place / name)
    elif harm == "lose":
        (made.place / name).unlink()
    elif harm == "add":
        (made.place / "files" / "more").write_bytes(b"more")
    elif harm == "manifest":
        flip(made.place / manifest.NAME)
    elif harm == "dump":
        flip(made.place / manifest.read(made.place)["dump"]["name"])
    else:
        shutil.copy(filled / "secret.key", made.place / "files" / "note")
    with pytest.raises(Refusal, match="备份"):
        check(tmp_path / "saved")


def test_a_table_left_out_is_found_though_the_hashes_fit(filled, tmp_path, monkeypatch):
    left_out = keys.left_out()
    monkeypatch.setattr(keys, "left_out", lambda: [*left_out, "atlas_release"])
    made = make(tmp_path / "saved")
    monkeypatch.undo()
    facts = manifest.read(made.place)
    assert "atlas_release" in facts["left_out"]
    with pytest.raises(Refusal, match="atlas_release"):
        check(tmp_path / "saved")


def test_a_county_begins_again_elsewhere(filled, tmp_path, elsewhere):
    home, run = elsewhere
    made = make(tmp_path / "saved", keys_file=tmp_path / "keys.json")
    done = run("restore", tmp_path / "saved", "--keys", tmp_path / "keys.json", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["head"], told["sequence"], told["with_keys"]) == (made.head, made.head + 1, True)
    for name in carried.carried(filled):
        assert (home / name).read_bytes() == (filled / name).read_bytes()
    assert (home / "secret.key").read_bytes() == (filled / "secret.key").read_bytes()
    listed = run("layers", "--json")
    assert listed.returncode == 0, listed.stderr
    again = run("restore", tmp_path / "saved")
    assert again.returncode == 2
    assert "已经有一个县" in again.stderr


def test_a_harmed_set_begins_nothing(filled, tmp_path, elsewhere):
    home, run = elsewhere
    made = make(tmp_path / "saved")
    flip(made.place / next(carried.carried(filled)))
    done = run("restore", tmp_path / "saved")
    assert done.returncode == 2
    assert "不符" in done.stderr
    assert next(carried.carried(home), None) is None
    begun = run("init", "--code", "430626", "--name", "平江县", "--crs", "4547")
    assert begun.returncode == 0, begun.stderr


def test_absent_and_old_programs_are_refused_in_chinese(monkeypatch, tmp_path):
    monkeypatch.setattr(programs, "_candidates", lambda program: [])
    with pytest.raises(Refusal, match="找不到 pg_dump"):
        programs.find("pg_dump", 15)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.3'\n")
    old.chmod(0o755)
    monkeypatch.setattr(programs, "_candidates", lambda program: [old])
    with pytest.raises(Refusal, match="低于数据库"):
        programs.find("pg_dump", 15)
    assert programs.find("pg_dump", 12) == old


def test_digests_do_not_hang_on_the_order_of_rows():
    from guotu.site.backup.digests import digest_of

    rows = [hashlib.sha256(bytes([n])).digest() for n in range(9)]
    assert digest_of(rows) == digest_of(reversed(rows))
    assert digest_of(rows) != digest_of(rows[1:])
    assert digest_of([*rows, rows[0]]) != digest_of(rows)
