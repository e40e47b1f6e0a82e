"""What a supervised task must say before it is given out, and who may judge whose report.

Every item, however small, has an owner and a date (大事不糊涂，小事不疏漏); whoever reports does
not check; what is closed is closed with its proof.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from guotu.lib.refusal import Refusal

OWNED = "大事不糊涂，小事不疏漏：每一件都有主办单位、期限和销号所需的佐证"
APART = "办理和监管分离：报告人和主办、协办单位的人不核查、不销号自己的事项"
PROVEN = "力求把每一项工作都做实做细：没有佐证不销号"


@dataclass(frozen=True)
class Row:
    """One task as it is to be given out: what was said, what is to be done, by whom, by when."""

    sentence: str
    title: str
    unit_id: int | None
    due_on: date | None
    wanted: str
    priority: int = 0
    assisting: tuple[int, ...] = ()
    milestones: tuple[tuple[str, date], ...] = ()
    division: str = ""
    longitude: float | None = None
    latitude: float | None = None
    serves_id: int | None = None
    case_id: int | None = None


def faults(row: Row, said_on: date, units: Collection[int]) -> list[str]:
    """Return what is wrong with a row, each a short sentence; none where it may be given out."""
    found = [
        word
        for wrong, word in (
            (not row.title.strip(), "没有写明要办什么"),
            (len(row.title) > 255, "事项超过 255 字"),
            (row.unit_id is None, "没有主办单位"),
            (row.unit_id is not None and row.unit_id not in units, "没有这个主办单位"),
            (row.due_on is None, "没有期限"),
            (not row.wanted.strip(), "没有写明凭什么销号"),
            (row.priority not in (0, 1, 2), "没有这个优先级"),
            (bool(set(row.assisting) - set(units)), "没有这个协办单位"),
            (row.unit_id in row.assisting, "主办单位又列为协办"),
            ((row.longitude is None) != (row.latitude is None), "位置只写了一半"),
        )
        if wrong
    ]
    if row.due_on is not None:
        found += _late(row, row.due_on, said_on)
    return found


def _late(row: Row, due_on: date, said_on: date) -> list[str]:
    found = [] if due_on >= said_on else [f"期限 {due_on} 早于来源之日"]
    return found + [
        f"节点“{title}”不在期限之内" for title, on in row.milestones if not said_on <= on <= due_on
    ]


def check_rows(rows: list[Row], said_on: date, units: Collection[int]) -> None:
    """Raise Refusal naming every row that may not be given out, and why."""
    if not rows:
        raise Refusal("没有要交办的事项", rule=OWNED, remedy="至少勾选一行，写明主办单位和期限")
    wrong = [
        f"第 {at} 行：{'，'.join(found)}"
        for at, row in enumerate(rows, 1)
        if (found := faults(row, said_on, units))
    ]
    if wrong:
        raise Refusal("有事项还不能交办", "；".join(wrong), OWNED, "补齐后一次交办；一行也没有写入")


def check_apart(
    *,
    person_id: int | None,
    units: Iterable[int],
    reporters: Collection[int],
    task_units: Collection[int],
    where: str = "",
) -> None:
    """Raise Refusal where a supervisor reported on the task, or is of a unit that does it.

    `units` are all units in which the person holds a post today, besides that of the post acted
    in: a substitute stays who one is.
    """
    if person_id is None:
        raise Refusal("核查和销号要由具名的人来做", where, APART, "请督办岗位的人登录后办理")
    if person_id in reporters:
        raise Refusal("不能核查自己报告过的事项", where, APART, "请另一个单位的督办岗位办理")
    if set(units) & set(task_units):
        raise Refusal("不能核查本单位的事项", where, APART, "请另一个单位的督办岗位办理")


def check_closable(*, confirmed: bool, evidence: int, record_denies: str, where: str = "") -> None:
    """Raise Refusal where a task lacks its proof: a report of completion found true, with evidence.

    `evidence` counts the files and records that confirmed reports rest on; `record_denies` is what
    a record says against completion, "" where none does.
    """
    if not confirmed:
        remedy = "先由主办单位报告完成并附佐证，再核查属实"
        raise Refusal("没有核查属实的完成报告，不能销号", where, PROVEN, remedy)
    if not evidence:
        raise Refusal(
            "没有佐证，不能销号", where, PROVEN, "请主办单位补交文件，或指明所依的办件、公文"
        )
    if record_denies:
        what, remedy = "所指记录与完成不符，不能销号", "等记录办结，或退回报告"
        raise Refusal(what, record_denies, "准确反馈：报告的状态须与记录一致", remedy)
