"""Lines on the grid of the standard, and the red ones: what every form of document is made of."""

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from guotu.lib.gongwen.kinds import layout
from guotu.lib.gongwen.page import line_pt
from guotu.lib.gongwen.paper import split_heading

MM_PT = 72 / 25.4
CENTRE, LEFT, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


class Writer:
    """Adds paragraphs on the grid of the standard: every line as high as a 22nd of the block."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.size = layout()["size"]["body_pt"]

    def line(self, align: Any = LEFT, height_pt: float = 0.0) -> Any:
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
            paragraph = self.line(BOTH)
            self.indent(paragraph, first=2)
            heading, rest, font = split_heading(words)
            if heading:
                self.run(paragraph, heading, font)
            if rest:
                self.run(paragraph, rest)

    def title(self, text: str) -> None:
        """Add a title in 2号小标宋, centred, broken where it says."""
        paragraph = self.line(CENTRE, height_pt=layout()["size"]["title_pt"] * 1.45)
        for number, words in enumerate(text.split("\n")):
            run = self.run(paragraph, "", "title", layout()["size"]["title_pt"])
            if number:
                run.add_break(WD_BREAK.LINE)
            run.add_text(words)

    def apart(self, left: str, right: str, indent: float = 0.0) -> Any:
        """Add a line with words at either edge, each `indent` characters in; return it."""
        paragraph = self.line()
        if indent:
            self.indent(paragraph, left=indent, right=indent)
        edge_pt = layout()["page"]["block_width_mm"] * MM_PT - indent * self.size
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(Pt(round(edge_pt, 1)), WD_TAB_ALIGNMENT.RIGHT)
        self.run(paragraph, f"{left}\t{right}")
        return paragraph


def mark_size_pt(head: str, room_mm: float) -> float:
    """Return how large the red head can be written in one line of a width."""
    room_pt = room_mm * MM_PT * 0.98
    return min(layout()["mark"]["largest_pt"], int(room_pt / max(len(head), 1) * 2) / 2)


def mark_height_pt(size_pt: float) -> float:
    """Return how high the line of the red head is."""
    return round(size_pt * 1.15, 1)


def red_head(writer: Writer, head: str) -> None:
    """Add the red head, as wide as the block lets it be."""
    size = mark_size_pt(head, layout()["page"]["block_width_mm"])
    write_red(writer, writer.line(CENTRE, height_pt=mark_height_pt(size)), head, size)


def write_red(writer: Writer, paragraph: Any, head: str, size_pt: float) -> None:
    """Write the red head into a paragraph."""
    colour = RGBColor.from_string(layout()["mark"]["colour"])
    writer.run(paragraph, head, "title", size_pt).font.color.rgb = colour


def red_line(writer: Writer) -> None:
    """Draw the line in a paragraph of its own: as wide as the block, whatever stands above it."""
    mark = layout()["mark"]
    paragraph = writer.line(height_pt=round(mark["line_below_code_mm"] * MM_PT, 1))
    draw_below(paragraph, "single", mark["line_pt"])


def draw_below(paragraph: Any, kind: str, width_pt: float) -> None:
    """Draw a red line of one of Word's kinds along the lower edge of a paragraph."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (
        ("val", kind),
        ("sz", str(round(width_pt * 8))),
        ("space", "0"),
        ("color", layout()["mark"]["colour"]),
    ):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    after = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *after)
