"""What people coded of the open answers: ``coding.csv`` beside the study file, as ``evaltools code`` writes it.

It holds the themes that each of two coders gave an answer, and those they agreed on; no text and no person. An answer
is known by an id of its own, made with the study's key of who gave it, when, and what it says: one whose text has been
corrected is another answer, and is to be coded again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaltools.privacy.pseudonyms import Key, pseudonymise
from evaltools.study.model import Study
from evaltools.study.problems import Problem
from evaltools.study.schema import NO_THEME

FILE = "coding.csv"
CODERS = ("coder_a", "coder_b")
AGREED = "agreed"
OFFERED = "themes"  # that the study had when it was coded
COLUMNS = ("term", "id", OFFERED, *CODERS, AGREED)
TABLE = "codings"
CODED = "coded"  # column of responses: whether two people coded the comment
FLAG = "coded_"  # prefix of the columns of the themes they agreed on
BETWEEN = " "  # ids of themes in one cell


def ids(frame: pd.DataFrame, survey: str, key: Key, study: Study) -> pd.Series:
    """The id of each comment of a survey, whose persons are pseudonyms; missing where there is no comment."""
    said = frame["person"] + f"\0{survey}\0" + frame["comment"]
    return pseudonymise(said, key, study.id, "comment").astype("str")


def faults(study: Study, frame: pd.DataFrame) -> Iterator[Problem]:
    """What is wrong in the rows of the file: an unknown term, an id that stands twice, other themes than the study has:
    of one that was added later, nobody has said whether an answer touches it."""
    terms, offered = {term.id for term in study.terms}, {theme.id for theme in study.themes}
    known = {NO_THEME, *offered}
    twice = frame["id"].duplicated()
    for row, again in zip(frame.to_dict("records"), twice, strict=True):
        wrong = [column for column in (*CODERS, AGREED) if not _themes(row[column]) or _themes(row[column]) - known]
        wrong += [OFFERED] if _themes(row[OFFERED]) != offered else []
        wrong += ["term"] if row["term"] not in terms else []
        wrong += ["id"] if again or not row["id"] else []
        for column in wrong:
            yield Problem(FILE, row["line"], column, "bad_coding", {"known": ", ".join(sorted(known))})


def flags(answers: pd.Series, codings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """``coded`` and one column a theme (``coded_<theme>``): whether the coders agreed that the comment touches it."""
    agreed = answers.map(codings.set_index("id")[AGREED])
    touched = {FLAG + theme.id: agreed.map(lambda cell, id=theme.id: id in _themes(cell)) for theme in study.themes}
    return pd.DataFrame({CODED: agreed.notna(), **touched}, index=answers.index).astype(bool)


def by_theme(answers: pd.DataFrame, codings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """What each coder said of each coded answer and theme: (survey, term, theme, coder_a, coder_b), of no person.

    ``answers`` are the comments as they stand, with ``id``, ``survey`` and ``term``.
    """
    met = answers.merge(codings.drop(columns="term"), on="id")
    parts = [
        met[["survey", "term"]].assign(
            theme=theme, **{coder: met[coder].map(lambda cell, id=theme: id in _themes(cell)) for coder in CODERS}
        )
        for theme in [theme.id for theme in study.themes]
    ]
    made = pd.concat(parts, ignore_index=True)
    return made.sort_values([*made.columns], ignore_index=True)


def _themes(cell: object) -> set[str]:
    return set(cell.split(BETWEEN)) if isinstance(cell, str) and cell else set()
