"""The solver of integer programmes, as disclosure control uses it: one call, and nothing on the terminal."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import scipy


def minimised(
    cost: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    rows: tuple[Any, np.ndarray, np.ndarray] | None,
    whole: np.ndarray,
    **options: Any,
) -> scipy.optimize.OptimizeResult:
    """Minimise ``cost @ x`` for ``bounds[0] <= x <= bounds[1]`` and rows ``(matrix, lower, upper)``.

    ``whole`` is 1 where a variable has to be a whole number, ``options`` are those of `scipy.optimize.milp`. Returns
    what that does: ``status`` 0 found, 1 out of time, 2 impossible; ``x`` is None where nothing was found.
    """
    constraints = None if rows is None else scipy.optimize.LinearConstraint(*rows)
    with quiet():
        return scipy.optimize.milp(
            cost, integrality=whole, bounds=scipy.optimize.Bounds(*bounds), constraints=constraints, options=options
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what HiGHS itself writes to standard output, whatever its options say, from the terminal."""
    if sys.stdout is not None:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # standard output is closed
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        yield
    finally:
        with suppress(OSError, TypeError, AttributeError):  # no C library of that name
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(null)
