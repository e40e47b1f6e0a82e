"""`guotu journal` and `guotu verify`: what they print, their exit status, and no traceback."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import shapely
from django.db import connection, transaction

from guotu.core.journal import guarding, signing, triggers
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.core.register import spatial
from guotu.lib.chain import has_consistency, has_inclusion
from guotu.site.cli.main import main
from tests.site.conftest import EAST, NORTH

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = ROOT / "tools" / "verify_journal.py"


@pytest.fixture
def guotu(county, capsys):
    """Give what runs a command: its exit status, what it said, and what went wrong."""
    for number in range(4):
        perform("files.keep", COUNTY, reason="试验", name=f"{number}.txt", data=b"%d" % number)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main([*map(str, arguments)])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "程序内部出错" not in said.err
        return left.value.code, said.out, said.err

    return run


def told(answer):
    status, out, err = answer
    assert (status, err) == (0, "")
    return json.loads(out)


def told_of(answer, expected):
    status, out, err = answer
    assert (status, err) == (expected, "")
    return json.loads(out)


def unguarded(table, *statements):
    """Change what is protected, as one with the store's own tools does; the guards go back."""
    guard = guarding.protected()[table]
    wanted = [one.name for one in triggers.wanted(guard)]
    with connection.cursor() as cursor:
        for statement in [*triggers.drops(guard, wanted), *statements]:
            cursor.execute(statement)
    guarding.ensure()


def test_a_sound_county_verifies(guotu):
    facts = told(guotu("verify", "--json"))
    assert set(facts) == {"journal", "ledger", "register"}
    assert facts["register"] == {"places": 0, "ok": True, "faults": []}
    assert {"entries", "root", "ok"} <= set(facts["journal"])
    assert {"transfers", "ok", "trial_balance"} <= set(facts["ledger"])
    assert facts["journal"]["entries"] == Entry.objects.count()
    status, out, _ = guotu("verify")
    assert status == 0
    assert f"行为记录：{Entry.objects.count()} 条，根 {facts['journal']['root']}，相符" in out


def test_a_changed_entry_is_found_and_named(guotu):
    unguarded("journal_entry", "UPDATE journal_entry SET verb = 'x' WHERE sequence = 2")
    status, out, err = guotu("verify", "--json")
    assert (status, err) == (1, "")
    assert json.loads(out)["journal"]["ok"] is False
    status, out, _ = guotu("verify")
    assert status == 1
    assert "不符" in out
    assert "第 2 条：内容与散列不符" in out


def test_a_missing_guard_stops_commands_until_it_is_put_back(guotu):
    guard = guarding.protected()["journal_entry"]
    with connection.cursor() as cursor:
        for drop in triggers.drops(guard, [one.name for one in triggers.wanted(guard)]):
            cursor.execute(drop)
    status, out, err = guotu("verify")
    assert (status, out) == (2, "")
    assert "缺少防改触发器" in err
    status, out, _ = guotu("journal", "guards")
    assert status == 1
    assert "缺少：journal_entry_" in out
    status, out, _ = guotu("journal", "guards", "--json")
    facts = json.loads(out)
    assert status == 1
    assert all(name.startswith("journal_entry_") for name in facts["missing"])
    assert facts["expected"] > len(facts["missing"]) > 0
    status, out, _ = guotu("journal", "guards", "--restore")
    assert status == 0
    assert f"（第 {Entry.objects.latest('sequence').sequence} 条）" in out
    assert guotu("journal", "guards")[0] == 0
    assert guotu("verify")[0] == 0
    assert told(guotu("journal", "guards", "--json"))["missing"] == []
    assert guotu("journal", "guards", "--restore")[0] == 2


def test_guards_put_back_are_told_to_a_program(guotu):
    guard = guarding.protected()["files_number"]
    absent = [one.name for one in triggers.wanted(guard)]
    with connection.cursor() as cursor:
        for drop in triggers.drops(guard, absent):
            cursor.execute(drop)
    facts = told(guotu("journal", "guards", "--restore", "--json"))
    assert sorted(facts["missing"]) == sorted(facts["restored"])
    assert set(facts["restored"]) <= set(absent)
    assert facts["sequence"] == Entry.objects.latest("sequence").sequence


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_lost_spatial_index_is_rebuilt_without_an_act(guotu):
    before = Entry.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{spatial._trigger("register_version")}"')
    assert told_of(guotu("journal", "guards", "--json"), 1)["missing"] == ["register_version"]
    status, out, _ = guotu("journal", "guards", "--restore")
    assert (status, out) == (0, "已重建空间索引。\n")
    assert Entry.objects.count() == before


def test_a_place_taken_out_of_the_index_is_found_by_verify(guotu):
    for number in range(3):
        shape = shapely.box(EAST + number, NORTH, EAST + number + 1, NORTH + 1)
        code, on = f"430999100200-{number}", datetime.date(2025, 1, 1)
        facts = {"facts": {"DLBM": "0101"}, "division": "430999100200", "geometry": shape}
        perform("register.begin", COUNTY, reason="试验", kind="landuse", code=code, on=on, **facts)
    assert told(guotu("verify", "--json"))["register"]["places"] == 3
    if connection.vendor != "sqlite":
        return
    index = spatial.index_name("register_version")
    for change, said in (
        (f"UPDATE {index} SET west = west + 9, east = east + 9", "3 行不在空间索引中，或位置不符"),
        (f"DELETE FROM {index} WHERE id = (SELECT min(id) FROM {index})", "1 行不在空间索引中"),
        (f"INSERT INTO {index} VALUES (99, 0, 1, 0, 1)", "1 行空间索引中有"),
    ):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
            status, out, _ = guotu("verify")
            transaction.set_rollback(True)
        assert status == 1
        assert said in out
        assert "登记簿：3 处位置，空间索引不符" in out


def test_an_export_is_checked_by_the_outside_verifier(guotu, tmp_path):
    head = tmp_path / "head.json"
    head.write_text(guotu("journal", "checkpoint")[1])
    perform("files.keep", COUNTY, name="later.txt", data=b"later")
    path = tmp_path / "journal.jsonl"
    status, out, _ = guotu("journal", "export", path)
    assert status == 0
    assert f"已导出 {Entry.objects.count()} 条" in out
    command = [sys.executable, "-I", VERIFIER, path, head]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, signing.last().root)
    facts = told(guotu("journal", "export", "--json", path))
    assert facts["file"] == str(path)
    assert facts["checkpoint"]["root"] == signing.last().root
    path.write_bytes(path.read_bytes().replace(b"files.keep", b"files.Keep", 1))
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")


def test_proofs_are_printed_with_the_head_they_lead_to(guotu):
    facts = told(guotu("journal", "proof", 2))
    head = facts["checkpoint"]
    path = [bytes.fromhex(step) for step in facts["proof"]]
    root = bytes.fromhex(head["root"])
    assert has_inclusion(bytes.fromhex(facts["leaf"]), 2, head["size"], root, path)
    facts = told(guotu("journal", "consistency", 2, 4))
    old, new = facts["old"], facts["new"]
    path = [bytes.fromhex(step) for step in facts["proof"]]
    roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
    assert has_consistency(2, roots[0], 4, roots[1], path)
    assert told(guotu("journal", "consistency", 2))["new"]["size"] == head["size"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["journal", "proof", 999], "没有这一条"),
        (["journal", "proof", 10**30], "没有这一条"),
        (["journal", "consistency", 4, 2], "没有这么多条"),
        (["journal", "consistency", 2, 999], "没有这么多条"),
        (["journal", "export", "/nowhere/at/all/journal.jsonl"], "没有这个目录"),
        (["journal", "export", "/proc/journal.jsonl"], "写不下"),
        (["journal", "proof", "x"], "SEQ"),
        (["journal", "proof", "--", "-1"], "SEQ"),
        (["journal", "export", "."], "FILE"),
        (["journal", "unheard"], "unheard"),
        (["verify", "--unheard"], "--unheard"),
    ],
)
def test_wrong_use_is_refused_in_words(guotu, arguments, said):
    status, out, err = guotu(*arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_a_store_out_of_reach_is_refused_in_words(tmp_path):
    environment = {**os.environ, "GUOTU_HOME": str(tmp_path)}
    environment["DATABASE_URL"] = "postgresql://guotu@127.0.0.1:9/none"
    command = [sys.executable, "-c", "from guotu.site.cli.main import main; main()", "verify"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
