"""Acts upon the journal itself: destroying keys of what is sealed, and putting guards back."""

from guotu.core.journal import guarding, sealing
from guotu.core.journal.actions import Act, action
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal


@action("journal.erase_subject", power="journal.erase")
def erase_subject(act: Act, *, subject: str) -> None:
    """Destroy the key of a subject (个人信息保护法 art. 47): what it sealed is gone for good."""
    act.subject = f"subject:{subject}"
    if not sealing.erase(act, subject):
        raise Refusal("没有这一主体的个人信息，或者已经抹去", where=subject)


@action("journal.erase_reason", power="journal.erase")
def erase_reason(act: Act, *, sequence: int) -> None:
    """Destroy the key of one entry's reason: the entry and its proofs stay, the text is gone."""
    act.subject = f"entry:{sequence}"
    entry = Entry.objects.filter(sequence=sequence).first()
    if entry is None or not entry.reason_subject or not sealing.erase(act, entry.reason_subject):
        raise Refusal("这一条没有理由可抹，或者已经抹去", where=f"第 {sequence} 条")


@action("journal.restore_guards", power="journal.guard")
def restore_guards(act: Act) -> list[str]:
    """Put back the triggers that are missing or not as declared; return their names."""
    act.subject = "county"
    put = guarding.ensure()
    if not put:
        raise Refusal("防改触发器都在，无须装回")
    act.outcome = {"restored": put}
    act.tell("change", restored=put)
    return put
