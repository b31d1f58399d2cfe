"""What a wave's form asks, as its source in the study file says, and how its exports are known.

Forms made of the study file (`authoring.forms`) and the reader of exports share these names, so that what a form gives
is read without a further line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaltools import i18n
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS
from evaltools.study.source_model import OfForm, Source
from evaltools.study.wording import Texts, plain

Kind = Literal["key", "scale", "choice", "several", "number", "text"]
Words = Mapping[str, str]  # by language

CANNOT_SAY = "nosay"  # how a form codes it: nothing that people type, since any study reads it
SHORT = 20  # letters and digits of a code in LimeSurvey
NUMBER = re.compile(r"^\s*\d+(?:\.\d+)*[.)]?\s+")  # before a heading: a tool numbers the questions itself
BETWEEN = ("{}/{}", "{}[{}]", "{} [{}]", "{}: {}")  # how tools join a question and an option in a heading
SUBMITTED = (  # what tools call the moment of answering; of any export one of these counts
    *("submitdate", "Date submitted", "Lähetyspäivä", "_submission_time", "SubmissionDate"),
    *("Completion time", "Valmistumisaika", "Slutförandetid", "Vastausaika", "Response time", "Svarstid"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to choose: its code, and its words by language."""

    id: str
    words: Words


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form.

    ``column`` is the tidy column that the answers become, of a key of several headings ``key:0``; ``low`` and ``high``
    are the ends of a number. ``family`` is the scale that questions shown together share.
    """

    column: str
    kind: Kind
    words: Words
    choices: tuple[Choice, ...] = ()
    cannot_say: bool = False
    low: float | None = None
    high: float | None = None
    family: str = ""


def asked(study: Study, source: Source) -> list[Question]:
    """The questions of a source of persons' answers, in the order of the study file; who answers comes first.

    The day of answering is not asked: tools note it.
    """
    found = [*_keys(source), *_fixed(study, source), *_items(study, source), *_variables(study, source)]
    return [*found, *_comment(source)]


def names(questions: Sequence[Question]) -> dict[str, str]:
    """A name for each question that every tool takes: ASCII letters and digits, a letter first, 20 at most, no two
    alike. By column."""
    taken: dict[str, str] = {}
    for question in questions:
        stem = name = _ascii(question.column)[:SHORT]
        number = 1
        while name in taken.values():
            number += 1
            name = f"{stem[: SHORT - len(str(number))]}{number}"
        taken[question.column] = name
    return taken


def option_names(question: Question) -> dict[str, str]:
    """A name for each choice of a question with several answers, by its code: a letter that makes it no other choice's
    code or word, and a number; five signs at most."""
    said = {plain(word) for choice in question.choices for word in (choice.id, *choice.words.values())}
    places = range(1, len(question.choices) + 1)
    letter = next(each for each in "oabcdefg" if not said & {f"{each}{place}" for place in places})
    return {choice.id: f"{letter}{place}" for place, choice in zip(places, question.choices, strict=True)}


def cannot_say(study: Study, language: str) -> str:
    """What a form calls "I cannot say" in a language: its usual words, but in the study's language the words that the
    study file has first, unless it knows the usual ones or its first are the usual ones of another language."""
    words = {each: plain(i18n.say("form.cannot_say", each)) for each in i18n.LANGUAGES}
    usual = i18n.say("form.cannot_say", language)
    known = {plain(word) for word in study.survey.cannot_say}
    first = next(iter(study.survey.cannot_say), usual)
    own = language == study.study.language and words[language] not in known and plain(first) not in words.values()
    return first if own else usual


def cannot_say_words() -> list[str]:
    """What forms of any language call it, and its code."""
    return [CANNOT_SAY, *(i18n.say("form.cannot_say", language) for language in i18n.LANGUAGES)]


def exports(study: Study, source: Source) -> dict[str, OfForm]:
    """How exports of a form call and write each tidy column; ``<variable>:<code>`` is an option."""
    questions = asked(study, source)
    short = names(questions)
    found: dict[str, OfForm] = {}
    schema = study.schema(source.table)
    for question in questions:
        called = [question.column, short[question.column], *dict.fromkeys(question.words.values())]
        if question.kind != "several":
            flag = question.column in schema and schema[question.column].kind == "flag"
            found[question.column] = OfForm(called, flag=flag, words=_as_tools_write(question))
            continue
        words = _by_word(question)
        found[question.column] = OfForm(called, words=words, codes=[choice.id for choice in question.choices])
        for choice in question.choices:
            said = [word for word, code in words.items() if code == choice.id]
            pairs = ((q, o, between) for q in called for o in said for between in BETWEEN)
            names_of_option = [between.format(q, o) for q, o, between in pairs]
            found[f"{question.column}:{choice.id}"] = OfForm(names_of_option, flag=True)
    moment = "date" if study.base(source.table) == "followup" else "answered"
    return found | {moment: OfForm(list(SUBMITTED), moment=True)}


def _names(choice: Choice) -> list[str]:
    said = [*choice.words.values(), *map(without_expressions, choice.words.values())]
    return list(dict.fromkeys(map(plain, said)))


def spaceless(code: str) -> str:
    """A code as a choice is named in an XLSForm."""
    return code.replace(" ", "_")


def without_expressions(text: str) -> str:
    """A text in one line without the braces and backslashes that LimeSurvey would read as expressions."""
    return " ".join(text.split()).replace("{", "(").replace("}", ")").replace("\\", "/")


def _as_tools_write(question: Question) -> dict[str, str]:
    """The code or name of each choice that a tool cannot take as it is, by what it makes of it."""
    known = {plain(word) for choice in question.choices for word in (choice.id, *choice.words.values())}
    made = [(spaceless(choice.id), choice.id) for choice in question.choices]
    made += [(without_expressions(word), word) for choice in question.choices for word in choice.words.values()]
    return {plain(written): word for written, word in made if plain(written) not in known}


def _by_word(question: Question) -> dict[str, str]:
    """The code that each word of a form stands for: a name in any language before a code; a name of two for none."""
    names = [(word, choice.id) for choice in question.choices for word in _names(choice)]
    times = Counter(word for word, _ in names)
    found = {plain(choice.id): choice.id for choice in question.choices}
    found |= {short: code for code, short in option_names(question).items()}
    return found | {word: code for word, code in names if times[word] == 1}


def candidates(heading: str) -> set[str]:
    """What a heading of an export may stand for: itself, without the tool's number, and what stands in brackets or
    behind the name of a group."""
    whole = plain(heading)
    bare = plain(NUMBER.sub("", heading))
    inside = re.search(r"\[([^\[\]]+)\]\s*$", heading)
    behind = heading.rpartition("/")[2]
    return {whole, bare, plain(behind)} | ({plain(inside[1])} if inside else set())


def _ascii(column: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]", "", column)
    return name if name[:1].isalpha() else f"q{name}"


def _everywhere(text: Texts) -> Words:
    return {language: text(language) for language in i18n.LANGUAGES}


def _same(text: str) -> Words:
    return dict.fromkeys(i18n.LANGUAGES, NUMBER.sub("", text))


def _catalogue(key: str) -> Words:
    return {language: i18n.say(key, language) for language in i18n.LANGUAGES}


def _keys(source: Source) -> Iterator[Question]:
    """The parts of a key that a person makes, or the one question of who answers."""
    if source.key:
        for place, choice in enumerate(source.key):
            yield Question(f"key:{place}", "key", _same(choice[0]))
    elif "person" in source.columns:
        yield Question("person", "key", _catalogue("form.person"))


def _fixed(study: Study, source: Source) -> Iterator[Question]:
    if "cluster" in source.columns:
        yield Question("cluster", "text", _same(source.columns["cluster"][0]))
    if study.base(source.table) == "followup" and "status" in source.columns:
        yield Question("status", "choice", _catalogue("form.status"), _choices(study, "placement"))


def _items(study: Study, source: Source) -> Iterator[Question]:
    if source.table not in study.surveys.values():
        return
    for item in study.survey.items:
        if item.id not in source.columns:
            continue
        words, sure = _everywhere(item.text), bool(study.survey.cannot_say or item.cannot_say)
        if item.kind == "score":
            yield Question(item.id, "number", words, low=item.min, high=item.max)
            continue
        named = {code.id: _everywhere(code.name) for code in study.survey.labels.get(item.labels, [])}
        points = [str(point) for point in range(int(item.min), int(item.max) + 1)]
        choices = tuple(Choice(p, named.get(p) or dict.fromkeys(i18n.LANGUAGES, p)) for p in points)
        yield Question(item.id, "scale", words, choices, sure, family=f"{item.labels}{item.min:g}{item.max:g}{sure}")


def _variables(study: Study, source: Source) -> Iterator[Question]:
    for variable in study.variables:
        if variable.table != source.table or variable.id not in (*source.columns, *source.options):
            continue
        words = _everywhere(variable.name)
        if variable.kind in ("number", "integer"):
            yield Question(variable.id, "number", words)
        elif variable.kind == "flag":
            yield Question(variable.id, "choice", words, (_choice("1", "form.yes"), _choice("0", "form.no")))
        else:
            given = source.options.get(variable.id)
            choices = [c for c in _choices(study, variable.codes) if given is None or c.id in given]
            yield Question(variable.id, "several" if variable.kind == "multi" else "choice", words, tuple(choices))


def _comment(source: Source) -> Iterator[Question]:
    if "comment" in source.columns:
        yield Question("comment", "text", _catalogue("form.comment"))


def _choice(id: str, key: str) -> Choice:
    return Choice(id, _catalogue(key))


def _choices(study: Study, codes: str) -> tuple[Choice, ...]:
    return tuple(Choice(code.id, _everywhere(code.name)) for code in study.code_list(codes))


def tables(study: Study) -> list[str]:
    """The tables that a form fills."""
    return [*SURVEYS.values(), *study.wave_surveys.values(), "followup", *study.wave_followups.values()]


def of_persons(study: Study) -> list[Source]:
    """The sources whose files a form fills: one a wave, the first that the study file names, start survey first."""
    found = (next((s for s in study.sources if s.table == table), None) for table in tables(study))
    return [source for source in found if source is not None]
