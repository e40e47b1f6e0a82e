"""A served county in which a fault may be planted in what a server decides about tasks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from trials import _browsing as browsing
from trials import _desk
from trials.harness import PROJECT_ROOT


@contextmanager
def served(fault: str | None) -> Iterator[str]:
    """Serve the trial's bureau and yield its address; with a server of its own for a fault."""
    office = _prepared()
    if fault not in _PLANT:
        yield office.address
        return
    environment = {**os.environ, "GUOTU_HOME": str(office.folder / "home")}
    environment.pop("DATABASE_URL", None)
    port = browsing._free_port()
    serve = [sys.executable, "-m", "trials._tasking", fault, str(port)]
    quiet: Any = {"env": environment, "cwd": PROJECT_ROOT, "stdout": subprocess.DEVNULL}
    server = subprocess.Popen(serve, **quiet)
    try:
        browsing._wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        browsing._stop(server)


@cache
def _prepared() -> _desk.Office:
    """Return the bureau, in which whoever reports holds the supervisor's post too."""
    office = _desk.office()
    environment = {**os.environ, "GUOTU_HOME": str(office.folder / "home")}
    environment.pop("DATABASE_URL", None)
    asked = [sys.executable, "-c", "from trials._tasking import appoint; appoint()"]
    subprocess.run(asked, check=True, env=environment, cwd=PROJECT_ROOT)
    return office


def appoint() -> None:
    """Appoint the reporter to the supervisor's post besides."""
    from guotu.site.cli.django_ready import ready

    ready()
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.people.models import Person, Post

    told = {
        "person_id": Person.objects.get(username="d-gengbao").pk,
        "post_id": Post.objects.get(code="desk-ducha").pk,
    }
    perform("people.appoint", COUNTY, reason="试验", **told)


def _unproven() -> None:
    from guotu.core.cases.rules import tasking

    tasking.check_closable = lambda **told: None


def _own_check() -> None:
    from guotu.core.cases.rules import tasking

    tasking.check_apart = lambda **told: None


def _nothing_read() -> None:
    from guotu.core.cases.rules import sentences

    sentences._named = lambda *told: []


_PLANT = {"unproven": _unproven, "own_check": _own_check, "nothing_read": _nothing_read}

if __name__ == "__main__":
    _PLANT[sys.argv[1]]()
    sys.argv = ["guotu", "serve", "--port", sys.argv[2]]
    from guotu.site.cli.main import main

    main()
