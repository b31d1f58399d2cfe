"""Counts of the two surveys: who answered, every answer, pairs of answers, covariances of scales."""

from __future__ import annotations

from itertools import product

import pandas as pd

from evaltools.counts.breakdowns import ALL, breakdowns
from evaltools.counts.roles import LEFT
from evaltools.counts.tally import count_rows, in_scope, stacked, tally
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study
from evaltools.study.survey_model import Item, Scale, agrees_from


def surveys(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> Tables:
    """``responses`` (steps of participation), ``attrition``, ``answers`` (all values), ``transitions`` (pairs)
    and ``scale_items`` (covariances)."""
    answers = pd.concat([tables["answers"], scale_sums(study, tables["answers"])], ignore_index=True)
    pairs = answer_pairs(answers)
    pair = ["item", "pre", "post"]
    of_terms = count_rows(study, pairs, ["term", *pair])
    transitions = [in_scope(of_terms, s).groupby(pair)["count"].sum().reset_index().assign(scope=s) for s in scopes]
    result = {
        "transitions": stacked(transitions, ["scope", "item", "pre", "post", "count"]),
        "answers": _answer_counts(study, tables["answers"], scopes),
        "scale_items": _scale_items(study, tables["answers"]),
    }
    linked = not any(source.each_row_a_person for source in study.sources)  # else nobody knows who did not answer
    if "persons" in tables and linked:
        result |= {"responses": responses(tables, scopes), "attrition": _attrition(study, tables, members)}
    elif "responses" in tables and linked:
        result["responses"] = responses_alone(tables["responses"])
    return result


def scale_sums(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """Sums of items for those who answered enough of them (``Scale.enough``), what they left out counted as their mean
    of the others; items where lower is better are turned first."""
    sums = []
    for scale in study.survey.scales:
        grouped = _turned(study, scale, answers).groupby(["person", "term", "survey"], sort=False)["value"]
        sizes = grouped.agg(["sum", "size"])
        enough = sizes[sizes["size"] >= scale.enough]
        whole = enough["sum"] * len(scale.items) / enough["size"]
        sums.append(whole.rename("value").reset_index().assign(item=scale.id, cannot_say=False))
    return pd.concat(sums, ignore_index=True) if sums else answers.iloc[:0]


def _turned(study: Study, scale: Scale, answers: pd.DataFrame) -> pd.DataFrame:
    """The answers to a scale's items, turned so that higher is better on each."""
    turned = []
    for item in (study.item(i) for i in scale.items):
        part = answers.loc[answers["item"] == item.id, ["person", "term", "survey", "item", "value"]].dropna()
        value = part["value"] if item.direction == "higher" else item.min + item.max - part["value"]
        turned.append(part.assign(value=value))
    return pd.concat(turned)


def _scale_items(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """Covariances of a scale's items (divisor n - 1; 0 where n < 2) over those who answered each of them, and how many
    answered enough: (scale, survey, item, item2, count, enough, covariance)."""
    rows = []
    for scale in study.survey.scales:
        for survey, part in _turned(study, scale, answers).groupby("survey"):
            given = part.pivot(index="person", columns="item", values="value").reindex(columns=scale.items)
            wide, enough = given.dropna(), int((given.notna().sum(axis=1) >= scale.enough).sum())
            covariance = wide.cov() if len(wide) > 1 else None
            rows += [
                (scale.id, survey, a, b, len(wide), enough, 0.0 if covariance is None else float(covariance.loc[a, b]))
                for a in scale.items
                for b in scale.items
            ]
    return pd.DataFrame(rows, columns=["scale", "survey", "item", "item2", "count", "enough", "covariance"])


def answer_pairs(answers: pd.DataFrame, first: str = "start", last: str = "end") -> pd.DataFrame:
    """One row a person and item answered at both times: pre, post, and the term of the later survey."""
    given = answers.dropna(subset=["value"])
    start = given.loc[given["survey"] == first, ["person", "item", "value"]].rename(columns={"value": "pre"})
    end = given.loc[given["survey"] == last, ["person", "item", "value", "term"]].rename(columns={"value": "post"})
    return start.merge(end, on=["person", "item"], validate="1:1")


def near_pairs(study: Study, tables: Tables) -> pd.DataFrame:
    """Pairs of answers with and without persons linked by a code that differs in one part:
    (links = with or without, item, pre, post, count); for the internal edition alone."""
    pairs = answer_pairs(pd.concat([tables["answers"], scale_sums(study, tables["answers"])], ignore_index=True))
    responses = tables["responses"]
    near = among(pairs["person"], responses.loc[responses["near"], "person"])
    parts = [part.assign(links=name) for name, part in (("with", pairs), ("without", pairs[~near]))]
    return count_rows(study, pd.concat(parts), ["links", "item", "pre", "post"])


def _answer_counts(study: Study, answers: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """How often each answer was given: (scope, survey, item, value, count); ``value`` missing for the answer
    ``cannot_say`` (flag) and for blanks."""
    keys = ["survey", "item", "value", "cannot_say"]
    of_terms = count_rows(study, answers, ["term", *keys])
    frames = [
        in_scope(of_terms, scope).groupby(keys, dropna=False)["count"].sum().reset_index().assign(scope=scope)
        for scope in scopes
    ]
    return stacked(frames, ["scope", *keys, "count"])


def responses(tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """Steps of participation of those who started in the scope: (scope, step, count, total = who could have)."""
    persons = tables["persons"]
    started, ended = _who_answered(tables)
    asked = _could_have_ended(persons, ended)
    steps = {"participants": True, "start": started, "asked_at_end": asked, "end": ended, "both": started & ended}
    of = dict.fromkeys(steps, "participants") | {"end": "asked_at_end", "both": "asked_at_end"}
    flags = persons[["term"]].assign(**steps)
    rows = []
    for scope in scopes:
        counts = in_scope(flags, scope)[[*steps]].sum()
        rows += [(scope, step, int(counts[step]), int(counts[of[step]])) for step in steps]
    return pd.DataFrame(rows, columns=["scope", "step", "count", "total"])


def _who_answered(tables: Tables) -> tuple[pd.Series, pd.Series]:
    """Of each person, whether they answered the start survey, and the end survey."""
    persons, given = tables["persons"]["person"], tables["responses"]
    start, end = (among(persons, given.loc[given["survey"] == survey, "person"]) for survey in ("start", "end"))
    return start, end


def _could_have_ended(persons: pd.DataFrame, ended: pd.Series) -> pd.Series:
    """Of each person, whether they could have answered the end survey: they have left, or did."""
    return persons["outcome"].isin(LEFT) | ended if "outcome" in persons else pd.Series(True, persons.index)


def responses_alone(responses: pd.DataFrame) -> pd.DataFrame:
    """Steps of participation where no register says who could have answered: who answered the start counts as asked
    at the end."""
    who = {survey: set(part["person"]) for survey, part in responses.groupby("survey")}
    start, end = who.get("start", set()), who.get("end", set())
    everyone = len(start | end)
    counts = (everyone, len(start), everyone, len(end), len(start & end))
    steps = ("participants", "start", "asked_at_end", "end", "both")
    rows = [(ALL, step, count, everyone) for step, count in zip(steps, counts, strict=True)]
    return pd.DataFrame(rows, columns=["scope", "step", "count", "total"])


def _attrition(study: Study, tables: Tables, members: pd.DataFrame) -> pd.DataFrame:
    """Who answered what, by register variables: (by, group, both, start_only, end_only, neither).

    Only those who could have answered both: they have left, or answered the end survey.
    """
    persons = tables["persons"]
    started, ended = _who_answered(tables)
    answered = {
        "both": started & ended,
        "start_only": started & ~ended,
        "end_only": ~started & ended,
        "neither": ~started & ~ended,
    }
    values = persons[["person", "term"]].assign(**{name: flag.astype("int64") for name, flag in answered.items()})
    later = [b.by for b in breakdowns(study) if not b.known_before("end_survey")]
    could = values[_could_have_ended(persons, ended)]
    return tally(study, members[~members["by"].isin(later)], could, [ALL]).drop(columns="scope")


def items(study: Study, counts: Tables) -> Tables:
    """The survey's counts as reports print them, made of ``answers``, ``transitions`` and ``scale_items``:
    ``items`` (scope, item, measure, count), ``item_pairs`` (item, pre, post, count), ``item_answers`` (survey,
    item, value, count) of items asked once, or answered by nobody or few twice, and with study arms ``arm_items`` (arm,
    item, count)."""
    pairs, answers = counts["transitions"], counts["answers"]
    paired = pairs.groupby(["scope", "item"], sort=False)["count"].sum().reset_index()
    of_all = pairs[pairs["scope"] == ALL].drop(columns="scope")
    way = (of_all["post"] - of_all["pre"]).round(9)
    asked = answers[answers["scope"] == ALL]
    parts = [paired.assign(measure="paired")]
    for measure, those in (("higher", way > 0), ("same", way == 0), ("lower", way < 0)):
        chosen = of_all["count"].where(those, 0).groupby(of_all["item"], sort=False).sum()
        parts.append(chosen.reset_index().assign(measure=measure, scope=ALL))
    parts += _agreeing(study, of_all)
    parts.append(_once(asked, counts["scale_items"], paired[paired["scope"] == ALL]))
    likert = [item for item in study.survey.items if item.kind == "likert"]
    result = {
        "items": stacked(parts, ["scope", "item", "measure", "count"]).astype({"count": "int64"}),
        "item_pairs": _grid(of_all, [i for i in likert if set(i.surveys) == {"start", "end"}], ["pre", "post"]),
        "item_answers": _unpaired(asked, likert, _surely_paired(study, of_all)),
    }
    if "arm_transitions" in counts:
        sums = counts["arm_transitions"].groupby(["arm", "item"], sort=False)["count"].sum()
        result["arm_items"] = sums.reset_index()
    return result


def _agreeing(study: Study, pairs: pd.DataFrame) -> list[pd.DataFrame]:
    """Of the items answered twice on a scale that one can agree on: how many agreed at the start, and at the end."""
    of = {i.id: agrees_from(i.min, i.max) for i in study.survey.items if i.kind == "likert"}
    scaled = pairs[pairs["item"].map(of).notna()]
    least = scaled["item"].map(of).astype(float)
    found = []
    for measure, time in (("agree_start", "pre"), ("agree_end", "post")):
        agreeing = scaled["count"].where(scaled[time].astype(float) >= least, 0)
        sums = agreeing.groupby(scaled["item"], sort=False).sum()
        found.append(sums.reset_index().assign(measure=measure, scope=ALL))
    return found


def _surely_paired(study: Study, pairs: pd.DataFrame) -> set[str]:
    """Items with so many pairs of answers that no protection shows none."""
    summed = pairs.groupby("item", sort=False)["count"].sum()
    return set(summed.index[summed >= study.disclosure.base + study.disclosure.minimum])


def _unpaired(asked: pd.DataFrame, likert: list[Item], paired: set[str]) -> pd.DataFrame:
    """Counts of each answer to the items that no, or few, pairs of answers show, by the surveys that asked them."""
    frames = []
    for survey in ("start", "end"):
        here = asked[asked["survey"] == survey]
        alone = [i for i in likert if i.id not in paired and survey in i.surveys]
        those = [i for i in alone if i.surveys == ["end"] or (here["item"] == i.id).any()]
        frames.append(_grid(here, those, ["value"]).assign(survey=survey))
    return stacked(frames, ["survey", "item", "value", "count"])


def _once(asked: pd.DataFrame, scale_items: pd.DataFrame, paired: pd.DataFrame) -> pd.DataFrame:
    """By survey and item: who was asked, could not say, gave a value, and gave one at this survey only."""
    keys = ["survey", "item"]
    sums = asked.assign(
        asked=asked["count"],
        cannot_say=asked["count"].where(asked["cannot_say"], 0),
        given=asked["count"].where(asked["value"].notna(), 0),
    )
    sums = sums.groupby(keys, sort=False)[["asked", "cannot_say", "given"]].sum()
    of_scales = scale_items[["survey", "scale", "enough"]].drop_duplicates(["survey", "scale"])
    scales = of_scales.rename(columns={"scale": "item", "enough": "given"}).set_index(keys)
    sums = pd.concat([sums, scales])
    both = sums.index.get_level_values("item").map(paired.set_index("item")["count"]).to_numpy()
    sums["alone"] = (sums["given"] - pd.Series(both, sums.index).fillna(0)).clip(lower=0)
    long = sums.reset_index().melt(keys, var_name="what", value_name="count").dropna(subset=["count"])
    return long.assign(measure=long["survey"] + "_" + long["what"], scope=ALL)


def _grid(counted: pd.DataFrame, likert: list[Item], columns: list[str]) -> pd.DataFrame:
    """Counts of every possible answer (or pair of answers) to each item, zeros included."""
    answers = {item.id: [item.min + i for i in range(int(item.max - item.min) + 1)] for item in likert}
    rows = [(item, *place) for item, values in answers.items() for place in product(values, repeat=len(columns))]
    frame = pd.DataFrame(rows, columns=["item", *columns]).astype(dict.fromkeys(columns, "float64"))
    known = counted.dropna(subset=columns)[["item", *columns, "count"]].astype(dict.fromkeys(columns, "float64"))
    return frame.merge(known, how="left", on=["item", *columns]).fillna({"count": 0}).astype({"count": "int64"})
