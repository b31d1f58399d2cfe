"""Executed notebooks to a folder of HTML reports with an index.

A report holds what the notebook's parts show and nothing else: no code, no printed text, no warnings, no tables
that are not ours. A notebook that did not run to its end is refused.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from evaltools import i18n
from evaltools.disclosure import policy
from evaltools.paths import marked
from evaltools.report import document, downloads, glossary, imprint, look, narrative, switch
from evaltools.report.edition import Edition, definition_of_numbers
from evaltools.report.render import html, spreadsheet
from evaltools.study import funder_form

MARK = "data-evaltools"  # the attribute by which html.py marks the fragments that may be published
INDEX = "index"
# tags of cells that no report shows: texts for who works in the notebook, and steps on the way to what is reported
GUIDE, STEP = "guide", "step"


@dataclass(frozen=True, slots=True)
class Page:
    """One report: the notebook's name without ending (``04_survey``), its title, a line on what it holds, the executed
    notebook, the folder of its tables, whether the list of reports begins with it, and whether the notebook is a
    study's own: then its title is the heading of the page, whatever parts of the programme it shows.
    ``people``: it counts the study's own people, so that it says what a public edition does to their numbers."""

    name: str
    title: str
    about: str
    notebook: NotebookNode
    tables: str = ""
    lead: bool = False
    own: bool = False
    people: bool = True


class NotRunError(Exception):
    """A code cell that failed or was never run: (number of the cell among the code cells, what it says)."""

    def __init__(self, cell: int, error: str | None):
        self.cell = cell
        self.error = error
        super().__init__(cell, error)


class ReportExporter(Exporter):
    """nbconvert exporter: a notebook's published parts as one page; ``resources["page"]`` goes to ``html.page``."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> Any:
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        check_complete(nb)
        page = dict(resources["page"])
        shown = fragments(nb)
        if not page.pop("own"):  # the answer of a section of the programme is the heading of its page
            answer, shown = answered(shown)
            page |= {"about": answer, "heading": answer or page["heading"]}
        files = resources.get("files") or (lambda fragment: fragment)
        shown = glossary.linked(shown, f"../../{glossary.name(page['language'])}", page["language"])
        return html.page(page.pop("title"), [files(fragment) for fragment in shown], **page), resources


def check_complete(notebook: NotebookNode) -> None:
    """Raise ``NotRunError`` at the first code cell that holds an error or has no execution count.

    Both matter: a kernel that dies leaves cells without a count and without an error.
    """
    for number, cell in enumerate(filter(counts, notebook.cells), start=1):
        failed = next((o for o in cell.outputs if o.output_type == "error"), None)
        if failed is not None:
            raise NotRunError(number, f"{failed.ename}: {failed.evalue}")
        if cell.execution_count is None:
            raise NotRunError(number, None)


def counts(cell: NotebookNode) -> bool:
    """Whether the cell has a number of its own: code that stands in the notebook, not put in by papermill."""
    return cell.cell_type == "code" and bool(cell.source.strip()) and not injected(cell)


def injected(cell: NotebookNode) -> bool:
    """Whether papermill put the cell in, to set the parameters."""
    return "injected-parameters" in cell.metadata.get("tags", [])


def fragments(notebook: NotebookNode) -> list[str]:
    """The HTML of the parts that code cells show and of texts, in order; guides and steps are left out, and any other
    output (a bare data frame too)."""
    return [fragment for cell in notebook.cells for fragment in _of_cell(cell) if fragment]


ANSWER = re.compile(r'<p class="ev-answer">(.*?)</p>\n?', re.DOTALL)


def answered(shown: Sequence[str]) -> tuple[str, list[str]]:
    """The answer of a page, as text, and its fragments without it: it is the title of the page."""
    found = next((match for fragment in shown if (match := ANSWER.search(fragment))), None)
    answer = re.sub(r"<[^>]+>", "", found[1]) if found else ""
    return markup.unescape(answer), [ANSWER.sub("", fragment) for fragment in shown]


def _of_cell(cell: NotebookNode) -> list[str]:
    if any(tag == STEP or tag.split("-")[0] == GUIDE for tag in cell.metadata.get("tags", [])):
        return []
    if cell.cell_type == "markdown":
        return [narrative.sections(cell.source, f"text-{cell.id}")] if cell.source.strip() else []
    return [_fragment(output) for output in cell.outputs] if cell.cell_type == "code" else []


def unprotected(notebook: NotebookNode) -> tuple[int, str] | None:
    """The first output without the mark ``protected``: (number of its cell among the code cells, what it is).

    Anything that a cell prints or shows counts: printed text, a data frame, a picture, an exact table or figure.
    Warnings do not; they are taken out of every executed notebook.
    """
    number = 0
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        number += counts(cell)
        for output in cell.outputs:
            what = _kind(output)
            if what:
                return number, what
    return None


def _kind(output: NotebookNode) -> str:
    """What kind of output it is by its richest type; empty where it may be published."""
    if output.output_type == "stream":
        return "" if output.name == "stderr" else output.name
    if output.get("metadata", {}).items() >= document.PROTECTED.items() and "text/html" in output.data:
        return ""
    return next((kind for kind in sorted(output.get("data", {})) if kind != "text/plain"), "text/plain")


def keep_parts(notebook: NotebookNode) -> None:
    """Take out of the notebook every output that no report shows: an executed notebook is published too."""
    notebook.metadata.pop("widgets", None)  # nbclient keeps the state of widgets there, shown or not
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _fragment(output)]
            for output in cell.outputs:
                output.data = NotebookNode({"text/html": output.data["text/html"]})


def _fragment(output: NotebookNode) -> str:
    """The HTML of an output that shows one of our parts; empty for any other output."""
    if output.output_type not in ("display_data", "execute_result") or "text/html" not in output.data:
        return ""
    lines = output.data["text/html"]
    shown = lines if isinstance(lines, str) else "".join(lines)
    return shown if MARK in shown.lstrip().split(">", 1)[0] else ""


def write(about: Edition, reports: Sequence[Page], folder: Path, ordered: bool = False) -> Path:
    """Write one report a notebook and the index into ``folder``; the index' path.

    ``reports`` are in the order of the navigation; the list in the index begins with those that lead, unless the study
    file gives the order (``ordered``). The index links the workbooks that lie in ``folder`` by then, and the page of
    all terms two folders above. Raises ``NotRunError`` before anything of a faulty notebook is written.
    """
    exporter = ReportExporter()
    titles = {INDEX: i18n.say("run.report.index", about.language)} | {each.name: each.title for each in reports}
    for each in reports:
        words = _page(about, each.name, titles) | {"own": each.own}
        words["numbers"] = numbers(about) if each.people else ""
        about_page = {"page": words, "files": downloads.linked(about, each.tables, folder)}
        page, _ = exporter.from_notebook_node(each.notebook, about_page)
        (folder / _file(each.name, about)).write_text(page, encoding="utf-8", newline="\n")
    index = folder / _file(INDEX, about)
    page_words = _page(about, INDEX, titles)
    listed = reports if ordered else sorted(reports, key=lambda each: not each.lead)
    answer, head = _head_of(about, reports)
    page_words |= {"heading": answer or page_words["heading"], "about": answer}
    shown = [
        *head,
        _contents(about, listed),
        *_documents(about, folder, reports),
        *_workbooks(about, folder, reports),
        _about(about),
        *_others(about),
    ]
    contents = html.page(page_words.pop("title"), shown, **page_words)
    index.write_text(contents, encoding="utf-8", newline="\n")
    return index


HEAD = re.compile(r'<section class="ev-part" data-evaltools="part" id="summary">.*?</section>', re.DOTALL)


def _head_of(about: Edition, reports: Sequence[Page]) -> tuple[str, list[str]]:
    """The head of the report that leads, for the index: its links lead to that report. Nothing where none has one."""
    for each in (each for each in reports if each.lead):
        answer, shown = answered(fragments(each.notebook))
        found = HEAD.search("\n".join(shown))
        if found:
            return answer, [found[0].replace('href="#', f'href="{_file(each.name, about)}#')]
    return "", []


def _file(name: str, about: Edition) -> str:
    return marked(f"{name}.html", about.edition)


def _page(about: Edition, name: str, titles: Mapping[str, str]) -> dict[str, Any]:
    """The words around the fragments of one page, as ``html.page`` takes them; ``titles`` are those of all pages."""
    language, study = about.language, about.study.study
    heading = study.title(language) if name == INDEX else titles[name]
    switched = "" if about.draft else switch.alone(_all_terms(about), language)
    return {
        "title": title(about, titles[name]),
        "language": language,
        "heading": heading,
        "subtitle": title(about, titles[name]),
        "notice": notice(about),
        "alarm": about.draft or about.edition == "internal",
        "navigation": [(label, _file(page, about), page == name) for page, label in titles.items()],
        "footer": foot(about),
        "switch": switched,
        "more": imprint.lines(about, titles[name]),
        **look.of(about.study, language),
    }


def title(about: Edition, report: str) -> str:
    """A report's title with its study and term."""
    language = about.language
    return f"{report} – {about.study.study.name(language)}, {i18n.inside(about.term.name(language), language)}"


def _all_terms(about: Edition) -> str:
    return f"../../{marked('index.html', about.edition)}"


def _about(about: Edition) -> str:
    """What is evaluated, for whom and with what decision, as an HTML fragment."""
    heading = markup.escape(i18n.say("run.report.about", about.language))
    pairs = "".join(
        f"<div><dt>{markup.escape(label)}</dt><dd>{html.words(value)}</dd></div>" for label, value in facts(about)
    )
    return f'<section class="ev-part" {MARK}="part" id="about"><h2>{heading}</h2><dl>{pairs}</dl></section>'


def facts(about: Edition) -> list[tuple[str, str]]:
    """What is evaluated, by whom and for whom, as (label, value)."""
    language, study = about.language, about.study.study

    def span(start: Any, end: Any) -> str:
        return i18n.interval(i18n.date(start, language), i18n.date(end, language), language)

    facts = {
        "term": f"{about.term.name(language)} ({span(about.term.start, about.term.end)})",
        "period": span(study.start, study.end),
        "organisation": study.organisation(language),
        "funder": study.funder(language),
        "decision": study.decision,
    }
    return [(i18n.say(f"run.fact.{key}", language), value) for key, value in facts.items() if value]


def numbers(about: Edition) -> str:
    """What the edition's numbers of people are; nothing where they are exact."""
    protected = policy.active(about.study.disclosure, about.edition)
    return definition_of_numbers(about.study, about.edition, about.language) if protected else ""


def notice(about: Edition) -> str | None:
    """What every reader must see: that the edition is internal or a draft, and the study's own notice."""
    language, own = about.language, about.study.study.notice
    notices = [i18n.say("run.notice.internal", language)] if about.edition == "internal" else []
    notices += [i18n.say("run.notice.draft", language)] if about.draft else []
    notices += [own(language)] if own is not None else []
    return " ".join(notices) or None


def foot(about: Edition) -> list[str]:
    """Study, term, edition, when the data were extracted, and what the pages were made with."""
    language, term = about.language, about.term
    words = {"study": about.study.study.name(language), "term": i18n.inside(term.name(language), language)}
    lines = [i18n.say(f"run.footer.{about.edition}", language, **words)]
    if term.extracted is not None:
        lines.append(i18n.say("run.footer.extracted", language, date=i18n.date(term.extracted, language)))
    made = "run" if about.run_id else "made"
    return [*lines, i18n.say(f"run.footer.{made}", language, version=version("evaltools"), run=about.run_id)]


def _contents(about: Edition, reports: Sequence[Page]) -> str:
    """The list of reports with a line on each, as an HTML fragment."""
    entries = [(_file(each.name, about), each.title, each.about) for each in reports]
    return links("reports", i18n.say("run.report.index", about.language), entries)


def _documents(about: Edition, folder: Path, reports: Sequence[Page]) -> list[str]:
    """The documents that lie beside the pages (``documents``)."""
    language, entries = about.language, []
    kinds = {".docx": "Word", ".pdf": "PDF"}
    lying = [(file, each.name) for each in reports for file in folder.glob(f"{each.name}*") if file.suffix in kinds]
    forms = {form.id: form.name(language) for form in funder_form.read(about.study)} if lying else {}
    for path, page in sorted(lying, key=lambda file: ("-summary." not in file[0].name, file[0].suffix)):
        of, kind = path.name.split(".")[0].removeprefix(page)[1:], kinds[path.suffix]
        key = "summary" if of == "summary" else "whole"
        shown = f"{forms[of]} ({kind})" if of in forms else i18n.say(f"document.{key}", language, kind=kind)
        entries.append((path.name, shown, ""))
    for path in sorted(folder.glob("pictures/captions*.txt")):
        entries.append((f"pictures/{path.name}", i18n.say("document.pictures", language), ""))
    return [links("documents", i18n.say("document.heading", language), entries)] if entries else []


def _workbooks(about: Edition, folder: Path, reports: Sequence[Page]) -> list[str]:
    """The workbooks that hold all tables of a report, and every number of the edition as one table."""
    entries = []
    titles = {each.tables: each.title for each in reports}
    for path in sorted(folder.glob(f"tables/*/{spreadsheet.ALL}*.xlsx")):
        place = f"tables/{path.parent.name}/{marked(f'{spreadsheet.ALL}.xlsx', about.edition)}"
        entries.append((place, f"{titles.get(path.parent.name, path.parent.name)} (XLSX)", ""))
    results = marked("results.csv", about.edition)
    if (folder / "results.csv").is_file() or (folder / results).is_file():
        entries.append((results, results, i18n.say("run.about.results", about.language)))
    return [links("tables", i18n.say("run.report.tables", about.language), entries)] if entries else []


def _others(about: Edition) -> list[str]:
    """The way to other terms; a draft stands alone."""
    if about.draft:
        return []
    address = _all_terms(about)
    label = i18n.say("run.report.terms", about.language)
    study = f"{about.study.study.name(about.language)}: {i18n.say('run.report.editions', about.language)}"
    return [links("terms", label, [(address, study, "")])]


def links(id: str, heading: str, entries: Iterable[tuple[str, str, str]], attributes: str = "") -> str:
    """A section that lists links: (relative address, label, what it is), as an HTML fragment."""
    items = "".join(
        f'<li><a href="{markup.escape(address)}">{markup.escape(label)}</a>{": " + markup.escape(said) if said else ""}'
        "</li>"
        for address, label, said in entries
    )
    opened = f'<section class="ev-part" {MARK}="part" id="{id}"{attributes}>'
    return f"{opened}<h2>{markup.escape(heading)}</h2><ul>{items}</ul></section>"
