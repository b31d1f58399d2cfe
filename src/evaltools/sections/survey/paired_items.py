"""What changed from the start survey to the end survey: tables, figures and sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import EXACT, ROUNDED, pick, value
from evaltools.sections import dated
from evaltools.sections.material import Labels, has_value, middle_of, number, optional_int
from evaltools.sections.rate_tables import points_of
from evaltools.sections.survey import equivalence, net_changes
from evaltools.sections.survey.arms import lead
from evaltools.sections.survey.compute.decisions import DIRECTIONS, direction_of
from evaltools.sections.survey.published import NOT_TOLD
from evaltools.sections.survey.wording import answer_in_words, change, is_primary, of, signed, source, worded

NET = ("estimate", "effect_lower", "effect_upper", "p", "p_adjusted")
BLANK = ("blank_start", "blank_end")
NOTABLE_BLANK = 0.05  # share of respondents who left a question blank from which on the question is named
LARGE = 30  # persons; smaller groups are in the table of attrition and not in its sentences


def any_pairs(rows: pd.DataFrame) -> bool:
    """Whether anybody answered a question at both times, as far as the edition shows it."""
    return bool(pick(rows, table="item", measure="paired", scope=ALL)["count"].fillna(1).any())


def results_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    effects = pick(rows, table="item", measure="net_change", scope=ALL)
    if effects.empty:
        return None
    heading = labels.say("survey.heading.results")
    if not any_pairs(rows):
        sentences = [labels.say("survey.results.nobody_both")]
        return Part("survey-results", heading, sentences, summary=sentences)
    summary, basis = _conclusions(rows, effects, labels)
    difference = lead(rows, labels)
    if difference:  # what the treated changed by is no effect: the difference between the arms comes first
        arm = labels.group("arm", labels.study.comparison.treated)  # type: ignore[union-attr]
        summary = [*difference, labels.say("survey.results.of_treated", arm=arm), *summary]
    sentences = [*summary, *basis]
    if (pick(rows, table="item", measure="improved")["status"] == ROUNDED).any():
        sentences = [*sentences, labels.say("survey.results.rounded")]
    items = list(effects["item"])
    row_labels = [worded(labels, item) for item in items]
    agree, moved = _agreement(rows, items, labels), _moved(rows, items, labels)
    blocks: list[Table | Figure] = [
        *([agree] if agree is not None else []),
        *([moved] if moved is not None else []),
    ]
    if has_value(effects).any():
        caption, limits = labels.say("survey.results.effects"), ("effect_lower", "effect_upper")
        drawn = net_changes.picture("survey-effects", caption, row_labels, effects, limits, labels)
        blocks.append(replace(drawn, finding="" if difference else _rose(effects, labels)))
    return Part("survey-results", heading, sentences, blocks, summary=summary)


def _rose(effects: pd.DataFrame, labels: Labels) -> str:
    """To how many of the questions and scales that are judged answers became more positive."""
    found = [direction_of(row) for _, row in effects.iterrows()]
    judged = [direction for direction in found if direction not in (NOT_TOLD, "not_judged")]
    return labels.say("survey.results.effects_found", rose=labels.number(judged.count("improved")), n=len(judged))


def _moved(rows: pd.DataFrame, items: list[str], labels: Labels) -> Figure | None:
    """The shares whose answers became more and less positive, of the items of which the edition knows all three: those
    of rounded counts would be no one's. None where it knows them of none."""
    ways = {m: pick(rows, table="item", measure=m).set_index("item") for m in ("improved", "same", "worse")}
    known = [item for item in items if all(pd.notna(found.loc[item, "estimate"]) for found in ways.values())]
    if not known:
        return None
    return charts.change(
        "survey-change",
        labels.say("survey.results.change"),
        [worded(labels, item) for item in known],
        **{m: [optional_int(found.loc[item, "count"]) for item in known] for m, found in ways.items()},
        unit=labels.say("figure.unit.pairs"),
        language=labels.language,
        source=source(labels),
    )


def _agreement(rows: pd.DataFrame, items: list[str], labels: Labels) -> Figure | None:
    """The share who agreed at the start and at the end, the largest rise first; None where no edition's counts say."""
    ends = {t: pick(rows, table="item", measure=f"agree_{t}", scope=ALL).set_index("item") for t in ("start", "end")}
    shares = {t: {i: middle_of(found.loc[i]) for i in items if i in found.index} for t, found in ends.items()}
    known = [i for i in shares["start"] if shares["start"][i] is not None and shares["end"].get(i) is not None]
    if not known:
        return None
    known.sort(key=lambda i: shares["start"][i] - shares["end"][i])  # type: ignore[operator]
    rose = sum(shares["end"][i] > shares["start"][i] for i in known)  # type: ignore[operator]
    return charts.dumbbell(
        "survey-agreement",
        labels.say("survey.results.agreement"),
        [worded(labels, item) for item in known],
        *([shares[t][item] for item in known] for t in ("start", "end")),
        names=(labels.say("figure.mark.before"), labels.say("figure.mark.after")),
        told=tuple([labels.share_of(ends[t].loc[item]) for item in known] for t in ("start", "end")),  # type: ignore[arg-type]
        n=[optional_int(ends["end"].loc[item, "answered"]) for item in known],
        finding=labels.say("survey.results.agreement_rose", rose=labels.number(rose), n=len(known)),
        unit=labels.say("figure.unit.agree"),
        language=labels.language,
        source=source(labels),
    )


def _conclusions(rows: pd.DataFrame, effects: pd.DataFrame, labels: Labels) -> tuple[list[str], list[str]]:
    """What may be concluded, then what it rests on: the primary items that changed and did not; each of them."""
    found = {r["item"]: direction_of(r) for _, r in effects.iterrows()}
    primary = {item: direction for item, direction in found.items() if is_primary(labels, item)}
    rest = {item: direction for item, direction in found.items() if item not in primary}
    if not primary:
        return [labels.say("survey.results.no_primary"), *_others(rest, labels)], [labels.say("survey.results.effect")]
    total = labels.number(len(primary))
    sure, unsure = for_all(rows, primary)
    sentences = _open(rows, primary, unsure, labels)
    for direction in DIRECTIONS:
        named = _quoted([item for item, d in primary.items() if d == direction and item not in unsure], labels)
        if len(named) == len(primary):
            sentences.append(labels.say(f"survey.results.all_{direction}", total=total))
        elif named:
            words = {"n": len(named), "total": total, "items": i18n.listing(named, labels.language)}
            sentences.append(labels.say(f"survey.results.{direction}", **words))
    if sure:
        sentences.append(labels.say("survey.results.sure", items=i18n.listing(_quoted(sure, labels), labels.language)))
    sentences += equivalence.sentences(rows, primary, labels)
    details = [_detail(rows, item, direction, labels) for item, direction in primary.items()]
    said = [labels.say(f"survey.results.{key}") for key in ("effect", "estimand")]
    basis = [labels.say("survey.results.basis"), *details, *_others(rest, labels), *said]
    return sentences, basis


def _open(rows: pd.DataFrame, primary: dict[str, str], unsure: list[str], labels: Labels) -> list[str]:
    """Of which questions it cannot be told whether all who started changed, though those who answered both did.

    Behind each, where the edition has it, how the others would have to have changed for there to be no change.
    """
    said = []
    for direction in ("improved", "worse"):
        items = [item for item in unsure if primary[item] == direction]
        if not items:
            continue
        tips = [pick(rows, table="item", measure="tipping_point", item=item, scope=ALL) for item in items]
        names, known = _quoted(items, labels), all(map(len, tips))  # a protected edition has none
        if known:
            names = [f"{name} ({_tip(of, labels)})" for name, of in zip(names, tips, strict=True)]
        words = {"total": labels.number(len(primary)), "items": i18n.listing(names, labels.language)}
        sentence = labels.say(f"survey.results.open_{direction}", n=len(items), **words)
        said.append(f"{sentence} {labels.say('survey.results.would_vanish')}" if known else sentence)
    return said


def _tip(row: pd.DataFrame, labels: Labels) -> str:
    tip = row["estimate"].iloc[0]
    return labels.say("survey.results.no_tip") if pd.isna(tip) else signed(labels, tip)


def for_all(rows: pd.DataFrame, found: dict[str, str]) -> tuple[list[str], list[str]]:
    """Items that changed and that some answered at the start only: those sure for all of them, and the others."""
    changed = [item for item, direction in found.items() if direction in ("improved", "worse")]
    open_ = [i for i in changed if value(rows, "count", table="item", measure="start_only", item=i, scope=ALL) != 0]
    sure = [item for item in open_ if _holds_for_all(rows, item, found[item])]
    return sure, [item for item in open_ if item not in sure]


def is_conditional(rows: pd.DataFrame, labels: Labels) -> bool:
    """Whether a primary question that changed may have done so among those who answered both surveys only."""
    effects = pick(pick(rows, topic="survey"), table="item", measure="net_change", scope=ALL)
    found = {r["item"]: direction_of(r) for _, r in effects.iterrows()}
    primary = {item: direction for item, direction in found.items() if is_primary(labels, item)}
    return bool(for_all(pick(rows, topic="survey"), primary)[1])


def _holds_for_all(rows: pd.DataFrame, item: str, direction: str) -> bool:
    """Whether the change keeps its direction, chance allowed for, even if all who are missing went the other way."""
    here = pick(rows, table="item", item=item, scope=ALL).set_index("measure")
    if "net_change_weighted" not in here.index or pd.isna(here.loc["net_change_weighted", "bound_lower"]):
        return False
    net, everyone = here.loc["net_change"], here.loc["net_change_weighted"]
    answered = everyone["answered"] / everyone["invited"]
    if direction == "improved":
        return bool(everyone["bound_lower"] - (net["estimate"] - net["effect_lower"]) * answered > 0)
    return bool(everyone["bound_upper"] + (net["effect_upper"] - net["estimate"]) * answered < 0)


def _quoted(items: list[str], labels: Labels) -> list[str]:
    return [labels.say("survey.quoted", question=labels.question(item)) for item in items]


def _others(found: dict[str, str], labels: Labels) -> list[str]:
    """Which of the other questions and scales changed, those for the worse first."""
    judged = [item for item, direction in found.items() if direction not in (NOT_TOLD, "not_judged")]
    if not judged:
        return []
    said = []
    for direction in ("worse", "improved"):
        named = _quoted([item for item in judged if found[item] == direction], labels)
        if named:
            words = {"n": len(named), "total": labels.number(len(judged))}
            items = i18n.listing(named, labels.language)
            said.append(labels.say(f"survey.results.others_{direction}", items=items, **words))
    return said or [labels.say("survey.results.others_none", total=labels.number(len(judged)))]


def _detail(rows: pd.DataFrame, item: str, direction: str, labels: Labels) -> str:
    """One primary item in a sentence: who moved which way, the net change and what it means, the means."""
    here = pick(rows, table="item", item=item, scope=ALL).set_index("measure")
    question, net = worded(labels, item), here.loc["net_change"]
    if direction == "not_judged":
        return labels.say("survey.results.too_few", question=question)
    if direction == NOT_TOLD:
        said = labels.say("survey.results.item_not_told", question=question)
        return " ".join([said, *dated.sentences(rows, labels, "net_change", item=item)])
    if "mean_start" not in here.index:
        return _published(here, question, direction, labels)
    return labels.say(
        f"survey.results.item_{direction}",
        question=question,
        n=labels.number(here.loc["paired", "count"]),
        improved=labels.percent(here.loc["improved", "estimate"]),
        worse=labels.percent(here.loc["worse", "estimate"]),
        net=labels.points(net["estimate"]),
        interval=labels.points_interval(net["effect_lower"], net["effect_upper"]),
        p=labels.p(net["p_adjusted"]),
        start=labels.decimal(here.loc["mean_start", "estimate"]),
        end=labels.decimal(here.loc["mean_end", "estimate"]),
    )


def _published(here: pd.DataFrame, question: str, direction: str, labels: Labels) -> str:
    """A primary item in a sentence of published counts: who moved which way, and what may be concluded."""
    net = here.loc["net_change"]
    words = {m: labels.share(here.loc[m]) for m in ("improved", "worse")}
    lower, upper = ("effect_lower", "effect_upper") if pd.notna(net["effect_lower"]) else ("lower", "upper")
    interval = labels.points_interval(net[lower], net[upper])
    n = labels.number(here.loc["paired", "count"])
    words |= {"question": question, "n": n, "net": points_of(net, labels), "interval": interval}
    return labels.say(f"survey.results.published_{direction}", **words)


def items_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    items = pick(rows, table="item", scope=ALL)
    changes = pick(items, measure="mean_change")
    if pick(items, measure="paired").empty or not any_pairs(rows):
        return None
    weighted = pick(items, measure="net_change_weighted")
    blocks = [_main_table(items, changes, labels)] if len(changes) else []
    blocks += [_weighted_table(items, weighted, labels)] if len(weighted) else []
    blocks += [_companion_table(items, changes, labels)] if len(changes) else []
    blocks.append(_answer_table(items, labels))
    sentences = [labels.say("survey.items.how"), *_blank(items, labels)]
    return Part("survey-items", labels.say("survey.heading.items"), sentences, blocks)


def _blank(items: pd.DataFrame, labels: Labels) -> list[str]:
    """The questions that many left blank at either time, or that none was; nothing where the edition has no figures."""
    blank = items[items["measure"].isin(BLANK)].dropna(subset=["estimate"])
    if not blank["count"].any():
        return []
    limit = labels.percent(NOTABLE_BLANK, 0)
    most = blank.groupby("item", sort=False)["estimate"].max()
    named = [item for item, share in most.items() if share >= NOTABLE_BLANK]
    if not named:
        return [labels.say("survey.items.blank_few", limit=limit, most=labels.percent(most.max()))]
    said = []
    for item in named:
        start, end = (labels.percent(value(blank, measure=m, item=item)) for m in BLANK)
        question = labels.say("survey.quoted", question=labels.question(item))
        said.append(labels.say("survey.items.blank_one", question=question, start=start, end=end))
    return [labels.say("survey.items.blank", limit=limit, items=i18n.listing(said, labels.language))]


def _named(labels: Labels) -> tuple[Column, Callable[[pd.Series], Value]]:
    def read(row: pd.Series) -> str:
        question = worded(labels, row["item"])
        return labels.say("survey.primary", question=question) if is_primary(labels, row["item"]) else question

    return Column(labels.say("survey.column.item")), read


def _main_table(items: pd.DataFrame, changes: pd.DataFrame, labels: Labels) -> Table:
    net = {column: of(items, column, measure="net_change") for column in NET}
    columns = [
        _named(labels),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.start"), "decimal", 2), of(items, measure="mean_start")),
        (Column(labels.say("survey.column.end"), "decimal", 2), of(items, measure="mean_end")),
        (Column(labels.say("survey.column.change"), "decimal", 2), change(items)),
        (Column(labels.say("survey.column.net"), "points"), net["estimate"]),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), net["effect_lower"]),
        (Column(labels.say("column.upper"), "points"), net["effect_upper"]),
        (Column("p", "p"), net["p"]),
        (Column(labels.say("survey.column.p_adjusted"), "p"), net["p_adjusted"]),
    ]
    notes = [labels.say(f"survey.items.{key}") for key in ("p", "families")]
    caption = labels.say("survey.items.table")
    return labels.table("survey-items-table", caption, changes, columns, source=source(labels), notes=notes)


def _weighted_table(items: pd.DataFrame, weighted: pd.DataFrame, labels: Labels) -> Table:
    """What the change would be of all who answered at the start: weighted, at worst, at best, and where it tips."""
    columns = [
        _named(labels),
        (Column(labels.say("survey.column.at_start"), "integer"), number("invited")),
        (Column(labels.say("survey.who.both"), "integer"), number("answered")),
        (Column(labels.say("survey.column.net"), "points"), of(items, measure="net_change")),
        (Column(labels.say("survey.column.weighted"), "points"), number("estimate")),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "points"), number("upper")),
        (Column(labels.say("column.bound_lower"), "points", span=labels.say("column.bounds")), number("bound_lower")),
        (Column(labels.say("column.bound_upper"), "points"), number("bound_upper")),
        (Column(labels.say("survey.column.tipping"), "decimal", 2), of(items, measure="tipping_point")),
        (Column(labels.say("survey.column.effective"), "integer"), of(items, measure="weighted_effective")),
        (Column(labels.say("survey.column.smallest"), "integer"), of(items, measure="weighted_smallest")),
    ]
    caption, notes = labels.say("survey.items.weighted"), [labels.say("survey.items.weighted_how")]
    if labels.study.survey.weight_by:
        names = i18n.listing([labels.inside(labels.by(by)) for by in labels.study.survey.weight_by], labels.language)
        notes.append(labels.say("groups.weighted_by", names=names))
    return labels.table("survey-weighted", caption, weighted, columns, source=source(labels), notes=notes)


def _companion_table(items: pd.DataFrame, changes: pd.DataFrame, labels: Labels) -> Table:
    agree = {column: of(items, column, measure="agree_change") for column in ("estimate", "lower", "upper", "p")}
    columns = [
        _named(labels),
        (Column(labels.say("survey.column.change"), "decimal", 2), change(items)),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column(labels.say("survey.column.effect"), "decimal", 2), of(items, measure="rank_biserial")),
        (Column(labels.say("survey.column.wilcoxon"), "p"), of(items, "p", measure="rank_biserial")),
        (Column(labels.say("survey.column.superiority"), "percent"), of(items, measure="superiority")),
        (Column(labels.say("survey.column.homogeneity"), "p"), of(items, "p", measure="marginal_homogeneity")),
        (Column(labels.say("survey.column.agree_change"), "points"), agree["estimate"]),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), agree["lower"]),
        (Column(labels.say("column.upper"), "points"), agree["upper"]),
        (Column(labels.say("survey.column.mcnemar"), "p"), agree["p"]),
    ]
    caption = labels.say("survey.items.companions")
    notes = [labels.say("survey.items.companions_how")]
    return labels.table("survey-companions", caption, changes, columns, source=source(labels), notes=notes)


def _answer_table(items: pd.DataFrame, labels: Labels) -> Table:
    measures = ["start_only", "end_only", "cannot_say_start", "cannot_say_end"]
    measures += [m for m in BLANK if len(pick(items, measure=m))]
    columns = [
        _named(labels),
        (Column(labels.say("survey.who.both"), "integer"), number("count")),
        *((Column(labels.say(f"survey.who.{m}"), "integer"), of(items, "count", measure=m)) for m in measures),
    ]
    caption = labels.say("survey.items.answers")
    lines = pick(items, measure="paired")
    return labels.table("survey-item-answers", caption, lines, columns, source=source(labels))


def primary_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return _crossed(rows, labels, "survey-primary", True)


def transitions_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return _crossed(rows, labels, "survey-transitions", False)


def _crossed(rows: pd.DataFrame, labels: Labels, id: str, primary: bool) -> Part | None:
    transition = pick(rows, table="transition")
    items = [item for item in dict.fromkeys(transition["item"]) if is_primary(labels, item) is primary]
    if not items or not any_pairs(rows):
        return None
    heading = labels.say(f"survey.heading.{id.removeprefix('survey-')}")
    exact = (transition["status"] == EXACT).all()  # shares of rounded counts would be no one's
    pictures = _flows(transition, items, labels) if primary and exact else []
    tables = [_transition_table(pick(transition, item=item), item, labels) for item in items]
    told = not primary and any(is_primary(labels, item) for item in transition["item"])
    how = [] if told else [labels.say("survey.transitions.how")]
    return Part(id, heading, how, [*pictures, *tables], level=3)


def _flows(transition: pd.DataFrame, items: list[str], labels: Labels) -> list[Figure]:
    """How answers flowed from the start to the end: one figure for each set of answers."""
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in items:
        answers = dict.fromkeys(pick(transition, item=item)["group"])
        sets.setdefault(tuple(answer_in_words(labels, item, answer) for answer in answers), []).append(item)
    return [
        charts.likert_flow(
            f"survey-likert-{place}",
            labels.say("survey.transitions.figure"),
            [worded(labels, item) for item in those],
            list(steps),
            [_square(pick(transition, item=item)) for item in those],
            language=labels.language,
            source=source(labels),
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
    lines = [[answer_in_words(labels, item, a), *(optional_int(found[a, b]) for b in answers)] for a in answers]
    columns = [Column(labels.say("survey.transitions.corner"))]
    columns += [Column(answer_in_words(labels, item, b), "integer") for b in answers]
    caption = labels.say("survey.transitions.caption", question=labels.question(item))
    return Table(f"survey-pairs-{item}", caption, columns, lines, labels.language, [], source(labels))


def terms_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    changes = pick(rows, table="item", measure="mean_change")
    by_term = changes[changes["scope"] != ALL]
    if by_term.empty:
        return None
    chosen = by_term[[is_primary(labels, item) for item in by_term["item"]]]
    chosen = (by_term if chosen.empty else chosen).sort_values("item", kind="stable", key=lambda c: c.map(_order(c)))
    items = pick(rows, table="item")
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column(labels.by("term")), lambda row: labels.scope(row["scope"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column(labels.say("survey.column.net"), "points"), of(items, measure="net_change")),
    ]
    caption = labels.say("survey.terms.table")
    table = labels.table("survey-terms-table", caption, chosen, columns, source=source(labels))
    return Part("survey-terms", labels.say("survey.heading.terms"), [labels.say("survey.terms.how")], [table])


def _order(items: pd.Series) -> dict[str, int]:
    return {item: place for place, item in enumerate(dict.fromkeys(items))}
