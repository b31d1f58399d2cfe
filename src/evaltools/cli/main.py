"""The command ``evaltools``: its parser, and the way to the subcommands, one module each.

Whatever goes wrong is said in lines on standard error. What a command needs is imported when it runs, so that
``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from evaltools import settings
from evaltools.cli import (
    archive,
    audit,
    check,
    checklists,
    code,
    codebook,
    describe,
    dpia,
    due,
    esf_plus,
    forms,
    new,
    next_term,
    notebooks,
    plan,
    publish,
    refresh_background,
    request,
    run,
    statement,
    status,
    terms,
    texts,
    verify,
    watch,
)
from evaltools.cli.common import FAILED, FAULTY, OK, STOPPED, complain, say
from evaltools.cli.process import IMPORTS, KERNELS, check_limits, mend_streams, stopped_by_signal, uncollected
from evaltools.errors import EvaltoolsError
from evaltools.i18n import LANGUAGE, LANGUAGES

COMMANDS = (
    run,
    check,
    audit,
    verify,
    publish,
    archive,
    statement,
    dpia,
    checklists,
    terms,
    status,
    due,
    watch,
    esf_plus,
    new,
    next_term,
    plan,
    request,
    notebooks,
    describe,
    refresh_background,
    codebook,
    forms,
    texts,
    code,
)

SHORT = tuple(each.command for each in (check, terms, status, due, watch, plan))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (by default those of the process); its exit code."""
    mend_streams()
    asked = parser().parse_args(arguments)
    try:
        check_limits(KERNELS if asked.command in (run.command, verify.command) else IMPORTS)
        soon = uncollected(arguments is None) if asked.command in SHORT else nullcontext()
        with soon, stopped_by_signal(), settings.log_shown(logging.DEBUG if asked.verbose else logging.NOTSET):
            return asked.command(asked)
    except EvaltoolsError as error:
        if asked.debug:
            raise
        complain(error.lines(asked.language or LANGUAGE))
        return error.status
    except KeyboardInterrupt:
        complain([say("run.error.interrupted", asked)])
        return STOPPED
    except BrokenPipeError:  # the reader of our output went away, as in ``evaltools terms ... | head``
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def parser() -> argparse.ArgumentParser:
    """The command line and its help."""
    main_parser = argparse.ArgumentParser(
        prog="evaltools",
        description="Evaluation of adult-education and employment projects: from raw exports to reports.",
    )
    main_parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = main_parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for each in COMMANDS:
        command = each.add(commands)
        command.set_defaults(command=each.command)
        command.add_argument("--language", choices=LANGUAGES, default="", help="default: the study's own")
        command.add_argument("--verbose", action="store_true", help="show on standard error what is done, step by step")
        command.add_argument("--debug", action="store_true", help="on an unexpected error show where it arose")
    return main_parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from evaltools import __version__

        print(f"evaltools {__version__}")
        parser.exit()


__all__ = ["FAILED", "FAULTY", "OK", "STOPPED", "main", "parser"]
