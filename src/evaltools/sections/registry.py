"""The sections of a report, one a notebook: the only list of them. Imports nothing heavy.

A section's module computes its rows and presents them as parts; a part that stands in no list here cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from evaltools import paths

if TYPE_CHECKING:
    from evaltools.study.model import Study

Reads = Literal["files", "tidy", "results"]


@dataclass(frozen=True, slots=True)
class Registered:
    """A section: its id, notebook, module, what it reads, the tables it rests on, and the ids of its parts.

    ``reads`` is ``files`` (the exports), ``tidy`` (tables and counts made of them) or ``results`` (of the other
    sections). ``tables`` are count tables and tables of published figures. ``selects`` are the kinds of selection
    that a notebook can count it for (``counts.selection``). ``people``: it counts the study's own people, whom a public
    edition protects. The title stands in the catalogue.
    """

    id: str
    notebook: str
    module: str
    reads: Reads
    tables: tuple[str, ...]
    parts: tuple[str, ...]
    selects: tuple[str, ...] = ()
    people: bool = True

    @property
    def title(self) -> str:
        """The key of the title in the catalogue; that of one line on what it holds is ``about``."""
        return f"run.section.{self.id}"

    @property
    def about(self) -> str:
        return f"run.about.{self.id}"

    @property
    def folder(self) -> str:
        """The name of the folder of its tables, and of its rows in a run: ``07_report``."""
        return f"{self.notebook[:2]}_{self.id}"


_LISTED = (
    Registered(
        "ingestion", "01_ingestion", "ingestion", "files", ("records",), ("read", "missing", "notes", "sources")
    ),
    Registered(
        "background",
        "02_background",
        "background",
        "tidy",
        ("employment", "population", "barometer", "training_needs"),
        ("employment", "population", "population-groups", "barometer", "training-needs"),
        people=False,
    ),
    Registered(
        "participants",
        "03_participants",
        "participants",
        "tidy",
        ("composition", "registrations", "cross", "overlap", "completion", "population"),
        (
            "participants-overview",
            "target-groups",
            "composition",
            "profile",
            "overlaps",
            "represented",
            "standing",
            "participants-numbers",
        ),
        ("where",),
    ),
    Registered(
        "survey",
        "04_survey",
        "survey",
        "tidy",
        ("responses", "respondents", "attrition", "items", "item_pairs", "item_answers", "arm_items", "comments"),
        (
            *(
                "survey-answered",
                "survey-respondents",
                "survey-attrition",
                "survey-results",
                "survey-items",
                "survey-primary",
            ),
            *(
                "survey-transitions",
                "survey-single",
                "survey-terms",
                "survey-scales",
                "survey-feedback",
                "survey-asked",
            ),
            "survey-arms",
            *(
                "survey-clusters",
                "survey-waves",
                "survey-groups",
                "survey-numbers",
                "survey-taking-part",
                "survey-arm-groups",
            ),
            *(
                "survey-advice",
                "survey-mode",
                "survey-cautions",
                "survey-near",
                "comments",
                "comment-quotes",
                "comment-texts",
            ),
        ),
        ("where", "items"),
    ),
    Registered(
        "placement",
        "05_placement",
        "placement",
        "tidy",
        ("placement", "benchmark"),
        (
            *("placement-followup", "placement-rates", "placement-target-groups", "placement-background"),
            *("placement-terms", "placement-benchmark", "placement-arms", "placement-arm-means", "placement-balance"),
            *(
                "placement-taking-part",
                "placement-arm-groups",
                "placement-numbers",
                "placement-clusters",
                "placement-waves",
            ),
            "placement-advice",
            "placement-limits",
        ),
        ("where", "roles"),
    ),
    Registered(
        "monitoring",
        "06_monitoring",
        "monitoring",
        "tidy",
        ("outreach", "composition"),
        ("scorecard", "outreach", "actions", "contacts", "budget"),
    ),
    Registered(
        "report",
        "07_final_report",
        "final",
        "results",
        (),
        (
            *("summary", "objectives", "indicators"),
            *("survey-results", "survey-single", "survey-arms", "survey-taking-part"),
            *("survey-feedback", "placement-rates", "placement-benchmark", "placement-target-groups"),
            *("placement-arms", "placement-taking-part"),
            *("target-groups", "represented", "need", "standing", "outreach"),
            *("budget", "actions", "contacts", "practice"),
            *("conclusions", "recommendations", "limits", "appendix"),
            *("theory", "changes", "background", "data", "survey-answered", "survey-attrition", "placement-followup"),
            *("hidden", "method"),
        ),
    ),
)
SECTIONS = {section.id: section for section in _LISTED}
TOPICS = tuple(SECTIONS)
FINAL = "report"
WRITTEN = ("recommendations",)  # parts of the final report that the evaluator alone can write
_BY_NOTEBOOK = {section.notebook: section for section in _LISTED}


def module(topic: str) -> ModuleType:
    """The module that computes and presents a section. Raises KeyError for an unknown one."""
    return import_module(f"evaltools.sections.{SECTIONS[topic].module}")


def of_notebook(path: Path) -> Registered | None:
    """The section that a notebook shows by its name; None for a notebook of one's own."""
    return _BY_NOTEBOOK.get(path.stem)


def topics(sections: Iterable[str]) -> list[str]:
    """The sections of the programme among those that a study file lists, in the order of the flow; all where it
    lists none."""
    listed = set(sections)
    return [topic for topic in TOPICS if not listed or topic in listed]


def text_places(study: Study) -> list[str]:
    """What a person's texts may stand below: parts of the final report, and headings of funders' forms.

    Raises DataError for a faulty form.
    """
    from evaltools.study import funder_form

    return funder_form.places(study, SECTIONS[FINAL].parts)


def notebooks(folder: Path, study_folder: Path, sections: Iterable[str] = ()) -> list[Path]:
    """The notebooks of a study's reports, in the order of the pages.

    Parameters
    ----------
    folder : of the programme's notebooks
    study_folder : of the study, whose own stand in ``notebooks``
    sections : as the study file lists them: ids of sections, names of the study's own notebooks; all where it is empty

    Raises
    ------
    KeyError
        A section is listed that has no notebook in either folder.
    """
    own = paths.notebooks(study_folder / paths.NOTEBOOKS)
    found = {(_BY_NOTEBOOK[p.stem].id if p.stem in _BY_NOTEBOOK else p.stem): p for p in paths.notebooks(folder)}
    found |= {path.stem: path for path in own}
    return [found[name] for name in sections] or sorted(found.values(), key=lambda path: path.name)
