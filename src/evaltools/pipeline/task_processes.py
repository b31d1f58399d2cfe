"""Tasks in processes of their own: the executor through which the command runs studies side by side.

Threads of one interpreter wait for one another. Each task here has a process: forked, where that can be had, from one
that has everything imported; one that dies takes its own task with it and no other. Told to stop, or left alone, a
process ends its kernels and clears up as the command itself does.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.util import get_temp_dir
from typing import Any

from evaltools import settings
from evaltools.errors import CatalogueError
from evaltools.pipeline import kernel_pool

STOPPED = 130
DONE, FAILED, TOLD = "done", "failed", "told"  # what a task's process says, each with a value
PATIENCE = 20  # seconds for a process that was told to stop


class EndedError(CatalogueError):
    """The process of a task ended before the task did: it was killed, or had a fault of its own."""

    below = "run.error"
    status = 1


class Processes(ThreadPoolExecutor):
    """Runs each task in a process of its own, ``count`` at a time; here, a thread only waits for it.

    ``tell`` is called in this process with whatever a task says by ``tell``. A task, its arguments and what it
    gives back must be picklable.
    """

    def __init__(self, count: int, tell: Callable[..., None]):
        super().__init__(count)
        self._tell = tell
        self._lock = threading.Lock()
        self._running: set[multiprocessing.process.BaseProcess] = set()
        self._stopped = False
        self._context = _context()

    def submit(self, task: Callable[..., Any], /, *args: Any, **words: Any) -> Future[Any]:
        return super().submit(self._run, task, args, words)

    def stop(self) -> None:
        """Have every process clear up and end, and start no other."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.terminate()
        until = time.monotonic() + PATIENCE
        for process in running:
            process.join(max(0.0, until - time.monotonic()))
            process.kill()
        self.shutdown(cancel_futures=True)

    def _run(self, task: Callable[..., Any], args: tuple[Any, ...], words: Mapping[str, Any]) -> Any:
        heard, says = self._context.Pipe(duplex=False)
        here = (os.getcwd(), dict(os.environ), logging.getLogger(settings.LOGGER).level, get_temp_dir())
        process = self._context.Process(target=_child, args=(says, *here, task, args, words))
        with self._lock:
            if self._stopped:
                raise CancelledError
            process.start()
            self._running.add(process)
        says.close()
        try:
            with heard:
                return self._listen(heard)
        except EOFError:
            process.join()
            raise EndedError("process", code=process.exitcode) from None
        finally:
            process.join()
            with self._lock:
                self._running.discard(process)

    def _listen(self, heard: Connection) -> Any:
        """What the task gives back; what it says until then is passed on."""
        while True:
            kind, value = heard.recv()
            if kind == DONE:
                return value
            if kind == FAILED:
                raise value
            self._tell(*value)


def _context() -> Any:
    """Where this system can fork: from one process that has imported what a run needs; else new interpreters."""
    if kernel_pool.kind(kernel_pool.WARM_PAYS) != kernel_pool.WARM:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["evaltools.pipeline.preloaded"])
    return context


# --- in the task's process -------------------------------------------------------------------------------------------

_says: Connection | None = None
_saying = threading.Lock()


def tell(*words: Any) -> None:
    """Say something to the process that the executor is in."""
    if _says is not None:
        with _saying:
            _says.send((TOLD, words))


def _child(
    says: Connection,
    folder: str,
    environment: Mapping[str, str],
    level: int,
    temporary: str,
    task: Callable[..., Any],
    args: tuple[Any, ...],
    words: Mapping[str, Any],
) -> None:
    global _says
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if hasattr(time, "tzset"):
        time.tzset()
    kernel_pool.split()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the command then tells this process
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_stop_when_alone, args=(temporary,), daemon=True).start()
    _says = says
    try:
        with settings.log_shown(level):
            said = (DONE, task(*args, **words))
    except Exception as error:
        said = (FAILED, error)
    finally:
        kernel_pool.close()
    with _saying, suppress(BrokenPipeError):
        says.send(said)


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # to be told once is enough: clearing up is not to be stopped
    raise SystemExit(STOPPED)


def _stop_when_alone(temporary: str) -> None:
    """Where the command is killed, its tasks do not go on without it, nor does its folder for temporary files stay."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs in a task's process
    wait([parent.sentinel])
    shutil.rmtree(temporary, ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
