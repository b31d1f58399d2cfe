"""Texts of a study file in every language, and labels as they are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from evaltools import i18n

MARKS = re.compile(r"[^\w\s\x00-\x7f]{9,}")


def few_marks(text: str) -> str:
    """Text in which no more than eight accents and the like stand on one letter: to put thousands of them into order
    takes a time that grows with their square."""
    return MARKS.sub(
        lambda run: "".join(c for i, c in enumerate(run[0]) if i < 8 or not unicodedata.combining(c)), text
    )


def _same_in_every_language(value: Any) -> Any:
    return dict.fromkeys(i18n.WRITING, value) if isinstance(value, str) else value


def folded(words: str) -> str:
    """Words without case, with every run of white space as one space, in one Unicode form."""
    return " ".join(unicodedata.normalize("NFC", few_marks(words)).split()).casefold()


# what word processors make of quotation marks, apostrophes and hyphens, and what cannot be seen
TYPOGRAPHIC = str.maketrans("‘’ʼ´`“”„‐‑–—−", "'''''\"\"\"-----", "\u00ad\u200b\u200c\u200d\u2060\ufeff")


def visible(text: str) -> str:
    """A text without characters that cannot be seen, and in one Unicode form."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", few_marks(seen)).strip()


FULL_STOP = re.compile(r"(?<=[\w)])\.$")


def plain(label: str) -> str:
    """A label as compared: ``folded``, with plain quotation marks and hyphens, and no full stop at its end."""
    return FULL_STOP.sub("", folded(label.translate(TYPOGRAPHIC)))


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Texts(Model):
    """A text in the languages of the reports; a plain string in the file means the same in each."""

    def __call__(self, language: str) -> str:
        """The text in that language; where it has none, that of another, marked as ``i18n.Foreign``."""
        texts = vars(self)
        of = i18n.spoken(texts, language)
        return texts[of] if of == language else i18n.Foreign(texts[of], of)

    @property
    def every(self) -> list[str]:
        """What it says in every language, each wording once."""
        return list(dict.fromkeys(text for text in vars(self).values() if text is not None))


if TYPE_CHECKING:
    LocalText = Texts
else:  # one field a language
    _FIELDS = {each: (str, ...) if each in i18n.COMPLETE else (str | None, None) for each in i18n.WRITING}
    LocalText = create_model("LocalText", __base__=Texts, __module__=__name__, **_FIELDS)

Text = Annotated[LocalText, BeforeValidator(_same_in_every_language)]


def _of_reports(language: str) -> str:
    if language not in i18n.LANGUAGES:
        raise ValueError(f"expected one of {', '.join(i18n.LANGUAGES)}")
    return language


Language = Annotated[str, AfterValidator(_of_reports)]  # one that reports can be made in

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
