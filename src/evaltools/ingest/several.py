"""Questions with several answers: joined in one cell, or a column an option.

An export of our own form may have them the other way than its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from evaltools.study.source_model import FLAGS, OfForm, Source
from evaltools.study.wording import plain

OPTION = ":"  # between the id of a question with several answers and an option's code
OTHER = "*"  # in a map of words: any that is neither in the map nor a code
TRIED = 200  # joined answers longer than this many parts are not put together
SEPARATORS = (";", ",", "\n", " ")  # between answers that a tool joins, or a person who types them


def as_in_source(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The frame of an export of our own form, its answers joined or apart as the source has them.

    What names no option stays as it is, where it is a fault as any cell that says no answer.
    """
    for variable, form in source.forms.items():
        options = {f"{variable}{OPTION}{code}": code for code in form.codes}
        if variable in source.options and variable in frame:
            frame = _apart(frame, variable, source, form)
        elif form.codes and variable in source.columns and variable not in frame and options.keys() <= set(frame):
            written = [partial(_joined, source.separator, code, form) for code in options.values()]
            first, *more = (frame[option].map(write) for option, write in zip(options, written, strict=True))
            frame = frame.drop(columns=[*options]).assign(**{variable: sum(more, first)})
    return frame


def _joined(separator: str, code: str, form: OfForm, cell: str) -> str:
    chosen = FLAGS.get(cell.casefold(), form.words.get(plain(cell)) == code if cell else False)
    return code + separator if chosen else "" if cell.casefold() in ("", *FLAGS) else cell + separator


def _apart(frame: pd.DataFrame, variable: str, source: Source, form: OfForm) -> pd.DataFrame:
    own = {plain(word): code for word, code in source.values.get(variable, {}).items() if code in form.codes}
    words = {**form.words, **own}
    told = {text: _told(text, words) for text in frame[variable].unique()}
    first = next(iter(source.options[variable]))

    def cell(code: str, text: str) -> str:
        codes = told[text]
        return (text if code == first else "") if codes is None else str(int(code in codes)) if codes else ""

    made = {f"{variable}{OPTION}{code}": frame[variable].map(partial(cell, code)) for code in source.options[variable]}
    return frame.drop(columns=variable).assign(**made)


def _told(text: str, words: Mapping[str, str]) -> frozenset[str] | None:
    """The codes that a cell names, whatever joins them; None where a part of it is no option."""
    if not text:
        return frozenset()
    return next(filter(None, (parts(text, mark, words) for mark in SEPARATORS)), None)


def parts(value: str, separator: str, words: Mapping[str, str]) -> frozenset[str] | None:
    """The codes joined in a cell, or None where a part is no option. The separator may stand inside an option."""
    if not value:
        return frozenset({words[""]}) if "" in words else None
    mark = separator.strip() or separator
    parts = [part.strip() for part in value.split(mark)]
    while parts and not parts[-1]:
        parts.pop()
    found, at = set(), 0
    while at < len(parts) <= TRIED:
        end, code = next(_fitting(parts, at, mark, words), (0, ""))
        if not code:
            end, code = at + 1, words.get(OTHER, "")
        if not code:
            return None
        found.add(code)
        at = end
    return frozenset(found) if found and at == len(parts) else None


def _fitting(parts: list[str], at: int, mark: str, words: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Options that begin at a part, the longest first: where each ends, and its code."""
    for end in range(len(parts), at, -1):
        for glue in (mark, mark + " "):
            code = words.get(plain(glue.join(parts[at:end])))
            if code is not None:
                yield end, code
