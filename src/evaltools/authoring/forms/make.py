"""All forms of a study in a folder: a folder a wave, in it one a language, and a list of who answers what when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evaltools import i18n
from evaltools.authoring import new_study
from evaltools.authoring.forms import paper, tools
from evaltools.authoring.forms.instrument import Instrument
from evaltools.errors import CatalogueError
from evaltools.report import documents
from evaltools.study import dates, questions
from evaltools.study.model import Study

Made = dict[str, bytes]  # by the name of the file below the folder


class FormsError(CatalogueError):
    """No form can be made."""

    below = "forms"


def write(study: Study, folder: Path, wave: str = "", languages: Sequence[str] = ()) -> list[Path]:
    """Write the forms into a folder that is not there yet or is empty, whole or not at all; the files.

    Parameters
    ----------
    study : the study; a wave is each survey and follow-up that has a source
    wave : ``start``, ``end``, ``followup`` or the id of a wave of the study's own; all where empty
    languages : of ``i18n.LANGUAGES``; by default all that the texts of a form are in

    Raises
    ------
    FormsError
        No such wave, or none at all.
    StudyError
        The folder holds something: nothing is ever written over.
    """
    return new_study.files(folder, files(study, wave, languages))


def files(study: Study, wave: str = "", languages: Sequence[str] = ()) -> Made:
    """The content of every file, by its name below the folder; Word forms where what they need is installed."""
    forms = [Instrument.of(study, source) for source in questions.of_persons(study)]
    if not forms:
        raise FormsError("none")
    chosen = [form for form in forms if wave in ("", form.wave)]
    if not chosen:
        raise FormsError("no_wave", wave=wave, known=", ".join(form.wave for form in forms))
    made: Made = {}
    for form in chosen:
        spoken = [each for each in form.languages if each in (languages or i18n.LANGUAGES)] or list(languages)
        made |= {f"{form.wave}/{name}": content for name, content in _of_wave(form, spoken)}
    for language in languages or [study.study.language]:
        made[f"checklist-{language}.txt"] = _encoded(checklist(chosen, language))
    return made


def _of_wave(form: Instrument, languages: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    yield "xlsform.xlsx", tools.xlsform(form, languages)
    yield "limesurvey.txt", tools.limesurvey(form, languages).encode("utf-8")
    day = form.study.last_term.start
    for language in languages:
        yield f"{language}/questions.txt", _encoded(paper.text(form, language))
        for name, interview in (("form", False), ("interview", True)):
            yield f"{language}/{name}.html", paper.page(form, language, interview).encode("utf-8")
            if not documents.missing():
                yield f"{language}/{name}.docx", paper.document(form, language, day, interview)


def _encoded(text: str) -> bytes:
    """With the mark by which spreadsheets and editors know UTF-8, and the line ends that all of them take."""
    return text.replace("\n", "\r\n").encode("utf-8-sig")


def checklist(forms: Sequence[Instrument], language: str) -> str:
    """Who answers what when in each term, where the answers go, and how each tool is to write them."""
    study = forms[0].study

    def say(key: str, **words: object) -> str:
        return i18n.say(f"form.list.{key}", language, **words)

    lines = [say("title", study=study.study.name(language)), ""]
    for term in study.terms:
        days = {"start": i18n.date(term.start, language), "end": i18n.date(term.end, language)}
        lines.append(say("term", term=term.name(language), **days))
        for form in (form for form in forms if not form.source.terms or term.id in form.source.terms):
            kind = {"start_survey": "start", "end_survey": "end"}.get(form.source.table, "")
            kind = kind or ("followup" if study.base(form.source.table) == "followup" else "wave")
            place = f"raw/{term.id}/{form.source.file}"
            lines.append(f"{paper.BOX} {say(kind, name=form.source.name(language))}; {say('file', place=place)}")
        lines.append("")
    source = forms[0].source
    written = {"encoding": source.encoding, "delimiter": source.delimiter}
    lines += [say("tools"), *([say("text", **written)] if "auto" not in written.values() else [])]
    lines += [say(tool) for tool in ("lime", "xls", "paste", "paper")]
    moment = next((c for c in ("answered", "date") if c in source.columns), "")
    words = {"heading": source.heading(moment), "example": dates.example(source.date_format[0])}
    lines += [say("day", **words)] if moment else []
    return "\n".join([*lines, ""])
