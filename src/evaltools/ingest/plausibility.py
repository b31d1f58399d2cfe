"""What cannot be, though each cell is well formed: ages, days in the wrong order, one id of two persons, sums as rows.

What no record can be is a problem; what real exports hold for a reason is noted. Both stand with their place.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pandas as pd

from evaltools.ingest.ids import among
from evaltools.ingest.linkage import SOURCE, place
from evaltools.privacy.spellings import LOOK_ALIKE
from evaltools.study.model import Study
from evaltools.study.problems import Note, Problem
from evaltools.study.wording import few_marks, plain

Tables = dict[str, pd.DataFrame]
YOUNGEST, OLDEST = 10, 110  # years that a participant can have
YEAR = 365.25
EARLIER = 5  # years before the study from which a study right that begins is odd
FEW_IDS, NEARLY_ALL = 20, 0.95  # from how many ids, and of which share, a shape is that of all
SEVERAL = 5  # ids of one form, from which it is a form and not a slip
ENTRY = ("enrolments", "start_survey")  # tables of people of whom others may know nothing yet
MOST = 0.7  # of ids of one width, from which shorter ones have lost their zeros
SPREADSHEET = re.compile(r"^'|\.0$")  # what a spreadsheet puts around an id that it took for a number or a text
ZEROS = r"(^|[^0-9])0+([0-9])"  # before a number; Arrow, which is quick with many ids, knows no looking behind
PART = re.compile(r"[0-9]+|[^\W\d_]+")  # of an id: a number or a word
FEWEST_SUMMED = 3  # rows whose sum a further one may be
CENT = 0.005
REGISTERS = ("participants", "enrolments")
OF_A_ROW = ("term", "file", "line", SOURCE)
SUMS = {"budget": ["amount"], "outreach": ["reached", "applicants"]}


def check(study: Study, tables: Tables, problems: list[Problem], notes: list[Note]) -> None:
    """Look at the typed tables as they were read, before repeats are left out."""
    for look in (
        _ids,
        _odd_ids,
        _unlinked,
        _one_person,
        _owners,
        _again,
        _without_rights,
        _ages,
        _days,
        _early,
        _totals,
    ):
        for found in look(study, tables):
            if isinstance(found, Problem):
                problems.append(found)
            else:
                notes.append(found)


def _problems(study: Study, column: str, rows: pd.DataFrame, what: str, **words: str) -> Iterator[Problem]:
    for file, line, source in _places(rows, ["file", "line", SOURCE]):
        yield Problem(file, int(line), study.sources[source].heading(column), what, words)


def _notes(study: Study, table: str, column: str, rows: pd.DataFrame, kind: str) -> Iterator[Note]:
    for term, file, line, source in _places(rows, ["term", "file", "line", SOURCE]):
        yield Note(kind, table, term, file, int(line), study.sources[source].heading(column))


def _places(rows: pd.DataFrame, columns: list[str]) -> Iterator[tuple]:
    return rows[columns].itertuples(index=False) if len(rows) else iter(())


# --- ids -------------------------------------------------------------------------------------------------------------


def _ids(study: Study, tables: Tables) -> Iterator[Problem | Note]:
    """Ids that look alike, unless their source says that they are compared exactly; those that differ only in zeros
    before a number, or in what stands before or after another, are noted."""
    persons = ("participants",) if "participants" in tables else study.of_persons
    for column, names in (("person", persons), ("enrolment", ("enrolments",))):
        exact = [i for i, source in enumerate(study.sources) if "match" in source.model_fields_set]
        given = {name: t for name in names if (t := tables.get(name)) is not None and column in t}
        loose = [t.loc[~t[SOURCE].isin(exact), [*OF_A_ROW, column]].assign(table=name) for name, t in given.items()]
        rows = [frame.dropna(subset=column) for frame in loose]
        if not rows:
            continue
        frame = pd.concat(rows, ignore_index=True).drop_duplicates(column)
        ids = frame[column].astype("str")
        for kind, rows_alike in (("zeros", _but_for_zeros(ids)), ("affix", _but_for_an_affix(ids))):
            for table, noted in frame.loc[rows_alike].groupby("table", sort=False):
                yield from _notes(study, str(table), column, noted, f"alike_but_{kind}")
        told_apart = ids.str.isascii().all() and ids.str.lower().nunique() == len(ids)
        if told_apart and not ids.str.contains(SPREADSHEET).any():
            continue
        alike = ids.map(_looks)
        first = frame.groupby(alike, sort=False)[["file", "line"]].transform("first")
        for i in frame.index[alike.duplicated()]:
            yield from _problems(study, column, frame.loc[[i]], "alike_ids", first=place(first.loc[i], frame.loc[i]))


def _but_for_zeros(ids: pd.Series) -> pd.Index:
    """The rows of ids with zeros before a number that are others without them."""
    padded = ids.str.contains(r"(?:^|[^0-9])0[0-9]")
    if not padded.any():
        return ids.index[:0]
    bare = ids.mask(padded, ids[padded].str.replace(ZEROS, r"\1\2", regex=True))
    return ids.index[padded & bare.duplicated(keep=False)]


def _but_for_an_affix(ids: pd.Series) -> pd.Index:
    """The rows of ids that are others with something before or after them: `ID 1` beside `1`."""
    lengths = ids.str.len()
    if lengths.nunique() == 1 or _of_any_length(_shapes(ids)).nunique() == 1:
        return ids.index[:0]
    longer = ids[lengths > lengths.min()]
    given = set(ids)
    return longer.index[longer.map(lambda id_: not given.isdisjoint(_without_affixes(id_)))]


def _without_affixes(id_: str) -> Iterator[str]:
    """What is left of an id without its first or its last numbers and words."""
    parts = [part.span() for part in PART.finditer(id_)]
    for (_, end), (start, _) in pairwise(parts):
        yield id_[:end]
        yield id_[start:]


def _looks(id_: str) -> str:
    """An id as one sees it: no marks, letters of one alphabet, nothing of what a spreadsheet puts around numbers."""
    bare = unicodedata.normalize("NFKD", few_marks(SPREADSHEET.sub("", id_).translate(LOOK_ALIKE)))
    return plain("".join(c for c in bare if not unicodedata.category(c).startswith("M"))).replace(" ", "")


def _odd_ids(study: Study, tables: Tables) -> Iterator[Note]:
    """Ids of registers, and of answers where there is none, in another shape than nearly all others."""
    persons = ["participants"] if "participants" in tables else [t for t in study.of_persons if t in tables]
    for table, column in (*((table, "person") for table in persons), ("enrolments", "enrolment")):
        if table not in tables:
            continue
        given = _named(study, tables[table], column)
        if len(given) < FEW_IDS:
            continue
        if given[column].str.isdecimal().all() and given[column].str.len().nunique() == 1:
            continue
        shapes = _shapes(given[column])
        if table in REGISTERS:
            yield from _other_ids_than_before(study, table, column, given, shapes)
        yield from _notes(study, table, column, given[_is_odd(given[column].astype("str"), shapes)], "odd_id")


def _is_odd(ids: pd.Series, shapes: pd.Series) -> pd.Series:
    """Which ids have another shape than nearly all; where lengths differ, another but for that, or have lost zeros."""
    shares = shapes.value_counts(normalize=True)
    if shares.max() >= NEARLY_ALL:
        return shapes != shares.idxmax()
    bare = _of_any_length(shares.index.to_series())
    of_any_length = shares.groupby(bare).sum()
    usual = bare == of_any_length.idxmax() if of_any_length.max() >= NEARLY_ALL else bare.notna()
    return _without_zeros(ids) | shapes.isin(shares.index[~usual])


def _shapes(ids: pd.Series) -> pd.Series:
    digits = ids.astype("str").str.replace(r"\d", "9", regex=True)
    return digits.str.replace(r"[A-Za-zÅÄÖåäö]", "a", regex=True)


def _of_any_length(shapes: pd.Series) -> pd.Series:
    return shapes.str.replace("9+", "9", regex=True).str.replace("a+", "a", regex=True)


def _other_ids_than_before(
    study: Study, table: str, column: str, given: pd.DataFrame, shapes: pd.Series
) -> Iterator[Note]:
    """Files of which nearly no id has the shape, numbers of any length, of those in the files of earlier terms."""
    shapes = _of_any_length(shapes)
    before = ""
    for term in sorted(study.terms, key=lambda term: term.start):
        latest = before
        for file, rows in given[given["term"] == term.id].groupby("file", sort=False):
            shares = shapes[rows.index].value_counts(normalize=True)
            if len(rows) < FEW_IDS or shares.iloc[0] < NEARLY_ALL:
                continue
            latest = str(shares.index[0])
            if before and shares.get(before, 0.0) <= 1 - NEARLY_ALL:
                heading = study.sources[rows[SOURCE].iloc[0]].heading(column)
                yield Note("other_ids", table, term.id, str(file), int(rows["line"].iloc[0]), heading, len(rows))
        before = latest


def _unlinked(study: Study, tables: Tables) -> Iterator[Note]:
    """Files with ids that no other table of persons knows, where there is no register."""
    if "participants" in tables:
        return
    given = {table: _named(study, tables[table], "person") for table in study.of_persons if table in tables}
    for table, all_rows in given.items():
        rows = all_rows.drop_duplicates(["file", "person"])
        others = pd.concat([t["person"] for name, t in given.items() if name != table] or [rows["person"].head(0)])
        for file, of_file in rows.groupby("file", sort=False):
            lost = _lost(of_file, others, table in ENTRY)
            if len(lost):
                first = lost.iloc[0]
                heading = study.sources[first[SOURCE]].heading("person")
                yield Note("unlinked", table, first["term"], str(file), int(first["line"]), heading, len(lost))


def _named(study: Study, table: pd.DataFrame, column: str) -> pd.DataFrame:
    """The ids of a table with their places, without the rows that are each a person of their own."""
    anonymous = [i for i, source in enumerate(study.sources) if source.each_row_a_person]
    given = table[[*OF_A_ROW, column]].dropna(subset=column)
    return given[~given[SOURCE].isin(anonymous)] if anonymous else given


def _lost(of_file: pd.DataFrame, others: pd.Series, entry: bool) -> pd.DataFrame:
    """The rows of a file that cannot be linked: all where none is, unless persons enter by it; else those with a form
    of id that none of the others has."""
    lost = of_file[~among(of_file["person"], others)]
    if lost.empty or min(len(of_file), len(others)) < FEW_IDS or (entry and len(lost) == len(of_file)):
        return lost[:0]
    return lost if len(lost) == len(of_file) else lost[_of_no_known_form(lost["person"], others)]


def _of_no_known_form(ids: pd.Series, others: pd.Series) -> pd.Series:
    """Which ids have a form, with several of them, that none of the others has."""
    shapes = _of_any_length(_shapes(ids))
    return ~shapes.isin(_of_any_length(_shapes(others))) & (shapes.map(shapes.value_counts()) >= SEVERAL)


def _without_zeros(ids: pd.Series) -> pd.Series:
    """Ids in parts whose first number is shorter than that of most others, where none begins with a zero: a
    spreadsheet has taken the zeros away."""
    first = ids.str.extract(r"^([0-9]+)[^0-9]", expand=False)
    width = first.str.len()
    usual = first.notna().all() and (width == width.max()).mean() >= MOST
    lost = usual and not first.str.startswith("0").any()
    return (width < width.max()) & lost


def _one_person(study: Study, tables: Tables) -> Iterator[Problem | Note]:
    """An id with another birth date is another person; another gender or name is noted."""
    frame = tables.get("participants")
    if frame is None or not frame["person"].duplicated().any():
        return
    for column in (c for c in ("birth_date", "gender", "name") if c in frame):
        given = frame.dropna(subset=["person", column])
        if column == "name":
            given = given.assign(name=given["name"].map(plain))
        first = given.groupby("person", sort=False)[[column, "file", "line"]].transform("first")
        other = given[given[column] != first[column]]
        if column == "birth_date":
            for i in other.index:
                words = {"first": place(first.loc[i], other.loc[i])}
                yield from _problems(study, column, other.loc[[i]], "another_person", **words)
        else:
            yield from _notes(study, "participants", column, other, f"another_{column}")


def _owners(study: Study, tables: Tables) -> Iterator[Problem]:
    """A study right belongs to one person in every term's export."""
    if "enrolments" not in tables:
        return
    frame = tables["enrolments"].dropna(subset=["person", "enrolment"])
    owner = frame.groupby("enrolment", sort=False)[["person", "file", "line"]].transform("first")
    for i in frame.index[frame["person"] != owner["person"]]:
        words = {"first": place(owner.loc[i], frame.loc[i])}
        yield from _problems(study, "enrolment", frame.loc[[i]], "two_people_one_enrolment", **words)


def _again(study: Study, tables: Tables) -> Iterator[Note]:
    """Study rights that differ from another of the same person in nothing but their id: how many, a file."""
    frame = tables.get("enrolments")
    if frame is None:
        return
    rights = frame.dropna(subset=["person", "enrolment"]).drop_duplicates("enrolment")
    again = rights[rights.duplicated([c for c in rights if c not in (*OF_A_ROW, "enrolment")])]
    for (term, file), rows in again.groupby(["term", "file"], sort=False):
        first, heading = rows.iloc[0], study.sources[rows[SOURCE].iloc[0]].heading("enrolment")
        yield Note("right_again", "enrolments", str(term), str(file), int(first["line"]), heading, len(rows))


def _without_rights(study: Study, tables: Tables) -> Iterator[Note]:
    """How many persons of a term's register have no study right, where study rights name persons by the same id."""
    people, rights = tables.get("participants"), tables.get("enrolments")
    if people is None or rights is None or any(s.key for s in study.sources if s.table == "enrolments"):
        return
    held = rights["person"].dropna()
    bare = people[people["person"].notna() & ~among(people["person"], held)] if len(held) else people.iloc[:0]
    for term, rows in bare.groupby("term", sort=False):
        here = rights[rights["term"] == term].iloc[:1]
        file = here["file"].iloc[0] if len(here) else ""
        heading = study.sources[here[SOURCE].iloc[0]].heading("person") if len(here) else ""
        yield Note("no_right", "enrolments", str(term), file, column=heading, count=rows["person"].nunique())


# --- ages and days ---------------------------------------------------------------------------------------------------


def _ages(study: Study, tables: Tables) -> Iterator[Problem | Note]:
    """Nobody is born after the term, or is a child or older than anyone; an age outside all age groups is noted."""
    frame = tables.get("participants")
    column = next((c for c in ("birth_date", "age") if frame is not None and c in frame), "")
    if frame is None or not column:
        return
    unborn = pd.Series(False, index=frame.index)
    if column == "birth_date":
        unborn = frame[column] > _on(frame, {term.id: term.end for term in study.terms})
        for term in study.terms if unborn.any() else ():
            late = frame[unborn & (frame["term"] == term.id)]
            yield from _problems(study, column, late, "date_in_future", expected=term.end.isoformat())
    oldest, youngest = _between(study, frame, column)
    never = _true((oldest < YOUNGEST) | (youngest > OLDEST)) & ~unborn
    yield from _problems(study, column, frame[never], "impossible_age", expected=f"{YOUNGEST}–{OLDEST}")
    lowest = min((group.min for group in study.age_groups), default=0)
    highest = max((group.max or OLDEST for group in study.age_groups), default=OLDEST)
    outside = _true((oldest < lowest) | (youngest > highest)) & ~unborn & ~never
    yield from _notes(study, "participants", column, frame[outside], "outside_age_groups")
    if column == "birth_date" and "enrolments" in tables:
        yield from _begun_before(study, frame[~unborn & ~never], tables["enrolments"])


def _true(condition: pd.Series) -> pd.Series:
    return condition.fillna(False).astype(bool)


def _between(study: Study, frame: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """The greatest and the least age that a person can have had in the term."""
    if column == "age":
        return frame[column], frame[column]
    ends = _on(frame, {term.id: term.end for term in study.terms})
    starts = _on(frame, {term.id: term.start for term in study.terms})
    return _years(ends, frame[column]), _years(starts, frame[column])


def _on(frame: pd.DataFrame, days: Mapping[str, dt.date]) -> pd.Series:
    """The day of each row's term."""
    return frame["term"].map({term: pd.Timestamp(day) for term, day in days.items()}).astype("datetime64[us]")


def _years(day: pd.Series, born: pd.Series) -> pd.Series:
    return (day - pd.to_datetime(born)).dt.days / YEAR


def _begun_before(study: Study, persons: pd.DataFrame, enrolments: pd.DataFrame) -> Iterator[Problem]:
    """Study rights that began before their person was born, or was a child."""
    first = persons.dropna(subset=["person", "birth_date"]).drop_duplicates("person")
    born = enrolments["person"].map(dict(zip(first["person"], first["birth_date"], strict=True)))
    early = _years(enrolments["start"], born) < YOUNGEST
    yield from _problems(study, "start", enrolments[early], "begun_before_birth")


def _days(study: Study, tables: Tables) -> Iterator[Problem | Note]:
    """Nothing ends before it starts, nor has ended after its export; no applicants whom nobody reached."""
    exported = {term.id: max(term.end, term.extracted or term.end) for term in study.terms}
    frame = tables.get("enrolments")
    if frame is not None:
        day = _on(frame, exported)
        early = frame["start"] < pd.Timestamp(study.study.start) - pd.DateOffset(years=EARLIER)
        yield from _notes(study, "enrolments", "start", frame[(frame["start"] > day) | early], "date_outside_term")
    if frame is not None and "end" in frame:
        yield from _problems(study, "end", frame[frame["end"] < frame["start"]], "end_before_start")
        ended = {code.id for code in study.codes.get("state", []) if code.role != "ongoing"}
        over = frame["state"].isin(ended)
        yield from _notes(study, "enrolments", "end", frame[over & (frame["end"] > day)], "ends_later")
        yield from _notes(study, "enrolments", "end", frame[over & frame["end"].isna()], "no_end")
    frame = tables.get("actions")
    if frame is not None:
        ours = frame["planned"].between(pd.Timestamp(study.study.start), pd.Timestamp(study.study.end))
        rest = frame[frame["planned"].notna() & ~ours]
        yield from _notes(study, "actions", "planned", rest, "date_outside_study")
    if frame is not None and "done" in frame:
        yield from _notes(study, "actions", "done", frame[frame["done"] > _on(frame, exported)], "date_outside_term")
    frame = tables.get("outreach")
    if frame is not None:
        more = _true(frame["applicants"] > frame["reached"])
        yield from _notes(study, "outreach", "applicants", frame[more], "more_applicants")
    for table in ("training_needs", "benchmark"):
        if table in tables:
            frame = tables[table]
            yield from _problems(study, "count", frame[frame["count"] > frame["total"]], "count_above_total")


def _early(study: Study, tables: Tables) -> Iterator[Note]:
    """Situations after leaving that are dated before the person's first study right began."""
    rights = tables.get("enrolments")
    if rights is None or rights.empty:
        return
    begun = rights.groupby("person")["start"].min()
    for table in ("followup", *study.wave_followups.values()):
        if table in tables and "date" in tables[table]:
            frame = tables[table]
            early = frame["date"] < pd.to_datetime(frame["person"].map(begun))
            yield from _notes(study, table, "date", frame[early], "followup_early")


def _totals(study: Study, tables: Tables) -> Iterator[Note]:
    """Last rows of a file that hold the sum of all rows above them."""
    for table, columns in SUMS.items():
        if table not in tables:
            continue
        frame = tables[table]
        files = frame.groupby(["term", "file"], sort=False)
        last = frame.loc[files.tail(1).index]
        told = files["line"].transform("size").loc[last.index] <= FEWEST_SUMMED
        for column in columns:
            whole = files[column].transform("sum").loc[last.index].astype("float64")
            sums = ~told & (whole != 0) & ((whole - 2 * last[column].fillna(0).astype("float64")).abs() < CENT)
            yield from _notes(study, table, column, last[sums], "sum_of_others")
            told |= sums


# --- the order of the surveys ----------------------------------------------------------------------------------------


def other_waves(study: Study, tables: Tables) -> Iterator[Note]:
    """Forms of a wave of the study's own that are dated before the form of the wave that it is compared with."""
    for first, second in study.wave_changes:
        before, after = (tables.get(study.surveys.get(wave, "")) for wave in (first, second))
        if before is None or after is None or "answered" not in before or "answered" not in after:
            continue
        days = before.dropna(subset=["person", "answered"]).groupby("person")["answered"].min()
        early = after["answered"] < pd.to_datetime(after["person"].map(days))
        yield from _notes(study, study.surveys[second], "answered", after[early], "wave_early")


def without_late_starts(study: Study, tables: Tables, notes: list[Note]) -> None:
    """Leave out the start form of a person whose end form is dated before it, and note it: it is no start of what the
    end form ended, so the person counts among those who answered the end survey only."""
    start, end = tables.get("start_survey"), tables.get("end_survey")
    if start is None or end is None or "answered" not in start or "answered" not in end:
        return
    order = {term.id: i for i, term in enumerate(sorted(study.terms, key=lambda t: t.start))}

    def in_order(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(_term=frame["term"].map(order)).sort_values(["_term", "file", "line"], kind="stable")

    first = in_order(start).drop_duplicates("person").dropna(subset=["person", "answered"])
    last = in_order(end).drop_duplicates("person", keep="last")
    ended = pd.to_datetime(first["person"].map(dict(zip(last["person"], last["answered"], strict=True))))
    late = first[first["answered"] > ended]
    if len(late):
        notes += list(_notes(study, "start_survey", "answered", late, "start_after_end"))
        tables["start_survey"] = start[~among(start["person"], late["person"])].reset_index(drop=True)
