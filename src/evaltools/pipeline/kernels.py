"""Jupyter kernels for a run: this very interpreter, with nowhere to write to but their cells.

On Linux they are forked from a warm process that has the heavy packages imported (``warm``): real kernels with messages
over ZeroMQ, time limits and a process of their own, ready in a fraction of the time. ``EVALTOOLS_KERNELS=ordinary``
chooses ordinary ones, as everywhere else.

There, too, run and kernel meet under a name that nobody else has. Elsewhere it is a port of TCP, which jupyter_client
finds free and the kernel takes a moment later: of several runs at once, two may be given the same.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from evaltools.pipeline import kernel_pool

log = logging.getLogger(__name__)

QUIET = {"OPENBLAS_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
# the last: nothing of the folder a kernel works in is imported in place of a package
FLAGS = ("--log-level=CRITICAL", "--HistoryManager.enabled=False", "--InteractiveShellApp.ignore_cwd=True")


class WarmProvisioner(LocalProvisioner):
    """Where jupyter_client has a kernel from: the warm process instead of a new interpreter."""

    process: Any  # what shows itself as ``subprocess.Popen`` does

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = kernel_pool.warm().start(argv, options["env"], options.get("cwd") or os.getcwd())
        self.pid = self.pgid = self.process.pid
        return self.connection_info


# jupyter_client finds provisioners by entry points; this one is known to it without being installed
_PROVISIONERS = {
    kernel_pool.ORDINARY: EntryPoint("local-provisioner", "jupyter_client.provisioning:LocalProvisioner", ""),
    kernel_pool.WARM: EntryPoint("evaltools-warm", f"{__name__}:WarmProvisioner", "jupyter_client.kernel_provisioners"),
}
KernelProvisionerFactory.instance().provisioners["evaltools-warm"] = _PROVISIONERS[kernel_pool.WARM]


class Kernels:
    """The kernels of one run. ``manager`` is the class that jupyter_client is to start them with.

    ``env`` adds to their environment; what they need besides lies in ``folder``. A kernel reads nobody's IPython
    profile, and computes with one thread: sums then do not depend on the machine.
    """

    def __init__(self, kind: str, env: dict[str, str], folder: Path):
        self._lock = threading.Lock()
        self._started: list[Any] = []  # LocalProvisioner, whose process may be ``Forked``
        self._ended = False
        own = {"IPYTHONDIR": str(folder / "ipython")} | QUIET
        self._spec = KernelSpec(
            argv=[sys.executable, "-P", "-m", "ipykernel_launcher", *FLAGS, "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            env={name: value.replace("$", "$$") for name, value in (env | own).items()},
            metadata={
                "supported_encryption": ["curve"],
                "kernel_provisioner": {"provisioner_name": _PROVISIONERS[kind].name},
            },
        )
        self.manager = self._manager(folder)

    def kill(self) -> None:
        """End every kernel at once, and start no other."""
        with self._lock:
            self._ended = True
            for started in self._started:
                if started.process is not None and started.process.poll() is None:
                    with suppress(ProcessLookupError):
                        _kill(started)

    def _note(self, started: Any) -> None:
        log.debug("kernel %s started (%s)", started.pid, self._spec.metadata["kernel_provisioner"]["provisioner_name"])
        with self._lock:
            self._started.append(started)
            if self._ended:
                _kill(started)

    def _manager(self, folder: Path) -> type[AsyncKernelManager]:
        kernels = self

        class OwnSpec(KernelSpecManager):
            def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
                return kernels._spec

        class OwnKernel(AsyncKernelManager):
            async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
                """Start it with nowhere to write to but its cells: what a dying kernel says may hold anything."""
                name = uuid4().hex
                self.connection_file = str(folder / f"kernel-{name}.json")
                if sys.platform == "linux":  # the @ makes it a name of the kernel's: no file, so none of a long path
                    self.transport, self.ip = "ipc", f"@evaltools-{name}"
                await super().start_kernel(**{**options, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
                kernels._note(self.provisioner)

            async def shutdown_kernel(self, now: bool = True, restart: bool = False) -> None:  # type: ignore[override]
                """At once, with all it has started: its cells are done; asked to end, it may take seconds to."""
                if self.provisioner is not None:
                    with suppress(ProcessLookupError):
                        _kill(self.provisioner)
                await super().shutdown_kernel(now=True, restart=restart)

            def _kernel_spec_manager_default(self) -> KernelSpecManager:
                return OwnSpec()

        return OwnKernel


def _kill(started: Any) -> None:
    """The kernel and what it has started."""
    if started.pgid and hasattr(os, "killpg"):
        os.killpg(started.pgid, signal.SIGKILL)
    else:
        started.process.kill()
