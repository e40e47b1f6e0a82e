"""How figures and verdicts are said: square metres, hectares, mu (亩), Chinese words."""

from decimal import ROUND_HALF_UP, Decimal

VERDICT_WORDS = {"block": "不通过", "warn": "有提示", "note": "有说明", "pass": "通过"}
FINDING_WORDS = {"block": "阻断", "warn": "提示", "note": "说明", "pass": "通过"}
MARK_WORDS = {"V": "条文已核", "P": "公开页面所见", "M": "通行做法", "U": "待核，只作提示"}


def m2(dm2: int) -> str:
    """Return square metres with two decimals."""
    return f"{dm2 / 100:,.2f}"


def hectares(dm2: int) -> str:
    """Return hectares with four decimals, half up, from whole dm2."""
    return str((Decimal(dm2) / 1_000_000).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def mu(dm2: int) -> str:
    """Return mu with two decimals, half up: 1 mu = 2000/3 m2, converted once from dm2."""
    return str((Decimal(dm2) * 15 / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP))


def overall(verdict: str, complete: bool) -> str:
    """Return the verdict as a sentence."""
    said = {
        "block": "存在阻断事项，按现边界和材料不能通过",
        "warn": "没有阻断事项，有须办理或核实的事项",
        "note": "没有阻断事项，有说明事项",
        "pass": "各项核对均通过",
    }[verdict]
    return said if complete else f"{said}；部分图层未核对，不能认定为全部通过"
