"""The folder of kept files, `files/ab/<sha256>`: written whole, and read by the service alone."""

import hashlib
import os
import uuid
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

_CHUNK_BYTES = 1 << 20


def root() -> Path:
    """Return the folder that holds the kept files."""
    folder: Path = settings.GUOTU_HOME / "files"
    return folder


def place_of(sha256: str) -> Path:
    """Return where the bytes with this hash stand, or would stand."""
    return root() / sha256[:2] / sha256


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def copy_in(source: Path, staged: Path | None = None) -> tuple[Path, str]:
    """Copy a file to `staged`, or under a temporary name in the store; return path and hash.

    What is hashed is what is kept, even if the source changes meanwhile.
    """
    staged = staged or _temporary()
    digest = hashlib.sha256()
    with source.open("rb") as reader, _create(staged) as writer:
        while chunk := reader.read(_CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return staged, digest.hexdigest()


def write_in(data: bytes) -> tuple[Path, str]:
    """Write bytes under a temporary name in the store; return that path and their hash."""
    staged = _temporary()
    with _create(staged) as writer:
        writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())
    return staged, hashlib.sha256(data).hexdigest()


def settle(staged: Path, sha256: str) -> Path:
    """Move a staged file to its place by hash; a file that is there already is left as it is."""
    place = place_of(sha256)
    if place.exists():
        staged.unlink()
        return place
    _folder(place.parent)
    staged.chmod(0o600)
    staged.replace(place)
    sync_folder(place.parent)
    return place


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep() -> int:
    """Remove what writers that are no more left unfinished; return how many files that were."""
    left = [path for path in _incoming().glob("*-*") if not _is_running(path.name)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _is_running(name: str) -> bool:
    try:
        os.kill(int(name.split("-")[0]), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _incoming() -> Path:
    return root() / "incoming"


def _folder(path: Path) -> Path:
    # One level at a time: `parents=True` would make the upper ones readable by all.
    root().mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _temporary() -> Path:
    folder = _folder(_incoming())
    return folder / f"{os.getpid()}-{uuid.uuid4().hex}"


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
