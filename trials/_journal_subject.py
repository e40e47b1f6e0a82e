"""A subject is erased: are bytes of it left in the store, an export, a backup, or its keys?"""

import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from trials import _postgres, _stores
from trials.harness import PROJECT_ROOT, Figure, Scale

NAME, NUMBER, REASON = "欧阳慕容澹台", "430626197702304417", "欧阳慕容澹台患病，申请缓缴"
_VERIFIER = PROJECT_ROOT / "tools" / "verify_journal.py"
_ACTS = 300


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Erase a subject on both stores."""
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        name = _stores.NAMES[store]
        goal = "库、导出、备份中 0 字节"
        if why := _stores.absent(store):
            yield Figure(f"{name}：抹去一人之后", goal, why, None)
            continue
        with _stores.place(store) as county:
            yield from _erased(county, name, goal, scale.count(_ACTS, least=20), fault)


def _erased(
    county: _stores.Place, name: str, goal: str, acts: int, fault: str | None
) -> Iterator[Figure]:
    told = county.apart("trials._journal_subject:live", acts=acts, fault=fault)
    readable = told["before"] == [NAME, NUMBER, REASON]
    erased = county.apart("trials._journal_subject:erase", told=told, fault=fault)
    places = [county.folder] + ([county.postgres.folder] if county.postgres else [])
    plain = [
        kind for kind in (NAME, NUMBER, REASON, REASON[6:]) for kind in _written(kind.encode())
    ]
    dumps = list(county.folder.rglob("*.pgdump"))
    left = _bytes_left(places, plain) + sum(_in_dump(dump, plain) for dump in dumps)
    got = f"{left} 字节；抹去前读得出：{'是' if readable else '否'}"
    yield Figure(f"{name}：抹去一人之后，其姓名、证号、事由", goal, got, left == 0 and readable)
    keys = [kind for key in told["keys"] for kind in _written(base64.b64decode(key))]
    left = _bytes_left([county.folder], keys)
    got = f"{left} 字节；读出 {erased['after']}"
    met = left == 0 and erased["after"] == [None, None, None]
    yield Figure(f"{name}：抹去之后，其密钥（县目录、备份、密钥文件）", "0 字节", got, met)
    if county.postgres:
        left = _bytes_left([county.postgres.folder], keys)
        what = f"{name}：抹去之后，其密钥（数据库自己的预写日志，随日志回收）"
        yield Figure(what, "对照", f"{left} 字节", None)
    done = subprocess.run(
        [sys.executable, "-I", str(_VERIFIER), erased["export"], told["checkpoint"]],
        capture_output=True, text=True,
    )  # fmt: skip
    met = done.returncode == 0 and erased["ok"] and erased["proved"] == erased["entries"]
    got = f"{erased['proved']} / {erased['entries']}，核对程序 {done.returncode}"
    yield Figure(f"{name}：抹去之后，包含证明、核对程序", "全部成立，0", got, met)


def _written(data: bytes) -> list[bytes]:
    """Return the ways in which bytes may lie in a file."""
    text = [data.decode().encode("utf-16-le")] if _is_text(data) else []
    escaped = [json.dumps(data.decode())[1:-1].encode()] if _is_text(data) else []
    return [data, data.hex().encode(), base64.b64encode(data).rstrip(b"="), *text, *escaped]


def _is_text(data: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        return bool(data.decode())
    return False


def _bytes_left(places: list[Path], wanted: list[bytes]) -> int:
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return sum(_count(path.read_bytes(), wanted) for path in files)


def _in_dump(dump: Path, wanted: list[bytes]) -> int:
    """Return how much is in a dump that is packed: as the statements that it loads."""
    programs = _postgres._programs()
    assert programs is not None
    command = [programs / "pg_restore", "-f", "-", dump]
    return _count(subprocess.run(command, capture_output=True, check=True).stdout, wanted)


def _count(data: bytes, wanted: list[bytes]) -> int:
    return sum(data.count(one) * len(one) for one in wanted)


def live(acts: int, fault: str | None) -> dict[str, Any]:
    """Let a subject into the county, export it, back it up; return what is known of the subject."""
    from trials import _marking

    _marking.begin()
    from django.conf import settings

    from guotu.core.journal import signing
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.journal.exporting import export
    from guotu.core.journal.models import Entry, SubjectKey
    from guotu.core.journal.rules import canonical
    from guotu.site.backup import make

    for number in range(acts):
        perform("trial.mark", COUNTY, text=f"第 {number} 件")
    with planted(fault):
        facts = {"username": "u1", "name": NAME, "identity": NUMBER}
        person = perform("people.open_account", COUNTY, **facts).answer
        entry = perform("trial.mark", COUNTY, reason=REASON, text="缓缴").sequence
    subjects = [person.subject, Entry.objects.get(sequence=entry).reason_subject]
    keys = SubjectKey.objects.filter(subject__in=subjects).values_list("key", flat=True)
    home = settings.GUOTU_HOME
    checkpoint = home / "checkpoint.json"
    checkpoint.write_bytes(canonical(signing.facts_of(signing.checkpoint())))
    export(home / "before.jsonl")
    make(home.parent / "saved", keys_file=home.parent / "apart" / "keys.json")
    told = {"person": person.pk, "entry": entry, "checkpoint": str(checkpoint)}
    told["keys"] = [base64.b64encode(bytes(key)).decode() for key in keys]
    return {**told, "before": _read(told)}


def _read(told: dict[str, Any]) -> list[str | None]:
    from guotu.core.journal.models import Entry
    from guotu.core.journal.queries import reason_of
    from guotu.core.people import personal
    from guotu.core.people.models import Person

    person = Person.objects.get(pk=told["person"])
    fields = [personal.whole(person, field) or None for field in ("name", "identity")]
    return [*fields, reason_of(Entry.objects.get(sequence=told["entry"]))]


def erase(told: dict[str, Any], fault: str | None) -> dict[str, Any]:
    """Erase the subject, export and back up once more; return what can still be read and proved."""
    from django.conf import settings

    from guotu.core.journal import chaining, signing
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.journal.exporting import export
    from guotu.core.journal.models import Entry
    from guotu.core.journal.verifying import verify
    from guotu.lib.chain import has_inclusion
    from guotu.site.backup import make

    with planted(fault):
        perform("people.deactivate", COUNTY, person_id=told["person"])
        perform("people.erase", COUNTY, person_id=told["person"])
        perform("journal.erase_reason", COUNTY, sequence=told["entry"])
    home = settings.GUOTU_HOME
    make(home.parent / "saved", keys_file=home.parent / "apart" / "keys.json")
    export(home / "after.jsonl")
    last = signing.checkpoint()
    proved = sum(
        has_inclusion(
            chaining.leaf_of(entry),
            entry.sequence,
            last.size,
            bytes.fromhex(last.root),
            chaining.inclusion_proof(entry.sequence, last.size),
        )
        for entry in Entry.objects.all()
    )
    found = {"export": str(home / "after.jsonl"), "ok": verify()["ok"], "proved": proved}
    return {**found, "entries": last.size, "after": _read(told)}


@contextlib.contextmanager
def planted(fault: str | None) -> Iterator[None]:
    """Change the product in this process alone, as a careless hand would."""
    from guotu.core.journal import sealing

    if fault == "bare_reason":
        mark = sealing.sealed_reason

        def bare(text: str) -> tuple[str, str, bytes]:
            return text, *mark(text)[1:]

        with mock.patch.object(sealing, "sealed_reason", bare):
            yield
    elif fault == "kept_key":
        with mock.patch.object(sealing, "erase", return_value=True):
            yield
    else:
        yield
