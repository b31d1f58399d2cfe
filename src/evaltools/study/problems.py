"""What is wrong in data files: every problem located, told in each language, and never with a value of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from evaltools import i18n
from evaltools.errors import EvaltoolsError
from evaltools.study.wording import LocalText

SHOWN_OF_A_KIND = 20
NOTES = ("kind", "table", "term", "file", "line", "column", "count")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where (line 1 is the heading), what (a catalogue key), and its words."""

    file: str
    line: int | None
    column: str
    what: str
    words: Mapping[str, str | LocalText] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part not in (None, ""))

    def say(self, language: str) -> str:
        return f"{self.place}: {self.message(language)}"

    def message(self, language: str) -> str:
        """What is wrong and what to do, without the place."""
        words = {name: word if isinstance(word, str) else word(language) for name, word in self.words.items()}
        return i18n.say(f"problem.{self.what}", language, **words)


class DataError(EvaltoolsError):
    """Everything that is wrong with the data files, in order of file and line."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(problems, key=lambda p: (p.file, p.line or 0, p.column))
        super().__init__(f"{len(problems)} problems")

    def lines(self, language: str) -> list[str]:
        """One line a problem, file by file; of each kind in a file the first twenty, then how many more there are."""
        return capped([(p.file, p.what, p.say(language)) for p in self.problems], language)

    def frame(self, language: str) -> pd.DataFrame:
        """Every problem, none left out: file, line, column, what, message. For whoever mends the files."""
        rows = [(p.file, p.line, p.column, p.what, p.message(language)) for p in self.problems]
        return pd.DataFrame(rows, columns=["file", "line", "column", "what", "message"]).astype({"line": "Int64"})


def capped(said: Iterable[tuple[str, str, str]], language: str) -> list[str]:
    """Lines of (file, kind, line): of each kind in a file the first twenty; after them how many more there are."""
    shown: dict[str, list[str]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for file, kind, line in said:
        lines = shown.setdefault(file, [])
        seen[file, kind] += 1
        if seen[file, kind] <= SHOWN_OF_A_KIND:
            lines.append(line)
    for (file, _), n in seen.items():
        if n > SHOWN_OF_A_KIND:
            shown[file].append(f"{file}: {i18n.say('problem.more', language, n=n - SHOWN_OF_A_KIND)}")
    return [line for lines in shown.values() for line in lines]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to look at that stops nothing: a kind (a catalogue key below ``noted``), its place, and how many."""

    kind: str
    table: str
    term: str = ""
    file: str = ""
    line: int | None = None
    column: str = ""
    count: int = 1

    def say(self, language: str) -> str:
        place = ":".join(str(part) for part in (self.file or self.term, self.line, self.column) if part)
        key = f"table.{self.table}"  # a wave of the study's own is called as in its file
        table = i18n.say(key, language) if i18n.has(key) else self.table
        said = i18n.say(f"noted.{self.kind}", language, n=self.count, table=table)
        return f"{place}: {said}" if place else said


def notes_frame(notes: Iterable[Note]) -> pd.DataFrame:
    """Notes as a table, one row each: the columns of ``NOTES``."""
    rows = [tuple(getattr(note, column) for column in NOTES) for note in notes]
    frame = pd.DataFrame(rows, columns=list(NOTES))
    texts = {c: "str" for c in NOTES if c not in ("line", "count")}
    return frame.astype({**texts, "line": "Int64", "count": "int64"})


def notes_of(frame: pd.DataFrame) -> list[Note]:
    """The notes that ``notes_frame`` wrote."""
    return [
        Note(**{**row, "line": None if pd.isna(row["line"]) else int(row["line"])}) for row in frame.to_dict("records")
    ]
