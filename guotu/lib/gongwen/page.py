"""The page of GB/T 9704-2012: A4, the text block, the grid of 22 lines by 28, the page number."""

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from guotu.lib.gongwen.kinds import layout

_MM_PT = 72 / 25.4
# Word keeps line heights in twentieths of a point; rounding up would lose the 22nd line.
_TWIPS = 20


def line_pt() -> float:
    """Return the height of a line: the text block by 22, down to a twentieth of a point."""
    page = layout()["page"]
    return int(page["block_height_mm"] * _MM_PT / page["lines"] * _TWIPS) / _TWIPS


def lay_out(made: Any, mark: str = "") -> None:
    """Give a document its page, its grid, its page numbers, and `mark` atop every page."""
    page = layout()["page"]
    section = made.sections[0]
    section.page_width, section.page_height = Mm(page["width_mm"]), Mm(page["height_mm"])
    section.top_margin, section.left_margin = Mm(page["top_mm"]), Mm(page["left_mm"])
    bottom_mm = page["height_mm"] - page["top_mm"] - page["block_height_mm"]
    section.bottom_margin = Mm(bottom_mm)
    section.right_margin = Mm(page["width_mm"] - page["left_mm"] - page["block_width_mm"])
    _grid(section)
    _normal(made)
    small_pt = layout()["size"]["small_pt"]
    section.footer_distance = Mm(bottom_mm - layout()["number"]["below_block_mm"]) - Pt(small_pt)
    made.settings.odd_and_even_pages_header_footer = True
    _number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    for header in (section.header, section.even_page_header):
        head_mark(header.paragraphs[0], mark)


def _grid(section: Any) -> None:
    page, size = layout()["page"], layout()["size"]["body_pt"]
    pitch_pt = page["block_width_mm"] * _MM_PT / page["characters"]
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(round(line_pt() * _TWIPS)))
    # In 4096ths of a point, what a character is closer than its own size.
    grid.set(qn("w:charSpace"), str(int((pitch_pt - size) * 4096)))
    section._sectPr.append(grid)


def _normal(made: Any) -> None:
    style, name = made.styles["Normal"], layout()["font"]["body"][0]
    style.font.size, style.font.name = Pt(layout()["size"]["body_pt"]), name
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.get_or_add_rPr().append(language)


def set_font(run: Any, font: str, size_pt: float) -> None:
    """Give a run one of the fonts of the standard and its size."""
    name = layout()["font"][font][0]
    run.font.name, run.font.size = name, Pt(size_pt)
    run._r.rPr.rFonts.set(qn("w:eastAsia"), name)


def _number(paragraph: Any, side: Any) -> None:
    """Write — 1 — one character in from the outer edge, in 4号宋体."""
    small_pt = layout()["size"]["small_pt"]
    shape = paragraph.paragraph_format
    shape.alignment = side
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(small_pt)
    shape.space_before = shape.space_after = Pt(0)
    if side == WD_ALIGN_PARAGRAPH.RIGHT:
        shape.right_indent = Pt(small_pt)
    else:
        shape.left_indent = Pt(small_pt)
    for text, kind in (
        ("— ", ""),
        ("begin", "mark"),
        ("PAGE", "code"),
        ("end", "mark"),
        (" —", ""),
    ):
        run = paragraph.add_run("" if kind else text)
        set_font(run, "song", small_pt)
        if kind == "mark":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), text)
            run._r.append(mark)
        elif kind == "code":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def head_mark(paragraph: Any, mark: str) -> None:
    """Write the line that every page bears, if there is one."""
    if mark:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        set_font(paragraph.add_run(mark), "black", layout()["size"]["small_pt"])
