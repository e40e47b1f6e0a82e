"""Reads: what desks, lists, maps and case pages show."""
