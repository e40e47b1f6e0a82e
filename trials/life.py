"""The ribbon of a place says what a scan of every release says, and nothing beyond the post."""

import contextlib
import datetime
import itertools
import math
import random
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import shapely

from trials import _atlas
from trials.harness import Figure, Scale, ratio, timed

TITLE = "一地一生 equals a scan of every release"
FAULTS = {
    "release_skipped": "one release of each layer is not read",
    "secrecy_removed": "the secrecy class is not asked about",
    "withdrawn_in_force": "a withdrawn release counts as in force",
}
_LAYERS = {"landuse": "DLBM", "basic_farmland": "YJJBNTTBBH", "eco_redline": "HXMC"}
_CODES = ("0101", "0103", "0301", "0702", "1104", "0601")
_EAST, _NORTH, _SIDE_M, _CELLS = 460_000.0, 3_176_000.0, 50.0, 8
_TODAY = datetime.date(2099, 1, 1)
# As many as `guotu demo` makes unless told otherwise; fewer would not be a release.
_DEMO_PARCELS = 20_000
_MADE = re.compile(r"\d{4}")


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Press places of chance over releases of chance; then time a place over twelve releases."""
    releases = 6 if scale.faulty else scale.count(12, least=8)
    points = scale.count(4_000, least=60)
    told = _atlas.apart("trials.life:work", fault, releases=releases, points=points)
    pressed = f"{told['pressed']} 处 × {len(_LAYERS)} 层 × {releases} 个版本"
    different, beyond = told["different"], told["beyond"]
    more = f"：{told['first']}" if different else ""
    yield Figure(
        "时间带与逐版本扫描不同之处", "0", f"{different}（{pressed}）{more}", not different
    )
    yield Figure("超出岗位的事项", "0", f"{beyond}（{pressed}）", not beyond)
    if fault is None:
        speed = _atlas.apart("trials.life:speed", features=_DEMO_PARCELS)
        yield ratio(
            f"一处十二个版本（每版 {speed['features']} 个图斑）",
            peer=speed["scan_s"],
            ours=speed["ribbon_s"],
            goal=2.0,
            peer_name="整版读入后逐个判断",
        )


class _History:
    """One release as it was made: squares with their codes, kept beside the store."""

    def __init__(self, chance: random.Random, layer: str, before: "_History | None") -> None:
        self.layer = layer
        cells = range(_CELLS * _CELLS)
        old = before.codes if before else {cell: chance.choice(_CODES) for cell in cells}
        self.codes = {
            cell: chance.choice([*_CODES, ""]) if chance.random() < 0.25 else old[cell]
            for cell in cells
        }
        self.released = _TODAY
        self.pk = 0
        self.secret = self.withdrawn = False

    def at(self, x: float, y: float) -> frozenset[str]:
        """Return the codes of every square that has the place in it or on its edge."""
        found = set()
        for cell, code in self.codes.items():
            west, south = _corner(cell)
            if code and west <= x <= west + _SIDE_M and south <= y <= south + _SIDE_M:
                found.add(code)
        return frozenset(found)


def _corner(cell: int) -> tuple[float, float]:
    return _EAST + cell % _CELLS * _SIDE_M, _NORTH + cell // _CELLS * _SIDE_M


def work(folder: Path, fault: str | None, releases: int, points: int) -> dict[str, Any]:
    """Make histories, press places, compare; return what differed and what went beyond a post."""
    from guotu.core.atlas.life import ribbon
    from guotu.core.atlas.life.events import LifePlace
    from guotu.core.atlas.models import Layer
    from guotu.core.journal.actions import Actor

    chance = random.Random(1984)
    made = [one for layer in _LAYERS for one in _made(folder, chance, layer, releases)]
    titles = dict(Layer.objects.values_list("title", "name"))
    secret_ids = {one.pk for one in made if one.secret}
    told: dict[str, Any] = {"different": 0, "beyond": 0, "pressed": points, "first": ""}
    with _planted(fault):
        for _ in range(points):
            x, y = (round(low + _press(chance), 4) for low in (_EAST, _NORTH))
            day = chance.choice([_TODAY, datetime.date(chance.randint(2005, 2025), 7, 1)])
            sees = chance.random() < 0.3
            powers = {"atlas.read"} | ({"atlas.read_secret"} if sees else set())
            viewer = Actor(1, 1, frozenset(powers))
            place = LifePlace(113.0, 28.0, x, y, _atlas.EPSG, "430626", "", day, _TODAY)
            events = ribbon.ribbon_of(place, viewer).events
            for layer in _LAYERS:
                ours = sorted(_ours(one) for one in events if titles.get(one.lane) == layer)
                history = [one for one in made if one.layer == layer]
                wanted = sorted(_scanned(history, x, y, day, sees))
                if ours != wanted:
                    told["different"] += 1
                    told["first"] = told["first"] or f"{layer} {x} {y} {day} {ours} {wanted}"
            if not sees:
                told["beyond"] += sum(_shows(one, secret_ids) for one in events)
    return told


def _press(chance: random.Random) -> float:
    # One press in five stands on an edge between squares.
    wide = _CELLS * _SIDE_M
    if chance.random() < 0.2:
        return chance.randrange(_CELLS + 1) * _SIDE_M
    return chance.uniform(-0.1 * wide, 1.1 * wide)


def _shows(event: Any, secret_ids: set[int]) -> bool:
    number = event.address.rpartition("#release-")[2]
    return number.isdigit() and int(number) in secret_ids


def _ours(event: Any) -> tuple[str, str, str, tuple[str, ...]]:
    said = "" if event.kind == "change" else event.title.partition("（")[0]
    end = event.end.isoformat() if event.end else ""
    return event.kind, event.start.isoformat(), end, tuple(sorted(set(_MADE.findall(said))))


def _scanned(
    history: list[_History], x: float, y: float, day: datetime.date, sees: bool
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Say from the histories themselves what a ribbon must say, release by release."""
    seen = [one for one in history if one.released <= day and (sees or not one.secret)]
    for one in seen:
        if one.withdrawn:
            on = one.released.isoformat()
            yield "withdrawn", on, on, tuple(sorted(one.at(x, y)))
    valid = [one for one in seen if not one.withdrawn]
    lasting = []
    for at, one in enumerate(valid):
        if any(later.released == one.released for later in valid[at + 1 :]):
            on = one.released.isoformat()
            yield "superseded", on, on, tuple(sorted(one.at(x, y)))
        else:
            lasting.append(one)
    groups = [list(same) for _, same in itertools.groupby(lasting, key=lambda one: one.at(x, y))]
    for at, same in enumerate(groups):
        codes = tuple(sorted(same[0].at(x, y)))
        is_last = at == len(groups) - 1
        end = "" if is_last else same[-1].released.isoformat()
        yield "is" if codes else "out", same[0].released.isoformat(), end, codes
        if not is_last:
            after = groups[at + 1][0].released.isoformat()
            yield "change", same[-1].released.isoformat(), after, ()


def _made(folder: Path, chance: random.Random, layer: str, releases: int) -> list[_History]:
    from guotu.core.journal.actions import COUNTY, perform

    found: list[_History] = []
    released = datetime.date(2004, 12, 31)
    for number in range(releases):
        one = _History(chance, layer, found[-1] if found else None)
        if number != 2:  # the third is of the same day as the second
            released += datetime.timedelta(days=chance.randint(200, 900))
        one.released = released
        one.secret = number in (4, 7) or chance.random() < 0.1
        release = _published(folder, one, number)
        one.pk = release.pk
        one.withdrawn = number in (3, 9)
        if one.withdrawn:
            perform("atlas.withdraw", COUNTY, layer=layer, name=release.name, reason="坐标有误")
        found.append(one)
    return found


def _published(folder: Path, one: _History, number: int) -> Any:
    from guotu.core.atlas.models import Release

    cells = [cell for cell, code in one.codes.items() if code]
    west, south = np.array([_corner(cell) for cell in cells]).T
    squares = shapely.box(west, south, west + _SIDE_M, south + _SIDE_M)
    fields: dict[str, Any] = {_LAYERS[one.layer]: [one.codes[cell] for cell in cells]}
    fields["BZ"] = [f"{number}"] * len(cells)
    _bring_in(folder / f"{one.layer}{number}.parquet", one.layer, squares, fields, one)
    return Release.objects.filter(layer__name=one.layer).order_by("-pk")[0]


def _bring_in(path: Path, layer: str, squares: Any, fields: Any, one: Any) -> None:
    import pyarrow as pa

    from guotu.core.atlas.publishing import import_layer
    from guotu.lib.geo.crs import frame_of
    from guotu.lib.geo.formats import write

    frame = frame_of(_atlas.EPSG)
    write(path, np.asarray(squares, object), pa.table(fields), frame)
    secrecy = "secret" if one.secret else "internal"
    days = {"released": one.released, "secrecy": secrecy}
    import_layer(layer, path, crs=frame, tiles=False, topology=False, **days)


def speed(folder: Path, fault: str | None, features: int) -> dict[str, Any]:
    """Time a place over twelve releases of a layer, and a scan that reads each of them whole."""
    from guotu.core.atlas import queries
    from guotu.core.atlas.life import ribbon
    from guotu.core.atlas.life.events import LifePlace
    from guotu.core.journal.actions import Actor

    cells = math.ceil(math.sqrt(features))
    row, column = np.divmod(np.arange(features), cells)
    west, south = _EAST + column * _SIDE_M, _NORTH + row * _SIDE_M
    squares = shapely.box(west, south, west + _SIDE_M, south + _SIDE_M)
    chance = random.Random(7)
    for number in range(12):
        one = mock.Mock(secret=False, released=datetime.date(2010 + number, 12, 31))
        fields = {"DLBM": chance.choices(_CODES, k=features), "BZ": ["1"] * features}
        _bring_in(folder / f"{number}.parquet", "landuse", squares, fields, one)
    viewer, wide = Actor(1, 1, frozenset({"atlas.read"})), cells * _SIDE_M

    def press() -> None:
        x, y = _EAST + chance.uniform(0, wide), _NORTH + chance.uniform(0, wide)
        place = LifePlace(113.0, 28.0, x, y, _atlas.EPSG, "430626", "", _TODAY, _TODAY)
        ribbon.ribbon_of(place, viewer)

    def scan() -> None:
        point = shapely.Point(_EAST + chance.uniform(0, wide), _NORTH + chance.uniform(0, wide))
        for release in queries.releases("landuse"):
            rows = queries.rows_of(release)
            rows.fields.take(np.flatnonzero(shapely.intersects(rows.geometry, point))).to_pylist()

    press()
    return {
        "features": features,
        "ribbon_s": statistics.median(timed(press) for _ in range(21)),
        "scan_s": statistics.median(timed(scan) for _ in range(5)),
    }


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Change the product in this process alone, as a careless hand would."""
    from guotu.core.atlas import rules
    from guotu.core.atlas.life import reading

    sound = reading.known_releases

    def skipping(*given: Any) -> Any:
        found = sound(*given)
        for _, known in found:
            del known.releases[1:2]
        return found

    planted = {
        "release_skipped": lambda: mock.patch.object(reading, "known_releases", skipping),
        "secrecy_removed": lambda: mock.patch.object(rules, "may_see", return_value=True),
        "withdrawn_in_force": lambda: mock.patch.object(
            reading, "is_withdrawn", return_value=False
        ),
    }
    with planted[fault]() if fault else contextlib.nullcontext():
        yield
