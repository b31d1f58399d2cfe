"""The form of a funder: its headings, what it asks below each and how long an answer may be, one TOML file a form.

The files lie in ``funders/`` in the study's folder. A heading is filled by parts of the final report and by what the
evaluator writes for it, which stands in the texts of a term below ``<form>.<heading>``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator

from pydantic import Field, ValidationError

from evaltools import paths
from evaltools.study import toml_text
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Problem
from evaltools.study.wording import Identifier, Model, Text


class Heading(Model):
    """A heading of a form: the parts of the final report that fill it, with their tables and pictures or without.

    ``limit`` is in characters with spaces. ``own`` says that words of the evaluator's own are asked for: where it is
    not said, of a heading without parts.
    """

    id: Identifier
    heading: Text
    question: Text | None = None
    limit: int | None = Field(default=None, gt=0)
    parts: list[str] = Field(default=[])
    tables: bool = False
    own: bool | None = None

    @property
    def asks_own(self) -> bool:
        return not self.parts if self.own is None else self.own


class FunderForm(Model):
    """A form; ``id`` is the name of its file."""

    id: Identifier
    name: Text
    headings: list[Heading] = Field(min_length=1)

    def place(self, heading: Heading) -> str:
        """What a text for a heading stands below."""
        return f"{self.id}.{heading.id}"


def read(study: Study, parts: Collection[str] | None = None) -> list[FunderForm]:
    """The forms of a study, by name.

    ``parts`` are the ids of the parts of the final report; without them nobody looks whether a form names others.
    Raises DataError with every fault of every form.
    """
    problems: list[Problem] = []
    forms = []
    for path in sorted((study.folder / paths.FUNDERS).glob("*.toml")):
        name = f"{paths.FUNDERS}/{path.name}"
        try:
            forms.append(FunderForm.model_validate({"id": path.stem, **toml_text.parsed(path.read_text("utf-8"))}))
            problems += _unknown(forms[-1], name, parts)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(Problem(name, None, "", "form_toml", {"detail": str(error)}))
        except ValidationError as error:
            places = ((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False))
            problems += [Problem(name, None, place, "form_key", {"detail": said}) for place, said in places]
    if problems:
        raise DataError(problems)
    return forms


def _unknown(form: FunderForm, name: str, parts: Collection[str] | None) -> Iterator[Problem]:
    """Parts that the final report has not, and headings of one id."""
    ids = [heading.id for heading in form.headings]
    for place, heading in enumerate(form.headings):
        if parts is not None and set(heading.parts) - set(parts):
            yield Problem(name, None, f"headings.{place}.parts", "form_part", {"known": ", ".join(parts)})
        if heading.id in ids[:place]:
            yield Problem(name, None, f"headings.{place}.id", "form_twice")


def places(study: Study, parts: Collection[str]) -> list[str]:
    """What texts of a term may stand below: parts of the final report, and headings of forms. Errors as `read`."""
    return [*parts, *(form.place(heading) for form in read(study, parts) for heading in form.headings)]
