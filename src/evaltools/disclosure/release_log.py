"""What was published before: the ledger of a study's releases, to which every later release is held.

The file holds published numbers only, so it gives nothing away that the reports do not. It stands beside the outputs of
a study; who deletes it takes from the gate the knowledge of what readers hold already.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evaltools import i18n
from evaltools.counts.breakdowns import ALL
from evaltools.disclosure import cells
from evaltools.disclosure.cells import Cell
from evaltools.errors import EvaltoolsError

LEDGER = "ledger.json"
# By what the register says of a person at the first start: of a term that is over, these counts stay.
SETTLED = ("persons", "so_far", "reached", "applicants")


@dataclass(frozen=True)
class Published:
    """One release as the ledger keeps it: the term, how far counts can be from the truth, and the published cells.

    A cell that is withheld stands there as None.
    """

    term: str
    within: int
    cells: dict[Cell, int | None]

    @cached_property
    def scopes(self) -> set[str]:
        """The terms the release tells apart; none where there has been one only."""
        return set(cells.scopes(self.cells))

    @cached_property
    def told(self) -> dict[Cell, int]:
        """The cells that are not withheld."""
        return {cell: value for cell, value in self.cells.items() if value is not None}

    def named_later(self, cell: Cell) -> Cell:
        """The cell as later releases name it: what the first release counts in all is its term's own."""
        return cell if self.scopes or cell.measure not in SETTLED else cell._replace(scope=self.term)

    def named_here(self, cell: Cell) -> Cell:
        """The cell of a term as this release names it: a first term's own is what it counts in all."""
        return cell._replace(scope=ALL) if cell.scope == self.term and not self.scopes else cell


class LedgerError(EvaltoolsError):
    """A file that should be a ledger and is none: nobody can say then what earlier releases gave away."""

    status = 2

    def __init__(self, path: Path):
        self.path = path
        super().__init__(path.name)

    def lines(self, language: str) -> list[str]:
        return [i18n.say("disclosure.no_ledger", language, path=self.path)]

    def __str__(self) -> str:
        return self.lines("en")[0]


def load(path: Path) -> list[Published]:
    """Every release that the ledger file holds, oldest first; none where there is no file yet.

    Raises LedgerError for a file that is no ledger.
    """
    if not path.is_file():
        return []
    try:
        return [_published(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["releases"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LedgerError(path) from error


def _published(term: str, within: int, cells: dict[str, int | None]) -> Published:
    values = {Cell(*key.split("|")): None if value is None else int(value) for key, value in cells.items()}
    return Published(str(term), int(within), values)


def append(path: Path, releases: Sequence[Published]) -> None:
    """Write more releases to the ledger, whole or not at all; what it holds in the same words is not written twice."""
    known = load(path)
    new = [each for each in releases if each not in known]
    if not new:
        return
    entries = [
        {"term": p.term, "within": p.within, "cells": {"|".join(cell): value for cell, value in p.cells.items()}}
        for p in [*known, *new]
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".new.{path.name}")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"releases": entries}, file, indent=0)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
