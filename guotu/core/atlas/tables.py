"""A list as a table to take along: CSV that a spreadsheet opens as it stands."""

import csv
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from guotu.core.atlas import queries
from guotu.core.atlas.wording import mark_said
from guotu.lib.spreadsheet import plain_cell


def table_to_take(name: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """Return rows under their head as a CSV file, marked when the county is fictional."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")  # Excel reads UTF-8 only with the mark
    writer = csv.writer(response)
    writer.writerow(head)
    if said := mark_said(queries.county()):
        writer.writerow([said])
    writer.writerows([[plain_cell(value) for value in row] for row in rows])
    return response
