"""Signing in and out."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in form, or sign in and go on to where one was going.

    A wrong account and a wrong password get the same answer, in the same time.
    """
    if request.user.is_authenticated and request.method != "POST":
        return redirect(_onward(request))
    fault, username = "", ""
    if request.method == "POST":
        username = request.POST.get("username", "").strip()
        person = authenticate(request, username=username, password=request.POST.get("password"))
        if person is not None:
            login(request, person)
            return redirect(_onward(request))
        fault = _("账号或密码不对")
    context = {"fault": fault, "username": username, "next": _onward(request)}
    return render(request, "people/sign_in.html", context, status=403 if fault else 200)


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and go back to the sign-in page."""
    logout(request)
    return redirect("sign-in")
