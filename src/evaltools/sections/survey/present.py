"""What the report shows of the surveys: parts made from the rows."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import ROUNDED, pick, value
from evaltools.sections.material import Labels, floats, flow_steps, number, optional_int
from evaltools.sections.survey.compute import ANSWERED, LEVEL, concluded
from evaltools.statistics import power

STEPS = ("participants", "start", "asked_at_end", "end", "both")
LARGE = 30  # persons; smaller groups are in the table of attrition and not in its sentences
NOTABLE = 0.1  # standardised difference that is commonly called an imbalance
RELIABLE = 0.7  # alpha commonly asked of a scale that compares groups
NBSP = "\N{NO-BREAK SPACE}"


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """The report's parts: who answered and who did not, results, items, terms, scales, feedback, arms, cautions."""
    makers = (
        *(_answered_part, _attrition_part, _results_part, _items_part, _primary_part, _transitions_part),
        *(_terms_part, _scales_part, _feedback_part, _arms_part, _cautions_part),
    )
    return [part for make in makers if (part := make(rows, labels)) is not None]


def _of(rows: pd.DataFrame, column: str = "estimate", **where: str) -> Callable[[pd.Series], Value]:
    """A reader of another result about the same item."""

    def read(row: pd.Series) -> Value:
        return value(rows, column, scope=row["scope"], item=row["item"], **where)

    return read


def _source(labels: Labels) -> str:
    return labels.source("start_survey", "end_survey")


def _range(labels: Labels, row: pd.Series) -> str:
    return i18n.interval(labels.decimal(row["lower"]), labels.decimal(row["upper"]))


def _signed(labels: Labels, number: float | None) -> str:
    """A change with its sign."""
    shown = labels.decimal(number)
    return f"+{shown}" if pd.notna(number) and number > 0 and float(number) >= 0.005 else shown


def _p(labels: Labels, p: float | None) -> str:
    shown = i18n.p_value(None if pd.isna(p) else float(p), labels.language)
    return f"p{NBSP}{shown}" if shown.startswith("<") else f"p{NBSP}={NBSP}{shown}"


def _question(labels: Labels, item: str) -> str:
    """The wording, with a mark where a lower answer is the better one."""
    lower = any(i.id == item and i.direction == "lower" for i in labels.study.survey.items)
    question = labels.question(item)
    return labels.say("survey.lower_better", question=question) if lower else question


def _is_primary(labels: Labels, item: str) -> bool:
    survey = labels.study.survey
    return any(q.id == item and q.primary for q in (*survey.items, *survey.scales))


# --- parts: who answered ---


def _answered_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    responses = pick(rows, table="responses")
    if responses.empty:
        return None
    here = pick(responses, scope=ALL).set_index("measure")
    words = {step: labels.number(here.loc[step, "count"]) for step in STEPS}
    words |= {f"{step}_share": labels.percent(here.loc[step, "estimate"]) for step in ("start", "end", "both")}
    asked, everybody = (value(responses, "count", scope=ALL, measure=step) for step in ("asked_at_end", "participants"))
    end = "everyone" if asked is not None and asked == everybody else "end"
    sentences = [labels.say(f"survey.answered.{key}", **words) for key in ("start", end, "pairs")]
    steps = flow_steps(rows, lambda step: labels.say(f"survey.step.{step}"))
    caption = labels.say("survey.answered.flow")
    source = labels.source("participants", "start_survey", "end_survey")
    blocks: list[Table | Figure] = [charts.flow("survey-flow", caption, steps, language=labels.language, source=source)]
    if responses["scope"].nunique() > 1:
        blocks.append(_responses_by_term(responses, labels, source))
    return Part("survey-answered", labels.say("survey.heading.answered"), sentences, blocks)


def _responses_by_term(responses: pd.DataFrame, labels: Labels, source: str) -> Table:
    def step(measure: str, column: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(responses, column, scope=row["scope"], measure=measure)

    def share(measure: str) -> tuple[Column, Callable[[pd.Series], Value]]:
        label = labels.say("survey.column.share", step=labels.say(f"survey.step.{measure}"))
        return Column(label, "percent"), step(measure, "estimate")

    columns = [(Column(labels.by("term")), lambda row: labels.scope(row["scope"]))]
    for measure in STEPS:
        columns.append((Column(labels.say(f"survey.step.{measure}"), "integer"), step(measure, "count")))
        columns += [share(measure)] if measure in ("start", "end", "both") else []
    lines = pick(responses, measure="participants")
    caption = labels.say("survey.answered.by_term")
    notes = [labels.say("survey.answered.shares")]
    return labels.table("survey-responses", caption, lines, columns, source=source, notes=notes)


def _attrition_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    attrition = pick(rows, table="attrition")
    if attrition.empty:
        return None
    heading = labels.say("survey.heading.attrition")
    if value(attrition, by=TOTAL, measure="both") == 1:
        return Part("survey-attrition", heading, [labels.say("survey.attrition.nobody")])
    differences = pick(attrition, measure="standardised_difference")
    clear = differences[(differences["lower"] > 0) | (differences["upper"] < 0)]
    clear = clear[(clear["estimate"].abs() >= NOTABLE) & (clear["answered"] >= LARGE)].sort_values(
        "estimate", kind="stable"
    )
    missing, present = clear[clear["estimate"] < 0], clear[clear["estimate"] > 0].iloc[::-1]
    sentences = [
        labels.say(f"survey.attrition.{key}", groups="; ".join(_difference(labels, row) for _, row in some.iterrows()))
        for key, some in (("missing", missing), ("present", present))
        if len(some)
    ]
    sentences = sentences or [labels.say("survey.attrition.alike")]
    if len(clear):
        sentences.append(labels.say("survey.attrition.selected"))
    sentences.append(labels.say("survey.attrition.how", limit=labels.decimal(NOTABLE, 1), n=labels.number(LARGE)))
    blocks = [_attrition_table(attrition, differences, labels)]
    tests = pick(attrition, measure="attrition_test")
    if len(tests):
        blocks.append(_attrition_test_table(tests, labels))
    return Part("survey-attrition", heading, sentences, blocks)


def _difference(labels: Labels, row: pd.Series) -> str:
    words = {"by": labels.by(row["by"]).lower(), "group": labels.group(row["by"], row["group"])}
    return labels.say(
        "survey.attrition.difference", **words, d=_signed(labels, row["estimate"]), interval=_range(labels, row)
    )


def _attrition_table(attrition: pd.DataFrame, differences: pd.DataFrame, labels: Labels) -> Table:
    def count(measure: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(attrition, "count", by=row["by"], group=row["group"], measure=measure)

    columns = [
        (Column(labels.say("survey.column.background")), lambda row: labels.by(row["by"])),
        (Column(labels.say("column.group")), lambda row: labels.group(row["by"], row["group"])),
        *((Column(labels.say(f"survey.who.{measure}"), "integer"), count(measure)) for measure in ANSWERED),
        (Column(labels.say("survey.column.d"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
    ]
    caption = labels.say("survey.attrition.table")
    source = labels.source("participants", "start_survey", "end_survey")
    rounded = (attrition["status"] == ROUNDED).any()
    notes = [labels.say("survey.attrition.rounded")] if rounded else []
    return labels.table("survey-attrition-table", caption, differences, columns, source=source, notes=notes)


def _attrition_test_table(tests: pd.DataFrame, labels: Labels) -> Table:
    columns = [
        (Column(labels.say("survey.column.background")), lambda row: labels.by(row["by"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.v"), "decimal", 2), number("effect")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("effect_lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("effect_upper")),
        (Column("p", "p"), number("p")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    caption = labels.say("survey.attrition.tests")
    notes = [labels.say("survey.attrition.tests_how")]
    return labels.table("survey-attrition-tests", caption, tests, columns, notes=notes)


# --- parts: results ---


def _results_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    effects = pick(rows, table="item", measure="rank_biserial", scope=ALL)
    if effects.empty:
        return None
    summary, basis = _conclusions(rows, effects, labels)
    sentences = [*summary, *basis]
    if (pick(rows, table="item", measure="improved")["status"] == ROUNDED).any():
        sentences = [*sentences, labels.say("survey.results.rounded")]
    items = list(effects["item"])
    row_labels = [_question(labels, item) for item in items]
    moved = {m: pick(rows, table="item", measure=m).set_index("item")["count"] for m in ("improved", "same", "worse")}
    counts = {m: [optional_int(found[item]) for item in items] for m, found in moved.items()}
    common = {"language": labels.language, "source": _source(labels)}
    blocks: list[Table | Figure] = [
        charts.change(
            "survey-change",
            labels.say("survey.results.change"),
            row_labels,
            unit=labels.say("figure.unit.pairs"),
            **counts,
            **common,
        ),
        charts.forest(
            "survey-effects",
            labels.say("survey.results.effects"),
            row_labels,
            floats(effects["estimate"]),
            floats(effects["lower"]),
            floats(effects["upper"]),
            n=[optional_int(n) for n in effects["answered"]],
            reference=0.0,
            reference_label=labels.say("survey.results.no_change"),
            kind="decimal",
            unit=labels.say("figure.unit.rank_biserial"),
            **common,
        ),
    ]
    return Part("survey-results", labels.say("survey.heading.results"), sentences, blocks, summary=summary)


def _conclusions(rows: pd.DataFrame, effects: pd.DataFrame, labels: Labels) -> tuple[list[str], list[str]]:
    """What may be concluded, then what it rests on: the primary items that changed and did not; each of them."""
    primary = effects[[_is_primary(labels, item) for item in effects["item"]]]
    if primary.empty:
        return [labels.say("survey.results.no_primary")], [labels.say("survey.results.effect")]
    found = {
        row["item"]: concluded(*(number(c)(row) for c in ("estimate", "p_adjusted"))) for _, row in primary.iterrows()
    }
    total = labels.number(value(rows, table="summary", measure="primary"))
    sentences = []
    for direction in ("improved", "worse", "unclear"):
        named = [labels.say("survey.quoted", question=labels.question(i)) for i, d in found.items() if d == direction]
        count = value(rows, table="summary", measure=f"primary_{direction}")
        if named and count != value(rows, table="summary", measure="primary"):
            words = {"n": count, "total": total, "items": i18n.listing(named, labels.language)}
            sentences.append(labels.say(f"survey.results.{direction}", **words))
        elif named:
            sentences.append(labels.say(f"survey.results.all_{direction}", total=total))
    sentences += _largest(effects, labels)
    details = [_detail(rows, item, direction, labels) for item, direction in found.items()]
    return sentences, [labels.say("survey.results.basis"), *details, labels.say("survey.results.effect")]


def _largest(effects: pd.DataFrame, labels: Labels) -> list[str]:
    """The question or scale that changed most, of those whose interval does not hold zero."""
    clear = effects[((effects["lower"] > 0) | (effects["upper"] < 0)).fillna(False)]
    if clear.empty:
        return [labels.say("survey.results.largest_none")]
    row = clear.loc[clear["estimate"].abs().idxmax()]
    words = {"question": labels.question(row["item"]), "effect": _signed(labels, row["estimate"])}
    key = "largest_better" if row["estimate"] > 0 else "largest_worse"
    return [labels.say(f"survey.results.{key}", interval=_range(labels, row), **words)]


def _detail(rows: pd.DataFrame, item: str, direction: str, labels: Labels) -> str:
    """One primary item in a sentence: who moved which way, the means, the change and what it means."""
    here = pick(rows, table="item", item=item, scope=ALL).set_index("measure")
    question = _question(labels, item)
    change, rank = here.loc["mean_change"], here.loc["rank_biserial"]
    if pd.isna(rank["p_adjusted"]) or pd.isna(change["lower"]):
        return labels.say("survey.results.too_few", question=question)
    return labels.say(
        f"survey.results.item_{direction}",
        question=question,
        n=labels.number(here.loc["paired", "count"]),
        improved=labels.percent(here.loc["improved", "estimate"]),
        worse=labels.percent(here.loc["worse", "estimate"]),
        start=labels.decimal(here.loc["mean_start", "estimate"]),
        end=labels.decimal(here.loc["mean_end", "estimate"]),
        change=_signed(labels, change["estimate"]),
        interval=_range(labels, change),
        p=_p(labels, rank["p_adjusted"]),
    )


def _items_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    items = pick(rows, table="item", scope=ALL)
    changes = pick(items, measure="mean_change")
    if changes.empty:
        return None
    blocks = [_main_table(items, changes, labels), _companion_table(items, changes, labels)]
    blocks.append(_answer_table(items, labels))
    return Part("survey-items", labels.say("survey.heading.items"), [labels.say("survey.items.how")], blocks)


def _named(labels: Labels) -> tuple[Column, Callable[[pd.Series], Value]]:
    def read(row: pd.Series) -> str:
        question = _question(labels, row["item"])
        return labels.say("survey.primary", question=question) if _is_primary(labels, row["item"]) else question

    return Column(labels.say("survey.column.item")), read


def _main_table(items: pd.DataFrame, changes: pd.DataFrame, labels: Labels) -> Table:
    columns = [
        _named(labels),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.start"), "decimal", 2), _of(items, measure="mean_start")),
        (Column(labels.say("survey.column.end"), "decimal", 2), _of(items, measure="mean_end")),
        (Column(labels.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), _of(items, "p", measure="rank_biserial")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), _of(items, "p_adjusted", measure="rank_biserial")),
        (Column(labels.say("survey.column.effect"), "decimal", 2), _of(items, measure="rank_biserial")),
    ]
    notes = [labels.say(f"survey.items.{key}") for key in ("p", "families")]
    caption = labels.say("survey.items.table")
    return labels.table("survey-items-table", caption, changes, columns, source=_source(labels), notes=notes)


def _companion_table(items: pd.DataFrame, changes: pd.DataFrame, labels: Labels) -> Table:
    agree = {column: _of(items, column, measure="agree_change") for column in ("estimate", "lower", "upper", "p")}
    columns = [
        _named(labels),
        (Column(labels.say("survey.column.superiority"), "percent"), _of(items, measure="superiority")),
        (
            Column(labels.say("column.lower"), "percent", span=labels.say("column.interval")),
            _of(items, "lower", measure="superiority"),
        ),
        (Column(labels.say("column.upper"), "percent"), _of(items, "upper", measure="superiority")),
        (Column(labels.say("survey.column.homogeneity"), "p"), _of(items, "p", measure="marginal_homogeneity")),
        (Column(labels.say("survey.column.agree_change"), "points"), agree["estimate"]),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), agree["lower"]),
        (Column(labels.say("column.upper"), "points"), agree["upper"]),
        (Column(labels.say("survey.column.mcnemar"), "p"), agree["p"]),
    ]
    caption = labels.say("survey.items.companions")
    notes = [labels.say("survey.items.companions_how")]
    return labels.table("survey-companions", caption, changes, columns, source=_source(labels), notes=notes)


def _answer_table(items: pd.DataFrame, labels: Labels) -> Table:
    measures = ("start_only", "end_only", "cannot_say_start", "cannot_say_end")
    columns = [
        _named(labels),
        (Column(labels.say("survey.who.both"), "integer"), number("count")),
        *((Column(labels.say(f"survey.who.{m}"), "integer"), _of(items, "count", measure=m)) for m in measures),
    ]
    caption = labels.say("survey.items.answers")
    lines = pick(items, measure="paired")
    return labels.table("survey-item-answers", caption, lines, columns, source=_source(labels))


# --- parts: from answer to answer, and by term ---


def _primary_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return _crossed(rows, labels, "survey-primary", True)


def _transitions_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return _crossed(rows, labels, "survey-transitions", False)


def _crossed(rows: pd.DataFrame, labels: Labels, id: str, primary: bool) -> Part | None:
    transition = pick(rows, table="transition")
    items = [item for item in dict.fromkeys(transition["item"]) if _is_primary(labels, item) is primary]
    if not items:
        return None
    heading = labels.say(f"survey.heading.{id.removeprefix('survey-')}")
    pictures = _flows(transition, items, labels) if primary else []
    tables = [_transition_table(pick(transition, item=item), item, labels) for item in items]
    return Part(id, heading, [labels.say("survey.transitions.how")], [*pictures, *tables], level=3)


def _flows(transition: pd.DataFrame, items: list[str], labels: Labels) -> list[Figure]:
    """How answers flowed from the start to the end: one figure for each set of answers."""
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in items:
        answers = dict.fromkeys(pick(transition, item=item)["group"])
        sets.setdefault(tuple(_answer(labels, item, answer) for answer in answers), []).append(item)
    return [
        charts.likert_flow(
            f"survey-likert-{place}",
            labels.say("survey.transitions.figure"),
            [_question(labels, item) for item in those],
            list(steps),
            [_square(pick(transition, item=item)) for item in those],
            language=labels.language,
            source=_source(labels),
        )
        for place, (steps, those) in enumerate(sets.items(), start=1)
    ]


def _square(cells: pd.DataFrame) -> list[list[int]]:
    """Counts of persons by answer at the start (rows) and at the end (columns)."""
    answers = list(dict.fromkeys(cells["group"]))
    found = cells.set_index(["group", "group2"])["count"]
    return [[int(found[a, b]) for b in answers] for a in answers]


def _transition_table(cells: pd.DataFrame, item: str, labels: Labels) -> Table:
    answers = list(dict.fromkeys(cells["group"]))
    found = cells.set_index(["group", "group2"])["count"]
    lines = [[_answer(labels, item, a), *(optional_int(found[a, b]) for b in answers)] for a in answers]
    columns = [Column(labels.say("survey.transitions.corner"))]
    columns += [Column(b, "integer") for b in answers]  # in words at the rows: as headings they fill a phone
    caption = labels.say("survey.transitions.caption", question=labels.question(item))
    return Table(f"survey-pairs-{item}", caption, columns, lines, labels.language, [], _source(labels))


def _answer(labels: Labels, item: str, answer: str) -> str:
    """An answer in words, after its number, where the study file names it."""
    names = labels.study.survey.row_labels.get(labels.study.item(item).row_labels, [])
    return next((f"{answer} {code.name(labels.language)}" for code in names if code.id == answer), answer)


def _terms_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    changes = pick(rows, table="item", measure="mean_change")
    by_term = changes[changes["scope"] != ALL]
    if by_term.empty:
        return None
    chosen = by_term[[_is_primary(labels, item) for item in by_term["item"]]]
    chosen = (by_term if chosen.empty else chosen).sort_values("item", kind="stable", key=lambda c: c.map(_order(c)))
    items = pick(rows, table="item")
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: _question(labels, row["item"])),
        (Column(labels.by("term")), lambda row: labels.scope(row["scope"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column(labels.say("survey.column.effect"), "decimal", 2), _of(items, measure="rank_biserial")),
    ]
    caption = labels.say("survey.terms.table")
    table = labels.table("survey-terms-table", caption, chosen, columns, source=_source(labels))
    return Part("survey-terms", labels.say("survey.heading.terms"), [labels.say("survey.terms.how")], [table])


def _order(items: pd.Series) -> dict[str, int]:
    return {item: place for place, item in enumerate(dict.fromkeys(items))}


# --- parts: scales, feedback, arms, cautions ---


def _scales_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    reliability = pick(rows, table="scale_reliability")
    if reliability.empty:
        return None
    alphas = pick(reliability, measure="alpha")
    sentences = [labels.say("survey.scales.how", limit=labels.decimal(RELIABLE))]
    for _, row in alphas.dropna(subset=["estimate"]).iterrows():
        enough = "enough" if row["estimate"] >= RELIABLE else "short"
        words = {"scale": labels.question(row["item"]), "alpha": labels.decimal(row["estimate"])}
        change = value(reliability, measure="detectable_change", item=row["item"])
        words |= {"interval": _range(labels, row), "change": labels.decimal(change, 1)}
        sentences.append(labels.say(f"survey.scales.{enough}", **words))
    columns = [
        (Column(labels.say("survey.column.scale")), lambda row: labels.question(row["item"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.alpha"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        *(
            (Column(labels.say(f"survey.column.{m}"), "decimal", 2), _of(reliability, measure=m))
            for m in ("omega", "standard_error", "detectable_change")
        ),
    ]
    caption = labels.say("survey.scales.table")
    table = labels.table("survey-scales-table", caption, alphas, columns, source=labels.source("start_survey"))
    return Part("survey-scales", labels.say("survey.heading.scales"), sentences, [table])


def _feedback_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    feedback = pick(rows, table="feedback")
    if feedback.empty:
        return None
    agree = pick(feedback, measure="agree").dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    chosen = {"most": agree.iloc[-1:], "least": agree.iloc[: min(1, len(agree) - 1)]} if len(agree) else {}
    sentences = [_agree_sentence(labels, key, row) for key, some in chosen.items() for _, row in some.iterrows()]
    means = pick(feedback, measure="mean_end")
    spans = (labels.say("column.interval"), "", labels.say("column.bounds"), "")
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: _question(labels, row["item"])),
        (Column(labels.say("column.answered"), "integer"), number("answered")),
        (Column(labels.say("column.response_rate"), "percent"), number("response_rate")),
        (Column(labels.say("survey.column.agree"), "percent"), _of(feedback, measure="agree")),
        *(
            (Column(labels.say(f"column.{c}"), "percent", span=span), _of(feedback, c, measure="agree"))
            for c, span in zip(("lower", "upper", "bound_lower", "bound_upper"), spans, strict=True)
        ),
        (Column(labels.say("survey.column.mean"), "decimal", 2), number("estimate")),
        (Column(labels.say("survey.who.cannot_say_end"), "integer"), _of(feedback, "count", measure="cannot_say_end")),
    ]
    caption, notes = labels.say("survey.feedback.table"), [labels.say("survey.feedback.bounds")]
    source = labels.source("end_survey")
    table = labels.table("survey-feedback-table", caption, means, columns, source=source, notes=notes)
    blocks = [*_distributions(feedback, labels, source), table]
    return Part("survey-feedback", labels.say("survey.heading.feedback"), sentences, blocks)


def _agree_sentence(labels: Labels, key: str, row: pd.Series) -> str:
    return labels.say(
        f"survey.feedback.{key}",
        question=labels.question(row["item"]),
        share=labels.percent(row["estimate"]),
        count=labels.number(row["count"]),
        answered=labels.number(row["answered"]),
        interval=i18n.interval(labels.percent(row["lower"]), labels.percent(row["upper"])),
    )


def _distributions(feedback: pd.DataFrame, labels: Labels, source: str) -> list[Figure]:
    """One figure for each set of answers: items that share their row_labels and steps stand in the same one."""
    answers = pick(feedback, measure="answers")
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in dict.fromkeys(answers["item"]):
        steps = tuple(_answer(labels, item, answer) for answer in pick(answers, item=item)["group"])
        sets.setdefault(steps, []).append(item)
    return [
        charts.distribution(
            f"survey-feedback-{place}",
            labels.say("survey.feedback.figure"),
            [_question(labels, item) for item in items],
            list(steps),
            [[optional_int(c) for c in pick(answers, item=item)["count"]] for item in items],
            language=labels.language,
            source=source,
        )
        for place, (steps, items) in enumerate(sets.items(), start=1)
    ]


def _arms_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    arms = pick(rows, table="arms")
    compared = labels.study.comparison
    if arms.empty or compared is None:
        return None
    differences = pick(arms, measure="difference_of_changes")
    names = {arm: labels.group("arm", arm) for arm in (compared.treated, compared.control)}
    sentences = [_arm_sentence(labels, arms, row, names) for _, row in differences.iterrows()]
    changes = pick(arms, measure="mean_change")
    change_columns = [
        (Column(labels.say("survey.column.item")), lambda row: _question(labels, row["item"])),
        (Column(labels.by("arm")), lambda row: names[row["group"]]),
        (Column("n", "integer"), number("answered")),
        (
            Column(labels.say("survey.column.start"), "decimal", 2),
            lambda row: value(arms, measure="mean_start", item=row["item"], group=row["group"]),
        ),
        (
            Column(labels.say("survey.column.end"), "decimal", 2),
            lambda row: value(arms, measure="mean_end", item=row["item"], group=row["group"]),
        ),
        (Column(labels.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
    ]
    by_arm = labels.table(
        "survey-arm-changes", labels.say("survey.arms.changes"), changes, change_columns, source=_source(labels)
    )
    blocks = [by_arm, _difference_table(arms, differences, labels)]
    return Part(
        "survey-arms", labels.say("survey.heading.arms"), sentences, blocks, [labels.say("survey.arms.caution")]
    )


def _arm_sentence(labels: Labels, arms: pd.DataFrame, row: pd.Series, names: dict[str, str]) -> str:
    question = _question(labels, row["item"])
    if pd.isna(row["lower"]) or pd.isna(row["p_adjusted"]):
        return labels.say("survey.arms.too_few", question=question)
    treated, control = names
    kind = "clear" if row["p_adjusted"] < LEVEL else "unclear"
    return labels.say(
        f"survey.arms.{kind}",
        question=question,
        treated=names[treated],
        control=names[control],
        change1=_signed(labels, value(arms, measure="mean_change", item=row["item"], group=treated)),
        change2=_signed(labels, value(arms, measure="mean_change", item=row["item"], group=control)),
        difference=_signed(labels, row["estimate"]),
        interval=_range(labels, row),
        p=_p(labels, row["p_adjusted"]),
    )


def _difference_table(arms: pd.DataFrame, differences: pd.DataFrame, labels: Labels) -> Table:
    adjusted = {c: _of(arms, c, measure="adjusted_difference") for c in ("estimate", "lower", "upper")}
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: _question(labels, row["item"])),
        (Column(labels.say("survey.column.difference"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), number("p")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
        (Column(labels.say("survey.column.g"), "decimal", 2), number("effect")),
        (Column(labels.say("survey.column.adjusted"), "decimal", 2), adjusted["estimate"]),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), adjusted["lower"]),
        (Column(labels.say("column.upper"), "decimal", 2), adjusted["upper"]),
    ]
    caption = labels.say("survey.arms.differences")
    return labels.table("survey-arm-differences", caption, differences, columns, source=_source(labels))


def _cautions_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """What start and end surveys alone cannot show; only the cautions that apply."""
    if pick(rows, table="item").empty:
        return None
    compared = not pick(rows, table="arms").empty
    notes = [labels.say("survey.caution.compared" if compared else "survey.caution.alone")]
    both = pick(rows, table="responses", scope=ALL, measure="both")
    if len(both) and pd.notna(both["estimate"].iloc[0]) and both["estimate"].iloc[0] < 1:
        notes.append(labels.say("survey.caution.missing", share=labels.percent(both["estimate"].iloc[0])))
    notes += _cautions_of_items(pick(rows, table="caution"), labels)
    return Part("survey-cautions", labels.say("survey.heading.cautions"), [], [], notes)


def _cautions_of_items(cautions: pd.DataFrame, labels: Labels) -> list[str]:
    """Start means near an end, few pairs, and the change that could have been found."""
    detectable = pick(cautions, measure="detectable_change").dropna(subset=["estimate"])
    primary = detectable[[_is_primary(labels, item) for item in detectable["item"]]]
    found = {
        "near": pick(cautions, measure="regression_to_mean").dropna(subset=["estimate"]),
        "few": pick(cautions, measure="few_pairs"),
        "detectable": detectable if primary.empty else primary,
    }
    shown = {"near": "estimate", "few": "count", "detectable": "estimate"}
    notes = []
    for key, some in found.items():
        decimals = 0 if key == "few" else 2
        named = [
            f"{labels.question(row['item'])} ({labels.decimal(row[shown[key]], decimals)})"
            for _, row in some.iterrows()
        ]
        if named:
            share = labels.percent(power.POWER, 0)
            notes.append(labels.say(f"survey.caution.{key}", items="; ".join(named), power=share))
    return notes
