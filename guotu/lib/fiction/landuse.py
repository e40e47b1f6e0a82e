"""Landuse: the fields of 地类图斑 (TD/T 1057-2020 DLTB), areas by the legal rule."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from guotu.lib.fiction import cover, naming
from guotu.lib.fiction.land import Land
from guotu.lib.fiction.terrain import Ints
from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.geo.crs import Frame

Strings = NDArray[np.object_]
SURVEY_YEAR = 2025

CLASS_NAMES = {
    101: "水田", 103: "旱地", 201: "果园", 202: "茶园", 301: "乔木林地", 302: "竹林地",
    305: "灌木林地", 307: "其他林地", 404: "其他草地", 501: "商业服务业设施用地", 601: "工业用地",
    602: "采矿用地", 701: "城镇住宅用地", 702: "农村宅基地", 801: "机关团体新闻出版用地",
    802: "科教文卫用地", 809: "公用设施用地", 810: "公园与绿地", 1003: "公路用地",
    1004: "城镇村道路用地", 1005: "交通服务场站用地", 1006: "农村道路", 1101: "河流水面",
    1103: "水库水面", 1104: "坑塘水面", 1107: "沟渠", 1109: "水工建筑用地", 1202: "设施农用地",
    1206: "裸土地", 1207: "裸岩石砾地",
}  # fmt: skip
_TOWN = (501, 601, 701, 801, 802, 809, 810, 1004, 1005)
_STRIPS = (1003, 1004, 1006, 1101, 1107)

# An invented coefficient table, as a province would measure one: type and slope grade, in 1e-4.
_BANK_SHARE_E4 = {
    "TT2": 512, "TT3": 871, "TT4": 1264, "TT5": 1603,
    "PD2": 318, "PD3": 604, "PD4": 927, "PD5": 1231,
}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Codes and names by township and by village (as `Land` numbers them)."""

    county_code: str
    township_code: Strings
    township: Strings
    village_code: Strings
    village: Strings


def code_text(code: Ints) -> Strings:
    """Return class numbers as survey codes: 301 as 0301, 501 as 05H1."""
    odd = {501: "05H1", 801: "08H1", 802: "08H2"}
    names, place = np.unique(code, return_inverse=True)
    texts = np.asarray([odd.get(int(name), f"{int(name):04d}") for name in names], object)
    return np.asarray(texts[place], object)


def names_of(land: Land, county_code: str, rng: np.random.Generator) -> Names:
    """Return names and codes for the land's townships and villages."""
    townships = int(land.township_of.max()) + 1
    codes = naming.township_codes(townships, county_code)
    heads = naming.place_names(townships, rng)
    titles = ["镇" if int(code[6:]) < 200 else "乡" for code in codes]
    names = [head + title for head, title in zip(heads, titles, strict=True)]
    names[0] = naming.town_name()
    villages = naming.place_names(len(land.township_of), rng)
    village_code, village = [], []
    seen = [0] * townships
    town_seat = int(land.places.town[0])
    for place, township in enumerate(land.township_of.tolist()):
        is_urban = int(land.seat_of[place]) == town_seat
        number = 1 if is_urban else 200 + seen[township]
        seen[township] += 0 if is_urban else 1
        village_code.append(f"{codes[township]}{number:03d}")
        village.append(villages[place] + ("社区" if is_urban else "村"))
    return Names(
        county_code,
        np.asarray(codes, object),
        np.asarray(names, object),
        np.asarray(village_code, object),
        np.asarray(village, object),
    )


def in_survey_order(land: Land, names: Names) -> Ints:
    """Return the parcels by village code, then from north-west to south-east, as 图斑 are."""
    _, village = np.unique(names.village_code, return_inverse=True)
    east, north = land.inner.T
    band = np.floor(-north / (300.0 * land.scale))
    return np.lexsort((east, band, village[land.village]))


def layer(land: Land, names: Names, frame: Frame) -> tuple[Strings, pa.Table]:
    """Return the landuse layer in the survey's order."""
    order = in_survey_order(land, names)
    geometry = land.geometry[order]
    return geometry, fields(land, names, order, legal_area_dm2(geometry, frame))


def fields(land: Land, names: Names, order: Ints, area_dm2: Ints) -> pa.Table:
    """Return the fields of parcels `order`, whose legal areas are `area_dm2`."""
    code, village = land.code[order], land.village[order]
    numbers = _numbers(village)
    owner_code, owner, right = _owners(land, names, order)
    banks = _banks(land, order, area_dm2)
    columns: dict[str, object] = {
        "BSM": _padded(f"{names.county_code}2001", np.arange(len(order)) + 1, 8),
        "YSDM": _same("2001010100", len(order)),
        "TBYBH": _padded("", numbers, 4),
        "TBBH": _padded("", numbers, 4),
        "DLBM": code_text(code),
        "DLMC": _mapped(CLASS_NAMES, code),
        "QSXZ": right,
        "QSDWDM": owner_code,
        "QSDWMC": owner,
        "ZLDWDM": names.village_code[village] + "0000000",
        "ZLDWMC": names.village[village],
        "TBMJ": area_dm2 / 100,
        **banks,
        "XZDWKD": _widths(land.geometry[order], code),
        **_planting(code, order),
        "CZCSXM": _settlement(code),
        "FRDBS": _same("00", len(order)),
        "SJNF": pa.array(np.full(len(order), SURVEY_YEAR, np.int32)),
    }
    return pa.table(columns)


def _same(text: str, count: int) -> Strings:
    return np.full(count, text, object)


def _padded(head: str, number: Ints, width: int) -> Strings:
    return np.asarray([f"{head}{one:0{width}d}" for one in number.tolist()], object)


def _mapped(names: dict[int, str], code: Ints) -> Strings:
    found, place = np.unique(code, return_inverse=True)
    return np.asarray(np.asarray([names[int(one)] for one in found], object)[place], object)


def _numbers(village: Ints) -> Ints:
    begin = np.flatnonzero(np.r_[True, np.diff(village) != 0])
    return np.arange(len(village)) - np.repeat(begin, np.diff(np.r_[begin, len(village)])) + 1


def _owners(land: Land, names: Names, order: Ints) -> tuple[Strings, Strings, Strings]:
    """Return owner code, owner name and kind of right: state land, village land, group land."""
    code, village = land.code[order], land.village[order]
    state = np.isin(code, list(cover.STATE_OWNED))
    groups = cKDTree(land.terrain.node_xy(land.places.hamlets)).query(land.inner[order])[1]
    group = groups % 18 + 1
    # In three villages of five the groups kept their fields and woods.
    by_group = (~state) & (village % 5 < 3) & np.isin(code, (101, 103, 201, 202, 301, 302, 305))
    owner_code = names.village_code[village] + "0000000"
    tail = np.asarray([f"{one:04d}000" for one in range(20)], object)
    owner_code = np.where(by_group, names.village_code[village] + tail[group], owner_code)
    owner_code = np.where(state, names.county_code + "0000000000000", owner_code)
    label = np.asarray([f"第{one}村民小组" for one in range(20)], object)
    owner = np.where(by_group, names.village[village] + label[group], names.village[village])
    owner = np.where(state, "国有（虚构县人民政府）", owner)
    return owner_code, owner, np.where(state, "20", np.where(by_group, "31", "30"))


def _banks(land: Land, order: Ints, area_dm2: Ints) -> dict[str, object]:
    """Return the deduction of field banks (田坎): TBDLMJ = TBMJ - KCMJ, in whole dm2."""
    code = land.code[order]
    slope = land.terrain.at(land.terrain.slope_deg, land.inner[order])
    farmed = np.isin(code, (101, 103))
    grade = np.where(code == 101, 1, 0) * 0 + 1 + np.searchsorted([2.0, 6.0, 15.0, 25.0], slope)
    grade = np.where(code == 101, np.minimum(grade, 4), grade)
    kind = np.where((code == 101) | (land.village[order] % 3 == 0), "TT", "PD")
    key = np.char.add(kind, grade.astype(str))
    names, place = np.unique(key, return_inverse=True)
    share = np.asarray([_BANK_SHARE_E4.get(str(name), 0) for name in names])[place]
    share = np.where(farmed, share, 0)
    banks = (area_dm2 * share + 5000) // 10_000
    deducted = share > 0
    quality = np.clip(4 + grade + np.where(code == 101, 0, 3) + land.village[order] % 2, 1, 15)
    return {
        "KCDLBM": _where(deducted, "1203"),
        "KCXS": share / 10_000,
        "KCMJ": banks / 100,
        "TBDLMJ": (area_dm2 - banks) / 100,
        "GDLX": pa.array(kind.astype(object), pa.string(), mask=~deducted),
        "GDPDJB": pa.array(grade.astype(str).astype(object), pa.string(), mask=~farmed),
        "GDDB": pa.array(quality.astype(np.int16), mask=~farmed),
    }


def _where(chosen: NDArray[np.bool_], text: str) -> Strings:
    made = np.full(len(chosen), None, object)
    made[chosen] = text
    return made


def _widths(geometry: Strings, code: Ints) -> pa.Array:
    """Return the mean width of roads and waters in metres, to 0.1."""
    strip = np.isin(code, _STRIPS)
    width = 2 * shapely.area(geometry) / shapely.length(geometry)
    return pa.array(np.round(width, 1), mask=~strip)


def _planting(code: Ints, order: Ints) -> dict[str, object]:
    kind = np.where(np.isin(code, (101, 103)), order % 20, -1)
    codes, names = np.full(len(code), None, object), np.full(len(code), None, object)
    for low, high, short, name in (
        (0, 16, "LS", "粮食作物"), (16, 18, "FLS", "非粮食作物"), (18, 20, "WG", "未耕种"),
    ):  # fmt: skip
        chosen = (kind >= low) & (kind < high)
        codes[chosen], names[chosen] = short, name
    return {"ZZSXDM": codes, "ZZSXMC": names}


def _settlement(code: Ints) -> Strings:
    mark = np.full(len(code), None, object)
    mark[np.isin(code, _TOWN)] = "202"
    mark[code == 601] = "202A"
    mark[code == 702] = "203"
    mark[code == 602] = "204"
    return mark
