"""Issues official documents: number, words and file in one act, or none of them."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from guotu.core.files.keeping import keep_within
from guotu.core.files.marking import mark
from guotu.core.files.models import Attachment, Document, File
from guotu.core.files.numbering import series_of, take
from guotu.core.files.rules import READ, SECRECY
from guotu.core.journal.actions import Act
from guotu.lib.gongwen import FORM_OF, FORMS, Enclosure, Paper, check_paper, head_of
from guotu.lib.gongwen.writing import document
from guotu.lib.refusal import Refusal

PAPER = "公文"


def issue(
    act: Act,
    *,
    series: str,
    kind: str,
    title: str,
    body: str,
    organ: str,
    head: str = "",
    addressees: Sequence[str] = (),
    dated: datetime.date | None = None,
    subject: str = "",
    secrecy: str = "internal",
    power: str = READ,
    division_code: str = "",
    enclosures: Sequence[Enclosure] = (),
    **parts: Any,
) -> Document:
    """Issue a document within the act under way: take its number, write it, keep it.

    `kind` is one of the fifteen; `organ` signs; `head` is the red head, else the organ's in the
    form of the kind (or in `form`); `subject` ("kind:id") what it decides on, to which it is then
    attached; further parts are those of `gongwen.Paper`. `dated` lies in the year of the act.
    Raises Refusal.
    """
    dated = dated or timezone.localtime(act.at).date()
    if secrecy not in SECRECY:
        raise Refusal("没有这个密级", where=secrecy, remedy=f"用{'、'.join(SECRECY.values())}之一")
    paper = Paper(
        head=head or head_of(organ, _form(kind, parts.get("form", ""))),
        organ=organ,
        code=series_of(series).word(dated.year, 1),
        kind=kind,
        title=title,
        body=body,
        dated=dated,
        addressees=tuple(addressees),
        enclosures=tuple(enclosures),
        mark=mark(),
        **parts,
    )
    # Refused before a number is taken, so that the reason is the paper's own.
    check_paper(paper)
    number = take(act, series, dated.year)
    code = series_of(series).word(number.year, number.number)
    closed: dict[str, Any] = {"secrecy": secrecy, "division_code": division_code}
    data = document(_numbered(paper, code))
    file = keep_within(name=_file_name(code, title), data=data, act=act, power=power, **closed)
    issued = Document(
        number=number,
        code=code,
        kind=kind,
        title=title.replace("\n", ""),
        organ=organ,
        addressees=list(addressees),
        body=body,
        subject=subject,
        signer_post_id=act.actor.post_id,
        dated=dated,
        **closed,
        file=file,
        sequence=act.sequence,
    )
    issued.save(force_insert=True)
    if subject:
        attach_within(act, subject=subject, file=file, title=code, paper=PAPER, secrecy=secrecy)
    act.tell("change", what="document_issued", code=code, sha256=file.sha256)
    return issued


def _form(kind: str, asked: str) -> str:
    """Return the form that the red head is for; one that is not there is refused with the rest."""
    return asked if asked in FORMS else FORM_OF.get(kind, "general")


def _file_name(code: str, title: str) -> str:
    return f"{code} {title[:100]}.docx".replace("/", "／").replace("\n", "")


def _numbered(paper: Paper, code: str) -> Paper:
    return Paper(**{**vars(paper), "code": code})


def attach_within(
    act: Act, *, subject: str, file: File, title: str, paper: str, secrecy: str
) -> Attachment:
    """Attach a file to `kind:id` within the act under way, recording it as a change."""
    link = Attachment(
        subject=subject,
        file=file,
        title=title,
        paper=paper,
        secrecy=secrecy,
        sequence=act.sequence,
    )
    link.save(force_insert=True)
    act.tell("change", what="attached", subject=subject, sha256=file.sha256)
    return link
