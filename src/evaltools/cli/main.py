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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaltools import errors
from evaltools.cli import authoring as prepare
from evaltools.errors import EvaltoolsError

if TYPE_CHECKING:
    from pandas import DataFrame

    from evaltools.pipeline import batch
    from evaltools.study.model import Study

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
    main_parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
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
    run.add_argument("--force", action="store_true", help="run every notebook, also where nothing has changed")
    run.add_argument("--jobs", type=_number, default=0, metavar="N", help="how much at a time (default: processors)")
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

    verify = commands.add_parser(
        "verify",
        help="make a release anew and compare",
        description="Make releases anew from the same inputs and compare them byte by byte.",
    )
    verify.set_defaults(command=_verify)
    verify.add_argument("studies", nargs="+", metavar="FOLDER", help="such as outputs/uusi-alku/2023K/public-fi")
    verify.add_argument("--jobs", type=_number, default=0, metavar="N", help="how much at a time (default: processors)")

    terms = commands.add_parser("terms", help="list a study's terms", description="List the terms of a study.")
    terms.set_defaults(command=_terms)
    terms.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    preparing: list[argparse.ArgumentParser] = []
    prepare.add(commands, preparing)
    for command in preparing:
        command.set_defaults(command=_prepare)
    for command in (run, check, audit, verify, terms, *preparing):
        command.add_argument("--language", choices=("fi", "en"), default="fi", help="default: fi")
        command.add_argument("--debug", action="store_true", help="on an unexpected error show where it arose")
    return main_parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from evaltools import __version__

        print(f"evaltools {__version__}")
        parser.exit()


def _number(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return int(value)


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


# --- commands ------------------------------------------------------------------------------------------------------


def _run(asked: argparse.Namespace) -> int:
    several = len(asked.studies) > 1 or asked.all_terms
    return _run_several(asked) if several and not asked.debug else _each_study(asked, _run_study)


def _run_several(asked: argparse.Namespace) -> int:
    """Several studies or terms: each tells of itself when it is done, and a table of all ends it."""
    from evaltools.pipeline import batch

    rows: list[batch.Row] = []
    pending = []
    for folder in dict.fromkeys(asked.studies):
        standing = _standing(folder, asked)
        if standing is None:
            pending.append(folder)
        else:
            rows += [
                batch.Row(page.parents[2].name, page.parents[1].name, batch.UNCHANGED, 0.0, str(page))
                for page in standing
            ]
    if pending:
        rows += _make(pending, asked)
    for row in rows:
        if row.index:
            _tell([(Path(row.index), row.state == batch.UNCHANGED)], asked)
    if asked.only:
        print(_say("run.say.draft", asked))
    _print_table(_summary(rows, asked))
    _pool(rows, asked)
    return max(row.status for row in rows)


def _make(folders: list[str], asked: argparse.Namespace) -> list[batch.Row]:
    """Run these studies in processes of their own, as many at a time as was asked; the rows of all."""
    from evaltools.pipeline import batch, kernel_pool, task_processes

    jobs = asked.jobs or kernel_pool.processors()
    side_by_side = min(jobs, len(folders))
    term = batch.ALL_TERMS if asked.all_terms else asked.term or ""
    rows: list[batch.Row] = []
    with _progress(asked) as progress, task_processes.Processes(side_by_side, progress) as pool:
        options = _options(asked) | {"workers": max(1, jobs // side_by_side), "progress": task_processes.tell}
        try:
            for done in batch.run(folders, pool, term, **options):
                rows += done
                for row in done:
                    _complain(row.lines)
        except BaseException:
            pool.stop()
            raise
    return sorted(rows, key=lambda row: [Path(folder).name for folder in folders].index(row.study))


def _options(asked: argparse.Namespace) -> dict[str, Any]:
    names = ("language", "edition", "only", "outputs", "new_key", "force")
    return {name: getattr(asked, name) for name in names}


def _standing(folder: str, asked: argparse.Namespace) -> list[Path] | None:
    """The pages of the releases asked for, where all of them stand and nothing has to run."""
    from evaltools.pipeline import fingerprint

    if asked.force or asked.only:
        return None
    return fingerprint.standing(folder, asked.term, asked.all_terms, asked.language, asked.edition, asked.outputs)


def _summary(rows: list[batch.Row], asked: argparse.Namespace) -> list[list[str]]:
    head = [_say(f"run.column.{column}", asked) for column in ("study", "term", "state", "seconds")]
    body = [[row.study, row.term or "–", _say(f"run.state.{row.state}", asked), f"{row.seconds:.1f}"] for row in rows]
    return [head, *body]


def _pool(rows: list[batch.Row], asked: argparse.Namespace) -> None:
    """Rates over all studies that have a release, from each one's last term."""
    last = {row.study: Path(row.index).parent for row in rows if row.index}
    if len(last) < 2 or asked.only:
        return
    from evaltools import paths
    from evaltools.results import across_studies

    outputs = next(iter(last.values())).parents[2]
    destination = outputs / "pooled" / paths.edition(asked.edition, asked.language)
    path = across_studies.write(last.values(), destination, asked.edition)
    if path is not None:
        print(_say("run.say.pooled", asked, file=_relative(path)))


def _check(asked: argparse.Namespace) -> int:
    return _each_study(asked, _check_study)


def _audit(asked: argparse.Namespace) -> int:
    return _each_study(asked, _audit_study)


def _verify(asked: argparse.Namespace) -> int:
    return _each_study(asked, _verify_release)


def _terms(asked: argparse.Namespace) -> int:
    return _each_study(asked, _list_terms)


def _prepare(asked: argparse.Namespace) -> int:
    return _each_study(asked, asked.study_command)


def _run_study(folder: str, asked: argparse.Namespace) -> None:
    standing = _standing(folder, asked)
    if standing is not None:
        _tell([(page, True) for page in standing], asked)
        return
    _warm_up()
    from evaltools.pipeline import run
    from evaltools.study import loader

    read = loader.load(folder)
    terms = [t.id for t in read.terms] if asked.all_terms else [asked.term or _last(read)]
    with _progress(asked) as progress:
        outcomes = run.run(read.folder, terms, **_options(asked), workers=asked.jobs, progress=progress)
    _tell([(outcome.index, outcome.unchanged) for outcome in outcomes], asked)


def _warm_up() -> None:
    """Before the heavy imports: have the process that forks kernels begin its own, beside them."""
    from evaltools.pipeline import kernel_pool

    if kernel_pool.kind(kernel_pool.WARM_PAYS) == kernel_pool.WARM:
        kernel_pool.warm()


def _check_study(folder: str, asked: argparse.Namespace) -> None:
    from evaltools.ingest import reading
    from evaltools.study import loader

    read = loader.load(folder)
    term = asked.term or _last(read)
    try:
        tables = reading.read(read, term)
    except reading.DataError as error:
        if asked.csv:
            error.frame(asked.language).to_csv(asked.csv, sep=";", index=False, encoding="utf-8-sig")
        raise
    counts = {"terms": len(read.terms_to(term)), "files": len(reading.input_files(read, term))}
    said = {name: _say(f"run.say.{name}", asked, n=n) for name, n in counts.items()}
    for line in _noted(tables[reading.NOTES], asked):
        print(line)
    print(_say("run.say.ok", asked, study=read.id, **said))


def _audit_study(folder: str, asked: argparse.Namespace) -> None:
    from evaltools import session
    from evaltools.disclosure import audit, policy
    from evaltools.pipeline import publication
    from evaltools.study import loader

    read = loader.load(folder)
    term = session.OpenStudy(read).term(asked.term or "", asked.language, "public")
    if not policy.active(read.disclosure, "public"):
        print(_say("disclosure.audit_none", asked, study=read.id, reason=read.disclosure.reason))
        return
    started = time.perf_counter()
    held, _ = publication.audit(term)
    words = {"study": read.id, "term": term.term.id, "most": read.disclosure.minimum - 1}
    sizes = {"cells": len(held.published), "relations": len(held.relations), "targets": audit.attacked(held)}
    sizes["releases"] = len(term.earlier)
    said = {name: _say(f"disclosure.audit_{name}", asked, n=n) for name, n in sizes.items()}
    print(_say("disclosure.audit", asked, **words, **said, seconds=round(time.perf_counter() - started)))


def _noted(notes: DataFrame, asked: argparse.Namespace) -> list[str]:
    """What to look at, file by file, at most twenty of a kind."""
    from evaltools.study.problems import capped, notes_of

    return capped(
        [(note.file or note.term, note.kind, note.say(asked.language)) for note in notes_of(notes)], asked.language
    )


class DifferentError(EvaltoolsError):
    """A release that is not what it was, or not what comes out: the line that says where."""

    status = FAILED

    def __init__(self, line: str):
        self.line = line
        super().__init__(line)

    def lines(self, language: str) -> list[str]:
        return [self.line]


def _verify_release(folder: str, asked: argparse.Namespace) -> None:
    _warm_up()
    from evaltools.pipeline import verify

    found = verify.verify(folder, asked.jobs)
    if found is None:
        print(_say("run.verify.same", asked, folder=folder))
        return
    what = f"{found.what}_line" if found.line is not None else found.what
    raise DifferentError(_say(f"run.verify.{what}", asked, folder=folder, file=found.file, line=found.line))


def _list_terms(folder: str, asked: argparse.Namespace) -> None:
    from evaltools.study import loader

    rows = [[_say(f"run.column.{column}", asked) for column in ("id", "name", "start", "end")]]
    rows += [[t.id, t.name(asked.language), str(t.start), str(t.end)] for t in loader.load(folder).terms]
    _print_table(rows)


def _print_table(rows: list[list[str]]) -> None:
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
            code, lines = errors.explain(error, asked.language)
            _complain(lines)
            codes.append(code)
    return max(codes)


def _tell(pages: list[tuple[Path, bool]], asked: argparse.Namespace) -> None:
    """Where the reports are, and of which nothing had changed."""
    for page, unchanged in pages:
        print(_say("run.say.unchanged" if unchanged else "run.say.reports", asked, index=_relative(page)))
    if asked.only:
        print(_say("run.say.draft", asked))


def _relative(path: Path) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def _say(key: str, asked: argparse.Namespace, **words: object) -> str:
    from evaltools import i18n

    return i18n.say(key, asked.language, **words)


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


class _Stopped(KeyboardInterrupt):
    """A kind of its own: once a plain one has passed through ``exec`` of a text, as where a dataclass is made, Python
    ends by signal whatever the exit code, even though it was caught."""


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """To be told to stop (SIGTERM), or to lose the terminal, is as Ctrl-C: kernels end, nothing half-made is left."""

    def stop(*_: object) -> None:
        raise _Stopped

    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        signals = []  # only the main thread may say what a signal does
    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
