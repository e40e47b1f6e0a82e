"""`guotu init`: begins a real, empty county in GUOTU_HOME."""

import click

from guotu.site.cli.django_ready import ready


@click.command(help="建立一个空的县。")
@click.option("--code", required=True, help="六位行政区划代码，如 430626。")
@click.option("--name", required=True, help="县名，如 平江县。")
@click.option("--crs", required=True, help="CGCS2000 三度带坐标系，如 4547。")
def command(code: str, name: str, crs: str) -> int:
    """Begin the county; a Refusal (exit 2) when one has been begun here."""
    ready()
    from guotu.core.cases.actions.processes import deploy_shipped
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.lib.geo.crs import parse_frame

    frame = parse_frame(crs)
    perform("atlas.begin_county", COUNTY, code=code, name=name, epsg=frame.epsg)
    deploy_shipped(COUNTY, "建县")
    click.echo(f"已建立{name}（{code}），坐标系 {frame.name}（EPSG:{frame.epsg}）。")
    click.echo("下一步：guotu import landuse 文件，把地类图斑导入。")
    return 0
