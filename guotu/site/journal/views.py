"""What was done, by whom, when: the list, its table to take along, and one entry with its proof.

Who reads for the whole county sees every entry; others those of the post they act in.
"""

import datetime
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guotu.core.atlas.tables import table_to_take
from guotu.core.journal import chaining, queries, signing
from guotu.core.journal.models import Entry
from guotu.core.journal.paging import Pages, counted
from guotu.core.people import catalogue
from guotu.core.people.doors import needs_power
from guotu.core.people.models import Person, Post
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal
from guotu.site.journal.words import lines_of

_PER_PAGE = 50
_MOST_EXPORTED = 10_000
_FILTERS = ("verb", "subject", "post", "since", "until")
_READ = "journal.read"


@require_GET
@needs_power(_READ)
def journal_page(request: HttpRequest) -> HttpResponse:
    """Entries, the latest first, with filters and a table to take along."""
    asked = _asked(request)
    page = Pages(_found(request, asked), _PER_PAGE).get_page(request.GET.get("page"))
    found = list(page.object_list)
    context = {
        "page": page,
        "rows": _named(found),
        "asked": asked,
        "filters": urlencode({name: value for name, value in asked.items() if value}),
        "verbs": [(verb, verb_word(verb)) for verb in queries.verbs()],
        "posts": [(str(post.pk), str(post)) for post in _posts(request)],
        "head": chaining.head(),
    }
    return render(request, "journal/list.html", context)


@require_GET
@needs_power(_READ)
def journal_csv(request: HttpRequest) -> HttpResponse:
    """The same list, filtered the same way, as a table."""
    found = _found(request, _asked(request))
    if counted(found, _MOST_EXPORTED) > _MOST_EXPORTED:
        rule = _("一次最多导出 %(number)s 条") % {"number": f"{_MOST_EXPORTED:,}"}
        raise Refusal(_("记录太多，不能一次导出"), rule=rule, remedy=_("用日期或岗位筛选后再导出"))
    head = [_("编号"), _("时间"), _("行为"), _("对象"), _("岗位"), _("账号"), _("结果"), _("散列")]
    rows = [
        [
            row["one"].sequence,
            timezone.localtime(row["one"].recorded_at).isoformat(timespec="seconds"),
            verb_word(row["one"].verb),
            row["one"].subject,
            row["post"],
            row["person"],
            json.dumps(row["one"].outcome, ensure_ascii=False),
            bytes(row["one"].leaf).hex(),
        ]
        for row in _named(list(found))
    ]
    return table_to_take("journal.csv", head, rows)


@require_GET
@needs_power(_READ)
def entry_page(request: HttpRequest, sequence: int) -> HttpResponse:
    """One entry: what it says, why, what it brought about, and the proof that it stands."""
    entry = _entry(request, sequence)
    size = chaining.head().size
    (row,) = _named([entry])
    context = {
        **row,
        "reason": queries.reason_of(entry),
        "outcome": lines_of(entry.outcome),
        "effects": [(effect_word(one["kind"]), lines_of(one["facts"])) for one in entry.effects],
        "leaf": bytes(entry.leaf).hex(),
        "root": chaining.head(size).root.hex(),
        "size": size,
        "proof": [step.hex() for step in chaining.inclusion_proof(sequence, size)],
        "before": sequence - 1 if sequence else None,
        "after": sequence + 1 if sequence + 1 < size else None,
    }
    return render(request, "journal/entry.html", context)


@require_GET
@needs_power(_READ)
def entry_json(request: HttpRequest, sequence: int) -> HttpResponse:
    """The same entry and its proof, with the last signed head, for a program to check."""
    entry = _entry(request, sequence)
    head = chaining.head()
    told = {
        "entry": chaining.facts_of(entry),
        "leaf": bytes(entry.leaf).hex(),
        "size": head.size,
        "root": head.root.hex(),
        "proof": [step.hex() for step in chaining.inclusion_proof(sequence, head.size)],
        "checkpoint": (last := signing.last()) and signing.facts_of(last),
    }
    body = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return HttpResponse(body, content_type="application/json; charset=utf-8")


def verb_word(verb: str) -> str:
    """Return what an act is called."""
    return catalogue.verbs().get(verb, verb)


def effect_word(kind: str) -> str:
    """Return what a kind of effect is called."""
    words = {
        "post": _("记账"),
        "number": _("编号"),
        "start": _("发起"),
        "send": _("发送"),
        "change": _("变更"),
    }
    return words.get(kind, kind)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:200] for name in _FILTERS}


def _found(request: HttpRequest, asked: dict[str, str]) -> QuerySet[Entry]:
    found = queries.entries(
        verb=asked["verb"],
        subject=asked["subject"],
        post_id=int(asked["post"]) if asked["post"].isascii() and asked["post"].isdigit() else None,
        since=_day(asked["since"]),
        until=_day(asked["until"]),
    )
    return _readable(request, found)


def _readable(request: HttpRequest, found: QuerySet[Entry]) -> QuerySet[Entry]:
    actor = actor_of_request(request)
    return found if actor.areas is None else found.filter(post_id=actor.post_id)


def _entry(request: HttpRequest, sequence: int) -> Entry:
    entry = _readable(request, Entry.objects.filter(sequence=sequence)).first()
    if entry is None:
        raise Http404
    return entry


def _posts(request: HttpRequest) -> Iterable[Post]:
    actor = actor_of_request(request)
    return Post.objects.all() if actor.areas is None else Post.objects.filter(pk=actor.post_id or 0)


def _day(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _named(entries: list[Entry]) -> list[dict[str, Any]]:
    """Return entries with the names of their posts and accounts; the county acts in no post."""
    posts = Post.objects.in_bulk({one.post_id for one in entries} - {None})
    people = Person.objects.in_bulk({one.actor_id for one in entries} - {None})
    county = _("本县（命令行）")
    return [
        {
            "one": one,
            "act": verb_word(one.verb),
            "post": str(posts.get(one.post_id or 0, "")) or ("—" if one.actor_id else county),
            "person": str(people.get(one.actor_id or 0, "—")),
        }
        for one in entries
    ]
