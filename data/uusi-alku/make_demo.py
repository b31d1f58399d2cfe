"""Write the synthetic exports of the Uusi alku demo, and the truth planted in them.

    python data/uusi-alku/make_demo.py [--seed N] [--persons N] [--nonresponse selective|random] [--out DIR]

The tables are simulated in the codes of ``study.toml`` and written with its raw headings and words, so the study file
is the only place where those stand. Same arguments, same bytes. Nobody in the data exists.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

HERE = Path(__file__).resolve().parent
SEED = 296522
PERSONS = 650

STUDY = tomllib.loads((HERE / "study.toml").read_text(encoding="utf-8"))
SOURCES = {source["table"]: source for source in STUDY["sources"]}
TERMS = [term["id"] for term in STUDY["terms"]]
TERM_START = np.array([term["start"] for term in STUDY["terms"]], dtype="datetime64[D]")
TERM_END = np.array([term["end"] for term in STUDY["terms"]], dtype="datetime64[D]")
DAY = np.timedelta64(1, "D")
NOT_YET = np.datetime64("NaT", "D")

# --- what is planted --------------------------------------------------------------------------------------------------

# Answers come from a latent normal: ability of the person + level of the item + noise, cut at CUTS; at the end the
# item's shift and the person's own change are added. Items with direction "lower" are turned round (6 - answer).
ABILITY_SD = 0.9
NOISE_SD = 0.8
CHANGE_SD = 0.8
CUTS = np.array([-1.7, -0.8, 0.1, 1.2])
# item: (level, shift at the end)
ITEMS = {
    "plan_studies": (0.0, 0.45),
    "concentrate": (0.1, 0.15),
    "ways_to_learn": (-0.1, 0.40),
    "overwhelmed": (0.2, 0.25),
    "digital_tools": (-0.2, 0.55),
    "online_services": (0.3, 0.20),
    "strengths": (0.1, 0.35),
    "job_search": (-0.2, 0.45),
    "next_step": (-0.3, 0.30),
    "future": (0.2, 0.10),
    "wellbeing": (0.2, 0.0),
    "loneliness": (0.4, -0.05),
}
FEEDBACK = {
    "feedback_teaching": 1.0,
    "feedback_guidance": 0.8,
    "feedback_arrangements": 0.5,
    "feedback_usefulness": 0.6,
    "feedback_recommend": 0.9,
}
CANNOT_SAY = 0.025
BLANK = 0.02

# success: what goes with doing well, from the person's own change and register facts, spread about 1
SUCCESS = {"change": 0.8, "working": 0.35, "low_education": -0.3, "foreign_language": -0.1, "noise": 0.5}
# logits of leaving early, and of being employed at the follow-up
DROPOUT = {"constant": -1.6, "success": -0.7}
EMPLOYED = {"constant": -0.25, "success": 0.7, "working": 0.9, "over_55": -0.4, "completed": 0.35}
# shares of those employed who are entrepreneurs or study too; of the others, who study, are unemployed, ...
EMPLOYED_SPLIT = {"employed": 0.78, "entrepreneur": 0.06, "employed_student": 0.16}
OTHER_SPLIT = {"student": 0.30, "unemployed": 0.50, "pensioner": 0.06, "other": 0.14}

START_RESPONSE = 0.88
# who answers: by chance alone, or those who do well rather than those who do not (logits)
RANDOM_RESPONSE = {"end_survey": 0.70, "followup": 0.66}
SELECTIVE_RESPONSE = {
    "end_survey": {"constant": 0.9, "success": 1.6, "dropped": -0.5},
    "followup": {"constant": -0.35, "success": 0.45, "employed": 1.3},
}
FOLLOWUP_DAYS = 120
REENROLS = 0.26  # of those who leave in good time before the next term; about 12 % of all persons

SHARES = {
    "first_term": {"2021K": 0.15, "2021S": 0.23, "2022K": 0.22, "2022S": 0.21, "2023K": 0.19},
    "gender": {"female": 0.62, "male": 0.375, "other": 0.005},
    "age": {(18, 24): 0.15, (25, 34): 0.25, (35, 44): 0.23, (45, 54): 0.19, (55, 64): 0.15, (65, 70): 0.03},
    "language": {
        "fi": 0.765, "sv": 0.025, "se": 0.003, "ru": 0.06, "et": 0.03, "ar": 0.03,
        "so": 0.025, "fa": 0.017, "uk": 0.015, "en": 0.01, "other": 0.02,
    },
    "education": {
        "none": 0.03, "basic": 0.26, "upper_secondary": 0.42, "lowest_tertiary": 0.08,
        "bachelor": 0.10, "master": 0.06, "unknown": 0.05,
    },
    "education_foreign": {
        "none": 0.07, "basic": 0.22, "upper_secondary": 0.22, "lowest_tertiary": 0.03,
        "bachelor": 0.10, "master": 0.08, "unknown": 0.28,
    },
    "activity": {
        "employed": 0.28, "employed_threatened": 0.10, "entrepreneur": 0.05, "unemployed": 0.39,
        "student": 0.06, "pensioner": 0.03, "other": 0.09,
    },
    "training_purpose": {"new_occupation": 0.28, "further_training": 0.34, "none_stated": 0.38},
    "kind": {"qualification": 0.42, "partial_qualification": 0.38, "general_education": 0.20},
    "field": {"01": 0.15, "04": 0.15, "06": 0.08, "07": 0.09, "08": 0.04, "09": 0.32, "10": 0.17},
    "field_men": {"01": 0.06, "04": 0.12, "06": 0.16, "07": 0.28, "08": 0.06, "09": 0.15, "10": 0.17},
    "region": {"01": 0.34, "02": 0.12, "04": 0.08, "05": 0.11, "06": 0.14, "07": 0.14, "08": 0.07},
    "channel": {
        "guidance_centres": 0.10, "volunteer_centres": 0.06, "unemployed_associations": 0.13, "workplaces": 0.10,
        "immigrant_centres": 0.11, "pensioner_organisations": 0.05, "care_workplaces": 0.12, "other_workplaces": 0.08,
        "cafes": 0.03, "youth_spaces": 0.06, "shopping_centres": 0.05, "fairs": 0.05, "events": 0.06,
    },
}  # fmt: skip
# days of study, by kind
LENGTH = {"qualification": (150, 330), "partial_qualification": (50, 170), "general_education": (40, 140)}

COMMENTS = [
    "Opettajat olivat ystävällisiä ja asiat selitettiin selkeästi.",
    "Sain rohkeutta hakea töitä.",
    "Ryhmässä oli hyvä henki.",
    "Etäopiskelu sopi hyvin perheen arkeen.",
    "Olisin kaivannut enemmän aikaa harjoitteluun.",
    "Tahti oli välillä liian nopea.",
    "Tietokoneen käyttö tuntuu nyt helpommalta.",
    "Ohjausta olisi saanut olla enemmän.",
    "Työssäoppimispaikan löytäminen oli vaikeaa.",
    "Kiitos, opin paljon uutta.",
]
# what must never reach a report: made-up addresses and numbers as people leave them in a text field
TRAPS = [
    "Voitte kysyä lisää: opiskelija.esimerkki@example.com",
    "Soittakaa minulle numeroon 040 0000000.",
    "Lähettäkää todistus osoitteeseen e.esimerkki@example.org, puh. +358 40 0000000.",
]


def simulate(seed: int = SEED, persons: int = PERSONS, nonresponse: str = "selective") -> tuple[dict, dict]:
    """Simulate the exports of all terms.

    Parameters
    ----------
    seed, persons
        Seed of the generator, and the number of distinct persons.
    nonresponse
        ``"selective"``: those who do worse answer the end survey and the follow-up less; ``"random"``: everyone is as
        likely to answer.

    Returns
    -------
    tables : dict of dict of DataFrame
        Raw text by term and table, ``tables["2021K"]["participants"]``, with the headings of the exports.
    truth : dict
        What was planted (see README.md), as it goes to ``truth.json``.

    Raises
    ------
    ValueError
        Where ``nonresponse`` is neither of the two, or fewer than 50 persons are asked for.

    Examples
    --------
    >>> tables, truth = simulate(seed=1)
    >>> truth["placement"]["invited"]["overall"]["realised"]  # doctest: +SKIP
    """
    if nonresponse not in ("selective", "random"):
        raise ValueError(f"nonresponse must be 'selective' or 'random', not {nonresponse!r}")
    if persons < 50:
        raise ValueError(f"at least 50 persons are needed, not {persons}")
    rng = np.random.default_rng(seed)
    people = _people(rng, persons)
    spells = _spells(rng, people)
    people = _placement(rng, people, spells)
    answers = _survey_answers(rng, people, spells)
    asked = _respond(rng, people, spells, nonresponse)
    tidy = {
        "participants": _participants(rng, people, spells),
        "enrolments": _enrolments(rng, people, spells),
        "start_survey": _survey_rows(rng, people, spells, answers, asked, "start"),
        "end_survey": _survey_rows(rng, people, spells, answers, asked, "end"),
        "followup": _followup_rows(rng, people),
        "outreach": _outreach(rng, people, spells),
        "actions": _actions(rng),
        "contacts": _contacts(rng),
        "budget": _budget(rng),
    }
    tables = {term: {} for term in TERMS}
    for table, frame in tidy.items():
        raw, at = _raw(table, frame), frame["term"].to_numpy()
        for i, term in enumerate(TERMS):
            tables[term][table] = raw[at == i].reset_index(drop=True)
    truth = _truth(people, spells, answers, asked, {"seed": seed, "persons": persons, "nonresponse": nonresponse})
    truth["planted_errors"] = _plant_errors(rng, tables)
    return tables, truth


# --- persons and their studies ----------------------------------------------------------------------------------------


def _pick(rng: np.random.Generator, name: str, size: int) -> np.ndarray:
    return _pick_from(rng, SHARES[name], size)


def _pick_from(rng: np.random.Generator, shares: dict, size: int) -> np.ndarray:
    weights = np.array(list(shares.values()))
    keys = np.array(list(shares), dtype=object)
    return keys[np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size), side="right")]


def _people(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """One row a person: register facts, first term, ability, change and success."""
    people = pd.DataFrame({"person": [f"{i:06d}" for i in rng.choice(199_999, n, replace=False) + 1]})
    for name in ("gender", "language", "activity", "training_purpose", "channel", "region"):
        people[name] = _pick(rng, name, n)
    foreign = ~people["language"].isin(["fi", "sv", "se"]).to_numpy()
    people["education"] = np.where(foreign, _pick(rng, "education_foreign", n), _pick(rng, "education", n))
    by_region: dict[str, list[str]] = {}
    for code in STUDY["codes"]["municipality"]:
        by_region.setdefault(code["region"], []).append(code["id"])
    draw = rng.random(n)
    people["municipality"] = [
        by_region[r][int(len(by_region[r]) * d)] for r, d in zip(people["region"], draw, strict=True)
    ]
    low, high = np.array([list(span) for span in SHARES["age"]]).T
    band = np.searchsorted(np.cumsum(list(SHARES["age"].values())), rng.random(n) * 0.999999, side="right")
    people["term"] = np.array([TERMS.index(t) for t in _pick(rng, "first_term", n)])
    span = (TERM_END - TERM_START).astype(int)[people["term"]]
    people["start"] = TERM_START[people["term"]] + (5 + rng.random(n) * 0.5 * span).astype(int) * DAY
    years = low[band] + rng.random(n) * (high - low + 1)[band]
    people["birth_date"] = people["start"].to_numpy().astype("datetime64[D]") - (years * 365.25 + 1).astype(int) * DAY
    born = people["birth_date"].to_numpy().astype("datetime64[D]")
    people["age"] = _years(born, people["start"].to_numpy())
    people["over_55"] = people["age"] >= 55
    _tie_to_age(rng, people, foreign)
    return _inner(rng, people, foreign)


def _tie_to_age(rng: np.random.Generator, people: pd.DataFrame, foreign: np.ndarray) -> None:
    """Pensions and places to meet people that go with age and language."""
    age, idle = people["age"], ~people["activity"].isin(["employed", "entrepreneur"])
    people["activity"] = people["activity"].mask((people["activity"] == "pensioner") & (age < 50), "unemployed")
    people["activity"] = people["activity"].mask(idle & (age >= 65), "pensioner")
    swap = {
        "pensioner_organisations": (age < 50, "unemployed_associations"),
        "youth_spaces": (age >= 35, "shopping_centres"),
        "immigrant_centres": (~foreign, "guidance_centres"),
    }
    for channel, (unlikely, other) in swap.items():
        people["channel"] = people["channel"].mask((people["channel"] == channel) & unlikely, other)
    people["channel"] = people["channel"].mask(foreign & (rng.random(len(people)) < 0.35), "immigrant_centres")
    people["channel"] = people["channel"].mask((age >= 58) & (rng.random(len(people)) < 0.3), "pensioner_organisations")
    people["channel"] = people["channel"].mask((age < 25) & (rng.random(len(people)) < 0.3), "youth_spaces")


def _years(born: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Completed years."""
    born, at = pd.DatetimeIndex(born), pd.DatetimeIndex(at)
    before = (at.month < born.month) | ((at.month == born.month) & (at.day < born.day))
    return np.asarray(at.year - born.year - before)


def _inner(rng: np.random.Generator, people: pd.DataFrame, foreign: np.ndarray) -> pd.DataFrame:
    """Ability, change (both independent of the register) and success (not so)."""
    n = len(people)
    people["working"] = people["activity"].isin(["employed", "employed_threatened", "entrepreneur"])
    people["low_education"] = people["education"].isin(["none", "basic"])
    people["ability"] = rng.standard_normal(n)
    people["change"] = rng.standard_normal(n)
    register = {"working": people["working"], "low_education": people["low_education"], "foreign_language": foreign}
    people["success"] = SUCCESS["change"] * people["change"] + SUCCESS["noise"] * rng.standard_normal(n)
    for name, flag in register.items():
        flag = np.asarray(flag, dtype=float)
        people["success"] += SUCCESS[name] * (flag - flag.mean())
    return people


def _spells(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Study rights: everyone has one; some come back for a second in the next term."""
    first = _spell(rng, people, people["start"].to_numpy().astype("datetime64[D]"), people["term"].to_numpy())
    second = _second(rng, people, first)
    spells = pd.concat([first, second]).sort_values(["start", "of", "number"]).reset_index(drop=True)
    codes = people["municipality"].to_numpy()[spells["of"]]
    spells["enrolment"] = [f"{code}-{i:04d}" for code, i in zip(codes, range(1, len(spells) + 1), strict=True)]
    spells["last"] = ~spells.duplicated("of", keep="last")
    # a few register rows without a municipality
    people["municipality"] = people["municipality"].mask(rng.random(len(people)) < 0.006, "")
    return spells


def _spell(rng: np.random.Generator, people: pd.DataFrame, start: np.ndarray, term: np.ndarray) -> pd.DataFrame:
    n = len(people)
    kind = _pick(rng, "kind", n)
    men = (people["gender"] == "male").to_numpy()
    field = np.where(men, _pick(rng, "field_men", n), _pick(rng, "field", n))
    field = np.where(kind == "general_education", "00", field)
    low, high = np.array([LENGTH[k] for k in kind]).T
    days = low + rng.random(n) * (high - low)
    dropped = rng.random(n) < expit(DROPOUT["constant"] + DROPOUT["success"] * people["success"].to_numpy())
    days = np.where(dropped, days * (0.15 + 0.6 * rng.random(n)), days)
    close = TERM_END[-1] - (10 + rng.integers(0, 45, n)) * DAY
    end = np.minimum(start + days.astype(int) * DAY, close)
    # some of the last starters go on after the project
    ongoing = (term >= len(TERMS) - 2) & (rng.random(n) < 0.08)
    left = np.where(rng.random(n) < 0.6, "eronnut", "katsotaaneronneeksi")
    state = np.where(ongoing, "lasna", np.where(dropped, left, "valmistunut"))
    return pd.DataFrame(
        {
            "of": people.index.to_numpy(),
            "number": 0,
            "term": term,
            "kind": kind,
            "field": field,
            "start": start,
            "end": np.where(ongoing, NOT_YET, end).astype("datetime64[D]"),
            "state": state.astype(object),
            "dropped": dropped & ~ongoing,
        }
    )


def _second(rng: np.random.Generator, people: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Study rights of those who come back before their follow-up is due, so that each person is followed up once."""
    end = first["end"].to_numpy().astype("datetime64[D]")
    over = ~np.isnat(end)
    next_term = np.searchsorted(TERM_START, np.where(over, end, TERM_END[-1]), side="right")
    in_time = over & (next_term < len(TERMS))
    opens = TERM_START[np.minimum(next_term, len(TERMS) - 1)]
    soonest = end + (15 + rng.integers(0, 30, len(end))) * DAY
    start = np.maximum(soonest, opens + (5 + rng.integers(0, 25, len(end))) * DAY)
    chosen = in_time & (start - end < (FOLLOWUP_DAYS - 5) * DAY) & (rng.random(len(end)) < REENROLS)
    second = _spell(rng, people, start, np.minimum(next_term, len(TERMS) - 1))
    return second[chosen].assign(number=1)


def _placement(rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """What becomes of each person after the last study right, with the probability of being employed."""
    last = spells[spells["last"]].sort_values("of").reset_index(drop=True)
    people["left"] = last["end"].to_numpy()
    people["dropped"] = last["dropped"].to_numpy()
    logit = EMPLOYED["constant"] + EMPLOYED["completed"] * (last["state"] == "valmistunut")
    for name in ("success", "working", "over_55"):
        logit = logit + EMPLOYED[name] * people[name].astype(float)
    n = len(people)
    people["p_employed"] = expit(logit.to_numpy())
    people["employed"] = rng.random(n) < people["p_employed"]
    people["status"] = np.where(people["employed"], _pick_from(rng, EMPLOYED_SPLIT, n), _pick_from(rng, OTHER_SPLIT, n))
    pension_early = (people["status"] == "pensioner") & (people["age"] < 55)
    people["status"] = people["status"].mask(pension_early, "unemployed")
    people["due"] = people["left"].to_numpy() + (FOLLOWUP_DAYS + rng.integers(0, 21, n)) * DAY
    people["invited"] = (people["due"] <= TERM_END[-1]).to_numpy()
    return people


# --- who answers, and what --------------------------------------------------------------------------------------------


def _survey_answers(rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame) -> dict[str, np.ndarray]:
    """What everyone would answer at the start and end of every study right: spells x items, whole numbers 1..5."""
    level, shift = np.array(list(ITEMS.values())).T
    base = ABILITY_SD * people["ability"].to_numpy()[spells["of"], None] + level
    change = shift + CHANGE_SD * people["change"].to_numpy()[spells["of"], None]
    start = _cut(base + NOISE_SD * rng.standard_normal(base.shape))
    end = _cut(base + change + NOISE_SD * rng.standard_normal(base.shape))
    happy = 0.6 * people["success"].to_numpy()[spells["of"], None] + np.array(list(FEEDBACK.values()))
    feedback = 1 + np.searchsorted(CUTS, happy + NOISE_SD * rng.standard_normal(happy.shape))
    return {"start": start, "end": np.hstack([end, feedback])}


def _lower() -> np.ndarray:
    """Which of ITEMS are better when lower."""
    direction = {item["id"]: item.get("direction", "higher") for item in STUDY["survey"]["items"]}
    return np.array([direction[item] == "lower" for item in ITEMS])


def _cut(latent: np.ndarray) -> np.ndarray:
    value = 1 + np.searchsorted(CUTS, latent)
    return np.where(_lower(), 6 - value, value)


def _respond(
    rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame, nonresponse: str
) -> dict[str, np.ndarray]:
    """Who answers the surveys (by study right); the follow-up goes to ``people`` as ``answers``."""
    ended = spells["end"].notna().to_numpy()
    success = people["success"].to_numpy()
    if nonresponse == "random":
        p_end = np.full(len(spells), RANDOM_RESPONSE["end_survey"])
        p_followup = np.full(len(people), RANDOM_RESPONSE["followup"])
    else:
        rule = SELECTIVE_RESPONSE["end_survey"]
        dropped = spells["dropped"].to_numpy().astype(float)
        p_end = expit(rule["constant"] + rule["success"] * success[spells["of"]] + rule["dropped"] * dropped)
        rule = SELECTIVE_RESPONSE["followup"]
        p_followup = expit(rule["constant"] + rule["success"] * success + rule["employed"] * people["employed"])
    people["answers"] = people["invited"] & (rng.random(len(people)) < p_followup)
    return {
        "start": rng.random(len(spells)) < START_RESPONSE,
        "end": ended & (rng.random(len(spells)) < p_end),
    }


# --- rows of the exports, in the codes of the study -------------------------------------------------------------------


def _term_of(day: np.ndarray) -> np.ndarray:
    """Index of the term a day falls in; days after the last term count to it."""
    return np.clip(np.searchsorted(TERM_START, day, side="right") - 1, 0, len(TERMS) - 1)


def _participants(rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """A row for each start of studies; those who come back may be doing something else by then."""
    rows = people.loc[spells["of"]].reset_index(drop=True)
    changed = (spells["number"] == 1).to_numpy() & (rng.random(len(rows)) < 0.4)
    rows["activity"] = np.where(changed, _pick(rng, "activity", len(rows)), rows["activity"])
    return rows.assign(term=spells["term"])


def _enrolments(rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Study rights alive in each term, in the state they had at its end."""
    frames = []
    for i in range(len(TERMS)):
        alive = spells[(spells["start"] <= TERM_END[i]) & ~(spells["end"] < TERM_START[i])].copy()
        going_on = ~(alive["end"] <= TERM_END[i]).to_numpy()
        pause = rng.random(len(alive))
        now = np.where(pause < 0.05, "valiaikaisestikeskeytynyt", np.where(pause < 0.07, "loma", "lasna"))
        alive["state"] = np.where(going_on, now, alive["state"])
        alive["end"] = alive["end"].mask(going_on)
        frames.append(alive.assign(term=i))
    return _with_persons(pd.concat(frames, ignore_index=True), people)


def _with_persons(frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(person=people["person"].to_numpy()[frame["of"]])


def _survey_rows(
    rng: np.random.Generator,
    people: pd.DataFrame,
    spells: pd.DataFrame,
    answers: dict[str, np.ndarray],
    asked: dict[str, np.ndarray],
    survey: str,
) -> pd.DataFrame:
    """Answered forms: some late, some blank or "cannot say", some sent twice (the last whole one counts)."""
    items = [*ITEMS, *(FEEDBACK if survey == "end" else [])]
    at = np.flatnonzero(asked[survey])
    anchor = spells[survey].to_numpy().astype("datetime64[D]")[at]
    wait = np.where(rng.random(len(at)) < 0.06, rng.integers(30, 110, len(at)), rng.integers(0, 22, len(at)))
    answered = np.minimum(anchor + wait * DAY, TERM_END[-1] + 17 * DAY)
    term = _term_of(answered)
    # answered soon after a term's end, some still make it into that term's export
    caught = (rng.random(len(at)) < 0.5) & (answered - TERM_START[term] < 25 * DAY) & (_term_of(anchor) < term)
    forms = pd.DataFrame(answers[survey][at], columns=items).astype(str)
    draw = rng.random(forms.shape)
    forms = forms.mask(draw < CANNOT_SAY, "En osaa sanoa").mask(draw > 1 - BLANK, "")
    forms.insert(0, "of", spells["of"].to_numpy()[at])
    forms.insert(1, "answered", answered)
    forms.insert(2, "term", term - caught)
    if survey == "end":
        forms["comment"] = _comments(rng, len(forms))
    forms = forms.sort_values(["answered", "of"], kind="stable").reset_index(drop=True)
    twice = forms[rng.random(len(forms)) < 0.02].copy()
    twice[items[len(items) // 2 :]] = ""
    both = pd.concat([twice, forms]).sort_index(kind="stable").reset_index(drop=True)
    return _with_persons(both, people)


def _comments(rng: np.random.Generator, n: int) -> np.ndarray:
    """Free text on a quarter of the forms; three of them hold an address or a number that must not get out."""
    texts = np.array(COMMENTS, dtype=object)[rng.integers(0, len(COMMENTS), n)]
    texts = np.where(rng.random(n) < 0.25, texts, "")
    places = rng.choice(n, min(n, len(TRAPS)), replace=False)
    texts[places] = TRAPS[: len(places)]
    return texts


def _followup_rows(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Everyone whose follow-up is due; a few answer only after a reminder, in the next term's export."""
    invited = people[people["invited"]].copy()
    due = invited["due"].to_numpy().astype("datetime64[D]")
    invited["term"] = _term_of(due)
    reminded = invited["answers"] & (rng.random(len(invited)) < 0.06) & (invited["term"] < len(TERMS) - 1)
    first = invited.assign(date=due, status=invited["status"].where(invited["answers"] & ~reminded, ""))
    again = invited[reminded].copy()
    again["term"] += 1
    again["date"] = TERM_START[again["term"]] + rng.integers(5, 60, len(again)) * DAY
    return pd.concat([first, again]).sort_values(["date", "person"]).reset_index(drop=True)


def _name(codes: str, code: str) -> str:
    return next(c["name"]["fi"] for c in STUDY["codes"][codes] if c["id"] == code)


def _codes(name: str) -> list[str]:
    return [code["id"] for code in STUDY["codes"][name]]


def _outreach(rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Outreach days of every channel and term; more apply than start, and many more are reached."""
    channel = people["channel"].to_numpy()[spells["of"]]
    municipalities = STUDY["codes"]["municipality"]
    rows = []
    for i in range(len(TERMS)):
        for name in _codes("channel"):
            started = int(((spells["term"] == i).to_numpy() & (channel == name)).sum())
            applied = started + rng.poisson(2 + 0.6 * started)
            days = 2 + int(rng.integers(0, 3))
            for part in rng.multinomial(applied, np.full(days, 1 / days)):
                place = municipalities[rng.integers(len(municipalities))]
                rows.append(
                    {
                        "term": i,
                        "date": TERM_START[i] + rng.integers(0, 140) * DAY,
                        "channel": name,
                        "place": f"{_word('outreach', 'channel', name)}, {place['name']['fi']}",
                        "region": place["region"],
                        "reached": int(part * (3 + rng.integers(0, 8)) + rng.poisson(15)),
                        "applicants": int(part),
                    }
                )
    return pd.DataFrame(rows).sort_values(["term", "date", "channel"]).reset_index(drop=True)


# owner, planned; days late (None: still open at the end; "cancelled" in its place)
ACTIONS = {
    "T01": ("project_manager", "2021-02-15", 0),
    "T02": ("project_manager", "2021-03-01", 10),
    "T03": ("coordinator", "2021-04-30", 0),
    "T04": ("evaluator", "2021-03-31", -5),
    "T05": ("coordinator", "2021-05-15", 45),
    "T06": ("coordinator", "2021-08-20", 0),
    "T07": ("trainer", "2021-09-30", 20),
    "T08": ("coordinator", "2021-11-30", 95),
    "T09": ("training_manager", "2022-01-31", 0),
    "T10": ("communications", "2022-02-28", 30),
    "T11": ("project_manager", "2022-03-31", -3),
    "T12": ("counsellor", "2022-05-31", 120),
    "T13": ("coordinator", "2022-09-15", 5),
    "T14": ("trainer", "2022-10-31", 40),
    "T15": ("project_manager", "2022-10-15", "cancelled"),
    "T16": ("evaluator", "2022-12-15", 0),
    "T17": ("coordinator", "2023-04-30", 60),
    "T18": ("project_manager", "2023-05-31", 0),
    "T19": ("project_manager", "2023-07-15", None),
}


def _actions(rng: np.random.Generator) -> pd.DataFrame:
    """The plan at each term's end: what is open, and what was finished in the term."""
    rows = []
    for action, (owner, planned_text, late) in ACTIONS.items():
        planned = np.datetime64(planned_text, "D")
        done = planned + (late + int(rng.integers(0, 6))) * DAY if isinstance(late, int) else NOT_YET
        cancelled = late == "cancelled"
        for i in range(len(TERMS)):
            if (planned if cancelled else done) < TERM_START[i]:
                continue
            finished = bool(done <= TERM_END[i])
            status = _action_status(finished, cancelled and planned <= TERM_END[i], planned - 90 * DAY <= TERM_END[i])
            rows.append((i, action, owner, planned, status, done if finished else NOT_YET))
    frame = pd.DataFrame(rows, columns=["term", "action", "owner", "planned", "status", "done"])
    return frame.sort_values(["term", "action"]).reset_index(drop=True)


def _action_status(finished: bool, cancelled: bool, begun: bool) -> str:
    if finished:
        return "done"
    if cancelled:
        return "cancelled"
    return "in_progress" if begun else "not_started"


def _contacts(rng: np.random.Generator) -> pd.DataFrame:
    kinds = {"employer": 0.36, "school": 0.14, "association": 0.22, "municipality": 0.10, "employment_services": 0.12}
    n = 110
    partner_kind = _pick_from(rng, kinds | {"labour_market": 0.06}, n)
    kind = _pick_from(rng, {"contact": 0.56, "network": 0.14, "negotiation": 0.30}, n)
    term = np.sort(rng.integers(0, len(TERMS), n))
    span = (TERM_END - TERM_START).astype(int)[term]
    outcome = _pick_from(rng, {"agreed": 0.42, "continues": 0.33, "no_result": 0.25}, n)
    number = rng.integers(1, 40, n)
    words = [_word("contacts", "partner_kind", k) for k in partner_kind]
    rows = pd.DataFrame(
        {
            "term": term,
            "date": TERM_START[term] + (rng.random(n) * span).astype(int) * DAY,
            "partner": [f"{word} {i}" for word, i in zip(words, number, strict=True)],
            "partner_kind": partner_kind,
            "kind": kind,
            "outcome": np.where((kind == "contact") & (rng.random(n) < 0.4), "", outcome),
        }
    )
    return rows.sort_values(["term", "date", "partner"]).reset_index(drop=True)


def _budget(rng: np.random.Generator) -> pd.DataFrame:
    """Ledger rows, grant and own share apart, nearly as planned by the end; one purchase is credited back."""
    budget = STUDY["budget"]
    own_of_all = budget["own_share"] / (1 + budget["own_share"])
    first, last = TERM_START[0], TERM_END[-1]
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    rows = []
    for entry in budget["plan"]:
        monthly = entry["category"] in ("salaries", "premises")
        chosen = months if monthly else np.sort(rng.choice(months, 11, replace=False))
        weight = 0.6 + rng.random(len(chosen))
        total = entry["planned"] * (0.955 + 0.04 * rng.random())
        cents = np.round(100 * total * weight / weight.sum()).astype(int)
        days = chosen.astype("datetime64[D]") + rng.integers(14, 28, len(chosen)) * DAY
        for day, amount in zip(days, cents, strict=True):
            own = round(int(amount) * own_of_all)
            rows.append((day, entry["category"], "grant", int(amount) - own))
            rows.append((day, entry["category"], "own", own))
    rows.append((np.datetime64("2022-04-12", "D"), "materials", "grant", -8450))
    frame = pd.DataFrame(rows, columns=["date", "category", "funding", "cents"])
    frame["amount"] = [_euros(c) for c in frame["cents"]]
    frame["term"] = _term_of(frame["date"].to_numpy())
    return frame.sort_values(["date", "category", "funding"]).reset_index(drop=True)


def _euros(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100},{abs(cents) % 100:02d}"


# --- from codes to the text of the exports ----------------------------------------------------------------------------


def _word(table: str, column: str, code: str) -> str:
    """The word an export uses for a code."""
    return next(word for word, c in SOURCES[table]["values"][column].items() if c == code)


def _raw(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of the source, in its order, under its headings and in its words; all of it text."""
    source = SOURCES[table]
    words = {column: {c: w for w, c in mapping.items()} for column, mapping in source.get("values", {}).items()}
    out = {}
    for column, heading in source["columns"].items():
        values = frame[column]
        if values.dtype.kind == "M":
            values = values.dt.strftime(source.get("date_format", "%Y-%m-%d")).fillna("")
        elif column in words:
            values = values.map(lambda code, known=words[column]: known[code] if code else "")
        out[heading] = values.astype(str).to_numpy(dtype=object)
    return pd.DataFrame(out, dtype="str")


def _plant_errors(rng: np.random.Generator, tables: dict) -> list[dict[str, str]]:
    """Two slips of the pen, mended in ``corrections.csv``: a birth in the future and an end before the start."""
    slips = []
    frame = tables["2021S"]["participants"]
    born, row = SOURCES["participants"]["columns"]["birth_date"], int(rng.integers(len(frame)))
    right = frame.at[row, born]
    wrong = right[:6] + str(int(right[6:]) + 100)
    frame.at[row, born] = wrong
    key = frame.at[row, SOURCES["participants"]["columns"]["person"]]
    reason = "Syntymävuosi kirjattu väärin, tarkistettu rekisteristä"
    slips.append(_slip("2022-01-14", "2021S", "participants", key, "birth_date", wrong, right, reason))
    frame = tables["2022K"]["enrolments"]
    columns = SOURCES["enrolments"]["columns"]
    ended = frame.index[frame[columns["end"]] != ""]
    row = int(ended[int(rng.integers(len(ended)))])
    right = frame.at[row, columns["end"]]
    wrong = right[:6] + "2012"
    frame.at[row, columns["end"]] = wrong
    key = frame.at[row, columns["enrolment"]]
    reason = "Päättymisvuosi kirjattu väärin, tarkistettu opintorekisteristä"
    slips.append(_slip("2022-08-19", "2022K", "enrolments", key, "end", wrong, right, reason))
    return slips


def _slip(date: str, term: str, table: str, key: str, column: str, old: str, new: str, reason: str) -> dict[str, str]:
    return {
        "date": date, "term": term, "table": table, "key": key,
        "column": column, "old": old, "new": new, "reason": reason,
    }  # fmt: skip


# --- the truth --------------------------------------------------------------------------------------------------------


def _truth(
    people: pd.DataFrame, spells: pd.DataFrame, answers: dict, asked: dict, arguments: dict[str, object]
) -> dict:
    groups = _groups(people, spells)
    return {
        **arguments,
        "items": _item_truth(spells, answers),
        "scales": _scale_truth(spells, answers),
        "placement": {
            "invited": _rates(people[people["invited"]], groups),
            "leavers": _rates(people[people["left"].notna()], groups),
            "invited_to_term": {
                term: _rate(people[people["due"] <= TERM_END[i]]) for i, term in enumerate(TERMS)
            },
        },
        "nonresponse": _mechanism(people, spells, asked, str(arguments["nonresponse"])),
        "counts": {
            "persons_to_term": _to_term(people, np.ones(len(people), dtype=bool)),
            "target_group_students_to_term": _to_term(people, np.any(list(groups.values()), axis=0)),
            "target_groups": {name: int(member.sum()) for name, member in groups.items()},
            "reenrolled": int((spells["number"] == 1).sum()),
            "dropped": int(people["dropped"].sum()),
            "ongoing": int(people["left"].isna().sum()),
        },
        "parameters": {
            "ability_sd": ABILITY_SD, "noise_sd": NOISE_SD, "change_sd": CHANGE_SD, "cuts": CUTS.tolist(),
            "items": {item: {"level": level, "shift": shift} for item, (level, shift) in ITEMS.items()},
            "success": SUCCESS, "dropout": DROPOUT, "employed": EMPLOYED, "cannot_say": CANNOT_SAY, "blank": BLANK,
        },
    }  # fmt: skip


def _groups(people: pd.DataFrame, spells: pd.DataFrame) -> dict[str, np.ndarray]:
    """Membership of the seven target groups, computed apart from the rules of the study file, as a check on them."""
    care = spells.loc[spells["field"].isin(["09", "01"]), "of"]
    partial = spells.loc[spells["kind"] == "partial_qualification", "of"]
    needing = people["training_purpose"] != "none_stated"
    groups = {
        "low_education": people["low_education"],
        "underrepresented": ~people["language"].isin(["fi", "sv", "se"]) | (people["education"] == "unknown"),
        "over_55": people["over_55"],
        "men_in_care": (people["gender"] == "male") & people.index.isin(care),
        "unemployed": people["activity"].isin(["unemployed", "employed_threatened"]),
        "employed_needing": people["working"] & needing,
        "partial_qualification": pd.Series(people.index.isin(partial)),
    }
    return {name: member.to_numpy(dtype=bool) for name, member in groups.items()}


def _to_term(people: pd.DataFrame, member: np.ndarray) -> dict[str, int]:
    return {term: int((member & (people["term"] <= i).to_numpy()).sum()) for i, term in enumerate(TERMS)}


def _rates(people: pd.DataFrame, groups: dict[str, np.ndarray]) -> dict:
    rates = {"overall": _rate(people)}
    outcome = people[["p_employed", "employed"]]
    return rates | {name: _rate(outcome[member[people.index]]) for name, member in groups.items()}


def _rate(people: pd.DataFrame) -> dict[str, float | int | None]:
    """Employed share of everyone, whether they answered or not: what was expected and what came about."""
    n = len(people)
    expected, realised = (people["p_employed"].mean(), people["employed"].mean()) if n else (None, None)
    return {"n": n, "expected": expected, "realised": realised, "employed": int(people["employed"].sum())}


def _item_truth(spells: pd.DataFrame, answers: dict[str, np.ndarray]) -> dict:
    start, end = _everyone(spells, answers)
    out = {}
    for k, (item, lower) in enumerate(zip(ITEMS, _lower(), strict=True)):
        table = np.zeros((5, 5))
        np.add.at(table, (start[:, k] - 1, end[:, k] - 1), 1)
        out[item] = {
            "direction": "lower" if lower else "higher",
            "n": len(start),
            "expected": _measures(_expected_table(item, bool(lower)), bool(lower)),
            "realised": _measures(table / table.sum(), bool(lower)),
        }
    return out


def _everyone(spells: pd.DataFrame, answers: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """First start and last end of all whose studies ended, as if everyone had answered every item."""
    ended = spells.loc[spells["last"] & spells["end"].notna(), "of"]
    first = spells.index[~spells.duplicated("of", keep="first") & spells["of"].isin(ended)]
    last = spells.index[spells["last"] & spells["of"].isin(ended)]
    first = first[np.argsort(spells.loc[first, "of"].to_numpy())]
    last = last[np.argsort(spells.loc[last, "of"].to_numpy())]
    return answers["start"][first], answers["end"][last][:, : len(ITEMS)]


@cache
def _expected_table(item: str, lower: bool) -> np.ndarray:
    """Probability of every pair (start, end), by Gauss-Hermite quadrature over ability."""
    level, shift = ITEMS[item]
    nodes, weights = _quadrature()
    start = _categories(ABILITY_SD * nodes + level, NOISE_SD)
    end = _categories(ABILITY_SD * nodes + level + shift, np.hypot(NOISE_SD, CHANGE_SD))
    table = np.einsum("q,qi,qj->ij", weights, start, end)
    return table[::-1, ::-1] if lower else table


@cache
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return nodes, weights / weights.sum()


def _categories(mean: np.ndarray, sd: float) -> np.ndarray:
    below = ndtr((np.array([-np.inf, *CUTS, np.inf]) - mean[:, None]) / sd)
    return np.diff(below, axis=1)


def _measures(table: np.ndarray, lower: bool) -> dict[str, float]:
    """Measures of a table of shares; ``superiority`` is of an independent pair, the paired one of one person."""
    values = np.arange(1, 6)
    start, end = table.sum(axis=1), table.sum(axis=0)
    up, same, down = np.triu(table, 1).sum(), np.trace(table), np.tril(table, -1).sum()
    pairs = np.outer(start, end)
    return {
        "mean_start": start @ values,
        "mean_end": end @ values,
        "mean_change": end @ values - start @ values,
        "improved": down if lower else up,
        "same": same,
        "worse": up if lower else down,
        "superiority": np.triu(pairs, 1).sum() + np.trace(pairs) / 2,
        "paired_superiority": up + same / 2,
    }


def _scale_truth(spells: pd.DataFrame, answers: dict[str, np.ndarray]) -> dict:
    """Mean change of each scale's sum, items that are better when lower turned round."""
    start, end = _everyone(spells, answers)
    sign = np.where(_lower(), -1, 1)
    names = list(ITEMS)
    out = {}
    for scale in STUDY["survey"]["scales"]:
        at = [names.index(item) for item in scale["items"]]
        expected = [sign[k] * _measures(_expected_table(names[k], bool(sign[k] < 0)), False)["mean_change"] for k in at]
        realised = ((end - start)[:, at] * sign[at]).sum(axis=1).mean()
        out[scale["id"]] = {"expected": {"mean_change": sum(expected)}, "realised": {"mean_change": realised}}
    return out


def _mechanism(people: pd.DataFrame, spells: pd.DataFrame, asked: dict, nonresponse: str) -> dict:
    invited = people[people["invited"]]
    ended = spells["end"].notna().to_numpy()
    doing_well = (people["success"] > people["success"].median()).to_numpy()[spells["of"]]
    return {
        "mechanism": nonresponse,
        "start_survey": {"probability": START_RESPONSE},
        "response": RANDOM_RESPONSE if nonresponse == "random" else SELECTIVE_RESPONSE,
        "scale": "probability" if nonresponse == "random" else "logit",
        "realised": {
            "end_survey_doing_well": asked["end"][ended & doing_well].mean(),
            "end_survey_doing_worse": asked["end"][ended & ~doing_well].mean(),
            "followup_employed": invited.loc[invited["employed"], "answers"].mean(),
            "followup_not_employed": invited.loc[~invited["employed"], "answers"].mean(),
            "followup_invited": len(invited),
            "followup_answered": int(invited["answers"].sum()),
            "followup_answered_employed": int((invited["answers"] & invited["employed"]).sum()),
        },
    }


# --- background, made up too ------------------------------------------------------------------------------------------


def background(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The background tables as raw text by table; plausible in size, measured by nobody."""
    rng = np.random.default_rng([seed, 1])
    population = _population(rng)
    frames = {
        "population": population,
        "employment": _employment(rng, population),
        "barometer": _barometer(rng),
        "training_needs": _training_needs(rng),
        "benchmark": _benchmark(rng),
    }
    return {table: _raw(table, frame) for table, frame in frames.items()}


# persons aged 15-74
REGION_SIZE = {"01": 1250000, "02": 350000, "04": 155000, "05": 125000, "06": 390000, "07": 150000, "08": 118000}
AGE_SHARE = {"15-24": 0.155, "25-34": 0.172, "35-44": 0.172, "45-54": 0.162, "55-64": 0.174, "65-74": 0.165}
# regions differ as real ones do: how many are 55 or over, and unemployed, beside the whole area
OLDER = {"01": 0.86, "02": 1.0, "04": 1.13, "05": 1.08, "06": 0.97, "07": 1.14, "08": 1.24}
UNEMPLOYED = {"01": 0.95, "02": 0.9, "04": 1.0, "05": 0.85, "06": 1.05, "07": 1.2, "08": 1.35}
# employed, unemployed, student, pensioner, other
ACTIVITY_SHARE = {
    "15-24": (0.38, 0.05, 0.49, 0.01, 0.07),
    "25-34": (0.73, 0.08, 0.09, 0.02, 0.08),
    "35-44": (0.79, 0.08, 0.04, 0.03, 0.06),
    "45-54": (0.80, 0.08, 0.02, 0.06, 0.04),
    "55-64": (0.65, 0.09, 0.01, 0.22, 0.03),
    "65-74": (0.12, 0.005, 0.0, 0.87, 0.005),
}
# basic or none, upper secondary, tertiary
EDUCATION_SHARE = {
    "15-24": (0.47, 0.46, 0.07),
    "25-34": (0.15, 0.47, 0.38),
    "35-44": (0.13, 0.42, 0.45),
    "45-54": (0.12, 0.44, 0.44),
    "55-64": (0.17, 0.45, 0.38),
    "65-74": (0.28, 0.40, 0.32),
}


def _population(rng: np.random.Generator) -> pd.DataFrame:
    activities, levels = _codes("population_activity"), _codes("population_education")
    rows = []
    for region, size in REGION_SIZE.items():
        ages = {age: share * (OLDER[region] if age >= "55" else 1) for age, share in AGE_SHARE.items()}
        for age, share in ages.items():
            work = np.array(ACTIVITY_SHARE[age]) * (0.9 + 0.2 * rng.random(5))
            work[1] *= UNEMPLOYED[region]
            cells = np.outer(work, EDUCATION_SHARE[age]) * (0.9 + 0.2 * rng.random((5, 3)))
            cells[1, 0] *= 1.6  # the low-educated are unemployed more often
            counts = np.round(size * share / sum(ages.values()) * cells / cells.sum()).astype(int)
            rows += [
                (region, age, activity, level, int(counts[i, j]))
                for i, activity in enumerate(activities)
                for j, level in enumerate(levels)
            ]
    return pd.DataFrame(rows, columns=["region", "age_group", "activity", "education", "count"])


def _employment(rng: np.random.Generator, population: pd.DataFrame) -> pd.DataFrame:
    months = np.arange(TERM_START[0].astype("datetime64[M]"), TERM_END[-1].astype("datetime64[M]") + 1)
    totals = population.groupby(["region", "activity"])["count"].sum()
    # fewer unemployed year by year, more every winter and at midsummer
    step = np.arange(len(months))
    season = 1 + 0.06 * np.cos(2 * np.pi * step / 12) + 0.05 * (step % 12 == 6)
    trend = 1.15 - 0.011 * step
    rows = []
    for region in REGION_SIZE:
        noise = 1 + 0.015 * rng.standard_normal(len(months))
        unemployed = np.round(totals[region, "unemployed"] * trend * season * noise).astype(int)
        labour_force = totals[region, "employed"] + totals[region, "unemployed"]
        for month, out_of_work in zip(months.astype("datetime64[D]"), unemployed, strict=True):
            rows.append((month, region, int(labour_force - out_of_work), int(out_of_work)))
    return pd.DataFrame(rows, columns=["month", "region", "employed", "unemployed"]).sort_values(["month", "region"])


def _barometer(rng: np.random.Generator) -> pd.DataFrame:
    outlook = np.array(_codes("outlook"), dtype=object)
    mean = {"09": 3.4, "01": 3.0, "10": 2.4, "07": 2.5, "08": 2.1, "06": 2.2, "04": 1.4, "00": 2.0}
    rows = [
        (code["id"], region, outlook[int(np.clip(round(mean[code["fields"][0]] + 0.6 * rng.standard_normal()), 0, 4))])
        for code in STUDY["codes"]["occupation"]
        for region in REGION_SIZE
    ]
    return pd.DataFrame(rows, columns=["occupation", "region", "outlook"])


def _training_needs(rng: np.random.Generator) -> pd.DataFrame:
    total = 2400
    shares = [0.46, 0.52, 0.17, 0.21, 0.24, 0.19]
    needs = zip(_codes("training_need"), shares, strict=True)
    rows = [(need, round(total * (p + 0.01 * rng.standard_normal())), total) for need, p in needs]
    return pd.DataFrame(rows, columns=["need", "count", "total"])


def _benchmark(rng: np.random.Generator) -> pd.DataFrame:
    total = 18400
    share = {"employed": 0.52, "student_full_time": 0.17, "student_any": 0.27, "unemployed": 0.20}
    rows = [(measure, round(total * (p + 0.005 * rng.standard_normal())), total) for measure, p in share.items()]
    return pd.DataFrame(rows, columns=["measure", "count", "total"])


# --- to disk ----------------------------------------------------------------------------------------------------------


def write(folder: Path, seed: int = SEED, persons: int = PERSONS, nonresponse: str = "selective") -> dict:
    """Write exports, background, corrections and truth under ``folder`` (with the study file where it has none).

    Returns the truth. Files that stand there under the same names are replaced; nothing else is touched.
    """
    folder = Path(folder)
    tables, truth = simulate(seed, persons, nonresponse)
    for term, frames in tables.items():
        for table, frame in frames.items():
            _write_csv(frame, folder / "raw" / term / SOURCES[table]["file"])
    for table, frame in background(seed).items():
        _write_csv(frame, folder / "background" / SOURCES[table]["file"].replace("*", ""))
    _write_csv(pd.DataFrame(truth["planted_errors"]), folder / "corrections.csv")
    text = json.dumps(_plain(truth), ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    if not (folder / "study.toml").exists():
        shutil.copyfile(HERE / "study.toml", folder / "study.toml")
    return truth


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, sep=";", index=False, encoding="utf-8", lineterminator="\n")


def _plain(value: object) -> object:
    """Numbers as JSON has them, fractions to nine digits so that the file is the same on every machine."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 9)
    return value.item() if isinstance(value, np.generic) else value


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the synthetic exports of the Uusi alku demo.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--nonresponse", choices=["selective", "random"], default="selective")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: the study's own)")
    options = parser.parse_args()
    truth = write(options.out, options.seed, options.persons, options.nonresponse)
    print(json.dumps(_plain(truth["counts"]), ensure_ascii=False))


if __name__ == "__main__":
    main()
