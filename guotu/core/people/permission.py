"""The permission check of every act: the post's power, the second factor, one's own account."""

from guotu.core.journal.actions import Actor
from guotu.core.people.catalogue import OWN, second_factor_powers
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal


def permits(actor: Actor, power: str) -> bool:
    """Say whether an actor may use a power; handed to the journal at wiring.

    Raises Refusal where the post carries the power, but the session did not give a second factor:
    such powers are left out of `Actor.powers` until it did.
    """
    if "*" in actor.powers or power in actor.powers:
        return True
    if power == OWN:
        return actor.person_id is not None
    if wants_second_factor(actor, power):
        raise Refusal(
            "此事要先做第二次验证",
            rule=f"权限 {power}；GB/T 22239-2019 8.1.4.1 d)：两种或两种以上组合的鉴别技术",
            remedy="在“我的账号”里输入手机上的验证码，再办一次",
        )
    return False


def wants_second_factor(actor: Actor, power: str) -> bool:
    """Say whether only the second factor stands between an actor and a power of the post."""
    if power in actor.powers or power not in second_factor_powers() or actor.post_id is None:
        return False
    held = Post.objects.filter(pk=actor.post_id).values_list("powers", flat=True).first()
    return power in (held or ())
