"""Reads of the register of interventions, without who and what: those are opened by an act alone.

Nothing here is read by what decides a case.
"""

from typing import Any

from django.db.models import Count

from guotu.core.cases.models import Case, Intervention
from guotu.core.cases.queries.cases import visible
from guotu.core.journal.actions import Actor
from guotu.core.people.models import Post

MOST = 200
MANNERS = ("口头", "电话", "信息", "书面", "托人", "其他")


def listed(actor: Actor, number: str = "") -> list[dict[str, Any]]:
    """Return what was recorded on the cases an actor may see, latest first; two queries."""
    seen = Case.objects.filter(visible(actor))
    if number:
        seen = seen.filter(number__contains=number)
    rows = Intervention.objects.filter(case__in=seen).select_related("case")
    found = list(rows.annotate(replied=Count("replies")).order_by("-id")[:MOST])
    numbers = {one.recorded_post_id for one in found if one.recorded_post_id is not None}
    posts = dict(Post.objects.filter(pk__in=numbers).values_list("pk", "name"))
    return [
        {
            "pk": one.pk,
            "case": one.case,
            "on": one.on,
            "manner": one.manner,
            "post": posts.get(one.recorded_post_id or 0, "—"),
            "replies": one.replied,
            "sequence": one.sequence,
        }
        for one in found
    ]
