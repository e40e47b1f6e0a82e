"""What an account may be: its dimensions, its one canonical key, its limits."""

import json
import re
from collections.abc import Mapping, Sequence

from guotu.core.ledger.rules.books import known_dimensions
from guotu.lib.entries import MOST, Standing, bounds_of
from guotu.lib.refusal import Refusal

_CODE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


def valid_dimensions(
    dimensions: Mapping[str, object], allowed: Sequence[str], required: Sequence[str]
) -> dict[str, str]:
    """Return dimensions as text, in order of name; raises `Refusal` for one that is not allowed."""
    for name in required:
        if name not in dimensions:
            raise _refused("账户缺少必填的维度", name)
    found = {}
    for name in sorted(dimensions):
        value = str(dimensions[name])
        if name not in allowed:
            raise _refused("这个账册没有这个维度", name)
        if not re.fullmatch(known_dimensions()[name]["pattern"], value):
            raise _refused("维度的值不合格式", f"{name} = {value}")
        found[name] = value
    return found


def key_of(code: str, dimensions: Mapping[str, str]) -> str:
    """Return the canonical key of an account in its book: the same account, the same key."""
    told = [code, dict(sorted(dimensions.items()))]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def new_account_fault(
    code: str, normal: str, least: int | None, most: int | None, *, holds_land: bool
) -> Refusal | None:
    """Return why an account cannot be opened so, or None."""
    if not _CODE.fullmatch(code) or len(code) > 64:
        return _refused("账目代码不合格式", code)
    if normal not in ("debit", "credit"):
        return _refused("余额方向不是借或贷", normal)
    if any(one is not None and abs(one) > MOST for one in (least, most)):
        return _refused("限额超出可记的范围", code)
    floor, ceiling = bounds_of(normal, least, most)
    if not Standing(floor=floor, ceiling=ceiling).is_within_bounds():
        return _refused("新账户余额为零，不在限额之内", code)
    if holds_land and normal != "debit":
        return _refused("按地块管理的账户，余额在借方", code)
    return None


def _refused(what: str, where: str) -> Refusal:
    return Refusal(
        what, where=where, rule="账户由账册、账目和维度唯一确定", remedy="按账册的规定填写"
    )
