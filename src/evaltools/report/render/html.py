"""Parts, tables and figures as HTML: fragments for a notebook cell, and a whole page from fragments.

A page has no script and asks nothing of the network: one stylesheet inside, figures as SVG. What comes from data is
escaped here and nowhere else, and :func:`cell` is the only place where a value becomes text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from functools import cache
from html import escape, unescape
from importlib import resources
from itertools import groupby
from urllib.parse import urlsplit

from evaltools import i18n
from evaltools.report import document
from evaltools.report.document import Column, Figure, KeyFigure, KeyFigures, Number, Part, Point, Table, Value
from evaltools.statistics.types import finite

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
FOOT = "foot"  # who published the page, how to cite it, the glossary
NARROW = 30  # characters a table may need at least and still fit a page 320 px wide
PAPER = 80  # and still fit a sheet of paper in its usual letters
LONG = 16  # characters of the name of a row that may be broken at every word
# for JupyterLab, which sets every cell right and does not know notes; a page has its stylesheet instead
LEFT = ' style="text-align:left"'
BAR = ' style="border-left:4px solid;padding-left:1em"'
# places where no line may break, and what keeps them together
SPACE, JOINER = "\N{NO-BREAK SPACE}", "\N{WORD JOINER}"
BOUND = (
    (r"(?<=\d) (?=[%€])", SPACE),  # 95 %:n väli
    (r"(?<=\b\w|[+−]) (?=[=<>]\s)|(?<=\s[=<>]) (?=[\d−])", SPACE),  # n = 20, p < 0.001
    (r"(?<=–)\xa0(?=\d+ [A-Z])", " "),  # 1 January 2021 – 31 July 2023 may break before its second day
    (r"(?<=[–…])(?=\xa0?[\d+−])", JOINER),  # 15–24 vuotta; a break is allowed after a dash even before a no-break space
    (r"(?<=[%\s]-)(?=\w)|(?<=\b[a-z]-)(?=\w)|(?<=\w-)(?=[a-z]\b)", JOINER),  # %-yks., alku -hanke, t-väli, mid-p
)


def cell(value: Value, column: Column, language: str) -> str:
    """A value as its column prints it: plain text, not yet escaped.

    ``percent`` and ``points`` take shares (0.333 prints ``33.3%``, 0.05 as points ``+5.0 pp``); ``date`` takes a
    date or its ISO text. None, NaN and infinities print as two dots, ``NONE`` as a dash; text in a column
    of numbers prints as it is.

    >>> cell(0.333, Column("Share", "percent"), "en")
    '33.3%'
    """
    if value == document.NONE:
        return i18n.NONE
    if isinstance(value, Number):
        return cell(value.value, Column(column.label, value.kind, value.decimals), language)
    if value is None or (isinstance(value, float) and finite(value) is None):
        return i18n.NOTHING
    if column.kind == "date":
        return i18n.date(dt.date.fromisoformat(str(value)[:10]), language)
    if isinstance(value, str) or column.kind == "text":
        return str(value)
    return _number(value, column, language)


def words(said: str) -> str:
    """A text of ours escaped, with no line break between a number and its unit, in a range or after a joining hyphen.

    Cells hold what people wrote and are left as they are: a sign that joins would hide an identity code from a search.
    """
    of = said.language if isinstance(said, i18n.Foreign) else ""
    for place, together in BOUND:
        said = re.sub(place, together, said)
    return f'<span lang="{of}">{escape(said)}</span>' if of else escape(said)


def part(p: Part) -> str:
    """A part as a section: heading, sentences as paragraphs, cautions, then tables and figures.

    Of a folded one the first sentence is its answer, and stands above what opens, if there is more. Raises ValueError
    where the level is not 2 to 6.
    """
    if not 2 <= p.level <= 6:
        raise ValueError(f"part {p.id}: a heading has level 2 to 6, not {p.level}")
    blocks, seen = [], {_slug(p.id)}
    for block in p.blocks:
        blocks.append(_unique(_block(block), seen))
    unwritten = [f'<p class="ev-unwritten">{words(p.unwritten)}</p>'] if p.unwritten and not p.prose else []
    sentences = [f"<p>{words(sentence)}</p>" for sentence in p.sentences]
    shown = int(bool(p.folded))
    opens = p.folded and (sentences[shown:] or blocks or p.notes or p.points or p.prose or unwritten)
    return "\n".join(
        [
            f'<section class="ev-part{" ev-folded" * bool(p.folded)}" data-evaltools="part" id="{_slug(p.id)}">',
            *([f'<p class="ev-answer">{words(p.answer)}</p>'] if p.answer else []),
            *([f"<h{p.level}>{words(p.heading)}</h{p.level}>"] if p.heading else []),
            *sentences[:shown],
            *([f"<details><summary>{_shown(p)}</summary>"] if opens else []),
            *(key_figures(block) for block in p.blocks if isinstance(block, KeyFigures)),
            *_points(p.points),
            *sentences[shown:],
            *([p.prose] if p.prose else []),
            *unwritten,
            *_cautions(p.notes),
            *blocks,
            *(["</details>"] if opens else []),
            "</section>",
        ]
    )


def _shown(p: Part) -> str:
    """What opens a folded part; its heading again for who hears the control among others."""
    return f'{words(p.folded)}<span class="ev-hidden">: {words(p.heading)}</span>'


def _block(block: document.Block) -> str:
    """A block below the text of its part; key figures stand above it."""
    if isinstance(block, KeyFigures):
        return ""
    return table(block) if isinstance(block, Table) else figure(block)


def _points(points: list[Point]) -> list[str]:
    """Bullets, each with a link to what says more; links that say nothing of their own in one line below them."""
    links = {p: f'<a href="#{_slug(p.to)}">{words(p.label)}</a>' for p in points if p.to}
    items = [f"<li>{' '.join([words(p.text), links.get(p, '')]).strip()}</li>" for p in points if p.text]
    down = " · ".join(link for p, link in links.items() if not p.text)
    return [
        *(['<ul class="ev-points">', *items, "</ul>"] if items else []),
        *([f'<p class="ev-down">{down}</p>'] if down else []),
    ]


def key_figures(k: KeyFigures) -> str:
    """Key figures as a list of terms: what each is of, the number, what to read it beside, its course as a line."""
    return "\n".join(['<dl class="ev-keys">', *map(_key_figure, k.figures), "</dl>"])


def _key_figure(k: KeyFigure) -> str:
    beside = [f'<dd class="ev-beside">{words(k.beside)}</dd>'] if k.beside else []
    course = [f'<dd class="ev-course">{_sparkline(k)}</dd>'] if sum(v is not None for v in k.course) > 1 else []
    value = f'<dd class="ev-value">{words(k.value)}</dd>'
    return "".join(["<div>", f"<dt>{words(k.label)}</dt>", value, *beside, *course, "</div>"])


def _sparkline(k: KeyFigure) -> str:
    """The course of a number as a small line, its last value a dot; in words for who does not see it."""
    known = [(place, v) for place, v in enumerate(k.course) if v is not None]
    low, high = min(0.0, *(v for _, v in known)), max(v for _, v in known)
    across, tall = 92 / max(len(k.course) - 1, 1), 22 / ((high - low) or 1)
    spots = [(4 + place * across, 25 - (v - low) * tall) for place, v in known]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    x, y = spots[-1]
    return (
        f'<svg class="ev-spark" role="img" aria-label="{escape(k.course_said)}" viewBox="0 0 100 28" width="100" '
        f'height="28"><polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )


def _summary(caption: str, language: str) -> str:
    """What opens a table of a figure: what it is, and for who hears it among others the caption too."""
    said = escape(i18n.say("html.data", language))
    return f'<summary>{said}<span class="ev-hidden">: {words(caption)}</span></summary>'


def table(t: Table) -> str:
    """A table with its caption, headings with scope, notes and source; one too wide for a phone scrolls by itself."""
    if t.first is not None and t.first < len(t.rows):
        return _in_two(t)
    t, groups = _grouped(_with_ranges(t))
    name = f"table-{_slug(t.id)}"
    head = "".join(_heading(column) for column in t.columns)
    grid = "\n".join(
        [
            "<table>",
            f'<caption id="{name}-caption"><span>{words(t.caption)}</span></caption>',
            f"<thead><tr>{head}</tr></thead>",
            *(_body(group, rows, t) for group, rows in groups),
            "</table>",
        ]
    )
    if _least_width(t) > NARROW:
        region = f'class="{_room(t)}" role="group" tabindex="0" aria-labelledby="{name}-caption"'
        grid = f"<div {region}>\n{grid}\n</div>"
    return (
        f'<div class="ev-table" data-evaltools="table" id="{name}">\n{grid}\n{_small(t)}{_place_of_files(t.id)}</div>'
    )


def _place_of_files(id: str) -> str:
    """Where a page puts the links to the files of a table (``pages``); a notebook has none."""
    return f"<!--files:{_slug(id.removesuffix('-rest'))}-->"


def _in_two(t: Table) -> str:
    """The first rows of a table, and the rest of it on demand; where none comes first, the whole with its notes."""
    if not t.first:
        more = i18n.say("html.rows", t.language, n=len(t.rows), caption=t.caption)
        return _on_demand(more, dataclasses.replace(t, id=f"{t.id}-rest", first=None))
    bare = dataclasses.replace(t, notes=[], source="", first=None)
    rest = dataclasses.replace(bare, id=f"{t.id}-rest", rows=t.rows[t.first :])
    more = i18n.say("html.rest", t.language, n=len(rest.rows))
    return f"{table(dataclasses.replace(bare, rows=t.rows[: t.first]))}\n{_on_demand(more, rest, _small(t))}"


def _on_demand(more: str, t: Table, before: str = "") -> str:
    opened = f'<div class="ev-table" data-evaltools="table">{before}\n<details><summary>{words(more)}</summary>'
    return f"{opened}\n{table(t)}\n</details>\n</div>"


def figure(f: Figure) -> str:
    """A figure: what was found, its caption, the picture named by its alternative text, and its numbers as a table.

    Raises ValueError where the alternative text is missing.
    """
    if not f.alt.strip():
        raise ValueError(f"figure {f.id} has no alternative text")
    name = f"figure-{_slug(f.id)}"
    source = i18n.say("html.source", f.data.language, source=f.data.source) if f.data.source else ""
    data = dataclasses.replace(f.data, id=f"{f.id}-data", source="")
    return "\n".join(
        [
            f'<figure class="ev-figure" data-evaltools="figure" id="{name}">',
            f"<figcaption>{_figcaption(f)}</figcaption>",
            _picture(f),
            *([f'<p class="ev-small">{words(source)}</p>'] if source else []),
            f"<details>{_summary(f.caption, f.data.language)}",
            table(data),
            "</details>",
            "</figure>",
        ]
    )


def _figcaption(f: Figure) -> str:
    """What was found and, below it, what is drawn; the latter alone where nothing is said to be found."""
    return f'{words(f.finding)}<span class="ev-drawn">{words(f.caption)}</span>' if f.finding else words(f.caption)


def page(
    title: str,
    fragments: list[str],
    *,
    language: str,
    heading: str,
    subtitle: str = "",
    facts: list[tuple[str, str]] | None = None,
    notice: str | None = None,
    alarm: bool = False,
    numbers: str = "",
    navigation: list[tuple[str, str, bool]] | None = None,
    footer: list[str] | None = None,
    about: str = "",
    switch: str = "",
    more: Sequence[str] = (),
    style: str = "",
    logo: str = "",
) -> str:
    """A whole HTML document around fragments of :func:`part`, :func:`table` and :func:`figure`.

    Parameters
    ----------
    title : the document's title; ``heading`` is its one h1, ``subtitle`` the line above it
    fragments : HTML made by this module; their headings make the table of contents
    facts : (label, value) pairs under the heading
    notice : a text every reader must see; in alarming colours (``alarm``) where it is "not for publication"
    numbers : what the numbers are, such as rounded: stands below the first part, which is the answer
    navigation : (label, relative address, is this page) of the reports; an address with a scheme is a ValueError
    footer : lines at the foot
    about : what the page says in a sentence, for search engines and previews
    switch : the way to other languages and terms, as HTML
    more : what follows the lines at the foot, as HTML
    style, logo : rules after the stylesheet, and a picture before the heading (``report.look``)
    """
    seen = {"content", FOOT}
    body = [_unique(fragment, seen).replace(LEFT, "").replace(BAR, "") for fragment in fragments]
    contents = _contents("\n".join(body), language)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escape(language)}">',
            *_head(title, about, style),
            "<body>",
            f'<a class="ev-skip" href="#content">{escape(i18n.say("html.skip", language))}</a>',
            *_header(heading, subtitle, facts or [], notice, alarm, logo),
            *_navigation(navigation or [], language),
            *([switch] if switch else []),
            f'<div class="ev-body{" ev-with-contents" if contents else ""}">',
            *contents,
            '<main id="content" tabindex="-1">',
            _after_first("\n".join(body), "\n".join(_cautions([numbers] if numbers else []))),
            "</main>",
            "</div>",
            f'<footer id="{FOOT}">',
            f'<p class="ev-print">{words(i18n.say("html.on_paper", language))}</p>',
            *(f"<p>{escape(line)}</p>" for line in footer or []),
            *more,
            "</footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


@cache
def stylesheet() -> str:
    """The stylesheet of every page, without comments."""
    css = resources.files("evaltools.report.render").joinpath("template", "report.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/\n?", "", css, flags=re.DOTALL).strip()


def _number(value: float, column: Column, language: str) -> str:
    decimals = column.decimals
    match column.kind:
        case "integer":
            return i18n.integer(value, language)
        case "percent":
            return i18n.percent(value, language, decimals)
        case "euro":
            return i18n.euro(value, language, 0 if decimals is None else decimals)
        case "p":
            return i18n.p_value(value, language)
        case "points":
            return i18n.say("html.points", language, number=i18n.points(value, language, decimals))
        case _:
            return i18n.decimal(value, language, 2 if decimals is None else decimals)


def _slug(name: str) -> str:
    """An id that is safe in HTML, CSS and an address; the same name gives the same id."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "x"


def _cautions(notes: list[str]) -> list[str]:
    if not notes:
        return []
    return [f'<div class="ev-note" role="note"{BAR}>', *(f"<p>{words(note)}</p>" for note in notes), "</div>"]


def _heading(column: Column) -> str:
    if not column.label.strip():
        return "<td></td>"
    return f'<th scope="col"{_align(column)}>{words(column.label)}</th>'


def _row(row: Sequence[Value], t: Table) -> str:
    """A row headed by its first text."""
    _whole(row, t)
    shown = [(escape(cell(value, column, t.language)), column) for value, column in zip(row, t.columns, strict=True)]
    named = next((place for place, (said, column) in enumerate(shown) if said and column.kind == "text"), None)
    head = named if shown and not shown[0][0] else 0  # an empty cell heads nothing
    cells = [
        f'<th scope="row"{_align(column)}>{said}</th>' if place == head else f"<td{_align(column)}>{said}</td>"
        for place, (said, column) in enumerate(shown)
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _with_ranges(t: Table) -> Table:
    """The table with each pair of interval ends as one printed column; None where both ends are missing."""
    starts = [i for i, column in enumerate(t.columns) if column.span]
    if not starts:
        return t
    seconds = [i + 1 for i in starts]
    columns = [
        Column(column.span, "range") if i in starts else column
        for i, column in enumerate(t.columns)
        if i not in seconds
    ]
    rows = [
        [_range(row, i, t) if i in starts else value for i, value in enumerate(row) if i not in seconds]
        for row in t.rows
        if _whole(row, t)
    ]
    return dataclasses.replace(t, columns=columns, rows=rows)


def _range(row: Sequence[Value], i: int, t: Table) -> Value:
    ends = [end.value if isinstance(end, Number) else end for end in row[i : i + 2]]
    if all(map(i18n.absent, ends)):
        return None
    lower, upper = (cell(row[k], t.columns[k], t.language) for k in (i, i + 1))
    return i18n.interval(lower, upper, t.language)


def _whole(row: Sequence[Value], t: Table) -> bool:
    """True; ValueError where a row has not one value a column."""
    if len(row) != len(t.columns):
        raise ValueError(f"table {t.id}: a row has {len(row)} values for {len(t.columns)} columns")
    return True


def _grouped(t: Table) -> tuple[Table, list[tuple[str, Sequence[Sequence[Value]]]]]:
    """The table, and its rows by group: a first column that says the same row after row becomes headings between rows.

    It would else stand beside the names of the rows, and leave no room for numbers on a phone.
    """
    runs = [(name, list(rows)) for name, rows in groupby(t.rows, key=lambda row: row[0])]
    told_by_two = len(t.columns) > 2 and all(column.kind == "text" for column in t.columns[:2])
    if not (runs and told_by_two) or len(t.rows) < 2 * len(runs) or len({name for name, _ in runs}) < len(runs):
        return t, [("", t.rows)]
    both = f" /{SPACE}".join(column.label for column in t.columns[:2])
    columns = [dataclasses.replace(t.columns[1], label=both), *t.columns[2:]]
    rows = [row[1:] for row in t.rows if _whole(row, t)]
    groups: list[tuple[str, Sequence[Sequence[Value]]]]
    groups = [(cell(name, t.columns[0], t.language), [row[1:] for row in group]) for name, group in runs]
    return dataclasses.replace(t, columns=columns, rows=rows), groups


def _body(group: str, rows: Sequence[Sequence[Value]], t: Table) -> str:
    """Rows under the heading of their group, if they have one; a line that says so where there are none."""
    across = f'colspan="{len(t.columns)}"{LEFT}'
    head = [f'<tr><th scope="rowgroup" {across}><span>{escape(group)}</span></th></tr>'] if group else []
    lines = [_row(row, t) for row in rows]
    empty = [] if rows else [f"<tr><td {across}>{escape(i18n.say('html.empty', t.language))}</td></tr>"]
    return "\n".join(["<tbody>", *head, *lines, *empty, "</tbody>"])


def _align(column: Column) -> str:
    return LEFT if column.kind == "text" else ' class="ev-number"'


def _small(t: Table) -> str:
    lines = [*t.notes, *([i18n.say("html.source", t.language, source=t.source)] if t.source else [])]
    return "".join(f'<p class="ev-small">{words(line)}</p>\n' for line in lines)


def _room(t: Table) -> str:
    """The classes of a table that scrolls: where the names of its rows need room, and where paper is too narrow."""
    longest = max((len(cell(row[0], t.columns[0], t.language)) for row in t.rows), default=0)
    return "ev-scroll" + " ev-named" * (longest > LONG) + " ev-broad" * (_least_width(t) > PAPER)


def _least_width(t: Table) -> int:
    """Characters a table takes at its narrowest: text breaks at spaces, a number does not; two a column for space."""
    total = 0
    for index, column in enumerate(t.columns):
        unbroken = column.label.replace("\N{SOFT HYPHEN}", "- ").split()
        for row in t.rows:
            shown = cell(row[index], column, t.language)
            unbroken += re.split(r"[ \n\t-]", shown) if column.kind == "text" else [shown]
        total += max(map(len, unbroken), default=0) + 2
    return total


def _picture(f: Figure) -> str:
    """The SVG without prolog, metadata and dates, every root an image named by the alternative text: the caption stands
    beside it and is read from there."""
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", "", f.svg, flags=re.DOTALL).strip()
    return re.sub(r"<svg\b([^>]*)>", lambda match: f'<svg role="img" aria-label="{escape(f.alt)}"{match[1]}>', svg)


def _unique(fragment: str, seen: set[str]) -> str:
    """The fragment with every id that stands in ``seen`` renamed, references too; its ids are added to ``seen``."""
    own = re.findall(r'\sid="([^"]+)"', fragment)
    for old in own:
        new, count = old, 1
        while new in seen or (new != old and new in own):
            count += 1
            new = f"{old}-{count}"
        seen.add(new)
        if new != old:
            fragment = re.sub(rf'(\sid="){re.escape(old)}(?=")', rf"\g<1>{new}", fragment)
            fragment = re.sub(
                rf'(\saria-(?:labelledby|describedby)="(?:[^"]* )?){re.escape(old)}(?=[ "])', rf"\g<1>{new}", fragment
            )
    return fragment


def _contents(body: str, language: str) -> list[str]:
    """A table of contents from the headings of the parts; none where there are fewer than two."""
    found = re.findall(r'<section class="ev-part[^>]* id="([^"]+)">\s*<h([2-6])>(.*?)</h\2>', body, flags=re.DOTALL)
    if len(found) < 2:
        return []
    entries = [
        f'<li class="ev-level-{level}"><a href="#{name}">{escape(unescape(label))}</a></li>'
        for name, level, label in found
        if level in "23"
    ]
    name = escape(i18n.say("html.contents", language))
    listed = ["<ol>", *entries, "</ol>"]
    folded = [f"<details><summary>{name}</summary>", *listed, "</details>"]
    return [f'<nav class="ev-contents" aria-label="{name}">', f"<h2>{name}</h2>", *listed, *folded, "</nav>"]


def _head(title: str, about: str, style: str) -> list[str]:
    return [
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        *([f'<meta name="description" content="{escape(about)}">'] if about else []),
        '<link rel="icon" href="data:,">',
        "\n".join(["<style>", stylesheet(), *([style] if style else []), "</style>"]),
        "</head>",
    ]


def _after_first(parts: str, notice: str) -> str:
    """The parts with a notice below the first, so that a small screen begins with the answer."""
    first, end, rest = parts.partition("</section>")
    return f"{first}{end}\n{notice}{rest}" if notice else parts


def _header(
    heading: str, subtitle: str, facts: list[tuple[str, str]], notice: str | None, alarm: bool, logo: str
) -> list[str]:
    pairs = [f"<div><dt>{escape(label)}</dt><dd>{words(value)}</dd></div>" for label, value in facts]
    return [
        "<header>",
        '<div class="ev-head">',
        *([logo] if logo else []),
        *([f'<p class="ev-subtitle">{words(subtitle)}</p>'] if subtitle else []),
        f"<h1>{words(heading)}</h1>",
        *(["<dl>", *pairs, "</dl>"] if pairs else []),
        "</div>",
        *([f'<p class="ev-notice{" ev-alarm" * alarm}">{words(notice)}</p>'] if notice else []),
        "</header>",
    ]


def _navigation(links: list[tuple[str, str, bool]], language: str) -> list[str]:
    if not links:
        return []
    for label, address, _ in links:
        if urlsplit(address).scheme or address.startswith("//"):
            raise ValueError(f"navigation link {label!r} leaves the report: {address}")
    entries = [
        f'<li><a href="{escape(address)}"{" aria-current=" + chr(34) + "page" + chr(34) if current else ""}>'
        f"{escape(label)}</a></li>"
        for label, address, current in links
    ]
    name = escape(i18n.say("html.reports", language))
    listed = ["<ul>", *entries, "</ul>"]
    folded = [f"<details><summary>{name}</summary>", *listed, "</details>"]
    return [f'<nav class="ev-reports" aria-label="{name}">', *listed, *folded, "</nav>"]


document.RENDERERS.update(table=table, figure=figure, key_figures=key_figures, part=part)
