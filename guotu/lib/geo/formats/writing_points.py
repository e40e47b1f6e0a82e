"""Write the common form of the boundary-point text of land surveys (勘测定界界址点)."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.area import legal_area_m2
from guotu.lib.geo.crs import Frame
from guotu.lib.geo.guard.features import Note
from guotu.lib.refusal import Refusal

Geometry = NDArray[Any]
_COLUMNS = ("地块编号", "地块名称", "图幅号", "地块用途", "地类编码")
_SQUARE_METRES_A_HECTARE = 10_000


def write_points(path: Path, geometry: Geometry, fields: pa.Table, frame: Frame) -> list[Note]:
    """Write one plot a polygon, X north and Y east with four decimals, UTF-8.

    `fields` may hold 地块编号, 地块名称, 图幅号, 地块用途, 地类编码; other columns are left out,
    which is noted. The area is the legal one, in hectares. Raises Refusal for lon/lat and for
    what is not a polygon.
    """
    if frame.kind != "zone":
        raise Refusal("界址点文件只写分带平面坐标", remedy="请先转换到县里的坐标系")
    if not np.isin(shapely.get_type_id(geometry), (3, 6)).all():
        raise Refusal("界址点文件只写面", remedy="请改用 GeoPackage 或 GeoJSON")
    hectares = legal_area_m2(geometry, frame) / _SQUARE_METRES_A_HECTARE
    rows = fields.to_pylist() if fields.column_names else [{}] * fields.num_rows
    lines = [*_head(frame), "[地块坐标]"]
    for number, (shape, row) in enumerate(zip(geometry, rows, strict=True), 1):
        lines += _plot(number, shape, row, float(hectares[number - 1]))
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    left = [name for name in fields.column_names if name not in _COLUMNS]
    return [Note(None, f"界址点文件放不下字段 {name}") for name in left]


def _head(frame: Frame) -> list[str]:
    width = 6 if frame.zone is not None and frame.zone < 25 else 3
    return [
        "[属性描述]",
        "格式版本号=1.01版本",
        "数据产生单位=",
        "数据产生日期=",
        "坐标系=2000国家大地坐标系",
        f"几度分带={width}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={frame.zone}",
        "精度=0.0001",
        "转换参数=,,,,,,",
    ]


def _plot(number: int, shape: Any, row: dict[str, Any], hectares: float) -> list[str]:
    rings = [
        shapely.get_coordinates(ring)
        for part in shapely.get_parts(shape)
        for ring in (part.exterior, *part.interiors)
    ]
    text = {name: _cell(row.get(name)) for name in _COLUMNS}
    head = [
        str(sum(len(ring) for ring in rings)),
        f"{hectares:.4f}",
        text["地块编号"] or str(number),
        text["地块名称"],
        "面",
        text["图幅号"],
        text["地块用途"],
        text["地类编码"],
    ]
    lines, first = [",".join(head) + ",@"], 1
    for at, ring in enumerate(rings, 1):
        names = [f"J{first + i}" for i in range(len(ring) - 1)] + [f"J{first}"]
        first += len(ring) - 1
        lines += [
            f"{name},{at},{north:.4f},{east:.4f}"
            for name, (east, north) in zip(names, ring.tolist(), strict=True)
        ]
    return lines


def _cell(value: object) -> str:
    # The separators of the format have no escape in it.
    text = "" if value is None else str(value)
    return "".join(" " if sign in ",，;；@＠\t\r\n" else sign for sign in text).strip()
