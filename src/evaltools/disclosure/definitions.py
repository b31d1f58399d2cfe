"""What the study file says groups are: which lies within which, and which two are the same, whatever the counts.

A reader has the definitions, which reports print. A target group of men with low education is what the table of low
education by gender holds of men; if one of the two is rounded up and the other down, the count of both is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce

from evaltools.counts.breakdowns import GROUPS, breakdowns, groups
from evaltools.ingest.tidy import UNKNOWN
from evaltools.study.evaluation_model import Condition, TargetGroup
from evaltools.study.model import Study

ITEM = "item"  # the breakdown by what was asked
Place = tuple[str, str]  # a breakdown and one of its groups
AGE_WORDS = frozenset(map(str, range(131)))


@dataclass(frozen=True)
class Definition:
    """Persons who have one of the values in each of these columns, and who have such study rights.

    ``values`` are sets of values by column, ``rights`` (column, values) of which any one right of a person meets each.
    """

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rights: frozenset[tuple[str, frozenset[str]]] = frozenset()

    def __and__(self, other: Definition) -> Definition:
        """Persons who are in both."""
        shared = {column: self.values.get(column, of) & of for column, of in other.values.items()}
        return Definition({**self.values, **shared}, self.rights | other.rights)

    def __le__(self, other: Definition) -> bool:
        """Whether everybody in it is in the other, too."""
        return all(column in self.values and self.values[column] <= of for column, of in other.values.items()) and all(
            any(column == mine and held <= of for mine, held in self.rights) for column, of in other.rights
        )

    def __lt__(self, other: Definition) -> bool:
        return self <= other and not other <= self

    @cached_property
    def columns(self) -> frozenset[tuple[str, bool]]:
        """The columns that it asks for, and whether of study rights: who is in another is asked for all of that's."""
        return frozenset({(column, False) for column in self.values} | {(column, True) for column, _ in self.rights})

    @property
    def empty(self) -> bool:
        """Whether nobody can be in it."""
        return not all(self.values.values())


def definitions(study: Study) -> dict[Place, Definition]:
    """Every group whose definition is one of values of columns; others, such as those of two columns' either, are not
    there."""
    found: dict[Place, Definition] = {}
    for each in breakdowns(study):
        column = "age" if each.by == "age_group" else each.by
        if each.columns or each.table not in ("participants", "enrolments"):
            continue
        for group in groups(study, each):
            of = _ages(study, group) if each.by == "age_group" else frozenset({group})
            found[each.by, group] = _of(each.table, column, of)
        if not each.overlaps:
            found[each.by, UNKNOWN] = _of(each.table, column, frozenset({UNKNOWN}))
    found |= {(GROUPS, group.id): made for group in study.target_groups for made in _defined(group)}
    return found | _of_answers(study)


def _of_answers(study: Study) -> dict[Place, Definition]:
    """Those whose answers to a question, or to a scale, are compared: who has a scale has answered each of its
    questions, where it asks for all of them."""
    whole = {scale.id: scale.items for scale in study.survey.scales if scale.enough == len(scale.items)}
    asked = {item: [item] for items in whole.values() for item in items}
    answered = frozenset({"both"})
    return {(ITEM, i): Definition({f"answers.{item}": answered for item in of}) for i, of in (whole | asked).items()}


def of_both(defined: Mapping[Place, Definition], places: Sequence[Place]) -> Definition | None:
    """Persons who are in all of these groups; None where one has no definition."""
    if not places or any(place not in defined for place in places):
        return None
    return reduce(Definition.__and__, (defined[place] for place in places))


def _of(table: str, column: str, values: frozenset[str]) -> Definition:
    if table == "enrolments":
        return Definition(rights=frozenset({(column, values)}))
    return Definition({column: values})


def _ages(study: Study, group: str) -> frozenset[str]:
    of = next(each for each in study.age_groups if each.id == group)
    return _between(of.min, of.max)


def _between(least: float | None, most: float | None) -> frozenset[str]:
    return frozenset(a for a in AGE_WORDS if (least is None or int(a) >= least) and (most is None or int(a) <= most))


def _defined(group: TargetGroup) -> Iterator[Definition]:
    """The definition of a target group, where it is one of values: all conditions, or any on one column."""
    every = [_met(condition) for condition in group.all]
    some = [_met(condition) for condition in group.any]
    if None in every or None in some or len({condition.column for condition in group.any}) > 1:
        return
    if some:
        table, column = group.any[0].column.split(".")
        every.append(_of(table, column, frozenset().union(*(_values(met) for met in some if met is not None))))
    yield reduce(Definition.__and__, (met for met in every if met is not None))


def _values(met: Definition) -> frozenset[str]:
    return frozenset().union(*met.values.values(), *(of for _, of in met.rights))


def _met(condition: Condition) -> Definition | None:
    """Who meets a condition; None where it is one of numbers other than age."""
    table, column = condition.column.split(".")
    if condition.within is not None and condition.min is None and condition.max is None:
        return _of(table, column, frozenset(condition.within))
    return Definition({"age": _between(condition.min, condition.max)}) if column == "age" else None
