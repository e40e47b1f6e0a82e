"""What a stranger hands in is judged by name, size, kind and inside, before anything opens it."""

import pikepdf
import pytest
from PIL import Image

from guotu.core.files import store
from guotu.core.files.checking import check_file, child, taken_in, upload
from guotu.core.files.checking.limits import kinds, table
from guotu.lib.refusal import Refusal
from tests.core.files.conftest import (
    good_docx,
    good_image,
    good_pdf,
    good_xlsx,
    repacked,
    saved,
    zipped,
)


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """Look inside in this process; that a child does the same stands in test_apart.py."""

    def look_here(path, kind, name):
        place = tmp_path / "unpacked"
        place.mkdir(exist_ok=True)
        return child.look(path, kind.name, name, place)

    monkeypatch.setattr(upload, "_looked", look_here)


def taken(name, data):
    with taken_in(name, data=data) as passed:
        assert passed.staged.exists()
        return passed


GOOD = {
    "申请书.docx": (good_docx, "docx"),
    "面积表.xlsx": (good_xlsx, "xlsx"),
    "批复.pdf": (lambda: good_pdf(3), "pdf"),
    "现场.png": (good_image, "png"),
    "现场.JPG": (lambda: good_image("JPEG"), "jpeg"),
    "扫描.tif": (lambda: good_image("TIFF", compression="tiff_lzw"), "tiff"),
    "材料.zip": (lambda: zipped({"甲/批复.pdf": good_pdf(), "乙.docx": good_docx()}), "zip"),
    "界址.txt": (lambda: "[属性描述]\n[地块坐标]".encode("gb18030"), "boundary_points"),
    "说明.txt": (lambda: "国土".encode(), "text"),
    "site.kml": (lambda: b"<kml xmlns='http://www.opengis.net/kml/2.2'/>", "kml"),
    "site.kmz": (lambda: zipped({"doc.kml": b"<kml/>"}), "kmz"),
    "site.geojson": (lambda: b'{"type":"FeatureCollection","features":[]}', "geojson"),
    "公文.ofd": (lambda: zipped({"OFD.xml": b"<OFD/>", "Doc_0/Document.xml": b"<D/>"}), "ofd"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_good_is_taken_in(name):
    make, kind = GOOD[name]
    passed = taken(name, make())
    assert (passed.kind, passed.name) == (kind, name)
    assert not passed.staged.exists(), "what was not kept is gone"


def test_facts_are_counted_inside():
    assert taken("a.pdf", good_pdf(3)).facts == {"pages": 3, "objects": 8}
    assert taken("a.png", good_image()).facts == {"pixels": 2400, "frames": 1}


NAMES = [
    "",
    "...",
    "a\x00.pdf",
    "a\u202egnp.exe.pdf",
    "a\u200b.pdf",
    "a\n.pdf",
    "../a.pdf",
    "a\\b.pdf",
    ".pdf",
    "a:b.pdf",
    "a.pdf ",
    "CON.pdf",
    "长" * 200 + ".pdf",
    "a.exe.pdf",
    "a.html.pdf",
    "a.docx",
    "a",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_lies_is_refused(name):
    with pytest.raises(Refusal) as refused:
        taken(name, good_pdf())
    assert "文件" in refused.value.what
    assert refused.value.rule
    assert refused.value.remedy


def rels(target, kind="image", mode="External"):
    line = (
        f'<Relationship Id="rX" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
        "</Relationships>"
    ).encode()
    return lambda old: old.replace(b"</Relationships>", line)


def words(xml):
    return lambda old: old.replace(b"<w:body>", b"<w:body>" + xml)


DOCUMENT, RELS = "word/document.xml", "word/_rels/document.xml.rels"
FIELD = (
    b"<w:p><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\cmd</w:instrText>"
    b"</w:r></w:p>"
)
ENTITY = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
MACRO = b"application/vnd.ms-word.document.macroEnabled.main+xml"
PLAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def office(change=None, add=None):
    return lambda: repacked(good_docx(), change, add)


def sheet(cell):
    part = "xl/worksheets/sheet1.xml"
    return lambda: repacked(good_xlsx(), {part: lambda old: old.replace(b"SUM(B1:B9)", cell)})


OFFICE = {
    "实体定义": office({DOCUMENT: lambda old: old.replace(b"?>\n", b"?>\n" + ENTITY, 1)}),
    "嵌套太深": office({DOCUMENT: words(b"<w:p>" * 300)}),
    "不完整或有错误": office({DOCUMENT: lambda old: old[:200]}),
    "带有宏或控件": office(add={"word/vbaData.xml": b"<x/>"}),
    "嵌入的对象": office(add={"word/embeddings/oleObject1.doc": b"x"}),
    "改过扩展名": office({"[Content_Types].xml": lambda old: old.replace(PLAIN, MACRO)}),
    "类型与扩展名不符": office({"[Content_Types].xml": lambda old: old.replace(PLAIN, b"text/x")}),
    "引用外部文件": office({RELS: rels("http://127.0.0.1/a.png")}),
    "引用外部文件（file": office({RELS: rels("file://server/a", "hyperlink")}),
    "引用外部文件（//": office({RELS: rels("//server/a", mode="Internal")}),
    "域（DDEAUTO）": office({DOCUMENT: words(FIELD)}),
    "域（INCLUDETEXT）": office(
        {DOCUMENT: words(b'<w:p><w:fldSimple w:instr="INCLUDETEXT c:/a"/></w:p>')}
    ),
    "引用外部的数据": office({DOCUMENT: words(b"<w:p><w:object><o:oleObject/></w:object></w:p>")}),
    "藏有别的文件": office(add={"word/media/a.png": b"MZ\x00\x00"}),
    "缺少正文": lambda: zipped({"word/a.xml": b"<a/>"}),
}
OFFICE["引用外部的数据"] = office({DOCUMENT: words(b"<w:altChunk/>")})


@pytest.mark.parametrize("what", OFFICE)
def test_a_document_that_reaches_out_is_refused(what):
    with pytest.raises(Refusal, match=what):
        taken("a.docx", OFFICE[what]())


@pytest.mark.parametrize("cell", [b"cmd|' /c calc'!A0", b"WEBSERVICE(&quot;a&quot;)", b"[1]A!A1"])
def test_a_formula_that_calls_is_refused(cell):
    with pytest.raises(Refusal, match="公式"):
        taken("a.xlsx", sheet(cell)())


def test_a_link_to_a_page_is_no_harm():
    linked = office({RELS: rels("https://www.gov.cn/", "hyperlink")})
    assert taken("a.docx", linked()).kind == "docx"


def pdf_with(change, **options):
    paper = pikepdf.new()
    page = paper.add_blank_page()
    change(paper, page)
    raw = {"stream_decode_level": pikepdf.StreamDecodeLevel.none}
    return saved(paper, **(options or raw))


def action(kind, **more):
    def change(paper, page):
        found = pikepdf.Dictionary(S=pikepdf.Name(kind), **more)
        page.Annots = [paper.make_indirect(pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=found))]

    return change


def embed(paper, page):
    paper.attachments["a.exe"] = b"MZ"


def many_filters(paper, page):
    chain = pikepdf.Array([pikepdf.Name.FlateDecode] * 9)
    stream = pikepdf.Stream(paper, b"x")
    stream.write(b"x" * 50, filter=chain)
    page.Contents = stream


def deep(paper, page):
    nest = pikepdf.Array([])
    for _ in range(80):
        nest = pikepdf.Array([nest])
    page.Deep = nest


def script(paper, page):
    paper.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def named(paper, page):
    paper.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print)


def far(paper, page):
    page.Contents = pikepdf.Stream(paper, b"x", F="other.bin")


def movie(paper, page):
    annotation = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Movie)
    page.Annots = [paper.make_indirect(annotation)]


def bomb(paper, page):
    page.Contents = pikepdf.Stream(paper, bytes(140_000_000))


PDF = {
    "JavaScript": script,
    "启动程序": action("/Launch", F="cmd.exe"),
    "向外发送": action("/SubmitForm", F="http://127.0.0.1/"),
    "打开外部文件": action("/GoToR", F="a.pdf"),
    "本机或脚本": action("/URI", URI="file:///etc/passwd"),
    "打开时自动": named,
    "嵌入的文件": embed,
    "层层压缩": many_filters,
    "嵌套太深": deep,
    "存在别处": far,
    "多媒体": movie,
    "展开后太大": bomb,
}


@pytest.mark.parametrize("what", PDF)
def test_a_pdf_that_does_something_is_refused(what):
    with pytest.raises(Refusal, match=what):
        taken("a.pdf", pdf_with(PDF[what]))


@pytest.mark.parametrize("user", ["", "secret"])
def test_an_encrypted_pdf_is_refused(user):
    locked = pdf_with(lambda paper, page: None, encryption=pikepdf.Encryption(owner="o", user=user))
    with pytest.raises(Refusal, match="密码"):
        taken("a.pdf", locked)


def test_a_pdf_with_a_link_opens():
    assert taken("a.pdf", pdf_with(action("/URI", URI="https://www.gov.cn/"))).kind == "pdf"


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("没有结尾", good_pdf()[:-30]),
        ("后面接有", good_pdf() + zipped({"a": b"x"})),
        ("文件头", b"%PDF-x" + good_pdf()),
        ("不完整或已损坏", b"%PDF-1.7\nrubbish\n%%EOF"),
        ("没有一页", saved(pikepdf.new())),
        ("对象太多", good_pdf().replace(b"/Size", b"/Size 900000 %", 1)),
        ("对象太多", good_pdf() + b"1 0 obj " * 200_001 + b"%%EOF"),
    ],
)
def test_a_broken_pdf_is_refused(what, content):
    with pytest.raises(Refusal, match=what):
        taken("a.pdf", content)


JPEG = good_image("JPEG", (300, 300))
PNG = good_image()
HUGE = PNG[:16] + (100_000).to_bytes(4, "big") * 2 + PNG[24:]


def summed(content):
    import zlib

    return content[:29] + zlib.crc32(content[12:29]).to_bytes(4, "big") + content[33:]


@pytest.mark.parametrize(
    ("name", "what", "content"),
    [
        ("a.png", "太大", summed(HUGE)),
        ("a.png", "校验码", HUGE),
        ("a.png", "没有结尾", PNG[:-12]),
        ("a.png", "接有别的文件", PNG + zipped({"a": b"x"})),
        ("a.png", "藏有脚本", PNG + b"<script>"),
        ("a.jpg", "没有结尾", JPEG[:-40]),
        ("a.jpg", "接有别的文件", JPEG + zipped({"a": b"x"})),
        ("a.jpg", "损坏|不完整", JPEG[:200] + b"\xff\xd9"),
        ("a.tif", "接有别的文件", good_image("TIFF") + zipped({"a": b"x"})),
        ("a.tif", "损坏|不完整", good_image("TIFF")[:40]),
    ],
)
def test_a_bad_picture_is_refused(name, what, content):
    with pytest.raises(Refusal, match=what):
        taken(name, content)


def test_a_camera_puts_pictures_after_one_another():
    assert taken("a.jpg", JPEG + bytes(8) + JPEG).kind == "jpeg"


def test_too_many_pages_of_a_picture_are_refused(monkeypatch):
    frames = [Image.new("1", (9, 9)) for _ in range(302)]
    pages = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with pytest.raises(Refusal, match="页数太多"):
        taken("a.tif", pages)


@pytest.mark.parametrize(
    ("name", "what", "content"),
    [
        ("a.pdf", "可执行程序", b"MZ\x90\x00"),
        ("a.png", "网页", b"<!DOCTYPE html><html>"),
        ("a.txt", "脚本", b"#!/bin/sh\nrm"),
        ("a.png", "SVG", b"<svg xmlns='x'><script/></svg>"),
        ("a.docx", "旧版 Office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.zip", "rar", b"Rar!\x1a\x07\x00"),
        ("a.jpg", "GIF", b"GIF89a"),
        ("a.txt", "空文件", b""),
        ("a.txt", "不认识", b"\x00\x01"),
        ("a.txt", "空字节", b"x" * 5000 + b"\x00"),
        ("a.txt", "脚本或网页", b"x\n" * 4000 + b"<script>" + b"y" * 4000),
        ("a.kml", "实体定义", b"<!DOCTYPE kml [<!ENTITY a 'b'>]><kml>&a;</kml>"),
    ],
)
def test_kinds_that_do_harm_are_refused(name, what, content):
    with pytest.raises(Refusal, match=what):
        taken(name, content)


def test_a_file_larger_than_its_kind_may_be_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.write(b"x" * 4096)
        file.truncate(kinds()["text"].max_bytes + 1)
    with pytest.raises(Refusal, match="文件太大"):
        check_file(path, "a.txt")
    with path.open("r+b") as file:
        file.truncate(10**12)
    with pytest.raises(Refusal, match="文件太大"), taken_in("a.txt", path=path):
        pass


def test_every_refused_kind_says_what_to_do():
    assert all(one["title"] and one["remedy"] for one in table()["refused"].values())


def test_what_is_refused_leaves_nothing(home):
    with pytest.raises(Refusal):
        taken("a.pdf", b"MZ\x00")
    assert list((home / "files" / "incoming").iterdir()) == []
    assert store.sweep() == 0
