"""How each layer is drawn: MapLibre style layers and a legend, from the layer's style and data."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from guotu.core.atlas import rules
from guotu.core.atlas.models import Layer

# No glyph server: the browser draws labels with the reader's own Chinese font.
FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif"]
_UNKNOWN_CLASS = "#e8e6e1"
_MOST_LABELS = 2000
_INK = "#2b333e"
_POLYGONS = ["==", ["geometry-type"], "Polygon"]
_POINTS = ["==", ["geometry-type"], "Point"]
_NOT_POINTS = ["!=", ["geometry-type"], "Point"]

Spec = dict[str, Any]


@lru_cache(maxsize=1)
def _portrayal() -> dict[str, Any]:
    return tomllib.loads(files("guotu.core.atlas").joinpath("portrayal.toml").read_text("utf-8"))


def drawing_of(layer: Layer) -> Spec:
    """Return all that is known of a layer's drawing; the county's own style says the last word."""
    data = _portrayal()
    return {
        "rank": 50,
        "shown": True,
        **data["kind"].get(layer.kind, {}),
        **data["layer"].get(layer.name, {}),
        **layer.style,
    }


def classes_of(drawing: Spec, code_system: str) -> list[dict[str, str]]:
    """Return the land classes of a layer drawn by them: [{code, name, colour, great}]."""
    return rules.legend(drawing, code_system)


def swatch_of(drawing: Spec, geometry: str) -> Spec:
    """Return what a legend needs to draw a sample of the layer."""
    keys = ("fill", "fill_opacity", "pattern", "hatch_angle", "line", "width", "dash")
    swatch = {key: drawing[key] for key in keys if drawing.get(key) not in (None, "", [])}
    if geometry in ("point", "any"):
        swatch["shape"] = drawing.get("shape", "circle")
    if drawing.get("by"):
        swatch["by"] = drawing["by"]
    return swatch


def labelled_apart(layer: Layer, drawing: Spec, features: int) -> bool:
    """Say whether names stand at one point a feature; in tiles a large area is named in each."""
    return bool(drawing.get("label") and layer.label_field and features <= _MOST_LABELS)


def style_layers(layer: Layer, drawing: Spec, code_system: str) -> list[Spec]:
    """Return MapLibre style layers without their source; an id is `layer:part`."""
    made = [
        _fill(layer, drawing, code_system),
        _hatch(drawing),
        _line(drawing),
        _point(drawing),
        _label(layer, drawing),
    ]
    return [{"id": f"{layer.name}:{spec['metadata']['part']}", **spec} for spec in made if spec]


def _part(part: str, kind: str, keep: list[Any] | None, **more: Any) -> Spec:
    spec: Spec = {"type": kind, "metadata": {"part": part}, **more}
    return spec if keep is None else {**spec, "filter": keep}


def _fill(layer: Layer, drawing: Spec, code_system: str) -> Spec | None:
    colour: Any = drawing.get("fill")
    if drawing.get("by") == "land_class":
        colour = _by_class(layer.code_field, classes_of(drawing, code_system))
    opacity = drawing.get("fill_opacity", 0.1)
    if not colour or not opacity or drawing.get("pattern"):
        return None
    return _part("fill", "fill", _POLYGONS, paint={"fill-color": colour, "fill-opacity": opacity})


def _by_class(field: str, classes: list[dict[str, str]]) -> Any:
    if not classes:
        return _UNKNOWN_CLASS
    pairs = [word for item in classes for word in (item["code"], item["colour"])]
    return ["match", ["to-string", ["get", field]], *pairs, _UNKNOWN_CLASS]


def _hatch(drawing: Spec) -> Spec | None:
    if drawing.get("pattern") != "hatch":
        return None
    colour = drawing.get("line") or drawing.get("fill")
    image = f"hatch {colour} {drawing.get('hatch_angle', 45)}"
    return _part("hatch", "fill", _POLYGONS, paint={"fill-pattern": image, "fill-opacity": 0.7})


def _line(drawing: Spec) -> Spec | None:
    if not drawing.get("line"):
        return None
    width = float(drawing.get("width", 1))
    paint: Spec = {
        "line-color": drawing["line"],
        "line-width": ["interpolate", ["linear"], ["zoom"], 9, width * 0.6, 15, width * 1.2],
    }
    if drawing.get("dash"):
        paint["line-dasharray"] = drawing["dash"]
    spec = _part("line", "line", _NOT_POINTS, paint=paint, layout={"line-join": "round"})
    return {**spec, "minzoom": drawing["detail"]} if drawing.get("detail") else spec


def _point(drawing: Spec) -> Spec | None:
    colour = drawing.get("fill") or drawing.get("line")
    if not colour:
        return None
    layout = {
        "icon-image": f"{drawing.get('shape', 'circle')} {colour}",
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.65, 15, 1],
        "icon-allow-overlap": True,
    }
    return _part("point", "symbol", _POINTS, layout=layout)


def _label(layer: Layer, drawing: Spec) -> Spec | None:
    if drawing.get("label") is None or not layer.label_field:
        return None
    layout: Spec = {
        "text-field": ["to-string", ["get", layer.label_field]],
        "text-font": FONTS,
        "text-size": drawing.get("label_size", 11.5),
        "text-max-width": 8,
        "text-padding": 6,
    }
    if layer.geometry in ("point", "any"):
        layout |= {"text-offset": [0, 0.9], "text-anchor": "top", "text-optional": True}
    paint = {
        "text-color": _INK,
        "text-halo-color": "#ffffff",
        "text-halo-width": 1.4,
    }
    return _part("label", "symbol", None, layout=layout, paint=paint, minzoom=drawing["label"])
