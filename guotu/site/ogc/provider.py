"""The provider that pygeoapi asks for features: it only turns a source's page into GeoJSON."""

import json
from typing import Any

import shapely
from pygeoapi.provider.base import (
    BaseProvider,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
)

from guotu.lib.geo.crs import Frame, frame_of
from guotu.site.ogc import frames
from guotu.site.ogc.sources import Page, Source

_DECIMALS = {True: 9, False: 4}


class SourceProvider(BaseProvider):  # type: ignore[misc]
    """Features of one source for one request.

    The definition carries, besides what pygeoapi wants, `source`, `epsg` (the county's zone) and
    `asked`: the box and systems as the request wrote them, for pygeoapi hands on the box already
    moved by its two corners, which is another box.
    """

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self._source: Source = provider_def["source"]
        self._frame: Frame = frame_of(provider_def["epsg"])
        self._asked: dict[str, str] = provider_def["asked"]
        self._fields = self._source.fields

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the properties with their types."""
        return self._fields

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        bbox: list[float] | None = None,
        properties: list[tuple[str, str]] | None = None,
        select_properties: list[str] | None = None,
        skip_geometry: bool = False,
        sortby: list[Any] | None = None,
        filterq: Any = None,
        q: str | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        """Return a FeatureCollection of one page."""
        if sortby or filterq is not None or q:
            raise ProviderInvalidQueryError("sortby, filter and q are not offered")
        region = self._region() if bbox else None
        page = self._source.page(
            region, properties or [], offset, 0 if resulttype == "hits" else limit
        )
        chosen = set(select_properties or [])
        return {
            "type": "FeatureCollection",
            "features": self._features(page, chosen, skip_geometry),
            "numberMatched": page.matched,
            "numberReturned": len(page.ids),
        }

    def get(self, identifier: str, **_: Any) -> dict[str, Any]:
        """Return one feature."""
        page = self._source.one(identifier)
        if not page.ids:
            raise ProviderItemNotFoundError(f"{identifier} not found")
        return self._features(page, set(), False)[0]

    def _region(self) -> Any:
        box = [float(part) for part in self._asked["bbox"].split(",")]
        return frames.region(box, self._asked.get("bbox-crs") or frames.CRS84, self._frame)

    def _features(self, page: Page, chosen: set[str], bare: bool) -> list[dict[str, Any]]:
        system = self._asked.get("crs") or frames.CRS84
        metres = system == frames.address(self._frame)
        moved = frames.in_system(page.geometry, self._frame, system) if len(page.ids) else ()
        texts = [_geojson(one, _DECIMALS[not metres]) for one in moved]
        return [
            {
                "type": "Feature",
                "id": identifier,
                "properties": {k: v for k, v in told.items() if not chosen or k in chosen},
                "geometry": None if bare else shape,
            }
            for identifier, told, shape in zip(page.ids, page.properties, texts, strict=True)
        ]


def _geojson(shape: Any, decimals: int) -> dict[str, Any] | None:
    if shape is None:
        return None
    told: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    told["coordinates"] = _rounded(told["coordinates"], decimals)
    return told


def _rounded(coordinates: Any, decimals: int) -> Any:
    if isinstance(coordinates, list):
        return [_rounded(one, decimals) for one in coordinates]
    return round(coordinates, decimals)
