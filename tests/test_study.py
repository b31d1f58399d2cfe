"""A study file with faults: all listed at once, each with its key path, and nothing said that follows from another."""

from __future__ import annotations

import pytest
from conftest import DATA, STUDY

from evaltools.study import loader
from evaltools.study.faults import StudyError


def faults(folder) -> dict[str, str]:
    """Key path to kind of fault; a path with two faults would lose one, so that is checked."""
    with pytest.raises(StudyError) as error:
        loader.load(folder)
    found = {f.path: f.what for f in error.value.faults}
    assert len(found) == len(error.value.faults), error.value.faults
    return found


@pytest.mark.parametrize("name", ["uusi-alku", "jobs-ii", "nsw"])
def test_the_studies_of_the_repository_are_without_fault(name):
    assert loader.load(DATA / name).id == name


def test_the_small_study_is_without_fault(make_study):
    loaded = loader.load(make_study())
    assert [t.id for t in loaded.terms_to("T1")] == ["T1"]
    assert loaded.study.name("fi") == "Koe"
    assert loaded.study.funder("fi") == loaded.study.funder("en") == "Nobody"


def test_every_fault_is_listed_at_once_with_its_key_path(make_study):
    folder = make_study(
        {
            "start = 2021-01-01\nend = 2021-12-31\n\n[[terms]]": 'start = "soon"\nend = 2021-12-31\n\n[[terms]]',
            "end = 2021-07-31": "end = 2021-08-31",
            'in = ["basic"] }]\n\n[[target_groups]]': 'in = ["basics"] }]\n\n[[target_groups]]',
            'column = "enrolments.field"': 'column = "enrolments.fields"',
            'id = "aged_or_needing"': 'id = "low"',
            'role = "completed"': 'role = "finished"',
            'name = "Women" }': 'name = "Women", role = "x" }',
            'id = "698", name = "Rovaniemi", region = "r2"': 'id = "698", name = "Rovaniemi", region = "r9"',
            'fields = ["tech"]': 'fields = ["technology"]',
            'direction = "lower"': 'direction = "lower", colour = "red"',
            "min = 0, max = 10": "min = 10, max = 10",
            'items = ["q1", "q2"]': 'items = ["q1", "q9"]',
            'values.gender = { Woman = "f", Man = "m" }': 'values.gender = { Woman = "f", Man = "male" }',
            'columns.points = "points"': 'columns.pints = "points"',
            'category = "travel", planned = 200': 'category = "trips", planned = 200',
            'target_group = "low"': 'target_group = "lowest"',
            'name = "Ledger"\n': 'name = "Ledger"\nbogus = 1\n',
            'columns = { person = "id", date = "day", status = "status" }': 'columns = { person = "id", date = "day" }',
        }
    )
    assert faults(folder) == {
        "study.start": "bad_value",
        "survey.items.1.colour": "unknown_key",
        "sources.8.bogus": "unknown_key",
        "terms.1": "overlapping_terms",
        "target_groups": "repeated_id",
        "target_groups.0.all.0.in": "unknown_reference",
        "target_groups.1.all.1.column": "no_such_column",
        "codes.state.1.role": "role_needed",
        "codes.gender.0.role": "role_unused",
        "codes.municipality.2.region": "unknown_reference",
        "codes.occupation.1.fields": "unknown_reference",
        "survey.items.2.max": "max_not_above_min",
        "survey.scales.0.items": "unknown_reference",
        "sources.0.values.gender": "unknown_reference",
        "sources.0.columns.pints": "no_such_column",
        "sources.4.columns": "column_needed",
        "budget.plan.1.category": "unknown_reference",
        "representation.0.target_group": "unknown_reference",
    }


OBJECTIVE = '[[objectives]]\nid = "o"\nname = "Reach"\nactions = ["a1"]\n'
GROUP_ACTIONS = "objectives.0.group_actions"


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        ("end = 2021-07-31", "end = 2020-07-31", "terms.0.end", "end_before_start"),
        ("end = 2021-12-31\n\n[[terms]]", "end = 2020-12-31\n\n[[terms]]", "study.end", "end_before_start"),
        ('organisation = "Folk school"\n', "", "study.organisation", "missing_key"),
        ('id = "T2"', 'id = "T 2"', "terms.1.id", "bad_value"),
        ('id = "T2"', 'id = "T1"', "terms", "repeated_id"),
        ('id = "T2"', 'id = "t1"', "terms.1.id", "same_folder"),
        ('id = "T2"', 'id = "Com1"', "terms.1.id", "device_name"),
        ("value = 4", "value = 0", "targets.0.value", "bad_value"),
        ('measure = "participants"', 'measure = "people"', "targets.0.measure", "bad_value"),
        (
            'column = "participants.age"',
            'column = "participants.birth_date"',
            "target_groups.2.any.0.column",
            "no_such_column",
        ),
        ('column = "participants.age"', 'column = "participants.education"', "target_groups.2.any.0", "bad_value"),
        (
            '{ column = "participants.age", min = 30 }',
            '{ column = "participants.age" }',
            "target_groups.2.any.0",
            "empty_rule",
        ),
        ('all = [{ column = "participants.education", in = ["basic"] }]', "", "target_groups.0", "empty_rule"),
        ('items = ["q1", "q2"]', 'items = ["q1"]', "survey.scales.0.items", "bad_value"),
        ('id = "q1", text', 'id = "q1", labels = "none", text', "survey.items.0.labels", "unknown_reference"),
        ('q1 = "Q1", q2 = "Q2", fb = "FB"', 'q1 = "Q1", fb = "FB"', "survey.items.1.id", "item_without_column"),
        (
            "variables = [",
            'variables = [{ id = "gender", table = "participants", kind = "number", name = "x" },',
            "variables.0.id",
            "variable_hides",
        ),
        (
            '    { id = "fb"',
            '    { id = "comment", text = "x", surveys = ["end"] },\n    { id = "fb"',
            "survey.items.2.id",
            "variable_hides",
        ),
        (
            'part = { education = ["basic"] }',
            'part = { education = ["base"] }',
            "representation.0.part.education",
            "unknown_reference",
        ),
        ('part = { education = ["basic"] }', 'part = { count = ["1"] }', "representation.0.part", "no_such_column"),
        ('weight_by = ["gender"]', 'weight_by = ["language"]', "followup.weight_by", "column_needed"),
        ("[budget]", '[disclosure]\nmethod = "none"\n\n[budget]', "disclosure.reason", "reason_needed"),
        ("[budget]", "[disclosure]\nbase = 2\n\n[budget]", "disclosure.base", "bad_value"),
        ('file = "ledger.csv"', 'file = "../ledger.csv"', "sources.8.file", "bad_value"),
        (
            'file = "ledger.csv"',
            'file = "ledger.csv"\nanswers = { "Yes" = "1", "yes." = "2" }',
            "sources.8.answers",
            "label_of_two",
        ),
        ('file = "ledger.csv"', 'file = "/etc/passwd"', "sources.8.file", "bad_value"),
        ('file = "ledger.csv"', 'file = ""', "sources.8.file", "bad_value"),
        ('file = "ledger.csv"', 'file = "ledger.csv"\nencoding = "latin-99"', "sources.8.encoding", "bad_value"),
        ('file = "ledger.csv"', 'file = "ledger.csv"\nencoding = "base64"', "sources.8.encoding", "bad_value"),
        ('file = "ledger.csv"', 'file = "ledger.csv"\ndate_format = "%Q"', "sources.8.date_format", "bad_value"),
        ('file = "ledger.csv"', 'file = "ledger.csv"\ndate_format = "%d.%m."', "sources.8.date_format", "bad_value"),
        ('file = "ledger.csv"', 'file = "ledger.csv"\ndelimiter = \'"\'', "sources.8.delimiter", "bad_value"),
        ('table = "budget"', 'table = "money"', "sources.8.table", "unknown_reference"),
        (
            'file = "needs.csv"',
            'file = "needs.csv"\nduplicates = "last"',
            "sources.12.duplicates",
            "duplicates_in_background",
        ),
        (
            'training_need = [{ id = "digital", name = "Digital skills" }, { id = "languages", name = "Languages" }]',
            "",
            "sources.12.columns.need",
            "no_code_list",
        ),
        ("targets = [", 'id = "other"\ntargets = [', "id", "unknown_key"),
        ("targets = [", 'folder = "/"\ntargets = [', "folder", "unknown_key"),
        ('items = ["q1", "q2"]', 'items = ["q1", "q2"], fewest = 3', "survey.scales.0.fewest", "fewest_of_scale"),
        ('items = ["q1", "q2"]', 'items = ["q1", "fb"], fewest = 1', "survey.scales.0.fewest", "fewest_of_unlike"),
        ("[survey]", "[survey]\nno_relevant_change = 10", "survey.no_relevant_change", "bad_value"),
        ("[budget]", OBJECTIVE + "group_actions = { high = [] }\n\n[budget]", GROUP_ACTIONS, "unknown_reference"),
        ("[budget]", OBJECTIVE + 'group_actions = { low = ["a2"] }\n\n[budget]', GROUP_ACTIONS, "unknown_reference"),
    ],
)
def test_one_fault_is_one_line(make_study, old, new, path, what):
    assert faults(make_study({old: new})) == {path: what}


def test_a_comparison_needs_arms(make_study):
    folder = make_study({"[budget]": '[comparison]\ntreated = "a"\ncontrol = "b"\n\n[budget]'})
    assert faults(folder) == {
        "comparison": "column_needed",
        "comparison.treated": "unknown_reference",
        "comparison.control": "unknown_reference",
    }


def test_what_follows_from_the_arm_is_not_held_equal(make_study):
    """Who took part, and how studies ended, may be effects of the assignment; a subgroup is something persons have."""
    more = 'covariates = ["gender", "took_part", "outcome"]\nsubgroups = ["gender", "nothing"]'
    folder = make_study({"[budget]": f'[comparison]\ntreated = "a"\ncontrol = "b"\n{more}\n\n[budget]'})
    found = {path for path, what in faults(folder).items() if what == "column_needed"}
    assert found == {"comparison", "comparison.covariates.1", "comparison.covariates.2", "comparison.subgroups.1"}


def test_a_fault_excuses_only_references_into_its_section(make_study):
    """The faulty code is not there to be referred to; the rest of the file is still held to account."""
    folder = make_study(
        {
            '{ id = "basic", name = "Basic" }, { id = "upper", name = "Upper secondary" }': '{ id = "basic" }',
            'column = "enrolments.field"': 'column = "enrolments.fields"',
            'items = ["q1", "q2"]': 'items = ["q1", "q9"]',
        }
    )
    assert faults(folder) == {
        "codes.education.0.name": "missing_key",
        "target_groups.1.all.1.column": "no_such_column",
        "survey.scales.0.items": "unknown_reference",
    }


def test_a_faulty_variable_excuses_the_columns_that_need_it(make_study):
    folder = make_study({'kind = "flag", name = "Needs training"': 'kind = "flags", name = "Needs training"'})
    assert faults(folder) == {"variables.0.kind": "bad_value"}


def test_a_faulty_condition_leaves_no_empty_rule_behind(make_study):
    folder = make_study({'in = ["basic"] }]\n\n[[target_groups]]': 'in = "basic" }]\n\n[[target_groups]]'})
    assert faults(folder) == {"target_groups.0.all.0.in": "bad_value"}


def test_places_are_those_of_the_file_although_faulty_entries_are_left_out(make_study):
    folder = make_study(
        {'id = "T1"': "id = 1", "start = 2021-08-01\nend = 2021-12-31": "start = 2021-08-01\nend = 2021-01-31"}
    )
    assert faults(folder) == {"terms.0.id": "bad_value", "terms.1.end": "end_before_start"}


@pytest.mark.parametrize("section", ["study", "terms", "sources"])
def test_a_section_that_is_not_there_is_one_fault(make_study, tmp_path, section):
    folder = make_study({'items = ["q1", "q2"]': 'items = ["q1", "q9"]'})
    content = (folder / "study.toml").read_text()
    kept = [part for part in content.split("\n[") if not part.lstrip("[").startswith(section)]
    (folder / "study.toml").write_text("\n[".join(kept))
    assert faults(folder) == {section: "missing_key", "survey.scales.0.items": "unknown_reference"}


def test_faults_in_both_languages(make_study):
    folder = make_study(
        {'items = ["q1", "q2"]': 'items = ["q1", "q9"]', 'name = "Ledger"\n': 'name = "Ledger"\nbogus = 1\n'}
    )
    with pytest.raises(StudyError) as error:
        loader.load(folder)
    assert error.value.lines("en") == [
        "small/study.toml: sources.8.bogus: unknown key; remove it or check its spelling",
        "small/study.toml: survey.scales.0.items: refers to q9, which does not exist; known: fb, q1, q2",
    ]
    assert error.value.lines("fi") == [
        "small/study.toml: sources.8.bogus: tuntematon avain; poista se tai tarkista kirjoitusasu",
        "small/study.toml: survey.scales.0.items: viittaa tunnukseen q9, jota ei ole; tunnetut: fb, q1, q2",
    ]
    assert str(error.value) == "\n".join(error.value.lines("en"))


@pytest.mark.parametrize("content", [b"[study\nname = 1", b'name = "a"\nname = "b"', b"\xff\xfe", b'x = "\xe4"'])
def test_what_is_not_toml_is_said_to_be_so(tmp_path, content):
    (tmp_path / "study.toml").write_bytes(content)
    assert faults(tmp_path) == {"file": "not_toml"}


def test_a_byte_order_mark_does_no_harm(make_study):
    folder = make_study()
    (folder / "study.toml").write_bytes(b"\xef\xbb\xbf" + STUDY.encode())
    assert loader.load(folder).id == "small"


def test_an_empty_file_names_what_is_needed(tmp_path):
    (tmp_path / "study.toml").write_text("")
    assert faults(tmp_path) == dict.fromkeys(("study", "terms", "sources"), "missing_key")


def test_an_unknown_study_names_the_known_ones(make_study, tmp_path):
    make_study(name="one")
    make_study(name="two")
    with pytest.raises(StudyError) as error:
        loader.load(tmp_path / "three")
    assert error.value.lines("en")[0].endswith("known studies: one, two")
    assert error.value.lines("fi")[0].endswith("tunnetut tutkimukset: one, two")


def test_an_unknown_term_names_the_known_ones(make_study):
    with pytest.raises(StudyError, match="there is no term T9; known terms: T1, T2"):
        loader.load(make_study()).term("T9")


def test_a_study_is_found_from_a_folder_inside_the_project(make_study, tmp_path, monkeypatch):
    make_study(name="data/one")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert loader.load("data/one").folder == tmp_path / "data" / "one"
