"""Free text of the surveys, as part of stage 04: themes in every edition, approved quotes, and in the internal edition
the sanitised comments."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.ingest.tidy import Tables
from evaltools.privacy import free_text
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import pick
from evaltools.sections.material import Labels, Material, as_int, number
from evaltools.study.schema import NO_THEME

TOPIC = "survey"


def rows(material: Material) -> pd.DataFrame:
    """How many left a comment and how many of the comments touch each theme, by survey."""
    results = material.result_set(TOPIC)
    counts = material.counts.get("comments", pd.DataFrame(columns=["scope", "survey", "theme", "count", "total"]))
    for row in counts.drop_duplicates(["scope", "survey"]).itertuples():
        results.count("comments", "commented", as_int(row.total), scope=row.scope, by="survey", group=row.survey)
    for row in counts.itertuples():
        place = {"scope": row.scope, "by": "survey", "group": row.survey, "by2": "theme", "group2": row.theme}
        results.count("comments", "theme", as_int(row.count), as_int(row.total), **place)
    return results.frame()


def parts(rows: pd.DataFrame, labels: Labels, tables: Tables) -> list[Part]:
    """Themes; quotes where some are approved; comments where the edition has them."""
    found = pick(rows, table="comments", scope=ALL)
    if not len(found):
        return []
    return [_themes(found, labels), *_quotes(found, tables, labels), *_comments(tables, labels)]


def _themes(found: pd.DataFrame, labels: Labels) -> Part:
    sentences = [
        labels.say("comments.read", survey=_survey(row["group"], labels), n=row["count"])
        for _, row in pick(found, measure="commented").iterrows()
    ]
    columns = [
        (Column(labels.say("comments.theme")), lambda row: _theme(row["group2"], labels)),
        (Column(labels.say("comments.survey")), lambda row: _survey(row["group"], labels)),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("column.share"), "percent"), labels.share_of),
    ]
    themes = pick(found, measure="theme")
    if themes["group"].nunique() == 1:
        del columns[1]
    source = labels.source("start_survey", "end_survey")
    table = labels.table("comment-themes", labels.say("comments.caption"), themes, columns, source=source)
    said = [*sentences, labels.say("comments.how")]
    return Part("comments", labels.say("comments.heading"), said, [table], [labels.say("comments.not_all")])


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
        [_in_words(row.text, labels), _survey(row.survey, labels), labels.scope(row.term)]
        for row in tables["comments"].itertuples()
    ]
    table = Table("comment-texts", heading, columns, lines, labels.language)
    return [Part("comment-texts", heading, [], [table], [labels.say("comments.texts")], level=3)]


def _in_words(text: str, labels: Labels) -> str:
    for kind, mask in free_text.MASKS.items():
        text = text.replace(mask, labels.say(f"comments.mask.{kind}"))
    return text
