"""`guotu worker`: lets the clocks of cases speak, by itself, where no `guotu serve` does."""

from collections.abc import Callable

import click

from guotu.site.cli.django_ready import ready


@click.command(help="单独运行到期提醒、流程定时和例行事项；按 Ctrl-C 停下。guotu serve 自带一个。")
@click.option("--once", is_flag=True, help="只办此刻已到期的，办完退出。")
@click.option("--failing", is_flag=True, help="只列出到时未能办理的，不办。")
def command(once: bool, failing: bool) -> int:
    """Work until told to end, or once; or list what could not be done, with status 1."""
    ready()
    if failing:
        return _list_failing()
    from guotu.site.worker.ending import Ending, signals_end
    from guotu.site.worker.running import run, run_once

    if once:
        click.echo(f"已办 {run_once(_said())} 项。")
        return 0
    click.echo("期限和定时在运行；另有一个在运行时本进程待命。按 Ctrl-C 停下。")
    ending = Ending()
    with signals_end(ending):
        run(ending, _said())
    return 0


def _list_failing() -> int:
    from guotu.core.cases.queries.clocks import failing

    found = list(failing().select_related("case"))
    for one in found:
        number = one.case.number if one.case else "—"
        click.echo(f"{one.pk}\t{number}\t{one.title}\t已试 {one.failures} 次\t{one.failure}")
    click.echo(f"到时未能办理的共 {len(found)} 项。")
    return 1 if found else 0


def _said() -> Callable[[str], None]:
    return lambda line: click.echo(line, err=True)
