"""``evaltools archive``: a study as a data archive takes it."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, add_outputs, each_study, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "archive",
        help="gather what a data archive takes",
        description="Put protected tables, questionnaires and descriptions in a new folder or zip archive.",
    )
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--to", required=True, metavar="PLACE", help="a new folder, or a file that ends in .zip")
    add_outputs(parser)
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _archive)


def _archive(folder: str, asked: Asked) -> None:
    from evaltools.pipeline.archive import make
    from evaltools.study import loader

    names, deposit = make.archive(loader.load(folder), asked.to, asked.outputs)
    print(say("archive.written", asked, n=len(names), to=asked.to, sums=make.SUMS))
    if deposit.missing:
        print(f"{say('archive.open', asked)}:")
        for key in deposit.missing:
            print(f"  {say(key, asked)}")
