"""`guotu calendar`: a year is listed, a day is changed, a notice is entered or refused."""

import json

import pytest

from guotu.core.cases.models import CalendarDay, CalendarYear, Clock
from guotu.site.cli.main import main
from tests.core.cases.clocked import office

_NOTICE = """[[notice]]
year = 2027
number = "国办发明电〔2026〕9号"
off = [[2027-01-01, 2027-01-03], [2027-02-05, 2027-02-11]]
on = [2027-01-30, 2027-02-20]
"""


@pytest.fixture
def run(db, monkeypatch, capsys):
    """Run the command in this process; return its status and what it said."""
    monkeypatch.setattr("guotu.site.cli.calendar.ready", lambda: None)
    monkeypatch.setattr("guotu.site.cli.worker.ready", lambda: None)

    def command(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        told = capsys.readouterr()
        return left.value.code, told.out + told.err

    return command


def test_a_year_is_listed_with_what_differs_from_the_plain_week(run):
    status, said = run("calendar", "year", "2026")
    assert status == 0
    assert "2026-02-14\t周六\t上班" in said
    assert "2026-10-01\t周四\t放假" in said
    assert "2026 年工作日 248 天。" in said
    status, said = run("calendar", "year", "2027", "--json")
    assert json.loads(said)["provisional"] is True


def test_a_day_is_changed_by_its_paper(run):
    status, _ = run("calendar", "day", "2026-12-07", "--off", "--number", "县政府办通知")
    assert (status, CalendarDay.objects.get().working) == (0, False)
    assert "2026-12-07\t周一\t放假" in run("calendar", "year", "2026")[1]
    assert run("calendar", "day", "2026-12-07", "--off", "--number", " ")[0] == 2


def test_a_notice_is_entered_and_settles_its_year(run, tmp_path):
    (tmp_path / "2027.toml").write_text(_NOTICE)
    status, said = run("calendar", "enter", tmp_path / "2027.toml")
    assert status == 0, said
    assert CalendarYear.objects.get().year == 2027
    assert "暂计" not in run("calendar", "year", "2027")[1]


@pytest.mark.parametrize(
    "text", ["[[notice", "year = 2027", _NOTICE.replace("2027-01-30", '"2027-01-30"'), "[notice]"]
)
def test_a_notice_that_cannot_be_read_is_refused_without_a_trace(run, tmp_path, text):
    (tmp_path / "2027.toml").write_text(text)
    status, said = run("calendar", "enter", tmp_path / "2027.toml")
    assert status == 2
    assert "放假通知" in said
    assert "Traceback" not in said
    assert not CalendarDay.objects.exists()


def test_what_could_not_be_done_is_listed(run):
    assert run("worker", "--failing") == (0, "到时未能办理的共 0 项。\n")
    clock = office().started(duration="PT1H", kind="timer")
    Clock.objects.filter(pk=clock.pk).update(failures=3, failure="流程坏了")
    status, said = run("worker", "--failing")
    assert status == 1
    assert "流程坏了" in said
