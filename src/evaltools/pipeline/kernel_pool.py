"""The warm process (``warm``) from the outside: started once, asked for kernels, ended with the process that uses it.

Imports nothing heavy: the command starts it first, and imports its own packages while the warm process imports its.
A process that has imported what kernels need has it split off from itself instead (``split``).
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from typing import Any

from evaltools import settings
from evaltools.settings import ORDINARY, WARM

WARM_MODULE = "evaltools.pipeline.kernel_server"
WARM_PAYS = 3  # notebooks in a run from which on a warm process saves time


def kind(notebooks: int) -> str:
    """Which kernels a run of so many notebooks gets: the environment's choice, else the faster that can be had."""
    if settings.KERNELS.value:
        return settings.KERNELS.value
    # elsewhere there is no fork, or system libraries that do not survive one
    return WARM if sys.platform == "linux" and notebooks >= WARM_PAYS else ORDINARY


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Forked:
    """A kernel that the warm process forked, as ``subprocess.Popen`` shows a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self._ended: Future[int] = Future()

    def end(self, status: int) -> None:
        if not self._ended.done():
            self._ended.set_result(status)

    def poll(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    def wait(self, timeout: float | None = None) -> int:
        return self._ended.result(timeout)

    def send_signal(self, number: int) -> None:
        if not self._ended.done():
            with suppress(ProcessLookupError):  # it has ended, which is not known here yet
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Split:
    """A fork of this process, taken before it had threads, that goes on as the warm process; as ``Popen`` shows one."""

    def __init__(self) -> None:
        requests, to_it = os.pipe()
        from_it, answers = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            sys.modules[WARM_MODULE].go_on(requests, answers)
        os.close(requests)
        os.close(answers)
        self.stdin, self.stdout = os.fdopen(to_it, "wb"), os.fdopen(from_it, "rb")
        self._ended = False

    def poll(self) -> int | None:
        self._ended = self._ended or os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        return 0 if self._ended else None

    def wait(self) -> int:
        if not self._ended:
            os.waitpid(self.pid, 0)
            self._ended = True
        return 0


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", WARM_MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class WarmProcess:
    """The process that forks kernels, and a thread that listens to what it says."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes] | Split] = _started) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._ids = count()
        self._used = False
        self._asked: dict[int, Future[Forked]] = {}
        self._running: dict[int, Forked] = {}
        self._process: Any = start()  # its streams are pipes
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def start(self, argv: list[str], env: dict[str, str], cwd: str) -> Forked:
        """A new kernel. Raises RuntimeError where the warm process is gone."""
        answer: Future[Forked] = Future()
        with self._lock:
            number = next(self._ids)
            self._used = True
            self._asked[number] = answer
            request = json.dumps({"id": number, "argv": argv, "env": env, "cwd": cwd}) + "\n"
            try:
                self._process.stdin.write(request.encode())
                self._process.stdin.flush()
            except OSError as error:
                raise RuntimeError("the process that forks kernels has ended") from error
        return answer.result()

    def close(self) -> None:
        """Have the process and all its kernels end; one that nobody asked for a kernel may still be importing."""
        if not self._used:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.stdin.close()
        self._process.wait()

    def _listen(self) -> None:
        for line in self._process.stdout:
            said = json.loads(line)
            if "id" in said:
                kernel = self._running[said["pid"]] = Forked(said["pid"])
                self._asked.pop(said["id"]).set_result(kernel)
            else:
                self._running.pop(said["pid"]).end(said["status"])
        for kernel in self._running.values():
            kernel.end(-signal.SIGKILL)
        for answer in self._asked.values():
            answer.set_exception(RuntimeError("the process that forks kernels has ended"))


_warm: WarmProcess | None = None
_warm_lock = threading.Lock()


def warm() -> WarmProcess:
    """The warm process of this one, started on first use and ended with it."""
    global _warm
    with _warm_lock:
        if _warm is None or not _warm.alive:
            _warm = WarmProcess()
        return _warm


def split() -> None:
    """Have the warm process be a fork of this one, which has imported all of it and has no thread yet; else nothing."""
    global _warm
    if WARM_MODULE in sys.modules and kind(WARM_PAYS) == WARM:
        _warm = WarmProcess(Split)


@atexit.register
def close() -> None:
    """End the warm process, if there is one, and its kernels."""
    global _warm
    with _warm_lock:
        if _warm is not None and _warm.alive:
            _warm.close()
        _warm = None
