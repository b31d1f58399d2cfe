"""How long a million survey rows take to check, beside plain pandas.read_csv with a pandera schema.

    python benchmarks/check_speed.py [rows]

Each way runs in a process of its own, so that its peak memory is its own. pandera is needed for the second way only.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ITEMS = [f"q{i}" for i in range(1, 13)]
LABELS = ["Täysin eri mieltä", "Jokseenkin eri mieltä", "Ei samaa eikä eri mieltä", "Jokseenkin samaa mieltä"]
LABELS += ["Täysin samaa mieltä"]
STUDY = """\
[study]
name = "Speed"
title = "Speed"
organisation = "-"
funder = "-"
start = 2021-01-01
end = 2021-12-31
[[terms]]
id = "T1"
name = "T1"
start = 2021-01-01
end = 2021-12-31
[survey]
cannot_say = ["En osaa sanoa"]
labels.agreement = "agreement-5"
items = [{items}]
[[sources]]
table = "start_survey"
name = "Survey"
file = "survey.csv"
[sources.columns]
person = "id"
answered = "day"
comment = "comment"
{columns}
"""


def write(folder: Path, rows: int) -> None:
    """A study of one survey: 15 columns, half of the items in labels, blanks and cannot-say answers among them."""
    rng = np.random.default_rng(7)
    items = ", ".join(f'{{ id = "{i}", text = "{i}", labels = "agreement" }}' for i in ITEMS)
    columns = "\n".join(f'{i} = "Question {i}"' for i in ITEMS)
    (folder / "study.toml").write_text(STUDY.format(items=items, columns=columns), encoding="utf-8")
    raw = folder / "raw" / "T1"
    raw.mkdir(parents=True)
    answers = rng.integers(0, 7, (rows, len(ITEMS)))
    words = [["", "1", "2", "3", "4", "5", "En osaa sanoa"], ["", *LABELS, "En osaa sanoa"]]
    days = rng.integers(1, 29, rows)
    with (raw / "survey.csv").open("w", encoding="utf-8", newline="\r\n") as file:
        file.write(";".join(["id", "day", "comment", *(f"Question {i}" for i in ITEMS)]) + "\n")
        for i in range(rows):
            row = [words[k % 2][a] for k, a in enumerate(answers[i])]
            file.write(f"{i:07d};2021-03-{days[i]:02d};{'hyvä' if i % 9 == 0 else ''};" + ";".join(row) + "\n")


def ours(folder: Path) -> int:
    from evaltools.ingest import reading
    from evaltools.study import loader

    return len(reading.read(loader.load(folder), "T1")["start_survey"])


def theirs(folder: Path) -> int:
    """What a careful analyst writes by hand: text first, then a schema of the answers as they stand in the file."""
    import pandas as pd
    import pandera.pandas as pa

    columns = {"id": pa.Column(str, unique=True), "day": pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$"))}
    for k, item in enumerate(ITEMS):
        known = ["", *(LABELS if k % 2 else "12345"), "En osaa sanoa"]
        columns[f"Question {item}"] = pa.Column(str, pa.Check.isin(known))
    frame = pd.read_csv(folder / "raw" / "T1" / "survey.csv", sep=";", dtype=str, keep_default_na=False)
    pd.to_datetime(frame["day"], format="%Y-%m-%d")
    return len(pa.DataFrameSchema(columns).validate(frame, lazy=True))


def alone(way: str, folder: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak memory (MB) of one way in a process of its own, imports included."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, way, str(folder)], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, *map(float, done.stdout.split())


def main() -> None:
    if len(sys.argv) == 3:
        {"ours": ours, "theirs": theirs}[sys.argv[1]](Path(sys.argv[2]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve() / "speed"
        folder.mkdir()
        write(folder, rows)
        size = (folder / "raw" / "T1" / "survey.csv").stat().st_size / 1e6
        print(f"{rows:,} rows, 15 columns, {size:.0f} MB")
        for way, name in (("ours", "evaltools check"), ("theirs", "pandas.read_csv + pandera")):
            seconds, busy, memory = alone(way, folder)
            print(f"{name:28} {seconds:6.1f} s  ({busy:5.1f} s of processor time)  {memory:6.0f} MB")


if __name__ == "__main__":
    main()
