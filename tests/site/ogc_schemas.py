"""The schemas of OGC API Features, for tests and trials to hold answers to."""

import json

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.conftest import SHARED_DATA

SCHEMAS = SHARED_DATA / "standards" / "ogcapi_features" / "core" / "openapi" / "schemas"


def validator(name):
    """Return a validator that finds the standard's other schemas by their file names."""
    registry = Registry(retrieve=_resource)
    return jsonschema.Draft202012Validator({"$ref": f"urn:ogc:{name}"}, registry=registry)


def _resource(uri):
    name = uri.rpartition(":")[2].rpartition("/")[2]
    text = (SCHEMAS / name).read_text("utf-8")
    told = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return Resource.from_contents(_by_urn(told), default_specification=DRAFT202012)


def _by_urn(told):
    if isinstance(told, list):
        return [_by_urn(one) for one in told]
    if not isinstance(told, dict):
        return told
    made = {key: _by_urn(value) for key, value in told.items()}
    if "type" in made and made["type"] is None:
        made["type"] = "null"  # the standard writes null bare
    reference = made.get("$ref")
    if isinstance(reference, str) and reference.endswith(".yaml"):
        made["$ref"] = f"urn:ogc:{reference.rpartition('/')[2]}"
    return made
