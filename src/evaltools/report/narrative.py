"""What a person writes beside the sections of the final report: ``texts/<term>.md`` in the study's folder.

A heading of the first level names the language, one of the second the section; what follows is Markdown, of which
paragraphs, lists, quotations, emphasis and links remain:

    # fi
    ## survey-results
    Ryhmä vaihtui kevään aikana, joten ...

Markup in the text shows as text, and whatever a page must not hold is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from evaltools import i18n, paths
from evaltools.i18n import LANGUAGES
from evaltools.privacy import free_text
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Problem

HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
MORE_TAGS = {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "hr"}
TAGS = {"p", "ul", "ol", "li", "blockquote", "strong", "em", "a", "br"}
Texts = dict[tuple[str, str, str], str]  # by (term, language, section)


@dataclass(frozen=True)
class _Line:
    """A line of a file: its number, what it says, and the language and section it stands under."""

    number: int
    content: str
    language: str
    section: str


def read(study: Study, sections: Collection[str]) -> Texts:
    """All texts of a study as sanitised HTML; parameters and errors as for ``written``.

    Returns
    -------
    dict of HTML by (term, language, section)
    """
    return {place: _html(markdown, place[1]) for place, markdown in written(study, sections).items()}


def written(study: Study, sections: Collection[str]) -> Texts:
    """All texts of a study as they were written.

    Parameters
    ----------
    study : the study; its texts stand in ``<folder>/texts/<term>.md``, UTF-8
    sections : ids of the sections a text may stand beside

    Returns
    -------
    dict of Markdown by (term, language, section)

    Raises
    ------
    problems.DataError
        Every fault of every file, located: a file of no term, text outside a section, an unknown language or section,
        a section that stands twice, a heading of another level, a personal identity code.
    """
    problems: list[Problem] = []
    texts: Texts = {}
    for path in (path for path in paths.own_texts(study.folder) if not path.name.endswith(paths.NUMBERS)):
        for (language, section), markdown in _file(study, path, sections, problems).items():
            texts[path.stem, language, section] = markdown
    if problems:
        raise DataError(problems)
    return texts


def _file(
    study: Study, path: Path, sections: Collection[str], problems: list[Problem]
) -> Mapping[tuple[str, str], str]:
    name = f"{paths.TEXTS}/{path.name}"
    if path.suffix != ".md" or path.stem not in {term.id for term in study.terms}:
        problems.append(Problem(name, None, "", "text_file", {"known": study.term_ids}))
        return {}
    try:
        lines = list(_lines(path.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError:
        problems.append(Problem(name, None, "", "not_encoded", {"encoding": "utf-8"}))
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        fault = _fault(line, sections, found)
        if fault:
            known = {"text_section": sections, "text_language": LANGUAGES}.get(fault, ())
            problems.append(Problem(name, line.number, "", fault, {"known": ", ".join(known)}))
        elif HEADING.match(line.content) is None and line.language in LANGUAGES:
            found.setdefault((line.language, line.section), []).append(line.content)
        elif line.section and line.language in LANGUAGES:
            found[line.language, line.section] = []
    return {place: "\n".join(content) for place, content in found.items() if place[1] and "".join(content).strip()}


def _lines(content: str) -> Iterator[_Line]:
    language = section = ""
    for number, line in enumerate(content.splitlines(), start=1):
        heading = HEADING.match(line)
        if heading and len(heading[1]) == 1:
            language, section = heading[2], ""
        elif heading and len(heading[1]) == 2:
            section = heading[2]
        yield _Line(number, line, language, section)


def _fault(line: _Line, sections: Collection[str], found: Mapping[tuple[str, str], list[str]]) -> str:
    """What is wrong with a line; empty where nothing is."""
    heading = HEADING.match(line.content)
    level = len(heading[1]) if heading else 0
    if free_text.identity_code(line.content):
        return "text_identity_code"
    if level == 0:
        return "text_loose" if line.content.strip() and not line.section else ""
    if level > 2:
        return "text_heading"
    if line.language not in LANGUAGES:
        return "text_language"
    if level == 2 and line.section not in sections:
        return "text_section"
    return "text_twice" if level == 2 and (line.language, line.section) in found else ""


def _html(markdown: str, language: str) -> str:
    """The text as HTML under a line that says who wrote it: markup is escaped, and only ``TAGS`` remain."""
    label = escape(i18n.say("report.written", language))
    clean = _clean(markdown, TAGS)
    return f'<div class="ev-prose">\n<p class="ev-small"><strong>{label}</strong></p>\n{clean.strip()}\n</div>'


def _clean(markdown: str, tags: set[str]) -> str:
    """Markdown as HTML: markup in it is escaped, and only these tags and links to other pages remain."""
    import mistune
    import nh3

    made = mistune.create_markdown(escape=True, plugins=["table"] if "table" in tags else [])(markdown)
    return nh3.clean(str(made), tags=tags, attributes={"a": {"href"}}, url_schemes={"https", "mailto"}, link_rel=None)


def sections(markdown: str, id: str) -> str:
    """The text of a notebook's cell as sections of a page, one a heading; its first level stands below the page's."""
    clean = _clean(markdown, TAGS | MORE_TAGS)
    shown = re.sub(r"(</?h)([1-5])>", lambda found: f"{found[1]}{int(found[2]) + 1}>", clean)
    shown = shown.replace("<th>", '<th scope="col">').strip()
    parts = [part.strip() for part in re.split(r"(?=<h[2-6]>)", shown) if part.strip()]
    return "\n".join(
        f'<section class="ev-part" data-evaltools="part" id="{id}-{place}">\n{part}\n</section>'
        for place, part in enumerate(parts, start=1)
    )
