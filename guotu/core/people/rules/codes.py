"""Codes of administrative divisions: province, city, county, township, village.

GB/T 2260 gives six digits to the county; GB/T 10114 three more to the township; the statistical
coding rules of the National Bureau of Statistics three more to the village.
"""

from itertools import pairwise

from guotu.lib.refusal import Refusal

LENGTHS = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}
_GROUPS = (12, 9, 6, 4, 2)


def stem(code: str) -> str:
    """Return a code without the groups of zeros that only fill it up.

    Zeros are taken off by whole groups: 430626100 is a township and not 4306261.
    """
    for length, shorter in pairwise(_GROUPS):
        if len(code) == length and not code[shorter:].strip("0"):
            code = code[:shorter]
    return code


def check_code(code: str) -> str:
    """Return a code as kept (six, nine or twelve digits), or raise Refusal."""
    digits = code.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (6, 9, 12)):
        raise Refusal(
            "行政区划代码写得不对",
            where=code[:20],
            rule="GB/T 2260 县以上六位，GB/T 10114 乡镇九位，村十二位",
            remedy="写六位、九位或十二位数字",
        )
    if stem(digits)[:2] in ("", "00"):
        raise Refusal("行政区划代码写得不对", where=digits, remedy="前两位是省级代码")
    return _kept(stem(digits))


def _kept(found: str) -> str:
    return found.ljust(6, "0")


def level_of(code: str) -> str:
    """Return province, city, county, township or village."""
    length = len(stem(code))
    return next(level for level, digits in LENGTHS.items() if digits == length)


def parent_of(code: str) -> str:
    """Return the code of the division above, as kept; empty above a province."""
    lengths = list(LENGTHS.values())
    above = lengths.index(len(stem(code))) - 1
    return "" if above < 0 else _kept(stem(code)[: lengths[above]])
