"""What a set should hold, written last and with a hash of its own: the set is held against it."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guotu.core.files.store import hash_of
from guotu.lib.refusal import Refusal

FORMAT = 1
NAME = "manifest.json"
_HASH = "manifest.sha256"


def write(folder: Path, facts: dict[str, Any]) -> str:
    """Write the manifest and its hash, both synced; return the hash."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1).encode()
    sha256 = hashlib.sha256(text).hexdigest()
    for name, data in ((NAME, text), (_HASH, f"{sha256}  {NAME}\n".encode())):
        with (folder / name).open("xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
    return sha256


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a set; a Refusal when there is none or it is not as written."""
    try:
        text = (folder / NAME).read_bytes()
        said = (folder / _HASH).read_text().split()[0]
    except (OSError, IndexError):
        raise Refusal(
            "这个目录不是一份完整的备份", where=str(folder), remedy="换一份备份"
        ) from None
    if hashlib.sha256(text).hexdigest() != said:
        raise Refusal("备份清单被改动过", where=str(folder / NAME), remedy="换一份备份")
    facts: dict[str, Any] = json.loads(text)
    if facts.get("format") != FORMAT:
        raise Refusal(
            "备份的格式不认识", where=f"{facts.get('format')}", remedy="用作出备份的程序版本恢复"
        )
    return facts


def sha256_of(folder: Path) -> str:
    """Return the hash of a set's manifest."""
    return hash_of(folder / NAME)


def faults(folder: Path, facts: dict[str, Any], say: Callable[[float], None]) -> list[str]:
    """Return, in Chinese, what of the listed files is missing, changed or not listed."""
    files = facts["files"] | {facts["dump"]["name"]: facts["dump"]}
    found = []
    for number, (name, listed) in enumerate(sorted(files.items())):
        say(number / len(files))
        path = folder / name
        if not path.is_file():
            found.append(f"缺少文件 {name}")
        elif path.stat().st_size != listed["size"] or hash_of(path) != listed["sha256"]:
            found.append(f"文件被改动 {name}")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found += [f"多出文件 {name}" for name in sorted(there - files.keys() - {NAME, _HASH})]
    return found
