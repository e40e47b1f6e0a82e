"""`guotu journal` and `guotu verify`: what they print, their exit status, and no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from guotu.core.journal import guarding, signing, triggers
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.lib.chain import has_consistency, has_inclusion
from guotu.site.cli.main import main

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
    assert set(facts) == {"journal", "ledger"}
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
    status, out, _ = guotu("journal", "guards", "--restore")
    assert status == 0
    assert f"（第 {Entry.objects.latest('sequence').sequence} 条）" in out
    assert guotu("journal", "guards")[0] == 0
    assert guotu("verify")[0] == 0
    assert guotu("journal", "guards", "--restore")[0] == 2


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
