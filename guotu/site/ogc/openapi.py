"""The OpenAPI document of what a reader sees; it stands alone, for a county may reach nothing.

pygeoapi's own refers to schemas at other addresses, which is why it is not used.
"""

from typing import Any

_PARAMETERS: dict[str, dict[str, Any]] = {
    "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    "datetime": {"type": "string"},
    "offset": {"type": "integer", "minimum": 0, "default": 0},
    "f": {"type": "string", "enum": ["json"]},
    "resulttype": {"type": "string", "enum": ["results", "hits"]},
    "skipGeometry": {"type": "boolean"},
    "properties": {"type": "array", "items": {"type": "string"}},
}
_JSON = {"application/json": {"schema": {"type": "object"}}}
_GEOJSON = {"application/geo+json": {"schema": {"type": "object"}}}


def document(config: dict[str, Any], fields: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return OpenAPI 3.0; `fields` maps a collection to its properties with their types."""
    told = config["metadata"]["identification"]
    paths = {
        "/": _path("服务首页", _JSON),
        "/conformance": _path("符合的类", _JSON),
        "/openapi": _path("本文档", _JSON),
        "/collections": _path("全部数据集", _JSON),
    }
    for name, resource in config["resources"].items():
        title = resource["title"]
        systems = resource["providers"][0]["crs"]
        here = f"/collections/{name}"
        paths[here] = _path(title, _JSON)
        paths[f"{here}/schema"] = _path(f"{title}：结构", _JSON)
        paths[f"{here}/queryables"] = _path(f"{title}：可查字段", _JSON)
        paths[f"{here}/items"] = _path(title, _GEOJSON, _asked(config, systems, fields[name]))
        one = [{"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}]
        crs = [_query("crs", {"type": "string", "enum": systems})]
        paths[f"{here}/items/{{featureId}}"] = _path(f"{title}：一个要素", _GEOJSON, one + crs)
    return {
        "openapi": "3.0.3",
        "info": {"title": told["title"], "description": told["description"], "version": "1"},
        "servers": [{"url": config["server"]["url"]}],
        "security": [{"basic": []}, {"token": []}],
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "apiKey", "in": "header", "name": "X-Guotu-Token"},
            }
        },
        "paths": paths,
    }


def names_of(fields: dict[str, Any]) -> frozenset[str]:
    """Return the parameters that the items of a collection take; others are refused."""
    return frozenset(_PARAMETERS) | {"limit", "crs", "bbox-crs", "lang"} | set(fields)


def _asked(config: dict[str, Any], systems: list[str], fields: dict[str, Any]) -> list[Any]:
    limits = config["server"]["limits"]
    limit = {"type": "integer", "minimum": 1, "maximum": limits["max_items"]}
    own = [_query("limit", limit | {"default": limits["default_items"]})]
    own += [_query(name, {"type": "string", "enum": systems}) for name in ("crs", "bbox-crs")]
    fixed = [_query(name, schema) for name, schema in _PARAMETERS.items()]
    return own + fixed + [_query(name, {"type": kind["type"]}) for name, kind in fields.items()]


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "style": "form",
        "explode": False,
        "schema": schema,
    }


def _path(title: str, content: dict[str, Any], asked: list[Any] | None = None) -> dict[str, Any]:
    answers = {"200": {"description": title, "content": content}}
    answers |= {code: {"description": said} for code, said in _FAULTS.items()}
    return {"get": {"summary": title, "parameters": asked or [], "responses": answers}}


_FAULTS = {"400": "参数不对", "401": "没有令牌", "404": "没有", "429": "请求太密"}
