"""Free text of the surveys, as part of stage 04: themes in every edition, approved quotes, and in the internal edition
the sanitised comments."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL
from evaltools.counts.comments import COLUMNS
from evaltools.ingest import coding
from evaltools.ingest.tidy import Tables
from evaltools.privacy import free_text
from evaltools.report.document import Block, Column, Part, Table, Value
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Labels, Material, as_int, number
from evaltools.statistics.agreement import krippendorff_alpha
from evaltools.study.schema import NO_THEME

TOPIC = "survey"
THEMES = ["theme", "coded_theme"]  # by the word list, and as people coded them


def rows(material: Material) -> pd.DataFrame:
    """How many left a comment and how many of the comments touch each theme, by survey; how far two coders agreed."""
    results = material.result_set(TOPIC)
    counts = material.counts.get("comments", pd.DataFrame(columns=COLUMNS))
    for row in counts.drop_duplicates(["scope", "survey"]).itertuples():
        results.count("comments", "commented", as_int(row.total), scope=row.scope, by="survey", group=row.survey)
    for row in counts.itertuples():
        place = {"scope": row.scope, "by": "survey", "group": row.survey, "by2": "theme", "group2": row.theme}
        results.count("comments", THEMES[row.coded], as_int(row.count), as_int(row.total), **place)
    if not results.protected and "coding_agreement" in material.exact:
        _agreement(material.exact["coding_agreement"], results)
    return results.frame()


def _agreement(counts: pd.DataFrame, results: ResultSet) -> None:
    """How far the coders agreed on each theme: of exact counts, so no protected edition tells it."""
    for row in counts.itertuples():
        place, n = {"by": "theme", "group": row.theme}, int(row.both + row.one + row.neither)
        results.count("coding", "both", int(row.both), n, **place)
        results.count("coding", "one", int(row.one), n, **place)
        alpha = krippendorff_alpha(int(row.both), int(row.one), int(row.neither))
        results.statistic("coding", "alpha", alpha, **place)


def parts(rows: pd.DataFrame, labels: Labels, tables: Tables) -> list[Part]:
    """Themes; quotes where some are approved; comments where the edition has them."""
    found = pick(rows, table="comments", scope=ALL)
    if not len(found):
        return []
    notes = [labels.say("comments.not_all")]
    blocks = [_themes(found, labels), *_coding(pick(rows, table="coding"), labels)]
    themes = Part("comments", labels.say("comments.heading"), _said(found, tables, labels), blocks, notes)
    return [themes, *_quotes(found, tables, labels), *_comments(tables, labels)]


def _said(found: pd.DataFrame, tables: Tables, labels: Labels) -> list[str]:
    """How many commented and how the themes were found; to the evaluator also where coding is not whole."""
    sentences = [
        labels.say("comments.read", survey=_survey(row["group"], labels), n=row["count"])
        for _, row in pick(found, measure="commented").iterrows()
    ]
    coded = len(pick(found, measure="coded_theme")) > 0
    sentences.append(labels.say("comments.how_coded" if coded else "comments.how"))
    if labels.edition == "internal" and not coded and coding.TABLE in tables:
        sentences.append(labels.say("comments.not_whole"))
    return sentences


def _themes(found: pd.DataFrame, labels: Labels) -> Table:
    columns = [
        (Column(labels.say("comments.theme")), lambda row: _theme(row["group2"], labels)),
        (Column(labels.say("comments.survey")), lambda row: _survey(row["group"], labels)),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("column.share"), "percent"), labels.share_of),
    ]
    themes = found[found["measure"].isin(THEMES)]
    if themes["group"].nunique() == 1:
        del columns[1]
    source = labels.source("start_survey", "end_survey")
    return labels.table("comment-themes", labels.say("comments.caption"), themes, columns, source=source)


def _coding(found: pd.DataFrame, labels: Labels) -> list[Block]:
    """How far two coders agreed; nothing where no row tells it."""
    alpha = pick(found, measure="alpha")
    if not len(alpha):
        return []
    marked = {m: dict(zip(f["group"], f["count"], strict=True)) for m, f in found.groupby("measure") if m != "alpha"}
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(labels.say("comments.theme")), lambda row: _theme(row["group"], labels)),
        (Column(labels.say("comments.both"), "integer"), lambda row: int(marked["both"][row["group"]])),
        (Column(labels.say("comments.one"), "integer"), lambda row: int(marked["one"][row["group"]])),
        (Column(labels.say("comments.answers"), "integer"), number("answered")),
        (Column(labels.say("comments.alpha"), "decimal"), number("estimate")),
        (Column(labels.say("column.interval")), lambda row: labels.interval(row["lower"], row["upper"])),
    ]
    notes = [labels.say("comments.alpha_note")]
    return [labels.table("comment-coding", labels.say("comments.coding"), alpha, columns, notes=notes)]


def _theme(theme: str, labels: Labels) -> str:
    if theme == NO_THEME:
        return labels.say("comments.none")
    return next(t.name(labels.language) for t in labels.study.themes if t.id == theme)


def _survey(survey: str, labels: Labels) -> str:
    return labels.say(f"comments.{survey}")


def _quotes(found: pd.DataFrame, tables: Tables, labels: Labels) -> list[Part]:
    """Approved quotes of themes that the edition shows somebody to have touched.

    A quote says that somebody did, and in which term: beside a count that was rounded to zero, or beside the counts of
    a term, that could give a small count away.
    """
    quotes = tables.get("quotes", pd.DataFrame(columns=["theme"]))
    touched = found.loc[(found["count"] > 0).fillna(False), "group2"]
    quotes = quotes[quotes["theme"].isin(touched)]
    if not len(quotes):
        return []
    columns = [Column(labels.say("comments.theme")), Column(labels.say("comments.quote"))]
    lines = [[_theme(q.theme, labels), q.text] for q in quotes.itertuples()]
    if labels.edition == "internal":
        columns += [Column(labels.say(f"comments.{key}")) for key in ("term", "approved_by")]
        columns.append(Column(labels.say("comments.approved"), "date"))
        lines = [
            [*line, labels.scope(q.term), q.approved_by, q.date]
            for line, q in zip(lines, quotes.itertuples(), strict=True)
        ]
    heading = labels.say("comments.quotes_heading")
    table = Table("comment-quotes", heading, columns, sorted(lines), labels.language)
    return [Part("comment-quotes", heading, [labels.say("comments.quotes")], [table], level=3)]


def _comments(tables: Tables, labels: Labels) -> list[Part]:
    """The sanitised comments: in the internal edition only, and only where the study knows whose names to mask."""
    if labels.edition != "internal":
        return []
    heading = labels.say("comments.texts_heading")
    if "comments" not in tables:
        return [Part("comment-texts", heading, [labels.say("comments.no_roster")], level=3)]
    columns = [Column(labels.say(f"comments.{key}")) for key in ("text", "survey", "term")]
    lines = [
        [in_words(row.text, labels.language), _survey(row.survey, labels), labels.scope(row.term)]
        for row in tables["comments"].itertuples()
    ]
    table = Table("comment-texts", heading, columns, lines, labels.language)
    return [Part("comment-texts", heading, [], [table], [labels.say("comments.texts")], level=3)]


def in_words(text: str, language: str) -> str:
    """A masked text with its masks in words of a language."""
    for kind, mask in free_text.MASKS.items():
        text = text.replace(mask, i18n.say(f"comments.mask.{kind}", language))
    return text
