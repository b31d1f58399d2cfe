"""``evaltools codebook``: the data dictionary of a study."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaltools.cli.common import Asked, Commands, each_study


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("codebook", help="write the data dictionary", description="Write the codebook.")
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--term", metavar="ID", help="data up to this term (default: the last)")
    parser.add_argument("--out", metavar="DIR", help="folder to write to (default: codebook in the study's folder)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _codebook)


def _codebook(folder: str, asked: Asked) -> None:
    from evaltools.ingest import reading, tidy
    from evaltools.privacy import pseudonyms
    from evaltools.report import codebook
    from evaltools.study import loader

    study = loader.load(folder)
    tables = tidy.build(study, reading.read(study, asked.term or study.last_term.id), pseudonyms.load_key())
    out = Path(asked.out) if asked.out else study.folder / "codebook"
    for path in codebook.write(study, tables, out, asked.language):
        print(path)
