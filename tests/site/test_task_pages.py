"""The pages of supervised tasks: twenty rows given out at once, reported on, checked, closed."""

import io
import json
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guotu.core.cases.models import Feedback, Source, Task
from guotu.core.people.models import Person
from tests.core.cases.supervising import POSTS, bureau, post_of
from tests.site.conftest import PASSWORD, give_second_factor

pytestmark = pytest.mark.django_db
TEXT = """会议听取了耕地保护股的汇报。
一、由耕地保护股牵头，会同双桥镇国土所，年底前完成全县撂荒耕地摸底；
二、矿产股务必在三个工作日内核实石门村违建线索；
三、过去一年成绩显著。"""


@pytest.fixture
def office(county):
    """Give the bureau."""
    return bureau()


@pytest.fixture
def as_(office):
    """Give a function that returns the client of somebody in the bureau."""

    def signed(name):
        client = Client(HTTP_HOST="localhost")
        assert client.login(username=name, password="a long enough pass phrase")
        give_second_factor(client, name)
        return client

    return signed


def page(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def fields(html: str) -> dict[str, str]:
    """Return what a page's inputs, selects and texts hold, as a browser would send them."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if not name or ('type="checkbox"' in tag and "checked" not in tag):
            continue
        found[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    texts = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.S)
    return found | dict(texts)


def meeting(text=TEXT):
    return {"kind": "meeting", "title": "局长办公会", "on": "2026-01-05", "text": text}


def test_a_pasted_text_becomes_rows_then_tasks(as_):
    client = as_("office")
    html = page(client.post("/tasks/new/", {**meeting(), "step": "read"}))
    told = fields(html)
    assert told["r1-title"].startswith("耕地保护股牵头")
    assert told["r1-keep"] == "yes"
    assert told["r1-due"] == "2026-12-31"
    assert told["r1-assisting"] == "双桥镇国土所"
    assert told["r2-due"] == "2026-01-08"
    assert "r0-keep" not in told
    looked = page(client.post("/tasks/new/", {**told, "step": "look"}))
    assert "确认交办 2 件" in looked
    assert not Task.objects.exists()
    sent = {**fields(looked), "step": "give"}
    for _ in range(2):
        answer = client.post("/tasks/new/", sent)
        assert answer.status_code == 302
    assert Task.objects.count() == 2
    source = Source.objects.get()
    assert answer["Location"] == f"/tasks/sources/{source.pk}/"
    html = page(client.get(answer["Location"]))
    assert "已交办 2 件" in html
    assert "没有交办" not in html


def test_what_lacks_an_owner_comes_back_with_all_that_was_typed(as_):
    client = as_("office")
    told = fields(page(client.post("/tasks/new/", {**meeting(), "step": "read"})))
    told |= {"r2-unit": "", "r1-wanted": "自己写的", "r1-milestones": "不是日子"}
    html = page(client.post("/tasks/new/", {**told, "step": "look"}), 422)
    assert "没有主办单位" in html
    assert "节点写成" in html
    assert fields(html)["r1-wanted"] == "自己写的"
    assert not Task.objects.exists()


def test_rows_left_out_stay_to_be_given_out_from_the_source(as_):
    client = as_("office")
    told = fields(page(client.post("/tasks/new/", {**meeting(), "step": "read"})))
    told.pop("r2-keep")
    client.post("/tasks/new/", {**told, "step": "give"})
    source = Source.objects.get()
    assert "原文里还有 1 句像是任务，没有交办" in page(client.get(f"/tasks/sources/{source.pk}/"))
    assert "三个工作日内核实" in page(client.get("/tasks/missed/"))
    again = fields(page(client.get(f"/tasks/new/?source={source.pk}")))
    kept = [at for at in range(9) if again.get(f"r{at}-keep")]
    assert [again[f"r{at}-title"][:3] for at in kept] == ["矿产股"]
    client.post("/tasks/new/", {**again, "step": "give"})
    assert Task.objects.count() == 2
    assert Source.objects.count() == 1


def pressed(client, address, **told):
    """Press a button of a task's page, look at what it says, and confirm."""
    shown = page(client.post(address, told))
    assert "办理后会这样" in shown
    sent = {**told, **fields(shown)}
    assert client.post(address, sent).status_code == 302
    return shown


def test_from_signing_to_closing_by_three(office, as_):
    task = office.given(office.row(longitude=113.6, latitude=28.7))
    at, farm, supervisor = f"/tasks/{task.pk}/", as_("farm"), as_("supervisor")
    assert "签收" in page(farm.get(at))
    assert "不能再拒收" in pressed(farm, f"{at}act/receive/")
    file = SimpleUploadedFile("摸底报告.txt", "摸底 2026\n".encode())
    told = {"text": "已经摸清", "done": "yes", "file": file}
    assert farm.post(f"{at}act/report/", told).status_code == 302
    told = Feedback.objects.get()
    html = page(supervisor.get(at))
    assert "摸底报告.txt" in html
    assert 'id="do-close"' not in html
    evidence = supervisor.get(f"{at}evidence/{told.pk}/")
    assert b"".join(evidence.streaming_content).decode() == "摸底 2026\n"
    checked = {"feedback": told.pk, "text": "看了报告", "verdict": "confirmed"}
    assert "判为属实" in pressed(supervisor, f"{at}act/check/", **checked)
    assert 'id="do-close"' in page(supervisor.get(at))
    assert "按期销号" in pressed(supervisor, f"{at}act/close/")
    html = page(supervisor.get(at))
    assert "已销号" in html
    assert "下一步" not in html


def test_closing_without_proof_and_checking_ones_own_are_refused_with_the_reason(office, as_):
    task = office.given()
    html = page(as_("supervisor").post(f"/tasks/{task.pk}/act/close/"), 422)
    assert "没有核查属实的完成报告，不能销号" in html
    answer = as_("farm").post(f"/tasks/{task.pk}/act/report/", {"text": "完", "done": "yes"})
    assert "报告完成要附佐证" in page(answer, 422)
    assert as_("farm").post(f"/tasks/{task.pk}/act/close/").status_code == 403


def test_changes_from_the_page(office, as_):
    task = office.given()
    leader, at = as_("leader"), f"/tasks/{task.pk}/"
    told = {"due_on": "2027-03-01", "reason": "汛期"}
    task.refresh_from_db()
    assert "改为 2027-03-01" in pressed(leader, f"{at}act/change-due/", **told)
    pressed(leader, f"{at}act/board/", reason="重点")
    told = {"unit": office.units["矿产股"], "reason": "职责在彼"}
    assert "主办单位由耕地保护股改为矿产股" in pressed(as_("office"), f"{at}act/hand-over/", **told)
    pressed(as_("supervisor"), f"{at}act/urge/", reason="请抓紧")
    pressed(as_("mines"), f"{at}act/refuse/", reason="不归我管")
    html = page(leader.get(at))
    for word in ("汛期", "挂牌督办", "耕地保护股 → 矿产股", "请抓紧", "不归我管"):
        assert word in html


def test_an_instruction_is_confirmed_by_its_giver(office, as_):
    task = office.given(kind="instruction", giver_id=post_of("leader").pk)
    at = f"/tasks/{task.pk}/"
    assert "等交办人确认" in page(as_("farm").get(at))
    assert "就此交办" in pressed(as_("leader"), f"{at}act/confirm/", agreed="yes")
    task.refresh_from_db()
    assert task.state == "open"


def test_the_giver_confirms_all_of_an_instruction_at_once(office, as_):
    told = {"kind": "instruction", "giver_id": post_of("leader").pk}
    rows = [office.row("一件"), office.row("另一件", "矿产股")]
    office.given(*rows, **told)
    leader, source = as_("leader"), Source.objects.get()
    html = page(leader.get(f"/tasks/sources/{source.pk}/"))
    assert "确认 2 件" in html
    task = re.search(r"/tasks/(\d+)/act/confirm/", html)
    told = {"agreed": "yes", "task": [one.pk for one in Task.objects.all()]}
    shown = page(leader.post(f"/tasks/{task[1]}/act/confirm/", told))
    key = fields(shown)["key"]
    leader.post(f"/tasks/{task[1]}/act/confirm/", {**told, "confirmed": "yes", "key": key})
    assert set(Task.objects.values_list("state", flat=True)) == {"open"}


def test_a_source_is_entered_alone(as_):
    client = as_("office")
    answer = client.post("/tasks/new/", {**meeting(), "step": "enter", "key": "once"})
    source = Source.objects.get()
    assert answer["Location"] == f"/tasks/sources/{source.pk}/"
    assert "还没有形成事项" in page(client.get(answer["Location"]))
    client.post("/tasks/new/", {**meeting(), "step": "enter", "key": "once"})
    assert Source.objects.count() == 1
    html = page(client.post("/tasks/new/", {"step": "enter", "kind": "meeting"}), 422)
    assert "来源没有名称" in html


def test_lists_tables_exports_and_the_bulletin(office, as_):
    office.given(
        office.row("=逃逸", longitude=113.6, latitude=28.7, days=2), office.row("矿", "矿产股")
    )
    client = as_("leader")
    html = page(client.get("/tasks/"))
    assert "黄灯" in html
    assert "距期限还有 2 天" in html
    assert "矿产股" in page(client.get("/tasks/units/"))
    assert "局长办公会" in page(client.get("/tasks/sources/"))
    page(client.get("/tasks/missed/"))
    shapes = json.loads(client.get("/tasks/map.geojson").content)["features"]
    assert [one["properties"]["light"] for one in shapes] == ["near"]
    table = client.get("/tasks/export.csv").content.decode()
    assert "'=逃逸" in table
    assert "合计 2 件" in table
    book = client.get("/tasks/export.xlsx").content
    assert book[:2] == b"PK"
    paper = client.get("/tasks/bulletin.docx").content
    with zipfile.ZipFile(io.BytesIO(paper)) as archive:
        words = archive.read("word/document.xml").decode()
    assert "关于督办事项办理情况的通报" in words
    assert "矿产股" in words


def test_a_township_sees_what_is_its_own(office, as_):
    office.given(
        office.row("县里的事"), office.row("镇上的事", "双桥镇国土所"), text="绝不外传的原文"
    )
    client = as_("station")
    html = page(client.get("/tasks/?state=all"))
    assert "镇上的事" in html
    assert "县里的事" not in html
    source = Source.objects.get()
    html = page(client.get(f"/tasks/sources/{source.pk}/"))
    assert "绝不外传的原文" not in html
    assert "县里的事" not in html


def test_everybody_in_the_bureau_can_open_every_page(as_):
    assert PASSWORD
    assert Person.objects.count() == len(POSTS)
    for name in POSTS:
        client = as_(name)
        for address in ("", "units/", "sources/", "missed/", "bulletin.docx"):
            assert client.get(f"/tasks/{address}").status_code == 200


def test_what_waits_stands_on_the_desk_and_in_the_search(office, as_):
    from guotu.core.cases.queries.task_desk import search, waiting

    task = office.given(office.row("摸清撂荒耕地"))
    asked = office.given(kind="instruction", giver_id=post_of("leader").pk)
    told = {
        who: [one.row.task.pk for one in waiting(actor)] for who, actor in office.actors.items()
    }
    assert told["farm"] == [task.pk]
    assert told["leader"] == [asked.pk]
    assert told["mines"] == told["supervisor"] == told["office"] == []
    assert waiting(office.actors["farm"])[0].why == "交办本单位，请签收"
    assert search(office.actors["farm"], "撂荒")[0] in (task, asked)
    assert search(office.actors["station"], "撂荒") == []
