"""`guotu serve`: a production server for this county on this machine; Ctrl-C stops it."""

import socket
import time
from typing import Any

import click

from guotu.lib.refusal import Refusal

_WORKERS = 2
_THREADS = 4
_TIMEOUT_SECONDS = 120
_PATIENCE_SECONDS = 60


@click.command(help="在本机开起网页服务；按 Ctrl-C 停下。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="端口")
@click.option("--host", default="127.0.0.1", show_default=True, help="地址")
def command(port: int, host: str) -> None:
    """Bring the tables up to date, lay out the static files, say where it is, and serve."""
    check_free(host, port)
    from guotu.site.cli.django_ready import ready

    ready()
    from django.conf import settings
    from django.db import connections

    from guotu.core.atlas.publishing import sweep
    from guotu.site.statics import collect
    from guotu.site.warming import warm_kernels

    collect(settings.STATICFILES_DIRS, settings.STATIC_ROOT)
    sweep()
    warm_kernels()
    for line in welcome(host, port):
        click.echo(line)
    # Workers are forked from here: two that read one connection to the store garble each other.
    connections.close_all()
    _server(host, port).run()


def check_free(host: str, port: int) -> None:
    """Raise a Refusal when something already listens there, or nothing may."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Refusal(
                f"端口 {port} 不能用（{fault.strerror}）",
                where=f"{host}:{port}",
                remedy=f"换一个端口，例如 guotu serve --port {port + 1}",
            ) from None


def welcome(host: str, port: int) -> list[str]:
    """Return what is said when the server starts: the county, the address, the demo accounts."""
    from guotu.core.atlas import queries
    from guotu.site.cli.demo import account_lines

    try:
        county = queries.county()
    except Refusal as refusal:
        return [str(refusal), f"网址：http://{host}:{port}/"]
    lines = [f"{county.name}（{county.code}）", f"网址：http://{host}:{port}/"]
    if county.fictional:
        lines += ["虚构县，数据不得用于办事。", *account_lines()]
    lines.append("按 Ctrl-C 停下。")
    return lines


def _server(host: str, port: int) -> Any:
    from gunicorn.app.base import BaseApplication

    from guotu.site.worker.keeping import Keeper, keeping_arbiter

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _options(host, port).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return _application()

        def run(self) -> None:
            # Clocks and chores have a process of their own beside those that serve pages.
            keeping_arbiter(Keeper())(self).run()

    return Server()


def _application() -> Any:
    """Load the platform in a worker, and wait a while where the store does not answer.

    A worker that fails at its start ends the server, and with it those that would have recovered.
    """
    from django.db import InterfaceError, OperationalError, connections

    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            from guotu.site.wsgi import application

            return application
        except (InterfaceError, OperationalError):
            connections.close_all()
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _options(host: str, port: int) -> dict[str, Any]:
    return {
        "bind": f"{host}:{port}",
        "workers": _WORKERS,
        "threads": _THREADS,
        "worker_class": "gthread",
        "timeout": _TIMEOUT_SECONDS,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "proc_name": "guotu",
        "control_socket_disable": True,
        "post_worker_init": _warm,
    }


def _warm(worker: Any) -> None:
    # A worker that has read no file yet would make the first review wait for the reader to start.
    from guotu.site.warming import warm_readers

    warm_readers()
