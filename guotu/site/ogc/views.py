"""Addresses of the data service, and the page where a person makes and revokes tokens."""

import secrets
from collections.abc import Callable
from typing import Any

import pygeoapi.api as core
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from pygeoapi.api import itemtypes

from guotu.core.journal import clock
from guotu.core.journal.actions import perform
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request, capacities
from guotu.lib.refusal import Refusal
from guotu.site.ogc.bounds import bounds, is_within_rate
from guotu.site.ogc.entering import Entered, entered, note_use
from guotu.site.ogc.models import AccessToken
from guotu.site.ogc.openapi import names_of
from guotu.site.ogc.serving import answer, collections_of, day_of

# Asked after sign-in: a stranger learns nothing, and nothing here can be written.
_READS = ("GET", "HEAD")
_FEW = frozenset({"f", "lang", "datetime", "crs", "limit"})


def _served(request: HttpRequest, part: Callable[..., Any], *named: str) -> HttpResponse:
    who = entered(request)
    if who is None:
        refusal = Refusal("没有登录，也没有有效的令牌", remedy="在“数据服务”页做一个令牌")
        headers = {"WWW-Authenticate": 'Basic realm="guotu", charset="UTF-8"'}
        return JsonResponse(refusal.as_dict(), status=401, headers=headers)
    if request.method not in _READS:
        return HttpResponseNotAllowed(_READS)
    if "atlas.read" not in who.actor.powers:
        refusal = Refusal("您的岗位没有看图层的权限", rule="权限 atlas.read")
        return JsonResponse(refusal.as_dict(), status=403)
    if not is_within_rate(int(who.actor.person_id or 0)):
        refusal = Refusal("请求太密", rule="每分钟的请求数有限", remedy="过一分钟再取")
        return JsonResponse(refusal.as_dict(), status=429, headers={"Retry-After": "60"})
    if fault := _fault(request, who, part, named):
        return _wrong(fault)
    made = answer(request, who, part, request.build_absolute_uri("/ogc"), *named)
    note_use(who, made.features)
    response = JsonResponse(
        made.told, status=made.status, content_type=made.kind, headers=made.headers
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _fault(
    request: HttpRequest, who: Entered, part: Callable[..., Any], named: tuple[str, ...]
) -> str:
    """Return what is wrong with the parameters (Part 1, 7.5.2: unknown ones are refused), or ""."""
    if request.GET.get("f", "json") != "json":
        return "f: json"
    try:
        day_of(request.GET.get("datetime", ""))
    except ValueError:
        return "datetime: RFC 3339"
    known = _FEW
    if part is itemtypes.get_collection_items:
        found = collections_of(who, request).get(named[0])
        known = names_of(found.source.fields) if found else frozenset(request.GET)
    unknown = sorted(set(request.GET) - known)
    return f"unknown parameter: {', '.join(unknown)}" if unknown else ""


def _wrong(fault: str) -> JsonResponse:
    return JsonResponse({"code": "InvalidParameterValue", "description": fault}, status=400)


@csrf_exempt
@login_not_required
def landing(request: HttpRequest) -> HttpResponse:
    """The landing page: where everything is."""
    return _served(request, core.landing_page)


@csrf_exempt
@login_not_required
def conformance(request: HttpRequest) -> HttpResponse:
    """The conformance classes."""
    return _served(request, core.conformance)


@csrf_exempt
@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of what the reader sees."""
    return _served(request, core.openapi_)


@csrf_exempt
@login_not_required
def collections(request: HttpRequest) -> HttpResponse:
    """Every collection that the reader may see."""
    return _served(request, core.describe_collections)


@csrf_exempt
@login_not_required
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """One collection."""
    return _served(request, core.describe_collections, name)


@csrf_exempt
@login_not_required
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """The properties of a collection as JSON Schema."""
    return _served(request, core.get_collection_schema, name)


@csrf_exempt
@login_not_required
def queryables(request: HttpRequest, name: str) -> HttpResponse:
    """The properties of a collection that can be filtered by."""
    return _served(request, itemtypes.get_collection_queryables, name)


@csrf_exempt
@login_not_required
def items(request: HttpRequest, name: str) -> HttpResponse:
    """A page of features."""
    return _served(request, itemtypes.get_collection_items, name)


@csrf_exempt
@login_not_required
def item(request: HttpRequest, name: str, feature: str) -> HttpResponse:
    """One feature."""
    return _served(request, itemtypes.get_collection_item, name, feature)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_power("atlas.read")
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a new one is shown once, on the page that answers its making."""
    actor, secret = actor_of_request(request), ""
    if request.method == "POST":
        secret = f"guotu_{secrets.token_urlsafe(32)}"
        name, acting = request.POST.get("name", ""), _acting(request)
        perform("ogc.make_token", actor, secret=secret, name=name, acting=acting)
    mine = AccessToken.objects.filter(person_id=actor.person_id or 0).prefetch_related("uses")
    context = {
        "secret": secret,
        "tokens": [{"token": one, "live": _lives(one), "last": _last(one)} for one in mine],
        "address": request.build_absolute_uri("/ogc/"),
        "days": bounds()["token_days"],
    }
    return render(request, "ogc/tokens.html", context)


@require_POST
@needs_power("atlas.read")
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke a token of one's own."""
    perform("ogc.revoke_token", actor_of_request(request), token_id=token_id)
    return redirect("ogc-tokens")


def _acting(request: HttpRequest) -> str:
    acting = getattr(request, "acting", None)
    if acting is not None:
        return str(acting.key)
    held = capacities(request.user)  # type: ignore[arg-type]
    return held[0].key if held else ""


def _lives(token: AccessToken) -> bool:
    return token.revoked_sequence is None and token.until > clock.today()


def _last(token: AccessToken) -> Any:
    return next(iter(token.uses.all()), None)
