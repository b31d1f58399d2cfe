"""``evaltools run``: the reports of a term, or of many terms and studies at once."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evaltools import paths
from evaltools.cli.common import (
    Asked,
    Commands,
    add_allow_notebooks,
    add_jobs,
    complain,
    each_study,
    names,
    print_table,
    progress,
    relative,
    say,
    spoken,
    studies_only,
    tell_notebooks,
)
from evaltools.cli.process import warm_up
from evaltools.paths import DOCUMENTS

if TYPE_CHECKING:
    from evaltools.pipeline import batch
    from evaltools.pipeline.cluster import Cluster
    from evaltools.pipeline.options import Options, Progress
    from evaltools.pipeline.task_processes import Processes


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("run", help="make the reports of a term", description="Make the reports of a term.")
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study, such as data/uusi-alku")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--term", metavar="ID", help="id of the term (default: the study's last)")
    which.add_argument("--all-terms", action="store_true", help="every term of the study, one after another")
    parser.add_argument("--edition", choices=("public", "internal"), default="public", help="default: public")
    parser.add_argument("--only", type=names, default=[], metavar="04,05", help="a draft of these notebooks only")
    words = "the final report as these besides pages: word, pdf, pictures (default: what the study file says)"
    parser.add_argument("--documents", type=documents, default=[], metavar="word,pdf,pictures", help=words)
    parser.add_argument("--new-key", action="store_true", help="continue with a different pseudonym key")
    parser.add_argument("--force", action="store_true", help="run every notebook, also where nothing has changed")
    add_jobs(parser)
    words = "run the studies on the workers of the Dask cluster whose scheduler that is; they see the same folders"
    parser.add_argument("--cluster", metavar="ADDRESS", help=words)
    add_allow_notebooks(parser, "study")
    parser.add_argument("--outputs", metavar="DIR", help="folder for the reports (default: outputs beside data)")
    return parser


def documents(value: str) -> list[str]:
    """An argument that lists kinds of documents."""
    chosen = names(value)
    if unknown := set(chosen) - set(DOCUMENTS):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(DOCUMENTS)}")
    return chosen


def command(asked: Asked) -> int:
    asked = studies_only(asked)
    several = len(asked.studies) > 1 or asked.all_terms or asked.cluster
    return _run_several(asked) if several and not asked.debug else each_study(asked, _run_study)


def _run_study(folder: str, asked: Asked) -> None:
    pages = _up_to_date(folder, asked)
    if pages is not None:
        _tell([(page, True) for page in pages], asked)
        return
    warm_up()
    from evaltools.pipeline import run
    from evaltools.study import loader

    study = loader.load(folder)
    tell_notebooks(folder, asked)
    terms = [t.id for t in study.terms] if asked.all_terms else [asked.term or study.last_term.id]
    with progress(asked) as show:
        outcomes = run.run(study.folder, terms, _options(asked), workers=asked.jobs, progress=show)
    _tell([(outcome.index, outcome.unchanged) for outcome in outcomes], asked)


def _run_several(asked: Asked) -> int:
    """Several studies or terms: each tells of itself when it is done, and a table of all ends it."""
    from evaltools.pipeline import batch

    rows: list[batch.Row] = []
    pending = []
    for folder in {Path(folder).resolve(): folder for folder in asked.studies}.values():
        pages = _up_to_date(folder, spoken(folder, asked))
        if pages is None:
            pending.append(folder)
        else:
            rows += [
                batch.Row(page.parents[2].name, page.parents[1].name, batch.UNCHANGED, 0.0, str(page)) for page in pages
            ]
    if pending:
        rows += _make(pending, asked)
    asked = spoken(asked.studies[0], asked)
    for row in rows:
        if row.index:
            _tell([(Path(row.index), row.state == batch.UNCHANGED)], asked)
    if asked.only:
        print(say("run.say.draft", asked))
    print_table(_summary(rows, asked))
    _write_across_studies(rows, asked)
    return max(row.status for row in rows)


def _make(folders: list[str], asked: Asked) -> list[batch.Row]:
    """Run these studies side by side, here or on a cluster; the rows of all."""
    from evaltools.pipeline import batch

    for folder in folders:
        tell_notebooks(folder, spoken(folder, asked))
    term = batch.ALL_TERMS if asked.all_terms else asked.term or ""
    places = [str(Path(folder).resolve()) for folder in folders] if asked.cluster else folders
    rows: list[batch.Row] = []
    with progress(asked) as show:
        executor, options = _executor(len(folders), asked, show)
        with executor as pool:
            try:
                for done in batch.run(places, pool, term, options):
                    rows += done
                    for row in done:
                        complain(row.lines)
            except BaseException:
                pool.stop()
                raise
    order = [paths.study_name(place) for place in places]
    return sorted(rows, key=lambda row: order.index(row.study))


def _executor(studies: int, asked: Asked, show: Progress) -> tuple[Processes | Cluster, Options]:
    """Where studies run, and how: on a cluster's workers, or in processes of their own, as many as was asked."""
    from evaltools.pipeline import cluster, kernel_pool, task_processes

    options = _options(asked)
    if asked.cluster:
        outputs = options.outputs and Path(options.outputs).resolve()
        return cluster.Cluster(asked.cluster), replace(options, outputs=outputs, workers=asked.jobs or 1)
    jobs = asked.jobs or kernel_pool.processors()
    side_by_side = min(jobs, studies)
    options = replace(options, workers=max(1, jobs // side_by_side), progress=task_processes.tell)
    return task_processes.Processes(side_by_side, show), options


def _options(asked: Asked) -> Options:
    from evaltools.pipeline.options import Options

    return Options(**{option.name: getattr(asked, option.name) for option in fields(Options) if option.name in asked})


def _up_to_date(folder: str, asked: Asked) -> list[Path] | None:
    """The pages of the releases asked for, where all of them stand and nothing has to run."""
    from evaltools.pipeline import fingerprint

    if asked.force or asked.only:
        return None
    return fingerprint.up_to_date(
        folder, asked.term, asked.all_terms, asked.language, asked.edition, asked.outputs, asked.documents
    )


def _summary(rows: list[batch.Row], asked: Asked) -> list[list[str]]:
    head = [say(f"run.column.{column}", asked) for column in ("study", "term", "state", "seconds")]
    body = [[row.study, row.term or "–", say(f"run.state.{row.state}", asked), f"{row.seconds:.1f}"] for row in rows]
    return [head, *body]


def _write_across_studies(rows: list[batch.Row], asked: Asked) -> None:
    """Rates over all studies that have a release, from each one's last term."""
    last = {row.study: Path(row.index).parent for row in rows if row.index}
    if len(last) < 2 or asked.only:
        return
    from evaltools.results import across_studies

    outputs = next(iter(last.values())).parents[2]
    destination = outputs / "pooled" / paths.edition(asked.edition, asked.language)
    path = across_studies.write(last.values(), destination, asked.edition)
    if path is not None:
        print(say("run.say.pooled", asked, file=relative(path)))


def _tell(pages: list[tuple[Path, bool]], asked: Asked) -> None:
    """Where the reports are, and of which nothing had changed."""
    for page, unchanged in pages:
        print(say("run.say.unchanged" if unchanged else "run.say.reports", asked, index=relative(page)))
    if asked.only:
        print(say("run.say.draft", asked))
