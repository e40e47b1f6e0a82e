"""Writes of site review: keeping a review, lifting a block with a reason, loading rules."""

import hashlib
import tomllib
from pathlib import Path

from guotu.apps.approval.models import BlockResolution, CountyRules, SiteReview
from guotu.apps.approval.queries import Reviewed, drafted, open_blocks, saved
from guotu.core.files.actions import keep_within
from guotu.core.files.models import File
from guotu.core.journal.actions import Act, action
from guotu.lib.refusal import Refusal
from guotu.lib.rules import RuleBook


@action("approval.review_site", power="approval.review")
def keep_review(
    act: Act, *, reviewed: Reviewed, name: str, path: Path | None = None, data: bytes | None = None
) -> SiteReview:
    """Keep a review with its file. The review was made before the lock: releases never change."""
    source: File | None = None
    if path is not None or data is not None:
        source = keep_within(name=name, path=path, data=data, act=act)
    found = drafted(reviewed, name)
    found.source = source
    found.person_id, found.post_id = act.actor.person_id, act.actor.post_id
    found.save()
    act.subject = f"review:{found.pk}"
    act.outcome = {"review": found.pk, "verdict": found.verdict, "sha256": found.sha256}
    return found


@action("approval.resolve_block", power="approval.review")
def resolve_block(
    act: Act, *, review_id: int, rule: str, paper: str, number: str, document: File | None = None
) -> BlockResolution:
    """Lift one block of a review, naming the paper; the reason of the act is kept with it (L13)."""
    review = saved(review_id)
    if rule not in {found["rule"] for found in open_blocks(review)}:
        raise Refusal(
            "这一项不在待处理的阻断之列",
            where=f"审查 {review_id}，规则 {rule}",
            remedy="刷新页面，看哪些阻断还没有处理",
        )
    if not (act.reason.strip() and paper.strip() and number.strip()):
        raise Refusal(
            "解除阻断须写明文件、文号和理由",
            where=f"审查 {review_id}，规则 {rule}",
            rule="保护优先：冲突须有理由地解决后才放行",
            remedy="补齐三项后再提交",
        )
    done = BlockResolution.objects.create(
        review=review,
        rule=rule,
        paper=paper.strip()[:255],
        number=number.strip()[:64],
        reason=act.reason.strip(),
        document=document,
        person_id=act.actor.person_id,
        post_id=act.actor.post_id,
    )
    act.subject = f"review:{review_id}"
    act.outcome = {"review": review_id, "rule": rule, "resolution": done.pk}
    return done


@action("approval.load_rules", power="approval.rules")
def load_rules(act: Act, *, name: str, text: str) -> CountyRules:
    """Load rule data of the county's own (TOML, tables `[[rule]]`), over what ships.

    Raises Refusal naming the faulty rule; nothing is loaded then.
    """
    try:
        rows = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as fault:
        raise Refusal(
            "规则数据不是合格的 TOML", where=f"{name}：{fault}", remedy="改正后再载入"
        ) from None
    if not rows:
        raise Refusal("规则数据里没有规则", where=name, remedy="用 [[rule]] 逐条写明")
    RuleBook.from_dicts(rows)
    kept = CountyRules.objects.create(
        name=name,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        rules=len(rows),
        person_id=act.actor.person_id,
    )
    act.subject = f"rules:{kept.pk}"
    act.outcome = {"rules": len(rows), "sha256": kept.sha256}
    return kept
