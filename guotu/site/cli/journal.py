"""`guotu journal`: signed heads, exports and proofs for strangers, and putting guards back."""

import json
from pathlib import Path
from typing import Any

import click

from guotu.lib.refusal import Refusal
from guotu.site.cli.django_ready import ready


@click.group(help="行为记录：签名检查点、导出、证明、防改触发器。")
def command() -> None:
    """Hold the verbs of the journal together."""


@command.command(help="签出现在的检查点（条数、根、签名），一行 JSON，留作日后比对。")
def checkpoint() -> int:
    """Print the signed head as it is now."""
    ready()
    from guotu.core.journal import signing

    _print(signing.facts_of(signing.checkpoint()))
    return 0


@command.command(help="把行为记录导出成文件，用 tools/verify_journal.py 即可核对。")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def export(file: Path, as_json: bool) -> int:
    """Write the journal to a file that bears its own signatures."""
    ready()
    from guotu.core.journal import signing
    from guotu.core.journal.exporting import export as write

    if not file.parent.is_dir():
        raise Refusal("没有这个目录", where=str(file.parent), remedy="先建目录，或换一个")
    try:
        last = write(file)
    except OSError as wrong:
        raise Refusal(
            "写不下这个文件", where=f"{file}（{wrong.strerror}）", remedy="查看权限和余量，或换一处"
        ) from wrong
    if as_json:
        _print({"file": str(file), "checkpoint": signing.facts_of(last)})
    else:
        click.echo(f"已导出 {last.size} 条到 {file}，根 {last.root}。")
    return 0


@command.command(help="证明第 SEQ 条在记录之中（RFC 6962），一行 JSON。")
@click.argument("seq", type=click.IntRange(0))
def proof(seq: int) -> int:
    """Print an entry, its inclusion proof and the signed head it is proved against."""
    ready()
    from guotu.core.journal import chaining, signing
    from guotu.core.journal.models import Entry

    last = signing.checkpoint()
    entry = Entry.objects.filter(sequence=seq, sequence__lt=last.size).first()
    if entry is None:
        raise Refusal(
            "没有这一条", where=f"第 {seq} 条", remedy=f"现有 {last.size} 条，从 0 起编号"
        )
    path = chaining.inclusion_proof(seq, last.size)
    _print(
        {
            "entry": chaining.facts_of(entry),
            "leaf": bytes(entry.leaf).hex(),
            "proof": [step.hex() for step in path],
            "checkpoint": signing.facts_of(last),
        }
    )
    return 0


@command.command(help="证明 NEW 条的记录以 OLD 条的记录开头（不给 NEW 即到现在），一行 JSON。")
@click.argument("old", type=click.IntRange(0))
@click.argument("new", type=click.IntRange(0), required=False)
def consistency(old: int, new: int | None) -> int:
    """Print the consistency proof between two sizes, with the roots at both."""
    ready()
    from guotu.core.journal import chaining, signing

    last = signing.checkpoint()
    size = last.size if new is None else new
    if not old <= size <= last.size:
        raise Refusal("没有这么多条", where=f"{old} 到 {size}", remedy=f"现有 {last.size} 条")
    _print(
        {
            "old": {"size": old, "root": chaining.head(old).root.hex()},
            "new": {"size": size, "root": chaining.head(size).root.hex()},
            "proof": [step.hex() for step in chaining.consistency_proof(old, size)],
            "checkpoint": signing.facts_of(last),
        }
    )
    return 0


@command.command(help="查看防改触发器；--restore 把缺的装回，并记入行为记录。")
@click.option("--restore", is_flag=True, help="装回缺少或被改的触发器。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def guards(restore: bool, as_json: bool) -> int:
    """Say which guards are missing (1), or put them back by an act."""
    ready(guarded=False)
    from guotu.core.journal.guarding import missing, names
    from guotu.core.register import spatial

    absent = [*missing(), *spatial.unsound()]
    told: dict[str, Any] = {"expected": len(names()), "missing": absent}
    if restore:
        told |= _restored()
    if as_json:
        _print(told)
    else:
        for line in _guard_lines(told):
            click.echo(line)
    return 1 if absent and not restore else 0


def _restored() -> dict[str, Any]:
    """Put back what is missing: the spatial index by itself, guards by an act."""
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.journal.guarding import missing
    from guotu.core.register import spatial

    rebuilt = spatial.unsound()
    if rebuilt:
        spatial.ensure()
        if not missing():
            return {"rebuilt": rebuilt, "restored": []}
    done = perform("journal.restore_guards", COUNTY, reason="命令行装回")
    return {"rebuilt": rebuilt, "restored": done.answer, "sequence": done.sequence}


def _guard_lines(told: dict[str, Any]) -> list[str]:
    """Return what is said of the guards, before or after they were put back."""
    if "restored" not in told:
        absent = [f"缺少：{name}" for name in told["missing"]]
        return [*absent, f"应有 {told['expected']} 个触发器，缺 {len(absent)} 个。"]
    lines = ["已重建空间索引。"] if told["rebuilt"] else []
    if back := told["restored"]:
        lines.append(f"已装回 {len(back)} 个：{'、'.join(back)}（第 {told['sequence']} 条）。")
        lines.append("请用 guotu verify 核对全部记录。")
    return lines


def _print(facts: dict[str, Any]) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
