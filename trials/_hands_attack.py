"""One person who has had a hand in a matter tries every door to a step that must be apart from it.

What must be apart is read here from the drawings themselves, and what was done is what the acts
answered: neither asks the product's own rule, nor the rows it judges by.
"""

import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from guotu.core.cases.models import Case, Clock, Note, Step
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.people.catalogue import catalogue
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import EVIDENCE, GIVES, SHIPPED, Bureau

_GUOTU = "{urn:guotu:process:1}"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_SEPARATE = {"decide", "execute", "supervise"}
OPENING = "(open)"
# How each place is come to: elements before it, with what is written there besides the usual.
_UNITS: dict[str, Any] = {"units": ["林业股"]}
ROUTES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "intake": [],
    "undertake": [("intake", {})],
    "ask/sign": [("intake", {}), ("undertake", _UNITS)],
    "ask/survey_site": [("intake", {}), ("undertake", _UNITS), ("ask/sign", {})],
    "ask/gather": [
        ("intake", {}), ("undertake", _UNITS), ("ask/sign", {}), ("ask/survey_site", {})
    ],
    "review": [
        ("intake", {}), ("undertake", _UNITS), ("ask/sign", {}), ("ask/survey_site", {}),
        ("ask/gather", {}),
    ],
    "refuse": [("intake", {"papers": "不予受理"})],
    "notify": [("intake", {"papers": "缺件"})],
}  # fmt: skip
ROUTES["approve"] = [*ROUTES["review"], ("review", {})]
ROUTES["deliver"] = [*ROUTES["approve"], ("approve", {})]
ROUTES["supervise"] = [*ROUTES["deliver"], ("deliver", {})]
ROUTES["file"] = [*ROUTES["supervise"], ("supervise", {})]
ROUTES["supplement"] = [*ROUTES["notify"], ("notify", {})]
LOOP = [*ROUTES["approve"], ("approve", {"decision": "退回承办"})]


def drawn() -> tuple[dict[str, str], list[frozenset[str]]]:
    """Return the tag of every place, and the groups of places apart, as the files say."""
    tags: dict[str, str] = {OPENING: "execute"}
    groups: list[frozenset[str]] = []
    for name, before in (("general.bpmn", ""), ("opinion.bpmn", "ask/")):
        root = ElementTree.fromstring(SHIPPED[name])
        for kind in ("userTask", "manualTask"):
            for task in root.iter(f"{_BPMN}{kind}"):
                step = next(task.iter(f"{_GUOTU}step"))
                tags[before + task.attrib["id"]] = step.attrib["tag"]
        groups += [
            frozenset(before + one for one in apart.attrib["steps"].split())
            for apart in root.iter(f"{_GUOTU}apart")
        ]
    return tags, groups


TAGS, GROUPS = drawn()


def clash(one: str, other: str) -> bool:
    """Say whether two places may not share a person."""
    tags = {TAGS[one], TAGS[other]}
    apart = one != other and any({one, other} <= group for group in GROUPS)
    return apart or len(tags & _SEPARATE) == 2


@dataclass
class Attack:
    """The attacker X in a bureau: what X has done by case, and through which door X comes."""

    county: Bureau
    x: int
    deeds: list[tuple[str, str]] = field(default_factory=list)

    def ways_round(self) -> list[str]:
        """Return the deeds of X that must be apart."""
        return [
            f"{done}（{door}）与 {before}"
            for place, (done, door) in enumerate(self.deeds)
            for before, _ in self.deeds[:place]
            if clash(done, before)
        ]

    # -- how X comes to have a hand in a place -------------------------------------------------

    def go(self, case: Case, route: list[tuple[str, dict[str, Any]]], own: str, how: str) -> None:
        """Take a case along a route; the last time `own` comes, X has a hand in it."""
        last = max((n for n, (place, _) in enumerate(route) if place == own), default=-1)
        for number, (place, data) in enumerate(route):
            if number == last:
                self.take_part(case, place, data, how)
            else:
                self.take(case, place, data)

    def step(self, case: Case, place: str) -> Step:
        """Return the step of a case that waits at a place."""
        found = Step.objects.filter(case=case, element=place.split("/")[-1], state="waiting")
        return found.order_by("pk")[0]

    def take(self, case: Case, place: str, data: dict[str, Any]) -> None:
        """Have whoever has a step take it."""
        step = self.step(case, place)
        who = self.county.name(step.person_id or 0)
        post = Post.objects.get(pk=step.post_id).code
        self.county.act(who, "cases.complete", "", post, **self.told(step, data))

    def told(self, step: Step, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what a step is taken with."""
        data = {**GIVES.get(step.element, {}), **(data or {})}
        return {"step": step.pk, "data": data, "evidence": EVIDENCE.get(step.element)}

    def take_part(self, case: Case, place: str, data: dict[str, Any], how: str) -> None:
        """Have X take, draft, countersign or take and recall a step, as a lawful hand."""
        step = self.step(case, place)
        actor = self.placed(step, how)
        told = self.told(step, data)
        if how == "drafted":
            perform("cases.save_draft", actor, step=step.pk, data=told["data"])
            self._given_to_another(step)
        elif how == "countersigned":
            self._countersigned(step, actor)
        else:
            perform("cases.complete", actor, **told)
        self.deeds.append((place, how))
        if how == "recalled":
            with contextlib.suppress(Refusal):
                perform("cases.recall", actor, step=step.pk)
                self._given_to_another(self.step(case, place))
        if how in ("drafted", "countersigned") or self._waits_again(case, place, how):
            self.take(case, place, data)

    def _waits_again(self, case: Case, place: str, how: str) -> bool:
        element = place.split("/")[-1]
        waits = Step.objects.filter(case=case, element=element, state="waiting").exists()
        return how == "recalled" and waits

    def _given_to_another(self, step: Step) -> None:
        post = Post.objects.get(pk=step.post_id)
        other = post.holdings.exclude(person_id=self.x).order_by("pk")[0]
        Step.objects.filter(pk=step.pk).update(person=other.person_id, post=post)

    def _countersigned(self, step: Step, actor: Actor) -> None:
        self._given_to_another(step)
        held = Step.objects.get(pk=step.pk)
        note = Note.objects.create(
            case=held.case, step=held, kind="countersign", asked_post_id=actor.post_id,
            text="请会签", person_id=held.person_id, at=held.came_at, sequence=0,
        )  # fmt: skip
        perform("cases.answer", actor, note=note.pk, text="无意见", agreed=True)

    # -- in what X comes -----------------------------------------------------------------------

    def placed(self, step: Step, how: str) -> Actor:
        """Return X in a capacity in which the step is theirs, and make it so, past all rules."""
        post = Post.objects.get(pk=step.post_id)
        if how == "administrator":
            post = Post.objects.get(code="almighty")
        code = post.code
        if how == "substitute":
            holder = post.holdings.exclude(person_id=self.x).order_by("pk")[0]
            self._stands_in(holder.pk)
        else:
            self._holds(post)
        person = self.x if how == "delegate" else None
        Step.objects.filter(pk=step.pk).update(post=post, person=person)
        who = self.county.name(self.x)
        found = self.county.actor(who, code)
        if how == "administrator":
            found = Actor(found.person_id, found.post_id, frozenset({"*", *catalogue()}))
        return found

    def _holds(self, post: Post) -> None:
        if not post.holdings.filter(person_id=self.x, until=None).exists():
            self.county.do("people.appoint", person_id=self.x, post_id=post.pk)

    def _stands_in(self, holding: int) -> None:
        import datetime

        from guotu.core.people.models import Substitution

        if Substitution.objects.filter(person_id=self.x, holding_id=holding).exists():
            return
        until = datetime.date.today() + datetime.timedelta(days=30)  # noqa: DTZ011
        told = {"holding_id": holding, "person_id": self.x, "until": until}
        self.county.do("people.substitute", decision="纪要1号", **told)

    # -- what X then tries ---------------------------------------------------------------------

    def tries(self, step: Step, actor: Actor, place: str, door: str) -> int:
        """Try to get a hand in a step, by every finishing act; note what was answered with yes."""
        tried = 0
        for finish in self._finishing(step, actor):
            tried += 1
            with contextlib.suppress(Refusal):
                if finish():
                    self.deeds.append((place, door))
        return tried

    def _finishing(self, step: Step, actor: Actor) -> Iterator[Any]:
        told = self.told(step)
        yield lambda: perform("cases.save_draft", actor, step=step.pk, data={})
        yield lambda: perform("cases.claim", actor, step=step.pk) and None
        many = {"steps": [step.pk], "data": told["data"], "evidence": told["evidence"]}
        yield lambda: perform("cases.complete_many", actor, **many).answer[0]["done"]
        yield lambda: perform("cases.complete", actor, **told)
        note = Note(
            case=step.case, step=step, kind="countersign", asked_post_id=actor.post_id,
            text="请会签", at=step.came_at, sequence=0,
        )  # fmt: skip
        note.save()
        answer = {"note": note.pk, "text": "无意见", "agreed": True}
        yield lambda: perform("cases.answer", actor, **answer)

    def prepares(self, verb: str, actor: Actor, step: Step, to: Actor) -> bool:
        """Have somebody do any act of cases upon the step as a way in for X; say if they could."""
        from guotu.core.journal import actions

        names = inspect.signature(actions._registered[verb].run).parameters
        known = _arguments(step, to)
        told = {name: known[name] for name in list(names)[1:] if name in known}
        try:
            perform(verb, actor, reason="试验", **told)
        except (Refusal, TypeError):
            return False
        return True

    def anybody(self, step: Step, x: Actor) -> list[Actor]:
        """Return who may open a door for X: X, whoever has the step, and the county itself."""
        found = [x, COUNTY]
        if step.person_id is not None and step.person_id != self.x:
            post = Post.objects.get(pk=step.post_id).code
            found.append(self.county.actor(self.county.name(step.person_id), post))
        return found


def _arguments(step: Step, to: Actor) -> dict[str, Any]:
    clock = Clock.objects.filter(case=step.case).order_by("pk").first()
    return {
        "step": step.pk,
        "steps": [step.pk],
        "case": step.case_id,
        "person": to.person_id,
        "post": to.post_id,
        "data": GIVES.get(step.element, {}),
        "evidence": EVIDENCE.get(step.element),
        "text": "试验所用的文字",
        "kind": "countersign",
        "ground": "correction",
        "message": "回函",
        "clock": clock.pk if clock else 0,
        "amount": 5,
        "unit": "working_days",
        "role": "approver",
        "files": loosened(),
        "process": "general",
        "title": "另一件",
        "matter": step.case_id,
        "asker": "某某",
        "said": "快一点",
        "manner": "电话",
    }


def loosened() -> dict[str, bytes]:
    """Return the shipped process with nothing apart and every step of no nature."""
    found = {}
    for name, text in SHIPPED.items():
        lines = [line for line in text.splitlines() if b"<guotu:apart" not in line]
        loose = b"\n".join(lines)
        for tag in _SEPARATE:
            loose = loose.replace(f'tag="{tag}"'.encode(), b'tag="support"')
        found[name] = loose
    return found
