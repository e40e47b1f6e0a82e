"""`guotu topology FILE`: what in a layer does not fit together, with features, place and size."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np
import shapely

from guotu.core.atlas.tolerances import tolerances
from guotu.lib.geo.crs import parse_frame
from guotu.lib.geo.formats import Features
from guotu.lib.geo.guard import Limits, read_apart
from guotu.lib.geo.topology import Fault, check
from guotu.site.cli.progress import shown

_WORDS = {
    "self_crossing": "自相交",
    "duplicate": "重复",
    "overlap": "重叠",
    "gap": "缝隙",
    "sliver": "碎片",
    "spike": "尖锐角",
    "ring_direction": "环方向不合",
    "minimum_area": "小于最小面积",
}
_LISTED_FEATURES = 4


@click.command(
    help="检查一个图层的拓扑：重叠、缝隙、碎片、自相交、重复、尖锐角、环方向、最小面积。"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", help="坐标系，如 4547；文件自带时不必给。")
@click.option("--code-field", default="DLBM", show_default=True, help="地类编码字段，定最小面积。")
@click.option(
    "--minimum-area", type=click.FloatRange(min=0), help="最小面积（平方米），代替按地类。"
)
@click.option(
    "--ring-direction",
    type=click.Choice(["consistent", "ogc", "survey"]),
    default="consistent",
    show_default=True,
    help="环方向：内外环相反即可；外环逆时针（OGC）；外环顺时针（Shapefile）。",
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(
    file: Path,
    crs: str | None,
    code_field: str,
    minimum_area: float | None,
    ring_direction: str,
    as_json: bool,
) -> int:
    """Check a file; exit status 0 no fault, 1 faults or rejected features, 2 cannot read."""
    frame = parse_frame(crs) if crs else None
    with shown() as say:
        say("读取文件", 0.0)
        features = read_apart(file, crs=frame, limits=Limits.layer())
        faults = check(
            features.geometry,
            features.ids,
            features.frame,
            tolerances=tolerances(),
            minimum_area_m2=_minimum(features, code_field, minimum_area),
            direction=ring_direction,  # type: ignore[arg-type]
            progress=say,
        )
    if as_json:
        click.echo(json.dumps(_report(features, faults), ensure_ascii=False))
    else:
        click.echo(_table(features, faults))
    return 1 if faults or features.rejected else 0


def _minimum(features: Features, code_field: str, given: float | None) -> Any:
    """Return the least areas: as given, else by the class code of each feature, else None."""
    if given is not None or code_field not in features.fields.column_names:
        return given
    codes = [
        None if code is None else str(code) for code in features.fields[code_field].to_pylist()
    ]
    return tolerances().minimum_areas_m2(codes)


def _surfaces(features: Features) -> int:
    return int(np.count_nonzero(shapely.get_dimensions(features.geometry) == 2))


def _report(features: Features, faults: list[Fault]) -> dict[str, Any]:
    return {
        "checked": _surfaces(features),
        "errors": [
            asdict(fault) | {"features": list(fault.features), "area_m2": round(fault.area_m2, 4)}
            for fault in faults
        ],
        "crs": f"EPSG:{features.frame.epsg}",
        "rejected": [vars(one) for one in features.rejected],
    }


def _table(features: Features, faults: list[Fault]) -> str:
    lines = [f"未接受：要素 {one.feature}：{one.reason}" for one in features.rejected]
    lines += [_line(fault, features.frame.kind == "lonlat") for fault in faults]
    counts = Counter(fault.rule for fault in faults)
    told = "，".join(f"{_WORDS[rule]} {count} 处" for rule, count in counts.items())
    return "\n".join([*lines, f"共查 {_surfaces(features)} 个面：{told or '未发现拓扑问题'}。"])


def _line(fault: Fault, is_lonlat: bool) -> str:
    decimals = 8 if is_lonlat else 3
    names = "、".join(fault.features[:_LISTED_FEATURES])
    if len(fault.features) > _LISTED_FEATURES:
        names += f" 等 {len(fault.features)} 个"
    place = f"({fault.x:.{decimals}f}, {fault.y:.{decimals}f})"
    return f"{_WORDS[fault.rule]}\t要素 {names}\t位置 {place}\t{fault.area_m2:.2f} 平方米"
