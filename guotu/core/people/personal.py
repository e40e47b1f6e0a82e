"""Personal data of a person: sealed under a key of that person's own, masked unless looked at.

Personal Information Protection Law arts. 6, 19, 51: no more than needed, no longer than needed,
encrypted. When the key is destroyed nothing of it can be read again, backups included.
"""

from collections.abc import Iterable

from guotu.core.journal import sealing
from guotu.core.people.models import Person
from guotu.core.people.rules.names import masked_name, masked_number

_NONE = "—"
FIELDS = {"name": "姓名", "telephone": "电话", "identity": "身份证号"}


def sealed(subject: str, text: str) -> bytes | None:
    """Return `text` sealed under the key of `subject`; nothing for nothing."""
    return sealing.seal(subject, text) if text else None


def whole(person: Person, field: str) -> str:
    """Return a field of `FIELDS` in full; empty where it was never given or is erased.

    Only for acts that record the look, and for the person's own page.
    """
    kept = getattr(person, f"sealed_{field}")
    return (sealing.unseal(person.subject, bytes(kept)) or "") if kept else ""


def masked(person: Person) -> dict[str, str]:
    """Return the fields of `FIELDS` with all but a little hidden."""
    return {
        "name": masked_name(whole(person, "name")),
        "telephone": masked_number(whole(person, "telephone")),
        "identity": masked_number(whole(person, "identity")),
    }


def shown_names(persons: Iterable[Person]) -> dict[int, str]:
    """Return names as lists show them, by person; a dash where erased or never given. One query."""
    asked = [one for one in persons if one.sealed_name]
    found = sealing.unseal_all((one.subject, bytes(one.sealed_name or b"")) for one in asked)
    return {
        one.pk: masked_name(name or "") or _NONE for one, name in zip(asked, found, strict=True)
    }
