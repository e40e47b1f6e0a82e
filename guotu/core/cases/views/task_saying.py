"""Says what an act on supervised tasks would do, in sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from guotu.core.journal.actions import Effect
from guotu.core.people.models import Post, Unit


def said_all(effects: Iterable[Effect]) -> list[str]:
    """Return the effects of an act as sentences, many of a kind as one; two queries at most."""
    found = list(effects)
    units = dict(Unit.objects.values_list("pk", "name"))
    sentences = [_source(found), *_given(found, units), _numbers(found)]
    sentences += [_changed(one.facts, units) for one in found if one.kind == "change"]
    sentences.append(_told(found))
    return list(dict.fromkeys(one for one in sentences if one))


def _source(found: list[Effect]) -> str:
    if any(one.facts.get("what") == "task_source" for one in found):
        return _("登记来源，原文照录")
    return ""


def _given(found: list[Effect], units: Mapping[int, str]) -> list[str]:
    made = [one.facts for one in found if one.facts.get("what") == "task"]
    if not made:
        return []
    heaps = Counter(units.get(one["unit"], "") for one in made)
    told = "、".join(
        _("%(unit)s %(count)s 件") % {"unit": unit, "count": count}
        for unit, count in heaps.most_common()
    )
    first, last = min(one["due"] for one in made), max(one["due"] for one in made)
    sentences = [_("交办 %(count)s 件：%(told)s") % {"count": len(made), "told": told}]
    if first == last:
        sentences.append(_("期限 %(day)s，到期前提醒，逾期逐级上报") % {"day": first})
    else:
        days = {"first": first, "last": last}
        sentences.append(_("期限 %(first)s 至 %(last)s，到期前提醒，逾期逐级上报") % days)
    waiting = sum(one["state"] == "proposed" for one in made)
    if waiting:
        sentences.append(_("%(count)s 件待交办人确认后才交办") % {"count": waiting})
    return sentences


def _numbers(found: list[Effect]) -> str:
    words = [str(one.facts.get("word", "")) for one in found if one.kind == "number"]
    if len(words) > 1:
        return _("编号 %(first)s 至 %(last)s") % {"first": words[0], "last": words[-1]}
    return _("编号 %(first)s") % {"first": words[0]} if words else ""


def _told(found: list[Effect]) -> str:
    notices = [one.facts for one in found if one.kind == "send"]
    count = sum(int(one.get("count", 0)) for one in notices if one.get("what") == "task_notice")
    posts = {one["post"] for one in notices if one.get("what") == "post_notice"}
    names = "、".join(Post.objects.filter(pk__in=posts).values_list("name", flat=True))
    if names:
        return _("提醒 %(posts)s") % {"posts": names}
    return _("向承办单位的岗位发出 %(count)s 条提醒") % {"count": count} if count else ""


def _changed(facts: Mapping[str, Any], units: Mapping[int, str]) -> str:
    say = _SENTENCES.get(str(facts.get("what")))
    return say(facts, units) if say else ""


def _due(facts: Mapping[str, Any], units: Mapping[int, str]) -> str:
    days = {"before": facts["before"], "after": facts["after"]}
    return _("期限由 %(before)s 改为 %(after)s，原期限留在经过里") % days


def _handed(facts: Mapping[str, Any], units: Mapping[int, str]) -> str:
    named = {"before": units.get(facts["before"], ""), "after": units.get(facts["after"], "")}
    return _("主办单位由%(before)s改为%(after)s，由其重新签收") % named


def _confirmed(facts: Mapping[str, Any], units: Mapping[int, str]) -> str:
    if facts["agreed"]:
        return _("事项就此交办，开始计时")
    return _("退回重新表述，不交办")


def _checked(facts: Mapping[str, Any], units: Mapping[int, str]) -> str:
    told = {
        "confirmed": _("判为属实，意见写下即不更改"),
        "differs": _("判为不符：亮红灯，退回办理，记入反馈准确率"),
        "returned": _("退回补充，事项继续办理"),
    }
    return told[facts["verdict"]]


def _closed(facts: Mapping[str, Any], units: Mapping[int, str]) -> str:
    return _("按期销号，停止计时") if facts["met"] else _("逾期销号，停止计时")


def _simply(said: Any) -> Any:
    return lambda facts, units: said()


_SENTENCES = {
    "task_due": _due,
    "task_handed": _handed,
    "task_confirmed": _confirmed,
    "task_checked": _checked,
    "task_closed": _closed,
    "task_received": _simply(lambda: _("签收，由本单位办理；签收后不能再拒收")),
    "task_refused": _simply(lambda: _("拒收留在经过里，人人可见；移交之前仍由本单位负责")),
    "task_milestone": _simply(lambda: _("节点记为今天完成")),
    "task_restated": _simply(lambda: _("改用新的表述，原表述留在经过里，再请交办人确认")),
    "task_dropped": _simply(lambda: _("不再办理，停止计时；仍留在清单里，可按状态查到")),
    "task_urged": _simply(lambda: _("催办留在经过里")),
    "task_board": _simply(lambda: _("挂牌督办：办结销号才摘牌，不能不再办理")),
}
