"""``evaltools statement``: the accessibility statement of a study's reports, one page a language."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaltools.cli.common import Asked, Commands, complain, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "statement",
        help="write the accessibility statement",
        description="Write the accessibility statement of a study's reports from what its study file says.",
    )
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study")
    parser.add_argument("--to", metavar="DIR", help="folder of the pages (default: the study's outputs)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _statement)


def _statement(folder: str, asked: Asked) -> None:
    from evaltools import paths
    from evaltools.report import statement
    from evaltools.study import loader

    study = loader.load(folder)
    home = Path(asked.to) if asked.to else paths.project_root(study.folder) / "outputs" / study.id
    for path in statement.write(study, home):
        print(say("statement.written", asked, file=relative(path)))
    if keys := [key for key in ("email", "tested") if not getattr(study.publisher, key)]:
        complain([say("statement.missing", asked, study=study.id, keys=", ".join(keys))])
