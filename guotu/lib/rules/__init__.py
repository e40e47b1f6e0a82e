"""Dated rules of law: which one holds for an act, a decision and a place, and how sure it is."""

from guotu.lib.rules.dated import Rule, RuleBook

__all__ = ["Rule", "RuleBook"]
