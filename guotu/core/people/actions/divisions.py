"""Writes about administrative divisions: loaded from a list, and followed through reforms."""

import datetime
from collections.abc import Iterable, Mapping

from guotu.core.journal import clock
from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Division, Succession
from guotu.core.people.rules.codes import check_code, level_of, parent_of
from guotu.lib.refusal import Refusal

Row = Mapping[str, str]


@action("people.load_divisions", power="people.administer")
def load_divisions(
    act: Act, *, rows: list[dict[str, str]], since: datetime.date | None = None
) -> int:
    """Load divisions (`code`, `name`): new ones begin, renamed ones end and begin; return how many.

    A division that is not in the list stays: a list may be of one township. What ends, ends by
    `people.reform_divisions`, which says what it became.
    """
    day = since or clock.today()
    wanted = _wanted(rows)
    standing = {one.code: one for one in Division.objects.filter(until__isnull=True)}
    counts = {"begun": 0, "renamed": 0, "same": 0}
    for code, name in wanted.items():
        old = standing.get(code)
        if old is not None and old.name == name:
            counts["same"] += 1
            continue
        if old is not None:
            _check_after(old, day)
            _succeed(act, old, _begin(act, code, name, day, ending=old), day)
        else:
            _begin(act, code, name, day)
        counts["begun" if old is None else "renamed"] += 1
    act.subject = "divisions:all"
    act.outcome = {"since": day.isoformat(), **counts}
    act.tell("change", what="divisions", **counts)
    return len(wanted)


@action("people.reform_divisions", power="people.administer")
def reform_divisions(
    act: Act, *, ended: list[str], into: list[dict[str, str]], on: datetime.date, paper: str
) -> list[Division]:
    """End divisions on a day and say what they became (merger, split, change of code).

    `into` gives `code` and `name`; one that stands already takes the ended ones over. `paper` is
    the approval (《行政区划管理条例》arts. 7-9: changes are approved, and take effect by it).
    """
    if not paper.strip():
        rule = "《行政区划管理条例》：区划变更须经批准"
        raise Refusal("没有写明批准文件", rule=rule, remedy="写出批准文件的文号")
    old = [_standing(code) for code in dict.fromkeys(map(check_code, ended))]
    if not (old and into):
        raise Refusal("没有写明撤销哪些、成为哪些", remedy="两边都要写")
    for one in old:
        _check_after(one, on)
        _end(act, one, on)
    fresh = [_taken_over(act, code, name, on) for code, name in _wanted(into).items()]
    for before in old:
        for after in fresh:
            Succession.objects.create(
                predecessor=before, successor=after, on=on, sequence=act.sequence
            )
    act.subject = f"division:{old[0].code}"
    act.outcome = {
        "ended": [one.code for one in old],
        "into": [one.code for one in fresh],
        "on": on.isoformat(),
        "paper": paper.strip(),
    }
    act.tell("change", what="divisions", ended=len(old), into=len(fresh))
    return fresh


def _wanted(rows: Iterable[Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        code, name = check_code(row["code"]), row["name"].strip()
        if not name or len(name) > 64:
            raise Refusal("行政区划没有名称，或名称太长", where=code)
        if found.setdefault(code, name) != name:
            raise Refusal("同一代码有两个名称", where=f"{code} {found[code]}、{name}")
    if not found:
        raise Refusal("没有行政区划可载入", remedy="每行写代码和名称")
    return found


def _begin(
    act: Act, code: str, name: str, day: datetime.date, ending: Division | None = None
) -> Division:
    if ending is not None:
        _end(act, ending, day)
    return Division.objects.create(
        code=code,
        name=name,
        level=level_of(code),
        parent_code=parent_of(code),
        since=day,
        sequence=act.sequence,
    )


def _taken_over(act: Act, code: str, name: str, on: datetime.date) -> Division:
    standing: Division | None = Division.objects.filter(code=code, until__isnull=True).first()
    if standing is not None and standing.name == name:
        return standing
    if standing is None:
        return _begin(act, code, name, on)
    _check_after(standing, on)
    fresh = _begin(act, code, name, on, ending=standing)
    return _succeed(act, standing, fresh, on)


def _succeed(act: Act, before: Division, after: Division, on: datetime.date) -> Division:
    Succession.objects.create(predecessor=before, successor=after, on=on, sequence=act.sequence)
    return after


def _end(act: Act, one: Division, day: datetime.date) -> None:
    one.until, one.ended_sequence = day, act.sequence
    one.save(update_fields=["until", "ended_sequence"])


def _check_after(one: Division, day: datetime.date) -> None:
    if day <= one.since:
        raise Refusal("变更之日不晚于设立之日", where=f"{one} {day}", remedy="改一个日期")


def _standing(code: str) -> Division:
    found: Division | None = Division.objects.filter(code=code, until__isnull=True).first()
    if found is None:
        raise Refusal("没有这个行政区划，或已撤销", where=code, remedy="核对代码")
    return found
