"""Whole or not at all: a run's folder is made hidden beside its destination and renamed into place at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from evaltools.job import Job, RunError

NEW = ".new."  # prefix of the folder in which a run is made
EARLIER = ".earlier."  # prefix of the release that is moved aside while the new one takes its place


@contextmanager
def locked(job: Job) -> Iterator[None]:
    """One run at a time for a study's term, in whatever language or edition: they share the tidy data."""
    study_home, term = job.home.parent, job.about.term.id
    study_home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(study_home / f".{term}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError("locked", study=job.about.study.id, term=term) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def folder(job: Job) -> Iterator[Path]:
    """A hidden folder beside the destination, gone afterwards whatever happens."""
    job.home.mkdir(exist_ok=True)
    recover(job.home)
    made = Path(tempfile.mkdtemp(prefix=f"{NEW}{job.about.name}.", dir=job.home))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if not any(job.home.iterdir()):
            job.home.rmdir()


def recover(home: Path) -> None:
    """Clear up after a run that was killed. The lock is ours, so no other run is at work here."""
    for path in home.glob(f"{NEW}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in home.glob(f"{EARLIER}*"):
        destination = home / path.name.removeprefix(EARLIER)
        if destination.exists():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.rename(destination)


def move_into_place(moves: Sequence[tuple[Path, Path]]) -> None:
    """Rename each new folder to its destination; if one fails, all are as before."""
    begun: list[tuple[Path, Path, Path]] = []
    try:
        for new, destination in moves:
            earlier = destination.with_name(EARLIER + destination.name)
            begun.append((new, destination, earlier))
            if destination.exists():
                destination.rename(earlier)
            new.rename(destination)
    except BaseException:
        for new, destination, earlier in reversed(begun):
            if not new.exists() and destination.exists():
                destination.rename(new)
            if earlier.exists():
                earlier.rename(destination)
        raise
    for _, _, earlier in begun:
        shutil.rmtree(earlier, ignore_errors=True)


def flush(folder: Path) -> None:
    """Have everything in the folder on the disk before it is renamed."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
