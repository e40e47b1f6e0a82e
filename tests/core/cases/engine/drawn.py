"""Draws small processes in a few words, and walks a case through them, saved after every step."""

import itertools

from guotu.core.cases import engine

_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="file"
  targetNamespace="urn:test" xmlns:guotu="urn:guotu:process:1">{head}
<process id="{key}" isExecutable="true">{body}</process>
</definitions>"""


def drawing(body, key="p", head=""):
    """Return the file of a process."""
    return _FILE.format(body=body, key=key, head=head).encode()


def flows(*ways):
    """Return sequence flows, each `a > b`, `a > b: condition`; `a > b > c` is two of them."""
    drawn = []
    for way in ways:
        way, _, condition = way.partition(": ")
        names = way.split(" > ")
        for source, target in itertools.pairwise(names):
            text = condition.replace("<", "&lt;")
            inner = f"<conditionExpression>{text}</conditionExpression>" if text else ""
            ends = f'sourceRef="{source}" targetRef="{target}"'
            drawn.append(f'<sequenceFlow id="{source}_{target}" {ends}>{inner}</sequenceFlow>')
    return "".join(drawn)


def nodes(kind, *names, **facts):
    """Return elements of one kind."""
    told = "".join(f' {key}="{value}"' for key, value in facts.items())
    return "".join(f'<{kind} id="{name}" name="{name}"{told}/>' for name in names)


def timer(name, on="", interrupting=True, duration="P3D"):
    """Return a timer, at the edge of `on` or by itself."""
    inner = f"<timeDuration>{duration}</timeDuration>"
    return _event(name, on, interrupting, f"<timerEventDefinition>{inner}</timerEventDefinition>")


def message(name, on="", interrupting=True):
    """Return a catching of the message m, which `HEAD` declares."""
    return _event(name, on, interrupting, '<messageEventDefinition messageRef="m"/>')


def _event(name, on, interrupting, inner):
    if not on:
        return f'<intermediateCatchEvent id="{name}">{inner}</intermediateCatchEvent>'
    facts = f'attachedToRef="{on}" cancelActivity="{str(interrupting).lower()}"'
    return f'<boundaryEvent id="{name}" {facts}>{inner}</boundaryEvent>'


HEAD = '<message id="m" name="回函"/>'
TERMINATE = '<endEvent id="stop"><terminateEventDefinition/></endEvent>'


def many(sequential, extra=""):
    """Return the mark of a multi-instance activity over `units`, gathering `opinion`."""
    inner = (
        "<loopDataInputRef>units</loopDataInputRef><loopDataOutputRef>opinions</loopDataOutputRef>"
        '<inputDataItem id="unit"/><outputDataItem id="opinion"/>'
    )
    marked = "true" if sequential else "false"
    kind = "multiInstanceLoopCharacteristics"
    return f'<{kind} isSequential="{marked}">{inner}{extra}</{kind}>'


class Walk:
    """A case under way: each move goes through what was saved by the one before."""

    def __init__(self, body, data=None, head="", called=None, service=None, key="p"):
        files = {"p.bpmn": drawing(body, key, head), **(called or {})}
        self.program = engine.compile_process(files, key)
        self.service = service
        self.largest = 0
        self.now(engine.begin(self.program, data or {}, service))

    def now(self, moved):
        """Take a move as the case's state."""
        self.moved = moved
        self.largest = max(self.largest, len(moved.tokens))
        return self

    def names(self, *kinds):
        """Return the elements that wait, sorted."""
        kinds = kinds or ("user", "manual", "timer", "message")
        return sorted(one.element for one in self.moved.waiting if one.kind in kinds)

    def one(self, element):
        """Return the first that waits at an element."""
        return next(one for one in self.moved.waiting if one.element == element)

    def does(self, element, token=None, **data):
        """Complete a step."""
        token = token or self.one(element).token
        return self.now(engine.complete(self.program, self.moved.tokens, token, data, self.service))

    def fires(self, element):
        """Fire a timer."""
        token = self.one(element).token
        return self.now(engine.fire(self.program, self.moved.tokens, token, self.service))

    def hears(self, name, **data):
        """Catch a message."""
        return self.now(engine.catch(self.program, self.moved.tokens, name, data, self.service))

    @property
    def ended(self):
        """Say whether it has ended."""
        return self.moved.ended

    @property
    def data(self):
        """Return the case's data."""
        return self.moved.data
