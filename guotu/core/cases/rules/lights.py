"""Which light a supervised task shows, and in words why: red, yellow, green, or none any more.

Thresholds are dated data (`tasks.toml`, kind `tasks.lights`): what near and silent mean grows or
shrinks with the priority of the task (《政府督查工作条例》，国务院令第733号).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

RED, YELLOW, GREEN, ENDED = "red", "yellow", "green", "ended"
WORDS = {RED: "红灯", YELLOW: "黄灯", GREEN: "绿灯", ENDED: "已了"}
LIVE = ("proposed", "open", "reported")


@dataclass(frozen=True)
class Thresholds:
    """Days before a date that count as near, days of silence, each by priority 0, 1, 2; and waits.

    `receive_days` until a unit signs for a task, `confirm_days` until the giver confirms it,
    `check_days` until a report of completion is checked. All are calendar days.
    """

    near_days: tuple[int, ...]
    silent_days: tuple[int, ...]
    receive_days: int
    confirm_days: int
    check_days: int

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Thresholds":
        """Read the values of a rule of kind `tasks.lights`."""
        return cls(
            near_days=tuple(values["near_days"]),
            silent_days=tuple(values["silent_days"]),
            receive_days=int(values["receive_days"]),
            confirm_days=int(values["confirm_days"]),
            check_days=int(values["check_days"]),
        )

    def near_until(self, priority: int, today: date) -> date:
        """Return the last day that counts as near for a priority."""
        return today + timedelta(self.near_days[min(priority, len(self.near_days) - 1)])

    def silent_since(self, priority: int, today: date) -> date:
        """Return the day before which a last word counts as silence for a priority."""
        return today - timedelta(self.silent_days[min(priority, len(self.silent_days) - 1)])


@dataclass(frozen=True)
class Known:
    """What a light is told from: plain facts of a task, days in the county's zone.

    `next_on` is the earliest day still owed, a milestone's or the task's own.
    """

    state: str
    due_on: date
    next_on: date
    opened_on: date
    heard_on: date
    priority: int = 0
    received: bool = True
    doubted: bool = False
    reported_on: date | None = None


@dataclass(frozen=True)
class Light:
    """A light: its colour, its word, and why, each reason a sentence without a full stop."""

    colour: str
    why: tuple[str, ...]

    @property
    def word(self) -> str:
        """Return the word that stands beside the colour."""
        return WORDS[self.colour]


def light(known: Known, today: date, thresholds: Thresholds) -> Light:
    """Return the light of a task on a day, with every reason for its colour."""
    if known.state not in LIVE:
        return Light(ENDED, ("已销号" if known.state == "closed" else "不再办理",))
    if reasons := _red(known, today):
        return Light(RED, tuple(reasons))
    if reasons := _yellow(known, today, thresholds):
        return Light(YELLOW, tuple(reasons))
    if known.state == "reported":
        return Light(GREEN, ("已报告完成，待核查",))
    return Light(GREEN, (f"距期限还有 {(known.due_on - today).days} 天",))


def _red(known: Known, today: date) -> list[str]:
    found = []
    # Whoever reported in time does not turn red while the supervisor's check is owed.
    if known.state != "reported":
        if known.due_on < today:
            found.append(f"逾期 {(today - known.due_on).days} 天")
        elif known.next_on < today:
            found.append(f"节点逾期 {(today - known.next_on).days} 天")
    if known.doubted:
        found.append("反馈经核查不符")
    return found


def _yellow(known: Known, today: date, thresholds: Thresholds) -> list[str]:
    if known.state == "reported":
        waited = (today - (known.reported_on or today)).days
        return [f"报告完成后 {waited} 天未核查"] if waited > thresholds.check_days else []
    found = []
    if known.next_on <= thresholds.near_until(known.priority, today):
        what = "期限" if known.next_on == known.due_on else "节点"
        found.append(f"距{what}还有 {(known.next_on - today).days} 天")
    waited = (today - known.opened_on).days
    if known.state == "proposed":
        if waited > thresholds.confirm_days:
            found.append(f"登记后 {waited} 天未经交办人确认")
        return found
    if not known.received and waited > thresholds.receive_days:
        found.append(f"交办后 {waited} 天未签收")
    if known.heard_on < thresholds.silent_since(known.priority, today):
        found.append(f"{(today - known.heard_on).days} 天没有反馈")
    return found
