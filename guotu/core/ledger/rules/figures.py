"""How a whole number of a unit is said: 123456 dm2 is 1,234.56 square metres."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from guotu.lib.refusal import Refusal


@cache
def known_units() -> Mapping[str, Mapping[str, Any]]:
    """Return every unit's title, decimals and source (units.toml), by name."""
    return tomllib.loads((Path(__file__).parents[1] / "units.toml").read_text())


def check_unit(unit: str) -> None:
    """Raise a `Refusal` when there is no such unit."""
    if unit not in known_units():
        raise Refusal(
            "没有这个计量单位",
            where=unit,
            rule="账册按单位分设，一册一个单位",
            remedy="可用：" + "、".join(known_units()),
        )


def unit_title(unit: str) -> str:
    """Return what the unit of a shown figure is called."""
    return str(known_units()[unit]["title"])


def figure_text(amount: int, unit: str) -> str:
    """Say `amount`, in whole `unit`, exactly, without its unit."""
    decimals = int(known_units()[unit]["decimals"])
    whole, rest = divmod(abs(amount), 10**decimals)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
