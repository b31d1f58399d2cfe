"""Runs of a small study with small notebooks: what a release holds, and that nothing is ever half-done."""

import datetime as dt
import json
import shutil
import stat
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from filelock import FileLock

from evaltools import paths
from evaltools.disclosure import policy, release_log
from evaltools.disclosure.release_check import ReleaseError
from evaltools.ingest.reading import DataError
from evaltools.pipeline import fingerprint, job, provenance, publication, run, staging
from evaltools.report import pages
from evaltools.study.faults import StudyError

STUDY = """
[study]
name = { fi = "Koe", en = "Trial" }
title = { fi = "Kokeen arviointi", en = "Evaluation of a trial" }
organisation = "Folk school"
funder = "Nobody"
start = 2021-01-01
end = 2021-12-31
notice = "Invented data"

[[terms]]
id = "2021K"
name = { fi = "Kevät 2021", en = "Spring 2021" }
start = 2021-01-01
end = 2021-07-31

[[terms]]
id = "2021S"
name = { fi = "Syksy 2021", en = "Autumn 2021" }
start = 2021-08-01
end = 2021-12-31

[[sources]]
table = "participants"
name = "Participants"
file = "participants.csv"
columns = { person = "id", birth_date = "born" }
"""

RELEASE = """
import os, pathlib, sys, warnings
import pandas as pd
from evaltools.report.document import Part
from evaltools import results
place = pathlib.Path(os.environ["EVALTOOLS_WORKSPACE"])
for folder in ("tidy", "results", "tables/01"):
    (place / folder).mkdir(parents=True)
pd.DataFrame({"person": ["secret-person"]}).to_parquet(place / "tidy" / "participants.parquet")
(place / "tables" / "01" / "a.csv").write_text("a,b")
(place / "key_id").write_text("abc123")
(place / "scratch.txt").write_text("left over")
print("whispered text", file=sys.stderr)
warnings.warn("warned text")
"""
PARTS = """
from IPython.display import display
display(Part("kernel", "Kernel", [sys.executable], protected=True))
Part("asked", "Asked", [f"{study} {term} {language} {edition}"], protected=True)
"""
CLOSE = "Part('close', 'Second', ['1 < 2'], protected=True)"
IMPORT = "from evaltools.report.document import Part"


PARAMETERS = "".join(f'{name}: str = ""\n' for name in job.PARAMETERS)


def notebook(folder: Path, name: str, *cells: str, parameters: str = PARAMETERS) -> None:
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    guide = nbformat.v4.new_markdown_cell("advice to the evaluator", metadata={"tags": ["guide"]})
    made = nbformat.v4.new_notebook(metadata=about, cells=[guide, first, *map(nbformat.v4.new_code_cell, cells)])
    folder.mkdir(exist_ok=True)
    nbformat.write(made, folder / f"{name}.ipynb")


def make_project(root: Path) -> Path:
    study = root / "data" / "trial"
    for term, rows in (("2021K", "a;1960-01-01\n"), ("2021S", "b;1970-01-01\n")):
        (study / "raw" / term).mkdir(parents=True)
        (study / "raw" / term / "participants.csv").write_text("id;born\n" + rows)
    (study / "study.toml").write_text(STUDY)
    return root


def contents(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A project with one release, made while an installed ``python3`` kernel points at something else."""
    root = make_project(tmp_path_factory.mktemp("project"))
    notebook(root / "notebooks", "01_ingestion", RELEASE, PARTS)
    notebook(root / "notebooks", "02_background", IMPORT, CLOSE)
    other = root / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "Other", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(root / "jupyter"))
        outcomes = run.run(root / "data/trial", ["2021K"], language="en", progress=lambda *now: seen.append(now))
    return root, outcomes[0], seen


@pytest.fixture
def release(released, tmp_path):
    """A copy of that project, free to be harmed."""
    root = tmp_path / "copy"
    shutil.copytree(released[0], root)
    return root


def rerun(root: Path, **options):
    return run.run(root / "data/trial", ["2021K"], language="en", **options)


# --- a release -----------------------------------------------------------------------------------------------------


def test_release_holds_its_files_and_nothing_else(released):
    root, outcome, seen = released
    folder = root / "outputs/trial/2021K/public-en"
    assert (outcome.folder, outcome.index) == (folder, folder / "index.html")
    assert sorted(contents(folder)) == [
        "01_ingestion.html",
        "02_background.html",
        "index.html",
        "notebooks/01_ingestion.ipynb",
        "notebooks/02_background.ipynb",
        "results.csv",
        "results.parquet",
        "run.json",
        "tables/01/a.csv",
    ]
    assert sorted(p.name for p in folder.parent.iterdir()) == ["public-en", "records", "tidy"]
    assert seen == [("trial", "2021K", 0, 2, "01_ingestion"), ("trial", "2021K", 1, 2, "02_background")]


def test_microdata_lie_outside_the_edition_with_a_warning(released):
    tidy = released[0] / "outputs/trial/2021K/tidy"
    assert pd.read_parquet(tidy / "participants.parquet")["person"].tolist() == ["secret-person"]
    assert "NOT FOR PUBLICATION" in (tidy / "README.txt").read_text(encoding="utf-8")


def test_what_is_not_for_publication_is_its_owners_alone(release):
    root = release / "outputs/trial"
    rerun(release, edition="internal")
    for name in ("", "2021K/tidy", "2021K/records", "2021K/internal-en"):
        assert stat.S_IMODE((root / name).stat().st_mode) == 0o700, name
    release_log.append(root / "ledger.json", [release_log.Published("2021K", 4, {})])
    assert stat.S_IMODE((root / "ledger.json").stat().st_mode) == 0o600


def test_a_release_is_made_anew_without_the_figures_that_the_gate_takes_back(release, monkeypatch):
    """The notebooks run again; what they left before is gone, and the word of what is taken back stays."""
    seen = []

    def check(gate, workspace, tried=None):
        seen.append((release_log.refused(workspace), (workspace / "key_id").is_file()))
        if not seen[-1][0]:
            release_log.refuse(workspace, [release_log.Cell("persons")])
            raise publication.TakenBackError
        return "tried"

    monkeypatch.setattr(publication.Gate, "check", check)
    rerun(release, force=True)
    assert seen[0][0] == [] and seen[-1] == ([release_log.Cell("persons")], True)
    assert not (release / "outputs/trial/2021K/public-en" / release_log.REFUSED).exists()


def test_kernel_is_this_interpreter_and_parameters_arrive(released):
    page = (released[1].folder / "01_ingestion.html").read_text(encoding="utf-8")
    assert "data/trial 2021K en public" in page
    root = released[0] / "outputs/trial/2021K/public-en/notebooks/01_ingestion.ipynb"
    assert Path(sys.executable).name in page
    assert "/bin/false" not in root.read_text(encoding="utf-8")


def test_pages_hold_parts_only(released):
    page = (released[1].folder / "01_ingestion.html").read_text(encoding="utf-8")
    absent = [
        "whispered text",
        "warned text",
        "secret-person",
        "advice to",
        "import pandas",
        "PosixPath",
    ]
    assert [words for words in absent if words in page] == []
    assert page.count("<h1") == 1
    assert "Invented data" in page
    second = (released[1].folder / "02_background.html").read_text(encoding="utf-8")
    assert "1\N{NO-BREAK SPACE}&lt;\N{NO-BREAK SPACE}2" in second


def test_index_and_pages_link_to_one_another(released):
    for name in ("index", "01_ingestion", "02_background"):
        page = (released[1].folder / f"{name}.html").read_text(encoding="utf-8")
        for other in ("index", "01_ingestion", "02_background"):
            assert f'href="{other}.html"' in page


def test_executed_notebooks_name_no_place_of_this_machine(released):
    root = released[0]
    for path in (released[1].folder / "notebooks").iterdir():
        written = path.read_text(encoding="utf-8")
        places = [str(root), str(Path.home()), sys.prefix, '"papermill": {']
        assert [place for place in places if place in written] == []
        nbformat.validate(nbformat.reads(written, 4))


def test_public_notebooks_hold_no_output_that_no_report_shows(released):
    for path in (released[1].folder / "notebooks").iterdir():
        outputs = [o for cell in nbformat.read(path, 4).cells if cell.cell_type == "code" for o in cell.outputs]
        assert outputs
        assert {key for output in outputs for key in output.data} == {"text/html"}
        assert all("data-evaltools" in output.data["text/html"] for output in outputs)


def test_run_record(released):
    record = json.loads((released[1].folder / "run.json").read_text(encoding="utf-8"))
    assert [record[k] for k in ("study", "term", "language", "edition", "state")] == [
        "trial",
        "2021K",
        "en",
        "public",
        "complete",
    ]
    # nothing that is published of it is a size, a name or a hash of what is not: those stand in the whole record
    assert not {"inputs", "made_from", "tidy", "ledger"} & set(record)
    assert [set(entry) for entry in record["notebooks"]] == [{"notebook"}] * 2
    private = paths.whole_record(released[1].folder)
    assert private.stat().st_mode & 0o077 == 0 and private.parent.stat().st_mode & 0o077 == 0
    shown = json.dumps(record)
    record = fingerprint.read_record(released[1].folder)
    assert not any(file["sha256"] in shown for file in record["inputs"])
    assert [file["file"] for file in record["inputs"]] == ["raw/2021K/participants.csv", "study.toml"]
    assert record["inputs"][0]["bytes"] == len("id;born\na;1960-01-01\n")
    assert len(record["inputs"][0]["sha256"]) == 64
    assert record["parameters"] == {"study": "data/trial", "term": "2021K", "language": "en", "edition": "public"}
    assert record["key_id"] == "abc123"
    assert [entry["notebook"] for entry in record["notebooks"]] == ["01_ingestion", "02_background"]
    assert set(record["versions"]) == {"python", *provenance.PACKAGES}
    started, ended = (dt.datetime.fromisoformat(record[k]) for k in ("started", "ended"))
    assert started.utcoffset() == dt.timedelta(0)
    assert started <= ended


# --- failures ------------------------------------------------------------------------------------------------------

FAULTS = {
    "exception": ("raise ValueError('no such\\nthing')", "cell 3: ValueError: no such thing"),
    "death": ("import os; os._exit(0)", "cell 3: the kernel died"),
    "exit": ("import sys; sys.exit(0)", "cell 3: SystemExit: 0"),
    "timeout": ("import time; time.sleep(60)", "cell 3: the cell was not done in 2 seconds"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_failure_names_the_cell_and_changes_nothing(release, fault):
    cell, said = FAULTS[fault]
    notebook(release / "notebooks", "01_ingestion", "1", cell, "2")
    before = contents(release / "outputs")
    with pytest.raises(run.RunError) as failure:
        rerun(release, timeout=2)
    assert failure.value.lines("en") == [f"01_ingestion.ipynb, {said}"]
    assert failure.value.status == 1
    assert contents(release / "outputs") == before
    assert not list((release / "outputs/trial/2021K").glob(".*"))


def test_first_run_that_fails_leaves_no_folder(project):
    notebook(project / "notebooks", "01_ingestion", "1 / 0")
    with pytest.raises(run.RunError, match="ZeroDivisionError"):
        rerun(project)
    assert contents(project / "outputs") == {}
    assert not (project / "outputs/trial/2021K").exists()


def test_input_that_changes_during_the_run_stops_it(release):
    cell = "from pathlib import Path; Path('data/trial/raw/2021K/participants.csv').open('a').write('c;1980-01-01');"
    notebook(release / "notebooks", "01_ingestion", cell)
    before = contents(release / "outputs")
    with pytest.raises(run.RunError, match=r"changed during the run: raw/2021K/participants\.csv"):
        rerun(release, only=["01"])
    assert contents(release / "outputs") == before


def test_faulty_data_stop_the_run_before_any_notebook(release):
    (release / "data/trial/raw/2021K/participants.csv").write_text("id;born\na;31.12.1960\na;1961-01-01\n")
    before, seen = contents(release / "outputs"), []
    with pytest.raises(DataError) as failure:
        rerun(release, progress=lambda *now: seen.append(now))
    assert {problem.line for problem in failure.value.problems} >= {2, 3}
    assert seen == []
    assert contents(release / "outputs") == before


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ({"term_ids": ["2029K"]}, "2021K, 2021S"),
        ({"language": "xx"}, "fi, en, sv"),
        ({"edition": "secret"}, "public, internal"),
        ({"study_folder": "data/nobody"}, "trial"),
    ],
)
def test_unknown_term_language_edition_or_study_names_the_known(release, monkeypatch, asked, known):
    monkeypatch.chdir(release)
    with pytest.raises(StudyError) as failure:
        run.run(**({"study_folder": "data/trial", "term_ids": ["2021K"]} | asked))
    assert failure.value.faults[0].words["known"] == known


def test_unknown_notebook_names_the_known(release):
    with pytest.raises(run.RunError, match="no notebook 09; known: 01_ingestion, 02_background") as failure:
        rerun(release, only=["01", "09"])
    assert failure.value.status == 2


def test_notebook_without_a_parameter_is_refused(project):
    notebook(project / "notebooks", "01_ingestion", "1", parameters="study = ''\nterm = ''")
    with pytest.raises(run.RunError, match=r"01_ingestion\.ipynb: the notebook has no parameter language, edition"):
        rerun(project)


@pytest.mark.parametrize("place", ["s3://bucket/reports", "data/trial/outputs"])
def test_outputs_may_not_be_an_address_or_inside_the_study(release, monkeypatch, place):
    monkeypatch.chdir(release)
    with pytest.raises(run.RunError, match="outputs must"):
        rerun(release, outputs=place)


def test_second_run_of_a_term_is_refused_at_once(release):
    before = contents(release / "outputs")
    with FileLock(release / "outputs/trial/.2021K.lock"), pytest.raises(run.RunError, match="another run"):
        rerun(release, force=True)
    assert contents(release / "outputs") == before


def test_what_a_killed_run_left_is_put_right(release):
    home = release / "outputs/trial/2021K"
    before = contents(home)
    (home / "public-en").rename(home / ".earlier.public-en")
    (home / ".new.public-en.dead" / "edition").mkdir(parents=True)
    shutil.copytree(home / "tidy", home / ".earlier.tidy")
    notebook(release / "notebooks", "01_ingestion", "1 / 0")
    with pytest.raises(run.RunError):
        rerun(release)
    assert contents(home) == before
    assert sorted(p.name for p in home.iterdir()) == ["public-en", "records", "tidy"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_rename_that_fails_puts_every_folder_back(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(staging, "_exchanged", lambda one, other: False)
    for name in ("new", "old", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    before = contents(tmp_path)
    moves = [(tmp_path / "new", tmp_path / "old"), (tmp_path / "other", tmp_path / "nowhere" / "other")]
    with pytest.raises(FileNotFoundError):
        staging.move_into_place(moves)
    assert contents(tmp_path) == before
    staging.move_into_place(moves[:1])
    assert contents(tmp_path) == {"old/file": b"new", "other/file": b"other"}


@pytest.mark.skipif(sys.platform != "linux", reason="in one step on Linux only")
def test_folders_change_places_in_one_step(tmp_path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    assert staging._exchanged(tmp_path / "new", tmp_path / "old")
    assert contents(tmp_path) == {"old/file": b"new", "new/file": b"old"}
    assert not staging._exchanged(tmp_path / "new", tmp_path / "nowhere")


# --- the gate ------------------------------------------------------------------------------------------------------


def ledger_of(root: Path) -> list[str]:
    return [past.term for past in release_log.load(root / "outputs/trial" / release_log.LEDGER)]


def test_a_public_release_stands_in_the_ledger_and_an_internal_one_does_not(release):
    assert ledger_of(release) == ["2021K"]
    run.run(release / "data/trial", ["2021K"], edition="internal")
    rerun(release)
    assert ledger_of(release) == ["2021K"]
    run.run(release / "data/trial", ["2021S"])
    assert ledger_of(release) == ["2021K", "2021S"]


def test_the_term_that_a_report_compares_with_is_released_with_it(project):
    notebook(project / "notebooks", "01_ingestion", IMPORT, CLOSE)
    run.run(project / "data/trial", ["2021S"])
    assert ledger_of(project) == ["2021K", "2021S"]


def test_a_release_that_gives_a_count_away_is_refused_and_nothing_changes(release, monkeypatch):
    """The counts are not protected, as by a fault of the programme: three persons of the second term."""
    raw = release / "data/trial/raw/2021S/participants.csv"
    raw.write_text(raw.read_text() + "c;1971-01-01\nd;1972-01-01\n")
    before = contents(release / "outputs")
    monkeypatch.setattr(policy, "protect", lambda counts, *_: counts)
    with pytest.raises(ReleaseError) as refused:
        run.run(release / "data/trial", ["2021S"])
    assert refused.value.status == 1
    assert any("[composition" in line and "2021S" in line for line in refused.value.lines("en"))
    assert contents(release / "outputs") == before


def test_a_broken_ledger_stops_the_run_before_any_notebook(release):
    (release / "outputs/trial" / release_log.LEDGER).write_text("{")
    before = contents(release / "outputs")
    seen = []
    with pytest.raises(release_log.LedgerError, match="backup"):
        rerun(release, progress=lambda *now: seen.append(now))
    assert seen == []
    assert contents(release / "outputs") == before


def test_a_ledger_that_another_run_wrote_meanwhile_stops_the_release(release):
    path = release / "outputs/trial" / release_log.LEDGER
    notebook(release / "notebooks", "02_background", f"open({str(path)!r}, 'a').write(' ');", IMPORT, CLOSE)
    before = {k: v for k, v in contents(release / "outputs").items() if k != "trial/ledger.json"}
    with pytest.raises(run.RunError, match="run again"):
        rerun(release)
    assert {k: v for k, v in contents(release / "outputs").items() if k != "trial/ledger.json"} == before


def test_a_release_that_cannot_be_moved_into_place_is_not_in_the_ledger(release, monkeypatch):
    before = contents(release / "outputs")

    def fail(moves):
        raise OSError("no")

    monkeypatch.setattr(staging, "move_into_place", fail)
    with pytest.raises(OSError, match="no"):
        run.run(release / "data/trial", ["2021S"])
    assert contents(release / "outputs") == before


# --- drafts and the internal edition -------------------------------------------------------------------------------


def test_only_makes_a_marked_draft_beside_the_release(release):
    show = "import os, sys; print('place', os.environ['EVALTOOLS_WORKSPACE']); print('whisper', file=sys.stderr)"
    notebook(release / "notebooks", "02_background", show, IMPORT, CLOSE)
    before = contents(release / "outputs")
    outcome = rerun(release, only=["02"], edition="internal")[0]
    after = contents(release / "outputs")
    added = {name: after[name] for name in after if name not in before}
    assert {name: after[name] for name in before} == before
    assert outcome.index == release / "outputs/trial/2021K/draft-internal-en/index.internal.html"
    assert {name.removeprefix("trial/2021K/draft-internal-en/") for name in added} == {
        "02_background.internal.html",
        "index.internal.html",
        "notebooks/02_background.internal.ipynb",
        "results.internal.csv",
        "results.internal.parquet",
        "run.json",
    }
    for name, page in added.items():
        if name.endswith(".html"):
            assert b"Not for publication" in page
            assert b"Draft:" in page
            assert b'href="index.internal.html"' in page
    shown = json.loads(added["trial/2021K/draft-internal-en/notebooks/02_background.internal.ipynb"])
    assert shown["cells"][3]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["place workspace\n"]}]
    record = json.loads(added["trial/2021K/draft-internal-en/run.json"])
    assert record["state"] == "draft"


# --- publish -------------------------------------------------------------------------------------------------------


def executed(*cells) -> nbformat.NotebookNode:
    made = [nbformat.v4.new_code_cell("x", execution_count=count, outputs=outputs) for count, outputs in cells]
    return nbformat.v4.new_notebook(cells=made)


def test_notebook_that_stopped_midway_is_refused():
    fault = nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=["secret"])
    pages.check_complete(executed((1, []), (2, [])))
    with pytest.raises(pages.NotRunError) as failure:
        pages.check_complete(executed((1, []), (2, [fault]), (None, [])))
    assert (failure.value.cell, failure.value.error) == (2, "KeyError: 'x'")
    with pytest.raises(pages.NotRunError) as failure:
        pages.check_complete(executed((1, []), (None, []), (3, [])))
    assert (failure.value.cell, failure.value.error) == (2, None)


def test_only_marked_html_is_published():
    ours = '<section class="ev-part" data-evaltools="part" id="a"><p>ours</p></section>'
    theirs = f"<div><table>{ours}</table></div>"
    outputs = [nbformat.v4.new_output("display_data", data={"text/html": page}) for page in (theirs, ours)]
    outputs.append(nbformat.v4.new_output("stream", text=ours))
    assert pages.fragments(executed((1, outputs))) == [ours]
