"""Scales with their reliability, student feedback, and the cautions that apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import EXACT, pick, value
from evaltools.sections import clustered
from evaltools.sections.material import Labels, number, optional_int
from evaltools.sections.survey import mode
from evaltools.sections.survey.paired_items import any_pairs
from evaltools.sections.survey.wording import answer_in_words, is_primary, of, range, worded
from evaltools.statistics import power
from evaltools.study.survey_model import Scale

RELIABLE = 0.7  # alpha commonly asked of a scale that compares groups


def scales_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    reliability = pick(rows, table="scale_reliability")
    if reliability.empty:
        return None
    alphas = pick(reliability, measure="alpha")
    filled = [scale for scale in labels.study.survey.scales if scale.fills]
    sentences = [labels.say(f"survey.scales.{'filled_how' if filled else 'how'}", limit=labels.decimal(RELIABLE))]
    sentences += [_filled(reliability, scale, labels) for scale in filled]
    for _, row in alphas.dropna(subset=["estimate"]).iterrows():
        enough = "enough" if row["estimate"] >= RELIABLE else "short"
        words = {"scale": labels.question(row["item"]), "alpha": labels.decimal(row["estimate"])}
        change = value(reliability, measure="detectable_change", item=row["item"])
        words |= {"interval": range(labels, row), "change": labels.decimal(change, 1)}
        sentences.append(labels.say(f"survey.scales.{enough}", **words))
    columns = [
        (Column(labels.say("survey.column.scale")), lambda row: labels.question(row["item"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.alpha"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        *(
            (Column(labels.say(f"survey.column.{m}"), "decimal", 2), of(reliability, measure=m))
            for m in ("omega", "standard_error", "detectable_change")
        ),
    ]
    caption = labels.say("survey.scales.table")
    table = labels.table("survey-scales-table", caption, alphas, columns, source=labels.source("start_survey"))
    return Part("survey-scales", labels.say("survey.heading.scales"), sentences, [table])


def _filled(reliability: pd.DataFrame, scale: Scale, labels: Labels) -> str:
    """How many answers a scale asks for, and how many sums hold filled ones."""
    shares = {}
    for survey in ("start", "end"):
        row = pick(reliability, measure=f"filled_{survey}", item=scale.id)
        of_all = (row["count"].iloc[0], row["answered"].iloc[0]) if len(row) else (0, 0)
        shares[survey] = "/".join(map(labels.number, of_all))
    words = {"scale": labels.question(scale.id), "fewest": scale.enough, "all": len(scale.items)}
    return labels.say("survey.scales.filled", **words, **shares)


def feedback_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    feedback = pick(rows, table="feedback")
    if feedback.empty:
        return None
    agree = pick(feedback, measure="agree").sort_values("estimate", kind="stable")
    agree = agree if agree["estimate"].notna().all() else agree.iloc[:0]  # which is highest is not known of ranges
    alike = len(agree) > 1 and agree["estimate"].iloc[0] == agree["estimate"].iloc[-1]
    chosen = {"most": agree.iloc[-1:], "least": agree.iloc[: min(1, len(agree) - 1)]} if len(agree) else {}
    if len(agree) == 1:
        chosen = {"only": agree}  # one statement is neither the first nor the last
    sentences = [_agree_sentence(labels, key, row) for key, some in chosen.items() for _, row in some.iterrows()]
    if alike:
        share = labels.percent(agree["estimate"].iloc[0])
        sentences = [labels.say("survey.feedback.alike", n=len(agree), share=share)]
    elif len(agree) > 1 and agree["lower"].iloc[-1] <= agree["upper"].iloc[0]:  # picked after looking: no names
        between = labels.share_interval(agree["estimate"].iloc[0], agree["estimate"].iloc[-1])
        sentences = [labels.say("survey.feedback.overlap", n=len(agree), range=between)]
    means = pick(feedback, measure="mean_end")
    sentences += [_mean_sentence(labels, row) for _, row in means.iterrows() if row["item"] not in set(agree["item"])]
    if means.empty and agree.empty:
        sentences += [labels.say("survey.feedback.best", **words) for words in best_words(feedback, labels)]
    if sentences:
        sentences.append(labels.say("survey.feedback.estimand"))
    asked = len(pick(rows, table="responses")) > 0  # else nobody knows how many were
    lines = means if len(means) else pick(feedback, measure="agree")
    shares = pick(feedback, measure="agree").set_index("item")
    spans = (labels.say("column.interval"), "", labels.say("column.bounds"), "")
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column(labels.say("column.answered"), "integer"), number("answered")),
        *([(Column(labels.say("column.response_rate"), "percent"), number("response_rate"))] if asked else []),
        (Column(labels.say("survey.column.agree"), "percent"), _share_of(shares, labels)),
        *(
            (Column(labels.say(f"column.{c}"), "percent", span=span), of(feedback, c, measure="agree"))
            for c, span in list(zip(("lower", "upper", "bound_lower", "bound_upper"), spans, strict=True))[
                : 4 if asked else 2
            ]
        ),
        *([(Column(labels.say("survey.column.mean"), "decimal", 2), number("estimate"))] if len(means) else []),
        (Column(labels.say("survey.who.cannot_say_end"), "integer"), of(feedback, "count", measure="cannot_say_end")),
    ]
    caption = labels.say("survey.feedback.table")
    notes = [labels.say("survey.feedback.bounds" if asked else "survey.feedback.agree_alone")]
    source = labels.source("end_survey")
    table = labels.table("survey-feedback-table", caption, lines, columns, source=source, notes=notes)
    blocks: list[Table | Figure] = [*_distributions(feedback, labels, source), *([table] if table.rows else [])]
    return Part("survey-feedback", labels.say("survey.heading.feedback"), sentences, blocks)


def _share_of(shares: pd.DataFrame, labels: Labels) -> Callable[[pd.Series], Value]:
    return lambda row: labels.share_of(shares.loc[row["item"]]) if row["item"] in shares.index else None


def mean_words(labels: Labels, row: pd.Series) -> dict[str, str]:
    """The mean of a question with the ends of its scale."""
    item = labels.study.item(row["item"])
    ends = {"low": labels.decimal(item.min, 0), "high": labels.decimal(item.max, 0)}
    return {"question": labels.question(row["item"]), "mean": labels.decimal(row["estimate"], 2), **ends}


def _mean_sentence(labels: Labels, row: pd.Series) -> str:
    return labels.say("survey.feedback.mean", **mean_words(labels, row), n=labels.number(row["answered"]))


def best_words(feedback: pd.DataFrame, labels: Labels) -> Iterator[dict[str, str]]:
    """Which share gave the best answer, where an edition has neither means nor shares who agree."""
    answers = pick(feedback, measure="answers")
    for item in dict.fromkeys(answers["item"]):
        here = pick(answers, item=item)
        best = here.iloc[-1 if labels.study.item(item).direction == "higher" else 0]
        words = {"question": labels.question(item), "answer": answer_in_words(labels, item, best["group"])}
        yield words | {"share": labels.share(best)}


def _agree_sentence(labels: Labels, key: str, row: pd.Series) -> str:
    return labels.say(
        f"survey.feedback.{key}",
        question=labels.question(row["item"]),
        share=labels.share(row),
        count=labels.number(row["count"]),
        answered=labels.number(row["answered"]),
        interval=labels.share_interval(row["lower"], row["upper"]),
    )


def _distributions(feedback: pd.DataFrame, labels: Labels, source: str) -> list[Figure | Table]:
    """One figure for each set of answers: items that share their row_labels and steps stand in the same one.

    Where counts are rounded, a table of what each share can be: a bar of rounded counts would be no one's.
    """
    answers = pick(feedback, measure="answers")
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in dict.fromkeys(answers["item"]):
        steps = tuple(answer_in_words(labels, item, answer) for answer in pick(answers, item=item)["group"])
        sets.setdefault(steps, []).append(item)
    rounded = (answers["status"] != EXACT).any()
    draw = _possible_shares if rounded else _distribution
    return [
        draw(f"survey-feedback-{place}", answers, items, steps, labels, source)
        for place, (steps, items) in enumerate(sets.items(), start=1)
    ]


def _distribution(
    id: str, answers: pd.DataFrame, items: list[str], steps: Sequence[str], labels: Labels, source: str
) -> Figure:
    return charts.distribution(
        id,
        labels.say("survey.feedback.figure"),
        [worded(labels, item) for item in items],
        list(steps),
        [[optional_int(c) for c in pick(answers, item=item)["count"]] for item in items],
        language=labels.language,
        source=source,
    )


def _possible_shares(
    id: str, answers: pd.DataFrame, items: list[str], steps: Sequence[str], labels: Labels, source: str
) -> Table:
    lines = [
        [worded(labels, item), *(labels.share_of(row) for _, row in pick(answers, item=item).iterrows())]
        for item in items
    ]
    columns = [Column(labels.say("survey.column.item")), *(Column(step, "percent") for step in steps)]
    return Table(id, labels.say("survey.feedback.figure"), columns, lines, labels.language, [], source)


def cautions_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """What start and end surveys alone cannot show; only the cautions that apply."""
    if not any_pairs(rows):
        return None
    compared = not pick(rows, table="arms").empty
    notes = [labels.say("survey.caution.compared" if compared else "survey.caution.alone")]
    both = pick(rows, table="responses", scope=ALL, measure="both")
    if len(both) and pd.notna(both["estimate"].iloc[0]) and both["estimate"].iloc[0] < 1:
        notes.append(labels.say("survey.caution.missing", share=labels.percent(both["estimate"].iloc[0])))
    notes += clustered.said(rows, labels, "survey")
    notes += mode.said(rows, labels)
    notes += _cautions_of_items(pick(rows, table="caution"), labels)
    return Part("survey-cautions", labels.say("survey.heading.cautions"), [], [], notes)


def _cautions_of_items(cautions: pd.DataFrame, labels: Labels) -> list[str]:
    """Start means near an end, few pairs, and the change that could have been found."""
    detectable = pick(cautions, measure="detectable_change").dropna(subset=["estimate"])
    primary = detectable[[is_primary(labels, item) for item in detectable["item"]]]
    few = pick(cautions, measure="few_pairs")
    found = {
        "near": pick(cautions, measure="regression_to_mean").dropna(subset=["estimate"]),
        "few": few[few["count"] != 0],  # without a pair there is no result to change
        "detectable": detectable if primary.empty else primary,
    }
    shown = {
        "near": lambda row: labels.decimal(row["estimate"]),
        "few": lambda row: labels.number(row["count"]),
        "detectable": lambda row: labels.points(row["estimate"]),
    }
    notes = []
    for key, some in found.items():
        named = [f"{labels.question(row['item'])} ({shown[key](row)})" for _, row in some.iterrows()]
        if named:
            share = labels.percent(power.POWER, 0)
            notes.append(labels.say(f"survey.caution.{key}", items="; ".join(named), power=share))
    return notes
