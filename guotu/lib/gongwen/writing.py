"""Writes an official document as .docx: the page of GB/T 9704-2012, the same bytes each time."""

from datetime import datetime, time
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from guotu.lib.gongwen.kinds import UPWARD, layout
from guotu.lib.gongwen.packing import declare_fonts, drop_thumbnail, repacked
from guotu.lib.gongwen.page import lay_out, line_pt
from guotu.lib.gongwen.paper import (
    Paper,
    check_paper,
    date_in_words,
    signature_indents,
    split_heading,
)
from guotu.lib.gongwen.record import add_record

_MM_PT = 72 / 25.4
_CENTRE, _LEFT, _RIGHT, _BOTH = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


def document(paper: Paper) -> bytes:
    """Return the document as .docx. Raises Refusal where it lacks what it must say."""
    check_paper(paper)
    made = Document()
    drop_thumbnail(made)
    declare_fonts(made)
    _describe(made, paper)
    lay_out(made, paper.mark)
    writer = _Writer(made)
    _head(writer, paper)
    _main(writer, paper)
    _end(writer, paper)
    _enclosed(writer, paper)
    add_record(made, paper)
    out = BytesIO()
    made.save(out)
    return repacked(out.getvalue())


def _describe(made: Any, paper: Paper) -> None:
    facts, moment = made.core_properties, datetime.combine(paper.dated, time())
    facts.title, facts.author, facts.subject = paper.title[:250], paper.organ[:250], paper.code
    facts.last_modified_by, facts.comments, facts.category = paper.organ[:250], "", paper.kind
    facts.created = facts.modified = facts.last_printed = moment
    facts.revision, facts.language = 1, "zh-CN"


class _Writer:
    """Adds paragraphs on the grid of the standard: every line as high as a 22nd of the block."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.size = layout()["size"]["body_pt"]

    def line(self, align: Any = _LEFT, height_pt: float = 0.0) -> Any:
        """Return a new empty paragraph of one line."""
        paragraph = self.made.add_paragraph()
        shape = paragraph.paragraph_format
        shape.alignment = align
        shape.space_before = shape.space_after = Pt(0)
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        shape.line_spacing = Pt(height_pt or line_pt())
        shape.widow_control = False
        return paragraph

    def blank(self, lines: int = 1) -> None:
        """Leave lines empty."""
        for _ in range(lines):
            self.line()

    def run(self, paragraph: Any, text: str, font: str = "body", size_pt: float = 0.0) -> Any:
        """Add words in one of the fonts of the standard."""
        run = paragraph.add_run(text)
        run.font.size = Pt(size_pt or self.size)
        name = layout()["font"][font][0]
        run.font.name = name
        run._r.rPr.rFonts.set(qn("w:eastAsia"), name)
        return run

    def indent(self, paragraph: Any, **characters: float) -> None:
        """Indent in characters of the body: `left`, `right`, `first`, or `hanging`."""
        shape = paragraph.paragraph_format
        for side, count in characters.items():
            width = Pt(round(count * self.size, 1))
            if side == "left":
                shape.left_indent = width
            elif side == "right":
                shape.right_indent = width
            else:
                shape.first_line_indent = width if side == "first" else -width

    def body(self, text: str) -> None:
        """Add the words of a body, one paragraph a line, each level in its font."""
        for words in (one.strip() for one in text.splitlines()):
            if not words:
                continue
            paragraph = self.line(_BOTH)
            self.indent(paragraph, first=2)
            heading, rest, font = split_heading(words)
            if heading:
                self.run(paragraph, heading, font)
            if rest:
                self.run(paragraph, rest)

    def title(self, text: str) -> None:
        """Add a title in 2号小标宋, centred, broken where it says."""
        paragraph = self.line(_CENTRE, height_pt=layout()["size"]["title_pt"] * 1.45)
        for number, words in enumerate(text.split("\n")):
            run = self.run(paragraph, "", "title", layout()["size"]["title_pt"])
            if number:
                run.add_break(WD_BREAK.LINE)
            run.add_text(words)


def _head(writer: _Writer, paper: Paper) -> None:
    """版头: number of the copy, secrecy, urgency, the red head, the code, the red line."""
    above = [
        (f"{paper.copy_number:06d}" if paper.copy_number else "", "body"),
        (paper.classification, "black"),
        (paper.urgency, "black"),
    ]
    stated = [(words, font) for words, font in above if words]
    for words, font in stated:
        writer.run(writer.line(), words, font)
    below_pt = layout()["mark"]["below_block_top_mm"] * _MM_PT - len(stated) * line_pt()
    writer.line(height_pt=round(below_pt, 1))
    _red_head(writer, paper.head)
    writer.blank(2)
    _code(writer, paper)
    _red_line(writer)


def _red_head(writer: _Writer, head: str) -> None:
    mark, page = layout()["mark"], layout()["page"]
    room_pt = page["block_width_mm"] * _MM_PT * 0.98
    size = min(mark["largest_pt"], int(room_pt / max(len(head), 1) * 2) / 2)
    paragraph = writer.line(_CENTRE, height_pt=round(size * 1.15, 1))
    writer.run(paragraph, head, "title", size).font.color.rgb = RGBColor.from_string(mark["colour"])


def _code(writer: _Writer, paper: Paper) -> None:
    if paper.kind not in UPWARD:
        writer.run(writer.line(_CENTRE), paper.code)
        return
    paragraph = writer.line()
    writer.indent(paragraph, left=1, right=1)
    edge_pt = layout()["page"]["block_width_mm"] * _MM_PT - writer.size
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Pt(round(edge_pt, 1)), WD_TAB_ALIGNMENT.RIGHT)
    writer.run(paragraph, f"{paper.code}\t签发人：")
    writer.run(paragraph, paper.signer, "regular")


def _red_line(writer: _Writer) -> None:
    """Draw the line in a paragraph of its own: as wide as the block, whatever stands above it."""
    mark = layout()["mark"]
    paragraph = writer.line(height_pt=round(mark["line_below_code_mm"] * _MM_PT, 1))
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (
        ("val", "single"),
        ("sz", str(round(mark["line_pt"] * 8))),
        ("space", "0"),
        ("color", mark["colour"]),
    ):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    after = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *after)


def _main(writer: _Writer, paper: Paper) -> None:
    """主体: title, addressees, body, the list of enclosures."""
    writer.blank(2)
    writer.title(paper.title)
    writer.blank()
    if to := "，".join(one.strip() for one in paper.addressees if one.strip()):
        writer.run(writer.line(_BOTH), f"{to}：")
    writer.body(paper.body)
    if not paper.enclosures:
        return
    writer.blank()
    for number, one in enumerate(paper.enclosures, 1):
        paragraph = writer.line(_BOTH)
        head = "附件：" if number == 1 else ""
        count = f"{number}." if len(paper.enclosures) > 1 else ""
        left = 5 + (1 if count else 0)
        writer.indent(paragraph, left=left, hanging=left - 2 if head else left - 5)
        writer.run(paragraph, f"{head}{count}{one.title}")


def _end(writer: _Writer, paper: Paper) -> None:
    """Who signs, the day in full, and the note in brackets."""
    day = date_in_words(paper.dated)
    characters = layout()["page"]["characters"]
    organ_in, day_in = signature_indents(paper.organ, day, characters, paper.sealed)
    # A seal of 42 mm is pressed over both lines, its top within a line of the body.
    writer.blank(2 if paper.sealed else 1)
    for words, right in ((paper.organ, organ_in), (day, day_in)):
        paragraph = writer.line(_RIGHT)
        writer.indent(paragraph, right=max(right, 0))
        paragraph.paragraph_format.keep_with_next = words == paper.organ
        writer.run(paragraph, words)
    if paper.note:
        paragraph = writer.line()
        writer.indent(paragraph, left=2)
        writer.run(paragraph, f"（{paper.note.strip('（）()')}）")


def _enclosed(writer: _Writer, paper: Paper) -> None:
    """附件: each on a page of its own, before the record of printing."""
    several = len(paper.enclosures) > 1
    for number, one in enumerate(paper.enclosures, 1):
        if not one.body.strip():
            continue
        head = writer.line()
        head.paragraph_format.page_break_before = True
        writer.run(head, f"附件{number}" if several else "附件", "black")
        writer.blank()
        writer.title(one.title)
        writer.blank()
        writer.body(one.body)
