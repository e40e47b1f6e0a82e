"""What reading a file gives: the accepted features, the rejected ones, and every change made."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame


@dataclass(frozen=True)
class Rejected:
    """One feature that was not accepted.

    `feature` is its id in the file, `rule` the machine name of what it breaks, `reason` the
    Chinese sentence, `x` and `y` the place in the file's own frame where one is known.
    """

    feature: str
    rule: str
    reason: str
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Note:
    """One change made on reading (in Chinese), to one feature or to `count` of them."""

    feature: str | None
    change: str
    count: int = 1


@dataclass
class Rows:
    """What a reader of one format hands over before anything is judged.

    `wkb` holds chunks of large_binary in the file's order, `declared` the frame that the file names
    (EPSG code or WKT; `assumed` when only the format's own rule says so, which a person may
    overrule), `rejected` features that the reader itself could not turn into WKB: these
    are not in `wkb`, `fields` or `ids`.
    """

    wkb: pa.ChunkedArray
    ids: list[str]
    fields: pa.Table
    declared: str | None
    format: str
    encoding: str | None = None
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    assumed: bool = False


@dataclass
class Accepted:
    """Judged rows: every WKB in here passed the scan. This is what a child sends home."""

    wkb: pa.ChunkedArray
    ids: list[str]
    fields: pa.Table
    epsg: int
    read: int
    rejected: list[Rejected]
    notes: list[Note]
    format: str
    encoding: str | None


@dataclass
class Features:
    """The features of a file, as surveyed.

    `geometry` holds shapely geometries of the accepted features in `frame`, in the file's order,
    without Z and M; `ids` one id a feature (the file's own, else the row number from 1); `fields`
    their attributes. `read == len(geometry) + len(rejected)`. `notes` names every change made.
    """

    geometry: NDArray[Any]
    ids: list[str]
    fields: pa.Table
    frame: "Frame"
    read: int
    rejected: list[Rejected]
    notes: list[Note]
    format: str
    encoding: str | None


def chosen(table: pa.Table, mask: NDArray[Any]) -> pa.Table:
    """Return the rows where `mask` holds; unlike Arrow's own filter, of a table without columns
    too."""
    if table.num_columns == 0:
        return empty(int(mask.sum()))
    return table.filter(pa.array(mask))


def plain(table: pa.Table) -> pa.Table:
    """Return the table without metadata; Arrow forgets the count of rows where no column is."""
    return table.replace_schema_metadata(None) if table.num_columns else empty(table.num_rows)


def empty(rows: int) -> pa.Table:
    """Return a table of `rows` rows without a column."""
    return pa.table({"": pa.nulls(rows)}).select([])
