"""What an unknown export looks like, as a source block to paste into a study file and finish by hand.

Nothing of a person is shown: headings, kinds and counts, and the labels of known scales. What a question offers as
options is shown only where its own headings say so.
"""

from __future__ import annotations

import json
from pathlib import Path

from evaltools.authoring import columns, export, one_row, proposal
from evaltools.authoring.proposal import Proposal, Question
from evaltools.study.wording import plain

JOINED = {";": "several answers joined with ;", ", ": "several answers joined with a comma"}


def describe(path: Path) -> str:
    """Source blocks in TOML for one file, with what is to be decided as comments.

    Raises DataError with the place where the file cannot be read, and where it is no table with headings.
    """
    found = export.read(path)
    tool = found.profile.name
    said = (
        f"It looks like {tool}{'; ' + found.profile.note if found.profile.note else ''}."
        if tool
        else "The tool is not recognised."
    )
    lines = [f"# {path.name}: {len(found.frame)} rows, {len(found.frame.columns)} columns. {said}"]
    if not found.profile.table and tool:
        return "\n".join(
            [*lines, "# It has no answers: give it to `evaltools new --from` with the export it explains.", ""]
        )
    blocks = [_block(each) for p in proposal.of(found) for each in one_row.parted(p)]
    return "\n".join([*lines, *("\n".join(block) for block in blocks), ""])


def _block(found: Proposal) -> list[str]:
    lines = [
        "[[sources]]",
        f'table = "{found.table}"  # or participants, enrolments, start_survey, end_survey, followup ...',
    ]
    lines += ['name = { fi = "...", en = "..." }', f"file = {toml(found.export.path.name)}"]
    lines += [f"{key} = {toml(value)}" for key, value in found.export.how.items()]
    lines += [f"date_format = {toml(found.dates)}"] if found.dates else []
    lines += (
        ["# day and month cannot be told apart; one of: " + "; ".join(toml(f) for f in found.undecided)]
        if found.undecided
        else []
    )
    lines += [f"separator = {toml(found.separator)}"] if found.separator not in ("", ";") else []
    lines += [f"missing = {toml(['', *found.missing])}"] if found.missing else []
    lines += [f"keep = {toml(found.keep)}"] if found.keep else []
    lines += ["# rows that are no answers"] if found.leave_out else []
    lines += [f"leave_out = {toml(found.leave_out)}"] if found.leave_out else []
    if found.is_survey and found.keys:
        lines += [
            "# Where the tool counts its respondents itself, a column that the register has too is the person, or key:"
        ]
        lines += [f"# {toml(heading)}" for heading in found.keys]
    return [*lines, "", "[sources.columns]", *_columns(found), *_options(found), *_items(found)]


def _columns(found: Proposal) -> list[str]:
    """A line a heading: the tidy column where it is known, and what the cells look like."""
    called = found.columns | ({"person": found.named_key} if found.named_key else {})
    own = {heading: column for column, heading in called.items()}
    asked = {question.headings[0]: question for question in found.questions if len(question.headings) == 1}
    several = {heading for question in found.questions if len(question.headings) > 1 for heading in question.headings}
    lines = []
    for heading in found.frame:
        if heading in several:
            continue
        question = asked.get(heading)
        column = own.get(heading) or ("comment" if question and question.kind == "comment" else "")
        lines.append(
            f"{'' if column else '# '}{column or '...'} = {toml(heading)}  # {_kind(found, heading, question)}"
        )
    return lines


def _options(found: Proposal) -> list[str]:
    lines = []
    for question in (q for q in found.questions if q.kind == "multi" and len(q.headings) > 1):
        lines += [
            "",
            f"# A question with several answers, a variable of kind multi: {question.text}",
            "# [sources.options....]",
        ]
        lines += [f"# ... = {toml(heading)}" for heading in question.headings]
        lines += [f"# values.... = {toml(question.words)}"] if question.words else []
    return lines


def _items(found: Proposal) -> list[str]:
    """The items with their wording, to be given ids of the study's own."""
    lines = []
    for question in (q for q in found.questions if q.scale):
        assert question.scale is not None
        ends = "" if question.scale.labels else f", min = {question.scale.low}, max = {question.scale.high}"
        labels = f", labels = {toml(question.scale.labels)}" if question.scale.labels else ""
        lines.append(f"# {{ id = {toml(proposal.slug(question.text))}, text = {toml(question.text)}{labels}{ends} }}")
    return ["", "# Items, for survey.items:", *lines] if lines else []


def _kind(found: Proposal, heading: str, question: Question | None) -> str:
    """What a column looks like, without any value of a person."""
    cells = found.frame[heading]
    given = columns.given(cells, found.missing)
    missing = f", {len(cells) - len(given)} empty" if len(given) < len(cells) else ""
    if given.empty:
        return "empty"
    if question is not None and question.scale is not None:
        return f"an item: {_scale(question)}{missing}"
    if question is not None and question.kind == "multi":
        return JOINED.get(question.separator, f"several answers joined with {question.separator!r}") + missing
    if columns.date_formats(given):
        return f"days{missing}"
    words = {plain(value) for value in given.unique()}
    if all(columns.NUMBER.fullmatch(word) for word in words):
        return f"whole numbers, {len(words)} distinct{missing}"
    if given.str.fullmatch(r"[+-]?[0-9]+[.,][0-9]+|[+-]?[0-9]+").all():
        return f"numbers{missing}"
    return f"text, {given.nunique()} distinct{missing}"


def _scale(question: Question) -> str:
    scale = question.scale
    assert scale is not None
    name = f'labels = "{scale.labels}"' if scale.labels else f"whole numbers, {scale.low} to {scale.high}"
    cannot = ", some cannot say" if scale.cannot else ""
    return (
        name
        + cannot
        + (", numbers among the labels" if scale.mixed else "")
        + (f"; {scale.odd} is what?" if scale.odd else "")
    )


def toml(value: object) -> str:
    """A value as TOML writes it in one line."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return (
                "{ " + ", ".join(f"{toml_key(str(k))} = {toml(v)}" for k, v in value.items()) + " }" if value else "{}"
            )
        case list() | tuple():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return str(value)


def toml_key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
    return key if bare else toml(key)
