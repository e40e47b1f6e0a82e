"""`guotu area FILE`: the legal ellipsoidal area of each feature of a file, and their sum."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.geo.crs import LONLAT, Frame, parse_frame, transform, zone_frame_for
from guotu.lib.geo.formats import Features
from guotu.lib.geo.guard import Limits, read_apart
from guotu.lib.geo.guard.features import Rejected

_PLACE = re.compile(r"(.*)\[(\S+) (\S+)\]")


@dataclass(frozen=True)
class _Measured:
    """The legal areas of a file: one whole number of dm2 for each feature that has an area."""

    ids: list[str]
    area_dm2: NDArray[np.int64]
    frame: Frame
    computed_in: list[Frame]
    read: int
    rejected: list[Rejected]


@click.command(help="按国家规则计算一个文件中每个图形的椭球面积。")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", help="坐标系，如 4547；文件自带时不必给。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(file: Path, crs: str | None, as_json: bool) -> int:
    """Measure a file; exit status 0 all measured, 1 some rejected, 2 cannot read."""
    frame = parse_frame(crs) if crs else None
    measured = _measure(read_apart(file, crs=frame, limits=Limits.layer()))
    click.echo(json.dumps(_report(measured), ensure_ascii=False) if as_json else _table(measured))
    return 1 if measured.rejected else 0


def _measure(features: Features) -> _Measured:
    sound = shapely.is_valid(features.geometry)
    areas, zones = _areas(features.geometry[sound], features.frame)
    return _Measured(
        ids=[features.ids[row] for row in np.flatnonzero(sound).tolist()],
        area_dm2=areas,
        frame=features.frame,
        computed_in=zones,
        read=features.read,
        rejected=[
            *features.rejected,
            *(
                _without_area(features.ids[row], features.geometry[row])
                for row in np.flatnonzero(~sound).tolist()
            ),
        ],
    )


def _areas(geometry: NDArray[Any], frame: Frame) -> tuple[NDArray[np.int64], list[Frame]]:
    """Measure in the file's zone; each feature in lon/lat in the 3-degree zone of its middle."""
    if frame.kind == "zone":
        return legal_area_dm2(geometry, frame), [frame]
    bounds = shapely.bounds(geometry)
    middle = (bounds[:, 0] + bounds[:, 2]) / 2
    zones = [zone_frame_for(lon) for lon in middle.tolist()]
    epsg = np.array([zone.epsg for zone in zones], dtype=np.int64)
    areas = np.zeros(len(geometry), dtype=np.int64)
    for zone in (used := sorted(set(zones), key=lambda zone: zone.epsg)):
        rows = epsg == zone.epsg
        areas[rows] = legal_area_dm2(transform(geometry[rows], LONLAT, zone), zone)
    return areas, used


def _without_area(name: str, shape: shapely.Geometry) -> Rejected:
    """A boundary that crosses itself encloses nothing that could be measured."""
    found = _PLACE.fullmatch(shapely.is_valid_reason(shape))
    place = (float(found[2]), float(found[3])) if found else (None, None)
    return Rejected(name, "invalid", "边界自相交或环的关系有误，没有确定的面积", *place)


def _report(measured: _Measured) -> dict[str, Any]:
    return {
        "crs": f"EPSG:{measured.frame.epsg}",
        "computed_in": [f"EPSG:{zone.epsg}" for zone in measured.computed_in],
        "features": [
            {"id": name, "area_m2": area / 100}
            for name, area in zip(measured.ids, measured.area_dm2.tolist(), strict=True)
        ],
        "total_m2": int(measured.area_dm2.sum()) / 100,
        "read": measured.read,
        "rejected": [vars(one) for one in measured.rejected],
    }


def _table(measured: _Measured) -> str:
    areas = [_decimal(area) for area in measured.area_dm2.tolist()]
    total = _decimal(int(measured.area_dm2.sum()))
    width = max(len(area) for area in [*areas, total])
    lines = [f"坐标系：{measured.frame.name}（EPSG:{measured.frame.epsg}）"]
    if measured.frame.kind == "lonlat":
        zones = "、".join(zone.name for zone in measured.computed_in)
        lines.append(f"经纬度先转换到所在的 3 度带再计算：{zones}")
    lines.append("椭球面积（平方米）  要素")
    lines += [f"{area:>{width}}  {name}" for area, name in zip(areas, measured.ids, strict=True)]
    lines.append(f"{total:>{width}}  合计 {len(areas)} 个要素")
    lines += [f"未接受：要素 {one.feature}：{one.reason}" for one in measured.rejected]
    return "\n".join(lines)


def _decimal(area_dm2: int) -> str:
    return f"{area_dm2 // 100}.{area_dm2 % 100:02d}"
