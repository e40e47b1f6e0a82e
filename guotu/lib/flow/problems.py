"""A problem: what keeps a drawing from running, at which element and line, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from guotu.lib.refusal import Refusal

_TOLD = 5


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that keeps a drawing from running.

    `element` is the id of the element (its kind where it has none), `line` its line in the file
    (from 1), `problem` and `remedy` are Chinese without a full stop.
    """

    line: int
    element: str
    problem: str
    remedy: str

    def as_dict(self) -> dict[str, str | int]:
        """Return the four parts, for JSON."""
        return {
            "element": self.element,
            "line": self.line,
            "problem": self.problem,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        return f"第 {self.line} 行 {self.element}：{self.problem}；办法：{self.remedy}"


def refusal_of(name: str, problems: Iterable[Problem]) -> Refusal:
    """Return the refusal of the file `name` for `problems`; the first few are told in full."""
    found = sorted(problems)
    told = "；".join(f"第 {one.line} 行 {one.element} {one.problem}" for one in found[:_TOLD])
    more = f"；等 {len(found)} 处" if len(found) > _TOLD else ""
    return Refusal(
        f"流程图不能运行：{told}{more}",
        where=name,
        rule="流程图须照画的样子运行，不能运行的部分不接受",
        remedy=found[0].remedy if len(found) == 1 else "用 guotu process check 逐条改正",
    )
