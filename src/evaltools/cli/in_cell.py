"""The command in a cell of a notebook, for whoever would rather not use a terminal."""

from __future__ import annotations

import contextlib
import sys

from evaltools.cli.main import main


def command(name: str, study: str, *more: str, **options: str) -> None:
    """Say in a cell what ``evaltools NAME STUDY`` says in a terminal, errors too.

    Parameters
    ----------
    name : of the command: ``status``, ``due``, ``watch``, ``plan``, ``next`` ...
    study : the study's folder
    more : what follows it, such as a term; left out where empty
    options : ``date="2023-05-15"`` is ``--date 2023-05-15``; left out where empty

    Examples
    --------
    >>> command("status", "data/uusi-alku", date="2023-05-15", language="en")  # doctest: +SKIP
    """
    given = [word for key, value in options.items() if value for word in (f"--{key.replace('_', '-')}", value)]
    with contextlib.redirect_stderr(sys.stdout):
        main([name, study, *filter(None, more), *given])
