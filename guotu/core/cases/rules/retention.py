"""How long the file of a case is kept, and by when it is archived, from the kind of its result.

《机关文件材料归档范围和文书档案保管期限规定》（国家档案局令第8号）; the dated rows stand in
`results.toml`, each with how sure it is, and a county's own table replaces them.
"""

import calendar
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from guotu.lib.refusal import Refusal
from guotu.lib.rules import Rule, RuleBook

_RESULT = "cases.result."


@dataclass(frozen=True)
class Kept:
    """What follows from a result: its title, until when its file is kept (None: for ever)."""

    result: str
    title: str
    keep_until: date | None
    archive_by: date
    rule: Rule


@cache
def book() -> RuleBook:
    """Return the rules of results and of archiving."""
    text = resources.files("guotu.core.cases").joinpath("results.toml").read_text("utf-8")
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])


def results(day: date) -> dict[str, str]:
    """Return the Chinese title of every result that a case can have on a day, by its key."""
    kinds = [(kind, book().find(kind, day)) for kind in book().kinds(_RESULT)]
    return {kind.removeprefix(_RESULT): rule.title for kind, rule in kinds if rule}


def kept(result: str, closed_on: date, place: str = "") -> Kept:
    """Return how long the file of a case with this result is kept.

    `result` is its key or its Chinese title. Years count from the first of January after the
    case is closed. Raises Refusal for a result that is not in the table.
    """
    titles = {title: key for key, title in results(closed_on).items()}
    result = titles.get(result, result)
    rule = book().find(f"{_RESULT}{result}", closed_on, place=place)
    if rule is None:
        raise Refusal(
            "没有这种办理结果",
            where=result,
            rule="办理结果决定保管期限，须在结果表中",
            remedy="用结果表中的一种：" + "、".join(sorted(results(closed_on))),
        )
    years = int(rule.values["years"])
    until = date(closed_on.year + years, 12, 31) if years else None
    return Kept(result, rule.title, until, archive_by(closed_on), rule)


def archive_by(closed_on: date) -> date:
    """Return by when the file of a case closed on a day goes to the archive."""
    values = book().rule("cases.archive_by", closed_on).values
    year, month = closed_on.year + 1, int(values["month"])
    return date(year, month, min(int(values["day"]), calendar.monthrange(year, month)[1]))
