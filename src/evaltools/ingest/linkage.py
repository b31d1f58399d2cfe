"""Rows to persons: by id or by a declared weak key, and one row a person and term. No choice is made in silence.

What the study file does not allow is a problem; what it allows (``leave_out``, ``duplicates``) is done and noted, each
row with its place, for the ingestion report.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict

import pandas as pd

from evaltools.ingest import near_links
from evaltools.study.model import Study
from evaltools.study.problems import Note, Problem
from evaltools.study.schema import BACKGROUND_TABLES
from evaltools.study.source_model import Source
from evaltools.study.wording import few_marks, folded

# What a row of a table stands for: the column whose value may not repeat within one term's export.
KEYS = {
    "participants": "person",
    "enrolments": "enrolment",
    "start_survey": "person",
    "end_survey": "person",
    "followup": "person",
    "actions": "action",
}
BETWEEN = "\N{UNIT SEPARATOR}"  # between the parts of a key
AMOUNTS = ("count", "total", "employed", "unemployed")
PLACES = ["term", "file", "line", "source"]
NEAR = ":near"  # whether a row is its person's by a code that differs in one part
SOURCE = "source"  # which source of the study file a row comes from
Tables = dict[str, pd.DataFrame]


def normal(key: str, match: str) -> str:
    """A key as compared: as it stands, without case and spare spaces, or letters and digits alone, of a number without
    the zeros before it."""
    match match:
        case "exact":
            return key
        case "case":
            return folded(key)
        case "near":
            return BETWEEN.join(normal(part, "loose") for part in key.split(BETWEEN))
        case _:
            letters = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", few_marks(key)).casefold())
            return letters.lstrip("0") or "0" if letters.isdecimal() else letters


def link(study: Study, tables: Tables, broken: set[str], problems: list[Problem], notes: list[Note]) -> None:
    """Give every row of a table of persons its person, and drop the keys.

    Rows whose key or id belongs to nobody known in their term, or to several, are problems or left out and noted, as
    their source declares. Nothing is said of ids where participants could not be read whole: that fault is told.
    """
    order = {term.id: i for i, term in enumerate(sorted(study.terms, key=lambda t: t.start))}
    for i, source in enumerate(study.sources):
        frame = tables[source.table]
        if source.key and "person" not in source.columns and not (_keyed(study) and source.table in study.of_persons):
            here = frame[SOURCE] == i
            frame.loc[here, "person"] = frame.loc[here, "person"].map(lambda k, m=source.match: normal(k, m), "ignore")
    if not _keyed(study):
        _near_without_register(study, tables, order, notes)
    for table in (t for t in study.of_persons if t in tables):
        tables[table] = _resolved(study, table, tables, order, broken, problems, notes)
    if "participants" in tables:
        tables["participants"] = tables["participants"].drop(columns="key", errors="ignore")


def _keyed(study: Study) -> bool:
    """Whether participants have both an id and a key that other files may know them by."""
    return any(s.table == "participants" and s.key and "person" in s.columns for s in study.sources)


def _resolved(
    study: Study,
    table: str,
    tables: Tables,
    order: dict[str, int],
    broken: set[str],
    problems: list[Problem],
    notes: list[Note],
) -> pd.DataFrame:
    frame, gone = tables[table], []
    participants = tables.get("participants")
    for i, source in enumerate(study.sources):
        if source.table != table or source.each_row_a_person:
            continue
        rows = frame[frame[SOURCE] == i]
        gone += _left_out(source, rows[rows["person"].isna()], "no_key", "leave_out", problems, notes)
        rows = rows.dropna(subset="person")
        if participants is None or "participants" in broken or participants["person"].isna().any():
            continue
        if source.key and "person" not in source.columns and "key" in participants:
            found, kinds = _by_key(source, rows, participants, order)
            if source.match == "near":
                kinds = _near(source, rows, found, kinds, participants, order, frame, notes)
            frame.loc[rows.index, "person"] = found
            ambiguous = rows[kinds == "ambiguous"]
            gone += _left_out(source, ambiguous, "ambiguous_key", source.ambiguous, problems, notes)
            unknown, kind = rows[kinds == "unmatched"], "unmatched_key"
        else:
            unknown, kind = _unknown(rows, participants, order), "unknown_person"
            unknown = _otherwise_written(source, unknown, participants, gone, problems)
        gone += _left_out(source, unknown, kind, source.unmatched, problems, notes)
    return frame.drop(index=gone).reset_index(drop=True)


def _unknown(rows: pd.DataFrame, participants: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    """Rows of persons who are not among the participants of that term or an earlier one."""
    first = participants["term"].map(order).groupby(participants["person"]).min()
    return rows[~(rows["person"].map(first) <= rows["term"].map(order))]


def _otherwise_written(
    source: Source, unknown: pd.DataFrame, participants: pd.DataFrame, gone: list[int], problems: list[Problem]
) -> pd.DataFrame:
    """The rows without those whose id stands in the register in another form (without leading zeros, say): one problem
    a file, since all rows are mended at once."""
    if source.unmatched != "error" or unknown.empty:
        return unknown
    ids = set(participants["person"].dropna())
    known = {normal(id_, "loose") for id_ in ids}
    alike = unknown["person"].map(lambda id_: id_ not in ids and normal(id_, "loose") in known)
    for file, rows in unknown[alike].groupby("file", sort=False):
        words = {"found": str(len(rows))}
        problems.append(Problem(str(file), int(rows["line"].iloc[0]), source.heading("person"), "id_in_form", words))
    gone += list(unknown.index[alike])
    return unknown[~alike]


def _by_key(
    source: Source, rows: pd.DataFrame, participants: pd.DataFrame, order: dict[str, int]
) -> tuple[list[str | None], pd.Series]:
    """The person of each row by its key, and what it is: found, unmatched or ambiguous."""
    owners: dict[str, dict[str, int]] = defaultdict(dict)
    for key, person, term in participants[["key", "person", "term"]].dropna().itertuples(index=False):
        since = owners[normal(key, source.match)]
        since[person] = min(order[term], since.get(person, order[term]))
    persons: list[str | None] = []
    kinds = []
    for key, term in rows[["person", "term"]].itertuples(index=False):
        known = [p for p, since in owners.get(normal(key, source.match), {}).items() if since <= order[term]]
        persons.append(known[0] if len(known) == 1 else None)
        kinds.append("found" if len(known) == 1 else "ambiguous" if known else "unmatched")
    return persons, pd.Series(kinds, index=rows.index, dtype="str")


# --- codes that differ in one part -----------------------------------------------------------------------------------


def _code(key: str) -> near_links.Code:
    return tuple(normal(key, "near").split(BETWEEN))


def _near(
    source: Source,
    rows: pd.DataFrame,
    found: list[str | None],
    kinds: pd.Series,
    participants: pd.DataFrame,
    order: dict[str, int],
    frame: pd.DataFrame,
    notes: list[Note],
) -> pd.Series:
    """Link rows that nobody's code fits to participants whom no row fits; ``found`` gets their persons, and the kinds
    of all rows are given back."""
    known = participants[["key", "person", "term"]].dropna().drop_duplicates("person")
    codes = dict(zip(known["person"], known["key"].map(_code), strict=True))
    since = dict(zip(known["person"], known["term"].map(order), strict=True))
    here = set(frame["person"].dropna())  # persons of rows linked before, keys of the others
    keys = set(map(_code, here))
    free = {person: code for person, code in codes.items() if person not in here and code not in keys}
    rest = rows[kinds == "unmatched"]
    made = _linked(rest, free, source, notes, list(codes.values()))
    persons = rest["person"].map(lambda key: made.get(_code(key)))
    in_time = persons.map(since) <= rest["term"].map(order)
    for i in rest.index[in_time]:
        found[rows.index.get_loc(i)] = persons[i]
    near = rest.index[in_time]
    _mark(frame, near)
    return kinds.mask(kinds.index.isin(near), "found")


def _near_without_register(study: Study, tables: Tables, order: dict[str, int], notes: list[Note]) -> None:
    """Where the code itself is the person: link rows of later tables to start surveys that nobody else's code fits."""
    later = {i: s for i, s in enumerate(study.sources) if study.base(s.table) in ("end_survey", "followup")}
    near = {i: source for i, source in later.items() if source.match == "near"}
    if not near or "participants" in tables or "start_survey" not in tables:
        return
    start = tables["start_survey"].dropna(subset="person").drop_duplicates("person")
    since = dict(zip(start["person"], start["term"].map(order), strict=True))
    codes = {person: _code(person) for person in since}
    for i, source in near.items():
        frame = tables[source.table]
        rows = frame[(frame[SOURCE] == i) & frame["person"].notna()]
        here = set(frame["person"])
        free = {person: code for person, code in codes.items() if person not in here}
        rest = rows[~rows["person"].isin(codes)]
        made = _linked(rest, free, source, notes, list(codes.values()))
        persons = rest["person"].map(lambda key, made=made: made.get(_code(key)))
        in_time = rest.index[persons.map(since) <= rest["term"].map(order)]
        frame.loc[in_time, "person"] = persons[in_time]
        _mark(frame, in_time)


def _linked(
    rest: pd.DataFrame,
    free: dict[str, near_links.Code],
    source: Source,
    notes: list[Note],
    persons: list[near_links.Code],
) -> dict[near_links.Code, str]:
    """The person of each code among rows that nothing else links; each such row is noted, and how many links are
    expected to be false. A code that stands twice in a term is of nobody."""
    codes = rest["person"].map(_code)
    twice = set(codes[pd.DataFrame({"code": codes, "term": rest["term"]}).duplicated(keep=False)])
    left = {code: code for code in codes if code not in twice}
    made = near_links.links(left, free)
    if made:
        heading = source.heading("person")
        for i in rest.index[codes.isin(list(made))]:
            row = rest.loc[i]
            notes.append(Note("near_key", source.table, row["term"], row["file"], int(row["line"]), heading))
        chance = near_links.one_apart(persons)
        false = near_links.expected_false(len(made), len(left), len(free), chance)
        notes.append(Note("near_false", source.table, rest["term"].iloc[-1], column=heading, count=math.ceil(false)))
    return made


def _mark(frame: pd.DataFrame, near: pd.Index) -> None:
    if NEAR not in frame:
        frame[NEAR] = False
    frame.loc[near, NEAR] = True


def _left_out(
    source: Source, rows: pd.DataFrame, kind: str, rule: str, problems: list[Problem], notes: list[Note]
) -> list[int]:
    """The rows to leave out, each noted; where the source does not allow it each is a problem."""
    if rows.empty:
        return []
    heading = source.heading("person")
    for term, file, line in rows[["term", "file", "line"]].itertuples(index=False):
        if rule == "error":
            problems.append(Problem(file, int(line), heading, kind))
        else:
            notes.append(Note(kind, source.table, term, file, int(line), heading))
    return list(rows.index)


# --- repeats ---------------------------------------------------------------------------------------------------------


def without_repeats(
    study: Study, table: str, frame: pd.DataFrame, problems: list[Problem], notes: list[Note]
) -> pd.DataFrame:
    """Repeats within one term's export: refused, or one of them kept, as the source declares, and the rest noted."""
    source = study.source(table)
    if table in BACKGROUND_TABLES:
        what, keys = "duplicate_row", [c for c in source.given if c not in AMOUNTS]
        keys = [*(["benchmark"] if "benchmark" in frame else []), *keys]
    elif (base := study.base(table)) in KEYS:
        what = "duplicate_person" if KEYS[base] == "person" else "duplicate_row"
        # one study right of two persons is no repeat; see check_owners
        keys = ["term", *(["person"] if table == "enrolments" else []), KEYS[base]]
    else:
        return frame
    given = frame.dropna(subset=keys)
    if not given.duplicated(keys).any():
        return frame
    if source.duplicates != "error":
        left = _not_kept(given, keys, source.duplicates)
        for term, file, line, i in frame.loc[left, PLACES].itertuples(index=False):
            heading = study.sources[i].heading(keys[-1])
            notes.append(Note(f"repeat_{source.duplicates}", table, term, file, int(line), heading))
        return frame.drop(index=left)
    first = given.groupby(keys, sort=False)[["file", "line"]].transform("first")
    told = {(p.file, p.line) for p in problems if p.what == "another_person"}
    for i in given.index[given.duplicated(keys)]:
        if (frame["file"][i], int(frame["line"][i])) in told:
            continue  # the birth date has said more
        words = {"first": place(first.loc[i], frame.loc[i])}
        heading = study.sources[frame[SOURCE][i]].heading(keys[-1])
        problems.append(Problem(frame["file"][i], int(frame["line"][i]), heading, what, words))
    return frame


def _not_kept(given: pd.DataFrame, keys: list[str], rule: str) -> pd.Index:
    """The rows that a rule does not keep. Of equally complete ones the first is kept."""
    if rule != "most_complete":
        return given.index[given.duplicated(keys, keep=rule)]
    values = given.drop(columns=[c for c in given if c in PLACES or ":" in c])
    fullest = given.assign(_filled=values.notna().sum(axis=1)).sort_values("_filled", ascending=False, kind="stable")
    return fullest.index[fullest.duplicated(keys)].sort_values()


def place(row: pd.Series, seen_from: pd.Series) -> str:
    """The line of a row, with its file where that is another."""
    return str(row["line"]) if row["file"] == seen_from["file"] else f"{row['file']}:{row['line']}"
