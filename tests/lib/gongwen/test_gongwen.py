"""The page measures what GB/T 9704-2012 says, the words are as it says, the bytes are the same."""

import datetime
import io
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from guotu.lib.gongwen import KINDS, Enclosure, Paper, check_paper, date_in_words
from guotu.lib.gongwen.kinds import layout
from guotu.lib.gongwen.paper import signature_indents, split_heading, width_of
from guotu.lib.gongwen.writing import document
from guotu.lib.refusal import Refusal

PAPER = Paper(
    head="云溪县自然资源局文件",
    organ="云溪县自然资源局",
    code="自然资批〔2026〕1号",
    kind="批复",
    title="关于双桥村安置区\n建设用地的批复",
    body="一、同意用地。面积一公顷。\n（一）位置\n1.东至路\n\n请依法办理。",
    dated=datetime.date(2026, 1, 5),
    addressees=("双桥镇人民政府", "县农业农村局"),
    enclosures=(Enclosure("勘测定界图"), Enclosure("补充方案", "方案正文")),
    note="（此件公开发布）",
    copies_to=("县政府办公室",),
    printer="云溪县自然资源局办公室",
    printed=datetime.date(2026, 1, 6),
    mark="虚构县，不得用于办事",
)


def opened(paper=PAPER):
    return docx.Document(io.BytesIO(document(paper)))


def found(made, text):
    return next(one for one in made.paragraphs if text in one.text)


def test_there_are_fifteen_kinds():
    assert len(set(KINDS)) == 15


def test_the_page_is_a4_with_a_block_of_156_by_225():
    section = opened().sections[0]
    sides = section.page_width, section.page_height, section.top_margin, section.left_margin
    assert [round(side.mm, 1) for side in sides] == [210.0, 297.0, 37.0, 28.0]
    width = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    assert (round(width / Mm(1), 1), round(height / Mm(1), 1)) == (156.0, 225.0)
    foot = section.bottom_margin - section.footer_distance - Pt(14)
    assert abs(foot / Mm(1) - 7) < 0.1


def test_the_grid_holds_22_lines_of_28_characters():
    section = opened().sections[0]
    grid = section._sectPr.find(qn("w:docGrid"))
    pitch_pt = int(grid.get(qn("w:linePitch"))) / 20
    wide_pt = 16 + int(grid.get(qn("w:charSpace"))) / 4096
    assert grid.get(qn("w:type")) == "linesAndChars"
    assert int(225 / 25.4 * 72 / pitch_pt) == 22
    assert round(156 / 25.4 * 72 / wide_pt) == 28


def test_every_line_of_the_body_is_a_22nd_of_the_block():
    body = found(opened(), "请依法办理")
    assert body.paragraph_format.line_spacing == Pt(28.95)
    assert body.paragraph_format.first_line_indent == Pt(32)
    assert body.runs[0].font.size == Pt(16)


def test_the_red_head_begins_35_mm_below_the_block():
    made = opened()
    before = made.paragraphs[0].paragraph_format.line_spacing
    assert abs(before.mm - 35) < 0.1
    head = made.paragraphs[1]
    assert head.text == PAPER.head
    assert str(head.runs[0].font.color.rgb) == "FF0000"
    assert [one.text for one in made.paragraphs[2:5]] == ["", "", PAPER.code]
    line = made.paragraphs[5]
    assert abs(line.paragraph_format.line_spacing.mm - 4) < 0.1
    assert line._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom")).get(qn("w:color")) == "FF0000"


def test_copy_number_secrecy_and_urgency_stand_in_the_same_35_mm():
    made = opened(replace(PAPER, copy_number=12, classification="秘密★1年", urgency="特急"))
    texts = [one.text for one in made.paragraphs[:3]]
    assert texts == ["000012", "秘密★1年", "特急"]
    heights = [one.paragraph_format.line_spacing for one in made.paragraphs[:4]]
    assert abs(sum(heights) / Mm(1) - 35) < 0.1
    assert made.paragraphs[1].runs[0].font.name == "黑体"


def test_title_levels_and_fonts():
    made = opened()
    title = found(made, "建设用地的批复")
    assert (title.runs[0].font.size, title.runs[0].font.name) == (Pt(22), "方正小标宋简体")
    assert title.text == PAPER.title
    assert found(made, "双桥镇").text == "双桥镇人民政府，县农业农村局："
    level = found(made, "同意用地")
    assert [(run.text, run.font.name) for run in level.runs] == [
        ("一、同意用地。", "黑体"),
        ("面积一公顷。", "仿宋_GB2312"),
    ]
    assert found(made, "位置").runs[0].font.name == "楷体_GB2312"
    assert found(made, "东至路").runs[0].font.name == "仿宋_GB2312"
    run = level.runs[0]._r.rPr.rFonts
    assert run.get(qn("w:eastAsia")) == "黑体"


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("一、甲。乙", ("一、甲。", "乙", "black")),
        ("十二、甲", ("十二、甲", "", "black")),
        ("（三）甲。乙", ("（三）甲。", "乙", "regular")),
        ("1.甲。乙", ("1.甲。乙", "", "body")),
        ("（1）甲", ("（1）甲", "", "body")),
        ("甲一、乙", ("", "甲一、乙", "body")),
    ],
)
def test_headings_are_told_by_their_number(text, split):
    assert split_heading(text) == split


def test_enclosures_are_listed_and_follow_on_their_own_page():
    made = opened()
    assert found(made, "附件：").text == "附件：1.勘测定界图"
    assert [one.text for one in made.paragraphs if one.text == "2.补充方案"]
    page = next(one for one in made.paragraphs if one.text == "附件2")
    assert page.paragraph_format.page_break_before
    assert found(made, "方案正文")
    alone = opened(replace(PAPER, enclosures=(Enclosure("图", "图文"),)))
    assert found(alone, "附件：").text == "附件：图"
    assert [one for one in alone.paragraphs if one.text == "附件"]
    assert not [
        one for one in opened(replace(PAPER, enclosures=())).paragraphs if "附件" in one.text
    ]


def test_the_date_stands_four_in_under_a_seal_and_the_organ_over_it():
    made = opened()
    day = found(made, "2026年1月5日").paragraph_format.right_indent
    organ = next(one for one in made.paragraphs if one.text == PAPER.organ)
    assert day == Pt(64)
    assert abs(organ.paragraph_format.right_indent.pt - (4 + 3 - 4) * 16) < 0.1


@pytest.mark.parametrize(
    ("organ", "sealed", "indents"),
    [
        ("县政府", True, (5.5, 4.0)),
        ("云" * 20, True, (0.0, 7.0)),
        ("云溪县自然资源局", False, (2.0, 2.0)),
        ("云" * 12, False, (2.0, 6.0)),
        ("县局", False, (8.0, 2.0)),
    ],
)
def test_where_a_signature_stands(organ, sealed, indents):
    assert signature_indents(organ, "2026年1月5日", 28, sealed) == indents


def test_width_and_day():
    assert width_of("2026年1月5日") == 6
    assert date_in_words(datetime.date(2026, 11, 28)) == "2026年11月28日"


def test_an_upward_document_says_who_signed():
    made = opened(replace(PAPER, kind="请示", signer="林知远"))
    line = found(made, "签发人")
    assert line.text == f"{PAPER.code}\t签发人：林知远"
    assert line.runs[-1].font.name == "楷体_GB2312"


def test_the_record_stands_at_the_foot_between_its_rules():
    made = opened()
    table = made.tables[0]
    assert [row.cells[0].text for row in table.rows] == [
        "抄送：县政府办公室。",
        "云溪县自然资源局办公室\t2026年1月6日印发",
    ]
    place = table._tbl.tblPr.find(qn("w:tblpPr"))
    assert place.get(qn("w:tblpYSpec")) == "bottom"
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    sizes = {side.tag.split("}")[1]: int(side.get(qn("w:sz"))) for side in borders}
    assert {side: round(size / 8 / 72 * 25.4, 2) for side, size in sizes.items()} == {
        "top": 0.35,
        "bottom": 0.35,
        "insideH": 0.26,
    }
    assert opened(replace(PAPER, copies_to=(), printer="")).tables == []


def test_the_page_number_stands_right_on_odd_and_left_on_even_pages():
    made = opened()
    assert made.settings.odd_and_even_pages_header_footer
    section = made.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert paragraph._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side
        assert paragraph.runs[0].text == "— "
        assert paragraph.runs[0].font.size == Pt(14)
    assert section.header.paragraphs[0].text == PAPER.mark
    assert section.even_page_header.paragraphs[0].text == PAPER.mark


def test_the_same_paper_is_the_same_bytes():
    first = document(PAPER)
    assert first == document(PAPER)
    assert first != document(replace(PAPER, code="自然资批〔2026〕2号"))
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in archive.namelist() if "thumbnail" in name]
        fonts = archive.read("word/fontTable.xml").decode()
    for name, instead in layout()["font"].values():
        assert f'<w:font w:name="{name}"><w:altName w:val="{instead}"/>' in fonts


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"kind": "便条"}, "文种"),
        ({"head": ""}, "发文机关标志"),
        ({"organ": " "}, "署名"),
        ({"title": ""}, "标题"),
        ({"body": "\n"}, "正文"),
        ({"code": "自然资批[2026]1号"}, "发文字号"),
        ({"code": "自然资批〔2026〕01号"}, "发文字号"),
        ({"addressees": ()}, "主送机关"),
        ({"kind": "报告"}, "签发人"),
        ({"urgency": "快"}, "紧急程度"),
        ({"classification": "保密"}, "密级"),
        ({"classification": "秘密★1年"}, "份号"),
    ],
)
def test_what_the_regulation_asks_for_is_asked_for(wrong, what):
    with pytest.raises(Refusal, match=what):
        check_paper(replace(PAPER, **wrong))


def test_what_is_made_public_needs_no_addressee():
    public = replace(PAPER, kind="公告", addressees=())
    check_paper(public)
    assert not [one for one in opened(public).paragraphs if one.text.endswith("：")]
