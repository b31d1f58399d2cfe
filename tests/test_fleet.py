"""Many studies at once on any executor: threads, processes, a cluster's workers, one of which is killed."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from test_cli import wait_for
from test_run import CLOSE, IMPORT, contents, make_project, notebook

from evaltools import paths
from evaltools.cli import main as cli
from evaltools.i18n import LANGUAGES
from evaltools.pipeline import batch, task_processes
from evaltools.pipeline import cluster as clusters
from evaltools.results import across_studies, records
from evaltools.results.records import ResultSet, typed

SLOW = "import time, pathlib; pathlib.Path(f'begun-{pathlib.Path(study).name}-{term}').touch(); time.sleep(0.5)"


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """Three studies of two terms; the data of the third are faulty."""
    root = make_project(tmp_path_factory.mktemp("fleet"))
    for name in ("second", "faulty"):
        shutil.copytree(root / "data/trial", root / "data" / name)
    (root / "data/faulty/raw/2021S/participants.csv").write_text("id;born\nb;1970\n")
    notebook(root / "notebooks", "01_ingestion", SLOW, IMPORT, CLOSE)
    notebook(root / "notebooks", "02_background", IMPORT, CLOSE)
    return root


@pytest.fixture
def project(template, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(shutil.copytree(template, tmp_path / "project"))
    return tmp_path / "project"


def made(root: Path, executor: Executor) -> list[batch.Row]:
    studies = [root / "data" / name for name in ("trial", "faulty", "second")]
    return [row for rows in batch.run(studies, executor, language="en", workers=1) for row in rows]


def states(rows: list[batch.Row]) -> list[tuple]:
    return sorted((row.study, row.term, row.state, row.status) for row in rows)


EXPECTED = [
    ("faulty", "", "failed", 2),
    *((study, term, "made", 0) for study in ("second", "trial") for term in ("2021K", "2021S")),
]


def releases(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(root / "outputs").items() if not name.endswith("run.json")}


@pytest.fixture(scope="module")
def in_threads(template, tmp_path_factory) -> dict[str, bytes]:
    root = shutil.copytree(template, tmp_path_factory.mktemp("threads") / "project")
    with ThreadPoolExecutor(2) as pool:
        rows = made(root, pool)
        assert states(rows) == EXPECTED
        assert [row.lines[0].split(":")[0] for row in rows if row.lines] == ["raw/2021S/participants.csv"]
        again = made(root, pool)
    assert states(again) == [(s, t, "failed" if s == "faulty" else "unchanged", c) for s, t, _, c in EXPECTED]
    return releases(root)


def test_one_study_that_fails_does_not_stop_the_others(in_threads):
    assert {name.split("/")[0] for name in in_threads} == {"trial", "second"}
    glossaries = {f"glossary-{language}.html" for language in LANGUAGES}
    beside = {"ledger.json", "index.html", paths.INDEX_MARKS}
    assert {name.split("/")[1] for name in in_threads} == {"2021K", "2021S"} | beside | glossaries


def test_processes_of_their_own_make_the_same(project, in_threads):
    with task_processes.Processes(2, lambda *words: None) as pool:
        assert states(made(project, pool)) == EXPECTED
    assert releases(project) == in_threads


@pytest.fixture
def cluster(monkeypatch, tmp_path) -> Iterator:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(tmp_path))
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    )
    with made, distributed.Client(made) as client:
        yield client, made.scheduler_address


def test_a_cluster_makes_the_same_and_survives_the_loss_of_a_worker(project, in_threads, cluster, capfd):
    client, address = cluster
    workers = client.run(os.getpid)
    assert len(set(workers.values())) == 2
    studies = [f"data/{name}" for name in ("trial", "faulty", "second")]
    command = ["run", "--allow-notebooks", *studies, "--all-terms", "--language", "en", "--cluster", address]
    with ThreadPoolExecutor(1) as beside:
        code = beside.submit(cli.main, command)
        wait_for(lambda: list(project.glob("begun-*")), 400)
        busy = [worker for worker, keys in client.processing().items() if keys]
        os.kill(workers[busy[0]], signal.SIGKILL)
        assert code.result(timeout=400) == 2
    table = [line.split()[:3] for line in capfd.readouterr().out.splitlines()]
    assert [list(row[:3]) for row in EXPECTED if row[0] != "faulty"] == sorted(r for r in table if "made" in r)
    assert ["faulty", "–", "failed"] in table
    assert releases(project) == {n: d for n, d in in_threads.items() if not n.startswith("pooled/")}
    assert not [p for p in (project / "outputs").rglob(".*") if p.suffix != ".lock" and p.name != paths.INDEX_MARKS]


class Scheduler:
    """In place of ``distributed``: clients of a scheduler that is lost under its first tasks, so many times."""

    class KilledWorker(Exception):  # noqa: N818 - its name there
        pass

    def __init__(self, losses: int, there: bool = True):
        self.losses, self.there, self.clients = losses, there, 0

    def Client(self, address, **_):  # noqa: N802 - its name there
        self.clients += 1
        if not self.there and self.clients > 1:
            raise OSError("nobody answers")
        return self

    def wait_for_workers(self, *_, **__):
        pass

    def close(self, **_):
        pass

    def submit(self, task, *args, pure):
        made = Future()
        if self.losses:
            self.losses -= 1
            made.cancel()
            made.set_running_or_notify_cancel()
        else:
            made.set_result(task(*args))
        return made


@pytest.mark.parametrize(
    ("losses", "there", "said"),
    [(0, True, 4), (1, True, 4), (2, True, 4), (3, True, "did not come back"), (1, False, "no scheduler")],
)
def test_a_scheduler_that_is_lost_is_waited_for(monkeypatch, losses, there, said):
    monkeypatch.setitem(sys.modules, "distributed", Scheduler(losses, there))
    with clusters.Cluster("somewhere:8786") as pool:
        task = pool.submit(pow, 2, 2)
        if said == 4:
            assert task.result() == said
        else:
            assert said in " ".join(task.exception().lines("en"))


def test_a_cluster_that_there_is_not_is_said(project, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert cli.main(["run", "--allow-notebooks", "data/trial", "--language", "en", "--cluster", "here:1"]) == 1
    assert "install evaltools[scale]" in capsys.readouterr().err


def test_the_command_ends_with_a_table_of_all(project, capsys):
    code = cli.main(
        ["run", "--allow-notebooks", "data/trial", "data/faulty", "--all-terms", "--jobs", "2", "--language", "en"]
    )
    said = capsys.readouterr()
    assert code == 2
    assert "raw/2021S/participants.csv:2:born" in said.err
    table = [line.split() for line in said.out.splitlines()[2:]]
    assert [line[:3] for line in table] == [
        ["study", "term", "state"],
        ["trial", "2021K", "made"],
        ["trial", "2021S", "made"],
        ["faulty", "–", "failed"],
    ]


# --- studies together ------------------------------------------------------------------------------------------------


def rates_of(study: str, settings, count: int, answered: int, invited: int) -> pd.DataFrame:
    book = ResultSet(study, "T", "internal", "placement", settings)
    book.rate("placement", "employed", count, answered, invited, by="total", group="total")
    return book.frame()


def test_rates_are_pooled_from_counts(tmp_path):
    from evaltools.study.evaluation_model import Disclosure

    frames = [rates_of("a", Disclosure(), 30, 60, 80), rates_of("b", Disclosure(), 10, 40, 40)]
    row = across_studies.pool(frames).iloc[0]
    assert row[["studies", "count", "answered", "invited"]].tolist() == [2, 40, 100, 120]
    # Wilson limits of 40 of 100 (Newcombe 1998's formula) and the bounds 40/120, 60/120
    assert row[["estimate", "lower", "upper"]].tolist() == pytest.approx([0.4, 0.3032948, 0.5027908], abs=1e-6)
    assert row[["bound_lower", "bound_upper"]].tolist() == pytest.approx([40 / 120, 60 / 120])
    assert row[["lowest", "highest"]].tolist() == [0.25, 0.5]
    with pytest.raises(ValueError, match="once"):
        across_studies.pool([frames[0], frames[0]])
    for name, frame in zip("ab", frames, strict=True):
        records.write(frame, tmp_path / name, "results.internal")
    path = across_studies.write([tmp_path / "a", tmp_path / "b"], tmp_path / "together", "internal")
    assert path.name == "pooled.internal.csv" and len(pd.read_csv(path)) == 1
    assert across_studies.write([tmp_path / "a"], tmp_path / "alone", "internal") is None
    assert across_studies.pool([typed(frames[0].iloc[:0])]).empty
