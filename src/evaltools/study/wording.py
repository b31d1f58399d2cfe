"""Texts of a study file in every language, and labels as they are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LANGUAGES = ("fi", "en")


def _same_in_every_language(value: Any) -> Any:
    return {"fi": value, "en": value} if isinstance(value, str) else value


def folded(words: str) -> str:
    """Words without case, with every run of white space as one space, in one Unicode form."""
    return " ".join(unicodedata.normalize("NFC", words).split()).casefold()


# what word processors make of quotation marks, apostrophes and hyphens, and what cannot be seen
TYPOGRAPHIC = str.maketrans("‘’ʼ´`“”„‐‑–—−", "'''''\"\"\"-----", "\u00ad\u200b\u200c\u200d\u2060\ufeff")


def visible(text: str) -> str:
    """A text without characters that cannot be seen, and in one Unicode form."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", seen).strip()


FULL_STOP = re.compile(r"(?<=[\w)])\.$")


def plain(label: str) -> str:
    """A label as compared: ``folded``, with plain quotation marks and hyphens, and no full stop at its end."""
    return FULL_STOP.sub("", folded(label.translate(TYPOGRAPHIC)))


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalText(Model):
    """A text in the languages of the reports; a plain string in the file means the same in each."""

    fi: str
    en: str
    sv: str | None = None

    def __call__(self, language: str) -> str:
        return getattr(self, language)


Text = Annotated[LocalText, BeforeValidator(_same_in_every_language)]


Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
