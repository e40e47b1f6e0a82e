"""Posts and units: what there is, what each post may do and where, who holds it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from guotu.core.people import personal, queries
from guotu.core.people.catalogue import OWN, catalogue
from guotu.core.people.doors import needs_power
from guotu.core.people.models import Post, Unit
from guotu.core.people.rules.posts import TAGS
from guotu.core.people.views.acting import carry
from guotu.core.people.views.persons import ADMINISTER, READ, _carries, _number
from guotu.core.people.views.signing import FORM
from guotu.lib.refusal import Refusal


@FORM
@never_cache
@needs_power(READ)
def posts(request: HttpRequest) -> HttpResponseBase:
    """All posts with their holders of today, and the form for a new one."""
    if request.method == "POST":
        return _open_post(request)
    rows = [
        {
            "post": each,
            "holders": queries.holders(each),
            "places": queries.places_of(each),
        }
        for each in Post.objects.select_related("unit")
    ]
    context = {**_form(request, Post()), "rows": rows}
    return render(request, "people/posts.html", context)


@needs_power(ADMINISTER)
def _open_post(request: HttpRequest) -> HttpResponseBase:
    code = request.POST.get("code", "").strip()
    if not code.replace("-", "").isalnum() or not code.isascii():
        raise Refusal(_("岗位代号写得不对"), where=code[:20], remedy=_("用英文字母、数字和短横"))
    facts = _facts(request)
    return carry(
        request, "people.open_post", title=_("设岗"), back=reverse("posts"), code=code, **facts
    )


@FORM
@never_cache
@needs_power(READ)
def post(request: HttpRequest, post_id: int) -> HttpResponseBase:
    """One post: its powers and areas, to be changed where one may; its holders."""
    one = Post.objects.filter(pk=post_id).select_related("unit").first()
    if one is None:
        raise Refusal(_("没有这个岗位"), where=str(post_id), remedy=_("从岗位名单中选"))
    if request.method == "POST":
        return _change_post(request, one)
    held = queries.holders(one)
    names = personal.shown_names(each.person for each in held)
    holders = [(each, names.get(each.person_id, "—")) for each in held]
    context = {**_form(request, one), "post": one, "holders": holders}
    return render(request, "people/post.html", context)


@needs_power(ADMINISTER)
def _change_post(request: HttpRequest, one: Post) -> HttpResponseBase:
    back = reverse("post", args=[one.pk])
    title = _("更改岗位：%(name)s") % {"name": one.name}
    facts = _facts(request)
    return carry(request, "people.change_post", title=title, back=back, post_id=one.pk, **facts)


@FORM
@never_cache
@needs_power(READ)
def units(request: HttpRequest) -> HttpResponseBase:
    """All units, each under the one above it, and the form for a new one."""
    if request.method == "POST":
        return _open_unit(request)
    rows = [
        {"depth": min(depth, 4), "unit": unit, "posts": count}
        for depth, unit, count in queries.unit_tree()
    ]
    context = {"rows": rows, "may_administer": _carries(request, ADMINISTER)}
    return render(request, "people/units.html", context)


@needs_power(ADMINISTER)
def _open_unit(request: HttpRequest) -> HttpResponseBase:
    form = request.POST
    return carry(
        request,
        "people.open_unit",
        title=_("设立单位"),
        back=reverse("units"),
        name=form.get("name", ""),
        above_id=_number(form.get("above")) or None,
        division_code=form.get("division", "").strip(),
    )


def _facts(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    codes = form.get("areas", "").replace("，", " ").replace("、", " ").replace(",", " ").split()
    facts: dict[str, Any] = {
        "name": form.get("name", "").strip()[:64],
        "tag": form.get("tag", ""),
        "powers": form.getlist("power"),
        "unit_id": _number(form.get("unit")) or None,
        "seats": _number(form.get("seats")) or None,
    }
    if form.get("whole") == "yes" or codes:
        facts["areas"] = codes or None
    return facts


def _form(request: HttpRequest, one: Post) -> dict[str, Any]:
    return {
        "one": one,
        "tags": TAGS.items(),
        "powers": [each for each in catalogue().values() if each.name != OWN],
        "units": Unit.objects.all(),
        "places": queries.places_of(one),
        "may_administer": _carries(request, ADMINISTER),
    }
