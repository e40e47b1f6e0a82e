"""A small bureau to handle cases in: window, undertakers, reviewer, leaders, supervisor, files."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from guotu.core.cases import engine
from guotu.core.cases.models import Case, Step
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.people.models import Holding, Person, Post, Unit
from guotu.core.people.queries import actor_in, capacities

TAKES = ["cases.read", "cases.handle"]
WINDOW = [*TAKES, "cases.open", "cases.execute", "cases.withdraw", "files.keep", "files.read"]
# name -> (unit, tag, powers, persons)
POSTS = {
    "window": ("政务大厅", "support", WINDOW, ("wang", "wei")),
    "undertaker": ("用地股", "execute", [*TAKES, "cases.execute"], ("chen", "cai")),
    "section_head": ("用地股", "decide", [*TAKES, "cases.execute"], ("guo",)),
    "reviewer": ("审核股", "execute", [*TAKES, "cases.execute"], ("shen",)),
    "approver": ("局机关", "decide", [*TAKES, "cases.decide", "cases.terminate"], ("ju",)),
    "supervisor": ("执法队", "supervise", [*TAKES, "cases.supervise"], ("jian",)),
    "archivist": ("档案室", "support", [*TAKES, "cases.archive", "cases.allot"], ("dang",)),
    "forestry": ("林业股", "execute", TAKES, ("lin",)),
    "leader": ("县局", "decide", [*TAKES, "cases.decide", "cases.execute"], ("zhang",)),
}
UNIT_ABOVE = "县局"
ROLES = ("window", "undertaker", "reviewer", "approver", "supervisor", "archivist")
_CASES = Path(engine.__file__).resolve().parents[1]
SHIPPED = {path.name: path.read_bytes() for path in (_CASES / "processes").glob("*.bpmn")}
EVIDENCE = {
    "undertake": {"材料和现场是否核实": {"note": "已到现场核对四至"}},
    "approve": {"有无请托、打招呼": {"note": "无人过问本件"}},
}
GIVES = {
    "intake": {"papers": "齐全"},
    "undertake": {"finding": "符合条件，拟准予"},
    "review": {"verdict": "通过"},
    "approve": {"decision": "准予许可"},
    "deliver": {"delivered_on": "2026-03-02"},
    "supervise": {"followed": "按期开工，用途未变"},
    "notify": {"lacking": "缺勘测定界图"},
    "supplement": {"supplied_on": "2026-03-02"},
    "refuse": {"refusal": "不予受理", "refusal_reason": "不属本机关职权"},
    "lapse": {"closing": "申请人撤回"},
    "sign": {"reply": "无意见"},
    "survey_site": {"survey": "与图一致"},
    "gather": {"summary": "各单位均无意见"},
}


@dataclass
class Bureau:
    """Persons by name, posts by name; everybody acts through `act`."""

    persons: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)

    def actor(self, who: str, post: str = "") -> Actor:
        """Return somebody in the first post they may act in, or in the one named."""
        person = Person.objects.get(pk=self.persons[who])
        found = [one for one in capacities(person) if not post or one.post.code == post]
        return actor_in(person, found[0] if found else None, second_factor=True)

    def act(self, who: str, verb: str, reason: str = "", post: str = "", **arguments):
        """Have somebody do something, and return the answer."""
        return perform(verb, self.actor(who, post), reason=reason, **arguments).answer

    def do_as(self, actor: Actor, verb: str, reason: str = "试验", **arguments):
        """Have an actor do something, and return the answer."""
        return perform(verb, actor, reason=reason, **arguments).answer

    def do(self, verb: str, reason: str = "试验", **arguments):
        """Have the county do something, and return the answer."""
        return perform(verb, COUNTY, reason=reason, **arguments).answer

    def name(self, person: int) -> str:
        """Return a person's name here."""
        return next(name for name, pk in self.persons.items() if pk == person)

    def opened(self, who: str = "wang", **more) -> Case:
        """Open a case of the general process."""
        told = {"process": "general", "title": "双桥村通村公路用地", **more}
        return self.act(who, "cases.open", **told)

    def step(self, case: Case, element: str) -> Step:
        """Return the step of a case that waits at an element."""
        return Step.objects.get(case=case, element=element, state="waiting")

    def take(self, case: Case, element: str, who: str = "", reason: str = "", **data) -> Case:
        """Have whoever has a step take it, or somebody else try to."""
        step = self.step(case, element)
        who = who or self.name(step.person_id)
        post = Post.objects.get(pk=step.post_id).code
        told = {"data": {**GIVES.get(element, {}), **data}, "evidence": EVIDENCE.get(element)}
        return self.act(who, "cases.complete", reason, post, step=step.pk, **told)

    def walk(self, case: Case, *elements: str) -> Case:
        """Take steps one after another, each by who has it."""
        for element in elements:
            case = self.take(case, element)
        return case

    def open_person(self, name: str, post: str = "") -> int:
        """Open somebody's account, in a post where one is named."""
        person = self.do("people.open_account", username=name, name=name)
        self.persons[name] = person.pk
        if post:
            self.do("people.appoint", person_id=person.pk, post_id=self.posts[post])
        return person.pk

    def holding(self, who: str) -> Holding:
        """Return the first holding of somebody."""
        return Holding.objects.filter(person_id=self.persons[who]).order_by("pk").first()

    def substitute(self, who: str, stands_in_for: str) -> None:
        """Have somebody stand in for another for a month."""
        until = datetime.date.today() + datetime.timedelta(days=30)  # noqa: DTZ011
        self.do(
            "people.substitute",
            holding_id=self.holding(stands_in_for).pk,
            person_id=self.persons[who],
            until=until,
            decision="局办公会纪要1号",
        )


def bureau(files: dict[str, bytes] = SHIPPED) -> Bureau:
    """Open the bureau's units, posts and accounts, put a process into force, give out its roles."""
    made = Bureau()
    root = made.do("people.open_unit", name=UNIT_ABOVE)
    for name, (unit, tag, powers, persons) in POSTS.items():
        if not Unit.objects.filter(name=unit).exists():
            made.do("people.open_unit", name=unit, above_id=root.pk)
        told = {"code": name, "name": name, "tag": tag, "powers": powers}
        unit_id = Unit.objects.get(name=unit).pk
        post = made.do("people.open_post", unit_id=unit_id, **told)
        made.posts[name] = post.pk
        for person in persons:
            made.open_person(person, name)
    made.do("cases.deploy_process", files=files)
    for role in ROLES:
        made.do("cases.assign_role", role=role, post=made.posts[role])
    return made
