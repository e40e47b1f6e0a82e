"""Carrying an act out from a form: first what it would do, then the act, once."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from guotu.core.journal.actions import Effect, perform, preview
from guotu.core.people.catalogue import catalogue
from guotu.core.people.models import Person, Post
from guotu.core.people.queries import actor_of_request


def carry(
    request: HttpRequest, name: str, /, *, title: str, back: str, **arguments: Any
) -> HttpResponse:
    """Show what an act would do; once that is confirmed, do it and go back.

    Raises Refusal, on the first look already, where the act would be refused.
    """
    actor = actor_of_request(request)
    reason = request.POST.get("reason", "").strip()
    if request.POST.get("confirmed") != "yes":
        shown = preview(name, actor, reason=reason, **arguments)
        fields = [
            (field, value)
            for field, values in request.POST.lists()
            if field != "csrfmiddlewaretoken"
            for value in values
        ]
        context = {
            "title": title,
            "effects": [said(one) for one in shown.effects if "what" in one.facts],
            "warnings": shown.outcome.get("warnings", []),
            "fields": fields,
            "key": uuid.uuid4().hex,
            "back": back,
        }
        return render(request, "people/confirm.html", context)
    key = request.POST.get("key", "")[:64] or None
    done = perform(name, actor, reason=reason, key=key, **arguments)
    messages.success(request, _("已办理，记录号 %(number)s") % {"number": done.sequence})
    return redirect(back)


def said(effect: Effect) -> str:
    """Return one effect of an act as a sentence."""
    facts = dict(effect.facts)
    say = _SENTENCES.get(str(facts.get("what")))
    return say(facts) if say else f"{effect.kind} {facts}"


def _account(facts: Mapping[str, Any]) -> str:
    words = {
        "opened": _("开设账号"),
        "deactivated": _("停用账号，其所有登录立即退出"),
        "reactivated": _("恢复账号"),
        "unlocked": _("以前的登录失败不再计数"),
        "sessions_ended": _("其所有登录立即退出"),
    }
    return words[facts["done"]]


def _personal_data(facts: Mapping[str, Any]) -> str:
    if facts.get("done") == "erased":
        return _("永久删除个人信息和账号名，不能恢复；行为记录仍可核验")
    return _("更正个人信息")


def _second_factor(facts: Mapping[str, Any]) -> str:
    return _("解除第二因素，其所有登录立即退出")


def _holding(facts: Mapping[str, Any]) -> str:
    post = _post_name(facts["post"])
    if "until" in facts:
        return _("任职到 %(day)s 为止：%(post)s；到那日以此岗的登录立即退出") % {
            "day": facts["until"],
            "post": post,
        }
    return _("自 %(day)s 起任职：%(post)s") % {"day": facts["since"], "post": post}


def _substitution(facts: Mapping[str, Any]) -> str:
    return _("代理到 %(day)s 为止") % {"day": facts["until"]}


def _post(facts: Mapping[str, Any]) -> str:
    holders = Person.objects.filter(holdings__post_id=facts["post"], holdings__until=None).count()
    return _("增加权力：%(given)s；收回权力：%(taken)s；现任 %(count)s 人即时生效") % {
        "given": _titles(facts["given"]),
        "taken": _titles(facts["taken"]),
        "count": holders,
    }


def _areas(facts: Mapping[str, Any]) -> str:
    return _("地域由 %(before)s 改为 %(after)s") % {
        "before": "、".join(facts["before"] or [_("全县")]),
        "after": "、".join(facts["after"] or [_("全县")]),
    }


def _divisions(facts: Mapping[str, Any]) -> str:
    return _("撤销 %(ended)s 个区划，由 %(into)s 个承接") % {
        "ended": facts.get("ended", 0),
        "into": facts.get("into", 0),
    }


def _unit(facts: Mapping[str, Any]) -> str:
    return _("设立单位")


def _titles(powers: list[str]) -> str:
    return "、".join(catalogue()[one].title for one in powers) or _("无")


def _post_name(post_id: int) -> str:
    found = Post.objects.filter(pk=post_id).first()
    return found.name if found else str(post_id)


_SENTENCES = {
    "account": _account,
    "personal_data": _personal_data,
    "second_factor": _second_factor,
    "holding": _holding,
    "substitution": _substitution,
    "post": _post,
    "areas": _areas,
    "divisions": _divisions,
    "unit": _unit,
}
