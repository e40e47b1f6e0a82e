"""How dates of cases are said: late by how much, due when, waiting for how long."""

import datetime
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guotu.core.cases.models import Case
from guotu.core.cases.queries import marks
from guotu.core.journal import clock

register = template.Library()
_OF_UNITS = "unit:"
_ROLE = re.compile("角色“([^”]*)”")
_STATE_TAGS = {"suspended": "tag-warn", "done": "tag-good", "terminated": "tag-bad"}


@register.inclusion_tag("cases/due.html")
def due(at: datetime.datetime | None, live: Any = True) -> dict[str, Any]:
    """Say when something is due, with its light; nothing where there is no date to keep."""
    light = marks.light(at, bool(live))
    return {"at": at, "light": light, "words": _due_words(at) if at and light else ""}


def _due_words(at: datetime.datetime) -> str:
    days = (timezone.localdate(at) - clock.today()).days
    if at < clock.now():
        late = max(-days, 0)
        return (
            ngettext("逾期 %(n)s 天", "逾期 %(n)s 天", late) % {"n": late}
            if late
            else _("今天逾期")
        )
    if days <= 0:
        return _("今天到期")
    return ngettext("还有 %(n)s 天", "还有 %(n)s 天", days) % {"n": days}


@register.filter
def waited(at: datetime.datetime | None) -> str:
    """Say for how many days something has been waiting."""
    if at is None:
        return ""
    days = (clock.today() - timezone.localdate(at)).days
    if days <= 0:
        return _("今天到")
    return ngettext("已 %(n)s 天", "已 %(n)s 天", days) % {"n": days}


@register.filter
def role_word(role: str) -> str:
    """Say what a role of a process is called."""
    if role.startswith(_OF_UNITS):
        return _("所征求的单位")
    return role_titles().get(role, role)


@register.filter
def why_words(why: str) -> str:
    """Say why a step is somebody's, each role by what it is called."""
    return _ROLE.sub(lambda found: f"角色“{role_word(found[1])}”", why)


@cache
def role_titles() -> dict[str, str]:
    """Return the titles of the roles of the shipped processes."""
    text = (Path(__file__).parents[1] / "roles.toml").read_text("utf-8")
    titles: dict[str, str] = tomllib.loads(text)["titles"]
    return titles


@register.filter
def state_tag(case: Case) -> str:
    """Return the class of the mark that says how a case stands."""
    return _STATE_TAGS.get(case.state, "")


@register.filter
def is_live(case: Case) -> bool:
    """Say whether a case is under way."""
    return case.state in marks.LIVE
