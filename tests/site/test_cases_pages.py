"""The pages of cases as a clerk uses them: desk, list, case, step, what is shown beforehand."""

import io
import re

import openpyxl
import pytest

from guotu.core.cases import actions as _acts  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Case, SavedView, Step
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.core.people.models import Post
from tests.core.cases.handling import GIVES, SHIPPED
from tests.site.conftest import signed_in

TAKES = ["atlas.read", "cases.read", "cases.handle"]
POSTS = {
    "window": ("support", [*TAKES, "cases.open", "cases.execute", "cases.allot"]),
    "undertaker": ("execute", [*TAKES, "cases.execute", "files.read"]),
    "approver": ("decide", [*TAKES, "cases.decide"]),
}


@pytest.fixture
def office(county):
    """Put the general process into force, and give the clients of those who take its steps."""
    clients = {name: signed_in(name, powers) for name, (_tag, powers) in POSTS.items()}
    for name, (tag, _powers) in POSTS.items():
        Post.objects.filter(code=name).update(tag=tag, name=f"{name}岗")
        post = Post.objects.get(code=name).pk
        perform("cases.assign_role", COUNTY, reason="表", role=name, post=post)
    perform("cases.deploy_process", COUNTY, files=SHIPPED)
    return clients


def fields(answer) -> dict[str, str]:
    """Return the hidden fields of the form that an answer shows for confirming."""
    body = answer.content.decode()
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', body)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def opened(client, **more) -> Case:
    """Open a case through the pages: what it would do, then the act."""
    form = {"process": "general", "title": "双桥村通村公路用地", **more}
    looked = client.post("/cases/new/", form)
    assert looked.status_code == 200, looked.content.decode()
    assert not Case.objects.exists()
    done = client.post("/cases/new/", fields(looked))
    case = Case.objects.get()
    assert done.headers["Location"] == f"/cases/{case.pk}/"
    return case


def test_opening_shows_number_clock_and_who_gets_it_before_it_is_done(office):
    looked = office["window"].post("/cases/new/", {"process": "general", "title": "路"})
    body = looked.content.decode()
    assert "编号：" in body
    assert "期限：" in body
    assert "“受理审查”交到window岗" in body
    assert not Case.objects.exists()


def test_opening_refused_keeps_what_was_filled_in(office):
    told = {"process": "general", "title": "", "about": "parcel:7"}
    answer = office["window"].post("/cases/new/", told)
    assert answer.status_code == 422
    assert "没有写事由" in answer.content.decode()
    assert "parcel:7" in answer.content.decode()


def test_the_place_gives_the_division_and_nonsense_is_refused(office):
    told = {"process": "general", "title": "路", "longitude": "x", "latitude": "1"}
    assert office["window"].post("/cases/new/", told).status_code == 422
    case = opened(office["window"], longitude="113.6", latitude="28.7")
    assert (case.longitude, case.latitude) == (113.6, 28.7)


def test_a_step_is_looked_at_then_taken_once_however_often_it_is_sent(office):
    case = opened(office["window"])
    step = Step.objects.get(case=case, state="waiting")
    address = f"/cases/{case.pk}/steps/{step.pk}/"
    page = office["window"].get(f"/cases/{case.pk}/").content.decode()
    for word in ("下一步：受理审查", 'value="齐全"', 'value="缺件"', "归我的缘由"):
        assert word in page
    looked = office["window"].post(address, {"v-papers": "齐全"})
    assert "“承办”交到undertaker岗" in looked.content.decode()
    assert Step.objects.get(pk=step.pk).state == "waiting"
    for _ in range(2):
        done = office["window"].post(address, fields(looked))
        assert done.headers["Location"] == f"/cases/{case.pk}/"
    assert Step.objects.filter(case=case, state="waiting").get().element == "undertake"
    assert Entry.objects.filter(verb="cases.complete").count() == 1


def test_a_step_refused_says_why_beside_what_was_filled_in(office):
    case = opened(office["window"])
    step = Step.objects.get(case=case, state="waiting")
    looked = office["window"].post(f"/cases/{case.pk}/steps/{step.pk}/", {"v-papers": "齐全"})
    office["window"].post(f"/cases/{case.pk}/steps/{step.pk}/", fields(looked))
    step = Step.objects.get(case=case, state="waiting")
    told = {"v-finding": "拟准予", "risk-0": ""}
    answer = office["undertaker"].post(f"/cases/{case.pk}/steps/{step.pk}/", told)
    assert answer.status_code == 422
    assert "廉政风险点" in answer.content.decode()
    assert "拟准予" in answer.content.decode()


def test_another_s_step_is_not_offered_and_not_taken(office):
    case = opened(office["window"])
    step = Step.objects.get(case=case, state="waiting")
    page = office["approver"].get(f"/cases/{case.pk}/").content.decode()
    assert "下一步：" not in page
    assert "现在等谁" in page
    answer = office["approver"].post(f"/cases/{case.pk}/steps/{step.pk}/", {"v-papers": "齐全"})
    assert answer.status_code == 422
    assert Step.objects.get(pk=step.pk).state == "waiting"


def test_a_draft_keeps_itself_and_is_shown_again(office):
    case = opened(office["window"])
    office["window"].get(f"/cases/{case.pk}/")
    step = Step.objects.get(case=case, state="waiting")
    assert step.seen_at is not None
    looked = office["window"].post(f"/cases/{case.pk}/steps/{step.pk}/", {"v-papers": "齐全"})
    office["window"].post(f"/cases/{case.pk}/steps/{step.pk}/", fields(looked))
    step = Step.objects.get(case=case, state="waiting")
    kept = office["undertaker"].post(
        f"/cases/{case.pk}/steps/{step.pk}/draft/",
        {"v-finding": GIVES["undertake"]["finding"]},
        headers={"accept": "application/json"},
    )
    assert kept.status_code == 200
    page = office["undertaker"].get(f"/cases/{case.pk}/").content.decode()
    assert GIVES["undertake"]["finding"] in page
    assert "草稿已存" in page


def test_the_page_of_a_case_says_where_it_stands_and_what_was_done(office):
    case = opened(office["window"], longitude="113.6", latitude="28.7")
    page = office["window"].get(f"/cases/{case.pk}/").content.decode()
    for word in (
        "办到哪里",
        "期限",
        "材料和公文",
        "办理经过",
        "受理办件",
        case.number,
        "登记干预过问",
    ):
        assert word in page
    assert '{"here": ["intake"], "done": []}' in page
    assert "style=" not in page
    place = office["window"].get(f"/cases/{case.pk}/place.geojson").json()
    assert place["features"][0]["geometry"]["coordinates"] == [113.6, 28.7]
    drawing = office["window"].get(f"/cases/processes/{case.process_id}.bpmn")
    assert b"BPMNDiagram" in drawing.content


def test_asking_answering_and_urging_go_by_the_page(office):
    case = opened(office["window"])
    step = Step.objects.get(case=case, state="waiting")
    asked = Post.objects.get(code="undertaker").pk
    act = f"/cases/{case.pk}/act"
    told = {"step": step.pk, "post": asked, "kind": "consult", "text": "是否占用红线"}
    looked = office["window"].post(f"{act}/ask/", told)
    assert "向undertaker岗征求意见" in looked.content.decode()
    office["window"].post(f"{act}/ask/", fields(looked))
    desk = office["undertaker"].get("/desk/").content.decode()
    assert "要答复的 1 条" in desk
    assert "是否占用红线" in desk
    note = case.notes.get().pk
    looked = office["undertaker"].post(f"{act}/answer/", {"note": note, "text": "不占"})
    office["undertaker"].post(f"{act}/answer/", fields(looked))
    assert "不占" in office["window"].get(f"/cases/{case.pk}/").content.decode()
    looked = office["approver"].post(f"{act}/urge/", {"step": step.pk, "text": "请抓紧"})
    assert "催办，提醒window岗" in looked.content.decode()
    office["approver"].post(f"{act}/urge/", fields(looked))
    assert "提醒 1 条" in office["window"].get("/desk/").content.decode()


def test_the_list_filters_exports_and_keeps_views(office):
    case = opened(office["window"], title="=HYPERLINK(1)")
    client = office["window"]
    assert case.number in client.get("/cases/?text=HYPER").content.decode()
    assert "没有符合条件的办件" in client.get("/cases/?text=nothing").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get("/cases/export.xlsx").content))
    cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert any(str(cell).startswith("合计 1 件") for cell in cells)
    assert "'=HYPERLINK(1)" in client.get("/cases/export.csv").content.decode()
    client.post("/cases/views/", {"name": "我的逾期", "query": "due=overdue&evil=1"})
    assert SavedView.objects.get().query == "due=overdue"
    assert "我的逾期" in client.get("/cases/").content.decode()
    client.post("/cases/views/", {"drop": SavedView.objects.get().pk})
    assert not SavedView.objects.exists()
    assert client.get("/cases/map.geojson?bbox=x").status_code == 200
    assert client.get("/cases/map.geojson?bbox=5,5,1,1").status_code == 422


def test_search_finds_a_case_by_number_and_subject(office):
    case = opened(office["window"])
    for text in (case.number, "通村公路"):
        body = office["window"].get("/search/", {"q": text}).content.decode()
        assert f'data-address="/cases/{case.pk}/"' in body


def test_the_leader_s_figures_open_their_lists(office):
    case = opened(office["window"])
    page = office["window"].get("/cases/leader/").content.decode()
    links = set(re.findall(r'href="(/cases/\?[^"]+)"', page))
    assert links
    for link in links:
        assert office["window"].get(link.replace("&amp;", "&")).status_code == 200
    step = next(link for link in links if "step=" in link and "due" not in link)
    assert case.number in office["window"].get(step.replace("&amp;", "&")).content.decode()
    assert "受理审查" in office["window"].get("/cases/leader.csv").content.decode()


def test_processes_and_assignments_say_what_is_in_force(office):
    client = office["window"]
    assert "一般办件" in client.get("/cases/processes/").content.decode()
    number = Case.objects.none() and 0
    number = opened(client).process_id
    page = client.get(f"/cases/processes/{number}/").content.decode()
    for word in ("受理与审批分离", "undertaker岗", "没有分派规则", "廉政风险点"):
        assert word in page
    told = {"role": "reviewer", "post": Post.objects.get(code="undertaker").pk}
    looked = client.post("/cases/assignments/", told)
    client.post("/cases/assignments/", fields(looked))
    assert "审核" in client.get("/cases/assignments.csv").content.decode()


def test_an_intervention_is_recorded_and_listed_without_who_and_what(office):
    case = opened(office["window"])
    told = {"asker": "某领导", "said": "照顾一下", "manner": "电话", "on": "2026-01-05"}
    looked = office["window"].post(f"/cases/{case.pk}/intervention/", told)
    office["window"].post(f"/cases/{case.pk}/intervention/", fields(looked))
    page = office["window"].get("/cases/interventions/").content.decode()
    assert case.number in page
    assert "照顾一下" not in page
    assert "某领导" not in page
    reader = signed_in("jijian", ["cases.read", "cases.read_interventions"])
    seen = reader.post("/cases/interventions/look/", {"case": case.pk, "reason": "核查"})
    assert "照顾一下" in seen.content.decode()
    assert Entry.objects.filter(verb="cases.look_at_interventions").count() == 1


def test_empty_pages_say_how_to_begin(county):
    client = signed_in("new", [*TAKES, "cases.open"])
    assert "现在没有要办的" in client.get("/desk/").content.decode()
    assert "用“新收办件”登记" in client.get("/cases/").content.decode()
    assert "guotu process deploy" in client.get("/cases/new/").content.decode()
    assert "没有在办的件" in client.get("/cases/leader/").content.decode()
