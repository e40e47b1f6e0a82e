"""The grammar of conditions: comparisons over declared variables, and nothing that can act.

    condition  = both { "or" both }
    both       = one { "and" one }
    one        = "not" one | value [ compare value | ["not"] "in" "(" value { "," value } ")"
                 | "is" ["not"] "empty" ]
    compare    = "=" | "!=" | "<" | "<=" | ">" | ">="
    value      = name | integer | "text" | true | false | date("2026-01-05") | "(" condition ")"

There are no calls, no attributes and no arithmetic (docs/decisions/0082).
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from guotu.lib.refusal import Refusal

LONGEST = 500
DEEPEST = 20
RESERVED = frozenset(["and", "or", "not", "in", "is", "empty", "true", "false", "date"])

Plain = bool | int | str | date

_TOKENS = re.compile(
    r"""\s*(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<integer>-?\d{1,18}(?![\w.]))
    | (?P<text>"[^"\\\n]*")
    | (?P<mark><=|>=|!=|[=<>(),])
    )""",
    re.VERBOSE | re.ASCII,
)
# Years that a case can meet: a day may then be counted from without leaving the calendar.
_DAY = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d", re.ASCII)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ORDERS = frozenset(_ORDERS)
_RULE = "条件只能比较所声明的变量"


@dataclass(frozen=True)
class Name:
    """A declared variable."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A constant: truth, whole number, text or date."""

    value: Plain


@dataclass(frozen=True)
class Compare:
    """Two values compared by one of = != < <= > >=."""

    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True)
class Among:
    """A value that is one of some."""

    value: "Tree"
    choices: tuple["Tree", ...]


@dataclass(frozen=True)
class Empty:
    """A value that was never given."""

    value: "Tree"


@dataclass(frozen=True)
class Not:
    """The contrary."""

    inner: "Tree"


@dataclass(frozen=True)
class Every:
    """All of them ("and")."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True)
class Some:
    """Any of them ("or")."""

    parts: tuple["Tree", ...]


Tree = Name | Constant | Compare | Among | Empty | Not | Every | Some


def parse(text: str) -> Tree:
    """Return the tree of an expression; raises `Refusal` at the place where it is none."""
    if len(text) > LONGEST:
        raise Refusal(f"表达式超过 {LONGEST} 个字符", rule=_RULE, remedy="拆成几个网关")
    return _Parser(text).whole()


class _Parser:
    """Reads by recursive descent; the depth is counted, so no text can exhaust the stack."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _split(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Tree:
        tree = self.either()
        if self.at < len(self.tokens):
            raise self.wrong("多出了")
        return tree

    def wrong(self, what: str) -> Refusal:
        token = self.tokens[self.at][1] if self.at < len(self.tokens) else "结尾"
        place = self.tokens[self.at][2] + 1 if self.at < len(self.tokens) else len(self.text) + 1
        return Refusal(
            f"表达式在第 {place} 个字符处{what} {token}",
            where=self.text,
            rule=_RULE,
            remedy='照 area_dm2 > 100 and decision = "agree" 的写法改正',
        )

    def takes(self, *wanted: str) -> str:
        """Take the next token if it is one of these words or marks; else return ""."""
        if self.at < len(self.tokens):
            kind, token, _place = self.tokens[self.at]
            if kind != "text" and token in wanted:
                self.at += 1
                return token
        return ""

    def needs(self, wanted: str) -> None:
        if not self.takes(wanted):
            raise self.wrong(f"应是 {wanted}，却是")

    def either(self) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refusal(f"表达式的括号超过 {DEEPEST} 层", rule=_RULE, remedy="拆成几个网关")
        parts = [self.both()]
        while self.takes("or"):
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def both(self) -> Tree:
        parts = [self.one()]
        while self.takes("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def one(self) -> Tree:
        refused = 0
        while self.takes("not"):
            refused += 1
        tree = self.compared()
        # Two refusals are none: the tree stays as deep as its parentheses.
        return Not(tree) if refused % 2 else tree

    def compared(self) -> Tree:
        value = self.value()
        if sign := self.takes("=", "!=", *_ORDERS):
            return Compare(sign, value, self.value())
        if self.takes("is"):
            refused = self.takes("not")
            self.needs("empty")
            return Not(Empty(value)) if refused else Empty(value)
        if refused := self.takes("not"):
            self.needs("in")
            return Not(Among(value, self.choices()))
        return Among(value, self.choices()) if self.takes("in") else value

    def choices(self) -> tuple[Tree, ...]:
        self.needs("(")
        found = [self.value()]
        while self.takes(","):
            found.append(self.value())
        self.needs(")")
        return tuple(found)

    def value(self) -> Tree:
        if self.takes("("):
            tree = self.either()
            self.needs(")")
            return tree
        if truth := self.takes("true", "false"):
            return Constant(truth == "true")
        if self.takes("date"):
            return self.day()
        if self.at >= len(self.tokens):
            raise self.wrong("少了一个值，却是")
        kind, token, _place = self.tokens[self.at]
        if kind == "mark" or (kind == "name" and token in RESERVED):
            raise self.wrong("应是变量或值，却是")
        self.at += 1
        if kind == "name":
            return Name(token)
        return Constant(int(token) if kind == "integer" else token[1:-1])

    def day(self) -> Constant:
        self.needs("(")
        kind, token, _place = self.tokens[self.at] if self.at < len(self.tokens) else ("", "", 0)
        day = _day(token[1:-1]) if kind == "text" else None
        if day is None:
            raise self.wrong('应是 "2026-01-05" 这样的日期，却是')
        self.at += 1
        self.needs(")")
        return Constant(day)


def _split(text: str) -> list[tuple[str, str, int]]:
    """Return the tokens: kind, text, place from 0."""
    found: list[tuple[str, str, int]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        token = _TOKENS.match(text, at)
        if token is None:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            raise Refusal(
                f"表达式在第 {place + 1} 个字符处有不认识的 {text[place : place + 10]}",
                where=text,
                rule=_RULE,
                remedy="文字加英文双引号，比较用 = != < <= > >=，并用 and or not 连接",
            )
        kind = str(token.lastgroup)
        found.append((kind, token[kind], token.start(kind)))
        at = token.end()
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def names(tree: Tree) -> frozenset[str]:
    """Return the variables that a tree asks for."""
    return frozenset(one.name for one in leaves(tree) if isinstance(one, Name))


def leaves(tree: Tree) -> list[Name | Constant]:
    """Return the names and constants of a tree, in the order of the text."""
    if isinstance(tree, Name | Constant):
        return [tree]
    return [leaf for part in branches(tree) for leaf in leaves(part)]


def branches(tree: Tree) -> tuple[Tree, ...]:
    """Return what stands directly beneath a tree."""
    match tree:
        case Compare(_, left, right):
            return (left, right)
        case Among(value, choices):
            return (value, *choices)
        case Empty(inner) | Not(inner):
            return (inner,)
        case Every(parts) | Some(parts):
            return parts
    return ()


def evaluate(tree: Tree, values: Mapping[str, Any]) -> Any:
    """Return the value of a tree over plain values; a date may stand as its ISO text.

    What was never given (absent, None, "" or an empty list) is empty: it equals nothing, and is
    neither less nor more than anything. Raises `Refusal` where values do not fit together.
    """
    return _VALUES[type(tree)](tree, values)


_Values = Mapping[str, Any]
_VALUES: dict[type, Callable[[Any, _Values], Any]] = {
    Constant: lambda one, _values: one.value,
    Name: lambda one, values: values.get(one.name),
    Compare: lambda one, values: _compare(
        one.sign, evaluate(one.left, values), evaluate(one.right, values)
    ),
    Among: lambda one, values: any(
        _compare("=", evaluate(one.value, values), evaluate(choice, values))
        for choice in one.choices
    ),
    Empty: lambda one, values: is_empty(evaluate(one.value, values)),
    Not: lambda one, values: not holds(one.inner, values),
    Every: lambda one, values: all(holds(part, values) for part in one.parts),
    Some: lambda one, values: any(holds(part, values) for part in one.parts),
}


def is_empty(value: Any) -> bool:
    """Say whether a value was never given."""
    return value is None or value == "" or value == []


def holds(tree: Tree, values: Mapping[str, Any]) -> bool:
    """Say whether a condition holds; an empty one does not."""
    return _truth(evaluate(tree, values))


def _truth(value: Any) -> bool:
    if is_empty(value):
        return False
    if not isinstance(value, bool):
        raise _unfit(value, True)
    return value


def _compare(sign: str, left: Any, right: Any) -> bool:
    if is_empty(left) or is_empty(right):
        return sign == "!=" and is_empty(left) != is_empty(right)
    left, right = _as_days(left, right)
    alike = type(left) is type(right)
    if sign not in ORDERS:
        return (alike and left == right) is (sign == "=")
    if not alike or isinstance(left, bool) or not isinstance(left, int | date):
        raise _unfit(left, right)
    return _ORDERS[sign](left, right)


def _as_days(left: Any, right: Any) -> tuple[Any, Any]:
    """Return both as dates where one is a date and the other its text."""
    if isinstance(left, date) and isinstance(right, str):
        return left, _day(right) or right
    if isinstance(right, date) and isinstance(left, str):
        return _day(left) or left, right
    return left, right


def _unfit(left: Any, right: Any) -> Refusal:
    return Refusal(
        f"不能比较 {str(left)[:40]} 与 {str(right)[:40]}",
        rule=_RULE,
        remedy="检查变量的值与声明的类型是否一致",
    )
