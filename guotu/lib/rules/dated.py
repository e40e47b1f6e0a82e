"""A rule is dated data: the book answers which rule of a kind is in force, and where.

Substance follows the law of the day of the act, procedure and competence that of the day of the
decision (实体从旧、程序从新), so every rule says which of the two days it is judged by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from guotu.lib.refusal import Refusal

Certainty = Literal["sure", "unsure"]
Day = Literal["act", "decision"]

# V read in the text; P seen on a public page; M well known, not re-read; U uncertain.
_CERTAINTY: dict[str, Certainty] = {"V": "sure", "P": "sure", "M": "sure", "U": "unsure"}
_WANTED = ("id", "kind", "title", "article", "source", "mark", "effective_from")
_KNOWN = {*_WANTED, "effective_to", "place", "judged_by", "values"}


@dataclass(frozen=True)
class Rule:
    """One rule: its article, where that was read, how sure it is, when and where it holds.

    `effective_to` is the first day on which it no longer holds. `place` is a prefix of the
    division code ("" the whole country, "43" Hunan, "430626" one county). `values` are its
    thresholds, with units in their names.
    """

    id: str
    kind: str
    title: str
    article: str
    source: str
    mark: str
    effective_from: date
    effective_to: date | None = None
    place: str = ""
    judged_by: Day = "act"
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def certainty(self) -> Certainty:
        """Say whether the rule may refuse: one marked U warns and never blocks."""
        return _CERTAINTY[self.mark]

    @property
    def is_sure(self) -> bool:
        """Say whether the rule may refuse."""
        return self.certainty == "sure"

    def holds_on(self, day: date) -> bool:
        """Say whether the rule is in force on `day`."""
        ended = self.effective_to is not None and day >= self.effective_to
        return self.effective_from <= day and not ended

    def verdict(self, wished: str) -> str:
        """Return `wished`, weakened to a warning where an unsure rule would block."""
        return "warn" if wished == "block" and not self.is_sure else wished

    def as_dict(self) -> dict[str, Any]:
        """Return what a reader needs to find the rule again, for JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "article": self.article,
            "source": self.source,
            "mark": self.mark,
            "certainty": self.certainty,
            "effective_from": self.effective_from.isoformat(),
        }


@dataclass(frozen=True)
class RuleBook:
    """All rules there are; later entries of the same id replace earlier ones."""

    rules: tuple[Rule, ...]

    @classmethod
    def from_dicts(cls, rows: Iterable[Mapping[str, Any]]) -> "RuleBook":
        """Read plain mappings (as TOML gives them). Raises Refusal naming the faulty rule."""
        found: dict[str, Rule] = {}
        for row in rows:
            rule = _parsed(row)
            found[rule.id] = rule
        return cls(tuple(found.values()))

    def with_rules(self, rows: Iterable[Mapping[str, Any]]) -> "RuleBook":
        """Return this book with a county's own rules added or put in place of ours."""
        own = RuleBook.from_dicts(rows).rules
        replaced = {rule.id for rule in own}
        return RuleBook((*(r for r in self.rules if r.id not in replaced), *own))

    def find(
        self, kind: str, act_date: date, decision_date: date | None = None, place: str = ""
    ) -> Rule | None:
        """Return the rule of `kind` in force, the most local and then the latest, or None."""
        held = self.all_of(kind, act_date, decision_date, place)
        return held[0] if held else None

    def rule(
        self, kind: str, act_date: date, decision_date: date | None = None, place: str = ""
    ) -> Rule:
        """Return the rule of `kind` in force. Raises Refusal where none is."""
        found = self.find(kind, act_date, decision_date, place)
        if found is None:
            raise Refusal(
                f"{act_date.isoformat()} 没有可用的规则「{kind}」",
                where=f"行政区 {place or '全国'}",
                remedy="补充该日期有效的规则数据，或换一个审查日期",
            )
        return found

    def all_of(
        self, kind: str, act_date: date, decision_date: date | None = None, place: str = ""
    ) -> list[Rule]:
        """Return every rule of `kind` in force there and then, most local and latest first."""
        days = {"act": act_date, "decision": decision_date or act_date}
        held = [
            rule
            for rule in self.rules
            if rule.kind == kind
            and rule.holds_on(days[rule.judged_by])
            and place.startswith(rule.place)
        ]
        return sorted(held, key=lambda r: (len(r.place), r.effective_from, r.id), reverse=True)

    def kinds(self, prefix: str = "") -> list[str]:
        """Return the kinds of rules that begin with `prefix`, in order."""
        return sorted({rule.kind for rule in self.rules if rule.kind.startswith(prefix)})


def _parsed(row: Mapping[str, Any]) -> Rule:
    name = str(row.get("id", "（无编号）"))
    missing = [key for key in _WANTED if row.get(key) in (None, "")]
    if missing:
        raise Refusal(f"规则「{name}」缺少 {'、'.join(missing)}", remedy="补齐后再载入")
    unknown = sorted(set(row) - _KNOWN)
    if unknown:
        raise Refusal(
            f"规则「{name}」有不认识的项：{'、'.join(unknown)}", remedy="门槛值写在 values 之下"
        )
    _check(name, row)
    return Rule(
        id=str(row["id"]),
        kind=str(row["kind"]),
        title=str(row["title"]),
        article=str(row["article"]),
        source=str(row["source"]),
        mark=str(row["mark"]),
        effective_from=row["effective_from"],
        effective_to=row.get("effective_to"),
        place=str(row.get("place", "")),
        judged_by=row.get("judged_by", "act"),
        values=dict(row.get("values", {})),
    )


def _check(name: str, row: Mapping[str, Any]) -> None:
    if row["mark"] not in _CERTAINTY:
        raise Refusal(
            f"规则「{name}」的可靠程度「{row['mark']}」不认识", remedy="用 V、P、M、U 之一"
        )
    if row.get("judged_by", "act") not in ("act", "decision"):
        raise Refusal(f"规则「{name}」的 judged_by 须为 act 或 decision")
    begins, ends = row["effective_from"], row.get("effective_to")
    if not isinstance(begins, date) or not (ends is None or isinstance(ends, date)):
        raise Refusal(f"规则「{name}」的日期不是日期", remedy="写成 2020-01-01")
    if ends is not None and ends <= begins:
        raise Refusal(f"规则「{name}」的失效日早于生效日")
