"""One-time codes: made by chance, kept as a digest, spent once."""

import datetime
import hashlib
import secrets

from guotu.core.journal.actions import Act
from guotu.core.people.models import OneTimeCode, Person
from guotu.lib.refusal import Refusal

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that are mistaken for one another
_GROUPS, _GROUP = 4, 4  # 79 bits: no salt and no slow digest is wanted


def issue(act: Act, person: Person, kind: str, until: datetime.datetime | None) -> str:
    """Return a fresh code of a kind for a person; only its digest is kept."""
    groups = ["".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)]
    code = "-".join(groups)
    OneTimeCode.objects.create(
        person=person, kind=kind, digest=_digest(code), until=until, sequence=act.sequence
    )
    return code


def spend(act: Act, person: Person, kind: str, code: str) -> None:
    """Spend a code. Raises Refusal where it is wrong, spent or out of date."""
    open_now = OneTimeCode.objects.filter(
        person=person, kind=kind, digest=_digest(code), spent_sequence=None
    )
    found = open_now.first()
    if found is None or (found.until is not None and found.until <= act.at):
        raise Refusal("一次性口令不对，或已用过、过期", remedy="请管理员另发一个")
    open_now.update(spent_sequence=act.sequence)


def _digest(code: str) -> str:
    plain = "".join(each for each in code.upper() if each.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
