"""Who may see which supervised task, and in whose unit somebody acts: by post and by area."""

from collections.abc import Iterable

from django.db.models import Q

from guotu.core.cases.models import Assisting, Source, Task
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people import scope
from guotu.core.people.models import Holding, Post

REPORT = "tasks.report"


def visible(actor: Actor) -> Q:
    """Return the condition, over Task, of what an actor may see: no query of its own.

    What lies in the areas of the post; what its unit does or assists with; what the post gave.
    """
    if "*" in actor.powers or (actor.areas is None and actor.post_id is not None):
        return Q()
    if actor.post_id is None:
        return Q(pk__in=[])
    mine = Post.objects.filter(pk=actor.post_id, unit__isnull=False).values("unit_id")
    found = Q(unit_id__in=mine) | Q(source__giver_id=actor.post_id)
    found |= Q(pk__in=Assisting.objects.filter(unit_id__in=mine).values("task_id"))
    for prefix in scope.prefixes(actor.areas or ()):
        found |= Q(division__startswith=prefix)
    return found


def visible_sources(actor: Actor) -> Q:
    """Return the condition, over Source, of what an actor may see: whatever a task seen came of."""
    if "*" in actor.powers or (actor.areas is None and actor.post_id is not None):
        return Q()
    seen = Task.objects.filter(visible(actor)).order_by().values("source_id")
    return Q(pk__in=seen) | Q(giver_id=actor.post_id, giver__isnull=False)


def sees_whole(actor: Actor) -> bool:
    """Say whether an actor reads the whole county, and so the whole text of a source."""
    return "*" in actor.powers or (actor.areas is None and actor.post_id is not None)


def task_of(actor: Actor, pk: int) -> Task | None:
    """Return a task that an actor may see, with its source and unit, or None."""
    found = Task.objects.select_related("source__giver", "unit").filter(visible(actor), pk=pk)
    return found.first()


def source_of(actor: Actor, pk: int) -> Source | None:
    """Return a source that an actor may see, or None."""
    found = Source.objects.select_related("giver__unit", "serves")
    return found.filter(visible_sources(actor), pk=pk).first()


def unit_of(actor: Actor) -> int | None:
    """Return the id of the unit of the post acted in; None where it has none."""
    if actor.post_id is None:
        return None
    return Post.objects.filter(pk=actor.post_id).values_list("unit_id", flat=True).first()


def units_of(actor: Actor) -> set[int]:
    """Return the ids of every unit an actor is of today: of the post acted in, of posts held."""
    held = Holding.objects.on(clock.today()).filter(person_id=actor.person_id or 0)
    found = set(held.values_list("post__unit_id", flat=True)) | {unit_of(actor)}
    return {one for one in found if one is not None}


def manned(units: Iterable[int]) -> set[int]:
    """Return those of some units that have a post which can report on a task; one query."""
    posts = Post.objects.filter(unit_id__in=set(units)).values_list("unit_id", "powers")
    return {unit for unit, powers in posts if unit is not None and REPORT in powers}
