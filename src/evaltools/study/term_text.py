"""One more term in the text of a study file: everything else in it, comments too, stays as it was written.

Where the term is put is tried, not guessed: a place will do when the file, read again, says what it said and one term
more.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from evaltools.study import toml_text
from evaltools.study.evaluation_model import Term
from evaltools.study.wording import Texts

BLOCK = re.compile(r"^[ \t]*\[\[[ \t]*terms[ \t]*\]\]", re.MULTILINE)
HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
LIST = re.compile(r"^[ \t]*terms[ \t]*=[ \t]*\[", re.MULTILINE)


def with_term(text: str, term: Term) -> str | None:
    """The text of a study file with that term after the last one; None where there is no place that could be found."""
    before = toml_text.parsed(text)
    wanted = {**before, "terms": [*before.get("terms", []), _entry(term)]}
    newline = "\r\n" if "\r\n" in text else "\n"
    for candidate in (*_as_block(text, term, newline), *_in_list(text, term, newline)):
        try:
            if toml_text.parsed(candidate) == wanted:
                return candidate
        except tomllib.TOMLDecodeError:
            continue
    return None


def lines(term: Term) -> list[str]:
    """The keys of a term, a line each."""
    return [
        f"id = {_quoted(term.id)}",
        f"name = {_name(term.name)}",
        f"start = {term.start.isoformat()}",
        f"end = {term.end.isoformat()}",
    ]


def _entry(term: Term) -> dict[str, Any]:
    return tomllib.loads("\n".join(lines(term)))


def _name(name: Texts) -> str:
    """A name as a study file writes it: one text where every language says the same."""
    if len(name.every) == 1:
        return _quoted(name.every[0])
    said = {language: text for language, text in vars(name).items() if text is not None}
    return "{ " + ", ".join(f"{language} = {_quoted(text)}" for language, text in said.items()) + " }"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # TOML escapes as JSON does


def _as_block(text: str, term: Term, newline: str) -> Iterator[str]:
    """The text with a block of its own, at each place after the last block of a term where a table may end."""
    *_, last = BLOCK.finditer(text) if BLOCK.search(text) else [None]
    if last is None:
        return
    block = newline.join(["[[terms]]", *lines(term)])
    ends = [found.start() for found in HEADER.finditer(text, last.end())]
    for end in (*ends, len(text)):
        place = _end_of_lines(text, end)
        yield f"{text[:place].rstrip()}{newline}{newline}{block}{newline}{text[place:]}"


def _end_of_lines(text: str, end: int) -> int:
    """Where the last line before ``end`` ends that is neither blank nor a comment of what follows."""
    while end > 0:
        start = text.rfind("\n", 0, end - 1) + 1
        line = text[start:end].strip()
        if line and not line.startswith("#"):
            return end
        end = start
    return end


def _in_list(text: str, term: Term, newline: str) -> Iterator[str]:
    """The text with one more entry of ``terms = [...]``, before each bracket that could be its end."""
    found = LIST.search(text)
    entry = "{ " + ", ".join(lines(term)) + " }"
    for bracket in re.finditer(r"\]", text[found.end() :]) if found else ():
        place = found.end() + bracket.start()  # type: ignore[union-attr]
        head, tail = text[:place].rstrip(), text[place:]
        comma = "" if head.endswith((",", "[")) else ","
        if "\n" in text[len(head) : place]:
            indent = re.match(r"\s*", head[head.rfind("\n") + 1 :])[0]  # type: ignore[index]
            yield f"{head}{comma}{newline}{indent}{entry},{newline}{tail}"
        else:
            yield f"{head}{comma} {entry}{text[len(head) : place]}{tail}"
