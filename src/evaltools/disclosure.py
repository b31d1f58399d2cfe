"""What the public edition may show of counts of persons.

``protect`` is the one door: every count table passes it before a rate is computed or a number shown. All published
counts are rounded together (``rounding``), so that tables add up and nobody can work out a small count. Tables used
only inside a computation (transitions, moments) stay exact, and what is computed from them is withheld where too few
persons stand behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from evaltools import release, rounding
from evaltools.counts import ALL, OF_ENROLMENT, TOTAL
from evaltools.ledger import SETTLED, Published
from evaltools.model import Disclosure
from evaltools.release import GROUPS, ITEM, Cell, Relation
from evaltools.tidy import Tables

# Count tables of persons and the columns that hold their counts.
PERSON_COUNTS: dict[str, tuple[str, ...]] = {
    "composition": ("count", "total"),
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
    *("placement_cells", "arm_transitions", "arm_outcomes", "arm_covariates"),
)
# Counts of the whole project so far that only grow.
GROWING = (*SETTLED, "start", "both", "invited", "answered", "paired")


# --- what an edition may show ----------------------------------------------------------------------------------------


def active(settings: Disclosure, edition: str) -> bool:
    """Whether numbers are protected: in the public edition, unless the study file says why not."""
    return edition == "public" and settings.method != "none"


def step(settings: Disclosure) -> int:
    """What counts are rounded to: the base, or as many times the base as a count needs not to be small."""
    return settings.base * -(-settings.minimum // settings.base)


def protect(
    counts: Tables, settings: Disclosure, edition: str, earlier: Sequence[Published] = (), term: str = ""
) -> Tables:
    """The count tables as this edition may show them; groups whose rounded size is zero are left out.

    ``earlier`` are the releases of the ledger: what was published before is published again where it still may be.
    Raises KeyError for a table that is declared neither as counts of persons nor as inner: nothing passes by default.
    """
    if not active(settings, edition):
        return counts
    unknown = set(counts) - set(PERSON_COUNTS) - set(INNER)
    if unknown:
        raise KeyError(f"no disclosure rule for {', '.join(sorted(unknown))}")
    shown = {name: frame for name, frame in counts.items() if name in PERSON_COUNTS}
    truth = release.cells(shown)
    values = protected_cells(truth, release.relations(truth), settings, earlier, term)
    return {name: _shown(name, frame, values) if name in shown else frame for name, frame in counts.items()}


def protected_cells(
    truth: Mapping[Cell, int],
    relations: Sequence[Relation],
    settings: Disclosure,
    earlier: Sequence[Published] = (),
    term: str = "",
    hidden: Collection[Cell] = (),
) -> dict[Cell, int]:
    """Published values of cells: rounded together, and as far as can be as they were published before.

    ``hidden`` are cells that nobody publishes but that relations name (``rounding.controlled``).
    """
    again = _again(truth, relations, settings, earlier, term)
    if again is not None:
        return again
    settled, before = _before(earlier, Published(term, 0, dict(truth)))
    least, most = _between(earlier, set(release.scopes(truth)))
    result = rounding.controlled(
        truth, relations, step(settings), kept=settled, wanted=before, least=least, most=most, hidden=hidden
    )
    return result.values


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
        or last.told.keys() != truth.keys()
        or not rounding.fits(last.told, truth, relations, step(settings))
    ):
        return None
    return dict(last.told)


def _before(earlier: Sequence[Published], now: Published) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """What has to be published again, and what is where it can be.

    Settled counts of the terms; besides, the terms' other counts and all of the same term's last release.
    """
    own = {past.named_later(cell): value for past in earlier for cell, value in past.told.items()}
    settled = {now.named_here(cell): value for cell, value in own.items() if is_settled(cell)}
    of_terms = {now.named_here(cell): value for cell, value in own.items() if cell.scope != ALL}
    again = {cell: value for past in earlier if past.term == now.term for cell, value in past.told.items()}
    return settled, of_terms | again


def is_settled(cell: Cell) -> bool:
    """Whether it is a count of one term by what the register said at the start: it stays once the term is over."""
    of_studies = {cell.by, cell.by2} & {GROUPS, *OF_ENROLMENT}
    return cell.scope != ALL and cell.measure in SETTLED and not of_studies


def grows(cell: Cell) -> bool:
    """Whether it is a count of the whole project so far, which only grows from term to term."""
    return cell.measure in GROWING and cell.scope == ALL


def _between(earlier: Sequence[Published], scopes: set[str]) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """Counts of the whole so far: not less than terms before published them, and not more than later ones did."""
    least: dict[Cell, int] = {}
    most: dict[Cell, int] = {}
    for past in earlier:
        so_far = {cell: value for cell, value in past.told.items() if grows(cell)}
        if past.scopes < scopes:
            least |= {cell: max(value, least.get(cell, 0)) for cell, value in so_far.items()}
        if past.scopes > scopes:
            most |= {cell: min(value, most.get(cell, value)) for cell, value in so_far.items()}
    return least, most


def _shown(name: str, frame: pd.DataFrame, values: Mapping[Cell, int]) -> pd.DataFrame:
    places = release.TABLES[name](frame)
    rounded_columns = {column: [values[cell] for cell in cells] for column, cells in places.items()}
    shown = frame.assign(**rounded_columns).astype(dict.fromkeys(rounded_columns, "int64"))
    return shown[_listed(name, shown, values)].reset_index(drop=True)


def _listed(name: str, shown: pd.DataFrame, values: Mapping[Cell, int]) -> pd.Series:
    """Which rows stand in the table: that a group is listed must not tell that somebody is in it."""
    every = pd.Series(True, index=shown.index)
    if name == "outreach":
        numbers = [c for c in (*PERSON_COUNTS[name], "events") if c in shown]
        return shown[numbers].sum(axis=1) > 0
    if "by" not in shown or name == "records":
        return every
    size = {
        "cross": lambda: [values.get(Cell("persons", ALL, *place), 0) for place in _places(shown)],
        "composition": lambda: shown["count"],
        "attrition": lambda: shown[list(PERSON_COUNTS["attrition"])].sum(axis=1),
    }.get(name, lambda: shown["invited"])()
    return (pd.Series(size, index=shown.index) > 0) | shown["by"].isin((TOTAL, GROUPS, ITEM))


def _places(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return frame[["by", "group"]].itertuples(index=False, name=None)


def rounded(count, base: int):
    """To the nearest multiple of the base (a scalar or a Series of whole numbers), halves up."""
    return (2 * count + base) // (2 * base) * base


def shown(count: int, settings: Disclosure, edition: str) -> int:
    """One count that stands in no published table, as this edition may show it."""
    return int(rounded(count, step(settings))) if active(settings, edition) else count


def enough(n: int, settings: Disclosure, edition: str) -> bool:
    """Whether a statistic that rests on ``n`` persons may be shown."""
    return n >= settings.minimum or not active(settings, edition)
