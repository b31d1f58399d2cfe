"""What the surveys ask: items, scales, waves and themes of free text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from evaltools.study.delays import Delay
from evaltools.study.evaluation_model import Code
from evaltools.study.source_model import Headings
from evaltools.study.wording import Identifier, Model, Text


class Variable(Model):
    """A column of a table that the programme does not know by name (a covariate, an outcome).

    ``multi`` is a question with several answers: one column of true and false an option, ``<id>_<code>``.
    """

    id: Identifier
    table: str  # participants, followup, start_survey, end_survey, or the table of a wave of the study's own
    kind: Literal["code", "number", "integer", "flag", "multi"]
    name: Text
    codes: str = ""
    unit: Text | None = None
    heading: Headings | None = None  # what every source of its table calls it, unless the source says otherwise
    per: Text | None = None  # how a caption names it: "by need of training"

    @model_validator(mode="before")
    @classmethod
    def _codes_of_its_own(cls, raw: Any) -> Any:
        """The code list of a coded variable is the one of its own name, unless it names another."""
        coded = isinstance(raw, dict) and raw.get("kind") in ("code", "multi") and "codes" not in raw
        return {**raw, "codes": raw.get("id", "")} if coded else raw

    def with_unit(self, language: str) -> str:
        """Its name, with the unit in brackets where it has one."""
        unit = f" ({self.unit(language)})" if self.unit else ""
        return self.name(language) + unit


def agrees_from(low: float, high: float) -> float | None:
    """The least answer of a scale from ``low`` to ``high`` that counts as agreeing: the upper two of five; None for
    other scales."""
    return high - 1 if high - low == 4 else None


class Item(Model):
    """A survey item. ``likert`` holds whole numbers min..max, ``score`` any number between them.

    ``cannot_say`` lists answers that mean it for this item only, such as "1" on a scale of 2 to 5.
    """

    id: Identifier
    text: Text
    kind: Literal["likert", "score"] = "likert"
    min: float = 1
    max: float = 5
    direction: Literal["higher", "lower"] = "higher"
    labels: str = ""
    heading: Headings | None = None  # what the surveys call it, unless a source says otherwise
    primary: bool = False
    cannot_say: list[str] = []
    surveys: list[Literal["start", "end"]] = ["start", "end"]
    waves: list[str] | None = None  # those of the study's own waves that ask it; None: those whose sources give it
    since: str = ""  # the term from which it is asked
    until: str = ""  # the last term in which it is asked

    @model_validator(mode="before")
    @classmethod
    def _own_waves(cls, raw: Any) -> Any:
        """``surveys`` names the study's own waves beside the start and the end survey."""
        named = raw.get("surveys") if isinstance(raw, dict) else None
        if not isinstance(named, list) or not all(isinstance(each, str) for each in named) or "waves" in raw:
            return raw
        own = [each for each in named if each not in ("start", "end")]
        return {**raw, "surveys": [each for each in named if each not in own], "waves": own}


class Scale(Model):
    """A sum of items of persons who answered at least ``fewest`` of them, all where it is not given.

    The items that such a person left out count as the mean of those answered.
    """

    id: Identifier
    name: Text
    items: list[str] = Field(min_length=2)
    primary: bool = False
    fewest: int | None = Field(default=None, ge=1)

    @property
    def enough(self) -> int:
        """How many of its items a person must have answered."""
        return len(self.items) if self.fewest is None else self.fewest

    @property
    def fills(self) -> bool:
        """Whether it is also of persons who left some of its items out."""
        return self.enough < len(self.items)


class Wave(Model):
    """A time of asking besides the start and the end survey; its table is ``<id>_survey``.

    ``after`` is how long after the start or the end of studies (``counted_from``) a person is to be asked, ``within``
    how long from then on asking goes on.
    """

    id: Identifier
    name: Text
    after: Delay | None = None
    counted_from: Literal["start", "end"] = "end"
    within: Delay | None = None


class Survey(Model):
    introduction: Text | None = None  # what a form says first, in place of our own words
    cannot_say: list[str] = []
    labels: dict[str, list[Code]] = {}
    items: list[Item] = []
    scales: list[Scale] = []
    weight_by: list[str] = []  # register variables by which, besides the start answer, a change is weighted
    waves: list[Wave] = []
    no_relevant_change: float | None = Field(default=None, gt=0, lt=1)  # a net change smaller than this does not matter
    within: dict[Literal["start", "end"], Delay] = {}  # how long after starting and leaving the two surveys are asked
    changes: list[tuple[str, str]] = []  # pairs of waves; where none is named, each own wave against the start

    @property
    def questions(self) -> list[Item | Scale]:
        """All that can change between the surveys: items, then scales of them."""
        return [*self.items, *self.scales]


class Theme(Model):
    """A theme of free text. A comment touches it where one of its words begins with one of ``words`` (stems)."""

    id: Identifier
    name: Text
    words: list[Annotated[str, Field(min_length=2)]] = Field(min_length=1)
