"""Words for the codes that layers and releases store: secrecy class, verdict, code system."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from guotu.core.atlas import rules, wording
from guotu.core.atlas.models import Layer

register = template.Library()


@register.filter
def secrecy_word(secrecy: str) -> str:
    """Say a secrecy class."""
    words = {"open": _("公开"), "internal": _("内部"), "secret": _("秘密")}
    return words.get(secrecy, secrecy)


@register.filter
def verdict_word(verdict: str) -> str:
    """Say what standing on a layer means for a site."""
    words = {"block": _("不予通过"), "warn": _("提醒"), "note": _("注明"), "pass": _("通过")}
    return words.get(verdict, verdict)


@register.filter
def code_system_title(system: str) -> str:
    """Say the name of a system of land classes; nothing for a layer without codes."""
    found = rules.class_systems().get(system)
    return found.title if found else system


@register.filter
def square_metres(area_dm2: int) -> str:
    """Say an area in square metres, exactly."""
    return wording.area_text(int(area_dm2))


@register.filter
def mu(area_dm2: int) -> str:
    """Say an area in 亩."""
    return wording.mu_text(int(area_dm2))


@register.filter
def hectares(area_dm2: int) -> str:
    """Say an area in hectares."""
    return wording.hectare_text(int(area_dm2))


@register.filter
def fact_lines(fact: dict[str, Any]) -> list[dict[str, Any]]:
    """Say the fields of one fact."""
    return wording.lines_of(fact)


@register.filter
def kind_word(kind: str) -> str:
    """Say the kind of a layer."""
    return str(dict(Layer.KINDS).get(kind, kind))
