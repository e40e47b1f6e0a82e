"""One post with one person, and processes of plain steps, for trials that count on the engine."""

from collections.abc import Mapping
from typing import Any

_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="file"
  targetNamespace="urn:trial" xmlns:guotu="urn:guotu:process:1">
<process id="{key}" isExecutable="true"><extensionElements><guotu:case title="{key}"/>
<guotu:variable name="again" type="boolean" title="再来"/></extensionElements>{body}</process>
</definitions>"""
_STEP = """<userTask id="{name}" name="{name}"><extensionElements>
<guotu:step role="desk" tag="support" writes="again"/></extensionElements></userTask>"""
_TIMER = """<boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="false">
<timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>"""
ENDS = '<startEvent id="s"/><endEvent id="e"/>'


def drawing(key: str, body: str) -> dict[str, str]:
    """Return the file of a process, by name."""
    return {f"{key}.bpmn": _FILE.format(key=key, body=body)}


def step(name: str) -> str:
    """Return a user task that falls to the desk."""
    return _STEP.format(name=name)


def flow(source: str, target: str, condition: str = "") -> str:
    """Return a sequence flow."""
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    ends = f'id="{source}_{target}" sourceRef="{source}" targetRef="{target}"'
    return f"<sequenceFlow {ends}>{inner}</sequenceFlow>"


def in_a_row(steps: int, timers: int) -> dict[str, str]:
    """Return a process of steps in a row, the first with a timer each."""
    names = [f"u{number}" for number in range(steps)]
    parts = [ENDS, *map(step, names), *_timers(timers)]
    ways = zip(["s", *names], [*names, "e"], strict=True)
    return drawing("row", "".join([*parts, *(flow(*way) for way in ways)]))


def at_once(steps: int, timers: int) -> dict[str, str]:
    """Return a process of steps that all wait at once, the first with a timer each."""
    names = [f"u{number}" for number in range(steps)]
    gates = '<parallelGateway id="f"/><parallelGateway id="j"/>'
    parts = [ENDS, gates, *map(step, names), *_timers(timers), flow("s", "f"), flow("j", "e")]
    parts += [flow("f", name) + flow(name, "j") for name in names]
    return drawing("wide", "".join(parts))


def blocks(number: int) -> dict[str, str]:
    """Return a process of so many parallel blocks of two steps, one after another."""
    parts = [ENDS, flow("s", "f0"), flow(f"j{number - 1}", "e")]
    for one in range(number):
        parts.append(f'<parallelGateway id="f{one}"/><parallelGateway id="j{one}"/>')
        for name in (f"a{one}", f"b{one}"):
            parts += [step(name), flow(f"f{one}", name), flow(name, f"j{one}")]
        parts += [flow(f"j{one}", f"f{one + 1}")] if one + 1 < number else []
    return drawing("blocks", "".join(parts))


def in_a_loop() -> dict[str, str]:
    """Return a process of two steps that come again as long as `again` is true."""
    gates = '<exclusiveGateway id="m"/><exclusiveGateway id="g" default="g_e"/>'
    ways = [("s", "m"), ("m", "u0"), ("u0", "u1"), ("u1", "g"), ("g", "e")]
    parts = [ENDS, gates, step("u0"), step("u1"), *_timers(1), *(flow(*way) for way in ways)]
    return drawing("loop", "".join([*parts, flow("g", "m", "again = true")]))


def _timers(number: int) -> list[str]:
    """Return timers at the first steps, each with a way to an end of its own."""
    return [
        _TIMER.format(name=f"t{one}", host=f"u{one}")
        + f'<endEvent id="te{one}"/>'
        + flow(f"t{one}", f"te{one}")
        for one in range(number)
    ]


def opened(*processes: Mapping[str, str]) -> Any:
    """Ready Django and an empty county, open the desk, deploy processes; return who sits there."""
    from guotu.site.cli.django_ready import ready

    ready()
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.people.models import Person, Post
    from guotu.core.people.queries import actor_in, capacities

    perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=4547)
    unit = perform("people.open_unit", COUNTY, name="窗口").answer
    powers = ["cases.read", "cases.handle", "cases.open"]
    told = {"code": "desk", "name": "窗口", "tag": "support", "powers": powers}
    perform("people.open_post", COUNTY, unit_id=unit.pk, **told)
    post = Post.objects.get(code="desk")
    perform("people.open_account", COUNTY, username="ren", name="王五", post_code="desk")
    for files in processes:
        perform("cases.deploy_process", COUNTY, files=files)
    perform("cases.assign_role", COUNTY, role="desk", post=post.pk)
    person = Person.objects.get(username="ren")
    return actor_in(person, capacities(person)[0], second_factor=True)
