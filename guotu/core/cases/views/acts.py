"""What else can be done with a case, a step, a note or a clock: one address for each verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guotu.core.cases.models import Case
from guotu.core.cases.views.acting import at_once, carry
from guotu.core.cases.views.case import back_to, case_seen
from guotu.core.cases.views.desk import READ
from guotu.core.people.doors import needs_power
from guotu.lib.refusal import Refusal

Form = Mapping[str, str]


@dataclass(frozen=True)
class Verb:
    """One verb: its action, its title, how the form's fields become arguments.

    `looked` says that its consequences are shown before it is done.
    """

    action: str
    title: Any
    arguments: Callable[[Form, Case], dict[str, Any]]
    looked: bool = True


@require_POST
@needs_power(READ)
def case_act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Do one of the verbs below with a case; most show what they would do first."""
    case, asked = case_seen(request, number), VERBS.get(verb)
    if asked is None:
        raise Http404
    arguments, back = asked.arguments(request.POST, case), back_to(case)
    if not asked.looked:
        return at_once(request, asked.action, back=back, **arguments)
    title = f"{asked.title}：{case.number}"
    return carry(request, asked.action, heading=title, back=back, **arguments)


def _number(form: Form, name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise Refusal(_("表单不完整"), where=name, remedy=_("退回上一页，选好后再提交"))
    return int(text)


def _text(form: Form, name: str = "text") -> str:
    return form.get(name, "").replace("\x00", "").strip()


def _step(form: Form, case: Case) -> dict[str, Any]:
    return {"step": _number(form, "step")}


def _over(form: Form, case: Case) -> dict[str, Any]:
    post, _dash, person = form.get("taker", "").partition("-")
    told = {"post": post, "person": person}
    return {**_step(form, case), "post": _number(told, "post"), "person": _number(told, "person")}


def _ask(form: Form, case: Case) -> dict[str, Any]:
    told = {"kind": _text(form, "kind"), "post": _number(form, "post"), "text": _text(form)}
    return {**_step(form, case), **told}


def _answer(form: Form, case: Case) -> dict[str, Any]:
    agreed = {"yes": True, "no": False}.get(form.get("agreed", ""))
    return {"note": _number(form, "note"), "text": _text(form), "agreed": agreed}


def _clock(form: Form, case: Case) -> dict[str, Any]:
    return {"clock": _number(form, "clock")}


def _ground(form: Form, case: Case) -> dict[str, Any]:
    return {**_clock(form, case), "ground": _text(form, "ground")}


def _longer(form: Form, case: Case) -> dict[str, Any]:
    clock = case.clocks.filter(pk=_number(form, "clock")).first()
    if clock is None or not clock.terms.get("extend_amount"):
        raise Refusal(_("这个期限不能延长"), where=_("期限"), remedy=_("按原期限办理"))
    amount, unit = int(clock.terms["extend_amount"]), str(clock.terms["extend_unit"])
    return {"clock": clock.pk, "amount": amount, "unit": unit}


def _of_case(form: Form, case: Case) -> dict[str, Any]:
    return {"case": case.pk}


VERBS = {
    "claim": Verb("cases.claim", gettext_lazy("认领"), _step, looked=False),
    "give-back": Verb("cases.give_back", gettext_lazy("退回岗位"), _step),
    "hand-over": Verb("cases.hand_over", gettext_lazy("移交"), _over),
    "reassign": Verb("cases.reassign", gettext_lazy("改派"), _over),
    "recall": Verb("cases.recall", gettext_lazy("收回"), _step),
    "ask": Verb("cases.ask", gettext_lazy("征求意见"), _ask),
    "answer": Verb("cases.answer", gettext_lazy("答复意见"), _answer),
    "urge": Verb(
        "cases.urge",
        gettext_lazy("催办"),
        lambda form, case: {**_step(form, case), "text": _text(form)},
    ),
    "withdraw": Verb("cases.withdraw", gettext_lazy("撤回办件"), _of_case),
    "terminate": Verb("cases.terminate", gettext_lazy("终止办件"), _of_case),
    "archive": Verb("cases.archive", gettext_lazy("归档"), _of_case),
    "suspend-clock": Verb("cases.suspend_clock", gettext_lazy("中止期限"), _ground),
    "resume-clock": Verb("cases.resume_clock", gettext_lazy("恢复期限"), _clock),
    "extend-clock": Verb("cases.extend_clock", gettext_lazy("延长期限"), _longer),
}
