"""Persons: the list, its export, one person's page, and every act on an account."""

import csv
import datetime
from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from guotu.core.journal.actions import perform
from guotu.core.people import personal, queries
from guotu.core.people.actions import attempts
from guotu.core.people.actions.accounts import PURPOSES
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.models import Person, Post
from guotu.core.people.queries import actor_of_request
from guotu.core.people.views.acting import carry
from guotu.core.people.views.signing import FORM
from guotu.lib.refusal import Refusal
from guotu.lib.spreadsheet import plain_cell

READ, ADMINISTER, LOOK = "people.read", "people.administer", "people.look"
_PAGE = 50


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = queries.persons(text=text, active={"in": True, "out": False}.get(state))
    return [{"person": one, "posts": posts} for one, posts in found]


@require_GET
@needs_power(READ)
def people(request: HttpRequest) -> HttpResponse:
    """Persons by account, with the posts they hold today; names are masked."""
    page = Paginator(_rows(request), _PAGE).get_page(request.GET.get("page"))
    names = personal.shown_names(row["person"] for row in page)
    for row in page:
        row["name"] = names.get(row["person"].pk, "—")
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "page": page,
        "asked": request.GET,
        "filters": asked.urlencode(),
        "states": [("in", _("在用")), ("out", _("停用"))],
        "may_administer": _may_administer(request),
    }
    return render(request, "people/people.html", context)


@require_GET
@needs_power(READ)
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The filtered list as a table; names stay masked."""
    if kind != "csv":
        raise Refusal(_("没有这种导出格式"), where=kind[:20], remedy=_("用 csv"))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="people.csv"'
    response.write("\ufeff")  # Excel reads UTF-8 only with the mark
    writer = csv.writer(response)
    writer.writerow([_("账号"), _("姓名"), _("岗位"), _("状态")])
    rows = _rows(request)
    names = personal.shown_names(row["person"] for row in rows)
    for row in rows:
        one = row["person"]
        posts = "、".join(post.name for post in row["posts"])
        state = _("在用") if one.is_active else _("停用")
        cells = [one.username, names.get(one.pk, "—"), posts, state]
        writer.writerow([plain_cell(each) for each in cells])
    return response


@FORM
@never_cache
@needs_power(ADMINISTER)
def open_account(request: HttpRequest) -> HttpResponse:
    """The form for a new account; the person sets the password with a one-time code."""
    if request.method != "POST":
        return render(request, "people/open.html", {"posts": Post.objects.all()})
    actor, form = actor_of_request(request), request.POST
    post = Post.objects.filter(pk=_number(form.get("post"))).first()
    done = perform(
        "people.open_account",
        actor,
        reason=form.get("reason", "").strip(),
        username=form.get("username", "").strip(),
        name=form.get("name", ""),
        telephone=form.get("telephone", ""),
        post_code=post.code if post else "",
    )
    return _with_code(request, done.answer)


def _with_code(request: HttpRequest, person: Person) -> HttpResponse:
    done = perform("people.issue_code", actor_of_request(request), person_id=person.pk)
    context = {"person": person, "code": done.answer, "until": done.outcome["until"]}
    context["until"] = datetime.datetime.fromisoformat(context["until"])
    return render(request, "people/code.html", context)


@require_GET
@never_cache
@needs_power(READ)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: what is known, masked; posts held and stood in for; what can be done."""
    return _person_page(request, _found(person_id), {})


def _person_page(request: HttpRequest, one: Person, seen: dict[str, str]) -> HttpResponse:
    terms, masked = queries.terms_of(one), personal.masked(one)
    context = {
        "person": one,
        "facts": [(word, seen.get(field) or masked[field] or "—") for field, word in _FIELDS],
        "fields": _FIELDS,
        "purposes": PURPOSES.items(),
        "looked": bool(seen),
        "waiting": attempts.waiting(one),
        "posts": Post.objects.select_related("unit"),
        "others": Person.objects.filter(is_active=True).exclude(pk=one.pk),
        "may_administer": _may_administer(request),
        "may_look": has_power(request, LOOK) or _carries(request, LOOK),
        **terms,
    }
    return render(request, "people/person.html", context)


_FIELDS = [
    ("name", gettext_lazy("姓名")),
    ("telephone", gettext_lazy("电话")),
    ("identity", gettext_lazy("身份证号")),
]


@require_POST
@never_cache
@needs_power(LOOK)
def look(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show personal data in full on this one page; the look and its purpose are recorded."""
    form = request.POST
    done = perform(
        "people.look",
        actor_of_request(request),
        person_id=person_id,
        fields=form.getlist("field"),
        purpose=form.get("purpose", ""),
    )
    return _person_page(request, _found(person_id), done.answer)


@require_POST
@never_cache
@needs_power(ADMINISTER)
def carry_out(request: HttpRequest, person_id: int, verb: str) -> HttpResponse:
    """Do one of the acts on an account, shown first."""
    one = _found(person_id)
    if verb == "code":
        return _with_code(request, one)
    if verb not in _VERBS:
        raise Refusal(_("没有这件事可办"), where=verb[:20])
    name, title, arguments = _VERBS[verb]
    back = reverse("person", args=[one.pk])
    asked = arguments(request, one)
    return carry(request, name, title=f"{title}：{one.username}", back=back, **asked)


def _only_person(request: HttpRequest, one: Person) -> dict[str, Any]:
    return {"person_id": one.pk}


def _appoint(request: HttpRequest, one: Person) -> dict[str, Any]:
    form = request.POST
    return {
        "person_id": one.pk,
        "post_id": _number(form.get("post")),
        "since": day_of(form.get("since")),
        "until": day_of(form.get("until")),
        "paper": form.get("paper", "").strip()[:128],
    }


def _end(request: HttpRequest, one: Person) -> dict[str, Any]:
    form = request.POST
    return {"holding_id": _number(form.get("holding")), "until": day_of(form.get("until"))}


def _substitute(request: HttpRequest, one: Person) -> dict[str, Any]:
    form = request.POST
    until = day_of(form.get("until"))
    if until is None:
        raise Refusal(_("代理没有写明到哪天为止"), remedy=_("写出终止之日"))
    return {
        "holding_id": _number(form.get("holding")),
        "person_id": _number(form.get("substitute")),
        "since": day_of(form.get("since")),
        "until": until,
        "decision": form.get("decision", ""),
        "decided_by": actor_of_request(request).post_id,
    }


def _end_substitution(request: HttpRequest, one: Person) -> dict[str, Any]:
    return {"substitution_id": _number(request.POST.get("substitution"))}


def _set_data(request: HttpRequest, one: Person) -> dict[str, Any]:
    given = {field: request.POST.get(field, "").strip() for field, _word in _FIELDS}
    return {"person_id": one.pk, **{field: text for field, text in given.items() if text}}


_Arguments = Callable[[HttpRequest, Person], dict[str, Any]]
_VERBS: dict[str, tuple[str, Any, _Arguments]] = {
    "appoint": ("people.appoint", gettext_lazy("任职"), _appoint),
    "end": ("people.end_holding", gettext_lazy("结束任职"), _end),
    "substitute": ("people.substitute", gettext_lazy("安排代理"), _substitute),
    "end-substitution": ("people.end_substitution", gettext_lazy("结束代理"), _end_substitution),
    "set-data": ("people.set_personal_data", gettext_lazy("更正个人信息"), _set_data),
    "unlock": ("people.unlock", gettext_lazy("解除等候"), _only_person),
    "deactivate": ("people.deactivate", gettext_lazy("停用账号"), _only_person),
    "reactivate": ("people.reactivate", gettext_lazy("恢复账号"), _only_person),
    "end-sessions": ("people.end_sessions", gettext_lazy("退出所有登录"), _only_person),
    "remove-second-factor": (
        "people.remove_second_factor",
        gettext_lazy("解除第二因素"),
        _only_person,
    ),
    "erase": ("people.erase", gettext_lazy("删除个人信息"), _only_person),
}


def day_of(text: str | None) -> datetime.date | None:
    """Return the day a form names, or None where it names none. Raises Refusal."""
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        remedy = _("写成 2026-01-05 的样子")
        raise Refusal(_("日期写得不对"), where=str(text)[:20], remedy=remedy) from None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 18 else 0


def _found(person_id: int) -> Person:
    one = Person.objects.filter(pk=person_id).first()
    if one is None:
        raise Refusal(_("没有这个人"), where=str(person_id), remedy=_("从人员名单中选"))
    return one


def _may_administer(request: HttpRequest) -> bool:
    return has_power(request, ADMINISTER) or _carries(request, ADMINISTER)


def _carries(request: HttpRequest, power: str) -> bool:
    """Say whether the post acted in carries a power, its second factor given or not."""
    acting = getattr(request, "acting", None)
    return acting is not None and power in acting.post.powers
