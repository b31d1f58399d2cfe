"""Codes that differ in one part: who is linked, who is not, and how many links are expected to be false."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from test_linkage import HEAD

import evaltools as ev
from evaltools.ingest import near_links, reading
from evaltools.study import loader
from evaltools.study.faults import StudyError
from evaltools.study.problems import notes_of

CODE = """
RULES
key = ["Mother", "Day", "Siblings"]
columns = { q1 = "Q1", q2 = "Q2" }
"""
SURVEYS = "".join(
    f'\n[[sources]]\ntable = "{table}"\nname = "-"\nfile = "{file}.csv"\nrequired = false{CODE}'
    for table, file in (("start_survey", "before"), ("end_survey", "after"))
)
START = "Mother;Day;Siblings;Q1;Q2\nA;1;0;1;1\nB;2;1;1;2\nC;3;2;2;2\nD;4;3;3;3\nE;5;0;4;4\nE;5;1;4;4\n"
END = (
    "Mother;Day;Siblings;Q1;Q2\n"
    "a ;1;0;2;2\n"  # the same
    "B;2;2;2;3\n"  # one part differs
    "C;;2;3;3\n"  # one part left out
    "D;9;9;4;4\n"  # two parts differ
    "E;5;3;5;5\n"  # one part, from two persons
)


def study(folder: Path, sources: str, **files: str):
    (folder / "raw" / "T1").mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(HEAD + sources, encoding="utf-8")
    for name, content in files.items():
        (folder / "raw" / "T1" / f"{name}.csv").write_text(content, encoding="utf-8")
    return loader.load(folder)


def paired(tables) -> dict[int, int]:
    """Line of the end survey to line of the start survey of the same person."""
    start = tables["start_survey"].set_index("person")["line"]
    end = tables["end_survey"].set_index("line")["person"]
    return {int(line): int(start[person]) for line, person in end.items() if person in start}


def test_a_code_that_differs_in_one_part_is_linked_if_it_is_the_only_one(tmp_path):
    near = study(tmp_path, SURVEYS.replace("RULES", 'match = "near"'), before=START, after=END)
    tables = reading.read(near, "T1")
    assert paired(tables) == {2: 2, 3: 3, 4: 4}
    assert tables["end_survey"][":near"].tolist() == [False, True, True, False, False]
    said = [(n.kind, n.line) for n in notes_of(tables["notes"]) if n.kind.startswith("near")]
    assert said == [("near_key", 3), ("near_key", 4), ("near_false", None)]
    loose = study(tmp_path, SURVEYS.replace("RULES", 'match = "loose"\nunmatched = "leave_out"'))
    assert paired(reading.read(loose, "T1")) == {2: 2}


REGISTER = """
[[sources]]
table = "participants"
name = "Register"
file = "people.csv"
key = ["Mother", "Day", "Siblings"]
columns = { person = "id" }
"""


def test_codes_are_linked_to_the_register_and_a_person_with_a_row_gets_no_other(tmp_path):
    people = "id;Mother;Day;Siblings\np1;A;1;0\np2;B;2;1\np3;C;3;2\n"
    rules = 'match = "near"\nunmatched = "leave_out"'
    before = "Mother;Day;Siblings;Q1;Q2\nA;1;0;1;1\nA;1;9;2;2\nB;2;9;3;3\nC;3;2;4;4\n"
    near = study(tmp_path, REGISTER + SURVEYS.replace("RULES", rules), people=people, before=before)
    tables = reading.read(near, "T1")
    assert dict(zip(tables["start_survey"]["line"], tables["start_survey"]["person"], strict=True)) == {
        2: "p1",
        4: "p2",
        5: "p3",
    }
    assert [n.line for n in notes_of(tables["notes"]) if n.kind == "unmatched_key"] == [3]


def test_a_code_that_stands_twice_is_nobodys(tmp_path):
    end = "Mother;Day;Siblings;Q1;Q2\nB;2;2;2;3\nB;2;2;4;4\n"
    rules = 'match = "near"\nduplicates = "first"'
    tables = reading.read(study(tmp_path, SURVEYS.replace("RULES", rules), before=START, after=end), "T1")
    assert paired(tables) == {}


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (SURVEYS.replace("RULES", 'match = "near"').replace(', "Siblings"]', "]"), "a key of at least 3 parts"),
        (SURVEYS.replace("RULES", "", 1).replace("RULES", 'match = "near"'), "every source with a key needs"),
        (
            REGISTER.replace(', "Siblings"]', "]") + SURVEYS.replace("RULES", 'match = "near"'),
            "as many in every source",
        ),
    ],
)
def test_a_code_of_too_few_parts_is_refused(tmp_path, sources, said):
    with pytest.raises(StudyError) as error:
        study(tmp_path, sources, before=START, after=END)
    assert said in str(error.value)


def test_links_are_those_that_brute_force_finds():
    random = np.random.default_rng(3)
    for _ in range(200):
        left, right = (
            {i: tuple(map(str, code)) for i, code in enumerate(random.integers(0, 4, (12, 4)))} for _ in range(2)
        )
        left = {i: code for i, code in left.items() if code not in right.values()}

        def near(a, b):
            return sum(x != y for x, y in zip(a, b, strict=True)) == 1

        pairs = [(i, j) for i, j in product(left, right) if near(left[i], right[j])]
        alone = {i: j for i, j in pairs if sum(a == i for a, _ in pairs) == 1 and sum(b == j for _, b in pairs) == 1}
        assert near_links.links(left, right) == alone


def test_the_chance_of_being_one_part_apart_is_that_of_pairs():
    random = np.random.default_rng(5)
    codes = [tuple(map(str, code)) for code in np.column_stack([random.integers(0, k, 900) for k in (3, 5, 7)])]
    apart = [sum(x != y for x, y in zip(a, b, strict=True)) == 1 for a, b in combinations(codes, 2)]
    assert near_links.one_apart(codes) == pytest.approx(np.mean(apart), rel=0.03)
    assert near_links.one_apart(codes[:1]) == near_links.one_apart([]) == 0


def test_false_links_are_expected_where_nobody_has_a_partner():
    """Codes of other persons on both sides: every link is false, and so it is estimated."""
    random = np.random.default_rng(7)
    made = expected = 0.0
    for _ in range(40):
        codes = [np.column_stack([random.integers(0, k, 60) for k in (20, 20, 6)]) for _ in range(2)]
        left, right = ({tuple(map(str, code)): i for i, code in enumerate(side)} for side in codes)
        left = {i: code for code, i in left.items() if code not in right}
        right = {i: code for code, i in right.items()}
        links = near_links.links(left, right)
        chance = near_links.one_apart([*left.values(), *right.values()])
        made += len(links)
        expected += near_links.expected_false(len(links), len(left), len(right), chance)
    assert made > 200 and 0.8 * made < expected <= made
    assert near_links.expected_false(0, 10, 10, 0.1) == 0


def test_the_internal_survey_report_gives_the_change_with_and_without(tmp_path):
    study(tmp_path, SURVEYS.replace("RULES", 'match = "near"'), before=START, after=END)
    term = ev.open_study(tmp_path).term("T1", "en", "internal")
    table = term.section("survey").parts["survey-near"].tables[0]
    assert [(row[0], row[1], row[5]) for row in table.rows] == [("One", 3, 1), ("Two", 3, 1)]
    assert [row[2] for row in table.rows] == [1.0, 1.0]
    public = ev.open_study(tmp_path).term("T1", "en", "public").section("survey").parts["survey-near"]
    assert not public.tables and not any(c.isdigit() for sentence in public.sentences for c in sentence)
