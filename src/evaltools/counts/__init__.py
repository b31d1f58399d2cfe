"""Tidy tables to count tables: the last room that sees persons."""
