"""Map sheet numbers (图幅号) by GB/T 13989-2012, both ways, in whole units of 0.0001 arc-second.

A sheet of 1:1,000,000 is 6 degrees by 4, named by row letter and column, e.g. H49. Every other
scale divides it evenly; its number is that name, the letter of the scale, and row and column
counted from the north-west corner, e.g. H49G080090. Cells are half-open: a point on a border
belongs to the sheet north and east of it. 114 E parts H49 from H50.
"""

import math
import re
from dataclasses import dataclass

from guotu.lib.geo.area.ellipsoid import RHO
from guotu.lib.geo.area.kernel import trapezoid
from guotu.lib.refusal import Refusal

_UNITS_PER_DEG = 36_000_000
_UNITS_PER_SECOND = 10_000
_MILLION = 1_000_000
_MILLION_WIDTH = 6 * _UNITS_PER_DEG
_MILLION_HEIGHT = 4 * _UNITS_PER_DEG
_ROWS = "ABCDEFGHIJKLMNOPQRSTUV"  # 0 to 88 N
_COLUMNS = 60
_RULE = "GB/T 13989-2012《国家基本比例尺地形图分幅和编号》"

# scale -> (letter, parts a side, digits of a row or column)
SCALES = {
    _MILLION: ("", 1, 0),
    500_000: ("B", 2, 3),
    250_000: ("C", 4, 3),
    100_000: ("D", 12, 3),
    50_000: ("E", 24, 3),
    25_000: ("F", 48, 3),
    10_000: ("G", 96, 3),
    5_000: ("H", 192, 3),
    2_000: ("I", 576, 3),
    1_000: ("J", 1152, 4),
    500: ("K", 2304, 4),
}
_SCALE_OF_LETTER = {letter: scale for scale, (letter, _, _) in SCALES.items()}
_NUMBER = re.compile(r"([A-V])([0-9]{2})(?:([B-K])([0-9]{6}|[0-9]{8}))?")

# direction -> (rows to the north, columns to the east)
DIRECTIONS = {
    "north": (1, 0),
    "northeast": (1, 1),
    "east": (0, 1),
    "southeast": (-1, 1),
    "south": (-1, 0),
    "southwest": (-1, -1),
    "west": (0, -1),
    "northwest": (1, -1),
}


@dataclass(frozen=True)
class _Cell:
    """A sheet as a cell of its scale's grid: rows counted north from 0, columns east from 180 W."""

    scale: int
    row: int
    column: int

    @property
    def height(self) -> int:
        return _MILLION_HEIGHT // SCALES[self.scale][1]

    @property
    def width(self) -> int:
        return _MILLION_WIDTH // SCALES[self.scale][1]

    @property
    def number(self) -> str:
        letter, parts, digits = SCALES[self.scale]
        band, row = divmod(self.row, parts)
        column_of_million, column = divmod(self.column, parts)
        name = f"{_ROWS[band]}{column_of_million + 1:02d}"
        if not letter:
            return name
        return f"{name}{letter}{parts - row:0{digits}d}{column + 1:0{digits}d}"


def sheet_at(lon: float, lat: float, scale: int) -> str:
    """Return the number of the sheet of 1:`scale` that holds a place (degrees, CGCS2000).

    Raises Refusal for a scale that the standard does not know and a place outside 0 to 88 N.
    """
    return _cell_at(*_units(lon, lat), _known(scale)).number


def sheet_bounds(sheet: str) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) of a sheet in degrees. Refuses a wrong number."""
    west, south, east, north = _borders(_parsed(sheet))
    return (
        west / _UNITS_PER_DEG,
        south / _UNITS_PER_DEG,
        east / _UNITS_PER_DEG,
        north / _UNITS_PER_DEG,
    )


def sheet_scale(sheet: str) -> int:
    """Return the denominator of a sheet's scale. Raises Refusal for a wrong number."""
    return _parsed(sheet).scale


def sheets_within(
    bounds: tuple[float, float, float, float], scale: int, *, most: int = 100_000
) -> list[str]:
    """Return the sheets that share area with (west, south, east, north) in degrees.

    In reading order, from the north-west. A bounds that is a point or a line gets the sheets of its
    half-open cells. Raises Refusal where there are more than `most`.
    """
    west, south, east, north = bounds
    if west > east or south > north:
        raise Refusal("范围的左右或上下颠倒了", remedy="应依次为西、南、东、北")
    first = _cell_at(*_units(west, south), _known(scale))
    x, y = _units(east, north)
    last_column = max(first.column, _cell_before(x, first.width, -180 * _UNITS_PER_DEG))
    last_row = max(first.row, _cell_before(y, first.height, 0))
    count = (last_column - first.column + 1) * (last_row - first.row + 1)
    if count > most:
        raise Refusal(
            f"范围内有 {count} 幅 1:{scale} 的图，超过 {most} 幅",
            remedy="请缩小范围或用较小的比例尺",
        )
    return [
        _Cell(scale, row, column).number
        for row in range(last_row, first.row - 1, -1)
        for column in range(first.column, last_column + 1)
    ]


def neighbour(sheet: str, direction: str) -> str:
    """Return the sheet next to one, to the `north`, `northeast`, `east` and so on round.

    Crosses the borders of the 1:1,000,000 sheets and 180 E. Raises Refusal for an unknown direction
    and where the grid ends (the equator and 88 N).
    """
    if direction not in DIRECTIONS:
        raise Refusal(f"不认识的方向“{direction}”", remedy=f"可用：{'、'.join(DIRECTIONS)}")
    cell = _parsed(sheet)
    north, east = DIRECTIONS[direction]
    parts = SCALES[cell.scale][1]
    row = cell.row + north
    if not 0 <= row < len(_ROWS) * parts:
        raise Refusal(f"图幅 {sheet} 在该方向没有相邻图幅", rule=_RULE)
    return _Cell(cell.scale, row, (cell.column + east) % (_COLUMNS * parts)).number


def theoretical_area_m2(sheet: str) -> float:
    """Return the theoretical area (图幅理论面积) of a sheet on the ellipsoid, in m2, unrounded.

    Rule: 国土调查办发〔2008〕32号; control areas of a county are built from these.
    """
    west, south, east, north = _borders(_parsed(sheet))
    radian = _UNITS_PER_SECOND * RHO
    half, mean = (north - south) / 2 / radian, (north + south) / 2 / radian
    return float(trapezoid(math.sin(half), math.cos(mean), (east - west) / radian))


def _known(scale: int) -> int:
    if scale not in SCALES:
        known = "、".join(f"1:{each}" for each in SCALES)
        raise Refusal(f"没有 1:{scale} 这种基本比例尺", rule=_RULE, remedy=f"可用：{known}")
    return scale


def _units(lon: float, lat: float) -> tuple[int, int]:
    if not (-180 <= lon <= 180 and 0 <= lat <= 88):
        raise Refusal(f"经度 {lon:g}°、纬度 {lat:g}° 不在分幅范围内", rule=_RULE)
    return round(lon * _UNITS_PER_DEG), round(lat * _UNITS_PER_DEG)


def _cell_at(x: int, y: int, scale: int) -> _Cell:
    parts = SCALES[scale][1]
    grid = _Cell(scale, 0, 0)
    row = min(y // grid.height, len(_ROWS) * parts - 1)
    return _Cell(scale, row, (x + 180 * _UNITS_PER_DEG) // grid.width % (_COLUMNS * parts))


def _cell_before(border: int, size: int, origin: int) -> int:
    """The cell that ends at `border` or holds it: an outer border opens no further cell."""
    return (border - origin - 1) // size


def _borders(cell: _Cell) -> tuple[int, int, int, int]:
    west = cell.column * cell.width - 180 * _UNITS_PER_DEG
    south = cell.row * cell.height
    return west, south, west + cell.width, south + cell.height


def _parsed(sheet: str) -> _Cell:
    wrong = Refusal(f"“{sheet}”不是图幅号", rule=_RULE, remedy="例如 1:1 万的图幅号写作 H49G080090")
    found = _NUMBER.fullmatch(sheet.strip().upper())
    if not found:
        raise wrong
    letter = found[3] or ""
    scale = _SCALE_OF_LETTER[letter]
    _, parts, digits = SCALES[scale]
    places = found[4] or ""
    if len(places) != 2 * digits:
        raise wrong
    row = int(places[:digits]) if digits else 1
    column = int(places[digits:]) if digits else 1
    million_column = int(found[2])
    if not (1 <= row <= parts and 1 <= column <= parts and 1 <= million_column <= _COLUMNS):
        raise wrong
    band = _ROWS.index(found[1])
    return _Cell(scale, band * parts + parts - row, (million_column - 1) * parts + column - 1)
