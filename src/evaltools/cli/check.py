"""``evaltools check``: the study file and all data, every problem at once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from evaltools.cli.common import Asked, Commands, each_study, say, studies_only

if TYPE_CHECKING:
    from pandas import DataFrame

    from evaltools.study.model import Study


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "check", help="check a study's files", description="Check the study file and all data."
    )
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study")
    parser.add_argument("--term", metavar="ID", help="data up to this term only")
    parser.add_argument("--csv", metavar="FILE", help="every problem, none left out, also as CSV in this file")
    return parser


def command(asked: Asked) -> int:
    return each_study(studies_only(asked), _check)


def _check(folder: str, asked: Asked) -> None:
    from evaltools.ingest import reading
    from evaltools.study import loader

    study = loader.load(folder)
    term = asked.term or study.last_term.id
    try:
        tables = reading.read(study, term)
    except reading.DataError as error:
        if asked.csv:
            error.frame(asked.language).to_csv(asked.csv, sep=";", index=False, encoding="utf-8-sig")
        raise
    counts = {"terms": len(study.terms_to(term)), "files": len(reading.input_files(study, term))}
    said = {name: say(f"run.say.{name}", asked, n=n) for name, n in counts.items()}
    for line in _notes(tables[reading.NOTES], asked):
        print(line)
    print(say("run.say.ok", asked, study=study.id, **said))
    for line in _unwritten(study, term, asked):
        print(line)


def _unwritten(study: Study, term: str, asked: Asked) -> list[str]:
    """Which sections of the final report wait for the evaluator's own text, in the study's language."""
    from evaltools import paths
    from evaltools.report import narrative
    from evaltools.sections import registry

    texts = narrative.written(study, registry.text_places(study))
    missing = [section for section in registry.WRITTEN if (term, study.study.language, section) not in texts]
    file = f"{paths.TEXTS}/{term}.md"
    return [
        say("run.say.unwritten", asked, file=file, section=section, language=study.study.language)
        for section in missing
    ]


def _notes(notes: DataFrame, asked: Asked) -> list[str]:
    """What to look at, file by file, at most twenty of a kind."""
    from evaltools.study.problems import capped, notes_of

    return capped(
        [(note.file or note.term, note.kind, note.say(asked.language)) for note in notes_of(notes)], asked.language
    )
