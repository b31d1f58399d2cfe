"""What may leave the machine: public releases only, as they were released, every link whole."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from test_run import CLOSE, IMPORT, PARTS, RELEASE, contents, make_project, notebook

from evaltools.cli.main import main
from evaltools.pipeline import publish, run
from evaltools.pipeline.job import RunError
from evaltools.study import loader

CANARY = b"1960-01-01"  # a birth date of the raw data


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Two terms released publicly, one of them internally, too."""
    root = make_project(tmp_path_factory.mktemp("publish"))
    notebook(root / "notebooks", "01_ingestion", RELEASE, PARTS)
    notebook(root / "notebooks", "07_final_report", IMPORT, CLOSE)
    study = root / "data" / "trial"
    run.run(study, ["2021K", "2021S"], language="en", documents=["word"])
    run.run(study, ["2021K"], language="en", edition="internal")
    return root


def test_public_releases_leave_and_nothing_else(project, tmp_path, capsys):
    assert main(["publish", str(project / "data/trial"), "--to", str(tmp_path / "web"), "--language", "en"]) == 0
    there = contents(tmp_path / "web")
    listed = (tmp_path / "web" / publish.CONTENTS).read_text(encoding="utf-8").splitlines()
    assert sorted([*listed, publish.CONTENTS]) == sorted(there)
    assert f"{len(listed)} public files" in capsys.readouterr().out
    tops = {name.split("/")[0] if "/" not in name else "/".join(name.split("/")[:2]) for name in listed}
    beside = {f"glossary-{language}.html" for language in ("fi", "en", "sv")}
    documents = {
        f"{term}/public-en/07_final_report{part}.docx" for term in ("2021K", "2021S") for part in ("", "-summary")
    }
    assert documents <= set(listed)
    assert tops == {"index.html", "2021K/public-en", "2021S/public-en", *beside}
    assert not any(CANARY in content or b"internal" in name.encode() for name, content in there.items())
    for name in listed:
        released = project / "outputs/trial" / name
        if name != "index.html":
            assert without_links(there[name]) == without_links(released.read_bytes())


def without_links(content: bytes) -> bytes:
    """A page without the way to other languages and terms, which is known where releases are put together."""
    return re.sub(rb'<nav class="ev-switch".*?</nav>', b"", content, flags=re.DOTALL)


def test_a_published_page_leads_to_the_same_page_of_other_terms_and_an_older_one_says_so(project, tmp_path):
    publish.publish(loader.load(project / "data/trial"), tmp_path / "web")
    older, newer = (
        (tmp_path / "web" / term / "public-en" / "01_ingestion.html").read_text(encoding="utf-8")
        for term in ("2021K", "2021S")
    )
    assert 'href="../../2021S/public-en/01_ingestion.html">A newer term has been published' in older
    assert 'href="../../2021K/public-en/01_ingestion.html">Previous' in newer and "newer term" not in newer


def test_every_link_leads_to_a_file(project, tmp_path):
    publish.publish(loader.load(project / "data/trial"), tmp_path / "web")
    pages = list((tmp_path / "web").rglob("*.html"))
    assert len(pages) > 4
    for page in pages:
        addresses = re.findall(r'(?:href|src)="([^"#]+)', page.read_text(encoding="utf-8"))
        for address in (each for each in addresses if not each.startswith("data:")):
            assert (page.parent / address).resolve().is_file(), f"{page.name}: {address}"


def test_an_archive_holds_the_same_and_is_the_same_when_made_again(project, tmp_path):
    study = loader.load(project / "data/trial")
    publish.publish(study, tmp_path / "web")
    for name in ("a.zip", "b.zip"):
        publish.publish(study, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == contents(tmp_path / "web")


def test_what_is_not_what_was_released_does_not_leave(project, tmp_path):
    study = loader.load(project / "data/trial")
    page = project / "outputs/trial/2021S/public-en/index.html"
    before = page.read_bytes()
    for change in (before + b"<!-- -->", None):
        page.write_bytes(change) if change else page.with_name("more.html").write_text("more")
        with pytest.raises(RunError, match="2021S/public-en"):
            publish.publish(study, tmp_path / "web")
        page.write_bytes(before)
    page.with_name("more.html").unlink()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_stays_as_it_was(project, tmp_path):
    study = loader.load(project / "data/trial")
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(RunError, match="is taken"):
            publish.publish(study, place)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(RunError, match="no public release"):
        publish.publish(study, tmp_path / "web", outputs=tmp_path)


def test_checklists_lie_beside_an_edition_that_stays_as_it_was_released(project, tmp_path, capsys):
    released = contents(project / "outputs/trial/2021S")
    asked = ["checklists", str(project / "data/trial"), "--language", "en"]
    assert main(asked) == 0
    page = project / "outputs/trial/2021S/checklists-public-en.html"
    assert "checklists-public-en.html" in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'href="(public-en/[^"#]+)#([^"]+)"', text)
    assert ("public-en/index.html", "about") in links
    for file, part in links:
        assert f'id="{part}"' in (page.parent / file).read_text(encoding="utf-8")
    page.unlink()
    assert contents(project / "outputs/trial/2021S") == released
    assert main([*asked, "--edition", "internal"]) == 2 and "evaltools run" in capsys.readouterr().err
