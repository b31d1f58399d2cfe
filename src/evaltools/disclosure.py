"""What the public edition may show of counts of persons, and the gate before a release.

``protect`` is the one door: every count table passes it before a rate is computed or a number shown. All published
counts are rounded together (``rounding``), so that tables add up and nobody can work out a small count. Tables used
only inside a computation (transitions, moments) stay exact, and what is computed from them is withheld where too few
persons stand behind it. ``gate`` lets an attacker (``attack``) try what would be published, earlier releases included.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from evaltools import attack, release, rounding, text
from evaltools.counts import ALL, OF_ENROLMENT, TOTAL
from evaltools.model import Disclosure
from evaltools.release import GROUPS, ITEM, Cell, Relation
from evaltools.tidy import Tables

# Count tables of persons and the columns that hold their counts.
PERSON_COUNTS: dict[str, tuple[str, ...]] = {
    "composition": ("count", "total"),
    "registrations": ("count", "total"),
    "cross": ("count", "total"),
    "overlap": ("count", "total"),
    "completion": ("count", "answered", "invited"),
    "responses": ("count", "total"),
    "attrition": ("both", "start_only", "end_only", "neither"),
    "placement": ("count", "answered", "invited"),
    "outreach": ("reached", "applicants", "enrolled"),
    "records": ("count",),
    "items": ("count",),
    "item_pairs": ("count",),
    "item_answers": ("count",),
    "arm_items": ("count",),
    "comments": ("count", "total"),
}
# Tables that only feed statistics and are never shown themselves.
INNER = (
    *("answers", "transitions", "scale_items"),
    *("placement_cells", "arm_transitions", "arm_outcomes", "arm_covariates"),
)
# By what the register says of a person at the first start: of a term that is over, these counts stay.
SETTLED = ("persons", "so_far", "reached", "applicants")
# Counts of the whole project so far that only grow.
GROWING = (*SETTLED, "start", "both", "invited", "answered", "paired")
LEDGER = "ledger.json"


@dataclass(frozen=True)
class Published:
    """One release as the ledger keeps it: the term, how far counts can be from the truth, and the published cells."""

    term: str
    within: int
    cells: dict[Cell, int]

    @cached_property
    def scopes(self) -> set[str]:
        """The terms the release tells apart; none where there has been one only."""
        return set(release.scopes(self.cells))

    def named_later(self, cell: Cell) -> Cell:
        """The cell as later releases name it: what the first release counts in all is its term's own."""
        return cell if self.scopes or cell.measure not in SETTLED else cell._replace(scope=self.term)


class ReleaseError(Exception):
    """Why a release is refused: findings of the attack, by table and cell, never with a count."""

    def __init__(self, study: str, findings: Sequence[attack.Finding]):
        self.study = study
        self.findings = list(findings)
        super().__init__(study, self.findings)

    def lines(self, language: str) -> list[str]:
        """One line a finding, then what could be published instead."""
        named = dict.fromkeys(_line(found, language) for found in self.findings)
        coarser = sorted({by for found in self.findings for by in _breakdowns(found)})
        advice = [text.say("disclosure.coarser", language, by=_by(by, language)) for by in coarser]
        return [text.say("disclosure.refused", language, study=self.study), *named, *advice]

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


def _line(found: attack.Finding, language: str) -> str:
    if found.cell is None:
        return text.say("disclosure.unfinished" if found.kind == "timeout" else f"disclosure.{found.kind}", language)
    kind = f"{found.kind}_rest" if found.whole is not None else found.kind
    return text.say(f"disclosure.{kind}", language, cell=_label(found.cell, language))


def _label(cell: Cell, language: str) -> str:
    """A cell in words of its codes: what is counted, the term, the groups."""
    scope = [] if cell.scope == ALL else [cell.scope]
    places = [(by, group) for by, group in ((cell.by, cell.group), (cell.by2, cell.group2)) if by not in ("", TOTAL)]
    return ", ".join([cell.measure, *scope, *(f"{_by(by, language)} = {group}" for by, group in places)])


def _by(by: str, language: str) -> str:
    return text.say(f"by.{by}", language) if f"by.{by}" in text.catalogue() else by


def _breakdowns(found: attack.Finding) -> Iterator[str]:
    if found.cell is not None:
        yield from (by for by in (found.cell.by, found.cell.by2) if by not in ("", TOTAL))


# --- what an edition may show ----------------------------------------------------------------------------------------


def active(settings: Disclosure, edition: str) -> bool:
    """Whether numbers are protected: in the public edition, unless the study file says why not."""
    return edition == "public" and settings.method != "none"


def step(settings: Disclosure) -> int:
    """What counts are rounded to: the base, or as many times the base as a count needs not to be small."""
    return settings.base * -(-settings.minimum // settings.base)


def protect(
    counts: Tables, settings: Disclosure, edition: str, earlier: Sequence[Published] = (), term: str = ""
) -> Tables:
    """The count tables as this edition may show them; groups whose rounded size is zero are left out.

    ``earlier`` are the releases of the ledger: what was published before is published again where it still may be.
    Raises KeyError for a table that is declared neither as counts of persons nor as inner: nothing passes by default.
    """
    if not active(settings, edition):
        return counts
    unknown = set(counts) - set(PERSON_COUNTS) - set(INNER)
    if unknown:
        raise KeyError(f"no disclosure rule for {', '.join(sorted(unknown))}")
    shown = {name: frame for name, frame in counts.items() if name in PERSON_COUNTS}
    truth = release.cells(shown)
    values = protected_cells(truth, release.relations(truth), settings, earlier, term)
    return {name: _shown(name, frame, values) if name in shown else frame for name, frame in counts.items()}


def protected_cells(
    truth: Mapping[Cell, int],
    relations: Sequence[Relation],
    settings: Disclosure,
    earlier: Sequence[Published] = (),
    term: str = "",
    hidden: Collection[Cell] = (),
) -> dict[Cell, int]:
    """Published values of cells: rounded together, and as far as can be as they were published before.

    ``hidden`` are cells that nobody publishes but that relations name (``rounding.controlled``).
    """
    before = _before(earlier, term)
    settled = {cell: value for cell, value in before.items() if _is_settled(cell)}
    least = _least(earlier, set(release.scopes(truth)))
    result = rounding.controlled(
        truth, relations, step(settings), kept=settled, wanted=before, least=least, hidden=hidden
    )
    return result.values


def _before(earlier: Sequence[Published], term: str) -> dict[Cell, int]:
    """What is published again where it can be: the terms' own counts, and all of the same term's last release."""
    of_terms = {past.named_later(cell): value for past in earlier for cell, value in past.cells.items()}
    again = {cell: value for past in earlier if past.term == term for cell, value in past.cells.items()}
    return {cell: value for cell, value in of_terms.items() if cell.scope != ALL} | again


def _is_settled(cell: Cell) -> bool:
    of_studies = {cell.by, cell.by2} & {GROUPS, *OF_ENROLMENT}
    return cell.scope != ALL and cell.measure in SETTLED and not of_studies


def _grows(cell: Cell) -> bool:
    return cell.measure in GROWING and cell.scope == ALL


def _least(earlier: Sequence[Published], scopes: set[str]) -> dict[Cell, int]:
    """Counts of the whole project so far are not published as less than they were."""
    least: dict[Cell, int] = {}
    for past in (past for past in earlier if past.scopes < scopes):
        least |= {c: max(value, least.get(c, 0)) for c, value in past.cells.items() if _grows(c)}
    return least


def _shown(name: str, frame: pd.DataFrame, values: Mapping[Cell, int]) -> pd.DataFrame:
    places = release.TABLES[name](frame)
    rounded_columns = {column: [values[cell] for cell in cells] for column, cells in places.items()}
    shown = frame.assign(**rounded_columns).astype(dict.fromkeys(rounded_columns, "int64"))
    return shown[_listed(name, shown, values)].reset_index(drop=True)


def _listed(name: str, shown: pd.DataFrame, values: Mapping[Cell, int]) -> pd.Series:
    """Which rows stand in the table: that a group is listed must not tell that somebody is in it."""
    every = pd.Series(True, index=shown.index)
    if name == "outreach":
        numbers = [c for c in (*PERSON_COUNTS[name], "events") if c in shown]
        return shown[numbers].sum(axis=1) > 0
    if "by" not in shown or name == "records":
        return every
    size = {
        "cross": lambda: [values.get(Cell("persons", ALL, *place), 0) for place in _places(shown)],
        "composition": lambda: shown["count"],
        "attrition": lambda: shown[list(PERSON_COUNTS["attrition"])].sum(axis=1),
    }.get(name, lambda: shown["invited"])()
    return (pd.Series(size, index=shown.index) > 0) | shown["by"].isin((TOTAL, GROUPS, ITEM))


def _places(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return frame[["by", "group"]].itertuples(index=False, name=None)


def rounded(count, base: int):
    """To the nearest multiple of the base (a scalar or a Series of whole numbers), halves up."""
    return (2 * count + base) // (2 * base) * base


def shown(count: int, settings: Disclosure, edition: str) -> int:
    """One count that stands in no published table, as this edition may show it."""
    return int(rounded(count, step(settings))) if active(settings, edition) else count


def enough(n: int, settings: Disclosure, edition: str) -> bool:
    """Whether a statistic that rests on ``n`` persons may be shown."""
    return n >= settings.minimum or not active(settings, edition)


# --- the gate --------------------------------------------------------------------------------------------------------


def published(exact: Tables, protected: Tables, settings: Disclosure, term: str) -> Published:
    """What a release of these tables publishes, for the gate and the ledger; groups left out stand as zero."""
    truth = release.cells({name: frame for name, frame in exact.items() if name in PERSON_COUNTS})
    values = release.cells({name: frame for name, frame in protected.items() if name in PERSON_COUNTS})
    return Published(term, step(settings) - 1, {cell: values.get(cell, 0) for cell in truth})


def known(exact: Tables, now: Published, earlier: Sequence[Published] = ()) -> attack.Release:
    """Everything an attacker holds once ``now`` is published: its cells, those of earlier releases, and relations."""
    truth = release.cells({name: frame for name, frame in exact.items() if name in PERSON_COUNTS})
    return known_cells(truth, release.relations(truth), now, earlier)


def known_cells(
    truth: Mapping[Cell, int], relations: Sequence[Relation], now: Published, earlier: Sequence[Published] = ()
) -> attack.Release:
    """The same from cells. Counts of a term that is over stay; counts of the whole project so far only grow.

    Of the truth it is used only whether a count is still near what was published before: of one that was corrected
    since, an attacker who takes it for the same would learn what is not so.
    """
    relations = list(relations)
    alike = [r for r in relations if len({cell.scope for cell, _ in r.parts}) == 1]
    cells: dict[Cell, int] = dict(now.cells)
    within = dict.fromkeys(cells, now.within)
    for number, past in enumerate(earlier, start=1):
        names = {cell: cell._replace(scope=f"{cell.scope} ({past.term}, {number})") for cell in past.cells}
        cells |= {names[cell]: value for cell, value in past.cells.items()}
        within |= dict.fromkeys(names.values(), past.within)
        relations += [_renamed(relation, names) for relation in _held(alike, past)]
        relations += _same(past, now, truth, names)
        if past.scopes < now.scopes:
            relations += _grown(past, now, names)
    return attack.Release(cells, list(dict.fromkeys(relations)), within)


def _same(past: Published, now: Published, truth: Mapping[Cell, int], names: Mapping[Cell, Cell]) -> Iterator[Relation]:
    """Counts that are what they were: of a term that is over, and all of a term released again."""
    for cell, value in past.cells.items():
        later = past.named_later(cell)
        again = past.term == now.term and now.cells.get(cell) == value
        if (_is_settled(later) or again) and later in truth and abs(truth[later] - value) <= past.within:
            yield Relation(((later, 1), (names[cell], -1)), True)


def _held(relations: Sequence[Relation], past: Published) -> Iterator[Relation]:
    """Relations of an earlier release: its terms add up, and what holds now within a scope held then."""
    yield from release.over_terms(past.cells)
    for relation in relations:
        if all(cell in past.cells for cell, _ in relation.parts) and (total := relation.total(past.cells)) >= 0:
            yield relation._replace(equal=relation.equal and total == 0)


def _renamed(relation: Relation, names: Mapping[Cell, Cell]) -> Relation:
    return relation._replace(parts=tuple((names[cell], factor) for cell, factor in relation.parts))


def _grown(past: Published, now: Published, names: Mapping[Cell, Cell]) -> Iterator[Relation]:
    for cell, value in past.cells.items():
        if _grows(cell) and now.cells.get(cell, -1) >= value:
            yield Relation(((cell, 1), (names[cell], -1)), False)


def gate(study: str, held: attack.Release, settings: Disclosure, seconds: float = attack.SECONDS) -> None:
    """Refuse a release from which a small count can be worked out, or that cannot be tried in time.

    Raises ReleaseError naming tables and cells, never counts.
    """
    findings = attack.attack(held, settings.minimum, seconds)
    if findings:
        raise ReleaseError(study, findings)


# --- the ledger ------------------------------------------------------------------------------------------------------


def load(path: Path) -> list[Published]:
    """Every release that the ledger file holds, oldest first; none where there is no file yet.

    Raises ValueError for a file that is no ledger: without it nobody can say what earlier releases gave away.
    """
    if not path.is_file():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["releases"]
        return [
            Published(e["term"], e["within"], {Cell(*key.split("|")): int(v) for key, v in e["cells"].items()})
            for e in entries
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is no ledger of releases") from error


def append(path: Path, now: Published) -> None:
    """Write one more release to the ledger; what was published before in the same words is not written twice."""
    releases = load(path)
    if now in releases:
        return
    entries = [
        {"term": p.term, "within": p.within, "cells": {"|".join(cell): value for cell, value in p.cells.items()}}
        for p in [*releases, now]
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".new.{path.name}")
    beside.write_text(json.dumps({"releases": entries}, indent=0), encoding="utf-8")
    os.replace(beside, path)
