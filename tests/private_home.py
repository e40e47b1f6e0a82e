"""Gives every test run a county folder of its own; loaded before Django reads its settings."""

import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="guotu-test-")
os.environ["GUOTU_HOME"] = _home


def pytest_unconfigure() -> None:
    """Remove the folder when the run is over."""
    shutil.rmtree(_home, ignore_errors=True)
