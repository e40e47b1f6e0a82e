"""Read Shapefile, GeoPackage and FileGDB through GDAL's Arrow stream, by pyogrio."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.raw import open_arrow, read_arrow

from guotu.lib.geo.formats import dbf
from guotu.lib.geo.guard import headers
from guotu.lib.geo.guard.features import Note, Rows, plain
from guotu.lib.geo.guard.limits import Limits, too_many_features
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.refusal import Refusal

_DRIVERS = {"gpkg": "GeoPackage", "gdb": "FileGDB", "shp": "Shapefile"}


def read_shapefile(path: Path, limits: Limits) -> Rows:
    """Read a .shp with the files beside it; the text encoding is declared, or found and noted."""
    headers.check_shapefile(path, limits)
    notes = []
    if headers.sibling(path, ".dbf") is None:
        notes.append(Note(None, "缺少属性表（.dbf），只读入图形"))
    encoding, found = dbf.encoding_of(path)
    if found:
        notes.append(Note(None, found))
    rows = _stream(path, None, limits, "shp", encoding=encoding)
    if headers.sibling(path, ".prj") is None:
        rows.declared = None
    rows.encoding = encoding
    rows.notes = notes + rows.notes
    return rows


def read_geopackage(path: Path, limits: Limits, layer: str | None) -> Rows:
    """Read the one layer of a GeoPackage, or the one named."""
    headers.check_gpkg(path)
    chosen = _one_layer(path, layer)
    if chosen in _views(path):
        raise Refusal(
            f"图层“{chosen}”是数据库视图，不是数据",
            path.name,
            rule="视图可以是没有尽头的查询，一律不读",
            remedy="请把图层本身导出为 GeoPackage",
        )
    return _stream(path, chosen, limits, "gpkg")


def _views(path: Path) -> set[str]:
    sql = "select name from sqlite_master where type = 'view'"
    _, table = read_arrow(path, sql=sql, read_geometry=False)
    return set(table.column("name").to_pylist())


def read_filegdb(path: Path, limits: Limits, layer: str | None) -> Rows:
    """Read the one layer of a FileGDB folder, or the one named."""
    return _stream(path, _one_layer(path, layer), limits, "gdb")


def _one_layer(path: Path, layer: str | None) -> str:
    try:
        listed = pyogrio.list_layers(path)
    except pyogrio.errors.DataSourceError as error:
        remedy = "请确认导出的是矢量图层，不是影像，也没有损坏"
        raise Refusal("文件中没有可读的矢量图层", path.name, remedy=remedy) from error
    except pyogrio.errors.GeometryError as error:
        raise _odd_type(path) from error
    names = [str(name) for name, kind in listed if kind is not None]
    if layer is not None:
        if layer in names:
            return layer
        raise Refusal(f"没有名为“{layer}”的图层", path.name, remedy=_choose(names))
    if not names:
        raise Refusal("文件中没有带图形的图层", path.name, remedy="请重新导出")
    if len(names) > 1:
        raise Refusal("文件中有几个图层，不知该读哪一个", path.name, remedy=_choose(names))
    return names[0]


def _choose(names: list[str]) -> str:
    return "请指明图层：" + "、".join(names[:20]) if names else "请重新导出"


def _stream(
    path: Path, layer: str | None, limits: Limits, kind: str, encoding: str | None = None
) -> Rows:
    try:
        return _rows(path, layer, limits, kind, encoding)
    except pyogrio.errors.CRSError as error:
        remedy = "请改正坐标系定义（.prj），或删去它并指明坐标系"
        raise Refusal("文件中的坐标系定义无法解读", path.name, remedy=remedy) from error
    except pyogrio.errors.GeometryError as error:
        raise _odd_type(path) from error


def _odd_type(path: Path) -> Refusal:
    return Refusal(
        "图层的图形类型不支持（曲线、曲面或不明类型）",
        path.name,
        remedy="请转换为点、线、面图层后重新导出",
    )


def _rows(path: Path, layer: str | None, limits: Limits, kind: str, encoding: str | None) -> Rows:
    with open_arrow(path, layer=layer, encoding=encoding, use_pyarrow=True) as (meta, reader):
        if len(reader.schema) > limits.max_fields:
            raise Refusal(f"字段太多（{len(reader.schema)} 个）", path.name)
        batches, count = [], 0
        for batch in reader:
            count += batch.num_rows
            if count > limits.max_features:
                raise too_many_features(count, limits)
            batches.append(batch)
        table = pa.Table.from_batches(batches, reader.schema)
    column = meta["geometry_name"] or "wkb_geometry"
    if column not in table.column_names:
        raise Refusal("图层没有图形", path.name, remedy="请提供带图形的图层")
    fields, notes = _clean_text(table.drop_columns([column]))
    return Rows(
        wkb=binary_chunks(table.column(column)),
        ids=[str(row) for row in range(1, count + 1)],
        fields=plain(fields),
        declared=meta["crs"] or None,
        format=_DRIVERS[kind],
        notes=notes,
    )


def _clean_text(table: pa.Table) -> tuple[pa.Table, list[Note]]:
    """Return the table with every text valid UTF-8; what was cut off is noted by column."""
    notes: list[Note] = []
    for at, name in enumerate(table.column_names):
        column = table.column(at)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            texts, cut = _decoded(column)
            table = table.set_column(at, name, pa.array(texts, pa.string()))
            notes.append(Note(None, f"字段 {name} 中不成字的字节被略去", cut))
    return table, notes


def _decoded(column: Any) -> tuple[list[str | None], int]:
    kind = pa.large_binary() if pa.types.is_large_string(column.type) else pa.binary()
    raw = [value for chunk in column.chunks for value in chunk.view(kind).to_pylist()]
    texts = [None if value is None else value.decode("utf-8", "ignore") for value in raw]
    cut = sum(
        text is not None and text.encode() != value for text, value in zip(texts, raw, strict=True)
    )
    return texts, cut
