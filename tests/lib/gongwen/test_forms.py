"""Letters, orders and minutes measure what GB/T 9704-2012, 10, says, and say what it asks for."""

from dataclasses import replace

import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from guotu.lib.gongwen import FORMS, check_paper, head_of
from guotu.lib.gongwen.writing import document
from guotu.lib.refusal import Refusal
from tests.lib.gongwen.test_gongwen import PAPER, found, opened

LETTER = replace(
    PAPER, kind="函", head="云溪县自然资源局", code="自然资函〔2026〕3号", title="关于用地的函"
)
ORDER = replace(
    PAPER,
    kind="命令",
    head="云溪县人民政府令",
    organ="云溪县人民政府",
    code="第12号",
    body="现公布《某办法》。",
    addressees=(),
    enclosures=(),
    signer="林知远",
    signer_title="县长",
)
MINUTES = replace(
    PAPER,
    kind="纪要",
    head="云溪县自然资源局会议纪要",
    code="自然资纪要〔2026〕4号",
    addressees=(),
    enclosures=(),
    present=("县自然资源局 林知远", "县农业农村局 周明"),
    excused=("县水利局 吴江",),
    observing=("双桥镇 何山",),
)


def frames(part):
    """Return (paragraph, its frame in mm: x, y, width, height)."""
    made = []
    for one in part.paragraphs:
        frame = one._p.pPr.find(qn("w:framePr")) if one._p.pPr is not None else None
        if frame is not None:
            assert frame.get(qn("w:vAnchor")) == frame.get(qn("w:hAnchor")) == "page"
            sides = [int(frame.get(qn(f"w:{side}"))) / 20 / 72 * 25.4 for side in "xywh"]
            made.append((one, [round(side, 1) for side in sides]))
    return made


def below(paragraph):
    """Return the kind and colour of the line below a paragraph."""
    line = paragraph._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    return line.get(qn("w:val")), line.get(qn("w:color"))


def test_the_mark_of_a_letter_stands_30_mm_from_the_paper_and_its_line_4_mm_below():
    header = opened(LETTER).sections[0].first_page_header
    (mark, at), (line, line_at) = frames(header)
    assert (mark.text, at[1]) == (LETTER.head, 30.0)
    assert str(mark.runs[0].font.color.rgb) == "FF0000"
    assert abs(mark.paragraph_format.line_spacing / Mm(1) - at[3]) < 0.1
    assert abs(line_at[1] - (at[1] + at[3])) < 0.2
    assert line_at[3] == 4.0
    assert below(line) == ("thickThinSmallGap", "FF0000"), "thick above, thin below"
    assert (line_at[0], line_at[2]) == (20.0, 170.0), "170 mm, in the middle of 210"


def test_the_second_line_of_a_letter_stands_20_mm_from_the_foot():
    footer = opened(LETTER).sections[0].first_page_footer
    ((line, at),) = frames(footer)
    assert abs(at[1] + at[3] - (297 - 20)) < 0.1
    assert (at[0], at[2]) == (20.0, 170.0)
    assert below(line) == ("thinThickSmallGap", "FF0000"), "thin above, thick below"


def test_the_first_page_of_a_letter_bears_no_number_and_the_others_do():
    section = opened(LETTER).sections[0]
    assert section.different_first_page_header_footer
    assert "PAGE" not in section.first_page_footer._element.xml
    assert "PAGE" in section.footer._element.xml
    assert "PAGE" in section.even_page_footer._element.xml
    assert section.first_page_header.paragraphs[0].text == PAPER.mark
    assert not opened().sections[0].different_first_page_header_footer


def test_the_code_of_a_letter_stands_at_the_right_seven_eighths_below_the_line():
    made = opened(LETTER)
    down, code = made.paragraphs[:2]
    (_, line_at) = frames(made.sections[0].first_page_header)[1]
    block_top_mm = made.sections[0].top_margin / Mm(1)
    gap = down.paragraph_format.line_spacing / Mm(1) + block_top_mm - (line_at[1] + line_at[3])
    assert abs(gap - 16 * 7 / 8 / 72 * 25.4) < 0.1
    assert (code.text, code.alignment) == (LETTER.code, WD_ALIGN_PARAGRAPH.RIGHT)
    assert code.paragraph_format.line_spacing == Pt(16)
    assert [one.text for one in made.paragraphs[2:5]] == ["", "", LETTER.title]


def test_what_stands_at_the_left_of_a_letter_shares_the_first_line_with_the_code():
    told = {"copy_number": 12, "classification": "秘密★1年", "urgency": "特急"}
    made = opened(replace(LETTER, **told))
    lines = [one.text for one in made.paragraphs[1:4]]
    assert lines == [f"000012\t{LETTER.code}", "秘密★1年", "特急"]
    (stop,) = made.paragraphs[1].paragraph_format.tab_stops
    assert abs(stop.position / Mm(1) - 156) < 0.1


def test_the_record_of_a_letter_names_no_printer_and_has_no_rules():
    table = opened(LETTER).tables[0]
    assert [row.cells[0].text for row in table.rows] == ["抄送：县政府办公室。"]
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    assert {side.get(qn("w:val")) for side in borders} == {"nil"}
    assert opened(replace(LETTER, copies_to=())).tables == []


def test_a_long_name_is_written_smaller_and_the_page_begins_higher():
    long = opened(replace(LETTER, head="云" * 30))
    (mark, at), _line = frames(long.sections[0].first_page_header)
    assert mark.runs[0].font.size < Pt(17)
    assert long.paragraphs[0].paragraph_format.line_spacing > Pt(1)
    assert at[3] < 7


def test_an_order_has_its_mark_20_mm_down_its_number_two_lines_below_and_no_red_line():
    made = opened(ORDER)
    assert abs(made.paragraphs[0].paragraph_format.line_spacing.mm - 20) < 0.1
    lines = [one.text for one in made.paragraphs[1:8]]
    assert lines == [ORDER.head, "", "", "第12号", "", "", "现公布《某办法》。"]
    assert made.paragraphs[4].alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert "w:pBdr" not in made.element.body.xml
    assert not [one for one in made.paragraphs if "安置区" in one.text], "an order has no title"


def test_an_order_is_signed_by_office_and_name_over_the_day():
    made = opened(ORDER)
    signed, day = found(made, "县长"), found(made, "2026年1月5日")
    assert signed.text == "县长　　林知远"
    assert signed.runs[1].font.name == "楷体_GB2312"
    assert signed.paragraph_format.right_indent == day.paragraph_format.right_indent == Pt(64)
    place = [one.text for one in made.paragraphs].index(signed.text)
    assert [one.text for one in made.paragraphs[place - 2 : place]] == ["", ""]
    assert [one.text for one in made.paragraphs[place + 1 : place + 3]] == ["", "2026年1月5日"]


def test_minutes_have_their_mark_35_mm_down_and_say_who_was_there():
    made = opened(MINUTES)
    assert abs(made.paragraphs[0].paragraph_format.line_spacing.mm - 35) < 0.1
    assert [one.text for one in made.paragraphs[1:6]] == [
        MINUTES.head,
        "",
        "",
        MINUTES.code,
        f"{MINUTES.organ}\t2026年1月5日",
    ]
    assert below(made.paragraphs[6])[0] == "single"
    there = found(made, "出席")
    assert there.text == "出席：县自然资源局 林知远，县农业农村局 周明"
    assert [run.font.name for run in there.runs] == ["黑体", "仿宋_GB2312"]
    shape = there.paragraph_format
    # Two in; what runs over begins under the first name, three further on.
    assert (shape.left_indent, shape.first_line_indent) == (Pt(80), Pt(-48))
    assert found(made, "请假").text == "请假：县水利局 吴江"
    assert found(made, "列席").text == "列席：双桥镇 何山"
    assert not [
        one for one in opened(replace(MINUTES, excused=())).paragraphs if "请假" in one.text
    ]


def test_every_form_keeps_the_page_and_is_the_same_bytes():
    for paper in (LETTER, ORDER, MINUTES):
        section = opened(paper).sections[0]
        width = section.page_width - section.left_margin - section.right_margin
        height = section.page_height - section.top_margin - section.bottom_margin
        assert (round(width / Mm(1), 1), round(height / Mm(1), 1)) == (156.0, 225.0)
        assert document(paper) == document(paper)


def test_a_real_county_s_letter_bears_no_mark_and_a_paper_without_a_note_none():
    bare = opened(replace(LETTER, mark="", note=""))
    assert bare.sections[0].first_page_header.paragraphs[0].text == ""
    assert not [one for one in bare.paragraphs if one.text.startswith("（此件")]
    assert [one for one in opened(LETTER).paragraphs if one.text == "（此件公开发布）"]


def test_the_form_follows_the_kind_unless_told():
    forms = [paper.form_used for paper in (PAPER, LETTER, ORDER, MINUTES)]
    assert forms == list(FORMS)
    assert replace(PAPER, form="letter").form_used == "letter"
    assert replace(LETTER, form="general").form_used == "general"
    assert [head_of("县局", form) for form in FORMS] == [
        "县局文件",
        "县局",
        "县局令",
        "县局会议纪要",
    ]


@pytest.mark.parametrize(
    ("paper", "wrong", "what"),
    [
        (PAPER, {"form": "poster"}, "没有这种格式"),
        (PAPER, {"form": "order"}, "没有这种格式"),
        (LETTER, {"form": "minutes"}, "没有这种格式"),
        (PAPER, {"kind": "请示", "signer": "林", "form": "letter"}, "不用信函格式"),
        (ORDER, {"head": "云溪县人民政府文件"}, "令"),
        (ORDER, {"signer": ""}, "签发人"),
        (ORDER, {"signer_title": " "}, "签发人"),
        (ORDER, {"code": "12号"}, "发文字号"),
        (LETTER, {"code": "第12号"}, "发文字号"),
        (MINUTES, {"head": "云溪县自然资源局文件"}, "纪要"),
        (MINUTES, {"present": ()}, "出席"),
    ],
)
def test_what_a_form_asks_for_is_asked_for(paper, wrong, what):
    check_paper(paper)
    with pytest.raises(Refusal, match=what):
        check_paper(replace(paper, **wrong))
