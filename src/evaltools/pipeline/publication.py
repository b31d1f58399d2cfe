"""What a run does before its release appears: the gate in its way, and the entry in the ledger."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock

from evaltools import paths, session
from evaltools.counts.breakdowns import overlapping
from evaltools.disclosure import audit as attack
from evaltools.disclosure import definitions, exact_figures, policy, proof, release_check, release_log
from evaltools.disclosure.release_log import Published
from evaltools.ingest.tidy import Tables
from evaltools.pipeline import fingerprint
from evaltools.pipeline.job import Job, RunError
from evaltools.workspace import Workspace

log = logging.getLogger(__name__)


WAIT = 60  # seconds for another run that is just entering its release
LAST = 60.0  # seconds that an attempt has in any case, once the others have used up what all have together
OFTEN = 3.0  # seconds between two words on how far the gate is
PROOF = "worlds.json.gz"  # in the workspace of a run


class TakenBackError(Exception):
    """The gate has taken exact figures back: whatever was made of them is to be made anew."""


class Audited(NamedTuple):
    """What an attacker would hold, what is published, and worlds that prove that no small count follows from it."""

    held: attack.Release
    published: Published
    worlds: list[np.ndarray]


def copied(job: Job, workspace: Path) -> bytes | None:
    """Copy the study's ledger into the workspace; its content, or None where there is none yet."""
    if job.options.proved and (before := proof.read(paths.proof(job.release))) is not None:
        release_log.refuse(workspace, before.refused)
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


class Gate:
    """The gate of one run: how many seconds its attempts have left together, and when it last said how far it is."""

    def __init__(self, job: Job, seconds: float = attack.SECONDS):
        self._job, self._left, self._told = job, seconds, time.monotonic()
        self._before = proof.read(paths.proof(job.release))

    def check(self, workspace: Path, tried: str | None = None) -> str | None:
        """Let the attacker try what was made, in this process: no notebook has a say in it. A mark of what was tried.

        What has that mark already (``tried``) is not tried again. Raises ReleaseError, and TakenBackError where figures
        can be taken back instead: once the time of the run is used up, all that there are.
        """
        about = self._job.about
        if not policy.active(about.study.disclosure, about.edition):
            return None
        if tried is None or tried != _mark(workspace):
            run = Workspace(workspace)
            term = session.OpenTerm(about.study, about.term, about.language, about.edition, run)
            started = time.monotonic()
            seconds = 0.0 if self._job.options.proved else max(self._left, LAST)
            try:
                found = audit(term, seconds, before=self._before, tell=self._tell)
            except release_check.ReleaseError as error:
                self._left -= time.monotonic() - started
                if self._job.options.proved or not take_back(run, error):
                    raise
                raise TakenBackError from None
            log.info("no small count can be worked out from this release; tried for %.1f s", time.monotonic() - started)
            run.publish([*term.earlier, found.published])
            proof.write(workspace / PROOF, found.held, found.worlds, release_log.refused(workspace))
        return _mark(workspace)

    def _tell(self, done: int, of: int) -> None:
        if time.monotonic() - self._told >= OFTEN:
            self._told = time.monotonic()
            self._job.tell_gate(done, of)


def keep_proof(job: Job, workspace: Path) -> None:
    """Lay what the gate has proved beside the private record of the release."""
    if (workspace / PROOF).is_file():
        kept = paths.proof(job.release)
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        paths.replace(kept, (workspace / PROOF).read_bytes(), mode=0o600)


def audit(
    term: session.OpenTerm,
    seconds: float = attack.SECONDS,
    exact: Tables | None = None,
    before: proof.Proof | None = None,
    tell: attack.Tell = lambda done, of: None,
) -> Audited:
    """Let the attacker try what a term's edition publishes, with all that was published before.

    Counted (unless ``exact`` are the counts) and protected anew from the tidy tables. ``before`` is what was proved of
    a release like it: no search is needed where it still holds. Raises ReleaseError where a small count can be worked
    out or the attack does not finish in ``seconds``; it names the figures that can be taken back (``take_back``).
    """
    settings = term.study.disclosure
    exact = session.count_tables(term.study, term.tidy, term.term.id) if exact is None else exact
    now = term.publication(exact, term.protect(exact))
    earlier = [past for past in term.earlier if past != now]
    held = release_check.known(exact, now, earlier, overlapping(term.study), definitions.definitions(term.study))
    places, truth = release_check.places(exact), release_check.counted(exact)
    known = before.of(held) if before else []
    try:
        worlds = release_check.gate(term.study.id, held, settings, seconds, places, truth, known, tell)
    except release_check.ReleaseError as error:
        found = {cell for finding in error.findings for cell in (finding.cell, finding.whole) if cell is not None}
        if any(finding.kind == "timeout" for finding in error.findings):
            found = set()  # the safe answer where it cannot be known in time: without any of them
        error.take_back = exact_figures.to_take_back(found, truth, now.exact, earlier)
        raise
    return Audited(held, now, worlds)


def decided(term: session.OpenTerm, exact: Tables | None = None) -> Audited:
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
