"""The final report as documents: what its page shows, as a file to read, edit and send; its head alone; funders' forms.

A document is made of the fragments of the page, so a public one holds only what the public page shows.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evaltools import i18n
from evaltools.errors import CatalogueError
from evaltools.paths import marked
from evaltools.privacy import free_text
from evaltools.report import changed_numbers, flow, funder, narrative, pages
from evaltools.report.edition import Edition
from evaltools.report.flow import Heading, Node, Paragraph, Run
from evaltools.report.render import drawing, pdf, word
from evaltools.study import funder_form

NEEDED = {
    "docx": "python-docx",
    "pikepdf": "pikepdf",
    "typst": "typst",
}  # modules of the extra `documents`, and their packages
SUMMARY = "-summary"
PICTURES, CAPTIONS = "pictures", "captions.txt"


class DocumentError(CatalogueError):
    """What keeps a document from being made."""

    below = "document.error"


def missing() -> list[str]:
    """The packages of the extra ``documents`` that are not installed."""
    return [package for module, package in NEEDED.items() if not importlib.util.find_spec(module)]


def check(kinds: Sequence[str], template: Path | None) -> None:
    """Raise DocumentError where what the documents need is not installed, or the template is no Word file."""
    if kinds and (packages := missing()):
        raise DocumentError("missing", packages=", ".join(packages))
    if "word" in kinds and template is not None and not word.is_template(template):
        raise DocumentError("template", file=template.name)


def write(
    about: Edition, reports: Sequence[pages.Page], folder: Path, kinds: Sequence[str], places: Collection[str] = ()
) -> None:
    """Write the documents of the report that leads, of its head and of funders' forms; nothing where none leads.

    Parameters
    ----------
    about : the edition
    reports : its pages
    folder : of the edition
    kinds : of ``paths.DOCUMENTS``; needs what ``check`` looks for
    places : what a person's texts may stand below; without them no form is filled
    """
    for page in (page for page in reports if page.lead and kinds):
        front, nodes = contents(about, page)
        made = [
            (front, page.name, nodes),
            (front, f"{page.name}{SUMMARY}", _head(nodes)),
            *_forms(about, page, nodes, places),
        ]
        for front, name, part in made:
            if "word" in kinds:
                noted = changed_numbers.marked(about, part)
                content = word.document(front, noted, drawing.png, about.study.template)
                (folder / marked(f"{name}.docx", about.edition)).write_bytes(content)
            if "pdf" in kinds:
                _check_silence(front, part, name)
                (folder / marked(f"{name}.pdf", about.edition)).write_bytes(pdf.document(front, part))
        if "pictures" in kinds:
            _write_pictures(about, page.title, nodes, folder / PICTURES)


def _forms(
    about: Edition, page: pages.Page, nodes: Sequence[Node], places: Collection[str]
) -> Iterator[tuple[word.Front, str, list[Node]]]:
    """Each form of a funder, filled from the report and the evaluator's texts: front, name of the file, nodes."""
    study, language = about.study, about.language
    forms = funder_form.read(study) if places else []
    texts = narrative.read(study, places) if forms else {}
    own = {place: text for (term, of, place), text in texts.items() if (term, of) == (about.term.id, language)}
    for form in forms:
        front = replace(_front(about, page), title=form.name(language))
        yield front, f"{page.name}-{form.id}", funder.filled(form, nodes, own, language)


def _write_pictures(about: Edition, title: str, nodes: Sequence[Node], folder: Path) -> None:
    """Each picture of the report as SVG and PNG, for slides, and a text of their titles and alternative texts."""
    folder.mkdir()
    said = [pages.title(about, title), pages.notice(about) or "", pages.numbers(about)]
    finding = ""
    for node in nodes:
        if isinstance(node, flow.Picture):
            name = f"{len(list(folder.glob('*.svg'))) + 1:02}-{node.id.removeprefix('figure-')}"
            files = [folder / marked(f"{name}{ending}", about.edition) for ending in (".svg", ".png")]
            files[0].write_text(node.svg + "\n", encoding="utf-8", newline="\n")
            files[1].write_bytes(drawing.png(node.svg))
            said.append("\n".join(filter(None, [", ".join(f.name for f in files), finding, node.caption, node.alt])))
        finding = flow.plain(node.runs) if isinstance(node, Paragraph) and node.kind == "finding" else ""
    captions = folder / marked(CAPTIONS, about.edition)
    captions.write_text("\n\n".join(filter(None, [*said, *pages.foot(about)])) + "\n", encoding="utf-8", newline="\n")


def _check_silence(front: word.Front, nodes: Sequence[Node], name: str) -> None:
    """The last look cannot read a PDF, so its text is looked at before: raises DocumentError for an identity code."""
    said = [front.title, front.subtitle, front.notice, *(value for _, value in front.facts), *flow.texts(nodes)]
    if any(map(free_text.identity_code, said)):
        raise DocumentError("gives_away", file=f"{name}.pdf")


def contents(about: Edition, page: pages.Page) -> tuple[word.Front, list[Node]]:
    """What the document of a page is made of."""
    return _front(about, page), _nodes(about, page)


def _nodes(about: Edition, page: pages.Page) -> list[Node]:
    """The text of the page, what its numbers are below the first part, and its foot."""
    _, shown = pages.answered(pages.fragments(page.notebook))
    nodes = flow.read(shown)
    first = next((place for place, node in enumerate(nodes[1:], 1) if _opens(node)), len(nodes))
    numbers = pages.numbers(about) if page.people else ""
    caution: list[Node] = [Paragraph((Run(numbers),), "note")] if numbers else []
    foot = [Paragraph((Run(line),), "small") for line in pages.foot(about)]
    return [*nodes[:first], *caution, *nodes[first:], *foot]


def _head(nodes: Sequence[Node]) -> list[Node]:
    """The first part alone: links to what is not there lead nowhere, so they are left out by the renderer."""
    return list(nodes[: next((place for place, node in enumerate(nodes[1:], 1) if _opens(node)), len(nodes))])


def _opens(node: Node) -> bool:
    return isinstance(node, Heading) and node.level == 1


def _front(about: Edition, page: pages.Page) -> word.Front:
    answer, _ = pages.answered(pages.fragments(page.notebook))
    study, term, subtitle = about.study.study, about.term, pages.title(about, page.title)
    alarm = [i18n.say("run.notice.internal", about.language)] if about.edition == "internal" else []
    return word.Front(
        title=answer or page.title,
        subtitle=subtitle,
        language=about.language,
        author=study.organisation(about.language),
        day=term.released or term.extracted or term.end,
        facts=pages.facts(about),
        notice=pages.notice(about) or "",
        running=" – ".join([subtitle, *alarm]),
        edition=about.edition,
    )
