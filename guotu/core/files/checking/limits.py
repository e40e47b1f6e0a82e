"""What an upload may be and may cost: the dated data of uploads.toml."""

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from guotu.lib.geo.guard import Limits


@dataclass(frozen=True)
class Kind:
    """A kind that is taken in: title, extensions, size in bytes, the check that looks inside."""

    name: str
    title: str
    extensions: tuple[str, ...]
    max_bytes: int
    opened: str
    media: str


@lru_cache
def table() -> dict[str, Any]:
    """Return uploads.toml."""
    text = resources.files("guotu.core.files").joinpath("uploads.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache
def kinds() -> dict[str, Kind]:
    """Return the kinds that are taken in, by name."""
    return {
        name: Kind(
            name,
            row["title"],
            tuple(row["extensions"]),
            row["max_bytes"],
            row["opened"],
            row["media"],
        )
        for name, row in table()["kind"].items()
    }


@lru_cache
def child_limits() -> Limits:
    """Return what a child process may spend on looking into one file."""
    zipped = table()["zip"]
    return replace(
        Limits.site(),
        **table()["child"],
        max_unzipped_bytes=zipped["unzipped_bytes"],
        max_zip_entries=zipped["entries"],
        max_unzipped_ratio=float(zipped["ratio"]),
    )


def megabytes(size: int) -> str:
    """Return a size in bytes as whole megabytes, for a reader."""
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size:,} 字节"
