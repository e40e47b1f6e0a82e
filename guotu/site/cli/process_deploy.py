"""`guotu process deploy|list|migrate`: versions of written processes, and the cases on each."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guotu.site.cli.django_ready import ready

if TYPE_CHECKING:
    from guotu.core.journal.actions import Performed

_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")


@click.command("deploy", help="部署一个流程：FILE 是它的图，连同它所调用的流程的图。")
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(exists=True))
@click.option("--shipped", "ours", is_flag=True, help="部署随程序提供的全部流程。")
@_JSON
def deploy(files: tuple[str, ...], ours: bool, as_json: bool) -> int:
    """Put processes into use; the same version again is answered as it is."""
    if bool(files) == ours:
        raise click.UsageError("给出流程图文件，或用 --shipped")
    ready()
    from guotu.core.cases.actions.processes import deploy_shipped
    from guotu.core.journal.actions import COUNTY, perform

    if ours:
        for done in deploy_shipped(COUNTY).values():
            _say_deployed(done, as_json)
        return 0
    told = {Path(name).name: Path(name).read_bytes() for name in files}
    _say_deployed(perform("cases.deploy_process", COUNTY, files=told), as_json)
    return 0


def _say_deployed(done: "Performed", as_json: bool) -> None:
    if as_json:
        _print({**done.outcome, "sequence": done.sequence})
        return
    key, digest = done.outcome["key"], done.outcome["digest"][:12]
    if done.outcome["already_there"]:
        click.echo(f"流程 {key} 的这个版本（{digest}）已在用，没有改动。")
    else:
        click.echo(f"流程 {key} 已部署，版本 {digest}，记录号 {done.sequence}。")


@click.command("list", help="列出流程、版本和每个版本上在办的件数。")
@_JSON
def listing(as_json: bool) -> int:
    """List each version of each process with the cases under way on it."""
    ready()
    from guotu.core.cases.queries import migrations

    rows = migrations.listing()
    if as_json:
        _print(rows)
        return 0
    for row in rows:
        used = "在用" if row["in_use"] else "停用"
        click.echo(f"{row['key']}  {row['title']}  {row['digest'][:12]}  {used}  {row['cases']} 件")
    click.echo(f"共 {len(rows)} 个版本。")
    return 0


@click.command("migrate", help="把流程 KEY 在办的办件转到现行版本；逐件进行，转不了的留在原版本。")
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="只说明每件会怎样，不写入。")
@click.option("--take-back", is_flag=True, help="把转到现行版本的办件放回原版本。")
@_JSON
def migrate(key: str, dry_run: bool, take_back: bool, as_json: bool) -> int:
    """Take the cases of a process over to the version in use, or back; 1 where some stay."""
    ready()
    from guotu.core.cases.actions import migrating
    from guotu.core.journal.actions import COUNTY

    run = migrating.take_back_all if take_back else migrating.migrate_all
    rows = run(COUNTY, key, dry_run=dry_run)
    if as_json:
        _print(rows)
    else:
        _say(rows, dry_run, take_back)
    return 0 if all(row["moves"] for row in rows) else 1


def _say(rows: list[dict[str, Any]], dry_run: bool, take_back: bool) -> None:
    for row in rows:
        if row["moves"]:
            changes = [f"新等 {'、'.join(row['came'])}"] if row["came"] else []
            changes += [f"不再等 {'、'.join(row['gone'])}"] if row["gone"] else []
            told = "；".join(changes) or "各步照旧"
        else:
            told = f"留在原版本：{row['why']}"
        click.echo(f"{row['number']}  {row['title']}  {told}")
    moved = sum(row["moves"] for row in rows)
    verb = "取回" if take_back else "转到现行版本"
    would = "可" if dry_run else "已"
    click.echo(f"共 {len(rows)} 件，{would}{verb} {moved} 件，其余 {len(rows) - moved} 件不动。")


def _print(told: Any) -> None:
    click.echo(json.dumps(told, ensure_ascii=False))
