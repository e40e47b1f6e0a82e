"""Writes: one file a group of verbs, each an action."""
