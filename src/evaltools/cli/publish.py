"""``evaltools publish``: the public releases of a study in a folder or zip archive that may be given away."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, add_outputs, each_study, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "publish",
        help="gather what may be published",
        description="Put a study's public releases, and nothing else, in a new folder or zip archive.",
    )
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--to", required=True, metavar="PLACE", help="a new folder, or a file that ends in .zip")
    add_outputs(parser)
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _publish)


def _publish(folder: str, asked: Asked) -> None:
    from evaltools.pipeline import publish
    from evaltools.study import loader

    names = publish.publish(loader.load(folder), asked.to, asked.outputs)
    print(say("run.say.published", asked, n=len(names), to=asked.to, contents=publish.CONTENTS))
