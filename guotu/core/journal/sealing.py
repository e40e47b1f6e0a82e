"""Sealed text: personal data under a key of its subject's own, readable until the key is destroyed.

Personal Information Protection Law (个人信息保护法) arts. 47 and 51. AES-256-GCM (NIST SP 800-38D)
with a random nonce, bound to the subject. Rows, exports and backups hold only what is sealed, so
that destroying one key erases every copy, and hashes over what is sealed still hold.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction

from guotu.core.journal.acts import Act
from guotu.core.journal.models import SubjectKey
from guotu.lib.refusal import Refusal

_KEY_BYTES, _NONCE_BYTES, _SALT_BYTES = 32, 12, 32


def new_subject() -> str:
    """Make a subject with a key of its own; return its random id (32 hexadecimal digits)."""
    return _made()[0]


def seal(subject: str, text: str) -> bytes:
    """Return `text` sealed under the key of `subject`; a Refusal where that key is destroyed."""
    return _sealed(_key_of(subject), subject, text)


def unseal(subject: str, sealed: bytes) -> str | None:
    """Return the text, or None when it was erased. Raises ValueError when it is not `subject`'s."""
    return unseal_all([(subject, sealed)])[0]


def unseal_all(pairs: Iterable[tuple[str, bytes]]) -> list[str | None]:
    """Return the texts of (subject, sealed) in their order, None where erased; one query."""
    asked = list(pairs)
    rows = SubjectKey.objects.filter(subject__in={subject for subject, _ in asked})
    keys = {row.subject: None if row.key is None else bytes(row.key) for row in rows}
    return [_opened(keys.get(subject), subject, bytes(sealed)) for subject, sealed in asked]


def erase(act: Act, subject: str) -> bool:
    """Destroy the key of `subject`; return whether there was one. What it sealed is gone for good.

    On SQLite the page is overwritten (`secure_delete`) and the write-ahead log cut once the act is
    committed; on PostgreSQL the table is written anew.
    """
    found = SubjectKey.objects.filter(subject=subject, key__isnull=False)
    erased = found.update(key=None, erased_sequence=act.sequence) == 1
    if erased:
        act.tell("change", erased=subject)
        transaction.on_commit(_sweep)
    return erased


def sealed_reason(text: str) -> tuple[str, str, bytes]:
    """Return mark, subject and sealed form of a reason, under a new key of its own."""
    salted = os.urandom(_SALT_BYTES).hex() + text
    subject, key = _made()
    return mark_of(salted), subject, _sealed(key, subject, salted)


def mark_of(salted: str) -> str:
    """Return the mark by which an entry is bound to its salted reason: SHA-256, hexadecimal."""
    return hashlib.sha256(salted.encode()).hexdigest()


def without_salt(salted: str | None) -> str | None:
    """Return a reason as it was given; None when it was erased."""
    return None if salted is None else salted[2 * _SALT_BYTES :]


def _made() -> tuple[str, bytes]:
    subject, key = uuid.uuid4().hex, os.urandom(_KEY_BYTES)
    SubjectKey.objects.create(subject=subject, key=key)
    return subject, key


def _key_of(subject: str) -> bytes:
    row = SubjectKey.objects.filter(subject=subject).first()
    if row is None or row.key is None:
        raise Refusal(
            "个人信息已经抹去，不能再写入",
            where=subject,
            rule="个人信息保护法第四十七条",
            remedy="另行登记",
        )
    return bytes(row.key)


def _sealed(key: bytes, subject: str, text: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), subject.encode())


def _opened(key: bytes | None, subject: str, sealed: bytes) -> str | None:
    if key is None:
        return None
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, rest, subject.encode()).decode()
    except (InvalidTag, ValueError) as fault:
        raise ValueError(f"not sealed under the key of {subject}") from fault


def _sweep() -> None:
    """Take the destroyed key out of what the store keeps beside the row."""
    statement = {
        "sqlite": "PRAGMA wal_checkpoint(TRUNCATE)",
        "postgresql": f"VACUUM FULL {SubjectKey._meta.db_table}",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
