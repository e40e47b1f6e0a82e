"""The parts of the guard that run in the nursery and its children, each tried by itself."""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from guotu.lib.geo import crs
from guotu.lib.geo.guard import Limits, apart, building, confine, nursery, wire
from guotu.lib.geo.guard.features import Accepted, Note, Rejected
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.refusal import Refusal

SITE = Limits.site()
WKB = [shapely.to_wkb(shapely.Point(113, 28, 5)), shapely.to_wkb(shapely.Point(114, 29))]


def accepted(fields: pa.Table | None = None) -> Accepted:
    return Accepted(
        wkb=binary_chunks(WKB),
        ids=["甲", "2"],
        fields=pa.table({"a": [1, 2], "甲": ["x", None]}) if fields is None else fields,
        epsg=4490,
        read=3,
        rejected=[Rejected("3", "ring_open", "边界未闭合", 1.5, None)],
        notes=[Note(None, "去掉高程（Z）", 2), Note("甲", "x")],
        format="GeoJSON",
        encoding=None,
    )


# ---- wire


@pytest.mark.parametrize("fields", [None, pa.table({"a": [1, 2]}).select([])])
def test_rows_come_home_as_they_were_sent(tmp_path: Path, fields: pa.Table | None) -> None:
    sent = accepted(fields)
    wire.send(sent, tmp_path)
    got = wire.receive(tmp_path, SITE)
    assert got.wkb.to_pylist() == WKB
    assert got.fields.equals(sent.fields)
    assert got.fields.num_rows == 2
    for name in ("ids", "epsg", "read", "rejected", "notes", "format", "encoding"):
        assert getattr(got, name) == getattr(sent, name)


LIES: dict[str, Any] = {
    "read": 9,
    "epsg": "4490",
    "names": ["a"],
    "format": 5,
    "encoding": 5,
    "notes": [{"feature": None, "change": "x", "count": True}],
    "rejected": [{"feature": "3"}],
}


@pytest.mark.parametrize("key", LIES)
def test_a_lie_is_not_believed(tmp_path: Path, key: str) -> None:
    wire.send(accepted(), tmp_path)
    with pa.ipc.open_file(tmp_path / wire.RESULT) as file:
        table = file.read_all()
    facts = json.loads(table.schema.metadata[b"guotu"]) | {key: LIES[key]}
    table = table.replace_schema_metadata({b"guotu": json.dumps(facts)})
    with pa.ipc.new_file(str(tmp_path / wire.RESULT), table.schema) as out:
        out.write_table(table)
    with pytest.raises(wire.Untrue):
        wire.receive(tmp_path, SITE)


@pytest.mark.parametrize("at", range(0, 1200, 40))
def test_bytes_turned_over_on_the_way_harm_nobody(tmp_path: Path, at: int) -> None:
    wire.send(accepted(), tmp_path)
    raw = bytearray((tmp_path / wire.RESULT).read_bytes())
    raw[at % len(raw)] ^= 0xFF
    (tmp_path / wire.RESULT).write_bytes(raw)
    try:
        got = building.build(wire.receive(tmp_path, SITE), SITE)
    except (wire.Untrue, Refusal):
        return
    assert len(got.geometry) == 2


def test_what_is_no_file_or_too_large_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(wire.Untrue):
        wire.receive(tmp_path, SITE)
    os.mkfifo(tmp_path / wire.RESULT)
    with pytest.raises(wire.Untrue):
        wire.receive(tmp_path, SITE)
    (tmp_path / wire.REFUSAL).write_bytes(b" " * 70_000)
    with pytest.raises(wire.Untrue):
        wire.receive_refusal(tmp_path)


def test_a_refusal_comes_home_cleaned(tmp_path: Path) -> None:
    wire.send_refusal(Refusal("坏\x1b[31m了", "x" * 900), tmp_path)
    got = wire.receive_refusal(tmp_path)
    assert got.what == "坏 [31m了"
    assert len(got.where) == 601
    (tmp_path / wire.REFUSAL).write_text('{"what": 5}')
    with pytest.raises(wire.Untrue):
        wire.receive_refusal(tmp_path)


# ---- building


def test_features_are_built_flat_and_moved() -> None:
    features = building.build(accepted(), SITE, crs.frame_of(4547))
    assert not shapely.has_z(features.geometry).any()
    assert features.frame.epsg == 4547


def test_what_cannot_be_moved_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = np.array([shapely.Point(np.inf, 1), shapely.Point(1, 2)])
    monkeypatch.setattr(crs, "transform", lambda *_: lost)
    features = building.build(accepted(), SITE, crs.frame_of(4547))
    assert (features.ids, features.rejected[-1].feature) == (["2"], "甲")
    assert features.read == len(features.geometry) + len(features.rejected) == 3


# ---- confine


class FakeLibc:
    """Stands for libc: answers `syscall` from a list and remembers what was asked."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.asked = list(answers), []

    def syscall(self, *arguments: Any) -> int:
        self.asked.append(arguments)
        return self.answers.pop(0) if self.answers else 0

    def prctl(self, *arguments: Any) -> int:
        self.asked.append(arguments)
        return 0


@pytest.mark.parametrize(("version", "net", "scope"), [(1, 0, 0), (4, 3, 0), (6, 3, 3), (99, 3, 3)])
def test_the_fence_is_as_high_as_the_kernel_allows(
    tmp_path: Path, version: int, net: int, scope: int
) -> None:
    handle = os.open(os.devnull, os.O_RDONLY)
    libc: Any = FakeLibc(version, handle)
    assert confine.fence(libc, [tmp_path, Path(__file__), Path("/none")], tmp_path)
    attributes = libc.asked[1][1]
    assert np.frombuffer(attributes, np.uint64).tolist()[1:] == [net, scope]
    assert len(libc.asked) == 6


@pytest.mark.parametrize("answers", [(-1,), (0,), (3, -1)])
def test_without_landlock_there_is_no_fence(tmp_path: Path, answers: tuple[int, ...]) -> None:
    libc: Any = FakeLibc(*answers)
    assert not confine.fence(libc, [], tmp_path)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_every_limit_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str) -> None:
    done: dict[int, tuple[int, int]] = {}
    libc = FakeLibc(-1)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: done.update({kind: pair}))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 7))
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: libc)
    monkeypatch.setattr(confine.sys, "platform", platform)
    confine.confine(SITE, [tmp_path], tmp_path)
    assert done[resource.RLIMIT_CORE] == (0, 0)
    assert done[resource.RLIMIT_CPU] == (7, 7)
    assert len(done) == 5
    assert bool(libc.asked) == (platform == "linux")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, resource.RLIM_INFINITY))
    confine.bound(resource.RLIMIT_CPU, 5, 6)
    assert done[resource.RLIMIT_CPU] == (5, 6)


def test_where_proc_is_missing_the_use_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < confine._used_bytes() < 1 << 50
    monkeypatch.setattr(Path, "read_text", lambda *_: "")
    assert confine._used_bytes() == 4 << 30


# ---- nursery


@pytest.fixture
def nest(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[nursery.Nursery, int]]:
    """A nursery in this process, whose children end at once, and the handle that feeds it."""
    before = signal.getsignal(signal.SIGCHLD)
    jobs, feed = os.pipe()
    made = nursery.Nursery(jobs)
    monkeypatch.setattr(made, "_become_child", lambda _folder, job, _answer: job["end"]())
    monkeypatch.setattr(nursery, "json", SimpleNamespace(loads=ENDS.get, dumps=json.dumps))
    monkeypatch.setattr(nursery, "_IDLE_MS", 1)
    yield made, feed
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, before)
    for handle in (jobs, made.wake):
        os.close(handle)


ENDS: dict[str, Any] = {
    "quick": {"limits": {"wall_seconds": 60}, "end": lambda: os._exit(7)},
    "late": {"limits": {"wall_seconds": 0.05}, "end": lambda: time.sleep(60)},
}


def job(tmp_path: Path, end: str) -> tuple[Path, int]:
    folder = tmp_path / end
    folder.mkdir()
    (folder / "job.json").write_text(end)
    os.mkfifo(folder / "answer")
    return folder, os.open(folder / "answer", os.O_RDONLY | os.O_NONBLOCK)


def test_the_nursery_reports_how_each_child_ended(nest: Any, tmp_path: Path) -> None:
    made, feed = nest
    quick, late, gone = job(tmp_path, "quick"), job(tmp_path, "late"), tmp_path / "gone"
    for folder in (quick[0], late[0], gone):
        os.write(feed, os.fsencode(folder) + b"\n")
    os.close(feed)
    made.run()
    assert os.read(quick[1], 99) == b'{"ended": 7, "late": false}'
    assert os.read(late[1], 99) == b'{"ended": -9, "late": true}'
    for _, handle in (quick, late):
        os.close(handle)


def test_an_idle_nursery_loads_what_is_seldom_wanted(
    nest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, feed = nest
    made._reap()
    seldom = list(made.later)
    for _ in seldom:
        made._wait()
    assert made.later == []
    assert set(seldom) <= set(sys.modules)
    assert made._timeout_ms() is None
    os.close(feed)
    made.run()


def test_who_asked_may_have_gone(nest: Any, tmp_path: Path) -> None:
    made, feed = nest
    folder, handle = job(tmp_path, "quick")
    made._begin(folder)
    os.close(handle)
    os.close(feed)
    made.run()
    assert made.children == {}


def test_a_child_closes_what_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    closed, ended = [], []
    for name, stand_in in {
        "setsid": lambda: None,
        "dup2": lambda *_: None,
        "close": closed.append,
        "_exit": ended.append,
    }.items():
        monkeypatch.setattr(nursery.os, name, stand_in)
    monkeypatch.setattr(nursery, "read_job", lambda *_: 5)
    made = nursery.Nursery.__new__(nursery.Nursery)
    made.children, made.wake = {1: nursery.Child(101, 0.0)}, 102
    monkeypatch.setattr(nursery.signal, "set_wakeup_fd", lambda _: None)
    made._become_child(Path("/none"), {}, 103)
    assert (sorted(closed), ended) == ([101, 102, 103], [5])


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ("send_bad_wkb", nursery.DONE),
        ("refuse", nursery.REFUSED),
        ("fail", nursery.BROKEN),
        ("none_such", nursery.BROKEN),
    ],
)
def test_a_job_ends_with_a_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, task: str, code: int
) -> None:
    monkeypatch.setattr(confine, "confine", lambda *_: None)
    about = {"task": f"tests.lib.geo.misbehaviour:{task}", "path": "/x", "siblings": True}
    assert nursery.read_job(tmp_path, about | {"limits": vars(SITE)}) == code


def test_memory_that_runs_out_has_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(confine, "confine", full)
    about = {"task": "x:y", "path": "/x", "siblings": False, "limits": vars(SITE)}
    assert nursery.read_job(tmp_path, about) == nursery.NO_MEMORY


def test_the_nursery_begins_by_loading_the_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(nursery.Nursery, "__init__", lambda _: None)
    monkeypatch.setattr(nursery.Nursery, "run", lambda _: begun.append("run"))
    pool = pa.default_memory_pool()
    nursery.main()
    pa.set_memory_pool(pool)
    assert begun == ["run"]


# ---- held


def test_a_nursery_is_stopped_by_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    held = apart._Held()
    held.stop()
    made = held.get()
    monkeypatch.setattr(made, "owner", -1)
    made.stop()
    assert made.process.poll() is None
    monkeypatch.setattr(made, "owner", os.getpid())
    held.stop()
    assert made.process.poll() is not None
    lock = held.lock
    held.forked()
    assert held.lock is not lock
