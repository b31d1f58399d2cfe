"""The arms of a study with a comparison group: pairs of answers, and the moments that every difference rests on."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaltools.counts.breakdowns import TOTAL, subgroups
from evaltools.counts.clusters import grouped, of_persons
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.counts.surveys import answer_pairs, scale_sums
from evaltools.counts.waves import answers, named
from evaltools.ingest.tidy import UNKNOWN, Tables
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS

MOMENTS = ["outcome", "by", "group", "arm", "count", "mean", "variance"]
TAKE_UP = ["outcome", "arm", "count", "mean", "variance", "took_part", "took_part_variance", "covariance"]
CHANGE = "change:"  # begins the name of an outcome that is the change of a question or scale


def arms(study: Study, tables: Tables, members: pd.DataFrame) -> Tables:
    """``arm_transitions`` (arm, item, pre, post, count), ``arm_outcomes`` and ``arm_covariates`` (arm, variable,
    moments), ``arm_groups`` (``MOMENTS``), where the register says who took part ``arm_take_up`` (``TAKE_UP``), and
    where persons were in groups ``arm_clusters`` (outcome, arm, cluster, count, sum, squares).

    ``members`` are memberships of the persons of all arms. Variances have the divisor n - 1.
    """
    persons = tables["persons"]
    arm = persons.set_index("person")["arm"]
    result: dict[str, pd.DataFrame] = {
        "arm_covariates": _arm_moments(study, persons.assign(_arm=persons["arm"]), "participants")
    }
    pairs = None
    if "answers" in tables:
        pairs = answer_pairs(pd.concat([tables["answers"], scale_sums(study, tables["answers"])], ignore_index=True))
        pairs["arm"] = pairs["person"].map(arm)
        result["arm_transitions"] = pairs.groupby(["arm", "item", "pre", "post"]).size().rename("count").reset_index()
    if "followup" in tables:
        followup = tables["followup"].assign(_arm=tables["followup"]["person"].map(arm))
        result["arm_outcomes"] = _arm_moments(study, followup, "followup")
    every = [*_placed(study, tables.get("followup")), *_changes(pairs), *_at_waves(study, tables)]
    values = pd.concat(every, ignore_index=True)
    values["arm"] = values["person"].map(arm)
    result["arm_groups"] = _of_groups(study, values, members)
    if "took_part" in persons:
        took = values["person"].map(persons.set_index("person")["took_part"]).astype("Float64").astype("float64")
        result["arm_take_up"] = _with_take_up(values.assign(took_part=took))
    if study.has_clusters:
        of = grouped(values["person"], of_persons(study, tables))
        result["arm_clusters"] = _of_clusters(values.assign(cluster=of))
    return result


def at_wave(wave: str, outcome: str) -> str:
    """An outcome at a later follow-up, or of a change between two waves, by one word."""
    return f"{wave}:{outcome}"


def _at_waves(study: Study, tables: Tables) -> Iterator[pd.DataFrame]:
    """The outcomes of later follow-ups, and changes between waves other than start and end."""
    if (followups := tables.get("wave_followups")) is not None:
        for wave, table in study.wave_followups.items():
            for values in _placed(study, followups[followups["wave"] == wave], table):
                yield values.assign(outcome=at_wave(wave, "") + values["outcome"])
    if "wave_answers" in tables:
        given = answers(study, tables)
        for first, last in study.wave_changes:
            if (first, last) != tuple(SURVEYS):
                for values in _changes(answer_pairs(given, first, last)):
                    yield values.assign(outcome=at_wave(named(first, last), "") + values["outcome"])


def _placed(study: Study, followup: pd.DataFrame | None, table: str = "followup") -> Iterator[pd.DataFrame]:
    """(person, outcome, value) of a follow-up: each measure as 0 or 1, each number as it is; known ones only."""
    if followup is None:
        return
    answered = followup[followup["role"].notna()]
    for measure, roles in PLACEMENT_MEASURES.items():
        yield _values(answered["person"], measure, answered["role"].isin(roles))
    for variable in study.variables:
        if variable.table == table and variable.kind == "number" and variable.id in followup:
            known = followup[followup[variable.id].notna()]
            yield _values(known["person"], variable.id, known[variable.id])


def _changes(pairs: pd.DataFrame | None) -> Iterator[pd.DataFrame]:
    if pairs is not None:
        yield _values(pairs["person"], CHANGE + pairs["item"].astype("str"), pairs["post"] - pairs["pre"])


def _values(person: pd.Series, outcome: str | pd.Series, value: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"person": person, "outcome": outcome, "value": value.astype("float64")})


def _of_groups(study: Study, values: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Moments of each outcome in each arm, in all and by the groups that the effect is compared over."""
    wanted = members[members["by"].isin([TOTAL, *subgroups(study)]) & (members["group"] != UNKNOWN)]
    joined = wanted.merge(values, on="person")  # groups in the order of the study file
    keys = ["outcome", "by", "group", "arm"]
    found = joined.groupby(keys, sort=False)["value"].agg(["size", "mean", "var"]).reset_index()
    return found.set_axis(MOMENTS, axis=1)


def _of_clusters(values: pd.DataFrame) -> pd.DataFrame:
    """What each group adds to the moments of each outcome in each arm."""
    sums = values.assign(squares=values["value"] ** 2).groupby(["outcome", "arm", "cluster"], sort=False)
    found = sums.agg(count=("value", "size"), sum=("value", "sum"), squares=("squares", "sum"))
    return found.reset_index()


def _with_take_up(values: pd.DataFrame) -> pd.DataFrame:
    """Moments of each outcome and of having taken part in each arm, over those of whom both are known."""
    rows = []
    for (outcome, arm), part in values.dropna(subset=["took_part"]).groupby(["outcome", "arm"], sort=False):
        both = part[["value", "took_part"]]
        spread, mean = both.cov(), both.mean()
        taken = mean["took_part"], spread.loc["took_part", "took_part"], spread.loc["value", "took_part"]
        rows.append((outcome, arm, len(both), mean["value"], spread.loc["value", "value"], *taken))
    return pd.DataFrame(rows, columns=TAKE_UP)


def _arm_moments(study: Study, frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Numeric variables by arm as moments: (arm, variable, count, mean, sd with n - 1)."""
    numeric = [v.id for v in study.variables if v.table == table and v.kind == "number" and v.id in frame]
    numeric += ["age"] if table == "participants" and "age" in frame else []
    rows = []
    for arm, part in frame.groupby("_arm"):
        for variable in numeric:
            values = part[variable].dropna().astype("float64")
            rows.append((arm, variable, len(values), values.mean(), values.std(ddof=1)))
    return pd.DataFrame(rows, columns=["arm", "variable", "count", "mean", "sd"])
