"""Land classes as a review needs them: great class (三大类), paddy, banks, kind of ownership."""

from dataclasses import dataclass

from guotu.core.atlas.rules import GREAT_CLASSES, SURVEY3, land_class
from guotu.lib.rules import Rule

STATE, COLLECTIVE, UNKNOWN = "国有", "集体", "权属不明"
FARM, BUILT, UNUSED, UNCLEAR = "farm", "construction", "unused", "unclear"
GREAT_TITLES = {**{key: title for key, title in GREAT_CLASSES.items() if key}, UNCLEAR: "地类不明"}


@dataclass(frozen=True)
class ClassSystem:
    """One code system of land classes, with what the rule `site.classes` says of it."""

    name: str
    bank: str
    paddy: str
    state: frozenset[str]
    collective: frozenset[str]

    @classmethod
    def of(cls, name: str, rule: Rule) -> "ClassSystem":
        """Return the system `name` (survey2, survey3, guide2023; "" is survey3)."""
        system, values = name or SURVEY3, rule.values
        return cls(
            name=system,
            bank=values["banks"].get(system, ""),
            paddy=values["paddies"].get(system, ""),
            state=frozenset(values["state"]),
            collective=frozenset(values["collective"]),
        )

    def title(self, code: str, given: str = "") -> str:
        """Return the Chinese name of a class; what the release itself says comes first."""
        found = land_class(code, self.name) if code else None
        return given or (found.name if found else code or "未覆盖")

    def great(self, code: str) -> str:
        """Return farm, construction, unused or sea; `unclear` for what the system has not."""
        found = land_class(code, self.name) if code else None
        return (found.great if found else "") or UNCLEAR

    def is_cultivated(self, code: str) -> bool:
        """Say whether a class is 耕地: not 可调整, and not field banks."""
        found = land_class(code, self.name) if code else None
        return found is not None and found.is_cultivated

    def ownership(self, kind: str) -> str:
        """Return whose the land is in kind, from the survey's QSXZ code."""
        if kind in self.state:
            return STATE
        return COLLECTIVE if kind in self.collective else UNKNOWN
