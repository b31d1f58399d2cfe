"""The command ``evaltools``: ``run``, ``check``, ``audit``, ``terms``.

Exit codes: 0 done, 1 the run failed, 2 faulty input or usage. Whatever goes wrong is said in plain lines on stderr.
What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaltools import commands as prepare

if TYPE_CHECKING:
    from pandas import DataFrame

    from evaltools.model import Study
    from evaltools.run import Outcome

OK, FAILED, FAULTY, STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (by default those of the process); its exit code."""
    asked = parser().parse_args(arguments)
    try:
        with _stopped_by_signal():
            return asked.command(asked)
    except KeyboardInterrupt:
        _complain([_say("run.error.interrupted", asked)])
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
    main_parser.add_argument("--version", action="version", version=f"evaltools {version('evaltools')}")
    commands = main_parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="make the reports of a term", description="Make the reports of a term.")
    run.set_defaults(command=_run)
    run.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study, such as data/uusi-alku")
    which = run.add_mutually_exclusive_group()
    which.add_argument("--term", metavar="ID", help="id of the term (default: the study's last)")
    which.add_argument("--all-terms", action="store_true", help="every term of the study, one after another")
    run.add_argument("--edition", choices=("public", "internal"), default="public", help="default: public")
    run.add_argument("--only", type=_names, default=[], metavar="04,05", help="a draft of these notebooks only")
    run.add_argument("--new-key", action="store_true", help="go on with another pseudonym key than before")
    run.add_argument("--outputs", metavar="DIR", help="folder for the reports (default: outputs beside data)")

    check = commands.add_parser("check", help="check a study's files", description="Check the study file and all data.")
    check.set_defaults(command=_check)
    check.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study")
    check.add_argument("--term", metavar="ID", help="data up to this term only")
    check.add_argument("--csv", metavar="FILE", help="every problem, none left out, also as CSV in this file")

    audit = commands.add_parser(
        "audit",
        help="try what could be worked out from a public report",
        description="Attack what the public edition of a term would publish, with all that was published before.",
    )
    audit.set_defaults(command=_audit)
    audit.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study")
    audit.add_argument("--term", metavar="ID", help="id of the term (default: the study's last)")

    terms = commands.add_parser("terms", help="list a study's terms", description="List the terms of a study.")
    terms.set_defaults(command=_terms)
    terms.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    preparing: list[argparse.ArgumentParser] = []
    prepare.add(commands, preparing)
    for command in preparing:
        command.set_defaults(command=_prepare)
    for command in (run, check, audit, terms, *preparing):
        command.add_argument("--language", choices=("fi", "en"), default="fi", help="default: fi")
        command.add_argument("--debug", action="store_true", help="on an unexpected error show where it arose")
    return main_parser


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


# --- commands ------------------------------------------------------------------------------------------------------


def _run(asked: argparse.Namespace) -> int:
    return _each_study(asked, _run_study)


def _check(asked: argparse.Namespace) -> int:
    return _each_study(asked, _check_study)


def _audit(asked: argparse.Namespace) -> int:
    return _each_study(asked, _audit_study)


def _terms(asked: argparse.Namespace) -> int:
    return _each_study(asked, _list_terms)


def _prepare(asked: argparse.Namespace) -> int:
    return _each_study(asked, asked.study_command)


def _run_study(folder: str, asked: argparse.Namespace) -> None:
    from evaltools import run, study

    read = study.load(folder)
    terms = [t.id for t in read.terms] if asked.all_terms else [asked.term or _last(read)]
    with _progress(asked) as progress:
        outcomes = run.run(
            read.folder,
            terms,
            language=asked.language,
            edition=asked.edition,
            only=asked.only,
            outputs=asked.outputs,
            new_key=asked.new_key,
            progress=progress,
        )
    _tell(outcomes, asked)


def _check_study(folder: str, asked: argparse.Namespace) -> None:
    from evaltools import ingest, study

    read = study.load(folder)
    term = asked.term or _last(read)
    try:
        tables = ingest.read(read, term)
    except ingest.DataError as error:
        if asked.csv:
            error.frame(asked.language).to_csv(asked.csv, sep=";", index=False, encoding="utf-8-sig")
        raise
    counts = {"terms": len(read.terms_to(term)), "files": len(ingest.input_files(read, term))}
    said = {name: _say(f"run.say.{name}", asked, n=n) for name, n in counts.items()}
    for line in _noted(tables[ingest.NOTES], asked):
        print(line)
    print(_say("run.say.ok", asked, study=read.id, **said))


def _audit_study(folder: str, asked: argparse.Namespace) -> None:
    from evaltools import api, attack, disclosure, study

    read = study.load(folder)
    term = api.OpenStudy(read).term(asked.term or "", asked.language, "public")
    if not disclosure.active(read.disclosure, "public"):
        print(_say("disclosure.audit_none", asked, study=read.id, reason=read.disclosure.reason))
        return
    started = time.perf_counter()
    held = term.audit()
    words = {"study": read.id, "term": term.term.id, "most": read.disclosure.minimum - 1}
    sizes = {"cells": len(held.published), "relations": len(held.relations), "targets": attack.attacked(held)}
    sizes["releases"] = len(term.earlier)
    said = {name: _say(f"disclosure.audit_{name}", asked, n=n) for name, n in sizes.items()}
    print(_say("disclosure.audit", asked, **words, **said, seconds=round(time.perf_counter() - started)))


def _noted(notes: DataFrame, asked: argparse.Namespace) -> list[str]:
    """What to look at, file by file, at most twenty of a kind."""
    from evaltools.problems import capped, notes_of

    return capped(
        [(note.file or note.term, note.kind, note.say(asked.language)) for note in notes_of(notes)], asked.language
    )


def _list_terms(folder: str, asked: argparse.Namespace) -> None:
    from evaltools import study

    rows = [[_say(f"run.column.{column}", asked) for column in ("id", "name", "start", "end")]]
    rows += [[t.id, t.name(asked.language), str(t.start), str(t.end)] for t in study.load(folder).terms]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _last(study: Study) -> str:
    return max(study.terms, key=lambda term: term.start).id


# --- what is said --------------------------------------------------------------------------------------------------


def _each_study(asked: argparse.Namespace, command: Callable[[str, argparse.Namespace], None]) -> int:
    """The command for each study in turn; a faulty one does not stop the others. The worst exit code."""
    codes = []
    for folder in asked.studies:
        try:
            command(folder, asked)
            codes.append(OK)
        except BrokenPipeError:
            raise
        except Exception as error:
            if asked.debug:
                raise
            code, lines = _explain(error, asked)
            _complain(lines)
            codes.append(code)
    return max(codes)


def _explain(error: Exception, asked: argparse.Namespace) -> tuple[int, list[str]]:
    """The exit code of an error and the lines that say it; those of ours know how to say themselves."""
    if hasattr(error, "lines"):
        return getattr(error, "status", FAULTY), error.lines(asked.language)
    if isinstance(error, OSError):
        return FAILED, [_say("run.error.system", asked, error=" ".join(str(error).split()))]
    # where it arose, not what it says: that may hold what stands in a file
    at = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__}, {Path(at.filename).name}:{at.lineno}"
    return FAILED, [_say("run.error.unexpected", asked, error=place)]


def _tell(outcomes: list[Outcome], asked: argparse.Namespace) -> None:
    for outcome in outcomes:
        print(_say("run.say.reports", asked, index=_relative(outcome.index)))
    if asked.only:
        print(_say("run.say.draft", asked))


def _relative(path: Path) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def _say(key: str, asked: argparse.Namespace, **words: object) -> str:
    from evaltools import text

    return text.say(key, asked.language, **words)


def _complain(lines: list[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


@contextmanager
def _progress(asked: argparse.Namespace) -> Iterator[Callable[..., None]]:
    """A bar over notebooks that says what runs now; without a terminal one plain line for each."""
    if not sys.stderr.isatty():
        yield lambda study, term, done, total, notebook: _complain(
            [_say("run.say.running", asked, study=study, term=term, done=done + 1, total=total, notebook=notebook)]
        )
        return
    from tqdm import tqdm

    bars: dict[tuple[str, str], Any] = {}

    def show(study: str, term: str, done: int, total: int, notebook: str) -> None:
        if (study, term) not in bars:
            for bar in bars.values():
                bar.update(bar.total - bar.n)
            shape = "{desc}  {n_fmt}/{total_fmt} |{bar:30}| {elapsed}{postfix}"
            bars[study, term] = tqdm(total=total, desc=f"{study} {term}", bar_format=shape, leave=False)
        bar = bars[study, term]
        bar.set_postfix_str(notebook, refresh=False)
        bar.update(done - bar.n)
        bar.refresh()

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """To be told to stop (SIGTERM), or to lose the terminal, is as Ctrl-C: kernels end, nothing half-made is left."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signals = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        signals = []  # only the main thread may say what a signal does
    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
