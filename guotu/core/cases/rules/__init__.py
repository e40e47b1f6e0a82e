"""Decides: pure functions over plain values."""
