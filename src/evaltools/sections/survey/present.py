"""What the report shows of the surveys: parts made from the rows."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import ROUNDED, pick, value
from evaltools.sections.material import Reader, flow_steps, given, number, plain
from evaltools.sections.survey.compute import ANSWERED, LEVEL, concluded
from evaltools.statistics import scales

STEPS = ("participants", "start", "asked_at_end", "end", "both")
LARGE = 30  # persons; smaller groups are in the table of attrition and not in its sentences
NOTABLE = 0.1  # standardised difference that is commonly called an imbalance
RELIABLE = 0.7  # alpha commonly asked of a scale that compares groups
NBSP = "\N{NO-BREAK SPACE}"


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """The report's parts: who answered and who did not, results, items, terms, scales, feedback, arms, cautions."""
    makers = (
        *(_answered_part, _attrition_part, _results_part, _items_part, _primary_part, _transitions_part),
        *(_terms_part, _scales_part, _feedback_part, _arms_part, _cautions_part),
    )
    return [part for make in makers if (part := make(rows, reader)) is not None]


def _of(rows: pd.DataFrame, column: str = "estimate", **where: str) -> Callable[[pd.Series], Value]:
    """A reader of another result about the same item."""

    def read(row: pd.Series) -> Value:
        return value(rows, column, scope=row["scope"], item=row["item"], **where)

    return read


def _source(reader: Reader) -> str:
    return reader.source("start_survey", "end_survey")


def _range(reader: Reader, row: pd.Series) -> str:
    return i18n.interval(reader.decimal(row["lower"]), reader.decimal(row["upper"]))


def _signed(reader: Reader, number: float | None) -> str:
    """A change with its sign."""
    shown = reader.decimal(number)
    return f"+{shown}" if pd.notna(number) and number > 0 and float(number) >= 0.005 else shown


def _p(reader: Reader, p: float | None) -> str:
    shown = i18n.p_value(None if pd.isna(p) else float(p), reader.language)
    return f"p{NBSP}{shown}" if shown.startswith("<") else f"p{NBSP}={NBSP}{shown}"


def _question(reader: Reader, item: str) -> str:
    """The wording, with a mark where a lower answer is the better one."""
    lower = any(i.id == item and i.direction == "lower" for i in reader.study.survey.items)
    question = reader.question(item)
    return reader.say("survey.lower_better", question=question) if lower else question


def _is_primary(reader: Reader, item: str) -> bool:
    survey = reader.study.survey
    return any(q.id == item and q.primary for q in (*survey.items, *survey.scales))


# --- parts: who answered ---


def _answered_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    responses = pick(rows, table="responses")
    if responses.empty:
        return None
    here = pick(responses, scope=ALL).set_index("measure")
    words = {step: reader.number(here.loc[step, "count"]) for step in STEPS}
    words |= {f"{step}_share": reader.percent(here.loc[step, "estimate"]) for step in ("start", "end", "both")}
    asked, everybody = (value(responses, "count", scope=ALL, measure=step) for step in ("asked_at_end", "participants"))
    end = "everyone" if asked is not None and asked == everybody else "end"
    sentences = [reader.say(f"survey.answered.{key}", **words) for key in ("start", end, "pairs")]
    steps = flow_steps(rows, lambda step: reader.say(f"survey.step.{step}"))
    caption = reader.say("survey.answered.flow")
    source = reader.source("participants", "start_survey", "end_survey")
    blocks: list[Table | Figure] = [charts.flow("survey-flow", caption, steps, language=reader.language, source=source)]
    if responses["scope"].nunique() > 1:
        blocks.append(_responses_by_term(responses, reader, source))
    return Part("survey-answered", reader.say("survey.heading.answered"), sentences, blocks)


def _responses_by_term(responses: pd.DataFrame, reader: Reader, source: str) -> Table:
    def step(measure: str, column: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(responses, column, scope=row["scope"], measure=measure)

    def share(measure: str) -> tuple[Column, Callable[[pd.Series], Value]]:
        label = reader.say("survey.column.share", step=reader.say(f"survey.step.{measure}"))
        return Column(label, "percent"), step(measure, "estimate")

    columns = [(Column(reader.by("term")), lambda row: reader.scope(row["scope"]))]
    for measure in STEPS:
        columns.append((Column(reader.say(f"survey.step.{measure}"), "integer"), step(measure, "count")))
        columns += [share(measure)] if measure in ("start", "end", "both") else []
    lines = pick(responses, measure="participants")
    caption = reader.say("survey.answered.by_term")
    notes = [reader.say("survey.answered.shares")]
    return reader.table("survey-responses", caption, lines, columns, source=source, notes=notes)


def _attrition_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    attrition = pick(rows, table="attrition")
    if attrition.empty:
        return None
    heading = reader.say("survey.heading.attrition")
    if value(attrition, by=TOTAL, measure="both") == 1:
        return Part("survey-attrition", heading, [reader.say("survey.attrition.nobody")])
    differences = pick(attrition, measure="standardised_difference")
    clear = differences[(differences["lower"] > 0) | (differences["upper"] < 0)]
    clear = clear[(clear["estimate"].abs() >= NOTABLE) & (clear["answered"] >= LARGE)].sort_values(
        "estimate", kind="stable"
    )
    missing, present = clear[clear["estimate"] < 0], clear[clear["estimate"] > 0].iloc[::-1]
    sentences = [
        reader.say(f"survey.attrition.{key}", groups="; ".join(_difference(reader, row) for _, row in some.iterrows()))
        for key, some in (("missing", missing), ("present", present))
        if len(some)
    ]
    sentences = sentences or [reader.say("survey.attrition.alike")]
    if len(clear):
        sentences.append(reader.say("survey.attrition.selected"))
    sentences.append(reader.say("survey.attrition.how", limit=reader.decimal(NOTABLE, 1), n=reader.number(LARGE)))
    blocks = [_attrition_table(attrition, differences, reader)]
    tests = pick(attrition, measure="attrition_test")
    if len(tests):
        blocks.append(_attrition_test_table(tests, reader))
    return Part("survey-attrition", heading, sentences, blocks)


def _difference(reader: Reader, row: pd.Series) -> str:
    words = {"by": reader.by(row["by"]).lower(), "group": reader.group(row["by"], row["group"])}
    return reader.say(
        "survey.attrition.difference", **words, d=_signed(reader, row["estimate"]), interval=_range(reader, row)
    )


def _attrition_table(attrition: pd.DataFrame, differences: pd.DataFrame, reader: Reader) -> Table:
    def count(measure: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(attrition, "count", by=row["by"], group=row["group"], measure=measure)

    columns = [
        (Column(reader.say("survey.column.background")), lambda row: reader.by(row["by"])),
        (Column(reader.say("column.group")), lambda row: reader.group(row["by"], row["group"])),
        *((Column(reader.say(f"survey.who.{measure}"), "integer"), count(measure)) for measure in ANSWERED),
        (Column(reader.say("survey.column.d"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
    ]
    caption = reader.say("survey.attrition.table")
    source = reader.source("participants", "start_survey", "end_survey")
    rounded = (attrition["status"] == ROUNDED).any()
    notes = [reader.say("survey.attrition.rounded")] if rounded else []
    return reader.table("survey-attrition-table", caption, differences, columns, source=source, notes=notes)


def _attrition_test_table(tests: pd.DataFrame, reader: Reader) -> Table:
    columns = [
        (Column(reader.say("survey.column.background")), lambda row: reader.by(row["by"])),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.v"), "decimal", 2), number("effect")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("effect_lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("effect_upper")),
        (Column("p", "p"), number("p")),
        (Column(reader.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    caption = reader.say("survey.attrition.tests")
    notes = [reader.say("survey.attrition.tests_how")]
    return reader.table("survey-attrition-tests", caption, tests, columns, notes=notes)


# --- parts: results ---


def _results_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    effects = pick(rows, table="item", measure="rank_biserial", scope=ALL)
    if effects.empty:
        return None
    summary, basis = _conclusions(rows, effects, reader)
    sentences = [*summary, *basis]
    if (pick(rows, table="item", measure="improved")["status"] == ROUNDED).any():
        sentences = [*sentences, reader.say("survey.results.rounded")]
    items = list(effects["item"])
    labels = [_question(reader, item) for item in items]
    moved = {m: pick(rows, table="item", measure=m).set_index("item")["count"] for m in ("improved", "same", "worse")}
    counts = {m: [given(found[item]) for item in items] for m, found in moved.items()}
    common = {"language": reader.language, "source": _source(reader)}
    blocks: list[Table | Figure] = [
        charts.change(
            "survey-change",
            reader.say("survey.results.change"),
            labels,
            unit=reader.say("figure.unit.pairs"),
            **counts,
            **common,
        ),
        charts.forest(
            "survey-effects",
            reader.say("survey.results.effects"),
            labels,
            plain(effects["estimate"]),
            plain(effects["lower"]),
            plain(effects["upper"]),
            n=[given(n) for n in effects["answered"]],
            reference=0.0,
            reference_label=reader.say("survey.results.no_change"),
            kind="decimal",
            unit=reader.say("figure.unit.rank_biserial"),
            **common,
        ),
    ]
    return Part("survey-results", reader.say("survey.heading.results"), sentences, blocks, summary=summary)


def _conclusions(rows: pd.DataFrame, effects: pd.DataFrame, reader: Reader) -> tuple[list[str], list[str]]:
    """What may be concluded, then what it rests on: the primary items that changed and did not; each of them."""
    primary = effects[[_is_primary(reader, item) for item in effects["item"]]]
    if primary.empty:
        return [reader.say("survey.results.no_primary")], [reader.say("survey.results.effect")]
    found = {
        row["item"]: concluded(*(number(c)(row) for c in ("estimate", "p_adjusted"))) for _, row in primary.iterrows()
    }
    total = reader.number(value(rows, table="summary", measure="primary"))
    sentences = []
    for direction in ("improved", "worse", "unclear"):
        named = [reader.say("survey.quoted", question=reader.question(i)) for i, d in found.items() if d == direction]
        count = value(rows, table="summary", measure=f"primary_{direction}")
        if named and count != value(rows, table="summary", measure="primary"):
            words = {"n": count, "total": total, "items": i18n.listing(named, reader.language)}
            sentences.append(reader.say(f"survey.results.{direction}", **words))
        elif named:
            sentences.append(reader.say(f"survey.results.all_{direction}", total=total))
    sentences += _largest(effects, reader)
    details = [_detail(rows, item, direction, reader) for item, direction in found.items()]
    return sentences, [reader.say("survey.results.basis"), *details, reader.say("survey.results.effect")]


def _largest(effects: pd.DataFrame, reader: Reader) -> list[str]:
    """The question or scale that changed most, of those whose interval does not hold zero."""
    clear = effects[((effects["lower"] > 0) | (effects["upper"] < 0)).fillna(False)]
    if clear.empty:
        return [reader.say("survey.results.largest_none")]
    row = clear.loc[clear["estimate"].abs().idxmax()]
    words = {"question": reader.question(row["item"]), "effect": _signed(reader, row["estimate"])}
    key = "largest_better" if row["estimate"] > 0 else "largest_worse"
    return [reader.say(f"survey.results.{key}", interval=_range(reader, row), **words)]


def _detail(rows: pd.DataFrame, item: str, direction: str, reader: Reader) -> str:
    """One primary item in a sentence: who moved which way, the means, the change and what it means."""
    here = pick(rows, table="item", item=item, scope=ALL).set_index("measure")
    question = _question(reader, item)
    change, rank = here.loc["mean_change"], here.loc["rank_biserial"]
    if pd.isna(rank["p_adjusted"]) or pd.isna(change["lower"]):
        return reader.say("survey.results.too_few", question=question)
    return reader.say(
        f"survey.results.item_{direction}",
        question=question,
        n=reader.number(here.loc["paired", "count"]),
        improved=reader.percent(here.loc["improved", "estimate"]),
        worse=reader.percent(here.loc["worse", "estimate"]),
        start=reader.decimal(here.loc["mean_start", "estimate"]),
        end=reader.decimal(here.loc["mean_end", "estimate"]),
        change=_signed(reader, change["estimate"]),
        interval=_range(reader, change),
        p=_p(reader, rank["p_adjusted"]),
    )


def _items_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    items = pick(rows, table="item", scope=ALL)
    changes = pick(items, measure="mean_change")
    if changes.empty:
        return None
    blocks = [_main_table(items, changes, reader), _companion_table(items, changes, reader)]
    blocks.append(_answer_table(items, reader))
    return Part("survey-items", reader.say("survey.heading.items"), [reader.say("survey.items.how")], blocks)


def _named(reader: Reader) -> tuple[Column, Callable[[pd.Series], Value]]:
    def read(row: pd.Series) -> str:
        question = _question(reader, row["item"])
        return reader.say("survey.primary", question=question) if _is_primary(reader, row["item"]) else question

    return Column(reader.say("survey.column.item")), read


def _main_table(items: pd.DataFrame, changes: pd.DataFrame, reader: Reader) -> Table:
    columns = [
        _named(reader),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.start"), "decimal", 2), _of(items, measure="mean_start")),
        (Column(reader.say("survey.column.end"), "decimal", 2), _of(items, measure="mean_end")),
        (Column(reader.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), _of(items, "p", measure="rank_biserial")),
        (Column(reader.say("survey.column.p_adjusted"), "p"), _of(items, "p_adjusted", measure="rank_biserial")),
        (Column(reader.say("survey.column.effect"), "decimal", 2), _of(items, measure="rank_biserial")),
    ]
    notes = [reader.say(f"survey.items.{key}") for key in ("p", "families")]
    caption = reader.say("survey.items.table")
    return reader.table("survey-items-table", caption, changes, columns, source=_source(reader), notes=notes)


def _companion_table(items: pd.DataFrame, changes: pd.DataFrame, reader: Reader) -> Table:
    agree = {column: _of(items, column, measure="agree_change") for column in ("estimate", "lower", "upper", "p")}
    columns = [
        _named(reader),
        (Column(reader.say("survey.column.superiority"), "percent"), _of(items, measure="superiority")),
        (
            Column(reader.say("column.lower"), "percent", span=reader.say("column.interval")),
            _of(items, "lower", measure="superiority"),
        ),
        (Column(reader.say("column.upper"), "percent"), _of(items, "upper", measure="superiority")),
        (Column(reader.say("survey.column.homogeneity"), "p"), _of(items, "p", measure="marginal_homogeneity")),
        (Column(reader.say("survey.column.agree_change"), "points"), agree["estimate"]),
        (Column(reader.say("column.lower"), "points", span=reader.say("column.interval")), agree["lower"]),
        (Column(reader.say("column.upper"), "points"), agree["upper"]),
        (Column(reader.say("survey.column.mcnemar"), "p"), agree["p"]),
    ]
    caption = reader.say("survey.items.companions")
    notes = [reader.say("survey.items.companions_how")]
    return reader.table("survey-companions", caption, changes, columns, source=_source(reader), notes=notes)


def _answer_table(items: pd.DataFrame, reader: Reader) -> Table:
    measures = ("start_only", "end_only", "cannot_say_start", "cannot_say_end")
    columns = [
        _named(reader),
        (Column(reader.say("survey.who.both"), "integer"), number("count")),
        *((Column(reader.say(f"survey.who.{m}"), "integer"), _of(items, "count", measure=m)) for m in measures),
    ]
    caption = reader.say("survey.items.answers")
    lines = pick(items, measure="paired")
    return reader.table("survey-item-answers", caption, lines, columns, source=_source(reader))


# --- parts: from answer to answer, and by term ---


def _primary_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    return _crossed(rows, reader, "survey-primary", True)


def _transitions_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    return _crossed(rows, reader, "survey-transitions", False)


def _crossed(rows: pd.DataFrame, reader: Reader, id: str, primary: bool) -> Part | None:
    transition = pick(rows, table="transition")
    items = [item for item in dict.fromkeys(transition["item"]) if _is_primary(reader, item) is primary]
    if not items:
        return None
    heading = reader.say(f"survey.heading.{id.removeprefix('survey-')}")
    pictures = _flows(transition, items, reader) if primary else []
    tables = [_transition_table(pick(transition, item=item), item, reader) for item in items]
    return Part(id, heading, [reader.say("survey.transitions.how")], [*pictures, *tables], level=3)


def _flows(transition: pd.DataFrame, items: list[str], reader: Reader) -> list[Figure]:
    """How answers flowed from the start to the end: one figure for each set of answers."""
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in items:
        answers = dict.fromkeys(pick(transition, item=item)["group"])
        sets.setdefault(tuple(_answer(reader, item, answer) for answer in answers), []).append(item)
    return [
        charts.likert_flow(
            f"survey-likert-{place}",
            reader.say("survey.transitions.figure"),
            [_question(reader, item) for item in those],
            list(steps),
            [_square(pick(transition, item=item)) for item in those],
            language=reader.language,
            source=_source(reader),
        )
        for place, (steps, those) in enumerate(sets.items(), start=1)
    ]


def _square(cells: pd.DataFrame) -> list[list[int]]:
    """Counts of persons by answer at the start (rows) and at the end (columns)."""
    answers = list(dict.fromkeys(cells["group"]))
    found = cells.set_index(["group", "group2"])["count"]
    return [[int(found[a, b]) for b in answers] for a in answers]


def _transition_table(cells: pd.DataFrame, item: str, reader: Reader) -> Table:
    answers = list(dict.fromkeys(cells["group"]))
    found = cells.set_index(["group", "group2"])["count"]
    lines = [[_answer(reader, item, a), *(given(found[a, b]) for b in answers)] for a in answers]
    columns = [Column(reader.say("survey.transitions.corner"))]
    columns += [Column(b, "integer") for b in answers]  # in words at the rows: as headings they fill a phone
    caption = reader.say("survey.transitions.caption", question=reader.question(item))
    return Table(f"survey-pairs-{item}", caption, columns, lines, reader.language, [], _source(reader))


def _answer(reader: Reader, item: str, answer: str) -> str:
    """An answer in words, after its number, where the study file names it."""
    names = reader.study.survey.labels.get(reader.study.item(item).labels, [])
    return next((f"{answer} {code.name(reader.language)}" for code in names if code.id == answer), answer)


def _terms_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    changes = pick(rows, table="item", measure="mean_change")
    by_term = changes[changes["scope"] != ALL]
    if by_term.empty:
        return None
    chosen = by_term[[_is_primary(reader, item) for item in by_term["item"]]]
    chosen = (by_term if chosen.empty else chosen).sort_values("item", kind="stable", key=lambda c: c.map(_order(c)))
    items = pick(rows, table="item")
    columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.by("term")), lambda row: reader.scope(row["scope"])),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        (Column(reader.say("survey.column.effect"), "decimal", 2), _of(items, measure="rank_biserial")),
    ]
    caption = reader.say("survey.terms.table")
    table = reader.table("survey-terms-table", caption, chosen, columns, source=_source(reader))
    return Part("survey-terms", reader.say("survey.heading.terms"), [reader.say("survey.terms.how")], [table])


def _order(items: pd.Series) -> dict[str, int]:
    return {item: place for place, item in enumerate(dict.fromkeys(items))}


# --- parts: scales, feedback, arms, cautions ---


def _scales_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    reliability = pick(rows, table="scale_reliability")
    if reliability.empty:
        return None
    alphas = pick(reliability, measure="alpha")
    sentences = [reader.say("survey.scales.how", limit=reader.decimal(RELIABLE))]
    for _, row in alphas.dropna(subset=["estimate"]).iterrows():
        enough = "enough" if row["estimate"] >= RELIABLE else "short"
        words = {"scale": reader.question(row["item"]), "alpha": reader.decimal(row["estimate"])}
        change = value(reliability, measure="detectable_change", item=row["item"])
        words |= {"interval": _range(reader, row), "change": reader.decimal(change, 1)}
        sentences.append(reader.say(f"survey.scales.{enough}", **words))
    columns = [
        (Column(reader.say("survey.column.scale")), lambda row: reader.question(row["item"])),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.alpha"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        *(
            (Column(reader.say(f"survey.column.{m}"), "decimal", 2), _of(reliability, measure=m))
            for m in ("omega", "standard_error", "detectable_change")
        ),
    ]
    caption = reader.say("survey.scales.table")
    table = reader.table("survey-scales-table", caption, alphas, columns, source=reader.source("start_survey"))
    return Part("survey-scales", reader.say("survey.heading.scales"), sentences, [table])


def _feedback_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    feedback = pick(rows, table="feedback")
    if feedback.empty:
        return None
    agree = pick(feedback, measure="agree").dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    chosen = {"most": agree.iloc[-1:], "least": agree.iloc[: min(1, len(agree) - 1)]} if len(agree) else {}
    sentences = [_agree_sentence(reader, key, row) for key, some in chosen.items() for _, row in some.iterrows()]
    means = pick(feedback, measure="mean_end")
    spans = (reader.say("column.interval"), "", reader.say("column.bounds"), "")
    columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.say("column.answered"), "integer"), number("answered")),
        (Column(reader.say("column.response_rate"), "percent"), number("response_rate")),
        (Column(reader.say("survey.column.agree"), "percent"), _of(feedback, measure="agree")),
        *(
            (Column(reader.say(f"column.{c}"), "percent", span=span), _of(feedback, c, measure="agree"))
            for c, span in zip(("lower", "upper", "bound_lower", "bound_upper"), spans, strict=True)
        ),
        (Column(reader.say("survey.column.mean"), "decimal", 2), number("estimate")),
        (Column(reader.say("survey.who.cannot_say_end"), "integer"), _of(feedback, "count", measure="cannot_say_end")),
    ]
    caption, notes = reader.say("survey.feedback.table"), [reader.say("survey.feedback.bounds")]
    source = reader.source("end_survey")
    table = reader.table("survey-feedback-table", caption, means, columns, source=source, notes=notes)
    blocks = [*_distributions(feedback, reader, source), table]
    return Part("survey-feedback", reader.say("survey.heading.feedback"), sentences, blocks)


def _agree_sentence(reader: Reader, key: str, row: pd.Series) -> str:
    return reader.say(
        f"survey.feedback.{key}",
        question=reader.question(row["item"]),
        share=reader.percent(row["estimate"]),
        count=reader.number(row["count"]),
        answered=reader.number(row["answered"]),
        interval=i18n.interval(reader.percent(row["lower"]), reader.percent(row["upper"])),
    )


def _distributions(feedback: pd.DataFrame, reader: Reader, source: str) -> list[Figure]:
    """One figure for each set of answers: items that share their labels and steps stand in the same one."""
    answers = pick(feedback, measure="answers")
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in dict.fromkeys(answers["item"]):
        steps = tuple(_answer(reader, item, answer) for answer in pick(answers, item=item)["group"])
        sets.setdefault(steps, []).append(item)
    return [
        charts.distribution(
            f"survey-feedback-{place}",
            reader.say("survey.feedback.figure"),
            [_question(reader, item) for item in items],
            list(steps),
            [[given(c) for c in pick(answers, item=item)["count"]] for item in items],
            language=reader.language,
            source=source,
        )
        for place, (steps, items) in enumerate(sets.items(), start=1)
    ]


def _arms_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    arms = pick(rows, table="arms")
    compared = reader.study.comparison
    if arms.empty or compared is None:
        return None
    differences = pick(arms, measure="difference_of_changes")
    names = {arm: reader.group("arm", arm) for arm in (compared.treated, compared.control)}
    sentences = [_arm_sentence(reader, arms, row, names) for _, row in differences.iterrows()]
    changes = pick(arms, measure="mean_change")
    change_columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.by("arm")), lambda row: names[row["group"]]),
        (Column("n", "integer"), number("answered")),
        (
            Column(reader.say("survey.column.start"), "decimal", 2),
            lambda row: value(arms, measure="mean_start", item=row["item"], group=row["group"]),
        ),
        (
            Column(reader.say("survey.column.end"), "decimal", 2),
            lambda row: value(arms, measure="mean_end", item=row["item"], group=row["group"]),
        ),
        (Column(reader.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
    ]
    by_arm = reader.table(
        "survey-arm-changes", reader.say("survey.arms.changes"), changes, change_columns, source=_source(reader)
    )
    blocks = [by_arm, _difference_table(arms, differences, reader)]
    return Part(
        "survey-arms", reader.say("survey.heading.arms"), sentences, blocks, [reader.say("survey.arms.caution")]
    )


def _arm_sentence(reader: Reader, arms: pd.DataFrame, row: pd.Series, names: dict[str, str]) -> str:
    question = _question(reader, row["item"])
    if pd.isna(row["lower"]) or pd.isna(row["p_adjusted"]):
        return reader.say("survey.arms.too_few", question=question)
    treated, control = names
    kind = "clear" if row["p_adjusted"] < LEVEL else "unclear"
    return reader.say(
        f"survey.arms.{kind}",
        question=question,
        treated=names[treated],
        control=names[control],
        change1=_signed(reader, value(arms, measure="mean_change", item=row["item"], group=treated)),
        change2=_signed(reader, value(arms, measure="mean_change", item=row["item"], group=control)),
        difference=_signed(reader, row["estimate"]),
        interval=_range(reader, row),
        p=_p(reader, row["p_adjusted"]),
    )


def _difference_table(arms: pd.DataFrame, differences: pd.DataFrame, reader: Reader) -> Table:
    adjusted = {c: _of(arms, c, measure="adjusted_difference") for c in ("estimate", "lower", "upper")}
    columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.say("survey.column.difference"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), number("p")),
        (Column(reader.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
        (Column(reader.say("survey.column.g"), "decimal", 2), number("effect")),
        (Column(reader.say("survey.column.adjusted"), "decimal", 2), adjusted["estimate"]),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), adjusted["lower"]),
        (Column(reader.say("column.upper"), "decimal", 2), adjusted["upper"]),
    ]
    caption = reader.say("survey.arms.differences")
    return reader.table("survey-arm-differences", caption, differences, columns, source=_source(reader))


def _cautions_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    """What start and end surveys alone cannot show; only the cautions that apply."""
    if pick(rows, table="item").empty:
        return None
    compared = not pick(rows, table="arms").empty
    notes = [reader.say("survey.caution.compared" if compared else "survey.caution.alone")]
    both = pick(rows, table="responses", scope=ALL, measure="both")
    if len(both) and pd.notna(both["estimate"].iloc[0]) and both["estimate"].iloc[0] < 1:
        notes.append(reader.say("survey.caution.missing", share=reader.percent(both["estimate"].iloc[0])))
    notes += _cautions_of_items(pick(rows, table="caution"), reader)
    return Part("survey-cautions", reader.say("survey.heading.cautions"), [], [], notes)


def _cautions_of_items(cautions: pd.DataFrame, reader: Reader) -> list[str]:
    """Start means near an end, few pairs, and the change that could have been found."""
    detectable = pick(cautions, measure="detectable_change").dropna(subset=["estimate"])
    primary = detectable[[_is_primary(reader, item) for item in detectable["item"]]]
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
            f"{reader.question(row['item'])} ({reader.decimal(row[shown[key]], decimals)})"
            for _, row in some.iterrows()
        ]
        if named:
            power = reader.percent(scales.POWER, 0)
            notes.append(reader.say(f"survey.caution.{key}", items="; ".join(named), power=power))
    return notes
