"""The way from a page to the same page in other languages and terms.

What lies beside a release changes after it was made, so a page of ``outputs`` links the list of all terms only; where a
set of releases is put together (``link``), each page gets the way to every other of them, and an older term says that a
newer one is out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from evaltools import i18n
from evaltools.i18n import LANGUAGES
from evaltools.study.model import Study

OPENED, CLOSED = '<nav class="ev-switch"', "</nav>"
PLACE = re.compile(re.escape(OPENED) + ".*?" + re.escape(CLOSED), re.DOTALL)
INDEX = "index.html"
Places = Mapping[tuple[str, str], Path]  # folders of releases by (term, language)


def alone(address: str, language: str) -> str:
    """What a page says by itself: the way to the list of all terms and languages."""
    return _nav([_link(address, i18n.say("switch.all", language))], language)


def link(study: Study, home: Path) -> None:
    """Give every public page below ``home`` the way to the same page of the other releases that lie there."""
    order = sorted(study.terms, key=lambda term: term.start)
    places = {
        (term.id, language): folder
        for term in order
        for language in LANGUAGES
        if (folder := home / term.id / f"public-{language}").is_dir()
    }
    for (term, language), folder in places.items():
        for page in sorted(folder.glob("*.html")):
            whole = _full(study, places, term, language, page)
            page.write_text("".join(_around(_read(page), whole)), encoding="utf-8", newline="\n")


def _around(text: str, whole: str) -> list[str]:
    """The page with that in the place of the links it had."""
    found = PLACE.search(text)
    return [text] if found is None else [text[: found.start()], whole, text[found.end() :]]


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _full(study: Study, places: Places, term: str, language: str, page: Path) -> str:
    terms = [t for t in sorted(study.terms, key=lambda each: each.start) if (t.id, language) in places]
    ids = [t.id for t in terms]
    here = ids.index(term)
    links = [
        _link(_to(places[term, other], page), i18n.say("switch.language", other), other)
        for other in LANGUAGES
        if other != language and (term, other) in places
    ]
    for step, key in ((-1, "previous"), (1, "next")):
        if 0 <= here + step < len(ids):
            other = terms[here + step]
            words = i18n.say(f"switch.{key}", language, term=i18n.inside(other.name(language), language))
            links.append(_link(_to(places[other.id, language], page), words))
    links.append(_link(f"../../{INDEX}", i18n.say("switch.all", language)))
    newest = terms[-1]
    if newest.id == term:
        return _nav(links, language)
    words = i18n.say("switch.newer", language, term=i18n.inside(newest.name(language), language))
    newer = f'<p class="ev-newer">{_link(_to(places[newest.id, language], page), words)}</p>'
    return _nav(links, language, newer)


def _to(folder: Path, page: Path) -> str:
    """The address of the same page in another release; of its index where it has no such page."""
    target = folder / page.name
    return Path(os.path.relpath(target if target.is_file() else folder / INDEX, page.parent)).as_posix()


def _link(address: str, label: str, language: str = "") -> str:
    of = f' lang="{language}" hreflang="{language}"' if language else ""
    return f'<a href="{escape(address)}"{of}>{escape(label)}</a>'


def _nav(links: list[str], language: str, before: str = "") -> str:
    name = escape(i18n.say("switch.name", language))
    listed = "".join(f"<li>{link}</li>" for link in links)
    return f'{OPENED} aria-label="{name}">{before}<ul>{listed}</ul>{CLOSED}'
