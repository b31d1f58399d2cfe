"""``evaltools verify``: make releases again from the same inputs and compare them byte by byte."""

from __future__ import annotations

import argparse

from evaltools.cli.common import FAILED, Asked, Commands, add_allow_notebooks, add_jobs, each_study, say
from evaltools.cli.process import warm_up
from evaltools.errors import EvaltoolsError


class DifferentError(EvaltoolsError):
    """A release that is not what it was, or not what comes out: the line that says where."""

    status = FAILED

    def __init__(self, line: str):
        self.line = line
        super().__init__(line)

    def lines(self, language: str) -> list[str]:
        return [self.line]


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "verify",
        help="make a release again and compare",
        description="Make releases again from the same inputs and compare them byte by byte.",
    )
    parser.add_argument("studies", nargs="+", metavar="FOLDER", help="such as outputs/uusi-alku/2023K/public-fi")
    add_jobs(parser)
    add_allow_notebooks(parser, "package")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _verify)


def _verify(folder: str, asked: Asked) -> None:
    warm_up()
    from evaltools.pipeline import verify

    found = verify.verify(folder, asked.jobs, asked.trusted)
    if found is None:
        print(say("run.verify.same", asked, folder=folder))
        return
    what = f"{found.what}_line" if found.line is not None else found.what
    raise DifferentError(say(f"run.verify.{what}", asked, folder=folder, file=found.file, line=found.line))
