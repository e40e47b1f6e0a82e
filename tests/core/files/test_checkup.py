"""The store is held against its register: missing, changed, loose, unreferenced; and swept."""

import json

import pytest
from click.testing import CliRunner

from guotu.core.files import store
from guotu.core.files.actions import sweep_away
from guotu.core.files.checkup import check_store
from guotu.core.files.models import File
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.site.cli import files as cli


def keep(text):
    return perform("files.keep", COUNTY, name="a.txt", data=text.encode()).answer


def attach(file):
    facts = {"subject": "case:1", "file_id": file.pk, "title": "甲", "paper": "其他"}
    perform("files.attach", COUNTY, **facts)


@pytest.mark.django_db
def test_a_whole_store_is_whole():
    assert check_store().as_dict()["ok"]
    keep("甲")
    found = check_store()
    assert (found.files, found.ok, found.loose, found.unreferenced) == (1, True, [], [])


@pytest.mark.django_db
def test_what_is_missing_changed_and_loose_is_said(home):
    gone, changed, link = keep("甲"), keep("乙"), keep("丙")
    store.place_of(gone.sha256).unlink()
    store.place_of(changed.sha256).write_bytes(b"other")
    store.place_of(link.sha256).unlink()
    store.place_of(link.sha256).symlink_to("/etc/hostname")
    (home / "files" / "ab").mkdir(exist_ok=True)
    (home / "files" / "ab" / "stray").write_bytes(b"x")
    found = check_store()
    assert {line.split()[0] for line in found.missing} == {gone.sha256, link.sha256}
    assert [line.split()[0] for line in found.changed] == [changed.sha256]
    assert "ab/stray" in found.loose
    assert not found.ok


@pytest.mark.django_db
def test_what_nothing_refers_to_is_swept_and_may_come_back():
    kept, left = keep("甲"), keep("乙")
    attach(kept)
    assert sweep_away() == (0, 0), "within its days of grace"
    assert [line.split()[0] for line in check_store().unreferenced] == []
    assert sweep_away(0) == (1, 1)
    assert not store.place_of(left.sha256).exists()
    assert store.place_of(kept.sha256).exists()
    entry = Entry.objects.last()
    assert (entry.verb, entry.outcome) == ("files.sweep", {"swept": [left.sha256]})
    assert File.objects.get(pk=left.pk).swept_sequence == entry.sequence
    assert check_store().ok
    again = keep("乙")
    assert (again.pk, again.swept_sequence) == (left.pk, None)
    assert store.place_of(left.sha256).read_bytes() == "乙".encode()


@pytest.mark.django_db
def test_the_command_checks_and_sweeps(monkeypatch):
    monkeypatch.setattr(cli, "ready", lambda: None)
    file = keep("甲")

    def run(*words):
        return CliRunner().invoke(cli.command, words, standalone_mode=False)

    told = run("check", "--json")
    assert told.return_value == 0
    assert json.loads(told.output)["files"] == 1
    assert "全部完好" in run("check").output
    store.place_of(file.sha256).unlink()
    told = run("check")
    assert told.return_value == 1
    assert f"缺失\t{file.sha256}" in told.output
    assert "已清理 1 个" in run("sweep", "--older-than-days", "0").output
