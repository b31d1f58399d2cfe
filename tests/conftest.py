"""What several test files share: a key file of the tests' own, and a small study written to a folder."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in kernels: threads for small matrices wait for each other, at full speed

from evaltools import session
from evaltools.pipeline import publication
from evaltools.sections import registry

DATA = Path(__file__).resolve().parents[1] / "data"

publication.OFTEN = float("inf")  # how far the gate is, is told on a slow machine only: tests of that say how often
# how long an example takes says how busy the machine is
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

STUDY = """\
targets = [{ id = "people", name = "People", measure = "participants", value = 4 }]
age_groups = [{ id = "young", min = 15, max = 29 }, { id = "old", min = 30 }]
variables = [
    { id = "needs", table = "participants", kind = "flag", name = "Needs training" },
    { id = "points", table = "participants", kind = "number", name = "Points" },
]

[study]
name = { fi = "Koe", en = "Trial" }
title = { fi = "Kokeen arviointi", en = "Evaluation of a trial" }
organisation = "Folk school"
funder = "Nobody"
start = 2021-01-01
end = 2021-12-31

[[terms]]
id = "T1"
name = { fi = "Kevät", en = "Spring" }
start = 2021-01-01
end = 2021-07-31

[[terms]]
id = "T2"
name = { fi = "Syksy", en = "Autumn" }
start = 2021-08-01
end = 2021-12-31

[[target_groups]]
id = "low"
name = "Low education"
definition = "Basic education"
all = [{ column = "participants.education", in = ["basic"] }]

[[target_groups]]
id = "men_in_care"
name = "Men in care"
definition = "Men who study care"
all = [{ column = "participants.gender", in = ["m"] }, { column = "enrolments.field", in = ["care"] }]

[[target_groups]]
id = "aged_or_needing"
name = "Aged or needing"
definition = "Aged 30 or more, or in need of training"
any = [{ column = "participants.age", min = 30 }, { column = "participants.needs", in = ["true"] }]

[codes]
gender = [{ id = "f", name = "Women" }, { id = "m", name = "Men" }]
region = [{ id = "r1", name = "South" }, { id = "r2", name = "North" }]
municipality = [
    { id = "091", name = "Helsinki", region = "r1" },
    { id = "092", name = "Vantaa", region = "r1" },
    { id = "698", name = "Rovaniemi", region = "r2" },
]
education = [{ id = "basic", name = "Basic" }, { id = "upper", name = "Upper secondary" }]
channel = [{ id = "cafe", name = "Cafés" }, { id = "fair", name = "Fairs" }]
kind = [{ id = "whole", name = "Whole" }, { id = "part", name = "Part" }]
field = [{ id = "care", name = "Care" }, { id = "tech", name = "Technology" }]
state = [
    { id = "on", name = "On", role = "ongoing" },
    { id = "done", name = "Done", role = "completed" },
    { id = "left", name = "Left", role = "dropped" },
]
placement = [
    { id = "work", name = "Work", role = "employed" },
    { id = "both", name = "Work and study", role = "employed_student" },
    { id = "study", name = "Study", role = "student" },
    { id = "none", name = "Neither", role = "unemployed" },
]
action = [{ id = "a1", name = "First" }, { id = "a2", name = "Second" }, { id = "a3", name = "Third" }]
action_status = [
    { id = "done", name = "Done", role = "done" },
    { id = "open", name = "Open", role = "open" },
    { id = "off", name = "Off", role = "cancelled" },
]
partner_kind = [{ id = "firm", name = "Firms" }]
contact_kind = [
    { id = "call", name = "Call", role = "contact" },
    { id = "net", name = "Network", role = "network" },
    { id = "talk", name = "Talk", role = "negotiation" },
]
contact_outcome = [{ id = "yes", name = "Yes" }, { id = "no", name = "No" }]
budget_category = [{ id = "pay", name = "Salaries" }, { id = "travel", name = "Travel" }]
funding = [{ id = "grant", name = "Grant", role = "grant" }, { id = "own", name = "Own", role = "own" }]
population_age = [{ id = "young", name = "Young" }, { id = "old", name = "Old" }]
population_activity = [{ id = "employed", name = "Employed" }]
population_education = [{ id = "basic", name = "Basic" }, { id = "upper", name = "Upper" }]
occupation = [{ id = "5321", name = "Nurses", fields = ["care"] }, { id = "7212", name = "Welders", fields = ["tech"] }]
outlook = [{ id = "surplus", name = "Surplus", value = -1 }, { id = "shortage", name = "Shortage", value = 1 }]
training_need = [{ id = "digital", name = "Digital skills" }, { id = "languages", name = "Languages" }]

[survey]
cannot_say = ["EOS"]
items = [
    { id = "q1", text = "I can" },
    { id = "q2", text = "It is hard", direction = "lower" },
    { id = "fb", text = "It was good", kind = "score", min = 0, max = 10, surveys = ["end"] },
]
scales = [{ id = "s", name = "Sum", items = ["q1", "q2"] }]

[[representation]]
target_group = "low"
part = { education = ["basic"] }

[followup]
when = "later"
weight_by = ["gender"]

[budget]
grant = 1000
own_share = 0.1
own_share_of = "grant"
plan = [{ category = "pay", planned = 900 }, { category = "travel", planned = 200 }]

[[sources]]
table = "participants"
name = "Register"
file = "people*.csv"
columns.person = "id"
columns.birth_date = "born"
columns.gender = "sex"
columns.municipality = "town"
columns.education = "edu"
columns.channel = "chan"
columns.needs = "needs"
columns.points = "points"
values.gender = { Woman = "f", Man = "m" }
values.needs = { yes = "1", no = "0" }

[[sources]]
table = "enrolments"
name = "Study rights"
file = "rights.csv"
columns.enrolment = "right"
columns.person = "id"
columns.kind = "kind"
columns.field = "field"
columns.start = "from"
columns.end = "to"
columns.state = "state"

[[sources]]
table = "start_survey"
name = "Start survey"
file = "before.csv"
duplicates = "first"
columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "free" }

[[sources]]
table = "end_survey"
name = "End survey"
file = "after.csv"
duplicates = "last"
columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", fb = "FB", comment = "free" }

[[sources]]
table = "followup"
name = "Follow-up"
file = "later.csv"
columns = { person = "id", date = "day", status = "status" }

[[sources]]
table = "outreach"
name = "Outreach"
file = "outreach.csv"
columns = { date = "day", channel = "chan", place = "place", reached = "reached", applicants = "applied" }

[[sources]]
table = "actions"
name = "Plan"
file = "plan.csv"
columns = { action = "action", planned = "planned", status = "status", done = "done" }

[[sources]]
table = "contacts"
name = "Contacts"
file = "contacts.csv"
columns = { date = "day", partner = "partner", partner_kind = "sort", kind = "kind", outcome = "outcome" }

[[sources]]
table = "budget"
name = "Ledger"
file = "ledger.csv"
columns = { date = "day", category = "category", funding = "funding", amount = "euro" }

[[sources]]
table = "population"
name = "Population"
file = "population.csv"
columns = { region = "region", age_group = "age", activity = "activity", education = "education", count = "count" }

[[sources]]
table = "employment"
name = "Employment"
file = "employment.csv"
columns = { month = "month", region = "region", employed = "employed", unemployed = "unemployed" }

[[sources]]
table = "barometer"
name = "Barometer"
file = "barometer.csv"
columns = { occupation = "isco", region = "region", outlook = "outlook" }

[[sources]]
table = "training_needs"
name = "Training needs"
file = "needs.csv"
columns = { need = "need", count = "count", total = "total" }
"""

PEOPLE = "id;born;sex;town;edu;chan;needs;points"
RIGHTS = "right;id;kind;field;from;to;state"
FILES = {
    "raw/T1/people.csv": f"""{PEOPLE}
091;2000-03-01;Woman;091;basic;cafe;yes;1,5
NA;1990-02-01;Man;698;upper;fair;no;2
1E5;1970-12-31;Man;092;basic;cafe;no;
""",
    "raw/T2/people.csv": f"""{PEOPLE}
091;2000-03-01;Woman;698;upper;fair;no;9
None;2003-05-05;Woman;;;;;0
nan;1999-01-01;Man;091;upper;cafe;no;-3,25
""",
    "raw/T1/rights.csv": f"""{RIGHTS}
TRUE;091;whole;care;2021-02-01;2021-05-31;done
2;NA;part;tech;2021-01-31;;on
3;1E5;whole;tech;2021-03-01;2021-04-30;left
""",
    "raw/T2/rights.csv": f"""{RIGHTS}
2;NA;part;tech;2021-01-31;2021-11-30;done
4;091;part;tech;2021-09-01;2021-10-31;left
5;None;whole;care;2021-08-15;;on
6;nan;whole;care;2021-08-16;2021-12-01;done
7;1E5;part;care;2021-09-01;2021-12-15;done
""",
    "raw/T1/before.csv": """id;day;Q1;Q2;free
091;2021-02-02;2;4;
NA;2021-02-03;3;EOS;a word
1E5;2021-03-03;1;;
""",
    "raw/T2/before.csv": """id;day;Q1;Q2;free
091;2021-09-02;5;1;
nan;2021-08-20;3;3;
""",
    "raw/T1/after.csv": """id;day;Q1;Q2;FB;free
091;2021-05-30;4;2;7,5;
""",
    "raw/T2/after.csv": """id;day;Q1;Q2;FB;free
091;2021-10-30;5;3;8;
NA;2022-01-15;4;1;9;
nan;2021-12-01;2;5;;
""",
    "raw/T1/later.csv": """id;day;status
091;2021-07-01;work
1E5;2021-07-01;
""",
    "raw/T2/later.csv": """id;day;status
091;2021-12-01;
1E5;2021-12-31;both
nan;2021-12-31;study
""",
    "raw/T1/outreach.csv": """day;chan;place;reached;applied
2021-01-10;cafe;a place;30;3
2021-02-10;fair;;7;1
""",
    "raw/T2/outreach.csv": """day;chan;place;reached;applied
2021-09-10;cafe;;10;2
""",
    "raw/T1/plan.csv": """action;planned;status;done
a1;2021-02-01;done;2021-02-11
a2;2021-06-01;open;
a3;2021-06-01;open;
""",
    "raw/T2/plan.csv": """action;planned;status;done
a2;2021-06-01;off;
""",
    "raw/T1/contacts.csv": """day;partner;sort;kind;outcome
2021-03-03;a firm;firm;call;
2021-03-04;a firm;firm;talk;yes
""",
    "raw/T2/contacts.csv": """day;partner;sort;kind;outcome
2021-09-03;a firm;firm;net;
""",
    "raw/T1/ledger.csv": """day;category;funding;euro
2021-03-03;pay;grant;300,50
2021-03-03;travel;own;49,50
""",
    "raw/T2/ledger.csv": """day;category;funding;euro
2021-09-03;pay;grant;100
2021-09-04;pay;grant;-50
""",
    "background/population.csv": """region;age;activity;education;count
r1;young;employed;basic;100
r1;old;employed;upper;300
r2;old;employed;basic;100
""",
    "background/employment.csv": """month;region;employed;unemployed
2020-12-01;r1;90;10
2020-12-01;r2;90;10
2021-12-01;r1;80;20
2021-12-01;r2;95;5
""",
    "background/barometer.csv": """isco;region;outlook
5321;r1;shortage
7212;r1;surplus
""",
    "background/needs.csv": """need;count;total
digital;30;100
languages;20;100
""",
}


def write_study(
    folder: Path,
    edits: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes | None] | None = None,
    without: tuple[str, ...] = (),
) -> Path:
    """The small study in a folder: ``edits`` change words of the study file, ``files`` replace or (None) remove
    files, and the sources of the tables ``without`` are left out."""
    text = drop_sources(STUDY, *without)
    for old, new in (edits or {}).items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the study file"
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    for name, content in (FILES | dict(files or {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def drop_sources(study: str, *tables: str) -> str:
    """A study file without the sources of these tables."""
    head, *sources = study.split("[[sources]]\n")
    kept = [source for source in sources if source.split('"')[1] not in tables]
    return "[[sources]]\n".join([head, *kept])


@pytest.fixture(scope="session", autouse=True)
def key_file() -> Iterator[Path]:
    """Every test works with a key of its own, never with the user's."""
    path = Path(tempfile.mkdtemp()) / "pseudonym.key"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVALTOOLS_KEY_FILE", str(path))
        patch.setenv("EVALTOOLS_LOG", str(path.with_name("runs.jsonl")))
        if sys.platform == "linux":  # one process a worker imports the heavy packages, whatever the run
            patch.setenv("EVALTOOLS_KERNELS", "warm")
        yield path
    shutil.rmtree(path.parent)


@pytest.fixture
def make_study(tmp_path) -> Callable[..., Path]:
    """``make_study(edits, files)`` writes the small study to a folder of the test."""
    return lambda edits=None, files=None, name="small", without=(): write_study(tmp_path / name, edits, files, without)


@pytest.fixture
def no_pictures(monkeypatch) -> None:
    """Figures without their picture, where a test looks at sentences and tables only."""
    from evaltools.report import charts, document

    def figure(id: str, caption: str, *_, language: str, **__) -> document.Figure:
        return document.Figure(id, caption, "", "", document.Table(id, caption, [], [], language))

    for name in charts.__all__:
        monkeypatch.setattr(charts, name, figure)


_elsewhere = tempfile.TemporaryDirectory()
_shared = Path(_elsewhere.name)  # of all processes of the tests
_demo: dict[tuple[str, str], session.OpenTerm] = {}


@cache
def demo_folder() -> Path:
    """The demo where nothing was published yet: earlier releases decide how counts are rounded."""
    return shutil.copytree(DATA / "uusi-alku", Path(_elsewhere.name) / "data" / "uusi-alku")


COUNTED = ("tidy", "exact", "shown", "row_cache")


def open_demo(term: str, edition: str = "public", language: str = "fi") -> session.OpenTerm:
    """A term of the demo; it is read, counted and estimated once, whichever processes, files and languages ask."""
    opened = session.open_study(demo_folder()).term(term, language, edition)
    of = opened.term.id, edition
    if of not in _demo:
        _demo[of] = counted(opened, _shared / f"{'-'.join(of)}.pickle")
    opened.__dict__ |= _demo[of]
    return opened


def counted(opened: session.OpenTerm, left: Path) -> dict[str, Any]:
    """The term's tables, counts and rows: the first process that asks leaves them to the others."""
    with FileLock(f"{left}.lock"):
        if not left.exists():
            assert len(opened.results)
            left.write_bytes(pickle.dumps({name: getattr(opened, name) for name in COUNTED}))
    return pickle.loads(left.read_bytes())


def as_counted(opened: session.OpenTerm, first: session.OpenTerm) -> session.OpenTerm:
    """The term with tables, counts and rows of another that differs in language alone."""
    opened.__dict__ |= {name: getattr(first, name) for name in COUNTED}
    return opened


def report_pages(term: session.OpenTerm, topics: Iterable[str] = registry.SECTIONS) -> list:
    """The reports of a term, or those of some sections, each as a notebook that shows the whole of one section."""
    from evaltools import i18n
    from evaltools.report import pages

    made = []
    for registered in (registry.SECTIONS[topic] for topic in topics):
        section = term.section(registered.id)
        shown = {"text/html": "\n".join([section._repr_html_(), section.closing()._repr_html_()])}
        output = nbformat.v4.new_output("execute_result", shown, execution_count=1)
        cell = nbformat.v4.new_code_cell("section", execution_count=1, outputs=[output])
        title, about = (i18n.say(key, term.language) for key in (registered.title, registered.about))
        lead = registered.id == registry.FINAL
        notebook = nbformat.v4.new_notebook(cells=[cell])
        page = pages.Page(registered.folder, title, about, notebook, registered.folder, lead, people=registered.people)
        made.append(page)
    return made


def sentences(parts: list) -> str:
    return " ".join(sentence for part in parts for sentence in part.sentences)


# they start first, so that no worker is left with one of them when the other has done
LONGEST = (
    "test_accessibility.py",
    "test_faults_of_runs.py",
    "test_fresh.py",
    "test_install.py",
    "test_canary.py",
    "test_fleet.py",
    "test_browser.py",
    "test_demo_reports.py",
    "test_own_notebooks.py",
    "test_schema.py",
    "test_final_report.py",
    "test_api.py",
    "test_apart.py",
    "test_conclusions.py",
    "test_changed_cells.py",
    "test_suppression.py",
    "test_recover_truth.py",
)


def pytest_configure_node(node) -> None:
    node.workerinput["shared"] = str(_shared)


def pytest_configure(config: pytest.Config) -> None:
    global _shared
    _shared = Path(getattr(config, "workerinput", {}).get("shared", _shared))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for a process of their own."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))
    # measuring doubles the time of all code, also of what is not measured: tests that write a study are not there to
    # show that every line of the statistics runs
    for item in items:
        if "tmp_path_factory" in item.fixturenames:
            item.add_marker("no_cover")


def pytest_addoption(parser) -> None:
    parser.addoption("--every", action="store_true", help="look at the pages in all schemes and widths")
