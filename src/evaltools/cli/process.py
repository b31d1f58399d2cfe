"""The process that a command runs in: its streams, its limits, and being told to stop. Imports nothing heavy."""

from __future__ import annotations

import atexit
import codecs
import gc
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from evaltools.errors import CatalogueError

IMPORTS = 1 << 30  # bytes of address space; with less, packages abort while they are imported
KERNELS = 4 << 30  # of a process that talks to kernels: each thread has a stack
OPEN_FILES = 256  # a run with its kernels on two processors has some 110 open


class LimitError(CatalogueError):
    """The system lets this process have less than a command needs: how much there is, and how much it takes."""

    below = "run.error"
    status = 1


def check_limits(space: int = IMPORTS) -> None:
    """Take as many open files as a run needs; raise LimitError where they, or the address space, are too few."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < OPEN_FILES:
        if most != resource.RLIM_INFINITY and most < OPEN_FILES:
            raise LimitError("few_files", limit=most, needed=OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
    memory, _ = resource.getrlimit(resource.RLIMIT_AS)
    if memory != resource.RLIM_INFINITY and memory < space:
        raise LimitError("little_memory", limit=memory >> 20, needed=space >> 20)


def mend_streams() -> None:
    """Have three streams that take whatever is said: closed ones lead nowhere, and what cannot be written is spelled.

    A stream in ASCII then has ``a`` for ``ä`` instead of ending the run.
    """
    codecs.register_error("evaltools.spelled", _spelled)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _lead_nowhere(number)
            setattr(sys, name, open(os.devnull, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="evaltools.spelled")


def _lead_nowhere(number: int) -> None:
    """Have a stream's own number taken: the next file opened would get it, and what is meant for the stream."""
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)


SPELLED = str.maketrans({"–": "-", "—": "-", "−": "-", "…": "...", "”": '"', "“": '"', "’": "'", "€": "EUR"})


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """A character that a stream cannot write, in letters that it can."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(SPELLED)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain or "?", error.end


def warm_up() -> None:
    """Before the heavy imports: have the process that forks kernels begin its own, beside them."""
    from evaltools.pipeline import kernel_pool

    if kernel_pool.kind(kernel_pool.WARM_PAYS) == kernel_pool.WARM:
        kernel_pool.warm()


class Stopped(KeyboardInterrupt):
    """A kind of its own: once a plain one has passed through ``exec`` of a text, as where a dataclass is made, Python
    ends by signal whatever the exit code, even though it was caught."""


@contextmanager
def uncollected(to_the_end: bool) -> Iterator[None]:
    """Without the search for unreachable objects: a command of two seconds ends before it pays.

    ``to_the_end``: the process is the command's own, and Python need not search as it ends either.
    """
    before = gc.isenabled()
    gc.disable()
    if to_the_end:
        atexit.register(gc.freeze)
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def stopped_by_signal() -> Iterator[None]:
    """To be told to stop (SIGTERM), or to lose the terminal, is as Ctrl-C: kernels end, nothing half-made is left."""

    def stop(*_: object) -> None:
        raise Stopped

    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        signals = []  # only the main thread may say what a signal does
    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
