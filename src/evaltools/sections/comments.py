"""Free text of the surveys, as part of stage 04: themes in every edition, approved quotes, and in the internal edition
the sanitised comments."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.tabulation import ALL
from evaltools.ingest.tidy import Tables
from evaltools.privacy import free_text
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import pick
from evaltools.sections.material import Material, Reader, number, whole
from evaltools.study.model import NO_THEME

TOPIC = "survey"


def rows(material: Material) -> pd.DataFrame:
    """How many left a comment and how many of the comments touch each theme, by survey."""
    book = material.book(TOPIC)
    counts = material.counts.get("comments", pd.DataFrame(columns=["scope", "survey", "theme", "count", "total"]))
    for row in counts.drop_duplicates(["scope", "survey"]).itertuples():
        book.count("comments", "commented", whole(row.total), scope=row.scope, by="survey", group=row.survey)
    for row in counts.itertuples():
        place = {"scope": row.scope, "by": "survey", "group": row.survey, "by2": "theme", "group2": row.theme}
        book.count("comments", "theme", whole(row.count), whole(row.total), **place)
    return book.frame()


def parts(rows: pd.DataFrame, reader: Reader, tables: Tables) -> list[Part]:
    """Themes; quotes where some are approved; comments where the edition has them."""
    found = pick(rows, table="comments", scope=ALL)
    if not len(found):
        return []
    return [_themes(found, reader), *_quotes(found, tables, reader), *_comments(tables, reader)]


def _themes(found: pd.DataFrame, reader: Reader) -> Part:
    sentences = [
        reader.say("comments.read", survey=_survey(row["group"], reader), n=row["count"])
        for _, row in pick(found, measure="commented").iterrows()
    ]
    columns = [
        (Column(reader.say("comments.theme")), lambda row: _theme(row["group2"], reader)),
        (Column(reader.say("comments.survey")), lambda row: _survey(row["group"], reader)),
        (Column(reader.say("column.persons"), "integer"), number("count")),
        (Column(reader.say("column.share"), "percent"), number("estimate")),
    ]
    themes = pick(found, measure="theme")
    if themes["group"].nunique() == 1:
        del columns[1]
    source = reader.source("start_survey", "end_survey")
    table = reader.table("comment-themes", reader.say("comments.caption"), themes, columns, source=source)
    said = [*sentences, reader.say("comments.how")]
    return Part("comments", reader.say("comments.heading"), said, [table], [reader.say("comments.not_all")])


def _theme(theme: str, reader: Reader) -> str:
    if theme == NO_THEME:
        return reader.say("comments.none")
    return next(t.name(reader.language) for t in reader.study.themes if t.id == theme)


def _survey(survey: str, reader: Reader) -> str:
    return reader.say(f"comments.{survey}")


def _quotes(found: pd.DataFrame, tables: Tables, reader: Reader) -> list[Part]:
    """Approved quotes of themes that the edition shows somebody to have touched.

    A quote says that somebody did, and in which term: beside a count that was rounded to zero, or beside the counts of
    a term, that could give a small count away.
    """
    quotes = tables.get("quotes", pd.DataFrame(columns=["theme"]))
    touched = found.loc[(found["count"] > 0).fillna(False), "group2"]
    quotes = quotes[quotes["theme"].isin(touched)]
    if not len(quotes):
        return []
    columns = [Column(reader.say("comments.theme")), Column(reader.say("comments.quote"))]
    lines = [[_theme(q.theme, reader), q.text] for q in quotes.itertuples()]
    if reader.edition == "internal":
        columns += [Column(reader.say(f"comments.{key}")) for key in ("term", "approved_by")]
        columns.append(Column(reader.say("comments.approved"), "date"))
        lines = [
            [*line, reader.scope(q.term), q.approved_by, q.date]
            for line, q in zip(lines, quotes.itertuples(), strict=True)
        ]
    heading = reader.say("comments.quotes_heading")
    table = Table("comment-quotes", heading, columns, sorted(lines), reader.language)
    return [Part("comment-quotes", heading, [reader.say("comments.quotes")], [table], level=3)]


def _comments(tables: Tables, reader: Reader) -> list[Part]:
    """The sanitised comments: in the internal edition only, and only where the study knows whose names to mask."""
    if reader.edition != "internal":
        return []
    heading = reader.say("comments.texts_heading")
    if "comments" not in tables:
        return [Part("comment-texts", heading, [reader.say("comments.no_roster")], level=3)]
    columns = [Column(reader.say(f"comments.{key}")) for key in ("text", "survey", "term")]
    lines = [
        [_in_words(row.text, reader), _survey(row.survey, reader), reader.scope(row.term)]
        for row in tables["comments"].itertuples()
    ]
    table = Table("comment-texts", heading, columns, lines, reader.language)
    return [Part("comment-texts", heading, [], [table], [reader.say("comments.texts")], level=3)]


def _in_words(text: str, reader: Reader) -> str:
    for kind, mask in free_text.MASKS.items():
        text = text.replace(mask, reader.say(f"comments.mask.{kind}"))
    return text
