"""The project's people for a request to a register's holder: ids in one file, what is known of them in another.

A running number, drawn anew each time, is all that the two share. The holder gets the keys and returns outcomes, and
comparable people, by number; whoever compares gets no ids.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import BUILT_IN, of_project
from evaltools.ingest.tidy import Tables
from evaltools.report.render import spreadsheet
from evaltools.study.model import Study

NUMBER, TREATED = "number", "treated"
KEYS, PEOPLE, COLUMNS = "keys.csv", "people.csv", "columns.csv"
DAYS = ("start", "end")


def files(study: Study, tables: Tables, ids: Mapping[str, str], language: str) -> tuple[dict[str, str], dict[str, str]]:
    """The file of keys, and apart from it those of what is known: people and what their columns are.

    Parameters
    ----------
    tables : tidy tables with ``persons``
    ids : the register's id of each person
    """
    persons = of_project(study, tables)["persons"]
    order = list(range(len(persons)))
    secrets.SystemRandom().shuffle(order)
    persons = persons.iloc[order].reset_index(drop=True).assign(**{NUMBER: range(1, len(persons) + 1), TREATED: 1})
    keys = pd.DataFrame({NUMBER: persons[NUMBER], "id": persons["person"].map(ids)})
    known = [*_before(study, persons), *(day for day in DAYS if day in persons)]
    return {KEYS: _csv(keys)}, {
        PEOPLE: _csv(persons[[NUMBER, TREATED, *known]]),
        COLUMNS: _csv(pd.DataFrame(_described(study, known, language), columns=["column", "name", "codes"])),
    }


def _before(study: Study, persons: pd.DataFrame) -> list[str]:
    """What the register knew of people before: age, background, the study's own variables."""
    built_in = [b.by for b in BUILT_IN if b.table == "participants" and b.by not in ("age_group", "channel", "arm")]
    own = [c for v in study.variables if v.table == "participants" for c in study.columns_of(v)]
    return [column for column in ("age", *built_in, *own) if column in persons]


def _described(study: Study, columns: list[str], language: str) -> Iterable[tuple[str, str, str]]:
    own = {c: v for v in study.variables for c in study.columns_of(v)}
    for column in columns:
        key = next(key for key in (f"codebook.column.{column}", f"by.{column}", "label.unknown") if i18n.has(key))
        name = own[column].name(language) if column in own else i18n.say(key, language)
        codes = study.codes.get(own[column].codes if column in own else column, [])
        yield column, name, "; ".join(f"{code.id} = {code.name(language)}" for code in codes)


def _csv(frame: pd.DataFrame) -> str:
    out = io.StringIO()
    spreadsheet.defused(frame).to_csv(out, index=False, lineterminator="\r\n", date_format="%Y-%m-%d")
    return out.getvalue()
