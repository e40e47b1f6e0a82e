"""Pages of the register: the things of a kind on a day, and one thing over its life."""

import datetime
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guotu.core.atlas.models import Release
from guotu.core.atlas.queries import seen_releases
from guotu.core.atlas.reader import reader_of
from guotu.core.journal.actions import perform
from guotu.core.journal.paging import Pages, counted
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request
from guotu.core.people.scope import areas_of_request, covers
from guotu.core.register import catalogue, exports, queries, shown
from guotu.core.register.models import Thing, Version
from guotu.core.register.rules import Kind
from guotu.core.register.tree import tree_of
from guotu.lib.refusal import Refusal

READ, WRITE = "register.read", "register.write"
_PER_PAGE = 50
_MOST_EXPORTED = 50_000


@require_GET
@needs_power(READ)
def register_page(request: HttpRequest) -> HttpResponse:
    """The register opens at its first kind."""
    return redirect("register-kind", next(iter(catalogue.kinds())))


@require_GET
@needs_power(READ)
def kind_page(request: HttpRequest, kind: str) -> HttpResponse:
    """The things of a kind on the day, with filters, their map and exports."""
    of = _kind(kind)
    asked = _asked(request)
    page = Pages(_found(request, of, asked), _PER_PAGE).get_page(request.GET.get("page"))
    kept = {name: value for name, value in asked.items() if value}
    powers = actor_of_request(request).powers
    main = [fact for fact in shown.facts_seen(of, powers) if not fact.personal][:1]
    context = {
        "kind": of,
        "kinds": catalogue.kinds().values(),
        "page": page,
        "rows": [
            {"one": one, "facts": [one.facts.get(fact.name, "") for fact in main]}
            for one in page.object_list
        ],
        "main": main,
        "may_write": has_power(request, WRITE),
        "key": uuid.uuid4().hex,
        "asked": asked,
        "filters": urlencode(kept),
        "to_take": None if page.object_list or kept else _to_take(request, of),
        "on_map": urlencode({**kept, "page": page.number}),
    }
    return render(request, "register/kind.html", context)


@require_POST
@needs_power(WRITE)
def kind_take(request: HttpRequest, kind: str) -> HttpResponse:
    """Take the layer's current release into the register: how a register begins."""
    of = _kind(kind)
    release = _to_take(request, of)
    if release is None or str(release.pk) != request.POST.get("release", ""):
        raise Refusal(
            _("没有可以转入的图层版本"),
            where=of.title,
            remedy=_("回到登记页，按页上所列的版本办理"),
        )
    done = perform(
        "register.take_from_release",
        actor_of_request(request),
        key=request.POST.get("key", "").strip()[:64] or None,
        kind=kind,
        release=release,
    )
    told = {name: done.outcome[name] for name in ("read", "begun", "refused")}
    messages.success(
        request, _("读入 %(read)s 个，设立 %(begun)s 个，不收 %(refused)s 个。") % told
    )
    return redirect("register-kind", kind)


def _to_take(request: HttpRequest, kind: Kind) -> Release | None:
    """Return the release that the things of a kind can be taken from, of a class one may see."""
    layer, reader = kind.release.get("layer"), reader_of(request)
    return next((one for one in seen_releases(reader) if one.layer.name == layer), None)


@require_GET
@needs_power(READ)
def kind_export(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """The same things to take along; with `page`, that page alone, for the map beside the list."""
    of = _kind(kind)
    found = _found(request, of, _asked(request))
    if "page" in request.GET:
        rows = list(Pages(found, _PER_PAGE).get_page(request.GET["page"]).object_list)
    elif counted(found, _MOST_EXPORTED) > _MOST_EXPORTED:
        rule = _("一次最多导出 %(number)s 件") % {"number": f"{_MOST_EXPORTED:,}"}
        raise Refusal(
            _("登记对象太多，不能一次导出"), rule=rule, remedy=_("用行政区或编码筛选后再导出")
        )
    else:
        rows = list(found)
    return _file(request, of, rows, form)


@require_GET
@needs_power(READ)
def thing_page(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """One thing: what it is on the day, what it has been, by whom and which paper, its lineage."""
    of, areas = _kind(kind), areas_of_request(request)
    thing, life = _thing(request, of, code)
    powers, day = actor_of_request(request).powers, _day(request)
    held = next((one for one in life if _holds(one, day)), None)
    old = [one for one in queries.everything_said(thing) if one.superseded_sequence is not None]
    old = [one for one in old if covers(areas, one.division)]
    context = {
        "kind": of,
        "thing": thing,
        "held": held,
        "facts": shown.facts_of(of, held, powers) if held else [],
        "begun": life[0].valid_from,
        "ended": life[-1].valid_to,
        "ribbon": shown.ribbon(of, life, powers),
        "old": shown.ribbon(of, old, powers),
        "tree": tree_of(thing, areas),
    }
    return render(request, "register/thing.html", context)


@require_GET
@needs_power(READ)
def thing_geojson(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """One thing's place on the day, or the last day on which it was."""
    of = _kind(kind)
    _one, life = _thing(request, of, code)
    day = _day(request)
    held = [one for one in life if one.valid_from <= day] or life[:1]
    return _file(request, of, held[-1:], "geojson")


def _file(request: HttpRequest, kind: Kind, rows: list[Version], form: str) -> HttpResponse:
    body = exports.made(form, kind, rows, actor_of_request(request).powers)
    response = HttpResponse(body, content_type=exports.MEDIA[form])
    response["Content-Disposition"] = f'attachment; filename="{kind.name}.{form}"'
    return response


def _kind(name: str) -> Kind:
    found = catalogue.kinds().get(name)
    if found is None:
        raise Http404
    return found


def _thing(request: HttpRequest, kind: Kind, code: str) -> tuple[Thing, list[Version]]:
    """Return a thing and its life as far as it lies in the reader's areas; 404 for the rest."""
    thing = queries.thing(kind.name, code)
    areas = areas_of_request(request)
    life = queries.history(thing) if thing else []
    life = [one for one in life if covers(areas, one.division)]
    if thing is None or not life:
        raise Http404
    return thing, life


def _asked(request: HttpRequest) -> dict[str, str]:
    names = ("q", "division", "known")
    return {name: request.GET.get(name, "").strip()[:64] for name in names}


def _found(request: HttpRequest, kind: Kind, asked: dict[str, str]) -> QuerySet[Version]:
    found = queries.as_of(
        kind.name,
        valid_on=_day(request),
        known_at=_moment(asked["known"]),
        areas=areas_of_request(request),
    )
    if asked["q"]:
        found = found.filter(code__icontains=asked["q"])
    if asked["division"]:
        found = found.filter(division__startswith=asked["division"])
    return found


def _moment(text: str) -> datetime.datetime | None:
    """Return the end of a day, before which all that counts was recorded."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        return None
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time.min)
    return timezone.make_aware(midnight) - datetime.timedelta(microseconds=1)


def _holds(one: Version, day: datetime.date) -> bool:
    return one.valid_from <= day and (one.valid_to is None or day < one.valid_to)


def _day(request: HttpRequest) -> Any:
    return getattr(request, "day", None) or timezone.localdate()
