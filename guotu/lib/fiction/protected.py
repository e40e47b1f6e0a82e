"""Protected: what other offices guard: woods, reserves, water, heritage, plots on file."""

import numpy as np
import pyarrow as pa
import shapely

from guotu.lib.fiction import drawing, naming
from guotu.lib.fiction.controls import Layer
from guotu.lib.fiction.drawing import Shapes, as_objects
from guotu.lib.fiction.land import Land
from guotu.lib.fiction.landuse import Names, code_text
from guotu.lib.fiction.terrain import Ints

_WOODS = (301, 302, 305, 307)


def _table(shapes: Shapes, title: list[str], kind: list[str], level: list[str]) -> pa.Table:
    texts = {"MC": title, "LX": kind, "JB": level}
    columns: dict[str, object] = {
        name: pa.array(list(map(str, values)), pa.string()) for name, values in texts.items()
    }
    columns["MJ"] = np.round(shapely.area(shapes), 2)
    return pa.table(columns)


def forest(land: Land, names: Names) -> Layer:
    """Return compartments of woods by village; high ones are for public good (公益林)."""
    terrain = land.terrain
    height = terrain.at(terrain.height, land.inner)
    public = height > np.median(height)
    wooded = np.isin(land.code, _WOODS)
    apart = land.village * 2 + public
    block = drawing.blocks(land, wooded, apart)
    shapes, label = land.grouped(block)
    first = np.full(int(block.max()) + 1, -1)
    first[block[wooded]] = np.flatnonzero(wooded)
    row = first[label]
    large = shapely.area(shapes) > 5_000
    shapes, row = shapes[large], row[large]
    order = np.lexsort((row, land.village[row]))
    shapes, row = shapes[order], row[order]
    kind = np.where(public[row], "公益林", "商品林")
    titles = [
        f"{names.village[land.village[one]]}{number % 60 + 1}林班" for number, one in enumerate(row)
    ]
    level = np.where(public[row], "省级公益林", "一般商品林")
    return shapes, _table(shapes, titles, list(kind), list(level))


def reserve(land: Land, rng: np.random.Generator) -> Layer:
    """Return a nature reserve round the highest peak, with a core, and a forest park."""
    height = land.terrain.at(land.terrain.height, land.inner)
    reach = float(np.sqrt(shapely.area(land.outline))) * 0.075
    top = int(np.argmax(height))
    away = np.hypot(*(land.inner - land.inner[top]).T)
    second = int(np.argmax(np.where(away > 6 * reach, height, -1)))
    whole = drawing.blob(land.inner[top], reach, rng, 120)
    core = drawing.blob(land.inner[top], reach * 0.45, rng, 80)
    park = drawing.blob(land.inner[second], reach * 0.5, rng, 80)
    shapes = as_objects([core, shapely.difference(whole, core), park])
    made, kept = drawing.settled(shapes, land.outline)
    heads = naming.place_names(2, rng, tails="岭山峰")
    titles = [f"{heads[0]}自然保护区", f"{heads[0]}自然保护区", f"{heads[1]}森林公园"]
    kinds = ["核心保护区", "一般控制区", "森林公园"]
    levels = ["省级", "省级", "县级"]
    return made, _table(
        made, [titles[k] for k in kept], [kinds[k] for k in kept], [levels[k] for k in kept]
    )


def _bodies(land: Land, code: int) -> tuple[Shapes, Ints]:
    chosen = land.code == code
    block = drawing.blocks(land, chosen, np.zeros(len(chosen), np.int64))
    if not chosen.any():
        return np.empty(0, object), np.empty(0, np.int64)
    shapes, label = land.grouped(block)
    first = np.full(int(block.max()) + 1, -1)
    first[block[chosen]] = np.flatnonzero(chosen)
    order = np.argsort(-shapely.area(shapes), kind="stable")
    return shapes[order], first[label[order]]


def water_source(land: Land, names: Names) -> Layer:
    """Return protection zones round the largest reservoirs (or river, where there is none)."""
    shapes, row = _bodies(land, 1103)
    if not len(shapes):
        shapes, row = _bodies(land, 1101)
        shapes = shapely.intersection(shapes, shapely.Point(land.inner[row[0]]).buffer(900.0))
    shapes, row = shapes[:3], row[:3]
    made, titles, levels = [], [], []
    for body, one in zip(shapes, row, strict=True):
        near = body.buffer(90.0, quad_segs=6)
        far = shapely.difference(body.buffer(380.0, quad_segs=8), near)
        for shape, level in ((near, "一级保护区"), (far, "二级保护区")):
            made.append(shape)
            titles.append(f"{names.village[land.village[one]]}水源地")
            levels.append(level)
    done, kept = drawing.settled(_without_earlier(as_objects(made)), land.outline)
    return done, _table(
        done, [titles[k] for k in kept], ["集中式饮用水"] * len(kept), [levels[k] for k in kept]
    )


def _without_earlier(shapes: Shapes) -> Shapes:
    result = shapes.copy()
    for later in range(len(result)):
        for earlier in range(later):
            if shapely.intersects(result[later], result[earlier]):
                result[later] = shapely.difference(result[later], result[earlier])
    return result


def river(land: Land, rng: np.random.Generator) -> Layer:
    """Return the managed strip of the larger rivers: the water and 20 m of bank."""
    shapes, _ = _bodies(land, 1101)
    large = shapes[: max(3, len(land.geometry) // 1500)]
    made, kept = drawing.settled(
        _without_earlier(shapely.buffer(large, 20.0, quad_segs=4)), land.outline
    )
    names = naming.place_names(len(large), rng, tails="江河水溪港")
    return made, _table(
        made,
        [f"{names[k]}河道管理范围" for k in kept],
        ["河道"] * len(kept),
        ["县级" if k < 2 else "乡镇级" for k in kept],
    )


def heritage(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return old halls, bridges and kilns by the villages, each with a control belt round it."""
    rows = drawing.picked((land.code == 702).astype(float), 8, rng)
    kinds = ("古桥", "宗祠", "古墓葬", "古窑址", "革命旧址", "古民居群")
    made, titles, parts, levels = [], [], [], []
    for number, row in enumerate(rows.tolist()):
        centre = land.inner[row] + rng.normal(0, 25, 2)
        core = drawing.yard(
            centre, rng.uniform(0, 3.1), rng.uniform(30, 60), rng.uniform(24, 50), rng
        )
        belt = shapely.difference(core.buffer(40.0, join_style="mitre"), core)
        for shape, part in ((core, "保护范围"), (belt, "建设控制地带")):
            made.append(shape)
            titles.append(f"{names.village[land.village[row]]}{kinds[number % 6]}")
            parts.append(part)
            levels.append(("县级", "省级", "县级")[number % 3])
    done, kept = drawing.settled(_without_earlier(as_objects(made)), land.outline)
    return done, _table(
        done, [titles[k] for k in kept], [parts[k] for k in kept], [levels[k] for k in kept]
    )


def _plots(land: Land, names: Names, rows: Ints, kind: str, level: str) -> Layer:
    rows = np.sort(rows)
    shapes = land.geometry[rows]
    titles = [f"{names.village[land.village[row]]}{kind}" for row in rows]
    table = _table(shapes, titles, [kind] * len(rows), [level] * len(rows))
    return shapes, table.append_column("DLBM", pa.array(code_text(land.code[rows]), pa.string()))


def facility_farmland(land: Land, names: Names) -> Layer:
    """Return facility plots on file (设施农业用地备案)."""
    rows = np.flatnonzero(land.code == 1202)
    if not len(rows):  # too small to show in a coarse county: on file all the same
        rows = np.flatnonzero(land.code == 103)[:3]
    return _plots(land, names, rows, "养殖设施", "备案")


def banked_plots(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return reclaimed plots kept to make up for farmland that is built on (补充耕地)."""
    area = shapely.area(land.geometry)
    fit = (land.code == 103) & (area > 800)
    rows = drawing.picked(fit.astype(float), max(4, len(area) // 400), rng)
    return _plots(land, names, rows, "补充耕地", "已入库")
