"""A folder of the test's own for keys, and acts to journal."""

import pytest

from guotu.core.journal.actions import COUNTY, Act, action, perform


@action("test.note", power="test.write")
def note(act: Act, *, text: str) -> None:
    """Do nothing but say so."""
    act.subject = f"note:{text}"
    act.outcome = {"text": text, "share": 0.1, "more": (1, None, True), 7: -0.0}
    act.tell("change", text=text)


@pytest.fixture
def noted(db, settings, tmp_path):
    """Give what performs acts, in a county folder of its own."""
    settings.GUOTU_HOME = tmp_path

    def do(count: int, reason: str = "", start: int = 0) -> None:
        for number in range(start, start + count):
            perform("test.note", COUNTY, text=f"第{number}件", reason=reason)

    return do
