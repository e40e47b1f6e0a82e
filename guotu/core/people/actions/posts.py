"""Writes about units and posts: what there is, what it may do, and where."""

from collections.abc import Iterable
from typing import Any

from guotu.core.journal.actions import Act, action
from guotu.core.people import dated
from guotu.core.people.catalogue import catalogue
from guotu.core.people.models import Division, Post, Unit
from guotu.core.people.rules import posts as rules
from guotu.core.people.rules.codes import check_code, level_of
from guotu.lib.refusal import Refusal

_FACTS = {"name", "unit_id", "tag", "powers", "areas", "seats"}
_LOCAL = ("township", "village")


@action("people.open_unit", power="people.administer")
def open_unit(act: Act, *, name: str, above_id: int | None = None, division_code: str = "") -> Unit:
    """Set up a unit, under another where one is named, in a division where it has one."""
    if not name.strip() or len(name) > 64:
        raise Refusal("单位没有名称，或名称太长", remedy="写明名称，不超过 64 字")
    if Unit.objects.filter(name=name.strip()).exists():
        raise Refusal("已有同名单位", where=name)
    if above_id is not None and not Unit.objects.filter(pk=above_id).exists():
        raise Refusal("没有这个上级单位", where=str(above_id))
    unit = Unit.objects.create(
        name=name.strip(),
        above_id=above_id,
        division_code=known_division(division_code) if division_code else "",
        sequence=act.sequence,
    )
    act.subject = f"unit:{unit.pk}"
    act.tell("change", what="unit", unit=unit.pk, done="opened")
    return unit


@action("people.open_post", power="people.administer")
def open_post(act: Act, *, code: str, **facts: Any) -> Post:
    """Set up a post: name, unit_id, tag, powers, areas, seats."""
    if Post.objects.filter(code=code).exists():
        raise Refusal("岗位代号已有", where=code, remedy="换一个代号")
    post = _made(act, code, facts)
    act.subject = f"post:{post.pk}"
    return post


@action("people.change_post", power="people.administer")
def change_post(act: Act, *, post_id: int, **facts: Any) -> Post:
    """Change a post's name, tag, powers, areas or seats; whoever holds it has them at once."""
    post = Post.objects.filter(pk=post_id).first()
    if post is None:
        raise Refusal("没有这个岗位", where=str(post_id))
    before = {"tag": post.tag, "powers": post.powers, "areas": post.areas, "seats": post.seats}
    for field, value in _checked(facts, post).items():
        setattr(post, field, value)
    _warn(act, post)
    post.save()
    act.subject = f"post:{post.pk}"
    given, taken = (
        set(post.powers) - set(before["powers"]),
        set(before["powers"]) - set(post.powers),
    )
    act.tell("change", what="post", post=post.pk, given=sorted(given), taken=sorted(taken))
    if post.areas != before["areas"]:
        act.tell("change", what="areas", post=post.pk, before=before["areas"], after=post.areas)
    act.outcome = {"tag": post.tag, "powers": post.powers, "areas": post.areas, **act.outcome}
    return post


def post_of(act: Act, code: str, facts: dict[str, Any] | None) -> Post:
    """Return the post of a code, made by `facts` if it is not there. Raises Refusal."""
    found = Post.objects.filter(code=code).first()
    if found is not None:
        return found
    if facts is None:
        raise Refusal("没有这个岗位", where=code, remedy="先设岗位")
    return _made(act, code, facts)


def _made(act: Act, code: str, facts: dict[str, Any]) -> Post:
    post = Post(code=code, name=code)
    for field, value in _checked(facts, post).items():
        setattr(post, field, value)
    seat = post.unit.division_code if post.unit else ""
    if "areas" not in facts and seat and level_of(seat) in _LOCAL:
        post.areas = [seat]
    _warn(act, post)
    post.save()
    act.tell("change", what="post", post=post.pk, given=sorted(post.powers), taken=[])
    return post


def _checked(facts: dict[str, Any], post: Post) -> dict[str, Any]:
    if unknown := set(facts) - _FACTS:
        raise Refusal("岗位没有这些项", where="、".join(sorted(unknown)))
    found = dict(facts)
    if facts.get("tag", post.tag) not in rules.TAGS:
        raise Refusal(
            "岗位性质写得不对", where=str(facts["tag"]), remedy="决策、执行、监督、保障之一"
        )
    if not str(facts.get("name", post.name)).strip():
        raise Refusal("岗位没有名称")
    if "powers" in facts:
        found["powers"] = sorted(set(facts["powers"]))
        rules.check_powers(found["powers"], catalogue())
    if facts.get("areas") is not None:
        found["areas"] = _areas(facts["areas"])
    return found


def _areas(codes: Iterable[str]) -> list[str]:
    found = sorted({known_division(code) for code in codes})
    if not found:
        raise Refusal("没有写明岗位的地域", remedy="选全县，或写出乡镇、村的代码")
    return found


def known_division(code: str) -> str:
    """Return a code as kept. Raises Refusal where divisions are loaded and none bore this one."""
    kept = check_code(code)
    if Division.objects.exists() and not Division.objects.filter(code=kept).exists():
        raise Refusal("没有这个行政区划", where=kept, remedy="先载入行政区划，或核对代码")
    return kept


def _warn(act: Act, post: Post) -> None:
    tags = {power: catalogue()[power].tag for power in post.powers}
    if found := rules.warnings(tags, post.tag, dated.conflicts()):
        act.outcome = {**act.outcome, "warnings": found}
