"""The log of runs: one line of JSON an event, outside the project, without any value from a file.

It lies where ``settings.log_file`` says. What is logged of a failure is what the command says of it. A run that was
killed has a ``begun`` and no end. Each event is a record of the standard ``logging``, too: ``--verbose`` shows it.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from evaltools import errors, settings
from evaltools.pipeline.job import Job

log = logging.getLogger(__name__)


class JsonLines(logging.Handler):
    """Adds the ``fields`` of a record to the log file, as a line of JSON.

    A file that cannot be written ends no run: what matters of it is told elsewhere.
    """

    def emit(self, record: logging.LogRecord) -> None:
        path = settings.log_file()
        line = json.dumps(record.__dict__["fields"], ensure_ascii=False)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(line + "\n")


_FILE = JsonLines()


def write(event: str, job: Job, **words: object) -> None:
    """Add one event of a job to the file, and to what loggers above this one are set to show."""
    about = job.about
    of = {"study": about.study.id, "term": about.term.id, "edition": about.name, "process": os.getpid()}
    fields = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), "event": event} | of | words
    said = " ".join([about.study.id, about.term.id, about.name, event, *(f"{k}={v}" for k, v in words.items())])
    extra = {"fields": fields}
    _FILE.handle(log.makeRecord(log.name, logging.INFO, __file__, 0, said, (), None, extra=extra))
    log.info("%s", said, extra=extra)


@contextmanager
def logged(job: Job) -> Iterator[None]:
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
