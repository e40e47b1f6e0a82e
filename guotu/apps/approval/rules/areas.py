"""土地分类面积表: class by owner by village, whole square decimetres that close on the site.

The legal area of the site is shared out in proportion (standards: 控制面积平差), first among the
classes, then among owners and villages, then among pieces, so that no class total is off its
exact share by a whole unit. Field banks (田坎) are deducted from cultivated pieces by the parcel's
coefficient and stand under their own class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guotu.apps.approval.rules.classes import UNKNOWN, ClassSystem
from guotu.apps.approval.rules.facts import HeldLayer
from guotu.apps.approval.rules.site import Site
from guotu.lib.geo.area import legal_area_m2
from guotu.lib.geo.overlay import apportion_dm2, identity

Key = tuple[str, str, str, str, str, str]  # class, owner code, owner, village code, village, kind


@dataclass(frozen=True)
class Cell:
    """One cell of the table: so much of a class, of an owner, in a village."""

    code: str
    name: str
    great: str
    owner_code: str
    owner: str
    village_code: str
    village: str
    ownership: str
    area_dm2: int


@dataclass(frozen=True)
class Pieces:
    """The site cut by the survey: row of the survey parcel (-1: none), gross and bank area."""

    geometry: NDArray[Any]
    row: NDArray[np.int64]
    code: list[str]
    ownership: list[str]
    gross_dm2: NDArray[np.int64]
    bank_dm2: NDArray[np.int64]


@dataclass(frozen=True)
class AreaTable:
    """The table's cells, the pieces behind them, and the total on which both close."""

    cells: list[Cell]
    pieces: Pieces
    total_dm2: int
    system: ClassSystem

    def sum_dm2(self, **wanted: str) -> int:
        """Return the area of the cells whose named attributes have the given values."""
        return sum(
            cell.area_dm2
            for cell in self.cells
            if all(getattr(cell, name) == value for name, value in wanted.items())
        )

    def cultivated_dm2(self, ownership: tuple[str, ...] = ()) -> int:
        """Return the net area of 耕地 (field banks deducted), of all or of some ownerships."""
        return sum(
            cell.area_dm2
            for cell in self.cells
            if self.system.is_cultivated(cell.code)
            and (not ownership or cell.ownership in ownership)
        )


def area_table(site: Site, survey: HeldLayer, system: ClassSystem) -> AreaTable:
    """Cut the site by the survey and return its table; what the survey leaves out is a row."""
    cut = identity(site.plots, survey.geometry)
    row = np.asarray(cut.other, dtype=np.int64)
    weights = _weights(site, cut.geometry, np.asarray(cut.subject, dtype=np.int64))
    codes = _picked(survey.column("DLBM"), row)
    bank_share = _bank_share(survey, row, codes, system)
    keys = _keys(survey, row, codes, system)
    split = np.flatnonzero(bank_share > 0)
    part_weight = np.concatenate([weights * (1 - bank_share), (weights * bank_share)[split]])
    part_key = keys + [(system.bank, *keys[i][1:]) for i in split]
    dm2 = _shared(part_weight, part_key, site.total_dm2)
    bank = np.zeros(len(row), dtype=np.int64)
    bank[split] = dm2[len(row) :]
    kinds = [key[5] for key in keys]
    pieces = Pieces(cut.geometry, row, codes, kinds, dm2[: len(row)] + bank, bank)
    names = _names(survey, row, codes)
    return AreaTable(_cells(part_key, dm2, names, system), pieces, site.total_dm2, system)


def _weights(site: Site, geometry: NDArray[Any], subject: NDArray[np.int64]) -> NDArray[Any]:
    # A piece weighs its share of its plot's legal area.
    raw = legal_area_m2(geometry, site.frame) * 100
    whole = np.bincount(subject, weights=raw, minlength=len(site.plots))
    scale = np.divide(site.area_dm2, whole, out=np.zeros(len(whole)), where=whole > 0)
    return raw * scale[subject]


def _picked(column: list[str], row: NDArray[np.int64]) -> list[str]:
    return [column[i] if i >= 0 else "" for i in row]


def _bank_share(
    survey: HeldLayer, row: NDArray[np.int64], codes: list[str], system: ClassSystem
) -> NDArray[np.float64]:
    coefficient = np.array([*survey.numbers("KCXS"), 0.0])[row]
    banked = [bool(system.bank) and system.is_cultivated(code) for code in codes]
    cultivated = np.array(banked, dtype=bool)
    share: NDArray[np.float64] = np.where(cultivated, np.clip(coefficient, 0.0, 1.0), 0.0)
    return share


def _keys(
    survey: HeldLayer, row: NDArray[np.int64], codes: list[str], system: ClassSystem
) -> list[Key]:
    columns = [
        _picked(survey.column(name), row)
        for name in ("QSDWDM", "QSDWMC", "ZLDWDM", "ZLDWMC", "QSXZ")
    ]
    return [
        (code, owner, owner_name, village, village_name, system.ownership(kind) if code else "")
        for code, owner, owner_name, village, village_name, kind in zip(
            codes, *columns, strict=True
        )
    ]


def _names(survey: HeldLayer, row: NDArray[np.int64], codes: list[str]) -> dict[str, str]:
    return dict(zip(codes, _picked(survey.column("DLMC"), row), strict=True))


def _shared(weights: NDArray[Any], keys: list[Key], total_dm2: int) -> NDArray[np.int64]:
    """Share `total_dm2` out by class, then by cell, then by piece; each step sums exactly."""
    by_class = _numbered([key[0] for key in keys])
    by_cell = _numbered([*keys])
    dm2 = np.zeros(len(weights), dtype=np.int64)
    for rows, share in _split(weights, by_class, np.arange(len(weights)), total_dm2):
        for inner, part in _split(weights, by_cell, rows, share):
            dm2[inner] = apportion_dm2(weights[inner], part)
    return dm2


def _numbered(labels: list[Any]) -> NDArray[np.int64]:
    order = {label: number for number, label in enumerate(sorted(set(labels)))}
    return np.array([order[label] for label in labels], dtype=np.int64)


def _split(
    weights: NDArray[Any], group: NDArray[np.int64], rows: NDArray[np.int64], total_dm2: int
) -> list[tuple[NDArray[np.int64], int]]:
    found, place = np.unique(group[rows], return_inverse=True)
    sums: NDArray[np.float64] = np.bincount(place, weights=weights[rows]).astype(np.float64)
    shares = apportion_dm2(sums, total_dm2)
    return [(rows[place == i], int(shares[i])) for i in range(len(found))]


def _cells(
    keys: list[Key], dm2: NDArray[np.int64], names: dict[str, str], system: ClassSystem
) -> list[Cell]:
    sums: dict[Key, int] = {}
    for key, area in zip(keys, dm2, strict=True):
        sums[key] = sums.get(key, 0) + int(area)
    return [
        Cell(
            code=key[0],
            name=system.title(key[0], names.get(key[0], "")),
            great=system.great(key[0]),
            owner_code=key[1],
            owner=key[2] or key[1] or (UNKNOWN if key[0] else "未覆盖"),
            village_code=key[3],
            village=key[4] or key[3],
            ownership=key[5] or UNKNOWN,
            area_dm2=area,
        )
        for key, area in sorted(sums.items())
        if area
    ]
