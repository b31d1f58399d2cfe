"""``evaltools next``: one more term in the study file, everything else as it was written."""

from __future__ import annotations

import datetime as dt
import shutil
import tomllib
from pathlib import Path

import pytest
from conftest import DATA, FILES, STUDY, write_study

from evaltools.authoring import next_term
from evaltools.cli import main as cli
from evaltools.study import loader, term_text
from evaltools.study.evaluation_model import Term

DEMO = (DATA / "uusi-alku" / "study.toml").read_text(encoding="utf-8")


def some_term(**changed: object) -> Term:
    told = {"id": "T3", "name": "Third", "start": dt.date(2022, 1, 1), "end": dt.date(2022, 7, 31)}
    return Term.model_validate({**told, **changed})


def added_lines(before: str, after: str) -> list[str]:
    """What stands in the text besides what stood there; the old lines are all there, in their order."""
    rest = iter(before.splitlines())
    expected, new = next(rest, None), []
    for line in after.splitlines():
        if line == expected:
            expected = next(rest, None)
        else:
            new.append(line)
    assert expected is None
    return [line for line in new if line]


# --- the text of the study file ---------------------------------------------------------------------------------------

HEAD = 'title = "x" # of the study\n'
TAIL = "\n# --- what follows: [[terms]] are above\n\n[[targets]]\nid = 'a'\n"
BLOCKS = (
    "\n[[terms]]\nid = 'T1' # the first\n\n[[terms]]\nid = 'T2'\n# the last day is not known yet\nend = 2021-12-31\n"
)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + BLOCKS + TAIL,
        HEAD + BLOCKS,
        HEAD + BLOCKS.rstrip(),
        HEAD + BLOCKS + "[terms.name]\nfi = 'a'\nen = '''\n[not a table]\n'''\n" + TAIL,
        HEAD + BLOCKS + "other = [\n    [1, 2],\n  [3],\n]\n" + TAIL,
        "terms = [\n    { id = 'T1' }, # the first\n    { id = 'T2', days = [1, 2] },\n]\n" + TAIL,
        "terms = [\n    { id = 'T1' },\n    { id = 'T2' }\n]\n" + TAIL,
        "terms = [{ id = 'T1', note = ']' }, { id = 'T2' }]\n" + TAIL,
        (HEAD + BLOCKS + TAIL).replace("\n", "\r\n"),
    ],
)
def test_a_term_more_and_nothing_else(text):
    after = term_text.with_term(text, some_term())
    before, now = tomllib.loads(text), tomllib.loads(after)
    [new] = now["terms"][len(before["terms"]) :]
    assert new == {"id": "T3", "name": "Third", "start": dt.date(2022, 1, 1), "end": dt.date(2022, 7, 31)}
    assert {**now, "terms": now["terms"][:-1]} == before
    assert after.count("\r\n") == (after.count("\n") if "\r" in text else 0)
    for comment in ("# of the study", "# the first", "# the last day is not known yet", "# --- what follows"):
        assert after.count(comment) == text.count(comment)


def test_comments_of_what_follows_stay_with_it():
    after = term_text.with_term(HEAD + BLOCKS + TAIL, some_term())
    assert after.endswith("end = 2022-07-31\n" + TAIL)


def test_names_by_language_and_quotation_marks():
    name = {"fi": 'Syksy "22"', "en": "Autumn \\ 22"}
    after = term_text.with_term(HEAD + BLOCKS, some_term(name=name))
    assert tomllib.loads(after)["terms"][-1]["name"] == name


def test_where_there_is_no_place_nothing_is_guessed():
    assert term_text.with_term("terms = [{ id = 'T1' } # and no more\n]\n", some_term()) is None


# --- days and name ----------------------------------------------------------------------------------------------------


def test_the_demos_next_term_is_the_same_half_of_the_year(tmp_path):
    folder = tmp_path / "data" / "uusi-alku"
    folder.mkdir(parents=True)
    for name in ("study.toml", "texts"):
        source = DATA / "uusi-alku" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    made = next_term.add(folder, "2023S")
    assert added_lines(DEMO, (folder / "study.toml").read_text(encoding="utf-8")) == [
        "[[terms]]",
        'id = "2023S"',
        'name = { fi = "Syksy 2023", en = "Autumn 2023", sv = "Hösten 2023" }',
        "start = 2023-08-01",
        "end = 2023-12-31",
    ]
    assert loader.load(folder).last_term.id == "2023S" and made.exports.is_dir()
    assert made.texts.read_text(encoding="utf-8").split("\n")[:5] == ["# fi", "", "## summary", "", "## outreach"]
    assert [what for what, _ in made.to_tell] == ["values", "extracted", "study_end"]
    # years in the id lead further than the days do
    spring = next_term.add(folder, "2025K").term
    assert (spring.start, spring.end, spring.name("en")) == (dt.date(2025, 1, 1), dt.date(2025, 7, 31), "Spring 2025")


@pytest.fixture
def small(tmp_path) -> Path:
    return write_study(tmp_path / "small")


def test_days_of_an_id_without_a_year_follow_from_the_terms_before(small, monkeypatch, capsys):
    monkeypatch.chdir(small.parent)
    assert cli.main(["next", "small", "T3", "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "T3" in said and "1 January 2022" in said and "31 July 2022" in said and "small/raw/T3" in said
    term = loader.load(small).last_term
    assert (term.id, term.name("en")) == ("T3", "T3")  # "Spring" is the first term's
    assert added_lines(STUDY, (small / "study.toml").read_text(encoding="utf-8"))[0] == "[[terms]]"
    # with the exports laid in, the study is whole again; the text that waits for its author is no fault
    for name, content in FILES.items():
        if name.startswith("raw/T2/") and "later" not in name:
            kept = content.replace("2021-", "2022-") if "plan" not in name else content
            head, *rows = kept.splitlines()
            rows = rows if any(each in name for each in ("outreach", "contacts", "ledger", "plan")) else []
            (small / name.replace("T2", "T3")).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (small / "raw/T3/later.csv").write_text("id;day;status\n", encoding="utf-8")
    assert cli.main(["check", "small", "--language", "en"]) == 0
    assert "3 terms" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("term", "more", "said"),
    [
        ("T2", [], "T2 occurs more than once"),
        ("t2", [], "T2 and t2"),
        ("CON", [], "device"),
        ("a/b", [], "terms.2.id"),
        ("T3", ["--start", "2021-12-01", "--end", "2022-01-31"], "overlap"),
        ("T3", ["--start", "2022-02-01", "--end", "2022-01-31"], "ends before it starts"),
        ("T3", ["--start", "2022-03-15"], "--end"),
    ],
)
def test_a_term_that_will_not_do_changes_nothing(small, capsys, term, more, said):
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    assert cli.main(["next", str(small), term, "--language", "en", *more]) == 2
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in small.rglob("*") if path.is_file()} == before
    assert not (small / "raw/T3").exists()


def test_what_lies_there_already_stays(small):
    own = "# fi\n\n## summary\n\nSana.\n"
    for file, content in (("raw/T3/people.csv", "id\n"), ("texts/T3.md", own)):
        (small / file).parent.mkdir(exist_ok=True)
        (small / file).write_text(content, encoding="utf-8")
    next_term.add(small, "T3")
    assert (small / "raw/T3/people.csv").read_text(encoding="utf-8") == "id\n"
    assert (small / "texts/T3.md").read_text(encoding="utf-8") == own


def test_a_leap_day_has_a_day_in_other_years():
    assert next_term.years_later(dt.date(2024, 2, 29), 1) == dt.date(2025, 2, 28)
    assert next_term.years_later(dt.date(2023, 2, 28), 1) == dt.date(2024, 2, 28)
