"""A refusal tells a clerk, in Chinese, what is wrong, where, by which rule, and what to do."""

from dataclasses import dataclass


@dataclass(eq=False)
class Refusal(Exception):
    """Raised for whatever a person can put right; pages and commands show it as it is.

    `what` is the fault, `where` names file, feature or place, `rule` the rule or article that
    refuses, `remedy` what to do next. All four are Chinese sentences without a full stop.
    """

    what: str
    where: str = ""
    rule: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [self.what]
        for label, text in (("位置", self.where), ("依据", self.rule), ("办法", self.remedy)):
            if text:
                parts.append(f"{label}：{text}")
        return "；".join(parts) + "。"

    def as_dict(self) -> dict[str, str]:
        """Return the four parts, for JSON."""
        return {
            "what": self.what,
            "where": self.where,
            "rule": self.rule,
            "remedy": self.remedy,
        }
