"""Script planted wherever a study or its data hold words: opened in a real browser, no report runs any of it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from conftest import FILES, STUDY, report_pages, write_study

import evaltools as ev
import evaltools.report.render.html
from evaltools.privacy import free_text
from evaltools.report import pages
from evaltools.sections import registry

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MARK = "window.pwned=1"
ELSEWHERE = "http://192.0.2.1"  # an address that nobody has
PAYLOADS = [
    f"<script>{MARK}</script>",
    f'<img src=x onerror="{MARK}">',
    f"<svg onload={MARK}>",
    f'"><script>{MARK}</script>',
    f'" autofocus tabindex=1 onfocus="{MARK}" x="',
    f"</style><script>{MARK}</script>",
    f"</title></textarea><script>{MARK}</script>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    '<iframe src="javascript:parent.pwned=1"></iframe>',
    f"<details open ontoggle={MARK}>x</details>",
    f'<img src="{ELSEWHERE}/x.png"><link rel=stylesheet href="{ELSEWHERE}/x.css">',
    f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}/">',
    f"<!--<img src=--><img src=x onerror={MARK}>",
    f"&lt;script&gt;{MARK}&lt;/script&gt;<script>alert(1)</script>",
]
# words of the small study's file that stand in reports: titles, names of groups, codes, items, sources
LABELS = [
    *('"Kokeen arviointi"', '"Evaluation of a trial"', '"Koe"', '"Folk school"', '"Nobody"', '"Kevät"', '"Syksy"'),
    *('"People"', '"Low education"', '"Men in care"', '"Aged or needing"', '"Basic education"', '"Women"', '"South"'),
    *(
        '"Helsinki"',
        '"Rovaniemi"',
        '"Cafés"',
        '"Care"',
        '"Work and study"',
        '"Nurses"',
        '"Digital skills"',
        '"Salaries"',
    ),
    *('"First"', '"I can"', '"It is hard"', '"It was good"', '"Sum"', '"Register"', '"End survey"', '"Follow-up"'),
    *('"Population"', '"later"', '"698"', '"town"'),
]


def payload(place: int) -> str:
    return PAYLOADS[place % len(PAYLOADS)]


def planted(folder: Path) -> Path:
    """The small study with a payload in every label, in a code, a heading, every comment, theme and quote."""
    text = STUDY
    for i, label in enumerate(LABELS):
        assert label in text, label
        text = text.replace(label, json.dumps(payload(i)))
    theme = json.dumps(PAYLOADS[1])
    head = f'themes = [{{ id = "t", name = {theme}, words = ["hyvä"] }}]\nprivacy = {{ names = "names.txt" }}\n'
    town, heading = payload(LABELS.index('"698"')), payload(LABELS.index('"town"'))
    files: dict[str, str] = {"names.txt": "Nobody\n"}
    for name, content in FILES.items():
        columns, *rows = csv.reader(io.StringIO(content), delimiter=";")
        lines = [[heading if c == "town" else c for c in columns]]
        for i, row in enumerate(rows):
            cells = [town if v == "698" else v for v in row]
            said = {"free": " hyvä ".join([*PAYLOADS[i:], *PAYLOADS[:i]]), "place": payload(i), "partner": payload(i)}
            lines.append([said.get(c, v) for c, v in zip(columns, cells, strict=True)])
        files[name] = written(lines)
    quotes = [["term", "theme", "text", "approved_by", "date"]]
    quotes += [["T1", "t", each, each, "2021-08-01"] for each in PAYLOADS]
    files["approved_quotes.csv"] = written(quotes)
    place = write_study(folder, None, files)
    (place / "study.toml").write_text(head + text, encoding="utf-8")
    return place


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)
    return out.getvalue()


def report(place: Path, folder: Path, edition: str, topics: Iterable[str] = registry.SECTIONS) -> list[Path]:
    """Every report of the study, or those of some sections, through the exporter that a run uses."""
    opened = ev.open_study(place).term("T2", "en", edition)
    folder.mkdir()
    pages.write(pages.Edition(opened.study, opened.term, "en", edition), report_pages(opened, topics), folder)
    return sorted(folder.glob("*.html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium to open the reports in")
        pytest.skip("no Chromium to open the reports in")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


# one after the other, as a summary may stand in what another opens
CLICK = """for (const each of document.querySelectorAll('summary'))
    if (each.checkVisibility()) { each.focus(); each.click(); }"""


def opened(browser, path: Path) -> tuple[list[str], list[str]]:
    """What a page ran, and what it asked of the network, once everything in it was opened, focused and clicked.

    What the page's own policy stopped before it was sent was not asked.
    """
    page = browser.new_page()
    ran, asked, blocked = [], [], []
    page.on("dialog", lambda dialog: (ran.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: blocked.append(request.url) if request.failure == "csp" else None)
    # answered here: nothing leaves the machine, and a page that is sent elsewhere stays where it is
    page.route(re.compile("^https?:"), lambda route: route.fulfill(status=204))
    page.goto(path.as_uri())
    page.wait_for_timeout(150)
    for width in (1280, 400):  # the contents open on a narrow screen only
        page.set_viewport_size({"width": width, "height": 720})
        page.evaluate(CLICK)
    for name in ("focus", "mouseover", "load", "error", "toggle"):
        page.evaluate(f"for (const e of document.querySelectorAll('*')) e.dispatchEvent(new Event({name!r}))")
    page.wait_for_timeout(50)
    ran += ["mark"] if page.evaluate("'pwned' in window") else []
    page.close()
    own = {path.as_uri(), *blocked}
    return ran, [url for url in asked if url not in own and not url.startswith("data:")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> list[Path]:
    root = tmp_path_factory.mktemp("browser")
    place = planted(root / "small")
    return [path for edition in ("public", "internal") for path in report(place, root / edition, edition)]


def test_the_payloads_reach_the_reports(reports):
    pages = {path.name: path.read_text(encoding="utf-8") for path in reports}
    assert len(pages) == 16
    everything = "\n".join(pages.values())
    for mark in ("&lt;script&gt;", "&lt;svg onload", "autofocus tabindex=1", "ontoggle=", "http-equiv=&quot;refresh"):
        assert mark in everything
    assert all("&lt;" in page for page in pages.values())


def test_no_report_runs_anything_or_asks_for_anything(browser, reports):
    assert {path.name: opened(browser, path) for path in reports} == {path.name: ([], []) for path in reports}


def test_comments_that_were_not_cleaned_are_still_only_shown(browser, tmp_path, monkeypatch):
    """The sanitiser taken away: what it would have taken out is escaped all the same."""
    monkeypatch.setattr(free_text, "sanitise", lambda text, names: text)
    pages = report(planted(tmp_path / "small"), tmp_path / "pages", "internal", ["survey"])
    survey = next(path for path in pages if path.name.startswith("04"))
    assert "&lt;script&gt;window.pwned=1" in survey.read_text(encoding="utf-8")
    assert opened(browser, survey) == ([], [])


@pytest.mark.parametrize("at", range(len(PAYLOADS)))
def test_the_payloads_bite(browser, tmp_path, at):
    """Written as they are into a page without our policy they run or call out: the test would see it."""
    bare = tmp_path / "bare.html"
    text = PAYLOADS[at]
    holder = f'<input value="{text}">' if text.startswith('"') else f"<title>x</title><p>{text}</p>"
    bare.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>{text if 'style' in text else ''}</style>{holder}")
    ran, asked = opened(browser, bare)
    assert ran or asked


def test_the_policy_alone_stops_script(browser, tmp_path):
    """Even a fragment that was not escaped runs nothing under the policy of our pages."""

    fragment = '<section data-evaltools="part">' + "".join(PAYLOADS[i] for i in (0, 1, 2, 9, 10, 12)) + "</section>"
    page = tmp_path / "page.html"
    page.write_text(evaltools.report.render.html.page("x", [fragment], language="en", heading="x"), encoding="utf-8")
    ran, asked = opened(browser, page)
    assert ran == []
    assert [url for url in asked if url.startswith(ELSEWHERE)] == []
