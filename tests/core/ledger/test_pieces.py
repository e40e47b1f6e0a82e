"""Land on the books: banked once, spent once, refused where it overlaps, free again when undone."""

import datetime

import pytest
import shapely

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger import queries
from guotu.core.ledger.models import Piece, Transfer
from guotu.core.ledger.posting import Plot, Posting, Terms
from guotu.core.ledger.verifying import verify
from guotu.lib.refusal import Refusal
from tests.core.ledger.conftest import DAY, EAST, NORTH, opened, plot, posted

pytestmark = pytest.mark.django_db
LATER = DAY + datetime.timedelta(days=10)


@pytest.fixture(autouse=True)
def _reckoned(bank):
    """Reckon the ledger anew after each test: whatever was done, it must come out."""
    yield
    assert verify()["faults"] == []


def moved(bank, giver, receiver, *plots, **told):
    amount = sum(one.area_dm2 for one in plots)
    return Posting(bank[receiver].pk, bank[giver].pk, amount, DAY, pieces=plots, **told)


def banked(bank, *plots):
    return posted(moved(bank, "made", "bank", *plots))


def held(account):
    return sorted(queries.pieces_held(account).values_list("label", "area_dm2"))


def refusal(*postings):
    return [one.code for one in posted(*postings, each=True)]


def test_land_is_banked_and_spent(bank):
    banked(bank, plot(0), plot(1))
    posted(moved(bank, "bank", "used", plot(0)))
    assert held(bank["bank"]) == [("1-0", 10_000)]
    assert held(bank["used"]) == [("0-0", 10_000)]
    assert queries.balance(bank["bank"]).balance == 10_000
    used = Piece.objects.get(account=bank["used"])
    assert [one.transfer_id for one in queries.lineage_of(used)] == [1, 2]
    assert [one.pk for one in queries.pieces_moved(Transfer.objects.get(pk=2))] == [used.pk]


def test_land_is_not_banked_twice_nor_spent_twice(bank):
    banked(bank, plot(0))
    assert refusal(moved(bank, "made", "bank", plot(0))) == ["piece_held"]
    posted(moved(bank, "bank", "used", plot(0)))
    assert refusal(
        moved(bank, "made", "bank", plot(0)),
        moved(bank, "quota", "used", plot(0)),
    ) == ["piece_held", "piece_held"]
    posted(Posting(bank["bank"].pk, bank["made"].pk, 10_000, DAY, pieces=(plot(5),)))
    assert refusal(moved(bank, "bank", "used", plot(0))) == ["piece_held"]


def test_an_overlap_is_refused_and_a_touch_is_not(bank):
    banked(bank, plot(0))
    half = Plot(shapely.box(EAST + 5, NORTH, EAST + 15, NORTH + 10), 10_000, "half")
    assert refusal(moved(bank, "made", "bank", half)) == ["piece_held"]
    strip = Plot(shapely.box(EAST + 9.99995, NORTH, EAST + 20, NORTH + 10), 10_000, "beside")
    assert refusal(moved(bank, "made", "bank", strip, plot(0, 1))) == [""]


def test_a_part_is_spent_and_the_rest_stays(bank):
    banked(bank, plot(0, wide=3, label="whole"))
    posted(moved(bank, "bank", "used", plot(1)))
    assert held(bank["bank"]) == [("whole", 20_000)]
    assert refusal(moved(bank, "bank", "used", plot(1))) == ["piece_held"]
    rest = Piece.objects.get(account=bank["bank"], ended_by=None)
    assert (rest.moved, rest.parent_id) == (False, 1)
    posted(moved(bank, "bank", "used", plot(0)), moved(bank, "bank", "used", plot(2)))
    assert held(bank["bank"]) == []
    assert queries.balance(bank["bank"]).balance == 0


def test_what_must_fit_fits(bank):
    banked(bank, plot(0, wide=2, label="left"), plot(2, wide=2, label="right"))
    short = Plot(plot(0, wide=2).geometry, 19_999)
    long = Plot(plot(0).geometry, 20_000)
    assert refusal(
        moved(bank, "bank", "used", plot(1, wide=2)),
        moved(bank, "bank", "used", plot(9)),
        moved(bank, "bank", "used", plot(3, wide=1, high=2)),
        moved(bank, "bank", "used", short),
        moved(bank, "bank", "used", long),
    ) == ["piece_across", "piece_not_held", "piece_not_held", "piece_area", "piece_area"]


def test_pieces_are_asked_for_and_sum_to_the_amount(bank):
    bowtie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    elsewhere = opened("paddy", "supplement", holds_land=True, line="paddy")
    bank = {**bank, "paddy": elsewhere}
    assert refusal(
        Posting(bank["bank"].pk, bank["made"].pk, 5, DAY),
        Posting(bank["bank"].pk, bank["made"].pk, 5, DAY, pieces=(plot(0),)),
        moved(bank, "made", "quota", plot(0)),
        moved(bank, "bank", "paddy", plot(0)),
        moved(bank, "made", "bank", Plot(bowtie, 5)),
        moved(bank, "made", "bank", Plot(shapely.Polygon(), 5)),
        moved(bank, "made", "bank", Plot(shapely.Point(0, 0), 5)),
        moved(bank, "made", "bank", Plot(plot(0).geometry, 0), plot(1)),
    ) == [
        "pieces_missing",
        "pieces_do_not_sum",
        "pieces_unwanted",
        "lines_differ",
        *["piece_bad"] * 4,
    ]
    assert not Piece.objects.exists()


def test_the_same_land_may_stand_in_another_line(bank):
    banked(bank, plot(0))
    bank["paddy"] = opened("paddy", "supplement", holds_land=True, line="paddy")
    bank["soil"] = opened("soil", "supplement", normal="credit", least=None, line="paddy")
    assert refusal(moved(bank, "soil", "paddy", plot(0))) == [""]


def test_a_plot_label_is_one_plain_line(bank):
    with pytest.raises(Refusal, match="图斑号"):
        banked(bank, plot(0, label="a\nb"))


def test_reserved_land_is_kept_from_others_and_settled(bank):
    banked(bank, plot(0, wide=2, label="whole"))
    [number] = posted(moved(bank, "bank", "used", plot(0), kind="pending"))
    assert refusal(moved(bank, "bank", "used", plot(0))) == ["piece_held"]
    assert refusal(moved(bank, "used", "bank", plot(0))) == ["below_limit"]
    perform("ledger.settle", COUNTY, reservation=number, terms=Terms(LATER))
    assert held(bank["used"]) == [("0-0", 10_000)]
    assert held(bank["bank"]) == [("whole", 10_000)]
    assert Piece.objects.get(account=bank["used"], ended_by=None).reserved_by_id is None


def test_a_void_gives_land_back(bank):
    banked(bank, plot(0))
    [number] = posted(moved(bank, "bank", "used", plot(0), kind="pending"))
    perform("ledger.void", COUNTY, reservation=number, terms=Terms(LATER))
    assert held(bank["bank"]) == [("0-0", 10_000)]
    void = Transfer.objects.get(kind="void")
    assert [one.label for one in queries.pieces_moved(void)] == ["0-0"]
    posted(moved(bank, "bank", "used", plot(0)))
    assert len(queries.lineage_of(Piece.objects.get(account=bank["used"], ended_by=None))) == 4


def test_a_part_of_a_reservation_names_its_pieces(bank):
    banked(bank, plot(0, wide=3))
    [number] = posted(moved(bank, "bank", "used", plot(0, wide=2), kind="pending"))
    part = Posting(amount=10_000, on=LATER, kind="post", pending_id=number)
    told = {"amount": 10_000, "on": LATER, "kind": "post", "pending_id": number}
    assert refusal(
        part,
        Posting(**told, pieces=(Plot(plot(0).geometry, 9_999),)),
        Posting(**told, pieces=(plot(2),)),
        Posting(**told, pieces=(plot(8),)),
    ) == ["pieces_missing", "pieces_do_not_sum", "piece_held", "piece_not_held"]
    posted(Posting(**told, pieces=(plot(1),)))
    assert held(bank["used"]) == [("1-0", 10_000)]
    assert sum(area for _, area in held(bank["bank"])) == 20_000


def test_quota_without_land_reserves_land_and_lets_it_go(bank):
    posted(Posting(bank["quota"].pk, bank["made"].pk, 50_000, DAY))
    [number] = posted(moved(bank, "quota", "used", plot(0), kind="pending"))
    assert refusal(moved(bank, "quota", "used", plot(0))) == ["piece_held"]
    perform("ledger.void", COUNTY, reservation=number, terms=Terms(LATER))
    assert held(bank["used"]) == []
    [number] = posted(moved(bank, "quota", "used", plot(0)))
    perform("ledger.reverse", COUNTY, transfer=number, terms=Terms(LATER))
    assert held(bank["used"]) == []
    posted(moved(bank, "quota", "used", plot(0)))
    assert held(bank["used"]) == [("0-0", 10_000)]


def test_land_that_leaves_the_book_may_be_reserved_out_of_it(bank):
    banked(bank, plot(0))
    [number] = posted(moved(bank, "bank", "quota", plot(0), kind="pending"))
    assert refusal(moved(bank, "made", "bank", plot(0))) == ["piece_held"]
    perform("ledger.settle", COUNTY, reservation=number, terms=Terms(LATER))
    assert refusal(moved(bank, "made", "bank", plot(0))) == [""]


def test_a_failed_group_leaves_the_land_as_it_was(bank):
    banked(bank, plot(0, wide=2))
    told = refusal(
        moved(bank, "bank", "used", plot(0), link=1),
        moved(bank, "used", "bank", plot(0), link=1),
        moved(bank, "bank", "used", plot(0), plot(0), link=1),
    )
    assert told == ["linked", "linked", "piece_held"]
    assert refusal(
        moved(bank, "bank", "used", plot(0), link=1),
        moved(bank, "made", "bank", plot(5), plot(5), link=1),
    ) == ["linked", "piece_held"]
    assert held(bank["bank"]) == [("0-0", 20_000)]
    assert Transfer.objects.count() == 1


def test_pieces_of_every_size_are_found(bank):
    far = plot(3000, 3000, wide=400, high=400, label="large")
    banked(bank, plot(0), far, plot(500, wide=20, high=3))
    assert refusal(
        moved(bank, "made", "bank", plot(3100, 3100)),
        moved(bank, "made", "bank", plot(-100, -100, wide=700, high=200)),
        moved(bank, "made", "bank", plot(519, 2)),
        moved(bank, "made", "bank", plot(520, 2)),
    ) == ["piece_held", "piece_held", "piece_held", ""]
