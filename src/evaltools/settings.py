"""What is set from outside: the environment variables that evaltools reads, and how much of its log is shown.

No other module reads a variable of ``VARIABLES``. Imports nothing heavy.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evaltools.errors import CatalogueError

WARM, ORDINARY = "warm", "ordinary"
LOGGER = "evaltools"  # every module logs below it


class SettingError(CatalogueError):
    """An environment variable that holds none of its choices."""

    below = "run.error"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable: its name, what it sets, what holds where it is not set, and what it may be."""

    name: str
    meaning: str
    default: str
    choices: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """What it is set to; empty where it is not set. Raises SettingError where that is none of its choices."""
        value = os.environ.get(self.name, "")
        if value and self.choices and value not in self.choices:
            raise SettingError("setting", name=self.name, known=", ".join(self.choices))
        return value


KEY_FILE = Variable(
    "EVALTOOLS_KEY_FILE",
    "file of the key that makes pseudonyms of persons' ids: 32 bytes, readable by its owner only",
    "pseudonym.key in the user's configuration folder, made on the first run",
)
LOG = Variable(
    "EVALTOOLS_LOG", "file of the log of runs: a line of JSON an event", "runs.jsonl in the user's log folder"
)
KERNELS = Variable(
    "EVALTOOLS_KERNELS",
    "where kernels come from: forked from a process that has the packages imported, or new interpreters",
    "warm on Linux for a run of three notebooks or more, else ordinary",
    (WARM, ORDINARY),
)
WORKSPACE = Variable(
    "EVALTOOLS_WORKSPACE",
    "folder in which the notebooks of one run leave tables to one another; a run sets it for its kernels",
    "none: a notebook opened by hand leaves nothing",
)
VARIABLES = (KEY_FILE, LOG, KERNELS, WORKSPACE)


def key_file() -> Path:
    """Where the pseudonym key lies."""
    import platformdirs

    return Path(KEY_FILE.value or platformdirs.user_config_path("evaltools") / "pseudonym.key")


def log_file() -> Path:
    """Where the log of runs lies."""
    import platformdirs

    return Path(LOG.value or platformdirs.user_log_path("evaltools") / "runs.jsonl")


def workspace() -> Path | None:
    """The folder of the run that this notebook is part of; None by hand."""
    return Path(WORKSPACE.value) if WORKSPACE.value else None


@contextmanager
def log_shown(level: int) -> Iterator[None]:
    """Show what is logged from this level on (``logging.INFO``) on standard error; with ``NOTSET`` nothing changes."""
    if not level:
        yield
        return
    logger, handler = logging.getLogger(LOGGER), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    before = logger.level
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
