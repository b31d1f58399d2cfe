"""Reading a study file: every fault of it at once, each with its key path (``terms.1.start``)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from evaltools.study import codes
from evaltools.study.model import (
    ANY_GROUP,
    BACKGROUND_TABLES,
    FLAGS,
    NO_THEME,
    OF_PERSONS,
    ROLES,
    SURVEYS,
    TABLES,
    Code,
    Column,
    Condition,
    Fault,
    Item,
    Source,
    Study,
    StudyError,
    plain,
)


def load(folder: str | Path) -> Study:
    """Read and check ``<folder>/study.toml``.

    Raises ``StudyError`` with every fault: unreadable TOML, unknown or missing keys, wrong types, and references
    that lead nowhere.
    """
    folder = find(folder)
    label = f"{folder.name}/study.toml"
    try:
        raw = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(label, [Fault("file", "not_toml", {"detail": str(error)})]) from None
    raw, unknown, files = codes.filled(raw, folder)
    ours = {"id": folder.name, "folder": folder, "code_files": files}
    foreign = [Fault(key, "unknown_key", {}) for key in ours if key in raw]
    known = _known(codes.names(folder))
    foreign += [Fault(path, "unknown_code_table", {"id": name, "known": known}) for path, name in unknown]
    study, faults, cuts = _validate({**raw, **ours})
    faults = foreign + faults + _excused(_check_references(study), cuts)
    if faults:
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


# What stands in for a required section that had to be cut out whole, so that the rest of the file can be read.
STAND_INS: dict[str, Any] = {
    "study": dict.fromkeys(("name", "title", "organisation", "funder"), "-")
    | dict.fromkeys(("start", "end"), dt.date(2000, 1, 1)),
    "terms": [{"id": "0", "name": "-", "start": dt.date(2000, 1, 1), "end": dt.date(2000, 1, 1)}],
    "sources": [{"table": "participants", "name": "-", "file": "-", "columns": {"person": "-"}}],
}
WHOLE = re.compile(r"-?[0-9]{1,9}")
KeyPath = tuple[int | str, ...]


def _validate(raw: dict[str, Any]) -> tuple[Study, list[Fault], set[KeyPath]]:
    """The model, all structural faults, and what was cut out for them.

    What is faulty is cut out and the rest read again, so that the references of the rest are checked too.
    """
    try:
        return Study.model_validate(raw), [], set()
    except ValidationError as error:
        found = error.errors(include_url=False)
    faults = [Fault(".".join(map(str, e["loc"])), *_say(e)) for e in found]
    unknown = {e["loc"] for e in found if e["type"] == "extra_forbidden"}
    cuts = {_cut_point(raw, e["loc"]) for e in found if e["type"] != "extra_forbidden"}
    for path in sorted(unknown | cuts, key=_order, reverse=True):
        _remove(raw, path)
    for section, stand_in in STAND_INS.items():
        if not raw.get(section):
            raw[section] = stand_in
            cuts.add((section,))
    return Study.model_validate(raw), faults, cuts


def _excused(faults: list[Fault], cuts: set[KeyPath]) -> list[Fault]:
    """Faults of references under the key paths of the file as written, less those that a cut may have made.

    A cut excuses what refers into its section; a section cut out whole excuses all that is said of its stand-in.
    """
    pruned = {str(path[0]) for path in cuts}
    gone = {path[0] for path in cuts if len(path) == 1}
    return [
        Fault(_as_written(fault.path, cuts), fault.what, fault.words)
        for fault in faults
        if not pruned & set(fault.words.get("in", "").split()) and fault.path.split(".")[0] not in gone
    ]


def _as_written(path: str, cuts: set[KeyPath]) -> str:
    """A key path of what is left, with the places of its list counted as before the cuts."""
    keys = path.split(".")
    at = next((i for i, key in enumerate(keys) if key.isdigit()), None)
    if at is None:
        return path
    place = int(keys[at])
    for gone in sorted(int(cut[-1]) for cut in cuts if list(cut[:-1]) == keys[:at]):
        place += gone <= place
    return ".".join([*keys[:at], str(place), *keys[at + 1 :]])


def _say(error: Any) -> tuple[str, dict[str, str]]:
    if error["type"] == "extra_forbidden":
        return "unknown_key", {}
    if error["type"] == "missing":
        return "missing_key", {}
    return "bad_value", {"detail": error["msg"]}


def _order(path: KeyPath) -> list[tuple[str, int]]:
    return [("", key) if isinstance(key, int) else (key, 0) for key in path]


def _cut_point(raw: Any, path: KeyPath) -> KeyPath:
    """What to take out for a fault: the entry of the first list on its way, else the whole section."""
    at = raw
    for depth, key in enumerate(path):
        if isinstance(at, list) and isinstance(key, int):
            return path[: depth + 1]
        if not (isinstance(at, dict) and key in at):
            break
        at = at[key]
    return path[:1]


def _remove(raw: Any, path: KeyPath) -> None:
    for key in path[:-1]:
        raw = raw[key]
    if isinstance(raw, list) or path[-1] in raw:
        del raw[path[-1]]


# --- references: what one part of the file says of another ------------------------------------------------------


def _check_references(study: Study) -> list[Fault]:
    checks = (
        *(_terms, _unique_ids, _codes, _groups, _survey, _sources, _representation, _others, _free_text),
        *(_targets, _objectives, _practice),
    )
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
        "themes": [t.id for t in study.themes],
        "objectives": [o.id for o in study.objectives],
        "practice": [i.id for i in study.practice],
        "survey.items": [i.id for i in study.survey.items],
        "survey.scales": [s.id for s in study.survey.scales],
    } | {f"codes.{name}": [c.id for c in codes] for name, codes in study.codes.items()}
    for path, ids in lists.items():
        for repeated in (i for i, n in Counter(ids).items() if n > 1):
            yield _fault(path, "repeated_id", id=repeated)


def _codes(study: Study) -> Iterator[Fault]:
    regions = {c.id for c in study.codes.get("region", [])}
    fields = {c.id for c in study.codes.get("field", [])}
    lost = {"region": not regions, "field": not fields}
    for name, code_list in study.codes.items():
        named = {"region": any(c.region for c in code_list), "field": any(c.fields for c in code_list)}
        for other in (o for o in lost if lost[o] and named[o]):
            yield _fault(f"codes.{name}", "no_code_list", "codes", codes=other)
        for i, code in enumerate(code_list):
            path = f"codes.{name}.{i}"
            if name in ROLES and code.role not in ROLES[name]:
                yield _fault(f"{path}.role", "role_needed", known=", ".join(ROLES[name]))
            if name not in ROLES and code.role is not None:
                yield _fault(f"{path}.role", "role_unused")
            if regions and code.region is not None and code.region not in regions:
                yield _fault(f"{path}.region", "unknown_reference", "codes", id=code.region, known=_known(regions))
            for unknown in set(code.fields) - fields if fields else ():
                yield _fault(f"{path}.fields", "unknown_reference", "codes", id=unknown, known=_known(fields))


def _known(names: object) -> str:
    return ", ".join(sorted(map(str, names))) or "-"  # type: ignore[call-overload]


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
        named |= {"participants.ely": "ely"} if "ely" in study.codes else {}
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
        words = {"column": condition.column, "known": _known(columns)}
        yield _fault(f"{path}.column", "no_such_column", "sources variables", **words)
        return
    if condition.within is None and condition.min is None and condition.max is None:
        yield _fault(path, "empty_rule")
    named = columns[condition.column]
    if named and (condition.min is not None or condition.max is not None):
        yield _fault(path, "bad_value", detail=f"{condition.column} holds codes; min and max are for numbers")
    if named and condition.within is not None:
        known = {c.id for c in study.codes.get(named, [])}
        for unknown in [c for c in condition.within if c not in known]:
            yield _fault(f"{path}.in", "unknown_reference", "codes", id=unknown, known=_known(known))


def _survey(study: Study) -> Iterator[Fault]:
    items = {item.id for item in study.survey.items}
    for i, item in enumerate(study.survey.items):
        yield from _item(study, item, f"survey.items.{i}")
    for name, labels in study.survey.labels.items():
        yield from _shared_words(f"survey.labels.{name}", labels)
    for i, scale in enumerate(study.survey.scales):
        for unknown in set(scale.items) - items:
            yield _fault(f"survey.scales.{i}.items", "unknown_reference", "survey", id=unknown, known=_known(items))


def _item(study: Study, item: Item, path: str) -> Iterator[Fault]:
    if item.max <= item.min:
        yield _fault(f"{path}.max", "max_not_above_min")
    if item.labels and item.labels not in study.survey.labels:
        known = _known(study.survey.labels)
        yield _fault(f"{path}.labels", "unknown_reference", "survey", id=item.labels, known=known)
    for word in item.cannot_say + study.survey.cannot_say:
        if WHOLE.fullmatch(word) and item.min <= int(word) <= item.max:
            yield _fault(f"{path}.cannot_say", "cannot_say_on_scale", answer=word, item=item.id)
    for survey in item.surveys:
        if item.id in TABLES[SURVEYS[survey]]:
            yield _fault(f"{path}.id", "variable_hides", id=item.id, table=SURVEYS[survey])
        if study.has(SURVEYS[survey]) and not study.gives(SURVEYS[survey], item.id):
            yield _fault(f"{path}.id", "item_without_column", "sources", item=item.id, table=SURVEYS[survey])


def _shared_words(path: str, labels: list[Code]) -> Iterator[Fault]:
    """An answer must mean one thing: no label of a scale bears the words of another."""
    yield from _one_meaning(path, [(word, label.id) for label in labels for word in label.words])


def _one_meaning(path: str, meanings: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for word, meaning in dict.fromkeys((plain(word), meaning) for word, meaning in meanings):
        if owners.setdefault(word, meaning) != meaning:
            yield _fault(path, "label_of_two", label=word, first=owners[word], second=meaning)


def _sources(study: Study) -> Iterator[Fault]:
    for i, source in enumerate(study.sources):
        path = f"sources.{i}"
        if source.table not in TABLES:
            yield _fault(f"{path}.table", "unknown_reference", id=source.table, known=_known(TABLES))
            continue
        if source.table in BACKGROUND_TABLES and source.duplicates != "error":
            yield _fault(f"{path}.duplicates", "duplicates_in_background")
        yield from _format(source, path)
        schema = study.schema(source.table)
        yield from _columns(study, source, schema, path)
        yield from _persons_of(study, source, path)
        yield from _items_of(study, source, path)
        yield from _values(study, source, schema, path)
    yield from _together(study)


def _columns(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    for column in [*source.columns, *source.options]:
        key = "columns" if column in source.columns else "options"
        if column not in schema or (key == "options" and schema[column].kind != "multi"):
            words = {"column": column, "known": _known(schema)}
            yield _fault(f"{path}.{key}.{column}", "no_such_column", "survey variables", **words)
    for column, spec in schema.items():
        if spec.required and column not in source.given:
            yield _fault(f"{path}.columns", "column_needed", column=column, table=source.table)
        if column in source.given and spec.codes and spec.codes not in study.codes:
            yield _fault(f"{path}.columns.{column}", "no_code_list", "codes", codes=spec.codes)
    for variable, headings in source.options.items():
        known = {c.id for c in study.codes.get(schema[variable].codes, [])} if variable in schema else set()
        for code in set(headings) - known:
            yield _fault(f"{path}.options.{variable}", "unknown_reference", "codes", id=code, known=_known(known))


def _persons_of(study: Study, source: Source, path: str) -> Iterator[Fault]:
    """A key stands for persons only where participants can be known by it too."""
    persons = source.table in ("participants", *OF_PERSONS)
    if source.key and not persons:
        yield _fault(f"{path}.key", "bad_value", detail="only tables of persons have a key")
    if source.key and source.table != "participants" and "person" in source.columns:
        yield _fault(f"{path}.key", "bad_value", detail="give either columns.person or key")
    registers = [s for s in study.sources if s.table == "participants"]
    if source.key and source.table in OF_PERSONS and registers and not all(s.key for s in registers):
        yield _fault(f"{path}.key", "key_without_register", "sources")


def _items_of(study: Study, source: Source, path: str) -> Iterator[Fault]:
    """What is said of answers: items that are there, and no answer that means two things."""
    items = {item.id: item for item in study.survey.items} if source.table in SURVEYS.values() else {}
    for unknown in set(source.reversed) - set(items):
        known = _known(items)
        yield _fault(f"{path}.reversed", "unknown_reference", "survey", id=unknown, known=known)
    for word in source.cannot_say:
        for item in (items[c] for c in source.columns if c in items and items[c].kind == "likert"):
            maps = source.values.get(item.id, source.answers)
            if WHOLE.fullmatch(word) and word not in maps and item.min <= int(word) <= item.max:
                yield _fault(f"{path}.cannot_say", "cannot_say_on_scale", answer=word, item=item.id)


def _together(study: Study) -> Iterator[Fault]:
    """Several sources of one table: of different files or terms, and with one rule for repeats."""
    known = {term.id for term in study.terms}
    for i, source in enumerate(study.sources):
        for term in set(source.terms) - known:
            yield _fault(f"sources.{i}.terms", "unknown_reference", "terms", id=term, known=_known(known))
    places = Counter((s.table, s.file, term) for s in study.sources for term in (s.terms or [""]))
    for table in dict.fromkeys(table for (table, _, _), n in places.items() if n > 1):
        yield _fault("sources", "repeated_id", id=table)
    for table, rules in _rules(study).items():
        if len(rules) > 1:
            yield _fault("sources", "rules_differ", table=table)


def _rules(study: Study) -> dict[str, set[str]]:
    rules: dict[str, set[str]] = {}
    for source in study.sources:
        rules.setdefault(source.table, set()).add(source.duplicates)
    return rules


def _format(source: Source, path: str) -> Iterator[Fault]:
    """How the file is written: what Python or the file system would refuse only when the file is read."""
    if _leads_out(source.file):
        yield _fault(f"{path}.file", "bad_value", detail="expected a file name or pattern inside the term's folder")
    if source.delimiter in '"\r\n':
        yield _fault(f"{path}.delimiter", "bad_value", detail="a quotation mark or line end cannot be a delimiter")
    try:
        "a".encode("utf-8" if source.encoding == "auto" else source.encoding)
    except (LookupError, ValueError):
        yield _fault(f"{path}.encoding", "bad_value", detail="no such encoding")
    yield from _dates(source, path)


def _dates(source: Source, path: str) -> Iterator[Fault]:
    """Every format reads back what it writes, and no two read one text as different days."""
    for date_format in source.date_format:
        day = DAY if "%d" in date_format else DAY.replace(day=1)  # months are their first day
        if _read_day(_written(DAY, date_format), date_format) != day:
            yield _fault(f"{path}.date_format", "bad_value", detail="a date written in this format cannot be read back")
    early = dt.datetime(2023, 2, 3)
    readings = {_read_day(_written(early, a), b) for a in source.date_format for b in source.date_format}
    if len(readings - {None}) > 1:
        yield _fault(f"{path}.date_format", "bad_value", detail="two of the formats read one text as different days")


DAY = dt.datetime(2023, 7, 31)


def _written(day: dt.datetime, date_format: str) -> str:
    try:
        return day.strftime(date_format)
    except ValueError:
        return ""


def _read_day(text: str, date_format: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, date_format)
    except ValueError:
        return None


def _leads_out(file: str) -> bool:
    """Whether a file name or pattern could mean something outside the folder it is looked for in, or nothing."""
    pattern = PurePosixPath(file)
    return not pattern.parts or pattern.is_absolute() or bool({"..", "**"} & set(pattern.parts)) or "\\" in file


def _values(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    yield from _one_meaning(f"{path}.answers", source.answers.items())
    for column, mapping in source.values.items():
        yield from _one_meaning(f"{path}.values.{column}", mapping.items())
        if column not in source.given:
            known = _known(source.given)
            yield _fault(f"{path}.values.{column}", "no_such_column", column=column, known=known)
        elif column in schema and schema[column].codes:
            known_codes = {c.id for c in study.codes.get(schema[column].codes, [])}
            known_codes |= set(FLAGS) if column in source.options else set()
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
            for column, chosen in filters.items():
                if not population.get(column, Column("integer")).codes:
                    named = _known(name for name, spec in population.items() if spec.codes)
                    yield _fault(f"{path}.{key}", "no_such_column", column=column, known=named)
                    continue
                known = {c.id for c in study.codes.get(population[column].codes, [])}
                for unknown in (c for c in chosen if c not in known):
                    words = {"id": unknown, "known": _known(known)}
                    yield _fault(f"{path}.{key}.{column}", "unknown_reference", "codes", **words)


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
            yield _fault(path, "unknown_reference", "codes", id=code, known=_known(known))
    if study.comparison is not None and not study.gives("participants", "arm"):
        yield _fault("comparison", "column_needed", "sources", column="arm", table="participants")
    yield from _weights(study)
    for i, variable in enumerate(study.variables):
        if variable.id in TABLES[variable.table]:
            yield _fault(f"variables.{i}.id", "variable_hides", id=variable.id, table=variable.table)
        if variable.kind in ("code", "multi") and variable.codes not in study.codes:
            yield _fault(f"variables.{i}.codes", "no_code_list", "codes", codes=variable.codes)
    if study.disclosure.method == "none" and not study.disclosure.reason:
        yield _fault("disclosure.reason", "reason_needed")


def _weights(study: Study) -> Iterator[Fault]:
    """Every register variable of the weighted estimate is one that the persons of this study have."""
    made = {  # what tidy data make of other columns
        "outcome": study.has("enrolments"),
        "age_group": study.gives("participants", "birth_date") or study.gives("participants", "age"),
        "region": study.gives("participants", "municipality") or study.gives("participants", "region"),
    }
    made["age_group"] = made["age_group"] and bool(study.age_groups)
    for name in study.followup.weight_by if study.followup else []:
        if not made.get(name, study.gives("participants", name)):
            words = {"column": name, "table": "participants"}
            yield _fault("followup.weight_by", "column_needed", "sources age_groups", **words)


def _free_text(study: Study) -> Iterator[Fault]:
    """Themes need a column of comments; the file of names is one of the study's folder."""
    if study.themes and not any(study.gives(table, "comment") for table in SURVEYS.values()):
        yield _fault("themes", "column_needed", "sources", column="comment", table="end_survey")
    for i, theme in enumerate(study.themes):
        if theme.id == NO_THEME:
            yield _fault(
                f"themes.{i}.id", "bad_value", detail=f"{NO_THEME} is what comments without a theme are called"
            )
    names = study.privacy.names
    if names and (_leads_out(names) or set(names) & set("*?[")):
        yield _fault("privacy.names", "bad_value", detail="expected the name of a file in the study's folder")


def _targets(study: Study) -> Iterator[Fault]:
    """A target of target-group students needs groups to count: without them its actual would be zero for ever."""
    for i, target in enumerate(study.targets):
        if target.measure == "target_group_students" and not study.target_groups:
            yield _fault(f"targets.{i}.measure", "target_without_groups", "target_groups", measure=target.measure)


def _objectives(study: Study) -> Iterator[Fault]:
    """Every action, target, group and item that an objective names exists, and it names at least one."""
    known = {
        "actions": ("codes", {c.id for c in study.codes.get("action", [])}),
        "targets": ("targets", {t.id for t in study.targets}),
        "target_groups": ("target_groups", {g.id for g in study.target_groups}),
        "items": ("survey", {i.id for i in (*study.survey.items, *study.survey.scales)}),
    }
    for i, objective in enumerate(study.objectives):
        if not any((*(getattr(objective, key) for key in known), objective.placement, objective.contacts)):
            yield _fault(f"objectives.{i}", "empty_objective")
        for key, (section, ids) in known.items():
            for unknown in (name for name in getattr(objective, key) if name not in ids):
                yield _fault(f"objectives.{i}.{key}", "unknown_reference", section, id=unknown, known=_known(ids))


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
            yield _fault(f"practice.{i}", "one_place", known=", ".join(known))
        for key, (section, ids) in known.items():
            for unknown in (name for name in named[key] if name not in ids):
                yield _fault(f"practice.{i}.{key}", "unknown_reference", section, id=unknown, known=_known(ids))
        if indicator.of is not None and any(value > indicator.of for value in indicator.values.values()):
            yield _fault(f"practice.{i}.values", "more_than_all", of=indicator.of)
