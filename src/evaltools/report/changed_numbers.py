"""Which numbers have changed around what a person wrote: those of the Word report that the text was read from, against
those that stand there now.

Sentences and rows are compared that say the same but for their numbers: those of the same part, and those elsewhere
whose numbers the text cites. They are kept beside the text, in ``texts/<term>.numbers.json``, by language, edition and
section.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from evaltools import i18n, paths
from evaltools.report import flow
from evaltools.report.edition import Edition
from evaltools.report.flow import Grid, Heading, Node, Paragraph, Picture, Place, Run
from evaltools.study.model import Study

NUMBER = re.compile(r"[+−]?\d+(?:[.,:\u00a0\u202f]\d+)*(?:\u00a0?%)?")
MOST = 5  # changes that a note lists; of more it tells how many there are
CITED = "cited:"  # before the section of a text: lines elsewhere in the report whose numbers it cites
Around = dict[str, list[str]]  # what stands around a text, a line a sentence or row, by section
Kept = dict[str, dict[str, Around]]  # by language and edition


def around(nodes: Sequence[Node]) -> Around:
    """The lines with numbers beside each place where a person writes, up to the next heading."""
    found: Around = {}
    lines: list[str] = []
    for node in nodes:
        if isinstance(node, Heading):
            lines = []
        elif isinstance(node, Place):
            found[node.id] = lines  # and what follows
        else:
            lines += [line for line in _lines(node) if NUMBER.search(line)]
    return found


def cited(text: str, lines: Sequence[str]) -> list[str]:
    """The lines that hold a number of two digits or more which a text cites, with or without its sign of per cent."""
    told = {number for number in _bare(text) if len(number) > 1}
    return [line for line in lines if told & _bare(line)]


def _bare(text: str) -> set[str]:
    return {number.rstrip("%\u00a0") for number in NUMBER.findall(text)}


def every_line(nodes: Sequence[Node]) -> list[str]:
    """The lines with numbers of a whole report."""
    return [line for node in nodes for line in _lines(node) if NUMBER.search(line)]


def _lines(node: Node) -> Iterator[str]:
    if isinstance(node, Grid):
        yield from (row([cell.text for cell in cells]) for cells in node.rows)
    elif not isinstance(node, Picture | Place | Heading):
        yield flow.plain(node.runs)


def row(cells: Sequence[str]) -> str:
    """A row of a table as a line."""
    return " | ".join(cells)


def changes(before: Sequence[str], now: Sequence[str]) -> tuple[list[tuple[str, str]], bool]:
    """Numbers that were and are, of lines that say the same otherwise; and whether any line is said no more."""
    lines: dict[str, list[str]] = defaultdict(list)
    for line in now:
        lines[NUMBER.sub("#", line)].append(line)
    pairs: dict[tuple[str, str], None] = {}
    gone = False
    for line in before:
        same = lines[NUMBER.sub("#", line)]
        gone |= not same
        if same:
            both = zip(NUMBER.findall(line), NUMBER.findall(same.pop(0)), strict=True)
            pairs |= dict.fromkeys((was, is_now) for was, is_now in both if was != is_now)
    return list(pairs), gone


def marked(about: Edition, nodes: Sequence[Node]) -> list[Node]:
    """The nodes with a note before each text around which numbers have changed since it was written."""
    before = load(about.study, about.term.id).get(about.language, {}).get(about.edition, {})
    now, every = around(nodes), every_line(nodes)
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Place) and not node.unwritten and node.id in before:
            pairs, gone = changes(before[node.id], now[node.id])
            elsewhere, _ = changes(before.get(CITED + node.id, []), every)
            found += _note(about, list(dict.fromkeys([*pairs, *elsewhere])), gone)
        found.append(node)
    return found


def _note(about: Edition, pairs: Sequence[tuple[str, str]], gone: bool) -> list[Node]:
    """What has changed; in a public edition without what was: it holds numbers of this release alone."""
    language, public = about.language, about.edition == "public"
    arrow = "{1}" if public else "{0} → {1}"
    shown = "; ".join(dict.fromkeys(arrow.format(*pair) for pair in pairs[:MOST]))
    said = [i18n.say(f"document.changed.{about.edition}", language, numbers=shown)] if pairs else []
    said += [i18n.say("document.changed.more", language, n=len(pairs) - MOST)] if len(pairs) > MOST else []
    said += [i18n.say("document.changed.reworded", language)] if gone else []
    return [Paragraph((Run(" ".join(said), strong=True),), "note")] if said else []


# --- beside the texts ------------------------------------------------------------------------------------------------


def load(study: Study, term: str) -> Kept:
    """What stood around the texts of a term when they were read; nothing where there is no such file."""
    file = study.folder / paths.TEXTS / f"{term}{paths.NUMBERS}"
    kept: Kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return kept


def keep(study: Study, term: str, language: str, edition: str, found: Mapping[str, Sequence[str]]) -> None:
    """Put what stands around texts beside them; of other sections, languages and editions it stays."""
    before = load(study, term)
    kept = before | {language: before.get(language, {})}
    kept[language] |= {edition: kept[language].get(edition, {}) | {id: list(lines) for id, lines in found.items()}}
    file = study.folder / paths.TEXTS / f"{term}{paths.NUMBERS}"
    paths.replace(file, json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
