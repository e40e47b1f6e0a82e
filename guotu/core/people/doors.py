"""Doors of pages: which power a page asks for, and how a request says it wants JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from guotu.core.people.permission import permits, wants_second_factor
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

View = Callable[..., HttpResponseBase]


def has_power(request: HttpRequest, power: str) -> bool:
    """Say whether the signed-in person may use `power` in the post acted in."""
    return power in actor_of_request(request).powers


def check_power(request: HttpRequest, power: str) -> None:
    """Raise PermissionDenied, carrying a `Refusal`, when the power is missing."""
    if not has_power(request, power):
        raise PermissionDenied(
            Refusal(
                "您的岗位没有看这一页的权限",
                rule=f"权限 {power}",
                remedy="请由有此权限的岗位办理，或请管理员调整岗位权限",
            )
        )


def needs_power(power: str) -> Callable[[View], View]:
    """Open a view only to those whose post carries `power`, asking for a second factor first."""

    def close(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if not has_power(request, power) and _asks_more(request, power):
                return redirect(f"{reverse('second-factor')}?{_onward(request)}")
            check_power(request, power)
            return view(request, *arguments, **named)

        return guarded

    return close


def _asks_more(request: HttpRequest, power: str) -> bool:
    """Say whether a page asks for the second factor; a program is refused with the reason."""
    if not wants_second_factor(actor_of_request(request), power):
        return False
    if not wants_json(request):
        return True
    return not permits(actor_of_request(request), power)


def _onward(request: HttpRequest) -> str:
    wanted = request.get_full_path() if request.method == "GET" else ""
    return urlencode({"next": wanted})


def wants_json(request: HttpRequest) -> bool:
    """Say whether the answer should be JSON: an API address, or an Accept that asks for it."""
    if "text/html" in request.headers.get("Accept", ""):
        return False
    accepts = request.headers.get("Accept", "")
    return "application/json" in accepts or request.path.startswith("/api/")
