"""Whole or not at all: a run's folder is made hidden beside its destination and changes places with it at the end."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from evaltools import paths
from evaltools.pipeline.job import Job, RunError

NEW = ".new."  # prefix of the folder in which a run is made
EARLIER = ".earlier."  # prefix of the release that is moved aside while the new one takes its place
OWNER_ONLY = 0o700  # of folders that hold more than what is for publication
HERE, EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


@contextmanager
def locked(job: Job) -> Iterator[None]:
    """One run at a time for a study's term, in whatever language or edition: they share the tidy data."""
    study_home, term = job.home.parent, job.about.term.id
    study_home.parent.mkdir(parents=True, exist_ok=True)
    study_home.mkdir(mode=OWNER_ONLY, exist_ok=True)
    lock = FileLock(str(study_home / f".{term}.lock"), timeout=0)
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
    begun: list[tuple[Path, Path, int | None]] = []
    try:
        for new, destination in moves:
            stood = _folder_id(destination)
            begun.append((new, destination, stood))
            new.rename(destination) if stood is None else _exchange(new, destination)
    except BaseException:  # also a signal, which may come before or after any step
        for new, destination, stood in reversed(begun):
            if _folder_id(destination) != stood:
                destination.rename(new) if stood is None else _exchange(new, destination)
        raise
    for home in {destination.parent for _, destination in moves}:
        paths.flush(home)
    for earlier, _, _ in begun:
        shutil.rmtree(earlier, ignore_errors=True)


def _folder_id(path: Path) -> int | None:
    """What tells a folder from others, whatever its name is; None where there is none."""
    return path.stat().st_ino if path.exists() else None


def _exchange(new: Path, destination: Path) -> None:
    """Let two folders change places: in one step where the system can, so that at any moment one of them stands."""
    if _exchanged(new, destination):
        return
    earlier = destination.with_name(EARLIER + destination.name)
    destination.rename(earlier)
    try:
        new.rename(destination)
    except BaseException:
        earlier.rename(destination)
        raise
    earlier.rename(new)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether Linux' ``renameat2`` did it; not every file system can."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):  # another system, or an older C library
        return False
    return rename(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0


def flush(folder: Path) -> None:
    """Have everything in the folder on the disk before it is renamed."""
    for path in [*folder.rglob("*"), folder]:
        paths.flush(path)
