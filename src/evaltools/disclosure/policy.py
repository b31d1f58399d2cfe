"""What the public edition may show of counts of persons.

``protect`` is the one door: every count table passes it before a rate is computed or a number shown. All published
counts are rounded together (``rounding``), so that tables add up and nobody can work out a small count. Tables used
only inside a computation (transitions, moments) stay exact, and what is computed from them is withheld where too few
persons stand behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from evaltools.counts.breakdowns import ALL, TOTAL, overlapping
from evaltools.disclosure import cells, exact_figures, rounding, suppression
from evaltools.disclosure.cells import GROUPS, ITEM, Cell, Relation
from evaltools.disclosure.definitions import Definition, Place
from evaltools.disclosure.prior_knowledge import grown_cells, grows, is_settled, known_cells
from evaltools.disclosure.release_log import REGISTERED, Published
from evaltools.ingest.tidy import Tables
from evaltools.study.evaluation_model import Disclosure

# Count tables of persons and the columns that hold their counts.
PERSON_COUNTS: dict[str, tuple[str, ...]] = {
    "composition": ("count", "total"),
    "respondents": ("count", "total"),
    "registrations": ("count", "total"),
    "cross": ("count", "total"),
    "overlap": ("count", "total"),
    "completion": ("count", "answered", "invited"),
    "responses": ("count", "total"),
    "attrition": ("both", "start_only", "end_only", "neither"),
    "placement": ("count", "answered", "invited"),
    "outreach": ("reached", "applicants", "enrolled"),
    "records": ("count",),
    "items": ("count",),
    "item_pairs": ("count",),
    "item_answers": ("count",),
    "arm_items": ("count",),
    "comments": ("count", "total"),
}
# Tables that only feed statistics and are never shown themselves.
INNER = (
    *("answers", "transitions", "scale_items"),
    *("cluster_changes", "cluster_placement", "wave_transitions", "wave_placement", "wave_moves"),
    *("placement_cells", "benchmark_cells"),
    *("arm_transitions", "arm_outcomes", "arm_covariates", "arm_groups", "arm_take_up", "arm_clusters"),
    *("group_changes", "start_term_placement", "start_cells", "numbers", "wave_words", "coding_agreement"),
    *("modes", "mode_answers"),
)

CELLS = "published"  # the table of every cell with its published value, among the protected tables
# counts of the whole so far that are rounded to no less later, however large
BOUND = (*REGISTERED, "start", "both", "invited", "answered", "paired")
EARLIER = "earlier_exact"  # the table of cells with their last exact count and its term, where they are not exact now
WITHIN = "within"  # begins the name of the column that says how far the counts of another can be from the true ones


# --- what an edition may show ----------------------------------------------------------------------------------------


def active(settings: Disclosure, edition: str) -> bool:
    """Whether numbers are protected: in the public edition, unless the study file says why not."""
    return edition == "public" and settings.method != "none"


def step(settings: Disclosure) -> int:
    """What counts are rounded to: the base, or as many times the base as a count needs not to be small."""
    return settings.base * -(-settings.minimum // settings.base)


def protect(
    counts: Tables,
    settings: Disclosure,
    edition: str,
    earlier: Sequence[Published] = (),
    term: str = "",
    overlaps: Collection[str] = overlapping(),
    refused: Collection[Cell] = (),
    defined: Mapping[Place, Definition] | None = None,
    primary: Collection[str] = (),
) -> Tables:
    """The count tables as this edition may show them; groups whose rounded size is zero are left out.

    ``earlier`` are the releases of the ledger: what was published before is published again where it still may be.
    ``overlaps`` are the breakdowns of which a person can be in several groups, ``refused`` figures that the gate has
    taken back, ``primary`` the questions whose figures come first (`exact_figures.chosen`), ``defined`` what the study
    file says groups are. Beside each column of counts a rounded table has one ``within_...``: how far each can be from
    the true count, 0 where it is exact. Figures that are not exact now stand in a table of their own (``EARLIER``) as
    they were last printed exactly.
    Raises KeyError for a table that is declared neither as counts of persons nor as inner: nothing passes by default.
    """
    if not active(settings, edition):
        return counts
    unknown = set(counts) - set(PERSON_COUNTS) - set(INNER)
    if unknown:
        raise KeyError(f"no disclosure rule for {', '.join(sorted(unknown))}")
    shown = of_persons(counts)
    inner = {name: frame for name, frame in counts.items() if name not in PERSON_COUNTS}
    truth = cells.cells(shown)
    relations = cells.relations(truth, overlaps, defined)
    if settings.method == "suppression":
        values = withheld_cells(truth, relations, settings, earlier, term)
        return inner | {name: _with_gaps(name, frame, values) for name, frame in shown.items()}
    exact, most = exact_figures.chosen(truth, earlier, step(settings), refused, primary)
    least = exact_figures.least_who_answered_both(exact)
    most |= exact_figures.most_with_all_answers(exact, relations)
    rounded = protected_cells(truth, relations, settings, earlier, term, most=most, least=least)
    distance = reach(rounded, truth, step(settings))
    tables = {name: _shown(name, frame, rounded, exact, distance) for name, frame in shown.items()}
    listed = {CELLS: _list_of_cells(rounded, exact, distance), EARLIER: _list_of_earlier(truth, exact, earlier)}
    return inner | tables | listed


def of_persons(counts: Tables) -> Tables:
    """The count tables of persons as a protected edition has them: how the studies ended and where people were placed
    by term of everybody only. What the first release says of a group is that group's own of its term; said again, and
    rounded otherwise, it would be known better."""
    shown = {name: frame for name, frame in counts.items() if name in PERSON_COUNTS}
    ended = {name: frame for name, frame in shown.items() if name in ("completion", "placement")}
    return shown | {name: f[(f["scope"] == ALL) | (f["by"] == TOTAL)] for name, f in ended.items()}


def reach(values: Mapping[Cell, int], truth: Mapping[Cell, int], step: int) -> int:
    """How far from the truth values are said to be: less than a whole number of steps, one where that holds."""
    farthest = max((abs(value - truth[cell]) for cell, value in values.items()), default=0)
    return (farthest // step + 1) * step - 1


def _list_of_cells(values: Mapping[Cell, int], exact: Mapping[Cell, int], distance: int) -> pd.DataFrame:
    rows = [(*cell, value, exact.get(cell)) for cell, value in values.items()]
    frame = pd.DataFrame(rows, columns=[*Cell._fields, "value", "exact"])
    return frame.astype({"exact": "Int64"}).assign(**{WITHIN: distance})


def _list_of_earlier(
    truth: Mapping[Cell, int], exact: Mapping[Cell, int], earlier: Sequence[Published]
) -> pd.DataFrame:
    repeated = exact_figures.repeated(truth, exact, earlier)
    rows = [(*cell, count, term) for cell, (count, term) in repeated.items()]
    return pd.DataFrame(rows, columns=[*Cell._fields, "count", "term"]).astype({"count": "int64", "term": "str"})


def protected_cells(
    truth: Mapping[Cell, int],
    relations: Sequence[Relation],
    settings: Disclosure,
    earlier: Sequence[Published] = (),
    term: str = "",
    hidden: Collection[Cell] = (),
    most: Mapping[Cell, int] | None = None,
    least: Mapping[Cell, int] | None = None,
) -> dict[Cell, int]:
    """Published values of cells: rounded together, and as far as can be as they were published before.

    ``hidden`` are cells that nobody publishes but that relations name, ``most`` and ``least`` the greatest and the
    least value of some cells (``rounding.controlled``).
    """
    most, least = most or {}, least or {}
    again = _again(truth, relations, settings, earlier, term)
    if again is not None and all(again.get(cell, value) >= value for cell, value in least.items()):
        return again
    now = Published(term, 0, dict(truth))
    settled, before = _before(earlier, now, step(settings))
    lower, upper = _between(earlier, now, step(settings))
    lower |= {cell: max(value, lower.get(cell, 0)) for cell, value in least.items()}
    upper |= most
    result = rounding.controlled(
        truth, relations, step(settings), kept=settled, wanted=before, least=lower, most=upper, hidden=hidden
    )
    return result.values


def withheld_cells(
    truth: Mapping[Cell, int],
    relations: Sequence[Relation],
    settings: Disclosure,
    earlier: Sequence[Published] = (),
    term: str = "",
) -> dict[Cell, int | None]:
    """Cells as they are, None where they are withheld: small ones, those from which these would follow, and how often
    each answer was given, from which those who gave it once would: their pairs are counted beside."""
    last = next((past for past in reversed(earlier) if past.term == term), None)
    if last is not None and last.cells.keys() == truth.keys() and last.disclosed.items() <= dict(truth).items():
        return dict(last.cells)
    known = known_cells(truth, relations, Published(term, 0, dict(truth)), earlier)
    hidden = suppression.withheld(known, truth, settings.minimum) | {cell for cell in truth if cell.by2 == "answer"}
    return {cell: None if cell in hidden else count for cell, count in truth.items()}


def _again(
    truth: Mapping[Cell, int],
    relations: Sequence[Relation],
    settings: Disclosure,
    earlier: Sequence[Published],
    term: str,
) -> dict[Cell, int] | None:
    """What the term's last release published, where that still fits the counts: then it is published unchanged."""
    last = next((past for past in reversed(earlier) if past.term == term), None)
    if (
        last is None
        or last.disclosed.keys() != truth.keys()
        or not rounding.fits(last.disclosed, truth, relations, step(settings), last.within)
    ):
        return None
    return dict(last.disclosed)


def _before(earlier: Sequence[Published], now: Published, step: int) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """What has to be published again, and what is where it can be.

    Of the terms the counts of the register, and others that were 0 or one step: once each way, they would be known to
    be small. Besides, the terms' other counts, those of the whole so far, and all of the same term's last release.
    """
    own = {past.named_later(cell): value for past in earlier for cell, value in past.disclosed.items()}
    one_each = cells.one_right_each(now.cells)
    settled = {c: n for c, n in own.items() if is_settled(c, one_each) and (c.measure in REGISTERED or n <= step)}
    wanted = {cell: value for cell, value in own.items() if cell.scope != ALL or grows(cell)}
    settled, wanted = ({now.named_here(cell): n for cell, n in of.items()} for of in (settled, wanted))
    again = {cell: value for past in earlier if past.term == now.term for cell, value in past.disclosed.items()}
    return settled, wanted | again


def _between(earlier: Sequence[Published], now: Published, step: int) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """Counts that grow: not less than terms before published them, and not more than later ones did; some only where it
    tells whether they are small."""
    least: dict[Cell, int] = {}
    most: dict[Cell, int] = {}
    one_each = cells.one_right_each(now.cells)
    for past in earlier:
        values = ((here, past.disclosed[cell]) for cell, here in grown_cells(past, now, one_each))
        grown = {c: n for c, n in values if n <= step or (c.scope == ALL and c.measure in BOUND)}
        if past.scopes < now.scopes:
            least |= {cell: max(value, least.get(cell, 0)) for cell, value in grown.items()}
        if past.scopes > now.scopes:
            most |= {cell: min(value, most.get(cell, value)) for cell, value in grown.items()}
    return least, most


def _with_gaps(name: str, frame: pd.DataFrame, values: Mapping[Cell, int | None]) -> pd.DataFrame:
    """A table of exact counts, NaN where one is withheld."""
    columns = {column: [values[cell] for cell in of] for column, of in cells.TABLES[name](frame).items()}
    return frame.assign(**columns).astype(dict.fromkeys(columns, "float64"))


def _shown(
    name: str, frame: pd.DataFrame, values: Mapping[Cell, int], exact: Mapping[Cell, int], distance: int
) -> pd.DataFrame:
    """A table as it may be shown: rounded counts, exact ones where figures are, and how far each can be from the truth.

    That a group is listed must not tell that somebody is in it: rows are chosen by rounded counts.
    """
    shown, listed = frame, frame
    for column, of in cells.TABLES[name](frame).items():
        listed = listed.assign(**{column: [values[cell] for cell in of]})
        near = {f"{WITHIN}_{column}": [0 if cell in exact else distance for cell in of]}
        shown = shown.assign(**{column: [exact.get(cell, values[cell]) for cell in of]}, **near)
    numbers = [c for column in cells.TABLES[name](frame) for c in (column, f"{WITHIN}_{column}")]
    return shown.astype(dict.fromkeys(numbers, "int64"))[_listed(name, listed, values)].reset_index(drop=True)


def _listed(name: str, shown: pd.DataFrame, values: Mapping[Cell, int]) -> pd.Series:
    """Which rows stand in the table: that a group is listed must not tell that somebody is in it."""
    every = pd.Series(True, index=shown.index)
    if name == "outreach":
        numbers = [c for c in (*PERSON_COUNTS[name], "events") if c in shown]
        return shown[numbers].sum(axis=1) > 0
    if "by" not in shown or name == "records":
        return every
    return (_sizes(name, shown, values) > 0) | shown["by"].isin((TOTAL, GROUPS, ITEM))


def _sizes(name: str, shown: pd.DataFrame, values: Mapping[Cell, int]) -> pd.Series:
    """The published size of the group of each row."""
    match name:
        case "cross":
            of = [values.get(Cell("persons", ALL, *place), 0) for place in _places(shown)]
            return pd.Series(of, index=shown.index)
        case "composition" | "respondents":
            return shown["count"]
        case "attrition":
            return shown[list(PERSON_COUNTS["attrition"])].sum(axis=1)
    return shown["invited"]


def _places(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return zip(frame["by"], frame["group"], strict=True)


def within(settings: Disclosure, edition: str) -> int:
    """How far a count rounded to a multiple next to it can be from the true one; 0 where counts are not rounded."""
    return step(settings) - 1 if active(settings, edition) and settings.method == "rounding" else 0


def least(settings: Disclosure) -> int:
    """The fewest persons on whom a rate may rest: rounded counts of fewer tell more of the rounding than of people."""
    return 2 * step(settings) if settings.method == "rounding" else settings.minimum
