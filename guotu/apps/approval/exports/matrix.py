"""土地分类面积表 as rows and columns: owners by classes, with sums that close both ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from guotu.apps.approval.rules.classes import GREAT_TITLES


@dataclass(frozen=True)
class Column:
    """One land class; `great` is the title of its great class."""

    code: str
    name: str
    great: str


@dataclass(frozen=True)
class Row:
    """One owner in one village, with its area in each column, dm2."""

    village: str
    owner: str
    ownership: str
    cells_dm2: tuple[int, ...]

    @property
    def total_dm2(self) -> int:
        """Return the row's sum."""
        return sum(self.cells_dm2)


@dataclass(frozen=True)
class Matrix:
    """The table; `sums_dm2` closes each column, `total_dm2` both."""

    columns: list[Column]
    rows: list[Row]

    @property
    def sums_dm2(self) -> list[int]:
        """Return the sum of each column."""
        return [sum(column) for column in zip(*(row.cells_dm2 for row in self.rows), strict=True)]

    @property
    def total_dm2(self) -> int:
        """Return the area of the site."""
        return sum(row.total_dm2 for row in self.rows)


def matrix_of(landuse: Sequence[dict[str, Any]]) -> Matrix:
    """Return the cells of a result (its `landuse`) as a table."""
    order = list(GREAT_TITLES)
    columns = sorted({(order.index(c["great"]), c["code"], c["name"], c["great"]) for c in landuse})
    place = {(code, name): i for i, (_, code, name, _) in enumerate(columns)}
    rows: dict[tuple[str, str, str, str, str], list[int]] = {}
    for cell in landuse:
        key = (
            cell["village_code"],
            cell["village"],
            cell["owner_code"],
            cell["owner"],
            cell["ownership"],
        )
        sums = rows.setdefault(key, [0] * len(columns))
        sums[place[cell["code"], cell["name"]]] += round(cell["area_m2"] * 100)
    return Matrix(
        [Column(code, name, GREAT_TITLES[great]) for _, code, name, great in columns],
        [Row(key[1], key[3], key[4], tuple(sums)) for key, sums in sorted(rows.items())],
    )
