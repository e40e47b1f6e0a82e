"""Numbers from gap-free series: 1, 2, 3, given inside the act's lock and gone if the act is."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from guotu.core.files.models import Document, Number
from guotu.core.journal.actions import Act
from guotu.lib.refusal import Refusal

_RULE = "《党政机关公文处理工作条例》第九条：发文字号由机关代字、年份、顺序号组成，不跳不重"


@dataclass(frozen=True)
class Series:
    """A declared series (字号): its pattern, whether it begins anew each year, whose it is."""

    code: str
    title: str
    pattern: str
    reset: str
    unit: str

    def __post_init__(self) -> None:
        yearly = self.reset == "year"
        if self.reset not in ("year", "never") or yearly != ("{year}" in self.pattern):
            raise ValueError(f"series {self.code}: reset and pattern disagree")
        if "{number}" not in self.pattern:
            raise ValueError(f"series {self.code}: no number in the pattern")

    def word(self, year: int, number: int) -> str:
        """Return the number in full, for example 自然资批〔2026〕1号."""
        return self.pattern.format(year=year, number=number)


_declared: dict[str, Series] = {}


def declare(**facts: str) -> Series:
    """Declare a series of a duty's own; a county's series.toml may replace it."""
    series = Series(**facts)
    _declared[series.code] = series
    return series


def series_of(code: str) -> Series:
    """Return a declared series. Raises Refusal where there is none of this code."""
    found = all_series().get(code)
    if found is None:
        remedy = "请管理员在 series.toml 中登记后再编号"
        raise Refusal("没有登记这个字号", where=code, rule=_RULE, remedy=remedy)
    return found


def all_series() -> dict[str, Series]:
    """Return every series by code: the platform's, the duties', and in their place the county's."""
    ours = resources.files(__package__).joinpath("series.toml").read_text("utf-8")
    found = {row["code"]: Series(**row) for row in tomllib.loads(ours)["series"]}
    return found | _declared | {one.code: one for one in map(_series, _county_rows())}


def _series(row: dict[str, Any]) -> Series:
    try:
        return Series(**row)
    except (TypeError, ValueError) as error:
        remedy = "写明 code、title、pattern、reset（year 或 never）、unit"
        raise Refusal("字号登记有误", f"series.toml {row.get('code')}", _RULE, remedy) from error


def _county_rows() -> list[dict[str, Any]]:
    path = settings.GUOTU_HOME / "series.toml"
    if not path.exists():
        return []
    try:
        return list(tomllib.loads(path.read_text("utf-8")).get("series", []))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("字号登记读不出来", str(path), remedy=f"改正后再试：{error}") from error


def next_number(act: Act, series: str, year: int) -> int:
    """Take the next number of a series for the act under way and return it.

    Runs in the act's transaction and lock: a refused, rolled back or previewed act leaves no gap.
    `year` is the year of the act, for a number is not given backwards; a series that never
    begins anew pays no heed to it. Raises Refusal.
    """
    return take(act, series, year).number


def take(act: Act, series: str, year: int) -> Number:
    """Take the next number as a row; see `next_number`."""
    declared = series_of(series)
    if declared.reset == "year" and year != timezone.localtime(act.at).year:
        what = f"不能编 {year} 年的文号"
        where = declared.title
        raise Refusal(what, where, "文号的年份是成文当年，不得倒签或预编", "用当年的年份编号")
    kept = year if declared.reset == "year" else 0
    last = Number.objects.filter(series=series, year=kept).aggregate(last=Max("number"))["last"]
    number = Number(series=series, year=kept, number=(last or 0) + 1, sequence=act.sequence)
    number.save(force_insert=True)
    word = declared.word(kept, number.number)
    act.tell("number", series=series, year=kept, number=number.number, word=word)
    return number


def void(act: Act, series: str, year: int, number: int) -> Number:
    """Void a number with the act's reason; it stays where it is and is never given again."""
    declared = series_of(series)
    kept = year if declared.reset == "year" else 0
    found = Number.objects.filter(series=series, year=kept, number=number).first()
    word = declared.word(kept, number)
    if found is None:
        raise Refusal("没有编过这个号", where=word, rule=_RULE, remedy="核对字号、年份和顺序号")
    if found.voided_sequence is not None:
        raise Refusal("这个号已经作废", where=word, remedy="不必再办")
    if not act.reason.strip():
        raise Refusal("作废文号须写明理由", where=word, rule=_RULE, remedy="写明理由后再办")
    found.voided_sequence, found.void_reason = act.sequence, act.reason.strip()
    found.save(update_fields=["voided_sequence", "void_reason"])
    document = Document.objects.filter(number=found).values_list("pk", flat=True).first()
    act.tell("change", what="number_voided", word=word, document=document)
    return found


def gaps() -> list[str]:
    """Return every series and year whose numbers are not 1 to their count; none, as it should."""
    rows = Number.objects.order_by("series", "year", "number").values_list(
        "series", "year", "number"
    )
    seen: dict[tuple[str, int], int] = {}
    wrong = []
    for series, year, number in rows.iterator():
        seen[series, year] = seen.get((series, year), 0) + 1
        if number != seen[series, year]:
            wrong.append(f"{series} {year} {seen[series, year]}")
    return wrong
