"""Settle the frame of a boundary-point text: what its head declares against what its points say."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guotu.lib.geo.guard.limits import extent
from guotu.lib.refusal import Refusal

_EAST_LEAST, _EAST_MOST = 100_000.0, 900_000.0
_ZONES_3, _ZONES_6 = range(25, 46), range(13, 24)
_RULE = "X 为北、Y 为东，带号前缀须与“带号”一致"


@dataclass
class Settled:
    """The frame as the file has it: `declared` for crs.detect_frame, whether X and Y are swapped,
    and the notes (Chinese)."""

    declared: str | None
    swapped: bool
    notes: list[str]


def settle(about: dict[str, str], values: list[NDArray[np.float64]], name: str) -> Settled:
    """Return the frame declared and found. `values` hold the third and fourth column of every
    plot. Raises Refusal for another datum, unit, or a zone that contradicts the coordinates."""
    _check_head(about, name)
    both = np.concatenate(values)
    both = both[np.isfinite(both).all(axis=1)]
    both = both[(np.abs(both) < 1e8).all(axis=1)]
    if not len(both):
        return Settled(None, False, [])
    swapped, degrees = _order(both, name)
    notes = ["第三、四列是东、北次序，与规定（X 北、Y 东）相反，按数值认定"] if swapped else []
    if degrees:
        return Settled("EPSG:4490", swapped, [*notes, "坐标是经纬度（度）"])
    east = both[:, 0] if swapped else both[:, 1]
    return Settled(_declared(about, east, notes, name), swapped, notes)


def _check_head(about: dict[str, str], name: str) -> None:
    datum = about.get("坐标系", "")
    if datum and "2000" not in datum:
        raise Refusal(
            f"坐标系是“{datum[:30]}”，不是 2000 国家大地坐标系",
            name,
            rule="国土坐标一律用 2000 国家大地坐标系",
            remedy="请先由测绘单位转换坐标，不能直接套用",
        )
    unit = about.get("计量单位", "")
    if unit and unit not in ("米", "m", "M", "度"):
        raise Refusal(f"计量单位是“{unit[:20]}”，不是米", name, remedy="请换算为米后重新导出")


def _order(both: NDArray[np.float64], name: str) -> tuple[bool, bool]:
    """Return (swapped, degrees) for the kind of numbers that all good points share."""
    here = extent()
    first, second = both[:, 0], both[:, 1]
    kinds = {
        (False, False): _is_north(first) & _is_east(second),
        (True, False): _is_east(first) & _is_north(second),
        (False, True): _between(first, here.south_deg, here.north_deg)
        & _between(second, here.west_deg, here.east_deg),
        (True, True): _between(first, here.west_deg, here.east_deg)
        & _between(second, here.south_deg, here.north_deg),
    }
    fitting = {kind: float(mask.mean()) for kind, mask in kinds.items()}
    # The standard order comes first, so that it wins where both would do (the southern sea).
    best = max(fitting, key=lambda kind: fitting[kind])
    least = 1.0 if best[0] else 0.5
    if fitting[best] >= least and fitting[best] > 0:
        return best
    candidates = "、".join(
        label
        for kind, label in (((False, False), "X 北 Y 东"), ((True, False), "X 东 Y 北"))
        if fitting[kind] > 0
    )
    raise Refusal(
        "界址点的 X、Y 次序无法认定",
        name,
        rule=_RULE,
        remedy=f"部分点像是{candidates}，请统一次序" if candidates else "请核对坐标的单位和次序",
    )


def _between(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return (values >= low) & (values <= high)


def _is_north(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return _between(values, extent().south_m, extent().north_m)


def _is_east(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    zone, plain = np.floor(values / 1e6), values % 1e6
    known = (zone == 0) | _between(zone, _ZONES_6[0], _ZONES_3[-1])
    return known & _between(plain, _EAST_LEAST, _EAST_MOST)


def _declared(
    about: dict[str, str], east: NDArray[np.float64], notes: list[str], name: str
) -> str | None:
    zone, width = _number(about.get("带号", "")), _number(about.get("几度分带", ""))
    prefix = int(np.median(np.floor(east / 1e6)))
    if zone and prefix and zone != prefix:
        raise Refusal(
            f"带号写的是 {zone}，坐标的前缀是 {prefix}",
            name,
            rule=_RULE,
            remedy=f"请核对是 {zone} 带还是 {prefix} 带，改正后重新上传",
        )
    if prefix and not zone:
        notes.append(f"没有写明带号，按坐标前缀定为 {prefix} 带")
    found = zone or prefix
    if not found:
        return None
    if not width:
        width = 3 if found in _ZONES_3 else 6
        notes.append(f"没有写明几度分带，按带号定为 {width} 度带")
    return _epsg(found, width, bool(prefix), name)


def _number(text: str) -> int:
    found = re.match(r"\d{1,4}", text)
    return int(found[0]) if found else 0


def _epsg(zone: int, width: int, prefixed: bool, name: str) -> str:
    """Return the EPSG code: 3 degrees 4513-4554, 6 degrees 4491-4512 (standards, section 1)."""
    if width == 3 and zone in _ZONES_3:
        return f"EPSG:{4488 + zone if prefixed else 4509 + zone}"
    if width == 6 and zone in _ZONES_6:
        return f"EPSG:{4478 + zone if prefixed else 4489 + zone}"
    raise Refusal(
        f"带号 {zone} 与 {width} 度分带不相配",
        name,
        rule="3 度带为 25 至 45 带，6 度带为 13 至 23 带",
        remedy="请核对“几度分带”和“带号”",
    )
