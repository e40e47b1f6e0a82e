"""What a step may write: declared variables of their declared types, and nothing else."""

import datetime
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from guotu.lib.refusal import Refusal

_RULE = "流程声明的变量和步骤的 writes"
_LONGEST_TEXT, _LONGEST_LIST = 2_000, 200


class Declared(Protocol):
    """A variable as a process declares it."""

    @property
    def name(self) -> str:
        """Its name in conditions."""

    @property
    def type(self) -> str:
        """One of integer, text, boolean, date, choice, list."""

    @property
    def title(self) -> str:
        """Its Chinese name."""

    @property
    def values(self) -> tuple[str, ...]:
        """What may be chosen, for a choice."""

    @property
    def required(self) -> bool:
        """Whether a step that writes it must."""


def written(
    given: Mapping[str, Any],
    writes: Collection[str],
    variables: Mapping[str, Declared],
    *,
    partly: bool = False,
) -> dict[str, Any]:
    """Return what a step writes, each value checked and plain (a date as `2026-01-05`).

    What a step must write it writes each time it is taken, also when the case comes back to it.
    `partly` lets that be wanting, for a draft. Raises Refusal: a variable not the step's, a value
    not of its type, one wanting.
    """
    if foreign := sorted(set(given) - set(writes)):
        raise Refusal("这一步不能写这些内容", "、".join(foreign), _RULE, "只填本步骤列出的内容")
    values = {
        name: value_of(variables[name], value)
        for name, value in given.items()
        if name in variables and not _is_empty(value)
    }
    wanting = [
        variables[name].title
        for name in writes
        if name in variables and variables[name].required and name not in values
    ]
    if wanting and not partly:
        raise Refusal("有必填的内容没有填", "、".join(wanting), _RULE, "填写后再提交")
    return values


def value_of(variable: Declared, value: Any) -> Any:
    """Return a value as kept. Raises Refusal where it is not of the variable's type."""
    try:
        return _READ[variable.type](variable, value)
    except (ValueError, TypeError, KeyError) as wrong:
        raise Refusal(
            f"「{variable.title}」填得不对",
            where=str(value)[:60],
            rule=_RULE,
            remedy=_WANTED.get(variable.type, "") + _choices(variable),
        ) from wrong


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _integer(_: Declared, value: Any) -> int:
    if isinstance(value, bool | float):
        raise ValueError(value)
    return int(value)


def _text(_: Declared, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(value)
    return value


def _boolean(_: Declared, value: Any) -> bool:
    return {True: True, False: False, "true": True, "false": False}[value]


def _date(_: Declared, value: Any) -> str:
    if isinstance(value, datetime.datetime):
        raise ValueError(value)
    day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)
    return day.isoformat()


def _choice(variable: Declared, value: Any) -> str:
    if value not in variable.values:
        raise ValueError(value)
    return str(value)


def _list(variable: Declared, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= _LONGEST_LIST:
        raise ValueError(value)
    if not all(isinstance(one, int | str) and not isinstance(one, bool) for one in value):
        raise ValueError(value)
    if variable.values and not set(map(str, value)) <= set(variable.values):
        raise ValueError(value)
    return list(value)


_READ = {
    "integer": _integer,
    "text": _text,
    "boolean": _boolean,
    "date": _date,
    "choice": _choice,
    "list": _list,
}
_WANTED = {
    "integer": "写一个整数",
    "text": f"写文字，不超过 {_LONGEST_TEXT} 字",
    "boolean": "选是或否",
    "date": "写成 2026-01-05 的样子",
    "choice": "从可选项中选",
    "list": "列出一项或几项",
}


def _choices(variable: Declared) -> str:
    return f"：{'、'.join(variable.values)}" if variable.values else ""
