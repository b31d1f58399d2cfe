"""Tasks in processes of their own: what they give back and say, and what becomes of those killed or stopped."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_cli import alive, wait_for
from test_faults_of_runs import kernels_of, release
from test_run import CLOSE, IMPORT, make_project, notebook

from evaltools.pipeline import kernel_pool, task_processes

COMMAND = [
    sys.executable,
    "-m",
    "evaltools",
    "run",
    "--allow-notebooks",
    "data/trial",
    "data/second",
    "--term",
    "2021K",
    "--language",
    "en",
]


@pytest.fixture
def heard() -> list[tuple]:
    return []


@pytest.fixture
def processes(heard) -> Iterator[task_processes.Processes]:
    with task_processes.Processes(2, lambda *words: heard.append(words)) as pool:
        yield pool


def seen(name: str) -> tuple[int, str, str | None]:
    task_processes.tell("begun", name)
    return os.getpid(), os.getcwd(), os.environ.get(name)


def broken() -> None:
    raise ValueError("no such thing")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def waiting(place: Path) -> None:
    try:
        (place / "writing").write_text(str(os.getpid()))
        (place / "writing").rename(place / "begun")  # seen once nothing but the waiting is left to be stopped
        time.sleep(600)
    finally:
        (place / "cleared").touch()


def test_a_task_has_a_process_of_its_own_in_the_callers_folder_and_environment(processes, heard, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADDED", "a")
    one, other = processes.submit(seen, "ADDED"), processes.submit(seen, "ABSENT")
    assert one.result()[1:] == (str(tmp_path), "a")
    assert other.result()[1:] == (str(tmp_path), None)
    assert len({os.getpid(), one.result()[0], other.result()[0]}) == 3
    assert sorted(heard) == [("begun", "ABSENT"), ("begun", "ADDED")]


def test_what_goes_wrong_in_one_is_said_and_the_others_go_on(processes):
    tasks = [processes.submit(broken), processes.submit(killed), processes.submit(seen, "HOME")]
    with pytest.raises(ValueError, match="no such thing"):
        tasks[0].result()
    with pytest.raises(task_processes.EndedError) as ended:
        tasks[1].result()
    assert ended.value.lines("en") == [
        "the run of the study stopped halfway: its process was terminated or crashed (code -9); run again"
    ]
    assert tasks[2].result()[2] == os.environ["HOME"]


def test_told_to_stop_a_process_clears_up_and_no_other_starts(processes, tmp_path):
    task = processes.submit(waiting, tmp_path)
    wait_for((tmp_path / "begun").exists)
    processes.stop()
    assert (tmp_path / "cleared").exists()
    with pytest.raises(task_processes.EndedError):
        task.result()
    assert not alive(int((tmp_path / "begun").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="forked on Linux only")
def test_the_warm_process_is_split_off_with_all_it_needs():
    """In an interpreter of its own: the process that forks is started once, as its first user wanted it."""
    code = (
        "import test_apart as t\n"
        "with t.task_processes.Processes(1, print) as pool: print(pool.submit(t.warm_start).result())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


def warm_start() -> bool:
    return (
        kernel_pool._warm is not None
        and kernel_pool.warm() is kernel_pool._warm
        and isinstance(kernel_pool._warm._process, kernel_pool.Split)
    )


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Two studies whose second notebook waits for ever, each with a release."""
    root = make_project(tmp_path_factory.mktemp("apart"))
    shutil.copytree(root / "data/trial", root / "data/second")
    for name in ("01_ingestion", "02_background", "03_participants"):
        notebook(root / "notebooks", name, IMPORT, CLOSE)
    subprocess.run(COMMAND, cwd=root, check=True, capture_output=True)
    waits = "import time; open(f'begun-{study[5:]}', 'w').close(); time.sleep(600)"
    notebook(root / "notebooks", "02_background", waits)
    return root


def members(session: int) -> list[int]:
    """The processes of a session that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, of = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:4]
            except OSError:
                continue
            if int(of) == session and state != "Z":
                found.append(int(entry.name))
    return found


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files with a short name: a socket lies in it, whose path has room for some 100 letters."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["told to stop", "killed"])
def test_studies_end_with_the_command_and_leave_what_stood(project, number, temporary):
    before = release(project)
    for path in project.glob("begun-*"):
        path.unlink()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(COMMAND, cwd=project, env=env, start_new_session=True, **pipes) as running:
        wait_for(lambda: len(list(project.glob("begun-*"))) == 2)
        running.send_signal(number)
        said = running.communicate(timeout=60)[1]
    if number == signal.SIGTERM:
        assert running.returncode == 130
        assert said.splitlines()[-1] == "the run was interrupted; earlier outputs are as they were"
    wait_for(lambda: not members(running.pid) and not kernels_of(project), 30)
    assert release(project) == before
    assert not list(project.glob("outputs/*/*/.new.*"))
    assert not list(temporary.iterdir())
