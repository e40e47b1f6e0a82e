"""What completing a step asks for beside its data: the power of its tag, and its evidence.

法无授权不可为: a post takes steps of a nature only with the power of that nature. Integrity-risk
points (廉政风险点) are passed with evidence alone, each by its own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from guotu.core.cases.rules.hands import SEPARATE
from guotu.lib.refusal import Refusal

HANDLE = "cases.handle"
_LEAST_NOTE = 4


@dataclass(frozen=True)
class Risk:
    """An integrity-risk point of a step: what it is, and whether a note or a document passes it."""

    title: str
    evidence: str = "note"
    article: str = ""


def powers_for(tag: str) -> frozenset[str]:
    """Return the powers that a step of this nature asks for."""
    return frozenset({HANDLE, f"cases.{tag}"} if tag in SEPARATE else {HANDLE})


def lacking(tag: str, powers: Collection[str]) -> str:
    """Return what of a nature a post with these powers may not take: 执行类步骤; empty for none."""
    if "*" in powers or powers_for(tag) <= set(powers):
        return ""
    return f"办理{SEPARATE[tag]}类步骤" if tag in SEPARATE else "办理步骤"


def passing(
    risks: Iterable[Risk], evidence: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the evidence of each risk point by its title.

    `evidence` gives, by title, `note` (a text) and `file` (the hash of a kept file). Raises
    Refusal where a point has none, or there is evidence for a point that the step has not.
    """
    points = {risk.title: risk for risk in risks}
    if foreign := sorted(set(evidence) - set(points)):
        raise Refusal("这一步没有这个风险点", "、".join(foreign), remedy="刷新后再提交")
    for risk in points.values():
        _check(risk, evidence.get(risk.title, {}))
    return {title: evidence[title] for title in points}


def _check(risk: Risk, given: Mapping[str, Any]) -> None:
    if risk.evidence == "document" and not given.get("file"):
        raise Refusal("通过廉政风险点须附佐证材料", risk.title, risk.article, "上传材料后再提交")
    if risk.evidence != "document" and len(str(given.get("note", "")).strip()) < _LEAST_NOTE:
        raise Refusal(
            "通过廉政风险点须写明如何核实", risk.title, risk.article, "写明核实情况后再提交"
        )
