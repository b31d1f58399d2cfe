"""``evaltools terms``: the terms of a study."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, each_study, print_table, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("terms", help="list a study's terms", description="List the terms of a study.")
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _list)


def _list(folder: str, asked: Asked) -> None:
    from evaltools.study import loader

    rows = [[say(f"run.column.{column}", asked) for column in ("id", "name", "start", "end")]]
    rows += [[t.id, t.name(asked.language), str(t.start), str(t.end)] for t in loader.load(folder).terms]
    print_table(rows)
