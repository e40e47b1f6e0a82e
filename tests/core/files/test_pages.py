"""Documents on their pages, and files on their way out: to those who may, and harmless."""

import csv
import io

import openpyxl
import pytest

from guotu.core.files import exports, marking, queries, serving, views
from guotu.core.files.models import File
from guotu.core.journal.actions import COUNTY, perform
from tests.core.files.test_documents import issued
from tests.site.conftest import county, signed_in

__all__ = ["county"]


@pytest.fixture
def reader(county):
    return signed_in("reader", ["files.read"])


@pytest.fixture
def document(county):
    return issued(subject="review:7")


def test_the_list_and_the_page_show_a_document(reader, document):
    listed = reader.get("/documents/").content.decode()
    assert document.code in listed
    assert f"/documents/{document.pk}/" in listed
    page = reader.get(f"/documents/{document.pk}/").content.decode()
    for words in (document.title, document.file.sha256, "建设用地审批文件", "请依法办理。"):
        assert words in page
    assert page.count(f"/files/{document.file_id}/download") == 2, "its file, and its paper"


def test_the_list_is_filtered_by_address(reader, document):
    assert document.code in reader.get("/documents/?series=land_approval").content.decode()
    assert document.code not in reader.get("/documents/?series=bureau").content.decode()
    for odd in ("year=abcd", "year=99999", "page=x", "kind=%00", "q=" + "长" * 500):
        assert reader.get(f"/documents/?{odd}").status_code == 200


def test_the_list_is_taken_along(reader, document):
    told = reader.get("/documents/list.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(told)))
    assert rows[0][0] == "发文字号"
    assert rows[-1][:3] == [document.code, "批复", document.title]
    book = openpyxl.load_workbook(io.BytesIO(reader.get("/documents/list.xlsx").content))
    assert book.active.cell(book.active.max_row, 1).value == document.code


def test_too_many_are_not_taken_along_at_once(reader, document, monkeypatch):
    monkeypatch.setattr(views, "_MOST_EXPORTED", 0)
    assert reader.get("/documents/list.csv").status_code == 422


def test_a_real_county_marks_nothing(document, monkeypatch):
    monkeypatch.setattr(marking, "_said", [lambda: ""])
    rows = exports.rows_of([document])
    assert exports.as_csv(rows).decode("utf-8-sig").splitlines()[1].startswith(document.code)
    book = openpyxl.load_workbook(io.BytesIO(exports.as_workbook(rows, "公文")))
    assert book.active["A1"].value == "发文字号"


def test_a_title_like_a_formula_is_text(reader, county):
    issued(title="=1+1")
    told = reader.get("/documents/list.csv").content.decode()
    assert ",'=1+1," in told


def test_a_voided_document_says_so(reader, document):
    number = {"series": "land_approval", "year": document.dated.year, "number": 1}
    perform("files.void_number", COUNTY, reason="打印有误", **number)
    assert "作废" in reader.get("/documents/").content.decode()
    assert "打印有误" in reader.get(f"/documents/{document.pk}/").content.decode()


def test_a_file_comes_as_something_to_save(reader, document):
    answer = reader.get(f"/files/{document.file_id}/download")
    assert b"".join(answer.streaming_content) == queries.path_of(document.file).read_bytes()
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert answer["ETag"] == f'"{document.file.sha256}"'
    assert "wordprocessingml" in answer["Content-Type"]


def test_a_part_of_a_file_is_sent(reader, document):
    content = queries.path_of(document.file).read_bytes()
    address = f"/files/{document.file_id}/download"
    part = reader.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, content[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(content)}"
    assert reader.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
    known = {"If-None-Match": f'"{document.file.sha256}"'}
    assert reader.get(address, headers=known).status_code == 304
    stale = reader.get(address, headers={"Range": "bytes=0-1", "If-Range": '"x"'})
    assert stale.status_code == 200
    assert reader.head(address)["Content-Length"] == str(len(content))


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=0-1,3-4", None),
        ("bytes=" + "9" * 40 + "-", None),
        ("bytes=0-", (0, 99)),
        ("bytes=-5", (95, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=90-200", (90, 99)),
        ("bytes=100-", (100, 99)),
    ],
)
def test_ranges(header, span):
    assert serving.byte_range(header, 100) == span


def test_what_one_may_not_read_is_not_there(reader, document):
    secret = issued(title="涉密", secrecy="secret")
    for address in (f"/documents/{secret.pk}/", f"/files/{secret.file_id}/download"):
        assert reader.get(address).status_code == 404
    assert secret.code not in reader.get("/documents/").content.decode()
    assert secret.code not in reader.get("/documents/list.csv").content.decode()
    nobody = signed_in("nobody", ["atlas.read"])
    for address in ("/documents/", "/documents/list.csv", f"/files/{document.file_id}/download"):
        assert nobody.get(address).status_code == 403


def test_a_secret_file_is_not_left_in_a_browser(county, document):
    File.objects.filter(pk=document.file_id).update(secrecy="secret")
    keeper = signed_in("keeper", ["files.read", "files.read_secret"])
    answer = keeper.get(f"/files/{document.file_id}/download")
    assert answer["Cache-Control"] == "no-store"


def test_bytes_that_are_gone_are_said_to_be_gone(reader, document):
    queries.path_of(document.file).unlink()
    answer = reader.get(f"/files/{document.file_id}/download")
    assert answer.status_code == 422
    assert "备份" in answer.content.decode()
