"""The test files of GEOS and JTS: cases of one or two geometries, each with its operations."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import shapely

_HEX = re.compile(r"[0-9A-Fa-f]{10,}")


@dataclass(frozen=True)
class Question:
    """One operation of one case: `one` and `two` are its arguments, `answer` its text.

    `scale` is the precision of the answer (coordinates a unit), None where it is floating.
    `name` is file, number of the case from 1, and operation.
    """

    name: str
    operation: str
    one: object
    two: object
    answer: str
    pattern: str
    scale: float | None


def geometry_of(text: str | None) -> object:
    """Return the geometry written as WKT or hexadecimal WKB; None where there is none.

    A text that cannot be read as a geometry is returned as it is.
    """
    squeezed = " ".join((text or "").split())
    if not squeezed:
        return None
    try:
        if _HEX.fullmatch(squeezed.replace(" ", "")):
            return shapely.from_wkb(squeezed.replace(" ", ""))
        return shapely.from_wkt(squeezed)
    except (shapely.errors.GEOSException, NotImplementedError, ValueError):
        return squeezed


def questions(folder: Path) -> Iterator[Question]:
    """Yield every question below `folder`, in order of file and case."""
    for path in sorted(folder.rglob("*.xml")):
        root = ElementTree.fromstring(path.read_bytes())
        file = path.relative_to(folder).as_posix()
        scale = _scale(root.find("precisionModel"))
        for number, case in enumerate(root.iter("case"), start=1):
            given = {side: geometry_of(case.findtext(side)) for side in ("a", "b")}
            for operation in case.iter("op"):
                yield _question(f"{file}#{number}", operation, given, scale)


def _scale(model: ElementTree.Element | None) -> float | None:
    if model is None or model.get("scale") is None:
        return None
    return float(model.get("scale", "1"))


def _question(
    case: str, operation: ElementTree.Element, given: dict[str, object], scale: float | None
) -> Question:
    verb = operation.get("name", "").lower()
    first, second = operation.get("arg1", ""), operation.get("arg2", "")
    third = operation.get("arg3", "")
    own_scale = float(third) if verb.endswith("sr") and third else scale
    return Question(
        f"{case} {verb}({first.upper()},{second.upper()}{',' + third if third else ''})",
        verb,
        given.get(first.strip().lower()),
        given.get(second.strip().lower()),
        (operation.text or "").strip(),
        third,
        own_scale,
    )
