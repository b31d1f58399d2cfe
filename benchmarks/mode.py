"""How often a difference between survey and interview is told, where one was planted and where none was.

    python benchmarks/mode.py 400           # by way of the package
    python benchmarks/mode.py --null 4000   # without an effect only, Welch's p by scipy

Made-up answers to the questions of data/uusi-alku at the start and the end: some persons answer a survey, half as many
an interview, which may add to one question at the end. Printed: of runs without an effect those in which anything is
told, of runs with one those in which it is found, and those in which anything else is told, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from evaltools.sections.material import Material
from evaltools.sections.survey import mode
from evaltools.study import loader
from evaltools.study.model import Study

STUDY = Path(__file__).parents[1] / "data" / "uusi-alku"
SIZES, EFFECTS = (20, 60, 200), (0.0, 0.5, 0.8)


def answers(random: np.random.Generator, study: Study, n: int, effect: float) -> pd.DataFrame:
    """Answers of n persons of a survey and half as many of an interview; the first question has the effect."""
    rows = []
    for survey in ("start", "end"):
        for place, item in enumerate(i for i in study.survey.items if survey in i.surveys):
            for asked, size in (("survey", n), ("interview", n // 2)):
                shift = effect if (place, survey, asked) == (0, "end", "interview") else 0.0
                values = np.clip(np.round(random.normal(3.4 + shift, 1.0, size)), item.min, item.max)
                rows += [(survey, item.id, asked, value) for value in values]
    frame = pd.DataFrame(rows, columns=["survey", "item", "mode", "value"])
    return frame.groupby([*frame], sort=False).size().rename("count").reset_index()


def found(random: np.random.Generator, study: Study, n: int, effect: float) -> list[tuple[str, str]]:
    """Which questions are told to differ."""
    given = answers(random, study, n, effect)
    who = pd.DataFrame([(s, m, n // k) for s in ("start", "end") for m, k in (("survey", 1), ("interview", 2))])
    counts = {"modes": who.set_axis(["survey", "mode", "count"], axis=1), "mode_answers": given}
    results = Material(study, study.last_term, "internal", {}, {}, counts).result_set("survey")
    mode.mode_rows(Material(study, study.last_term, "internal", {}, {}, counts), results)
    told = mode.differing(results.frame())
    return list(zip(told["item"], told["group"], strict=True))


def null(runs: int, comparisons: int = 29) -> None:
    """How often anything is told without an effect: the smallest p times the comparisons, as Holm begins."""
    random = np.random.default_rng(5)
    for n in SIZES:
        first, last = (random.normal(3.4, 1, (runs, comparisons, size)) for size in (n, n // 2))
        answers = [np.clip(np.round(each), 1, 5).astype(np.float32) for each in (first, last)]
        least = np.nanmin(scipy.stats.ttest_ind(*answers, axis=2, equal_var=False).pvalue, axis=1) * comparisons
        print(n, n // 2, {level: round(float((least < level).mean()), 4) for level in (0.05, 0.04, 0.03)}, flush=True)


def main(runs: int) -> None:
    study = loader.load(STUDY)
    study = study.model_copy(update={"sources": [s for s in study.sources if study.cluster not in s.given]})
    first = (study.survey.items[0].id, "end")
    print("| n of the survey | n of interviews | added | found | anything else told |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for n in SIZES:
        for effect in EFFECTS:
            random = np.random.default_rng(20210101)
            told = [found(random, study, n, effect) for _ in range(runs)]
            right = np.mean([first in each for each in told]) if effect else None
            other = np.mean([bool(set(each) - ({first} if effect else set())) for each in told])
            shown = "" if right is None else f"{right:.3f}"
            print(f"| {n} | {n // 2} | {effect} | {shown} | {other:.3f} |", flush=True)


if __name__ == "__main__":
    runs = int(sys.argv[-1]) if len(sys.argv) > 1 else 400
    null(runs) if "--null" in sys.argv else main(runs)
