"""Is what the public edition says true? Its rows and verdicts, set against those of the internal edition.

    python benchmarks/truth.py [--studies 200] [--out FILE]     studies that FILE holds already are not made again
    python benchmarks/truth.py --write                          writes docs/public-edition.md from FILE

The demo's five terms one after the other, both published studies and random ones of 12 to 650 persons go the way of a
report in both editions, in this process. Of each public row every number is compared with the internal row of the same
place: exact values must lie in what is printed. Of each sentence that judges (met, above, lowest, rose ...) the verdict
is noted as it is said, with whom it is about; the two editions must not differ. No picture is drawn.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import evaltools as ev
from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.disclosure import release_log
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.report.charts import words as charts_words
from evaltools.report.document import Part
from evaltools.results.records import EXACT, PLACE, pick
from evaltools.sections import dated, final, monitoring, section
from evaltools.sections.final import changed
from evaltools.sections.survey.published import NOT_TOLD
from evaltools.session import OpenTerm

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
PAGE = ROOT / "docs" / "public-edition.md"
BEGIN, END = "<!-- benchmarks/truth.py --write -->", "<!-- end -->"
STUDIES = 200
SLACK = 1e-9
LEVEL = 0.05
NARROW = 0.1  # a rate is told where the exact values that fit what is printed are at most so wide apart
RATES = (("placement", "placement", "employed"), ("participants", "completion", "completed"))
SHARE_TO_TERM = {"2021K": 0.15, "2021S": 0.38, "2022K": 0.60}  # of all persons of a made study

# --- verdicts: the key of a sentence -> what is judged, the verdict, and which words say of whom ---------------------


class Verdict(NamedTuple):
    family: str
    verdict: str
    subject: str = ""


UNTOLD = "cannot be told"
VERDICTS: dict[str, Verdict] = {
    **{f"report.concluded.{v}": Verdict("target", v, "names") for v in ("reached", "on_track", "behind", "missed")},
    "report.concluded.close": Verdict("target", UNTOLD, "names"),
    "report.concluded.over": Verdict("representation", "over", "groups"),
    "report.concluded.under": Verdict("representation", "under", "groups"),
    **{f"participants.ratio_{v}": Verdict("representation", v, "group") for v in ("over", "under", "even")},
    "participants.ratio_unclear": Verdict("representation", UNTOLD, "group"),
    **{f"placement.benchmark.{v}": Verdict("benchmark", v, "share") for v in ("above", "below", "unclear")},
    "placement.benchmark.not_told": Verdict("benchmark", UNTOLD, "share"),
    **{f"report.concluded.benchmark_{v}": Verdict("benchmark, concluded", v) for v in ("above", "below", "unclear")},
    "report.concluded.benchmark_not_told": Verdict("benchmark, concluded", UNTOLD),
    "report.concluded.effect_not_told": Verdict("arms", UNTOLD),
    "report.concluded.below_benchmark": Verdict("benchmark", "below", "share"),
    **{f"report.concluded.effect_{v}": Verdict("arms", v) for v in ("above", "below", "unclear")},
    **{f"placement.arms.{v}": Verdict("arms, placement", v) for v in ("above", "below", "unclear")},
    "placement.arms.not_told": Verdict("arms, placement", UNTOLD),
    **{
        f"survey.results.{kind}_{v}": Verdict("change of a question", v, "question")
        for kind in ("item", "published")
        for v in ("improved", "worse", "unclear")
    },
    "survey.results.item_not_told": Verdict("change of a question", UNTOLD, "question"),
    **{f"survey.results.{v}": Verdict("change, summed up", v, "items") for v in ("improved", "worse", "unclear")},
    "survey.results.others_improved": Verdict("change, summed up", "improved", "items"),
    "survey.results.others_worse": Verdict("change, summed up", "worse", "items"),
    **{f"report.objective_{v}": Verdict("objective", v, "question") for v in ("improved", "worse", "unclear")},
    "report.objective_not_told": Verdict("objective", UNTOLD, "question"),
    **{
        f"report.concluded.employed_{most}_{how}": Verdict("half employed", f"{most}, {how}")
        for most in ("most", "least")
        for how in ("all", "unsure", "known")
    },
    **{
        f"report.concluded.employed_{most}_everyone": Verdict("half employed", f"{most}, all")
        for most in ("most", "least")
    },
    "report.concluded.employed_half_everyone": Verdict("half employed", UNTOLD),
    "report.concluded.employed_half": Verdict("half employed", UNTOLD),
    "report.concluded.employed_half_known": Verdict("half employed", UNTOLD),
    **{
        f"report.why.{v}": Verdict("since the last term", v, "label")
        for v in ("target_reached", "target_lost", "conclusion_gained", "conclusion_lost", "clear_rise", "clear_fall")
    },
    "report.why.quality_fell": Verdict("since the last term", "quality_fell", "label"),
    "survey.feedback.most": Verdict("highest agreement", "question"),
    "survey.feedback.least": Verdict("lowest agreement", "question"),
    "survey.attrition.missing": Verdict("attrition", "missing", "groups"),
    "survey.attrition.present": Verdict("attrition", "present", "groups"),
    "survey.attrition.alike": Verdict("attrition at all", "alike"),
    "monitoring.best_channel": Verdict("best channel", "channel"),
    "report.data_missing": Verdict("most often missing", "variable"),
    "background.employment_rose": Verdict("employment", "rose"),
    "background.employment_fell": Verdict("employment", "fell"),
    "background.needs_top": Verdict("training need", "need"),
    "placement.groups.none": Verdict("target groups apart", "none", "share"),
    "placement.groups.background_none": Verdict("backgrounds apart", "none", "share"),
    "placement.groups.terms_none": Verdict("terms apart", "none", "share"),
    "placement.groups.terms_differ": Verdict("terms apart", "differ", "share"),
    "report.limit_survey": Verdict("few answered, survey", "few"),
    "report.limit_placement": Verdict("few answered, follow-up", "few"),
    "placement.caution.half": Verdict("more or less than half", UNTOLD),
}
SINGLE = {"question", "channel", "variable", "need"}  # verdicts that name the one: the name is the verdict
# what only rounding, or the privacy of the edition, gives occasion to say
OF_EDITION = re.compile(r"not_told|unclear|close|rounded|hidden|withheld|last_|of_term|published|at_most|at_least")
ABOUT_THE_EDITION = (("report", "hidden"), ("report", "methods"), ("survey", "summary"))  # tables that count its rows

Claim = tuple[str, str, str]  # family, subject, verdict


def _claims(key: str, words: Mapping[str, object]) -> Iterator[Claim]:
    family, verdict, subject = VERDICTS[key]
    if verdict in SINGLE:
        yield family, "", str(words[verdict])
        return
    said = str(words.get(subject, ""))
    for name in re.findall("“[^”]*”", said) if subject == "items" else said.split("; "):
        yield family, re.sub(r"\s*\(.*\)$", "", name), verdict


@contextmanager
def listening() -> Iterator[tuple[set[Claim], Counter]]:
    """All verdicts that are said meanwhile, and how often each text.

    Every change since the last term is said, not the weightiest few: these are others where an edition tells less.
    """
    claims: set[Claim] = set()
    keys: Counter = Counter()
    say, drawn, most = i18n.say, charts_words._drawn, changed.MOST

    def heard(key: str, language: str, /, **words: object) -> str:
        keys[key] += 1
        if key in VERDICTS:
            claims.update(_claims(key, words))
        return say(key, language, **words)

    i18n.say, charts_words._drawn, changed.MOST = heard, lambda *_: "", 10**6
    try:
        yield claims, keys
    finally:
        i18n.say, charts_words._drawn, changed.MOST = say, drawn, most


# --- rows ---------------------------------------------------------------------------------------------------------

INTERNAL = "_exact"  # ends the names of the internal edition's columns
ENDS = (("lower", "upper"), ("bound_lower", "bound_upper"), ("effect_lower", "effect_upper"))


def compare(internal: pd.DataFrame, public: pd.DataFrame) -> Iterator[tuple[str, dict[str, str]]]:
    """What public rows say that internal ones contradict: why, and where. Dated figures are an earlier release's."""
    place = ["topic", *PLACE]
    both = public.merge(internal, on=place, suffixes=("", INTERNAL), how="left", indicator=True)
    for row in both.to_dict("records"):
        where = {name: row[name] for name in place if row[name]}
        if row["table"] == dated.TABLE:
            continue
        if row["_merge"] != "both":
            if row["status"] != "withheld":
                yield "no internal row", where
            continue
        yield from ((why, where) for why in _wrong(row))


def _wrong(row: Mapping[str, Any]) -> Iterator[str]:
    if (row["topic"], row["table"]) in ABOUT_THE_EDITION:
        return
    for check in (_point, _range, _limits, _exact_row, _test, _objective):
        yield from check(row)


def _of(row: Mapping[str, Any], name: str, edition: str = "") -> float | None:
    return None if pd.isna(row[name + edition]) else float(row[name + edition])


def _near(shown: float, exact: float | None) -> bool:
    return exact is not None and abs(shown - exact) <= SLACK


def _point(row: Mapping[str, Any]) -> Iterator[str]:
    shown, exact = _of(row, "estimate"), _of(row, "estimate", INTERNAL)
    if shown is not None and pd.isna(row["possible_lower"]) and not _near(shown, exact):
        yield "0 or 100 %" if shown in (0, 1) and row["kind"] in ("rate", "share") else "estimate"


def _range(row: Mapping[str, Any]) -> Iterator[str]:
    low, high = _of(row, "possible_lower"), _of(row, "possible_upper")
    exact = _of(row, "count" if row["kind"] == "count" else "estimate", INTERNAL)
    if low is not None and high is not None and not (exact is not None and low - SLACK <= exact <= high + SLACK):
        yield "outside its range"


def _limits(row: Mapping[str, Any]) -> Iterator[str]:
    for lower, upper in ENDS:
        (low, high), (least, most) = ((_of(row, lower, e), _of(row, upper, e)) for e in ("", INTERNAL))
        if low is None or high is None:
            continue
        if least is None or most is None:
            yield f"{lower} where the internal edition has none"
        elif low > least + SLACK or high < most - SLACK:
            yield f"{lower}, narrower than the internal one"
        exact = _of(row, "effect" if lower.startswith("effect") else "estimate", INTERNAL)
        if exact is not None and not low - SLACK <= exact <= high + SLACK:
            yield f"{lower}, without the exact value"


def _exact_row(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("count", "answered", "invited", "response_rate", "effect", "statistic"):
        shown = _of(row, name)
        if row["status"] == EXACT and shown is not None and not _near(shown, _of(row, name, INTERNAL)):
            yield f"{name} of an exact row"


def _objective(row: Mapping[str, Any]) -> Iterator[str]:
    """The verdict on an objective stands as a note."""
    if (row["table"], row["measure"]) == ("objective", "verdict") and row["note"] not in ("open", row["note_exact"]):
        yield f"{row['note']} where the internal edition says {row['note_exact']}"


def _test(row: Mapping[str, Any]) -> Iterator[str]:
    p, exact = _of(row, "p_adjusted"), _of(row, "p_adjusted", INTERNAL)
    if p is not None and (exact is None or (p < LEVEL) != (exact < LEVEL)):
        yield "p on the other side"


# --- what is told ---------------------------------------------------------------------------------------------------


def told(term: OpenTerm, rows: pd.DataFrame) -> dict[str, list[str]]:
    """Of each headline result whether it is told now (``now``), with a dated figure (``dated``), or not (``no``)."""
    found: dict[str, list[str]] = defaultdict(list)
    older = {(r["measure"], r["by"], r["group"], r["item"]) for r in pick(rows, table=dated.TABLE).to_dict("records")}
    for topic, table, measure in RATES:
        of = pick(rows, topic=topic, table=table, measure=measure, scope=ALL)
        for _, row in of[of["by"].isin((TOTAL, "target_group"))].iterrows():
            kind = "whole" if row["by"] == TOTAL else "any group" if row["group"] == ANY_GROUP else "groups"
            found[f"{measure}, {kind}"].append(_how(row, older))
    changes = pick(rows, topic="survey", table="item", measure="net_change")
    primary = {q.id for q in (*term.study.survey.items, *term.study.survey.scales) if q.primary}
    for _, row in changes[changes["item"].isin(primary)].iterrows():
        now = row["note"] != NOT_TOLD and pd.notna(row["estimate"])
        found["primary questions"].append("now" if now else _how(row, older))
    for target in term.study.targets:
        here = pick(rows, topic="monitoring", table="targets", item=target.id)
        if len(here):
            standing = monitoring.standing_of(here, target)
            found["targets"].append("no" if standing in ("close", "unknown") else "now")
    return found


def _how(row: pd.Series, older: set[tuple[str, ...]]) -> str:
    width = row["possible_upper"] - row["possible_lower"]
    if row["note"] != NOT_TOLD and (pd.notna(row["estimate"]) or (pd.notna(width) and width <= NARROW + SLACK)):
        return "now"
    return "dated" if (row["measure"], row["by"], row["group"], row["item"]) in older else "no"


# --- studies ------------------------------------------------------------------------------------------------------


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


class Study(NamedTuple):
    """A study to try: its name, what makes its folder under a root, and the terms that are released in turn."""

    name: str
    make: Callable[[Path], Path]
    terms: tuple[str, ...]


def _copied(name: str, root: Path) -> Path:
    return Path(shutil.copytree(DATA / name, root / "data" / name))


def _published(name: str, root: Path) -> Path:
    folder = Path(shutil.copytree(DATA / name, root / "data" / name))
    _module(DATA / "write_examples.py").write(root / "data")
    return folder


def _random(seed: int, persons: int, root: Path) -> Path:
    folder = root / "data" / "uusi-alku"
    shutil.copytree(DATA / "uusi-alku", folder, ignore=shutil.ignore_patterns("raw"))
    _module(DATA / "uusi-alku" / "make_demo.py").write(folder, seed, persons)
    return folder


def studies(random: int) -> Iterator[Study]:
    yield Study("demo", lambda root: _copied("uusi-alku", root), ("2021K", "2021S", "2022K", "2022S", "2023K"))
    for name in ("jobs-ii", "nsw"):
        yield Study(name, lambda root, name=name: _published(name, root), ("",))
    for seed in range(random):
        rng = np.random.default_rng([19, seed])
        last = rng.choice(["2021K", "2021K", "2021S", "2022K"])
        persons = max(12, int(rng.integers(12, 651)))
        whole = round(persons / SHARE_TO_TERM[last])
        series = {"2021K": ("2021K",), "2021S": ("2021K", "2021S"), "2022K": ("2021S", "2022K")}[last]
        released = series if rng.random() < 0.5 else series[-1:]
        yield Study(f"random {seed}", lambda root, s=seed, n=whole: _random(s, n, root), released)


# --- one study --------------------------------------------------------------------------------------------------------


def report(term: OpenTerm) -> tuple[pd.DataFrame, set[Claim], Counter]:
    """The rows of a term's report, its verdicts and its texts."""
    with listening() as (claims, keys), presented_once():
        for topic in term.topics:
            term.section(topic)
    return term.results, claims, keys


@contextmanager
def presented_once() -> Iterator[None]:
    """The final report takes the parts of the other reports as they were made for these."""
    made: dict[str, list[Part]] = {}
    present, of_stage = section.present, final._stage_parts

    def remembered(topic: str, *given: Any) -> list[Part]:
        made[topic] = present(topic, *given)
        return made[topic]

    section.present = remembered
    final._stage_parts = lambda rows, labels, topic: {part.id: part for part in made[topic]}
    try:
        yield
    finally:
        section.present, final._stage_parts = present, of_stage


def share(one: OpenTerm | None, other: OpenTerm | None) -> None:
    """Let a term of one edition read and count for that of the other."""
    if one is not None and other is not None:
        other.__dict__ |= {"raw": one.raw, "exact": one.exact}


def tried(study: Study, root: Path) -> Iterator[dict]:
    """Each release of a study in both editions: what is wrong, what is told."""
    opened = ev.open_study(study.make(root))
    for name in study.terms:
        internal, public = (opened.term(name, "en", edition) for edition in ("internal", "public"))
        share(internal, public)
        share(internal.previous, public.previous)
        exact, said, texts = report(internal)
        shown, claims, public_texts = report(public)
        release_log.append(public.ledger, [*public.earlier, public.publication()])
        yield {
            "study": study.name,
            "term": public.term.id,
            "persons": int(pick(internal.exact["composition"], scope=ALL, by=TOTAL)["count"].iloc[0]),
            "rows": len(shown),
            "wrong": [[why, where] for why, where in compare(exact, shown)],
            "verdicts": len(claims),
            "untold": sum(verdict == UNTOLD for _, _, verdict in claims),
            "contradicted": list(contradicted(claims, said)),
            "public only": sorted(k for k in public_texts.keys() - texts.keys() if not OF_EDITION.search(k)),
            "told": told(public, shown),
        }


def contradicted(public: set[Claim], internal: set[Claim]) -> Iterator[Claim]:
    """Public verdicts that the internal edition does not give."""
    yield from sorted(claim for claim in public - internal if claim[2] != UNTOLD)


def run(out: Path, random: int) -> None:
    """Try every study that is not yet in the file, and add what was found, a line a release."""
    done = {each["study"] for each in read(out)}
    for study in studies(random):
        if study.name in done:
            continue
        with tempfile.TemporaryDirectory(prefix="truth-") as folder:
            found = list(tried(study, Path(folder)))
        with out.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in found)
        print(line(found), flush=True)


def line(found: list[dict]) -> str:
    last = found[-1]
    wrong = sum(len(each["wrong"]) for each in found)
    contradictions = sum(len(each["contradicted"]) for each in found)
    return f"{last['study']}: {last['persons']} persons, {wrong} wrong numbers, {contradictions} contradictions"


def read(out: Path) -> list[dict]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.is_file() else []


# --- the tables -------------------------------------------------------------------------------------------------------


def summary(found: list[dict]) -> str:
    lines = ["| releases | persons | rows | wrong numbers | verdicts | cannot be told | contradicted |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, some in _kinds(found).items():
        sizes = [each["persons"] for each in some]
        sums = [sum(each["rows"] for each in some), sum(len(each["wrong"]) for each in some)]
        sums += [sum(each[what] for each in some) for what in ("verdicts", "untold")]
        sums.append(sum(len(each["contradicted"]) for each in some))
        numbers = " | ".join(f"{n:,}" for n in sums)
        lines.append(f"| {name}: {len(some)} | {min(sizes)}-{max(sizes)} | {numbers} |")
    return "\n".join(lines)


def _kinds(found: list[dict]) -> dict[str, list[dict]]:
    kinds: dict[str, list[dict]] = defaultdict(list)
    for each in found:
        kinds[{"demo": "demo, in a series"}.get(each["study"], each["study"].split()[0])].append(each)
    return kinds


SIZES = ((600, "600 and more"), (300, "300-599"), (100, "100-299"), (0, "below 100"))


def told_table(found: list[dict]) -> str:
    """How many headline results are told, by size of study: now, now or with a dated figure, of all."""
    by_size: dict[str, dict[str, Counter]] = {name: defaultdict(Counter) for _, name in SIZES}
    for each in found:
        size = next(name for least, name in SIZES if each["persons"] >= least)
        for what, hows in each["told"].items():
            by_size[size][what].update(hows)
            by_size[size]["all"].update(hows)
    kinds = [*dict.fromkeys(what for each in found for what in each["told"]), "all"]
    lines = ["| headline result | " + " | ".join(f"{name} persons" for _, name in SIZES) + " |"]
    lines.append("| --- |" + " --- |" * len(SIZES))
    lines += [f"| {what} | " + " | ".join(_share(by_size[name][what]) for _, name in SIZES) + " |" for what in kinds]
    return "\n".join(lines)


def _share(hows: Counter) -> str:
    total = hows.total()
    if not total:
        return "-"
    dated = f", with dated {hows['now'] + hows['dated']}" if hows["dated"] else ""
    return f"{hows['now']} of {total} ({hows['now'] / total:.0%}){dated}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=STUDIES, help="how many random studies")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "truth.jsonl")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/public-edition.md")
    options = parser.parse_args()
    run(options.out, options.studies)
    found = read(options.out)
    tables = f"{summary(found)}\n\n{told_table(found)}"
    print(tables)
    if options.write:
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    kinds = Counter((why, where["topic"], where["table"], where["measure"]) for e in found for why, where in e["wrong"])
    for (why, *place), n in kinds.most_common():
        print(f"{n:6} {why}: {' '.join(place)}")
    for (family, verdict), n in Counter((c[0], c[2]) for e in found for c in e["contradicted"]).most_common():
        print(f"{n:6} contradicted: {family} {verdict}")
    print(Counter(key for e in found for key in e["public only"]))


if __name__ == "__main__":
    main()
