"""Whatever happens to a run, what stood before still stands. Each row of docs/reliability.md is a test here."""

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from test_cli import alive, wait_for
from test_run import CLOSE, IMPORT, contents, make_project, notebook

from evaltools import paths, settings
from evaltools.cli import main as cli
from evaltools.pipeline import run
from evaltools.pipeline.job import RunError

ARGUMENTS = ["run", "--allow-notebooks", "data/trial", "--term", "2021K", "--language", "en", "--force"]
COMMAND = [sys.executable, "-m", "evaltools", *ARGUMENTS]
KILLED = -signal.SIGKILL
MOMENTS = 20


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """A project with a release, and notebooks that would make another one."""
    root = make_project(tmp_path_factory.mktemp("faults"))
    for name in ("01_ingestion", "02_background", "03_participants"):
        notebook(root / "notebooks", name, IMPORT, CLOSE)
    run.run(root / "data/trial", ["2021K"], language="en")
    return root


@pytest.fixture
def project(released, tmp_path) -> Path:
    shutil.copytree(released, tmp_path / "project")
    return tmp_path / "project"


def start(root: Path) -> subprocess.Popen:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(COMMAND, cwd=root, env=os.environ | {"EVALTOOLS_KERNELS": "warm"}, **pipes)


@pytest.fixture
def finished(project, monkeypatch, capfd) -> Callable[..., tuple[int, list[str]]]:
    """The command as called in the project, in this process: its exit code, and what it says besides progress."""

    def call(*more: str) -> tuple[int, list[str]]:
        with monkeypatch.context() as patch:
            patch.chdir(project)
            capfd.readouterr()
            code = cli.main([*ARGUMENTS, *more])
        lines = capfd.readouterr().err.splitlines()
        progress = ("trial 2021K  ", "trial: notebooks are run that are not the program's own")
        return code, [line for line in lines if not line.startswith(progress)]

    return call


def release(root: Path) -> dict[str, bytes]:
    """The release as a reader finds it: what is hidden does not count, and run.json has the clock."""
    found = contents(root / "outputs")
    return {name: data for name, data in found.items() if "/." not in f"/{name}" and not name.endswith("run.json")}


def stands(root: Path, before: dict[str, bytes]) -> None:
    """The release is what it was, a new run succeeds and leaves nothing besides."""
    assert release(root) == before
    for path in (root / "notebooks").glob("*.good"):
        path.rename(path.with_suffix(".ipynb"))
    run.run(root / "data/trial", ["2021K"], language="en", force=True)
    assert release(root) == before
    assert not [p for p in (root / "outputs").rglob(".*") if p.suffix != ".lock" and p.name != paths.INDEX_MARKS]


def harmful(root: Path, cell: str) -> None:
    """Have the second notebook run this cell, until ``stands`` puts the good one back."""
    good = root / "notebooks" / "02_background.ipynb"
    good.rename(good.with_suffix(".good"))
    notebook(root / "notebooks", "02_background", cell)


def kernels_of(root: Path) -> list[int]:
    """Processes whose working folder is the project: its kernels."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                there = os.readlink(entry / "cwd") == str(root)
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if there and state != "Z":
                found.append(int(entry.name))
    return found


@pytest.fixture
def forked() -> Iterator[Callable[[Path], multiprocessing.Process]]:
    """The command in processes of its own that need not import anything first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["evaltools.pipeline.run", "evaltools.pipeline.kernels", __name__])
    began = []

    def begin(root: Path) -> multiprocessing.Process:
        process = context.Process(target=ordinary_run, args=(root,))
        process.start()
        began.append(process)
        return process

    yield begin
    for process in began:
        process.kill()
        process.join()


def ordinary_run(root: Path) -> None:
    os.environ["EVALTOOLS_KERNELS"] = "ordinary"
    os.chdir(root)
    sys.exit(cli.main(ARGUMENTS))


def test_sigkill_at_random_moments(project, finished, forked):
    """Twenty runs killed anywhere between their start and their end; each leaves the earlier release whole.

    One kernel that imports nothing, so that much of a run is what comes before and after it.
    """
    for path in (project / "notebooks").glob("0[23]*.ipynb"):
        path.unlink()
    notebook(project / "notebooks", "01_ingestion", "'as it was';")
    assert finished() == (0, [])
    before = release(project)
    took = []
    for _ in range(2):  # the first waits for the process that forks them
        clock = time.monotonic()
        running = forked(project)
        running.join()
        assert running.exitcode == 0
        took.append(time.monotonic() - clock)
    moments, ends = random.Random(20230731), []
    for _ in range(MOMENTS):
        running = forked(project)
        running.join(moments.uniform(0, took[-1]))
        running.kill()
        running.join()
        ends.append(running.exitcode)
        assert release(project) == before
    assert set(ends) <= {KILLED, 0} and ends.count(KILLED) > MOMENTS / 2
    wait_for(lambda: not kernels_of(project), 30)
    stands(project, before)


def test_sigterm_stops_run_and_kernels(project):
    before = release(project)
    harmful(project, "import time; open('begun', 'w').close(); time.sleep(600)")
    with start(project) as running:
        wait_for(lambda: (project / "begun").exists())
        inside = kernels_of(project)
        running.terminate()
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.splitlines()[-1] == "the run was interrupted; earlier outputs are as they were"
    assert len(inside) > 1
    wait_for(lambda: not any(map(alive, inside)), 30)
    assert not list((project / "outputs/trial/2021K").glob(".*"))
    stands(project, before)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "cell 2: the kernel died"),
        ("import ctypes; ctypes.string_at(0)", "cell 2: the kernel died"),
        ("raise ValueError('no such thing')", "cell 2: ValueError: no such thing"),
    ],
    ids=["killed", "segfault", "exception"],
)
def test_kernel_that_dies_and_cell_that_fails(project, finished, cell, said):
    before = release(project)
    harmful(project, cell)
    assert finished() == (1, [f"02_background.ipynb, {said}"])
    stands(project, before)


def test_exception_in_a_thread_of_a_cell_that_goes_on_is_no_result(project, finished):
    """A thread's exception is printed, not raised; nothing of it is published and the cell's own outcome holds."""
    harmful(project, "import threading\nt = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()\nassert False")
    before = release(project)
    assert finished() == (1, ["02_background.ipynb, cell 2: AssertionError"])
    stands(project, before)


def test_cell_that_takes_too_long(project):
    before = release(project)
    harmful(project, "import time; time.sleep(60)")
    with pytest.raises(RunError) as failure:
        run.run(project / "data/trial", ["2021K"], language="en", force=True, timeout=1)
    assert failure.value.lines("en") == ["02_background.ipynb, cell 2: the cell was not done in 1 seconds"]
    stands(project, before)


def test_memory_limit(project, finished):
    """A cell that asks for more than the process may have fails as a cell; the rest of the run is unharmed."""
    before = release(project)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
    harmful(project, f"{limit}big = bytearray(8 << 30)")
    assert finished() == (1, ["02_background.ipynb, cell 2: MemoryError"])
    stands(project, before)


def test_disk_full(project, finished, tmp_path):
    """Outputs on a file system of 2 MB: the run stops and what stood there stands."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=True)
    try:
        arguments = {"language": "en", "outputs": place, "force": True}
        run.run(project / "data/trial", ["2021K"], **arguments)
        before = contents(place)
        filler = place / "filler"
        free = os.statvfs(place)
        filler.write_bytes(b"x" * (free.f_bavail * free.f_frsize - 8192))
        code, said = finished("--outputs", str(place))
        assert code == 1
        assert "No space left on device" in said[-1]
        filler.unlink()
        assert contents(place) == before
        assert not list(place.rglob(".new.*"))
        run.run(project / "data/trial", ["2021K"], **arguments)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_two_runs_at_once(project, finished):
    before = release(project)
    with FileLock(project / "outputs/trial/.2021K.lock"):
        code, said = finished()
        assert (code, said) == (1, ["trial 2021K: another run is under way; wait until it has ended"])
    stands(project, before)


def test_outputs_that_may_not_be_written(project, finished):
    """As another user than root, to whom folders without the right to write are closed."""
    before = release(project)
    home = project / "outputs/trial/2021K"
    for path in (project, *project.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    home.chmod(0o555)
    key = project / "key"
    key.write_bytes(Path(os.environ["EVALTOOLS_KEY_FILE"]).read_bytes())
    key.chmod(0o600)
    attributes = subprocess.run(["chattr", "+i", str(home)], capture_output=True, check=False)
    if attributes.returncode:  # no such attribute here: a mount that may only be read does the same
        subprocess.run(["mount", "--bind", str(home), str(home)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(home)], check=True)
    try:
        code, said = finished()
    finally:
        if attributes.returncode:
            subprocess.run(["umount", "-l", str(home)], check=True)
        else:
            subprocess.run(["chattr", "-i", str(home)], check=True)
        home.chmod(0o755)
    assert code == 1
    assert len(said) == 1 and said[0].startswith("the run stopped: ")
    stands(project, before)


def test_input_changed_during_the_run(project, finished):
    before = release(project)
    path = project / "data/trial/raw/2021K/participants.csv"
    good = path.read_text()
    harmful(project, f"_ = open({str(path)!r}, 'a').write('c;1980-01-01\\n')")
    code, said = finished()
    assert (code, said) == (1, ["the inputs changed during the run: raw/2021K/participants.csv; run again"])
    path.write_text(good)
    stands(project, before)


def test_clock_set_back(project, monkeypatch):
    """The clock is 2001 in the second run: the release is the same, and the third finds nothing changed."""
    import datetime as dt

    from evaltools.pipeline import provenance

    before = release(project)
    monkeypatch.setattr(provenance, "_now", lambda: dt.datetime(2001, 1, 1, tzinfo=dt.UTC).isoformat())
    for path in project.rglob("*"):
        os.utime(path, (0, 0))
    run.run(project / "data/trial", ["2021K"], language="en", force=True)
    assert release(project) == before
    monkeypatch.undo()
    assert run.run(project / "data/trial", ["2021K"], language="en")[0].unchanged
    stands(project, before)


def test_warm_process_that_is_killed(project, monkeypatch):
    """The kernel dies with it, the run says so, and the next run has a new one."""
    from evaltools.pipeline import kernel_pool

    monkeypatch.setenv(settings.KERNELS.name, kernel_pool.WARM)
    before = release(project)
    harmful(project, "import os, signal; os.kill(os.getppid(), signal.SIGKILL); import time; time.sleep(600)")
    with pytest.raises(RunError, match="the kernel died"):
        run.run(project / "data/trial", ["2021K"], language="en", force=True)
    stands(project, before)
