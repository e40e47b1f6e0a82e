"""What is wanted of a book: an amount from one account to another, now, in two steps, or undone."""

from dataclasses import dataclass
from datetime import date

from shapely.geometry.base import BaseGeometry

IMMEDIATE, PENDING, POST, VOID = "immediate", "pending", "post", "void"
REVERSE = "reverse"
KINDS = frozenset({IMMEDIATE, PENDING, POST, VOID, REVERSE})


@dataclass(frozen=True, slots=True)
class Plot:
    """A piece of land that an amount stands for: its outline, and its area in whole dm2.

    `geometry` is a Polygon or MultiPolygon in the county's frame, in metres; `area_dm2` what the
    law says it measures (the ledger does not measure); `label` what it is called (图斑号).
    """

    geometry: BaseGeometry
    area_dm2: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """`amount` whole units out of account `credit` into account `debit`, on the day `on`.

    Kinds: `immediate`; `pending` reserves, until the end of the day `expires_on`; `post` settles
    the reservation `pending_id`, for no more than was reserved, and frees the rest; `void` undoes
    it; `reverse` enters the posted transfer `pending_id` the other way round. These three take
    their accounts from it, the last two its amount. Neighbours that share a `link` are entered all
    or none. `pieces` is the land that goes with it, in sum the amount; a void, and a post of all
    that was reserved, move what was reserved.
    """

    debit: int = 0
    credit: int = 0
    amount: int = 0
    on: date | None = None
    kind: str = IMMEDIATE
    pending_id: int | None = None
    expires_on: date | None = None
    link: int | None = None
    reason: str = ""
    pieces: tuple[Plot, ...] = ()
