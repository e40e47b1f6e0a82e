"""What the pages of the ledger show of accounts, statements and land, for one who may see them."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from guotu.core.atlas import queries as atlas
from guotu.core.atlas.wording import mark_said
from guotu.core.ledger import queries
from guotu.core.ledger.models import Account, Piece, Transfer
from guotu.core.ledger.queries.accounts import within
from guotu.core.ledger.rules import figure_text
from guotu.core.ledger.rules.books import known_dimensions
from guotu.core.people.scope import areas_of_request
from guotu.lib.geo.crs import LONLAT, transform
from guotu.lib.refusal import Refusal


def account_of(request: HttpRequest, number: int) -> Account:
    """Return an account in the reader's areas; elsewhere there is none."""
    found = queries.accounts(areas=areas_of_request(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def transfer_of(request: HttpRequest, number: int) -> Transfer:
    """Return a transfer of which both accounts, or one, lie in the reader's areas."""
    areas = areas_of_request(request)
    known = Transfer.objects.select_related("debit__book", "credit__book", "pending", "end")
    mine = known.filter(within(areas, "debit__") | within(areas, "credit__"), pk=number).first()
    if mine is None:
        raise Http404
    return mine


def asked_dimensions(request: HttpRequest) -> dict[str, str]:
    """Return the dimensions that a request filters by."""
    asked = {name: request.GET.get(name, "").strip() for name in known_dimensions()}
    return {name: value for name, value in asked.items() if value}


def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the accounts a request asks for, each with its figures on the page's day."""
    found = list(
        queries.accounts(
            request.GET.get("book", ""), asked_dimensions(request), areas_of_request(request)
        )
    )
    day = getattr(request, "day", None)
    on = None if day == getattr(request, "today", None) else day
    figures = queries.balances(found, on=on)
    return [{"account": one, **_said(one, figures[one.pk])} for one in found]


def _said(account: Account, figures: queries.Figures) -> dict[str, str]:
    unit = account.book.unit
    names = ("balance", "going", "coming", "free")
    return {name: figure_text(getattr(figures, name), unit) for name in names}


def dimension_words(account: Account) -> str:
    """Say the dimensions of an account in words."""
    titles = {name: str(told["title"]) for name, told in known_dimensions().items()}
    return "，".join(f"{titles[name]} {value}" for name, value in account.dimensions.items())


def period(request: HttpRequest) -> tuple[date | None, date | None]:
    """Return the first and last day that a request asks for."""
    return _day(request, "since"), _day(request, "until")


def _day(request: HttpRequest, name: str) -> date | None:
    asked = request.GET.get(name, "").strip()
    try:
        return date.fromisoformat(asked) if asked else None
    except ValueError:
        raise Refusal(
            _("日期不合格式"), where=asked[:20], remedy=_("写成 2026-03-01 的样子")
        ) from None


def movements(request: HttpRequest, account: Account) -> dict[str, Any]:
    """Return the statement of an account with every figure said."""
    since, until = period(request)
    told = queries.statement(account, since=since, until=until)
    unit = account.book.unit
    rows = [
        {
            "movement": one,
            "change": figure_text(one.change, unit),
            "amount": figure_text(one.transfer.amount, unit),
            "after": figure_text(one.after.balance, unit),
            "going": figure_text(one.after.going, unit),
        }
        for one in told.movements
    ]
    return {
        "rows": rows,
        "opening": _said(account, told.opening),
        "closing": _said(account, told.closing),
        "since": since,
        "until": until,
    }


def features_of(pieces: Iterable[Piece]) -> dict[str, Any]:
    """Return pieces of land as GeoJSON, in lon/lat."""
    found = list(pieces)
    shapes = np.array([shapely.from_wkb(bytes(one.geometry)) for one in found], object)
    outlines = shapely.to_geojson(_lonlat(shapes)) if len(found) else []
    features = [
        {
            "type": "Feature",
            "properties": {
                "verdict": "warn" if one.reserved_by_id else "note",
                "label": one.label,
                "area_dm2": one.area_dm2,
                "transfer": one.transfer_id,
            },
            "geometry": json.loads(outline),
        }
        for one, outline in zip(found, outlines, strict=True)
    ]
    told: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if said := mark_said(atlas.county()):
        told["fictional"] = said
    return told


def piece_rows(pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    """Return pieces with their area said, and their place for the map."""
    found = list(pieces)
    shapes = np.array([shapely.from_wkb(bytes(one.geometry)) for one in found], object)
    boxes = shapely.bounds(_lonlat(shapes)).tolist() if len(found) else []
    return [
        {
            "piece": one,
            "area": figure_text(one.area_dm2, "dm2"),
            "bounds": ",".join(f"{value:.7f}" for value in box),
            "line": queries.lineage_of(one)[:-1],
        }
        for one, box in zip(found, boxes, strict=True)
    ]


def _lonlat(shapes: Any) -> Any:
    return transform(shapes, atlas.county_frame(), LONLAT)
