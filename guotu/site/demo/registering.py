"""Registering: the demo county's register begins by the act that any county's would."""

from guotu.core.atlas.queries import current_release
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.register import catalogue
from guotu.core.register.models import Thing


def begin() -> int:
    """Take the current release of each kind that has one into the register; return how many things.

    A kind that has things already is left as it is: an interrupted demo is finished, not redone.
    """
    for kind in catalogue.kinds().values():
        release = current_release(kind.release["layer"]) if kind.release else None
        if release is not None and not Thing.objects.filter(kind=kind.name).exists():
            perform(
                "register.take_from_release",
                COUNTY,
                reason="演示",
                kind=kind.name,
                release=release,
            )
    return Thing.objects.count()
