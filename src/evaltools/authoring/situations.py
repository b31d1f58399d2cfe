"""What people do after leaving, in the words of questionnaires and registers: work, study, neither; fi, sv and en."""

from __future__ import annotations

import re

import pandas as pd

from evaltools.authoring import columns

NAMED = 0.5  # of the answers that are work, study or unemployment, for a column to tell situations
WORK = r"työ|töissä|yrittäj|work|employ|\bjob|business|freelanc|entrepren|arbet|jobb|anställ|företagar"
STUDY = r"opisk|opinno|koulu|stud|school|education|training|utbild|skola"
NOT = r"\b(?:en|ei|enkä|eikä|not|nor|no longer|inte|ej|utan|without)\b"
DENIED = re.compile(rf"{NOT}\W+(?:\w+\W+)?\w*(?:{WORK}|{STUDY})\w*|(?:{WORK}|{STUDY})\w* inte\b", re.IGNORECASE)
ROLES = (  # of placement, the first whose pattern is found
    (
        "other",
        r"neither|kumpaakaan|varken|eläke|eläkkee|retire|pension|työkyvy|disab|sairas|sjuk|sick|vanhempainv|"
        r"perhevap|hoitovap|parental|maternity|föräldra|kotona|kotiäi|at home|homemak|hemma|armeij|varusm|siviilip|"
        r"military|conscript|värnplikt|vapaaehtoi|volunt|frivill",
    ),
    (
        "unemployed",
        r"työtön|työttö|unemploy|arbetslö|arbetssök|job ?seek|työnhaki|lomaut|laid off|permitt|out of work|"
        r"(looking|searching) for (a |any )?(work|job|employment)",
    ),
    ("student", r"työvoimakoul|arbetsmarknadsutb|(labour market|employment) training|vocational training"),
    ("employed_student", rf"({WORK}).*({STUDY})|({STUDY}).*({WORK})|oppisop|apprentic|läroavt"),
    ("employed", WORK),
    ("student", STUDY),
)
LATER = re.compile(  # names of files asked after leaving
    r"follow.?up|seuranta|sijoittu|uppfölj|placement|destination|tracer|leaver|"
    r"(?:[0-9]+|half|three|six|twelve|kolmen|puol\w*|kuuden|vuoden|tre|sex|tolv|ett)[ _-]*"
    r"(?:months?|weeks?|years?|kk|kuukau|viiko|vuo|mån|veck|år)",
    re.IGNORECASE,
)
ASKED = re.compile(
    r"situation|status|tilan|sijoittu|placement|destination|activit|toiminta|doing|teet|gör|sysselsätt|läge\b|main",
    re.IGNORECASE,
)
BEFORE = re.compile(r"before|ennen|aiem|edelt|innan|före|tidigare|previous|prior", re.IGNORECASE)


def role(word: str) -> str:
    """The role of a placement by its name: what is denied (*not working*) counts as the lack of work."""
    said, denied = DENIED.subn(" ", word)
    found = next((role for role, pattern in ROLES if re.search(pattern, said, re.IGNORECASE)), "")
    without_work = denied and re.search(WORK, word, re.IGNORECASE) and not re.search(STUDY, word, re.IGNORECASE)
    return found or ("unemployed" if without_work else "other")


def tells(cells: pd.Series) -> bool:
    """Whether a column tells the situations of people: few words, work among them and study or unemployment."""
    words = set(cells.unique())
    if not 1 < len(words) <= columns.MOST_CATEGORIES or max(map(len, words)) > columns.LONGEST_NAME:
        return False
    roles = {word: role(word) for word in words}
    some = {"employed", "employed_student"} & set(roles.values()) and {"student", "unemployed"} & set(roles.values())
    return bool(some) and cells.map(roles).ne("other").mean() >= NAMED


def found(rows: pd.DataFrame, missing: list[str]) -> str:
    """The heading of the column that tells situations, the present one before that of earlier; nothing without one."""
    told = [h for h in rows if len(given := columns.given(rows[h], missing)) and tells(given)]
    return min(told, key=lambda h: (bool(BEFORE.search(h)), not ASKED.search(h)), default="")
