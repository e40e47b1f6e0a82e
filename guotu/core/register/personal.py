"""Facts of a personal nature: sealed under their subject's key before they are kept.

Personal Information Protection Law arts. 6, 51. When a subject's key is destroyed the fact reads as
erased, in every version and every backup.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guotu.core.journal import sealing
from guotu.core.register.rules import Kind
from guotu.core.register.rules.kinds import check_text
from guotu.lib.refusal import Refusal

ERASED = "已删除"


@dataclass(frozen=True)
class Personal:
    """A personal fact as handed in: the text, and the subject whose key seals it."""

    subject: str
    text: str


def sealed_facts(kind: Kind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with the personal ones sealed; a bare text is sealed under a new subject.

    Bare texts of one call share one subject: they are facts of one holder.
    """
    made: dict[str, Any] = {}
    subject = ""
    for name, value in facts.items():
        fact = kind.facts.get(name)
        if fact is None or not fact.personal or value is None or isinstance(value, dict):
            made[name] = value
            continue
        if isinstance(value, str):
            subject = subject or sealing.new_subject()
            value = Personal(subject, value)
        if not isinstance(value, Personal):
            raise Refusal(f"{fact.title}应为文字", name, "个人信息加密后登记", "改正后再办")
        check_text(kind, fact, value.text)
        kept = base64.b64encode(sealing.seal(value.subject, value.text)).decode()
        made[name] = {"subject": value.subject, "sealed": kept}
    return made


def opened(value: Any) -> str:
    """Return the text of a sealed fact in full, or that it is erased; mask it to show it."""
    text = sealing.unseal(value["subject"], base64.b64decode(value["sealed"]))
    return ERASED if text is None else text
