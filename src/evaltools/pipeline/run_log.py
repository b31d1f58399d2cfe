"""The log of runs: one line of JSON an event, outside the project, without any value from a file.

It lies in the user's log folder, or where ``EVALTOOLS_LOG`` says. What is logged of a failure is what the command says
of it. A run that was killed has a ``begun`` and no end.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from evaltools import errors
from evaltools.pipeline.job import Job

VARIABLE = "EVALTOOLS_LOG"
FILE = "runs.jsonl"


def path() -> Path:
    return Path(os.environ.get(VARIABLE) or platformdirs.user_log_path("evaltools") / FILE)


def write(event: str, job: Job, **words: object) -> None:
    """Add one event of a job. A log that cannot be written ends no run: what matters of it is told elsewhere."""
    about = job.about
    of = {"study": about.study.id, "term": about.term.id, "edition": about.name, "process": os.getpid()}
    line = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), "event": event} | of | words
    with suppress(OSError):
        path().parent.mkdir(parents=True, exist_ok=True)
        with path().open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def told(job: Job) -> Iterator[None]:
    """Log the beginning of a job and how it ends."""
    write("begun", job)
    try:
        yield
    except Exception as error:
        write("failed", job, lines=errors.explain(error, "en")[1])
        raise
    except BaseException:
        write("interrupted", job)
        raise
    write("ended", job)
