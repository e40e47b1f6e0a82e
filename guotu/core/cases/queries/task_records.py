"""What the record says of something a unit reports: 准确反馈, the report must equal the record.

A kind of record is read by a function; whoever stands above adds those of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from guotu.core.cases.models import Case
from guotu.core.cases.queries.cases import visible
from guotu.core.files.models import Document
from guotu.core.journal.actions import Actor
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal


@dataclass(frozen=True)
class Record:
    """What a record says: in words, and whether it bears out that something is done.

    `done` is None where the record is there, but says nothing of being done.
    """

    title: str
    said: str
    done: bool | None


Reader = Callable[[Actor, str], Record | None]
_readers: dict[str, tuple[str, Reader]] = {}


def reads_record(kind: str, title: str) -> Callable[[Reader], Reader]:
    """Register how a kind of record (`case`) is read; `title` is what a form calls it."""

    def register(read: Reader) -> Reader:
        _readers[kind] = (title, read)
        return read

    return register


def kinds() -> list[tuple[str, str]]:
    """Return (kind, title) of every kind of record that a report may rest on."""
    return [(kind, title) for kind, (title, _) in _readers.items()]


def record_of(actor: Actor, about: str) -> Record:
    """Return what the record `kind:key` says. Raises Refusal where there is none to be seen."""
    kind, _, key = about.partition(":")
    told = _readers.get(kind)
    found = told[1](actor, key.strip()) if told and key.strip() else None
    if found is None:
        words = "、".join(title for title, _ in _readers.values())
        raise Refusal(
            "没有所指的记录，或不在您的权限内",
            where=about,
            rule="准确反馈：报告的状态须与记录一致",
            remedy=f"写明{words}的编号",
        )
    return found


@reads_record("case", "办件")
def _case(actor: Actor, key: str) -> Record | None:
    wanted = {"pk": int(key)} if key.isascii() and key.isdigit() else {"number": key}
    case = Case.objects.filter(visible(actor), **wanted).first()
    if case is None:
        return None
    state = dict(Case.STATES)[case.state]
    return Record(case.number, f"办件 {case.number} 记录为{state}", case.state == "done")


@reads_record("document", "公文")
def _document(actor: Actor, key: str) -> Record | None:
    from guotu.core.files import queries as files

    wanted = {"pk": int(key)} if key.isascii() and key.isdigit() else {"code": key}
    one = Document.objects.select_related("file", "number").filter(**wanted).first()
    if one is None or not files.may_read(actor, one.file):
        return None
    said = f"公文 {one.code} {'已经作废' if one.is_void else '已经印发'}"
    return Record(one.code, said, not one.is_void)


@reads_record("entry", "行为记录")
def _entry(actor: Actor, key: str) -> Record | None:
    if not (key.isascii() and key.isdigit() and len(key) < 18):
        return None
    if not Entry.objects.filter(sequence=int(key)).exists():
        return None
    return Record(key, f"行为记录第 {key} 号在案", None)
