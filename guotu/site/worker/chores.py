"""What the county does by itself now and then: an act each, where there is something to do."""

from collections.abc import Callable

from guotu.core.cases.queries.assigning import ownerless
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger.models import Transfer
from guotu.lib.entries import PENDING
from guotu.site.worker.firing import check_store, named

# The steps of leavers that were last seen: those that nobody can take are not tried again and
# again, but once anything about them has changed.
_seen: list[frozenset[int]] = [frozenset()]


def do_all(report: Callable[[str], None]) -> None:
    """Do every chore; one that fails is reported and leaves the others alone."""
    for chore in (expire_reservations, hand_on):
        try:
            chore()
        except Exception as fault:  # noqa: BLE001 - whatever it was, the others go on
            check_store(fault)
            report(f"例行事项未能办理：{named(fault)}")


def expire_reservations() -> None:
    """Void the reservations whose day has passed."""
    today = clock.today()
    late = Transfer.objects.filter(kind=PENDING, expires_on__lt=today, end__isnull=True)
    if late.exists():
        perform("ledger.expire", COUNTY, today=today)


def hand_on() -> None:
    """Hand on the steps whose holders have left."""
    left = frozenset(ownerless().values_list("pk", flat=True))
    if left and left != _seen[0]:
        _seen[0] = left
        perform("cases.hand_on_leavers", COUNTY)
