"""Pages that belong to no duty: the day one stands on, the search for everything, errors."""

import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guotu.core.atlas import queries as atlas
from guotu.core.atlas.reader import Reader, reader_of
from guotu.core.cases.queries import lists as cases
from guotu.core.cases.queries import task_desk
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

LEAST_CHARACTERS = 2
_MOST_RESULTS = 12


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe else "/"


@require_POST
def set_day(request: HttpRequest) -> HttpResponse:
    """Set the day one stands on; an empty day or today goes back to today."""
    text = request.POST.get("day", "")
    try:
        day = datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(
            _("日期写得不对"), where=text[:20], remedy=_("写成 2026-01-05 的样子")
        ) from None
    today = request.today  # type: ignore[attr-defined]
    if day is None or day == today:
        request.session.pop("day", None)
    elif day > today:
        raise Refusal(_("不能看将来的日期"), where=text, remedy=_("选今天或以前的一天"))
    else:
        request.session["day"] = day.isoformat()
    return redirect(_back(request))


def _layers(text: str, reader: Reader) -> list[dict[str, Any]]:
    if len(text) < LEAST_CHARACTERS:
        return []
    return [
        {
            "title": layer.title,
            "kind": "layer",
            "detail": layer.group,
            "address": reverse("layer", args=[layer.name]),
        }
        for layer in atlas.layers()
        if reader.sees(layer.secrecy) and (text in layer.title or text.lower() in layer.name)
    ]


def _cases(request: HttpRequest, text: str) -> list[dict[str, Any]]:
    if len(text) < LEAST_CHARACTERS or not has_power(request, "cases.read"):
        return []
    return [
        {
            "title": f"{one.number} {one.title}",
            "kind": "case",
            "word": _("办件"),
            "detail": one.get_state_display(),
            "address": reverse("case", args=[one.pk]),
        }
        for one in cases.search(actor_of_request(request), text)
    ]


def _tasks(request: HttpRequest, text: str) -> list[dict[str, Any]]:
    if len(text) < LEAST_CHARACTERS or not has_power(request, "tasks.read"):
        return []
    return [
        {
            "title": f"{one.number} {one.title}",
            "kind": "task",
            "word": _("督办"),
            "detail": one.unit.name,
            "address": reverse("task", args=[one.pk]),
        }
        for one in task_desk.search(actor_of_request(request), text)
    ]


@require_GET
@needs_power("atlas.read")
def search(request: HttpRequest) -> HttpResponse:
    """Answer the search box with a list; two characters are enough."""
    text = request.GET.get("q", "").strip()
    reader = reader_of(request)
    found = _cases(request, text) + _tasks(request, text)
    found += atlas.search(text, _MOST_RESULTS, reader=reader)
    found += _layers(text, reader)
    context = {"q": text, "found": found, "least": LEAST_CHARACTERS}
    return render(request, "frame/results.html", context)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that an address leads nowhere."""
    return _fault(request, 404, _("没有这一页"), _("从左边的栏目或顶上的搜索再找"))


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this page is not for this post."""
    return _fault(request, 403, _("不能看这一页"), _("请由有此权限的岗位办理"))


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old or came from elsewhere."""
    return _fault(request, 403, _("这张表单已过期"), _("退回上一页，刷新后再提交一次"))


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request could not be read."""
    return _fault(request, 400, _("请求有误，没有办理"), _("退回上一页再试"))


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the program failed; nothing was written."""
    remedy = _("稍后再试；若仍不行，请把时间和所做的事报给管理员")
    return _fault(request, 500, _("程序内部出错，没有写入任何数据"), remedy)


def _fault(request: HttpRequest, status: int, what: str, remedy: str) -> HttpResponse:
    # An error page stands on its own: what broke the page may break the frame as well.
    refusal = {"what": what, "remedy": remedy, "status": status}
    if "application/json" in request.headers.get("Accept", ""):
        from django.http import JsonResponse

        body = {"what": what, "where": request.path, "rule": "", "remedy": remedy}
        return JsonResponse(body, status=status)
    signed_in = status != 500 and getattr(request, "user", None) is not None
    home = bool(signed_in and has_power(request, "atlas.read"))
    context = {"refusal": refusal, "home": home}
    return render(request, "fault.html", context, status=status)
