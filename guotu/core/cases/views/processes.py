"""Processes as they are written: versions, the cases on each, what each declares, the drawing."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guotu.core.cases import limits
from guotu.core.cases.models import Process
from guotu.core.cases.queries import processes as found_processes
from guotu.core.cases.views.desk import READ
from guotu.core.journal import clock
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request

_MEDIA = "application/xml; charset=utf-8"


@require_GET
@needs_power(READ)
def processes_page(request: HttpRequest) -> HttpResponse:
    """Every process with its versions and the cases under way on each."""
    groups: dict[str, dict[str, Any]] = {}
    for row in found_processes.versions(actor_of_request(request)):
        one: Process = row["process"]
        group = groups.setdefault(one.key, {"key": one.key, "title": one.title, "rows": []})
        group["rows"].append(row)
    return render(request, "cases/processes.html", {"groups": list(groups.values())})


@require_GET
@needs_power(READ)
def process_page(request: HttpRequest, number: int) -> HttpResponse:
    """One version: its steps with role, nature, limit and risks, what is apart, its drawings."""
    process = _process(number)
    names = list(process.files)
    wanted = request.GET.get("file", "")
    context = {
        "process": process,
        "declared": process.declared,
        "steps": _steps(process),
        "rules": found_processes.roles_of(process),
        "aparts": _aparts(process),
        "names": names,
        "shown": wanted if wanted in process.files else found_processes.main_file(process),
    }
    return render(request, "cases/process.html", context)


@require_GET
@needs_power(READ)
def process_bpmn(request: HttpRequest, number: int) -> HttpResponse:
    """A drawing of a version, as it was deployed."""
    process = _process(number)
    name = request.GET.get("file", "") or found_processes.main_file(process)
    if name not in process.files:
        raise Http404
    answer = HttpResponse(process.files[name], content_type=_MEDIA)
    told = f"{process.key}-{process.digest[:8]}.bpmn"
    answer["Content-Disposition"] = f'attachment; filename="{told}"'
    return answer


def _steps(process: Process) -> list[tuple[str, dict[str, Any]]]:
    found = process.declared.get("steps", {}).items()
    return [(place, {**one, "limit_title": _limit(one.get("limit", ""))}) for place, one in found]


def _limit(key: str) -> str:
    if not key:
        return ""
    rule = limits.book().find(limits.PREFIX + key, clock.today())
    return rule.title if rule else key


def _aparts(process: Process) -> list[dict[str, Any]]:
    steps = process.declared.get("steps", {})
    return [
        {
            "name": one["name"],
            "article": one.get("article", ""),
            "words": "、".join(steps.get(each, {}).get("name", each) for each in one["steps"]),
        }
        for one in process.declared.get("aparts", ())
    ]


def _process(number: int) -> Process:
    found = Process.objects.filter(pk=number).defer("program").first()
    if found is None:
        raise Http404
    return found
