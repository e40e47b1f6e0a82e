"""Tests of fictional counties."""
