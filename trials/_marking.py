"""A duty that only trials have: an act that writes two rows, called over HTTP with a key.

Imported by processes of a trial once Django is ready; `urlpatterns` add its one address.
"""

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from guotu.core.journal.actions import COUNTY, Act, action, perform

HALVES = (1, 2)


@action("trial.mark", power="trial.mark")
def mark(act: Act, *, text: str) -> None:
    """Write two rows that belong to this act."""
    with connection.cursor() as cursor:
        for half in HALVES:
            cursor.execute(
                "INSERT INTO trial_mark (sequence, half, text) VALUES (%s, %s, %s)",
                [act.sequence, half, text],
            )
    act.subject = f"mark:{act.sequence}"
    act.outcome = {"text": text, "sequence": act.sequence}


@csrf_exempt
def marked(request: HttpRequest) -> JsonResponse:
    """Perform the act with the key and text of a request; answer its number and outcome."""
    key, text = request.POST["key"], request.POST["text"]
    done = perform("trial.mark", COUNTY, key=key, text=text)
    return JsonResponse({"sequence": done.sequence, "outcome": done.outcome})


marked.login_required = False  # type: ignore[attr-defined]
urlpatterns = [path("trial/mark/", marked), path("", include("guotu.site.urls"))]


def begin() -> None:
    """Begin a county, and the table that the act writes to."""
    from trials import _stores

    _stores.begin()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE trial_mark (sequence bigint, half int, text varchar(64))")


def state() -> dict[str, Any]:
    """Return every act's number, verb and key, and every row's number and half."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequence, verb, idempotency_key FROM journal_entry ORDER BY 1")
        entries = cursor.fetchall()
        cursor.execute("SELECT sequence, half, text FROM trial_mark ORDER BY 1, 2")
        return {"entries": entries, "rows": cursor.fetchall()}


def plant(fault: str | None) -> None:
    """Change the product in this process alone, as a careless hand would."""
    if fault != "no_transaction":
        return
    from guotu.core.journal import actions, lock

    @contextlib.contextmanager
    def only_queued() -> Iterator[None]:
        with lock._file_lock():
            yield

    mock.patch.object(actions, "one_writer", only_queued).start()


def serve(port: int, fault: str | None) -> None:
    """Serve as `guotu serve` does, with the one address more."""
    from django.conf import settings

    from guotu.site.cli.serve import command

    settings.ROOT_URLCONF = __name__
    plant(fault)
    assert command.callback is not None
    command.callback(port=port, host="127.0.0.1")
