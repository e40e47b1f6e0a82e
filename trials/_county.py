"""One fictional county a run for all trials that review sites, in a folder that passes away.

`python -m trials._county HOME PARCELS` builds it in a process apart; `home_of(parcels)` says where.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from trials.harness import PROJECT_ROOT

SEED = 7
ACCOUNT = ("clerk", "a-long-enough-phrase")
POWERS = ["atlas.read", "approval.review", "approval.read"]


@lru_cache
def home_of(parcels: int, begin: str = "trials._county") -> Path:
    """Return the folder of a county of about `parcels` parcels, built on the first call.

    `begin` names the module that builds it.
    """
    folder = Path(tempfile.mkdtemp(prefix="guotu-trial-county-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", begin, str(folder / "home"), str(parcels)],
        cwd=PROJECT_ROOT,
        env=environment(folder / "home"),
        check=True,
        stdout=sys.stderr,
    )
    return folder / "home"


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a process that works in the county at `home`."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**kept, "GUOTU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "guotu.site.settings"}


def releases(home: Path) -> dict[str, Path]:
    """Return where each layer's stored file lies, by `guotu layers --json`."""
    said = subprocess.run(
        [sys.executable, "-c", "from guotu.site.cli.main import main; main()", "layers", "--json"],
        cwd=PROJECT_ROOT,
        env=environment(home),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {row["layer"]: home / row["path"] for row in json.loads(said) if row.get("path")}


def begin(code: str = "430699", name: str = "虚构县") -> None:
    """Make the tables, begin the county, open the clerk's account."""
    from guotu.site.cli.django_ready import ready

    ready()
    from guotu.core.journal.actions import COUNTY, perform

    perform("atlas.begin_county", COUNTY, code=code, name=name, epsg=4547, fictional=True)
    perform(
        "people.open_account",
        COUNTY,
        username=ACCOUNT[0],
        name="审批股",
        password=ACCOUNT[1],
        post_code="approval",
        post={"name": "审批股", "powers": POWERS},
    )


def publish(layer: str, geometry: Any, fields: Any, frame: Any, folder: Path) -> None:
    """Write a layer to a file and publish it, without tiles and topology."""
    from guotu.core.atlas.publishing import import_layer
    from guotu.lib.geo import formats

    path = folder / f"{layer}.parquet"
    formats.write(path, geometry, fields, frame)
    import_layer(layer, path, tiles=False, topology=False)
    path.unlink()


def build(parcels: int) -> None:
    """Build the fictional county in GUOTU_HOME."""
    begin()
    from guotu.lib.fiction import county
    from guotu.lib.geo.crs import frame_of

    with tempfile.TemporaryDirectory() as folder:
        for layer, (geometry, fields) in county(parcels, SEED).items():
            publish(layer, geometry, fields, frame_of(4547), Path(folder))


if __name__ == "__main__":
    build(int(sys.argv[2]))
