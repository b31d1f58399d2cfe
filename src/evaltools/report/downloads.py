"""The files beside a table and a figure of a page: CSV, XLSX, SVG and PNG, linked where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from evaltools import i18n
from evaltools.paths import marked
from evaltools.report.edition import Edition
from evaltools.report.render import drawing

PLACE = re.compile(r"<!--files:([A-Za-z0-9_.-]+)-->")
LISTED = re.compile(r"(<td[^>]*>)([0-9]{2}_[a-z]+)/([A-Za-z0-9_.-]+)(?=</td>)")  # a table in the appendix' list of all
DRAWING = re.compile(r'<figure [^>]*id="figure-([^"]+)".*?(<svg [^>]*class="ev-wide".*?</svg>)', re.DOTALL)
FIGURES = "figures"


def linked(about: Edition, tables: str, folder: Path) -> Callable[[str], str]:
    """What puts links to files into a fragment of a page.

    ``tables`` is the folder of the page's tables below ``folder``/tables; the wide drawing of each figure is written
    beside the page, and as a picture where pictures can be made. A table without files gets no links; one that a list
    names by its folder gets them there.
    """

    def put(fragment: str) -> str:
        drawn = {name: svg for name, svg in DRAWING.findall(fragment)}
        for name, svg in drawn.items():
            _write(svg, folder / FIGURES / tables / marked(f"{name}.svg", about.edition))
        fragment = LISTED.sub(lambda found: found[1] + _listed(found[2], found[3]), fragment)
        return PLACE.sub(lambda found: _links(found[1], drawn), fragment)

    def _files(of: str, names: Iterable[str]) -> list[tuple[str, str]]:
        """The CSV and XLSX files that are there, by address; ``of`` is the folder of their page's tables."""
        files = [
            (f"tables/{of}/{marked(f'{name}.{kind}', about.edition)}", kind.upper())
            for name in names
            for kind in ("csv", "xlsx")
        ]
        return [(address, kind) for address, kind in files if _is_there(folder, address)][:2]

    def _listed(of: str, table: str) -> str:
        named = f"{of}/{table}"
        return _shown(_files(of, [table]), named) or named

    def _links(table: str, drawn: dict[str, str]) -> str:
        id = table.removesuffix("-data")
        there = _files(tables, dict.fromkeys((table, id)))
        if id in drawn:
            files = {kind: f"{FIGURES}/{tables}/{marked(f'{id}.{kind}', about.edition)}" for kind in ("svg", "png")}
            there += [(address, kind.upper()) for kind, address in files.items() if _is_there(folder, address)]
        if not there:
            return ""
        name = escape(i18n.say("switch.files", about.language))
        return f'<p class="ev-small ev-files">{name}: {_shown(there, id)}</p>'

    return put


def _shown(files: Iterable[tuple[str, str]], of: str) -> str:
    """Links to the files of a table or figure, by address and kind."""
    return " · ".join(
        f'<a href="{escape(address)}" download>{kind}<span class="ev-hidden"> {escape(of)}</span></a>'
        for address, kind in files
    )


def _is_there(folder: Path, address: str) -> bool:
    """Whether the file lies there, under the name it will have or the one it has before it is marked as internal."""
    path = folder / address
    return path.is_file() or path.with_name(path.name.replace(".internal.", ".")).is_file()


def _write(svg: str, path: Path) -> None:
    """A drawing as a file of its own, and a picture of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    alone = drawing.alone(svg)
    path.write_text(alone + "\n", encoding="utf-8", newline="\n")
    if drawing.is_available():
        path.with_suffix(".png").write_bytes(drawing.png(alone))
