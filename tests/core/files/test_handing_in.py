"""A clerk hands in a file: kept with class, purpose and place; what is wrong is told in full."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from guotu.core.files import handing_in, queries
from guotu.core.files.models import Attachment, File
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.lib.refusal import Refusal
from tests.core.files.conftest import good_pdf
from tests.core.files.test_documents import issued
from tests.site.conftest import county, signed_in

__all__ = ["county"]
NEW = "/documents/files/new/"
TOLD = {"purpose": "双桥村安置区报批", "secrecy": "internal", "name": "项目申请书"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def keeper(county):
    return signed_in("keeper", ["files.read", "files.keep", "files.attach"])


def handed(client, data=None, own="a.pdf", headers=None, **more):
    file = SimpleUploadedFile(own, good_pdf() if data is None else data)
    return client.post(NEW, {**TOLD, "file": file, **more}, headers=headers)


def town(code="430999101", name="甲乡"):
    perform("people.load_divisions", COUNTY, rows=[{"code": code, "name": name}])


def test_a_file_is_kept_and_shown(keeper):
    answer = handed(keeper)
    file = File.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/documents/files/{file.pk}/")
    assert (file.name, file.purpose, file.secrecy) == (
        "项目申请书.pdf",
        TOLD["purpose"],
        "internal",
    )
    page = keeper.get(answer["Location"]).content.decode()
    for words in ("已收存：项目申请书.pdf", TOLD["purpose"], "内部", "PDF", file.sha256, "30 天"):
        assert words in page
    assert "项目申请书.pdf" in keeper.get("/documents/files/").content.decode()
    assert "项目申请书.pdf" in keeper.get("/documents/files/?q=安置区").content.decode()
    assert "项目申请书.pdf" not in keeper.get("/documents/files/?q=没有").content.decode()


def test_a_program_is_told_in_json(keeper):
    answer = handed(keeper, headers=JSON)
    assert answer.status_code == 201
    assert answer.json()["url"] == f"/documents/files/{File.objects.get().pk}/"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.pdf", b"MZ\x00\x01", {"what": "不收这种文件：内容是可执行程序"}),
        ("a.docx", None, {"what": "文件名与内容不符", "remedy": "核对是否选错了文件"}),
        ("a.exe.pdf", None, {"what": "扩展名“.exe”"}),
        ("a.pdf", b"", {"what": "空文件"}),
    ],
)
def test_a_wrong_file_is_refused_in_full(keeper, name, data, told):
    answer = handed(keeper, data, name, headers=JSON, name="")
    said = answer.json()
    assert answer.status_code == 422
    for part, words in told.items():
        assert words in said[part]
    assert all(said[part] for part in ("what", "where", "rule", "remedy"))
    assert not File.objects.exists()
    assert "不能办理" in handed(keeper, data, name, name="").content.decode()


def test_without_a_purpose_or_a_file_nothing_is_kept(keeper):
    assert "用途" in handed(keeper, headers=JSON, purpose=" ").json()["what"]
    assert "没有选择文件" in keeper.post(NEW, TOLD, headers=JSON).json()["what"]
    assert not File.objects.exists()
    with pytest.raises(Refusal, match="用途写得太长"):
        perform("files.keep", COUNTY, name="a.txt", data=b"a", purpose="长" * 201)


def test_a_double_click_acts_once(keeper):
    first = handed(keeper, key="once")
    again = handed(keeper, key="once")
    assert first["Location"] == again["Location"]
    assert File.objects.count() == 1
    other = signed_in("other", ["files.read", "files.keep"])
    assert handed(other, key="once").status_code == 404, "a key of somebody else tells nothing"


def test_a_large_file_comes_by_way_of_the_disk(keeper, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    data = good_pdf(3)
    assert handed(keeper, data).status_code == 302
    assert queries.path_of(File.objects.get()).read_bytes() == data


@pytest.mark.parametrize(
    ("wanted", "own", "name"),
    [
        ("", "a.pdf", "a.pdf"),
        ("申请书", "a.pdf", "申请书.pdf"),
        ("申请书.PDF", "a.pdf", "申请书.PDF"),
        ("申请书", "a", "申请书"),
    ],
)
def test_the_ending_stays(wanted, own, name):
    assert handing_in.named(wanted, SimpleUploadedFile(own, b"x")) == name


def test_a_township_keeps_for_its_own_place(county):
    own = signed_in("own", ["files.read", "files.keep"], areas=["430999101"])
    assert "430999101" in own.get(NEW).content.decode(), "though no divisions were loaded"
    town()
    town("430999102", "乙乡")
    form = own.get(NEW).content.decode()
    assert "甲乡" in form
    assert "乙乡" not in form
    assert "全县" not in form
    assert handed(own, headers=JSON).json()["what"] == "不能为本岗位辖区以外收存材料"
    assert handed(own, headers=JSON, division="430999102").status_code == 422
    address = handed(own, headers=JSON, division="430999101").json()["url"]
    assert own.get(address).status_code == 200
    neighbour = signed_in("neighbour", ["files.read"], areas=["430999102"])
    assert neighbour.get(address).status_code == 404
    assert "项目申请书" not in neighbour.get("/documents/files/").content.decode()


def test_whoever_may_not_read_what_is_kept_comes_back_to_the_form(county):
    blind = signed_in("blind", ["files.keep"])
    answer = handed(blind)
    assert answer["Location"] == NEW
    page = blind.get(NEW).content.decode()
    assert "已收存：项目申请书" in page
    assert "涉密" not in page, "a class one may not read is not offered"


def test_a_file_is_attached_from_its_page(keeper):
    address = handed(keeper)["Location"]
    told = {"subject": "review:12", "title": "申请书", "paper": "申请书", "secrecy": "internal"}
    assert keeper.post(f"{address}attach/", told)["Location"] == address
    assert Attachment.objects.get().subject == "review:12"
    page = keeper.get(address).content.decode()
    assert "review:12" in page
    assert "可以清理" not in page
    wrong = keeper.post(f"{address}attach/", {**told, "subject": "12"}, headers=JSON)
    assert wrong.status_code == 422
    assert "review:12" in json.loads(wrong.content)["remedy"]


def test_a_document_of_the_county_is_not_in_the_list_of_what_was_handed_in(keeper):
    document = issued()
    assert document.file.name not in keeper.get("/documents/files/").content.decode()
    assert "还没有材料" in keeper.get("/documents/files/").content.decode()
    assert keeper.get(f"/documents/files/{document.file_id}/").status_code == 200


def test_the_list_and_the_door_agree(keeper):
    """`readable` in the database and `may_read` in the program are one rule."""
    town()
    for number, (secrecy, place) in enumerate(
        [("open", ""), ("secret", ""), ("internal", "430999101"), ("secret", "430999101")]
    ):
        facts = {"secrecy": secrecy, "division_code": place}
        perform("files.keep", COUNTY, name="a.txt", data=b"%d" % number, **facts)
    both, read = frozenset({"files.read", "files.read_secret"}), frozenset({"files.read"})
    place = frozenset({"430999101"})
    for actor in (COUNTY, *(Actor(1, 1, p, a) for p in (both, read) for a in (None, place))):
        listed = set(queries.kept(actor))
        assert listed == {one for one in File.objects.all() if queries.may_read(actor, one)}
