"""Kernels forked from the warm process are what ordinary ones are, cell for cell; nothing outlives its run."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from evaltools import settings
from evaltools.pipeline import kernel_pool, kernels

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

CELLS = [
    "study = ''",
    "import os, sys, random\nimport numpy as np, pandas as pd\nprint('out'); print('err', file=sys.stderr)",
    "pd.DataFrame(np.arange(90).reshape(3, 30))",
    "pd.get_option('display.max_columns'), os.environ['MPLBACKEND'], os.environ['ADDED'], os.getcwd(), __name__",
    "sys.path, sys.argv[:1], os.path.basename(sys.executable), os.getpgid(0) == os.getpid()",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "import seaborn, scipy.stats\nscipy.stats.norm.ppf(0.975)",
    "_, axes = plt.subplots()\nseaborn.barplot(x=['a', 'b'], y=[1, 2], ax=axes);",
    "from IPython.display import display\ndisplay(pd.Series([1.5]))\n'last'",
    "np.random.default_rng(1).random(), random.Random(1).random()",
    "def broken():\n    return {}['no such key']\n\nbroken()",
]


def notebook(*cells: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.cells[0].metadata["tags"] = ["parameters"]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def run(started: kernels.Kernels, made: nbformat.NotebookNode, out: Path | None = None, **options):
    given = {"kernel_name": "python3", "language": "python", "progress_bar": False}
    return papermill.execute_notebook(
        made, out, {"study": "x"}, kernel_manager_class=started.manager, **given, **options
    )


def outputs(kind: str, folder: Path) -> list:
    folder.mkdir()
    started = kernels.Kernels(kind, {"ADDED": "a $HOME"}, folder)
    with pytest.raises(PapermillExecutionError):
        run(started, notebook(*CELLS), folder / "out.ipynb")
    cells = [cell for cell in nbformat.read(folder / "out.ipynb", 4).cells if cell.cell_type == "code"]
    return [(cell.source, cell.execution_count, cell.outputs) for cell in cells]


def test_forked_kernels_give_what_ordinary_ones_give_cell_for_cell(tmp_path, monkeypatch):
    """Also where the warm process was started in another folder."""
    with monkeypatch.context() as patch:
        patch.setattr(kernel_pool, "_warm", None)
        patch.chdir(tmp_path)
        elsewhere = kernel_pool.warm()
    monkeypatch.setattr(kernel_pool, "_warm", elsewhere)
    ordinary, forked = (outputs(kind, tmp_path / kind) for kind in (kernel_pool.ORDINARY, kernel_pool.WARM))
    assert len(ordinary) == len(forked) == len(CELLS) + 1
    for one, other in zip(ordinary, forked, strict=True):
        assert one == other
    assert any("image/png" in output.get("data", {}) for _, _, shown in forked for output in shown)
    assert [output.ename for output in forked[-1][2]] == ["KeyError"]
    # nothing of a kernel is left but what the test itself wrote
    assert not list((tmp_path / kernel_pool.WARM).glob("kernel-*.json"))


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> kernels.Kernels:
    return kernels.Kernels(kernel_pool.WARM, {}, tmp_path_factory.mktemp("kernels"))


def value(started: kernels.Kernels, code: str):
    return run(started, notebook("study = ''", code)).cells[-1].outputs[-1].data["text/plain"]


@pytest.mark.parametrize("kind", [kernel_pool.WARM, kernel_pool.ORDINARY])
def test_no_kernel_imports_what_lies_in_the_folder_it_works_in(tmp_path, kind):
    """A project that brings its own ``re.py`` or ``pandas.py`` gets neither into a kernel, at its start or later."""
    for name in ("re", "secrets", "pandas", "sitecustomize", "own_module"):
        (tmp_path / f"{name}.py").write_text("open('was-here', 'w').close()\n")
    found = "import importlib.util\nimport re, secrets, pandas\nimportlib.util.find_spec('own_module') is None"
    made = notebook("study = ''", found)
    out = run(kernels.Kernels(kind, {}, tmp_path), made, resources={"metadata": {"path": str(tmp_path)}}, cwd=tmp_path)
    assert out.cells[-1].outputs[0]["data"]["text/plain"] == "True"
    assert not (tmp_path / "was-here").exists()


def test_every_kernel_draws_its_own_random_numbers_and_inherits_nothing(started):
    code = "import random, numpy\nnumpy.leak = getattr(numpy, 'leak', 0) + 1\n"
    code += "random.random(), numpy.random.random(), numpy.leak"
    drawn = [eval(value(started, code)) for _ in range(2)]
    assert drawn[0][:2] != drawn[1][:2]
    assert drawn[0][2] == drawn[1][2] == 1


def test_time_limit_death_and_segfault_reach_the_caller(started):
    with pytest.raises(CellTimeoutError):
        run(started, notebook("study = ''", "import time; time.sleep(60)"), execution_timeout=1)
    for code in ("import os; os._exit(0)", "import ctypes; ctypes.string_at(0)"):
        with pytest.raises(DeadKernelError):
            run(started, notebook("study = ''", code))
    assert value(started, "1 + 1") == "2"


def test_killed_kernels_end_at_once_and_no_other_starts(tmp_path):
    mine = kernels.Kernels(kernel_pool.WARM, {}, tmp_path)
    mine.kill()
    with pytest.raises((DeadKernelError, RuntimeError), match="died"):
        run(mine, notebook("study = ''", "1"))


DRIVER = """
import sys, papermill, nbformat
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_kernels import notebook, run
from evaltools.pipeline import kernels
kind = {kind!r}
started = kernels.Kernels(kind, {{}}, Path({folder!r}))
code = "import os, subprocess, time; subprocess.Popen(['sleep', '600'])"
code += "; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
run(started, notebook("study = ''", code), cwd={folder!r})
"""


@pytest.mark.parametrize("kind", [kernel_pool.WARM, kernel_pool.ORDINARY])
def test_no_kernel_outlives_a_driver_that_is_killed(tmp_path, kind):
    code = DRIVER.format(tests=str(Path(__file__).parent), kind=kind, folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as driver:
        until = time.monotonic() + 120
        while not ((tmp_path / "pid").is_file() and (tmp_path / "pid").read_text()):
            assert time.monotonic() < until and driver.poll() is None
            time.sleep(0.05)
        driver.send_signal(signal.SIGKILL)
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.05)
    if kind == kernel_pool.ORDINARY:  # what a notebook itself has started is only ended with a forked kernel
        os.killpg(pid, signal.SIGKILL)


def test_the_choice_of_kernels(monkeypatch):
    monkeypatch.delenv(settings.KERNELS.name, raising=False)
    assert kernel_pool.kind(7) == kernel_pool.WARM
    assert kernel_pool.kind(1) == kernel_pool.ORDINARY
    monkeypatch.setenv(settings.KERNELS.name, kernel_pool.ORDINARY)
    assert kernel_pool.kind(7) == kernel_pool.ORDINARY
    monkeypatch.setenv(settings.KERNELS.name, "fast")
    with pytest.raises(settings.SettingError, match="EVALTOOLS_KERNELS must be one of: warm, ordinary"):
        kernel_pool.kind(7)


@pytest.mark.parametrize("kind", [kernel_pool.ORDINARY, kernel_pool.WARM])
def test_a_kernel_starts_though_its_ports_were_taken_meanwhile(tmp_path, monkeypatch, kind):
    """Of runs side by side, two may be told that the same port of TCP is free."""
    taken: list[socket.socket] = []
    write = AsyncKernelManager.write_connection_file

    def taking(manager: AsyncKernelManager, **options: object) -> None:
        write(manager, **options)
        for port in manager.ports if manager.transport == "tcp" else []:
            taken.append(socket.create_server((manager.ip, port)))

    monkeypatch.setattr(AsyncKernelManager, "write_connection_file", taking)
    made = run(kernels.Kernels(kind, {}, tmp_path), notebook("study = ''", "study"))
    for each in taken:
        each.close()
    assert made.cells[-1].outputs[0].data["text/plain"] == "'x'"
