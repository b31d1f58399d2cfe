"""Who publishes a page, how to cite it, and the table of all its numbers: the end of its foot."""

from __future__ import annotations

from html import escape

from evaltools import i18n
from evaltools.paths import marked
from evaltools.report import glossary, statement
from evaltools.report.edition import Edition


def lines(about: Edition, page: str) -> list[str]:
    """The lines as HTML: the table of all numbers, the publisher, contact, licence and dates of the study file, and
    how to cite the page."""
    language = about.language
    results = marked("results.csv", about.edition)
    sentence = escape(i18n.say("run.footer.numbers", language, results="\x00"))
    found = [sentence.replace("\x00", f'<a href="{results}">{results}</a>')]
    found += [" · ".join(part) for part in (_publisher(about), _dates(about)) if part]
    found.append(" · ".join(_links(about)))
    return [*(f"<p>{line}</p>" for line in found), *_citation(about, page)]


def _links(about: Edition) -> list[str]:
    """The glossary and the accessibility statement, which lie beside the list of all terms."""
    language = about.language
    pages = [(glossary.name(language), "publisher.glossary")]
    pages += [(statement.name(language), "publisher.statement")] if about.study.publisher else []
    return [f'<a href="../../{page}">{escape(i18n.say(key, language))}</a>' for page, key in pages]


def _publisher(about: Edition) -> list[str]:
    publisher, language = about.study.publisher, about.language
    if publisher is None:
        return []
    name = escape(publisher.name(language))
    if publisher.url:
        name = f'<a href="{escape(publisher.url)}">{name}</a>'
    parts = [escape(i18n.say("publisher.name", language, name="\x00")).replace("\x00", name)]
    if publisher.authors:
        names = i18n.listing(publisher.authors, language)
        parts.append(escape(i18n.say("publisher.authors", language, names=names)))
    if publisher.email:
        address = f'<a href="mailto:{escape(publisher.email)}">{escape(publisher.email)}</a>'
        parts.append(escape(i18n.say("publisher.contact", language, email="\x00")).replace("\x00", address))
    if publisher.licence:
        parts.append(escape(i18n.say("publisher.licence", language, licence=publisher.licence)))
    return parts


def _dates(about: Edition) -> list[str]:
    publisher, language = about.study.publisher, about.language
    days = {"released": about.term.released, "next_release": publisher.next_release if publisher else None}
    return [
        escape(i18n.say(f"publisher.{key}", language, date=i18n.date(day, language)))
        for key, day in days.items()
        if day is not None
    ]


def _citation(about: Edition, page: str) -> list[str]:
    """How to cite the page, on demand."""
    study, publisher, language = about.study.study, about.study.publisher, about.language
    organisation = (publisher.name if publisher else study.organisation)(language)
    words = {
        "authors": i18n.listing(publisher.authors, language) if publisher and publisher.authors else organisation,
        "year": (about.term.released or about.term.extracted or about.term.end).year,
        "title": study.title(language),
        "page": page,
        "term": i18n.inside(about.term.name(language), language),
        "publisher": organisation,
        "run": about.run_id or i18n.NONE,
    }
    said = escape(i18n.say("publisher.citation", language, **words))
    return [f"<details><summary>{escape(i18n.say('publisher.cite', language))}</summary><p>{said}</p></details>"]
