"""Shows on the terminal what a long command is doing and how far it is; silent in a pipe."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Progress = Callable[[str, float], None]
_BAR_WIDTH = 24


class _Bar:
    """One line on standard error: the steps done with their times, the present one with a bar."""

    def __init__(self) -> None:
        self.doing = ""
        self.began = time.monotonic()

    def __call__(self, doing: str, share: float) -> None:
        if doing != self.doing:
            self.close()
            self.doing, self.began = doing, time.monotonic()
        filled = round(min(max(share, 0.0), 1.0) * _BAR_WIDTH)
        bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
        click.echo(f"\r{self.doing}  {bar} {share:4.0%}", nl=False, err=True)

    def close(self) -> None:
        if self.doing:
            spent = time.monotonic() - self.began
            click.echo(f"\r\x1b[K{self.doing}  {spent:.1f} 秒", err=True)
        self.doing = ""


@contextmanager
def shown() -> Iterator[Progress]:
    """Give a progress callback for a command; it draws only where somebody watches."""
    if not sys.stderr.isatty():
        yield lambda doing, share: None
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()
