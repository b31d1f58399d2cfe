"""The accessibility statement of a study's reports, in the languages a Finnish public body owes it in.

It follows the model of the supervising authority (Act 306/2019 on the Provision of Digital Services). Who publishes,
whom to tell of a fault and when the reports were tested stand in the study file under ``[publisher]``.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from evaltools import i18n
from evaltools.errors import CatalogueError
from evaltools.report import look
from evaltools.report.render import html
from evaltools.study.evaluation_model import Publisher
from evaltools.study.model import Study

LANGUAGES = ("fi", "sv", "en")
FAULTS = ("wide", "stops", "pictures")


class NoPublisherError(CatalogueError):
    """A study file without ``[publisher]``."""

    below = "statement"


def name(language: str) -> str:
    return f"statement-{language}.html"


def write(study: Study, folder: Path) -> list[Path]:
    """One page a language in ``folder``; their paths. Raises NoPublisherError where the study file names none."""
    if study.publisher is None:
        raise NoPublisherError("no_publisher", study=study.id)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for language in LANGUAGES:
        paths.append(folder / name(language))
        paths[-1].write_text(page(study, study.publisher, language), encoding="utf-8", newline="\n")
    return paths


def page(study: Study, publisher: Publisher, language: str) -> str:
    """The statement as a whole page."""
    say = _Say(language)
    title, by = study.study.title(language), publisher.name(language)
    tested = "untested" if publisher.tested is None else "tested"
    day = "" if publisher.tested is None else i18n.date(publisher.tested, language)
    reply = say("feedback", email=publisher.email) if publisher.email else say("nobody")
    about = [say("about", title=title, publisher=by)] + ([say("made", date=day)] if day else [])
    sections = [
        ("status", [*about, say("status")], []),
        ("faults", [], [say(fault) for fault in FAULTS]),
        ("tested", [say(tested, date=day)] if day else [say(tested)], []),
        ("feedback", [reply], []),
        ("supervision", [say("supervision")], []),
    ]
    fragments = [_section(id, say(f"{id}_heading"), *text) for id, *text in sections]
    return html.page(
        f"{say('title')} – {study.study.name(language)}",
        fragments,
        language=language,
        heading=say("title"),
        subtitle=title,
        switch=_switch(language),
        **look.of(study, language),
    )


class _Say:
    """The words of the statement in one language."""

    def __init__(self, language: str):
        self.language = language

    def __call__(self, key: str, **words: object) -> str:
        return i18n.say(f"statement.{key}", self.language, **words)


def _section(id: str, heading: str, sentences: list[str], points: list[str]) -> str:
    paragraphs = "".join(f"<p>{html.words(sentence)}</p>" for sentence in sentences)
    listed = "".join(f"<li>{html.words(point)}</li>" for point in points)
    bullets = f"<ul>{listed}</ul>" if listed else ""
    opened = f'<section class="ev-part" data-evaltools="part" id="{id}">'
    return f"{opened}<h2>{escape(heading)}</h2>{paragraphs}{bullets}</section>"


def _switch(language: str) -> str:
    of = {other: escape(i18n.say("switch.language", other)) for other in LANGUAGES if other != language}
    links = "".join(f'<li><a href="{name(o)}" lang="{o}" hreflang="{o}">{said}</a></li>' for o, said in of.items())
    label = escape(i18n.say("switch.name", language))
    return f'<nav class="ev-switch" aria-label="{label}"><ul>{links}</ul></nav>'
