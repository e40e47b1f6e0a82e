"""Writes about files: keeping, attaching, numbering, issuing, reclassifying, sweeping."""

from pathlib import Path
from typing import Any

from guotu.core.files import documents, numbering, queries, store
from guotu.core.files.checking import Upload, taken_in
from guotu.core.files.checkup import loose
from guotu.core.files.keeping import keep_staged, keep_upload, keep_within
from guotu.core.files.models import Attachment, Document, File, Number
from guotu.core.files.rules import READ, SECRECY, stricter
from guotu.core.journal.actions import COUNTY, Act, action, perform
from guotu.core.journal.lock import one_writer
from guotu.core.people import scope
from guotu.lib.refusal import Refusal

__all__ = ["keep", "keep_staged", "keep_upload", "keep_within", "sweep_away"]


@action("files.keep", power="files.keep")
def keep(
    act: Act,
    *,
    name: str = "",
    path: Path | None = None,
    data: bytes | None = None,
    upload: Upload | None = None,
    secrecy: str = "internal",
    power: str = READ,
    division_code: str = "",
    purpose: str = "",
) -> File:
    """Keep a stranger's file; the same bytes are kept once.

    Give `upload`, checked before the lock by `checking.taken_in`; or the file at `path`, which
    is left where it is, or the bytes `data`, which are then checked here.
    """
    _check_place(act, division_code)
    if len(purpose) > 200:
        raise Refusal("用途写得太长", name, remedy="不超过 200 字")
    facts = {"secrecy": _known_class(secrecy), "power": power, "division_code": division_code}
    facts["purpose"] = purpose.strip()
    if upload is not None:
        file = keep_upload(upload, act=act, **facts)
    else:
        with taken_in(name, path=path, data=data) as checked:
            file = keep_upload(checked, act=act, **facts)
    act.subject = f"file:{file.sha256}"
    act.outcome = {"sha256": file.sha256, "size": file.size, "kind": file.kind}
    return file


@action("files.attach", power="files.attach")
def attach(
    act: Act, *, subject: str, file_id: int, title: str, paper: str, secrecy: str = "internal"
) -> Attachment:
    """Attach a kept file to `kind:id` as a paper of some kind; a stricter class binds the file."""
    file = _readable(act, file_id)
    kind, mark, number = subject.partition(":")
    if not (kind.isidentifier() and mark and number) or len(subject) > 200:
        raise Refusal("没有说明材料属于什么", where=subject, remedy="写成 review:12 的样子")
    if not title.strip() or len(title) > 200:
        raise Refusal("材料没有名称，或名称太长", where=file.name, remedy="写明名称，不超过 200 字")
    if paper not in queries.kinds_of_paper():
        remedy = f"选一种：{'、'.join(queries.kinds_of_paper())}"
        raise Refusal("没有这种材料", where=paper, remedy=remedy)
    _set_class(act, file, stricter(file.secrecy, _known_class(secrecy)))
    act.subject = subject
    act.outcome = {"sha256": file.sha256, "paper": paper}
    return documents.attach_within(
        act, subject=subject, file=file, title=title.strip(), paper=paper, secrecy=secrecy
    )


@action("files.issue_document", power="files.issue_document")
def issue_document(act: Act, **parts: Any) -> Document:
    """Issue an official document; the parts are those of `documents.issue`."""
    issued = documents.issue(act, **parts)
    act.subject = f"document:{issued.pk}"
    act.outcome = issued.as_dict()
    return issued


@action("files.void_number", power="files.void_number")
def void_number(act: Act, *, series: str, year: int, number: int) -> Number:
    """Void a number, and the document that bears it, with the reason of the act."""
    found = numbering.void(act, series, year, number)
    act.subject = f"number:{found.pk}"
    act.outcome = {"series": series, "year": found.year, "number": number}
    return found


@action("files.reclassify", power="files.reclassify")
def reclassify(act: Act, *, file_id: int, secrecy: str) -> File:
    """Change a file's class of secrecy, with a reason (保守国家秘密法 arts. 20 and 23)."""
    file = _readable(act, file_id)
    if not act.reason.strip():
        rule = "《保守国家秘密法》：密级的确定、变更和解除须有依据"
        raise Refusal("变更密级须写明理由", file.name, rule, "写明依据的文件或规定后再办")
    if file.secrecy == _known_class(secrecy):
        raise Refusal("密级没有变化", file.name, remedy="选另一个密级")
    _set_class(act, file, secrecy)
    act.subject = f"file:{file.sha256}"
    act.outcome = {"sha256": file.sha256, "secrecy": secrecy}
    return file


@action("files.sweep", power="files.sweep")
def sweep(act: Act, *, older_than_days: int | None = None) -> list[File]:
    """Give up the bytes of files that nothing refers to; what was there stays on record."""
    given_up = queries.unreferenced(older_than_days)
    for file in given_up:
        file.swept_sequence = act.sequence
        file.save(update_fields=["swept_sequence"])
    act.subject = "files:store"
    act.outcome = {"swept": [file.sha256 for file in given_up]}
    act.tell("change", what="swept", count=len(given_up))
    return given_up


def sweep_away(older_than_days: int | None = None) -> tuple[int, int]:
    """Sweep as the county; return how many files were given up, how many paths removed.

    The bytes go only after the act is in the journal, under the writers' lock again: whoever
    kept the same bytes in between has them.
    """
    swept = perform("files.sweep", COUNTY, older_than_days=older_than_days).outcome["swept"]
    with one_writer():
        gone = list(loose(queries.held()))
        for path in gone:
            path.unlink()
    store.sweep()
    return len(swept), len(gone)


def _set_class(act: Act, file: File, secrecy: str) -> None:
    if file.secrecy == secrecy:
        return
    before, file.secrecy = file.secrecy, secrecy
    file.save(update_fields=["secrecy"])
    act.tell("change", what="secrecy", sha256=file.sha256, before=before, after=secrecy)


def _known_class(secrecy: str) -> str:
    if secrecy not in SECRECY:
        raise Refusal("没有这个密级", where=secrecy, remedy=f"用 {'、'.join(SECRECY)} 之一")
    return secrecy


def _check_place(act: Act, division_code: str) -> None:
    if not scope.covers(act.actor.areas, division_code):
        remedy = "选本岗位所辖的行政区，或请县级岗位收存"
        raise Refusal("不能为本岗位辖区以外收存材料", division_code or "全县", remedy=remedy)


def _readable(act: Act, file_id: int) -> File:
    file = File.objects.filter(pk=file_id, swept_sequence=None).first()
    if file is None or not queries.may_read(act.actor, file):
        raise Refusal("没有这个文件，或不在您的权限内", where=str(file_id), remedy="刷新后再试")
    return file
