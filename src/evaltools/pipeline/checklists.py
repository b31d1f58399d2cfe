"""Reporting checklists beside a finished edition: a page made from its results and the study file, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from evaltools import i18n, paths
from evaltools.pipeline import fingerprint
from evaltools.pipeline.job import RunError
from evaltools.privacy import free_text
from evaltools.report import pages
from evaltools.report.edition import Edition
from evaltools.report.render import html
from evaltools.results import records
from evaltools.sections import checklists, registry
from evaltools.sections.checklists.facts import INDEX, Fact
from evaltools.sections.material import Labels


def write(about: Edition, outputs: str | Path | None = None) -> Path:
    """Write ``checklists-<edition>.html`` beside an edition in the outputs; its path.

    Parameters
    ----------
    about : study, term, language and edition
    outputs : folder of the outputs; by default ``outputs`` beside ``data``

    Raises
    ------
    RunError
        No such edition, or one that is not as it was made; an identity code in what the study file says.
    """
    home = (Path(outputs) if outputs else paths.project_root(about.study.folder) / "outputs") / about.study.id
    folder = home / about.term.id / about.name
    record = fingerprint.read_record(folder)
    if record is None or record["state"] != "complete" or not fingerprint.outputs_stand(folder, record):
        raise RunError("checklists_no_edition", 2, study=about.study.id, term=about.term.id, edition=about.name)
    rows = pd.read_parquet(next(folder.glob("results*.parquet")))
    path = folder.with_name(paths.marked(f"checklists-{about.name}.html", about.edition))
    made = page(about, records.as_blocks(records.typed(rows)), folder)
    if free_text.identity_code(made):
        raise RunError("gives_away", files=path.name)
    paths.replace(path, made)
    return path


def page(about: Edition, rows: pd.DataFrame, folder: Path) -> str:
    """The checklists as a whole page; ``folder`` is the edition that its links lead to."""
    language, study = about.language, about.study
    labels = Labels(study, about.term, language, about.edition)
    there = {path.name: _ids(path) for path in folder.glob("*.html")}

    def address(fact: Fact) -> tuple[str, str]:
        name, title = _page_of(fact.section, language)
        file = paths.marked(f"{name}.html", about.edition)
        if file not in there:
            return "", ""
        return f"{folder.name}/{file}{f'#{fact.part}' if fact.part in there[file] else ''}", title

    with i18n.own_words(study.words), i18n.share_decimals(labels.share_decimals):
        parts = checklists.parts(rows, labels, address)
        title = i18n.say("checklist.title", language)
        index = f"{folder.name}/{paths.marked(f'{INDEX}.html', about.edition)}"
        return html.page(
            pages.title(about, title),
            [html.part(part) for part in parts],
            language=language,
            heading=title,
            subtitle=pages.title(about, title),
            notice=pages.notice(about),
            alarm=about.edition == "internal",
            numbers=pages.numbers(about),
            navigation=[(i18n.say("run.report.index", language), index, False)],
            about=i18n.say("checklist.about", language),
            footer=pages.foot(about),
        )


def _page_of(section: str, language: str) -> tuple[str, str]:
    """The name of the page of a section, and its title."""
    if section == INDEX:
        return INDEX, i18n.say("run.report.index", language)
    found = registry.SECTIONS[section]
    return found.notebook, i18n.say(found.title, language)


def _ids(path: Path) -> set[str]:
    return set(re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8")))
