"""Ending a case from outside its process, archiving it; and what its process does to its clocks."""

from django.utils import timezone

from guotu.core.cases.actions import clocks
from guotu.core.cases.actions.moving import close
from guotu.core.cases.actions.passing import check_person, keep_hand
from guotu.core.cases.models import Case
from guotu.core.cases.queries.cases import visible
from guotu.core.cases.queries.hands import hands_in, root_of
from guotu.core.cases.rules.hands import RULE, may_take
from guotu.core.files import numbering
from guotu.core.journal.actions import Act, action
from guotu.lib.refusal import Refusal

_ARCHIVE = "archive"
_LIVE = ("open", "suspended")


@action("cases.withdraw", power="cases.withdraw")
def withdraw(act: Act, *, case: int) -> Case:
    """End a case because the applicant withdraws it; with the reason. An act of execution."""
    return _end(act, case, "withdrawn", "execute")


@action("cases.terminate", power="cases.terminate")
def terminate(act: Act, *, case: int) -> Case:
    """End a case before its end (行政许可法第七十条 by analogy); a decision, with reason."""
    return _end(act, case, "terminated", "decide")


@action("cases.archive", power="cases.archive")
def archive(act: Act, *, case: int) -> Case:
    """Archive a case that has ended: it gets the next number of the archive, once."""
    found = _seen(act, case)
    if found.state in _LIVE:
        raise Refusal("本件还没有办结", found.number, "办结后归档", "办结后再归档")
    if found.archived_sequence is not None:
        raise Refusal("本件已经归档", where=found.archive_number, remedy="不必再办")
    number = numbering.take(act, _ARCHIVE, timezone.localtime(act.at).year)
    found.archive_number = numbering.series_of(_ARCHIVE).word(number.year, number.number)
    found.archived_sequence = act.sequence
    found.save(update_fields=["archive_number", "archived_sequence"])
    act.subject = f"case:{found.pk}"
    act.outcome = {"case": found.pk, "archive_number": found.archive_number}
    return found


@action("cases.stand_still", power="cases.suspend", by_process=True)
def stand_still(act: Act, *, case: int, ground: str) -> Case:
    """Let the clocks of a case stand still whose law knows the ground; a step of its process."""
    found = _seen(act, case)
    stilled = clocks.suspend_case(act, found, ground)
    return _stands(act, found, "suspended", [clock.pk for clock in stilled])


@action("cases.run_on", power="cases.suspend", by_process=True)
def run_on(act: Act, *, case: int) -> Case:
    """Let the clocks of a case run on that stand still; a step of its process."""
    found = _seen(act, case)
    going = clocks.resume_case(act, found)
    return _stands(act, found, "open", [clock.pk for clock in going])


@action("cases.conclude", power="cases.decide", by_process=True)
def conclude(act: Act, *, case: int) -> Case:
    """Stop the clock of a case as a whole: what it limits, the decision, has been made."""
    found = _seen(act, case)
    for clock in found.clocks.filter(kind="limit", step__isnull=True, state="running"):
        clocks.stop(act, clock, met=True)
    act.subject = f"case:{found.pk}"
    act.outcome = {"case": found.pk, "concluded": True}
    return found


def _stands(act: Act, case: Case, state: str, moved: list[int]) -> Case:
    if case.state in _LIVE:
        case.state = state
        case.save(update_fields=["state"])
    act.subject = f"case:{case.pk}"
    act.outcome = {"case": case.pk, "state": state, "clocks": moved}
    return case


def _end(act: Act, pk: int, result: str, tag: str) -> Case:
    found = _seen(act, pk)
    if found.state not in _LIVE:
        raise Refusal("本件已经办结或停止", where=found.number, remedy="不必再办")
    if not act.reason.strip():
        raise Refusal(
            "须写明理由", where=found.number, rule="终止和撤回有据可查", remedy="写明理由后再办"
        )
    person = check_person(act)
    if reason := may_take(person, "", tag, hands_in(root_of(found))):
        raise Refusal(f"不得经手：{reason}", found.number, RULE, "由另一人办理")
    keep_hand(act, found, "completed", tag)
    close(act, found, result)
    act.subject = f"case:{found.pk}"
    act.outcome = {"case": found.pk, "state": found.state, "result": found.result}
    return found


def _seen(act: Act, pk: int) -> Case:
    rows = Case.objects.select_for_update(of=("self",)).filter(visible(act.actor), pk=pk)
    found: Case | None = rows.select_related("process").first()
    if found is None:
        raise Refusal("没有这个办件，或不在您的权限内", where=str(pk), remedy="刷新后再试")
    return found
