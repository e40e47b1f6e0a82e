"""A document is issued whole: number, words, file; read by class and area; voided, never undone."""

import io

import docx
import pytest
from django.db import connection

from guotu.core.files import documents, marking, queries, store
from guotu.core.files.models import Attachment, Document, File, Number
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, Actor, perform, preview
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal

READER = Actor(1, 1, frozenset({"files.read"}))
FACTS = {
    "series": "land_approval",
    "kind": "批复",
    "title": "关于双桥村安置区用地的批复",
    "body": "一、同意用地。\n请依法办理。",
    "organ": "云溪县自然资源局",
    "addressees": ["双桥镇人民政府"],
}


def issued(**more):
    return perform("files.issue_document", COUNTY, **(FACTS | more)).answer


@pytest.mark.django_db
def test_a_document_is_numbered_written_and_kept():
    document = issued(subject="review:7")
    year = clock.today().year
    assert document.code == f"自然资批〔{year}〕1号"
    assert document.file.kind == "docx"
    content = queries.path_of(document.file).read_bytes()
    words = "\n".join(one.text for one in docx.Document(io.BytesIO(content)).paragraphs)
    assert all(part in words for part in (document.code, FACTS["title"], "请依法办理。"))
    assert [one.title for one in queries.papers_of("review:7")] == [document.code]
    entry = Entry.objects.get()
    assert entry.subject == f"document:{document.pk}"
    assert [one["kind"] for one in entry.effects] == ["number", "change", "change"]
    assert FACTS["title"] not in str(entry.effects) + str(entry.outcome)


def words_of(document):
    content = queries.path_of(document.file).read_bytes()
    made = docx.Document(io.BytesIO(content))
    header = made.sections[0].first_page_header
    return [one.text for part in (header, made) for one in part.paragraphs if one.text]


@pytest.mark.django_db
def test_a_letter_an_order_and_minutes_go_out_in_their_own_forms():
    letter = issued(series="bureau_letter", kind="函", title="关于用地的函")
    assert words_of(letter)[0] == FACTS["organ"], "the organ alone, by the paper's edge"
    signed = {"signer": "林知远", "signer_title": "县长", "addressees": []}
    for number in (1, 2):
        order = issued(series="order", kind="命令", organ="云溪县人民政府", **signed)
        assert words_of(order)[:2] == ["云溪县人民政府令", f"第{number}号"]
    minutes = issued(series="minutes", kind="纪要", present=("县自然资源局 林知远",), addressees=[])
    assert words_of(minutes)[0] == f"{FACTS['organ']}会议纪要"
    assert "出席：县自然资源局 林知远" in words_of(minutes)
    general = issued(series="bureau_letter", kind="函", form="general")
    assert words_of(general)[0] == f"{FACTS['organ']}文件"


@pytest.mark.django_db
def test_a_preview_issues_nothing_and_leaves_no_bytes(home):
    shown = preview("files.issue_document", COUNTY, **FACTS)
    assert shown.effects[0].facts["number"] == 1
    assert (Document.objects.count(), Number.objects.count(), File.objects.count()) == (0, 0, 0)
    assert [path for path in (home / "files").rglob("*") if path.is_file()] == []
    assert issued().number.number == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"kind": "报告单"}, "文种"),
        ({"addressees": []}, "主送机关"),
        ({"body": " "}, "正文"),
        ({"series": "nowhere"}, "没有登记"),
        ({"secrecy": "public"}, "没有这个密级"),
        ({"kind": "请示"}, "签发人"),
        ({"form": "poster"}, "没有这种格式"),
        ({"kind": "纪要"}, "出席"),
    ],
)
def test_what_is_lacking_refuses_and_takes_no_number(wrong, what):
    with pytest.raises(Refusal, match=what):
        issued(**wrong)
    assert Number.objects.count() == 0
    assert issued().number.number == 1


@pytest.mark.django_db
def test_a_fictional_county_marks_its_papers(monkeypatch):
    monkeypatch.setattr(marking, "_said", [lambda: ""])
    marking.use_mark(lambda: "虚构县，不得用于办事")
    content = queries.path_of(issued().file).read_bytes()
    header = docx.Document(io.BytesIO(content)).sections[0].header
    assert header.paragraphs[0].text == "虚构县，不得用于办事"


@pytest.mark.django_db
def test_a_document_is_listed_to_those_who_may_read_it():
    open_one = issued(secrecy="open")
    secret = issued(title="涉密", secrecy="secret")
    placed = issued(title="镇", division_code="430999101000")
    county, town, other = (
        Actor(1, 1, frozenset({"files.read"}), areas)
        for areas in (None, frozenset({"430999101"}), frozenset({"430999102"}))
    )
    keeper = Actor(1, 1, frozenset({"files.read", "files.read_secret"}))
    for actor, seen in (
        (county, {open_one, placed}),
        (town, {placed}),
        (other, set()),
        (keeper, {open_one, secret, placed}),
        (COUNTY, {open_one, secret, placed}),
        (Actor(1, 1), set()),
    ):
        assert set(queries.documents(actor)) == seen
        for one in (open_one, secret, placed):
            assert (queries.document(one.pk, actor) is not None) == (one in seen)
            assert queries.may_read(actor, one.file) == (one in seen)


@pytest.mark.django_db
def test_the_list_is_filtered():
    year = clock.today().year
    first, second = issued(), issued(series="bureau", kind="通知", title="关于值班的通知")
    for asked, found in (
        ({"series": "bureau"}, [second]),
        ({"kind": "批复"}, [first]),
        ({"year": year}, [second, first]),
        ({"year": year - 1}, []),
        ({"text": "值班"}, [second]),
        ({"text": first.code}, [first]),
    ):
        assert list(queries.documents(COUNTY, **asked)) == found
    assert queries.years() == [year]


@pytest.mark.django_db
def test_a_voided_number_voids_its_document():
    document = issued()
    number = {"series": "land_approval", "year": document.dated.year, "number": 1}
    done = perform("files.void_number", COUNTY, reason="印错", **number)
    assert done.effects[0].facts["document"] == document.pk
    assert Document.objects.get().is_void
    assert issued().number.number == 2


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["files_document", "files_attachment", "files_file"])
def test_the_database_itself_keeps_what_was_issued(table):
    issued(subject="review:1")
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def keep(**more):
    return perform("files.keep", COUNTY, **({"name": "a.txt", "data": b"x"} | more)).answer


@pytest.mark.django_db
def test_a_file_is_attached_and_takes_the_stricter_class():
    file = keep()
    facts = {"subject": "case:3", "file_id": file.pk, "title": "申请书", "paper": "申请书"}
    link = perform("files.attach", COUNTY, secrecy="secret", **facts).answer
    assert (link.file_id, link.secrecy) == (file.pk, "secret")
    assert File.objects.get().secrecy == "secret"
    assert queries.papers_of("case:3", READER) == []
    assert queries.papers_of("case:3", COUNTY) == [link]
    with pytest.raises(Refusal, match="权限"):
        perform("files.attach", Actor(1, 1, frozenset({"files.read", "files.attach"})), **facts)
    for wrong, what in (
        ({"subject": "case"}, "属于什么"),
        ({"title": " "}, "没有名称"),
        ({"paper": "某物"}, "没有这种材料"),
        ({"file_id": 99}, "没有这个文件"),
        ({"secrecy": "x"}, "没有这个密级"),
    ):
        with pytest.raises(Refusal, match=what):
            perform("files.attach", COUNTY, **(facts | wrong))
    assert Attachment.objects.count() == 1


@pytest.mark.django_db
def test_a_class_changes_with_a_reason_only():
    file = keep()
    with pytest.raises(Refusal, match="理由"):
        perform("files.reclassify", COUNTY, file_id=file.pk, secrecy="secret")
    done = perform("files.reclassify", COUNTY, reason="依据", file_id=file.pk, secrecy="secret")
    assert done.effects[0].facts["after"] == "secret"
    with pytest.raises(Refusal, match="没有变化"):
        perform("files.reclassify", COUNTY, reason="依据", file_id=file.pk, secrecy="secret")
    assert keep(secrecy="open").secrecy == "secret", "the same bytes keep the stricter class"


@pytest.mark.django_db
def test_a_preview_of_keeping_leaves_no_bytes(home):
    shown = preview("files.keep", COUNTY, name="a.txt", data=b"x")
    assert shown.outcome["kind"] == "text"
    assert [path for path in (home / "files").rglob("*") if path.is_file()] == []
    assert File.objects.count() == 0


@pytest.mark.django_db
def test_facts_found_inside_are_kept():
    file = keep()
    assert file.facts == {"lines": 1}
    assert store.place_of(file.sha256).exists()


def test_a_document_is_a_kind_of_paper():
    assert documents.PAPER in queries.kinds_of_paper()


@pytest.mark.django_db
def test_each_is_called_by_its_name():
    document = issued(subject="review:1")
    assert str(document) == f"{document.code} {FACTS['title']}"
    assert str(document.file) == document.file.name
    assert str(document.number) == f"land_approval {document.dated.year} 1"
    assert str(Attachment.objects.get()) == document.code
