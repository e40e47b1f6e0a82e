"""`guotu import LAYER FILE`: a file becomes a dated release of a layer, or says why not."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from guotu.site.cli.django_ready import ready
from guotu.site.cli.progress import shown

_LISTED = 20


@click.command(help="把数据文件导入图层，发布为一个版本。")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", help="坐标系，如 4547 或 EPSG:4547；文件自带时不必给。")
@click.option("--released", type=click.DateTime(["%Y-%m-%d"]), help="发布日期，默认今天。")
@click.option("--code-system", help="地类分类体系：survey3、guide2023、survey2。")
@click.option("--secrecy", help="密级：open、internal、secret；默认随图层。")
@click.option("--inner", help="文件里有几个图层时，读哪一个。")
@click.option("--no-tiles", is_flag=True, help="不做切片。")
@click.option("--no-topology", is_flag=True, help="不查拓扑。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(
    layer: str,
    file: Path,
    crs: str | None,
    released: datetime | None,
    code_system: str | None,
    secrecy: str | None,
    inner: str | None,
    no_tiles: bool,
    no_topology: bool,
    as_json: bool,
) -> int:
    """Import a file; 0 when all of it was accepted, 1 when some was not, 2 when unreadable."""
    ready()
    from guotu.core.atlas.publishing import import_layer

    on: date | None = released.date() if released else None
    with shown() as progress:
        report = import_layer(
            layer,
            file,
            released=on,
            crs=crs,
            code_system=code_system,
            secrecy=secrecy,
            inner=inner,
            tiles=not no_tiles,
            topology=not no_topology,
            progress=progress,
        )
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else _told(report))
    return 1 if report["rejected"] or report["quarantined"] else 0


def _told(report: dict[str, Any]) -> str:
    held = [*report["rejected"], *report["quarantined"]]
    head = f"{report['layer']}@{report['release']}" if report["release"] else "没有发布"
    if report["duplicate"]:
        head = f"这个文件已经导入过，即版本 {head}，没有再次导入"
    lines = [
        head,
        f"读入 {report['read']}，采用 {report['accepted']}，"
        f"剔除 {len(report['rejected'])}，待确认 {len(report['quarantined'])}",
    ]
    lines += [f"改动：{kind} {count}" for kind, count in report["changes"].items()]
    lines += [f"提示：{note['text']}（{note['count'] or '整个文件'}）" for note in report["notes"]]
    lines += [f"  要素 {one['feature']}：{one['reason']}" for one in held[:_LISTED]]
    if len(held) > _LISTED:
        lines.append(f"  其余 {len(held) - _LISTED} 个见 --json 或图层页")
    return "\n".join(lines)
