"""``evaltools code``: two people code the open answers of a term in a workbook, and it is read back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from evaltools.cli.common import Asked, Commands, each_study, print_table, relative, say

if TYPE_CHECKING:
    from evaltools.authoring.coding import Coded, Workbook


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "Write a workbook of masked open answers for two coders; once it is filled, read it back."
    parser = commands.add_parser("code", help="code open answers by two people", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("term", nargs="?", default="", metavar="TERM", help="the term of the answers (default: last)")
    parser.add_argument("--to", default="", metavar="DIR", help="where it lies (default: outputs/STUDY/coding)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _code)


def _code(folder: str, asked: Asked) -> None:
    from evaltools import paths
    from evaltools.authoring import coding
    from evaltools.fieldwork import private_files
    from evaltools.ingest import reading
    from evaltools.privacy import pseudonyms
    from evaltools.study import loader

    study = loader.load(folder)
    term = study.term(asked.term).id if asked.term else study.last_term.id
    path = private_files.private_folder(study, private_files.chosen(study, asked.to, "coding")) / f"{term}.xlsx"
    raw = reading.read(study, term)
    answers = coding.answers(study, raw, pseudonyms.load_key(), term)
    book = coding.Workbook(study, answers, asked.language, path.name)
    if not path.exists():
        paths.replace(path, coding.workbook(book, coding.known(raw)), mode=private_files.OWNERS_FILE)
        print(say("coding.written", asked, n=len(answers), file=relative(path)))
        return
    coded = coding.read(path, study, answers, asked.language)
    _agreement(book, coded, asked)
    if coded.open:
        paths.replace(path, coding.workbook(book, coded.coders, coded), mode=private_files.OWNERS_FILE)
        print(say("coding.to_settle", asked, n=len(coded.differing), sheet=coding.SETTLED, file=relative(path)))
    else:
        print(say("coding.kept", asked, n=len(answers), file=relative(coding.keep(study, term, coded))))


def _agreement(book: Workbook, coded: Coded, asked: Asked) -> None:
    from evaltools import i18n
    from evaltools.statistics.agreement import krippendorff_alpha

    rows = [[say(f"comments.{key}", asked) for key in ("theme", "both", "one", "alpha")]]
    rows[0].append(say("column.interval", asked))
    for theme in book.themes:
        both, one, neither = coded.counts(theme)
        alpha = krippendorff_alpha(both, one, neither)
        shown, low, high = (i18n.decimal(n, asked.language) for n in (alpha.estimate, alpha.lower, alpha.upper))
        rows.append([book.names([theme]), str(both), str(one), shown, i18n.interval(low, high, asked.language)])
    print_table(rows)
