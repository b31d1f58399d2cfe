"""The accessibility statement: three languages, and only what the study file says."""

import pytest

from evaltools import session
from evaltools.cli.main import main
from evaltools.report import statement

PUBLISHER = '\n[publisher]\nname = "Jyvälä"\nemail = "palaute@example.org"\ntested = 2023-09-01\n'


def publishing(make_study, words=PUBLISHER):
    folder = make_study()
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(words)
    return folder


def test_it_is_written_in_three_languages_with_the_publishers_own_words(make_study, tmp_path, capsys):
    folder = publishing(make_study)
    assert main(["statement", str(folder), "--to", str(tmp_path / "out"), "--language", "en"]) == 0
    pages = {
        language: (tmp_path / "out" / f"statement-{language}.html").read_text("utf-8")
        for language in ("fi", "sv", "en")
    }
    for language, page in pages.items():
        assert f'<html lang="{language}">' in page and "Jyvälä" in page and "palaute@example.org" in page
        assert "Traficom" in page and "2023" in page and page.count('class="ev-part"') == 5
    assert "Saavutettavuusseloste" in pages["fi"] and "Tillgänglighetsutlåtande" in pages["sv"]
    assert capsys.readouterr().out.count("accessibility statement") == 3


def test_what_the_study_file_does_not_say_the_statement_says_so_and_the_command_names_the_keys(
    make_study, tmp_path, capsys
):
    folder = publishing(make_study, '\n[publisher]\nname = "Jyvälä"\n')
    assert main(["statement", str(folder), "--to", str(tmp_path), "--language", "en"]) == 0
    assert "[publisher] email, tested" in capsys.readouterr().err
    page = (tmp_path / "statement-en.html").read_text(encoding="utf-8")
    assert "date of assessment has not been stated" in page and "address for feedback has not been" in page
    assert "publisher." not in page


def test_without_a_publisher_there_is_none(make_study, tmp_path, capsys):
    assert main(["statement", str(make_study()), "--to", str(tmp_path), "--language", "en"]) == 2
    assert "add [publisher]" in capsys.readouterr().err
    with pytest.raises(statement.NoPublisherError):
        statement.write(session.open_study(make_study()).study, tmp_path)
