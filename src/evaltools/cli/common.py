"""What the subcommands share: their arguments, what they say and where, and progress.

Exit codes: 0 done, 1 the run failed, 2 faulty input or usage, 130 stopped. Imports nothing heavy.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from evaltools import errors, i18n

OK, FAILED, FAULTY, STOPPED = 0, 1, 2, 130

Asked = argparse.Namespace
Commands = argparse._SubParsersAction

# --- arguments -----------------------------------------------------------------------------------------------------


def whole_number(value: str) -> int:
    """An argument that is a whole number from 1."""
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return int(value)


def day(value: str) -> dt.date:
    """An argument that is a day: ``2024-01-31``."""
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a day as 2024-01-31") from None


def names(value: str) -> list[str]:
    """An argument that lists names: ``04,05``."""
    return [name.strip() for name in value.split(",") if name.strip()]


def add_jobs(parser: argparse.ArgumentParser) -> None:
    words = "how much at a time (default: processors)"
    parser.add_argument("--jobs", type=whole_number, default=0, metavar="N", help=words)


def add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outputs", metavar="DIR", help="folder of the outputs (default: outputs beside data)")


def add_allow_notebooks(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """Whether all notebooks of the project may run; where that is not said, only those of ``otherwise``."""
    words = "run notebooks that came with the project, too: they are programs that can do whatever you can"
    parser.add_argument(
        "--allow-notebooks", action="store_const", const="project", default=otherwise, dest="trusted", help=words
    )


# --- what is said --------------------------------------------------------------------------------------------------


def say(key: str, asked: Asked, **words: object) -> str:
    """A text of the catalogue in the language asked for."""
    from evaltools import i18n  # what a command needs is imported when it runs

    return i18n.say(key, asked.language or i18n.LANGUAGE, **words)


def complain(lines: list[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def tell_notebooks(folder: str, asked: Asked) -> None:
    """Say which notebooks are run that are not the package's own; what hinders the run, the run will say."""
    from evaltools import paths
    from evaltools.pipeline import notebooks
    from evaltools.study import loader

    with suppress(errors.EvaltoolsError):
        study = loader.load(folder)
        chosen = notebooks.chosen(study, paths.default_notebooks(study.folder), getattr(asked, "only", ()))
        notebooks.check_trusted(study, chosen, asked.trusted)
        root = paths.project_root(study.folder)
        foreign = [notebooks.relative_to(root, path) for path in notebooks.not_the_packages(study, chosen)]
        if foreign:
            complain([say("run.say.own_notebooks", asked, study=study.id, notebooks=", ".join(foreign))])


def print_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def relative(path: Path) -> str:
    """A path as seen from here."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def spoken(folder: str, asked: Asked) -> Asked:
    """What was asked, in the study's own language where none was asked for."""
    return argparse.Namespace(**{**vars(asked), "language": asked.language or i18n.of_study(folder)})


def studies_only(asked: Asked) -> Asked:
    """What was asked, of several paths without those that are no studies (as ``data/*`` has them); each is told of."""
    found = [path for path in asked.studies if not Path(path).exists() or (Path(path) / "study.toml").is_file()]
    if len(asked.studies) < 2 or not found:
        return asked
    for path in asked.studies:
        if path not in found:
            complain([say("run.say.no_study", asked, folder=path)])
    return argparse.Namespace(**{**vars(asked), "studies": found})


def each_study(asked: Asked, command: Callable[[str, Asked], None]) -> int:
    """The command for each study in turn; a faulty one does not stop the others. The worst exit code."""
    codes = []
    everything = asked
    for folder in asked.studies:
        asked = spoken(folder, everything)
        try:
            command(folder, asked)
            codes.append(OK)
        except BrokenPipeError:
            raise
        except Exception as error:
            if asked.debug:
                raise
            code, lines = errors.explain(error, asked.language)
            complain(lines)
            codes.append(code)
    return max(codes)


@contextmanager
def progress(asked: Asked) -> Iterator[Callable[..., None]]:
    """A bar over notebooks that says what runs now; without a terminal, or amid a log, a line for each."""
    if asked.verbose or not sys.stderr.isatty():
        yield lambda study, term, done, total, notebook: complain(
            [say("run.say.running", asked, study=study, term=term, done=done + 1, total=total, notebook=notebook)]
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
