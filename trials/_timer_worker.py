"""`python -m trials._timer_worker FAULT` keeps a worker as a server does; with PARENT, it is one.

Without a fault the worker is the product's own program.
"""

import os
import random
import sys
import time
import uuid
from typing import Any
from unittest import mock

from guotu.site.worker.keeping import Keeper, serve_parent

_LOOK_SECONDS = 0.2


def keep(fault: str) -> None:
    """Keep a worker until the process that started this one closes its input."""
    command = [sys.executable, "-m", "trials._timer_worker", str(os.getpid()), fault]
    keeper = Keeper(command if fault else None)
    os.set_blocking(sys.stdin.fileno(), False)
    while sys.stdin.buffer.read() is None:
        keeper.keep()
        time.sleep(_LOOK_SECONDS)
    keeper.end()


def plant(fault: str) -> None:
    """Change the worker in this process alone, as a careless hand would."""
    if fault == "two_acts":
        _two_acts()
    elif fault == "one_stops_all":
        _one_stops_all()
    elif fault == "slow":
        from guotu.site.worker import running

        mock.patch.object(running, "_LOOK_SECONDS", 30.0).start()


def _two_acts() -> None:
    """What is said is committed before it is written down that it was, and no key is kept."""
    from django.db import transaction

    from guotu.core.cases.actions import clock_firing
    from guotu.core.cases.queries.clocks import Fire
    from guotu.core.journal import actions

    real, chance = actions.perform, random.Random()
    end = clock_firing._end
    left: list[Any] = []

    def end_later(act: Any, clock: Any) -> None:
        left.append((act, clock))

    def perform(name: str, *told: Any, **more: Any) -> Any:
        done = real(name, *told, **more)
        while left:
            if chance.random() < 0.1:
                os._exit(9)
            with transaction.atomic():
                end(*left.pop())
        return done

    mock.patch.object(clock_firing, "_end", end_later).start()
    mock.patch("guotu.site.worker.firing.perform", perform).start()
    mock.patch.object(Fire, "key", property(lambda self: uuid.uuid4().hex)).start()


def _one_stops_all() -> None:
    """The first that fails ends the worker, and is the first again."""
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.site.worker.firing import Firing

    def fire(self: Any, one: Any) -> None:
        told: dict[str, Any] = {"clock": one.clock, "revision": one.revision, "stage": one.stage}
        perform("cases.fire_clock", COUNTY, key=one.key, **told)

    mock.patch.object(Firing, "fire", fire).start()


def main() -> None:
    """Keep a worker, or be one with a fault."""
    if len(sys.argv) < 3:
        keep(sys.argv[1] if len(sys.argv) > 1 else "")
        return
    import django

    django.setup()
    plant(sys.argv[2])
    sys.exit(serve_parent(int(sys.argv[1])))


if __name__ == "__main__":
    main()
