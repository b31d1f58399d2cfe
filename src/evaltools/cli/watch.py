"""``evaltools watch``: checks of a term's answers while the survey runs, in files for the evaluator alone."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import TYPE_CHECKING

from evaltools.cli.common import Asked, Commands, day, each_study, print_table, relative, say

if TYPE_CHECKING:
    from evaltools.fieldwork.watch_page import Words


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "Answers that are too odd for chance, and how asking goes, in files that are for this machine alone."
    parser = commands.add_parser("watch", help="check answers while a survey runs", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    help_term = "default: the term of the day, or the last before it"
    parser.add_argument("term", nargs="?", default="", metavar="TERM", help=help_term)
    help_day = "answers up to this day (default: today)"
    parser.add_argument("--date", "--today", type=day, metavar="DAY", help=help_day)
    parser.add_argument("--to", default="", metavar="FOLDER", help="where the files go (default: outputs/STUDY/watch)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _watch)


def _watch(folder: str, asked: Asked) -> None:
    from evaltools.fieldwork import private_files, so_far, status, watch, watch_page
    from evaltools.study import loader

    study, today = loader.load(folder), asked.date or dt.date.today()
    to = private_files.chosen(study, asked.to, "watch")
    term = study.term(asked.term) if asked.term else status.term_of(study, today)
    found = so_far.of_persons(study, term.id, repeats=True)
    seen = watch.of(study, found.raw, found.tables, term, today)
    words = watch_page.Words(study, seen, asked.language)
    pairs, targets = status.against_needed(study, found.tables)
    page, *files = private_files.write(study, to, watch_page.files(words, pairs, targets))
    _checks(words)
    print(say("watch.page", asked, file=relative(page)))
    print(say("watch.file", asked, file=", ".join(map(relative, files))))
    print(say("watch.keep", asked))


def _checks(words: Words) -> None:
    """What was checked, and what was found; nothing of a person."""
    table = words.checks()
    print_table([[column.label for column in table.columns], *([str(value) for value in row] for row in table.rows)])
    print()
    if not words.watch.faults:
        print(words.text("none" if words.watch.looks else "no_answers"))
