"""What a run does before its release appears: the gate in its way, and the entry in the ledger."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from evaltools import session
from evaltools.counts.breakdowns import overlapping
from evaltools.disclosure import audit as attack
from evaltools.disclosure import policy, release_check, release_log
from evaltools.disclosure.release_log import Published
from evaltools.pipeline import fingerprint
from evaltools.pipeline.job import Job, RunError
from evaltools.workspace import Workspace

log = logging.getLogger(__name__)

WAIT = 60  # seconds for another run that is just entering its release


def copied(job: Job, workspace: Path) -> bytes | None:
    """Copy the study's ledger into the workspace; its content, or None where there is none yet."""
    if not job.ledger.is_file():
        return None
    content = job.ledger.read_bytes()
    (workspace / release_log.LEDGER).write_bytes(content)
    return content


def check(job: Job, workspace: Path, tried: str | None = None) -> str | None:
    """Let the attacker try what was made, in this process: no notebook has a say in it. A mark of what was tried.

    What has that mark already (``tried``) is not tried again. Raises gate.ReleaseError.
    """
    about = job.about
    if not policy.active(about.study.disclosure, about.edition):
        return None
    if tried is None or tried != _mark(workspace):
        run = Workspace(workspace)
        term = session.OpenTerm(about.study, about.term, about.language, about.edition, run)
        started = time.perf_counter()
        _, now = audit(term)
        log.info("no small count can be worked out from this release; tried for %.1f s", time.perf_counter() - started)
        run.publish([*term.earlier, now])
    return _mark(workspace)


def audit(term: session.OpenTerm, seconds: float = attack.SECONDS) -> tuple[attack.Release, Published]:
    """Let the attacker try what a term's edition publishes, with all that was published before.

    Counted and protected anew from the tidy tables. Returns what the attacker held, and what is published. Raises
    ReleaseError where a small count can be worked out or the attack does not finish in ``seconds``.
    """
    settings = term.study.disclosure
    exact = session.count_tables(term.study, term.tidy, term.term.id)
    now = term.publication(exact, term.protect(exact))
    held = release_check.known(exact, now, [past for past in term.earlier if past != now], overlapping(term.study))
    places, truth = release_check.places(exact), release_check.counted(exact)
    release_check.gate(term.study.id, held, settings, seconds, places, truth)
    return held, now


def _mark(workspace: Path) -> str:
    """A hash of the tidy tables and the run's copy of the ledger."""
    files = [*(workspace / "tidy").glob("*.parquet"), workspace / release_log.LEDGER]
    return fingerprint.digest_of([file for file in files if file.is_file()], workspace)


@contextmanager
def entered(job: Job, workspace: Path, before: bytes | None) -> Iterator[None]:
    """Enter the release in the ledger before it appears; take it out again where it could not appear.

    ``before`` is what the ledger held when the run began. Raises RunError where another run wrote to it since.
    """
    made = workspace / release_log.LEDGER
    if not made.is_file():
        yield
        return
    with FileLock(str(job.ledger.with_name(f".{release_log.LEDGER}.lock")), timeout=WAIT):
        if (job.ledger.read_bytes() if job.ledger.is_file() else None) != before:
            raise RunError("ledger_changed", study=job.about.study.id, term=job.about.term.id)
        os.replace(made, job.ledger)
        try:
            yield
        except BaseException:
            if before is None:
                job.ledger.unlink()
            else:
                made.write_bytes(before)
                os.replace(made, job.ledger)
            raise
