"""Which powers a post may hold together: deciding, executing, supervising and supporting apart."""

from collections.abc import Iterable, Mapping

from guotu.lib.refusal import Refusal
from guotu.lib.rules.dated import Rule

TAGS = {"decide": "决策", "execute": "执行", "supervise": "监督", "support": "保障"}


def check_powers(powers: Iterable[str], declared: Iterable[str]) -> None:
    """Raise Refusal when a power is not on the list of powers (法无授权不可为)."""
    if unknown := sorted(set(powers) - set(declared)):
        raise Refusal(
            "权力清单里没有这项权力",
            where="、".join(unknown),
            rule="法无授权不可为：岗位只能有清单上的权力",
            remedy="从清单中选",
        )


def warnings(tags: Mapping[str, str], post_tag: str, rules: Iterable[Rule]) -> list[str]:
    """Return what speaks against a post's powers; raise Refusal where a sure rule forbids them.

    `tags` gives the tag of each power held (empty for reading); the post's own tag counts too.
    """
    held = {post_tag, *tags.values()} - {""}
    found = []
    for rule in rules:
        clashing = set(rule.values["tags"])
        if not clashing <= held:
            continue
        words = "、".join(TAGS[tag] for tag in sorted(clashing))
        if rule.verdict(rule.values["verdict"]) == "block":
            raise Refusal(
                f"一个岗位不能兼有{words}的权力",
                where="、".join(sorted(name for name, tag in tags.items() if tag in clashing)),
                rule=rule.article,
                remedy="把其中一类权力交给另一个岗位",
            )
        found.append(f"{rule.title}：{rule.article}")
    return found
