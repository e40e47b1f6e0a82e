"""The list of documents as a table to take along, CSV or Excel, marked where the county is not."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from guotu.core.files.marking import mark
from guotu.core.files.models import Document
from guotu.core.files.rules import SECRECY
from guotu.lib.spreadsheet import plain_cell

_WIDTHS = (26, 8, 60, 24, 12, 8, 8, 66)


def rows_of(documents: Iterable[Document]) -> list[list[str]]:
    """Return the head and one row a document, for either table."""
    head = [
        _("发文字号"),
        _("文种"),
        _("标题"),
        _("发文机关"),
        _("成文日期"),
        _("密级"),
        _("状态"),
        _("文件散列（SHA-256）"),
    ]
    return [
        head,
        *(
            [
                one.code,
                one.kind,
                one.title,
                one.organ,
                one.dated.isoformat(),
                SECRECY[one.secrecy],
                _("作废") if one.is_void else _("有效"),
                one.file.sha256,
            ]
            for one in documents
        ),
    ]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return the rows as CSV that Excel opens as it stands."""
    out = io.StringIO()
    out.write("\ufeff")  # Excel reads UTF-8 only with the mark
    writer = csv.writer(out)
    head, *rest = rows
    writer.writerow(head)
    if said := mark():
        writer.writerow([said])
    writer.writerows([[plain_cell(value) for value in row] for row in rest])
    return out.getvalue().encode()


def as_workbook(rows: Sequence[Sequence[str]], title: str) -> bytes:
    """Return the rows as a workbook of one sheet, the head held in place."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    if said := mark():
        sheet.append([said])
    head, *rest = rows
    sheet.append(list(head))
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{sheet.max_row + 1}"
    for row in rest:
        sheet.append([plain_cell(value) for value in row])
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
