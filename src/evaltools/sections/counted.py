"""What a section rests on, counted, as a notebook works with it: look at the tables, then estimate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaltools.errors import UnknownNameError
from evaltools.report.document import Bundle
from evaltools.results.records import pick
from evaltools.sections import registry, tabular
from evaltools.sections.material import Labels, Material
from evaltools.sections.section import Display, Section
from evaltools.study.schema import BACKGROUND_TABLES


@dataclass(frozen=True)
class Counts:
    """What a section of a term rests on, counted; ``estimate`` makes its results of it.

    Attributes
    ----------
    topic : id of the section
    material : tidy tables and counts; counts have passed disclosure control of the edition
    labels : words of the study in the language of the run
    public : whether it is a public edition
    """

    topic: str
    material: Material
    labels: Labels
    public: bool
    _estimate: Callable[[], Section]

    @property
    def tables(self) -> list[str]:
        """Names of the tables that the section rests on and the study has: counts, and published figures."""
        named = registry.SECTIONS[self.topic].tables
        return [name for name in named if name in self._among(name)]

    def _among(self, name: str) -> Any:
        return self.material.tables if name in BACKGROUND_TABLES else self.material.counts

    def __getitem__(self, name: str) -> pd.DataFrame:
        """One of ``tables``: one row a group, counts of persons as the edition shows them (NaN where withheld).

        Raises UnknownNameError for another name.
        """
        if name not in self.tables:
            raise UnknownNameError("table", name, self.tables)
        return self._among(name)[name]

    def show(self, name: str, **where: str) -> Display:
        """One of ``tables`` in words; ``where`` keeps rows by their codes (``by="total"``).

        Nothing where the study has no source for it. Raises UnknownNameError for a table that the section has not, or
        a column that the table has not.
        """
        if name in registry.SECTIONS[self.topic].tables and name not in self.tables:
            return Display([])
        frame = self[name]
        for column in where:
            if column not in frame:
                raise UnknownNameError("column", column, list(frame.columns))
        return Display([tabular.counts(name, pick(frame, **where), self.labels, self.public)])

    def estimate(self) -> Section:
        """Every result of the section, and the parts of its report made of them.

        In a run the section as the study file defines it is recorded; one of another selection never is.
        """
        return self._estimate()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        frames = {name: self[name] for name in self.tables}
        return tabular.overview(frames, self.labels, self.public)._repr_mimebundle_()
