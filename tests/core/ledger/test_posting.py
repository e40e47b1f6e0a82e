"""Posting inside an act: all or none, in two steps, within limits, once; told to the journal."""

import datetime

import pytest
from django.db import DatabaseError, transaction

from guotu.core.journal.actions import COUNTY, Actor, perform, preview
from guotu.core.journal.guarding import check_guards
from guotu.core.journal.models import Entry
from guotu.core.ledger import queries
from guotu.core.ledger.models import Account, Balance, Book, Transfer
from guotu.core.ledger.posting import Posting, Terms
from guotu.lib.entries import MOST, PENDING, POST, VOID
from guotu.lib.refusal import Refusal
from tests.core.ledger.conftest import DAY, opened, posted

pytestmark = pytest.mark.django_db
LATER = DAY + datetime.timedelta(days=10)


def figures(account):
    found = queries.balance(account)
    return found.balance, found.going, found.coming, found.free


def spend(purse, shop, amount, **told):
    return Posting(shop.pk, purse.pk, amount, DAY, **told)


def test_an_amount_leaves_one_account_for_the_other(purse, shop):
    assert posted(spend(purse, shop, 400)) == [2]
    assert figures(purse) == (600, 0, 0, 600)
    assert figures(shop) == (400, 0, 0, 400)
    assert figures(Account.objects.get(code="source")) == (1000, 0, 0, 1000)


def test_a_batch_is_entered_all_or_none(purse, shop):
    with pytest.raises(Refusal, match="余额不足") as refused:
        posted(spend(purse, shop, 900), spend(purse, shop, 200))
    assert refused.value.where == "第 2 笔，土地收支“money purse”"
    assert figures(purse) == (1000, 0, 0, 1000)
    assert Transfer.objects.count() == 1
    assert posted(spend(purse, shop, 900), spend(purse, shop, 100)) == [2, 3]
    assert list(Transfer.objects.values_list("link", flat=True)) == [None, 2, 2]


def test_a_ceiling_holds_like_a_floor(purse):
    cup = opened("cup", most=300)
    with pytest.raises(Refusal, match="超过上限") as refused:
        posted(spend(purse, cup, 301))
    assert refused.value.where == "土地收支“money cup”"


def test_each_group_stands_for_itself(purse, shop):
    postings = [
        spend(purse, shop, 700),
        spend(purse, shop, 200, link=1),
        spend(purse, shop, 200, link=1),
        spend(purse, shop, 100, link=2),
        spend(purse, shop, 100, link=2),
        spend(purse, shop, 101),
    ]
    replies = posted(*postings, each=True)
    told = [(one.number, one.code) for one in replies]
    assert told == [
        (2, ""),
        (None, "linked"),
        (None, "below_limit"),
        (3, ""),
        (4, ""),
        (None, "below_limit"),
    ]
    assert figures(purse) == (100, 0, 0, 100)


def test_what_is_reserved_is_not_free(purse, shop):
    told = {"debit": shop.pk, "credit": purse.pk, "terms": Terms(DAY)}
    number = perform("ledger.reserve", COUNTY, amount=800, expires_on=LATER, **told).answer
    assert figures(purse) == (1000, 800, 0, 200)
    assert figures(shop) == (0, 0, 800, 0)
    with pytest.raises(Refusal, match="余额不足"):
        posted(spend(purse, shop, 201))
    perform("ledger.settle", COUNTY, reservation=number, amount=500, terms=Terms(DAY))
    assert figures(purse) == (500, 0, 0, 500)
    assert figures(shop) == (500, 0, 0, 500)
    with pytest.raises(Refusal, match="已经入账"):
        perform("ledger.void", COUNTY, reservation=number, terms=Terms(DAY))


def test_a_reservation_is_settled_whole_or_undone(purse, shop):
    told = {"debit": shop.pk, "credit": purse.pk, "terms": Terms(DAY)}
    first = perform("ledger.reserve", COUNTY, amount=300, **told).answer
    second = perform("ledger.reserve", COUNTY, amount=400, **told).answer
    perform("ledger.settle", COUNTY, reservation=first, terms=Terms(LATER))
    perform("ledger.void", COUNTY, reservation=second, terms=Terms(LATER))
    assert figures(purse) == (700, 0, 0, 700)
    with pytest.raises(Refusal, match="没有这笔预留"):
        perform("ledger.settle", COUNTY, reservation=99)


def test_what_has_expired_is_voided_and_cannot_be_settled(purse, shop):
    told = {"debit": shop.pk, "credit": purse.pk, "terms": Terms(DAY)}
    number = perform("ledger.reserve", COUNTY, amount=300, expires_on=LATER, **told).answer
    after = LATER + datetime.timedelta(days=1)
    with pytest.raises(Refusal, match="过期"):
        perform("ledger.settle", COUNTY, reservation=number, terms=Terms(after))
    assert perform("ledger.expire", COUNTY, today=LATER).answer == []
    done = perform("ledger.expire", COUNTY, today=after)
    assert done.answer == [number + 1]
    assert Transfer.objects.get(pk=number + 1).reason == "expired"
    assert figures(purse) == (1000, 0, 0, 1000)
    assert perform("ledger.expire", COUNTY, today=after).outcome == {"transfers": 0}


def test_a_transfer_is_reversed_once(purse, shop):
    [number] = posted(spend(purse, shop, 400))
    perform("ledger.reverse", COUNTY, transfer=number, terms=Terms(LATER, "error"))
    assert figures(purse) == (1000, 0, 0, 1000)
    with pytest.raises(Refusal, match="冲销过"):
        perform("ledger.reverse", COUNTY, transfer=number, terms=Terms(LATER))
    with pytest.raises(Refusal, match="没有这笔"):
        perform("ledger.reverse", COUNTY, transfer=77)


def test_what_is_not_a_posting_is_refused(purse, shop):
    source = Account.objects.get(code="source")
    far = opened("far", "households", dimensions={"division": "430999"})
    [pending] = posted(spend(purse, shop, 10, kind=PENDING, expires_on=LATER))
    wrong = {
        "amount_not_positive": [
            spend(purse, shop, 0),
            spend(purse, shop, -5),
            spend(purse, shop, 1.5),
            spend(purse, shop, True),
        ],
        "amount_too_large": [spend(purse, shop, MOST + 1)],
        "total_too_large": [
            Posting(purse.pk, opened("deep", least=None).pk, MOST, DAY),
            Posting(opened("sea", least=None).pk, source.pk, MOST, DAY),
        ],
        "kind_unknown": [spend(purse, shop, 1, kind="gift")],
        "debit_unknown": [Posting(999, purse.pk, 1), Posting(2**70, purse.pk, 1)],
        "credit_unknown": [Posting(purse.pk, 999, 1)],
        "accounts_same": [Posting(purse.pk, purse.pk, 1)],
        "books_differ": [Posting(far.pk, purse.pk, 1)],
        "expires_early": [
            spend(purse, shop, 1, kind=PENDING, expires_on=DAY - datetime.timedelta(days=1))
        ],
        "expires_unwanted": [spend(purse, shop, 1, expires_on=LATER)],
        "pending_unknown": [Posting(kind=VOID, pending_id=888), Posting(kind=VOID)],
        "pending_not_pending": [Posting(kind=VOID, pending_id=1)],
        "reverse_not_posted": [Posting(kind="reverse", pending_id=pending)],
        "amount_exceeds_pending": [Posting(amount=11, on=DAY, kind=POST, pending_id=pending)],
        "before_pending": [
            Posting(amount=1, on=datetime.date(2026, 1, 1), kind=POST, pending_id=pending)
        ],
    }
    for code, postings in wrong.items():
        replies = posted(*postings, each=True)
        assert [one.code for one in replies] == [code] * len(postings)


def test_an_unknown_account_is_named_by_its_number(purse):
    with pytest.raises(Refusal, match="没有借方账户") as refused:
        posted(Posting(999, purse.pk, 1))
    assert refused.value.where == "账户 999"


def test_a_reason_is_one_plain_line(purse, shop):
    for reason in ("a\tb", "a\nb", "长" * 65):
        with pytest.raises(Refusal, match="事由代码"):
            posted(spend(purse, shop, 1, reason=reason))


def test_what_a_group_settled_is_open_again_when_the_group_fails(purse, shop):
    [pending] = posted(spend(purse, shop, 600, kind=PENDING))
    settle = Posting(amount=600, on=DAY, kind=POST, pending_id=pending, link=1)
    replies = posted(settle, spend(purse, shop, 500, link=1), each=True)
    assert [one.code for one in replies] == ["linked", "below_limit"]
    assert figures(purse) == (1000, 600, 0, 400)
    assert posted(settle) == [pending + 1]


def test_the_journal_says_what_was_posted(purse, shop):
    posted(spend(purse, shop, 1), spend(purse, shop, 2))
    [effect] = Entry.objects.order_by("sequence").last().effects
    facts = effect["facts"]
    assert (effect["kind"], facts["transfers"], facts["first"], facts["last"]) == ("post", 2, 2, 3)
    assert [line["amount"] for line in facts["lines"]] == [1, 2]
    posted(*[spend(purse, shop, 1)] * 30)
    facts = Entry.objects.order_by("sequence").last().effects[0]["facts"]
    assert facts["transfers"] == 30
    assert "lines" not in facts
    assert len(facts["digest"]) == 64


def test_a_preview_posts_nothing_and_says_all(purse, shop):
    shown = preview("ledger.post", COUNTY, postings=[spend(purse, shop, 400)])
    assert shown.effects[0].facts["lines"][0]["amount"] == 400
    assert figures(purse) == (1000, 0, 0, 1000)
    done = perform("ledger.post", COUNTY, postings=[spend(purse, shop, 400)])
    assert done.effects == shown.effects


def test_rows_cannot_be_changed_or_deleted(purse, shop):
    check_guards()
    for change in (
        lambda: Transfer.objects.update(amount=5),
        lambda: Transfer.objects.all().delete(),
        lambda: Account.objects.update(least=None),
        lambda: Book.objects.update(unit="dm2"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Balance.objects.count() == 3


def test_one_posts_only_in_ones_own_area(bank):
    clerk = Actor(7, 3, frozenset({"ledger.post", "ledger.open"}), frozenset({"430999001"}))
    other = Actor(8, 4, frozenset({"ledger.post", "ledger.open"}), frozenset({"430999002"}))
    wanted = [Posting(bank["quota"].pk, bank["made"].pk, 5, DAY)]
    number = perform("ledger.post", clerk, postings=wanted).answer[0]
    for verb, told in (
        ("ledger.post", {"postings": wanted}),
        ("ledger.post", {"postings": [Posting(kind="reverse", pending_id=number)]}),
        ("ledger.reverse", {"transfer": number}),
    ):
        with pytest.raises(Refusal, match="辖区"):
            perform(verb, other, **told)
    with pytest.raises(Refusal, match="权限"):
        perform("ledger.post", Actor(9, 5), postings=wanted)
    with pytest.raises(Refusal, match="辖区"):
        perform(
            "ledger.open_account",
            other,
            book="supplement",
            code="mine",
            title="mine",
            dimensions={"division": "430999001"},
        )
