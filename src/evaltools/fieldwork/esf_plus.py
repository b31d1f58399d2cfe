"""The common indicators of the European Social Fund Plus for participants: exact, for the funder, not published.

Annex I of Regulation (EU) 2021/1057, personal data by gender. A person counts once. Results are counted of those for
whom they are possible, with between which numbers they lie whatever the situation of those is of whom it is not known.
Which of the definitions could be held to the text, and which not, stands in docs/study-file.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evaltools.counts.roles import LEFT
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import Tables, role_map
from evaltools.report.document import NONE, Column, Table, Value
from evaltools.report.inert import inert
from evaltools.sections.material import Labels
from evaltools.study.delays import Span
from evaltools.study.esf_model import EsfPlus
from evaltools.study.model import Study

UNKNOWN = "unknown"
GENDERS = ("women", "men", "non_binary")
AGES = {"under_18": (0, 17), "from_18_to_29": (18, 29), "from_30_to_54": (30, 54), "from_55": (55, 150)}
STATUSES = ("unemployed", "inactive", "employed")
LEVELS = ("isced_0_2", "isced_3_4", "isced_5_8")
FLAGS = ("disabilities", "third_country", "foreign_background", "minorities", "homeless", "rural")
WORKING, STUDYING = ("employed", "employed_student"), ("student", "employed_student")
AT_ONCE, LATER = Span(4, "week"), Span(6, "month")  # immediate results within, longer-term results after
# the output indicators by code: a column of `people` and the value that counts, any known one where it is empty
OUTPUTS: dict[str, tuple[str, str]] = {
    "EECO01": ("status", ""),
    "EECO02": ("status", "unemployed"),
    "EECO03": ("long_term", "yes"),
    "EECO04": ("status", "inactive"),
    "EECO05": ("status", "employed"),
    "EECO06": ("age", "under_18"),
    "EECO07": ("age", "from_18_to_29"),
    "EECO08": ("age", "from_55"),
    "EECO09": ("level", "isced_0_2"),
    "EECO10": ("level", "isced_3_4"),
    "EECO11": ("level", "isced_5_8"),
    **{f"EECO{number}": (flag, "yes") for number, flag in enumerate(FLAGS, 12)},
}
COLUMNS = ("total", *GENDERS, "gender_unknown", *AGES, "age_unknown")
MISSING = ("gender", "age", "status", "level", *FLAGS)  # what every record is to tell on entering
Counts = dict[str, int]


class Result(NamedTuple):
    """Who may have a result, of whom it is known, and who has it: masks over ``people``."""

    possible: pd.Series
    known: pd.Series
    reached: pd.Series


# --- persons ---


def people(study: Study, tables: Tables) -> pd.DataFrame:
    """One row a participant: gender, age, status, level and flags on entering as classes (``unknown`` where not told);
    start, end and whether they left; the situation upon leaving and six months after (roles), where told in time.
    """
    told, persons = study.esf_plus, tables["persons"]
    found = persons[["person"]].copy()
    for name in ("start", "end"):
        found[name] = persons.get(name, pd.NaT)
    found["gender"] = _classes(persons, "gender", {each: getattr(told, each) for each in GENDERS})
    statuses = {each: getattr(told, each) for each in STATUSES}
    statuses["unemployed"] = [*statuses["unemployed"], *told.long_term_unemployed]
    found["status"] = _classes(persons, "activity", statuses)
    found["long_term"] = _classes(persons, "activity", {"yes": told.long_term_unemployed})
    found["level"] = _classes(persons, "education", {each: getattr(told, each) for each in LEVELS})
    ages = persons["age"] if "age" in persons else pd.Series(pd.NA, persons.index, dtype="Int64")
    found["age"] = [_age_class(age) for age in ages]
    for flag in FLAGS:
        found[flag] = _flag(persons, getattr(told, flag))
    outcome = persons["outcome"] if "outcome" in persons else pd.Series(pd.NA, persons.index)
    found["left"] = outcome.isin(LEFT).to_numpy(dtype=bool)
    found["qualified"] = among(found["person"], _qualified(study, tables))
    for name, wave in (("leaving", told.leaving), ("later", told.six_months)):
        of = _followup(study, tables, wave).reindex(found["person"])
        found[f"{name}_role"], found[f"{name}_date"] = of["role"].to_numpy(), pd.to_datetime(of["date"]).to_numpy()
        if name == "later":
            found["improved"] = _flag(of.reset_index(drop=True), told.improved).to_numpy()
    found["leaving"] = found["leaving_role"].where(_in_time(found, "leaving_date", 0))
    found["later"] = found["later_role"].where(_in_time(found, "later_date", 1))
    return found


def _classes(frame: pd.DataFrame, column: str, classes: Mapping[str, Sequence[str]]) -> pd.Series:
    """The class of each code of a column; unknown where no class names it."""
    named = {code: name for name, codes in classes.items() for code in codes}
    values = frame[column].astype("object") if column in frame else pd.Series(None, frame.index, dtype="object")
    return pd.Series([named.get(value, UNKNOWN) for value in values], frame.index)


def _age_class(age: Any) -> str:
    if pd.isna(age):
        return UNKNOWN
    return next((name for name, (low, high) in AGES.items() if low <= int(age) <= high), UNKNOWN)


def _flag(frame: pd.DataFrame, variable: str) -> pd.Series:
    values = frame[variable] if variable and variable in frame else pd.Series(pd.NA, frame.index)
    said = [UNKNOWN if pd.isna(value) else "yes" if value else "no" for value in values]
    return pd.Series(said, frame.index)


def _qualified(study: Study, tables: Tables) -> pd.Series:
    """Persons who completed an enrolment of a kind that gives a qualification."""
    if "enrolments" not in tables or "kind" not in tables["enrolments"]:
        return pd.Series(dtype="object")
    of = tables["enrolments"]
    done = of["state"].map(role_map(study.codes["state"])).eq("completed")
    return of.loc[done & of["kind"].isin(study.esf_plus.qualified), "person"]


def _followup(study: Study, tables: Tables, wave: str) -> pd.DataFrame:
    """The follow-up of that name by person; without rows where there is none."""
    if wave == "first" and "followup" in tables:
        found = tables["followup"]
    elif wave and "wave_followups" in tables:
        found = tables["wave_followups"].query("wave == @wave")
    else:
        found = pd.DataFrame({"person": [], "role": [], "date": []})
    found = found if "date" in found else found.assign(date=pd.NaT)
    return found.drop_duplicates("person", keep="last").set_index("person")


def _in_time(found: pd.DataFrame, column: str, longer: int) -> pd.Series:
    """Whether a situation was told within four weeks of leaving, or (``longer``) six months after it or later."""
    known = found["end"].notna() & found[column].notna()
    days = zip(found["end"], found[column], known, strict=True)
    told = [bool(ok) and (_is_later(day, end) if longer else _is_at_once(day, end)) for end, day, ok in days]
    return pd.Series(told, found.index)


def _is_at_once(day: pd.Timestamp, end: pd.Timestamp) -> bool:
    return end.date() <= day.date() <= AT_ONCE.after(end.date())


def _is_later(day: pd.Timestamp, end: pd.Timestamp) -> bool:
    return day.date() >= LATER.after(end.date())


# --- indicators ---


def outputs(found: pd.DataFrame) -> dict[str, Counts]:
    """Each output indicator by gender and age on entering."""
    return {code: counted(found, _is(found, *place)) for code, place in OUTPUTS.items()}


def results(found: pd.DataFrame) -> dict[str, Result]:
    """Each result indicator: immediate ones of all who left, longer-term ones of those whom they are about."""
    left, inactive = found["left"], found["status"] == "inactive"
    without_work = left & found["status"].isin(("unemployed", "inactive"))
    leaving, later = found["leaving"], found["later"]
    every = pd.Series(True, found.index)
    improved = found["improved"].where(later.notna(), UNKNOWN)
    told = {
        "EECR01": (left & inactive, leaving.notna(), leaving == "unemployed"),
        "EECR02": (left, leaving.notna(), leaving.isin(STUDYING)),
        "EECR03": (left, every, found["qualified"]),
        "EECR04": (without_work, leaving.notna(), leaving.isin(WORKING)),
        "EECR05": (without_work, later.notna(), later.isin(WORKING)),
        "EECR06": (left & (found["status"] == "employed"), improved != UNKNOWN, improved == "yes"),
    }
    return {
        code: Result(possible, possible & known, possible & known & yes)
        for code, (possible, known, yes) in told.items()
    }


def bounds(result: Result) -> tuple[int, int]:
    """The least and the greatest number that a result can be, whatever those had of whom it is not known."""
    least = int(result.reached.sum())
    return least, least + int((result.possible & ~result.known).sum())


def counted(found: pd.DataFrame, which: pd.Series) -> Counts:
    """How many, by gender and by age."""
    here = found[which]
    numbers = {"total": len(here)}
    for column, classes in (("gender", GENDERS), ("age", tuple(AGES))):
        numbers |= {name: int((here[column] == name).sum()) for name in classes}
        numbers[f"{column}_unknown"] = int((here[column] == UNKNOWN).sum())
    return {name: numbers[name] for name in COLUMNS}


def _is(found: pd.DataFrame, column: str, value: str) -> pd.Series:
    return found[column] == value if value else found[column] != UNKNOWN


# --- validation ---


def faulty_records(found: pd.DataFrame) -> dict[str, pd.Series]:
    """Which participants break each rule on a record, by the name of the rule."""
    told = {name: found[f"{name}_role"].notna() for name in ("leaving", "later")}
    dated = {name: told[name] & found[f"{name}_date"].notna() & found["end"].notna() for name in told}
    at_once, later = _in_time(found, "leaving_date", 0), _in_time(found, "later_date", 1)
    return {
        **{f"{name}_unknown": found[name] == UNKNOWN for name in ("gender", "age", "status", "level")},
        "left_before_start": found["end"] < found["start"],
        "result_without_leaving": (told["leaving"] | told["later"]) & ~found["left"],
        "leaving_not_in_time": dated["leaving"] & ~at_once,
        "later_too_early": dated["later"] & ~later,
        "undated": found["left"] & ((told["leaving"] & ~dated["leaving"]) | (told["later"] & ~dated["later"])),
    }


def faults(found: pd.DataFrame, ids: Mapping[str, str]) -> list[str]:
    """A line of CSV for each participant and rule that the record breaks: the rule and the register's id."""
    return [
        f"{rule},{inert(ids[person])}"
        for rule, which in faulty_records(found).items()
        for person in found.loc[which, "person"]
    ]


def broken_rules(numbers: Mapping[str, Mapping[str, int]], left: int) -> list[tuple[str, str, str]]:
    """The rules that a table of indicators breaks, as (rule, indicator, column); ``left`` is how many have left.

    ``numbers`` are counts by indicator and column, of a table made here or elsewhere.
    """
    return [*_totals(numbers), *_parts(numbers), *_genders(numbers), *_leavers(numbers, left)]


Broken = Iterator[tuple[str, str, str]]


def _totals(numbers: Mapping[str, Mapping[str, int]]) -> Broken:
    for column in COLUMNS:
        if numbers["EECO01"][column] != sum(numbers[code][column] for code in ("EECO02", "EECO04", "EECO05")):
            yield "total_is_sum", "EECO01", column


# no more of the first than of the others together
WITHIN: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("long_term_are_unemployed", ("EECO03",), ("EECO02",)),
    ("job_search_of_inactive", ("EECR01",), ("EECO04",)),
    ("work_of_those_without", ("EECR04",), ("EECO02", "EECO04")),
    ("later_work_of_those_without", ("EECR05",), ("EECO02", "EECO04")),
    ("improved_of_employed", ("EECR06",), ("EECO05",)),
)


def _parts(numbers: Mapping[str, Mapping[str, int]]) -> Broken:
    for rule, parts, whole in WITHIN:
        for column in COLUMNS:
            if sum(numbers[code][column] for code in parts) > sum(numbers[code][column] for code in whole):
                yield rule, parts[0], column


def _genders(numbers: Mapping[str, Mapping[str, int]]) -> Broken:
    for code, of in numbers.items():
        for rule, column, classes in (("genders_sum", "gender", GENDERS), ("ages_sum", "age", tuple(AGES))):
            if of["total"] != sum(of[name] for name in classes) + of[f"{column}_unknown"]:
                yield rule, code, column


def _leavers(numbers: Mapping[str, Mapping[str, int]], left: int) -> Broken:
    for code in (code for code in numbers if code.startswith("EECR")):
        if numbers[code]["total"] > left:
            yield "results_of_leavers", code, "total"


# --- tables ---


def tables(found: pd.DataFrame, labels: Labels) -> list[Table]:
    """Outputs, results, what is missing of whom, and the rules with how many records break each."""
    return [_outputs(found, labels), _results(found, labels), _missing(found, labels), _rules(found, labels)]


def _table(id: str, columns: list[Column], lines: list[list[Value]], labels: Labels) -> Table:
    heads = [Column(labels.say("esf.column.code")), Column(labels.say("esf.column.indicator")), *columns]
    notes = [labels.say("esf.private"), labels.say("esf.definitions")]
    return Table(
        f"esf-plus-{id}",
        labels.say(f"esf.caption.{id}"),
        heads,
        lines,
        labels.language,
        notes,
        "Regulation (EU) 2021/1057",
    )


def _groups(labels: Labels) -> list[Column]:
    return [Column(labels.say(f"esf.column.{name}"), "integer") for name in COLUMNS]


def _outputs(found: pd.DataFrame, labels: Labels) -> Table:
    lines: list[list[Value]] = []
    for code, numbers in outputs(found).items():
        told = _is_asked(labels.study.esf_plus, OUTPUTS[code][0])
        lines.append([code, labels.say(f"esf.name.{code}"), *((numbers.values()) if told else [NONE] * len(COLUMNS))])
    return _table("outputs", _groups(labels), lines, labels)


def _is_asked(told: EsfPlus, column: str) -> bool:
    """Whether the study file names what is asked, where it may go without: flags, and who is long-term unemployed."""
    named = {flag: getattr(told, flag) for flag in FLAGS} | {"long_term": told.long_term_unemployed}
    return bool(named.get(column, True))


def _results(found: pd.DataFrame, labels: Labels) -> Table:
    heads = ("possible", "known", "missing", "least", "greatest")
    lines: list[list[Value]] = []
    for code, result in results(found).items():
        least, greatest = bounds(result)
        possible, known = int(result.possible.sum()), int(result.known.sum())
        numbers = [*counted(found, result.reached).values(), possible, known, possible - known, least, greatest]
        lines.append([code, labels.say(f"esf.name.{code}"), *numbers])
    columns = [*_groups(labels), *(Column(labels.say(f"esf.column.{name}"), "integer") for name in heads)]
    return _table("results", columns, lines, labels)


def _missing(found: pd.DataFrame, labels: Labels) -> Table:
    told = labels.study.esf_plus
    asked = {name: found[name] == UNKNOWN for name in MISSING if _is_asked(told, name)}
    asked |= {name: found["left"] & found[name].isna() for name in ("leaving", "later")}
    lines: list[list[Value]] = [
        [name, labels.say(f"esf.missing.{name}"), *counted(found, which).values()] for name, which in asked.items()
    ]
    return _table("missing", _groups(labels), lines, labels)


def _rules(found: pd.DataFrame, labels: Labels) -> Table:
    broken = broken_rules(numbers(found), int(found["left"].sum()))
    lines: list[list[Value]] = [
        [rule, labels.say(f"esf.rule.{rule}"), int(which.sum())] for rule, which in faulty_records(found).items()
    ]
    of_table = ["total_is_sum", *(rule for rule, *_ in WITHIN), "genders_sum", "ages_sum", "results_of_leavers"]
    lines += [[rule, labels.say(f"esf.rule.{rule}"), sum(each[0] == rule for each in broken)] for rule in of_table]
    return _table("rules", [Column(labels.say("esf.column.broken"), "integer")], lines, labels)


def numbers(found: pd.DataFrame) -> dict[str, Counts]:
    """Every indicator by gender and age."""
    return outputs(found) | {code: counted(found, result.reached) for code, result in results(found).items()}
