"""``evaltools dpia``: a draft of the data protection impact assessment of a study."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaltools.cli.common import Asked, Commands, complain, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "dpia",
        help="draft the data protection impact assessment",
        description="Write a draft of the data protection impact assessment from what the study file says.",
    )
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--to", metavar="DIR", help="new folder to write to (default: dpia/STUDY beside data)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _dpia)


def _dpia(folder: str, asked: Asked) -> None:
    from evaltools import paths
    from evaltools.authoring import dpia
    from evaltools.study import loader

    study = loader.load(folder)
    to = Path(asked.to) if asked.to else paths.project_root(study.folder) / "dpia" / study.id
    made = dpia.write(study, to)
    print(say("dpia.written", asked, n=len(made), folder=relative(to)))
    if keys := dpia.missing(study):
        complain([say("dpia.missing", asked, keys=", ".join(keys))])
