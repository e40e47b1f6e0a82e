"""The command `guotu`: each verb in a file of its own, loaded when it is called."""

import importlib
import sys

import click

from guotu.lib.refusal import Refusal

# verb -> (module, function); a verb that only computes never loads Django.
VERBS = {
    "area": "guotu.site.cli.area",
    "backup": "guotu.site.cli.backup",
    "calendar": "guotu.site.cli.calendar",
    "demo": "guotu.site.cli.demo",
    "export": "guotu.site.cli.export",
    "files": "guotu.site.cli.files",
    "import": "guotu.site.cli.import_",
    "init": "guotu.site.cli.init",
    "journal": "guotu.site.cli.journal",
    "layer": "guotu.site.cli.layer",
    "layers": "guotu.site.cli.layers",
    "overlay": "guotu.site.cli.overlay",
    "people": "guotu.site.cli.people",
    "process": "guotu.site.cli.process",
    "restore": "guotu.site.cli.restore",
    "review": "guotu.site.cli.review",
    "rules": "guotu.site.cli.rules",
    "serve": "guotu.site.cli.serve",
    "topology": "guotu.site.cli.topology",
    "verify": "guotu.site.cli.verify",
    "worker": "guotu.site.cli.worker",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name]).command
        return command


@click.command(cls=_Verbs, help="国土：以图管地。")
@click.version_option(package_name="guotu")
def guotu() -> None:
    """Hold the verbs together."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command: 0 done, 1 findings or errors in the data, 2 cannot read or wrong use."""
    try:
        status = guotu.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as left:
        status = left.exit_code
    except click.ClickException as wrong:
        wrong.show()
        status = 2
    except click.Abort:
        click.echo("已中止，没有留下未完成的写入。", err=True)
        status = 2
    except Refusal as refusal:
        click.echo(str(refusal), err=True)
        status = 2
    except Exception as fault:  # noqa: BLE001 - no traceback reaches a user
        click.echo(_unexpected(fault), err=True)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def _unexpected(fault: Exception) -> str:
    named = f"{type(fault).__name__}: {fault}"
    return f"程序内部出错（{named}），没有写入任何数据。请把这句话报给管理员。"
