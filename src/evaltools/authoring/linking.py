"""Who is who across exports: the columns of two files that hold the same persons, and how they are compared.

A count of rows, which every tool starts at 1, links nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaltools.authoring import columns
from evaltools.authoring.describe import toml
from evaltools.authoring.proposal import FOLLOWUP, START, Proposal
from evaltools.ingest import linkage
from evaltools.study.wording import plain

PERSONS = ("participants", "enrolments")
LINKED = 0.3  # of the persons of the smaller file that two columns share, to be the same persons
SAME = 0.02  # shares that differ by less are alike: an equal heading decides

ANONYMOUS = "each_row_a_person = true"
UNLINKED = ("# no column of these answers has persons of the register: with one that has, write key or person",)

Link = tuple[str, str, str]  # a heading of one file, one of the other, and how they are compared


def lines(proposals: Sequence[Proposal]) -> list[list[str]]:
    """For every proposal the lines of its source that say by which columns its persons are known."""
    known = [p for p in proposals if p.table in PERSONS and "person" in p.columns]
    first = next((p for p in known if p.table == "participants"), known[0] if known else None)
    first = first or next((p for p in proposals if p.table == START), proposals[0])
    several = len({p.table for p in proposals}) > 1
    found: dict[int, list[str]] = {}
    key: list[str] = []
    for i, other in enumerate(proposals):
        if other is first or (other.export is first.export and other.is_answers):
            continue
        if other.export is first.export:
            found[i] = [f"person = {toml(other.columns['person'])}"]
            continue
        link = shared(first, other)
        if link is None and first.table in PERSONS and sum(p.is_answers for p in proposals) == 1:
            found[i] = [*UNLINKED, ANONYMOUS]
        elif link is None:
            found[i] = _alone(other, several)
        elif first.table in PERSONS and link[0] == first.columns.get("person") and link[2] == "exact":
            found[i] = [f"person = {toml(link[1])}"]
        else:
            key = key or [f"key = {toml([link[0]])}", f"match = {toml(link[2])}"]
            found[i] = [f"key = {toml([link[1]])}", f"match = {toml(link[2])}", *_strangers(first, other, link)]
    waves = [p for p in proposals if p.export is first.export and p.is_answers and p is not first]
    same = next((link[0] for p in waves if (link := shared(first, p))), "")  # what links the waves of one file
    own = key or ([f"person = {toml(same)}"] if same else _alone(first, several and not waves))
    if key and first.table == "participants":
        own = [f"person = {toml(first.columns['person'])}", *own]
    return [found.get(i, own) for i in range(len(proposals))]


def shared(first: Proposal, other: Proposal) -> Link | None:
    """The columns of two files that hold the same persons: the largest share, then equal headings, then the strictest
    comparison."""
    found: list[tuple[float, bool, int, Link]] = []
    for mine in _linking(first):
        for theirs in _linking(other):
            for rank, match in enumerate(("exact", "case", "loose")):
                ours, them = _compared(first.frame[mine], match), _compared(other.frame[theirs], match)
                share = len(ours & them) / max(min(len(ours), len(them)), 1)
                if share >= LINKED and len(ours & them) > 1:
                    found.append((share, plain(mine) == plain(theirs), -rank, (mine, theirs, match)))
    most = max((share for share, *_ in found), default=0.0)
    return max((f for f in found if f[0] >= most - SAME), key=lambda f: f[1:3], default=(0, False, 0, None))[3]


def same_people(first: Proposal, other: Proposal) -> bool:
    """Whether two files are of the same people; where nothing tells, follow-ups are taken to be."""
    unknown = first.table == FOLLOWUP and not (_linking(first) and _linking(other))
    return unknown or shared(first, other) is not None


def _linking(found: Proposal) -> list[str]:
    """Headings by which persons may be known elsewhere: ids, unless they count the answers of one survey, and keys."""
    person = found.columns.get("person")
    ids = (
        [person] if person and not (found.is_answers and found.profile.counts and _counts(found.frame[person])) else []
    )
    keys = (key for key in found.keys if found.is_named_key(key) or not _counts(found.frame[key]))
    return [*ids, *(key for key in keys if key != person)]


def _counts(cells: pd.Series) -> bool:
    """Whether a column counts rows, of which some may have stood twice."""
    return columns.counts(cells.drop_duplicates())


def _compared(cells: pd.Series, match: str) -> set[str]:
    return {linkage.normal(word, match) for word in columns.given(cells)}


def _strangers(first: Proposal, other: Proposal, link: Link) -> list[str]:
    """Whether keys of nobody known are left out: only where a register says who is known, and some are not."""
    mine, theirs, match = link
    if first.table != "participants":
        return []
    unknown = _compared(other.frame[theirs], match) - _compared(first.frame[mine], match)
    return ['unmatched = "leave_out"'] if unknown else []


def _alone(found: Proposal, several: bool) -> list[str]:
    """Who is who in a file that nothing links: by a key of people that every row has, since they may answer twice; else
    by its own ids, unless these count and other files count likewise; of answers without either each row is one."""
    person = found.columns.get("person")
    if found.named_key:
        return [f"person = {toml(found.named_key)}"]
    if person and not (several and found.is_answers and found.profile.counts and _counts(found.frame[person])):
        return [f"person = {toml(person)}"]
    if found.is_answers:
        return [ANONYMOUS]
    return [f"key = {toml(found.keys[:1])}"] if found.keys else []
