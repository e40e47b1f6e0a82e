"""Drawings for tests: a few lines of BPMN become a file, and a file what is said of it."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from guotu.lib.flow import Drawing, Problem, check, read

FIXTURES = Path(__file__).with_name("fixtures")
ACTIONS = {"fixture.reserve": ("amount", "title"), "fixture.nothing": ()}
LIMITS = frozenset(["fixture.handling"])

_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:guotu="urn:guotu:process:1">
{head}<process id="{key}" name="试件"><extensionElements>{declared}</extensionElements>
{body}
</process></definitions>
"""
START = '<startEvent id="start"/>'
END = '<endEvent id="end"/>'


def text(body: str, declared: str = "", head: str = "", key: str = "trial") -> bytes:
    """Return a file; the body begins at line 4."""
    return _FILE.format(head=head, key=key, declared=declared, body=body).encode()


def drawing(body: str, declared: str = "", head: str = "", key: str = "trial") -> Drawing:
    return read(f"{key}.bpmn", text(body, declared, head, key))


def problems(one: Drawing, called: Mapping[str, Drawing] | None = None) -> list[Problem]:
    found = check(one, actions=ACTIONS, limits=LIMITS, called=called or {})
    assert all(item.element and item.line > 0 and item.problem and item.remedy for item in found)
    return found


def told(body: str, declared: str = "", head: str = "", **called: Drawing) -> list[str]:
    """Return what is said of a drawing, each as `element：problem`."""
    found = problems(drawing(body, declared, head), called)
    return [f"{one.element}：{one.problem}" for one in found]


def step(key: str, inner: str = "", *, tag: str = "execute", writes: str = "") -> str:
    own = f'<guotu:step role="someone" tag="{tag}" writes="{writes}"/>'
    return f'<userTask id="{key}"><extensionElements>{own}</extensionElements>{inner}</userTask>\n'


def flow(source: str, target: str, condition: str = "") -> str:
    """Return a flow `source_target`."""
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    key = f"{source}_{target}"
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{key}" {ends}>{inner}</sequenceFlow>\n'


def chain(*keys: str) -> str:
    """Return flows from each to the next."""
    return "".join(flow(one, other) for one, other in pairwise(keys))


def straight(*inner: str) -> str:
    """Return a body: start, the elements given as (id, text) pairs, end, one after another."""
    keys = [one.split('id="', 1)[1].split('"', 1)[0] for one in inner]
    return START + "".join(inner) + END + chain("start", *keys, "end")


def variable(name: str, kind: str, values: str = "", required: str = "false") -> str:
    return f'<guotu:variable name="{name}" type="{kind}" values="{values}" required="{required}"/>'


def fixtures() -> dict[str, Drawing]:
    """Return the fixtures by process id."""
    found = (read(path.name, path.read_bytes()) for path in sorted(FIXTURES.glob("*.bpmn")))
    return {one.id: one for one in found}
