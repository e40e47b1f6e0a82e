"""A case with a step of a section's post, its head and the leader above, to set clocks on."""

import datetime
from dataclasses import dataclass

from django.db import transaction

from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Case, Clock, Process, Step
from guotu.core.cases.queries import clocks as reads
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import COUNTY, Act, perform
from guotu.core.people.models import Post
from guotu.lib.days import ZONE


def at(text: str) -> datetime.datetime:
    """Return a moment at Asia/Shanghai."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class Office:
    """A case, its step, and the posts that stand around it."""

    case: Case
    step: Step
    clerk: Post
    head: Post
    leader: Post

    def started(self, when: str = "2026-03-02T09:00", *, step: bool = True, **told) -> Clock:
        """Begin a clock as some other act would, and return it."""
        on = {"case": self.case, "step": self.step if step else None}
        with transaction.atomic():
            act = Act(COUNTY, 1, at(when))
            return clocks.start(act, **on, **told)

    def another(self, number: str) -> Case:
        """Open one case more, without a step."""
        return _case(self.case.process, number)


def office() -> Office:
    """Set up units, posts and a case."""
    bureau = perform("people.open_unit", COUNTY, name="县局").answer
    section = perform("people.open_unit", COUNTY, name="利用股", above_id=bureau.pk).answer
    posts = {
        "clerk": (section, "execute", ["cases.suspend"]),
        "head": (section, "decide", ["cases.extend"]),
        "leader": (bureau, "decide", ["cases.extend"]),
    }
    made = {}
    for code, (unit, tag, powers) in posts.items():
        told = {"name": code, "unit_id": unit.pk, "tag": tag, "powers": powers}
        made[code] = perform("people.open_post", COUNTY, code=code, **told).answer
    process = Process.objects.create(
        key="general", digest="0", title="一般办件", files={}, declared={}, program=b"", sequence=1
    )
    case = _case(process, "办〔2026〕1号")
    step = Step.objects.create(
        case=case,
        token="t1",
        element="review",
        name="审查",
        post=made["clerk"],
        came_at=case.opened_at,
        sequence=1,
    )
    return Office(case, step, **made)


def _case(process: Process, number: str) -> Case:
    return Case.objects.create(
        number=number,
        process=process,
        kind="general",
        title="事由",
        division="430626101",
        opened_at=at("2026-03-02T09:00"),
        sequence=1,
    )


def do(verb: str, when: str, *, reason: str = "", **told):
    """Perform an act of the county at a moment."""
    with county_clock.simulated(at(when)):
        return perform(verb, COUNTY, reason=reason, **told)


def fire_all(when: str) -> int:
    """Fire what is due at a moment, as the worker does; return how many said something."""
    fired = 0
    while found := reads.due_by(at(when), 100):
        for one in found:
            told = {"clock": one.clock, "revision": one.revision, "stage": one.stage}
            with county_clock.simulated(at(when)):
                perform("cases.fire_clock", COUNTY, key=one.key, **told)
            fired += 1
    return fired
