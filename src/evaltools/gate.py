"""The gate before a release: what a reader would hold, and an attacker who tries it.

A reader holds the published cells of this release and of all before it (the ledger), and knows what must hold between
them. Where a small count of persons can be worked out from that, or the attempt does not finish, nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaltools import attack, release, text
from evaltools.counts import ALL, TOTAL
from evaltools.disclosure import PERSON_COUNTS, grows, is_settled, step
from evaltools.ledger import Published
from evaltools.model import Disclosure
from evaltools.release import Cell, Relation
from evaltools.tidy import Tables


class ReleaseError(Exception):
    """Why a release is refused: findings of the attack, by table and cell, never with a count."""

    status = 1

    def __init__(self, study: str, findings: Sequence[attack.Finding], stands_in: Mapping[Cell, str] | None = None):
        self.study = study
        self.findings = list(findings)
        self.stands_in = stands_in or {}
        super().__init__(study, self.findings)

    def lines(self, language: str) -> list[str]:
        """One line a finding, then what could be published instead."""
        named = dict.fromkeys(_line(found, self.stands_in, language) for found in self.findings)
        coarser = sorted({by for found in self.findings for by in _breakdowns(found)})
        advice = [text.say("disclosure.coarser", language, by=_by(by, language)) for by in coarser]
        return [text.say("disclosure.refused", language, study=self.study), *named, *advice]

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


def _line(found: attack.Finding, stands_in: Mapping[Cell, str], language: str) -> str:
    if found.cell is None:
        return text.say("disclosure.unfinished" if found.kind == "timeout" else f"disclosure.{found.kind}", language)
    kind = f"{found.kind}_rest" if found.whole is not None else found.kind
    return text.say(f"disclosure.{kind}", language, cell=_label(found.cell, stands_in, language))


def _label(cell: Cell, stands_in: Mapping[Cell, str], language: str) -> str:
    """A cell in words of its codes: the tables, what is counted, the term, the groups."""
    tables = f"[{stands_in[cell]}] " if cell in stands_in else ""
    scope = [] if cell.scope == ALL else [cell.scope]
    places = [(by, group) for by, group in ((cell.by, cell.group), (cell.by2, cell.group2)) if by not in ("", TOTAL)]
    return tables + ", ".join([cell.measure, *scope, *(f"{_by(by, language)} = {group}" for by, group in places)])


def _by(by: str, language: str) -> str:
    return text.say(f"by.{by}", language) if f"by.{by}" in text.catalogue() else by


def _breakdowns(found: attack.Finding) -> Iterator[str]:
    if found.cell is not None:
        yield from (by for by in (found.cell.by, found.cell.by2) if by not in ("", TOTAL))


def published(exact: Tables, protected: Tables, settings: Disclosure, term: str) -> Published:
    """What a release of these tables publishes, for the gate and the ledger; groups left out stand as zero.

    Counts of which not all are multiples of the rounding step have not been rounded: they are taken for the truth.
    """
    truth = release.cells({name: frame for name, frame in exact.items() if name in PERSON_COUNTS})
    values = release.cells({name: frame for name, frame in protected.items() if name in PERSON_COUNTS})
    rounded = all(value % step(settings) == 0 for value in values.values())
    return Published(term, step(settings) - 1 if rounded else 0, {cell: values.get(cell, 0) for cell in truth})


def known(exact: Tables, now: Published, earlier: Sequence[Published] = ()) -> attack.Release:
    """Everything an attacker holds once ``now`` is published: its cells, those of earlier releases, and relations."""
    truth = release.cells({name: frame for name, frame in exact.items() if name in PERSON_COUNTS})
    return known_cells(truth, release.relations(truth), now, earlier)


def known_cells(
    truth: Mapping[Cell, int], relations: Sequence[Relation], now: Published, earlier: Sequence[Published] = ()
) -> attack.Release:
    """The same from cells. Counts of a term that is over stay; counts of the whole project so far only grow.

    Of the truth it is used only whether a count is still near what was published before: of one that was corrected
    since, an attacker who takes it for the same would learn what is not so.
    """
    relations = list(relations)
    alike = [r for r in relations if len({cell.scope for cell, _ in r.parts}) == 1]
    cells: dict[Cell, int] = dict(now.cells)
    within = dict.fromkeys(cells, now.within)
    for number, past in enumerate(earlier, start=1):
        names = {cell: cell._replace(scope=f"{cell.scope} ({past.term}, {number})") for cell in past.cells}
        cells |= {names[cell]: value for cell, value in past.cells.items()}
        within |= dict.fromkeys(names.values(), past.within)
        relations += [_renamed(relation, names) for relation in _held(alike, past)]
        relations += _same(past, now, truth, names)
        relations += _grown(past, now, truth, names)
    return attack.Release(cells, list(dict.fromkeys(relations)), within)


def _same(past: Published, now: Published, truth: Mapping[Cell, int], names: Mapping[Cell, Cell]) -> Iterator[Relation]:
    """Counts that are what they were: of a term that is over, and all of a term released again."""
    for cell, value in past.told.items():
        later = now.named_here(past.named_later(cell))
        again = past.term == now.term and now.cells.get(cell) == value
        settled = is_settled(past.named_later(cell))
        if (settled or again) and later in truth and abs(truth[later] - value) <= past.within:
            yield Relation(((later, 1), (names[cell], -1)), True)


def _held(relations: Sequence[Relation], past: Published) -> Iterator[Relation]:
    """Relations of an earlier release: its terms add up, and what holds now within a scope held then."""
    yield from release.over_terms(past.cells)
    for relation in relations:
        if all(cell in past.cells for cell, _ in relation.parts):
            yield from filter(None, [release.as_far_as_true(relation, past.cells)])


def _renamed(relation: Relation, names: Mapping[Cell, Cell]) -> Relation:
    return relation._replace(parts=tuple((names[cell], factor) for cell, factor in relation.parts))


def _grown(
    past: Published, now: Published, truth: Mapping[Cell, int], names: Mapping[Cell, Cell]
) -> Iterator[Relation]:
    """Counts of the whole so far are no less than by an earlier term and no more than by a later one."""
    for cell, value in past.told.items():
        if not grows(cell) or cell not in truth:
            continue
        if past.scopes < now.scopes and truth[cell] >= value - past.within:
            yield Relation(((cell, 1), (names[cell], -1)), False)
        if past.scopes > now.scopes and truth[cell] <= value + past.within:
            yield Relation(((names[cell], 1), (cell, -1)), False)


def places(exact: Tables) -> dict[Cell, str]:
    """In which count tables each cell stands, for the message of a refusal."""
    named: dict[Cell, dict[str, None]] = {}
    for name, frame in exact.items():
        for cells in release.TABLES[name](frame).values() if name in PERSON_COUNTS else ():
            for cell in cells:
                named.setdefault(cell, {})[name] = None
    return {cell: ", ".join(names) for cell, names in named.items()}


def gate(
    study: str,
    held: attack.Release,
    settings: Disclosure,
    seconds: float = attack.SECONDS,
    stands_in: Mapping[Cell, str] | None = None,
) -> None:
    """Refuse a release from which a small count can be worked out, or that cannot be tried in time.

    Raises ReleaseError naming tables (``stands_in``, from ``places``) and cells, never counts.
    """
    findings = attack.attack(held, settings.minimum, seconds)
    if findings:
        raise ReleaseError(study, findings, stands_in or {})
