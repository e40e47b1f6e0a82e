"""`guotu files check|sweep`: whether every kept file is there as it came in, and the tidying up."""

import json

import click

from guotu.site.cli.django_ready import ready


@click.group(help="收存的文件：核对、清理。")
def command() -> None:
    """Hold the two verbs together."""


@command.command(help="重算每个文件的散列，列出缺失、改动、多余和无人引用的。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def check(as_json: bool) -> int:
    """Check the store; exit status 0 whole, 1 a file is missing or changed."""
    ready()
    from guotu.core.files.checkup import check_store
    from guotu.core.files.numbering import gaps

    found = check_store()
    jumped = gaps()
    whole = found.ok and not jumped
    if as_json:
        report = found.as_dict() | {"gaps": jumped, "ok": whole}
        click.echo(json.dumps(report, ensure_ascii=False))
        return 0 if whole else 1
    for word, listed in (
        ("缺失", found.missing),
        ("内容已变", found.changed),
        ("库中多余", found.loose),
        ("无人引用", found.unreferenced),
        ("文号不连续", jumped),
    ):
        for one in listed:
            click.echo(f"{word}\t{one}")
    told = "全部完好" if whole else "有问题，请从备份恢复后再核对"
    click.echo(f"共核对 {found.files} 个文件：{told}。")
    return 0 if whole else 1


@command.command(help="清理无人引用且过了保留期的文件；留下记录。")
@click.option("--older-than-days", type=click.IntRange(min=0), help="代替规定的保留天数。")
def sweep(older_than_days: int | None) -> int:
    """Give up what nothing refers to, and remove what is nobody's."""
    ready()
    from guotu.core.files.actions import sweep_away

    swept, removed = sweep_away(older_than_days)
    click.echo(f"已清理 {swept} 个无人引用的文件，删去库中 {removed} 份内容。")
    return 0
