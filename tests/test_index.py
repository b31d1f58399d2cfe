"""The page of all terms: it links what lies there, never the internal from the public, and is never half written."""

import os
import re
from types import SimpleNamespace

import pytest

from evaltools import session
from evaltools.report import pages, site


@pytest.fixture
def home(tmp_path):
    for place in (
        "T1/public-fi",
        "T1/internal-fi",
        "T2/public-fi",
        "T2/public-en",
        "T2/draft-public-fi",
        "T9/public-fi",
    ):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / ("index.internal.html" if "internal" in place else "index.html")).touch()
    (tmp_path / "T1" / "public-en").mkdir()  # a folder without an index
    return tmp_path


@pytest.fixture
def study(make_study):
    return session.open_study(make_study()).study


def linked(path):
    return re.findall(r'<a href="([^"#]+)"', path.read_text(encoding="utf-8"))


def test_each_page_links_the_terms_that_lie_there_the_last_first(home, study):
    public, internal = site.refresh(study, home)
    assert (public.name, internal.name) == ("index.html", "index.internal.html")
    assert linked(public) == ["T2/public-fi/index.html", "T1/public-fi/index.html", "T2/public-en/index.html"]
    assert set(linked(internal)) == {*linked(public), "T1/internal-fi/index.internal.html"}


def test_a_public_page_says_nothing_of_an_internal_one(home, study):
    page = site.refresh(study, home)[0].read_text(encoding="utf-8")
    assert "internal" not in page and "ei julkinen" not in page.lower()


def test_without_an_internal_edition_there_is_no_internal_page(home, study):
    (home / "T1" / "internal-fi" / "index.internal.html").unlink()
    assert [path.name for path in site.refresh(study, home)] == ["index.html"]


def test_each_language_is_marked_as_what_it_is(home, study):
    page = site.refresh(study, home)[0].read_text(encoding="utf-8")
    assert '<html lang="fi">' in page
    assert re.search(r'id="terms-en" lang="en"><h2>All terms</h2>.*Autumn', page)
    assert re.search(r'id="terms-fi" lang="fi"><h2>Kaikki lukukaudet</h2>.*Syksy.*Kevät', page)


@pytest.mark.parametrize(
    ("of_study", "there", "main"), [("en", "fi en", "en"), ("fi", "en", "en"), ("sv", "en fi", "fi")]
)
def test_the_page_of_all_terms_speaks_the_studys_language(tmp_path, make_study, of_study, there, main):
    study = session.open_study(make_study({'funder = "Nobody"': f'funder = "Nobody"\nlanguage = "{of_study}"'})).study
    for language in there.split():
        (tmp_path / "T2" / f"public-{language}").mkdir(parents=True)
        (tmp_path / "T2" / f"public-{language}" / "index.html").touch()
    page = site.refresh(study, tmp_path)[0].read_text(encoding="utf-8")
    assert f'<html lang="{main}">' in page
    assert re.findall(r'id="terms-(..)"', page)[0] == main


def test_a_page_that_cannot_be_written_leaves_the_earlier_one(home, study, monkeypatch):
    before = site.refresh(study, home)[0].read_bytes()

    def fail(*_):
        raise OSError("full")

    (home / "T1" / "public-fi" / "index.html").unlink()
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="full"):
        site.refresh(study, home)
    assert (home / "index.html").read_bytes() == before


def test_the_same_folders_give_the_same_bytes(home, study):
    assert site.refresh(study, home)[0].read_bytes() == site.refresh(study, home)[0].read_bytes()


def test_the_index_of_a_term_lists_the_final_report_first():
    about = SimpleNamespace(language="fi", edition="public")
    names = {"01_ingestion": False, "05_placement": False, "07_final_report": True}
    listed = sorted(
        (pages.Page(name, "", "", None, lead=lead) for name, lead in names.items()), key=lambda p: not p.lead
    )
    shown = pages._contents(about, listed)
    assert re.findall(r'href="(\d\d)', shown) == ["07", "01", "05"]
