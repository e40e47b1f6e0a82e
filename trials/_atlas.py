"""A county of a trial's own: work that needs one runs in a process apart, in a passing folder.

`apart("trials.import_speed:work", ...)` calls that function there, with the county begun and the
planted fault named, and returns what it returns (JSON).
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from trials.harness import PROJECT_ROOT

EPSG = 4547


def apart(work: str, fault: str | None = None, **arguments: Any) -> Any:
    """Run `module:function` with `fault` and `arguments` in a fresh county; return its answer."""
    with tempfile.TemporaryDirectory(prefix="guotu-trial-") as folder:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"GUOTU_HOME": f"{folder}/home", "TMPDIR": folder}
        job = json.dumps({"work": work, "fault": fault, "arguments": arguments})
        ended = subprocess.run(
            [sys.executable, "-m", "trials._atlas", job],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(ended.stdout.splitlines()[-1])


def begin() -> None:
    """Make the tables and begin the county."""
    from guotu.site.cli.django_ready import ready

    ready()
    from guotu.core.journal.actions import COUNTY, perform

    perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=EPSG)


def main() -> None:
    """Do one job, named by the first argument, and print its answer as the last line."""
    job = json.loads(sys.argv[1])
    begin()
    module, function = job["work"].split(":")
    work = getattr(importlib.import_module(module), function)
    folder = Path(os.environ["TMPDIR"])
    print(json.dumps(work(folder, job["fault"], **job["arguments"])))


if __name__ == "__main__":
    main()
