"""A figure around its drawing: what the alternative text says, the unit above the picture, the numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache, partial

from evaltools import i18n
from evaltools.report.charts.canvas import MUTED, PAD, PHONE, SMALL, WIDE, Sheet, wrap
from evaltools.report.charts.marks import Number
from evaltools.report.document import Column, Figure, Kind, Table
from evaltools.report.render.html import cell

SPOKEN = 8  # rows that the alternative text reads out
NARROW = 0.13  # of the room for a bar; a smaller part may have none for its share
ALT = 150  # characters that an alternative text has at most

_VERDICTS: ContextVar[bool] = ContextVar("verdicts", default=True)


@contextmanager
def verdicts(said: bool) -> Iterator[None]:
    """Until the end of the block, whether alternative texts name the highest and the lowest: not of rounded numbers,
    whose order need not be that of the exact ones."""
    token = _VERDICTS.set(said)
    try:
        yield
    finally:
        _VERDICTS.reset(token)


Draw = Callable[[Sheet], float]


def figure(
    id: str,
    caption: str,
    draw: Draw,
    said: list[str],
    columns: list[Column],
    rows: list[list],
    *,
    language: str,
    unit: str,
    source: str,
    values: Sequence[object] = (),
    finding: str = "",
) -> Figure:
    """The figure: drawn in both widths, with its unit above; ``said`` is what the picture shows, what matters first.

    The alternative text is as much of it as ``ALT`` characters hold: the numbers stand in the table, which is read
    better. ``values`` are those drawn: the text says how many are missing. ``finding`` is the heading, above the
    caption.
    """
    missing = sum(value is None for value in values)
    said = [*said, i18n.say("figure.alt.missing", language, n=missing)] if missing else said
    alt = brief([words for words in said if words], i18n.say("figure.alt.table", language))
    data = Table(f"{id}-data", caption, columns, rows, language, notes=[unit], source=source)
    # drawn once it is shown, in the words and digits of now: of most figures a final report takes only the numbers
    drawn = cache(partial(copy_context().run, _drawn, draw, unit))
    return Figure(id, caption, alt, drawn, data, finding=finding)


def brief(said: Sequence[str], closing: str) -> str:
    """As many sentences as ``ALT`` characters hold, the first in part where it alone is too long, and the closing."""
    room, kept = ALT - len(closing) - 1, ""
    for words in said:
        longer = f"{kept} {sentence(words)}".strip()
        if len(longer) > room:
            break
        kept = longer
    if not kept and said:
        parts = said[0].split("; ")
        while len(parts) > 1 and len("; ".join(parts)) > room - 1:
            parts.pop()
        kept = sentence("; ".join(parts).rstrip("."))
        kept = kept if len(kept) <= room else f"{kept[: room - 1].rsplit(' ', 1)[0]}…"
    return f"{kept} {closing}".strip()


def _drawn(draw: Draw, unit: str) -> str:
    return "\n".join(_drawing(draw, unit, width) for width in (WIDE, PHONE))


def _drawing(draw: Draw, unit: str, width: int) -> str:
    sheet = Sheet(width)
    sheet.top = sheet.lines(PAD, sheet.top - 4, wrap(unit, sheet.room, SMALL), size=SMALL, colour=MUTED) + 8
    return sheet.svg(draw(sheet))


def unit_of(
    unit: str,
    kind: Kind,
    language: str,
    total: int | float | None = None,
    n: Sequence[int | None] | None = None,
) -> str:
    """What the numbers are, by kind where the caller does not say, and of how many, or that no ``n`` is shown."""
    unit = unit or i18n.say(f"figure.unit.{kind}", language)
    if total is not None:
        return f"{unit}; {counted(total, language)}"
    return f"{unit}; {i18n.say('figure.mark.n_not_shown', language)}" if n and set(n) == {None} else unit


def counted(n: int | float | None, language: str) -> str:
    return i18n.say("figure.mark.n", language, n=i18n.integer(n, language))


def counts(n: Sequence[int | None] | None, language: str) -> list[str] | None:
    """How many each rests on, in words; nothing where that is not known or not shown."""
    return None if n is None else ["" if count is None else counted(count, language) for count in n]


def sentence(words: str) -> str:
    return words if words.rstrip().endswith((".", "?", "!")) else words + "."


def same_length(id: str, first: Sequence, *others: Sequence | None) -> None:
    for other in others:
        if other is not None and len(other) != len(first):
            raise ValueError(f"figure {id}: {len(first)} labels but {len(other)} values")


def column(name: str, language: str, kind: Kind = "text") -> Column:
    return Column(i18n.say(f"figure.heading.{name}", language), kind)


def show(value: Number, kind: Kind, language: str) -> str:
    return cell(value, Column("", kind), language) if value is not None else i18n.say("figure.mark.none", language)


def formatted(values: Sequence[Number], kind: Kind, language: str) -> list[str]:
    return [show(value, kind, language) for value in values]


def shares(counts: Sequence[Sequence[int | None]]) -> tuple[list[list[float] | None], list[int | None]]:
    """Each row's counts as shares, and totals; None for a row without a full set of counts or with total 0."""
    known = [[count for count in row if count is not None] for row in counts]
    totals = [sum(some) if len(some) == len(row) else None for some, row in zip(known, counts, strict=True)]
    parts = [[c / total for c in row] if total else None for row, total in zip(known, totals, strict=True)]
    return parts, totals


def with_narrow(
    parts: Sequence[list[float] | None], totals: Sequence[int | None], language: str, room: float = 1
) -> list[str]:
    """How many each row is of; and all shares of all rows where a part of one is too narrow for its own, as these take
    room from the bars. ``room`` is how long the longest is, of one that is whole."""
    details = []
    narrow = any(0 < part < NARROW * room for share in parts for part in share or ())
    for share, total in zip(parts, totals, strict=True):
        marks = " · ".join(i18n.percent(part, language, 0) for part in share or []) if narrow else ""
        details.append("; ".join(filter(None, (marks, counted(total, language)))))
    return details


# --- alternative texts ---


def speak(labels: Sequence[str], marks: Sequence[str], language: str) -> str:
    """The first rows in words, and how many more the table has."""
    said = sentence("; ".join(f"{label}: {mark}" for label, mark in zip(labels[:SPOKEN], marks[:SPOKEN], strict=True)))
    rest = len(labels) - SPOKEN
    return (said + " " + i18n.say("figure.alt.rest", language, n=rest) if rest > 0 else said) if labels else ""


def speak_shares(
    labels: Sequence[str],
    names: Sequence[str],
    parts: Sequence[list[float] | None],
    details: list[str] | None,
    language: str,
) -> str:
    marks = []
    for row, share in enumerate(parts):
        words = [f"{name} {i18n.percent(s, language, 0)}" for name, s in zip(names, share or [], strict=False)]
        none = i18n.say("figure.mark.none", language)
        marks.append(", ".join([*(words or [none]), *([details[row]] if details else [])]))
    return speak(labels, marks, language)


def extremes(labels: Sequence[str], values: Sequence[Number], marks: Sequence[str], language: str) -> list[str]:
    """Which is the highest and which the lowest, where there are three or more to compare."""
    known = {row: value for row, value in enumerate(values) if value is not None}
    if len(known) < 3 or not _VERDICTS.get():
        return []
    highest, lowest = (choose(known, key=known.__getitem__) for choose in (max, min))
    words = [f"{labels[row]} ({marks[row]})" for row in (highest, lowest)]
    return [i18n.say("figure.alt.extremes", language, highest=words[0], lowest=words[1])]


def most(labels: Sequence[str], names: Sequence[str], parts: Sequence[list[float] | None], language: str) -> list[str]:
    """For the last of the parts (the best): the row with the largest share."""
    known = [row for row, share in enumerate(parts) if share]
    if len(known) < 2 or not _VERDICTS.get():
        return []
    row = max(known, key=lambda each: parts[each][-1])  # type: ignore[index]
    words = {"name": names[-1], "label": labels[row], "share": i18n.percent(parts[row][-1], language, 0)}  # type: ignore[index]
    return [i18n.say("figure.alt.most", language, **words)]
