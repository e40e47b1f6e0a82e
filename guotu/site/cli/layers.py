"""`guotu layers`: what is on the map, and which release of each layer holds now."""

import json

import click

from guotu.site.cli.django_ready import ready


@click.command(help="列出图层和现行版本。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.option("--all", "every", is_flag=True, help="连同历次和撤回的版本，以及尚无版本的图层。")
def command(as_json: bool, every: bool) -> int:
    """List the releases that hold; with `--all` every release, and layers without one (nulls)."""
    ready()
    from guotu.core.atlas import queries

    queries.county()
    found = list(queries.releases(withdrawn=True)) if every else queries.current_releases()
    with_release = {release.layer_id for release in found}
    rows = [
        {
            "layer": release.layer.name,
            "release": release.name,
            "path": str(queries.path_of(release)),
            "features": release.features,
            "crs": f"EPSG:{release.epsg}",
            "title": release.layer.title,
            "released": release.released.isoformat(),
            "sha256": release.sha256,
            "secrecy": release.secrecy,
            "code_system": release.code_system,
            "withdrawn": release.withdrawn_reason or None,
        }
        for release in found
    ]
    empty = [layer for layer in queries.layers() if layer.pk not in with_release]
    if as_json:
        bare = {"release": None, "path": None, "features": 0, "crs": None}
        rows += [{"layer": one.name, **bare, "title": one.title} for one in empty if every]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        mark = f"  已撤回：{row['withdrawn']}" if row["withdrawn"] else ""
        click.echo(
            f"{row['layer']:<18}{row['release']:<14}{row['features']:>9} 个  {row['title']}{mark}"
        )
    if empty:
        click.echo("尚无版本：" + "、".join(f"{one.title}（{one.name}）" for one in empty))
    return 0
