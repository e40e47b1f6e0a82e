"""Writes about people: accounts, posts, who holds them, divisions, and proving who one is."""

from guotu.core.people.actions import accounts, attempts, divisions, own, posts, terms

__all__ = ["accounts", "attempts", "divisions", "own", "posts", "terms"]
