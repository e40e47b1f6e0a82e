"""Numbers run 1, 2, 3 whatever is refused, rolled back, previewed, or taken at the same time."""

import datetime
import threading

import pytest
from django.db import connection, connections

from guotu.core.files import numbering
from guotu.core.files.models import Number
from guotu.core.files.numbering import all_series, gaps, next_number, series_of
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, action, perform, preview
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal

SERIES, TAKERS = "bureau", 12


def this_year():
    return clock.today().year


@action("filestest.take", power="filestest.take")
def take(act, *, series=SERIES, year=None, refuse=False, fail=False):
    """Take a number, then perhaps refuse or break."""
    number = next_number(act, series, year or this_year())
    if refuse:
        raise Refusal("拒绝")
    if fail:
        raise ZeroDivisionError
    act.outcome = {"number": number}
    return number


def taken(**options):
    return perform("filestest.take", COUNTY, **options).answer


@pytest.mark.django_db
def test_numbers_run_without_a_gap_under_refusal_failure_and_preview():
    assert taken() == 1
    with pytest.raises(Refusal):
        taken(refuse=True)
    with pytest.raises(ZeroDivisionError):
        taken(fail=True)
    shown = preview("filestest.take", COUNTY)
    assert shown.outcome == {"number": 2}
    assert shown.effects[0].facts == {
        "series": SERIES,
        "year": this_year(),
        "number": 2,
        "word": f"自然资发〔{this_year()}〕2号",
    }
    assert [taken(), taken()] == [2, 3]
    assert gaps() == []
    assert Entry.objects.last().effects[0]["kind"] == "number"


@pytest.mark.django_db
def test_a_repeated_key_takes_no_second_number():
    first = perform("filestest.take", COUNTY, key="k")
    again = perform("filestest.take", COUNTY, key="k")
    assert (first.outcome, again.outcome, again.repeated) == ({"number": 1}, {"number": 1}, True)
    assert Number.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_takers_at_the_same_time_leave_no_gap_and_no_double():
    barrier, numbers, faults = threading.Barrier(TAKERS), [], []

    def run(place):
        try:
            barrier.wait()
            for turn in range(3):
                try:
                    numbers.append(taken(refuse=(place + turn) % 4 == 0))
                except Refusal:
                    continue
        except Exception as fault:  # noqa: BLE001 - told below
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(TAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) == TAKERS * 3 * 3 // 4
    assert gaps() == []


@pytest.mark.django_db
def test_each_series_counts_for_itself_and_one_never_begins_anew():
    assert [taken(series="bureau"), taken(series="penalty"), taken(series="archive")] == [1, 1, 1]
    assert taken(series="archive", year=1999) == 2
    assert set(Number.objects.filter(series="archive").values_list("year", flat=True)) == {0}


@pytest.mark.django_db
def test_a_year_begins_anew_and_no_number_is_given_backwards():
    for year in (2019, 2020):
        with clock.simulated(datetime.datetime(year, 6, 1, tzinfo=datetime.UTC)):
            assert taken() == 1
            assert taken() == 2
            with pytest.raises(Refusal, match="倒签"):
                taken(year=2018)
    assert gaps() == []


@pytest.mark.django_db
def test_a_void_number_stays_and_is_not_given_again():
    for _ in range(3):
        taken()
    facts = {"series": SERIES, "year": this_year(), "number": 2}
    with pytest.raises(Refusal, match="理由"):
        perform("files.void_number", COUNTY, **facts)
    voided = perform("files.void_number", COUNTY, reason="打印有误", **facts)
    row = Number.objects.get(number=2)
    assert (row.void_reason, row.voided_sequence) == ("打印有误", voided.sequence)
    with pytest.raises(Refusal, match="已经作废"):
        perform("files.void_number", COUNTY, reason="再来", **facts)
    with pytest.raises(Refusal, match="没有编过"):
        perform("files.void_number", COUNTY, reason="x", **facts | {"number": 9})
    assert taken() == 4
    assert gaps() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM files_number",
        "UPDATE files_number SET number = 9",
        "UPDATE files_number SET series = 'x'",
    ],
)
def test_the_database_itself_keeps_a_number(statement):
    taken()
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_gap_is_found():
    taken()
    Number(series="bureau", year=this_year(), number=3, sequence=0).save()
    assert gaps() == [f"bureau {this_year()} 2"]


def test_series_are_data_and_a_county_has_its_own(home):
    assert series_of("land_approval").word(2026, 1) == "自然资批〔2026〕1号"
    with pytest.raises(Refusal, match="没有登记这个字号"):
        series_of("none")
    own = '[[series]]\ncode="bureau"\ntitle="发文"\npattern="云自然资发〔{year}〕{number}号"\n'
    (home / "series.toml").write_text(own + 'reset="year"\nunit="局"\n')
    assert series_of("bureau").word(2026, 7) == "云自然资发〔2026〕7号"
    for wrong in (own, own + 'reset="never"\nunit="局"\n', "series = ["):
        (home / "series.toml").write_text(wrong)
        with pytest.raises(Refusal, match="字号登记"):
            all_series()


def test_a_duty_declares_a_series_of_its_own(monkeypatch):
    monkeypatch.setattr(numbering, "_declared", {})
    facts = {"title": "矿业权", "reset": "year", "unit": "局"}
    numbering.declare(code="mine", pattern="矿〔{year}〕{number}号", **facts)
    assert series_of("mine").word(2026, 3) == "矿〔2026〕3号"
    for pattern in ("矿{number}号", "矿〔{year}〕号"):
        with pytest.raises(ValueError, match="mine"):
            numbering.declare(code="mine", pattern=pattern, **facts)
