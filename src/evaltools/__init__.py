"""Evaluation of adult-education and employment projects: from raw exports to results and reports.

>>> import evaltools as ev                                          # doctest: +SKIP
>>> ev.open_study("data/uusi-alku").term("2023K").results           # doctest: +SKIP
"""

from typing import Any

__all__ = [
    *("change_by", "distribution", "forest", "labelled", "likert", "pairs", "regression", "relation"),
    *("balance", "command", "open_study"),
]
_PLACES = {name: "evaltools.explore" for name in __all__} | {
    **{"command": "evaltools.cli.in_cell", "open_study": "evaltools.session"},
}


def __getattr__(name: str) -> Any:
    """The public names and the version on first use, so that the command starts without the heavy packages."""
    if name == "__version__":
        from importlib.metadata import version

        return version("evaltools")
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'evaltools' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
