"""Reading a study file: every fault of it at once, each with its key path (``terms.1.start``)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaltools.model import BACKGROUND_TABLES, ROLES, SURVEYS, TABLES, Condition, Fault, Study, StudyError


def load(folder: str | Path) -> Study:
    """Read and check ``<folder>/study.toml``.

    Raises ``StudyError`` with every fault: unreadable TOML, unknown or missing keys, wrong types, and references
    that lead nowhere.
    """
    folder = find(folder)
    label = f"{folder.name}/study.toml"
    try:
        raw = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(label, [Fault("file", "not_toml", {"detail": str(error)})]) from None
    raw = {**raw, "id": folder.name, "folder": folder}
    study, faults, pruned = _validate(raw)
    if study is not None:
        faults += [f for f in _check_references(study) if f.words.get("in", "") not in pruned]
    if faults or study is None:
        raise StudyError(label, faults)
    return study


def find(folder: str | Path) -> Path:
    """The study's folder, looked for from here upwards, so that a notebook's own folder will do as a start."""
    folder = Path(folder)
    starts = [Path()] if folder.is_absolute() else [Path.cwd(), *Path.cwd().parents]
    for start in starts:
        candidate = (start / folder).resolve()
        if (candidate / "study.toml").is_file():
            return candidate
    parent = next((s / folder.parent for s in starts if (s / folder.parent).is_dir()), Path())
    known = sorted(p.parent.name for p in parent.glob("*/study.toml"))
    raise StudyError(str(folder), [Fault("study", "unknown_study", {"known": ", ".join(known) or "-"})])


def _validate(raw: dict[str, Any]) -> tuple[Study | None, list[Fault], set[str]]:
    """The model, all structural faults, and the sections that lost a part to them.

    What is faulty is cut out and the rest validated again, so that the references of the rest are checked too.
    """
    faults: list[Fault] = []
    pruned: set[str] = set()
    for _ in range(5):
        try:
            return Study.model_validate(raw), faults, pruned
        except ValidationError as error:
            found = error.errors(include_url=False)
            faults += [Fault(".".join(map(str, e["loc"])), *_say(e)) for e in found]
            pruned |= {str(e["loc"][0]) for e in found if e["type"] != "extra_forbidden"}
            for cut in sorted({_cut_point(raw, e) for e in found}, key=_order, reverse=True):
                _remove(raw, cut)
    return None, faults, pruned


def _say(error: Any) -> tuple[str, dict[str, str]]:
    if error["type"] == "extra_forbidden":
        return "unknown_key", {}
    if error["type"] == "missing":
        return "missing_key", {}
    return "bad_value", {"detail": error["msg"]}


def _order(path: tuple[int | str, ...]) -> list[tuple[str, int]]:
    return [("", key) if isinstance(key, int) else (key, 0) for key in path]


def _cut_point(raw: Any, error: Any) -> tuple[int | str, ...]:
    """What to take out for a fault: an unknown key itself, else the innermost list entry or the whole section."""
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        return path
    at, cut = raw, path[:1]
    for depth, key in enumerate(path):
        if isinstance(at, list) and isinstance(key, int):
            cut = path[: depth + 1]
        elif not (isinstance(at, dict) and key in at):
            break
        at = at[key]
    return cut


def _remove(raw: Any, path: tuple[int | str, ...]) -> None:
    for key in path[:-1]:
        raw = raw[key]
    if isinstance(raw, list) or path[-1] in raw:
        del raw[path[-1]]


# --- references: what one part of the file says of another ------------------------------------------------------


def _check_references(study: Study) -> list[Fault]:
    checks = (_terms, _unique_ids, _codes, _groups, _survey, _sources, _representation, _others)
    return [fault for check in checks for fault in check(study)]


def _fault(path: str, what: str, section: str = "", **words: object) -> Fault:
    """A fault; ``section`` is the part of the file that was looked in (a part that is itself faulty excuses)."""
    return Fault(path, what, {**{k: str(v) for k, v in words.items()}, "in": section})


def _terms(study: Study) -> Iterator[Fault]:
    about = study.study
    if about.end < about.start:
        yield _fault("study.end", "end_before_start")
    for i, term in enumerate(study.terms):
        if term.end < term.start:
            yield _fault(f"terms.{i}.end", "end_before_start")
        for j, other in enumerate(study.terms[:i]):
            if term.start <= other.end and other.start <= term.end:
                yield _fault(f"terms.{i}", "overlapping_terms", first=other.id, second=term.id, index=j)


def _unique_ids(study: Study) -> Iterator[Fault]:
    lists: dict[str, list[str]] = {
        "terms": [t.id for t in study.terms],
        "targets": [t.id for t in study.targets],
        "target_groups": [g.id for g in study.target_groups],
        "age_groups": [a.id for a in study.age_groups],
        "variables": [v.id for v in study.variables],
        "survey.items": [i.id for i in study.survey.items],
        "survey.scales": [s.id for s in study.survey.scales],
    } | {f"codes.{name}": [c.id for c in codes] for name, codes in study.codes.items()}
    for path, ids in lists.items():
        for repeated in (i for i, n in Counter(ids).items() if n > 1):
            yield _fault(path, "repeated_id", id=repeated)


def _codes(study: Study) -> Iterator[Fault]:
    regions = {c.id for c in study.codes.get("region", [])}
    fields = {c.id for c in study.codes.get("field", [])}
    for name, codes in study.codes.items():
        for i, code in enumerate(codes):
            path = f"codes.{name}.{i}"
            if name in ROLES and code.role not in ROLES[name]:
                yield _fault(f"{path}.role", "role_needed", known=", ".join(ROLES[name]))
            if name not in ROLES and code.role is not None:
                yield _fault(f"{path}.role", "role_unused")
            if code.region is not None and code.region not in regions:
                yield _fault(f"{path}.region", "unknown_reference", "codes", id=code.region, known=_known(regions))
            for unknown in set(code.fields) - fields:
                yield _fault(f"{path}.fields", "unknown_reference", "codes", id=unknown, known=_known(fields))


def _known(names: object) -> str:
    return ", ".join(sorted(map(str, names))) or "-"  # type: ignore[call-overload]


def rule_columns(study: Study) -> dict[str, str]:
    """The columns a target-group rule may name, each with the code list of its values (empty for numbers)."""
    named = {"participants.age": ""}
    for table in ("participants", "enrolments"):
        for column, spec in study.schema(table).items():
            if study.gives(table, column) and column != "person":
                named[f"{table}.{column}"] = spec.codes
    if "participants.municipality" in named:
        named["participants.region"] = "region"
    return named


def _groups(study: Study) -> Iterator[Fault]:
    columns = rule_columns(study)
    for i, group in enumerate(study.target_groups):
        path = f"target_groups.{i}"
        if not group.all and not group.any:
            yield _fault(path, "empty_rule")
        for kind in ("all", "any"):
            for j, condition in enumerate(getattr(group, kind)):
                yield from _condition(study, condition, columns, f"{path}.{kind}.{j}")


def _condition(study: Study, condition: Condition, columns: dict[str, str], path: str) -> Iterator[Fault]:
    if condition.column not in columns:
        yield _fault(f"{path}.column", "no_such_column", "sources", column=condition.column, known=_known(columns))
        return
    if condition.within is None and condition.min is None and condition.max is None:
        yield _fault(path, "empty_rule")
    codes = columns[condition.column]
    if codes and condition.within is not None:
        known = {c.id for c in study.codes.get(codes, [])}
        for unknown in [c for c in condition.within if c not in known]:
            yield _fault(f"{path}.in", "unknown_reference", "codes", id=unknown, known=_known(known))


def _survey(study: Study) -> Iterator[Fault]:
    items = {item.id for item in study.survey.items}
    for i, item in enumerate(study.survey.items):
        path = f"survey.items.{i}"
        if item.max <= item.min:
            yield _fault(f"{path}.max", "max_not_above_min")
        if item.labels and item.labels not in study.survey.labels:
            known = _known(study.survey.labels)
            yield _fault(f"{path}.labels", "unknown_reference", "survey", id=item.labels, known=known)
        for survey in item.surveys:
            if study.has(SURVEYS[survey]) and not study.gives(SURVEYS[survey], item.id):
                yield _fault(f"{path}.id", "item_without_column", "sources", item=item.id, table=SURVEYS[survey])
    for i, scale in enumerate(study.survey.scales):
        for unknown in set(scale.items) - items:
            yield _fault(f"survey.scales.{i}.items", "unknown_reference", "survey", id=unknown, known=_known(items))


def _sources(study: Study) -> Iterator[Fault]:
    for i, source in enumerate(study.sources):
        path = f"sources.{i}"
        if source.table not in TABLES:
            yield _fault(f"{path}.table", "unknown_reference", id=source.table, known=_known(TABLES))
            continue
        if source.table in BACKGROUND_TABLES and source.duplicates != "error":
            yield _fault(f"{path}.duplicates", "duplicates_in_background")
        schema = study.schema(source.table)
        for column in source.columns:
            if column not in schema:
                yield _fault(
                    f"{path}.columns.{column}",
                    "no_such_column",
                    "survey",
                    column=column,
                    known=_known(schema),
                )
        for column, spec in schema.items():
            if spec.required and column not in source.columns:
                yield _fault(f"{path}.columns", "column_needed", column=column, table=source.table)
            if column in source.columns and spec.codes and spec.codes not in study.codes:
                yield _fault(f"{path}.columns.{column}", "no_code_list", "codes", codes=spec.codes)
        yield from _values(study, source, schema, path)
    tables = Counter(source.table for source in study.sources)
    for table in (t for t, n in tables.items() if n > 1):
        yield _fault("sources", "repeated_id", id=table)


def _values(study: Study, source: Any, schema: dict[str, Any], path: str) -> Iterator[Fault]:
    for column, mapping in source.values.items():
        if column not in source.columns:
            known = _known(source.columns)
            yield _fault(f"{path}.values.{column}", "no_such_column", column=column, known=known)
        elif column in schema and schema[column].codes:
            known_codes = {c.id for c in study.codes.get(schema[column].codes, [])}
            for unknown in set(mapping.values()) - known_codes:
                words = {"id": unknown, "known": _known(known_codes)}
                yield _fault(f"{path}.values.{column}", "unknown_reference", "codes", **words)


def _representation(study: Study) -> Iterator[Fault]:
    groups = {g.id for g in study.target_groups}
    population = TABLES["population"]
    for i, entry in enumerate(study.representation):
        path = f"representation.{i}"
        if entry.target_group not in groups:
            words = {"id": entry.target_group, "known": _known(groups)}
            yield _fault(f"{path}.target_group", "unknown_reference", "target_groups", **words)
        for key, filters in (("part", entry.part), ("base", entry.base)):
            for column in set(filters) - set(population):
                yield _fault(f"{path}.{key}", "no_such_column", column=column, known=_known(population))


def _others(study: Study) -> Iterator[Fault]:
    references: list[tuple[str, str, str]] = []
    if study.comparison is not None:
        references += [(f"comparison.{k}", "arm", getattr(study.comparison, k)) for k in ("treated", "control")]
    if study.budget is not None:
        plan = enumerate(study.budget.plan)
        references += [(f"budget.plan.{i}.category", "budget_category", entry.category) for i, entry in plan]
    for path, codes, code in references:
        known = {c.id for c in study.codes.get(codes, [])}
        if code not in known:
            yield _fault(path, "unknown_reference", "codes", id=code, known=_known(known))
    for i, variable in enumerate(study.variables):
        if variable.id in TABLES[variable.table]:
            yield _fault(f"variables.{i}.id", "variable_hides", id=variable.id, table=variable.table)
        if variable.kind == "code" and variable.codes not in study.codes:
            yield _fault(f"variables.{i}.codes", "no_code_list", "codes", codes=variable.codes)
    if study.disclosure.method == "none" and not study.disclosure.reason:
        yield _fault("disclosure.reason", "reason_needed")
