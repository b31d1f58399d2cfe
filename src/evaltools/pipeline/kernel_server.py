"""A process with the heavy packages imported that forks a Jupyter kernel for each request.

``forks`` starts it and talks to it over its standard streams, a line of JSON a message: in come ``id``, ``argv``,
``env`` and ``cwd`` of a kernel, out go ``id`` and ``pid`` when it has started, ``pid`` and ``status`` when it ended.
When the other side goes away, every kernel is killed and this process ends. It has one thread and opens nothing that a
fork could not share.
"""

from __future__ import annotations

import builtins
import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, NoReturn

# What a notebook of an evaluation imports. Nothing that starts threads: a forked thread is a dead one.
PRELOADED = (
    *("scipy.stats", "scipy.optimize", "scipy.sparse", "xlsxwriter"),
    *("matplotlib.textpath", "matplotlib.ticker", "ipykernel.kernelapp", "evaltools.session"),
)
INLINE = "module://matplotlib_inline.backend_inline"


def preload() -> None:
    """Import the packages as they would be in a kernel: some of them look about when they are imported."""
    os.environ.setdefault("MPLBACKEND", INLINE)  # matplotlib: where figures go
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy: no threads, which a fork would lose
    vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=True)  # pandas: how wide a table may be shown
    try:
        __import__("pandas")
    finally:
        del vars(builtins)["get_ipython"]
    for name in PRELOADED:
        __import__(name)
    from evaltools.sections import registry

    for topic in registry.TOPICS:
        registry.module(topic)
    gc.freeze()  # the collector does not write to pages that kernels share


def serve() -> dict[str, Any] | None:
    """Fork kernels as asked until the other side goes away; in each forked process, return what was asked for."""
    awake, woken = socket.socketpair()
    woken.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: set[int] = set()
    buffer = b""
    with selectors.DefaultSelector() as selector, awake, woken:
        selector.register(0, selectors.EVENT_READ)
        selector.register(awake, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if awake.fileno() in ready:
                awake.recv(4096)
            if 0 in ready:
                received = os.read(0, 1 << 16)
                if not received:
                    break
                *lines, buffer = (buffer + received).split(b"\n")
                for request in map(json.loads, lines):
                    pid = os.fork()
                    if pid == 0:
                        signal.set_wakeup_fd(-1)
                        return request
                    _lead_a_group(pid)
                    running.add(pid)
                    _say(id=request["id"], pid=pid)
            _reap(running)
    for pid in running:
        _end(pid)
    return None


def _lead_a_group(pid: int) -> None:
    """Have the process lead a group, which gets its signals. Both sides do it: either may be first."""
    with suppress(OSError):
        os.setpgid(pid, pid)


def _say(**message: int) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def _reap(running: set[int]) -> None:
    for pid in sorted(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            running.remove(pid)
            _say(pid=pid, status=os.waitstatus_to_exitcode(status))


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def become_kernel(argv: list[str], env: dict[str, str], cwd: str) -> None:
    """Be the kernel that was asked for: own group, streams, environment, folder and random numbers."""
    _lead_a_group(0)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
    os.environ.setdefault("MPLBACKEND", INLINE)
    time.tzset()
    os.chdir(cwd)
    _reseed()
    import ipykernel_launcher
    from ipykernel.kernelapp import launch_new_instance

    sys.argv = [ipykernel_launcher.__file__, *argv]
    # whose end a kernel does not outlive: ipykernel asks the environment when it is imported, which was before the fork
    launch_new_instance([*argv, f"--IPKernelApp.parent_handle={os.getppid()}"])


def _reseed() -> None:
    """Fresh randomness: every kernel would draw the same numbers otherwise."""
    import numpy

    random.seed()
    numpy.random.seed()


def go_on(requests: int, answers: int) -> NoReturn:
    """In a fork of a process that has preloaded: be the warm process that talks over these two, and end with it."""
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for own, stream in ((requests, 0), (answers, 1), (nowhere, 2)):
            os.dup2(own, stream)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        main()
    finally:
        os._exit(0)


def main() -> None:
    asked = serve()
    if asked is not None:
        become_kernel(asked["argv"], asked["env"], asked["cwd"])


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # where this process was started; a kernel looks in the folder it is asked to work in
    preload()
    main()
