"""Reads about kept files, the papers of a subject, documents, and the state of the store."""

import datetime
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

from guotu.core.files import rules, store
from guotu.core.files.models import Attachment, Document, File
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people import queries as people
from guotu.core.people import scope
from guotu.lib.refusal import Refusal


def path_of(file: File) -> Path:
    """Return where a kept file stands; a Refusal when its bytes are gone."""
    place = store.place_of(file.sha256)
    if not place.exists():
        raise Refusal("收存的文件不在库中", where=file.name, remedy="从备份恢复 files 目录后再试")
    return place


def file_by_hash(sha256: str) -> File | None:
    """Return the kept file with this hash, if there is one."""
    return File.objects.filter(sha256=sha256).first()


def may_read(actor: Actor, file: File) -> bool:
    """Say whether somebody may read a file: by power, class of secrecy, and area."""
    return rules.may_read(
        actor.powers,
        secrecy=file.secrecy,
        power=file.power,
        covered=scope.covers(actor.areas, file.division_code),
    )


def papers_of(subject: str, actor: Actor | None = None) -> list[Attachment]:
    """Return the papers attached to `kind:id`, oldest first; for `actor`, those open to them."""
    found = list(Attachment.objects.filter(subject=subject).select_related("file"))
    return found if actor is None else [one for one in found if may_read(actor, one.file)]


def document(pk: int, actor: Actor) -> Document | None:
    """Return a document that somebody may read, or None."""
    found = Document.objects.select_related("file", "number", "signer_post").filter(pk=pk).first()
    return found if found is not None and may_read(actor, found.file) else None


def documents(
    actor: Actor, *, series: str = "", year: int | None = None, kind: str = "", text: str = ""
) -> QuerySet[Document]:
    """Return the documents that somebody may read, latest first, by series, year, kind, words."""
    found = Document.objects.select_related("file", "number").filter(readable(actor, "file__"))
    for name, value in (("number__series", series), ("kind", kind)):
        if value:
            found = found.filter(**{name: value})
    if year is not None:
        found = found.filter(dated__year=year)
    return found.filter(Q(title__contains=text) | Q(code__contains=text)) if text else found


def readable(actor: Actor, to: str = "") -> Q:
    """Return the condition that `may_read` puts, for the database; `to` leads to the file."""
    if "*" in actor.powers:
        return Q()
    wanted = Q(**{f"{to}power__in": sorted(actor.powers)})
    if rules.READ_SECRET not in actor.powers:
        wanted &= ~Q(**{f"{to}secrecy": "secret"})
    if actor.areas is None:
        return wanted
    inside = Q(pk__in=[])
    for prefix in scope.prefixes(actor.areas):
        inside |= Q(**{f"{to}division_code__startswith": prefix})
    return wanted & inside


def kept(actor: Actor, text: str = "") -> QuerySet[File]:
    """Return what was handed in and somebody may read, latest first; by words of name, purpose."""
    found = File.objects.filter(readable(actor), document=None, swept_sequence=None)
    if text:
        found = found.filter(Q(name__contains=text) | Q(purpose__contains=text))
    return found.order_by("-kept_at", "-pk")


def file(pk: int, actor: Actor) -> File | None:
    """Return a kept file that somebody may read, or None."""
    found = File.objects.filter(pk=pk, swept_sequence=None).first()
    return found if found is not None and may_read(actor, found) else None


def places_to_keep(actor: Actor) -> dict[str, str]:
    """Return code -> words of the divisions that somebody may hand papers in for."""
    inside = [one for one in people.divisions() if scope.covers(actor.areas, one.code)]
    # A post's own places are offered though no list of divisions was ever loaded.
    return {code: code for code in sorted(actor.areas or [])} | {
        one.code: str(one) for one in inside
    }


def attached(file: File) -> list[Attachment]:
    """Return what a file is attached to, oldest first."""
    return list(Attachment.objects.filter(file=file).order_by("pk"))


def grace_days() -> int:
    """Return how many days a file keeps its bytes while nothing refers to it."""
    days: int = _papers()["sweep"]["grace_days"]
    return days


def years() -> list[int]:
    """Return the years in which documents are dated, latest first."""
    return [day.year for day in Document.objects.dates("dated", "year", order="DESC")]


@lru_cache
def _papers() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("papers.toml").read_text("utf-8")
    return tomllib.loads(text)


def kinds_of_paper() -> list[str]:
    """Return the kinds of paper that something can be attached as."""
    return list(_papers()["papers"])


def referred_to() -> set[int]:
    """Return the ids of all files that anything refers to, on whatever floor."""
    found: set[int] = set()
    for relation in File._meta.related_objects:
        name = relation.field.attname
        rows: Iterable[Any] = relation.related_model._default_manager.values_list(name, flat=True)
        found |= {pk for pk in rows if pk is not None}
    return found


def unreferenced(older_than_days: int | None = None) -> list[File]:
    """Return the files whose bytes are kept though nothing refers to them, past their grace."""
    days = grace_days() if older_than_days is None else older_than_days
    before = clock.now() - datetime.timedelta(days=days)
    kept = File.objects.filter(swept_sequence=None, kept_at__lte=before).order_by("pk")
    used = referred_to()
    return [file for file in kept if file.pk not in used]


def held() -> dict[str, str]:
    """Return sha256 -> file name of every file whose bytes should be there."""
    return dict(File.objects.filter(swept_sequence=None).values_list("sha256", "name"))
