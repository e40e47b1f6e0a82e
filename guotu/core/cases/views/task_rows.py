"""The rows of the page on which many tasks are given out: as proposed, as sent, as to be given."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from guotu.core.cases.rules.sentences import Proposal
from guotu.core.cases.rules.tasking import Row, faults
from guotu.core.people.models import Unit

MOST_ROWS = 60
_SPARE_ROWS = 2
_ONE_LINE = 32
_WANTED = "办理报告和佐证材料"
# What a unit's name ends with besides the place or duty that people say.
_ENDINGS = re.compile("(?:自然资源所|国土资源所|国土所|人民政府|办事处|办公室)$")
_DATED = re.compile(r"^(.*?)[\s：:]*([0-9]{4}-[0-9]{2}-[0-9]{2})$")


@dataclass
class FormRow:
    """One row as it stands on the page: what was typed, and what is wrong with it."""

    at: int
    keep: bool = False
    sentence: str = ""
    title: str = ""
    unit: int | None = None
    due: str = ""
    priority: int = 0
    wanted: str = _WANTED
    assisting: str = ""
    milestones: str = ""
    division: str = ""
    place: str = ""
    words: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def says_more(self) -> bool:
        """Say whether the sentence holds more than the title does: it was cut, or put otherwise."""
        return bool(self.sentence) and (self.title not in self.sentence or not self.title)

    @property
    def is_long(self) -> bool:
        """Say whether the title wants two lines."""
        return len(self.title) > _ONE_LINE


def names_of(units: Iterable[Unit]) -> dict[str, str]:
    """Return every name a unit may be called by, and the unit's name for it."""
    held = [one.name for one in units]
    short = {_ENDINGS.sub("", name): name for name in held}
    return {name: whole for name, whole in short.items() if len(name) > 1} | {
        name: name for name in held
    }


def row_of_proposal(at: int, one: Proposal, units: Mapping[str, int]) -> FormRow:
    """Return a proposed row; one that does not read like a duty is not ticked."""
    return FormRow(
        at=at,
        keep=one.sure,
        sentence=one.sentence,
        title=one.title,
        unit=units.get(one.unit),
        due=one.due.on.isoformat() if one.due else "",
        priority=one.priority,
        assisting="、".join(one.assisting),
        words=one.due.words if one.due else "",
    )


def spare_rows(after: int) -> list[FormRow]:
    """Return a few empty rows to write in, where there is room for them."""
    return [FormRow(at) for at in range(after, min(after + _SPARE_ROWS, MOST_ROWS))]


def read_rows(form: QueryDict) -> list[FormRow]:
    """Return the rows that a sent form holds; at most `MOST_ROWS`."""
    text = form.get("rows", "")
    count = min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() else 0
    return [_read(form, at) for at in range(count)]


def _read(form: QueryDict, at: int) -> FormRow:
    def said(name: str) -> str:
        return form.get(f"r{at}-{name}", "").replace("\x00", "").strip()

    unit, priority = said("unit"), said("priority")
    return FormRow(
        at=at,
        keep=said("keep") == "yes",
        sentence=said("sentence"),
        title=said("title"),
        unit=int(unit) if unit.isascii() and unit.isdigit() else None,
        due=said("due"),
        priority=int(priority) if priority in ("0", "1", "2") else 0,
        wanted=said("wanted"),
        assisting=said("assisting"),
        milestones=said("milestones"),
        division=said("division"),
        place=said("place"),
        words=said("words"),
    )


def row_of(one: FormRow, units: Iterable[Unit], said_on: datetime.date) -> Row:
    """Return a sent row as the act takes it; what is wrong with it is put into its faults."""
    held = list(units)
    wrong: list[str] = []
    due = _day(one.due)
    if one.due and due is None:
        wrong.append(_("期限写成 2026-01-05 的样子"))
    lon, lat = _place(one.place, wrong)
    row = Row(
        sentence=one.sentence,
        title=one.title,
        unit_id=one.unit,
        due_on=due,
        wanted=one.wanted,
        priority=one.priority,
        assisting=_units(one.assisting, held, wrong),
        milestones=_milestones(one.milestones, wrong),
        division=one.division,
        longitude=lon,
        latitude=lat,
    )
    one.faults = [*wrong, *faults(row, said_on, {each.pk for each in held})]
    return row


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _units(text: str, held: list[Unit], wrong: list[str]) -> tuple[int, ...]:
    numbers = {one.name: one.pk for one in held}
    called = names_of(held)
    found = []
    for name in filter(None, re.split(r"[、，,；;\s]+", text)):
        if name in called:
            found.append(numbers[called[name]])
        else:
            wrong.append(_("没有“%(name)s”这个单位") % {"name": name[:20]})
    return tuple(dict.fromkeys(found))


def _milestones(text: str, wrong: list[str]) -> tuple[tuple[str, datetime.date], ...]:
    found = []
    for line in filter(None, (piece.strip() for piece in re.split(r"[；;\n]+", text))):
        told = _DATED.match(line)
        day = _day(told[2]) if told else None
        if told is None or day is None or not told[1].strip():
            wrong.append(_("节点写成“台账 2026-03-01”的样子，用分号分开"))
            return ()
        found.append((told[1].strip(), day))
    return tuple(found)


def _place(text: str, wrong: list[str]) -> tuple[float | None, float | None]:
    if not text:
        return None, None
    try:
        lon, lat = (float(part) for part in re.split(r"[,，\s]+", text))
    except ValueError:
        lon, lat = 999.0, 999.0
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        wrong.append(_("位置写成“113.58,28.70”的样子（经度,纬度）"))
        return None, None
    return lon, lat
