"""A small bureau to supervise tasks in: an office, two sections, a station, a supervisor."""

import datetime
from dataclasses import dataclass, field

from guotu.core.cases.rules.tasking import Row
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.people.models import Person, Post, Unit
from guotu.core.people.queries import actor_of

OFFICE = ["tasks.read", "tasks.assign"]
DOES = ["tasks.read", "tasks.report"]
SUPERVISES = ["tasks.read", "tasks.check", "tasks.close"]
DECIDES = ["tasks.read", "tasks.confirm", "tasks.change_due", "tasks.drop"]
# name -> (unit, whether it sits in a town, tag, powers)
POSTS = {
    "office": ("办公室", False, "support", OFFICE),
    "farm": ("耕地保护股", False, "execute", DOES),
    "farm2": ("耕地保护股", False, "execute", DOES),
    "mines": ("矿产股", False, "execute", DOES),
    "station": ("双桥镇国土所", True, "execute", DOES),
    "supervisor": ("督查室", False, "supervise", SUPERVISES),
    "leader": ("局领导", False, "decide", DECIDES),
}


@dataclass
class Bureau:
    """Actors by name, and units by name."""

    actors: dict[str, Actor] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    def act(self, who: str, verb: str, reason: str = "", **arguments):
        """Have somebody do something, and return the answer."""
        return perform(verb, self.actors[who], reason=reason, **arguments).answer

    def row(self, title="摸清撂荒耕地", unit="耕地保护股", days=20, **more) -> Row:
        """Return one task to give out."""
        facts = {"sentence": f"{title}。", "wanted": "摸底报告", **more}
        due_on = clock.today() + datetime.timedelta(days)
        return Row(title=title, unit_id=self.units[unit], due_on=due_on, **facts)

    def source(self, **more):
        """Return the facts of a meeting."""
        return {"kind": "meeting", "title": "局长办公会", "on": clock.today(), **more}

    def given(self, *rows: Row, **more):
        """Give out tasks of a meeting; return the first."""
        told = {"rows": list(rows) or [self.row()], "source": self.source(**more)}
        return self.act("office", "tasks.assign", **told)[0]


def bureau(town: str = "430999101") -> Bureau:
    """Open the bureau's units, posts and accounts; its township office sits in `town`."""
    made = Bureau()
    for name, (unit, is_local, tag, powers) in POSTS.items():
        if unit not in made.units:
            opened = {"name": unit, "division_code": town if is_local else ""}
            made.units[unit] = perform("people.open_unit", COUNTY, **opened).answer.pk
        facts = {"name": name, "tag": tag, "powers": powers, "unit_id": made.units[unit]}
        person = _opened(name, facts)
        made.actors[name] = actor_of(person)
    return made


def _opened(name: str, facts: dict) -> Person:
    told = {"username": name, "name": "张三丰", "password": "a long enough pass phrase"}
    done = perform("people.open_account", COUNTY, **told, post_code=f"task-{name}", post=facts)
    return done.answer


def post_of(name: str) -> Post:
    """Return the post of somebody in the bureau."""
    return Post.objects.get(code=f"task-{name}")


def unit_of(name: str) -> Unit:
    """Return a unit by its name."""
    return Unit.objects.get(name=name)
