"""The tables of a term that is not over: what is there already is read, what is missing stops nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from evaltools.ingest import linkage, reading, tidy
from evaltools.ingest.tidy import Tables
from evaltools.privacy import pseudonyms
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Problem
from evaltools.study.schema import BACKGROUND_TABLES


@dataclass(frozen=True)
class SoFar:
    """Tidy tables and typed exports (``raw``) as far as they can be read, without published tables.

    Where a file has faults both are empty, and ``problems`` tells what is wrong. ``ids`` are the register's own by
    pseudonym: they are kept in no file, and left out of every representation.
    """

    tables: Tables
    raw: Tables
    problems: list[Problem]
    ids: dict[str, str] = field(default_factory=dict, repr=False)


def read(study: Study, term_id: str, of_persons: bool = False, repeats: bool = False) -> SoFar:
    """What is there of a study up to a term; files that are not there yet count as empty.

    ``of_persons``: without money, contacts and outreach; what corrections may name is always read. ``repeats``: every
    answer of a person to a survey is in ``raw``, and what is odd in ``notes``; of the tidy tables one holds, as ever.
    """
    own = [source for source in study.sources if source.table not in BACKGROUND_TABLES]
    if of_persons:
        own = [source for source in own if study.base(source.table) in linkage.KEYS]
    lenient = study.model_copy(update={"sources": [s.model_copy(update={"required": False}) for s in own]})
    try:
        raw = reading.read(lenient, term_id, inspected=repeats, repeats=repeats)
    except DataError as error:
        return SoFar({}, {}, error.problems)
    # of this process alone: nothing made of these pseudonyms is kept
    key = pseudonyms.Key(secrets.token_bytes(pseudonyms.KEY_BYTES))
    ids = raw["participants"]["person"] if "participants" in raw else None
    hidden = {} if ids is None else dict(zip(pseudonyms.pseudonymise(ids, key, study.id), ids, strict=True))
    return SoFar(tidy.build(lenient, raw, key), raw, [], hidden)


def of_persons(study: Study, term_id: str, repeats: bool = False) -> SoFar:
    """The tables of persons, as `read` gives them. Raises DataError with every fault of their files."""
    found = read(study, term_id, of_persons=True, repeats=repeats)
    if found.problems:
        raise DataError(found.problems)
    return found
