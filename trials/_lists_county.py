"""The county of the trial of lists: cases made in bulk; each page's question, ours and bare."""

import contextlib
import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

TOWNS, PERSONS = 24, 100
_BOX = (113.2, 28.4, 114.2, 29.1)
_TEXT = "第240件"  # one of the user's own township
_INDEXES = ("case_live_due", "step_waiting_post", "step_waiting_person", "hand_of_person")
_TITLES = ("通村公路用地", "厂房用地", "宅基地核查", "设施农用地备案", "采石场举报", "小学扩建")


@dataclass
class Made:
    """What the trial works with: posts by township, persons, the process, the ordinary user."""

    posts: list[int]
    persons: list[int]
    process: int
    actor: Any
    after: str = ""

    @property
    def town(self) -> str:
        """Return the code of the user's township."""
        return next(iter(self.actor.areas))


def begin_county() -> Made:
    """Begin the county with its posts and persons, and one process."""
    from guotu.core.cases.models import Process
    from guotu.core.journal.actions import COUNTY, Actor, perform
    from guotu.core.people.models import Person, Post, Unit

    perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=4547)
    units = Unit.objects.bulk_create([Unit(name=f"第{n}所") for n in range(TOWNS)])
    posts = Post.objects.bulk_create(
        [Post(code=f"town-{n}", name=f"第{n}所承办", unit=unit) for n, unit in enumerate(units)]
    )
    persons = Person.objects.bulk_create(
        [Person(username=f"p{n}", password="!") for n in range(PERSONS)]
    )
    declared = {"kind": "general", "steps": {}, "variables": {}}
    process = Process.objects.create(
        key="general", digest="1", title="一般办件", files={}, declared=declared, program=b"",
        sequence=0,
    )  # fmt: skip
    actor = Actor(persons[0].pk, posts[0].pk, frozenset({"cases.read"}), frozenset({_town(0)}))
    return Made([one.pk for one in posts], [one.pk for one in persons], process.pk, actor)


def _town(number: int) -> str:
    return f"430626{101 + number}"


def fill(made: Made, first: int, last: int) -> None:
    """Make the cases from `first` to before `last`, with their steps and hands."""
    from django.db import connection

    from guotu.core.cases.models import Case, Hand, Step

    chance = random.Random(first)
    now = datetime.datetime.now(datetime.UTC)
    cases = [_case(made, number, chance, now) for number in range(first, last)]
    Case.objects.bulk_create(cases, batch_size=2_000)
    steps, hands = [], []
    for case in cases:
        town = case.sequence % TOWNS
        told = {
            "case": case,
            "kind": "user",
            "post_id": made.posts[town],
            "sequence": case.sequence,
        }
        came = case.opened_at
        steps.append(
            Step(token="a", element="intake", name="受理", state="done", came_at=came, **told)
        )
        if case.state in ("open", "suspended"):
            person = chance.choice([None, chance.choice(made.persons)])
            came = now - datetime.timedelta(days=chance.randrange(20))
            where = {"element": "review", "name": "审核", "state": "waiting", "came_at": came}
            due = case.due_at and case.due_at - datetime.timedelta(days=1)
            steps.append(
                Step(token="b", person_id=person, due_at=due, why="按规则", **where, **told)
            )
        hands.append(
            Hand(
                matter=case, case=case, element="intake", manner="completed",
                person_id=chance.choice(made.persons), post_id=made.posts[town],
                sequence=case.sequence,
            )
        )  # fmt: skip
    Step.objects.bulk_create(steps, batch_size=2_000)
    Hand.objects.bulk_create(hands, batch_size=2_000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # what autovacuum does in time


def _case(made: Made, number: int, chance: random.Random, now: datetime.datetime) -> Any:
    from guotu.core.cases.models import Case

    state = chance.choices(["done", "open", "suspended"], [70, 27, 3])[0]
    due = now + datetime.timedelta(days=chance.uniform(-20, 60)) if chance.random() < 0.9 else None
    town = number % TOWNS
    return Case(
        number=f"平自然资受〔2026〕{number}号",
        process_id=made.process,
        kind="general",
        title=f"{chance.choice(_TITLES)}第{number}件",
        division=f"{_town(town)}{200 + number % 9}",
        longitude=113.3 + 0.8 * chance.random(),
        latitude=28.5 + 0.5 * chance.random(),
        state=state,
        opened_at=now - datetime.timedelta(days=chance.randrange(400)),
        opened_post_id=made.posts[town],
        closed_at=now if state == "done" else None,
        due_at=due,
        sequence=number,
    )


@contextlib.contextmanager
def planted(fault: str | None) -> Iterator[None]:
    """Plant a fault: rows that ask by themselves, or the indexes gone."""
    from django.db import connection

    if fault == "n_plus_one":
        with mock.patch("guotu.core.cases.queries.lists._shown", lambda found: found):
            yield
        return
    if fault == "no_index":
        with connection.cursor() as cursor:
            for name in _INDEXES:
                cursor.execute(f"DROP INDEX {name}")
    yield


def queries(ask: Any) -> int:
    """Return how many queries an ask takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)


def desk(made: Made) -> list[str]:
    """Return what the desk shows."""
    from guotu.core.cases.queries import desk as desks

    found: Any = desks.desk(made.actor)
    rows = [f"{one.name}{one.case.number}{one.process_title}{one.why}" for one in found.steps]
    return rows + [f"{one.case.title}{one.post_name}{one.unit_name}" for one in found.sent]


def listed(made: Made, after: str = "") -> list[str]:
    """Return what a page of the list shows."""
    from guotu.core.cases.queries import lists

    page = lists.page(made.actor, lists.Filters(), after)
    rows = []
    for one in page.rows:
        where = getattr(one, "standing_at", None)
        where = list(one.steps.filter(state="waiting")) if where is None else where
        stands = "".join(f"{step.name}{step.post}" for step in where)
        rows.append(f"{one.number}{one.title}{one.process.title}{stands}{page.count}")
    return rows


def page_on(made: Made) -> None:
    """Look up the key of the thirtieth page, or of the last where there are fewer."""
    from guotu.core.cases.queries import lists

    made.after = ""
    for _ in range(29):
        page = lists.page(made.actor, lists.Filters(), made.after)
        if not page.after:
            break
        made.after = page.after


def found(made: Made) -> list[Any]:
    """Return what the search finds."""
    from guotu.core.cases.queries import lists

    return lists.search(made.actor, _TEXT)


def mapped(made: Made) -> list[Any]:
    """Return what the map shows."""
    from guotu.core.cases.queries import lists

    return lists.points(made.actor, lists.Filters(), _BOX)


def glance(made: Made) -> Any:
    """Return what the leader's page shows."""
    from guotu.core.cases.queries import leader

    return leader.glance(made.actor)


def scans(made: Made) -> list[str]:
    """Return which tables the desk and the list read whole, by the store's own plan."""
    from django.db import connection

    from guotu.core.cases.queries import desk as desks
    from guotu.core.cases.queries import lists

    page = lists._dated(lists.cases(made.actor, lists.Filters()), "", None)[: lists.PER_PAGE]
    asked = {
        "desk": (desks.mine(made.actor)[:100], "cases_step"),
        "list": (page, "cases_case"),
    }
    whole = {"sqlite": "SCAN {}", "postgresql": "Seq Scan on {} "}[connection.vendor]
    return [
        f"{name}: {line.strip()[:80]}"
        for name, (rows, table) in asked.items()
        for line in rows.explain().splitlines()
        if whole.format(table) in line and "USING" not in line
    ]


def _rows(sql: str, *told: Any) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return list(cursor.fetchall())


_SEEN = """((c.secrecy <> 'secret' AND c.division LIKE %s)
    OR c.id IN (SELECT case_id FROM cases_step WHERE post_id = %s)
    OR c.id IN (SELECT case_id FROM cases_note WHERE asked_post_id = %s)
    OR c.id IN (SELECT case_id FROM cases_hand WHERE person_id = %s))"""
_LIVE = "c.closed_at IS NULL"
_WAITS = "s.state = 'waiting' AND s.kind IN ('user', 'manual')"


def _seen(made: Made) -> tuple[Any, ...]:
    return f"{made.town}%", made.actor.post_id, made.actor.post_id, made.actor.person_id


def bare_desk(made: Made) -> int:
    """Ask the desk's four questions in plain SQL."""
    person, post = made.actor.person_id, made.actor.post_id
    mine = "(s.person_id = %s OR (s.post_id = %s AND s.person_id IS NULL))"
    joined = """FROM cases_step s JOIN cases_case c ON c.id = s.case_id
        JOIN cases_process p ON p.id = c.process_id JOIN people_post o ON o.id = s.post_id
        LEFT JOIN people_unit u ON u.id = o.unit_id"""
    shown = "SELECT s.*, c.*, p.id, p.key, p.title, o.*, u.*"
    asked = [
        (f"""{shown} {joined} WHERE {_WAITS} AND {mine}
            ORDER BY COALESCE(s.due_at, c.due_at), s.id LIMIT 100""", (person, post)),
        ("""SELECT n.*, c.* FROM cases_note n JOIN cases_case c ON c.id = n.case_id WHERE
            n.asked_post_id = %s AND n.answered_sequence IS NULL ORDER BY n.due_at, n.id
            LIMIT 100""", (post,)),
        ("""SELECT n.*, c.* FROM cases_notice n LEFT JOIN cases_case c ON c.id = n.case_id WHERE
            n.post_id = %s AND n.seen_at IS NULL ORDER BY n.id DESC LIMIT 100""", (post,)),
        (f"""{shown} {joined} WHERE {_WAITS} AND NOT {mine} AND s.case_id IN
            (SELECT case_id FROM cases_hand WHERE person_id = %s)
            ORDER BY s.came_at, s.id LIMIT 100""", (person, post, person)),
    ]  # fmt: skip
    return sum(len(_rows(sql, *told)) for sql, told in asked)


def bare_list(made: Made, after: str = "") -> int:
    """Ask for a page, where its cases stand, and how many there are, in plain SQL."""
    told, cut = _seen(made), ""
    if after.startswith("due:"):
        moment, _dash, number = after.removeprefix("due:").rpartition("_")
        cut = "AND c.due_at >= %s AND (c.due_at > %s OR c.id > %s)"
        told = (*told, *[_moment(moment)] * 2, int(number))
    shown = "c.*, p.id, p.key, p.title"
    joined = "FROM cases_case c JOIN cases_process p ON p.id = c.process_id"
    rows = _rows(
        f"""SELECT {shown} {joined} WHERE {_SEEN} AND {_LIVE} AND c.due_at IS NOT NULL {cut}
        ORDER BY c.due_at, c.id LIMIT 51""", *told,
    )  # fmt: skip
    if len(rows) < 51:
        rows += _rows(
            f"""SELECT {shown} {joined} WHERE {_SEEN} AND {_LIVE} AND c.due_at IS NULL
            ORDER BY c.id LIMIT 51""", *_seen(made),
        )  # fmt: skip
    ids = [row[0] for row in rows[:50]]
    marks = ", ".join(["%s"] * len(ids))
    _rows(
        f"""SELECT s.*, o.*, u.* FROM cases_step s LEFT JOIN people_post o ON o.id = s.post_id
        LEFT JOIN people_unit u ON u.id = o.unit_id WHERE {_WAITS} AND s.case_id IN ({marks})
        ORDER BY s.id""", *ids,
    )  # fmt: skip
    _rows(
        f"""SELECT COUNT(*) FROM (SELECT c.id FROM cases_case c WHERE {_SEEN} AND {_LIVE}
        LIMIT 1001) counted""", *_seen(made),
    )  # fmt: skip
    return len(rows)


def _moment(text: str) -> Any:
    from django.db import connection

    at = datetime.datetime.fromisoformat(text)
    return connection.ops.adapt_datetimefield_value(at)


def bare_search(made: Made) -> int:
    """Ask for cases by a part of their subject, in plain SQL."""
    like = f"%{_TEXT}%"
    return len(
        _rows(
            f"""SELECT c.* FROM cases_case c WHERE {_SEEN}
            AND (c.number LIKE %s OR c.title LIKE %s) ORDER BY c.id DESC LIMIT 6""",
            *_seen(made), like, like,
        )
    )  # fmt: skip


def bare_map(made: Made) -> int:
    """Ask for the places in a box, and where they are many for heaps of them, in plain SQL."""
    west, south, east, north = _BOX
    inside = f"""FROM cases_case c WHERE {_SEEN} AND {_LIVE} AND c.longitude BETWEEN %s AND %s
        AND c.latitude BETWEEN %s AND %s"""
    told = (*_seen(made), west, east, south, north)
    rows = _rows(
        f"""SELECT c.id, c.number, c.title, c.longitude, c.latitude, c.due_at, c.state {inside}
        LIMIT 401""", *told,
    )  # fmt: skip
    if len(rows) > 400:
        cells = (west, (east - west) / 24, south, (north - south) / 24)
        rows = _rows(
            f"""SELECT FLOOR((c.longitude - %s) / %s), FLOOR((c.latitude - %s) / %s), COUNT(*),
            AVG(c.longitude), AVG(c.latitude) {inside} GROUP BY 1, 2""", *cells, *told,
        )  # fmt: skip
    return len(rows)


def bare_leader(made: Made) -> int:
    """Ask for the leader's figures in plain SQL."""
    from django.db import connection

    now = datetime.datetime.now(datetime.UTC)
    adapt = connection.ops.adapt_datetimefield_value
    at, near, old = (adapt(now + datetime.timedelta(days=days)) for days in (0, 3, -5))
    _rows(
        f"""SELECT COUNT(*), SUM(CASE WHEN c.due_at < %s THEN 1 ELSE 0 END),
        SUM(CASE WHEN c.due_at >= %s AND c.due_at < %s THEN 1 ELSE 0 END),
        SUM(CASE WHEN c.id IN (SELECT s.case_id FROM cases_step s WHERE {_WAITS}
        AND s.came_at < %s) THEN 1 ELSE 0 END) FROM cases_case c WHERE {_SEEN} AND {_LIVE}""",
        at, at, near, old, *_seen(made),
    )  # fmt: skip
    by = ("o.unit_id, u.name", "c.kind, s.name")
    for each in by:
        _rows(
            f"""SELECT {each}, COUNT(DISTINCT s.case_id),
            COUNT(DISTINCT CASE WHEN c.due_at < %s THEN s.case_id END),
            COUNT(DISTINCT CASE WHEN c.due_at >= %s AND c.due_at < %s THEN s.case_id END),
            COUNT(DISTINCT CASE WHEN s.came_at < %s THEN s.case_id END), MIN(s.came_at)
            FROM cases_step s JOIN cases_case c ON c.id = s.case_id
            LEFT JOIN people_post o ON o.id = s.post_id LEFT JOIN people_unit u ON u.id = o.unit_id
            WHERE {_WAITS} AND {_SEEN} AND {_LIVE} GROUP BY {each}""",
            at, at, near, old, *_seen(made),
        )  # fmt: skip
    return len(
        _rows(
            f"""SELECT s.*, c.*, o.*, u.* FROM cases_step s JOIN cases_case c ON c.id = s.case_id
            LEFT JOIN people_post o ON o.id = s.post_id LEFT JOIN people_unit u ON u.id = o.unit_id
            WHERE {_WAITS} AND s.came_at < %s AND {_SEEN} AND {_LIVE} ORDER BY s.came_at
            LIMIT 10""",
            old, *_seen(made),
        )
    )  # fmt: skip
