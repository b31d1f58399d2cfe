"""What was published before: the ledger of a study's releases, which every later release has to fit.

The file holds published numbers only, so it gives nothing away that the reports do not. It stands beside the outputs of
a study; who deletes it takes from the gate the knowledge of what readers hold already.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from evaltools import paths
from evaltools.counts.breakdowns import ALL
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.disclosure import cells
from evaltools.disclosure.cells import Cell
from evaltools.errors import CatalogueError

LEDGER = "ledger.json"
REFUSED = "refused.json"  # in the workspace of a run
# Of a term that is over these counts stay: by what the register says of a person at the first start, and the follow-up
# in its own term.
REGISTERED = ("persons", "so_far", "reached", "applicants")
SETTLED = (*REGISTERED, "invited", "answered", *PLACEMENT_MEASURES)
# Of a term these only grow, as people answer and, where nobody begins anew, as they end their studies.
ENDED = ("completed", "dropped", "asked_at_end")
LATER = (*ENDED, "start", "both", "end")


@dataclass(frozen=True)
class Published:
    """One release as the ledger keeps it: the term, how far counts can be from the truth, and the published cells.

    A cell that is withheld stands there as None. ``exact`` are counts that were printed as they are beside the rounded
    ones. ``rules`` say by what the cells were made (``release_rules``).
    """

    term: str
    within: int
    cells: dict[Cell, int | None]
    exact: dict[Cell, int] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def scopes(self) -> set[str]:
        """The terms that the release counts by themselves; none where there has been one only."""
        return set(cells.scopes(self.cells))

    @cached_property
    def disclosed(self) -> dict[Cell, int]:
        """The cells that are not withheld."""
        return {cell: value for cell, value in self.cells.items() if value is not None}

    def says_no_more_than(self, other: Published) -> bool:
        """Whether whoever has the other release of the same term learns nothing from this one."""
        return (
            self.term == other.term
            and self.cells == other.cells
            and self.within >= other.within
            and self.exact.items() <= other.exact.items()
        )

    def named_later(self, cell: Cell) -> Cell:
        """The cell as later releases name it: what the first release counts in all is its term's own."""
        return cell if self.scopes or cell.measure not in (*SETTLED, *LATER) else cell._replace(scope=self.term)

    def named_here(self, cell: Cell) -> Cell:
        """The cell of a term as this release names it: a first term's own is what it counts in all."""
        return cell._replace(scope=ALL) if cell.scope == self.term and not self.scopes else cell


def refused(folder: Path) -> list[Cell]:
    """Figures that the gate has taken back in this run (`refuse`)."""
    file = folder / REFUSED
    return [Cell(*each) for each in json.loads(file.read_text(encoding="utf-8"))] if file.is_file() else []


def refuse(folder: Path, figures: Iterable[Cell]) -> None:
    """Leave word in the workspace of a run which figures may not be printed exactly."""
    (folder / REFUSED).write_text(json.dumps([list(cell) for cell in figures]), encoding="utf-8")


class LedgerError(CatalogueError):
    """A file that should be a ledger and is none: nobody can say then what earlier releases gave away."""

    below = "disclosure"


def load(path: Path) -> list[Published]:
    """Every release that the ledger file holds, oldest first; none where there is no file yet.

    Raises LedgerError for a file that is no ledger.
    """
    if not path.is_file():
        return []
    try:
        return [_published(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["releases"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LedgerError("no_ledger", path=path) from error


def _published(
    term: str,
    within: int,
    cells: dict[str, int | None],
    exact: dict[str, int] | None = None,
    rules: dict[str, Any] | None = None,
) -> Published:
    values = {_cell(key): None if value is None else int(value) for key, value in cells.items()}
    printed = {_cell(key): int(value) for key, value in (exact or {}).items()}
    return Published(str(term), int(within), values, printed, rules or {})


def _cell(key: str) -> Cell:
    """A cell as the file names it: a list, since a code may hold any sign; earlier versions joined it with bars."""
    return Cell(*(json.loads(key) if key.startswith("[") else key.split("|")))


def _named(cells: Mapping[Cell, int | None]) -> dict[str, int | None]:
    return {json.dumps(list(cell), ensure_ascii=False): value for cell, value in cells.items()}


def append(path: Path, releases: Sequence[Published]) -> None:
    """Write more releases to the ledger, whole or not at all; what it holds in the same words is not written twice."""
    known = load(path)
    new = [each for each in releases if each not in known]
    if not new:
        return
    entries = [
        {"term": p.term, "within": p.within, "cells": _named(p.cells), "exact": _named(p.exact), "rules": dict(p.rules)}
        for p in [*known, *new]
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    paths.replace(path, json.dumps({"releases": entries}, indent=0), mode=0o600)
