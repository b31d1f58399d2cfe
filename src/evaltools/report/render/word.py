"""A flow of nodes as a Word document: real headings, captions, lists and tables, to be read aloud and edited.

The same nodes give the same bytes: no clock, no random id, and members of the archive stored as they are, since
compression differs from one library to the next.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from evaltools import i18n
from evaltools.report import flow
from evaltools.report.flow import Cell, Grid, Heading, Item, Node, Paragraph, Picture, Run, Runs

LOCALES = {"fi": "fi-FI", "en": "en-GB", "sv": "sv-FI"}
PAGE = (210, 297)  # A4, millimetres
MARGIN = 25
FONT, INK, RULE = "Calibri", "1B2430", "BFC7CE"
MANY = 6  # columns from which on a table is set smaller
SHORT = 15  # rows up to which a table stays on one page
LETTER = 90  # twips of a letter in a table
TWIP = 635  # in the units of Word (EMU)
INDENT = 6  # millimetres of a list item and of a caution
LEVELS = (1, 2, 3, 4, 5)
STYLES = {"text": "Normal", "finding": "Finding", "note": "Caution", "small": "Small", "quote": "Quote"}
STYLES |= {"written": "Normal", "choice": "Choice"}
UNUSED = ("thumbnail", "stylesWithEffects", "customXml")  # parts of the template that came with the library
TEXT = "text:"  # before the id of a part, in the tag of the place where a person writes
LINKED = ("https://", "http://", "mailto:")


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before the text: title, the line above it, facts as (label, value), what every reader must see, the
    line at the head of every page, and the properties of the file; ``day`` is the one that the file bears, ``edition``
    of what. A form ``to_fill`` has no table of contents, no numbers of its tables, and columns of boxes alike."""

    title: str
    subtitle: str
    language: str
    author: str
    day: dt.date
    facts: Sequence[tuple[str, str]] = ()
    notice: str = ""
    running: str = ""
    to_fill: bool = False
    edition: str = ""


def document(front: Front, nodes: Sequence[Node], paint: Callable[[str], bytes], template: Path | None = None) -> bytes:
    """A Word file of nodes.

    Parameters
    ----------
    front : the first lines, and the properties of the file
    nodes : the text, in order
    paint : turns an SVG into a PNG
    template : a Word file whose page, styles, header and footer are used; its text is not

    Returns
    -------
    bytes of a .docx
    """
    return _fixed(_Writer(front, paint, template).write(nodes), front.day)


def is_template(path: Path) -> bool:
    """Whether a file can be opened as a Word document."""
    import docx

    try:
        docx.Document(str(path))
    except Exception:  # a library that reads zip and XML fails in as many ways as a file can be broken
        return False
    return True


class _Writer:
    def __init__(self, front: Front, paint: Callable[[str], bytes], template: Path | None):
        import docx

        self._front, self._paint = front, paint
        self._word = docx.Document(str(template) if template else None)
        self._own = template is not None
        self._captions = {kind: count(1) for kind in ("figure", "table")}
        self._bookmarks = count(1)
        self._controls = count(1001)
        self._anchors: set[str] = set()
        if not self._own:
            _lay_out(self._word)
        _add_styles(self._word)
        if not self._own:
            _dress(self._word)
        _empty(self._word)

    def write(self, nodes: Sequence[Node]) -> bytes:
        self._anchors = {node.id for node in nodes if isinstance(node, Heading)}
        self._properties()
        self._opening(nodes)
        for node, following in zip(nodes, [*nodes[1:], None], strict=True):
            self._node(node, following)
        self._end_places()
        out = BytesIO()
        self._word.save(out)
        return out.getvalue()

    def _properties(self) -> None:
        front, core = self._front, self._word.core_properties
        core.title, core.author, core.last_modified_by = front.title, front.author, front.author
        core.language = LOCALES[front.language]
        core.created = core.modified = dt.datetime.combine(front.day, dt.time())
        core.revision, core.comments, core.subject, core.keywords = 1, "", front.subtitle, ""
        core.category = front.edition
        _set_language(self._word, LOCALES[front.language])

    def _opening(self, nodes: Sequence[Node]) -> None:
        front = self._front
        if front.notice:
            self._text((Run(front.notice, strong=True),), "Caution")
        self._text((Run(front.subtitle),), "Subtitle")
        self._text((Run(front.title),), "Title")
        for label, value in front.facts:
            self._text((Run(f"{label}: ", strong=True), Run(value)), "Facts")
        self._contents([node for node in nodes if isinstance(node, Heading) and node.level < 3])
        if not self._own:
            self._word.sections[0].header.paragraphs[0].text = front.running
            _number_pages(self._word.sections[0].footer.paragraphs[0])

    def _contents(self, headings: Sequence[Heading]) -> None:
        """A table of contents as a field that holds the headings already; Word gives them pages when it is updated."""
        if len(headings) < 2 or self._front.to_fill:
            return
        self._text((Run(i18n.say("html.contents", self._front.language)),), "TOC Heading")
        place = None
        for number, heading in enumerate(headings):
            place = self._word.add_paragraph(style=f"TOC {heading.level}")
            if number == 0:
                _begin_field(place, 'TOC \\o "1-2" \\h \\z \\u')
            self._run(place, Run(flow.plain(heading.runs), to=f"#{heading.id}"))
        _end_field(place)

    def _node(self, node: Node, following: Node | None) -> None:
        if isinstance(node, Heading):
            self._heading(node)
        elif isinstance(node, Paragraph):
            place = self._text(node.runs, STYLES[node.kind])
            place.paragraph_format.keep_with_next = isinstance(following, Picture) or None
        elif isinstance(node, Item):
            self._text(node.runs, "List Bullet" if node.number is None else "List Number")
        elif isinstance(node, flow.Place):
            self._place(node)
        elif isinstance(node, Grid):
            self._grid(node, following)
        else:
            self._picture(node)

    def _place(self, node: flow.Place) -> None:
        """A content control between bookmarks: what a person writes in it is found by them (`authoring.written`)."""
        control, about, content = (_element(f"w:{tag}") for tag in ("sdt", "sdtPr", "sdtContent"))
        about.append(_element("w:alias", val=i18n.say("report.written", self._front.language)))
        about.append(_element("w:tag", val=f"{TEXT}{node.id}"))
        about.append(_element("w:id", val=str(next(self._controls))))
        if node.unwritten:
            about.append(_element("w:showingPlcHdr"))
        control.extend((about, content))
        start, end = self._marks(f"{TEXT}{node.id}")
        self._word.element.body[-1].addprevious(start)
        self._word.element.body[-1].addprevious(control)
        for each in node.nodes:
            self._node(each, None)
            content.append(self._word.element.body[-2])
        control.addnext(end)

    def _end_places(self) -> None:
        """A place ends in the paragraph that follows upon it: a line more at its end is inside."""
        body = self._word.element.body
        if len(body) > 1 and body[-2].tag == _name("w:bookmarkEnd"):
            self._word.add_paragraph(style="After table")
        for end in [each for each in body if each.tag == _name("w:bookmarkEnd")]:
            if (following := end.getnext()) is not None and following.tag == _name("w:p"):
                following.get_or_add_pPr().addnext(end)

    def _text(self, runs: Runs, style: str) -> Any:
        place = self._word.add_paragraph(style=style)
        for run in runs:
            self._run(place, run)
        return place

    def _heading(self, node: Heading) -> None:
        place = self._text(node.runs, f"Heading {min(node.level, max(LEVELS))}")
        start, end = self._marks(f"part_{node.id}")
        place._p.insert(1, start)
        place._p.append(end)

    def _marks(self, name: str) -> tuple[Any, Any]:
        """The beginning and the end of a bookmark."""
        number = str(next(self._bookmarks))
        return _element("w:bookmarkStart", id=number, name=bookmark(name)), _element("w:bookmarkEnd", id=number)

    def _run(self, place: Any, run: Run) -> None:
        from docx.oxml.ns import qn

        parent = self._link(place, run.to)
        made = place.add_run(run.text)
        made.bold, made.italic = run.strong or None, run.emphasis or None
        if run.language and run.language != self._front.language:
            made._r.get_or_add_rPr().append(_element("w:lang", val=LOCALES.get(run.language, run.language)))
        if parent is not None:
            made.style = "Hyperlink"
            parent.append(made._r)
            made._r.set(qn("w:rsidR"), "00000000")
            del made._r.attrib[qn("w:rsidR")]

    def _link(self, place: Any, to: str) -> Any:
        """The element of a link to an address or to a heading of this document; None where it leads elsewhere."""
        if to.startswith("#") and to[1:] in self._anchors:
            link = _element("w:hyperlink", anchor=bookmark(f"part_{to[1:]}"))
        elif to.startswith(LINKED):
            from docx.opc.constants import RELATIONSHIP_TYPE

            link = _element("w:hyperlink")
            link.set(_name("r:id"), self._word.part.relate_to(to, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        else:
            return None
        place._p.append(link)
        return link

    def _caption(self, kind: str, text: str) -> Any:
        """``Table 3. Placement``, its number a field that Word counts anew."""
        place = self._word.add_paragraph(style="Caption")
        if self._front.to_fill:
            place.add_run(text)
            return place
        name = i18n.say(f"document.{kind}", self._front.language)
        place.add_run(name + "\N{NO-BREAK SPACE}")
        _begin_field(place, f"SEQ {name} \\* ARABIC")
        place.add_run(str(next(self._captions[kind])))
        _end_field(place)
        place.add_run(f". {text}")
        return place

    def _picture(self, node: Picture) -> None:
        from docx.shared import Emu

        place = self._word.add_paragraph(style="Picture")
        shape = place.add_run().add_picture(BytesIO(self._paint(node.svg)), width=Emu(self._width()))
        about = shape._inline.docPr
        about.set("descr", node.alt)
        about.set("title", node.caption)
        about.set("name", node.id)
        self._caption("figure", node.caption)

    def _width(self) -> int:
        """Of the text, in the units of Word (EMU)."""
        from docx.shared import Mm

        section = self._word.sections[-1]
        page = section.page_width or Mm(PAGE[0])
        left, right = (Mm(MARGIN) if side is None else side for side in (section.left_margin, section.right_margin))
        return int(page - left - right)

    def _grid(self, node: Grid, following: Node | None) -> None:
        self._caption("table", node.caption).paragraph_format.keep_with_next = True
        columns = len(node.head)
        table = self._word.add_table(len(node.rows) + 1, columns, style="Evaltools Table")
        _describe(table, node.caption)
        width = self._width() // TWIP
        letter = LETTER if columns <= MANY else LETTER * 8 / 9
        shares = (flow.shares_of_form if self._front.to_fill else flow.shares)(node, width / letter)
        _set_widths(table, [round(share * width) for share in shares])
        rows = table._tbl.tr_lst
        rows[0].get_or_add_trPr().append(_element("w:tblHeader"))
        for row, cells in zip(rows, [node.head, *node.rows], strict=True):
            self._row(row, cells, columns, small=columns > MANY)
        noted = isinstance(following, Paragraph) and following.kind == "small"
        _keep_together(rows[:-1] if len(rows) <= SHORT else rows[:2])
        _keep_together(rows[-2:] if noted else [])
        self._word.add_paragraph(style="After table").paragraph_format.keep_with_next = noted or None

    def _row(self, row: Any, cells: Sequence[Cell], columns: int, small: bool) -> None:
        """Written as elements: python-docx looks for each cell among all those of the table."""
        row.get_or_add_trPr().insert(0, _element("w:cantSplit"))
        if len(cells) == 1 < columns:
            for extra in row.tc_lst[1:]:
                row.remove(extra)
            row.tc_lst[0].grid_span = columns
        for place, cell in zip(row.tc_lst, cells, strict=True):
            paragraph = place.p_lst[0]
            read = self._front.to_fill and row.trPr.find(_name("w:tblHeader")) is None
            paragraph.style = "Facts" if read else "Cellsmall" if small else "Cell"
            centred = self._front.to_fill and place is not row.tc_lst[0]
            if cell.number or centred:
                paragraph.get_or_add_pPr().append(_element("w:jc", val="center" if centred else "right"))
            if cell.text:
                run = paragraph.add_r()
                run.text = cell.text
                if len(cells) == 1 < columns:
                    run.get_or_add_rPr().append(_element("w:b"))


# --- the file --------------------------------------------------------------------------------------------------------


def _fixed(data: bytes, day: dt.date) -> bytes:
    """The archive with every member stored, in the same order and of one day."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as after:
        for name in before.namelist():
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            after.writestr(entry, before.read(name))
    return out.getvalue()


def _lay_out(word: Any) -> None:
    """A4, a margin all around, long words parted; without what the empty template of the library brings along."""
    from docx.shared import Mm

    section = word.sections[0]
    section.page_width, section.page_height = map(Mm, PAGE)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Mm(MARGIN))
    word.settings.element.find(_name("w:defaultTabStop")).addnext(_element("w:autoHyphenation"))
    for relations in (word.part.package.rels, word.part.rels):
        for name, relation in list(relations.items()):
            if relation.reltype.rsplit("/", 1)[-1] in UNUSED:
                del relations[name]
    for style in [each for each in word.styles if each.type == 3 and not each.hidden and each.name != "Normal Table"]:
        style.delete()


def _empty(word: Any) -> None:
    body = word.element.body
    for element in list(body):
        if not element.tag.endswith("}sectPr"):
            body.remove(element)


def _set_language(word: Any, locale: str) -> None:
    """The language of all text, also of what a person adds."""
    from docx.oxml.ns import qn

    for language in word.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), locale)
        language.set(qn("w:eastAsia"), locale)
    for language in word.settings.element.iter(qn("w:themeFontLang")):
        language.set(qn("w:val"), locale)


def _number_pages(place: Any) -> None:
    place.alignment = 1
    for number, instruction in enumerate(("PAGE", "NUMPAGES")):
        if number:
            place.add_run(" / ")
        _begin_field(place, instruction)
        place.add_run("1")
        _end_field(place)


# --- styles ----------------------------------------------------------------------------------------------------------


def _add_styles(word: Any) -> None:
    """The styles that a template lacks; those it has stay as they are."""
    known = {style.name for style in word.styles}
    _paragraph_style(word, known, "Finding", size=11, bold=True, before=10, keep=True)
    _paragraph_style(word, known, "Caution", size=10.5, before=4, after=6, indent=INDENT, bar=True)
    _paragraph_style(word, known, "Small", size=9, after=2)
    _paragraph_style(word, known, "Choice", before=1, after=1, hanging=INDENT)
    _paragraph_style(word, known, "Facts", size=10.5, after=0)
    _paragraph_style(word, known, "Picture", before=4, after=2, keep=True)
    _paragraph_style(word, known, "Cell", size=9, before=1, after=1)
    _paragraph_style(word, known, "Cellsmall", size=8, before=1, after=1)
    _paragraph_style(word, known, "After table", size=4, after=4)
    _paragraph_style(word, known, "TOC Heading", size=14, bold=True, before=14, after=4, keep=True)
    _paragraph_style(word, known, "Header", size=9)
    _paragraph_style(word, known, "TOC 1", after=2)
    _paragraph_style(word, known, "TOC 2", after=2, indent=INDENT)
    for name in ("Subtitle", "Title", "Caption", "Quote", "List Bullet", "List Number"):
        _paragraph_style(word, known, name)
    for level in LEVELS:
        _paragraph_style(word, known, f"Heading {level}", bold=True, before=12, after=4, keep=True)
    if "Hyperlink" not in known:
        style = word.styles.add_style("Hyperlink", 2)
        style.font.underline = True
    if "Evaltools Table" not in known:
        word.styles.element.append(_table_style())


def _dress(word: Any) -> None:
    """One typeface and dark letters, in place of those of the library's template."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": 11, "Title": 20, "Subtitle": 12, "Caption": 10}
    sizes |= {f"Heading {level}": size for level, size in zip(LEVELS, (16, 13, 12, 11, 11), strict=True)}
    for name, size in sizes.items():
        style = word.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            del fonts.attrib[attribute]
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), FONT)
        style.font.size, style.font.color.rgb = Pt(size), RGBColor.from_string(INK)
        style.font.italic = False
    caption = word.styles["Caption"].paragraph_format
    caption.space_before, caption.space_after = Pt(6), Pt(4)


def _paragraph_style(
    word: Any,
    known: set[str],
    name: str,
    size: float = 0,
    bold: bool = False,
    before: float | None = None,
    after: float | None = None,
    indent: float = 0,
    hanging: float = 0,
    keep: bool = False,
    bar: bool = False,
) -> None:
    from docx.shared import Mm, Pt

    if name in known:
        return
    style = word.styles.add_style(name, 1)
    style.base_style, style.quick_style = word.styles["Normal"], True
    style.font.size = Pt(size) if size else None
    style.font.bold = bold or None
    spacing = style.paragraph_format
    spacing.space_before = None if before is None else Pt(before)
    spacing.space_after = None if after is None else Pt(after)
    spacing.left_indent = Mm(indent or hanging) if indent or hanging else None
    spacing.first_line_indent = Mm(-hanging) if hanging else None
    spacing.keep_with_next = keep or None
    if bar:
        edges = _element("w:pBdr")
        edges.append(_element("w:left", val="single", sz="18", space="8", color=RULE))
        properties = style.element.get_or_add_pPr()
        properties.insert_element_before(edges, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def _table_style() -> Any:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    lines = "".join(f'<w:{edge} w:val="single" w:sz="4" w:color="{RULE}"/>' for edge in ("top", "bottom", "insideH"))
    sides = '<w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/>'
    under = f'<w:tcBorders><w:bottom w:val="single" w:sz="8" w:color="{INK}"/></w:tcBorders><w:vAlign w:val="bottom"/>'
    return parse_xml(
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="EvaltoolsTable">'
        '<w:name w:val="Evaltools Table"/><w:uiPriority w:val="99"/>'
        f"<w:tblPr><w:tblBorders>{lines}</w:tblBorders><w:tblCellMar>{sides}</w:tblCellMar></w:tblPr>"
        f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr>{under}</w:tcPr></w:tblStylePr></w:style>'
    )


# --- tables ----------------------------------------------------------------------------------------------------------


def _keep_together(rows: Sequence[Any]) -> None:
    """Keep each of these rows on the page of what follows it."""
    for paragraph in (paragraph for row in rows for cell in row.tc_lst for paragraph in cell.p_lst):
        paragraph.get_or_add_pPr().keepNext_val = True


def _describe(table: Any, caption: str) -> None:
    """What a table is for who hears it, that its first row and column name the others, and that it fills the line."""
    properties = table._tbl.tblPr
    look = properties.find(_name("w:tblLook"))
    for attribute in list(look.attrib):
        del look.attrib[attribute]
    shown = {"firstRow": "1", "firstColumn": "1", "lastRow": "0", "lastColumn": "0", "noHBand": "1", "noVBand": "1"}
    for attribute, value in ({"val": "06A0"} | shown).items():
        look.set(_name(f"w:{attribute}"), value)
    for tag in ("w:tblCaption", "w:tblDescription"):
        properties.append(_element(tag, val=caption))


def _set_widths(table: Any, twips: Sequence[int]) -> None:
    table.autofit = False
    for column, wide in zip(table._tbl.tblGrid.gridCol_lst, twips, strict=True):
        column.set(_name("w:w"), str(wide))
    for row in table._tbl.tr_lst:
        for cell, wide in zip(row.tc_lst, twips, strict=True):
            width = cell.get_or_add_tcPr().get_or_add_tcW()
            width.set(_name("w:w"), str(wide))
            width.set(_name("w:type"), "dxa")


# --- elements --------------------------------------------------------------------------------------------------------


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(_name(f"w:{name}"), value)
    return made


def _begin_field(place: Any, instruction: str) -> None:
    place.add_run()._r.append(_element("w:fldChar", fldCharType="begin"))
    said = _element("w:instrText")
    said.text = f" {instruction} "
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    place.add_run()._r.append(said)
    place.add_run()._r.append(_element("w:fldChar", fldCharType="separate"))


def _end_field(place: Any) -> None:
    place.add_run()._r.append(_element("w:fldChar", fldCharType="end"))


def bookmark(name: str) -> str:
    """The name of a bookmark: letters, digits and underscores, forty at most."""
    return "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in name)[:40]
