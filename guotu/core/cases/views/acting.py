"""Carrying an act on a case out from a form: first what it would do, then the act, once."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from guotu.core.cases.views.effects import said_all
from guotu.core.journal.actions import perform, preview
from guotu.core.people.queries import actor_of_request

_OWN_FIELDS = {"csrfmiddlewaretoken", "confirmed", "key"}


def carry(
    request: HttpRequest,
    name: str,
    /,
    *,
    heading: str,
    back: str,
    told: list[tuple[str, str]] | None = None,
    **arguments: Any,
) -> HttpResponse:
    """Show what an act would do; once that is confirmed, do it, once, and go back.

    `heading` says the act; `told` is what the form says, as (title, value), shown again. Raises
    Refusal, on the first look already, where the act would be refused.
    """
    if request.POST.get("confirmed") == "yes":
        return at_once(request, name, back=back, **arguments)
    reason = request.POST.get("reason", "").strip()
    shown = preview(name, actor_of_request(request), reason=reason, **arguments)
    context = {
        "title": heading,
        "told": told or [],
        "effects": said_all(shown.effects),
        "warnings": shown.outcome.get("warnings", []),
        "fields": _fields(request),
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "back": back,
    }
    return render(request, "cases/confirm.html", context)


def at_once(
    request: HttpRequest, name: str, /, *, back: str, word: str = "", **arguments: Any
) -> HttpResponse:
    """Do an act that needs no second look, by the form's own key, and go back."""
    key = request.POST.get("key", "")[:64] or None
    reason = request.POST.get("reason", "").strip()
    done = perform(name, actor_of_request(request), reason=reason, key=key, **arguments)
    told = word or _("已办理，记录号 %(number)s")
    messages.success(request, told % {"number": done.sequence})
    return redirect(back)


def fresh_key() -> str:
    """Return a key for one form: however often it is sent, it acts once."""
    return uuid.uuid4().hex


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (field, str(value))
        for field, values in request.POST.lists()
        if field not in _OWN_FIELDS
        for value in values
    ]
