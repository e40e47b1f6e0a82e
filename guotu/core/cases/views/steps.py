"""Taking a step: what the form says, what would follow, then the act; and the draft on the way."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guotu.core.cases.models import Case, Step
from guotu.core.cases.queries.assigning import stands_for
from guotu.core.cases.queries.pages import is_mine
from guotu.core.cases.views import forms
from guotu.core.cases.views.acting import carry
from guotu.core.cases.views.case import back_to, case_seen, context_of
from guotu.core.cases.views.desk import READ
from guotu.core.journal.actions import perform
from guotu.core.people import queries as people
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

HANDLE = "cases.handle"


@require_http_methods(["GET", "POST"])
@needs_power(READ)
def step_page(request: HttpRequest, number: int, step: int) -> HttpResponse:
    """Show what taking a step would do; confirmed, take it. A refusal keeps what was filled in."""
    case = case_seen(request, number)
    one = _step(case, step)
    if request.method == "GET":
        return redirect(f"{back_to(case)}#step-{one.pk}")
    if request.POST.get("confirmed") != "yes" and one.state != "waiting":
        raise Refusal(_("这一步已经办过"), where=one.name, remedy=_("回到办件页看现在到了哪一步"))
    form = _form(case, one)
    try:
        return carry(
            request,
            "cases.complete",
            heading=_title(form, one, request),
            back=back_to(case),
            told=forms.told(form, request.POST),
            step=one.pk,
            data=forms.data_of(form, request.POST),
            evidence=forms.evidence_of(form, request.POST),
        )
    except Refusal as fault:
        actor = actor_of_request(request)
        if fault.rule.startswith("权限") or not is_mine(actor, one, stands_for(actor)):
            raise
        one.draft = _kept(form, request)
        shown = context_of(request, case, fault=fault, faulty=one.pk)
        for own in shown["mine"]:
            if own["step"].pk == one.pk:
                own["form"] = _form(case, one)
        return render(request, "cases/case.html", shown, status=422)


@require_POST
@needs_power(HANDLE)
def step_draft(request: HttpRequest, number: int, step: int) -> JsonResponse:
    """Keep what is filled in so far; the page sends it by itself."""
    case = case_seen(request, number)
    one = _step(case, step)
    draft = _kept(_form(case, one), request)
    done = perform("cases.save_draft", actor_of_request(request), step=one.pk, data=draft)
    return JsonResponse({"sequence": done.sequence})


def _step(case: Case, number: int) -> Step:
    found = Step.objects.filter(case=case, pk=number).select_related("post").first()
    if found is None:
        raise Http404
    return found


def _form(case: Case, step: Step) -> forms.StepForm:
    process = case.standing.process
    told = forms.step_of(process, step.element, step.path)
    data, units = {**case.standing.data, **step.item}, [one.name for one in people.units()]
    return forms.form_of(process, told, data, step.draft or {}, units)


def _kept(form: forms.StepForm, request: HttpRequest) -> dict[str, Any]:
    return forms.data_of(form, request.POST)


def _title(form: forms.StepForm, step: Step, request: HttpRequest) -> str:
    chosen = request.POST.get(form.decision.name, "") if form.decision else ""
    return f"{step.name}：{chosen}" if chosen else step.name
