"""The boundary-point text in the forms that it has in the wild, and its rings."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from guotu.lib.geo import crs, formats
from guotu.lib.geo.formats import nested, rings
from guotu.lib.refusal import Refusal

HEAD = """[属性描述]
格式版本号=1.01版本
数据产生单位=平江县
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""
SQUARE = [(3_176_000, 460_000), (3_176_000, 460_100), (3_176_100, 460_100), (3_176_100, 460_000)]


def lines(
    corners: list[tuple[float, float]], ring: int = 1, first: int = 1, shift: float = 0
) -> str:
    numbered = [*enumerate(corners, first), (first, corners[0])]
    return "".join(f"J{n},{ring},{x},{y + shift}\n" for n, (x, y) in numbered)


def read(tmp_path: Path, text: str, encoding: str = "utf-8", **how: object) -> formats.Features:
    path = tmp_path / "界址点.txt"
    path.write_bytes(text.encode(encoding))
    return formats.read(path, **how)  # type: ignore[arg-type]


def changes(features: formats.Features) -> list[str]:
    return [note.change for note in features.notes]


PLAIN = HEAD + "5,1.0000,001,甲地块,面,H49G080090,工业用地,0601,@\n" + lines(SQUARE)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GBK"), ("utf-16", "UTF-16")],
)
def test_the_common_form_is_read(tmp_path: Path, encoding: str, shown: str) -> None:
    features = read(tmp_path, PLAIN, encoding)
    assert features.frame.epsg == 4547
    assert features.encoding == shown
    assert features.geometry[0].bounds == (460_000, 3_176_000, 460_100, 3_176_100)
    assert features.fields.to_pylist()[0]["地类编码"] == "0601"
    assert changes(features) == []


def test_a_zone_prefix_must_agree_with_the_zone(tmp_path: Path) -> None:
    prefixed = HEAD + "5,1,1,甲,面,,,,@\n" + lines(SQUARE, shift=38_000_000)
    assert read(tmp_path, prefixed).frame.epsg == 4526
    with pytest.raises(Refusal, match="带号写的是 39，坐标的前缀是 38"):
        read(tmp_path, prefixed.replace("带号=38", "带号=39"))


def test_a_missing_zone_is_taken_from_the_prefix_and_noted(tmp_path: Path) -> None:
    text = "[地块坐标]\n5,1,1,甲,面,,,,@\n" + lines(SQUARE, shift=38_000_000)
    features = read(tmp_path, text)
    assert features.frame.epsg == 4526
    assert len(changes(features)) == 2
    six = text.replace("384", "194")
    assert read(tmp_path, six).frame.epsg == 4478 + 19


def test_without_zone_and_prefix_the_frame_must_be_given(tmp_path: Path) -> None:
    text = "5,1,1,甲,面,,,,@\n" + lines(SQUARE)
    with pytest.raises(Refusal):
        read(tmp_path, text)
    assert read(tmp_path, text, crs=crs.frame_of(4547)).frame.epsg == 4547


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("2000国家", "1980西安", "不是 2000"),
        ("计量单位=米", "计量单位=英尺", "不是米"),
        ("带号=38", "带号=20", "不相配"),
        ("几度分带=3", "几度分带=6", "不相配"),
    ],
)
def test_a_head_that_contradicts_is_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        read(tmp_path, PLAIN.replace(old, new))


def test_swapped_columns_beyond_doubt_are_read_so_and_noted(tmp_path: Path) -> None:
    text = HEAD + "5,1,1,甲,面,,,,@\n" + lines([(y, x) for x, y in SQUARE])
    features = read(tmp_path, text)
    assert features.geometry[0].bounds == (460_000, 3_176_000, 460_100, 3_176_100)
    assert "相反" in changes(features)[0]


def test_mixed_columns_are_refused(tmp_path: Path) -> None:
    mixed = [SQUARE[0], *[(y, x) for x, y in SQUARE[1:]]]
    with pytest.raises(Refusal, match="次序无法认定") as caught:
        read(
            tmp_path,
            HEAD
            + "5,1,1,甲,面,,,,@\n"
            + "".join(f"J{n},1,{x},{y}\n" for n, (x, y) in enumerate(mixed)),
        )
    assert "X 北 Y 东" in caught.value.remedy


def test_degrees_are_lon_lat(tmp_path: Path) -> None:
    degrees = [(28.0, 113.0), (28.0, 113.1), (28.1, 113.1), (28.1, 113.0)]
    text = "[地块坐标]\n5,1,1,甲,面,,,,@\n" + lines(degrees)
    features = read(tmp_path, text)
    assert features.frame.epsg == 4490
    assert features.geometry[0].bounds == (113.0, 28.0, 113.1, 28.1)


def test_an_unclosed_ring_is_closed_and_noted(tmp_path: Path) -> None:
    open_ring = "".join(lines(SQUARE).splitlines(keepends=True)[:-1])
    features = read(tmp_path, HEAD + "4,1,1,甲,面,,,,@\n" + open_ring)
    assert features.geometry[0].area == 10_000
    assert changes(features) == ["第 1 圈未闭合，以首点闭合"]


def test_a_ring_closed_by_name_alone_is_rejected(tmp_path: Path) -> None:
    wrong = lines(SQUARE).replace("J1,1,3176000,460000\n", "J1,1,3176050,460000\n", 1)
    features = read(
        tmp_path, HEAD + "5,1,1,甲,面,,,,@\n" + wrong + "5,1,2,乙,面,,,,@\n" + lines(SQUARE)
    )
    assert [one.rule for one in features.rejected] == ["ring_open"]
    assert features.ids == ["2"]


HOLE = [(3_176_040, 460_040), (3_176_040, 460_060), (3_176_060, 460_060), (3_176_060, 460_040)]
AWAY = [(x, y + 1_000) for x, y in SQUARE]


def test_further_rings_are_holes_or_shells_by_containment(tmp_path: Path) -> None:
    text = (
        HEAD
        + "15,1,1,甲,面,,,,@\n"
        + lines(SQUARE)
        + lines(HOLE, ring=2, first=5)
        + lines(AWAY, ring=3, first=9)
    )
    features = read(tmp_path, text)
    shape = features.geometry[0]
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == 10_000 - 400 + 10_000
    assert changes(features) == ["第 2 圈起有 1 圈不在其他圈内，各作一个面"]


def test_points_and_lines_are_read_too(tmp_path: Path) -> None:
    corners = "".join(lines(SQUARE).splitlines(keepends=True)[:2])
    features = read(
        tmp_path,
        HEAD + f"2,0,1,甲,点,,,,@\n{corners}1,0,2,乙,点,,,,@\nJ1,1,3176000,460000\n"
        f"2,0,3,丙,线,,,,@\n{corners}",
    )
    kinds = [shape.geom_type for shape in features.geometry]
    assert kinds == ["MultiPoint", "Point", "MultiLineString"]


@pytest.mark.parametrize(
    ("plot", "rule"),
    [
        ("9,1,1,甲,面,,,,@\n" + lines(SQUARE), "point_count"),
        ("5,1,1,甲,体,,,,@\n" + lines(SQUARE), "geometry_type"),
        ("5,1,1,甲,面,,,,@\nrubbish\n" + lines(SQUARE), "malformed"),
        ("0,1,1,甲,面,,,,@\n", "null_geometry"),
        ("5,1,1,甲,面,,,,@\n" + lines(SQUARE).replace("3176100,", "nan,"), "coordinate"),
        ("5,1,1,甲,面,,,,@\n" + lines(SQUARE).replace("3176100,", "1e200,"), "coordinate"),
        ("5,1,1,甲,面,,,,@\n" + lines(SQUARE).replace("3176100,", "9176100,"), "extent"),
        ("2,1,1,甲,面,,,,@\nJ1,1,3176000,460000\nJ1,1,3176000,460000\n", "ring_short"),
    ],
)
def test_a_bad_plot_costs_only_itself(tmp_path: Path, plot: str, rule: str) -> None:
    good = "5,1,9,好,面,,,,@\n" + lines(SQUARE)
    features = read(tmp_path, HEAD + good + plot + good)
    assert [one.rule for one in features.rejected] == [rule]
    assert features.ids == ["1", "3"]
    assert features.read == 3


def test_loose_habits_are_noted(tmp_path: Path) -> None:
    heights = "".join(f"{line},55.5\n" for line in lines(SQUARE).splitlines())
    bare = lines(SQUARE).replace(",1,", ",")
    semicolons = lines(SQUARE).replace(",", "；")
    tabs = lines(SQUARE).replace(",", "\t")
    spaced = lines(SQUARE).replace(",", "   ")
    text = HEAD.replace("=", "＝") + "".join(
        f"5,1,{n},甲,面,,,,＠\n{body}\n"
        for n, body in enumerate([heights, bare, semicolons, tabs, spaced])
    )
    features = read(tmp_path, text)
    assert [shape.area for shape in features.geometry] == [10_000] * 5
    assert changes(features) == ["去掉高程（Z）", "界址点缺少圈号，作第 1 圈"]


def test_points_without_any_head_are_one_plot(tmp_path: Path) -> None:
    features = read(tmp_path, lines(SQUARE), crs=crs.frame_of(4547))
    assert features.read == 1
    assert features.fields.to_pylist()[0]["地块名称"] is None


def test_a_file_without_a_plot_or_in_no_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="没有地块"):
        read(tmp_path, HEAD)
    (tmp_path / "a.txt").write_bytes(b"[x]\nJ1,1,3176000,460000\xff\xff\n")
    with pytest.raises(Refusal, match="编码"):
        formats.read(tmp_path / "a.txt")


# ---- rings


def test_rings_end_at_the_first_name_or_another_number() -> None:
    names = [("a", 1), ("b", 1), ("a", 1), ("c", 1), ("d", 1), ("c", 2), ("", 3), ("", 3)]
    assert rings.runs(names) == [(0, 3), (3, 5), (5, 6), (6, 8)]
    assert rings.runs([]) == []


def box(low: float, high: float) -> np.ndarray:
    return shapely.get_coordinates(shapely.box(low, low, high, high))


def test_a_shell_within_a_hole_is_a_shell_again() -> None:
    made = rings.assemble([box(0, 9), box(1, 8), box(2, 7), box(3, 6), box(20, 21)], found := [])
    assert [len(polygon) for polygon in made] == [2, 2, 1]
    assert len(found) == 1


def test_a_ring_that_only_half_lies_within_is_a_shell() -> None:
    crossing = np.array([(5.0, 5.0), (15.0, 5.0), (15.0, 6.0), (5.0, 5.0)])
    assert len(rings.assemble([box(0, 9), crossing], [])) == 2


def test_too_many_rings_are_refused() -> None:
    with pytest.raises(nested.Unfit, match="圈"):
        rings.assemble([box(0, 1)] * 2_001, [])
