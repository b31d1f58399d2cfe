"""Evaluation of adult-education and employment projects: from raw exports to results and reports.

>>> import evaltools as ev                                          # doctest: +SKIP
>>> ev.open_study("data/uusi-alku").term("2023K").results           # doctest: +SKIP
"""

from typing import Any

__all__ = ["open_study"]


def __getattr__(name: str) -> Any:
    """``open_study`` and the version on first use, so that the command starts without the heavy packages."""
    if name == "__version__":
        from importlib.metadata import version

        return version("evaltools")
    if name == "open_study":
        from evaltools.api import open_study

        return open_study
    raise AttributeError(f"module 'evaltools' has no attribute '{name}'")
