"""Counts of open answers: how many touch each theme, by the word list or as people coded them."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.counts.tally import in_scope
from evaltools.ingest import coding
from evaltools.ingest.tidy import Tables
from evaltools.privacy import free_text
from evaltools.study.model import Study
from evaltools.study.schema import NO_THEME

COLUMNS = ["scope", "survey", "coded", "theme", "count", "total"]


def comments(study: Study, tables: Tables, term_id: str) -> Tables:
    """``comments`` and, where all were coded by people, ``coding_agreement``, of a study with themes and comments.

    ``comments``: persons whose comment touches a theme (scope, survey, coded, theme, count, total = who left one). A
    comment may touch several themes; ``none`` counts those that touch no theme of the list. ``coded`` says that two
    people coded every comment of the scope: until they have, the word list counts. ``coding_agreement``: comments that
    both coders, one or neither gave a theme (theme, both, one, neither).
    """
    responses = tables.get("responses", pd.DataFrame())
    if not study.themes or "commented" not in responses:
        return {}
    terms = [term.id for term in study.terms_to(term_id)]
    given = responses[responses["commented"].eq(True)]
    rows = []
    for scope in [ALL, *(terms if len(terms) > 1 else [])]:
        chosen = in_scope(given, scope)
        coded = _is_coded(chosen)
        touched = _touched(study, chosen, coding.FLAG if coded else free_text.FLAG)
        for survey in given["survey"].drop_duplicates():
            those = touched[chosen["survey"].eq(survey)]
            rows += [(scope, survey, coded, theme, int(n), len(those)) for theme, n in those.sum().items()]
    counts = {"comments": pd.DataFrame(rows, columns=COLUMNS)}
    return counts | ({"coding_agreement": _agreement(tables[coding.TABLE])} if _is_coded(given) else {})


def _is_coded(given: pd.DataFrame) -> bool:
    return coding.CODED in given and bool(len(given)) and bool(given[coding.CODED].eq(True).all())


def _touched(study: Study, given: pd.DataFrame, flag: str) -> pd.DataFrame:
    """Which themes each comment touches, ``none`` where it touches no theme."""
    ids = [theme.id for theme in study.themes]
    touched = given[[flag + id for id in ids]].set_axis(ids, axis=1).astype(bool)
    return touched.assign(**{NO_THEME: ~touched.any(axis=1)})


def _agreement(codings: pd.DataFrame) -> pd.DataFrame:
    first, second = (codings[coder].astype(int) for coder in coding.CODERS)
    marks = (first + second).rename("marks")
    sizes = codings.groupby("theme", sort=False)[coding.CODERS[0]].size()
    counted = {n: (marks == n).groupby(codings["theme"], sort=False).sum() for n in (2, 1, 0)}
    frame = pd.DataFrame({"both": counted[2], "one": counted[1], "neither": counted[0]}, index=sizes.index)
    return frame.reset_index().astype({"theme": "str"})
