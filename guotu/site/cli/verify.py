"""`guotu verify`: recomputes journal and ledger from zero, and holds every place to its index."""

import json
from typing import Any

import click

from guotu.site.cli.django_ready import ready


@click.command(help="从零重算行为记录和账目，核对每一条、每一笔，以及登记簿的空间索引。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(as_json: bool) -> int:
    """Recompute all of it: 0 all as kept, 1 something is not."""
    ready()
    from guotu.core.journal.verifying import verify as verify_journal
    from guotu.core.ledger.verifying import verify as verify_ledger
    from guotu.core.register.spatial import verify as verify_places

    told = {
        "journal": verify_journal(),
        "ledger": verify_ledger(),
        "register": verify_places(),
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _say(told)
    return 0 if all(half["ok"] for half in told.values()) else 1


def _say(told: dict[str, dict[str, Any]]) -> None:
    journal, ledger, register = told["journal"], told["ledger"], told["register"]
    click.echo(f"行为记录：{journal['entries']} 条，根 {journal['root']}，{_word(journal)}")
    click.echo(f"账目：{ledger['transfers']} 笔，{_word(ledger)}")
    click.echo(f"登记簿：{register['places']} 处位置，空间索引{_word(register)}")
    for half in told.values():
        for fault in half.get("faults", []):
            click.echo(f"  {fault}")


def _word(half: dict[str, Any]) -> str:
    return "相符" if half["ok"] else "不符"
