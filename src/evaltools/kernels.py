"""Jupyter kernels for a run: this very interpreter, with nowhere to write to but their cells.

On Linux they are forked from a warm process that has the heavy packages imported (``warm``): real kernels with messages
over ZeroMQ, time limits and a process of their own, ready in a fraction of the time. ``EVALTOOLS_KERNELS=ordinary``
chooses ordinary ones, as everywhere else.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from importlib.metadata import EntryPoint
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

CHOICE = "EVALTOOLS_KERNELS"
WARM, ORDINARY = "warm", "ordinary"
WARM_PAYS = 3  # notebooks in a run from which on a warm process saves time
FLAGS = ("--log-level=CRITICAL", "--HistoryManager.enabled=False")


def kind(notebooks: int) -> str:
    """Which kernels a run of so many notebooks gets: the environment's choice, else the faster that can be had."""
    asked = os.environ.get(CHOICE)
    if asked is not None:
        if asked not in (WARM, ORDINARY):
            raise ValueError(f"{CHOICE} is {WARM} or {ORDINARY}")
        return asked
    # elsewhere there is no fork, or system libraries that do not survive one
    return WARM if sys.platform == "linux" and notebooks >= WARM_PAYS else ORDINARY


def manager(kind: str, env: dict[str, str], folder: Path) -> type[AsyncKernelManager]:
    """A manager class for kernels with these additions to their environment; connection files lie in ``folder``.

    A kernel reads nobody's IPython profile, and computes with one thread: sums then do not depend on the machine.
    """
    spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", *FLAGS, "-f", "{connection_file}"],
        display_name="Python 3",
        language="python",
        env={
            **{name: value.replace("$", "$$") for name, value in env.items()},
            "IPYTHONDIR": str(folder / "ipython").replace("$", "$$"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        },
        metadata={"kernel_provisioner": {"provisioner_name": _PROVISIONERS[kind].name}},
    )

    class OwnSpec(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return spec

    class OwnKernel(AsyncKernelManager):
        async def start_kernel(self, **options: Any) -> None:
            """Start it with nowhere to write to but its cells: what a dying kernel says may hold anything."""
            self.connection_file = str(folder / f"kernel-{uuid4().hex}.json")
            await super().start_kernel(**{**options, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})

        def _kernel_spec_manager_default(self) -> KernelSpecManager:
            return OwnSpec()

    return OwnKernel


# --- kernels of a warm process ---------------------------------------------------------------------------------------


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
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class WarmProcess:
    """The process that forks kernels, and a thread that listens to what it says."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._ids = count()
        self._asked: dict[int, Future[Forked]] = {}
        self._running: dict[int, Forked] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evaltools.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def start(self, argv: list[str], env: dict[str, str], cwd: str) -> Forked:
        """A new kernel. Raises RuntimeError where the warm process is gone."""
        answer: Future[Forked] = Future()
        with self._lock:
            number = next(self._ids)
            self._asked[number] = answer
            request = json.dumps({"id": number, "argv": argv, "env": env, "cwd": cwd}) + "\n"
            try:
                self._process.stdin.write(request.encode())
                self._process.stdin.flush()
            except OSError as error:
                raise RuntimeError("the process that forks kernels has ended") from error
        return answer.result()

    def close(self) -> None:
        """Have the process and all its kernels end."""
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


@atexit.register
def close() -> None:
    """End the warm process, if there is one, and its kernels."""
    global _warm
    with _warm_lock:
        if _warm is not None and _warm.alive:
            _warm.close()
        _warm = None


class WarmProvisioner(LocalProvisioner):
    """Where jupyter_client has a kernel from: the warm process instead of a new interpreter."""

    async def launch_kernel(self, cmd: list[str], **options: Any) -> dict[str, Any]:
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = warm().start(argv, options["env"], options.get("cwd") or os.getcwd())
        self.pid = self.pgid = self.process.pid
        return self.connection_info


# jupyter_client finds provisioners by entry points; ours are known to it without being installed
_PROVISIONERS = {
    ORDINARY: EntryPoint("local-provisioner", "jupyter_client.provisioning:LocalProvisioner", ""),
    WARM: EntryPoint("evaltools-warm", f"{__name__}:WarmProvisioner", "jupyter_client.kernel_provisioners"),
}
KernelProvisionerFactory.instance().provisioners[_PROVISIONERS[WARM].name] = _PROVISIONERS[WARM]
