"""By what the cells of a study's releases are made: a cell is the same by its definition, not by its name.

Two releases that round to other bases, protect in another way or cut the same persons into other groups differ by
single persons, and no gate could count them. So a later release is made by the rules of the earlier ones, or not made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaltools import i18n
from evaltools.counts.breakdowns import breakdowns
from evaltools.disclosure.release_log import Published
from evaltools.errors import EvaltoolsError
from evaltools.study.model import Study

LIMITED = ("age_group", "target_group")  # groups that the study file defines by limits and conditions


class RulesChangedError(EvaltoolsError):
    """A release by other rules than those before it: which rule, and what it was where that can be said."""

    status = 2

    def __init__(self, study: str, rule: str, before: object, now: object):
        self.words = {"study": study, "rule": rule, "before": before, "now": now}
        super().__init__(study, rule)

    def lines(self, language: str) -> list[str]:
        rule = self.words["rule"]
        if rule in ("base", "minimum", "method"):
            return [i18n.say("disclosure.rule_changed", language, **self.words)]
        return [i18n.say("disclosure.groups_changed", language, study=self.words["study"], rule=rule)]


class SeveralReleasesError(EvaltoolsError):
    """A second release of a study that withholds counts: exact counts of two terms tell who came between."""

    status = 2

    def __init__(self, study: str, before: str):
        self.words = {"study": study, "before": before}
        super().__init__(study, before)

    def lines(self, language: str) -> list[str]:
        return [i18n.say("disclosure.several_releases", language, **self.words)]


def rules(study: Study) -> dict[str, Any]:
    """What the ledger keeps of how cells are made: method, base, minimum, limits of groups, words of codes."""
    settings = study.disclosure
    groups = {
        "age_group": {g.id: f"{g.min}-{g.max}" for g in study.age_groups},
        "target_group": {g.id: _conditions(g) for g in study.target_groups},
    }
    own = {variable.id: variable.codes for variable in study.variables}
    lists = {b.by: own.get(b.by, b.by) for b in breakdowns(study)}
    named = {by: study.codes[name] for by, name in lists.items() if name in study.codes}
    words = {by: {word: code.id for code in codes for word in (code.id, *code.words)} for by, codes in named.items()}
    made = {"method": settings.method, "base": settings.base, "minimum": settings.minimum}
    return made | {"groups": groups, "words": words}


def _conditions(group: Any) -> str:
    said = [[sorted(c.model_dump_json(exclude_none=True) for c in each)] for each in (group.all, group.any)]
    return json.dumps(said)


def check(study: Study, earlier: Sequence[Published]) -> None:
    """Raise RulesChangedError where an earlier release was made by rules that this one would not keep."""
    now = rules(study)
    for past in earlier:
        for rule, before, after in _changes(past.rules, now):
            raise RulesChangedError(study.id, rule, before, after)


def check_alone(study: Study, term: str, earlier: Sequence[Published]) -> None:
    """Raise SeveralReleasesError where a study that withholds counts has released another term than this one.

    Nothing then protects the few who came between.
    """
    others = [past.term for past in earlier if past.term != term]
    if study.disclosure.method == "suppression" and others:
        raise SeveralReleasesError(study.id, others[-1])


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    for rule in ("method", "base", "minimum"):
        if rule in before and before[rule] != now[rule]:
            yield rule, before[rule], now[rule]
    for by in LIMITED:
        old, new = (set(each.get("groups", {}).get(by, {}).values()) for each in (before, now))
        # groups may be added or left out; one that is changed is left out and another added
        if old - new and new - old:
            yield by, None, None
    for by, words in before.get("words", {}).items():
        if _regrouped(words, now["words"].get(by, {})):
            yield by, None, None


def _regrouped(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether words of one code are words of two now, or words of two are of one; a code may have another name."""
    both = {(code, now[word]) for word, code in before.items() if word in now}
    return len({old for old, _ in both}) < len(both) or len({new for _, new in both}) < len(both)
