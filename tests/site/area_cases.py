"""Cases of the three townships of the area table: one in each, under a small process."""

from guotu.core.cases import actions as _acts  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Step
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.people.models import Post

# address name -> (address, form), as in the area table
SHOWS = {
    "cases": ("/cases/", "page"),
    "cases-geojson": ("/cases/map.geojson", "GeoJSON"),
    "cases-export": ("/cases/export.{sheet}", "list"),
    "case": ("/cases/{case}/", "page"),
    "case-geojson": ("/cases/{case}/place.geojson", "shape"),
    "step": ("/cases/{case}/steps/{step}/", "found"),
    "intervention": ("/cases/{case}/intervention/", "page"),
}
NOT_BY_AREA = {
    "process": "tells of a written process; a process has no place",
    "process-bpmn": "tells of a written process; a process has no place",
}
_BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:guotu="urn:guotu:process:1" id="table_file" targetNamespace="urn:guotu:process:1">
  <process id="table" name="表中办件" isExecutable="true">
    <extensionElements>
      <guotu:case title="表中办件" series="acceptance" kind="table" result="done"/>
    </extensionElements>
    <startEvent id="start"><outgoing>a</outgoing></startEvent>
    <sequenceFlow id="a" sourceRef="start" targetRef="look"/>
    <userTask id="look" name="查看">
      <extensionElements><guotu:step role="looker" tag="support"/></extensionElements>
      <incoming>a</incoming><outgoing>b</outgoing>
    </userTask>
    <sequenceFlow id="b" sourceRef="look" targetRef="end"/>
    <endEvent id="end"><incoming>b</incoming></endEvent>
  </process>
</definitions>
"""


def opened(place: str, code: str) -> dict[str, object]:
    """Open a case in a township that bears its mark; return what addresses name of it."""
    if not Post.objects.filter(code="table-head").exists():
        told = {"code": "table-head", "name": "负责人", "tag": "decide", "powers": ["cases.handle"]}
        perform("people.open_post", COUNTY, **told)
        perform("cases.deploy_process", COUNTY, files={"table.bpmn": _BPMN})
    facts = {"process": "table", "title": f"PLACE{place}", "division": code}
    case = perform("cases.open", COUNTY, place=(113.6, 28.7), **facts).answer
    return {"case": case.pk, "step": Step.objects.get(case=case).pk}
