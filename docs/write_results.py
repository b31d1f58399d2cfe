"""Writes ``docs/results.md`` from the schema of results."""

from pathlib import Path

from evaltools.results import schema

if __name__ == "__main__":
    Path(__file__).with_name("results.md").write_text(schema.document(), encoding="utf-8")
