"""Texts of a person beside the sections: placed, made safe, and every fault located."""

import re

import pytest

from evaltools import session
from evaltools.pipeline import run
from evaltools.report import document, narrative
from evaltools.report.document import Part
from evaltools.report.render import html
from evaltools.study import loader
from evaltools.study.problems import DataError

SECTIONS = ("summary", "limits")


def texts(make_study, content, name="T1.md"):
    made = loader.load(make_study(files={f"texts/{name}": content}))
    return narrative.read(made, SECTIONS)


def test_a_text_stands_beside_its_section_in_its_language(make_study):
    found = texts(
        make_study, "# fi\n## summary\nHyvä *kevät*.\n\n- yksi\n- kaksi\n# en\n## limits\nA [link](https://a.fi).\n"
    )
    assert set(found) == {("T1", "fi", "summary"), ("T1", "en", "limits")}
    parts = [Part("summary", "Tiivistelmä", ["Luku on 5."]), Part("limits", "Rajat")]
    shown, bare = document.beside(parts, found, "T1", "fi")
    page = html.part(shown)
    assert "<p>Hyvä <em>kevät</em>.</p>" in page and "<li>yksi</li>" in page and "Arvioijan teksti" in page
    assert page.index("Luku on 5.") < page.index("kevät")
    assert bare.prose == "" and "ev-prose" not in html.part(bare)
    assert '<a href="https://a.fi">link</a>' in found["T1", "en", "limits"]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.org/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "<a href='https://a' onclick='x()'>x</a>",
        "</div></section><h1>x</h1>",
    ],
)
def test_what_a_page_must_not_hold_is_taken_out(make_study, hostile):
    (shown,) = texts(make_study, f"# fi\n## summary\n{hostile}\n").values()
    assert 'href="javascript' not in shown and 'href="data' not in shown
    opened = set(re.findall(r"<(\w+)", shown))
    assert opened <= {"div", "p", "strong", "a"} and shown.count("<div") == shown.count("</div>") == 1
    assert not re.search(r"<[^>]*\son\w+=", shown)


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("# fi\n## sumary\nTeksti.\n", 2, "text_section"),
        ("# xx\n## summary\nTeksti.\n", 1, "text_language"),
        ("## summary\nTeksti.\n", 1, "text_language"),
        ("Teksti.\n", 1, "text_loose"),
        ("# fi\nTeksti.\n", 2, "text_loose"),
        ("# fi\n## summary\nA\n## limits\nB\n## summary\nC\n", 6, "text_twice"),
        ("# fi\n## summary\n### Väliotsikko\n", 3, "text_heading"),
        ("# fi\n## summary\nHän on 131052-308T.\n", 3, "text_identity_code"),
    ],
)
def test_every_fault_is_located_and_nothing_of_the_text_is_told(make_study, content, line, what):
    with pytest.raises(DataError) as caught:
        texts(make_study, content)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.what) == ("texts/T1.md", line, what)
    assert "131052" not in str(caught.value)


@pytest.mark.parametrize("name", ["T9.md", "T1.txt", "notes.md"])
def test_a_file_of_no_term_is_a_fault(make_study, name):
    with pytest.raises(DataError, match="belongs to no term"):
        texts(make_study, "# fi\n## summary\nTeksti.\n", name)


def test_a_fault_stops_a_run_before_anything_is_made_and_the_file_is_an_input(make_study, tmp_path):
    folder = make_study(files={"texts/T1.md": "# fi\n## nothing\nTeksti.\n"})
    with pytest.raises(DataError, match=r"texts/T1\.md:2: unknown section"):
        run.run(folder, ["T1"], outputs=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    opened = session.open_study(folder).term("T1")
    from evaltools.ingest import reading

    assert folder.resolve() / "texts/T1.md" in [path.resolve() for path in reading.input_files(opened.study, "T1")]
