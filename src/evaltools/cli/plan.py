"""``evaltools plan``: the next term from this one's spread and silence, and what came of the last plan."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from evaltools.cli.common import Asked, Commands, each_study, print_table, relative, say, whole_number

if TYPE_CHECKING:
    from evaltools.fieldwork.plan import Came, Plan
    from evaltools.study.model import Study


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "How many to ask next term, what their answers will show, and what came of the last plan."
    parser = commands.add_parser("plan", help="plan the next term", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("term", nargs="?", default="", metavar="TERM", help="term to plan from (default: the last)")
    sizes = "answers of a comparison group (default: half, as many and twice as many as the project's)"
    parser.add_argument("--comparison", type=whole_number, default=0, metavar="N", help=sizes)
    parser.add_argument("--to", default="", metavar="FOLDER", help="where plans lie (default: outputs/STUDY/plan)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _plan)


def _plan(folder: str, asked: Asked) -> None:
    from evaltools.fieldwork import plan, private_files, so_far
    from evaltools.study import loader

    study = loader.load(folder)
    to = private_files.chosen(study, asked.to, "plan")
    term = study.term(asked.term) if asked.term else study.last_term
    found = so_far.of_persons(study, term.id)
    made = plan.of(study, found.tables, term.id, asked.comparison)
    _said(study, made, asked)
    earlier = max((t for t in study.terms if t.start < term.start), key=lambda t: t.start, default=None)
    if earlier is not None and (before := to / plan.file_name(earlier.id)).is_file():
        print(f"\n{say('plan.checked', asked, term=earlier.name(asked.language))}")
        _came(study, plan.came(study, found.tables, plan.Plan.read(before)), asked)
    [path] = private_files.write(study, to, {plan.file_name(term.id): made.written()})
    print(say("plan.kept", asked, file=relative(path)))


def _said(study: Study, made: Plan, asked: Asked) -> None:
    from evaltools import i18n

    language = asked.language
    print(say("plan.head", asked, study=study.study.name(language), term=study.term(made.term).name(language)))
    print(
        say(
            "plan.promise",
            asked,
            change=_points(made.change, language),
            power=i18n.percent(made.power, language, 0),
            assurance=i18n.percent(made.assurance, language, 0),
        )
    )
    if made.questions:
        columns = ("question", "pairs", "moved", "needed", "width")
        rows = [
            [_question(study, q.item, language), str(q.pairs), str(q.moved), str(q.needed), _points(q.width, language)]
            for q in made.questions
        ]
        print()
        print_table([[say(f"plan.column.{column}", asked) for column in columns], *rows])
        key = "too_many" if made.invite is None else "invite" if made.invite else "enough"
        print(say(f"plan.{key}", asked, n=made.invite or 0, both=made.both, of=made.asked))
    else:
        print(say("plan.no_pairs", asked))
    names = {target.id: target.name(language) for target in study.targets}
    for target in made.targets:
        key = "target_settled" if target.settled else "target_open" if target.answers is None else "target"
        print(say(f"plan.{key}", asked, target=names[target.target], of=target.asked, answers=target.answers))
    for each in (each for each in made.comparison if each.difference is not None):
        print(say("plan.sees", asked, n=each.group, difference=_points(each.difference, language)))


def _came(study: Study, found: list[Came], asked: Asked) -> None:
    names = {target.id: target.name(asked.language) for target in study.targets}
    rows = [[say(f"plan.column.{column}", asked) for column in ("what", "promised", "came", "kept")]]
    answers = {flag: say(f"plan.came.{'yes' if flag else 'no'}", asked) for flag in (True, False)}
    for each in found:
        of = names.get(each.of) or (_question(study, each.of, asked.language) if each.of else "")
        numbers = [_number(each.what, value, answers, asked.language) for value in (each.promised, each.came)]
        rows.append([say(f"plan.came.{each.what}", asked, of=of), *numbers, answers[each.kept]])
    print_table(rows)


def _number(what: str, value: float | None, answers: dict[bool, str], language: str) -> str:
    from evaltools import i18n

    if what == "target":
        return answers[bool(value)]
    return i18n.integer(value, language) if what in ("pairs", "invited") else _points(value, language)


def _points(share: float | None, language: str) -> str:
    from evaltools import i18n

    return i18n.decimal(None if share is None else share * 100, language, 1)


def _question(study: Study, item: str, language: str) -> str:
    scale = next((each for each in study.survey.scales if each.id == item), None)
    return scale.name(language) if scale else study.item(item).text(language)
