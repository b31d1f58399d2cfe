"""Established practice: how the target groups are considered in the ordinary work, by the study's own indicators."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.report.document import Column, Number, Part, Table
from evaltools.report.render import html
from evaltools.results.records import Book, pick, value
from evaltools.sections.material import Reader
from evaltools.study.model import Indicator, Study, Term


def rows(book: Book, study: Study, term: Term, now: pd.DataFrame) -> None:
    """Each indicator at the end of each term it has a value for; an action's is whether it is done, and when."""
    for indicator in study.practice:
        if indicator.action:
            _action(book, indicator, now)
        elif indicator.target_group:
            _group(book, indicator, study, term, now)
        else:
            for each in study.terms_to(term.id):
                if each.id in indicator.values:
                    book.amount(
                        "practice", "value", indicator.values[each.id], "integer", item=indicator.id, scope=each.id
                    )
            if indicator.of is not None:
                book.amount("practice", "of", indicator.of, "integer", item=indicator.id)


def _action(book: Book, indicator: Indicator, now: pd.DataFrame) -> None:
    plan = pick(now, topic="monitoring", table="action", item=indicator.action)
    planned, done = (pick(plan, measure=measure) for measure in ("planned", "done"))
    if len(planned):
        day = done["date"].iloc[0] if len(done) else ""
        book.amount("practice", "action", None, note=planned["note"].iloc[0], date=day, item=indicator.id)


def _group(book: Book, indicator: Indicator, study: Study, term: Term, now: pd.DataFrame) -> None:
    """The group's share of those who started in each term, as the report on participants shows it."""
    place = {"topic": "participants", "table": "composition", "by": "target_group", "group": indicator.target_group}
    for each in study.terms_to(term.id):
        share = value(now, scope=each.id, **place)
        if share is not None:
            book.amount("practice", "share", share, "percent", item=indicator.id, scope=each.id)


def part(rows: pd.DataFrame, reader: Reader, _: Mapping) -> Part:
    """One sentence an indicator: where it stands now and where it stood at first; then all values by term."""
    heading = reader.say("report.practice_heading")
    if not reader.study.practice:
        return Part("practice", heading, [reader.say("report.practice_none")])
    found = pick(rows, topic="report", table="practice")
    sentences = [_sentence(each, pick(found, item=each.id), reader) for each in reader.study.practice]
    sources = [s(reader.language) for each in reader.study.practice if (s := each.source) is not None]
    table = _table(found, reader, "; ".join(dict.fromkeys(sources)))
    return Part("practice", heading, sentences, [table] if table.rows else [])


def _sentence(indicator: Indicator, found: pd.DataFrame, reader: Reader) -> str:
    name = indicator.name(reader.language)
    if indicator.action:
        state = f"action_{found['note'].iloc[0]}" if len(found) else "unknown"
        day = found["date"].iloc[0] if len(found) else ""
        shown = html.cell(day or None, Column("", "date"), reader.language)
        return reader.say(f"report.practice_{state}", name=name, date=shown)
    values = found[found["measure"].isin(("value", "share"))]
    if values.empty:
        return reader.say("report.practice_unknown", name=name)
    first, last = values.iloc[0], values.iloc[-1]
    words = {"name": name, "now": _shown(last, reader), "term": reader.scope(last["scope"])}
    of = value(found, measure="of")
    if of is not None:
        words["now"] = reader.say("report.practice_of", value=words["now"], of=reader.number(of))
    if len(values) == 1:
        return reader.say("report.practice_one", **words)
    way = (
        "same" if first["estimate"] == last["estimate"] else "rose" if first["estimate"] < last["estimate"] else "fell"
    )
    words |= {"before": _shown(first, reader), "first": reader.scope(first["scope"])}
    return reader.say(f"report.practice_{way}", **words)


def _shown(row: pd.Series, reader: Reader) -> str:
    return reader.shown(Number(float(row["estimate"]), row["unit"]))


def _table(found: pd.DataFrame, reader: Reader, source: str) -> Table:
    terms = [term for term in reader.study.terms_to(reader.term.id) if (found["scope"] == term.id).any()]
    lines = []
    for each in reader.study.practice:
        of = pick(found, item=each.id).set_index("scope")
        at = [
            Number(float(of.loc[t.id, "estimate"]), of.loc[t.id, "unit"]) if t.id in of.index else None for t in terms
        ]
        if any(at):
            lines.append([each.name(reader.language), *at])
    columns = [Column(reader.say("report.indicator")), *(Column(t.name(reader.language), "range") for t in terms)]
    return Table("practice", reader.say("report.practice_table"), columns, lines, reader.language, [], source)
