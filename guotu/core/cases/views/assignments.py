"""To which posts the roles of processes fall: the rules in force, a new one, the end of one."""

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guotu.core.atlas.tables import table_to_take
from guotu.core.cases.models import Assignment
from guotu.core.cases.queries import lists
from guotu.core.cases.queries import processes as written
from guotu.core.cases.templatetags.case_words import role_word
from guotu.core.cases.views.acting import carry
from guotu.core.cases.views.desk import READ
from guotu.core.people import queries as people
from guotu.core.people.doors import check_power, has_power, needs_power
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal

ALLOT = "cases.allot"


@require_http_methods(["GET", "POST"])
@needs_power(READ)
def assignments_page(request: HttpRequest) -> HttpResponse:
    """The rules by role, kind and place; roles that fall to nobody stand first."""
    if request.method == "POST":
        check_power(request, ALLOT)
        return _changed(request)
    rules, divisions = written.assignments(), people.divisions()
    roles = written.roles()
    given = {one.role for one in rules}
    context = {
        "rows": _rows(rules),
        "wanting": "、".join(role_word(role) for role in roles if role not in given),
        "roles": sorted({*roles, *given}),
        "kinds": lists.kinds(),
        "divisions": divisions,
        "posts": Post.objects.select_related("unit"),
        "may_allot": has_power(request, ALLOT),
    }
    return render(request, "cases/assignments.html", context)


@require_http_methods(["GET"])
@needs_power(READ)
def assignments_csv(request: HttpRequest) -> HttpResponse:
    """The rules as a table to take along."""
    head = [_("角色"), _("种类"), _("行政区"), _("岗位"), _("单位"), _("自"), _("至（不含）")]
    rows = [
        [
            *(role_word(row["one"].role), row["kind"], row["division"], row["one"].post.name),
            row["one"].post.unit.name if row["one"].post.unit else "",
            *(row["one"].since.isoformat(), row["one"].until or ""),
        ]
        for row in _rows(written.assignments())
    ]
    return table_to_take("assignments.csv", head, rows)


def _rows(rules: list[Assignment]) -> list[dict[str, Any]]:
    kinds, names = dict(lists.kinds()), {one.code: one.name for one in people.divisions()}
    return [
        {
            "one": one,
            "kind": kinds.get(one.kind, one.kind),
            "division": names.get(one.division, one.division),
        }
        for one in rules
    ]


def _changed(request: HttpRequest) -> HttpResponse:
    form, back = request.POST, reverse("assignments")
    if ends := form.get("end", ""):
        title = _("终止分派规则")
        number = _number(ends)
        return carry(request, "cases.end_assignment", heading=title, back=back, assignment=number)
    return carry(
        request,
        "cases.assign_role",
        heading=_("制定分派规则"),
        back=back,
        role=form.get("role", "").strip(),
        post=_number(form.get("post", "")),
        kind=form.get("kind", "").strip(),
        division=form.get("division", "").strip(),
        since=_day(form.get("since", "")),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refusal(_("表单不完整"), where=_("岗位"), remedy=_("选好岗位后再提交"))
    return int(text)


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(
            _("日期写得不对"), where=text[:20], remedy=_("写成 2026-01-05 的样子")
        ) from None
