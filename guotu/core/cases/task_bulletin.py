"""The supervision bulletin (督查通报) of a week, written from the record by the form of GB/T 9704.

A draft: it bears the week it tells of, and takes a number when it is issued as a document.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from guotu.core.cases.queries import task_tables
from guotu.core.cases.queries.tasks import Row
from guotu.lib.gongwen import Paper, date_in_words


@dataclass(frozen=True)
class Bulletin:
    """What a bulletin tells: rows by unit, what is red, what was closed since a day, misses."""

    place: str
    on: datetime.date
    since: datetime.date
    units: list[dict[str, Any]]
    red: list[Row]
    closed: list[Row]
    missed: int


def paper_of(told: Bulletin, mark: str = "") -> Paper:
    """Return the bulletin as an official document of the kind 通报, without a number yet."""
    days = f"{date_in_words(told.since)}至{date_in_words(told.on)}"
    body = [
        f"现将{days}督办事项办理情况通报如下。",
        "一、总体情况",
        _whole(told),
        "二、各单位情况",
        *[_unit(row) for row in told.units],
        "三、红灯事项",
        *([_red(at, row) for at, row in enumerate(told.red, 1)] or ["没有红灯事项。"]),
        "四、本期销号事项",
        *([_closed(at, row) for at, row in enumerate(told.closed, 1)] or ["本期没有销号事项。"]),
        "五、工作要求",
        _wish(told),
    ]
    return Paper(
        head=f"{told.place}自然资源局督查通报",
        organ=f"{told.place}自然资源局",
        # The week it tells of, by ISO 8601: a draft takes no number of a series.
        code=f"督查周报〔{told.on.isocalendar().year}〕{told.on.isocalendar().week}号",
        kind="通报",
        title="关于督办事项办理情况的通报",
        body="\n".join(body),
        dated=told.on,
        addressees=("局机关各单位，各乡镇国土所",),
        sealed=False,
        note="本件按记录生成，供核改；印发时另编文号",
        mark=mark,
    )


def _whole(told: Bulletin) -> str:
    sums = task_tables.sums(told.units)
    share = f"{100 * sums['closed'] / sums['dispatched']:.1f}%" if sums["dispatched"] else "—"
    return (
        f"共交办 {sums['dispatched']} 件，已反馈 {sums['fed_back']} 件，"
        f"凭佐证销号 {sums['closed']} 件，销号率 {share}；逾期 {sums['late']} 件。"
        f"红灯 {sums['red']} 件，黄灯 {sums['yellow']} 件，绿灯 {sums['green']} 件。"
    )


def _unit(row: dict[str, Any]) -> str:
    true, checked = row["accuracy"] or (0, 0)
    accurate = f"，反馈经核查 {checked} 次、属实 {true} 次" if checked else ""
    return (
        f"{row['unit']}：交办 {row['dispatched']} 件，反馈 {row['fed_back']} 件，"
        f"销号 {row['closed']} 件，逾期 {row['late']} 件{accurate}。"
    )


def _red(at: int, row: Row) -> str:
    task = row.task
    why = "，".join(row.light.why)
    return f"{at}. {task.title}（{task.number}，{task.unit.name}，期限 {task.due_on}）：{why}。"


def _closed(at: int, row: Row) -> str:
    return f"{at}. {row.task.title}（{row.task.number}，{row.task.unit.name}）。"


def _wish(told: Bulletin) -> str:
    if not told.red and not told.missed:
        return "请各单位继续按期办理，反馈须与记录一致，销号须有佐证。"
    return (
        f"请红灯事项的主办单位三个工作日内书面说明原因和完成时间；另有 {told.missed} 处疏漏"
        "（未签收、未确认、未交办、未核查）由办公室逐项核对。反馈须与记录一致，销号须有佐证。"
    )
