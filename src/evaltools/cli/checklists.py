"""``evaltools checklists``: reporting checklists filled from a finished edition."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, add_outputs, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "Fill the reporting checklists that fit a study from a finished edition, on a page beside it."
    parser = commands.add_parser("checklists", help="fill reporting checklists from a run", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--term", default="", metavar="ID", help="default: the last term")
    parser.add_argument("--edition", choices=("public", "internal"), default="public", help="default: public")
    add_outputs(parser)
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _checklists)


def _checklists(folder: str, asked: Asked) -> None:
    from evaltools.pipeline import checklists
    from evaltools.report.edition import Edition
    from evaltools.study import loader

    study = loader.load(folder)
    term = study.term(asked.term) if asked.term else study.last_term
    path = checklists.write(Edition(study, term, asked.language, asked.edition), asked.outputs)
    print(say("checklist.written", asked, file=relative(path)))
