"""The page of all terms of a study, beside their folders: made anew from what lies there after every release.

There are two: ``index.html`` links public editions only, ``index.internal.html`` all of them. Each term's own index
links back to the one of its edition.
"""

from __future__ import annotations

import html as markup
import json
import re
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from evaltools import i18n, paths
from evaltools.i18n import LANGUAGES
from evaltools.report import glossary, look, pages, statement
from evaltools.report.render import html
from evaltools.study.evaluation_model import EDITIONS
from evaltools.study.model import Study

NAME = "index.html"


def refresh(study: Study, home: Path) -> list[Path]:
    """Write the pages of the study's terms into ``home`` (``outputs/<study>``), each whole or not at all.

    The internal page is there only where an internal edition is; beside them lie the glossary and, where the study file
    names a publisher, the accessibility statement. Returns the paths of the pages of terms.
    """
    with FileLock(str(home / ".index.lock")):
        written = [_written(study, home, "public")]
        if any(_editions(study, home, language, ["internal"]) for language in LANGUAGES):
            written.append(_written(study, home, "internal"))
        marks = {path.name: paths.digest(path) for path in written}
        paths.replace(home / paths.INDEX_MARKS, json.dumps(marks))
        for language in LANGUAGES:
            paths.replace(home / glossary.name(language), glossary.page(study.study.title(language), language))
        if study.publisher:
            statement.write(study, home)
    return written


def _written(study: Study, home: Path, edition: str) -> Path:
    path = home / pages.marked(NAME, edition)
    page = _page(study, home, edition)
    if not path.is_file() or path.read_text(encoding="utf-8") != page:
        paths.replace(path, page)
    return path


def _page(study: Study, home: Path, edition: str) -> str:
    """One list of terms a language, each in its own; the page speaks the first: the study's, where it has a list."""
    shown = ["public"] if edition == "public" else list(EDITIONS)
    ordered = sorted(LANGUAGES, key=lambda language: language != study.study.language)
    main = next((each for each in ordered if _editions(study, home, each, shown)), ordered[0])
    fragments = []
    for language in sorted(LANGUAGES, key=lambda each: each != main):
        entries = _editions(study, home, language, shown)
        heading = i18n.say("run.report.terms", language)
        if entries:
            fragments.append(pages.links(f"terms-{language}", heading, entries, f' lang="{language}"'))
    about = study.study
    answer, head = _head(study, home, main, shown)
    notices = [i18n.say("run.notice.internal", main)] if edition == "internal" else []
    notices += [about.notice(main)] if about.notice is not None else []
    return html.page(
        about.name(main),
        [*head, *fragments],
        language=main,
        heading=answer or about.title(main),
        subtitle=f"{about.title(main)} – {about.organisation(main)}",
        notice=" ".join(notices) or None,
        alarm=edition == "internal",
        footer=[i18n.say("run.footer.made", main, version=version("evaltools"))],
        more=_statement(study, main),
        **look.of(study, main),
    )


def _statement(study: Study, language: str) -> list[str]:
    """The link to the accessibility statement, where there is one."""
    if study.publisher is None:
        return []
    return [f'<p><a href="{statement.name(language)}">{i18n.say("publisher.statement", language)}</a></p>']


def _head(study: Study, home: Path, language: str, editions: list[str]) -> tuple[str, list[str]]:
    """The answer and the head of the newest edition in that language, its links leading there."""
    newest = _editions(study, home, language, editions)[:1]
    for address, _, _ in newest:
        page = (home / address).read_text(encoding="utf-8")
        title, found = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL), pages.HEAD.search(page)
        if title and found:
            folder = address.rpartition("/")[0]
            links = re.sub(r'href="(?!#)', f'href="{folder}/', found[0])
            return markup.unescape(re.sub(r"<[^>]+>", "", title[1])), [links]
    return "", []


def _editions(study: Study, home: Path, language: str, editions: list[str]) -> list[tuple[str, str, str]]:
    """(address, term, edition in words) of every index that lies there, the last term first."""
    found = []
    for term in sorted(study.terms, key=lambda each: each.start, reverse=True):
        for edition in editions:
            address = f"{term.id}/{edition}-{language}/{pages.marked(NAME, edition)}"
            if (home / address).is_file():
                said = i18n.say(f"run.edition.{edition}", language) if len(editions) > 1 else ""
                found.append((address, term.name(language), said))
    return found
