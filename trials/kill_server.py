"""Kill -9 of the server, of one of its workers, and of PostgreSQL, while 20 clients write."""

import contextlib
import os
import random
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

from trials import _stores
from trials._clients import Clients
from trials.harness import Figure, Scale

TITLE = "kill -9 while 20 clients write"
TIMED = True
FAULTS = {"no_transaction": "one action outside its transaction"}
_CLIENTS = 20
# Kills in full: 100 together.
_KILLS = {
    "sqlite": {"group": 25, "worker": 20},
    "postgresql": {"group": 15, "worker": 15, "postgres": 25},
}
_WORDS = {"group": "整组", "worker": "单个工作进程", "postgres": "PostgreSQL 全部进程"}
_FAULTY = {"sqlite": {"group": 5, "worker": 5}}


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Kill, count what the clients were told, and look for it in the store."""
    for store, kills in (_FAULTY if scale.faulty else _KILLS).items():
        what = f"{_stores.NAMES[store]}：20 个客户端写入时 kill -9"
        goal = "已确认的丢失 0，半成 0，断号 0，重复应答不符 0"
        if why := _stores.absent(store):
            yield Figure(what, goal, why, None)
            continue
        times = {how: n if scale.faulty else scale.count(n) for how, n in kills.items()}
        told = "、".join(f"{_WORDS[how]} {n} 次" for how, n in times.items())
        got, met = _outcome(*_killed(store, times, fault))
        yield Figure(f"{what}（{told}）", goal, got, met)


def _killed(store: str, times: dict[str, int], fault: str | None) -> tuple[Clients, dict[str, Any]]:
    with _stores.place(store) as place:
        place.apart("trials._marking:begin")
        order = [how for how, n in times.items() for _ in range(n)]
        random.Random(7).shuffle(order)
        port = _free_port()
        with _Server(place, port, fault) as server, Clients(port, _CLIENTS) as clients:
            clients.wait_for(_CLIENTS)
            for how in order:
                clients.wait_for(random.Random(len(clients.answers)).randint(5, 60))
                server.kill(how)
            clients.wait_for(_CLIENTS)
        return clients, place.apart("trials._marking:state")


def _outcome(clients: Clients, state: dict[str, Any]) -> tuple[str, bool]:
    entries = {key: sequence for sequence, verb, key in state["entries"] if verb == "trial.mark"}
    numbers = [sequence for sequence, _, _ in state["entries"]]
    lost = sum(entries.get(key) != sequence for key, (sequence, _) in clients.answers.items())
    rows: dict[int, list[tuple[int, str]]] = {}
    for sequence, half, text in state["rows"]:
        rows.setdefault(sequence, []).append((half, text))
    whole = {sequence: [(1, key), (2, key)] for key, sequence in entries.items()}
    half_done = sum(rows.get(n) != whole.get(n) for n in rows.keys() | whole.keys())
    gaps = len(set(range(len(numbers))) ^ set(numbers))
    unasked = len(entries.keys() - clients.answers.keys())
    bad = Counter(lost=lost, half=half_done, gaps=gaps, differing=len(clients.differing))
    got = (
        f"丢失 {lost}，半成 {half_done}，断号 {gaps}，重复应答不符 {len(clients.differing)}；"
        f"确认 {len(clients.answers)} 件，其中 {clients.interrupted} 件被打断后凭同一个键得到答复"
    )
    left = unasked + len(clients.unsure)
    return got + (f"；无人认领 {left}" if left else ""), bad.total() + left == 0


class _Server:
    """`guotu serve` in a process group of its own; killed and started again."""

    def __init__(self, place: _stores.Place, port: int, fault: str | None) -> None:
        self._place, self._port, self._fault = place, port, fault

    def __enter__(self) -> "_Server":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._kill_group()

    def kill(self, how: str) -> None:
        """Kill, and start again what does not start again by itself."""
        if how == "group":
            self._kill_group()
            self._start()
        elif how == "worker":
            workers = _stores.children(self._process.pid)
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(random.choice(workers), signal.SIGKILL)
        else:
            assert self._place.postgres is not None
            self._place.postgres.kill()
            self._place.postgres.start()

    def _start(self) -> None:
        self._process = self._place.start(
            "trials._killed_server", str(self._port), self._fault or "",
            start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=(self._place.folder / "server.log").open("ab"),
        )  # fmt: skip

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
