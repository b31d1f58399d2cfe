"""What is set from outside: one home for the environment variables, a page that tells them, and the log."""

from __future__ import annotations

import ast
import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_run import make_project, notebook

import evaltools
from evaltools import settings
from evaltools.cli.main import FAULTY, OK, main

PACKAGE = Path(evaltools.__file__).parent
PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def test_the_page_tells_every_variable():
    rows = re.findall(
        r"^\| `(EVALTOOLS_\w+)` \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    choices = {
        v.name: "; " + " or ".join(f"`{each}`" for each in v.choices) if v.choices else "" for v in settings.VARIABLES
    }
    assert rows == [(v.name, v.meaning + choices[v.name], v.default) for v in settings.VARIABLES]


def test_no_other_module_names_or_reads_a_variable():
    found = []
    for path in set(PACKAGE.rglob("*.py")) - {PACKAGE / "settings.py"}:
        text = path.read_text(encoding="utf-8")
        if not re.search("EVALTOOLS_|getenv|environ", text):
            continue  # to parse every file takes long
        tree = ast.parse(text)
        words = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        found += [(path.name, word) for word in words if re.fullmatch(r"EVALTOOLS_\w+", word)]
        calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        found += [(path.name, call) for call in calls if call in ("os.getenv", "os.environ.get")]
    assert found == []


def test_a_setting_that_is_none_of_its_choices_is_said_in_the_language_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(make_project(tmp_path))
    notebook(tmp_path / "notebooks", "04_survey", "pass")
    monkeypatch.setenv("EVALTOOLS_KERNELS", "secret-word")
    assert main(["run", "--allow-notebooks", "data/trial", "--language", "en"]) == FAULTY
    said = capsys.readouterr().err
    assert said.splitlines() == ["the environment variable EVALTOOLS_KERNELS must be one of: warm, ordinary"]


def test_verbose_shows_what_is_done_and_no_value_of_a_file(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(make_project(tmp_path))
    monkeypatch.setenv("EVALTOOLS_LOG", str(tmp_path / "runs.jsonl"))
    notebook(tmp_path / "notebooks", "04_survey", "pass")
    assert main(["run", "--allow-notebooks", "data/trial", "--language", "en", "--verbose"]) == OK
    said = capfd.readouterr().err
    assert "evaltools.ingest.reading: raw/2021S/participants.csv: reading for the table participants" in said
    assert "evaltools.pipeline.run_log: trial 2021S public-en notebook notebook=04_survey" in said
    assert "1970-01-01" not in said
    (tmp_path / "data/trial/raw/2021S/participants.csv").write_text("id;born\nb;1971-02-03\n")
    assert main(["run", "--allow-notebooks", "data/trial", "--language", "en"]) == OK
    quiet = capfd.readouterr().err
    assert quiet.splitlines()[1:] == ["trial 2021S  1/1  04_survey"]  # what was shown before is not shown for ever
    command = [
        sys.executable,
        "-m",
        "evaltools",
        "run",
        "--allow-notebooks",
        "data/trial",
        "--language",
        "en",
        "--verbose",
        "--all-terms",
    ]
    several = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert "trial 2021K public-en ended" in several  # from the process that the study has
    events = [json.loads(line)["event"] for line in (tmp_path / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert events == ["begun", "notebook", "ended"] * 3


def test_a_program_that_embeds_the_package_is_not_talked_to(caplog):
    with caplog.at_level(logging.WARNING):
        assert logging.getLogger("evaltools.pipeline.run_log").isEnabledFor(logging.INFO) is False


@pytest.mark.parametrize("level", [logging.NOTSET, logging.INFO])
def test_showing_the_log_leaves_the_logger_as_it_was(level):
    logger = logging.getLogger(settings.LOGGER)
    before = (logger.level, list(logger.handlers))
    with settings.log_shown(level):
        assert (len(logger.handlers) > len(before[1])) == (level == logging.INFO)
    assert (logger.level, logger.handlers) == before
