"""Pages that are made of the demo: the worked notebooks as a run executed them, and a gallery of every chart and table.

The release that is shown is the public English one of the demo's last term: ``make docs`` makes it first.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat

import evaltools as ev
from evaltools import paths
from evaltools.report.document import Figure, Table
from evaltools.report.render import html
from evaltools.sections import registry

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "data" / "uusi-alku"
SAMPLE = "report"  # folder of the site in which the whole report lies


def setup(app):
    app.connect("builder-inited", make)
    app.connect("build-finished", add_report)
    return {"parallel_read_safe": True}


def make(app) -> None:
    """Write the pages that are made of the demo below ``docs/_made``."""
    made = Path(app.srcdir) / "_made"
    shutil.rmtree(made, ignore_errors=True)
    (made / "notebooks").mkdir(parents=True)
    for path in sorted((_release() / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.write(_titled(notebook), made / "notebooks" / path.name)
    (made / "gallery.md").write_text(_gallery(), encoding="utf-8")


def add_report(app, exception) -> None:
    """Put the report itself beside the pages."""
    if exception is None and app.builder.name == "html":
        target = Path(app.outdir) / SAMPLE
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(_release(), target, ignore=shutil.ignore_patterns("run.json", "notebooks"))


def _release() -> Path:
    term = ev.open_study(STUDY).term(language="en").term
    release = ROOT / "outputs" / STUDY.name / term.id / paths.edition("public", "en")
    if not release.is_dir():
        command = f"evaltools run {STUDY.relative_to(ROOT)} --language en"
        raise FileNotFoundError(f"{release.relative_to(ROOT)} is not there yet: {command}")
    return release


def _titled(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Headings below the title one level down each, as a page of the site has them."""
    notebook.metadata.pop("papermill", None)
    return notebook


def _gallery() -> str:
    """Every figure and the first table of every part, under the section that makes them."""
    term = ev.open_study(STUDY).term(language="en", edition="public")
    lines = ["# Gallery", "", "Every chart, and every kind of table, as the demo's last term has them.", ""]
    for topic in registry.TOPICS[:-1]:
        section = term.section(topic)
        lines += [f"## {topic.capitalize()}", ""]
        for part in section.parts.values():
            blocks = [*(b for b in part.blocks if isinstance(b, Figure)), *_first_table(part.blocks)]
            for block in blocks:
                lines += [f"### {block.caption}", "", f"`section({topic!r})`, part `{part.id}`", "", *_raw(block), ""]
    return "\n".join(lines)


def _first_table(blocks: list) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table)][:1]


def _raw(block: Figure | Table) -> list[str]:
    shown = html.figure(block) if isinstance(block, Figure) else html.table(block)
    return ["```{raw} html", '<div class="evaltools">', re.sub(r"\n\s*\n", "\n", shown), "</div>", "```"]
