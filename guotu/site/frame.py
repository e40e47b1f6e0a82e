"""What every page knows: the county, the duties one has power in, the day, the languages."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guotu.core.atlas import queries as atlas
from guotu.core.cases.queries import desk
from guotu.core.people.doors import has_power
from guotu.core.people.queries import actor_of_request, other_capacities
from guotu.lib.refusal import Refusal
from guotu.site.catalog import script_words

# (word, address name, powers of which one opens it)
DUTIES = [
    (_("工作台"), "desk", ("cases.read",)),
    (_("地图"), "map", ("atlas.read",)),
    (_("办件"), "cases", ("cases.read",)),
    (_("督办"), "tasks", ("tasks.read",)),
    (_("审查"), "review", ("approval.review", "approval.read")),
    (_("图层"), "layers", ("atlas.read",)),
    (_("登记"), "register", ("register.read",)),
    (_("台账"), "ledger", ("ledger.read",)),
    (_("人员"), "people", ("people.read", "people.administer")),
    (_("公文"), "documents", ("files.read",)),
    (_("记录"), "journal", ("journal.read",)),
]


def _county() -> Any:
    try:
        return atlas.county()
    except (Refusal, DatabaseError):
        return None


def _waiting(request: HttpRequest) -> int:
    try:
        return desk.count(actor_of_request(request))
    except DatabaseError:
        return 0


def duties(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the duties the signed-in person has power in, the one on the page marked."""
    found = []
    for word, name, powers in DUTIES:
        if not any(has_power(request, power) for power in powers):
            continue
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        here = request.path == address if address == "/" else request.path.startswith(address)
        count = _waiting(request) if name == "desk" else 0
        found.append({"word": word, "address": address, "here": here, "count": count})
    return found


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    day, today = getattr(request, "day", None), getattr(request, "today", None)
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "county": _county(),
        "duties": duties(request) if hasattr(request, "user") else [],
        "other_capacities": other_capacities(request),
        "day": day,
        "today": today,
        "other_day": day != today,
        "languages": settings.LANGUAGES,
        "language": language,
        "script_words": script_words(language),
        "nonce": getattr(request, "nonce", ""),
    }
