"""Does the report find what was planted? Demo studies from many seeds, read, counted and judged against their truth.

    python benchmarks/recover_truth.py [--seeds 200] [--persons 650] [--jobs 2]     prints the tables
    python benchmarks/recover_truth.py --write                                      writes them to docs/recovery.md too

Every seed is written to a folder as exports and goes the way of a report: strict reading, tidy tables, counts, result
rows of the survey and placement stages. Intervals and bounds are taken from those rows, the truth from what
``make_demo.write`` says it planted; nothing is estimated here. To save time only the sources behind these rows are
read, and only the whole project is counted, not each term as well.

Set OPENBLAS_NUM_THREADS=1: on these small tables threads only cost.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from functools import cache, partial
from pathlib import Path
from types import ModuleType

import pandas as pd

from evaltools.counts import tabulation
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.ingest import reading, tidy
from evaltools.privacy.pseudonyms import Key
from evaltools.results.records import pick, value
from evaltools.sections import placement, survey
from evaltools.sections.material import Material
from evaltools.sections.survey import paired_items
from evaltools.statistics import proportions
from evaltools.statistics.types import CONFIDENCE
from evaltools.study import loader
from evaltools.study.model import Study

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "data" / "uusi-alku"
MECHANISMS = ("random", "selective")
SOURCES = ("participants", "enrolments", "start_survey", "end_survey", "followup")
SEEDS, PERSONS, JOBS = 200, 650, 2
SLACK = 1e-9  # for limits that meet the truth but for rounding

CHANGE, START, END = "mean change of an item", "mean of an item, start", "mean of an item, end"
SUPERIORITY, SCALE = "superiority of an item", "mean change of a scale"
NET, WEIGHTED, RANGE = "net change, answered both", "net change, weighted", "net change, weighted or any of the missing"
EMPLOYED, WIDE, BOUNDS = "employed: Clopper-Pearson", "employed: Imbens-Manski", "employed: worst and best case"
ITEM_MEASURES = {"mean_change": CHANGE, "mean_start": START, "mean_end": END, "superiority": SUPERIORITY}
NETS = {"net_change": NET, "net_change_weighted": WEIGHTED}
VERDICT = "verdict"
VERDICTS = {  # what a page says of all who started, by direction and whether it holds for all of them
    ("improved", True): "better",
    ("worse", True): "worse",
    ("improved", False): "cannot be told, better of those who answered",
    ("worse", False): "cannot be told, worse of those who answered",
}
NOTHING = "no clear change"
QUANTITIES = [*ITEM_MEASURES.values(), *NETS.values(), RANGE, SCALE, EMPLOYED, WIDE, BOUNDS]
OVERALL, EACH_GROUP, EACH = "all invited", "each target group", "each"
MODEL, EXPECTED, REALISED = "model", "expected", "realised"


class Whole(Material):
    """Material whose stages look at the whole project only, not at each term as well."""

    @property
    def scopes(self) -> list[str]:
        return [ALL]


@dataclass(frozen=True)
class Finding:
    """An interval the report gives, or its bounds, and the truth set against it.

    ``of`` is the item, scale or group; ``kind`` says which truth; bounds have no ``estimate``. ``sign`` is -1 where
    the lower number is the better one.
    """

    seed: int
    quantity: str
    of: str
    kind: str
    truth: float
    estimate: float | None
    lower: float | None
    upper: float | None
    sign: int = 1


# --- one study -----------------------------------------------------------------------------------------------------


@cache
def demo() -> ModuleType:
    """The script that makes the demo; it lies beside its data and not in a package."""
    spec = importlib.util.spec_from_file_location("make_demo", DEMO / "make_demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def result_rows(folder: Path) -> dict[str, pd.DataFrame]:
    """Result rows of the survey and placement stages of a study folder, for the whole project to its last term."""
    everything = loader.load(folder)
    needed = everything.model_copy(update={"sources": [s for s in everything.sources if s.table in SOURCES]})
    term = max(needed.terms, key=lambda t: t.start)
    tables = tidy.build(needed, reading.read(needed, term.id), Key(bytes(32)))
    counted = count(needed, tables)
    material = Whole(needed, term, "internal", tables, counted, counted)
    return {"survey": survey.rows(material), "placement": placement.rows(material)}


def count(of: Study, tables: tidy.Tables) -> tidy.Tables:
    """Counts of the whole project, those of attrition left out."""
    members = tabulation.memberships(of, tables)
    members = members[members["by"].isin([TOTAL, "target_group"])]
    counted = tabulation.surveys(of, tables, members, [ALL])
    del counted["attrition"]
    counted |= tabulation.items(of, counted) | {"records": tabulation.records(of, tables, [ALL])}
    return counted | {"placement": tabulation.placement(of, tables, members, [ALL])}


def findings(seed: int, persons: int = PERSONS, mechanism: str = "random") -> list[Finding]:
    """What the report of one simulated study says of each planted truth.

    Raises ValueError where the report asks other numbers of persons than the truth is about: they could not be
    compared then.
    """
    with tempfile.TemporaryDirectory() as folder:
        truth = demo().write(Path(folder), seed, persons, mechanism)
        rows = result_rows(Path(folder))
    return [*_survey_findings(seed, rows["survey"], truth), *_placement_findings(seed, rows["placement"], truth)]


def _survey_findings(seed: int, rows: pd.DataFrame, truth: dict) -> Iterator[Finding]:
    """Means and changes as answered; superiority turned so that more is better, as the report has it."""
    rows = pick(rows, table="item", scope=ALL)
    for item, planted in truth["items"].items():
        for measure, quantity in ITEM_MEASURES.items():
            true, sign = planted["expected"][measure], -1 if planted["direction"] == "lower" else 1
            if measure == "superiority" and sign < 0:
                true, sign = 1 - true, 1
            interval = _interval(rows, item=item, measure=measure)
            yield Finding(seed, quantity, item, EXPECTED, true, *interval, sign)
        yield from _net_findings(seed, pick(rows, item=item), item, planted["expected"])
    for scale, planted in truth["scales"].items():
        interval = _interval(rows, item=scale, measure="mean_change")
        yield Finding(seed, SCALE, scale, EXPECTED, planted["expected"]["mean_change"], *interval)


def _net_findings(seed: int, rows: pd.DataFrame, item: str, planted: dict) -> Iterator[Finding]:
    """Net change of all who started: as answered, weighted, and the range that the page gives with its worst and best.

    ``kind`` of the last is what the page concludes of all who started (`VERDICTS`).
    """
    true = planted["improved"] - planted["worse"]
    for measure, quantity in NETS.items():
        yield Finding(seed, quantity, item, EXPECTED, true, *_interval(rows, measure=measure))
    ends = [value(rows, f"bound_{end}", measure="net_change_weighted") for end in ("lower", "upper")]
    yield Finding(seed, RANGE, item, EXPECTED, true, None, *ends)
    yield Finding(seed, VERDICT, item, verdict(rows, item), true, None, None, None)


def verdict(rows: pd.DataFrame, item: str) -> str:
    """What the page says of all who started (`VERDICTS`), or that nothing shows."""
    found = survey.direction_of(pick(rows, measure="net_change").iloc[0])
    _, unsure = paired_items.for_all(rows, {item: found})
    return VERDICTS.get((found, not unsure), NOTHING)


def _placement_findings(seed: int, rows: pd.DataFrame, truth: dict) -> Iterator[Finding]:
    rows = pick(rows, scope=ALL, measure="employed")
    for group, planted in truth["placement"]["invited"].items():
        total = group == "overall"
        place = {"by": TOTAL, "group": TOTAL} if total else {"by": "target_group", "group": group}
        invited = int(value(rows, "invited", table="placement", **place) or 0)
        if invited != planted["n"]:
            raise ValueError(f"seed {seed}, {group}: {invited} invited in the report, {planted['n']} in the truth")
        if not invited:
            continue
        wilson, wide = (_interval(rows, table=table, **place) for table in ("placement", "worst_to_best"))
        bounds = None, *(value(rows, f"bound_{end}", table="placement", **place) for end in ("lower", "upper"))
        of = OVERALL if total else group
        for quantity, interval in ((EMPLOYED, wilson), (WIDE, wide), (BOUNDS, bounds)):
            for kind in (EXPECTED, REALISED):
                yield Finding(seed, quantity, of, kind, planted[kind], *interval)


def _interval(rows: pd.DataFrame, **place: str) -> tuple[float | None, float | None, float | None]:
    chosen = pick(rows, **place)
    return tuple(value(chosen, column) for column in ("estimate", "lower", "upper"))


# --- many studies --------------------------------------------------------------------------------------------------


def recover(seeds: Iterable[int], persons: int, mechanism: str, jobs: int = 1) -> pd.DataFrame:
    """Findings of many seeds, one row each, judged; a seed's findings are the same however many ``jobs``."""
    run = partial(findings, persons=persons, mechanism=mechanism)
    if jobs == 1:
        return judged(map(run, seeds))
    with ProcessPoolExecutor(jobs) as pool:
        return judged(pool.map(run, seeds))


def judged(found: Iterable[list[Finding]]) -> pd.DataFrame:
    """Findings as a frame, with whether the interval ``held`` its truth (missing: no interval) and the ``bias``.

    Placement rates are set against the model's own rate as well, the expected one averaged over the seeds: what
    the interval is about, every person a new draw.
    """
    frame = pd.DataFrame([astuple(f) for each in found for f in each], columns=[f.name for f in fields(Finding)])
    model = frame[(frame["quantity"] == EMPLOYED) & (frame["kind"] == EXPECTED)].assign(kind=MODEL)
    model["truth"] = model.groupby("of")["truth"].transform("mean")
    frame = pd.concat([model, frame], ignore_index=True)
    frame[["estimate", "lower", "upper"]] = frame[["estimate", "lower", "upper"]].astype("Float64")
    held = (frame["lower"] - SLACK <= frame["truth"]) & (frame["truth"] <= frame["upper"] + SLACK)
    return frame.assign(held=held, bias=frame["sign"] * (frame["estimate"] - frame["truth"]))


def summary(found: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """For each value of ``by``, ``quantity`` first: how many held, with simulation interval, mean bias, half-width."""
    lines = []
    for place, part in found[found["quantity"] != VERDICT].groupby(by, sort=False):
        part = part[part["held"].notna()]
        held, low, high = share(part) if len(part) else (None, None, None)
        half = (part["upper"] - part["lower"]).mean() / 2
        lines.append((*place, part["seed"].nunique(), len(part), int(part["held"].sum()), held, low, high))
        lines[-1] += (part["bias"].mean(), half)
    columns = ["seeds", "intervals", "held", "share", "share_lower", "share_upper", "bias", "half_width"]
    return pd.DataFrame(lines, columns=[*by, *columns]).sort_values(
        "quantity", key=lambda names: names.map(QUANTITIES.index), kind="stable", ignore_index=True
    )


def verdicts(found: pd.DataFrame) -> pd.DataFrame:
    """In how many studies each verdict was given of each question, and the planted net change, smallest first."""
    given = found[found["quantity"] == VERDICT]
    counts = given.groupby(["of", "kind"]).size().unstack(fill_value=0).reindex(columns=[*VERDICTS.values(), NOTHING])
    return counts.fillna(0).astype(int).assign(truth=given.groupby("of")["truth"].mean()).sort_values("truth")


def share(part: pd.DataFrame) -> tuple[float, float, float]:
    """Share of intervals that held their truth, with a Wilson interval for the simulation's own error.

    Intervals of one seed rest on the same persons. So ``n`` is effective: p (1 - p) over the variance of the mean of
    the seeds' shares; the number of seeds where all of them agree.
    """
    held = part["held"].astype(float)
    p, seeds = float(held.mean()), part["seed"].nunique()
    each = held.groupby(part["seed"]).mean()
    variance = float(each.var(ddof=1)) / seeds if seeds > 1 else 0.0
    n = p * (1 - p) / variance if variance > 0 else float(seeds)
    return p, *proportions.wilson_limits(p * n, n, proportions.critical(CONFIDENCE))


# --- as a page -----------------------------------------------------------------------------------------------------

PREFACE = """# Does the report find what was planted?

Written by `{command}`; do not edit.
For each way of not answering, {seeds} demo studies of {persons} persons (seeds 1 to {seeds}) were written as exports,
read, counted and evaluated as a report does it; intervals and bounds are those of the result rows.

*Held*: the interval holds the truth; behind the share stands its 95 % interval over the studies. *Bias*: mean of
estimate less truth, turned round for items that are better when lower. *Half*: mean half-width of the interval.

Truths: *expected* is what the model says on average: for survey items over everyone who starts, for placement the
mean probability of the persons invited in that study. *Realised* is what became of the persons invited, whether they
answered or not. *Model* is the expected rate averaged over the studies.

Promised: 95 % for means, changes and superiority against the expected values. A Clopper-Pearson interval is about the
process, each person a new draw, and promises 95 % for *model*; set against these persons' own mean probability it
holds a little more often, and against what became of them much more often, for it does not count on most of them
having been asked. All this is for answers missing by chance. Whoever answers, the worst and best case promise to hold
the realised rate every time (in small groups they can miss the expected one, for they leave chance out), and
Imbens-Manski intervals promise at least 95 % for the expected one.

The net change (share better less share worse) is given as answered, weighted by the start answer, and as the range from
all of the missing worse to all of them better. A page that calls a change better or worse says whether that holds for
all who started; the last table of each part counts what was said, a question a line.
"""
HEADING = {"random": "Answers missing by chance", "selective": "Those who do worse answer less"}


def page(found: dict[str, pd.DataFrame], persons: int, command: str) -> str:
    """The tables as Markdown, one section a mechanism."""
    seeds = max(frame["seed"].nunique() for frame in found.values())
    lines = [PREFACE.format(command=command, seeds=seeds, persons=persons)]
    for mechanism, frame in found.items():
        groups = (frame["of"] != OVERALL) & frame["quantity"].isin([EMPLOYED, WIDE, BOUNDS])
        scope = frame["of"].where(frame["of"] == OVERALL, EACH).mask(groups, EACH_GROUP)
        lines += [f"## {HEADING[mechanism]}", "", *_table(summary(frame.assign(of=scope), ["quantity", "of", "kind"]))]
        single = frame[frame["quantity"].isin([CHANGE, SCALE]) | (groups & (frame["quantity"] == EMPLOYED))]
        single = single[~single["kind"].isin([MODEL, REALISED])]
        lines += ["### One by one", "", *_table(summary(single, ["quantity", "of", "kind"]))]
        lines += ["### What is concluded of all who started", "", *_verdict_table(verdicts(frame))]
    return "\n".join(lines)


def _table(lines: pd.DataFrame) -> list[str]:
    head = ["| quantity | of | truth | intervals | held | share held | bias | half |"]
    head.append("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |")
    return [*head, *(_line(line) for line in lines.itertuples()), ""]


def _verdict_table(lines: pd.DataFrame) -> list[str]:
    names = [name for name in lines if name != "truth"]
    head = [f"| question | planted net change | {' | '.join(names)} |", f"| --- | ---: |{' ---: |' * len(names)}"]
    body = (
        f"| `{of}` | {row['truth']:+.3f} | {' | '.join(str(int(row[n])) for n in names)} |"
        for of, row in lines.iterrows()
    )
    return [*head, *body, ""]


def _line(line) -> str:
    held = "-" if line.share is None else f"{line.share:.3f} ({line.share_lower:.3f} to {line.share_upper:.3f})"
    bias = "-" if pd.isna(line.bias) or line.share is None else f"{line.bias:+.4f}"
    half = "-" if pd.isna(line.half_width) else f"{line.half_width:.4f}"
    of = line.of if line.of in (OVERALL, EACH, EACH_GROUP) else f"`{line.of}`"
    return f"| {line.quantity} | {of} | {line.kind} | {line.intervals} | {line.held} | {held} | {bias} | {half} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"studies a mechanism (default {SEEDS})")
    parser.add_argument("--persons", type=int, default=PERSONS, help=f"persons a study (default {PERSONS})")
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"processes (default {JOBS})")
    parser.add_argument("--write", action="store_true", help="write docs/recovery.md")
    options = parser.parse_args()
    if options.seeds < 1 or options.jobs < 1:
        parser.error("--seeds and --jobs must be at least 1")
    seeds = range(1, options.seeds + 1)
    found = {m: recover(seeds, options.persons, m, options.jobs) for m in MECHANISMS}
    command = f"python benchmarks/recover_truth.py --seeds {options.seeds} --persons {options.persons} --write"
    text = page(found, options.persons, command)
    print(text)
    if options.write:
        target = ROOT / "docs" / "recovery.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
