"""``evaltools new``: a study folder with a commented study file and templates to fill."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from evaltools.cli.common import Asked, Commands, each_study, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("new", help="start a study", description="Write a study folder with templates.")
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder to make, such as my-study or data/my-study")
    parser.add_argument(
        "--from", dest="exports", nargs="+", metavar="FILE", help="make the study file from these exports"
    )
    parser.add_argument("--dates", choices=("day-first", "month-first"), default="", help="if no file says which")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, partial(_new, language=asked.language))


def _new(folder: str, asked: Asked, language: str) -> None:
    from evaltools.authoring import new_study

    if asked.exports:
        _new_from(folder, asked, language)
        return
    files = new_study.new(Path(folder), language=language)
    print(say("new.made", asked, folder=folder, n=len(files)))
    print(say("new.next", asked, folder=folder))


def _new_from(folder: str, asked: Asked, language: str) -> None:
    from evaltools.authoring import from_exports

    _, found = from_exports.new(Path(folder), list(map(Path, asked.exports)), asked.dates, language=language)
    for each in found:
        tool = each.profile.name or say("new.from.unknown", asked)
        print(say("new.from.table", asked, file=each.export.path.name, tool=tool, table=each.table))
    print(say("new.from.next", asked, folder=folder))
