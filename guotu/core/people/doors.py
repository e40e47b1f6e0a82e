"""Doors of pages: which power a page asks for, and how a request says it wants JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from guotu.core.people.models import Person
from guotu.lib.refusal import Refusal

View = Callable[..., HttpResponseBase]


def has_power(request: HttpRequest, power: str) -> bool:
    """Say whether the signed-in person's post carries `power`."""
    user = request.user
    return isinstance(user, Person) and user.has_power(power)


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
    """Open a view only to those whose post carries `power`."""

    def close(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            check_power(request, power)
            return view(request, *arguments, **named)

        return guarded

    return close


def wants_json(request: HttpRequest) -> bool:
    """Say whether the answer should be JSON: an API address, or an Accept that asks for it."""
    if "text/html" in request.headers.get("Accept", ""):
        return False
    accepts = request.headers.get("Accept", "")
    return "application/json" in accepts or request.path.startswith("/api/")
