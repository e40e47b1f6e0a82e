"""Making: begins a fictional county and publishes its layers by the same path as any real file."""

import datetime
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import shapely
from django.conf import settings

from guotu.core.atlas.publishing import import_layer
from guotu.core.journal.actions import COUNTY, perform
from guotu.lib import fiction
from guotu.lib.fiction import earlier
from guotu.lib.fiction.county import DEFAULT_EPSG
from guotu.lib.fiction.naming import COUNTY_CODE, COUNTY_NAME
from guotu.lib.geo.crs import Frame, frame_of, transform
from guotu.lib.geo.formats import write
from guotu.site.demo import accounts, matters, registering, samples, state

Progress = Callable[[str, float], None]

RELEASED = datetime.date(2025, 12, 31)
# One release before, so that a place has a past: its parcels are those of the latest, whose
# topology is looked at.
EARLIER = datetime.date(earlier.YEAR, 12, 31)


def make(asked: state.Asked, progress: Progress) -> list[tuple[str, str]]:
    """Make the county that was asked for, or finish it; return the sample files and their notes."""
    code, name, frame, outline = _place(asked.county)
    state.keep(asked, done=False)
    _begin(code, name, frame)
    steps = len(fiction.LAYERS) + 4
    made = fiction.county(
        asked.parcels,
        asked.seed,
        outline,
        epsg=frame.epsg,
        code=code,
        progress=lambda doing: progress(doing, 0.0),
    )
    with tempfile.TemporaryDirectory(dir=settings.GUOTU_HOME, prefix="demo-") as folder:
        publish = partial(_publish, frame=frame, folder=Path(folder))
        before = earlier.landuse(made["landuse"], asked.seed)
        say = partial(_say, progress, "landuse", 1 / steps)
        publish("landuse", before, EARLIER, say)
        for place, layer in enumerate(fiction.LAYERS):
            say = partial(_say, progress, layer, (place + 2) / steps)
            publish(layer, made[layer], RELEASED, say)
    progress("由现行版本转入登记簿", (steps - 2) / steps)
    registering.begin()
    progress("开设演示账号、写出样例", (steps - 1) / steps)
    accounts.open_all()
    matters.begin(_villages(made, frame))
    written = samples.write_all(Path(settings.GUOTU_HOME), made, frame, asked.seed)
    state.keep(asked, done=True)
    progress("完成", 1.0)
    return written


def _villages(made: Mapping[str, fiction.Layer], frame: Frame) -> list[matters.Place]:
    """Return a place within each of the smallest divisions."""
    shapes, fields = made["divisions"]
    codes = fields["XZQDM"].to_pylist()
    smallest = [len(code) == max(map(len, codes)) for code in codes]
    points = transform(shapely.point_on_surface(shapes[smallest]), frame, frame_of(4490))
    kept = [code for code, is_smallest in zip(codes, smallest, strict=True) if is_smallest]
    return [(code, float(one.x), float(one.y)) for code, one in zip(kept, points, strict=True)]


def _place(county: str | None) -> tuple[str, str, Frame, shapely.Geometry | None]:
    if county is None:
        return COUNTY_CODE, COUNTY_NAME, frame_of(DEFAULT_EPSG), None
    from guotu.site.demo.borders import border_of

    border = border_of(county)
    # The number space of the real city, at a place that no county has.
    return f"{county[:4]}99", COUNTY_NAME, border.frame, border.outline


def _begin(code: str, name: str, frame: Frame) -> None:
    from guotu.core.atlas.models import County

    if not County.objects.exists():
        perform(
            "atlas.begin_county",
            COUNTY,
            reason="演示",
            code=code,
            name=name,
            epsg=frame.epsg,
            fictional=True,
        )


def _say(progress: Progress, layer: str, share: float, doing: str, _: float) -> None:
    progress(f"{layer}：{doing}", share)


def _publish(
    layer: str,
    shapes: fiction.Layer,
    released: datetime.date,
    say: Progress,
    *,
    frame: Frame,
    folder: Path,
) -> None:
    geometry, fields = shapes
    path = folder / f"{layer}.parquet"
    write(path, geometry, fields, frame)
    import_layer(
        layer,
        path,
        released=released,
        crs=frame,
        topology=layer == "landuse" and released == RELEASED,
        progress=say,
    )
    path.unlink()
