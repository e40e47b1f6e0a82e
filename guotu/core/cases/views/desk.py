"""The desk, and the leader's page: what is mine to do, and where everything stands."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guotu.core.atlas.tables import table_to_take
from guotu.core.cases.queries import desk as desks
from guotu.core.cases.queries import leader, lists, marks, task_desk
from guotu.core.cases.views.acting import at_once, fresh_key
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request

READ = "cases.read"


@require_GET
@needs_power(READ)
def desk_page(request: HttpRequest) -> HttpResponse:
    """What waits for the reader by due time, what was asked and told, and what they sent."""
    actor = actor_of_request(request)
    extent = lists.extent(actor, lists.Filters(mine="1"))
    context = {
        "desk": desks.desk(actor),
        "tasks": task_desk.waiting(actor),
        "extent": ",".join(f"{one:.6f}" for one in extent) if extent else "",
        "person": actor.person_id,
        "post": actor.post_id,
        "most": desks.MOST,
        "key": fresh_key(),
        "may_open": has_power(request, "cases.open"),
    }
    return render(request, "cases/desk.html", context)


@require_POST
@needs_power(READ)
def notices_seen(request: HttpRequest) -> HttpResponse:
    """Take note of what the post was told, up to the last one shown."""
    upto = request.POST.get("upto", "")
    if not (upto.isascii() and upto.isdigit()):
        return redirect("desk")
    word = _("已阅，记录号 %(number)s")
    return at_once(request, "cases.see_notices", back="desk", word=word, upto=int(upto))


@require_GET
@needs_power(READ)
def leader_page(request: HttpRequest) -> HttpResponse:
    """What is late, near and stuck, by unit and by step; each figure opens its list."""
    context = {
        "glance": _titled(leader.glance(actor_of_request(request))),
        "near": marks.near_days(),
        "stuck": marks.stuck_days(),
    }
    return render(request, "cases/leader.html", context)


def _titled(glance: leader.Glance) -> leader.Glance:
    kinds = dict(lists.kinds())
    for one in glance.steps:
        one["kind_title"] = kinds.get(one["case__kind"], one["case__kind"])
    return glance


@require_GET
@needs_power(READ)
def leader_csv(request: HttpRequest) -> HttpResponse:
    """The figures by unit and by step as a table to take along, with the sum in the last row."""
    glance = _titled(leader.glance(actor_of_request(request)))
    head = [_("单位或步骤"), _("种类"), _("在办"), _("逾期"), _("临期"), _("停滞"), _("最久（天）")]
    names = ("waiting", "overdue", "near", "stuck", "days")
    rows: list[list[Any]] = [
        [one["label"] or "—", "", *(one[name] for name in names)] for one in glance.units
    ]
    rows += [
        [one["name"], one["kind_title"], *(one[name] for name in names)] for one in glance.steps
    ]
    total = glance.total
    rows.append([_("合计（每件一次）"), "", *(total[n] for n in ("live", *names[1:4])), ""])
    return table_to_take("cases-leader.csv", head, rows)
