"""The commands that prepare a study: ``new``, ``describe``, ``refresh-background`` and ``codebook``."""

from __future__ import annotations

import argparse
from pathlib import Path


def _say(key: str, asked: argparse.Namespace, **words: object) -> str:
    from evaltools import i18n  # what a command needs is imported when it runs

    return i18n.say(key, asked.language, **words)


def add(commands: argparse._SubParsersAction, common: list[argparse.ArgumentParser]) -> None:
    """Add the commands to those of the command line; their parsers are appended to ``common``."""
    new = commands.add_parser("new", help="start a study", description="Write a study folder with templates.")
    new.set_defaults(study_command=_new)
    new.add_argument("studies", nargs=1, metavar="STUDY", help="folder to make, such as data/my-study")
    new.add_argument("--from", dest="exports", nargs="+", metavar="FILE", help="make the study file from these exports")
    new.add_argument("--dates", choices=("day-first", "month-first"), default="", help="where no file tells")

    describe = commands.add_parser("describe", help="propose a source block", description="Describe an export.")
    describe.set_defaults(study_command=_describe)
    describe.add_argument("studies", nargs=1, metavar="FILE", help="an export: CSV, XLSX or Parquet")

    refresh = commands.add_parser(
        "refresh-background", help="fetch background tables", description="Fetch the study's background tables anew."
    )
    refresh.set_defaults(study_command=_refresh)
    refresh.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    refresh.add_argument("--replace", action="store_true", help="keep the new copies in place of the frozen ones")

    book = commands.add_parser("codebook", help="write the data dictionary", description="Write the codebook.")
    book.set_defaults(study_command=_codebook)
    book.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    book.add_argument("--term", metavar="ID", help="data up to this term (default: the last)")
    book.add_argument("--out", metavar="DIR", help="folder to write to (default: codebook in the study's folder)")
    common += [new, describe, refresh, book]


def _new(folder: str, asked: argparse.Namespace) -> None:
    from evaltools.authoring import new_study

    if asked.exports:
        _new_from(folder, asked)
        return
    made = new_study.new(Path(folder))
    print(_say("new.made", asked, folder=folder, n=len(made)))
    print(_say("new.next", asked, folder=folder))


def _new_from(folder: str, asked: argparse.Namespace) -> None:
    from evaltools.authoring import from_exports

    _, found = from_exports.new(Path(folder), list(map(Path, asked.exports)), asked.dates)
    for each in found:
        tool = each.profile.name or _say("new.from.unknown", asked)
        print(_say("new.from.table", asked, file=each.export.path.name, tool=tool, table=each.table))
    print(_say("new.from.next", asked, folder=folder))


def _describe(file: str, asked: argparse.Namespace) -> None:
    from evaltools.authoring import describe

    print(describe.describe(Path(file)), end="")


def _refresh(folder: str, asked: argparse.Namespace) -> None:
    from evaltools.authoring import refresh_background
    from evaltools.study import loader

    read = loader.load(folder)

    def say(key: str, **words: object) -> None:
        print(_say(f"background.refresh.{key}", asked, **words))

    if not read.background:
        say("nothing", study=read.id)
    for each in (fetched := refresh_background.refresh(read, asked.replace)):
        words = {"changed": each.changed, "added": each.added, "gone": each.gone}
        say("same", file=each.file) if each.same else say("differs", file=each.file, **words)
        for change in each.changes:
            print(f"  {change}")
        if asked.replace:
            say("kept", file=each.file)
    if fetched and not asked.replace and not all(each.same for each in fetched):
        say("not_kept")


def _codebook(folder: str, asked: argparse.Namespace) -> None:
    from evaltools.ingest import reading, tidy
    from evaltools.privacy import pseudonyms
    from evaltools.report import codebook
    from evaltools.study import loader

    read = loader.load(folder)
    term = asked.term or max(read.terms, key=lambda t: t.start).id
    tables = tidy.build(read, reading.read(read, term), pseudonyms.load_key())
    out = Path(asked.out) if asked.out else read.folder / "codebook"
    for path in codebook.write(read, tables, out, asked.language):
        print(path)
