"""Reporting checklists, filled from what an edition's results and the study file already tell.

Each item has its sentences with the page and part that report them, what people wrote below ``[method]`` of the study
file, or else the key to write.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import NamedTuple

import pandas as pd

from evaltools.report import charts
from evaltools.report.charts.boxes import Box, Chain, Link
from evaltools.report.document import Figure, Part
from evaltools.report.render import html
from evaltools.results.records import pick
from evaltools.sections.checklists.facts import Fact, arm_steps, facts
from evaltools.sections.material import Labels
from evaltools.study.model import Study

SOURCES = {
    "consort": "Hopewell et al., CONSORT 2025 statement. PLoS Med 2025; 22(4): e1004587.",
    "trend": "Des Jarlais et al., TREND statement. Am J Public Health 2004; 94(3): 361–366.",
    "strobe": "von Elm et al., STROBE statement. PLoS Med 2007; 4(10): e296.",
    "cherries": "Eysenbach, CHERRIES. J Med Internet Res 2004; 6(3): e34.",
    "dac": "OECD/DAC Network on Development Evaluation, Better Criteria for Better Evaluation, 2019.",
    "kirkpatrick": "Kirkpatrick & Kirkpatrick, Evaluating Training Programs: The Four Levels, 3rd ed., 2006.",
}
METHOD = "method."  # begins a key of the study file's `[method]`
LISTS = {"objectives", "variables", "age_groups", "representation", "terms"}  # tables of the study file with entries
Address = Callable[[Fact], tuple[str, str]]  # where a fact is reported: an address and what it is called


class Item(NamedTuple):
    """One thing that is asked; ``numbers`` are those it has in each checklist that asks for it."""

    id: str
    facts: tuple[str, ...]
    write: str
    numbers: Mapping[str, tuple[str, ...]]


class Answer(NamedTuple):
    """An item under one of its numbers, what is told of it, and what people wrote in the study file."""

    number: str
    item: Item
    facts: list[Fact]
    written: str

    @property
    def is_filled(self) -> bool:
        return bool(self.facts or self.written)


@cache
def items() -> tuple[Item, ...]:
    """Every item of ``items.toml``."""
    told = tomllib.loads(resources.files(__package__).joinpath("items.toml").read_text(encoding="utf-8"))["items"]
    return tuple(
        Item(
            each["id"],
            tuple(each.get("facts", ())),
            each["write"],
            {name: tuple(each[name].split()) for name in SOURCES if name in each},
        )
        for each in told
    )


def chosen(study: Study, rows: pd.DataFrame) -> list[str]:
    """The checklists that a study is reported by: by groups compared, by surveys, and the two indexes always."""
    design = ["consort", "trend"] if study.comparison is not None else ["strobe"]
    asked = ["cherries"] if len(pick(rows, topic="survey", table="responses")) else []
    return [*design, *asked, "dac", "kirkpatrick"]


def answers(checklist: str, told: Mapping[str, list[Fact]], labels: Labels) -> list[Answer]:
    """The items of a checklist in its order."""
    found = [
        Answer(number, item, [fact for name in item.facts for fact in told[name]], _written(item, labels))
        for item in items()
        for number in item.numbers.get(checklist, ())
    ]
    return sorted(found, key=lambda answer: _order(answer.number))


def _written(item: Item, labels: Labels) -> str:
    text = getattr(labels.study.method, item.write.removeprefix(METHOD)) if item.write.startswith(METHOD) else None
    return text(labels.language) if text is not None else ""


def _order(number: str) -> tuple[int, str]:
    count = re.match(r"\d+", number)
    return int(count[0]) if count else 0, number


def parts(rows: pd.DataFrame, labels: Labels, address: Address) -> list[Part]:
    """What the page is, then one part a checklist; that of randomised trials with the picture of the groups' flow."""
    told = facts(rows, labels)
    made = [_part(name, answers(name, told, labels), rows, labels, address) for name in chosen(labels.study, rows)]
    return [Part("about", "", [labels.say("checklist.how")]), *made]


def _part(name: str, found: list[Answer], rows: pd.DataFrame, labels: Labels, address: Address) -> Part:
    filled = sum(answer.is_filled for answer in found)
    counts = {"all": len(found), "filled": filled, "open": len(found) - filled}
    sentences = [
        labels.say(f"checklist.when.{name}"),
        labels.say("checklist.counted", **{word: labels.number(count) for word, count in counts.items()}),
        labels.say("html.source", source=SOURCES[name]),
    ]
    entries = "".join(_entry(answer, labels, address) for answer in found)
    flow = _flow(rows, labels) if name == "consort" else None
    prose = f'<dl class="ev-terms">{entries}</dl>'
    return Part(name, labels.say(f"checklist.name.{name}"), sentences, [flow] if flow else [], prose=prose)


def _entry(answer: Answer, labels: Labels, address: Address) -> str:
    """An item with what is told of it, each sentence with the way to where it is reported."""
    asked = f"{answer.number} {labels.say(f'checklist.item.{answer.item.id}')}"
    said = [_sentence(fact, address) for fact in answer.facts] + [html.words(answer.written)] * bool(answer.written)
    told = said or [html.words(_unknown(answer.item, labels))]
    return f"<div><dt>{html.words(asked)}</dt>{''.join(f'<dd>{each}</dd>' for each in told)}</div>"


def _sentence(fact: Fact, address: Address) -> str:
    to, label = address(fact)
    link = f' <a href="{escape(to)}">{html.words(label)}</a>' if to else ""
    return html.words(fact.sentence) + link


def _unknown(item: Item, labels: Labels) -> str:
    if item.write.startswith(METHOD):
        return labels.say("checklist.unknown_method", table="[method]", name=item.write.removeprefix(METHOD))
    table = f"[[{item.write}]]" if item.write in LISTS else f"[{item.write}]"
    return labels.say("checklist.unknown_table", table=table)


def _flow(rows: pd.DataFrame, labels: Labels) -> Figure | None:
    """The groups from assignment to the end, a row of boxes each; who took part is told in words."""
    steps = {arm: [s for s in of if s.name != "took_part"] for arm, of in arm_steps(rows, labels).items()}
    if not steps:
        return None
    chains = [
        Chain(
            labels.group("arm", arm),
            [Box(labels.say(f"checklist.step.{step.name}"), labels.number(step.persons)) for step in of],
            [Link(labels.number(step.persons - of[0].persons)) for step in of[1:]],
        )
        for arm, of in steps.items()
    ]
    caption, unit = labels.say("checklist.flow"), labels.say("checklist.flow_unit")
    return charts.chains("consort-flow", caption, chains, language=labels.language, unit=unit)
