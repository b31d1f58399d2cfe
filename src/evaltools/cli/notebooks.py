"""``evaltools notebooks``: copies of the notebooks beside a study, to open and change in JupyterLab."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "notebooks",
        help="copy the notebooks to open and change",
        description="Copy the notebooks beside a study; its runs take the copies from then on.",
    )
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _copy)


def _copy(folder: str, asked: Asked) -> None:
    from evaltools.authoring import notebook_copies
    from evaltools.study import loader

    copies = notebook_copies.copy(loader.load(folder))
    print(say("new.made", asked, folder=relative(copies[0].parent), n=len(copies)))
    print(say("new.notebooks", asked, folder=relative(copies[0].parent)))
