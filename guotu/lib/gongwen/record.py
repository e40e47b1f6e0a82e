"""版记, the record of printing: at the foot of the last page, between its rules."""

from typing import Any

from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from guotu.lib.gongwen.kinds import layout
from guotu.lib.gongwen.page import line_pt, set_font
from guotu.lib.gongwen.paper import Paper, date_in_words

_MM_PT = 72 / 25.4


def add_record(made: Any, paper: Paper) -> None:
    """Add 抄送 and 印发 as a table that stands on the lower edge of the text block (7.4)."""
    rows = _rows(paper)
    if not rows:
        return
    table = made.add_table(rows=len(rows), cols=1)
    _place(table, ruled=paper.form_used != "letter")
    for row, (words, day) in zip(table.rows, rows, strict=True):
        _fill(row.cells[0].paragraphs[0], words, day)
    # A document ends with a paragraph; this one takes no room.
    last = made.add_paragraph().paragraph_format
    last.line_spacing_rule, last.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)
    last.space_before = last.space_after = Pt(0)


def _rows(paper: Paper) -> list[tuple[str, str]]:
    rows = []
    if copies := "，".join(one.strip() for one in paper.copies_to if one.strip()):
        rows.append((f"抄送：{copies}。", ""))
    # A letter's record names no printer and has no rules (10.1).
    if paper.printer and paper.form_used != "letter":
        rows.append((paper.printer, f"{date_in_words(paper.printed or paper.dated)}印发"))
    return rows


def _fill(paragraph: Any, words: str, day: str) -> None:
    small_pt = layout()["size"]["small_pt"]
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line_pt())
    shape.space_before = shape.space_after = Pt(0)
    if day:
        shape.left_indent = shape.right_indent = Pt(small_pt)
        edge_pt = layout()["page"]["block_width_mm"] * _MM_PT - small_pt
        shape.tab_stops.add_tab_stop(Pt(round(edge_pt, 1)), WD_TAB_ALIGNMENT.RIGHT)
        words = f"{words}\t{day}"
    else:
        # What runs over begins under the first word after the colon.
        shape.left_indent, shape.first_line_indent = Pt(4 * small_pt), Pt(-3 * small_pt)
        shape.right_indent = Pt(small_pt)
    set_font(paragraph.add_run(words), "body", small_pt)


def _place(table: Any, *, ruled: bool) -> None:
    page, rules = layout()["page"], layout()["record"]
    properties = table._tbl.tblPr
    floating = OxmlElement("w:tblpPr")
    for name, value in (
        ("vertAnchor", "margin"),
        ("horzAnchor", "margin"),
        ("tblpXSpec", "center"),
        ("tblpYSpec", "bottom"),
    ):
        floating.set(qn(f"w:{name}"), value)
    borders = OxmlElement("w:tblBorders")
    for side, width_mm in (
        ("top", rules["outer_mm"]),
        ("bottom", rules["outer_mm"]),
        ("insideH", rules["inner_mm"]),
    ):
        border = OxmlElement(f"w:{side}")
        border.set(qn("w:val"), "single" if ruled else "nil")
        border.set(qn("w:sz"), str(round(width_mm * _MM_PT * 8)))
        border.set(qn("w:color"), "000000")
        borders.append(border)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table.autofit = False
    table.columns[0].width = Mm(page["block_width_mm"])
    for cell in table.columns[0].cells:
        cell.width = Mm(page["block_width_mm"])
    after_style = properties.find(qn("w:tblStyle"))
    properties.insert(0 if after_style is None else 1, floating)
    layout_at = properties.find(qn("w:tblLayout"))
    layout_at.addprevious(borders)
    layout_at.addnext(margins)
