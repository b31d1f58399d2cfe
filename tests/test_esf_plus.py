"""``evaltools esf-plus``: the indicators by a computation of the test's own, each rule by a broken record, bounds."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from datetime import date, timedelta

import pandas as pd
import pytest
from conftest import FILES, open_demo, write_study

from evaltools.cli.main import main
from evaltools.fieldwork import esf_plus
from evaltools.report.document import NONE
from evaltools.sections.material import Labels
from evaltools.study import loader
from evaltools.study.esf_model import EsfPlus
from evaltools.study.faults import StudyError

DEMO = EsfPlus(
    women=["female"],
    men=["male"],
    non_binary=["other"],
    unemployed=["unemployed"],
    inactive=["student", "pensioner", "other"],
    employed=["employed", "employed_threatened", "entrepreneur"],
    isced_0_2=["none", "basic"],
    isced_3_4=["upper_secondary"],
    isced_5_8=["lowest_tertiary", "bachelor", "master"],
    qualified=["qualification", "partial_qualification"],
    leaving="first",
)
UNASKED = {"03", "12", "13", "14", "15", "16", "17"}  # the demo asks for none of these
WORDS = {"Nainen": "women", "Mies": "men", "Muu": "non_binary"}
STATUS = {
    "Työssä": "EECO05",
    "Lomautettu tai työttömyysuhan alainen": "EECO05",
    "Yrittäjä": "EECO05",
    "Työtön": "EECO02",
    "Opiskelija": "EECO04",
    "Eläkkeellä": "EECO04",
    "Muu": "EECO04",
}
LEVEL = {
    "Ei perusasteen päättötodistusta": "EECO09",
    "Perusaste": "EECO09",
    "Toinen aste": "EECO10",
    "Alin korkea-aste": "EECO11",
    "Alempi korkeakouluaste": "EECO11",
    "Ylempi korkeakouluaste tai tutkijakoulutus": "EECO11",
}


def day(words: str) -> date | None:
    return date(*map(int, reversed(words.split(".")))) if words else None


def exports(folder, name: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(folder.glob(f"raw/*/{name}.csv")):
        text = path.read_bytes().decode("utf-8-sig")
        found += csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ",")
    for fix in csv.DictReader((folder / "corrections.csv").read_text("utf-8").splitlines(), delimiter=";"):
        for row in (row for row in found if fix["key"] in row.values()):
            row.update({column: fix["new"] for column, value in row.items() if value == fix["old"]})
    return found


def age_code(born: date | None, start: date | None) -> str:
    """The code of an age on entering; empty for ages that have none."""
    if born is None or start is None:
        return ""
    age = start.year - born.year - ((start.month, start.day) < (born.month, born.day))
    return "EECO06" if age < 18 else "EECO07" if age < 30 else "EECO08" if age >= 55 else ""


def result_codes(rights: list[dict[str, str]], answer: dict[str, str], status: str) -> list[str]:
    """The codes of the results of a person who has left."""
    done = [row for row in rights if row["Opiskeluoikeuden tila"] == "Valmistunut"]
    codes = ["EECR03"] * any(row["Koulutuksen laji"] != "Yleissivistävä koulutus" for row in done)
    left, asked = max(day(row["Päättymispäivä"]) or date.min for row in rights), day(answer["Seurantapäivä"])
    if answer["Tilanne"] and asked and timedelta(0) <= asked - left <= timedelta(28):
        codes += ["EECR02"] * ("opisk" in answer["Tilanne"].lower())
        at_work = answer["Tilanne"] in ("Työssä", "Yrittäjänä", "Työssä ja opiskelee")
        codes += ["EECR04"] * (at_work and status in ("EECO02", "EECO04"))
    return codes


def by_hand(folder) -> dict[str, dict[str, int]]:
    """The indicators of the demo straight from its files, without the programme."""
    rights: dict[str, dict[str, dict[str, str]]] = {}
    for row in exports(folder, "opinto-oikeudet"):  # of an enrolment told again, the last holds
        rights.setdefault(row["Henkilötunniste"], {})[row["Opinto-oikeuden tunniste"]] = row
    told: dict[str, dict[str, str]] = {}
    for row in exports(folder, "sijoittumisseuranta"):
        if row["Tilanne"] or row["Henkilötunniste"] not in told:
            told[row["Henkilötunniste"]] = row
    counts: Counter[tuple[str, str]] = Counter()
    first = {row["Henkilötunniste"]: row for row in reversed(exports(folder, "osallistujat"))}
    for person, row in first.items():
        of = list(rights.get(person, {}).values())
        start = min((day(right["Alkamispäivä"]) for right in of), default=None)
        status = STATUS.get(row["Pääasiallinen toiminta alkaessa"], "")
        codes = [age_code(day(row["Syntymäaika"]), start), status, LEVEL.get(row["Koulutustaso"], "")]
        codes += ["EECO01"] * bool(status)
        ongoing = {"Läsnä", "Loma", "Väliaikaisesti keskeytynyt"} & {right["Opiskeluoikeuden tila"] for right in of}
        if of and not ongoing:
            codes += result_codes(of, told.get(person, {"Tilanne": "", "Seurantapäivä": ""}), status)
        counts.update(itertools.product(codes, ("total", WORDS.get(row["Sukupuoli"], ""))))
    asked = [code for code in (*esf_plus.OUTPUTS, "EECR02", "EECR03", "EECR04") if code[4:] not in UNASKED]
    return {code: {name: counts[code, name] for name in ("total", *WORDS.values())} for code in asked}


def test_the_table_of_the_demo_is_what_its_files_say():
    term = open_demo("2023K", "internal", "en")
    study = term.study.model_copy(update={"esf_plus": DEMO, "funder": "esf-plus"})
    found = esf_plus.people(study, term.tidy)
    made, mine = esf_plus.numbers(found), by_hand(term.study.folder)
    for code in mine:
        assert {name: made[code][name] for name in mine[code]} == mine[code], code
    assert made["EECO01"]["total"] == 650 and made["EECR03"]["total"] > 0
    assert esf_plus.broken_rules(made, int(found["left"].sum())) == []
    outputs, results, missing, rules = esf_plus.tables(found, Labels(study, term.term, "en", "internal"))
    assert [line[0] for line in outputs.rows] == list(esf_plus.OUTPUTS)
    unasked = [line[0] for line in outputs.rows if line[2] == NONE]
    assert unasked == [code for code in esf_plus.OUTPUTS if code[4:] in UNASKED]
    late = next(line for line in rules.rows if line[0] == "leaving_not_in_time")
    assert late[2] == sum(found["leaving_role"].notna() & found["leaving"].isna())  # they were asked after four months
    leaving = next(line for line in missing.rows if line[0] == "leaving")
    assert leaving[2] == int(found["left"].sum()) - int(found["leaving"].notna().sum())
    assert len(results.rows) == 6


# --- rules: each on a record that breaks it ---

START, END = pd.Timestamp("2023-01-10"), pd.Timestamp("2023-05-31")
GOOD = {
    "person": "p",
    "start": START,
    "end": END,
    "gender": "women",
    "age": "from_30_to_54",
    "status": "inactive",
    "level": "isced_0_2",
    "long_term": "unknown",
    **dict.fromkeys(esf_plus.FLAGS, "no"),
    "left": True,
    "qualified": True,
    "leaving_role": "employed",
    "leaving_date": END + pd.Timedelta(days=28),
    "later_role": "employed",
    "later_date": pd.Timestamp("2023-11-30"),
    "improved": "no",
}
RECORDS = {
    "gender_unknown": {"gender": "unknown"},
    "age_unknown": {"age": "unknown"},
    "status_unknown": {"status": "unknown"},
    "level_unknown": {"level": "unknown"},
    "left_before_start": {"start": pd.Timestamp("2023-06-01")},
    "result_without_leaving": {"left": False},
    "leaving_not_in_time": {"leaving_date": END + pd.Timedelta(days=29)},
    "later_too_early": {"later_date": pd.Timestamp("2023-11-29")},
    "undated": {"leaving_date": pd.NaT},
}


def frame(*records: dict) -> pd.DataFrame:
    found = pd.DataFrame([GOOD | record for record in records])
    for name, longer in (("leaving", 0), ("later", 1)):
        found[name] = found[f"{name}_role"].where(esf_plus._in_time(found, f"{name}_date", longer))
    return found


def broken(record: dict) -> set[str]:
    return {rule for rule, which in esf_plus.faulty_records(frame(record)).items() if which.any()}


def test_a_whole_record_breaks_no_rule():
    assert broken({}) == set()
    assert set(RECORDS) == set(esf_plus.faulty_records(frame({})))


@pytest.mark.parametrize("rule", RECORDS)
def test_a_broken_record_is_found_by_its_rule_alone(rule):
    assert broken(RECORDS[rule]) == {rule}


TABLES = {
    "total_is_sum": ("EECO01", "total", 1),
    "long_term_are_unemployed": ("EECO03", "women", 1),
    "job_search_of_inactive": ("EECR01", "women", 2),
    "work_of_those_without": ("EECR04", "men", 1),
    "later_work_of_those_without": ("EECR05", "men", 1),
    "improved_of_employed": ("EECR06", "women", 1),
    "genders_sum": ("EECO09", "women", -1),
    "ages_sum": ("EECO09", "from_55", 1),
    "results_of_leavers": ("EECR02", "total", 3),
}


@pytest.mark.parametrize("rule", TABLES)
def test_a_table_that_does_not_hold_together_is_told_by_rule_indicator_and_column(rule):
    made = esf_plus.numbers(frame({}))
    assert esf_plus.broken_rules(made, 1) == []
    code, column, more = TABLES[rule]
    made[code][column] += more
    assert (rule, code) in {(name, of) for name, of, _ in esf_plus.broken_rules(made, 1)}


def test_every_rule_has_words_and_stands_in_the_table(small):
    found = frame({}, {"gender": "unknown"})
    rules = esf_plus.tables(found, small)[-1]
    assert [line[0] for line in rules.rows] == [*RECORDS, *TABLES]
    assert {line[0]: line[2] for line in rules.rows if line[2]} == {"gender_unknown": 1}


# --- bounds ---


def test_bounds_hold_the_truth_whoever_was_silent():
    of = (
        ("inactive", "unemployed"),
        ("unemployed", "employed"),
        ("employed", "employed_student"),
        ("inactive", "other"),
    )
    everyone = [{"status": status, "leaving_role": role, "later_role": role} for status, role in of]
    truth = esf_plus.results(frame(*everyone))
    for silent in itertools.product((True, False), repeat=len(everyone)):
        told = [
            r | ({"leaving_role": None, "later_role": None} if s else {}) for r, s in zip(everyone, silent, strict=True)
        ]
        for code, result in esf_plus.results(frame(*told)).items():
            least, greatest = esf_plus.bounds(result)
            assert least <= int(truth[code].reached.sum()) <= greatest, (code, silent)


def test_results_are_of_those_for_whom_they_are_possible():
    found = frame({"leaving_role": "unemployed"}, {"status": "employed"}, {"status": "unemployed"}, {"left": False})
    results = esf_plus.results(found)
    assert {code: int(result.reached.sum()) for code, result in results.items()} == {
        **{"EECR01": 1, "EECR02": 0, "EECR03": 3, "EECR04": 1, "EECR05": 2, "EECR06": 0}
    }
    assert int(results["EECR06"].possible.sum()) == 1


# --- the command ---

ASKS = """funder = "esf-plus"
targets = ["""
MAPPED = """[esf_plus]
women = ["f"]
men = ["m"]
isced_0_2 = ["basic"]
isced_3_4 = ["upper"]
qualified = ["whole"]
leaving = "first"
rural = "needs"

[budget]
grant"""
EDITS = {"targets = [": ASKS, "[budget]\ngrant": MAPPED}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Labels:
    study = loader.load(write_study(tmp_path_factory.mktemp("esf") / "s", EDITS))
    return Labels(study, study.last_term, "en", "internal")


def test_the_command_writes_tables_for_the_evaluator_alone(make_study, tmp_path, capsys):
    folder = make_study(EDITS)
    assert main(["esf-plus", str(folder), "--to", str(tmp_path / "out"), "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "Labour-market status on entering is missing" in said and "faults.csv" in said
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {
        "esf-plus-outputs.csv",
        "esf-plus-results.xlsx",
        "esf-plus-missing.csv",
        "tables.xlsx",
        "faults.csv",
    } <= written
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    faults = (tmp_path / "out" / "faults.csv").read_text("utf-8")
    people = {line.split(";")[0] for line in FILES["raw/T1/people.csv"].splitlines()[1:]}
    assert {f"status_unknown,{person}" for person in people} <= set(faults.splitlines())
    assert main(["esf-plus", str(folder), "--to", str(tmp_path / "public-en"), "--language", "en"]) != 0


def test_a_study_that_does_not_ask_for_it_has_none(make_study, capsys):
    assert main(["esf-plus", str(make_study()), "--language", "en"]) == 0
    assert 'funder = "esf-plus"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("edit", "where"),
    [
        (('men = ["m"]', 'men = ["x"]'), "esf_plus.men"),
        (('men = ["m"]', 'men = ["f"]'), "esf_plus.women"),
        (('rural = "needs"', 'rural = "points"'), "esf_plus.rural"),
        (('leaving = "first"', 'leaving = "second"'), "esf_plus.leaving"),
    ],
)
def test_faults_of_the_mapping_are_located(make_study, edit, where):
    folder = make_study({"targets = [": ASKS, "[budget]\ngrant": MAPPED.replace(*edit)})
    with pytest.raises(StudyError) as caught:
        loader.load(folder)
    assert [fault.path for fault in caught.value.faults] == [where]
