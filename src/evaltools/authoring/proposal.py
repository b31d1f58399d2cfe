"""What an export seems to hold: its table, its days, its questions with their wording, labels and options, and the
rows that are no answers. ``describe`` shows it, ``new --from`` makes a study file of it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from evaltools.authoring import columns, situations
from evaltools.authoring.columns import Scale
from evaltools.authoring.export import Export
from evaltools.authoring.profiles import UNKNOWN, monitoring
from evaltools.authoring.profiles.types import Profile, names, without_number
from evaltools.ingest.rows import TOTALS
from evaltools.study.schema import SURVEYS, TABLES
from evaltools.study.wording import plain

START, END, FOLLOWUP = SURVEYS["start"], SURVEYS["end"], "followup"
LONGEST_ID = 40
ENOUGH = 30  # answers without the middle of a scale that tell a scale without a middle
BACKGROUND = {"birth_date", "age", "gender", "municipality", "region", "language", "education", "activity"}
OTHER = re.compile(r"other\b.*|muu\b.*|annat\b.*", re.IGNORECASE)
MOST_NAMES = 3  # choices that name something; more of them in numbers are taken for a scale
NOTE = re.compile(r"(\S+\s+){3}\S|\S\s*:\s*\S|\s\S+[.!]$")  # more words than a name has, or a sentence
PERSONAL = re.compile(r"@|[0-9][0-9 +-]{5}")
NOTE_BESIDE = 2  # columns that a table has at least, for one cell in a row to be none of its rows
STARTING = (
    r"(?<![^\W\d_])(?:pre|start|before|baseline|intake|entry|first|t0)|alku|aloit|ennen|ensimmäi|före|börja|första"
)
ENDING = r"(?<![^\W\d_])(?:end|exit|post|after|final|last|second|t2)|loppu|päättö|lopet|jälkeen|toinen|slut|efter|andra"
SAME_PEOPLE = 0.3  # of the first time of asking that are of the second, too
REPEATED = 0.5  # of the rows whose person stands in an earlier one, too, from which they are events
OWN_LABELS = range(4, 8)  # words that a scale of a questionnaire's own may have
ALIKE = 3  # questions with the same words that tell such a scale
UNTOLD = "?"  # the number of a label that only people know
MEETING = re.compile(  # a heading of an attendance list that names no day
    r"(?:viikko|vk|kerta|tunti|päivä|week|session|lesson|class|day|vecka|v|gång|lektion|dag)\.? ?[0-9]+|"
    r"[0-9]+\. ?(?:viikko|kerta|tunti|päivä|session|lesson|vecka|gång|lektion|dag)|(?:[a-zåäö]{2,3} )?[0-9]+\.[0-9]+\.",
    re.IGNORECASE,
)
EVENTS = {"redcap_event_name", "event name"}
REPEATS = {"redcap_repeat_instrument", "repeat instrument"}
NAMES = re.compile(  # what a question asks whose numbers are names, no scale
    r"gender\b|\bsex\b|sukupuol|\bkön\b|region\b|county|maakun|kotikun|municipal|kommun|landskap|country|nationality|"
    r"kansalaisuus|mother tongue|(native|first) language|äidinkiel|modersmål",
    re.IGNORECASE,
)


@dataclass
class Question:
    """A question found under one heading, or of several answers under one heading an option.

    ``kind`` is item, code, multi, integer, number or comment. ``options`` are the words of its options, in the order of
    ``headings`` where each has a column, else joined by ``separator``; ``words`` what the words of its cells mean.
    """

    kind: str
    code: str
    text: str
    headings: list[str]
    scale: Scale | None = None
    options: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    separator: str = ""
    others: str = ""  # the option that takes every other word


@dataclass
class Proposal:
    """A source as it might stand in a study file, and the questions that it answers."""

    export: Export
    frame: pd.DataFrame  # the rows that are answers
    table: str
    columns: dict[str, str]  # tidy column -> heading
    questions: list[Question]
    keys: list[str]  # headings by which persons may be known in other files
    rest: list[str]  # headings that nothing was made of
    dates: list[str]  # formats
    undecided: list[list[str]]  # formats of which one must be chosen: day and month cannot be told apart
    leave_out: dict[str, list[str]]
    missing: list[str]
    separator: str = ""
    keep: dict[str, list[str]] = field(default_factory=dict)  # the words of the rows that are of this table
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # tidy column -> what its codes mean
    wave: str = ""  # of the study's own, where the people of another file or event were asked once more

    @property
    def profile(self) -> Profile:
        return self.export.profile

    @property
    def source_table(self) -> str:
        """The table of its source: that of its wave, where it is one of the study's own."""
        return f"{self.wave}_{'followup' if self.table == FOLLOWUP else 'survey'}" if self.wave else self.table

    @property
    def called(self) -> str:
        """What the export calls this time of asking: its event, or the name of the file."""
        event = next((words[0] for heading, words in self.keep.items() if names(heading) & EVENTS), "")
        return " ".join(re.findall(r"[^\W_]+", event or self.export.path.stem))

    @property
    def is_survey(self) -> bool:
        return self.table in SURVEYS.values()

    @property
    def is_answers(self) -> bool:
        """Whether its rows are answers of people: to a survey, or to a follow-up."""
        return self.is_survey or self.table == FOLLOWUP

    @property
    def situation(self) -> str:
        """The heading of the column that tells what people do, where a file of answers has one."""
        return situations.found(self.frame, self.missing) if self.is_answers else ""

    def is_named_key(self, heading: str) -> bool:
        """Whether a heading says that the column holds a key of people."""
        return self.profile.is_key(heading) or UNKNOWN.is_key(heading)

    @property
    def with_point(self) -> bool:
        """Whether its numbers have a point before the decimals."""
        known = [h for c, h in self.columns.items() if TABLES[self.table][c].kind == "number"]
        numbers = [*known, *(q.headings[0] for q in self.questions if q.kind == "number")]
        return any(self.frame[h].str.fullmatch(r"-?[0-9]+\.[0-9]+").any() for h in numbers)

    @property
    def no_answers(self) -> str:
        """Why the rows of a survey that no tool exported and that asks nothing are no answers: nothing shows people
        (``nobody``), they stand in several rows each, or what they are asked are days (``events``)."""
        if not self.is_survey or self.profile is not UNKNOWN or "answered" in self.columns:
            return ""
        items = [q.headings[0] for q in self.questions if q.kind == "item"]
        if items and (all(map(_is_day, items)) or (len(items) == 1 and _is_by_day(self.frame.drop(columns=items)))):
            return "events"
        if any(q.kind in ("item", "multi", "comment") for q in self.questions):
            return ""
        if "person" in self.columns:
            return "events" if self.frame[self.columns["person"]].duplicated().mean() > REPEATED else ""
        return "" if self.columns or any(map(self.is_named_key, self.keys)) else "nobody"

    @property
    def named_key(self) -> str:
        """The heading of answers that says it holds a key of people, of which every row has one; else nothing."""
        return next(
            (h for h in filter(self.is_named_key, self.keys) if self.is_answers and self.frame[h].ne("").all()), ""
        )


def of(export: Export, dictionary: pd.DataFrame | None = None) -> list[Proposal]:
    """What an export holds: one proposal, or one a wave where it holds several (events of REDCap)."""
    event = _event(export)
    if logged := _logged(export):
        return [logged]
    waves = _waves(_in_words(export.frame, dictionary), event) if event else []
    if len(waves) < 2:
        return _register(_proposal(export, export.frame, dictionary))
    found = []
    for table, word in waves:
        wave = _proposal(export, export.frame[export.frame[event] == word], dictionary, table)
        found.append(replace(wave, keep={event: [word]} | wave.keep))
    return found


def _logged(export: Export) -> Proposal | None:
    """A log of the project, where a file has all columns that one must have; of money the funding may be one."""
    below = _below(export.frame)
    rows = _without(export.frame, below)
    if export.profile is not UNKNOWN or {"birth_date", "age", "gender", "name"} & set(_known(rows, UNKNOWN)):
        return None
    for table, wanted in monitoring.TABLES.items():
        known = _headings(rows, wanted)
        needed = {column for column, spec in TABLES[table].items() if spec.required} - {"funding"}
        if needed <= set(known):
            dates, undecided = _dates(rows, [h for c, h in known.items() if TABLES[table][c].kind == "date"])
            rest = [h for h in rows if h not in known.values()]
            return Proposal(export, rows, table, known, [], [], rest, dates, undecided, below, [])
    return None


def _is_day(heading: str) -> bool:
    told = columns.date_formats(pd.Series([heading])) or MEETING.fullmatch(heading)
    return heading in TOTALS or bool(told)


def _is_by_day(rows: pd.DataFrame) -> bool:
    """Whether the same people, or groups, come again on several days."""
    again = [h for h in rows if rows[h].duplicated().mean() > REPEATED]
    days = [h for h in again if columns.date_formats(columns.given(rows[h]))]
    return any(not rows.duplicated([day, h]).any() for day in days for h in again if h != day)


def _event(export: Export) -> str:
    """The heading of the column that tells the time of asking: a tool's own, or one of two words, for the start and
    the end of the same people; nothing without one."""
    own = next((h for h in export.frame if names(h) & EVENTS and export.profile is not UNKNOWN), "")
    return own or next((h for h in export.frame if _tells_waves(export.frame, h)), "")


def _tells_waves(rows: pd.DataFrame, heading: str) -> bool:
    words = set(rows[heading])
    if len(words) != 2:
        return False
    sides = [bool(re.search(STARTING, w, re.IGNORECASE)) - bool(re.search(ENDING, w, re.IGNORECASE)) for w in words]
    if sorted(sides) != [-1, 1]:
        return False
    first, second = (part for _, part in rows.groupby(heading))
    own = (h for h in rows if columns.is_key(first[h], len(first), 0.9) and columns.is_key(second[h], len(second), 0.9))
    return any(len(set(first[h]) & set(second[h])) > len(first) * SAME_PEOPLE for h in own)


def taken_for(table: str, found: Proposal, dictionary: pd.DataFrame | None) -> Proposal:
    """What a file holds as another table than it seemed to be."""
    return _proposal(found.export, found.export.frame, dictionary, table)


def _register(first: Proposal) -> list[Proposal]:
    """A file, and where it is a register that holds both persons and study rights, each of the two tables."""
    other = {"participants": "enrolments", "enrolments": "participants"}.get(first.table)
    if other is None:
        return [first]
    second = _proposal(first.export, first.export.frame, None, other)
    given = set(second.columns)
    persons = other == "participants" and "person" in given and bool(given & BACKGROUND)
    if not persons and not {"person", "enrolment", "start", "state"} <= given:
        return [first]
    for one, two in ((first, second), (second, first)):
        taken = set(two.columns.values())
        one.questions = [q for q in one.questions if q.headings[0] not in taken]
        one.rest = [heading for heading in one.rest if heading not in taken]
    return [first, second]


def _waves(rows: pd.DataFrame, event: str) -> list[tuple[str, str]]:
    """An event that is a start and one that is an end, by their names and how many rows they have; else the first and
    the last. Those asked after leaving that tell what people do are follow-ups."""
    later = [w for w in rows[event].unique() if situations.LATER.search(w)]
    after = [w for w in later if situations.found(rows[rows[event] == w], [])]
    events = rows.loc[~rows[event].isin(after), event]
    words = [word for word in events.value_counts(sort=False).sort_values(ascending=False, kind="stable").index if word]
    ends = [w for w in words if re.search(rf"{ENDING}|follow|month|week", w, re.IGNORECASE)]
    starts = [word for word in words if word not in ends]
    if not starts or not ends:
        words = [word for word in events.unique() if word]
        starts, ends = words[:1], words[1:][-1:]
    return [*((START, w) for w in starts[:1]), *((END, w) for w in ends[:1]), *((FOLLOWUP, w) for w in after)]


def _proposal(export: Export, rows: pd.DataFrame, dictionary: pd.DataFrame | None, table: str = "") -> Proposal:
    profile = export.profile
    keep = _one_form(rows, profile)
    for heading, words in keep.items():
        rows = rows[rows[heading].isin(words)]
    leave_out = _below(rows)
    for heading, words in _no_answers(_without(rows, leave_out), profile).items():
        leave_out[heading] = [*leave_out.get(heading, []), *words]
    rows = _without(rows, leave_out)
    nothing = set(map(plain, (*profile.missing, *columns.NOTHING)))
    missing = sorted({cell for heading in rows for cell in rows[heading].unique() if plain(cell) in nothing})
    known = _known(rows, profile)
    questions = _questions(rows, profile, set(known.values()), missing)
    spoken = _in_words(rows, dictionary)
    situation = situations.found(spoken, missing)
    if not table and situation and _is_followup(export, known, questions, situation):
        table = FOLLOWUP
    table = table or profile.table or _table(known, questions)
    if table == FOLLOWUP:
        known |= {"status": situation} if situation else {}
        known |= {"date": day} if (day := known.get("answered") or _day(rows, known)) else {}
    elif situation and known.get("state") == situation:
        known.setdefault("activity", known.pop("state"))  # what a person of a register does, no state of studies
    known = {column: heading for column, heading in known.items() if column in TABLES[table]}
    questions = _questions(rows, profile, set(known.values()), missing)
    if table == "enrolments" and "enrolment" not in known and "person" in known and rows[known["person"]].is_unique:
        known["enrolment"] = known["person"]  # a row a person: the study right needs no id of its own
    answered = set(known.values()) | {h for q in questions for h in q.headings}
    rest = [h for h in rows if h not in answered]
    _more_questions(rows, questions, rest, profile, missing, table)
    if table in SURVEYS.values() and dictionary is None:
        _of_own_labels(rows, questions, profile, missing)
    _from_dictionary(questions, dictionary)
    if table not in SURVEYS.values():
        questions = [_as_variable(q, rows, missing) for q in questions]
    dates, undecided = _dates(rows, [h for c, h in known.items() if TABLES[table][c].kind == "date"])
    separator = next((q.separator for q in questions if q.separator), "")
    keys = [h for h in rest if _may_be_key(rows, h, profile)]
    rest = [h for h in rest if h not in {g for q in questions for g in q.headings}]
    found = Proposal(export, rows, table, known, questions, keys, rest, dates, undecided, leave_out, missing, separator)
    coded = {c: h for c, h in known.items() if TABLES[table][c].kind == "code" and spoken[h].ne(rows[h]).any()}
    return replace(found, keep=keep, words={c: _meanings(rows[h], spoken[h]) for c, h in coded.items()})


def _meanings(codes: pd.Series, spoken: pd.Series) -> dict[str, str]:
    return {code: word for code, word in zip(codes, spoken, strict=True) if code}


def _in_words(rows: pd.DataFrame, dictionary: pd.DataFrame | None) -> pd.DataFrame:
    """The rows with the words of a data dictionary for its codes."""
    if dictionary is None:
        return rows
    choices = {code: dict(choices) for code, _, choices in _fields(dictionary) if code in rows and choices}
    return rows.assign(**{code: rows[code].map(lambda cell, of=of: of.get(cell, cell)) for code, of in choices.items()})


def _no_answers(rows: pd.DataFrame, profile: Profile) -> dict[str, list[str]]:
    """The words that mark rows as none of the answers, of those that stand in the file."""
    found = {}
    for pattern, wanted in profile.no_answer.items():
        headings = [h for h in rows if any(re.fullmatch(pattern, name) for name in names(h))]
        if len(headings) == 1:  # of several forms in one row any may be whole
            [heading] = headings
            words = [cell for cell in rows[heading].unique() if plain(cell) in set(map(plain, wanted))]
            if words and len(words) < rows[heading].nunique():
                found[heading] = sorted(words)
    return found


def _below(rows: pd.DataFrame) -> dict[str, list[str]]:
    """The words of what stands below a table: a total, and notes, which have a cell of some words and no other."""
    found: dict[str, list[str]] = {}
    for _, cells in rows.iloc[::-1].iterrows():
        filled = cells[cells != ""]
        if filled.empty:
            continue
        first, word = str(filled.index[0]), filled.iloc[0]
        note = word if len(filled) == 1 and len(cells) > NOTE_BESIDE else ""
        if word not in TOTALS and not (NOTE.search(note) and not PERSONAL.search(note)):
            break
        found.setdefault(first, []).insert(0, word)
    return found


def _without(rows: pd.DataFrame, leave_out: dict[str, list[str]]) -> pd.DataFrame:
    for heading, words in leave_out.items():
        rows = rows[~rows[heading].map(plain).isin(set(map(plain, words)))]
    return rows


def _one_form(rows: pd.DataFrame, profile: Profile) -> dict[str, list[str]]:
    """Of forms that stand in rows of their own below each other (REDCap) the one with most answers a row."""
    heading = next((h for h in rows if names(h) & REPEATS), "")
    asked = [h for h in rows if not profile.is_aside(h)]
    if not heading or rows[heading].nunique() < 2:
        return {}
    filled = rows[asked].ne("").sum(axis=1).groupby(rows[heading]).mean()
    return {heading: [str(filled.idxmax())]}


def _known(rows: pd.DataFrame, profile: Profile) -> dict[str, str]:
    """The tidy columns whose headings are known, the tool's own names before those of registers."""
    found: dict[str, str] = {}
    for names_of in (profile.columns, UNKNOWN.columns):
        for column, wanted in names_of.items():
            if column in found or (
                names_of is UNKNOWN.columns and column in ("person", "answered") and profile is not UNKNOWN
            ):
                continue
            found |= _headings(rows[[h for h in rows if h not in found.values()]], {column: wanted})
    return found


def _headings(rows: pd.DataFrame, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The heading of each column wanted that has a name for it and cells that hold something, best in every row."""
    found: dict[str, str] = {}
    for column, patterns in wanted.items():
        free = [h for h in rows if h not in found.values()]
        there = [h for name in patterns for h in free if any(re.fullmatch(name, called) for called in names(h))]
        there = [h for h in there if rows[h].ne("").all()] + [h for h in there if rows[h].ne("").any()]
        if there:
            found[column] = there[0]
    return found


def _is_followup(export: Export, known: dict[str, str], questions: list[Question], situation: str) -> bool:
    """Whether a file that tells what people do is asked after leaving: it says so in its name, or asks little else."""
    if export.profile.table not in (START, "") or {"birth_date", "enrolment", "start"} & set(known):
        return False
    asked_now = situations.ASKED.search(situation) and not situations.BEFORE.search(situation)
    return bool(
        situations.LATER.search(export.path.stem) or (asked_now and not any(q.kind == "item" for q in questions))
    )


def _day(rows: pd.DataFrame, known: dict[str, str]) -> str:
    """The first column of days that is nothing else."""
    free = (h for h in rows if h not in known.values())
    return next((h for h in free if columns.date_formats(columns.given(rows[h]))), "")


def _table(known: dict[str, str], questions: list[Question]) -> str:
    """The table of a file of no known tool: a survey where there are items or the time of an answer."""
    if "answered" in known or any(q.kind == "item" for q in questions):
        return START
    votes = {t: len(set(known) & set(TABLES[t])) for t in (START, "participants", "enrolments", FOLLOWUP)}
    best = max(votes, key=lambda t: votes[t] if votes[t] > 1 else 0)
    return best if best != FOLLOWUP or "status" in known else START


# --- questions -----------------------------------------------------------------------------------------------------


def _questions(rows: pd.DataFrame, profile: Profile, known: set[str], missing: list[str]) -> list[Question]:
    """The questions of a file that lie on a scale or have a column an option, in order."""
    free = [h for h in rows if h not in known and not profile.is_aside(h)]
    groups: dict[str, list[str]] = {}
    for heading in free:
        question, option = profile.parted(heading)
        if option:
            groups.setdefault(question, []).append(heading)
    multi = {q: hs for q, hs in groups.items() if _are_options(rows, hs, profile, missing)}
    taken = {h: question for question, hs in multi.items() for h in hs}
    grids = {q for q, hs in groups.items() if len(hs) > 1 and q not in multi}
    found: dict[str, Question] = {}
    for heading in free:
        if heading in taken:
            asked = taken[heading]
            found.setdefault(f"multi {asked}", _several(rows, asked, multi[asked], profile, missing))
            continue
        if profile.parted(heading)[0] in multi or heading in multi:
            continue  # the sum of a question whose options have columns, or its free text
        one = _question(rows, heading, profile, missing, grids)
        if one is not None:
            found[heading] = one
    questions = list(found.values())
    _without_middle(rows, questions)
    _of_seven_points(rows, questions)
    return questions


def _are_options(rows: pd.DataFrame, headings: list[str], profile: Profile, missing: list[str]) -> bool:
    """Whether columns are the options of one question: ticks in each, but what people wrote under *other*."""
    ticks = [h for h in headings if _is_flag(rows[h], h, profile, missing)]
    chosen = any(rows[h].ne("").any() for h in ticks)
    return chosen and len(ticks) > 1 and all(h in ticks or OTHER.fullmatch(profile.parted(h)[1]) for h in headings)


def _is_flag(cells: pd.Series, heading: str, profile: Profile, missing: list[str]) -> bool:
    return columns.is_flag(columns.given(cells, missing), profile.parted(heading)[1])


def _several(rows: pd.DataFrame, question: str, headings: list[str], profile: Profile, missing: list[str]) -> Question:
    """A question with a column an option."""
    words: dict[str, str] = {}
    others = ""
    options = [profile.parted(heading)[1] for heading in headings]
    for heading, option in zip(headings, options, strict=True):
        if _is_flag(rows[heading], heading, profile, missing):
            words |= columns.flag_words(columns.given(rows[heading], missing), option)
        else:
            others = option
    code, _ = profile.wording(headings[0])
    code = re.sub(r"(?:___|\[|_[0-9]+$).*", "", code)
    text = without_number(question)
    return Question("multi", code, text, list(headings), options=options, words=words, others=others)


def _question(
    rows: pd.DataFrame, heading: str, profile: Profile, missing: list[str], grids: set[str]
) -> Question | None:
    """What a column asks: an item where its answers lie on a scale; None where its cells do not tell."""
    cells = columns.given(rows[heading], missing)
    if cells.empty or columns.date_formats(cells):
        return None
    code, text = profile.wording(heading)
    question, option = profile.parted(heading)
    in_grid = bool(option) and question in grids
    text = heading if code == heading else without_number(option if in_grid else text)  # a code alone is no wording
    found = columns.scale(cells)
    if found and not found.labels and not in_grid and NAMES.search(text):
        return None
    words: dict[str, str] = {}
    if found is None:
        found, words = columns.coded_scale(cells, in_grid)
    code = code.replace("[", "_").replace("]", "")
    return Question("item", code, text, [heading], found, words=words) if found else None


def _as_variable(question: Question, rows: pd.DataFrame, missing: list[str]) -> Question:
    """An item of a table that has none as a variable: whole numbers, or its labels in their order as codes."""
    if question.scale is None:
        return question
    cells = columns.given(rows[question.headings[0]], missing)
    if cells.str.fullmatch(columns.NUMBER.pattern).all() and not question.scale.own:
        return replace(question, kind="integer", scale=None, words={})
    own = dict(question.scale.own)
    words = {word: own.get(word) or question.words.get(word, word) for word in cells.unique()}
    places = {text: columns.place(text, question.scale) for text in words.values()}
    changed = {word: text for word, text in words.items() if word != text}
    return replace(question, kind="code", scale=None, options=sorted(places, key=places.__getitem__), words=changed)


def _more_questions(
    rows: pd.DataFrame, questions: list[Question], rest: list[str], profile: Profile, missing: list[str], table: str
) -> None:
    """Questions of persons that are on no scale, each by its cells; of the open ones the longest is the comment."""
    if table not in (*SURVEYS.values(), FOLLOWUP, "participants"):
        return
    several = tuple(q.text for q in questions if q.kind == "multi")
    found = []
    for heading in [h for h in rest if not profile.is_aside(h)]:
        cells = columns.given(rows[heading], missing)
        if len(cells) and not columns.date_formats(cells) and not (several and heading.startswith(several)):
            found += _of_cells(cells, heading, profile, table != "participants")
    opened = {q.headings[0]: rows[q.headings[0]].str.len().mean() for q in found if q.kind == "comment"}
    marks = Counter(q.separator for q in found if q.separator).most_common(1)  # a source has one mark
    comment = max(opened, key=opened.__getitem__, default="") if "comment" in TABLES[table] else ""
    kept = [q for q in found if q.kind != "comment" or q.headings[0] == comment]
    questions += [q for q in kept if q.separator in ("", *(mark for mark, _ in marks))]
    order = {heading: i for i, heading in enumerate(rows)}
    questions.sort(key=lambda q: order[q.headings[0]])


def _of_cells(cells: pd.Series, heading: str, profile: Profile, survey: bool) -> list[Question]:
    """What cells that lie on no scale answer: several options, something in own words, an amount, one of few words."""
    if OTHER.fullmatch(profile.parted(heading)[1]):
        return []  # what was written beside a choice
    code, text = profile.wording(heading)
    text = without_number(text)
    joined = columns.joined(cells, profile.separators) if survey else None
    if joined:
        others = next((o for o in joined.options if OTHER.fullmatch(o)), "Other") if joined.others else ""
        options = list(dict.fromkeys([*joined.options, *filter(None, [others])]))
        return [Question("multi", code, text, [heading], options=options, separator=joined.mark, others=others)]
    if survey and columns.is_open(cells):
        return [Question("comment", code, text, [heading])]
    kind = columns.number_kind(cells)
    if kind and not NAMES.search(text):
        return [Question(kind, code, text, [heading])]
    words = columns.categories(cells)
    others = "Other" if set(cells) - set(words) else ""
    options = list(dict.fromkeys([*words, *filter(None, [others])]))
    return [Question("code", code, text, [heading], options=options, others=others)] if words else []


def _without_middle(rows: pd.DataFrame, questions: list[Question]) -> None:
    """A scale of agreement whose middle nobody chose among many answers has none."""
    items = [q for q in questions if q.scale and q.scale.labels == "agreement-5" and not q.scale.mixed]
    cells = [cell for q in items for cell in rows[q.headings[0]] if cell]
    judged = {cell: columns.agreement(cell.replace("_", " ")) for cell in set(cells)}
    if len(cells) >= ENOUGH and 3 not in judged.values():
        for question in items:
            assert question.scale is not None
            question.scale = replace(question.scale, labels="agreement-4", high=4)


def _of_seven_points(rows: pd.DataFrame, questions: list[Question]) -> None:
    """Where one question has seven points of agreement, so have the others whose labels fit them."""
    if not any(q.scale and q.scale.labels == "agreement-7" for q in questions):
        return
    for question in (q for q in questions if q.scale and q.scale.labels in ("agreement-5", "agreement-4")):
        assert question.scale is not None
        cells = rows[question.headings[0]]
        if columns.fits("agreement-7", cells[cells != ""].unique()):
            question.scale = replace(question.scale, labels="agreement-7", high=7)


def _of_own_labels(rows: pd.DataFrame, questions: list[Question], profile: Profile, missing: list[str]) -> None:
    """Questions that share four to seven words of which no table knows are items; which number each word stands for,
    only people know."""
    said = {
        q.headings[0]: _said(rows[q.headings[0]], missing) for q in questions if q.kind == "code" and not q.separator
    }
    for words in sorted((w for w in said.values() if len(w) in OWN_LABELS), key=len, reverse=True):
        asked = [q for q in questions if q.kind == "code" and said.get(q.headings[0], {""}) <= words]
        if len(asked) < ALIKE:
            continue
        parted = {q.headings[0]: profile.parted(q.headings[0]) for q in asked}
        in_grid = len({question for question, _ in parted.values()}) == 1
        scale = Scale("", 1, len(words), own=tuple((UNTOLD, word) for word in sorted(words)))
        for q in asked:
            q.kind, q.scale, q.options, q.others = "item", scale, [], ""
            q.text = parted[q.headings[0]][1] if in_grid else q.text


def _said(cells: pd.Series, missing: list[str]) -> set[str]:
    """The words of a column but those for not being able to say; nothing of one with numbers or many words."""
    words = set(columns.given(cells, [*missing, *columns.CANNOT]))
    return words if all(map(str.isalpha, (word[:1] for word in words))) else set()


def _from_dictionary(questions: list[Question], dictionary: pd.DataFrame | None) -> None:
    """The wording, labels and options that a data dictionary (REDCap) gives the fields."""
    if dictionary is None:
        return
    fields = {row[0]: row for row in _fields(dictionary)}
    for question in (q for q in questions if q.code in fields):
        _, label, choices = fields[question.code]
        question.text = label or question.text
        words = dict(choices)
        if question.kind == "multi":
            question.options = [words.get(option, option) for option in question.options]
        elif question.kind in ("item", "code") and len(choices) > 1:
            _choices(question, words)


def _choices(question: Question, words: dict[str, str]) -> None:
    """An item's labels as its tool has them; what has two or three choices on no known scale is no item but a code."""
    cannot = [code for code, word in words.items() if plain(word) in set(map(plain, columns.CANNOT))]
    own = {code: word for code, word in words.items() if code not in cannot}
    ordered = columns.scale(pd.Series(list(own.values()))) is not None or len(own) > MOST_NAMES
    if question.scale is not None and ordered and all(code.isdigit() for code in own):
        numbers = sorted(map(int, own))
        labels = tuple(own.items())
        odd = "|".join(cannot)
        question.scale = replace(question.scale, low=numbers[0], high=numbers[-1], own=labels, odd=odd)
    else:
        question.kind, question.scale, question.words = "code", None, words
        question.options = list(dict.fromkeys(words.values()))


def _fields(dictionary: pd.DataFrame) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    heads = {plain(h): h for h in dictionary}
    name = heads.get("variable / field name") or heads["field_name"]
    label = heads.get("field label") or heads["field_label"]
    given = [h for p, h in heads.items() if p.startswith(("choices, calculations", "select_choices"))]
    for row in dictionary.to_dict("records"):
        parts = [part.split(",", 1) for part in row[given[0]].split("|")] if given else []
        choices = [(p[0].strip(), p[1].strip()) for p in parts if len(p) == 2]
        yield row[name], row[label], choices


def _dates(rows: pd.DataFrame, headings: list[str]) -> tuple[list[str], list[list[str]]]:
    """The formats of the columns of days, and those of which day and month cannot be told apart: the other columns of
    the file may tell."""
    fitting = [f for heading in headings if (f := columns.known_days(columns.given(rows[heading])))]
    orders = [{_order(each[0]) for each in found} for found in fitting]
    common = set.intersection(*orders) if orders else set()
    sure: list[str] = []
    undecided: list[list[str]] = []
    for found in fitting:
        kept = [each for each in found if not common or _order(each[0]) in common] or found
        if len(kept) > 1:
            undecided += kept
        elif not columns.is_typed(kept[0]):
            sure += kept[0]
    return list(dict.fromkeys(sure)), undecided


def _order(date_format: str) -> str:
    return "".join(re.findall(r"%[dm]", date_format)) or "words"


def _may_be_key(rows: pd.DataFrame, heading: str, profile: Profile) -> bool:
    cells = columns.given(rows[heading])
    if cells.empty or columns.date_formats(cells):
        return False
    named = profile.is_key(heading) or UNKNOWN.is_key(heading)
    return (named or not profile.is_aside(heading)) and columns.is_key(cells, len(rows), 0.7 if named else 0.9)


# --- ids -----------------------------------------------------------------------------------------------------------


def slug(text: str, otherwise: str = "x") -> str:
    """A wording as an id: letters and digits of ASCII, joined with _, cut at a word."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.findall(r"[a-z0-9]+", letters.casefold())
    whole = "_".join(words)
    if len(whole) > LONGEST_ID:
        whole = whole[: LONGEST_ID + 1].rsplit("_", 1)[0]
    return whole[:LONGEST_ID] or otherwise


def distinct(id_: str, taken: set[str]) -> str:
    """The id, with a number behind it where it is taken; it is taken then."""
    number = 2
    found = id_
    while found in taken:
        found, number = f"{id_}_{number}", number + 1
    taken.add(found)
    return found
