"""A list as a table to take along: CSV that a spreadsheet opens as it stands."""

import csv
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from guotu.core.atlas import queries


def table_to_take(name: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """Return rows under their head as a CSV file, marked when the county is fictional."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")  # Excel reads UTF-8 only with the mark
    writer = csv.writer(response)
    writer.writerow(head)
    if queries.county().fictional:
        writer.writerow([_("虚构县，不得用于办事")])
    writer.writerows([[plain(value) for value in row] for row in rows])
    return response


def plain(value: Any) -> Any:
    """Return a cell that is text whatever a spreadsheet thinks: one that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value
