"""An import killed at any moment leaves nothing half done, and the next one cleans up after it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from guotu.core.atlas import queries
from guotu.core.atlas.models import Release
from guotu.core.atlas.publishing import staging, sweep
from tests.core.atlas.conftest import squares

ROOT = Path(__file__).resolve().parents[3]

# Imports a file in a store of its own and kills itself at the moment named.
VICTIM = """
import os, signal, sys
from pathlib import Path
moment, file = sys.argv[1:]
import django
django.setup()
from django.core.management import call_command
from guotu.core.atlas import actions
from guotu.core.atlas.models import County, Release
from guotu.core.atlas.publishing import import_layer
from guotu.core.journal.actions import COUNTY, perform

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if not Path(os.environ["GUOTU_HOME"], "guotu.sqlite3").exists():
    call_command("migrate", verbosity=0)
    perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=4547)
if moment == "moved":
    actions.Quarantined.objects.bulk_create = die
if moment == "row":
    actions.keep_staged = die
def progress(doing, share):
    if doing == moment:
        die()
report = import_layer("landuse", Path(file), tiles=False, topology=False, progress=progress)
print(report["release"], report["accepted"], Release.objects.count())
"""


@pytest.fixture
def run(tmp_path, landuse_file):
    """Give a runner of the victim, on SQLite in a folder of its own."""
    home = tmp_path / "killed"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"GUOTU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "guotu.site.settings"}
    script = tmp_path / "victim.py"
    script.write_text(VICTIM)
    file = landuse_file(squares(3, 3))

    def once(moment):
        command = [sys.executable, str(script), moment, str(file)]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )

    return home, once


def test_a_kill_at_any_moment_leaves_nothing_half_imported(run):
    home, once = run
    for moment in ("收存原文件", "写入版本", "row", "moved"):
        ended = once(moment)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    # The last one died after its files were moved in and before the row was committed.
    assert [path.name for path in (home / "releases").iterdir()] != []
    whole = once("never")
    assert whole.returncode == 0, whole.stderr
    release, accepted, count = whole.stdout.split()
    assert (accepted, count) == ("9", "1")
    assert [path.name for path in (home / "releases").iterdir()] == [f"landuse-{release}.parquet"]
    assert list((home / "staging").iterdir()) == []
    assert list((home / "files" / "incoming").glob("*")) == []


def test_a_living_import_is_left_alone(home, county):
    with staging.staging() as folder:
        (folder / "release.parquet").write_bytes(b"half")
        sweep()
        assert (folder / "release.parquet").exists()
    assert not folder.exists()


def test_files_without_a_row_are_swept_and_published_ones_stay(home, bring_in, landuse_file):
    bring_in("landuse", landuse_file(squares(1, 1)))
    (home / "releases" / "landuse-1999-01-01.parquet").write_bytes(b"half")
    (home / "tiles").mkdir()
    (home / "tiles" / "landuse-1999-01-01.pmtiles").write_bytes(b"half")
    removed = sweep()
    assert removed == [
        "releases/landuse-1999-01-01.parquet", "tiles/landuse-1999-01-01.pmtiles",
    ]  # fmt: skip
    assert queries.path_of(Release.objects.get()).exists()
    assert sweep() == []


def test_a_refused_publication_leaves_no_row(home, bring_in, landuse_file, monkeypatch):
    from guotu.core.atlas import actions

    def fail(*_, **__):
        raise OSError("磁盘已满")

    monkeypatch.setattr(actions.Quarantined.objects, "bulk_create", fail)
    with pytest.raises(OSError, match="磁盘已满"):
        bring_in("landuse", landuse_file(squares(1, 1)))
    assert Release.objects.count() == 0
    sweep()
    assert list((home / "releases").iterdir()) == []
