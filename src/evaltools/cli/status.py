"""``evaltools status``: a term at a glance."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import TYPE_CHECKING

from evaltools.cli.common import Asked, Commands, day, each_study, print_table, say, studies_only

if TYPE_CHECKING:
    from evaltools.fieldwork.status import Action, Reached, Status


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "What is in and what is missing, answers against what is needed, actions, money, days left. Runs nothing."
    parser = commands.add_parser("status", help="a term at a glance", description=words)
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study")
    parser.add_argument("--term", default="", metavar="ID", help="default: the term of the day, or the last before it")
    parser.add_argument("--date", type=day, metavar="DAY", help="the day to look from (default: today)")
    return parser


def command(asked: Asked) -> int:
    return each_study(studies_only(asked), _status)


def _status(folder: str, asked: Asked) -> None:
    from evaltools.fieldwork import status
    from evaltools.study import loader

    now = status.of(loader.load(folder), asked.date or dt.date.today(), asked.term)
    _head(now, asked)
    _files(now, asked)
    if now.problems:
        print(f"\n{say('status.problems', asked, n=len(now.problems), study=folder)}")
        return
    _answers(now, asked)
    _targets(now, asked)
    _actions(now, asked)
    _money(now, asked)


def _head(now: Status, asked: Asked) -> None:
    from evaltools import i18n

    term, language = now.term, asked.language
    print(say("status.head", asked, study=now.study.study.name(language), term=term.name(language), id=term.id))
    print(say("status.day", asked, day=i18n.date(now.day, language), ends=_until(term.end, now.day, "ends", asked)))
    if now.report is not None:
        print(_until(now.report, now.day, "report", asked))


def _until(end: dt.date, today: dt.date, what: str, asked: Asked) -> str:
    from evaltools import i18n

    days = (end - today).days
    when = "ahead" if days > 0 else "today" if days == 0 else "past"
    return say(f"status.{what}_{when}", asked, n=abs(days), day=i18n.date(end, asked.language))


def _heading(key: str, asked: Asked) -> None:
    print(f"\n{say(f'status.heading.{key}', asked)}")


def _rows(columns: tuple[str, ...], rows: list[list[str]], asked: Asked) -> None:
    print_table([[say(f"status.column.{column}", asked) for column in columns], *rows])


def _files(now: Status, asked: Asked) -> None:
    _heading("files", asked)
    rows = []
    for each in now.files:
        if each.missing:
            state = say("status.missing", asked)
        elif not each.found:
            state = say("status.none", asked)
        elif each.rows is None:
            state = say("status.in", asked)
        else:
            state = say("status.rows", asked, n=each.rows)
        rows.append([each.source.name(asked.language), each.source.file, state])
    _rows(("source", "file", "state"), rows, asked)


def _answers(now: Status, asked: Asked) -> None:
    from evaltools import i18n

    if not now.answers:
        return
    _heading("answers", asked)
    names = {source.table: source.name(asked.language) for source in reversed(now.study.sources)}
    rows = []
    for each in now.answers:
        share = each.answered / each.asked if each.asked else None
        numbers = [i18n.integer(n, asked.language) for n in (each.of_term, each.answered, each.asked)]
        rows.append([names[each.table], *numbers, i18n.percent(share, asked.language, 0)])
    _rows(("survey", "of_term", "answered", "asked", "share"), rows, asked)
    if now.pairs is not None:
        both, needed = (i18n.integer(n, asked.language) for n in now.pairs)
        print(say("status.pairs", asked, both=both, needed=needed))


def _targets(now: Status, asked: Asked) -> None:
    if now.targets:
        _heading("targets", asked)
        _rows(("target", "actual", "wanted"), [_target(now, each, asked) for each in now.targets], asked)


def _target(now: Status, target: Reached, asked: Asked) -> list[str]:
    from evaltools import i18n

    name = next(t.name(asked.language) for t in now.study.targets if t.id == target.name)
    if target.of is None:
        return [name, i18n.integer(target.actual, asked.language), i18n.integer(target.wanted, asked.language)]
    rate = target.actual / target.of if target.of else None
    words = {"rate": i18n.percent(rate, asked.language), "of": i18n.integer(target.of, asked.language)}
    return [name, say("status.rate", asked, **words), i18n.percent(target.wanted, asked.language)]


def _actions(now: Status, asked: Asked) -> None:
    if now.actions:
        _heading("actions", asked)
        _rows(("action", "owner", "planned", "state"), [_action(now, each, asked) for each in now.actions], asked)


def _action(now: Status, action: Action, asked: Asked) -> list[str]:
    from evaltools import i18n

    name, owner = (
        now.study.code_name(c, id, asked.language) for c, id in (("action", action.action), ("owner", action.owner))
    )
    state = say("status.late" if action.late > 0 else "status.due", asked, n=abs(action.late))
    return [f"{action.action} {name}", owner, i18n.date(action.planned, asked.language), state]


def _money(now: Status, asked: Asked) -> None:
    from evaltools import i18n

    if now.money is None:
        return
    spent, planned = now.money
    words = {
        "spent": i18n.euro(spent, asked.language),
        "planned": i18n.euro(planned, asked.language),
        "share": i18n.percent(spent / planned if planned else None, asked.language, 0),
        "elapsed": i18n.percent(now.elapsed, asked.language, 0),
    }
    _heading("money", asked)
    print(say("status.money", asked, **words))
