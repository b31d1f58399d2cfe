"""Forms for survey tools: an XLSForm (ODK, KoboToolbox) and LimeSurvey's tab-separated structure, in every language."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from html import escape

from evaltools import i18n
from evaltools.authoring.forms.instrument import Instrument
from evaltools.study import questions
from evaltools.study.questions import Question

NAMES = {"fi": "Suomi (fi)", "en": "English (en)", "sv": "Svenska (sv)"}
Rows = list[dict[str, str]]
Said = Callable[[str], str]  # a text by language


# --- XLSForm ---------------------------------------------------------------------------------------------------------


def xlsform(form: Instrument, languages: Sequence[str]) -> bytes:
    """A workbook with the sheets survey, choices and settings. A name is the tidy column, so that an export with names
    for headings is read; labels are in every language."""
    short = questions.names(form.questions)
    survey: Rows = [_told("note", "about", languages, lambda each: "\n\n".join(form.opening(each)))]
    survey.append(
        {"type": "acknowledge", "name": "consent"} | _labels(languages, lambda each: i18n.say("form.consent", each))
    )
    choices: Rows = []
    for question in form.questions:
        survey.append(_xls_question(form, question, short[question.column], languages))
        for choice in form.choices(question):
            row = {"list_name": short[question.column], "name": _xls_code(question, choice.id)}
            choices.append(row | _labels(languages, lambda each, choice=choice: choice.words[each]))  # type: ignore[misc]
    survey.append(_told("note", "thanks", languages, lambda each: i18n.say("form.thanks", each)))
    settings = {
        "form_title": form.title(languages[0]),
        "form_id": f"{form.study.id}-{form.wave}",
        "default_language": NAMES[languages[0]],
    }
    return _workbook({"survey": survey, "choices": choices, "settings": [settings]})


def _xls_question(form: Instrument, question: Question, name: str, languages: Sequence[str]) -> dict[str, str]:
    kinds = {"scale": f"select_one {name}", "choice": f"select_one {name}", "several": f"select_multiple {name}"}
    kinds |= {"number": "decimal", "text": "text", "key": "text"}
    row = {"type": kinds[question.kind], "name": name, **_labels(languages, lambda each: question.words[each])}
    row |= _labels(languages, lambda each: form.hint(question, each), "hint")
    if question.low is not None:
        row["constraint"] = f". >= {question.low:g} and . <= {question.high:g}"
    return row | ({"appearance": "likert"} if question.kind == "scale" else {})


def _xls_code(question: Question, code: str) -> str:
    """The code of a choice; of a question with several answers a name without signs, as it becomes a heading."""
    return questions.option_names(question)[code] if question.kind == "several" else questions.spaceless(code)


def _told(kind: str, name: str, languages: Sequence[str], said: Said) -> dict[str, str]:
    return {"type": kind, "name": name, **_labels(languages, said)}


def _labels(languages: Sequence[str], said: Said, column: str = "label") -> dict[str, str]:
    """Texts by language; ``${`` would be a reference, and what is empty is left out."""
    texts = {f"{column}::{NAMES[each]}": said(each).replace("${", "$ {") for each in languages}
    return {name: text for name, text in texts.items() if text}


def _workbook(sheets: dict[str, Rows]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        head = list(dict.fromkeys(column for row in rows for column in row))
        for place, cells in enumerate([head, *([row.get(column, "") for column in head] for row in rows)]):
            sheet.write_row(place, 0, cells)
    book.close()
    return out.getvalue()


# --- LimeSurvey ------------------------------------------------------------------------------------------------------

COLUMNS = ("class", "type/scale", "name", "relevance", "text", "help", "language", "mandatory", "other")
GROUP = "1"  # joins the languages of a group


def limesurvey(form: Instrument, languages: Sequence[str]) -> str:
    """The structure that LimeSurvey imports as a tab-separated file: UTF-8 with its mark, the base language first."""
    rows: Rows = [_row("S", name="language", text=languages[0])]
    if len(languages) > 1:
        rows.append(_row("S", name="additional_languages", text=" ".join(languages[1:])))
    rows += [_row("S", name="format", text="A"), _row("S", name="datestamp", text="Y")]
    for each in languages:
        welcome = "".join(f"<p>{_safe(line)}</p>" for line in form.opening(each))
        rows.append(_row("SL", name="surveyls_title", text=_safe(form.title(each)), language=each))
        rows.append(_row("SL", name="surveyls_welcometext", text=welcome, language=each))
        rows.append(_row("SL", name="surveyls_endtext", text=_safe(i18n.say("form.thanks", each)), language=each))
    for each in languages:
        rows.append(_row("G", GROUP, _safe(form.source.name(each)), "", "1", each))
        for block in form.blocks():
            rows += _lime_block(form, block, each)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter="\t", lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + out.getvalue()


def _lime_block(form: Instrument, block: Sequence[Question], language: str) -> Iterator[dict[str, str]]:
    short = questions.names(form.questions)
    first = block[0]
    if first.kind == "scale":
        yield _question(
            "F", f"scale{short[first.column]}"[: questions.SHORT], i18n.say("form.scale", language), "", language
        )
        for question in block:
            yield _row("SQ", "0", short[question.column], _safe(question.words[language]), "1", language)
        for choice in form.choices(first):
            yield _row("A", "0", choice.id.replace("-", "m"), _safe(choice.words[language]), "", language)
        return
    kinds = {"choice": "L", "several": "M", "number": "N", "text": "T", "key": "S"}
    help_text = form.hint(first, language)
    yield _question(kinds[first.kind], short[first.column], first.words[language], help_text, language)
    codes = questions.option_names(first)
    for choice in form.choices(first):
        kind = "SQ" if first.kind == "several" else "A"
        yield _row(kind, "0", codes[choice.id], _safe(choice.words[language]), "", language)


def _question(kind: str, name: str, text: str, help_text: str, language: str) -> dict[str, str]:
    return _row("Q", kind, name, _safe(text), "1", language) | {
        "help": _safe(help_text),
        "mandatory": "N",
        "other": "N",
    }


def _row(
    what: str, kind: str = "", name: str = "", text: str = "", relevance: str = "", language: str = ""
) -> dict[str, str]:
    return {"class": what, "type/scale": kind, "name": name, "text": text, "relevance": relevance, "language": language}


def _safe(text: str) -> str:
    """A text as LimeSurvey takes it, which reads HTML, expressions in braces and backslashes: none of the three."""
    return escape(questions.without_expressions(text), quote=False)
