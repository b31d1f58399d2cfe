"""Surveys of which the start and the end of a person stand in one row: headings that differ in a word for the wave."""

from __future__ import annotations

import re
from dataclasses import replace

from evaltools.authoring.proposal import END, START, Proposal, Question
from evaltools.study.wording import plain

WORDS = {
    START: ("pre", "start", "before", "baseline", "alku", "ennen", "före", "t0"),
    END: ("post", "end", "after", "endline", "loppu", "jälkeen", "efter", "t1"),
}
WAVE = re.compile(rf"(?<![^\W\d_])({'|'.join(w for ws in WORDS.values() for w in ws)})(?![^\W\d_])", re.IGNORECASE)
LEAST = 2  # pairs of headings that tell such a file


def parted(found: Proposal) -> list[Proposal]:
    """A survey, or its start and its end where both stand in one row; what is asked once stays at the start."""
    waves = {id(q): _wave(q.headings[0]) for q in found.questions if q.kind == "item"}
    starts = {base for table, base in waves.values() if table == START}
    pairs = starts & {base for table, base in waves.values() if table == END}
    if not found.is_survey or len(pairs) < LEAST:
        return [found]
    sides: dict[str, list[Question]] = {START: [], END: []}
    for question in found.questions:
        table, base = waves.get(id(question), ("", ""))
        if base in pairs:
            sides[table].append(replace(question, text=_without_wave(question.text), code=_without_wave(question.code)))
        else:
            sides[START].append(question)
    person = {column: heading for column, heading in found.columns.items() if column == "person"}
    start = replace(found, table=START, questions=sides[START])
    return [start, replace(found, table=END, questions=sides[END], columns=person, rest=[])]


def _wave(heading: str) -> tuple[str, str]:
    """The wave that a heading names, and the heading without that word; no wave where it names none."""
    match = WAVE.search(heading)
    table = next((t for t, words in WORDS.items() if match and match[1].casefold() in words), "")
    return table, plain(_without_wave(heading))


def _without_wave(text: str) -> str:
    """A wording without the word for the wave and the marks around it."""
    bare = WAVE.sub("\0", text, count=1)
    return re.sub(r"[\s_.:()\[\]/–-]*\0[\s_.:()\[\]/–-]*", " ", bare).strip() or text
