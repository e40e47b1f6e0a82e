"""`guotu layer`: a county adds a layer of its own, or withdraws a release with a reason."""

import json
from typing import Any

import click

from guotu.site.cli.django_ready import ready
from guotu.site.cli.progress import shown


@click.group(help="新增图层，撤回版本，确认修补，补做切片。")
def command() -> None:
    """Hold the verbs on layers together."""


@command.command("add", help="新增一个图层。")
@click.argument("name")
@click.option("--title", required=True, help="中文标题。")
@click.option("--group", default="其他", help="图例中的分组。")
@click.option(
    "--kind",
    default="protected",
    type=click.Choice(["base", "control", "protected", "right", "hazard", "finding"]),
)
@click.option(
    "--geometry", default="polygon", type=click.Choice(["polygon", "line", "point", "any"])
)
@click.option("--verdict", type=click.Choice(["block", "warn", "note"]), help="压占的结论。")
@click.option("--clause", default="", help="依据的法规和条款。")
@click.option("--unsure", is_flag=True, help="条款有待核实（只提醒，不否决）。")
@click.option("--distance", default=0.0, help="多少米以内算触及。")
@click.option("--label", default="", help="标注字段。")
@click.option("--code", "code_field", default="", help="编码字段。")
@click.option("--secrecy", default="internal", type=click.Choice(["open", "internal", "secret"]))
def add(
    name: str,
    title: str,
    verdict: str | None,
    clause: str,
    unsure: bool,
    distance: float,
    label: str,
    **facts: Any,
) -> int:
    """Add a layer; with a verdict, sites that stand on it are judged by it."""
    ready()
    from guotu.core.journal.actions import COUNTY, perform

    if verdict:
        facts["protection"] = {
            "verdict": verdict,
            "clause": clause,
            "certainty": "unsure" if unsure else "sure",
            "distance_m": distance,
        }
    perform("atlas.add_layer", COUNTY, name=name, title=title, label_field=label, **facts)
    click.echo(f"已新增图层 {title}（{name}）。")
    return 0


@command.command("withdraw", help="撤回一个版本；文件留存，不再是现行版本。")
@click.argument("layer")
@click.argument("release")
@click.option("--reason", required=True, help="撤回的原因。")
def withdraw(layer: str, release: str, reason: str) -> int:
    """Withdraw a release; the one before it holds again."""
    ready()
    from guotu.core.atlas.queries import current_release
    from guotu.core.journal.actions import COUNTY, perform

    perform("atlas.withdraw", COUNTY, layer=layer, name=release, reason=reason)
    holds = current_release(layer)
    click.echo(f"已撤回 {layer}@{release}。现行版本：{holds.name if holds else '无'}。")
    return 0


@command.command("classify", help="给图层的字段定密级；高于读者密级的字段处处不显示。")
@click.argument("layer")
@click.argument("fields", nargs=-1, required=True, metavar="字段=密级…")
def classify(layer: str, fields: tuple[str, ...]) -> int:
    """Give fields a secrecy class of their own; `FIELD=` takes it away."""
    ready()
    from guotu.core.journal.actions import COUNTY, perform

    given = {name: secrecy for name, _, secrecy in (one.partition("=") for one in fields)}
    done = perform("atlas.classify", COUNTY, layer=layer, fields=given)
    click.echo(json.dumps(done.outcome["fields"], ensure_ascii=False))
    return 0


@command.command("tiles", help="给没有切片的现行版本做切片。")
@click.argument("layer")
def tiles(layer: str) -> int:
    """Draw the tiles of the current release of a layer."""
    ready()
    from guotu.core.atlas.publishing import draw_tiles
    from guotu.core.atlas.queries import current_release
    from guotu.lib.refusal import Refusal

    release = current_release(layer)
    if release is None:
        raise Refusal("这个图层还没有版本", where=layer, remedy="先用 guotu import 导入")
    with shown() as progress:
        draw_tiles(release, progress=progress)
    click.echo(f"已给 {layer}@{release.name} 做好切片。")
    return 0


@command.command("held", help="列出现行版本待确认的图斑。")
@click.argument("layer")
def held(layer: str) -> int:
    """List what the current release of a layer holds back."""
    ready()
    from guotu.core.atlas.queries import current_release

    release = current_release(layer)
    rows = list(release.quarantine.all()) if release else []
    for one in rows:
        proposal = "有建议图形" if one.proposal else "无建议图形"
        decided = one.get_decision_display()
        click.echo(f"要素 {one.feature}：{one.reason}（{one.x}，{one.y}），{proposal}，{decided}")
    click.echo(f"共 {len(rows)} 个。" if rows else "没有待确认的图斑。")
    return 0


@command.command("mend", help="确认或不采用建议的修补；确认的随新版本发布。")
@click.argument("layer")
@click.argument("features", nargs=-1, required=True)
@click.option("--refuse", is_flag=True, help="不采用这些修补。")
@click.option("--reason", default="", help="说明。")
@click.option("--no-tiles", is_flag=True, help="新版本不做切片。")
def mend(layer: str, features: tuple[str, ...], refuse: bool, reason: str, no_tiles: bool) -> int:
    """Decide on proposed repairs; what is confirmed is published as a new release."""
    ready()
    from guotu.core.atlas.publishing import publish_repairs
    from guotu.core.atlas.queries import current_release
    from guotu.core.journal.actions import COUNTY, perform

    release = current_release(layer)
    perform(
        "atlas.decide_repairs",
        COUNTY,
        reason=reason,
        layer=layer,
        name=release.name if release else "",
        features=list(features),
        confirm=not refuse,
    )
    if refuse:
        click.echo(f"已记下：{len(features)} 个图斑不采用建议图形。")
        return 0
    with shown() as progress:
        report = publish_repairs(layer, tiles=not no_tiles, progress=progress)
    click.echo(
        f"已发布 {layer}@{report['release']}：采用 {report['accepted']}，"
        f"待确认 {len(report['quarantined'])}。"
    )
    return 0


@command.command("conflicts", help="列出三条控制线之间的交叉重叠。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def conflicts(as_json: bool) -> int:
    """List the overlaps of the three lines: 0 none, 1 some."""
    ready()
    from guotu.core.atlas.conflicts import CLAUSE, line_conflicts, missing_lines

    found = line_conflicts()
    if as_json:
        rows = [
            {
                "layers": [each.one.layer.name, each.other.layer.name],
                "releases": [each.one.name, each.other.name],
                "features": [each.one_feature, each.other_feature],
                "area_m2": each.area_m2,
            }
            for each in found
        ]
        click.echo(json.dumps({"conflicts": rows, "missing": missing_lines()}, ensure_ascii=False))
        return 1 if found else 0
    for each in found:
        click.echo(
            f"{each.one.layer.title} {each.one_feature} 与 {each.other.layer.title} "
            f"{each.other_feature} 重叠 {each.area_m2:.2f} 平方米"
        )
    for name in missing_lines():
        click.echo(f"没有 {name} 的版本，未比较。")
    click.echo(f"共 {len(found)} 处，依据{CLAUSE}。")
    return 1 if found else 0
