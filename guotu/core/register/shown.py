"""What a reader is shown of the register: facts by secrecy, personal ones masked, who said what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from guotu.core.atlas.rules import may_see
from guotu.core.journal.models import Entry
from guotu.core.people.models import Person, Post
from guotu.core.people.personal import shown_names
from guotu.core.people.rules.names import masked_name, masked_number
from guotu.core.register.models import Version
from guotu.core.register.personal import opened
from guotu.core.register.rules import Fact, Kind


def facts_seen(kind: Kind, powers: frozenset[str]) -> list[Fact]:
    """Return the facts of a kind that a reader may see at all."""
    return [fact for fact in kind.facts.values() if may_see(fact.secrecy, powers)]


def facts_of(kind: Kind, version: Version, powers: frozenset[str]) -> list[dict[str, Any]]:
    """Return the facts of a version as {title, value, number}, personal ones masked."""
    return [
        {
            "title": fact.title,
            "value": _said(fact, version.facts[fact.name]),
            "number": fact.type in ("integer", "number"),
        }
        for fact in facts_seen(kind, powers)
        if fact.name in version.facts
    ]


def _said(fact: Fact, value: Any) -> str:
    if fact.personal:
        text = opened(value)
        return masked_number(text) if text.isascii() else masked_name(text)
    if fact.type == "yes_no":
        return "是" if value else "否"
    return str(value)


def bare_facts(kind: Kind, facts: Mapping[str, Any], powers: frozenset[str]) -> dict[str, Any]:
    """Return what may leave in an export: nothing personal, nothing above the reader's class."""
    seen = [fact.name for fact in facts_seen(kind, powers) if not fact.personal]
    return {name: facts[name] for name in seen if name in facts}


@dataclass(frozen=True)
class Told:
    """A version in a thing's ribbon: by which post and person it was first said, and when."""

    version: Version
    facts: list[dict[str, Any]]
    at: Any
    person: str
    post: str
    corrected_at: Any


def ribbon(kind: Kind, versions: Iterable[Version], powers: frozenset[str]) -> list[Told]:
    """Return versions with who said them and when, in the order given."""
    rows = list(versions)
    acts = {row.stated_sequence for row in rows} | {row.superseded_sequence for row in rows}
    entries = Entry.objects.in_bulk(acts - {None})
    people = Person.objects.in_bulk({one.actor_id for one in entries.values()} - {None})
    names = shown_names(people.values())
    posts = Post.objects.in_bulk({one.post_id for one in entries.values()} - {None})
    told = []
    for row in rows:
        entry = entries.get(row.stated_sequence)
        post = posts.get(entry.post_id) if entry else None
        ended = entries.get(row.superseded_sequence)
        told.append(
            Told(
                row,
                facts_of(kind, row, powers),
                entry and entry.recorded_at,
                names.get(entry.actor_id or 0, "") if entry else "",
                post.name if post else "",
                ended and ended.recorded_at,
            )
        )
    return told
