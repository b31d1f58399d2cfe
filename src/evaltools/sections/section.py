"""A section as a notebook works with it: result rows, the parts made of them, and what it shows of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evaltools.errors import UnknownNameError
from evaltools.ingest.tidy import Tables
from evaltools.report import document
from evaltools.report.document import Block, Bundle, Figure, Part, Table
from evaltools.results import records
from evaltools.results.records import pick
from evaltools.sections import answers, comments, ingestion, registry, tabular
from evaltools.sections.material import Labels, Material
from evaltools.sections.survey import near


@dataclass(frozen=True)
class Display:
    """Parts and tables in a row, as a notebook displays them."""

    parts: Sequence[Part | Table]

    def _repr_html_(self) -> str:
        return "\n".join(part._repr_html_() or "" for part in self.parts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        ids = ", ".join(part.id for part in self.parts)
        return document.bundle(f"Display {ids}", self._repr_html_(), all(map(document.publishable, self.parts)))


@dataclass
class Section:
    """The estimates of one section of a term, and the parts of its report.

    Attributes
    ----------
    topic : id of the section (``registry.SECTIONS``)
    rows : result rows, one estimate or count each, in the columns of ``results.csv``; shares are 0 to 1
    parts : by id
    labels : words of the study in the language of the run
    absent : one line that names what the study has no source for; empty where nothing is missing
    whole : the tables of its one workbook where they are more than its own: the final report's
    protected : whether ``rows`` are those of a public edition
    """

    topic: str
    rows: pd.DataFrame
    parts: dict[str, Part]
    labels: Labels
    absent: str = ""
    whole: list[Table] | None = None
    protected: bool = False

    def __repr__(self) -> str:
        parts = ", ".join(self.parts)
        return f"<Section {self.topic}: {len(self.rows)} result rows in .rows; .show() takes {parts}>"

    def show(self, *ids: str) -> Display:
        """The parts of these ids that the study has a source for, and those below them (``objectives.reach``).

        Raises UnknownNameError for an id that the section has not, naming those it has.
        """
        known = [*registry.SECTIONS[self.topic].parts, *(name for name in self.parts if "." in name)]
        for id in ids:
            if id not in known:
                raise UnknownNameError("part", id, known)
        return Display(
            [part for id in ids for name, part in self.parts.items() if name == id or name.startswith(f"{id}.")]
        )

    def closing(self) -> Display:
        """One line that names what the study has no source for, if anything."""
        closing = Part(f"{self.topic}-absent", self.labels.say("note.absent"), [self.absent])
        return Display([document.protect(closing) if self.protected else closing] if self.absent else [])

    def estimates(self, **where: str) -> Display:
        """The result rows with these values (``table="placement", by="total"``) as a table: n, estimate, interval.

        Nothing where the study has no source for the section. Raises UnknownNameError for a column that result rows
        have not.
        """
        for column in where:
            if column not in self.rows:
                raise UnknownNameError("column", column, list(self.rows.columns))
        if self.rows.empty:
            return Display([])
        table = tabular.estimates(pick(self.rows, **where), self.labels, self.protected)
        return Display([document.table_share_decimals(table, self.labels.share_decimals)])

    @property
    def tables(self) -> list[Table]:
        """Every table of the section, those behind the figures included."""
        return [table for part in self.parts.values() for table in part.tables]

    def _repr_html_(self) -> str:
        return Display(list(self.parts.values()))._repr_html_()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        return Display(list(self.parts.values()))._repr_mimebundle_()


def compute(topic: str, material: Material) -> pd.DataFrame:
    """The result rows of a section other than the final report."""
    rows = registry.module(topic).rows(material)
    return pd.concat([rows, comments.rows(material)], ignore_index=True) if topic == comments.TOPIC else rows


def present(topic: str, rows: pd.DataFrame, labels: Labels, tables: Tables) -> list[Part]:
    """The parts of a section other than the final report."""
    made = registry.module(topic).parts(records.as_blocks(rows), labels)
    return [*made, *besides(topic, rows, labels, tables)]


def besides(topic: str, rows: pd.DataFrame, labels: Labels, tables: Tables) -> list[Part]:
    """Parts that are made of more than result rows: notes on the files, near links, approved quotes."""
    if topic == registry.TOPICS[0]:
        return list(ingestion.noted(labels, tables))
    if topic != comments.TOPIC:
        return []
    return [*near.parts(labels, tables), *comments.parts(rows, labels, tables)]


def _once(part: Part) -> Callable[[Block], Block]:
    """What folds a table that a figure of the part, by the same caption, shows already."""
    drawn = {block.caption for block in part.blocks if isinstance(block, Figure)}

    def fold(block: Block) -> Block:
        return replace(block, first=0) if isinstance(block, Table) and block.caption in drawn else block

    return fold


def made(
    topic: str,
    rows: pd.DataFrame,
    parts: Sequence[Part],
    labels: Labels,
    public: bool,
    caution: str = "",
    whole: list[Table] | None = None,
) -> Section:
    """A section of its rows and parts; ``caution`` stands with every part whose numbers are not the study's own.

    Raises ValueError for a part that the registry does not list.
    """
    known = registry.SECTIONS[topic].parts
    said = answers.answer(topic, rows, labels)
    parts = [replace(part, answer=said) if said and place == 0 else part for place, part in enumerate(parts)]
    parts = [replace(part, blocks=[*map(_once(part), part.blocks)]) for part in parts]
    for part in parts:
        if part.id.split(".")[0] not in known:
            raise ValueError(f"part {part.id} of section {topic} does not stand in the registry")
    if caution:
        parts = [replace(part, notes=[caution, *part.notes]) for part in parts]
    decimals = labels.share_decimals
    parts = [document.share_decimals(part, decimals) for part in parts]
    whole = None if whole is None else [document.table_share_decimals(table, decimals) for table in whole]
    if public:
        parts = [document.protect(part) for part in parts]
    needs = registry.module(topic).NEEDS
    absent = labels.absent(needs) if any(not labels.study.has(name) for name in needs) else ""
    return Section(topic, rows, {part.id: part for part in parts}, labels, absent, whole, public)
