"""From checked exports to tidy tables: one row a person, pseudonyms for ids, target groups as the study defines them.

A person counts once in a study however often enrolled: the first registration holds, and so do the first start and the
last end. Of several start surveys the first holds, of several end surveys the last, of follow-ups the last answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from evaltools.ingest import coding
from evaltools.ingest.ids import among
from evaltools.ingest.linkage import NEAR
from evaltools.ingest.reading import CANNOT_SAY
from evaltools.privacy import free_text
from evaltools.privacy.pseudonyms import Key, pseudonyms
from evaltools.study.evaluation_model import Code, Condition, TargetGroup
from evaltools.study.model import Study
from evaltools.study.schema import ANY_GROUP, AREAS, BACKGROUND_TABLES, SURVEYS, TABLES

UNKNOWN = ":unknown"  # no code of a study begins with a colon
Tables = Mapping[str, pd.DataFrame]


def build(study: Study, raw: Tables, key: Key, comments: bool = False) -> Tables:
    """Tidy tables by name: ``persons``, ``enrolments``, ``responses``, ``answers``, ``followup``, and the rest as read.

    ``notes`` (kind, table, term, file, line, column, count) is what ingestion left out or found odd.

    ``raw`` is what ``ingest.read`` gives. Tables without a source are absent. Free text is not carried over: of a
    comment only whether one was given and which themes it touches. With ``comments`` (the internal edition) the table
    ``comments`` holds term, survey and sanitised text, of no person and in no person's order; without a roster of
    names to mask it is left out. ``codings`` is what people coded of comments (`coding.by_theme`).
    """
    notes = raw.get("notes")
    raw = {name: frame for name, frame in raw.items() if name != "notes"}
    names = free_text.roster(study, raw.get("participants")) if comments and free_text.has_roster(study) else None
    raw = _hidden(study, raw, key)
    tables: dict[str, pd.DataFrame] = {}
    if "enrolments" in raw:
        tables["enrolments"] = _last(raw["enrolments"], "enrolment").reset_index(drop=True)
    if "participants" in raw:
        tables["persons"] = _persons(study, raw["participants"], tables.get("enrolments"))
    tables |= {**_surveys(study, raw, key), **_comments(study, raw, names, key)}
    if "followup" in raw:
        tables["followup"] = _followup(study, raw["followup"])
    tables |= _waves(study, raw)
    if "actions" in raw:
        tables["actions"] = _last(raw["actions"], "action")
    for name in ("outreach", "contacts", "budget", "quotes", *BACKGROUND_TABLES):
        if name in raw:
            tables[name] = raw[name]
    tables = {name: _without_places(frame) for name, frame in tables.items()}
    return tables | ({"notes": notes} if notes is not None else {})


def write(tables: Tables, folder: Path) -> None:
    """Each table to ``<folder>/<name>.parquet``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def read(folder: Path) -> Tables:
    """The tables that ``write`` wrote."""
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def open_answers(study: Study, raw: Tables, key: Key) -> pd.DataFrame:
    """The comments that count, masked: (id, survey, term, text), ordered by the ids of `coding`, so by no person.

    ``raw`` is what ``ingest.read`` gives of a study that says whose names to mask.
    """
    names = free_text.roster(study, raw.get("participants"))
    found = [pd.DataFrame(columns=["id", "survey", "term", "text"], dtype="str")]
    for survey, _, frame in _counted(_hidden(study, {t: raw[t] for t in SURVEYS.values() if t in raw}, key)):
        if "comment" in frame:
            given = frame.dropna(subset="comment")
            texts = [free_text.sanitise(comment, names) for comment in given["comment"]]
            ids = coding.ids(given, survey, key, study)
            found.append(given[["term"]].assign(id=ids, survey=survey, text=texts).astype("str"))
    return pd.concat(found).sort_values("id", ignore_index=True)


# --- rows ----------------------------------------------------------------------------------------------------------


def _hidden(study: Study, raw: Tables, key: Key) -> dict[str, pd.DataFrame]:
    """The tables in order of time, pseudonyms for ids, without free text but the comments of surveys."""
    order = {term.id: i for i, term in enumerate(sorted(study.terms, key=lambda t: t.start))}
    hidden = {kind: _pseudonyms(raw, key, study.id, kind) for kind in ("person", "enrolment", "cluster")}
    bare = {name: _without_text(study, name, frame) for name, frame in raw.items()}
    bare = {
        name: frame.assign(**{kind: frame[kind].map(of) for kind, of in hidden.items() if kind in frame})
        for name, frame in bare.items()
    }
    return {name: _in_order(frame, order) for name, frame in bare.items()}


def _pseudonyms(raw: Tables, key: Key, study: str, kind: str) -> dict[str, str]:
    """Of each id of a kind, which stands in several tables."""
    columns = [frame[kind] for frame in raw.values() if kind in frame]
    return pseudonyms(pd.concat(columns), key, study, kind) if columns else {}


def _without_text(study: Study, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Without free text and names; comments of surveys go on to where their themes are read."""
    kept = {"comment"} if table in SURVEYS.values() else set()
    schema = TABLES.get(study.base(table), {})
    gone = [c for c, spec in schema.items() if spec.kind in ("text", "name") and c in frame and c not in kept]
    return frame.drop(columns=gone)


def _in_order(frame: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    if "file" not in frame:
        return frame
    return frame.sort_values(["term", "file", "line"], key=lambda c: c.map(order) if c.name == "term" else c)


def _last(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    return frame.drop_duplicates(key, keep="last").reset_index(drop=True)


def _without_places(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=["file", "line"], errors="ignore").reset_index(drop=True)


# --- persons -------------------------------------------------------------------------------------------------------


def _persons(study: Study, participants: pd.DataFrame, enrolments: pd.DataFrame | None) -> pd.DataFrame:
    persons = participants.drop_duplicates("person", keep="first").reset_index(drop=True)
    persons["registrations"] = persons["person"].map(participants["person"].value_counts())
    if enrolments is not None:
        persons = persons.merge(_spells(study, enrolments), on="person", how="left", validate="1:1")
    if "municipality" in persons and "region" not in persons:
        regions = {code.id: code.region for code in study.codes["municipality"]}
        persons["region"] = persons["municipality"].map(regions)
    for area in (a for a in AREAS if "municipality" in persons and a in study.codes):
        persons[area] = persons["municipality"].map({c.id: getattr(c, area) for c in study.codes["municipality"]})
    if "birth_date" in persons:
        persons["age"] = _age(study, persons)
        persons = persons.drop(columns="birth_date")
    if "age" in persons and study.age_groups:
        persons["age_group"] = persons["age"].map(lambda age: _age_group(study, age), na_action="ignore").astype("str")
    for group in study.target_groups:
        persons[f"tg_{group.id}"] = _members(group, persons, enrolments)
    flags = [f"tg_{group.id}" for group in study.target_groups]
    if flags:
        persons[f"tg_{ANY_GROUP}"] = persons[flags].any(axis=1)
    return persons


def _spells(study: Study, enrolments: pd.DataFrame) -> pd.DataFrame:
    """First start, last end and how it ended, a person: ``ongoing`` while any enrolment goes on."""
    roles = role_map(study.codes["state"])
    frame = enrolments.assign(role=enrolments["state"].map(roles))
    if "end" not in frame:
        frame["end"] = pd.NaT
    frame["ongoing"] = frame["role"].eq("ongoing")
    last = frame.sort_values("end", na_position="first", kind="stable").drop_duplicates("person", keep="last")
    spells = frame.groupby("person", sort=False).agg(
        start=("start", "min"), end=("end", "max"), ongoing=("ongoing", "any")
    )
    spells["outcome"] = last.set_index("person")["role"]
    spells.loc[spells["ongoing"], ["outcome"]] = "ongoing"
    spells["end"] = spells["end"].mask(spells["ongoing"])
    return spells.drop(columns="ongoing").reset_index()


def role_map(codes: list[Code]) -> dict[str, str]:
    """Code to role, for code lists that have roles."""
    return {code.id: code.role for code in codes if code.role}


def _age(study: Study, persons: pd.DataFrame) -> pd.Series:
    """Completed years at the first start (at the start of the first term where no start is known)."""
    at = persons["term"].map({term.id: pd.Timestamp(term.start) for term in study.terms})
    if "start" in persons:
        at = persons["start"].fillna(at)
    birth = persons["birth_date"]
    before = (at.dt.month < birth.dt.month) | ((at.dt.month == birth.dt.month) & (at.dt.day < birth.dt.day))
    return (at.dt.year - birth.dt.year - before.astype("int64")).where(birth.notna()).astype("Int64")


def _age_group(study: Study, age: int) -> str | None:
    return next((g.id for g in study.age_groups if g.min <= age and (g.max is None or age <= g.max)), None)


def _members(group: TargetGroup, persons: pd.DataFrame, enrolments: pd.DataFrame | None) -> pd.Series:
    every = [_holds(condition, persons, enrolments) for condition in group.all]
    some = [_holds(condition, persons, enrolments) for condition in group.any]
    member = pd.Series(True, index=persons.index)
    for holds in every:
        member &= holds
    if some:
        member &= pd.concat(some, axis=1).any(axis=1)
    return member


def _holds(condition: Condition, persons: pd.DataFrame, enrolments: pd.DataFrame | None) -> pd.Series:
    """Whether a person meets a condition; of enrolments, whether any one of the person's does. Unknown is no."""
    table, column = condition.column.split(".")
    if table == "participants":
        return _meets(condition, persons[column])
    assert enrolments is not None  # a rule on enrolments without a source is refused with the study file
    those = enrolments.loc[_meets(condition, enrolments[column]), "person"]
    return among(persons["person"], those)


def _meets(condition: Condition, values: pd.Series) -> pd.Series:
    met = values.notna()
    if condition.within is not None:
        # flags are compared as the words of the study file: true, false
        words = values.astype("str").str.lower() if values.dtype == "boolean" else values.astype("str")
        met &= words.isin(condition.within)
    if condition.min is not None:
        met &= (values >= condition.min).fillna(False).astype(bool)
    if condition.max is not None:
        met &= (values <= condition.max).fillna(False).astype(bool)
    return met.astype(bool)


# --- surveys and follow-up -------------------------------------------------------------------------------------------


def _counted(raw: Tables) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Start and end survey, their tables, and the rows that count: the first start of a person, the last end."""
    for survey, table in SURVEYS.items():
        if table in raw:
            yield survey, table, raw[table].drop_duplicates("person", keep="first" if survey == "start" else "last")


def _surveys(study: Study, raw: Tables, key: Key) -> Tables:
    """``responses`` (one row a person and survey) and ``answers`` (long: person, survey, item, value, cannot_say)."""
    ends = {term.id: pd.Timestamp(term.end) for term in study.terms}
    responses, answers = [], []
    for survey, table, frame in _counted(raw):
        own, terms = [c for c in _own_variables(study, table) if c in frame], frame["term"].unique()
        head = frame[[c for c in ("person", "term", "answered", "cluster", "mode", NEAR) if c in frame] + own].assign(
            survey=survey
        )
        head = pd.concat([head, *_commented(study, raw, survey, frame, key)], axis=1)
        if "answered" in head:
            head["late"] = head["answered"] > head["term"].map(ends)
        responses.append(head.rename(columns={NEAR: "near"}))
        for item, given in _long(frame, survey, [i.id for i in study.survey.items if survey in i.surveys]):
            never = [term for term in terms if not study.asks(table, item, term)]
            answers.append(given[~given["term"].isin(never)] if never else given)
    if not responses:
        return {}
    tables = {"responses": pd.concat(responses, ignore_index=True)}
    if "near" in tables["responses"]:
        tables["responses"]["near"] = tables["responses"]["near"].eq(True)
    if answers:
        tables["answers"] = pd.concat(answers, ignore_index=True)
    return tables


def _long(frame: pd.DataFrame, survey: str, items: Iterable[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The answers to each item as rows of ``answers``."""
    given = frame[["person", "term"]].assign(survey=survey)
    for item in items:
        yield item, given.assign(item=item, value=frame[item], cannot_say=frame[item + CANNOT_SAY])


def _commented(study: Study, raw: Tables, survey: str, frame: pd.DataFrame, key: Key) -> Iterator[pd.DataFrame]:
    """Columns that tell of each comment without its text: that one was given, its themes by word and as coded."""
    if "comment" in frame:
        yield frame[["comment"]].notna().set_axis(["commented"], axis=1)
        yield free_text.flags(frame["comment"], study.themes)
        if coding.TABLE in raw:
            yield coding.flags(coding.ids(frame, survey, key, study), raw[coding.TABLE], study)


def _comments(study: Study, raw: Tables, names: free_text.Names | None, key: Key) -> Tables:
    """``codings`` where comments were coded and, where names to mask are given, ``comments``; of no person."""
    given = [(survey, frame) for survey, _, frame in _counted(raw) if "comment" in frame]
    tables: dict[str, pd.DataFrame] = {}
    if given and coding.TABLE in raw:
        ids = [f[["term"]].assign(survey=survey, id=coding.ids(f, survey, key, study)) for survey, f in given]
        tables[coding.TABLE] = coding.by_theme(pd.concat(ids), raw[coding.TABLE], study)
    if given and names is not None:
        tables["comments"] = pd.concat([_sanitised(f, survey, names) for survey, f in given], ignore_index=True)
    return tables


def _waves(study: Study, raw: Tables) -> Tables:
    """``wave_answers`` (as ``answers``) of the study's own waves of the survey, the last of each person,
    ``wave_responses`` with what variables of the study's own they gave, and ``wave_followups`` (as ``followup``, with
    ``wave``) of later follow-ups."""
    answers, responses = [], []
    for wave, table in ((w, t) for w, t in study.wave_surveys.items() if t in raw):
        frame = raw[table].drop_duplicates("person", keep="last")
        own = [column for column in _own_variables(study, table) if column in frame]
        responses.append(frame[["person", "term", *own]].assign(wave=wave))
        items = [i.id for i in study.survey.items if study.may_ask(table, i) and i.id in frame]
        answers += [given for _, given in _long(frame, wave, items)]
    followups = [
        _followup(study, raw[table]).assign(wave=wave) for wave, table in study.wave_followups.items() if table in raw
    ]
    made = {"wave_answers": answers, "wave_responses": responses, "wave_followups": followups}
    return {name: pd.concat(frames, ignore_index=True) for name, frames in made.items() if frames}


def _own_variables(study: Study, table: str) -> list[str]:
    """Columns of the study's own variables of that table; of a question with several answers one an option."""
    return [column for v in study.variables if v.table == table for column in study.columns_of(v)]


def _sanitised(frame: pd.DataFrame, survey: str, names: free_text.Names) -> pd.DataFrame:
    """Comments with what names a person masked, in the order of their words."""
    given = frame.dropna(subset="comment")
    texts = [free_text.sanitise(comment, names) for comment in given["comment"]]
    table = pd.DataFrame({"survey": survey, "term": given["term"].to_numpy(), "text": texts})
    return table.astype("str").sort_values(["term", "text"], ignore_index=True)


def _followup(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """One row an invited person: the last answered follow-up, else the last invitation (``role`` missing)."""
    frame = frame.assign(role=frame["status"].map(role_map(study.codes["placement"])))
    answered = frame["status"].notna()
    frame = frame.assign(answered=answered).sort_values("answered", kind="stable")
    return frame.drop_duplicates("person", keep="last").drop(columns="answered")
