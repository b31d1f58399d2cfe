"""The command as people use it: what it says, where, and with which exit code."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_run import make_project, notebook

from evaltools.authoring import notebook_copies
from evaltools.cli import main as cli
from evaltools.disclosure import policy
from evaltools.pipeline import notebooks as listing
from evaltools.pipeline import publication
from evaltools.pipeline.job import RunError
from evaltools.study import loader

HEAVY = ("pandas", "numpy", "scipy", "matplotlib", "papermill", "nbconvert", "pydantic", "babel", "IPython")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A folder with a study of two terms, where the command is given."""
    monkeypatch.chdir(make_project(tmp_path))
    monkeypatch.setattr(publication, "OFTEN", math.inf)  # a slow machine says no more than a fast one
    return tmp_path


def survey(project: Path, code: str) -> None:
    notebook(project / "notebooks", "04_survey", code)


def spoil(project: Path) -> None:
    (project / "data/trial/raw/2021S/participants.csv").write_text("id;born\nb;1970\nb;1971-01-01\n")


def test_run_says_what_runs_and_where_the_reports_are(project, capsys):
    survey(project, "assert (study, language, edition) == ('data/trial', 'fi', 'public')")
    assert cli.main(["run", "--allow-notebooks", "data/trial", "--all-terms"]) == 0
    said = capsys.readouterr()
    ran = [line for line in said.err.splitlines() if "suojaus" not in line]  # which a slow machine tells, too
    assert ran[1:] == ["trial 2021K  1/1  04_survey", "trial 2021S  1/1  04_survey"]
    places = [f"outputs/trial/{term}/public-fi/index.html" for term in ("2021K", "2021S")]
    lines = said.out.splitlines()
    assert lines[:2] == [f"Raportit: {place}" for place in places]
    assert [line.split()[:3] for line in lines[2:]] == [
        ["hanke", "lukukausi", "tila"],
        ["trial", "2021K", "tehty"],
        ["trial", "2021S", "tehty"],
    ]
    assert all((project / place).is_file() for place in places)


def test_run_says_how_far_the_protection_is(project, capsys, monkeypatch):
    monkeypatch.setattr(publication, "OFTEN", 0)
    survey(project, "pass")
    assert cli.main(["run", "--allow-notebooks", "data/trial", "--language", "en"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "trial 2021S  1/1  protecting: 26 of 26 counts tried"


def test_a_notebook_that_came_with_the_project_runs_only_where_asked_and_is_named(project, capsys):
    survey(project, "open('was-here', 'w').close()")
    for several in ([], ["--all-terms"]):
        assert cli.main(["run", "data/trial", "--language", "en", *several]) == 2
        said = capsys.readouterr().err
        assert "notebooks/04_survey.ipynb" in said and "--allow-notebooks" in said and "are run that" not in said
    assert not (project / "was-here").exists() and not (project / "outputs/trial/2021S/public-en").exists()
    assert cli.main(["run", "--allow-notebooks", "data/trial", "--language", "en"]) == 0
    assert "that are not the program's own: notebooks/04_survey.ipynb" in capsys.readouterr().err
    (project / "was-here").unlink()
    release = "outputs/trial/2021S/public-en"
    assert cli.main(["verify", release, "--language", "en"]) == 2
    assert "notebooks/04_survey.ipynb" in capsys.readouterr().err
    assert not (project / "was-here").exists()
    assert cli.main(["verify", "--allow-notebooks", release, "--language", "en"]) == 0
    assert (project / "was-here").exists()


def test_copies_of_the_packages_notebooks_are_the_packages(project):
    study = loader.load(project / "data/trial")
    copies = notebook_copies.copy(study)
    assert listing.not_the_packages(study, copies) == []
    text = copies[3].read_text(encoding="utf-8")
    copies[3].write_text(
        text.replace("import evaltools as ev", "import evaltools as ev; print(1)", 1), encoding="utf-8"
    )
    line = 'study: str = \\"data/trial\\"'
    text = copies[4].read_text(encoding="utf-8")
    assert line in text
    copies[4].write_text(text.replace(line, line + "; import os"), encoding="utf-8")
    assert listing.not_the_packages(study, copies) == copies[3:5]
    (project / "data/trial/notebooks").mkdir()
    own = copies[3].rename(project / "data/trial/notebooks/08_own.ipynb")
    listing.check_trusted(study, [own], "study")
    with pytest.raises(RunError, match="08_own"):
        listing.check_trusted(study, [own], "package")


def test_audit_says_what_it_tried(project, capsys):
    assert cli.main(["audit", "data/trial", "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("OK: trial 2021S: tested ")
    assert "1 earlier release" in said
    assert not (project / "outputs").exists()


def test_audit_of_a_study_that_asks_for_no_protection_says_why(project, capsys):
    path = project / "data/trial/study.toml"
    path.write_text('disclosure = { method = "none", reason = "Data of a public package" }\n' + path.read_text())
    assert cli.main(["audit", "data/trial", "--language", "en"]) == 0
    assert "Data of a public package" in capsys.readouterr().out


def test_audit_names_what_would_give_a_count_away_and_ends_with_code_1(project, capsys, monkeypatch):
    monkeypatch.setattr(policy, "protect", lambda counts, *_: counts)
    assert cli.main(["audit", "data/trial", "--language", "en"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "the release is refused" in said.err.splitlines()[0]


def test_draft_says_that_it_is_no_release(project, capsys):
    survey(project, "assert term == '2021S'")
    asked = ["run", "--allow-notebooks", "data/trial", "--only", "04", "--language", "en", "--outputs", "elsewhere"]
    assert cli.main(asked) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Reports: elsewhere/trial/2021S/draft-public-en/index.html"
    assert said[1].startswith("A draft, not a release")


def test_failed_cell_is_one_line_and_code_1(project, capfd):
    survey(project, "raise ValueError('not so')")
    assert cli.main(["run", "--allow-notebooks", "data/trial", "--language", "en"]) == 1
    said = capfd.readouterr()
    assert said.err.splitlines()[2:] == ["04_survey.ipynb, cell 2: ValueError: not so"]
    assert said.out == ""


def test_faulty_data_are_listed_line_by_line_and_code_2(project, capsys):
    spoil(project)
    survey(project, "1")
    for command in (["check"], ["run", "--allow-notebooks"]):
        assert cli.main([*command, "data/trial", "--language", "en"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        faults = said.err.splitlines()[len(command) - 1 :]  # after the line that names the notebook
        assert len(faults) == 2
        assert all("raw/2021S/participants.csv" in line for line in faults)
    assert not (project / "outputs").exists()


def test_check_counts_terms_and_files(project, capsys):
    assert cli.main(["check", "data/trial"]) == 0
    assert cli.main(["check", "data/trial", "--term", "2021K", "--language", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "OK: trial, 2 lukukautta, 3 tiedostoa",
        "texts/2021S.md: arvioijan oma teksti puuttuu loppuraportista (## recommendations otsikon # fi alla)",
        "OK: trial, 1 term, 2 files",
        "texts/2021K.md: the final report lacks the evaluator’s own text (## recommendations below the heading # fi)",
    ]


def test_check_up_to_a_term_leaves_later_files_alone(project, capsys):
    spoil(project)
    assert cli.main(["check", "data/trial", "--term", "2021K"]) == 0


def test_one_faulty_study_does_not_stop_the_others(project, capsys):
    assert cli.main(["check", "data/nobody", "data/trial", "--language", "en"]) == 2
    said = capsys.readouterr()
    assert "known studies: trial" in said.err
    assert said.out.splitlines()[0] == "OK: trial, 2 terms, 3 files"


def test_terms_are_listed(project, capsys):
    assert cli.main(["terms", "data/trial", "--language", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "id     name         starts      ends",
        "2021K  Spring 2021  2021-01-01  2021-07-31",
        "2021S  Autumn 2021  2021-08-01  2021-12-31",
    ]


@pytest.mark.parametrize("command", ["run", "check"])
def test_unknown_term_names_the_known(project, capsys, command):
    survey(project, "1")
    assert cli.main([command, "data/trial", "--term", "2029K", "--language", "en"]) == 2
    assert capsys.readouterr().err.endswith("there is no term 2029K; known terms: 2021K, 2021S\n")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run", "--allow-notebooks", "data/trial", "--language", "xx"], "'fi', 'en', 'sv'"),
        (["run", "--allow-notebooks", "data/trial", "--edition", "secret"], "'public', 'internal'"),
        (["run", "--allow-notebooks", "data/trial", "--term", "2021K", "--all-terms"], "--term"),
        (["mend", "data/trial"], "run, check, audit, verify, publish"),
    ],
)
def test_wrong_usage_is_code_2_and_names_the_choices(capsys, arguments, named):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert named.replace("'", "") in capsys.readouterr().err.replace("'", "")


def test_full_disk_or_such_is_one_line(project, capsys):
    survey(project, "1")
    (project / "outputs").write_text("a file in the way")
    assert cli.main(["run", "--allow-notebooks", "data/trial", "--language", "en"]) == 1
    notebooks, *said = capsys.readouterr().err.splitlines()
    assert "04_survey" in notebooks and len(said) == 1
    assert said[0].startswith("the run stopped: ")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from evaltools.cli.main import main\n"
        "try: main(['run', '--help'])\n"
        f"finally: print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_stop_ends_run_and_kernel_and_leaves_nothing(project, told):
    survey(project, "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)")
    command = [sys.executable, "-m", "evaltools", "run", "--allow-notebooks", "data/trial", "--language", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_for(lambda: (project / "pid").is_file() and (project / "pid").read_text())
        running.send_signal(told)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert said.splitlines()[2:] == ["the run was interrupted; earlier outputs are as they were"]
    assert [p.name for p in (project / "outputs/trial").iterdir() if not p.name.endswith(".lock")] == []
    wait_for(lambda: not alive(int((project / "pid").read_text())))


@pytest.mark.parametrize("told", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_exit_code_is_130_wherever_the_signal_comes(tmp_path, told):
    """Also amid ``exec`` of a text, as in the making of a dataclass."""
    (tmp_path / "stopped.py").write_text(
        "import sys\nfrom evaltools import i18n as text\nfrom evaltools.cli import main as cli, terms\n"
        "text.say('run.error.interrupted', 'en')  # what is imported once the signal has come would undo the fault\n"
        f"amid = 'import os, signal; os.kill(os.getpid(), signal.{told}); [i for i in range(1000)]'\n"
        "terms.command = lambda asked: exec(amid)\n"
        "sys.exit(cli.main(['terms', 'none', '--language', 'en']))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "stopped"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "the run was interrupted; earlier outputs are as they were\n")


def wait_for(condition, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
