"""Naming: townships, villages, people's works and ore by names that no atlas lists together."""

import numpy as np

COUNTY_NAME = "砚溪县（虚构）"
COUNTY_CODE = "430699"
"""GB/T 2260 gives no county this code; 4306 is a real city, whose numbers stop well below 99."""

_HEAD = "云青白石龙松竹梅兰清长大上下南北东西金银玉双三九黄花高平新安福永柳杨枫桃李茶栗樟桐鹤雁鹿燕"
_TAIL = "溪塘湾坪冲坡岭桥井田洲源坳岩潭洞垅港段屋铺背园庄泉渡畈嘴圳峡口"
_TOWN_HEAD = "砚临启承栖望锦澄怀沐霁砺昭泊"
_ORES = ("建筑石料用灰岩", "砖瓦用页岩", "饰面用花岗岩", "钾长石", "高岭土", "石英岩")
_WORKS = (
    "农产品加工厂", "敬老院", "中心小学扩建", "乡镇卫生院", "变电站", "污水处理厂", "粮食储备库",
    "客运站", "标准厂房", "安置小区", "农贸市场", "通村公路", "文体中心", "垃圾中转站", "水厂",
)  # fmt: skip


def place_names(count: int, rng: np.random.Generator, tails: str = _TAIL) -> list[str]:
    """Return `count` different two-character names (three where those run out)."""
    pairs = [head + tail for head in _HEAD for tail in tails]
    order = rng.permutation(len(pairs))
    names = [pairs[index] for index in order[:count]]
    while len(names) < count:
        names.append(_HEAD[int(rng.integers(len(_HEAD)))] + names[len(names) % len(pairs)])
    return names


def town_name() -> str:
    """Return the name of the township with the county town."""
    return _TOWN_HEAD[0] + "溪镇"


def ore(rng: np.random.Generator) -> str:
    """Return a kind of ore that a hilly county digs."""
    return _ORES[int(rng.integers(len(_ORES)))]


def work(rng: np.random.Generator) -> str:
    """Return what a building project is for."""
    return _WORKS[int(rng.integers(len(_WORKS)))]


def day(rng: np.random.Generator, first: str, days: int) -> str:
    """Return a day (ISO) within `days` of `first`."""
    return str(np.datetime64(first) + int(rng.integers(days)))


def township_codes(count: int, county_code: str) -> list[str]:
    """Return 9-digit codes: towns (镇, from 100) for the first two thirds, then 乡 (from 200)."""
    towns = max(1, (2 * count + 2) // 3)
    return [
        f"{county_code}{100 + place if place < towns else 200 + place - towns:03d}"
        for place in range(count)
    ]
