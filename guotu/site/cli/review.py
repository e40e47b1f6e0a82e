"""`guotu review FILE`: whose land, what it touches, who approves, what would make it pass."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guotu.site.cli.django_ready import ready

if TYPE_CHECKING:
    from guotu.apps.approval.queries import Reviewed

PROJECTS = ("energy", "transport", "water", "water_supply", "military")


@click.command(help="审查一个项目边界文件：地类面积、触及图层、审批权限、补充耕地、差在哪。")
@click.argument("file", type=click.Path(exists=True, dir_okay=True, path_type=Path))
@click.option("--crs", default=None, help="文件没有写明坐标系时给出，如 4547 或 EPSG:4547")
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="按这一天有效的规则和图层版本"
)
@click.option("--project", type=click.Choice(PROJECTS), help="法律另有规定的项目性质")
@click.option("--industry", default="", help="所属产业，用于核对产业目录")
@click.option("--paper", "papers", multiple=True, help="已取得的文件（审查结果中 paper 的名字）")
@click.option("--save", is_flag=True, help="存为一份审查，随案卷保存")
@click.option("--docx", type=click.Path(path_type=Path), help="另存 Word 文件")
@click.option("--xlsx", type=click.Path(path_type=Path), help="另存 Excel 文件")
@click.option("--geojson", type=click.Path(path_type=Path), help="另存图形")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def command(
    file: Path,
    crs: str | None,
    day: datetime.datetime | None,
    project: str | None,
    industry: str,
    papers: tuple[str, ...],
    save: bool,
    docx: Path | None,
    xlsx: Path | None,
    geojson: Path | None,
    as_json: bool,
) -> int:
    """Review a file; 0 nothing blocks, 1 something does, 2 cannot read."""
    ready()
    from guotu.apps.approval import queries
    from guotu.lib.geo.crs import parse_frame

    on = day.date() if day else None
    occasion = queries.occasion_on(
        on, project=project or "", industry=industry, papers=frozenset(papers)
    )
    frame = parse_frame(crs) if crs else None
    reviewed = queries.review_file(file, occasion, crs=frame, filename=file.name, on=on)
    _hand_out(reviewed, file, save, docx, xlsx)
    if geojson:
        geojson.write_text(reviewed.pieces, encoding="utf-8")
    if as_json:
        click.echo(json.dumps(reviewed.result, ensure_ascii=False, indent=1))
    else:
        _say(reviewed.result)
    return 1 if reviewed.review.verdict == "block" else 0


def _hand_out(
    reviewed: "Reviewed", file: Path, save: bool, docx: Path | None, xlsx: Path | None
) -> None:
    from guotu.apps.approval import exports, queries
    from guotu.core.atlas.queries import county
    from guotu.core.journal.actions import COUNTY, perform

    here = county()
    review = queries.drafted(reviewed, file.name)
    if save:
        kept = file if file.is_file() else None
        done = perform("approval.review_site", COUNTY, reviewed=reviewed, name=file.name, path=kept)
        review = done.answer
        click.echo(f"已存为审查 {review.pk}", err=True)
    if docx:
        docx.write_bytes(exports.document(review, [], here.name, here.fictional))
    if xlsx:
        xlsx.write_bytes(exports.workbook(review, [], here.fictional))


_WORDS = {"block": "阻断", "warn": "提示", "note": "说明", "pass": "通过"}


def _say(result: dict[str, Any]) -> None:
    site = result["site"]
    mark = "【虚构县】不得用于办事\n" if result["fictional"] else ""
    click.echo(f"{mark}用地面积 {site['area_m2']:.2f} 平方米，{len(site['plots'])} 个地块")
    parts = {
        "土地分类面积（平方米）": [*map(_cell, result["landuse"]), *_great(result)],
        "核对事项": [*map(_finding, result["findings"]), *map(_gap, result["unchecked"])],
        "审批权限": [
            f"{one['act']}：{one['level']}（{one['clause']}），{one['reason']}"
            for one in result["approvals"]
        ],
        "差在哪": [f"{one['title']}：{one['text']}" for one in result["remedies"]]
        + ([result["no_remedy"]] if result["no_remedy"] else []),
    }
    for title, lines in parts.items():
        if lines:
            click.echo(f"\n{title}\n" + "\n".join(f"  {line}" for line in lines))


def _cell(cell: dict[str, Any]) -> str:
    place = f"{cell['village']}  {cell['owner']}（{cell['ownership']}）"
    return f"{cell['code'] or '-':6}{cell['name']}  {place}  {cell['area_m2']:.2f}"


def _great(result: dict[str, Any]) -> list[str]:
    return [
        f"{one['name']}  {one['area_m2']:.2f}" for one in result["great_classes"] if one["area_m2"]
    ]


def _finding(found: dict[str, Any]) -> str:
    line = f"[{_WORDS[found['verdict']]}] {found['text']}"
    if found["verdict"] == "pass":
        return line
    return f"{line}\n    依据 {found['clause']}，{found['layer']} {found['release']} 版"


def _gap(gap: dict[str, Any]) -> str:
    return f"[未核对] {gap['title']}：{gap['reason']}"
