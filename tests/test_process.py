"""The process of a command: closed streams, few letters, limits of the system, places that cannot be written to."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_run import CLOSE, IMPORT, make_project, notebook

from evaltools.cli import main as cli
from evaltools.cli import process
from evaltools.pipeline import run
from evaltools.pipeline.job import RunError

COMMAND = [sys.executable, "-m", "evaltools"]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    root = make_project(tmp_path_factory.mktemp("process"))
    notebook(root / "notebooks", "01_ingestion", IMPORT, CLOSE)
    return root


def called(root: Path, *arguments: str, limit: tuple[int, int] | None = None, **environment: str):
    def limited() -> None:
        if limit:
            resource.setrlimit(limit[0], (limit[1], limit[1]))

    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        preexec_fn=limited,
        check=False,
    )


def test_closed_streams_end_no_command(project):
    command = f"{sys.executable} -m evaltools run --allow-notebooks data/trial --term 2021K --language en --only 01"
    line = f"{command} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", line], cwd=project, check=False).returncode == 0
    draft = project / "outputs/trial/2021K/draft-public-en"
    assert (draft / "index.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_stream_of_few_letters_spells_what_it_cannot_write(project):
    done = called(project, "terms", "data/trial", "--language", "fi", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"paattyy" in done.stdout and done.stderr == b""


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ((resource.RLIMIT_NOFILE, 64), "the system allows only 64 open files, and a run needs 256"),
        ((resource.RLIMIT_AS, 400 << 20), "the system allows only 400 MB of memory (address space)"),
        ((resource.RLIMIT_AS, 2 << 30), "the system allows only 2048 MB of memory (address space)"),
    ],
)
def test_limits_that_no_run_can_live_with_are_said(project, limit, said):
    done = called(project, "run", "data/trial", "--language", "en", limit=limit)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(said) and done.stderr.count(b"\n") == 1


def test_more_open_files_are_taken_where_they_may_be(monkeypatch):
    taken = []
    limits = {resource.RLIMIT_NOFILE: (64, 4096), resource.RLIMIT_AS: (-1, -1)}
    monkeypatch.setattr(resource, "getrlimit", limits.__getitem__)
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: taken.append(limits))
    process.check_limits()
    assert taken == [(process.OPEN_FILES, 4096)]


def test_a_home_without_room_for_a_key_is_named_with_what_to_do(project, tmp_path):
    env = {"HOME": "/proc/nobody", "XDG_CONFIG_HOME": "", "EVALTOOLS_KEY_FILE": ""}
    done = called(
        project, "run", "--allow-notebooks", "data/trial", "--language", "en", "--outputs", str(tmp_path), **env
    )
    assert done.returncode == 2
    assert b"the key file /proc/nobody/.config/evaltools/pseudonym.key cannot be made" in done.stderr
    assert b"EVALTOOLS_KEY_FILE" in done.stderr


def test_told_to_stop_while_packages_are_imported_it_does_not_wait_for_them(project, tmp_path):
    """The process that forks kernels imports for seconds; nobody has asked it for a kernel yet."""
    slow = tmp_path / "sitecustomize.py"
    slow.write_text("import sys\nif 'kernel_server' in ' '.join(sys.orig_argv):\n    import time\n    time.sleep(60)\n")
    arguments = ["run", "--allow-notebooks", "data/trial", "--term", "2021K", "--language", "en", "--force"]
    env = os.environ | {"EVALTOOLS_KERNELS": "warm", "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    running = subprocess.Popen([*COMMAND, *arguments], cwd=project, env=env, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    running.send_signal(signal.SIGTERM)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == 130, said


def test_what_the_system_could_not_do_in_a_cell_is_said(project, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(project, root)
    full = "raise OSError(28, 'No space left on device', '/secret/Virtanen')"
    notebook(root / "notebooks", "01_ingestion", IMPORT, full)
    with pytest.raises(RunError) as error:
        run.run(root / "data/trial", ["2021K"], language="en", only=["01"])
    assert str(error.value) == "01_ingestion.ipynb, cell 3: OSError: [Errno 28] No space left on device"


def test_a_study_may_be_named_by_where_one_stands_or_by_a_link(project, tmp_path, monkeypatch, capsys):
    root = tmp_path / "project"
    shutil.copytree(project, root)
    (root / "link").symlink_to(root / "data/trial")
    for folder, name in ((root / "data/trial", "."), (root, "link")):
        monkeypatch.chdir(folder)
        assert cli.main(["run", "--allow-notebooks", name, "--all-terms", "--language", "en"]) == 0
        assert "trial" in capsys.readouterr().out
