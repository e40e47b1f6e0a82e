"""The review as a Word document: A4 by GB/T 9704 margins, body in 仿宋, tables with their sums."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.utils import timezone
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from guotu.apps.approval.exports import words
from guotu.apps.approval.exports.matrix import matrix_of
from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.core.atlas.models import FICTION

BODY, TITLE, HEAD = "仿宋", "方正小标宋简体", "黑体"
_NUMBERS = "一二三四五六七八九十"


def document(
    review: SiteReview, resolved: Sequence[BlockResolution], county: str, fictional: bool
) -> bytes:
    """Return a .docx of a saved review."""
    paper = Document()
    _page(paper, county, fictional)
    _title(paper, "用地审查核对表")
    if fictional:
        _line(paper, "【虚构县】地名、权属和数据均为虚构，不得用于办事", align="center")
    parts: list[Any] = [_summary, _areas, _findings, _approvals, _make_up, _remedies, _basis]
    number = iter(_NUMBERS)
    for part in parts:
        part(paper, review, lambda text: _heading(paper, f"{next(number)}、{text}"))
    if resolved:
        _heading(paper, f"{next(number)}、处理意见")
        _table(
            paper,
            ["规则", "文件", "文号", "理由", "时间"],
            [
                [
                    r.rule,
                    r.paper,
                    r.number,
                    r.reason,
                    f"{timezone.localtime(r.resolved_at):%Y-%m-%d}",
                ]
                for r in resolved
            ],
        )
    out = BytesIO()
    paper.save(out)
    return out.getvalue()


def _page(paper: Any, county: str, fictional: bool) -> None:
    section = paper.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    style = paper.styles["Normal"]
    style.font.size = Pt(12)
    _font(style.font, style.element, BODY)
    head = section.header.paragraphs[0]
    head.text = f"{county}{f'（{FICTION}）' if fictional else ''}　用地审查核对表"
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _page_number(section.footer.paragraphs[0])


def _font(font: Any, element: Any, name: str) -> None:
    font.name = name
    properties = element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.append(fonts)
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia"):
        fonts.set(qn(script), name)


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, kind in (
        ("— ", ""),
        ("begin", "char"),
        ("PAGE", "code"),
        ("end", "char"),
        (" —", ""),
    ):
        run = paragraph.add_run(text if not kind else "")
        if kind == "char":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), text)
            run._r.append(mark)
        elif kind == "code":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def _title(paper: Any, text: str) -> None:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.font.size = Pt(22)
    _font(run.font, run._r, TITLE)


def _heading(paper: Any, text: str) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(10)
    paragraph.paragraph_format.keep_with_next = True
    run = paragraph.add_run(text)
    run.font.size = Pt(14)
    _font(run.font, run._r, HEAD)


def _line(paper: Any, text: str, align: str = "") -> None:
    paragraph = paper.add_paragraph(text)
    if align == "center":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        paragraph.paragraph_format.first_line_indent = Pt(24)


def _table(
    paper: Any, head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()
) -> None:
    table = paper.add_table(rows=1, cols=len(head))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    repeat = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    _cells(table.rows[0].cells, head, numbers, bold=True)
    for row in rows:
        _cells(table.add_row().cells, row, numbers)


def _cells(cells: Any, texts: Sequence[str], numbers: Sequence[int], bold: bool = False) -> None:
    for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(text)
        run.font.size = Pt(10.5)
        run.bold = bold
        if place in numbers and not bold:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _summary(paper: Any, review: SiteReview, heading: Any) -> None:
    data, dm2 = review.data, review.area_dm2
    heading("结论")
    _line(paper, f"项目：{review.name}")
    area = f"{words.m2(dm2)} 平方米（{words.hectares(dm2)} 公顷，{words.mu(dm2)} 亩）"
    _line(paper, f"用地面积：{area}，共 {len(data['site']['plots'])} 个地块")
    _line(paper, f"核对结果：{words.overall(data['verdict'], data['complete'])}。")
    when = f"{timezone.localtime(review.reviewed_at):%Y-%m-%d %H:%M}"
    _line(paper, f"核对时间：{when}，依 {review.held_on} 有效的图层版本")


def _areas(paper: Any, review: SiteReview, heading: Any) -> None:
    heading("土地分类面积表（平方米）")
    table = matrix_of(review.data["landuse"])
    rows = [
        [
            row.village,
            row.owner,
            row.ownership,
            f"{column.name}（{column.code or '-'}）",
            words.m2(dm2),
        ]
        for row in table.rows
        for column, dm2 in zip(table.columns, row.cells_dm2, strict=True)
        if dm2
    ]
    sums = [
        ["", f"小计：{one['name']}", "", "", words.m2(round(one["area_m2"] * 100))]
        for one in review.data["great_classes"]
        if one["area_m2"]
    ]
    total = ["合计", "", "", "", words.m2(table.total_dm2)]
    _table(paper, ["坐落", "权属单位", "性质", "地类", "面积"], [*rows, *sums, total], [4])


def _findings(paper: Any, review: SiteReview, heading: Any) -> None:
    heading("核对事项")
    rows = [
        [
            words.FINDING_WORDS[one["verdict"]],
            one["title"],
            f"{one['text']}\n依据：{one['clause']}（{words.MARK_WORDS[one['mark']]}）",
            one["release"],
            words.m2(round(one["area_m2"] * 100)) if one["area_m2"] else "-",
        ]
        for one in review.data["findings"]
    ]
    _table(paper, ["结论", "事项", "情况和依据", "版本", "面积"], rows, [4])
    for gap in review.data["unchecked"]:
        _line(paper, f"未核对：{gap['title']}。{gap['reason']}。")


def _approvals(paper: Any, review: SiteReview, heading: Any) -> None:
    heading("审批权限")
    found = review.data["approvals"]
    if not found:
        _line(paper, "不涉及农用地转用和土地征收审批。")
        return
    rows = [[a["act"], a["level"], a["clause"], a["reason"]] for a in found]
    _table(paper, ["事项", "批准机关", "条款", "理由"], rows)


def _make_up(paper: Any, review: SiteReview, heading: Any) -> None:
    made = review.data["makeup"]
    heading("补充耕地")
    if not made["quantity_m2"]:
        _line(paper, "不占用耕地，无须补充。")
        return
    paddy = "" if made["paddy_m2"] is None else f"，其中水田 {made['paddy_m2']:,.2f} 平方米"
    _line(paper, f"须补充耕地 {made['quantity_m2']:,.2f} 平方米{paddy}。{made['regime']}。")
    grades = [[one["grade"] or "未评定", f"{one['area_m2']:,.2f}"] for one in made["grades"]]
    total = ["合计", f"{made['quantity_m2']:,.2f}"]
    _table(paper, ["耕地等别", "面积（平方米）"], [*grades, total], [1])
    _line(paper, f"依据：{made['clause']}。{made['requirement']}。")


def _remedies(paper: Any, review: SiteReview, heading: Any) -> None:
    data = review.data
    if data["verdict"] != "block":
        return
    heading("差在哪")
    if data["no_remedy"]:
        _line(paper, f"{data['no_remedy']}。")
        return
    rows = [
        [one["title"], one["text"], f"{one['lost_m2']:,.2f}", f"{one['left_m2']:,.2f}"]
        for one in data["remedies"]
    ]
    _table(paper, ["办法", "说明", "减少（平方米）", "余下（平方米）"], rows, [2, 3])


def _basis(paper: Any, review: SiteReview, heading: Any) -> None:
    heading("所依数据")
    rows = [[one["title"], one["release"], one["sha256"][:16]] for one in review.data["releases"]]
    _table(paper, ["图层", "版本", "散列（前 16 位）"], rows)
    _line(paper, f"结果散列：{review.sha256}")
    _line(paper, "本表为图上核对结果，地类为调查现状，不等于合法来源，不代替审批决定。")
