"""The frame of the tables of generated sentences: what says and writes in one language, and how a reader gets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from evaltools import i18n


class Writers(NamedTuple):
    """A text by its key and words; a count, a share, a decimal number and euros as the language writes them."""

    spoken: Callable[..., str]
    whole: Callable[[float], str]
    share: Callable[..., str]
    decimal: Callable[..., str]
    money: Callable[[float], str]


def writers(language: str) -> Writers:
    return Writers(
        lambda key, **words: i18n.say(key, language, **words),
        lambda value: i18n.integer(value, language),
        lambda value, decimals=1: i18n.percent(value, language, decimals),
        lambda value, decimals=2: i18n.decimal(value, language, decimals),
        lambda value: i18n.euro(value, language),
    )


def each(sentences: list[tuple[str, str]]) -> pytest.MarkDecorator:
    """A test of every sentence: as made, and as a reader would accept it."""
    return pytest.mark.parametrize(("made", "accepted"), sentences, ids=range(1, len(sentences) + 1))


def as_read(made: str) -> str:
    """With ordinary spaces and hyphens."""
    return made.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-")
