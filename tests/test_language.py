"""A study speaks its own language where nobody asks for another."""

from __future__ import annotations

import pytest
from test_values import REGISTER, STUDY

import evaltools as ev
from evaltools import i18n
from evaltools.cli.main import main
from evaltools.pipeline import batch, run
from evaltools.pipeline.options import Options

ENGLISH = STUDY.replace('name = "Trial"\n', 'name = "Trial"\nlanguage = "en"\n', 1)


@pytest.fixture
def english(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "trial"
    (folder / "raw" / "T1").mkdir(parents=True)
    (folder / "study.toml").write_text(ENGLISH + REGISTER, encoding="utf-8")
    (folder / "raw" / "T1" / "reg.csv").write_text("id;born\np1;1990-01-01\np2;1991-01-01\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def test_commands_speak_the_language_of_the_study(english, capsys):
    assert main(["check", "data/trial"]) == 0
    assert "OK: trial, 1 term" in capsys.readouterr().out
    assert main(["check", "data/trial", "--language", "fi"]) == 0
    assert "1 lukukausi" in capsys.readouterr().out
    assert main(["check", "data/trial", "--language", "sv"]) == 0
    assert "1 termin" in capsys.readouterr().out
    (english / "raw" / "T1" / "reg.csv").write_text("id;born\np1;soon\n", encoding="utf-8")
    assert main(["check", "data/trial"]) == 2
    assert "not a valid date" in capsys.readouterr().err
    (english / "study.toml").write_text(ENGLISH + REGISTER + "wrong = 1\n", encoding="utf-8")
    assert main(["check", "data/trial"]) == 2
    assert "unknown key" in capsys.readouterr().err
    assert main(["check", "data/nothing"]) == 2
    assert "ei ole study.toml" in capsys.readouterr().err


def test_what_is_opened_or_run_is_in_the_language_of_the_study(english):
    opened = ev.open_study("data/trial")
    assert opened.term().language == "en" and opened.term(language="fi").language == "fi"
    assert [job.about.language for job in run.prepare("data/trial", ["T1"])] == ["en"]
    for other in ("fi", "sv"):
        assert [job.about.language for job in run.prepare("data/trial", ["T1"], language=other)] == [other]
    (english / "raw" / "T1" / "reg.csv").unlink()
    assert "no such file" in batch.run_study("data/trial", "", Options())[0].lines[0]


@pytest.mark.parametrize("text", ["language = ", "study = 3", '[study]\nlanguage = "xx"', '[study]\nlanguage = ["en"]'])
def test_a_study_file_that_says_no_language_is_finnish(tmp_path, text):
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert i18n.of_study(tmp_path) == "fi"
