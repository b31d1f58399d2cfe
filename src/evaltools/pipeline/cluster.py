"""Studies on the workers of a Dask cluster: the executor of ``evaltools run --cluster ADDRESS``.

The workers see the same folders as the command, with the same key file. A task that a worker dies of is run again on
another; where the scheduler is lost with all it knew, the command waits for one at the same address and gives it what
is not done. What was released by then stands, so nothing is made twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

from evaltools import settings
from evaltools.errors import CatalogueError

log = logging.getLogger(settings.LOGGER)

AT_ONCE = 256  # studies that the scheduler is given at a time
TRIES = 3  # schedulers that are lost under one task
WAIT = 60.0  # seconds for a scheduler, and for a first worker


class ClusterError(CatalogueError):
    """A cluster that could not run a task."""

    below = "run.error"
    status = 1


class Cluster(ThreadPoolExecutor):
    """Runs each task on a worker of the cluster whose scheduler has that address; here, a thread only waits for it.

    A task, its arguments and what it gives back must be picklable. Raises ClusterError where Dask is not installed, or
    no scheduler answers, or none of its workers does.
    """

    def __init__(self, address: str):
        try:
            import distributed
        except ImportError as error:
            raise ClusterError("cluster_missing") from error
        super().__init__(AT_ONCE)
        self._dask, self._address = distributed, address
        self._lock, self._lost = threading.Lock(), False
        self._client = self._connected()

    def submit(self, task: Callable[..., Any], /, *args: Any, **words: Any) -> Future[Any]:
        return super().submit(self._run, task, args, words)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._client.close()

    def stop(self) -> None:
        """Take from the cluster what has not ended, and wait for nothing."""
        self._client.close()
        self.shutdown(wait=False, cancel_futures=True)

    def _connected(self) -> Any:
        """A client of the scheduler, which has a worker."""
        try:
            client = self._dask.Client(self._address, timeout=WAIT, set_as_default=False)
            client.wait_for_workers(1, timeout=WAIT)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError("cluster_none", address=self._address) from error
        return client

    def _run(self, task: Callable[..., Any], args: tuple[Any, ...], words: dict[str, Any]) -> Any:
        for _ in range(TRIES):
            client = self._client
            try:
                return client.submit(task, *args, pure=False, **words).result()
            except self._dask.KilledWorker as error:
                raise ClusterError("cluster_killed") from error
            except (CancelledError, OSError):  # the scheduler is gone, or there is a new one that knows of nothing
                self._reconnect(client)
        raise ClusterError("cluster_lost", address=self._address)

    def _reconnect(self, lost: Any) -> None:
        """A new client in place of a lost one, by the thread that notices first; once there is none, none is sought."""
        with self._lock:
            if self._lost:
                raise ClusterError("cluster_lost", address=self._address)
            if self._client is lost:
                log.info("the scheduler at %s was lost; waiting for it", self._address)
                lost.close(timeout=0)
                self._lost = True
                self._client = self._connected()
                self._lost = False
