"""A stranger's file is read in a confined child: whatever becomes of it, the caller lives on."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely

from guotu.lib.geo import crs, formats, guard
from guotu.lib.geo.guard import apart, nursery, wire
from guotu.lib.refusal import Refusal

SITE = guard.Limits.site()
ZONE = crs.frame_of(4547)
BOX = shapely.box(460_000, 3_176_000, 460_100, 3_176_100)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.gpkg"
    formats.write(path, [BOX], pa.table({"名称": ["甲"]}), ZONE)
    return path


def run(task: str, limits: guard.Limits = SITE, **job: Any) -> Any:
    """Run one of the tasks of `misbehaviour` in a child."""
    about = {"task": f"tests.lib.geo.misbehaviour:{task}", "path": "/dev/null", "siblings": False}
    about |= {"filename": "甲.shp", "limits": vars(limits)}
    return apart.run_apart(about | job, limits)


def test_it_reads_what_formats_reads(site: Path) -> None:
    here, there = formats.read(site), guard.read_apart(site)
    assert shapely.equals_exact(here.geometry, there.geometry, 0).all()
    assert here.fields.equals(there.fields)
    assert (here.ids, here.frame, here.read) == (there.ids, there.frame, there.read)


def test_frame_name_and_target_are_passed_on(site: Path) -> None:
    kept = site.rename(site.parent / "0123abcd")
    moved = guard.read_apart(kept, crs=ZONE, filename="甲.gpkg", target=crs.frame_of(4526))
    assert moved.frame.epsg == 4526
    assert moved.geometry[0].bounds[0] == pytest.approx(38_460_000)
    assert any("转换" in note.change for note in moved.notes)
    with pytest.raises(Refusal) as caught:
        guard.read_apart(kept, filename="甲.shp")
    assert "甲.shp" in caught.value.where


def test_a_companion_file_beside_a_bare_shp_is_read(tmp_path: Path) -> None:
    formats.write(tmp_path / "a.shp", [BOX], pa.table({"名称": ["甲"]}), ZONE)
    assert guard.read_apart(tmp_path / "a.shp").fields.column("名称").to_pylist() == ["甲"]


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("crash", "中断"),
        ("abort", "中断"),
        ("leave", "中断"),
        ("fail", "无法读取"),
        ("eat_memory", "内存过多"),
        ("burn_processor", "计算过多"),
        ("sleep", "用时过长"),
        ("fill_disk", "太大"),
        ("refuse", "这是理由"),
        ("send_nothing", "不可信"),
        ("send_pickle", "不可信"),
        ("send_lies", "不可信"),
        ("send_bad_wkb", "未通过复核"),
        ("send_a_link", "不可信"),
    ],
)
def test_a_child_that_misbehaves_becomes_a_refusal(task: str, what: str) -> None:
    wall = 1.0 if task == "sleep" else 30.0
    limits = replace(
        SITE, cpu_seconds=1, wall_seconds=wall, memory_bytes=300_000_000, max_unzipped_bytes=10_000
    )
    with pytest.raises(Refusal, match=what):
        apart.built(run(task, limits), limits)


def test_a_child_cannot_reach_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    with pytest.raises(Refusal) as caught:
        run("try_to_escape", secret=str(secret), parent=os.getpid())
    found = json.loads(caught.value.what)
    if found.pop("fenced"):
        assert found == dict.fromkeys(found, "PermissionError")
    assert found


def test_gdal_has_only_the_drivers_it_needs() -> None:
    with pytest.raises(Refusal) as caught:
        run("name_drivers")
    wanted = {"ESRI Shapefile", "GPKG", "OpenFileGDB", "MEM"}
    assert set(caught.value.what.split("、")) <= wanted


def test_the_environment_of_the_caller_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert "DATABASE_URL" not in apart._environment()


def test_threads_share_one_nursery(site: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: guard.read_apart(site).read, range(18)))
    assert found == [1] * 18
    assert len({id(apart._held.get()) for _ in range(3)}) == 1


def test_a_dead_nursery_is_replaced(site: Path) -> None:
    guard.warm()
    dead = apart._held.get()
    os.kill(dead.process.pid, signal.SIGKILL)
    dead.process.wait()
    assert guard.read_apart(site).read == 1
    assert apart._held.get() is not dead


def test_a_nursery_that_dies_while_reading_becomes_a_refusal(site: Path) -> None:
    held = apart._held.get()
    timer = threading.Timer(0.5, lambda: os.kill(held.process.pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(Refusal, match="中断"):
        run("sleep")
    assert guard.read_apart(site).read == 1


def test_a_nursery_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_START_SECONDS", 0.2)
    held = apart._held.get()
    os.kill(held.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(Refusal, match="用时过长"):
            run("sleep", replace(SITE, wall_seconds=0.1))
    finally:
        os.kill(held.process.pid, signal.SIGCONT)


PROGRAMS = {
    "no_main_guard": """
        from pathlib import Path
        from guotu.lib.geo import guard
        print(guard.read_apart(Path({site!r})).read)
    """,
    "threaded_server": """
        import threading
        from pathlib import Path
        from guotu.lib.geo import guard
        found = []
        def serve():
            found.append(guard.read_apart(Path({site!r})).read)
        threads = [threading.Thread(target=serve) for _ in range(4)]
        [t.start() for t in threads], [t.join() for t in threads]
        print(len(found) and found[0])
    """,
    "forked_worker": """
        import os
        from pathlib import Path
        from guotu.lib.geo import guard
        guard.warm()
        worker = os.fork()
        if worker == 0:
            os._exit(0 if guard.read_apart(Path({site!r})).read == 1 else 1)
        assert os.waitpid(worker, 0)[1] == 0
        print(guard.read_apart(Path({site!r})).read)
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("as_file", [True, False])
def test_it_works_from_any_kind_of_program(
    name: str, as_file: bool, site: Path, tmp_path: Path
) -> None:
    program = textwrap.dedent(PROGRAMS[name]).format(site=str(site))
    script = tmp_path / "script.py"
    script.write_text(program)
    how = [str(script)] if as_file else ["-c", program]
    done = subprocess.run(
        [sys.executable, *how], capture_output=True, text=True, check=False, cwd="/", timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("1", "")


def test_a_job_whose_asker_has_gone_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = nursery.Nursery.__new__(nursery.Nursery)
    begun.children = {}
    begun._begin(tmp_path / "gone")

    def none_left(*_: object) -> None:
        raise ChildProcessError

    monkeypatch.setattr(os, "waitpid", none_left)
    begun._reap()
    assert begun.children == {}


def test_a_refusal_that_is_none_is_untrue(tmp_path: Path) -> None:
    (tmp_path / wire.REFUSAL).write_text("[1]")
    with pytest.raises(wire.Untrue):
        wire.receive_refusal(tmp_path)
