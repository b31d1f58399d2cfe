"""``evaltools forms``: the forms of a study's surveys, for paper, Word and survey tools."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from evaltools.cli.common import Asked, Commands, complain, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "make the forms of the surveys"
    parser = commands.add_parser("forms", help=words, description="Make the forms of the surveys and interviews.")
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument(
        "--wave", default="", metavar="ID", help="start, end, followup or one of your own (default: all)"
    )
    parser.add_argument("--to", metavar="DIR", help="new folder to write to (default: forms/STUDY beside data)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, partial(_forms, languages=[asked.language] if asked.language else []))


def _forms(folder: str, asked: Asked, languages: list[str]) -> None:
    from evaltools import paths
    from evaltools.authoring.forms import make
    from evaltools.report import documents
    from evaltools.study import loader

    study = loader.load(folder)
    to = Path(asked.to) if asked.to else paths.project_root(study.folder) / "forms" / study.id
    made = make.write(study, to, asked.wave, languages)
    if missing := documents.missing():
        complain([say("forms.no_word", asked, packages=", ".join(missing))])
    print(say("forms.made", asked, n=len(made), folder=relative(to)))
