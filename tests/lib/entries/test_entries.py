"""Balanced postings in memory: any run of them keeps every limit, and closes."""

import datetime

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.entries import (
    FAULTS,
    MOST,
    Held,
    Land,
    Plot,
    Posting,
    Reservation,
    Run,
    Standing,
    bounds_of,
    cell_of,
    digest_of,
    is_plain,
    ranges_near,
    refusal_of,
    same_land,
)

DAY = datetime.date(2026, 3, 1)
SIDES = st.integers(1, 4)
POSTINGS = st.lists(
    st.builds(
        Posting,
        debit=SIDES,
        credit=SIDES,
        amount=st.integers(1, 60),
        kind=st.sampled_from(["immediate", "immediate", "pending", "post", "void", "reverse"]),
        pending_id=st.integers(1, 3),
        link=st.sampled_from([None, 1, 2]),
    ),
    max_size=30,
)


def begun() -> tuple[dict[int, Standing], dict[int, Reservation]]:
    floors = {1: (-(2**80), 2**80), 2: (0, 100), 3: (0, 2**80), 4: bounds_of("credit", 0, 50)}
    standings = {number: Standing(floor=a, ceiling=b) for number, (a, b) in floors.items()}
    for number in (2, 3):
        standings[number].debit_posted = 50
        standings[1].credit_posted += 50
    standings[3].credit_pending, standings[2].debit_pending = 20, 20
    earlier = {
        1: Reservation(2, 1, 50, DAY, "immediate"),
        2: Reservation(3, 1, 50, DAY, "immediate"),
        3: Reservation(2, 3, 20, DAY),
    }
    return standings, earlier


@given(POSTINGS)
def test_limits_hold_and_both_sides_close(postings: list[Posting]) -> None:
    standings, earlier = begun()
    run = Run(standings, earlier, Land(), next_number=4, today=DAY)
    replies = run.admit_groups(postings)
    assert all(one.is_within_bounds() for one in standings.values())
    sums = [one.sums() for one in standings.values()]
    totals = [sum(column) for column in zip(*sums, strict=True)]
    assert totals[0] == totals[1]
    assert totals[2] == totals[3]
    assert [row[0] for row in run.rows] == [one.number for one in replies if one.number]
    assert [row[0] for row in run.rows] == list(range(4, 4 + len(run.rows)))
    assert {one.code for one in replies if one.code} <= set(FAULTS)


@given(POSTINGS)
def test_what_was_admitted_is_admitted_again(postings: list[Posting]) -> None:
    standings, earlier = begun()
    run = Run(standings, earlier, Land(), next_number=4, today=DAY)
    replies = run.admit_groups(postings)
    sound = [one for one, reply in zip(postings, replies, strict=True) if reply.number]
    again_standings, again_earlier = begun()
    again = Run(again_standings, again_earlier, Land(), next_number=4, today=DAY)
    assert again.admit_all(sound) is None
    assert again_standings == standings
    assert [row[:9] for row in again.rows] == [row[:9] for row in run.rows]


def test_the_first_fault_of_a_batch_is_told() -> None:
    standings, earlier = begun()
    run = Run(standings, earlier, Land(), next_number=4, today=DAY)
    failed = run.admit_all([Posting(1, 3, 10), Posting(1, 3, 21)])
    assert failed is not None
    place, reply = failed
    assert (place, reply.code, reply.account) == (1, "below_limit", 3)


@pytest.mark.parametrize(
    ("sides", "code", "account"),
    [((4, 1), "below_limit", 4), ((1, 4), "above_limit", 4), ((2, 1), "above_limit", 2)],
)
def test_a_limit_is_named_from_the_normal_side(sides, code, account) -> None:
    standings, earlier = begun()
    standings[4].normal = "credit"
    run = Run(standings, earlier, Land(), next_number=4, today=DAY)
    [reply] = run.admit_groups([Posting(*sides, 60)])
    assert (reply.code, reply.account) == (code, account)


@pytest.mark.parametrize("pending", [0, MOST - 5])
@pytest.mark.parametrize("name", ["debit", "credit"])
def test_no_side_passes_eight_bytes(name: str, pending: int) -> None:
    standings = {1: Standing(), 2: Standing()}
    side = standings[1 if name == "debit" else 2]
    setattr(side, f"{name}_posted", MOST - 5 - pending)
    setattr(side, f"{name}_pending", pending)
    run = Run(standings, {}, Land(), next_number=1, today=DAY)
    codes = [one.code for one in run.admit_groups([Posting(1, 2, 6), Posting(1, 2, 5)])]
    assert codes == ["total_too_large", ""]
    assert sum(getattr(side, f"{name}_{what}") for what in ("posted", "pending")) == MOST


def test_net_is_debits_less_credits() -> None:
    assert Standing(7, 3).net == 4


def test_a_hash_tells_rows_apart() -> None:
    rows = [(1, "a", None), (2, "b", "2026-01-01")]
    assert digest_of(rows) == digest_of([tuple(row) for row in rows])
    assert len({digest_of(rows), digest_of(rows[::-1]), digest_of(rows[:1])}) == 3
    assert digest_of([(1, "2")]) != digest_of([(1, 2)])
    assert is_plain("一行")
    assert not is_plain("两\n行")


def test_a_refusal_says_what_where_by_which_rule() -> None:
    for code in FAULTS:
        told = refusal_of(code, "某处").as_dict()
        assert all(told.values()), code


BOX = st.tuples(
    st.floats(-5e3, 5e3), st.floats(-5e3, 5e3), st.floats(0.01, 2e3), st.floats(0.01, 2e3)
)


@given(BOX, BOX)
def test_what_meets_a_box_is_in_a_square_beside_its_own(one, other) -> None:
    boxes = [(x, y, x + w, y + h) for x, y, w, h in (one, other)]
    step, column, row = cell_of(boxes[0])
    meets = shapely.box(*boxes[0]).intersects(shapely.box(*boxes[1]))
    [(_, west, east, south, north)] = ranges_near(boxes[1], [step])
    assert not meets or (west <= column <= east and south <= row <= north)


def square(column: int, wide: int = 1, high: int = 1) -> Plot:
    west = 460_000.0 + 10 * column
    box = shapely.box(west, 3_176_000.0, west + 10 * wide, 3_176_000.0 + 10 * high)
    return Plot(box, 10_000 * wide * high, str(column))


def test_an_undone_number_may_be_given_again() -> None:
    land, domain = Land(), (1, "")
    of = (Standing(book=1, holds_land=True), Standing(book=1))
    mark = land.mark()
    assert land.move(1, square(0), (1, 2), of) == ""
    land.back_to(mark)
    assert land.move(1, square(0), (1, 2), of) == ""
    assert land.move(1, square(1), (1, 2), of) == ""
    assert [(piece.id, piece.domain) for piece in land.held()] == [(1, domain), (2, domain)]
    assert land.move(2, square(0), (3, 1), of[:1] * 2) == ""
    assert land.taken == [(1, 2)]
    land.forget()
    assert (land.made, land.taken) == ([], [])


def test_a_small_piece_is_found_under_a_large_one() -> None:
    held = [Held(n, 1, (1, ""), 1, square(n).geometry, 10_000) for n in range(1, 40)]
    land = Land(held, next_id=40)
    of = (Standing(book=1, holds_land=True), Standing(book=1))
    assert land.move(2, square(0, 500, 500), (1, 2), of) == "piece_held"
    assert land.move(2, square(700, 500, 500), (1, 2), of) == ""


def test_the_rest_may_be_in_several_parts() -> None:
    held = [Held(1, 1, (1, ""), 1, square(0, 5).geometry, 50_000)]
    land = Land(held, next_id=2)
    of = (Standing(book=1, holds_land=True), Standing(book=1, holds_land=True))
    assert land.move(2, square(2), (3, 1), of) == ""
    rest = next(one for one in land.held() if one.account == 1)
    assert rest.area_dm2 == 40_000
    assert same_land(rest.geometry, shapely.union(square(0, 2).geometry, square(3, 2).geometry))
    assert not same_land(rest.geometry, square(0, 2).geometry)


def test_what_is_given_back_comes_in_the_order_of_its_numbers() -> None:
    of = (Standing(book=1, holds_land=True), Standing(book=1, holds_land=True))
    held = [
        Held(number, 7, (1, ""), 2, square(number).geometry, 10_000, reserved_by=7)
        for number in (1, 2)
    ]
    land = Land(held, next_id=3)
    mark = land.mark()
    assert land.settle(8, 7, (square(2),), (2, 3), of) == ""
    land.back_to(mark)  # what was undone stands behind the rest, where a replay never puts it
    assert land.settle(8, 7, None, (2, 3), of) == ""
    assert [one.parent for one in land.made] == [1, 2]
