"""`guotu rules [FILE]`: loads rule data of the county's own (a catalogue, a limit), or lists."""

import json
from pathlib import Path

import click

from guotu.site.cli.django_ready import ready


@click.command(help="载入本县的规则数据（TOML），或不带文件列出现行规则。")
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="规则数据的名称，默认取文件名；同名的后载入者有效。")
@click.option("--reason", default="", help="载入的理由，记入行为记录。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(file: Path | None, name: str | None, reason: str, as_json: bool) -> int:
    """Load or list rules; a faulty file loads nothing and exits with 2."""
    ready()
    from guotu.apps.approval import queries
    from guotu.core.journal.actions import COUNTY, perform

    if file is not None:
        text = file.read_text(encoding="utf-8")
        done = perform(
            "approval.load_rules", COUNTY, reason=reason, name=name or file.stem, text=text
        )
        click.echo(f"已载入 {done.outcome['rules']} 条规则，散列 {done.outcome['sha256']}")
        return 0
    rules = [rule.as_dict() for rule in queries.book().rules]
    if as_json:
        click.echo(json.dumps(rules, ensure_ascii=False, indent=1))
        return 0
    for rule in rules:
        click.echo(f"{rule['id']:28}{rule['mark']}  自 {rule['effective_from']}  {rule['article']}")
    return 0
