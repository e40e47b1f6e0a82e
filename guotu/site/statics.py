"""Static files: one mark for the whole tree, and the copy that the server sends from."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from wsgiref.headers import Headers

Served = Path | tuple[str, Path]

# Maps of the sources and the development builds are for those who change the code.
_LEFT_OUT = (".map", ".d.ts", ".gz", "-dev.mjs", "-shared.mjs", ".development.js")
_LEFT_OUT_FOLDERS = ("ext",)
# Drawings of processes are looked at here and drawn elsewhere.
_LEFT_OUT_NAMES = ("bpmn-modeler.production.min.js", "bpmn-viewer.production.min.js")


def served_folder(served: Served) -> Path:
    """Return the folder of one entry of STATICFILES_DIRS."""
    return served[1] if isinstance(served, tuple) else served


def files_of(served: Sequence[Served]) -> Iterator[tuple[str, Path]]:
    """Yield (address below the static prefix, file) of everything that is served, by name."""
    for entry in served:
        folder = served_folder(entry)
        prefix = f"{entry[0]}/" if isinstance(entry, tuple) else ""
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if not path.is_file() or path.name.endswith((*_LEFT_OUT, *_LEFT_OUT_NAMES)):
                continue
            if inside.parts[0] in _LEFT_OUT_FOLDERS:
                continue
            yield prefix + inside.as_posix(), path


def tree_mark(served: Sequence[Served]) -> str:
    """Return a short mark that changes when any served file does."""
    digest = hashlib.sha256()
    for address, path in files_of(served):
        state = path.stat()
        digest.update(f"{address} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:10]


def collect(served: Sequence[Served], target: Path) -> int:
    """Copy everything that is served into `target`, compressed beside; return how many.

    `target` is named by the mark of the tree: one that is there is whole, and older ones go.
    """
    from whitenoise.compress import Compressor

    if target.is_dir():
        return 0
    if target.parent.exists():
        shutil.rmtree(target.parent)
    passing = target.with_name(f".{target.name}")
    compressor = Compressor(quiet=True, use_brotli=False)
    count = 0
    for address, path in files_of(served):
        place = passing / address
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
        if compressor.should_compress(place.name):
            for _made in compressor.compress(str(place)):
                pass
        count += 1
    passing.replace(target)
    return count


def always_immutable(path: str, url: str) -> bool:
    """Say that a served file never changes under its address: the address carries the mark."""
    return True


def harden(headers: Headers, path: str, url: str) -> None:
    """Let a served file be nothing but what it is; a worker's script fetches from here alone."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' blob:"
    )
