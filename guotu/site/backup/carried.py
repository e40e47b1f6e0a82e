"""The folders of a county that go with its store: releases, tiles, kept files; each copied once."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from guotu.core.files.store import copy_in, hash_of, sync_folder

# Files that writers are still writing, and what the county makes anew, are not carried.
_FOLDERS = ("releases", "tiles", "files")
_SINGLE = ("demo.json", "*.toml")
_PASSING = ("files/incoming/", "tiles/cut/")
Listed = dict[str, dict[str, str | int]]


def carried(home: Path) -> Iterator[str]:
    """Yield what is carried, relative to the county's folder, by name."""
    for pattern in _SINGLE:
        yield from (path.name for path in sorted(home.glob(pattern)) if path.is_file())
    for folder in _FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            relative = path.relative_to(home).as_posix()
            if path.is_file() and not relative.startswith(_PASSING):
                yield relative


def copy(
    home: Path, target: Path, before: Path | None, known: Listed, say: Callable[[float], None]
) -> tuple[Listed, int]:
    """Copy what is carried from `home` into `target`; return the list, and how many were linked.

    `before` is the set made last and `known` its list: a file that has not changed since is linked
    to there, once its bytes there were found to be what they should be. Nothing is ever linked to
    the county's own folder: what spoils a file there must not reach a copy.
    """
    listed: Listed = {}
    linked = 0
    names = list(carried(home))
    for number, name in enumerate(names):
        say(number / len(names))
        try:
            state = (home / name).stat()
            facts = {"size": state.st_size, "changed_ns": state.st_mtime_ns}
            is_linked = bool(before) and _link(before, target, name, known.get(name), facts)
            sha256 = str(known[name]["sha256"]) if is_linked else _copy(home, target, name)
        except FileNotFoundError:
            # Swept meanwhile: it was no release. What the store names is looked for afterwards.
            continue
        linked += is_linked
        listed[name] = {"sha256": sha256, **facts}
    return listed, linked


def put_back(source: Path, home: Path, listed: Listed, say: Callable[[float], None]) -> None:
    """Copy the listed files from a set into the county's folder, readable by the service alone."""
    for number, name in enumerate(sorted(listed)):
        say(number / len(listed))
        _copy(source, home, name)
        os.utime(home / name, ns=(int(listed[name]["changed_ns"]),) * 2)
    for folder in sorted({(home / name).parent for name in listed}):
        sync_folder(folder)


def take_away(home: Path) -> None:
    """Remove everything that is carried from a county's folder."""
    for folder in _FOLDERS:
        shutil.rmtree(home / folder, ignore_errors=True)
    for pattern in _SINGLE:
        for path in home.glob(pattern):
            path.unlink()


def _link(
    before: Path | None,
    target: Path,
    name: str,
    known: dict[str, str | int] | None,
    facts: dict[str, int],
) -> bool:
    if before is None or known is None or not facts.items() <= known.items():
        return False
    earlier = before / name
    if not earlier.is_file() or hash_of(earlier) != known["sha256"]:
        return False
    _folder(target, name)
    os.link(earlier, target / name)
    return True


def _copy(source: Path, target: Path, name: str) -> str:
    _folder(target, name)
    _, sha256 = copy_in(source / name, target / name)
    return sha256


def _folder(target: Path, name: str) -> None:
    # One level at a time: `parents=True` would make the upper ones readable by all.
    for folder in reversed(Path(name).parents[:-1]):
        (target / folder).mkdir(mode=0o700, exist_ok=True)
