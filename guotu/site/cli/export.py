"""`guotu export`: takes a layer along as a file, cut and recorded as on the page."""

from datetime import datetime
from pathlib import Path

import click

from guotu.site.cli.django_ready import ready
from guotu.site.cli.progress import shown


@click.command(
    help="把图层当日的版本取成文件，格式由文件后缀定：gpkg、parquet、geojson、zip、csv。"
)
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--bbox", default="", help="只取与此范围相交的要素：西,南,东,北（度）。")
@click.option("--area", "areas", multiple=True, help="只取此行政区划内的部分，可重复。")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="取这一天有效的版本，默认今天。")
@click.option("--purpose", default="", help="用途；量大时必填，记录在案。")
def command(
    layer: str, file: Path, bbox: str, areas: tuple[str, ...], on: datetime | None, purpose: str
) -> int:
    """Write the file and record the taking; 0 when done."""
    ready()
    from guotu.core.atlas import exporting, queries
    from guotu.core.atlas.reader import WHOLE, Reader
    from guotu.core.journal.actions import COUNTY, perform

    reader = Reader(WHOLE.powers, frozenset(areas) if areas else None)
    queries.layer(layer)
    release = queries.current_release(layer, on.date() if on else None)
    asked = exporting.wanted(release, file.suffix.lower().lstrip("."), reader, bbox)
    with shown() as progress:
        progress("读取", 0.0)
        rows = exporting.rows_wanted(asked)
        exporting.check_purpose(len(rows), purpose)
        taken = exporting.export(asked, rows, file, queries.county().fictional, progress)
    perform(
        "atlas.take",
        COUNTY,
        reason=purpose,
        layer=layer,
        release=asked.release.name,
        kind=asked.kind,
        features=taken.features,
        areas=sorted(areas) or None,
        box=asked.box,
    )
    click.echo(f"{layer}@{asked.release.name}：{taken.features} 个要素，写入 {file}")
    for note in taken.notes:
        click.echo(f"提示：{note}", err=True)
    return 0
