"""The gate before a release: what a reader would hold, and an attacker who tries it.

A reader holds the published cells of this release and of all before it (the ledger), and knows what must hold between
them. Where a small count of persons can be worked out from that, or the attempt does not finish, nothing is published.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL, overlapping
from evaltools.disclosure import audit, cells, policy
from evaltools.disclosure.cells import Cell
from evaltools.disclosure.definitions import Definition, Place
from evaltools.disclosure.policy import PERSON_COUNTS
from evaltools.disclosure.prior_knowledge import known_cells
from evaltools.disclosure.release_log import Published
from evaltools.errors import EvaltoolsError
from evaltools.ingest.tidy import Tables
from evaltools.study.evaluation_model import Disclosure


class ReleaseError(EvaltoolsError):
    """Why a release is refused: findings of the attack, by table and cell, never with a count."""

    status = 1

    def __init__(self, study: str, findings: Sequence[audit.Finding], stands_in: Mapping[Cell, str] | None = None):
        self.study = study
        self.findings = list(findings)
        self.take_back: list[Cell] = []  # main cells of figures without which the release can be tried again
        self.stands_in = stands_in or {}
        super().__init__(study, self.findings)

    def lines(self, language: str) -> list[str]:
        """One line a finding, then what could be published instead."""
        named = dict.fromkeys(_line(found, self.stands_in, language) for found in self.findings)
        coarser = sorted({by for found in self.findings for by in _breakdowns(found)})
        advice = [i18n.say("disclosure.coarser", language, by=_by(by, language)) for by in coarser]
        return [i18n.say("disclosure.refused", language, study=self.study), *named, *advice]


def _line(found: audit.Finding, stands_in: Mapping[Cell, str], language: str) -> str:
    if found.cell is None:
        return i18n.say("disclosure.unfinished" if found.kind == "timeout" else f"disclosure.{found.kind}", language)
    kind = f"{found.kind}_rest" if found.whole is not None else found.kind
    return i18n.say(f"disclosure.{kind}", language, cell=_label(found.cell, stands_in, language))


def _label(cell: Cell, stands_in: Mapping[Cell, str], language: str) -> str:
    """A cell in words of its codes: the tables, what is counted, the term, the groups."""
    tables = f"[{stands_in[cell]}] " if cell in stands_in else ""
    scope = [] if cell.scope == ALL else [cell.scope]
    places = [(by, group) for by, group in ((cell.by, cell.group), (cell.by2, cell.group2)) if by not in ("", TOTAL)]
    return tables + ", ".join([cell.measure, *scope, *(f"{_by(by, language)} = {group}" for by, group in places)])


def _by(by: str, language: str) -> str:
    return i18n.say(f"by.{by}", language) if i18n.has(f"by.{by}") else by


def _breakdowns(found: audit.Finding) -> Iterator[str]:
    if found.cell is not None:
        yield from (by for by in (found.cell.by, found.cell.by2) if by not in ("", TOTAL))


def published(
    exact: Tables, protected: Tables, settings: Disclosure, term: str, rules: Mapping[str, Any] | None = None
) -> Published:
    """What a release of these tables publishes, for the gate and the ledger.

    ``protected`` is what `policy.protect` gives; tables without its list of cells have not been rounded: they are taken
    for the truth. ``rules`` say by what the cells were made (`release_rules.rules`).
    """
    rules = rules or {}
    if policy.CELLS in protected:
        listed = protected[policy.CELLS]
        names = [Cell(*row) for row in listed[list(Cell._fields)].itertuples(index=False, name=None)]
        values = dict(zip(names, listed["value"].tolist(), strict=True))
        printed = {cell: int(n) for cell, n in zip(names, listed["exact"].tolist(), strict=True) if not pd.isna(n)}
        return Published(term, int(listed["within"].max()), values, printed, rules)
    truth = counted(exact)
    if settings.method == "suppression":
        return Published(term, 0, _disclosed(truth, protected), rules=rules)
    values = counted(protected)
    return Published(term, 0, {cell: values.get(cell, 0) for cell in truth}, rules=rules)


def _disclosed(truth: Mapping[Cell, int], protected: Tables) -> dict[Cell, int | None]:
    """Every cell with what a table says of it. A sum that no table holds is disclosed where all its parts are."""
    values: dict[Cell, float] = {}
    for name, frame in protected.items():
        for column, places in cells.TABLES[name](frame).items() if name in PERSON_COUNTS else ():
            values |= zip(places, frame[column].tolist(), strict=True)
    values = cells.sums(values) | values
    return {cell: None if pd.isna(values[cell]) else int(values[cell]) for cell in truth}


def counted(exact: Tables) -> dict[Cell, int]:
    """Every cell of persons with its count."""
    return cells.cells(policy.of_persons(exact))


def known(
    exact: Tables,
    now: Published,
    earlier: Sequence[Published] = (),
    overlaps: Collection[str] = overlapping(),
    defined: Mapping[Place, Definition] | None = None,
) -> audit.Release:
    """Everything an attacker holds once ``now`` is published: its cells, those of earlier releases, and relations."""
    truth = counted(exact)
    return known_cells(truth, cells.relations(truth, overlaps, defined), now, earlier)


def places(exact: Tables) -> dict[Cell, str]:
    """In which count tables each cell stands, for the message of a refusal."""
    named: dict[Cell, dict[str, None]] = {}
    for name, frame in policy.of_persons(exact).items():
        for places in cells.TABLES[name](frame).values():
            for cell in places:
                named.setdefault(cell, {})[name] = None
    return {cell: ", ".join(names) for cell, names in named.items()}


def gate(
    study: str,
    held: audit.Release,
    settings: Disclosure,
    seconds: float = audit.SECONDS,
    stands_in: Mapping[Cell, str] | None = None,
    truth: Mapping[Cell, int] | None = None,
    known: Sequence[np.ndarray] = (),
    tell: audit.Tell = lambda done, of: None,
) -> list[np.ndarray]:
    """Refuse a release from which a small count can be worked out, or that cannot be tried in time.

    Returns the worlds that prove that none can (`audit.proves`); ``known`` are such worlds of an earlier attempt.
    Raises ReleaseError naming tables (``stands_in``, from ``places``) and cells, never counts.
    """
    findings, worlds = audit.tried(held, settings.minimum, seconds, truth, known, tell)
    if findings:
        raise ReleaseError(study, findings, stands_in or {})
    return worlds
