"""``evaltools due``: who should be asked on a day and who has not answered, as lists of recipients."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import TYPE_CHECKING

from evaltools.cli.common import Asked, Commands, day, each_study, print_table, relative, say

if TYPE_CHECKING:
    from evaltools.fieldwork.due import Due


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "Who should be asked and who has not answered, in files that are for this machine alone."
    parser = commands.add_parser("due", help="list whom to ask today", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--date", type=day, metavar="DAY", help="the day to ask on (default: today)")
    parser.add_argument("--to", default="", metavar="FOLDER", help="where the lists go (default: outputs/STUDY/due)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _due)


def _due(folder: str, asked: Asked) -> None:
    from evaltools.fieldwork import asking, due, private_files, recipients, so_far
    from evaltools.study import loader

    study, today = loader.load(folder), asked.date or dt.date.today()
    to = private_files.chosen(study, asked.to, "due")
    term = study.last_term.id
    found = so_far.of_persons(study, term)
    if "persons" not in found.tables:
        print(say("due.no_register", asked))
        return
    lists = due.lists(study, found.tables, today)
    contacts = recipients.contacts(study, found.raw, term)
    files = private_files.write(study, to, recipients.files(lists, found.ids, contacts))
    names = {source.table: source.name(asked.language) for source in reversed(study.sources)}
    _table(lists, names, asked)
    _weeks(lists, names, asked)
    for each in lists:
        for target, fewest in each.decides.items():
            name = next(t.name(asked.language) for t in study.targets if t.id == target)
            print(say("due.decides", asked, survey=names[each.table], target=name, n=fewest))
    for table in asking.undated(study):
        print(say("due.undated", asked, survey=names[table]))
    for each, path in zip(lists, files, strict=True):
        if len(each.people):
            print(say("due.written", asked, file=relative(path)))
    print(say("due.keep", asked))


def _table(lists: list[Due], names: dict[str, str], asked: Asked) -> None:
    from evaltools import i18n
    from evaltools.fieldwork import asking

    rows = [
        [say(f"due.column.{column}", asked) for column in ("survey", "new", "silent", "answered", "asked", "share")]
    ]
    for each in lists:
        states = each.people["state"]
        numbers = [(states == asking.NEW).sum(), (states == asking.SILENT).sum(), each.answered, each.asked]
        share = i18n.percent(each.answered / each.asked if each.asked else None, asked.language, 0)
        rows.append([names[each.table], *(i18n.integer(int(n), asked.language) for n in numbers), share])
    print_table(rows)


def _weeks(lists: list[Due], names: dict[str, str], asked: Asked) -> None:
    """Answers by week, where there are any in the last weeks."""
    shown = [each for each in lists if any(n for _, n in each.weeks)]
    if not shown:
        return
    mondays = [f"{monday.day}.{monday.month}." for monday, _ in shown[0].weeks]
    print()
    print_table(
        [[say("due.weeks", asked), *mondays], *([names[d.table], *(str(n) for _, n in d.weeks)] for d in shown)]
    )
