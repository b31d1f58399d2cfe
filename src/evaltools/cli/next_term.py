"""``evaltools next``: a further term of a study."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, day, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "Add a term to a study file, with the folder of its exports and the file of the evaluator's texts."
    parser = commands.add_parser("next", help="add a term to a study", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("term", metavar="TERM", help="id of the new term, such as 2024K")
    parser.add_argument(
        "--start", type=day, metavar="DAY", help="first day (default: as in the same term of an earlier year)"
    )
    parser.add_argument(
        "--end", type=day, metavar="DAY", help="last day (default: as in the same term of an earlier year)"
    )
    parser.add_argument("--name", default="", help="default: that of the same term of an earlier year")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _next)


def _next(folder: str, asked: Asked) -> None:
    from evaltools import i18n
    from evaltools.authoring import next_term

    made = next_term.add(folder, asked.term, asked.start, asked.end, asked.name)
    days = i18n.interval(i18n.date(made.term.start, asked.language), i18n.date(made.term.end, asked.language), "en")
    print(
        say("next.added", asked, study=made.study.id, term=made.term.id, name=made.term.name(asked.language), days=days)
    )
    print(say("next.exports", asked, folder=relative(made.exports)))
    print(say("next.texts", asked, file=relative(made.texts)))
    for what, words in made.to_tell:
        print(say(f"next.tell.{what}", asked, **words))
    print(say("next.then", asked, study=folder))
