"""A funder's form filled: below each heading what the final report says of it and what the evaluator wrote for it.

What is missing or too long for the form is listed first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evaltools import i18n
from evaltools.report import flow
from evaltools.report.flow import Grid, Heading, Item, Node, Paragraph, Picture, Place, Run, Runs
from evaltools.study.funder_form import FunderForm
from evaltools.study.funder_form import Heading as Asked

BELOW = 2  # level of headings inside an answer
SAID = ("text", "finding", "note", "quote")  # kinds of paragraphs that answer a question


def filled(form: FunderForm, report: Sequence[Node], texts: Mapping[str, str], language: str) -> list[Node]:
    """The nodes of a form.

    Parameters
    ----------
    form : what is asked
    report : the nodes of the final report
    texts : what the evaluator wrote, as HTML by place (`narrative.read`)
    language : of the form
    """
    answers = {heading.id: _answer(form, heading, report, texts, language) for heading in form.headings}
    lacking = [
        Item((Run(said),)) for heading in form.headings for said in _lacks(heading, answers[heading.id], language)
    ]
    nodes: list[Node] = []
    if lacking:
        nodes = [Heading(1, (Run(i18n.say("funder.lacking", language)),), f"{form.id}-lacking"), *lacking]
    for heading in form.headings:
        nodes.append(Heading(1, (Run(heading.heading(language)),), form.place(heading)))
        nodes += [Paragraph((Run(said),), "small") for said in _asked(heading, answers[heading.id], language)]
        nodes += answers[heading.id]
    return nodes


def _answer(
    form: FunderForm, heading: Asked, report: Sequence[Node], texts: Mapping[str, str], language: str
) -> list[Node]:
    """What the parts of the report say, then the place of the evaluator's own words."""
    place = form.place(heading)
    found = [node for part in heading.parts for node in _of_part(report, part, heading.tables)]
    if place in texts:
        written = flow.read([f'<section id="{place}">{texts[place]}</section>'])
        return [*found, *(node for node in written if isinstance(node, Place))]
    if not heading.asks_own:
        return found
    return [*found, Place(place, (Paragraph((Run(i18n.say("funder.unwritten", language)),)),), unwritten=True)]


def _of_part(report: Sequence[Node], part: str, tables: bool) -> Iterator[Node]:
    """What a part of the report says, without its heading and small print; tables and pictures where they are asked."""
    inside = False
    for node in report:
        if isinstance(node, Heading):
            below = node.id.startswith(f"{part}-")  # a part of parts, such as objectives, each by its name
            inside = node.id == part or below
            yield from [replace(node, level=BELOW)] if below else []
        elif not inside:
            continue
        elif isinstance(node, Place):
            yield from () if node.unwritten else node.nodes
        elif isinstance(node, Grid | Picture):
            yield from [node] if tables else []
        elif isinstance(node, Item) or node.kind in SAID:
            yield replace(node, runs=_alone(node.runs))


def _alone(runs: Runs) -> Runs:
    """Text without the link at its end to where the report says more: that is not in the form."""
    kept = list(runs)
    while kept and kept[-1].to.startswith("#"):
        del kept[-1]
    return tuple([*kept[:-1], replace(kept[-1], text=kept[-1].text.rstrip())] if kept else [])


def length(nodes: Sequence[Node]) -> int:
    """Characters of an answer as it would be pasted into a form: tables and pictures are no part of them."""
    words = [node for node in nodes if not isinstance(node, Grid | Picture | Place)]
    words += [inner for node in nodes if isinstance(node, Place) and not node.unwritten for inner in node.nodes]
    return len("\n".join(flow.texts(words)))


def _asked(heading: Asked, answer: Sequence[Node], language: str) -> Iterator[str]:
    """The question, and how long the answer is and may be."""
    if heading.question is not None:
        yield heading.question(language)
    if heading.limit is not None:
        yield i18n.say("funder.length", language, n=length(answer), limit=i18n.integer(heading.limit, language))


def _lacks(heading: Asked, answer: Sequence[Node], language: str) -> Iterator[str]:
    """What is missing below a heading, or that it is too long."""
    name = heading.heading(language)
    if any(isinstance(node, Place) and node.unwritten for node in answer):
        yield i18n.say("funder.own_missing", language, heading=name)
    elif not answer:
        yield i18n.say("funder.missing", language, heading=name)
    if heading.limit is not None and (size := length(answer)) > heading.limit:
        limit, over = (i18n.integer(n, language) for n in (heading.limit, size - heading.limit))
        yield i18n.say("funder.too_long", language, heading=name, n=size, limit=limit, over=over)
