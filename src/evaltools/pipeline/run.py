"""A run: all notebooks of a term, in order, into one folder of reports that appears whole or not at all.

Everything is made in a hidden folder beside the destination and renamed into place at the end. Whatever goes wrong
before that, the earlier reports stay as they were and nothing of the failed run is left.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from evaltools import i18n, paths, session, settings
from evaltools.disclosure import policy, release_log
from evaltools.i18n import LANGUAGES
from evaltools.paths import default_notebooks, project_root
from evaltools.pipeline import (
    cache,
    execution,
    fingerprint,
    kernel_pool,
    kernels,
    provenance,
    publication,
    run_log,
    staging,
)
from evaltools.pipeline import notebooks as listing
from evaltools.pipeline.job import Done, Job, RunError
from evaltools.pipeline.options import Options
from evaltools.privacy import pseudonyms, screening
from evaltools.report import documents, pages, site
from evaltools.results import records
from evaltools.sections import registry
from evaltools.study.model import Study


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished term: where its reports are and how long it took."""

    about: pages.Edition
    folder: Path
    index: Path
    seconds: float
    ran: list[str]  # the notebooks that were executed; none where nothing had changed

    @property
    def unchanged(self) -> bool:
        """Whether the release stood already and nothing was written."""
        return not self.ran


# --- what is asked -------------------------------------------------------------------------------------------------


def run(
    study_folder: str | Path, term_ids: Sequence[str], options: Options | None = None, **chosen: Any
) -> list[Outcome]:
    """Make the reports of one study for the given terms.

    All that is asked, and all raw data, are checked before the first notebook starts.

    Parameters
    ----------
    study_folder : folder with ``study.toml``
    term_ids : ids of terms, made in this order
    options : how; the defaults of ``Options`` where not given
    chosen : single options by name, in place of those (``language="en"``)

    Returns
    -------
    list of Outcome, one a term

    Raises
    ------
    StudyError, DataError
        Faulty study file, unknown term, language or edition, faulty data.
    RunError
        Unknown notebook, a place that outputs may not go to, another pseudonym key than before, another run of the
        same term under way, a personal identity code in what was to be published, or a cell that failed
        (``04_survey.ipynb, cell 3: ValueError: ...``; code cells count from 1).
    KeyFileError
        A key file that others can read or that holds no key.
    ReleaseError, LedgerError
        A small count of persons could be worked out from what was to be published, or it cannot be known whether.
    TypeError
        An option that there is not.

    Examples
    --------
    >>> run("data/uusi-alku", ["2023K"], language="en")[0].index  # doctest: +SKIP
    PosixPath('outputs/uusi-alku/2023K/public-en/index.html')
    """
    return [run_term(job) for job in prepare(study_folder, term_ids, options, **chosen)]


def prepare(
    study_folder: str | Path, term_ids: Sequence[str], options: Options | None = None, **chosen: Any
) -> list[Job]:
    """Check all that is asked and all raw data; the jobs, one a term. As ``run``, which then runs them."""
    opened = session.open_study(study_folder)
    study = opened.study
    options = dataclasses.replace(options or Options(), **chosen)
    language = options.language or study.study.language
    asked = [opened.term(term_id, language, options.edition) for term_id in dict.fromkeys(term_ids)]
    if not asked:
        raise RunError("no_terms", 2, known=study.term_ids)
    folder = Path(options.notebooks) if options.notebooks else default_notebooks(study.folder)
    notebooks = listing.chosen(study, folder, options.only)
    listing.check_trusted(study, notebooks, options.trusted)
    place = _outputs(study, options.outputs)
    if not options.new_key:
        _check_key(study.id, place / study.id)
    pseudonyms.load_key()  # made now where there is none yet: it is part of what a release is made from
    # tables are cumulative: what the last term reads holds all that the earlier ones read
    max(asked, key=lambda each: each.term.start).check()
    if any(policy.active(study.disclosure, each.edition) for each in asked):
        release_log.load(place / study.id / release_log.LEDGER)
    options = dataclasses.replace(options, workers=options.workers or kernel_pool.processors())
    jobs = [
        Job(
            pages.Edition(study, each.term, language, options.edition, draft=bool(options.only)),
            notebooks,
            place / study.id / each.term.id,
            options,
        )
        for each in asked
    ]
    documents.check(jobs[0].documents, study.template)
    return jobs


def _outputs(study: Study, outputs: str | Path | None) -> Path:
    if outputs is None:
        return project_root(study.folder) / "outputs"
    if "://" in str(outputs):
        raise RunError("outputs_url", 2, outputs=outputs)
    place = Path(outputs).resolve()
    # what lies in the study's folder, or would come to lie there under the study's name
    if any(each.is_relative_to(study.folder) for each in (place, (place / study.id).resolve())):
        raise RunError("outputs_inside", 2, outputs=outputs)
    return place


def _check_key(study_id: str, home: Path) -> None:
    """Refuse another key than the one that the study's last outputs were made with: persons would not link."""
    before = _last_key(home)
    if before is None:
        return
    path = pseudonyms.key_path()
    if not path.exists():
        raise RunError("key_lost", 2, study=study_id, path=path, before=before)
    now = pseudonyms.load_key(path).id
    if now != before:
        raise RunError("key_changed", 2, study=study_id, path=path, before=before, now=now)


def _last_key(home: Path) -> str | None:
    """The key id of the study's latest run that has one, from its ``run.json``."""
    runs = []
    for path in home.glob("*/*/run.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(path.read_text(encoding="utf-8"))
            if re.fullmatch("[0-9a-f]{8}", record["key_id"]):
                runs.append((record["ended"], record["key_id"]))
    return max(runs)[1] if runs else None


# --- one term ------------------------------------------------------------------------------------------------------


def run_term(job: Job) -> Outcome:
    """One term. Raises what ``run`` does once everything has been checked."""
    about, clock = job.about, time.perf_counter()
    made = fingerprint.made_from(about.study.folder, about.term.id, job.notebooks, job.documents)
    release = job.release
    first = release / pages.marked("index.html", about.edition)
    if not (job.options.force or about.draft) and fingerprint.release_stands(release, job.parameters, made):
        site.refresh(about.study, job.home.parent)
        return Outcome(about, release, first, time.perf_counter() - clock, [])
    if edited := fingerprint.edited(release, ".docx"):
        raise RunError("edited", 2, folder=f"{about.term.id}/{release.name}", file=edited)
    with run_log.logged(job), staging.locked(job), staging.folder(job) as place:
        run_id = provenance.run_id(about, provenance.inputs(about))
        about = dataclasses.replace(about, run_id=run_id)
        job = dataclasses.replace(job, about=about)
        record = provenance.Record(job, made)
        workspace, edition = place / "workspace", place / "edition"
        (edition / "notebooks").mkdir(parents=True)
        workspace.mkdir()
        record.write(edition, "failed")
        published_before = publication.copied(job, workspace)
        done = _run_until_safe(job, place, made)
        _gather(workspace, edition)
        ordered = bool(about.study.report.sections)
        with i18n.own_words(about.study.words):
            reports = [listing.page(each, about.language) for each in done]
            documents.write(about, reports, edition, job.documents, registry.text_places(about.study))
            pages.write(about, reports, edition, ordered)
        _mark(edition, about.edition)
        record.check_unchanged()
        moves = [(edition, release)]
        if about.edition != "public":
            edition.chmod(staging.OWNER_ONLY)
        if (workspace / paths.TIDY).is_dir() and not about.draft:
            _warn_about_microdata(workspace / paths.TIDY)
            (workspace / paths.TIDY).chmod(staging.OWNER_ONLY)
            moves.append((workspace / paths.TIDY, job.home / paths.TIDY))
        record.complete(workspace, edition, done)
        _check_silence(edition, workspace / paths.TIDY)
        for new, _ in moves:
            staging.flush(new)
        with publication.entered(job, workspace, published_before):
            staging.move_into_place(moves)
            record.keep_whole(release)
            publication.keep_proof(job, workspace)
    site.refresh(about.study, job.home.parent)
    ran = [each.name for each in done if not each.kept]
    return Outcome(about, release, first, time.perf_counter() - clock, ran)


def _run_until_safe(job: Job, place: Path, made: Mapping[str, Any]) -> list[Done]:
    """Execute the notebooks, and again without the exact figures that the gate takes back."""
    gate = publication.Gate(job)
    while True:
        try:
            return _run_notebooks(job, place, cache.Kept(job, made), gate)
        except publication.TakenBackError:
            publication.begin_anew(job, place / "workspace")


def _run_notebooks(job: Job, place: Path, kept: cache.Kept, gate: publication.Gate) -> list[Done]:
    """Execute every notebook that has to be; how each came to be, in order.

    Once the first has written the tidy tables, those that read them run side by side, and beside them the gate tries
    what is to be released.
    """
    workspace = place / "workspace"
    started = kernels.Kernels(kernel_pool.kind(len(job.notebooks)), {settings.WORKSPACE.name: str(workspace)}, place)
    done: list[Done] = []
    tried = None
    with ThreadPoolExecutor(job.options.workers) as pool:
        try:
            for number, together in enumerate(listing.waves(job.notebooks)):
                second = number == 1
                previous = [pool.submit(execution.prepare_previous, job, started)] if second and _compares(job) else []
                tasks = [pool.submit(_run_notebook, source, job, place, started, kept) for source in together]
                if second:
                    tried = gate.check(workspace)
                wait(previous)
                for finished in as_completed(tasks):
                    finished.result()
                done += [task.result() for task in tasks]
        except BaseException:
            started.kill()
            pool.shutdown(cancel_futures=True)
            raise
    gate.check(workspace, tried)
    return sorted(done, key=lambda each: job.notebooks.index(each.source))


def _run_notebook(source: Path, job: Job, place: Path, started: kernels.Kernels, kept: cache.Kept) -> Done:
    """One notebook, taken over or executed, and written as it is to be published."""
    job.tell(source)
    clock, workspace = time.perf_counter(), place / "workspace"
    taken = kept.take(source, workspace) if listing.reads(source) in (listing.TIDY, listing.RESULTS) else None
    notebook = taken
    if notebook is None:
        notebook = execution.execute(source, job, started)
        if job.about.edition == "public":
            listing.check_protected(source, notebook)
            pages.keep_parts(notebook)
        notebook = execution.without_traces(notebook, execution.places(job, place), job.about.language)
    nbformat.write(notebook, place / "edition" / "notebooks" / source.name)
    seconds = round(time.perf_counter() - clock, 3)
    run_log.write("notebook", job, notebook=source.stem, seconds=seconds, kept=taken is not None)
    return Done(source, notebook, seconds, taken is not None)


def _compares(job: Job) -> bool:
    """Whether a later notebook will compare with the results of the term before."""
    later = any(listing.reads(source) == listing.RESULTS for source in job.notebooks)
    return later and len(job.about.study.terms_to(job.about.term.id)) > 1


def _check_silence(*folders: Path) -> None:
    """Nothing that is to stay may hold a personal identity code; the files are named, the code is not."""
    found = [name for folder in folders for name in screening.unfit(folder)]
    if found:
        raise RunError("gives_away", files=", ".join(found))


def _gather(workspace: Path, edition: Path) -> None:
    """Take from the workspace what may lie in an edition: the tables and the joined results. Nothing else."""
    if (workspace / "tables").is_dir():
        (workspace / "tables").rename(edition / "tables")
    records.write(records.join(workspace / "results"), edition, "results")


def _mark(folder: Path, edition: str) -> None:
    """Mark the name of every file of the internal edition; the pages are written under marked names already."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if f".{edition}." not in path.name and path != folder / paths.RECORD:
            path.rename(path.with_name(pages.marked(path.name, edition)))


def _warn_about_microdata(folder: Path) -> None:
    words = [i18n.say("run.readme.tidy", language) for language in LANGUAGES]
    (folder / "README.txt").write_text("\n\n".join(words) + "\n", encoding="utf-8", newline="\n")
