"""`guotu demo`: builds a fictional county to look at, and returns."""

import click

from guotu.lib.refusal import Refusal
from guotu.site.cli.django_ready import ready
from guotu.site.cli.progress import shown

_LEAST, _MOST = 300, 1_000_000


@click.command(help="建一个虚构的县，供试用。")
@click.option(
    "--parcels",
    default=20_000,
    show_default=True,
    type=click.IntRange(_LEAST, _MOST),
    help="图斑个数（误差百分之五以内）。",
)
@click.option("--seed", default=7, show_default=True, type=click.IntRange(0), help="随机种子。")
@click.option("--county", help="借用真实县界的六位代码，如 430626；县内地名仍是虚构的。")
@click.option("--if-empty", is_flag=True, help="已有县时什么也不做。")
def command(parcels: int, seed: int, county: str | None, if_empty: bool) -> int:
    """Build the county unless there is one; an interrupted demo is finished as it was begun."""
    ready()
    from guotu.core.atlas.models import County
    from guotu.site.demo import state

    asked = state.Asked(parcels, seed, county)
    begun, earlier = County.objects.first(), state.read()
    if begun is not None:
        if earlier is None or earlier.done:
            return _already(begun, if_empty)
        click.echo(f"上次的演示县没有建完，接着建（{earlier.parcels} 个图斑）。")
        asked = earlier
    from guotu.site.demo.making import make

    with shown() as progress:
        written = make(asked, progress)
    for line in _told(written):
        click.echo(line)
    return 0


def _already(begun: object, if_empty: bool) -> int:
    if not if_empty:
        raise Refusal(
            f"这里已经建立了{getattr(begun, 'name', '')}，演示县不能建在它上面",
            rule="一个库只存一个县",
            remedy="换一个 GUOTU_HOME 再建，或加 --if-empty 保留已有的县",
        )
    for line in account_lines():
        click.echo(line)
    return 0


def account_lines() -> list[str]:
    """Return the demo accounts of this store, one a line; none where it has none."""
    from guotu.site.demo.accounts import kept

    found = kept()
    head = ["演示账号（账号  密码  岗位）："] if found else []
    return head + [f"  {one.username:<9}  {one.password}  {one.name}" for one in found]


def _told(written: list[tuple[str, str]]) -> list[str]:
    from django.conf import settings

    from guotu.core.atlas.queries import county, current_release
    from guotu.site.demo.samples import FOLDER

    landuse = current_release("landuse")
    lines = [
        f"已建好{county().name}，{landuse.features if landuse else 0} 个图斑。数据全是虚构的。"
    ]
    lines += account_lines()
    lines.append(f"样例项目范围在 {settings.GUOTU_HOME / FOLDER}，可以拖到地图上审查：")
    lines += [f"  {name}  {note}" for name, note in written]
    lines.append("下一步：guotu serve")
    return lines
