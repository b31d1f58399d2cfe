"""``evaltools refresh-background``: fetch the published tables of a study anew, and tell what changed."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, each_study, say


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "refresh-background", help="fetch background tables", description="Fetch the study's background tables again."
    )
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--replace", action="store_true", help="replace the frozen copies with the new ones")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _refresh)


def _refresh(folder: str, asked: Asked) -> None:
    from evaltools.authoring import refresh_background
    from evaltools.study import loader

    study = loader.load(folder)

    def tell(key: str, **words: object) -> None:
        print(say(f"background.refresh.{key}", asked, **words))

    if not study.background:
        tell("nothing", study=study.id)
    for each in (fetched := refresh_background.refresh(study, asked.replace)):
        words = {"changed": each.changed, "added": each.added, "gone": each.gone}
        tell("same", file=each.file) if each.same else tell("differs", file=each.file, **words)
        for change in each.changes:
            print(f"  {change}")
        if asked.replace:
            tell("kept", file=each.file)
    if fetched and not asked.replace and not all(each.same for each in fetched):
        tell("not_kept")
