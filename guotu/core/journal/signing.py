"""Signed heads of the journal: Ed25519 (RFC 8032) over size, root and moment.

The key lies in the county's folder, readable by the service alone; whoever keeps a checkpoint can
tell later whether the journal that they are shown still begins with it.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from guotu.core.journal import clock
from guotu.core.journal.chaining import head
from guotu.core.journal.lock import one_writer
from guotu.core.journal.models import Checkpoint
from guotu.core.journal.rules import moment, signed_bytes
from guotu.lib.chain import Peaks

EVERY = 1_000
KEY_FILE = "journal.key"


def public_key() -> str:
    """Return the county's public key, hexadecimal."""
    return _private_key().public_key().public_bytes_raw().hex()


def checkpoint() -> Checkpoint:
    """Return the signed head of the journal as it is now; the one already there if it is."""
    with one_writer():
        return sign(head())


def last() -> Checkpoint | None:
    """Return the signed head that was made last, if any."""
    return Checkpoint.objects.order_by("-size", "-pk").first()


def sign(peaks: Peaks) -> Checkpoint:
    """Return the signed head of the tree with these peaks, kept; inside the caller's lock."""
    key = public_key()
    found = Checkpoint.objects.filter(size=peaks.size, key=key).first()
    if found is not None:
        return found
    at, root = clock.now(), peaks.root.hex()
    said = signed_bytes(peaks.size, root, moment(at), key)
    signature = _private_key().sign(said).hex()
    return Checkpoint.objects.create(
        size=peaks.size, root=root, signed_at=at, key=key, signature=signature
    )


def facts_of(found: Checkpoint) -> dict[str, object]:
    """Return a checkpoint as it is shown to a stranger."""
    return {
        "size": found.size,
        "root": found.root,
        "signed_at": moment(found.signed_at),
        "key": found.key,
        "signature": found.signature,
    }


def is_signed(found: Checkpoint) -> bool:
    """Say whether the signature of a checkpoint is that of the key it names."""
    said = signed_bytes(found.size, found.root, moment(found.signed_at), found.key)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.key))
        key.verify(bytes.fromhex(found.signature), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_bytes(data: bytes) -> str:
    """Return the county's signature over `data`, hexadecimal."""
    return _private_key().sign(data).hex()


def _private_key() -> Ed25519PrivateKey:
    path: Path = settings.GUOTU_HOME / KEY_FILE
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        text = _made(path)
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))


def _made(path: Path) -> str:
    """Make the key, whole or not at all: of two processes, the first one's stays."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    made = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(made)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        return path.read_text("ascii")
    finally:
        fresh.unlink()
    return made
