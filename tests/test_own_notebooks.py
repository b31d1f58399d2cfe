"""A study's own sections: order and choice of pages, notebooks of its own, and what of them may be published."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import write_study

import evaltools as ev
from evaltools import paths
from evaltools.disclosure import audit
from evaltools.pipeline import fingerprint, notebooks, run
from evaltools.pipeline.job import PARAMETERS
from evaltools.pipeline.run import RunError
from evaltools.pipeline.verify import verify
from evaltools.sections import final, registry
from evaltools.study import schema
from evaltools.study.faults import StudyError

PROGRAMME = Path(__file__).resolve().parents[1] / "notebooks"
SECTIONS = '[report]\nsections = ["ingestion", "report", "08_visits", "participants"]\n\n[study]'
TITLE = {"fi": "Käynnit", "en": "Visits & more"}
TEXT = """# What we saw

Two **visits** <script>alert(1)</script>

| place | n |
| ----- | - |
| cafe  | 2 |

## Why

So."""
OPEN = "import evaltools as ev\nopened = ev.open_study(study).term(term, language, edition)"
SHOWN = 'opened.section("participants").show("participants-overview")'
# the README's own line, and other ways to show what nobody has protected
FOREST = 'ev.forest(ev.change_by(ev.pairs(opened, "q1"), "gender"))'
UNPROTECTED = {
    "forest": FOREST,
    "frame": 'opened.tidy["persons"].head()',
    "printed": 'print("other, n = 2")',
    "text": "len(opened.tidy)",
    "internal": 'ev.open_study(study).term(term, language, "internal").section("participants").show("overlaps")',
    "counts": 'ev.open_study(study).term(term, language, "internal").count("participants").show("composition")',
    "by hand": "from evaltools.report.document import Part\nPart('a', 'A', ['other, n = 2'])",
    "markup": "from IPython.display import HTML\nHTML('<section data-evaltools=\"part\">other, n = 2</section>')",
    "picture": "import matplotlib.pyplot as plt\nfrom IPython.display import display\ndisplay(plt.figure())",
    "mixed": (
        "import dataclasses\nmade = opened.section('participants').parts['participants-overview']\n"
        f"dataclasses.replace(made, blocks=[{FOREST}])"
    ),
}


def write(path: Path, *cells: str, text: str = TEXT, **metadata: object) -> None:
    parameters = "".join(f'{name}: str = ""\n' for name in PARAMETERS)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(parameters, id="p")])
    made.cells[0].metadata["tags"] = ["parameters"]
    made.cells.append(nbformat.v4.new_markdown_cell(text, id="told"))
    made.cells += [nbformat.v4.new_code_cell(cell, id=f"c{place}") for place, cell in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.metadata |= {"kernelspec": kernel, "evaltools": {"title": TITLE, "reads": "tidy"} | metadata}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(made, path)


def make(root: Path, sections: str = SECTIONS) -> Path:
    study = root / "data" / "small"
    write_study(study)
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(text.replace("[study]", sections, 1), encoding="utf-8")
    write(study / "notebooks/08_visits.ipynb", OPEN, SHOWN)
    shutil.copytree(PROGRAMME, root / "notebooks", ignore=shutil.ignore_patterns("explore"))
    return study


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    study = make(tmp_path_factory.mktemp("own"))
    return run.run(study, ["T1"], language="en")[0].folder


def page(folder: Path, name: str) -> str:
    return next(folder.glob(f"{name}*.html")).read_text(encoding="utf-8")


# --- the registry --------------------------------------------------------------------------------------------------


def test_the_registry_lists_what_a_study_file_may_name_and_what_notebooks_there_are():
    assert registry.TOPICS == schema.SECTIONS
    assert [each.notebook for each in registry.SECTIONS.values()] == [p.stem for p in paths.notebooks(PROGRAMME)]
    assert registry.SECTIONS[registry.FINAL].parts == final.IDS
    for path in paths.notebooks(PROGRAMME):
        assert notebooks.reads(path) == registry.of_notebook(path).reads


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        ('["ingestion", "participant"]', "report.sections.1: there is no section participant; known: ingestion"),
        ('["ingestion", "survey", "survey"]', "report.sections.2: survey is listed twice"),
        ('["survey", "08_visits"]', "report.sections: the section ingestion is missing"),
        ('["ingestion", "09_visits"]', "known: ingestion, background, .*, 08_visits"),
    ],
)
def test_sections_that_are_not_there_are_faults_of_the_study_file(tmp_path, sections, fault):
    study = make(tmp_path, f"[report]\nsections = {sections}\n\n[study]")
    with pytest.raises(StudyError, match=fault):
        ev.open_study(study)


# --- order, choice, pages ------------------------------------------------------------------------------------------


def test_pages_stand_in_the_order_of_the_study_file_and_nowhere_else(released):
    order = ["index", "01_ingestion", "07_final_report", "08_visits", "03_participants"]
    assert {path.stem for path in released.glob("*.html")} == set(order)
    linked = re.findall(r'<nav class="ev-reports".*?</nav>', page(released, "08_visits"), re.DOTALL)[0]
    listed, folded = re.fullmatch(r"(.*?)(<details>.*)</nav>", linked, re.DOTALL).groups()  # folded on a phone
    assert re.findall(r'href="(.*?)\.html"', listed) == re.findall(r'href="(.*?)\.html"', folded) == order
    contents = re.findall(r'id="reports">.*?</section>', page(released, "index"), re.DOTALL)[0]
    assert re.findall(r'href="(.*?)\.html"', contents) == order[1:]


def test_a_page_of_ones_own_has_its_title_its_text_and_parts_of_the_programme(released):
    shown = page(released, "08_visits")
    assert "<h1>Visits &amp; more</h1>" in shown and "Visits &amp; more" in page(released, "index")
    assert "<h2>What we saw</h2>" in shown and "<h3>Why</h3>" in shown and "<strong>visits</strong>" in shown
    assert '<th scope="col">place</th>' in shown
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert 'id="participants-overview"' in shown and "Participants" in shown  # labels in the language of the run


def test_the_final_report_leaves_out_what_the_study_does_not_ask_for(released):
    shown = page(released, "07_final_report")
    assert 'id="target-groups"' in shown
    assert not re.search(r'id="(survey|placement)-|id="budget"|The study has no source', shown)
    record = json.loads((released / "run.json").read_text(encoding="utf-8"))
    assert [each["notebook"] for each in record["notebooks"]][-1] == "03_participants"


def test_a_release_with_a_notebook_of_ones_own_stands_and_can_be_made_again(released, monkeypatch):
    study = released.parents[3] / "data" / "small"
    assert fingerprint.up_to_date(str(study), "T1", False, "en", "public", None) == [released / "index.html"]
    assert paths.proof(released).stat().st_mode & 0o077 == 0
    for search in ("worlds", "_point", "large", "_decide"):  # what the gate has proved is checked by adding up
        monkeypatch.setattr(audit, search, None)
    assert verify(released) is None
    own = study / "notebooks/08_visits.ipynb"
    before = own.read_bytes()
    write(own, OPEN, SHOWN, text="Another text")
    assert fingerprint.up_to_date(str(study), "T1", False, "en", "public", None) is None
    own.write_bytes(before)
    assert fingerprint.up_to_date(str(study), "T1", False, "en", "public", None) is not None


def test_without_a_list_notebooks_of_ones_own_follow_the_programmes(tmp_path):
    study = make(tmp_path, "[study]")
    found = registry.notebooks(tmp_path / "notebooks", study)
    assert [path.stem for path in found] == [*(s.notebook for s in registry.SECTIONS.values()), "08_visits"]
    assert [[p.stem[:2] for p in wave] for wave in notebooks.waves(found)] == [
        ["01"],
        ["02", "03", "04", "05", "06", "08"],
        ["07"],
    ]


@pytest.mark.parametrize(
    ("name", "metadata", "said"),
    [
        ("08_visits", {"title": ""}, "evaltools.title in the notebook's metadata"),
        ("08_visits", {"title": {"fi": "Käynnit"}}, "evaltools.title in the notebook's metadata"),
        ("08_visits", {"about": 3}, "evaltools.about in the notebook's metadata"),
        ("08_visits", {"reads": "everything"}, "evaltools.reads in the notebook's metadata"),
        ("08_vi sits", {}, "letters a to z"),
        ("04_survey", {}, "not that of one of the program's own notebooks"),
    ],
)
def test_what_a_notebook_of_ones_own_must_say_of_itself(tmp_path, name, metadata, said):
    study = make(tmp_path, "[study]")
    (study / "notebooks/08_visits.ipynb").unlink()
    write(study / f"notebooks/{name}.ipynb", OPEN, SHOWN, **metadata)
    with pytest.raises(RunError, match=said):
        run.run(study, ["T1"], only=[name])
    assert not (tmp_path / "outputs").exists()


# --- what may be published -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", UNPROTECTED)
def test_a_public_edition_refuses_what_has_not_been_protected(tmp_path, way):
    study = make(tmp_path, "[study]")
    write(study / "notebooks/08_visits.ipynb", OPEN, UNPROTECTED[way])
    with pytest.raises(RunError, match=r"08_visits\.ipynb, cell 3: this output .* has not passed disclosure control"):
        run.run(study, ["T1"], language="en", only=["08"])
    assert not list((tmp_path / "outputs").rglob("*.html"))


def test_an_internal_edition_shows_the_picture(tmp_path):
    study = make(tmp_path, "[study]")
    write(study / "notebooks/08_visits.ipynb", OPEN, SHOWN, FOREST)
    shown = page(run.run(study, ["T1"], language="en", edition="internal", only=["08"])[0].folder, "08_visits")
    assert 'id="figure-forest"' in shown and 'id="participants-overview"' in shown


def test_a_changed_cell_shows_on_its_page_and_not_in_the_results(tmp_path):
    study = make(tmp_path, "[study]")
    path = tmp_path / "notebooks/05_placement.ipynb"
    options = {"language": "en", "edition": "internal", "only": ["05"]}
    before = run.run(study, ["T1"], **options)[0].folder
    results = (before / "results.internal.csv").read_bytes()
    assert "another selection" not in page(before, "05_placement")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"where = {}', '"where = {\\"gender\\": \\"f\\"}', 1), encoding="utf-8")
    after = run.run(study, ["T1"], **options)[0].folder
    assert "another selection (where = {&#x27;gender&#x27;: &#x27;f&#x27;})" in page(after, "05_placement")
    assert (after / "results.internal.csv").read_bytes() == results
    with pytest.raises(RunError, match=r"05_placement\.ipynb, cell 4: .*a public edition counts only what the study"):
        run.run(study, ["T1"], language="en", only=["05"])
