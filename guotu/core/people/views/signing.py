"""Signing in and out, and setting a password with a one-time code."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from guotu.core.people import dated
from guotu.core.people.actions import attempts, own
from guotu.core.people.sessions import address_of
from guotu.lib.refusal import Refusal

FORM = require_http_methods(["GET", "HEAD", "POST"])


def onward(request: HttpRequest) -> str:
    """Return where one was going, if that is here; else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@login_not_required
@never_cache
@FORM
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in form, or sign in and go on to where one was going.

    A wrong account and a wrong password get the same answer, in the same time; so does an account
    that has to wait, whether it exists or not.
    """
    if request.user.is_authenticated and request.method != "POST":
        return redirect(onward(request))
    fault, username = "", ""
    if request.method == "POST":
        username = request.POST.get("username", "").strip()
        fault = _fault_of(request, username)
        if not fault:
            return redirect(onward(request))
    context = {"fault": fault, "username": username, "next": onward(request)}
    return render(request, "people/sign_in.html", context, status=403 if fault else 200)


def _fault_of(request: HttpRequest, username: str) -> str:
    """Sign in, or say what is wrong."""
    try:
        attempt = attempts.begin("password", username, address_of(request))
    except Refusal as refusal:
        return refusal.what
    person = authenticate(request, username=username, password=request.POST.get("password"))
    if person is None:
        return _("账号或密码不对")
    attempts.succeed(attempt)
    login(request, person)
    return ""


@login_not_required
@never_cache
@FORM
def with_code(request: HttpRequest) -> HttpResponse:
    """Set a password with the one-time code that the administrator handed over."""
    fault, username = None, ""
    if request.method == "POST":
        username = request.POST.get("username", "").strip()
        try:
            fresh = same_twice(request)
            code = request.POST.get("code", "")
            own.open_with_code(username, code, fresh, address_of(request))
        except Refusal as refusal:
            fault = refusal
        else:
            messages.success(request, _("密码已设好，请登录"))
            return redirect("sign-in")
    context = {"fault": fault, "username": username, "wanted": dated.values("password")}
    return render(request, "people/with_code.html", context, status=403 if fault else 200)


def same_twice(request: HttpRequest) -> str:
    """Return the new password of a form. Raises Refusal where the two entries differ."""
    fresh = request.POST.get("fresh", "")
    if fresh != request.POST.get("again", ""):
        raise Refusal(_("两次输入的新密码不一样"), remedy=_("再输一次"))
    return fresh


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and go back to the sign-in page."""
    logout(request)
    return redirect("sign-in")
