"""What a profile of a tool says: how its exports are known, and what is the tool's own in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from evaltools.ingest.readers import HEADING_MARK
from evaltools.study.wording import plain

Rows = list[list[str]]
OPTION = re.compile(r"^(?P<question>.{3,}?)(?::? - |: ?| / | – )(?P<option>.+)$")
CODED = re.compile(r"^(?P<code>[A-Za-z]\w*(?:\[\w+\])?)\. (?P<text>.+)$", re.S)
BELOW = re.compile(r"^(?P<question>.+?) / (?P<option>.+)$", re.S)  # of two heading rows
NUMBERED = re.compile(r"^\s*(?:[0-9]{1,3}[.)]|[A-Z][0-9]{1,3}[.:)])\s+")
BRACKETS = re.compile(r"^(?P<question>.+?) ?\[(?P<option>[^\[\]]+)\]$")
ROUND = re.compile(r"^(?P<question>.{3,}?[?:.]) ?\((?P<option>[^()]+)\)$")


def whole(heading: str) -> tuple[str, str]:
    """The code and the wording in a heading: no code, all of it wording."""
    return "", heading


@dataclass(frozen=True)
class Profile:
    """How one tool writes its exports. Headings are compared as labels are; any of a tool's languages may stand.

    ``signs`` are sets of headings, one of which tells the tool. ``columns`` gives tidy columns the tool's headings for
    them (or patterns of such), the best first; ``key`` patterns of headings by which persons may be known in other
    files, too; ``aside`` patterns of headings that hold no answer; ``no_answer`` words that mark rows which are none,
    by a pattern of one heading.
    ``option`` parts a heading into question and option (or row of a grid), ``wording`` into code and wording;
    ``heading_rows`` tells from the first rows of a file how many are headings, 0 where it cannot. A ``counts`` id is of
    one survey alone.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    table: str = "start_survey"
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    counts: bool = True
    aside: tuple[str, ...] = ()
    no_answer: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    separators: tuple[str, ...] = (";", ", ", "\n")
    option: tuple[re.Pattern[str], ...] = (BRACKETS, BELOW, ROUND, OPTION)
    wording: Callable[[str], tuple[str, str]] = whole
    heading_rows: Callable[[Rows], int] | None = None
    note: str = ""

    def knows(self, headings: Iterable[str]) -> bool:
        """Whether these are headings of the tool."""
        there = {name for heading in headings for name in names(heading)}
        return any({plain(h) for h in sign} <= there for sign in self.signs)

    def is_key(self, heading: str) -> bool:
        """Whether persons may be known by a column, as its heading says; a group before it says nothing."""
        called = names(heading) | names(heading.rpartition("/")[2])
        return any(re.fullmatch(pattern, name) for pattern in self.key for name in called)

    def is_aside(self, heading: str) -> bool:
        """Whether a column holds no answer but what the tool notes of the row."""
        return any(re.fullmatch(pattern, name) for pattern in self.aside for name in names(heading))

    def parted(self, heading: str) -> tuple[str, str]:
        """The question and the option (or row) in a heading; no option where there is none."""
        _, text = self.wording(heading)
        found = next((m for pattern in self.option if (m := pattern.match(text))), None)
        return (found["question"].strip(), found["option"].strip()) if found else (text, "")


@cache
def names(heading: str) -> frozenset[str]:
    """What a heading may be called: as a whole, by each of its rows, by its code and its wording, without a number."""
    coded = CODED.match(heading)
    parts = [heading, *heading.split(HEADING_MARK), *(coded.groups() if coded else ())]
    return frozenset(plain(part) for part in (*parts, *(without_number(part) for part in parts)))


def without_number(text: str) -> str:
    """A wording without the number of its question."""
    return NUMBERED.sub("", text).strip() or text


def signs(*lists: str) -> tuple[frozenset[str], ...]:
    """Signs from lists of headings, each parted with a bar."""
    return tuple(frozenset(part.strip() for part in each.split("|")) for each in lists)
