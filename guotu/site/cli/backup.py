"""`guotu backup FOLDER`: saves the county into a folder while it works, or checks what is there."""

import json
from pathlib import Path

import click

from guotu.site.cli.django_ready import ready
from guotu.site.cli.progress import shown


@click.command(help="备份整个县；办事不必停。密钥不进备份，用 --keys 另存。")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--keys", "keys_file", type=click.Path(path_type=Path), help="密钥文件，每次覆盖。")
@click.option("--check", "only_check", is_flag=True, help="只核对目录里最近的一份备份。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(folder: Path, keys_file: Path | None, only_check: bool, as_json: bool) -> int:
    """Make a set, or check the last one: 0 whole, 1 the county itself lacks files, 2 refused."""
    ready()
    if only_check:
        return _checked(folder, as_json)
    from guotu.site.backup import make

    with shown() as progress:
        made = make(folder, keys_file=keys_file, say=progress)
    if as_json:
        told = {**vars(made), "place": str(made.place)}
        click.echo(json.dumps(told, ensure_ascii=False))
        return 1 if made.absent else 0
    click.echo(
        f"已备份到 {made.place}：行为记录到第 {made.head} 条，文件 {made.files} 个", nl=False
    )
    click.echo(f"（其中 {made.linked} 个没有变，未重抄）。")
    for name in made.absent:
        click.echo(f"县里缺少 {name}，备份里也没有。", err=True)
    if keys_file is None:
        click.echo("没有另存密钥：只凭这份备份，封存的个人信息打不开。请加 --keys 文件。", err=True)
    return 1 if made.absent else 0


def _checked(folder: Path, as_json: bool) -> int:
    from guotu.site.backup import check

    with shown() as progress:
        facts = check(folder, progress)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        click.echo(
            f"备份完好：{facts['county']['name']}，{facts['made_at']}，行为记录到第 "
            f"{facts['journal']['sequence']} 条，文件 {len(facts['files'])} 个。"
        )
    return 1 if facts["absent"] else 0
