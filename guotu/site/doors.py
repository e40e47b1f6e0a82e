"""What every request passes: headers that keep a page at home, sign-in, the day, refusals."""

import datetime
import secrets
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone

from guotu.core.people.doors import wants_json
from guotu.lib.refusal import Refusal

Answer = Callable[[HttpRequest], HttpResponseBase]

# Nothing may load from elsewhere; the one inline script (the import map) carries a nonce.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)


class Headers:
    """Adds the content security policy and its companions to every answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        response = self.get_response(request)
        policy = _POLICY.format(nonce=request.nonce)  # type: ignore[attr-defined]
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault(
            "Permissions-Policy", "geolocation=(self), camera=(), microphone=()"
        )
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-cache"
        return response


class Day:
    """Gives every request `day`, the day one stands on, and `today`."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        today = timezone.localdate()
        request.today = today  # type: ignore[attr-defined]
        request.day = _parsed(request.session.get("day")) or today  # type: ignore[attr-defined]
        return self.get_response(request)


def _parsed(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        return None


class SignIn(LoginRequiredMiddleware):
    """Sends whoever has not signed in to do so; an API caller gets 401 and a reason instead."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """Answer somebody who has not signed in."""
        if request.headers.get("HX-Request"):
            address = resolve_url(self.get_login_url(view_func))
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        if wants_json(request):
            refusal = Refusal("还没有登录", remedy="先在登录页登录")
            return JsonResponse(refusal.as_dict(), status=401)
        return redirect_to_login(request.get_full_path(), self.get_login_url(view_func), "next")


class Refusals:
    """Turns a `Refusal` raised in a page into a page, or JSON, that says it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer a refusal; anything else goes on to the error pages."""
        found = exception
        if isinstance(exception, PermissionDenied) and exception.args:
            found = exception.args[0]
        if not isinstance(found, Refusal):
            return None
        status = 403 if found.rule.startswith("权限") else 422
        if wants_json(request):
            return JsonResponse(found.as_dict(), status=status)
        return render(request, "refusal.html", {"refusal": found}, status=status)
