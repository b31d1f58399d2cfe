"""A run beside the commands ``papermill`` and ``jupyter nbconvert`` on the same notebooks, in turns.

    python benchmarks/run_pipeline.py [--pairs 5] [--several]

Each pair: the two commands for each notebook, one after another, then ``evaltools run --force``, then the same
with nothing changed. What is compared are the ratios within pairs; their medians are printed, with the most memory
that the processes held together. ``--several`` runs four studies of five terms in one go instead; as the commands take
long then, and a machine's speed drifts, the run is timed before and after them, and their mean counts. The numbers mean
something only on a machine that does nothing else: the load before each pair is printed too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
TERMS = ("2021K", "2021S", "2022K", "2022S", "2023K")


def commands(project: Path, study: str, term: str) -> float:
    """Seconds of papermill and nbconvert, a command each a notebook."""
    clock = time.perf_counter()
    out = project / "by-commands"
    out.mkdir(exist_ok=True)
    for notebook in sorted((project / "notebooks").glob("0*.ipynb")):
        executed = out / notebook.name
        parameters = ["-p", "study", study, "-r", "term", term]
        _call(project, BIN / "papermill", "--log-level", "ERROR", "--no-progress-bar", notebook, executed, *parameters)
        _call(project, BIN / "jupyter", "nbconvert", "--log-level", "ERROR", "--to", "html", "--no-input", executed)
    return time.perf_counter() - clock


def run(project: Path, *arguments: str) -> float:
    clock = time.perf_counter()
    _call(project, sys.executable, "-m", "evaltools", "run", *arguments)
    return time.perf_counter() - clock


def _call(project: Path, *command: object) -> None:
    done = subprocess.run([str(c) for c in command], cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr[-2000:]}")


class Peak:
    """The most memory that this process' descendants hold together: what they share is counted once (PSS).

    ``seconds`` is the processor time of each as it was last seen, of those, too, that nobody waits for.
    """

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._busy: dict[tuple[int, float], float] = {}

    @property
    def seconds(self) -> float:
        return sum(self._busy.values())

    def __enter__(self) -> Peak:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        own = psutil.Process()
        while not self._over.wait(0.2):
            held = 0
            for process in own.children(recursive=True):
                try:
                    spent = process.cpu_times()
                    self._busy[process.pid, process.create_time()] = spent.user + spent.system
                    held += process.memory_full_info().pss
                except (psutil.Error, FileNotFoundError):
                    continue
            self.megabytes = max(self.megabytes, held / 2**20)


def make_project(folder: Path, studies: int) -> list[str]:
    """A copy of the notebooks and of the demo study under as many names."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    names = [f"data/uusi-alku-{number}" for number in range(studies)]
    for name in names:
        shutil.copytree(ROOT / "data/uusi-alku", folder / name)
    return names


def pair(several: bool) -> dict[str, float]:
    """One of each, in one go."""
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary)
        studies = make_project(project, 4 if several else 1)
        terms = TERMS if several else TERMS[-1:]
        asked = [*studies, "--all-terms"] if several else studies

        def anew() -> float:
            return run(project, *asked, "--force")

        load = os.getloadavg()[0]
        with Peak() as peak:
            runs = [used(anew)] if several else []
        by_commands = used(lambda: sum(commands(project, study, term) for study in studies for term in terms))
        with peak:
            runs.append(used(anew))
        unchanged = run(project, *asked)
    took, processor = (statistics.mean(each) for each in zip(*runs, strict=True))
    seconds = {"commands": by_commands[0], "run": took, "unchanged": unchanged}
    return seconds | {"cpu commands": by_commands[1], "cpu run": processor, "MB": peak.megabytes, "load": load}


def used(action: Callable[[], float]) -> tuple[float, float]:
    """The seconds that an action says it took, and those of processor time of all processes it had."""
    before = os.times()
    seconds = action()
    after = os.times()
    return seconds, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--pairs", type=int, default=5)
    asked.add_argument("--several", action="store_true", help="four studies of five terms")
    given = asked.parse_args()
    pairs = []
    for number in range(given.pairs):
        pairs.append(pair(given.several))
        print(
            f"pair {number + 1}: " + "  ".join(f"{name} {value:.2f}" for name, value in pairs[-1].items()), flush=True
        )
    faster = statistics.median(each["commands"] / each["run"] for each in pairs)
    less = statistics.median(each["cpu commands"] / each["cpu run"] for each in pairs)
    again = statistics.median(each["commands"] / each["unchanged"] for each in pairs)
    print(f"medians of ratios: run {faster:.1f} times faster, unchanged {again:.0f} times faster")
    if not given.several:  # the processes of several studies end by themselves: nobody is told what they used
        print(f"processor time: {less:.1f} times less")
    seconds, most = statistics.median(each["unchanged"] for each in pairs), max(each["MB"] for each in pairs)
    print(f"unchanged {seconds:.2f} s; most memory {most:.0f} MB")


if __name__ == "__main__":
    main()
