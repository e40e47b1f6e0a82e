"""Read GeoParquet 1.x whose geometry is WKB, after weighing its row groups."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from guotu.lib.geo.guard import headers
from guotu.lib.geo.guard.features import Rows, plain
from guotu.lib.geo.guard.limits import Limits, too_many_features
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.refusal import Refusal

_LON_LAT = "EPSG:4490"


def read_geoparquet(path: Path, limits: Limits, name: str) -> Rows:
    """Read the primary geometry column and the attributes. No `crs` means lon/lat, null unknown
    (GeoParquet 1.1, "crs"). The bbox covering column is derived and not read."""
    headers.check_parquet(path)
    with pq.ParquetFile(path) as file:
        column, geo = _geometry(file, name)
        _weigh(file, limits, name)
        covering = _covering(geo)
        wanted = [field for field in file.schema_arrow.names if field not in covering]
        table = file.read(columns=wanted)
    wkb = table.column(column)
    if not _is_binary(wkb.type):
        raise Refusal("图形列不是 WKB", name, remedy="请按 WKB 编码导出 GeoParquet")
    table.validate(full=True)
    return Rows(
        wkb=binary_chunks(wkb),
        ids=[str(row) for row in range(1, table.num_rows + 1)],
        fields=plain(table.drop_columns([column])),
        declared=_declared(geo, name),
        format="GeoParquet",
        encoding="UTF-8",
        assumed="crs" not in geo,
    )


def _geometry(file: pq.ParquetFile, name: str) -> tuple[str, dict[str, Any]]:
    text = (file.schema_arrow.metadata or {}).get(b"geo")
    refusal = Refusal("这个 Parquet 不是 GeoParquet", name, remedy="请导出为 GeoParquet")
    if text is None:
        raise refusal
    try:
        geo = json.loads(text)
        column = geo["primary_column"]
        about = geo["columns"][column]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise refusal from error
    if not isinstance(about, dict) or column not in file.schema_arrow.names:
        raise refusal
    if about.get("encoding") != "WKB":
        raise Refusal("图形列不是 WKB", name, remedy="请按 WKB 编码导出 GeoParquet")
    return column, about


def _weigh(file: pq.ParquetFile, limits: Limits, name: str) -> None:
    about = file.metadata
    if about.num_rows > limits.max_features:
        raise too_many_features(about.num_rows, limits)
    groups = [about.row_group(at) for at in range(about.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    rows = sum(group.num_rows for group in groups)
    if rows != about.num_rows or size < 0 or about.num_columns > limits.max_fields:
        raise Refusal("Parquet 的目录与内容不符", name, remedy="请重新导出")
    if size > limits.max_unzipped_bytes:
        rule = f"展开后不超过 {limits.max_unzipped_bytes / 1e6:,.0f} MB"
        raise Refusal(f"文件展开后太大（{size / 1e6:,.0f} MB）", name, rule, "请分成几个文件")


def _covering(geo: dict[str, Any]) -> set[str]:
    try:
        return {str(path[0]) for path in geo["covering"]["bbox"].values()}
    except (LookupError, TypeError, AttributeError):
        return set()


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _declared(geo: dict[str, Any], name: str) -> str | None:
    if "crs" not in geo:
        return _LON_LAT
    crs = geo["crs"]
    if crs is None:
        return None
    known = crs.get("id") if isinstance(crs, dict) else None
    if isinstance(known, dict) and known.get("authority") == "EPSG":
        return f"EPSG:{known.get('code')}"
    try:
        found = pyproj.CRS.from_user_input(crs)
    except (pyproj.exceptions.CRSError, TypeError) as error:
        raise Refusal("坐标系的写法不认识", name, remedy="请用 EPSG 代号写明坐标系") from error
    return _LON_LAT if found.name == "WGS 84 (CRS84)" else str(found.to_wkt())
