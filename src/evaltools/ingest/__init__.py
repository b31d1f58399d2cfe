"""Exports to tidy tables: files to text, text to values, rows to persons; every fault by file, line and column."""
