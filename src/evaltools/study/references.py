"""References of a study file that lead nowhere: codes, columns, items, groups, terms and sources."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from evaltools import paths
from evaltools.study import look, own_words
from evaltools.study.evaluation_model import Changed, Code, Condition, Counted, Situation
from evaltools.study.faults import Fault, fault, leads_out, listed, one_meaning
from evaltools.study.model import Study
from evaltools.study.schema import ANY_GROUP, AREAS, NO_THEME, RESERVED, ROLES, SECTIONS, SURVEYS, TABLES, Column
from evaltools.study.source_references import sources
from evaltools.study.survey_model import Item, Scale
from evaltools.study.validation import WHOLE

AFTER = ("arm", "took_part", "outcome")  # follow from the assignment: nothing to hold equal


def check_references(study: Study) -> list[Fault]:
    checks = (
        *(_terms, _unique_ids, _codes, _groups, _survey, sources, _representation, _others, _free_text, _report),
        *(_targets, _objectives, _practice, _indicators, _esf_plus, own_words.check, look.check),
    )
    return [fault for check in checks for fault in check(study)]


# names that Windows keeps for devices, whatever follows a full stop
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


WHOLE_PROJECT = "all"  # what results call the whole project


def _terms(study: Study) -> Iterator[Fault]:
    about = study.study
    if about.end < about.start:
        yield fault("study.end", "end_before_start")
    yield from _term_folders([term.id for term in study.terms])
    for i, term in enumerate(study.terms):
        if term.end < term.start:
            yield fault(f"terms.{i}.end", "end_before_start")
        for j, other in enumerate(study.terms[:i]):
            if term.start <= other.end and other.start <= term.end:
                yield fault(f"terms.{i}", "overlapping_terms", first=other.id, second=term.id, index=j)


def _term_folders(ids: list[str]) -> Iterator[Fault]:
    """A term's id names its folder, also where file names know no case and some are the system's own."""
    for i, term in enumerate(ids):
        if term.casefold() in DEVICES:
            yield fault(f"terms.{i}.id", "device_name", id=term)
        if term == WHOLE_PROJECT:
            yield fault(f"terms.{i}.id", "reserved_term", id=term)
        alike = [other for other in ids[:i] if other != term and other.casefold() == term.casefold()]
        if alike:
            yield fault(f"terms.{i}.id", "same_folder", first=alike[0], second=term)


def _unique_ids(study: Study) -> Iterator[Fault]:
    lists: dict[str, list[str]] = {
        "terms": [t.id for t in study.terms],
        "targets": [t.id for t in study.targets],
        "target_groups": [g.id for g in study.target_groups],
        "age_groups": [a.id for a in study.age_groups],
        "variables": [v.id for v in study.variables],
        "themes": [t.id for t in study.themes],
        "objectives": [o.id for o in study.objectives],
        "practice": [i.id for i in study.practice],
        "indicators": [i.id for i in study.indicators],
        "benchmarks": [b.id for b in study.benchmarks],
        "survey.items": [i.id for i in study.survey.items],
        "survey.scales": [s.id for s in study.survey.scales],
    } | {f"codes.{name}": [c.id for c in codes] for name, codes in study.codes.items()}
    for path, ids in lists.items():
        for repeated in (i for i, n in Counter(ids).items() if n > 1):
            yield fault(path, "repeated_id", id=repeated)


def _codes(study: Study) -> Iterator[Fault]:
    regions = {c.id for c in study.codes.get("region", [])}
    fields = {c.id for c in study.codes.get("field", [])}
    lost = {"region": not regions, "field": not fields}
    for name, code_list in study.codes.items():
        named = {"region": any(c.region for c in code_list), "field": any(c.fields for c in code_list)}
        for other in (o for o in lost if lost[o] and named[o]):
            yield fault(f"codes.{name}", "no_code_list", "codes", codes=other)
        for i, code in enumerate(code_list):
            path = f"codes.{name}.{i}"
            if name in ROLES and code.role not in ROLES[name]:
                yield fault(f"{path}.role", "role_needed", known=", ".join(ROLES[name]))
            if name not in ROLES and code.role is not None:
                yield fault(f"{path}.role", "role_unused")
            if regions and code.region is not None and code.region not in regions:
                yield fault(f"{path}.region", "unknown_reference", "codes", id=code.region, known=listed(regions))
            for unknown in set(code.fields) - fields if fields else ():
                yield fault(f"{path}.fields", "unknown_reference", "codes", id=unknown, known=listed(fields))


def _report(study: Study) -> Iterator[Fault]:
    """The sections of the reports: the programme's and notebooks of the study's own, each once; the first is needed."""
    chosen = study.report.sections
    known = [*SECTIONS, *(path.stem for path in paths.notebooks(study.folder / paths.NOTEBOOKS))]
    for i, section in enumerate(chosen):
        if section not in known:
            yield fault(f"report.sections.{i}", "unknown_section", id=section, known=", ".join(known))
        elif section in chosen[:i]:
            yield fault(f"report.sections.{i}", "repeated_section", id=section)
    if chosen and SECTIONS[0] not in chosen:
        yield fault("report.sections", "needed_section", id=SECTIONS[0])


def rule_columns(study: Study) -> dict[str, str]:
    """The columns a target-group rule may name, each with the code list of its values (empty for numbers)."""
    named = {"participants.age": ""} if study.gives("participants", "birth_date") else {}
    for table in ("participants", "enrolments"):
        for column, spec in study.schema(table).items():
            if study.gives(table, column) and spec.kind == "multi":
                named |= {f"{table}.{column}_{code.id}": "" for code in study.codes.get(spec.codes, [])}
            elif study.gives(table, column) and spec.kind in ("code", "integer", "number", "flag"):
                named[f"{table}.{column}"] = spec.codes
    if "participants.municipality" in named:
        named["participants.region"] = "region"
        named |= {f"participants.{area}": area for area in AREAS if area in study.codes}
    return named


def _groups(study: Study) -> Iterator[Fault]:
    columns = rule_columns(study)
    for i, group in enumerate(study.target_groups):
        path = f"target_groups.{i}"
        if not group.all and not group.any:
            yield fault(path, "empty_rule")
        for kind in ("all", "any"):
            for j, condition in enumerate(getattr(group, kind)):
                yield from _condition(study, condition, columns, f"{path}.{kind}.{j}")


def _condition(study: Study, condition: Condition, columns: dict[str, str], path: str) -> Iterator[Fault]:
    if condition.column not in columns:
        words = {"column": condition.column, "known": listed(columns)}
        yield fault(f"{path}.column", "no_such_column", "sources variables", **words)
        return
    if condition.within is None and condition.min is None and condition.max is None:
        yield fault(path, "empty_rule")
    named = columns[condition.column]
    if named and (condition.min is not None or condition.max is not None):
        yield fault(path, "bad_value", detail=f"{condition.column} holds codes; min and max are for numbers")
    if named and condition.within is not None:
        known = {c.id for c in study.codes.get(named, [])}
        for unknown in [c for c in condition.within if c not in known]:
            yield fault(f"{path}.in", "unknown_reference", "codes", id=unknown, known=listed(known))


def _survey(study: Study) -> Iterator[Fault]:
    items = {item.id for item in study.survey.items}
    for i, item in enumerate(study.survey.items):
        yield from _item(study, item, f"survey.items.{i}")
    for i, change in enumerate(study.survey.changes):
        for unknown in set(change) - set(study.surveys):
            words = {"id": unknown, "known": listed(study.surveys)}
            yield fault(f"survey.changes.{i}", "unknown_reference", "survey", **words)
    yield from _wave_ids(study)
    for name, labels in study.survey.labels.items():
        yield from _shared_words(f"survey.labels.{name}", labels)
        untold = [label.name("en") for label in labels if not re.fullmatch(r"-?[0-9]+", label.id)]
        if untold:
            yield fault(f"survey.labels.{name}", "label_number", known=listed(untold))
    for i, scale in enumerate(study.survey.scales):
        for unknown in set(scale.items) - items:
            yield fault(f"survey.scales.{i}.items", "unknown_reference", "survey", id=unknown, known=listed(items))
        yield from _fewest(study, scale, f"survey.scales.{i}.fewest")


def _fewest(study: Study, scale: Scale, path: str) -> Iterator[Fault]:
    """A scale may be filled from half its items up, where these run between the same ends."""
    ends = {(item.min, item.max) for item in study.survey.items if item.id in scale.items}
    half = math.ceil(len(scale.items) / 2)
    if scale.fewest is not None and not half <= scale.fewest <= len(scale.items):
        yield fault(path, "fewest_of_scale", half=half, all=len(scale.items))
    if scale.fills and len(ends) > 1:
        yield fault(path, "fewest_of_unlike")


def _item(study: Study, item: Item, path: str) -> Iterator[Fault]:
    if item.max <= item.min:
        yield fault(f"{path}.max", "max_not_above_min")
    if item.labels and item.labels not in study.survey.labels:
        known = listed(study.survey.labels)
        yield fault(f"{path}.labels", "unknown_reference", "survey", id=item.labels, known=known)
    for word in item.cannot_say + study.survey.cannot_say:
        if WHOLE.fullmatch(word) and item.min <= int(word) <= item.max:
            yield fault(f"{path}.cannot_say", "cannot_say_on_scale", answer=word, item=item.id)
    terms = {term.id for term in study.terms}
    for key in ("since", "until"):
        if (term := getattr(item, key)) and term not in terms:
            yield fault(f"{path}.{key}", "unknown_reference", "terms", id=term, known=listed(terms))
    yield from _item_columns(study, item, path)


def _item_columns(study: Study, item: Item, path: str) -> Iterator[Fault]:
    """The waves that ask an item are known, and the start and the end survey have its column."""
    for unknown in set(item.waves or ()) - set(study.wave_surveys):
        yield fault(f"{path}.surveys", "unknown_reference", "survey", id=unknown, known=listed(study.surveys))
    for survey in item.surveys:
        if item.id in TABLES[SURVEYS[survey]]:
            yield fault(f"{path}.id", "variable_hides", id=item.id, table=SURVEYS[survey])
        if study.has(SURVEYS[survey]) and not study.gives(SURVEYS[survey], item.id):
            yield fault(f"{path}.id", "item_without_column", "sources", item=item.id, table=SURVEYS[survey])


def _wave_ids(study: Study) -> Iterator[Fault]:
    """A wave of the study's own is none of the programme's, and each has its own id and at least one source."""
    for section, waves in (("survey", study.wave_surveys), ("followup", study.wave_followups)):
        for i, (wave, table) in enumerate(waves.items()):
            if wave in (*SURVEYS, "first"):
                yield fault(f"{section}.waves.{i}.id", "repeated_id", id=wave)
            elif not study.has(table):
                yield fault(f"{section}.waves.{i}", "column_needed", "sources", column="person", table=table)


def _shared_words(path: str, labels: list[Code]) -> Iterator[Fault]:
    """An answer must mean one thing: no label of a scale bears the words of another."""
    yield from one_meaning(path, [(word, label.id) for label in labels for word in label.words])


def _representation(study: Study) -> Iterator[Fault]:
    groups = {g.id for g in study.target_groups}
    population = TABLES["population"]
    for i, entry in enumerate(study.representation):
        path = f"representation.{i}"
        if entry.target_group not in groups:
            words = {"id": entry.target_group, "known": listed(groups)}
            yield fault(f"{path}.target_group", "unknown_reference", "target_groups", **words)
        for key, filters in (("part", entry.part), ("base", entry.base)):
            for column, chosen in filters.items():
                if not population.get(column, Column("integer")).codes:
                    named = listed(name for name, spec in population.items() if spec.codes)
                    yield fault(f"{path}.{key}", "no_such_column", column=column, known=named)
                    continue
                known = {c.id for c in study.codes.get(population[column].codes, [])}
                for unknown in (c for c in chosen if c not in known):
                    words = {"id": unknown, "known": listed(known)}
                    yield fault(f"{path}.{key}.{column}", "unknown_reference", "codes", **words)


def _others(study: Study) -> Iterator[Fault]:
    references: list[tuple[str, str, str]] = []
    if study.comparison is not None:
        references += [(f"comparison.{k}", "arm", getattr(study.comparison, k)) for k in ("treated", "control")]
    if study.budget is not None:
        plan = enumerate(study.budget.plan)
        references += [(f"budget.plan.{i}.category", "budget_category", entry.category) for i, entry in plan]
    for path, named, code in references:
        known = {c.id for c in study.codes.get(named, [])}
        if code not in known:
            yield fault(path, "unknown_reference", "codes", id=code, known=listed(known))
    yield from _clusters(study)
    yield from _arms(study)
    yield from _weights(study)
    yield from _benchmarks(study)
    for i, variable in enumerate(study.variables):
        tables = ("participants", "followup", *study.surveys.values(), *study.wave_followups.values())
        if variable.table not in tables:
            yield fault(f"variables.{i}.table", "unknown_reference", id=variable.table, known=listed(tables))
        elif variable.id in TABLES[study.base(variable.table)] or variable.id in RESERVED:
            yield fault(f"variables.{i}.id", "variable_hides", id=variable.id, table=variable.table)
        if variable.kind in ("code", "multi") and variable.codes not in study.codes:
            yield fault(f"variables.{i}.codes", "no_code_list", "codes", codes=variable.codes)
    if study.disclosure.method == "none" and not study.disclosure.reason:
        yield fault("disclosure.reason", "reason_needed")


def _clusters(study: Study) -> Iterator[Fault]:
    """A column that is said to tell the groups of persons is given by some source of persons."""
    if "cluster" in study.model_fields_set and not study.has_clusters:
        yield fault("cluster", "column_needed", "sources", column=study.cluster, table="participants")


def _arms(study: Study) -> Iterator[Fault]:
    """The register tells the arms, and the variables that their difference is adjusted for and compared over."""
    if study.comparison is None:
        return
    if not study.gives("participants", "arm"):
        yield fault("comparison", "column_needed", "sources", column="arm", table="participants")
    numbers = {"age": study.gives("participants", "birth_date")} | {
        name: study.gives("participants", name)
        for name, column in study.schema("participants").items()
        if column.kind in ("number", "integer")
    }
    for key, more in (("covariates", numbers), ("subgroups", {})):
        for i, name in enumerate(getattr(study.comparison, key)):
            if name in AFTER or not (more.get(name, False) or _is_coded(study, name)):
                words = {"column": name, "table": "participants"}
                yield fault(f"comparison.{key}.{i}", "column_needed", "sources age_groups", **words)


def _is_coded(study: Study, name: str) -> bool:
    """Whether persons of this study have that variable, as a code or a yes or no."""
    made = {  # what tidy data make of other columns
        "outcome": study.has("enrolments"),
        "age_group": study.gives("participants", "birth_date") or study.gives("participants", "age"),
        "region": study.gives("participants", "municipality") or study.gives("participants", "region"),
    }
    made["age_group"] = made["age_group"] and bool(study.age_groups)
    column = TABLES["participants"].get(name, study.schema("participants").get(name))
    coded = column is not None and column.kind in ("code", "flag") and study.gives("participants", name)
    return made.get(name, coded)


def _benchmarks(study: Study) -> Iterator[Fault]:
    """Each benchmark names the file that holds it; one may not: the files that no other names are its."""
    named: dict[str, int] = {}
    for i, benchmark in enumerate(study.benchmarks):
        if named.setdefault(benchmark.file, i) != i:
            what = fault(f"benchmarks.{i}.file", "repeated_id", id=benchmark.file)
            yield what if benchmark.file else fault(f"benchmarks.{i}.file", "missing_key")


def _weights(study: Study) -> Iterator[Fault]:
    """Every register variable of the weighted estimate is one that the persons of this study have."""
    named = {"followup": study.followup.weight_by if study.followup else [], "survey": study.survey.weight_by}
    for section, name in ((section, name) for section, names in named.items() for name in names):
        if not _is_coded(study, name):
            words = {"column": name, "table": "participants"}
            yield fault(f"{section}.weight_by", "column_needed", "sources age_groups", **words)


def _free_text(study: Study) -> Iterator[Fault]:
    """Themes need a column of comments; the file of names is one of the study's folder."""
    if study.themes and not any(study.gives(table, "comment") for table in SURVEYS.values()):
        yield fault("themes", "column_needed", "sources", column="comment", table="end_survey")
    for i, theme in enumerate(study.themes):
        if theme.id == NO_THEME:
            yield fault(f"themes.{i}.id", "bad_value", detail=f"{NO_THEME} is what comments without a theme are called")
    for place, name in (("privacy.names", study.privacy.names), ("report.template", study.report.template)):
        if name and (leads_out(name) or set(name) & set("*?[")):
            yield fault(place, "bad_value", detail="expected the name of a file in the study's folder")


def _targets(study: Study) -> Iterator[Fault]:
    """A target of target-group students needs groups to count: without them its actual would be zero for ever."""
    for i, target in enumerate(study.targets):
        if target.measure == "target_group_students" and not study.target_groups:
            yield fault(f"targets.{i}.measure", "target_without_groups", "target_groups", measure=target.measure)


def _objectives(study: Study) -> Iterator[Fault]:
    """Every action, target, group and item that an objective names exists, and it names at least one."""
    known = {
        "actions": ("codes", {c.id for c in study.codes.get("action", [])}),
        "targets": ("targets", {t.id for t in study.targets}),
        "target_groups": ("target_groups", {g.id for g in study.target_groups}),
        "items": ("survey", {i.id for i in study.survey.items} | {s.id for s in study.survey.scales}),
    }
    for i, objective in enumerate(study.objectives):
        if not any((*(getattr(objective, key) for key in known), objective.placement, objective.contacts)):
            yield fault(f"objectives.{i}", "empty_objective")
        for key, (section, ids) in known.items():
            for unknown in (name for name in getattr(objective, key) if name not in ids):
                yield fault(f"objectives.{i}.{key}", "unknown_reference", section, id=unknown, known=listed(ids))
        key = f"objectives.{i}.group_actions"
        for unknown in (group for group in objective.group_actions if group not in known["target_groups"][1]):
            yield fault(key, "unknown_reference", "target_groups", id=unknown, known=listed(known["target_groups"][1]))
        for unknown in (a for actions in objective.group_actions.values() for a in actions):
            if unknown not in objective.actions:
                yield fault(key, "unknown_reference", "objectives", id=unknown, known=listed(objective.actions))


def _practice(study: Study) -> Iterator[Fault]:
    """An indicator is read from one place, and what it names exists."""
    known = {
        "values": ("terms", {t.id for t in study.terms}),
        "action": ("codes", {c.id for c in study.codes.get("action", [])}),
        "target_group": ("target_groups", {ANY_GROUP, *(g.id for g in study.target_groups)}),
    }
    for i, indicator in enumerate(study.practice):
        named = {key: [value] if isinstance(value := getattr(indicator, key), str) else list(value) for key in known}
        named = {key: [name for name in names if name] for key, names in named.items()}
        if sum(map(bool, named.values())) != 1:
            yield fault(f"practice.{i}", "one_place", known=", ".join(known))
        for key, (section, ids) in known.items():
            for unknown in (name for name in named[key] if name not in ids):
                yield fault(f"practice.{i}.{key}", "unknown_reference", section, id=unknown, known=listed(ids))
        if indicator.of is not None and any(value > indicator.of for value in indicator.values.values()):
            yield fault(f"practice.{i}.values", "more_than_all", of=indicator.of)


# by which breakdowns the reports have the numbers that an indicator can name: those of persons by all of the register's
_DIVIDED = {
    **dict.fromkeys(("completed", "dropped", "ongoing"), ("target_group", "field", "kind")),
    **dict.fromkeys(("reached", "applicants", "enrolled", "events"), ("channel",)),
    **dict.fromkeys(("contacts", "networks", "negotiations"), ("partner_kind",)),
    "spent": ("funding", "budget_category"),
}
_OF_ITEMS, _SITUATIONS = get_args(Changed), get_args(Situation)


# keys of `[esf_plus]` by the code list that their codes are of
_ESF_CODES = {
    "gender": ("women", "men", "non_binary"),
    "activity": ("unemployed", "long_term_unemployed", "inactive", "employed"),
    "education": ("isced_0_2", "isced_3_4", "isced_5_8"),
    "kind": ("qualified",),
}
_ESF_FLAGS = ("disabilities", "third_country", "foreign_background", "minorities", "homeless", "rural", "improved")


def _esf_plus(study: Study) -> Iterator[Fault]:
    """The codes, each in one class only, the variables and the follow-ups that answer the indicators of the ESF+."""
    told = study.esf_plus
    for codes, keys in _ESF_CODES.items():
        known = {code.id for code in study.codes.get(codes, [])}
        named = [(key, code) for key in keys for code in getattr(told, key)]
        for key, code in named:
            if code not in known:
                yield fault(f"esf_plus.{key}", "unknown_reference", "codes", id=code, known=listed(known))
        yield from one_meaning(f"esf_plus.{keys[0]}", ((code, key) for key, code in named))
    flags = {variable.id for variable in study.variables if variable.kind == "flag"}
    waves = {"first", *study.wave_followups} if study.followup else set()
    for key in (*_ESF_FLAGS, "leaving", "six_months"):
        known = flags if key in _ESF_FLAGS else waves
        if (named_one := getattr(told, key)) and named_one not in known:
            yield fault(f"esf_plus.{key}", "unknown_reference", "variables followup", id=named_one, known=listed(known))


def _indicators(study: Study) -> Iterator[Fault]:
    """What an indicator counts and the terms of its targets exist."""
    terms = {term.id for term in study.terms}
    for i, indicator in enumerate(study.indicators):
        path = f"indicators.{i}"
        for unknown in sorted(set(indicator.targets) - terms):
            yield fault(f"{path}.targets", "unknown_reference", "terms", id=unknown, known=listed(terms))
        for key in ("numerator", "denominator"):
            counted = getattr(indicator, key)
            if counted is not None:
                yield from _counted(study, counted, f"{path}.{key}")
                if indicator.period == "term" and _of_all_terms(counted):
                    yield fault(f"{path}.period", "not_by_term", measure=counted.measure)


def _of_all_terms(counted: Counted) -> bool:
    """Whether the reports have a number of the whole project only."""
    of_all = counted.measure in (*_OF_ITEMS, "actions", "actions_done")
    return of_all or bool(counted.wave) or "budget_category" in counted.group


def _counted(study: Study, counted: Counted, path: str) -> Iterator[Fault]:
    waves = {wave.id for wave in (study.followup.waves if study.followup else []) if counted.measure in _SITUATIONS}
    items = {question.id for question in study.survey.questions} if counted.measure in _OF_ITEMS else set()
    for key, known, needed in (("item", items, bool(items)), ("wave", waves, False)):
        named = getattr(counted, key)
        if (named or needed) and named not in known:
            yield fault(f"{path}.{key}", "unknown_reference", "survey followup", id=named or "-", known=listed(known))
    for by, group in counted.group.items():
        groups = _groups_of(study, counted.measure)
        if by not in groups or counted.wave:
            known = set() if counted.wave else set(groups)
            yield fault(f"{path}.group", "unknown_reference", "codes", id=by, known=listed(known))
        elif group not in groups[by]:
            yield fault(f"{path}.group.{by}", "unknown_reference", "codes", id=group, known=listed(groups[by]))


def _groups_of(study: Study, measure: str) -> dict[str, set[str]]:
    """The groups that the reports have a number of, by breakdown."""
    named = {by: {code.id for code in codes} for by, codes in study.codes.items()}
    named |= {v.id: named.get(v.codes, set()) for v in study.variables if v.kind in ("code", "multi")}
    named |= {"target_group": {ANY_GROUP, *(group.id for group in study.target_groups)}}
    named |= {"age_group": {group.id for group in study.age_groups} or named.get("age_group", set())}
    if measure in _DIVIDED:
        return {by: named[by] for by in _DIVIDED[measure] if by in named}
    of_register = {by for by in named if by in ("target_group", "age_group") or _is_coded(study, by)}
    divided = measure == "participants" or measure in _SITUATIONS
    return {by: groups for by, groups in named.items() if by in of_register} if divided else {}
