"""The words that a reader may not know: a page of their own, and links to it where each is first used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape

from evaltools import i18n
from evaltools.report.render import html

PREFIX = "glossary.name."
PARAGRAPH = re.compile(r"(<p>)(.*?)(</p>)", re.DOTALL)


def name(language: str) -> str:
    return f"glossary-{language}.html"


@cache
def terms() -> tuple[str, ...]:
    """The ids of the terms, in the order of the catalogue."""
    return tuple(key.removeprefix(PREFIX) for key in i18n.catalogue() if key.startswith(PREFIX))


def page(study: str, language: str) -> str:
    """All terms with their meanings as a whole page."""
    title = i18n.say("glossary.title", language)
    named = sorted(terms(), key=lambda term: i18n.say(f"glossary.name.{term}", language))
    entries = "".join(
        f'<div id="{term}"><dt>{html.words(i18n.say(f"glossary.name.{term}", language))}</dt>'
        f"<dd>{html.words(i18n.say(f'glossary.meaning.{term}', language))}</dd></div>"
        for term in named
    )
    heading = escape(i18n.say("glossary.about", language))
    opened = '<section class="ev-part" data-evaltools="part" id="terms">'
    shown = f'{opened}<h2>{heading}</h2><dl class="ev-terms">{entries}</dl></section>'
    return html.page(f"{title} – {study}", [shown], language=language, heading=title, subtitle=study)


def linked(fragments: Sequence[str], address: str, language: str) -> list[str]:
    """The fragments of a page with each term linked to the glossary where a paragraph first uses it."""
    left = {term: _stem(term, language) for term in terms()}

    def paragraph(found: re.Match[str]) -> str:
        words = found[2]
        if "<a " in words:
            return found[0]
        for term, stem in list(left.items()):
            use = stem.search(words)
            if use and "<" not in words[: use.start()].rpartition(">")[2]:
                link = f'<a class="ev-term" href="{address}#{term}">{use[0]}</a>'
                words = words[: use.start()] + link + words[use.end() :]
                del left[term]
                break  # one link a paragraph
        return f"{found[1]}{words}{found[3]}"

    return [PARAGRAPH.sub(paragraph, fragment) for fragment in fragments]


@cache
def _stem(term: str, language: str) -> re.Pattern[str]:
    stem = re.escape(i18n.say(f"glossary.stem.{term}", language))
    return re.compile(rf"\b{stem}\w*", re.IGNORECASE)
