"""Says what an act on a case would do: numbers, postings, steps, messages, clocks, changes."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from guotu.core.cases.templatetags.case_words import role_word
from guotu.core.journal.actions import Effect
from guotu.core.people.catalogue import verbs
from guotu.core.people.models import Post

Facts = Mapping[str, Any]
Posts = Mapping[int, str]


def said_all(effects: Iterable[Effect]) -> list[str]:
    """Return the effects of an act as sentences, each once, in their order; one query."""
    found = list(effects)
    numbers = {one.facts["post"] for one in found if isinstance(one.facts.get("post"), int)}
    posts = dict(Post.objects.filter(pk__in=numbers).values_list("pk", "name"))
    sentences = [_said(one, posts) for one in found]
    return list(dict.fromkeys(one for one in sentences if one))


def _said(effect: Effect, posts: Posts) -> str:
    say = _BY_WHAT.get(str(effect.facts.get("what"))) or _BY_KIND[effect.kind]
    return say(effect.facts, posts)


def _assigned(facts: Facts, posts: Posts) -> str:
    words = {"step": facts.get("step", ""), "post": _post(facts, posts)}
    if facts.get("what") == "given_back":
        return _("“%(step)s”退回岗位，由%(post)s的人认领") % words
    return _("“%(step)s”交到%(post)s") % words


def _number(facts: Facts, posts: Posts) -> str:
    number = facts.get("word") or facts.get("number") or ""
    return _("编号：%(number)s") % {"number": number}


def _posted(facts: Facts, posts: Posts) -> str:
    return _("台账记账 %(count)s 笔，自转账 %(first)s 起") % {
        "count": facts.get("transfers", ""),
        "first": facts.get("first", ""),
    }


def _clock(facts: Facts, posts: Posts) -> str:
    words = {"title": facts.get("title", ""), "due": _day(facts)}
    if facts.get("provisional"):
        return _("期限：%(title)s，到 %(due)s（历法未公布，暂计）") % words
    return _("期限：%(title)s，到 %(due)s") % words


def _clock_ended(facts: Facts, posts: Posts) -> str:
    words = {"title": facts.get("title", "")}
    ended = {
        "met": _("期限停止：%(title)s，按期"),
        "missed": _("期限停止：%(title)s，已逾期"),
    }
    return ended.get(str(facts.get("state")), _("期限取消：%(title)s")) % words


def _sent(facts: Facts, posts: Posts) -> str:
    words = {
        "consult": _("向%(post)s征求意见"),
        "countersign": _("送%(post)s会签，答复前这一步不能办"),
        "urged": _("催办，提醒%(post)s"),
    }
    said = words.get(str(facts.get("what")), _("告知%(post)s"))
    return said % {"post": _post(facts, posts)}


def _assignment(facts: Facts, posts: Posts) -> str:
    role = role_word(str(facts.get("role", "")))
    words = {"role": role, "post": _post(facts, posts), "day": facts.get("until")}
    if facts.get("until"):
        return _("角色“%(role)s”由%(post)s担任到 %(day)s 为止") % words
    return _("角色“%(role)s”由%(post)s担任；以后到这一步的件交给它") % words


def _started(facts: Facts, posts: Posts) -> str:
    if action := facts.get("action"):
        return _("自动办理：%(verb)s") % {"verb": verbs().get(str(action), str(action))}
    return _assigned(facts, posts) if "step" in facts else _plain(facts, posts)


def _plain(facts: Facts, posts: Posts) -> str:
    return str(facts.get("text") or facts.get("title") or "")


def _worded(sentence: Callable[[], str]) -> Callable[[Facts, Posts], str]:
    return lambda facts, posts: sentence() % dict(facts)


def _post(facts: Facts, posts: Posts) -> str:
    number = facts.get("post")
    return posts.get(number, str(number)) if isinstance(number, int) else "—"


def _day(facts: Facts) -> str:
    text = str(facts.get("due") or "")
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text[:10]
    return (timezone.localdate(at) if at.tzinfo else at.date()).isoformat()


_BY_WHAT: dict[str, Callable[[Facts, Posts], str]] = {
    "clock": _clock,
    "clock_ended": _clock_ended,
    "clock_suspended": _worded(lambda: _("期限中止：%(title)s，中止的日子不计入")),
    "assignment": _assignment,
    "step_done": _worded(lambda: _("“%(step)s”办毕，不能再改")),
    "step_recalled": _worded(lambda: _("收回“%(step)s”，重新待办")),
    "risk_passed": _worded(lambda: _("廉政风险点留下佐证：%(point)s")),
    "case_closed": _worded(lambda: _("本件办结，结果：%(result)s；不再有待办步骤，期限停止")),
    "consult": _sent,
    "countersign": _sent,
    "urged": _sent,
    "attached": _worded(lambda: _("材料挂到本件")),
    "document_issued": _worded(lambda: _("签发公文：%(code)s")),
}
_BY_KIND: dict[str, Callable[[Facts, Posts], str]] = {
    "number": _number,
    "post": _posted,
    "start": _started,
    "send": _sent,
    "change": _plain,
}
