"""Unchanged means not run; what changed runs again, and nothing else; a release can be made again to the byte."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import write_study
from test_cli import HEAVY
from test_run import contents

from evaltools import i18n, paths
from evaltools.cli import main as cli
from evaltools.pipeline import fingerprint, job, kernels, run
from evaltools.pipeline.job import RunError
from evaltools.pipeline.verify import Difference, verify
from evaltools.sections import registry

SECTION = "import evaltools as ev\nsection = ev.open_study(study).term(term, language, edition).section({!r})\nsection"
NOTEBOOKS = {"01_ingestion": "files", "03_participants": "tidy", "04_survey": "tidy", "07_final_report": "results"}
EDITION = "outputs/small/T1/internal-en"


def notebook(folder: Path, name: str, reads: str) -> None:
    cells = ["".join(f"{each} = ''\n" for each in job.PARAMETERS), SECTION.format(registry.of_notebook(Path(name)).id)]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, id=f"c{i}") for i, cell in enumerate(cells)])
    made.cells[0].metadata["tags"] = ["parameters"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.metadata |= {"kernelspec": kernel, "evaltools": {"reads": reads}}
    folder.mkdir(exist_ok=True)
    nbformat.write(made, folder / f"{name}.ipynb")


def again(root: Path, **options) -> run.Outcome:
    options = {"language": "en", "edition": "internal"} | options
    return run.run(root / "data/small", ["T1"], **options)[0]


def stands(root: Path) -> bool:
    """Whether the release there is found to be what a run would make."""
    made = fingerprint.made_from(root / "data/small", "T1", sorted((root / "notebooks").glob("*.ipynb")))
    parameters = {"study": "data/small", "term": "T1", "language": "en", "edition": "internal"}
    return fingerprint.release_stands(root / EDITION, parameters, made)


def files(root: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(root / EDITION).items() if name != "run.json"}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("made")
    write_study(root / "data" / "small")
    for name, reads in NOTEBOOKS.items():
        notebook(root / "notebooks", name, reads)
    assert again(root).ran == list(NOTEBOOKS)
    return root


@pytest.fixture
def project(made, tmp_path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def no_kernels(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a kernel was to be started")

    monkeypatch.setattr(kernels, "Kernels", refuse)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- nothing has changed ---------------------------------------------------------------------------------------------


def test_unchanged_is_not_run_and_nothing_is_written(project, no_kernels):
    before = contents(project / "outputs")
    outcome = again(project)
    assert outcome.unchanged and outcome.index == project / EDITION / "index.internal.html"
    assert contents(project / "outputs") == before


def test_the_command_finds_that_nothing_changed_without_any_heavy_package(project):
    arguments = ["run", "--allow-notebooks", "data/small", "--term", "T1", "--language", "en", "--edition", "internal"]
    code = (
        "import sys; from evaltools.cli.main import main\n"
        f"assert main({arguments}) == 0\n"
        f"print([m for m in {(*HEAVY, 'pyarrow', 'nbformat', 'jupyter_client', 'zmq')} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    said = f"Nothing has changed; the reports are up to date: {EDITION}/index.internal.html"
    assert done.stdout.splitlines() == [said, "[]"]


def test_a_file_of_a_later_term_changes_nothing(project, no_kernels):
    edit(project / "data/small/raw/T2/ledger.csv", "100\n", "101\n")
    assert again(project).unchanged


# --- something has ---------------------------------------------------------------------------------------------------


def test_a_changed_survey_file_runs_again_only_what_reads_it(project, made, tmp_path):
    edit(project / "data/small/raw/T1/after.csv", "4;2;7,5", "4;1;7,5")
    outcome = again(project)
    assert outcome.ran == ["01_ingestion", "04_survey", "07_final_report"]
    record = json.loads((project / EDITION / "run.json").read_text(encoding="utf-8"))
    kept = {entry["notebook"]: entry["kept"] for entry in record["notebooks"]}
    assert kept == {name: name == "03_participants" for name in NOTEBOOKS}
    taken = files(project)
    assert taken["results.internal.csv"] != files(made)["results.internal.csv"]
    assert again(project, force=True).ran == list(NOTEBOOKS)
    assert files(project) == taken  # what was taken over is what comes out when all is run


def test_a_changed_text_runs_again_only_what_says_it(project, monkeypatch):
    entries = {each["notebook"]: each["says"] for each in fingerprint.read_record(project / EDITION)["notebooks"]}
    others = {key for name, said in entries.items() if name != "03_participants" for key in said["keys"]}
    key, whole = min(set(entries["03_participants"]["keys"]) - others), i18n._beginning
    reworded = {key: {"fi": "Toisin", "en": "Otherwise"}}
    monkeypatch.setattr(
        i18n, "_beginning", lambda word: whole(word) | (reworded if key.partition(".")[0] == word else {})
    )
    made_from = fingerprint.made_from
    monkeypatch.setattr(fingerprint, "made_from", lambda *what: made_from(*what) | {"texts": "other"})
    assert again(project).ran == ["01_ingestion", "03_participants", "07_final_report"]  # the last reads files, too


@pytest.mark.parametrize(
    "change",
    [
        lambda root: edit(root / "data/small/study.toml", 'name = "Register"', 'name = "Registry"'),
        lambda root: edit(root / "notebooks/03_participants.ipynb", '"section"', '"section  "'),
        lambda root: (root / "data/small/raw/T1/people2.csv").write_text("id;born;sex;town;edu;chan;needs;points\n"),
    ],
    ids=["study file", "notebook", "new file"],
)
def test_other_changes_are_noticed(project, change):
    assert stands(project)
    change(project)
    assert not stands(project)


PAGE, RECORD = f"{EDITION}/04_survey.internal.html", f"{EDITION}/run.json"
TIDY = "outputs/small/T1/tidy/persons.parquet"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


HARMS = {
    "cut": lambda root: cut(root / PAGE),
    "edited": lambda root: edit(root / PAGE, "</h1>", "!</h1>"),
    "removed": lambda root: (root / PAGE).unlink(),
    "added": lambda root: (root / EDITION / "more.html").write_text("more"),
    "record": lambda root: cut(root / RECORD),
    "link": lambda root: (root / EDITION / "more").symlink_to("/etc"),
    "empty folder": lambda root: (root / EDITION / "more").mkdir(),
    "commit": lambda root: edit(root / RECORD, '"git_commit": ', '"git_commit": "abc", "was": '),
    "start": lambda root: edit(root / RECORD, '"started": "2', '"started": "1'),
    "versions": lambda root: edit(root / RECORD, '"pandas": "', '"pandas": "1'),
    "tidy": lambda root: cut(root / TIDY),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_release_cut_short_or_edited_is_noticed(project, harm):
    assert stands(project)
    HARMS[harm](project)
    assert not stands(project)


@pytest.mark.parametrize("harm", ["link", "empty folder", "commit", "versions"])
def test_verify_names_what_was_put_into_a_release(project, harm):
    HARMS[harm](project)
    named = "more" if harm in ("link", "empty folder") else "run.json"
    assert verify(project / EDITION) == Difference(named, None, "since")


@pytest.mark.parametrize("harm", ["unlink", "edit"])
def test_the_page_of_all_terms_is_put_right(project, harm, capsys, monkeypatch):
    page = project / "outputs/small/index.html"
    before = page.read_bytes()
    page.unlink() if harm == "unlink" else edit(page, "</h1>", "!</h1>")
    monkeypatch.chdir(project)
    assert (
        cli.main(
            ["run", "--allow-notebooks", "data/small", "--term", "T1", "--language", "en", "--edition", "internal"]
        )
        == 0
    )
    assert "Nothing has changed" in capsys.readouterr().out
    assert page.read_bytes() == before


@pytest.mark.parametrize("harms", [("cut", "added", "tidy"), ("record",)], ids=["files", "record"])
def test_a_release_cut_short_is_made_anew(project, made, harms):
    for harm in harms:
        HARMS[harm](project)
    assert "01_ingestion" in again(project).ran
    assert files(project) == files(made)
    assert contents(project / "outputs/small/T1/tidy") == contents(made / "outputs/small/T1/tidy")


# --- the same again --------------------------------------------------------------------------------------------------


def test_a_release_made_anew_is_the_same_to_the_byte(project):
    assert verify(project / EDITION) is None


def test_other_folders_settings_and_kernels_give_the_same_bytes(made, tmp_path):
    """Another folder, one notebook at a time, ordinary kernels, another language, time zone and hash seed."""
    root = tmp_path / "elsewhere"
    shutil.copytree(made, root, ignore=shutil.ignore_patterns("outputs"))
    settings = {"LC_ALL": "C", "LANG": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "EVALTOOLS_KERNELS": "ordinary"}
    command = [
        "run",
        "--allow-notebooks",
        "data/small",
        "--term",
        "T1",
        "--language",
        "en",
        "--edition",
        "internal",
        "--jobs",
        "1",
    ]
    subprocess.run([sys.executable, "-m", "evaltools", *command], cwd=root, env=os.environ | settings, check=True)
    assert files(root) == files(made)
    assert contents(root / "outputs/small/T1/tidy") == contents(made / "outputs/small/T1/tidy")


def test_the_log_tells_each_run_in_lines_without_values(project, monkeypatch):
    monkeypatch.setenv("EVALTOOLS_LOG", str(project / "log" / "runs.jsonl"))
    notebook(project / "notebooks", "03_participants", "tidy")
    good = (project / "notebooks/03_participants.ipynb").read_text(encoding="utf-8")
    (project / "notebooks/03_participants.ipynb").write_text(good.replace("section('part", "sektion('part"))
    with pytest.raises(RunError):
        again(project)
    told = [json.loads(line) for line in (project / "log/runs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [told[0]["event"], told[-1]["event"]] == ["begun", "failed"]
    assert {"notebook": "01_ingestion", "kept": False}.items() <= told[1].items()
    assert told[-1]["lines"][0].startswith("03_participants.ipynb, cell 2: AttributeError")
    assert {each["study"] for each in told} == {"small"}
    assert stat.S_IMODE((project / "log/runs.jsonl").stat().st_mode) == 0o600


def test_verify_names_what_was_changed_since_and_what_cannot_be_compared(project, capsys, monkeypatch):
    edit(project / EDITION / "results.internal.csv", "edition,topic", "edition,Topic")
    assert verify(project / EDITION) == Difference("results.internal.csv", None, "since")
    assert cli.main(["verify", str(project / EDITION), "--language", "en"]) == 1
    assert "results.internal.csv is not what was released" in capsys.readouterr().err
    shutil.copy(project / "data/small/raw/T1/ledger.csv", project / "data/small/raw/T1/ledger.old")
    edit(project / EDITION / "results.internal.csv", "edition,Topic", "edition,topic")
    edit(project / "data/small/raw/T1/ledger.csv", "300,50", "300,51")
    with pytest.raises(RunError, match=r"not those that the release was made from: raw/T1/ledger\.csv"):
        verify(project / EDITION)
    with pytest.raises(RunError, match="no finished release"):
        verify(project)


def test_verify_names_the_first_line_that_comes_out_differently(project):
    """A release whose record agrees with a page that no run would make: only computing anew tells."""
    page, record = project / EDITION / "03_participants.internal.html", project / EDITION / "run.json"
    edit(page, "</h1>", "!</h1>")
    line = next(i for i, words in enumerate(page.read_text(encoding="utf-8").splitlines(), 1) if "!</h1>" in words)
    values = json.loads(record.read_text(encoding="utf-8"))
    values["outputs"][page.name] = paths.digest(page)
    del values["seal"]  # who has the key can seal what they like
    record.write_text(json.dumps(fingerprint.sealed(values)), encoding="utf-8")
    assert verify(project / EDITION) == Difference(page.name, line, "anew")
