"""Forms and interview sheets on paper: an accessible page to print, a Word form, and text to paste into a tool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from html import escape

from evaltools import i18n
from evaltools.authoring.forms.instrument import Instrument
from evaltools.report import flow, look
from evaltools.report.flow import Cell, Grid, Heading, Node, Paragraph, Run
from evaltools.report.render import drawing, html, word
from evaltools.study.questions import Question

BOX = "☐"
LINE = "_" * 80
NOTED = 4  # lines for notes on a question
ROWS = {"text": 6, "key": 1, "number": 1}
STYLE = (
    "<style>fieldset{margin:0 0 1.2em;break-inside:avoid}legend{font-weight:600}label{display:block;padding:.15em 0}"
    ".ev-answers td,.ev-answers thead th{text-align:center}textarea,input[type=text]{width:100%;font:inherit}"
    "@media print{nav,.ev-skip{display:none}}</style>"
)


def page(form: Instrument, language: str, interview: bool = False) -> str:
    """The form as one accessible page without a script: it can be printed, or filled on a screen and printed then."""
    opening = "".join(f"<p>{html.words(line)}</p>" for line in form.opening(language))
    about = escape(i18n.say("form.about", language))
    agree = _label("checkbox", "consent", "1", i18n.say("form.consent", language))
    shown = [f'{STYLE}<section class="ev-part" id="about"><h2>{about}</h2>{opening}{agree}</section>']
    for number, block in _numbered(form):
        shown.append(_block(form, block, number, language))
        if interview and _is_talked_about(block):
            shown.append(_notes(block, number, language))
    shown.append(f"<p>{escape(i18n.say('form.thanks', language))}</p>")
    subtitle = _subtitle(form, language, interview)
    title = form.title(language)
    dressed = look.of(form.study, language)
    return html.page(title, shown, language=language, heading=title, subtitle=subtitle, **dressed)


def document(form: Instrument, language: str, day: dt.date, interview: bool = False) -> bytes:
    """The form as a Word file; boxes to tick, lines to write on. Needs the extra ``documents``."""
    nodes: list[Node] = [Heading(1, _runs(i18n.say("form.about", language)), "about")]
    nodes += [Paragraph(_runs(line)) for line in form.opening(language)]
    nodes.append(_to_tick(i18n.say("form.consent", language)))
    for number, block in _numbered(form):
        nodes += _written(form, block, number, language)
        if interview and _is_talked_about(block):
            nodes.append(_notes_grid(block, number, language))
    nodes.append(Paragraph(_runs(i18n.say("form.thanks", language)), "finding"))
    subtitle = _subtitle(form, language, interview)
    title = form.title(language)
    front = word.Front(title, subtitle, language, form.study.study.organisation(language), day, to_fill=True)
    return word.document(front, nodes, drawing.png)


def text(form: Instrument, language: str) -> str:
    """The form as plain text: a question, then its answers one a line, as Microsoft Forms and Webropol take them."""
    lines = [form.title(language), "", *form.opening(language), "", f"{BOX} {i18n.say('form.consent', language)}", ""]
    for number, question in enumerate(form.questions, start=1):
        lines.append(f"{number}. {question.words[language]}")
        hint = form.hint(question, language)
        lines += [f"({hint})"] if hint else []
        lines += [choice.words[language] for choice in form.choices(question)]
        lines.append("")
    return "\n".join([*lines, i18n.say("form.thanks", language), ""])


def _numbered(form: Instrument) -> Iterator[tuple[int, Sequence[Question]]]:
    """Blocks of questions with the number of their first."""
    number = 1
    for block in form.blocks():
        yield number, block
        number += len(block)


def _is_talked_about(block: Sequence[Question]) -> bool:
    """Whether there is more to ask about the answer: not about what only tells who a person is."""
    return block[0].kind != "key"


def _subtitle(form: Instrument, language: str, interview: bool) -> str:
    return i18n.say("form.interview", language) if interview else form.study.study.organisation(language)


def _runs(text: str) -> flow.Runs:
    return (Run(text),)


def _is_grid(block: Sequence[Question]) -> bool:
    return block[0].kind == "scale"


# --- the page --------------------------------------------------------------------------------------------------------


def _block(form: Instrument, block: Sequence[Question], number: int, language: str) -> str:
    if _is_grid(block):
        return _grid(form, block, number, language)
    [question] = block
    hint = form.hint(question, language)
    said = f'<p id="hint-{number}" class="ev-small">{html.words(hint)}</p>' if hint else ""
    named = f"{number}. {question.words[language]}"
    if question.choices:
        kind = "checkbox" if question.kind == "several" else "radio"
        labels = "".join(_label(kind, question.column, c.id, c.words[language]) for c in form.choices(question))
        fields = f"<fieldset><legend>{html.words(named)}</legend>{said}{labels}</fieldset>"
        return f'<section class="ev-part">{fields}</section>'
    described = f' aria-describedby="hint-{number}"' if hint else ""
    name = f'id="q-{number}" name="{escape(question.column)}"{described}'
    rows = ROWS[question.kind] if question.column == "comment" else 1
    field = f'<textarea rows="{rows}" {name}></textarea>' if rows > 1 else f'<input type="text" {name}>'
    return (
        f'<section class="ev-part"><p><label for="q-{number}"><strong>{html.words(named)}</strong></label></p>'
        f"{said}{field}</section>"
    )


def _label(kind: str, name: str, value: str, words: str) -> str:
    field = f'<input type="{kind}" name="{escape(name)}" value="{escape(value)}">'
    return f"<label>{field} {html.words(words)}</label>"


def _grid(form: Instrument, block: Sequence[Question], number: int, language: str) -> str:
    """Statements with one scale: a row each, a radio button a cell, named by its row and column."""
    choices = form.choices(block[0])
    head = "".join(f'<th scope="col">{html.words(c.words[language])}</th>' for c in choices)
    rows = []
    for place, question in enumerate(block, start=number):
        words = question.words[language]
        cells = "".join(
            f'<td><input type="radio" name="{escape(question.column)}" value="{escape(c.id)}" '
            f'aria-label="{escape(f"{words}: {c.words[language]}")}"></td>'
            for c in choices
        )
        rows.append(f'<tr><th scope="row">{html.words(f"{place}. {words}")}</th>{cells}</tr>')
    caption = html.words(i18n.say("form.scale", language))
    first = f'<th scope="col">{html.words(i18n.say("form.statement", language))}</th>'
    return (
        f'<section class="ev-part ev-answers"><div class="ev-table"><table><caption>{caption}</caption>'
        f"<thead><tr>{first}{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _notes(block: Sequence[Question], number: int, language: str) -> str:
    """Room for notes on each question of a block."""
    said, prompt = (escape(i18n.say(f"form.{key}", language)) for key in ("notes", "prompt"))
    fields = "".join(
        f'<p><label for="notes-{place}">{said}: {html.words(f"{place}. {question.words[language]}")}</label></p>'
        f'<textarea id="notes-{place}" rows="3"></textarea>'
        for place, question in enumerate(block, start=number)
    )
    return f'<section class="ev-part"><p class="ev-small">{prompt}</p>{fields}</section>'


# --- the Word form ---------------------------------------------------------------------------------------------------


def _to_tick(words: str) -> Paragraph:
    return Paragraph(_runs(f"{BOX}\t{words}"), "choice")


def _notes_grid(block: Sequence[Question], number: int, language: str) -> Grid:
    """A row for notes on each question of a block."""
    caption, prompt = (i18n.say(f"form.{key}", language) for key in ("notes", "prompt"))
    asked = (f"{place}. {question.words[language]}" for place, question in enumerate(block, start=number))
    rows = [[Cell(words + "\n" * NOTED, head=True)] for words in asked]
    return Grid(f"notes-{number}", caption, [Cell(prompt, head=True)], rows)


def _written(form: Instrument, block: Sequence[Question], number: int, language: str) -> Iterator[Node]:
    if _is_grid(block):
        choices = form.choices(block[0])
        head = [Cell(i18n.say("form.statement", language), head=True)]
        head += [Cell(choice.words[language], head=True) for choice in choices]
        rows = [
            [Cell(f"{place}. {question.words[language]}", head=True), *(Cell(BOX) for _ in choices)]
            for place, question in enumerate(block, start=number)
        ]
        yield Grid(f"scale-{number}", i18n.say("form.scale", language), head, rows)
        return
    [question] = block
    yield Heading(2, _runs(f"{number}. {question.words[language]}"), f"question-{number}")
    hint = form.hint(question, language)
    if hint:
        yield Paragraph(_runs(hint), "small")
    for choice in form.choices(question):
        yield _to_tick(choice.words[language])
    if not question.choices:
        lines = ROWS[question.kind] if question.column == "comment" else 1
        yield from (Paragraph(_runs(LINE)) for _ in range(lines))
