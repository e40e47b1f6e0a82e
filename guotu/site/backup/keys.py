"""Keys never lie in a backup: they go to a file of their own, which each backup overwrites.

What was sealed under a key that has been destroyed since can then be opened from no set, however
old, and an erasure reaches them all.
"""

import base64
import json
import os
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.db import transaction

from guotu.core.files.store import sync_folder
from guotu.core.journal import clock
from guotu.core.journal.signing import KEY_FILE
from guotu.lib.refusal import Refusal

FORMAT = 1
FILES = ("secret.key", KEY_FILE)
MODELS = ("journal.SubjectKey",)
# Whoever finds a session could walk in with it; all sign in anew after a restore.
_PASSING = ("sessions.Session",)


def left_out() -> list[str]:
    """Return the names of the tables whose rows are in no set."""
    return [apps.get_model(label)._meta.db_table for label in (*MODELS, *_PASSING)]


def lying_in(folder: Path) -> list[str]:
    """Return the files in a set that look like keys of this county."""
    secrets = [path.read_bytes() for path in _files() if path.exists()]
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and (path.name in FILES or _holds(path, secrets))
    )


def write(path: Path) -> int:
    """Write the keys as they are now to `path` (0600) in place of what is there; return how many.

    The bytes of the file before are overwritten, as far as the disk lets them be.
    """
    rows = {label: _rows(label) for label in MODELS}
    kept = {
        "format": FORMAT,
        "written_at": clock.now().isoformat(),
        "files": {
            file.name: base64.b64encode(file.read_bytes()).decode()
            for file in _files()
            if file.exists()
        },
        "rows": rows,
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(kept, handle)
        handle.flush()
        os.fsync(handle.fileno())
    _replace(path, fresh)
    return sum(map(len, rows.values()))


def read(path: Path) -> dict[str, Any]:
    """Return what a file of keys holds; a Refusal when it is none."""
    try:
        kept: dict[str, Any] = json.loads(path.read_bytes())
        if kept["format"] != FORMAT or not {"files", "rows"} <= kept.keys():
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise Refusal("读不出密钥文件", where=str(path), remedy="检查路径和文件") from None
    return kept


def put_back_files(kept: dict[str, Any]) -> None:
    """Put the keys that are files into the county's folder."""
    for name in FILES:
        if name in kept["files"]:
            path = settings.GUOTU_HOME / name
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as handle:
                handle.write(base64.b64decode(kept["files"][name]))
                handle.flush()
                os.fsync(handle.fileno())


def put_back_rows(kept: dict[str, Any]) -> None:
    """Put the keys that are rows into the store, which holds none."""
    with transaction.atomic():
        for label in MODELS:
            rows = json.dumps(kept["rows"].get(label, []))
            for row in serializers.deserialize("json", rows):
                row.save()


def _rows(label: str) -> list[dict[str, Any]]:
    model = apps.get_model(label)
    rows: list[dict[str, Any]] = json.loads(
        serializers.serialize("json", model._default_manager.order_by("pk"))
    )
    return rows


def _files() -> list[Path]:
    return [settings.GUOTU_HOME / name for name in FILES]


def _holds(path: Path, secrets: list[bytes]) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as handle, mmap(handle.fileno(), 0, access=ACCESS_READ) as data:
        return any(data.find(secret) >= 0 for secret in secrets)


def _replace(path: Path, fresh: Path) -> None:
    if not path.exists():
        fresh.rename(path)
    else:
        with path.open("r+b") as before:
            fresh.rename(path)
            before.write(b"\0" * os.fstat(before.fileno()).st_size)
            before.flush()
            os.fsync(before.fileno())
    sync_folder(path.parent)
