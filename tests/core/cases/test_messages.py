"""A case that waits for a message, a process that opens another case, and who may tell it."""

import pytest

from guotu.core.cases.models import Case, Hand, Step
from guotu.core.cases.queries.hands import why_not
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import bureau

pytestmark = pytest.mark.django_db
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="file"
  targetNamespace="urn:test" xmlns:guotu="urn:guotu:process:1"><message id="m" name="回函"/>"""
_ASKING = f"""{_HEAD}<process id="asking" name="去函" isExecutable="true">
<startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="decide"/>
<userTask id="decide" name="定"><extensionElements>
<guotu:step role="approver" tag="decide"/></extensionElements></userTask>
<sequenceFlow id="b" sourceRef="decide" targetRef="send"/>
<serviceTask id="send" name="另立一件"><extensionElements><guotu:action name="cases.open">
<guotu:argument name="process" value="&quot;general&quot;"/>
<guotu:argument name="title" value="&quot;附带事项&quot;"/></guotu:action></extensionElements>
</serviceTask><sequenceFlow id="c" sourceRef="send" targetRef="wait"/>
<intermediateCatchEvent id="wait" name="等回函">
<messageEventDefinition id="d" messageRef="m"/></intermediateCatchEvent>
<sequenceFlow id="e" sourceRef="wait" targetRef="read"/><userTask id="read" name="阅知">
<extensionElements><guotu:step role="window" tag="support"/></extensionElements></userTask>
<sequenceFlow id="f" sourceRef="read" targetRef="end"/><endEvent id="end"/></process>
</definitions>"""


@pytest.fixture
def county():
    made = bureau()
    made.do("cases.deploy_process", files={"asking.bpmn": _ASKING})
    return made


def test_it_waits_where_the_drawing_says_until_it_is_told(county):
    case = county.take(county.opened(process="asking", division="430626101"), "decide")
    wait = Step.objects.get(case=case, element="wait", state="waiting")
    assert (wait.kind, wait.post_id) == ("message", None)
    with pytest.raises(Refusal, match="不在等这个消息"):
        county.act("wang", "cases.receive", case=case.pk, message="别的")
    county.act("wang", "cases.receive", case=case.pk, message="回函")
    county.walk(case, "read")
    case.refresh_from_db()
    assert (case.state, case.result) == ("done", "done")


def test_who_may_not_see_a_case_tells_it_nothing(county):
    case = county.take(county.opened(process="asking", division="430626101"), "decide")
    powers = ["cases.read", "cases.handle"]
    told = {"code": "far", "name": "远镇所", "powers": powers, "areas": ["430626105"]}
    post = county.do("people.open_post", **told)
    county.open_person("yuan")
    county.do("people.appoint", person_id=county.persons["yuan"], post_id=post.pk)
    with pytest.raises(Refusal, match="没有正在办理的"):
        county.act("yuan", "cases.receive", case=case.pk, message="回函")


def test_what_a_process_opens_is_of_the_same_matter(county):
    case = county.take(county.opened(process="asking"), "decide")
    part = Case.objects.get(title="附带事项")
    assert part.matter_id == case.pk
    assert not Hand.objects.filter(case=part).exists()
    step = county.step(county.walk(part, "intake"), "undertake")
    assert why_not(step, county.persons["ju"])
