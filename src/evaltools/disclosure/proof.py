"""What the gate has proved, for whoever wants to check it without a search: the worlds, in a private file.

A world is a set of counts that fits everything a reader holds. Where, of every count and every rest of a whole, one of
the worlds says less than 1 or at least the minimum, nobody can conclude that it is small. The file lies with the
private files: one of the worlds may be near the truth.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evaltools import paths
from evaltools.disclosure.audit import Release
from evaltools.disclosure.cells import Cell


class Proof(NamedTuple):
    """Counts by cell, one set a world, and the exact figures without which they are (`exact_figures.to_take_back`)."""

    worlds: list[dict[Cell, int]]
    refused: list[Cell]

    def of(self, release: Release) -> list[np.ndarray]:
        """The worlds in the order of a release's cells; none where it has cells that they do not name."""
        cells = release.cells
        if not all(cell in world for world in self.worlds for cell in cells):
            return []
        return [np.array([world[cell] for cell in cells], dtype=float) for world in self.worlds]


def write(path: Path, release: Release, worlds: Sequence[np.ndarray], refused: Collection[Cell]) -> None:
    """Write a proof, readable by its owner only."""
    values = {
        "cells": [list(cell) for cell in release.cells],
        "worlds": [[int(count) for count in world] for world in worlds],
        "refused": [list(cell) for cell in refused],
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths.replace(path, gzip.compress(json.dumps(values).encode(), mtime=0), mode=0o600)


def read(path: Path) -> Proof | None:
    """A proof; None where there is none, or a file that is none."""
    try:
        values = json.loads(gzip.decompress(path.read_bytes()))
        cells = [Cell(*cell) for cell in values["cells"]]
        worlds = [dict(zip(cells, map(int, world), strict=True)) for world in values["worlds"]]
        return Proof(worlds, [Cell(*cell) for cell in values["refused"]])
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None
