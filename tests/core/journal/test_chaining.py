"""Entries are leaves: canonical bytes, peaks in each row, signed heads, all reckoned again."""

import datetime
import json
import math

import pytest
from django.db import connection

from guotu.core.journal import chaining, guarding, queries, signing, triggers
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Checkpoint, Entry
from guotu.core.journal.rules import canonical, moment, plain
from guotu.core.journal.verifying import verify
from guotu.lib.chain import EMPTY, has_consistency, has_inclusion, root_of


def unguarded(statement: str) -> None:
    """Run a statement as somebody who has taken the guards off."""
    for guard in guarding.protected().values():
        if guard.table.startswith("journal_"):
            names = [one.name for one in triggers.wanted(guard)]
            for drop in triggers.drops(guard, names):
                with connection.cursor() as cursor:
                    cursor.execute(drop)
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_canonical_is_one_way_of_writing():
    assert canonical({"b": [1, 0.1], "a": '字"\n'}) == '{"a":"字\\"\\n","b":[1,0.1]}'.encode()
    at = datetime.datetime(2026, 1, 2, 8, 0, 0, 5, datetime.timezone(datetime.timedelta(hours=8)))
    assert moment(at) == "2026-01-02T00:00:00.000005Z"


def test_plain_is_what_both_stores_keep():
    assert plain({7: (1, -0.0), "x": None}) == {"7": [1, 0.0], "x": None}
    assert math.copysign(1, plain(-0.0)) == 1
    for bad in (math.nan, math.inf, 1e15):
        with pytest.raises(ValueError, match="no number"):
            plain([bad])
    for other in (b"x", {None: 1}, {True: 1}):
        with pytest.raises(TypeError):
            plain(other)


def test_each_row_keeps_the_tree_after_it(noted):
    assert chaining.head().root == EMPTY
    noted(9)
    found = list(Entry.objects.order_by("sequence"))
    leaves = [chaining.leaf_of(entry) for entry in found]
    assert [bytes(entry.leaf) for entry in found] == leaves
    assert [chaining.head(n).root for n in range(1, 10)] == [
        root_of(leaves[:n]) for n in range(1, 10)
    ]
    with pytest.raises(LookupError):
        chaining.head(10)
    for size in range(1, 10):
        root = chaining.head(size).root
        for n in range(size):
            assert has_inclusion(leaves[n], n, size, root, chaining.inclusion_proof(n, size))
            proof = chaining.consistency_proof(n, size)
            assert has_consistency(n, root_of(leaves[:n]), size, root, proof)


def test_a_head_is_signed_on_demand_once_and_every_so_often(noted, monkeypatch, tmp_path):
    monkeypatch.setattr(signing, "EVERY", 4)
    noted(5)
    assert signing.last().size == 4
    made = signing.checkpoint()
    assert (signing.checkpoint(), made.size) == (made, 5)
    assert all(signing.is_signed(one) for one in Checkpoint.objects.all())
    made.root = made.root[::-1]
    assert not signing.is_signed(made)
    made.key = "xx"
    assert not signing.is_signed(made)
    assert (tmp_path / signing.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_of_two_processes_the_first_ones_key_stays(noted, tmp_path):
    key = signing.public_key()
    signing._made(tmp_path / signing.KEY_FILE)
    assert signing.public_key() == key
    assert len(list(tmp_path.iterdir())) == 1


def test_a_sound_journal_verifies(noted):
    noted(5, reason="试验")
    signing.checkpoint()
    told = verify()
    assert told == {"entries": 5, "root": chaining.head().root.hex(), "ok": True, "faults": []}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE journal_entry SET verb = 'x' WHERE sequence = 2", "第 2 条：内容与散列不符"),
        ("DELETE FROM journal_entry WHERE sequence = 2", "第 3 条：编号不连续"),
        ("DELETE FROM journal_entry WHERE sequence = 4", "行为记录只有 4 条"),
        ("UPDATE journal_entry SET peaks = leaf WHERE sequence = 2", "第 2 条：树与此前各条不符"),
        ("UPDATE journal_checkpoint SET root = key", "根不符"),
        ("UPDATE journal_checkpoint SET signature = key", "签名不对"),
        (
            "UPDATE journal_entry SET sealed_reason = leaf WHERE sequence = 1",
            "第 1 条：理由与记录不符",
        ),
        (
            "UPDATE journal_entry SET recorded_at = '2020-01-01 00:00:00+00:00' WHERE sequence = 3",
            "第 3 条：时间早于前一条",
        ),
    ],
)
def test_whatever_is_changed_is_named(noted, statement, said):
    noted(5, reason="试验")
    signing.checkpoint()
    unguarded(statement)
    told = verify()
    assert not told["ok"]
    assert any(said in fault for fault in told["faults"]), told["faults"]


def test_entries_are_found_by_what_on_what_and_when(noted):
    noted(3)
    today = datetime.date.today()  # noqa: DTZ011 - the county's day is the machine's here
    day = datetime.timedelta(days=2)
    count = lambda **asked: queries.entries(**asked).count()  # noqa: E731
    assert count() == count(verb="test.note") == count(since=today - day, until=today + day) == 3
    assert count(subject="note:第1") == 1
    assert count(verb="x") == count(post_id=3) == count(since=today + day) == 0
    assert count(until=today - day) == 0
    assert queries.verbs() == ["test.note"]


def test_what_an_act_says_is_kept_alike(noted):
    noted(1)
    assert Entry.objects.get().outcome == {
        "text": "第0件",
        "share": 0.1,
        "more": [1, None, True],
        "7": 0.0,
    }
    perform("test.note", COUNTY, text="x")
    assert json.loads(canonical(chaining.facts_of(Entry.objects.last())))["subject"] == "note:x"
