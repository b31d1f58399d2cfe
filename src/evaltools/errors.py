"""Errors that say themselves: what is wrong, where, and what to do, in the language asked for."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path


class EvaltoolsError(Exception):
    """The base of every error that a person is told of.

    ``status`` is the exit code of the command: 2 where what was asked or given is at fault, 1 where something failed.
    """

    status = 2

    def lines(self, language: str) -> list[str]:
        """What is wrong, a line each, without any value from a file."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


class CatalogueError(EvaltoolsError):
    """An error that is one text of the catalogue: its key below ``below``, and its words."""

    below = ""

    def __init__(self, what: str, **words: object):
        self.what, self.words = what, words
        super().__init__(what)

    def lines(self, language: str) -> list[str]:
        from evaltools import i18n

        return i18n.say(f"{self.below}.{self.what}", language, **self.words).splitlines()


class UnknownNameError(EvaltoolsError, KeyError):
    """What was asked for by a name that is not known: what kind of thing, its name, and the names that are known."""

    def __init__(self, what: str, name: object, known: Sequence[object]):
        self.what, self.name, self.known = what, str(name), [str(each) for each in known]
        super().__init__(what, name)

    def lines(self, language: str) -> list[str]:
        from evaltools import i18n

        words = {"name": self.name, "known": ", ".join(self.known) or i18n.NONE}
        return [i18n.say(f"session.unknown_{self.what}", language, **words)]


def explain(error: BaseException, language: str) -> tuple[int, list[str]]:
    """The exit code of an error and the lines that say it; of any other than ours only its kind and place are told."""
    from evaltools import i18n

    if isinstance(error, EvaltoolsError):
        return error.status, error.lines(language)
    if isinstance(error, OSError):
        return 1, [i18n.say("run.error.system", language, error=" ".join(str(error).split()))]
    # where it arose, not what it says: that may hold what stands in a file
    at = traceback.extract_tb(error.__traceback__)
    place = f", {Path(at[-1].filename).name}:{at[-1].lineno}" if at else ""
    return 1, [i18n.say("run.error.unexpected", language, error=f"{type(error).__name__}{place}")]
