"""A flow of nodes as a tagged PDF (PDF/UA-1 and PDF/A-2a): headings, lists, headed tables, alternative texts.

The same nodes give the same bytes. A glyph that the typeface lacks would end it all, so such a sign is replaced.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from io import BytesIO
from itertools import groupby
from typing import Any

from evaltools import i18n
from evaltools.report import flow
from evaltools.report.flow import Grid, Heading, Item, Node, Picture, Run, Runs
from evaltools.report.render.drawing import TYPEFACE, fonts
from evaltools.report.render.word import LINKED, LOCALES, Front

STANDARDS: Any = ["ua-1", "a-2a"]
ROOM = 92  # letters in the width of the page, in a table
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class PrintError(RuntimeError):
    """The text could not be set as it stands: what the typesetter warned of."""


def document(front: Front, nodes: Sequence[Node]) -> bytes:
    """A PDF of nodes; raises PrintError where something would be lost on paper."""
    import typst

    source = resources.files("evaltools.report.render").joinpath("template", "report.typ").read_bytes()
    with tempfile.TemporaryDirectory() as empty:
        # an empty root: the template reads nothing of this machine
        compiler = typst.Compiler(root=empty, font_paths=[str(fonts())], ignore_system_fonts=True)
        inputs = {"doc": json.dumps(_described(front, nodes), sort_keys=True)}
        compiled: Any = compiler.compile_with_warnings(
            source,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=STANDARDS,
            timestamp=dt.datetime.combine(front.day, dt.time(), dt.UTC),
        )
    made, warnings = compiled
    if warnings:
        raise PrintError("; ".join(str(getattr(each, "message", each)) for each in warnings))
    return _with_row_headings(bytes(made))


def _described(front: Front, nodes: Sequence[Node]) -> dict[str, Any]:
    """What the template shows, as plain values."""
    anchors = {node.id for node in nodes if isinstance(node, Heading)}
    language = front.language
    described: dict[str, Any] = {
        "title": front.title,
        "subtitle": front.subtitle,
        "author": front.author,
        "notice": front.notice,
        "running": front.running,
        "facts": [list(fact) for fact in front.facts],
        "day": [front.day.year, front.day.month, front.day.day],
        "lang": language,
        "region": LOCALES[language].partition("-")[2],
        "contents": len(anchors) > 1 and not front.to_fill,
        "words": {"contents": i18n.say("html.contents", language)}
        | {kind: i18n.say(f"document.{kind}", language) for kind in ("figure", "table")},
        "nodes": list(_nodes(nodes, anchors, language)),
    }
    return _shown(described)


def _nodes(nodes: Sequence[Node], anchors: set[str], language: str) -> Iterable[dict[str, Any]]:
    """Each node as values; items that follow each other are one list, and no level of heading is skipped."""
    level, seen = 0, set[str]()
    nodes = [each for node in nodes for each in (node.nodes if isinstance(node, flow.Place) else (node,))]
    for kind, together in groupby(nodes, key=lambda n: (n.number is not None) if isinstance(n, Item) else None):
        if kind is not None:
            items = [_runs(node.runs, anchors, language) for node in together if isinstance(node, Item)]
            yield {"kind": "numbers" if kind else "list", "items": items}
            continue
        for node in together:
            if isinstance(node, Heading):
                level = min(node.level, level + 1)
                name = node.id if node.id not in seen else f"{node.id}-{len(seen)}"
                seen.add(name)
                yield {"kind": "heading", "level": level, "runs": _runs(node.runs, set(), language), "label": name}
            elif isinstance(node, Grid):
                yield _grid(node)
            elif isinstance(node, Picture):
                svg = TYPEFACE.sub("font-family:DejaVu Sans", node.svg)
                yield {"kind": "picture", "caption": node.caption, "alt": node.alt, "svg": svg}
            elif isinstance(node, flow.Paragraph):
                yield {"kind": node.kind, "runs": _runs(node.runs, anchors, language)}


def _grid(node: Grid) -> dict[str, Any]:
    def cell(each: flow.Cell) -> dict[str, Any]:
        return {"text": each.text, "head": each.head, "number": each.number}

    return {
        "kind": "grid",
        "caption": node.caption,
        "columns": flow.shares(node, ROOM),
        "numbers": [each.number for each in node.head],
        "head": [cell(each) for each in node.head],
        "rows": [[cell(each) for each in row] for row in node.rows],
    }


def _runs(runs: Runs, anchors: set[str], language: str) -> list[dict[str, Any]]:
    return [_run(run, anchors, language) for run in runs]


def _run(run: Run, anchors: set[str], language: str) -> dict[str, Any]:
    inner = run.to.startswith("#") and run.to[1:] in anchors
    to = run.to if run.to.startswith(LINKED) else ""
    foreign = run.language if run.language != language else ""
    shown = {"text": run.text, "strong": run.strong, "emphasis": run.emphasis, "to": to, "lang": foreign}
    return shown | ({"label": run.to[1:]} if inner else {})


# --- glyphs ----------------------------------------------------------------------------------------------------------


@cache
def _glyphs() -> frozenset[int]:
    """The signs that the typeface has, in every cut of it."""
    from matplotlib.ft2font import FT2Font

    cuts = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSans-BoldOblique.ttf")
    return frozenset.intersection(*(frozenset(FT2Font(str(fonts() / cut)).get_charmap()) for cut in cuts))


def _shown(value: Any) -> Any:
    """Values with a mark in place of every sign that the typeface lacks."""
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, str):
        return "".join(sign if sign.isspace() or ord(sign) in _glyphs() else UNKNOWN for sign in value)
    return value


# --- row headings ----------------------------------------------------------------------------------------------------


def _with_row_headings(made: bytes) -> bytes:
    """The file with the first cell of each row of a table's body tagged as the heading of its row: the typesetter tags
    headings of columns only, and who hears a table would lose what a row is of."""
    import pikepdf

    out = BytesIO()
    with pikepdf.open(BytesIO(made)) as file:
        for body in _of_kind(file.Root.StructTreeRoot, "/TBody"):
            for row in _kids(body):
                cells = _kids(row)
                if cells and cells[0].get("/S") == "/TD":
                    cells[0].S = pikepdf.Name.TH
                    _scope(cells[0], pikepdf)
        _end_streams_plainly(file)
        file.save(out, deterministic_id=True, fix_metadata_version=False, compress_streams=False)
    return out.getvalue()


def _end_streams_plainly(file: Any) -> None:
    """Write each stream in hexadecimal digits whose last byte would be read as part of the end of line that follows.

    Its length would not be what it says, which PDF/A forbids; whether one is such hangs on a checksum.
    """
    import pikepdf

    for stream in (each for each in file.objects if isinstance(each, pikepdf.Stream)):
        raw = stream.read_raw_bytes()
        if raw.endswith((b"\r", b"\n")) and "/Filter" in stream and "/DecodeParms" not in stream:
            before = list(stream.Filter) if _is_array(stream.Filter) else [stream.Filter]
            filters = pikepdf.Array([pikepdf.Name.ASCIIHexDecode, *before])
            stream.write(raw.hex().encode() + b">", filter=filters)


def _scope(cell: Any, pikepdf: Any) -> None:
    """The cell heads its row; what else is said of it, such as how many columns it spans, stays."""
    scope = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)
    before = cell.get("/A")
    if before is None:
        cell.A = scope
    elif isinstance(before, pikepdf.Array):
        before.append(scope)
    else:
        cell.A = pikepdf.Array([before, scope])


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K")
    if kids is None:
        return []
    listed = list(kids) if _is_array(kids) else [kids]
    return [kid for kid in listed if hasattr(kid, "get") and "/S" in kid]


def _is_array(value: Any) -> bool:
    import pikepdf

    return isinstance(value, pikepdf.Array)


def _of_kind(element: Any, kind: str) -> Iterable[Any]:
    for kid in _kids(element):
        if kid.get("/S") == kind:
            yield kid
        else:
            yield from _of_kind(kid, kind)
