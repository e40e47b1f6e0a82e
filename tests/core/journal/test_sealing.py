"""Sealed text opens until its key is destroyed, and for its own subject only."""

import pytest
from django.db import DatabaseError, connection, transaction

from guotu.core.journal import sealing
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry, SubjectKey
from guotu.core.journal.queries import reason_of
from guotu.core.journal.verifying import verify
from guotu.lib.refusal import Refusal


def test_what_is_sealed_opens_for_its_subject_alone(noted):
    one, other = sealing.new_subject(), sealing.new_subject()
    sealed = sealing.seal(one, "欧阳")
    assert sealing.seal(one, "欧阳") != sealed
    assert "欧阳".encode() not in sealed
    assert sealing.unseal(one, sealed) == "欧阳"
    assert sealing.unseal("nobody", sealed) is None
    for wrong in (sealed[:-1], sealed[:5]):
        with pytest.raises(ValueError, match="not sealed"):
            sealing.unseal(one, wrong)
    with pytest.raises(ValueError, match="not sealed"):
        sealing.unseal(other, sealed)


def test_an_erased_subject_is_gone_for_good(noted):
    subject = sealing.new_subject()
    sealed = sealing.seal(subject, "欧阳")
    done = perform("journal.erase_subject", COUNTY, subject=subject)
    assert sealing.unseal(subject, sealed) is None
    assert SubjectKey.objects.get(subject=subject).erased_sequence == done.sequence
    with pytest.raises(Refusal, match="已经抹去"):
        sealing.seal(subject, "欧阳")
    with pytest.raises(Refusal, match="没有这一主体"):
        perform("journal.erase_subject", COUNTY, subject=subject)


def test_a_reason_is_sealed_and_can_be_erased_alone(noted):
    noted(1, reason="欧阳申请")
    noted(1)
    entry, bare = Entry.objects.order_by("sequence")
    assert (reason_of(entry), reason_of(bare)) == ("欧阳申请", "")
    perform("journal.erase_reason", COUNTY, sequence=0)
    assert reason_of(entry) is None
    assert verify()["ok"]
    for sequence in (0, 1, 99):
        with pytest.raises(Refusal, match="没有理由可抹"):
            perform("journal.erase_reason", COUNTY, sequence=sequence)


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_key_lies_nowhere_in_the_store(settings, tmp_path):
    settings.GUOTU_HOME = tmp_path
    subject = sealing.new_subject()
    key = bytes(SubjectKey.objects.get(subject=subject).key)
    perform("journal.erase_subject", COUNTY, subject=subject)
    if connection.vendor == "sqlite":
        from pathlib import Path

        store = Path(str(connection.settings_dict["NAME"]))
        for path in store.parent.glob(f"{store.name}*"):
            assert key not in path.read_bytes()


def test_a_key_row_is_never_deleted(noted):
    subject = sealing.new_subject()
    for statement in (
        f"DELETE FROM journal_subjectkey WHERE subject = '{subject}'",
        f"UPDATE journal_subjectkey SET subject = 'x' WHERE subject = '{subject}'",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
