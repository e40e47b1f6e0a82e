"""Runs pygeoapi for one request: a configuration of what this reader sees, and JSON alone out.

HTML and JSON-LD are off: pygeoapi's pages load from elsewhere and are not in Chinese.
"""

import datetime
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pygeoapi.api as core
from django.http import HttpRequest
from pygeoapi.api import API, APIRequest, itemtypes

from guotu.core.atlas import measuring
from guotu.core.atlas import queries as atlas
from guotu.core.atlas.models import County
from guotu.core.atlas.within import outline_of
from guotu.lib.geo.crs import frame_of
from guotu.site.ogc import frames
from guotu.site.ogc.bounds import bounds
from guotu.site.ogc.entering import Entered
from guotu.site.ogc.openapi import document
from guotu.site.ogc.sources import Offered, offered

# pygeoapi would put a handler of its own on the root logger of whoever runs it.
core.setup_logger = lambda *_: None
# It logs every absent parameter as a warning and every 404 as an error.
logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)

PROVIDER = "guotu.site.ogc.provider.SourceProvider"
_JSON = ("application/json", "application/geo+json")
_OFF = ("html", "jsonld", "ld+json", "edit", "records", "create-replace-delete", "tile")


@dataclass
class _Asked:
    """A request as pygeoapi reads one; Accept is left out, for the answer is always JSON."""

    GET: dict[str, str]
    path_info: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What is sent: status, parsed JSON, its type, further headers, and how many features."""

    status: int
    told: dict[str, Any]
    kind: str
    headers: dict[str, str]
    features: int


def collections_of(who: Entered, request: HttpRequest) -> dict[str, Offered]:
    """Return the collections of the day that a request asks about, by id."""
    return offered(who.reader, day_of(request.GET.get("datetime", "")))


def answer(
    request: HttpRequest, who: Entered, part: Callable[..., Any], base: str, *named: str
) -> Answer:
    """Run one part of pygeoapi (`core.landing_page`, `itemtypes.get_collection_items`...)."""
    county = atlas.county()
    asked = {
        name: str(value) for name, value in request.GET.items() if name not in ("f", "datetime")
    }
    found = collections_of(who, request)
    config = _config(county, base, _resources(county, who, found, asked))
    api = API(config, document(config, {name: one.source.fields for name, one in found.items()}))
    told = APIRequest.from_django(_Asked(asked, request.path_info), api.locales)
    headers, status, content = part(api, told, *named)
    body = json.loads(content)
    if county.mark and isinstance(body, dict):
        body["fictional"] = county.mark
    kept = {name: headers[name] for name in ("Content-Crs",) if name in headers}
    kind = _kind(headers.get("Content-Type", ""), part, int(status))
    return Answer(int(status), _cleaned(body), kind, kept, len(body.get("features", ())))


def _kind(said: str, part: Callable[..., Any], status: int) -> str:
    parts = (itemtypes.get_collection_items, itemtypes.get_collection_item)
    if status == 200 and part in parts:
        return _JSON[1]
    return said or _JSON[0]


def _cleaned(told: Any) -> Any:
    """Return an answer without links and classes of what is off."""
    if isinstance(told, list):
        return [_cleaned(one) for one in told if not _is_off(one)]
    if isinstance(told, dict):
        return {name: _cleaned(one) for name, one in told.items()}
    return told


def _is_off(one: Any) -> bool:
    if isinstance(one, str):
        return "/conf/" in one and any(word in one for word in _OFF)
    if not isinstance(one, dict) or "href" not in one:
        return False
    last = str(one.get("rel", "")).rpartition("/")[2]
    unwanted = last in ("processes", "job-list", "tiling-schemes", "about")
    return unwanted or one.get("type") in ("text/html", "application/ld+json")


def day_of(text: str) -> datetime.date | None:
    """Return the day of a `datetime` parameter, the last of an interval; None for now.

    A release holds from its day until the next: what an interval meets is what held at its end.
    Raises ValueError.
    """
    last = text.rpartition("/")[2] if "/" in text else text
    if last in ("", ".."):
        return None
    return datetime.datetime.fromisoformat(last.replace("Z", "+00:00")).date()


def _resources(
    county: County, who: Entered, found: dict[str, Offered], asked: dict[str, str]
) -> dict[str, Any]:
    frame = frame_of(county.epsg)
    box = measuring.county_bounds_lonlat(where=outline_of(who.reader)) or [-180, -90, 180, 90]
    return {
        name: {
            "type": "collection",
            "title": one.title,
            "description": one.description,
            "keywords": one.keywords,
            "links": [],
            "extents": {"spatial": {"bbox": box, "crs": frames.CRS84}},
            "providers": [
                {
                    "type": "feature",
                    "name": PROVIDER,
                    "data": name,
                    "id_field": "feature",
                    "crs": frames.offered(frame),
                    "storage_crs": frames.address(frame),
                    "source": one.source,
                    "epsg": county.epsg,
                    "asked": asked,
                }
            ],
        }
        for name, one in found.items()
    }


def _config(county: County, base: str, resources: dict[str, Any]) -> dict[str, Any]:
    limits = bounds()
    said = f"{county.name}国土数据" + (f"（{county.mark}）" if county.mark else "")
    return {
        "server": {
            "url": base,
            "encoding": "utf-8",
            "languages": ["zh-CN"],
            "limits": {
                "default_items": int(limits["default_items"]),
                "max_items": int(limits["max_items"]),
                "on_exceed": "throttle",
            },
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": said,
                "description": f"{said}：图层版本和登记，按岗位、辖区和密级提供",
                "keywords": ["国土"],
                "url": base,
                "terms_of_service": "",
            },
            "license": {"name": "", "url": ""},
            "provider": {"name": county.name, "url": base},
            "contact": {"name": county.name},
        },
        "resources": resources,
    }
