"""Whether an expression fits the declared variables: names that are known, types that agree."""

from collections.abc import Mapping

from guotu.lib.flow.declared import VariableDeclared
from guotu.lib.flow.expression import ORDERS, Among, Compare, Constant, Empty, Name, Tree, branches
from guotu.lib.refusal import Refusal

TYPES = frozenset(["integer", "text", "boolean", "date", "choice", "list"])
# The value of one turn of a multi-instance: text or whole number, as its list holds.
ITEM = "item"
_WORDS = {
    "integer": "整数",
    "text": "文字",
    "boolean": "是否",
    "date": "日期",
    "choice": "选项",
    "list": "列表",
    ITEM: "列表中的一项",
}
_ORDERED = frozenset(["integer", "date"])
_TEXTUAL = frozenset(["text", "choice"])

Variables = Mapping[str, VariableDeclared]


def type_of(tree: Tree, variables: Variables) -> str:
    """Return the type of an expression; raises `Refusal` where it does not fit the variables."""
    match tree:
        case Name(name):
            return _type_of_name(name, variables)
        case Constant(value):
            return {bool: "boolean", int: "integer", str: "text"}.get(type(value), "date")
        case Compare(sign, left, right):
            _check_pair(sign, left, right, variables)
        case Among(value, choices):
            for one in choices:
                _check_pair("=", value, one, variables)
        case Empty(value):
            type_of(value, variables)
        case _:
            for part in branches(tree):
                check_condition(part, variables)
    return "boolean"


def _type_of_name(name: str, variables: Variables) -> str:
    if name not in variables:
        raise _refused(f"没有声明变量 {name}", "用 guotu:variable 声明它，或改正名称")
    return variables[name].type


def check_condition(tree: Tree, variables: Variables) -> None:
    """Raise `Refusal` unless the expression is true or false over the variables."""
    found = type_of(tree, variables)
    if found != "boolean":
        raise _refused(f"条件不是真或假，而是{_word(found)}", "写成比较，如 area_dm2 > 100")


def _check_pair(sign: str, left: Tree, right: Tree, variables: Variables) -> None:
    kinds = type_of(left, variables), type_of(right, variables)
    if "list" in kinds:
        raise _refused("列表不能比较", "列表只能用 is empty 判断")
    if not _agree(*kinds):
        told = f"{_word(kinds[0])}与{_word(kinds[1])}不能比较"
        raise _refused(told, "改正变量的类型或所比的值")
    if sign in ORDERS and kinds[0] not in _ORDERED:
        raise _refused(f"{_word(kinds[0])}没有大小之分", "用 = 或 != 比较")
    for one, other in ((left, right), (right, left)):
        _check_choice(one, other, variables)


def _agree(one: str, other: str) -> bool:
    if ITEM in (one, other):
        return {one, other} <= {ITEM, "text", "choice", "integer"}
    return one == other or {one, other} <= _TEXTUAL


def _check_choice(one: Tree, other: Tree, variables: Variables) -> None:
    """Raise `Refusal` where a choice is held against what nobody can choose."""
    if not (isinstance(one, Name) and isinstance(other, Constant)):
        return
    variable = variables[one.name]
    if variable.type == "choice" and other.value not in variable.values:
        told = "、".join(variable.values)
        raise _refused(f"变量 {one.name} 没有选项 {other.value}", f"从声明的选项中选：{told}")


def _word(kind: str) -> str:
    # A type that nobody knows is a problem of its declaration, and told there.
    return _WORDS.get(kind, kind)


def _refused(what: str, remedy: str) -> Refusal:
    return Refusal(what, rule="条件只能比较所声明的变量", remedy=remedy)
