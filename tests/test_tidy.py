"""From exports to tidy tables: one row a person, the rules of the study file, and nothing that names anybody."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import FILES, PEOPLE, RIGHTS, write_study

from evaltools.ingest import reading, tidy
from evaltools.privacy.pseudonyms import Key, pseudonymise
from evaltools.report import codebook
from evaltools.study import loader

KEY = Key(bytes(range(32)))
CANARY = "Kanarialintu"


def build(folder, term: str = "T2", key: Key = KEY) -> tidy.Tables:
    loaded = loader.load(folder)
    return tidy.build(loaded, reading.read(loaded, term), key)


def by_id(frame: pd.DataFrame, *ids: str) -> pd.DataFrame:
    """Rows of these persons, in this order, under their own ids."""
    hidden = pseudonymise(pd.Series(ids, dtype="str"), KEY, "small")
    return frame.set_index("person").loc[hidden].set_axis(list(ids))


UNUSED = ("budget", "population", "employment", "barometer", "training_needs")


@pytest.fixture
def make_study(tmp_path):
    """The small study without the sources that no test here looks at, for speed."""
    return lambda edits=None, files=None, name="small": write_study(tmp_path / name, edits, files, UNUSED)


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> tidy.Tables:
    return build(write_study(tmp_path_factory.mktemp("tidy") / "small", without=UNUSED))


# --- persons -----------------------------------------------------------------------------------------------------


def test_a_person_counts_once_with_first_registration_first_start_and_last_end(tables):
    persons = tables["persons"]
    assert len(persons) == 5 and persons["person"].is_unique
    again = by_id(persons, "091").iloc[0]
    assert (again["term"], again["municipality"], again["education"], again["channel"]) == (
        "T1",
        "091",
        "basic",
        "cafe",
    )
    assert again["registrations"] == 2
    assert (again["start"], again["end"]) == (pd.Timestamp("2021-02-01"), pd.Timestamp("2021-10-31"))
    assert again["outcome"] == "dropped"  # as the last of the studies ended


def test_how_studies_stand(tables):
    persons = by_id(tables["persons"], "NA", "1E5", "None", "nan")
    assert persons["outcome"].tolist() == ["completed", "completed", "ongoing", "completed"]
    assert persons["end"].isna().tolist() == [False, False, True, False]
    assert len(tables["enrolments"]) == 7  # right 2 stands in both exports, and its last state holds
    rights = tables["enrolments"]
    assert rights.groupby("person")["state"].apply(list).loc[by_id_key("NA")] == ["done"]


def by_id_key(person: str) -> str:
    return pseudonymise(pd.Series([person], dtype="str"), KEY, "small")[0]


def test_one_study_that_goes_on_is_enough_to_go_on(make_study):
    rights = FILES["raw/T2/rights.csv"] + "8;nan;whole;care;2021-11-01;;on\n"
    person = by_id(build(make_study(None, {"raw/T2/rights.csv": rights}))["persons"], "nan").iloc[0]
    assert person["outcome"] == "ongoing" and pd.isna(person["end"])


def test_a_participant_without_studies_has_no_outcome(make_study):
    rights = FILES["raw/T2/rights.csv"].replace("5;None;whole;care;2021-08-15;;on\n", "")
    person = by_id(build(make_study(None, {"raw/T2/rights.csv": rights}))["persons"], "None").iloc[0]
    assert pd.isna(person["outcome"]) and pd.isna(person["start"])
    assert person["age"] == 18  # at the start of the term of registration


@pytest.mark.parametrize(
    ("born", "start", "age"),
    [
        ("1990-06-15", "2021-06-14", 30),
        ("1990-06-15", "2021-06-15", 31),
        ("1990-06-15", "2021-06-16", 31),
        ("1990-12-31", "2021-01-01", 30),
        ("2004-02-29", "2021-02-28", 16),
        ("2004-02-29", "2021-03-01", 17),
        ("2000-02-29", "2020-02-28", 19),
        ("2000-02-29", "2020-02-29", 20),
        ("1921-01-01", "2021-01-01", 100),
    ],
)
def test_ages_around_birthdays(make_study, born, start, age):
    files = {
        "raw/T1/people.csv": f"{PEOPLE}\n091;{born};;;;;;\n",
        "raw/T1/rights.csv": f"{RIGHTS}\n1;091;;;{start};;on\n",
    } | {f"raw/T1/{f}.csv": FILES[f"raw/T1/{f}.csv"].splitlines()[0] + "\n" for f in ("before", "after", "later")}
    person = build(make_study(None, files), "T1")["persons"].iloc[0]
    assert person["age"] == age
    group = "young" if 15 <= age < 30 else "old" if age >= 30 else None
    assert person["age_group"] == group if group else pd.isna(person["age_group"])
    assert "birth_date" not in person


def test_municipality_gives_the_region(tables):
    assert by_id(tables["persons"], "091", "NA", "1E5", "nan")["region"].tolist() == ["r1", "r2", "r1", "r1"]
    assert by_id(tables["persons"], "None")["region"].isna().all()


def test_a_region_in_the_register_is_not_overwritten(make_study):
    edits = {'columns.municipality = "town"\n': 'columns.municipality = "town"\ncolumns.region = "land"\n'}
    people = {
        t: FILES[f"raw/{t}/people.csv"].replace("\n", ";r2\n").replace("points;r2", "points;land") for t in ("T1", "T2")
    }
    folder = make_study(edits, {f"raw/{t}/people.csv": content for t, content in people.items()})
    assert set(build(folder)["persons"]["region"]) == {"r2"}


# --- target groups -------------------------------------------------------------------------------------------------


def test_rules_of_target_groups(tables):
    persons = by_id(tables["persons"], "091", "NA", "1E5", "None", "nan")
    assert persons["tg_low"].tolist() == [True, False, True, False, False]
    # men, with care among any of their studies: 1E5 came to care with the second
    assert persons["tg_men_in_care"].tolist() == [False, False, True, False, True]
    # 30 or more, or a flag that is set; an unknown flag is no
    assert persons["tg_aged_or_needing"].tolist() == [True, True, True, False, False]
    assert persons["tg_any"].tolist() == [True, True, True, False, True]


def test_all_and_any_of_one_group(make_study):
    rule = '[[target_groups]]\nid = "low"\nname = "Low education"\ndefinition = "Basic education"\n'
    edits = {
        rule: rule
        + 'any = [{ column = "participants.gender", in = ["f"] }, { column = "participants.points", max = 0 }]\n'
    }
    persons = by_id(build(make_study(edits))["persons"], "091", "NA", "1E5", "None", "nan")
    assert persons["tg_low"].tolist() == [True, False, False, False, False]


def test_ends_of_a_rule_belong_to_it(make_study):
    edits = {
        '{ column = "participants.age", min = 30 }': '{ column = "participants.points", min = 2, max = 2 }',
        '{ column = "participants.needs", in = ["true"] }': '{ column = "participants.needs", in = ["false"] }',
    }
    persons = by_id(build(make_study(edits))["persons"], "091", "NA", "1E5", "None", "nan")
    assert persons["tg_aged_or_needing"].tolist() == [False, True, True, False, True]


# --- surveys and follow-up -----------------------------------------------------------------------------------------


def answers_of(tables: tidy.Tables, person: str, survey: str) -> dict[str, float]:
    answers = tables["answers"]
    chosen = answers[(answers["person"] == by_id_key(person)) & (answers["survey"] == survey)]
    return dict(zip(chosen["item"], chosen["value"], strict=True))


def test_the_first_start_survey_and_the_last_end_survey_hold(tables):
    assert answers_of(tables, "091", "start") == {"q1": 2.0, "q2": 4.0}
    assert answers_of(tables, "091", "end") == {"q1": 5.0, "q2": 3.0, "fb": 8.0}
    responses = tables["responses"]
    assert len(responses) == len(responses[["person", "survey"]].drop_duplicates()) == 7
    assert responses.loc[responses["person"] == by_id_key("091"), ["survey", "term"]].to_numpy().tolist() == [
        ["start", "T1"],
        ["end", "T2"],
    ]


def test_cannot_say_is_no_number(tables):
    answers = tables["answers"]
    cannot = answers[answers["cannot_say"]]
    assert cannot[["person", "item"]].to_numpy().tolist() == [[by_id_key("NA"), "q2"]]
    assert cannot["value"].isna().all()
    blank = answers[answers["value"].isna() & ~answers["cannot_say"]]
    assert sorted(blank["item"]) == ["fb", "q2"]


def test_answers_after_the_end_of_the_term_are_marked(tables):
    late = tables["responses"][tables["responses"]["late"]]
    assert late[["person", "survey"]].to_numpy().tolist() == [[by_id_key("NA"), "end"]]


def test_the_last_answered_follow_up_holds(tables):
    followup = by_id(tables["followup"], "091", "1E5", "nan")
    # the second asking of 091 was not answered; the first of 1E5 was not
    assert followup["role"].tolist() == ["employed", "employed_student", "student"]
    assert followup["term"].tolist() == ["T1", "T2", "T2"]


def test_who_never_answered_stays_invited(make_study):
    later = {f"raw/{t}/later.csv": "id;day;status\n091;2021-07-01;\n" for t in ("T1", "T2")}
    followup = build(make_study(None, later))["followup"]
    assert followup["role"].isna().tolist() == [True] and followup["term"].tolist() == ["T2"]


def test_the_last_state_of_an_action_holds(tables):
    actions = tables["actions"].set_index("action")
    assert actions["status"].to_dict() == {"a1": "done", "a2": "off", "a3": "open"}


# --- what is not carried over --------------------------------------------------------------------------------------


def test_no_raw_id_and_no_free_text_anywhere(make_study, tmp_path):
    """Canaries in every id and every text column; none may be found in any cell, nor in the bytes of a file."""
    planted = {"a word": f"{CANARY}2", "a place": f"{CANARY}3", "a firm": f"{CANARY}4", "TRUE;": f"{CANARY}5;"}
    # the person, wherever the id stands, but not the municipality of the same number
    planted |= {"\n091;": f"\n{CANARY}1;", f"{CANARY}5;091;": f"{CANARY}5;{CANARY}1;", "\n4;091;": f"\n4;{CANARY}1;"}
    files = {name: content for name, content in FILES.items() if name.startswith("raw")}
    for old, new in planted.items():
        files = {name: content.replace(old, new) for name, content in files.items()}
    assert all(any(f"{CANARY}{i}" in content for content in files.values()) for i in range(1, 6))
    folder = make_study(None, files)
    tables = build(folder)
    tidy.write(tables, tmp_path / "tidy")
    codebook.write(loader.load(folder), tables, tmp_path / "tidy")
    for name, frame in tables.items():
        assert not frame.astype("str").apply(lambda c: c.str.contains(CANARY)).any(axis=None), name
        places = {"file", "line"} if name != "notes" else {"person"}  # notes tell places in files, and of nobody
        assert not ({"place", "partner", "comment", "birth_date"} | places) & set(frame.columns), name
    assert [path.name for path in (tmp_path / "tidy").iterdir() if CANARY.encode() in path.read_bytes()] == []
    raw_ids = {"NA", "1E5", "None", "nan", "TRUE"}
    for frame in tables.values():
        for column in {"person", "enrolment"} & set(frame.columns):
            assert not raw_ids & set(frame[column])
            assert frame[column].str.fullmatch("[bcdfghjkmnpqrstv]{16}").all()


def test_whether_a_comment_was_given_is_kept(tables):
    assert tables["responses"]["commented"].sum() == 1


def test_pseudonyms_are_stable_by_key_and_differ_by_study(make_study):
    one, other = make_study(name="one"), make_study(name="other")
    first = build(one)["persons"]["person"].tolist()
    assert build(one)["persons"]["person"].tolist() == first
    assert build(one, "T1")["persons"]["person"].tolist() == first[:3]
    assert not set(first) & set(build(other)["persons"]["person"])
    assert not set(first) & set(build(one, key=Key(bytes(32)))["persons"]["person"])


def test_written_tables_come_back_the_same(tables, tmp_path):
    tidy.write(tables, tmp_path)
    back = tidy.read(tmp_path)
    assert set(back) == set(tables)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(back[name], frame, check_dtype=False)


def test_the_codebook_has_every_column(tables, make_study):
    book = codebook.describe(loader.load(make_study()), tables)
    assert len(book) == sum(len(frame.columns) for frame in tables.values())
    row = book[(book["table"] == "persons") & (book["column"] == "region")].iloc[0]
    assert (row["rows"], row["missing"]) == (5, 1)


def test_no_rows_at_all(make_study):
    empty = {name: content.splitlines()[0] + "\n" for name, content in FILES.items()}
    tables = build(make_study(None, empty))
    assert {len(frame) for name, frame in tables.items() if name != "notes"} == {0}
    assert {"tg_low", "tg_any", "age_group", "outcome", "region"} <= set(tables["persons"].columns)
