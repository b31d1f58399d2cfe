"""What a person wrote in the marked places of a Word report, kept as the study's own texts.

From there it stands in every report that is made anew, page and documents, and is checked like any text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evaltools import i18n, paths
from evaltools.errors import CatalogueError
from evaltools.privacy import free_text
from evaltools.report import changed_numbers, narrative
from evaltools.report.flow import Heading, Node, Paragraph, Place, Run
from evaltools.report.render.word import LOCALES, TEXT, bookmark
from evaltools.study.evaluation_model import EDITIONS
from evaltools.study.model import Study

MARKS = re.compile(r"([\\`*_\[\]#<>!&~])")  # what Markdown would take for markup
ESCAPED = r"\\\1"
BLOCK = re.compile(r"^(\s*\d*)([-+=.)])(?=\s|$|[-=])")  # what would begin a list, or rule off
BREAK = "\v"  # a line break inside a paragraph
LISTS = {"ListBullet": "- ", "ListNumber": "1. "}  # our own styles
SYMBOLS = {0xF0E0: "→", 0xF0DF: "←", 0xF04A: "☺", 0xF0B7: "•", 0xF0A7: "•"}  # of Word's symbol typefaces
URL = "%/:?#@!$&'*+,;=~-._"  # what may stand in the address of a link
OURS = ("Caption", "Caution")  # styles of numbered captions, and of notes that numbers have changed
HELD = ("t", "sym")  # elements that hold text
DROPPED = ("del", "moveFrom", "pPr", "sdtPr", "sdtEndPr")  # text that is gone, and what is no text
Places = dict[str, list[Any]]  # paragraphs by section
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
    word = _opened(document)
    language, found = read(word, document.name, sections)
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
        nodes = _nodes(word, sections)
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


def _nodes(word: Any, sections: Collection[str] = ()) -> list[Node]:
    """A Word report as the nodes it was made of, as far as `changed_numbers` looks at them."""
    inside = {paragraph: id for id, paragraphs in places(word, sections).items() for paragraph in paragraphs}
    nodes: list[Node] = []
    for element in word.element.body:
        tag = _local(element)
        place = next((inside[each] for each in element.iter(_name("p")) if each in inside), None)
        if place is not None:
            nodes += [Place(place, ())] if not nodes or nodes[-1] != Place(place, ()) else []
        elif tag == "p" and (element.style or "").startswith("Heading"):
            nodes.append(Heading(1, (), ""))
        elif tag == "p" and element.style not in OURS:
            nodes.append(Paragraph((Run("".join(t.text or "" for t in element.iter(_name("t")))),)))
        elif tag == "tbl":
            nodes += [Paragraph((Run(changed_numbers.row(cells)),)) for cells in _cells(element)[1:]]
    return nodes


def _cells(table: Any) -> list[list[str]]:
    return [["".join(t.text or "" for t in cell.iter(_name("t"))) for cell in row.tc_lst] for row in table.tr_lst]


def read(word: Any, name: str, sections: Collection[str] = ()) -> tuple[str, dict[str, str]]:
    """The language of a Word report, and the Markdown of each marked place by its section; of ``sections`` those are
    known, too, whose place has bookmarks alone."""
    found = {section: _markdown(paragraphs, word) for section, paragraphs in places(word, sections).items()}
    if not found:
        raise WrittenError("places", document=name)
    spoken = {locale: language for language, locale in LOCALES.items()}
    language = spoken.get(word.core_properties.language, i18n.LANGUAGE)
    missing = {i18n.say(key, each) for key in UNWRITTEN for each in i18n.LANGUAGES}
    return language, {section: "" if text in missing else text for section, text in found.items()}


def places(word: Any, sections: Collection[str]) -> Places:
    """The paragraphs of each marked place: those of its content control, and those between its bookmarks, which other
    programs keep where they lose the tag of a control or a person writes below it."""
    body = word.element.body
    named = {bookmark(f"{TEXT}{section}"): section for section in sections}
    marks = [each for each in body.iter(_name("bookmarkStart")) if each.get(_name("name")) in named]
    section_of = {each.get(_name("id")): named[each.get(_name("name"))] for each in marks}  # some programs make several
    ends = [each for each in body.iter(_name("bookmarkEnd")) if each.get(_name("id")) in section_of]
    opening = {named[each.get(_name("name"))]: each for each in reversed(marks)}
    closing = {section_of[each.get(_name("id"))]: each for each in ends}
    found: Places = {}
    now = ""  # the place between whose bookmarks an element stands
    for element in body.iter():
        tag = _local(element)
        if tag == "bookmarkStart":
            now = next((section for section, start in opening.items() if start is element and section in closing), now)
        elif tag == "bookmarkEnd" and closing.get(now) is element:
            now = ""
        elif tag == "sdt" and _tag(element).startswith(TEXT):
            found.setdefault(_tag(element).removeprefix(TEXT), [])
        elif tag in HELD and not any(map(_is_fallback, element.iterancestors())):
            around = [_tag(control) for control in element.iterancestors(_name("sdt"))]
            section = next((each.removeprefix(TEXT) for each in around if each.startswith(TEXT)), now)
            paragraph = next(element.iterancestors(_name("p")), None)
            if section and paragraph is not None and paragraph not in found.setdefault(section, []):
                found[section].append(paragraph)
    return found


def _as_file(texts: dict[tuple[str, str], str]) -> str:
    lines: list[str] = []
    for language in dict.fromkeys(language for language, _ in texts):
        lines += [f"# {language}", ""]
        for (of, section), text in texts.items():
            lines += [f"## {section}", text, ""] if of == language else []
    return "\n".join(lines)


def _markdown(paragraphs: Sequence[Any], word: Any) -> str:
    """The paragraphs and lists of a place; blank lines between paragraphs, none within a list."""
    blocks: list[tuple[bool, str]] = []
    for paragraph in paragraphs:
        text = _in_markdown(_joined(_runs(paragraph, word)))
        mark = _list_mark(paragraph, word)
        lines = [
            " ".join(line.split(" ")).strip() for line in ([text.replace(BREAK, " ")] if mark else text.split(BREAK))
        ]
        blocks += [(bool(mark), mark + (line if mark else BLOCK.sub(r"\1\\\2", line))) for line in lines if line]
    lines = []
    for place, (in_list, text) in enumerate(blocks):
        lines += [] if place == 0 or (in_list and blocks[place - 1][0]) else [""]
        lines.append(text)
    return "\n".join(lines)


def _list_mark(paragraph: Any, word: Any) -> str:
    """How Markdown begins an item of the list that a paragraph belongs to, by its style or its own numbering."""
    style = (paragraph.style or "").replace(" ", "")
    if style in LISTS:
        return LISTS[style]
    numbered = paragraph.find(f"{_name('pPr')}/{_name('numPr')}/{_name('numId')}")
    if numbered is None or numbered.get(_name("val")) == "0":
        return ""
    level = paragraph.find(f"{_name('pPr')}/{_name('numPr')}/{_name('ilvl')}")
    at = (numbered.get(_name("val")), level.get(_name("val")) if level is not None else "0")
    return "- " if _number_formats(word).get(at, "bullet") in ("bullet", "none") else "1. "


def _number_formats(word: Any) -> dict[tuple[str, str], str]:
    """How each list of a document is numbered, by its id and level."""
    numbering = next((rel.target_part for rel in word.part.rels.values() if rel.reltype.endswith("/numbering")), None)
    if numbering is None:
        return {}
    lists = numbering.element
    kinds = {
        (kind.get(_name("abstractNumId")), level.get(_name("ilvl"))): level.find(_name("numFmt")).get(_name("val"))
        for kind in lists.iter(_name("abstractNum"))
        for level in kind.iter(_name("lvl"))
        if level.find(_name("numFmt")) is not None
    }
    of = [
        (num.get(_name("numId")), num.find(_name("abstractNumId")).get(_name("val")))
        for num in lists.iter(_name("num"))
    ]
    return {(id, level): how for id, kind in of for (its, level), how in kinds.items() if its == kind}


def _in_markdown(runs: Sequence[Run]) -> str:
    """Runs as Markdown. Emphasis that begins or ends inside a word, which Markdown cannot tell, is left out."""
    texts = ["", *(run.text for run in runs), ""]
    told = []
    for run, before, after in zip(runs, texts, texts[2:], strict=False):
        inner = run.text.strip()
        left, _, right = run.text.partition(inner or " ")
        apart = _is_apart(before + left, right + after)
        mark = ("**" * run.strong + "*" * run.emphasis) if apart and inner else ""
        shown = f"{mark}{MARKS.sub(ESCAPED, inner)}{mark[::-1]}"
        told += [left, f"[{shown}]({run.to})" if run.to and inner else shown, right]
    return "".join(told)


def _is_apart(before: str, after: str) -> bool:
    """Whether words begin after one text and end before the other."""
    return not before[-1:].isalnum() and not after[:1].isalnum()


def _runs(element: Any, word: Any, to: str = "") -> Iterator[Run]:
    """The text of a paragraph; what was deleted is none of it."""
    for child in element:
        name = _local(child)
        if child.tag == _name("hyperlink"):
            relation = word.part.rels.get(child.get(_name("id", "r")))
            yield from _runs(child, word, quote(relation.target_ref, safe=URL) if relation is not None else "")
        elif child.tag == _name("r"):
            properties = child.rPr
            strong, emphasis = (properties is not None and _is_on(properties, tag) for tag in ("b", "i"))
            yield Run("".join(_signs(child)), strong, emphasis, to)
        elif name == "t":  # of a formula
            yield Run(child.text or "", to=to)
        elif name not in DROPPED:
            yield from _runs(child, word, to)


def _signs(run: Any) -> Iterator[str]:
    for each in run:
        name = _local(each)
        if name == "t":
            yield str(each.text or "").translate(SYMBOLS)
        elif name == "sym":
            yield chr(int(each.get(_name("char")), 16)).translate(SYMBOLS)
        else:
            yield {"br": BREAK, "cr": BREAK, "tab": " ", "noBreakHyphen": "\u2011"}.get(name, "")


def _lines(runs: Iterable[Run], one: bool) -> list[list[Run]]:
    """Runs parted where a line is broken; with ``one`` a space stands there instead."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        first, *more = [run.text.replace(BREAK, " ")] if one else run.text.split(BREAK)
        lines[-1].append(replace(run, text=first))
        lines += [[replace(run, text=each)] for each in more]
    return lines


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Runs, those that follow each other and differ in their text alone as one."""
    groups = groupby((run for run in runs if run.text), key=lambda run: replace(run, text=""))
    return [replace(like, text="".join(run.text for run in same)) for like, same in groups]


def _is_on(properties: Any, tag: str) -> bool:
    found = properties.find(_name(tag))
    return found is not None and found.get(_name("val")) not in ("0", "false", "off")


def _tag(control: Any) -> str:
    found = control.find(f"{_name('sdtPr')}/{_name('tag')}")
    return str(found.get(_name("val"))) if found is not None else ""


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_fallback(element: Any) -> bool:
    """Whether an element says a second time what another says, for older programs."""
    return _local(element) == "Fallback"


def _name(tag: str, space: str = "w") -> str:
    from docx.oxml.ns import qn

    return str(qn(f"{space}:{tag}"))
