"""Matters: whose the roles of processes are in the demo county, and some cases under way."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from guotu.core.cases.actions.processes import deploy_shipped
from guotu.core.cases.models import Assignment, Case, Step
from guotu.core.cases.queries.drawn import drawn_of, place_of
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.people.models import Holding, Person, Post
from guotu.core.people.queries import actor_of

ROLES = {
    "window": "window",
    "undertaker": "clerk",
    "reviewer": "section-head",
    "approver": "leader",
    "supervisor": "auditor",
    "archivist": "office",
}
# The code of a division, and a longitude and latitude within it.
Place = tuple[str, float, float]
Course = Mapping[str, Mapping[str, Any]]
_TAKEN: Course = {"intake": {"papers": "齐全"}}
_HEARD: Course = {"undertake": {"finding": "材料齐全，现场与申请一致"}}
_REVIEWED: Course = {"review": {"verdict": "通过", "review_note": "同意承办意见"}}
_DECIDED: Course = {"approve": {"decision": "准予许可", "decision_note": "符合规划和用途管制"}}
# What each case is about, and how far it has come.
CASES: tuple[tuple[str, Course], ...] = (
    ("张家组集体建设用地使用证明", {}),
    ("乡镇卫生院用地情况核实", _TAKEN),
    ("村级文化广场用地", {**_TAKEN, **_HEARD}),
    ("农产品冷链仓库用地", {**_TAKEN, **_HEARD, **_REVIEWED}),
    ("县道改线临时用地", {**_TAKEN, **_HEARD, **_REVIEWED, **_DECIDED}),
)


def begin(places: Sequence[Place]) -> None:
    """Deploy what we ship, say to which posts its roles fall, and let some cases run.

    `places` are where the cases lie, in turn.
    """
    deploy_shipped(COUNTY, "演示")
    known = set(Assignment.objects.values_list("role", flat=True))
    for role, code in ROLES.items():
        if role not in known:
            post = Post.objects.get(code=code)
            perform("cases.assign_role", COUNTY, reason="演示", role=role, post=post.pk)
    for (title, course), place in zip(CASES, cycle(places), strict=False):
        if not Case.objects.filter(title=title).exists():
            _let_run(title, place, course)


def _let_run(title: str, place: Place, course: Course) -> None:
    window = Holding.objects.select_related("person").filter(post__code=ROLES["window"])
    actor = actor_of(window[0].person)
    where: dict[str, Any] = {"division": place[0], "place": place[1:]}
    case = perform("cases.open", actor, process="general", title=title, **where).answer
    for element, data in course.items():
        step = Step.objects.select_related("case").get(case=case, element=element, state="waiting")
        perform("cases.complete", _owner(step), step=step.pk, data=data, evidence=_evidence(step))


def _owner(step: Step) -> Actor:
    return actor_of(Person.objects.get(pk=step.person_id or 0))


def _evidence(step: Step) -> dict[str, dict[str, str]]:
    declared = drawn_of(step.case).step(place_of(step.element, step.path))
    return {risk.title: {"note": "已核实，无异常"} for risk in declared.risks}
