"""A form as a person meets it: what is said first, the questions in their order, and what is said last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from evaltools import i18n
from evaltools.study import questions
from evaltools.study.model import Study
from evaltools.study.questions import Choice, Question
from evaltools.study.source_model import Source


@dataclass(frozen=True, slots=True)
class Instrument:
    """The form of one wave: its source, and its questions."""

    study: Study
    source: Source
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, study: Study, source: Source) -> Instrument:
        return cls(study, source, tuple(questions.asked(study, source)))

    @property
    def wave(self) -> str:
        """``start``, ``end``, ``followup`` or the id of a wave of the study's own."""
        return self.source.table.removesuffix("_survey")

    @property
    def languages(self) -> list[str]:
        """The languages that its own questions are written in, every one; the study's own first."""
        own = self.study.study.language
        spoken = [each for each in i18n.LANGUAGES if each != own and self._is_written(each) and not self._lacks(each)]
        return [own, *spoken]

    def _is_written(self, language: str) -> bool:
        """Whether the study file asks anything in that language: a plain string only stands for it."""
        study = self.study
        own = {*(item.id for item in study.survey.items), *(variable.id for variable in study.variables)}
        asked = [q.words for q in self.questions if q.column in own]
        asked = asked or [choice.words for q in self.questions for choice in q.choices]
        return any(words[language] != words[study.study.language] for words in asked)

    def _lacks(self, language: str) -> bool:
        words = [q.words[language] for q in self.questions]
        words += [choice.words[language] for q in self.questions for choice in q.choices]
        return any(isinstance(each, i18n.Foreign) for each in words)

    def title(self, language: str) -> str:
        return f"{self.source.name(language)} – {self.study.study.name(language)}"

    def opening(self, language: str) -> list[str]:
        """What a person is told before the questions: why, that it is voluntary, who sees the answers."""
        about, publisher = self.study.study, self.study.publisher
        words = {"study": about.name, "organisation": about.organisation, "funder": about.funder}
        said = {name: text(language) for name, text in words.items()}
        own = self.study.survey.introduction
        lines = [own(language) if own else i18n.say("form.purpose", language, **said)]
        lines += [i18n.say("form.voluntary", language), i18n.say("form.privacy", language)]
        if publisher is not None and publisher.email:
            lines.append(i18n.say("form.contact", language, email=publisher.email))
        return lines

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """The answers to choose, with the one for who cannot say."""
        if not question.cannot_say:
            return question.choices
        words = {each: questions.cannot_say(self.study, each) for each in i18n.LANGUAGES}
        return (*question.choices, Choice(questions.CANNOT_SAY, words))

    def hint(self, question: Question, language: str) -> str:
        """How a question is answered; nothing for one that is plain."""
        if question.kind == "number":
            if question.low is None:
                return i18n.say("form.any_number", language)
            ends = {"low": f"{question.low:g}", "high": f"{question.high:g}"}
            return i18n.say("form.number", language, **ends)
        if question.kind == "text":
            return i18n.say("form.text", language) if question.column == "comment" else ""
        keys = {"key": "form.key", "choice": "form.one", "several": "form.several"}
        return i18n.say(keys[question.kind], language) if question.kind in keys else ""

    def blocks(self) -> Iterator[Sequence[Question]]:
        """The questions; those of one scale that follow each other stand together."""
        for _, together in groupby(self.questions, key=lambda q: q.family or q.column):
            yield list(together)
