"""Why a posting is refused: each code with what a clerk is told."""

from guotu.lib.refusal import Refusal

_OVERDRAW = "账户余额连同已预留的部分不得越过限额"
_ONCE = "同一账册、同一账目中，一块地只入一次账"

# code -> (what, rule, remedy)
FAULTS = {
    "amount_not_positive": ("数额不是正整数", "台账只记正整数", "换算为整单位后再记"),
    "amount_too_large": ("数额超出可记的范围", "台账以八字节整数记账", "检查单位和小数位"),
    "kind_unknown": ("没有这种转账", "转账分即时、预留、入账、撤销、冲销", "检查转账种类"),
    "pending_unknown": ("没有这笔预留", "入账和撤销须指明一笔预留", "检查预留编号"),
    "pending_not_pending": ("所指的转账不是预留", "只有预留可以入账或撤销", "检查预留编号"),
    "pending_settled": ("这一笔已经入账、撤销或冲销过", "一笔只了结一次", "另作一笔转账"),
    "pending_expired": ("这笔预留已经过期", "预留到期不入账即作废", "重新预留"),
    "before_pending": ("日期早于预留的日期", "了结不早于预留", "检查日期"),
    "reverse_not_posted": ("所指的转账没有入账，不能冲销", "只冲销已入账的转账", "预留用撤销"),
    "amount_exceeds_pending": ("数额大于所预留的", "入账不得超过预留", "减少数额，或另行转账"),
    "debit_unknown": ("没有借方账户", "转账须有借贷两个账户", "先开立账户"),
    "credit_unknown": ("没有贷方账户", "转账须有借贷两个账户", "先开立账户"),
    "accounts_same": ("借贷是同一个账户", "转账须在两个账户之间", "检查账户"),
    "books_differ": ("两个账户不在同一账册", "转账不跨账册、不跨单位", "在各自账册中分别记"),
    "expires_early": ("预留的期限早于当日", "期限不早于预留之日", "检查期限"),
    "expires_unwanted": ("只有预留才有期限", "期限只用于预留", "去掉期限"),
    "pieces_missing": ("没有附地块", "按地块管理的账户，每笔都须附地块", "附上地块再记"),
    "pieces_unwanted": (
        "两个账户都不按地块管理",
        "附地块的转账，至少一方按地块管理",
        "去掉地块，或开立按地块管理的账户",
    ),
    "lines_differ": ("两个账户不在同一账目", "附地块的转账不跨账目", "检查账户"),
    "pieces_do_not_sum": ("地块面积之和不等于数额", "地块面积之和须等于数额", "核对各地块面积"),
    "piece_bad": ("地块的图形或面积不对", "地块须是有效的面，面积为正整数", "检查图形和面积"),
    "total_too_large": ("账户累计超出可记的范围", "台账以八字节整数记账", "检查数额"),
    "below_limit": ("账户余额不足", _OVERDRAW, "减少数额，或先释放预留"),
    "above_limit": ("账户余额将超过上限", _OVERDRAW, "减少数额，或先核销"),
    "piece_held": ("这块地已在账上", _ONCE, "换一块地，或先撤销原来那笔"),
    "piece_not_held": ("账户中没有这块地", "按地块管理的账户，只能转出在账的地块", "检查图形"),
    "piece_across": (
        "这块地跨了几块在账的地",
        "转出的地块须在一块在账的地之内",
        "按在账的地块分开填写",
    ),
    "piece_area": (
        "转出的面积与在账地块不合",
        "转出部分与留下部分之和须等于原地块",
        "整块转出须用原面积，部分转出须小于原面积",
    ),
    "linked": ("同组的另一笔不能入账", "同组转账要么全记，要么全不记", "改正同组中被退回的那笔"),
}


def refusal_of(code: str, where: str = "") -> Refusal:
    """Return the refusal of a fault, at `where`."""
    what, rule, remedy = FAULTS[code]
    return Refusal(what, where=where, rule=rule, remedy=remedy)
