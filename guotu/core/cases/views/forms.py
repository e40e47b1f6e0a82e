"""The form of a step, made from what its process declares, and what a sent form says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from guotu.core.cases.models import Process

DECIDES = "choice"


@dataclass(frozen=True)
class Field:
    """One field: a declared variable with what stands in it; `name` is that of the input."""

    name: str
    variable: str
    title: str
    type: str
    values: tuple[str, ...] = ()
    required: bool = False
    value: Any = ""

    @property
    def chosen(self) -> list[str]:
        """Return what is chosen of a list, as text."""
        return [str(one) for one in self.value] if isinstance(self.value, list) else []

    @property
    def lines(self) -> str:
        """Return a list without choices as lines."""
        return "\n".join(self.chosen)

    @property
    def shown(self) -> str:
        """Return the value in words, for what is only read."""
        if self.type == "boolean":
            return {True: _("是"), False: _("否")}.get(self.value, "—")
        if self.type == "list":
            return "、".join(self.chosen) or "—"
        return "—" if self.value in ("", None) else str(self.value)


@dataclass(frozen=True)
class Risk:
    """An integrity-risk point whose evidence is asked for; `name` is that of the input."""

    name: str
    title: str
    evidence: str
    article: str = ""
    value: str = ""


@dataclass(frozen=True)
class StepForm:
    """What a step asks: fields to fill in, one decision that becomes buttons, risk points."""

    fields: list[Field] = field(default_factory=list)
    reads: list[Field] = field(default_factory=list)
    decision: Field | None = None
    risks: list[Risk] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """Say whether there is nothing to fill in but the decision."""
        return not (self.fields or self.risks)


def step_of(process: Process, element: str, path: str) -> Mapping[str, Any]:
    """Return what a process declares of a step; empty where it declares nothing."""
    place = f"{path}/{element}" if path else element
    found: Mapping[str, Any] = process.declared.get("steps", {}).get(place, {})
    return found


def form_of(
    process: Process,
    step: Mapping[str, Any],
    data: Mapping[str, Any],
    draft: Mapping[str, Any],
    units: Sequence[str] = (),
) -> StepForm:
    """Return the form of a step; a draft stands before what the case holds already.

    A list that some step is taken once for each unit of is chosen from `units`.

    The last choice that a step writes is what it decides: its values become buttons.
    """
    variables = process.declared.get("variables", {})
    kept = {**data, **draft}
    of_units = _lists_of_units(process)
    fields = [
        _field(variables[name], kept, units if name in of_units else ())
        for name in step.get("writes", ())
        if name in variables
    ]
    decisions = [one for one in fields if one.type == DECIDES and one.required]
    decision = decisions[-1] if decisions else None
    risks = [
        Risk(f"risk-{place}", one["title"], one["evidence"], one.get("article", ""))
        for place, one in enumerate(step.get("risks", ()))
    ]
    reads = [_field(variables[name], data) for name in step.get("reads", ()) if name in variables]
    return StepForm([one for one in fields if one is not decision], reads, decision, risks)


def data_of(form: StepForm, post: QueryDict) -> dict[str, Any]:
    """Return what a sent form writes, by variable; what was left empty is left out."""
    fields = [*form.fields, *([form.decision] if form.decision else [])]
    found = {one.variable: _read(one, post) for one in fields}
    return {name: value for name, value in found.items() if value not in ("", None, [])}


def evidence_of(form: StepForm, post: QueryDict) -> dict[str, dict[str, str]]:
    """Return the evidence that a sent form gives, by the title of its risk point."""
    return {
        one.title: {"file" if one.evidence == "document" else "note": text}
        for one in form.risks
        if (text := post.get(one.name, "").replace("\x00", "").strip())
    }


def told(form: StepForm, post: QueryDict) -> list[tuple[str, str]]:
    """Return what a sent form says, as (title, value), to be looked at before it is confirmed."""
    said = data_of(form, post)
    fields = [*([form.decision] if form.decision else []), *form.fields]
    rows = [(one.title, _shown(one, said[one.variable])) for one in fields if one.variable in said]
    given = evidence_of(form, post)
    return rows + [
        (title, one.get("note") or _("材料 %(hash)s") % {"hash": one["file"][:12]})
        for title, one in given.items()
    ]


def _shown(one: Field, value: Any) -> str:
    return Field(one.name, one.variable, one.title, one.type, value=value).shown


def _lists_of_units(process: Process) -> set[str]:
    steps = process.declared.get("steps", {}).values()
    return {one.get("each", "") for one in steps if str(one.get("role", "")).startswith("unit:")}


def _field(
    variable: Mapping[str, Any], kept: Mapping[str, Any], units: Sequence[str] = ()
) -> Field:
    name = variable["name"]
    return Field(
        f"v-{name}",
        name,
        variable["title"],
        variable["type"],
        tuple(variable.get("values", ())) or tuple(units),
        bool(variable.get("required")),
        kept.get(name, ""),
    )


def _read(one: Field, post: QueryDict) -> Any:
    text = post.get(one.name, "").replace("\x00", "").strip()
    if one.type == "list":
        return post.getlist(one.name) if one.values else _lines(text)
    if one.type == "boolean":
        return {"true": True, "false": False}.get(text, "")
    if one.type == "integer" and text.lstrip("-").isdigit() and text.isascii():
        return int(text)
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
