"""The special forms of GB/T 9704-2012, 10: the heads and ends of letters, orders and minutes."""

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from guotu.lib.gongwen.kinds import layout
from guotu.lib.gongwen.lines import (
    CENTRE,
    MM_PT,
    RIGHT,
    Writer,
    draw_below,
    mark_height_pt,
    mark_size_pt,
    red_head,
    red_line,
    write_red,
)
from guotu.lib.gongwen.page import head_mark
from guotu.lib.gongwen.paper import Paper, date_in_words

_TWIPS_MM = MM_PT * 20


def letter_head(writer: Writer, paper: Paper) -> None:
    """信函 (10.1): the mark 30 mm from the paper's edge, a red double line at head and foot."""
    letter, page = layout()["letter"], layout()["page"]
    section = writer.made.sections[0]
    # The first page bears no number; its lines stand by the edges of the paper, not of the block.
    section.different_first_page_header_footer = True
    header, footer = section.first_page_header, section.first_page_footer
    head_mark(header.paragraphs[0], paper.mark)
    size = mark_size_pt(paper.head, letter["line_mm"])
    high_mm = mark_height_pt(size) / MM_PT
    marked = _framed(header, letter["mark_from_edge_mm"], high_mm)
    marked.alignment = CENTRE
    write_red(writer, marked, paper.head, size)
    below_mm = letter["line_below_mark_mm"]
    first_mm = letter["mark_from_edge_mm"] + high_mm
    line = _framed(header, first_mm, below_mm)
    draw_below(line, "thickThinSmallGap", letter["line_pt"])
    last_mm = page["height_mm"] - letter["foot_line_from_edge_mm"]
    draw_below(
        _framed(footer, last_mm - below_mm, below_mm), "thinThickSmallGap", letter["line_pt"]
    )
    near_pt = letter["near_line"] * writer.size
    down_pt = (first_mm + below_mm - page["top_mm"]) * MM_PT + near_pt
    writer.line(height_pt=round(down_pt, 1))
    _letter_facts(writer, paper)


def _letter_facts(writer: Writer, paper: Paper) -> None:
    """The code at the right edge under the line; copy number, secrecy, urgency at the left one."""
    left = [f"{paper.copy_number:06d}" if paper.copy_number else "", paper.classification]
    stated = [words for words in [*left, paper.urgency] if words]
    first, *others = stated or [""]
    if first:
        line = writer.apart(first, paper.code)
    else:
        line = writer.line(RIGHT)
        writer.run(line, paper.code)
    # As high as its characters, so that they stand from the line what the standard says.
    line.paragraph_format.line_spacing = Pt(writer.size)
    for words in others:
        writer.run(writer.line(), words, "black")


def order_head(writer: Writer, paper: Paper) -> None:
    """命令（令） (10.2): the mark 20 mm below the block's edge, its number two lines below."""
    writer.line(height_pt=round(layout()["order"]["below_block_top_mm"] * MM_PT, 1))
    red_head(writer, paper.head)
    writer.blank(2)
    writer.run(writer.line(CENTRE), paper.code)


def order_end(writer: Writer, paper: Paper) -> None:
    """Who signs, by office and name stamp, and the day below (7.3.5.3)."""
    writer.blank(2)
    signed = writer.line(RIGHT)
    writer.indent(signed, right=4)
    writer.run(signed, f"{paper.signer_title}　　")
    writer.run(signed, paper.signer, "regular")
    signed.paragraph_format.keep_with_next = True
    writer.blank()
    day = writer.line(RIGHT)
    writer.indent(day, right=4)
    writer.run(day, date_in_words(paper.dated))
    note(writer, paper)


def minutes_head(writer: Writer, paper: Paper) -> None:
    """纪要 (10.3): the mark 35 mm below the block's edge; code, organ and day, the red line."""
    writer.line(height_pt=round(layout()["minutes"]["below_block_top_mm"] * MM_PT, 1))
    red_head(writer, paper.head)
    writer.blank(2)
    writer.run(writer.line(CENTRE), paper.code)
    writer.apart(paper.organ, date_in_words(paper.dated), indent=1)
    red_line(writer)


def minutes_end(writer: Writer, paper: Paper) -> None:
    """Who was there, who was excused, who sat in: each from two in, held under the first name."""
    writer.blank()
    for word, names in (
        ("出席", paper.present),
        ("请假", paper.excused),
        ("列席", paper.observing),
    ):
        if not names:
            continue
        paragraph = writer.line()
        writer.indent(paragraph, left=5, hanging=3)
        writer.run(paragraph, f"{word}：", "black")
        writer.run(paragraph, "，".join(names))
    note(writer, paper)


def note(writer: Writer, paper: Paper) -> None:
    """附注: in brackets, two in."""
    if paper.note:
        paragraph = writer.line()
        writer.indent(paragraph, left=2)
        writer.run(paragraph, f"（{paper.note.strip('（）()')}）")


def _framed(part: Any, top_mm: float, high_mm: float) -> Any:
    """Add a paragraph that stands where it is told on the paper, as wide as the letter's lines."""
    letter, page = layout()["letter"], layout()["page"]
    paragraph = part.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    # Exact, or a high mark would push its own frame open.
    shape.line_spacing = Pt(round(high_mm * MM_PT, 1))
    frame = OxmlElement("w:framePr")
    for name, value in (
        ("w", _twips(letter["line_mm"])),
        ("h", _twips(high_mm)),
        ("hRule", "exact"),
        ("wrap", "around"),
        ("vAnchor", "page"),
        ("hAnchor", "page"),
        ("x", _twips((page["width_mm"] - letter["line_mm"]) / 2)),
        ("y", _twips(top_mm)),
    ):
        frame.set(qn(f"w:{name}"), value)
    after = ("w:widowControl", "w:pBdr", "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    paragraph._p.get_or_add_pPr().insert_element_before(frame, *after)
    return paragraph


def _twips(millimetres: float) -> str:
    return str(round(millimetres * _TWIPS_MM))
