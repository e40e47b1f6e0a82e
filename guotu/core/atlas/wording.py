"""Says a feature's fields in the words of the trade, in the order a clerk reads them."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext

from guotu.core.atlas.models import County


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files("guotu.core.atlas").joinpath("fields.toml").read_text("utf-8"))


def mark_said(county: County) -> str:
    """Return the mark of a fictional county in the reader's language; empty in a real one."""
    return gettext(county.mark) if county.mark else ""


def area_text(area_dm2: int) -> str:
    """Say an area in square metres with two decimals, exactly."""
    whole, rest = divmod(area_dm2, 100)
    return f"{whole:,}.{rest:02d}"


def mu_text(area_dm2: int) -> str:
    """Say an area in 亩 (2000/3 square metres), rounded half up to two decimals."""
    # dm2 * 0.0015 / 100 亩, in hundredths: (dm2 * 15 + 5000) // 10000
    return area_text((area_dm2 * 15 + 5000) // 10000)


def hectare_text(area_dm2: int) -> str:
    """Say an area in hectares, rounded half up to four decimals."""
    units = (area_dm2 + 50) // 100  # square metres are ten-thousandths of a hectare
    whole, rest = divmod(units, 10000)
    return f"{whole:,}.{rest:04d}"


def arranged(facts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Split the facts of a place into boundaries it lies in and what stands there, land first."""
    bounds = [fact for fact in facts if fact["kind"] == "base" and not fact.get("code_name")]
    here = [fact for fact in facts if fact not in bounds]
    return {"bounds": bounds, "here": sorted(here, key=lambda fact: fact["kind"] != "base")}


def lines_of(fact: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a fact's fields as [{label, value, unit, number, main}], empty ones left out."""
    data = _data()
    values = fact.get("fields", {})
    known = [name for name in data["names"] if name in values]
    others = [name for name in values if name not in data["names"]]
    return [
        _line(name, values[name], data) | {"main": name in data["main"]}
        for name in known + others
        if values[name] not in (None, "") and not _said_already(name, fact)
    ]


def _said_already(name: str, fact: dict[str, Any]) -> bool:
    return name in ("DLBM", "DLMC") and bool(fact.get("code_name"))


def _line(name: str, value: Any, data: dict[str, Any]) -> dict[str, Any]:
    word = data["words"].get(name, {}).get(str(value))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    unit = ""
    if number and name in data["square_metres"]["fields"]:
        value, unit = f"{value:,.2f}", "m²"
    text = f"{value} {word}" if word else str(value)
    return {"label": data["names"].get(name, name), "value": text, "unit": unit, "number": number}
