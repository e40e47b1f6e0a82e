"""What a newcomer waits for: from a clone to the county on the screen, cold and warm."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.newcomer import NoCounty, seconds_to_county
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "newcomer: one command from clone to the county on the screen"
TIMED = True
FAULTS = {"no_lock": "the clone lacks its lock file"}


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Clone twice, with an empty package cache and then with the one it left."""
    with tempfile.TemporaryDirectory(prefix="guotu-newcomer-") as place:
        caches = _caches(Path(place) / "cache")
        if fault:
            yield _once("克隆后一条命令（缺锁文件）", Path(place) / "faulty", caches, fault)
            return
        yield _once("克隆到县的地图，包缓存为空", Path(place) / "cold", caches, None)
        yield _once("克隆到县的地图，包缓存已有", Path(place) / "warm", caches, None)


def _caches(folder: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GUOTU")}
    for name in ("VIRTUAL_ENV", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "MAKEFLAGS"):
        clean.pop(name, None)
    return {
        **clean,
        "PIP_CACHE_DIR": str(folder / "pip"),
        "npm_config_cache": str(folder / "npm"),
    }


def _once(what: str, folder: Path, environment: dict[str, str], fault: str | None) -> Figure:
    goal = "一条命令，地图与瓦片打开"
    subprocess.run(["git", "clone", "-q", str(PROJECT_ROOT), str(folder)], check=True)
    if fault == "no_lock":
        (folder / "locks" / "dev.txt").unlink()
    try:
        took = seconds_to_county(folder, environment)
    except (NoCounty, OSError) as failed:
        return Figure(what, goal, str(failed)[-300:], False)
    finally:
        shutil.rmtree(folder / ".venv", ignore_errors=True)
    return Figure(what, goal, f"{took:.0f} 秒", True)
