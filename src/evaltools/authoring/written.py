"""What a person wrote in the marked places of a Word report, kept as the study's own texts.

From there it stands in every report that is made anew, page and documents, and is checked like any text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from evaltools import i18n, paths
from evaltools.errors import CatalogueError
from evaltools.privacy import free_text
from evaltools.report import changed_numbers, narrative
from evaltools.report.flow import Heading, Node, Paragraph, Place, Run
from evaltools.report.render.word import LOCALES, TEXT
from evaltools.study.evaluation_model import EDITIONS
from evaltools.study.model import Study

MARKS = re.compile(r"([\\`*_\[\]#<>!])")  # what Markdown would take for markup
BLOCK = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")  # what would begin a list
OURS = ("Caption", "Caution")  # styles of numbered captions, and of notes that numbers have changed
UNWRITTEN = ("report.recommendations_missing", "funder.unwritten")


class WrittenError(CatalogueError):
    """A file from which nothing can be kept."""

    below = "written"


def keep(study: Study, document: Path, term: str, sections: Collection[str]) -> tuple[Path, list[str]]:
    """Put the texts of a Word report into ``texts/<term>.md``; the file and the sections whose text is new there.

    Texts of other sections and languages stay. What stands around each text is kept, too, so that the next Word report
    can tell which numbers have changed since (`report.changed_numbers`). Raises WrittenError for a file that is none of
    ours or holds an identity code, DataError where the texts that stand already have a fault.
    """
    language, found = read(word := _opened(document), document.name)
    if any(free_text.identity_code(text.replace("*", "")) for text in found.values()):
        raise WrittenError("identity", document=document.name)
    before = narrative.written(study, sections)
    new = {section: text for section, text in found.items() if section in sections and text}
    changed = [section for section, text in new.items() if before.get((term, language, section), "").strip() != text]
    file = study.folder / paths.TEXTS / f"{term}.md"
    if changed:
        texts = {place[1:]: text.strip() for place, text in before.items() if place[0] == term}
        texts |= {(language, section): text for section, text in new.items()}
        file.parent.mkdir(exist_ok=True)
        paths.replace(file, _as_file(texts))
    edition = word.core_properties.category
    if new and edition in EDITIONS:
        nodes = _nodes(word)
        beside, every = changed_numbers.around(nodes), changed_numbers.every_line(nodes)
        lines = {id: beside[id] for id in new if id in beside}
        lines |= {changed_numbers.CITED + id: changed_numbers.cited(new[id], every) for id in lines}
        changed_numbers.keep(study, term, language, edition, lines)
    return file, changed


def _opened(document: Path) -> Any:
    import docx

    try:
        return docx.Document(str(document))
    except Exception:  # a library that reads zip and XML fails in as many ways as a file can be broken
        raise WrittenError("unreadable", document=document.name) from None


def _nodes(word: Any) -> list[Node]:
    """A Word report as the nodes it was made of, as far as `changed_numbers` looks at them."""
    nodes: list[Node] = []
    for element in word.element.body:
        tag = element.tag.rpartition("}")[2]
        if tag == "p" and (element.style or "").startswith("Heading"):
            nodes.append(Heading(1, (), ""))
        elif tag == "sdt" and _tag(element).startswith(TEXT):
            nodes.append(Place(_tag(element).removeprefix(TEXT), ()))
        elif tag == "p" and element.style not in OURS:
            nodes.append(Paragraph((Run("".join(t.text or "" for t in element.iter(_name("t")))),)))
        elif tag == "tbl":
            nodes += [Paragraph((Run(changed_numbers.row(cells)),)) for cells in _cells(element)[1:]]
    return nodes


def _cells(table: Any) -> list[list[str]]:
    return [["".join(t.text or "" for t in cell.iter(_name("t"))) for cell in row.tc_lst] for row in table.tr_lst]


def read(word: Any, name: str) -> tuple[str, dict[str, str]]:
    """The language of a Word report, and the Markdown of each marked place by its section."""
    places = [(_tag(control), control) for control in word.element.body.iter(_name("sdt"))]
    found = {tag.removeprefix(TEXT): _markdown(control, word) for tag, control in places if tag.startswith(TEXT)}
    if not found:
        raise WrittenError("places", document=name)
    spoken = {locale: language for language, locale in LOCALES.items()}
    language = spoken.get(word.core_properties.language, i18n.LANGUAGE)
    missing = {i18n.say(key, each) for key in UNWRITTEN for each in i18n.LANGUAGES}
    return language, {section: "" if text in missing else text for section, text in found.items()}


def _as_file(texts: dict[tuple[str, str], str]) -> str:
    lines: list[str] = []
    for language in dict.fromkeys(language for language, _ in texts):
        lines += [f"# {language}", ""]
        for (of, section), text in texts.items():
            lines += [f"## {section}", text, ""] if of == language else []
    return "\n".join(lines)


def _markdown(control: Any, word: Any) -> str:
    """The paragraphs and lists of a place; blank lines between paragraphs, none within a list."""
    blocks: list[tuple[bool, str]] = []
    for paragraph in control.iter(_name("p")):
        text = "".join(_runs(paragraph, word)).strip()
        style = (paragraph.style or "").replace(" ", "")
        mark = {"ListBullet": "- ", "ListNumber": "1. "}.get(style, "")
        if text:
            blocks.append((bool(mark), mark + (text if mark else BLOCK.sub(r"\1\\\2", text))))
    lines: list[str] = []
    for place, (in_list, text) in enumerate(blocks):
        lines += [] if place == 0 or (in_list and blocks[place - 1][0]) else [""]
        lines.append(text)
    return "\n".join(lines)


def _runs(element: Any, word: Any) -> Iterator[str]:
    for child in element:
        if child.tag == _name("hyperlink"):
            relation = word.part.rels.get(child.get(_name("id", "r")))
            text = "".join(_runs(child, word))
            yield f"[{text}]({relation.target_ref})" if relation is not None and text else text
        elif child.tag == _name("r"):
            yield _run(child)
        elif child.tag in (_name("ins"), _name("smartTag"), _name("sdt"), _name("sdtContent")):
            yield from _runs(child, word)


def _run(run: Any) -> str:
    """A run's text, its emphasis around what is no space."""
    text = MARKS.sub(r"\\\1", "".join(str(each.text or "") for each in run.iter(_name("t"))))
    properties = run.rPr
    mark = "".join(
        sign for tag, sign in (("b", "**"), ("i", "*")) if properties is not None and _is_on(properties, tag)
    )
    inner = text.strip()
    return text.replace(inner, f"{mark}{inner}{mark[::-1]}", 1) if mark and inner else text


def _is_on(properties: Any, tag: str) -> bool:
    found = properties.find(_name(tag))
    return found is not None and found.get(_name("val")) not in ("0", "false", "off")


def _tag(control: Any) -> str:
    found = control.find(f"{_name('sdtPr')}/{_name('tag')}")
    return str(found.get(_name("val"))) if found is not None else ""


def _name(tag: str, space: str = "w") -> str:
    from docx.oxml.ns import qn

    return str(qn(f"{space}:{tag}"))
