"""`guotu calendar year|day|enter`: the working days of a year, and what the county puts there."""

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

import click

from guotu.lib.refusal import Refusal
from guotu.site.cli.django_ready import ready

_REMEDY = "照 guotu/lib/days/calendar.toml 里 [[notice]] 的样子写：year、number、off、on"


@click.group(help="工作日历：查看、调整一天、录入年度放假通知。")
def command() -> None:
    """Hold the verbs together."""


@command.command(help="列出一年里与平常周不同的日子：放假、调休上班和本县调整。")
@click.argument("number", metavar="年份", type=click.IntRange(2000, 2100))
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def year(number: int, as_json: bool) -> None:
    """List the days of a year that differ from the plain week, and whether the year is settled."""
    ready()
    from guotu.core.cases.queries.clocks import county_calendar
    from guotu.lib.days import days_between

    known = county_calendar()
    first, last = datetime.date(number, 1, 1), datetime.date(number, 12, 31)
    days = list(days_between(first, last))
    off = [day for day in days if day.weekday() < 5 and not known.is_working(day)]
    worked = [day for day in days if day.weekday() >= 5 and known.is_working(day)]
    total = sum(map(known.is_working, days))
    provisional = number not in known.published
    if as_json:
        told: dict[str, Any] = {"off": [day.isoformat() for day in off]}
        told |= {"on": [day.isoformat() for day in worked], "working_days": total}
        told |= {"year": number, "provisional": provisional}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for day, word in sorted([*((day, "放假") for day in off), *((d, "上班") for d in worked)]):
        click.echo(f"{day.isoformat()}\t周{'一二三四五六日'[day.weekday()]}\t{word}")
    doubt = "；通知未公布，暂计" if provisional else ""
    click.echo(f"{number} 年工作日 {total} 天{doubt}。")


@command.command(help="调整一天：上班或者放假，并重算经过这一天的期限。")
@click.argument("on", metavar="日期", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--working/--off", required=True, help="上班，或者放假。")
@click.option("--number", required=True, help="依据的文号。")
def day(on: datetime.datetime, working: bool, number: str) -> None:
    """Put one day over the calendar."""
    told = {"on": on.date(), "working": working, "number": number}
    click.echo(f"已调整，重算期限 {_perform('cases.set_calendar_day', told)} 个。")


@command.command(help="录入年度放假通知（TOML），并重算、落定这一年的期限。")
@click.argument(
    "file", metavar="文件", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def enter(file: Path) -> None:
    """Enter the notice that settles a year."""
    moved = _perform("cases.enter_calendar_year", _notice(file))
    click.echo(f"已录入，重算期限 {moved} 个。")


def _perform(verb: str, told: dict[str, Any]) -> int:
    ready()
    from guotu.core.journal.actions import COUNTY, perform

    moved: int = perform(verb, COUNTY, **told).answer
    return moved


def _notice(file: Path) -> dict[str, Any]:
    try:
        read = tomllib.loads(file.read_text("utf-8"))
        notice = read["notice"][0] if "notice" in read else read
        off = [(first, last) for first, last in notice["off"]]
        told = {"year": int(notice["year"]), "number": str(notice["number"])}
        days = [*notice["on"], *(one for pair in off for one in pair)]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("放假通知读不出来", str(file), remedy=f"改正后再试：{error}") from error
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Refusal("放假通知不完整", str(file), remedy=_REMEDY) from error
    if not all(type(one) is datetime.date for one in days):
        raise Refusal("放假通知里的日子不是日期", str(file), remedy="写成 2027-01-01，不加引号")
    return {**told, "off": off, "on": list(notice["on"])}
