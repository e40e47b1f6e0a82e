"""What must be made up for, by quantity, grade and paddy, and by the regime of the day."""

from datetime import date

from tests.apps.approval.made import box, layer, occasion, parcel, reviewed, site

SURVEY = layer(
    "landuse",
    parcel(box(0, 0, 50, 100), "0101", KCXS=0.1, GDDB=6),
    parcel(box(50, 0, 100, 100), "0103", GDDB=9),
    parcel(box(0, 100, 100, 200), "0201"),
)
PLOT = box(0, 0, 100, 200)


def test_net_farmland_is_made_up_for_by_quantity_grade_and_paddy():
    made = reviewed(site(PLOT), SURVEY).make_up
    assert made.quantity_dm2 == 950_000
    assert made.paddy_dm2 == 450_000
    assert made.grades == {"6": 450_000, "9": 500_000}
    assert made.mean_grade == round((6 * 45 + 9 * 50) / 95, 2)


def test_the_regime_is_that_of_the_day():
    def regime(day):
        return reviewed(site(PLOT), SURVEY, on=occasion(day=day)).make_up.rule.id

    assert regime(date(2016, 5, 1)) == "makeup.1999"
    assert regime(date(2024, 9, 29)) == "makeup.2017"
    assert regime(date(2024, 9, 30)) == "makeup.2024"


def test_it_warns_until_the_make_up_is_confirmed_and_passes_without_farmland():
    def verdict(plot, **more):
        done = reviewed(site(plot), SURVEY, on=occasion(**more))
        return next(one.verdict for one in done.findings if one.rule == "makeup.2024")

    assert verdict(PLOT) == "warn"
    assert verdict(PLOT, papers=frozenset({"makeup_confirmed"})) == "note"
    assert verdict(box(0, 100, 100, 200)) == "pass"


def test_basic_farmland_taken_must_be_redrawn():
    basic = layer("basic_farmland", (box(0, 0, 50, 100), {}))
    made = reviewed(site(PLOT), SURVEY, basic).make_up
    assert made.basic_dm2 == 500_000
    assert made.redraw is not None
    assert made.redraw.id == "redraw.2025"
