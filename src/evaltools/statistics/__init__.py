"""Estimates and tests: pure functions on counts, each checked against R."""
