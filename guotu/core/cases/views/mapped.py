"""Points for the map beside a page: GeoJSON, marked where the county is fictional."""

import json
from typing import Any

from django.http import HttpResponse

from guotu.core.atlas.queries import county
from guotu.core.atlas.wording import mark_said


def on_map(features: list[dict[str, Any]]) -> HttpResponse:
    """Return features, lon/lat, as a collection."""
    told: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if said := mark_said(county()):
        told["fictional"] = said
    body = json.dumps(told, ensure_ascii=False)
    return HttpResponse(body, content_type="application/geo+json")
