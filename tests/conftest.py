"""What every test may lean on, and the closing line that says what a run left out."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fresh_store import django_db_setup

__all__ = ["django_db_setup"]

# Nothing here is timed: a deadline would fail on a busy machine and say nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_LEFT_OUT = {
    "postgres": (
        "DATABASE_URL" in os.environ,
        "PostgreSQL（设 DATABASE_URL 后整套测试在其上运行）",
    ),
    "browser": (shutil.which("chromium") is not None, "浏览器（需 Debian 的 chromium）"),
    "real_data": (SHARED_DATA.exists(), "真实数据（../shared/data 不在）"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine has no service for."""
    for marker, (present, what) in _LEFT_OUT.items():
        if not present:
            for item in items:
                if marker in item.keywords:
                    item.add_marker(pytest.mark.skip(reason=what))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, so that a green run never looks larger than it was."""
    missing = [what for present, what in _LEFT_OUT.values() if not present]
    terminalreporter.write_line("")
    terminalreporter.write_line("未运行：" + "；".join(missing) if missing else "没有遗漏。")
    terminalreporter.write_line("与同行的比较和计时不在此处：make trials")
