"""The worker is kept beside the server: started again, ended with it, and never left behind."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from guotu.site.worker import keeping
from guotu.site.worker.ending import Ending, die_with_parent, signals_end
from guotu.site.worker.keeping import Keeper, keeping_arbiter, serve_parent

_SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_signals_end_it_and_are_put_back():
    ending, before = Ending(), signal.getsignal(signal.SIGTERM)
    with signals_end(ending):
        os.kill(os.getpid(), signal.SIGTERM)
        assert ending()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_comes_while_it_waits_ends_the_wait():
    for _ in range(20):
        ending = Ending()
        with signals_end(ending):
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM)).start()
            ending.wait(30)
            assert ending()


def test_it_ends_when_its_parent_is_another():
    assert not Ending(os.getppid())()
    assert Ending(1 if os.getppid() != 1 else 2)()
    assert serve_parent(1 if os.getppid() != 1 else 2) == 0


def forking(work, until):
    """Keep a forked worker in a process of its own, as the kept program does; return its lines."""
    code = (
        "import os, sys, time\n"
        "from guotu.site.worker.ending import Ending, signals_end\n"
        "from guotu.site.worker import keeping\n"
        "ending = Ending()\n"
        f"def work(told):\n    print(os.getpid(), flush=True)\n    {work}\n"
        "with signals_end(ending):\n    keeping.keep_forked(ending, work)\n"
        "print('ended', flush=True)\n"
    )
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    kept = subprocess.Popen([sys.executable, "-c", code], **told)
    return kept, until(kept)


def test_a_forked_worker_that_is_killed_has_a_successor_and_ends_when_told():
    def twice(kept):
        first = int(kept.stdout.readline())
        os.kill(first, signal.SIGKILL)
        return first, int(kept.stdout.readline())

    kept, (first, second) = forking("told.wait(60)", twice)
    assert first != second
    assert alive(second)
    kept.terminate()
    assert kept.stdout.readline() == "ended\n"
    assert kept.wait(10) == 0
    assert not alive(second)


def test_a_forked_worker_that_breaks_says_so_without_a_trace():
    def said(kept):
        return kept.stdout.readline(), kept.stdout.readline()

    kept, lines = forking("raise ZeroDivisionError('坏了')", said)
    kept.kill()
    kept.wait()
    assert "ZeroDivisionError: 坏了" in lines[1]


def test_a_forked_worker_that_does_not_end_is_killed():
    kept, worker = forking("time.sleep(60)", lambda kept: int(kept.stdout.readline()))
    kept.terminate()
    assert kept.wait(20) == 0
    assert not alive(worker)


def wait_for(true, seconds=20):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(process):
    try:
        return open(f"/proc/{process}/stat").read().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_that_dies_young_is_started_again_each_time_a_little_later(monkeypatch):
    now, began = [100.0], []

    def started(command, **options):
        began.append(now[0])
        return SimpleNamespace(pid=7, poll=lambda: 1, terminate=lambda: None, wait=lambda _: 0)

    monkeypatch.setattr(keeping, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(keeping.subprocess, "Popen", started)
    keeper = Keeper()
    for _ in range(200):
        keeper.keep()
        now[0] += 1
    gaps = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert gaps == [2, 3, 5, 9, 17, 33, 61, 61]
    keeper.end()


def test_a_worker_that_is_killed_is_started_again_and_ends_with_the_server():
    keeper = Keeper(_SLEEPS)
    keeper.keep()
    first = keeper.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: keeper.keep() or keeper.pid not in (first, None))
    second = keeper.pid
    keeper.end()
    assert not alive(second)
    keeper.keep()
    assert not alive(keeper.pid)


def test_a_worker_that_cannot_be_started_is_said_and_tried_later(capsys):
    keeper = Keeper(["/nonexistent/python"])
    keeper.keep()
    assert keeper.pid is None
    assert "不能启动" in capsys.readouterr().err
    keeper.end()


def test_one_that_does_not_end_is_killed(monkeypatch):
    monkeypatch.setattr("guotu.site.worker.keeping._GRACE_SECONDS", 0.3)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    keeper = Keeper([sys.executable, "-c", deaf])
    keeper.keep()
    time.sleep(0.5)
    began = time.monotonic()
    keeper.end()
    assert time.monotonic() - began < 5
    assert not alive(keeper.pid)


def test_gunicorn_keeps_it_beside_its_own():
    kept = []

    class Kept:
        keep = tell = end = lambda self: kept.append(1)

    arbiter = keeping_arbiter(Kept())
    assert [arbiter.manage_workers.__qualname__.split(".")[-2]] == ["KeepingArbiter"]
    assert arbiter.stop is not arbiter.__mro__[1].stop


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_it_does_not_linger_when_its_server_is_killed():
    child = (
        "import time; from guotu.site.worker.ending import die_with_parent;"
        "die_with_parent(); print(1, flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE);"
        "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    worker = int(server.stdout.readline())
    assert alive(worker)
    server.kill()
    server.wait()
    wait_for(lambda: not alive(worker), 5)


def test_dying_with_a_parent_is_asked_for_quietly(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    die_with_parent()
