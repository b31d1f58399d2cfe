"""What a run does before its release appears: the gate in its way, and the entry in the ledger."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from evaltools import session
from evaltools.counts.breakdowns import overlapping
from evaltools.disclosure import audit as attack
from evaltools.disclosure import definitions, exact_figures, policy, release_check, release_log
from evaltools.disclosure.release_log import Published
from evaltools.ingest.tidy import Tables
from evaltools.pipeline import fingerprint
from evaltools.pipeline.job import Job, RunError
from evaltools.workspace import Workspace

log = logging.getLogger(__name__)


class TakenBackError(Exception):
    """The gate has taken exact figures back: whatever was made of them is to be made anew."""


WAIT = 60  # seconds for another run that is just entering its release


def copied(job: Job, workspace: Path) -> bytes | None:
    """Copy the study's ledger into the workspace; its content, or None where there is none yet."""
    if not job.ledger.is_file():
        return None
    content = job.ledger.read_bytes()
    (workspace / release_log.LEDGER).write_bytes(content)
    return content


def begin_anew(job: Job, workspace: Path) -> None:
    """Empty the workspace of a run but for the word of which figures are taken back, and lay the ledger there again."""
    for path in workspace.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != release_log.REFUSED:
            path.unlink()
    copied(job, workspace)


def check(job: Job, workspace: Path, tried: str | None = None) -> str | None:
    """Let the attacker try what was made, in this process: no notebook has a say in it. A mark of what was tried.

    What has that mark already (``tried``) is not tried again. Raises ReleaseError, and TakenBackError where figures can
    be taken back instead.
    """
    about = job.about
    if not policy.active(about.study.disclosure, about.edition):
        return None
    if tried is None or tried != _mark(workspace):
        run = Workspace(workspace)
        term = session.OpenTerm(about.study, about.term, about.language, about.edition, run)
        started = time.perf_counter()
        try:
            _, now = audit(term)
        except release_check.ReleaseError as error:
            if not take_back(run, error):
                raise
            raise TakenBackError from None
        log.info("no small count can be worked out from this release; tried for %.1f s", time.perf_counter() - started)
        run.publish([*term.earlier, now])
    return _mark(workspace)


def audit(
    term: session.OpenTerm, seconds: float = attack.SECONDS, exact: Tables | None = None
) -> tuple[attack.Release, Published]:
    """Let the attacker try what a term's edition publishes, with all that was published before.

    Counted (unless ``exact`` are the counts) and protected anew from the tidy tables. Returns what the attacker held,
    and what is published. Raises ReleaseError where a small count can be worked out or the attack does not finish in
    ``seconds``; it names the figures that can be taken back (``take_back``).
    """
    settings = term.study.disclosure
    exact = session.count_tables(term.study, term.tidy, term.term.id) if exact is None else exact
    now = term.publication(exact, term.protect(exact))
    earlier = [past for past in term.earlier if past != now]
    held = release_check.known(exact, now, earlier, overlapping(term.study), definitions.definitions(term.study))
    places, truth = release_check.places(exact), release_check.counted(exact)
    try:
        release_check.gate(term.study.id, held, settings, seconds, places, truth)
    except release_check.ReleaseError as error:
        found = {cell for finding in error.findings for cell in (finding.cell, finding.whole) if cell is not None}
        error.take_back = exact_figures.to_take_back(found, truth, now.exact, earlier)
        raise
    return held, now


def decided(term: session.OpenTerm, exact: Tables | None = None) -> tuple[attack.Release, Published]:
    """What a term's edition publishes once the gate lets it pass: where it does not, exact figures are taken back.

    Needs the workspace of a run, where the figures taken back are noted. As `audit`; raises ReleaseError where nothing
    is left to take back.
    """
    while True:
        try:
            return audit(term, exact=exact)
        except release_check.ReleaseError as error:
            if not take_back(term.workspace, error):
                raise


def take_back(run: Workspace | None, refusal: release_check.ReleaseError) -> bool:
    """Note in the workspace which figures are not to be printed exactly after all; whether there are any."""
    if run is None or not refusal.take_back:
        return False
    before = release_log.refused(run.folder)
    log.info("%d exact figures are taken back: a small count could be worked out from them", len(refusal.take_back))
    release_log.refuse(run.folder, [*before, *refusal.take_back])
    return True


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
