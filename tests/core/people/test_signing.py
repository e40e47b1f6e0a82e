"""Proving who one is: passwords, growing waits, one-time codes, and a second factor used once."""

import datetime
import time

import pyotp
import pytest

from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, Act, Actor, perform
from guotu.core.people import dated, personal
from guotu.core.people.actions import attempts, own
from guotu.core.people.actions.codes import spend
from guotu.core.people.models import Attempt, OneTimeCode, Person
from guotu.core.people.queries import actor_in, actor_of, capacities
from guotu.core.people.rules.signing import check_password, is_over, waits_until
from guotu.lib.refusal import Refusal
from tests.core.people.conftest import PASSWORD, do, opened

NOW = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.UTC)
RULE = dated.book().rules[0].values


def test_waits_grow_and_have_an_end():
    seconds = []
    for count in range(12):
        until = waits_until([NOW] * count, RULE, 5)
        seconds.append(0 if until is None else (until - NOW).total_seconds())
    assert seconds[:8] == [0, 0, 0, 0, 0, 60, 120, 240]
    assert max(seconds) == 3600
    assert waits_until([NOW] * 5000, RULE, 5) == NOW + datetime.timedelta(hours=1)


def test_a_session_ends_idle_or_old():
    values = {"idle_minutes": 60, "longest_hours": 12}
    minutes = [datetime.timedelta(minutes=one) for one in (60, 61)]
    assert [is_over(NOW, NOW, NOW + one, values) for one in minutes] == [False, True]
    late = NOW + datetime.timedelta(hours=12, seconds=1)
    assert is_over(NOW, late, late, values)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Abcdef123!", True),
        ("Abc123!", False),
        ("abcdefghij", False),
        ("a long enough pass phrase", True),
        ("aaaaaaaaaaaaaaaaaaaaaa", False),
        ("Jingban-2026-x", False),
        ("x1!" * 60, False),
    ],
)
def test_passwords(password, good):
    values = dated.values("password")
    if good:
        check_password(password, "jingban", values, "")
        return
    with pytest.raises(Refusal, match="不合要求"):
        check_password(password, "jingban", values, "")


def fail(account, address="10.0.0.1", times=1):
    """Fail so many times; return how many were heard."""
    heard = 0
    for _number in range(times):
        try:
            attempts.begin("password", account, address)
            heard += 1
        except Refusal:
            pass
    return heard


@pytest.mark.parametrize("account", ["jingban", "nobody-at-all"])
def test_after_five_failures_one_waits_known_or_not(clerk, account):
    assert fail(account, times=9) == 5
    later = clock.now() + datetime.timedelta(seconds=61)
    with clock.simulated(later):
        assert fail(account, times=3) == 1
    with clock.simulated(later + datetime.timedelta(seconds=121)):
        assert fail(account) == 1


def test_an_address_waits_whatever_accounts_it_tries(db):
    accounts = [f"guess{number}" for number in range(40)]
    assert sum(fail(one) for one in accounts) == 30
    assert fail("jingban", address="10.0.0.2") == 1


def test_success_and_unlocking_forget_failures(clerk):
    fail("jingban", times=4)
    attempts.succeed(attempts.begin("password", "JINGBAN ", "10.0.0.1"))
    assert fail("jingban", times=9) == 5
    assert attempts.waiting(clerk) is not None
    do("people.unlock", person_id=clerk.pk)
    clerk.refresh_from_db()
    assert attempts.waiting(clerk) is None
    assert fail("jingban") == 1


def test_an_attempt_keeps_no_account_in_clear(clerk):
    fail("my-secret-password")
    kept = Attempt.objects.get()
    assert "my-secret" not in f"{kept.account}{kept.kind}{kept.address}"
    assert kept.person_id is None


def test_a_code_sets_a_password_once(clerk):
    before = clerk.get_session_auth_hash()
    code = do("people.issue_code", person_id=clerk.pk)
    assert code not in OneTimeCode.objects.get().digest
    own.open_with_code("jingban", code.lower().replace("-", " "), "A new pass phrase 1", "10.0.0.1")
    clerk.refresh_from_db()
    assert clerk.check_password("A new pass phrase 1")
    assert clerk.get_session_auth_hash() != before
    with pytest.raises(Refusal, match="一次性口令"):
        own.open_with_code("jingban", code, "Another phrase 22", "10.0.0.1")


def test_a_code_runs_out_and_a_second_one_replaces_it(clerk):
    first = do("people.issue_code", person_id=clerk.pk)
    second = do("people.issue_code", person_id=clerk.pk)
    late = OneTimeCode.objects.get(spent_sequence=None).until
    for code, at in ((first, clock.now()), (second, late)):
        with pytest.raises(Refusal, match="一次性口令"):
            spend(Act(COUNTY, 99, at), clerk, "password", code)
    spend(Act(COUNTY, 99, clock.now()), clerk, "password", second)


def test_unknown_account_and_wrong_code_get_the_same_answer(clerk):
    said = []
    for username in ("jingban", "nobody-at-all"):
        with pytest.raises(Refusal) as refused:
            own.open_with_code(username, "AAAA-BBBB", "A new pass phrase 1", "10.0.0.1")
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_a_password_is_changed_by_who_knows_it(clerk):
    actor = actor_of(clerk)
    with pytest.raises(Refusal, match="现在的密码"):
        own.replace_password(clerk, actor, "wrong", "A new pass phrase 1", "a")
    with pytest.raises(Refusal, match="一样"):
        own.replace_password(clerk, actor, PASSWORD, PASSWORD, "a")
    own.replace_password(clerk, actor, PASSWORD, "A new pass phrase 1", "a")
    clerk.refresh_from_db()
    assert clerk.check_password("A new pass phrase 1")
    assert clerk.password_until > clock.today()


def test_a_password_somebody_else_chose_must_be_changed(clerk):
    admin = opened("guanli", "admin", powers=["people.administer"], tag="support")
    actor = actor_in(admin, capacities(admin)[0], second_factor=True)
    done = perform(
        "people.open_account", actor, username="xin", name="新", password="Some phrase 1234"
    )
    assert Person.objects.get(pk=done.answer.pk).must_change
    assert not clerk.must_change


@pytest.fixture
def enrolled(clerk, monkeypatch):
    """Give a person with a second factor, its secret, and a hand on the machine's clock."""
    moment = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    secret = pyotp.random_base32()
    actor = Actor(clerk.pk, None)
    code = pyotp.TOTP(secret).at(int(moment[0]))
    done = perform("people.enrol_second_factor", actor, secret=secret, code=code)
    return actor, secret, moment, done


def give(actor, code):
    return perform("people.give_second_factor", actor, code=code).answer


def test_a_code_of_the_second_factor_is_good_once(enrolled):
    actor, secret, moment, done = enrolled
    totp = pyotp.TOTP(secret)
    with pytest.raises(Refusal, match="已用过"):
        give(actor, totp.at(int(moment[0])))
    moment[0] += 30
    assert give(actor, totp.at(int(moment[0]))) == done.sequence
    for code in (totp.at(int(moment[0])), totp.at(int(moment[0]) - 30)):
        with pytest.raises(Refusal, match="已用过"):
            give(actor, code)
    moment[0] += 300
    with pytest.raises(Refusal, match="不对"):
        give(actor, totp.at(int(moment[0]) - 120))


def test_recovery_codes_are_good_once_and_kept_as_digests(enrolled):
    actor, _secret, _moment, done = enrolled
    codes = done.answer
    assert len(codes) == dated.values("code")["recovery_codes"]
    assert give(actor, codes[0]) == done.sequence
    with pytest.raises(Refusal):
        give(actor, codes[0])
    kept = set(OneTimeCode.objects.values_list("digest", flat=True))
    assert not kept & set(codes)


def test_the_secret_is_sealed_and_nowhere_in_clear(enrolled):
    actor, secret, _moment, _done = enrolled
    person = Person.objects.get(pk=actor.person_id)
    assert secret.encode() not in bytes(person.sealed_secret)
    assert personal.whole(person, "secret") == secret


def test_without_the_second_factor_a_power_is_refused_and_says_why(db):
    admin = opened("guanli", "admin", powers=["people.administer", "people.read"], tag="support")
    acting = capacities(admin)[0]
    assert actor_in(admin, acting).powers == {"people.read"}
    with pytest.raises(Refusal, match="第二次验证"):
        perform("people.unlock", actor_in(admin, acting), person_id=admin.pk)
    perform("people.unlock", actor_in(admin, acting, second_factor=True), person_id=admin.pk)
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        perform("atlas.publish", actor_in(admin, acting), layer="x", prepared=None)


def test_nobody_may_do_what_is_ones_own():
    with pytest.raises(Refusal, match="权限"):
        perform("people.set_password", Actor(None, None), encoded="x")


def test_a_lost_second_factor_is_taken_off_by_another(enrolled):
    actor, secret, moment, _done = enrolled
    code = pyotp.TOTP(secret).at(int(moment[0]) + 30)
    with pytest.raises(Refusal, match="已登记"):
        perform("people.enrol_second_factor", actor, secret=secret, code=code)
    do("people.remove_second_factor", person_id=actor.person_id)
    with pytest.raises(Refusal, match="没有登记"):
        give(actor, "123456")
