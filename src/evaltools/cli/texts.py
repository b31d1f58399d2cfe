"""``evaltools texts``: keep what a person wrote in the marked places of a Word report."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaltools.cli.common import Asked, Commands, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "keep what was written in a Word report"
    parser = commands.add_parser("texts", help=words, description="Keep the texts of a Word report for the next.")
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--from", dest="document", required=True, metavar="FILE", help="the edited Word report (.docx)")
    parser.add_argument(
        "--term", default="", metavar="ID", help="the term whose report they are for (default: the last)"
    )
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _texts)


def _texts(folder: str, asked: Asked) -> None:
    from evaltools.authoring import written
    from evaltools.report import documents
    from evaltools.sections import registry
    from evaltools.study import loader

    documents.check(["word"], None)
    study = loader.load(folder)
    document = Path(asked.document)
    term = study.term(asked.term).id if asked.term else study.last_term.id
    file, sections = written.keep(study, document, term, registry.text_places(study))
    if sections:
        print(say("written.kept", asked, file=relative(file), sections=", ".join(sections)))
    else:
        print(say("written.nothing", asked, document=document.name))
