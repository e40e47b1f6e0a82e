"""Says an event in words: when, what, by which paper and rule; the rows of page, table and JSON."""

from typing import Any

from django.utils.translation import gettext as _

from guotu.core.atlas.life.events import LifeEvent, LifeRule
from guotu.core.atlas.life.ribbon import Ribbon


def kind_word(event: LifeEvent) -> str:
    """Say what kind of knowledge an event is."""
    words = {
        "is": _("在册"),
        "out": _("不在"),
        "change": _("变化"),
        "act": _("行为"),
        "withdrawn": _("已撤回"),
        "superseded": _("已取代"),
        "rule": _("规则"),
        "fault": _("不明"),
    }
    return words[event.kind]


def when(event: LifeEvent) -> str:
    """Say the days for which an event is known."""
    start = event.start.isoformat() if event.start else ""
    if event.kind in ("act", "withdrawn", "superseded", "fault") or event.start == event.end:
        return start
    if event.end is None:
        return _("%(start)s 起") % {"start": start} if start else _("一直")
    return _("%(start)s 至 %(end)s") % {"start": start, "end": event.end.isoformat()}


def rule_text(rule: LifeRule) -> str:
    """Say a rule: title, article, source, and that it is unsure where it is."""
    said = "，".join(filter(None, [rule.title, rule.article, rule.source]))
    return said if rule.certainty == "sure" else _("%(rule)s（不确定）") % {"rule": said}


def paper_text(event: LifeEvent) -> str:
    """Say the paper an event rests on."""
    paper = event.paper
    return " ".join(filter(None, [paper.name, paper.number])) if paper else ""


def rows(ribbon: Ribbon) -> list[list[Any]]:
    """Return the ribbon as a table, one row an event; `head` names its columns."""
    return [
        [
            lane.title,
            kind_word(event),
            event.start.isoformat() if event.start else "",
            event.end.isoformat() if event.end else "",
            event.title,
            event.detail.replace("\n", "；"),
            paper_text(event),
            "；".join(rule_text(one) for one in event.rule),
            "" if event.sequence is None else event.sequence,
        ]
        for lane in ribbon.lanes
        for event in lane.events
    ]


def head() -> list[str]:
    """Return the names of the columns of `rows`."""
    names = (_("事项"), _("性质"), _("起"), _("止"), _("内容"), _("说明"))
    return [*names, _("依据文件"), _("当时规则"), _("行为序号")]


def plain(ribbon: Ribbon) -> list[dict[str, Any]]:
    """Return the events as plain JSON values."""
    return [
        {
            "lane": event.lane,
            "kind": event.kind,
            "start": event.start.isoformat() if event.start else None,
            "end": event.end.isoformat() if event.end else None,
            "title": event.title,
            "detail": event.detail,
            "paper": paper_text(event),
            "rules": [vars(one) for one in event.rule],
            "address": event.address,
            "sequence": event.sequence,
            "secrecy": event.secrecy,
        }
        for event in ribbon.events
    ]
