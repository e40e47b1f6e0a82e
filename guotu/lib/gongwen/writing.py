"""Writes an official document as .docx: the page of GB/T 9704-2012, the same bytes each time."""

from datetime import datetime, time
from io import BytesIO
from typing import Any

from docx import Document

from guotu.lib.gongwen import forms
from guotu.lib.gongwen.kinds import UPWARD, layout
from guotu.lib.gongwen.lines import BOTH, CENTRE, MM_PT, RIGHT, Writer, red_head, red_line
from guotu.lib.gongwen.packing import declare_fonts, drop_thumbnail, repacked
from guotu.lib.gongwen.page import lay_out, line_pt
from guotu.lib.gongwen.paper import Paper, check_paper, date_in_words, signature_indents
from guotu.lib.gongwen.record import add_record


def document(paper: Paper) -> bytes:
    """Return the document as .docx. Raises Refusal where it lacks what it must say."""
    check_paper(paper)
    made = Document()
    drop_thumbnail(made)
    declare_fonts(made)
    _describe(made, paper)
    lay_out(made, paper.mark)
    writer = Writer(made)
    _HEADS[paper.form_used](writer, paper)
    _main(writer, paper)
    _ENDS[paper.form_used](writer, paper)
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


def _head(writer: Writer, paper: Paper) -> None:
    """版头: number of the copy, secrecy, urgency, the red head, the code, the red line."""
    above = [
        (f"{paper.copy_number:06d}" if paper.copy_number else "", "body"),
        (paper.classification, "black"),
        (paper.urgency, "black"),
    ]
    stated = [(words, font) for words, font in above if words]
    for words, font in stated:
        writer.run(writer.line(), words, font)
    below_pt = layout()["mark"]["below_block_top_mm"] * MM_PT - len(stated) * line_pt()
    writer.line(height_pt=round(below_pt, 1))
    red_head(writer, paper.head)
    writer.blank(2)
    _code(writer, paper)
    red_line(writer)


def _code(writer: Writer, paper: Paper) -> None:
    if paper.kind not in UPWARD:
        writer.run(writer.line(CENTRE), paper.code)
        return
    paragraph = writer.apart(paper.code, "签发人：", indent=1)
    writer.run(paragraph, paper.signer, "regular")


def _main(writer: Writer, paper: Paper) -> None:
    """主体: title, addressees, body, the list of enclosures."""
    writer.blank(2)
    if paper.form_used != "order":
        _title(writer, paper)
    writer.body(paper.body)
    _list_enclosures(writer, paper)


def _title(writer: Writer, paper: Paper) -> None:
    writer.title(paper.title)
    writer.blank()
    if to := "，".join(one.strip() for one in paper.addressees if one.strip()):
        writer.run(writer.line(BOTH), f"{to}：")


def _list_enclosures(writer: Writer, paper: Paper) -> None:
    if not paper.enclosures:
        return
    writer.blank()
    for number, one in enumerate(paper.enclosures, 1):
        paragraph = writer.line(BOTH)
        head = "附件：" if number == 1 else ""
        count = f"{number}." if len(paper.enclosures) > 1 else ""
        left = 5 + (1 if count else 0)
        writer.indent(paragraph, left=left, hanging=left - 2 if head else left - 5)
        writer.run(paragraph, f"{head}{count}{one.title}")


def _end(writer: Writer, paper: Paper) -> None:
    """Who signs, the day in full, and the note in brackets."""
    day = date_in_words(paper.dated)
    characters = layout()["page"]["characters"]
    organ_in, day_in = signature_indents(paper.organ, day, characters, paper.sealed)
    # A seal of 42 mm is pressed over both lines, its top within a line of the body.
    writer.blank(2 if paper.sealed else 1)
    for words, right in ((paper.organ, organ_in), (day, day_in)):
        paragraph = writer.line(RIGHT)
        writer.indent(paragraph, right=max(right, 0))
        paragraph.paragraph_format.keep_with_next = words == paper.organ
        writer.run(paragraph, words)
    forms.note(writer, paper)


def _enclosed(writer: Writer, paper: Paper) -> None:
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


_HEADS = {
    "general": _head,
    "letter": forms.letter_head,
    "order": forms.order_head,
    "minutes": forms.minutes_head,
}
_ENDS = {
    "general": _end,
    "letter": _end,
    "order": forms.order_end,
    "minutes": forms.minutes_end,
}
