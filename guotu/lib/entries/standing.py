"""Where an account stands: what is posted and reserved on either side, and how far it may go."""

from dataclasses import dataclass
from datetime import date

# The largest whole number that both stores hold in eight bytes.
MOST = 2**63 - 1
# A bound that no sum of such numbers reaches.
BOUNDLESS = 2**80


@dataclass(slots=True)
class Standing:
    """The four sums of an account, in whole units, and the bounds on what it may come to.

    `net` is debits less credits. The least it may yet become (all reserved credits posted) is held
    to `floor`, the most (all reserved debits posted) to `ceiling`. `domain` names the book and the
    line within which land is held once; `holds_land` whether this account holds it.
    """

    debit_posted: int = 0
    credit_posted: int = 0
    debit_pending: int = 0
    credit_pending: int = 0
    floor: int = -BOUNDLESS
    ceiling: int = BOUNDLESS
    book: int = 0
    line: str = ""
    holds_land: bool = False
    normal: str = "debit"

    @property
    def net(self) -> int:
        """Return posted debits less posted credits."""
        return self.debit_posted - self.credit_posted

    @property
    def lowest(self) -> int:
        """Return what `net` becomes when every reserved credit is posted and no debit is."""
        return self.debit_posted - self.credit_posted - self.credit_pending

    @property
    def highest(self) -> int:
        """Return what `net` becomes when every reserved debit is posted and no credit is."""
        return self.debit_posted + self.debit_pending - self.credit_posted

    def sums(self) -> tuple[int, int, int, int]:
        """Return debits and credits posted, then debits and credits reserved."""
        return (self.debit_posted, self.credit_posted, self.debit_pending, self.credit_pending)

    def restore(self, sums: tuple[int, int, int, int]) -> None:
        """Go back to the four sums that `sums` gave."""
        (self.debit_posted, self.credit_posted, self.debit_pending, self.credit_pending) = sums

    def is_within_bounds(self) -> bool:
        """Say whether the account keeps its bounds, whatever becomes of what is reserved."""
        return self.floor <= self.lowest and self.highest <= self.ceiling


def bounds_of(normal: str, least: int | None, most: int | None) -> tuple[int, int]:
    """Return floor and ceiling of `net` for a balance held between `least` and `most`.

    The balance is `net` where `normal` is "debit", and less `net` where it is "credit".
    """
    low = -BOUNDLESS if least is None else least
    high = BOUNDLESS if most is None else most
    return (low, high) if normal == "debit" else (-high, -low)


@dataclass(slots=True)
class Reservation:
    """A transfer that a posting refers to: `kind` says whether it is a reservation at all."""

    debit: int
    credit: int
    amount: int
    on: date
    kind: str = "pending"
    expires_on: date | None = None
    settled: bool = False
