"""The review as a workbook: the area table with its sums, findings, approvals, remedies."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from guotu.apps.approval.exports import words
from guotu.apps.approval.exports.matrix import matrix_of
from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.core.atlas.models import FICTION
from guotu.lib.spreadsheet import plain_cell

_AREA = "#,##0.00"


def workbook(review: SiteReview, resolved: Sequence[BlockResolution], fictional: bool) -> bytes:
    """Return an .xlsx of a saved review; sums stand in the last row, as values that close."""
    book = Workbook()
    book.remove(book.worksheets[0])
    data = review.data
    _areas(_sheet(book, "土地分类面积表", fictional), review)
    _rows(
        _sheet(book, "核对事项", fictional),
        ["结论", "事项", "情况", "条款", "可靠程度", "图层", "版本", "面积（平方米）"],
        (
            [
                *(words.FINDING_WORDS[f["verdict"]], f["title"], f["text"], f["clause"]),
                *(words.MARK_WORDS[f["mark"]], f["layer"], f["release"], f["area_m2"]),
            ]
            for f in data["findings"]
        ),
    )
    _rows(
        _sheet(book, "审批权限", fictional),
        ["事项", "批准机关", "条款", "理由", "面积（平方米）"],
        ([a["act"], a["level"], a["clause"], a["reason"], a["area_m2"]] for a in data["approvals"]),
    )
    _rows(
        _sheet(book, "差在哪", fictional),
        ["办法", "说明", "减少（平方米）", "余下（平方米）"],
        ([r["title"], r["text"], r["lost_m2"], r["left_m2"]] for r in data["remedies"]),
    )
    _rows(
        _sheet(book, "所依版本", fictional),
        ["图层", "版本", "散列"],
        ([r["title"], r["release"], r["sha256"]] for r in data["releases"]),
    )
    if resolved:
        _rows(
            _sheet(book, "处理意见", fictional),
            ["规则", "文件", "文号", "理由"],
            ([r.rule, r.paper, r.number, r.reason] for r in resolved),
        )
    return _saved(book)


def list_workbook(reviews: Sequence[SiteReview], fictional: bool) -> bytes:
    """Return an .xlsx of a list of reviews, with its sum in the last row."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = _sheet(book, "审查列表", fictional)
    rows: list[list[Any]] = [
        [
            *(r.pk, r.name, words.VERDICT_WORDS[r.verdict], r.area_m2),
            *(f"{timezone.localtime(r.reviewed_at):%Y-%m-%d %H:%M}", r.sha256),
        ]
        for r in reviews
    ]
    total = sum(r.area_dm2 for r in reviews) / 100
    head = ["编号", "项目", "结论", "面积（平方米）", "审查时间", "结果散列"]
    _rows(sheet, head, [*rows, ["合计", "", f"{len(rows)} 份", total, "", ""]])
    return _saved(book)


def _areas(sheet: Worksheet, review: SiteReview) -> None:
    table = matrix_of(review.data["landuse"])
    codes = [f"{column.name} {column.code}".strip() for column in table.columns]
    great = ["", "", "", *(column.great for column in table.columns), ""]
    _append(sheet, great)
    body = [
        [row.village, row.owner, row.ownership]
        + [dm2 / 100 if dm2 else None for dm2 in row.cells_dm2]
        + [row.total_dm2 / 100]
        for row in table.rows
    ]
    sums = ["合计", "", "", *(dm2 / 100 for dm2 in table.sums_dm2), table.total_dm2 / 100]
    _rows(sheet, ["坐落", "权属单位", "权属性质", *codes, "合计（平方米）"], [*body, sums])


def _sheet(book: Workbook, title: str, fictional: bool) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title)
    if fictional:
        sheet.append([FICTION])
        sheet.cell(1, 1).font = Font(bold=True)
    return sheet


def _rows(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    _append(sheet, head)
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for row in rows:
        _append(sheet, row)
    for place in range(1, len(head) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 18
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _append(sheet: Worksheet, row: Sequence[Any]) -> None:
    sheet.append([plain_cell(value) for value in row])
    for cell in sheet[sheet.max_row]:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if isinstance(cell.value, float):
            cell.number_format = _AREA


def _saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()
