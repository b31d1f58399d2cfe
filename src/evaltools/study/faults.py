"""Faults of a study file, each with its key path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from evaltools.errors import EvaltoolsError
from evaltools.study.wording import plain


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a study file: key path, what it is (a catalogue key) and the words that fill it."""

    path: str
    what: str
    words: dict[str, str]


class StudyError(EvaltoolsError):
    """Everything that is wrong with a study file, or with what was asked of a study."""

    def __init__(self, study: str, faults: list[Fault]):
        self.study = study
        self.faults = faults
        super().__init__(study, faults)

    def lines(self, language: str) -> list[str]:
        from evaltools import i18n

        return [f"{self.study}: {f.path}: {i18n.say('fault.' + f.what, language, **f.words)}" for f in self.faults]


def fault(path: str, what: str, section: str = "", **words: object) -> Fault:
    """A fault; ``section`` is the part of the file that was looked in (a part that is itself faulty excuses)."""
    return Fault(path, what, {**{k: str(v) for k, v in words.items()}, "in": section})


def listed(names: object) -> str:
    return ", ".join(sorted(map(str, names))) or "-"  # type: ignore[call-overload]


def one_meaning(path: str, meanings: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for word, meaning in dict.fromkeys((plain(word), meaning) for word, meaning in meanings):
        if owners.setdefault(word, meaning) != meaning:
            yield fault(path, "label_of_two", label=word, first=owners[word], second=meaning)


def leads_out(file: str) -> bool:
    """Whether a file name or pattern could mean something outside the folder it is looked for in, or nothing."""
    pattern = PurePosixPath(file)
    return not pattern.parts or pattern.is_absolute() or bool({"..", "**"} & set(pattern.parts)) or "\\" in file
