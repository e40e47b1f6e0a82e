"""`guotu restore FOLDER`: begins an empty county from a backup, checked before it says so."""

import json
import os
from pathlib import Path

import click

from guotu.site.cli.progress import shown


@click.command(help="从备份恢复到一个空的县。")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--keys", "keys_file", type=click.Path(path_type=Path), help="另存的密钥文件。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(folder: Path, keys_file: Path | None, as_json: bool) -> int:
    """Restore; a Refusal (exit 2), and nothing left behind, where anything is not as it was."""
    # The tables come out of the backup, so none are made beforehand.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
    import django

    django.setup()
    from guotu.site.backup import restore

    with shown() as progress:
        done = restore(folder, keys_file=keys_file, say=progress)
    if as_json:
        click.echo(json.dumps({**vars(done), "place": str(done.place)}, ensure_ascii=False))
    else:
        click.echo(
            f"已从 {done.place} 恢复：行为记录到第 {done.head} 条，文件 {done.files} 个，"
            "散列、记录和防改触发器都已核对。"
        )
        if not done.with_keys:
            click.echo("没有给出密钥文件：封存的个人信息打不开，所有人须重新登录。", err=True)
    return 1 if done.absent else 0
