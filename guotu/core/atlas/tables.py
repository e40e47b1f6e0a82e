"""A list as a table to take along: CSV that a spreadsheet opens as it stands, or a workbook."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from guotu.core.atlas import queries
from guotu.core.atlas.wording import mark_said
from guotu.lib.spreadsheet import plain_cell

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


def workbook_to_take(
    name: str, title: str, widths: Sequence[int], head: list[str], rows: Iterable[list[Any]]
) -> HttpResponse:
    """Return rows as a workbook of one sheet, its head kept in sight; marked as the CSV is.

    `widths` are those of the columns, in characters.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    said = mark_said(queries.county())
    sheet.freeze_panes = "A3" if said else "A2"
    if said:
        sheet.append([said])
    sheet.append(head)
    for row in rows:
        sheet.append([plain_cell(value) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    answer = HttpResponse(kept.getvalue(), content_type=_XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
