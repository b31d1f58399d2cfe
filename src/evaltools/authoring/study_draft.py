"""The text of a study file from proposals: its code lists, variables, items and sources, each question once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.authoring import columns, linking, situations
from evaltools.authoring.describe import toml, toml_key
from evaltools.authoring.profiles import monitoring
from evaltools.authoring.proposal import FOLLOWUP, UNTOLD, Proposal, Question, distinct, slug
from evaltools.study import codes
from evaltools.study.evaluation_model import About
from evaltools.study.schema import RESERVED, SURVEYS, TABLES
from evaltools.study.source_model import FLAGS
from evaltools.study.wording import plain

IN_TABLE = 0.8  # of a column's values that an official table must hold to be chosen
OFFICIAL = {"municipality": "municipality", "region": "region", "education": "education-level-2016"}
STATES = {  # roles of the states of study rights, by what their names begin with or hold
    "completed": r"valmis|suorit|graduat|complet|pass|utexaminer|finish",
    "dropped": r"eron|katsotaan|kesk|withdr|drop|resign|cancel|left|fail|avbr|mitätöity|peruut",
    "ongoing": r"",
}
GENDERS = {
    "female": ("Nainen", "Kvinna", "Woman", "Female", "F", "N", "K"),
    "male": ("Mies", "Man", "Man", "Male", "M"),
    "other": ("Muu", "Annan", "Other", "Non-binary", "Muunsukupuolinen", "X"),
}
WORDS = {  # of headings, that tell their language
    "fi": {
        "ja",
        "on",
        "en",
        "olen",
        "osaan",
        "minun",
        "mitä",
        "mistä",
        "kuinka",
        "miten",
        "uskon",
        "koen",
        "sukupuoli",
    },
    "en": {"the", "and", "is", "i", "my", "of", "how", "do", "what", "did", "you", "are", "can", "date", "to", "in"},
    "sv": {"och", "är", "jag", "kan", "min", "mina", "av", "hur", "vad", "vilka", "att", "på", "för", "kön", "ålder"},
}
TITLES = {"fi": "{name}: arviointi", "en": "Evaluation of {name}", "sv": "Utvärdering av {name}"}
HEAD = """\
# Made from exports by `evaltools new --from`. docs/study-file.md tells every key; `evaltools check` names every fault.

[study]
name = {name}
title = {title}
{language}organisation = "..."
funder = "..."
start = {start}
end = {end}

# a term is a period of reporting with a folder of its own, raw/{term}/; add a block for each
[[terms]]
id = "{term}"
name = "{term}"
start = {start}
end = {end}
"""
AGES = """
[[age_groups]]
id = "under_30"
min = 0
max = 29

[[age_groups]]
id = "30-54"
min = 30
max = 54

[[age_groups]]
id = "55+"
min = 55
"""

KNOWN_LISTS = {spec.codes for table in TABLES.values() for spec in table.values() if spec.codes}

Rows = list[dict[str, Any]]


def text(name: str, proposals: Sequence[Proposal], term: str, start: dt.date, end: dt.date, language: str = "") -> str:
    """A study file that takes the exports of the proposals as they are, in that language or that of their headings."""
    language = language or language_of(proposals)
    own = f'language = "{language}"\n' if "language" in About.model_fields else ""
    title = TITLES[language].format(name=name)
    head = HEAD.format(name=toml(name), title=toml(title), language=own, start=start, end=end, term=term)
    draft = Draft()
    for each in proposals:
        draft.take(each)
    born = any({"birth_date", "age"} & set(p.columns) for p in proposals if p.table == "participants")
    who = linking.lines(proposals)
    sources = [draft.source(each, lines) for each, lines in zip(proposals, who, strict=True)]
    return "\n".join(filter(None, [head + (AGES if born else ""), draft.definitions(), *sources]))


def language_of(proposals: Sequence[Proposal]) -> str:
    """The language of the headings."""
    words = [w for p in proposals for h in p.frame for w in re.findall(r"\w+", h.casefold())]
    score = {language: sum(word in known for word in words) for language, known in WORDS.items()}
    score["fi"] += sum(any(c in "äö" for c in word) for word in words if word not in WORDS["sv"])
    return max(("en", "sv", "fi"), key=score.__getitem__)


CODE = re.compile(r"(?=\S*[0-9_\[])[A-Za-z][\w.\[\]-]*|[0-9]+")  # Q1, v3, G01Q02[SQ001], plan_studies
CHECK_ROLES = "# the roles are guessed by the words: look whether each is right"
NUMBERS_ALONE = "# the export has only numbers: write what each means"
LABELS_UNTOLD = "# write for each ? the number of its word on the scale, 1 for the least or worst"
CODE_ALONE = "# the export has only this code: write the question as it was asked"
FUNDING = "# the file does not say who paid: is all of it from the grant?"
OLDEST = 95  # years before today of the first of the hundred that two digits may stand for
CHECK_WHEN = "# in words: how long after leaving this was asked"
FOLLOWED = """\
# [followup]
# when = {when}  # in words: how long after leaving this was asked
# invited = "left"  # where all who left were asked, and only those who answered have a row
"""


class Draft:
    """Code lists, variables and items as they are gathered, one of each for a question that several files ask."""

    def __init__(self) -> None:
        self.lists: dict[str, Rows | str] = {}
        self.variables: dict[str, tuple[str, Question, str]] = {}  # id -> table, question, code list
        self.items: dict[str, tuple[Question, list[str]]] = {}  # id -> question, waves
        self.labels: dict[str, Rows | str] = {}
        self.asked: list[Proposal] = []
        self.ids: dict[tuple[str, str], str] = {}
        self.taken = {column for table in TABLES.values() for column in table} | RESERVED

    # --- gathering ---------------------------------------------------------------------------------------------

    def take(self, found: Proposal) -> None:
        """Gather what a file asks: codes of its known columns, then its questions."""
        self.asked += [found] if found.is_answers else []
        for column, heading in found.columns.items():
            spec = TABLES[found.table][column]
            if spec.kind == "code" and self._is_written(found, column):
                words = found.words.get(column, {})
                cells = found.frame[heading].map(lambda cell, words=words: words.get(cell, cell))
                self._take_codes(found.table, column, columns.given(cells, found.missing))
        for question in found.questions:
            if question.scale is not None and found.is_survey:
                self._take_item(found, question)
            elif question.kind != "comment" and question.scale is None:
                self._take_variable(found, question)

    def _take_codes(self, table: str, column: str, cells: pd.Series) -> None:
        name = TABLES[table][column].codes
        official = OFFICIAL.get(column, "")
        if name in self.lists and isinstance(self.lists[name], str):
            return
        if table == "budget":
            self.lists.setdefault("funding", [{"id": role, "name": role, "role": role} for role in ("grant", "own")])
        if official and name not in self.lists and _share_in(cells, official) >= IN_TABLE:
            self.lists[name] = official
            if column == "municipality":
                self.lists["region"] = "region"
            return
        role = ROLES.get(name)
        few = cells.nunique() <= columns.MOST_CATEGORIES or column in monitoring.TABLES.get(table, ())
        for word in cells.value_counts().index if few else columns.categories(cells):
            extra = {"role": role(word)} if role else {}
            if column == "gender" and (id_ := _gender(word)):
                _add_gender(self._rows(name), id_, word)
            else:
                _add(self._rows(name), word, slug(word, "option"), extra)

    def _rows(self, name: str) -> Rows:
        rows = self.lists.setdefault(name, [])
        assert not isinstance(rows, str)
        return rows

    def _take_item(self, found: Proposal, question: Question) -> None:
        id_ = self._id(question, "")
        wave = found.wave or next(wave for wave, table in SURVEYS.items() if table == found.table)
        _, waves = self.items.setdefault(id_, (question, []))
        waves += [wave] if wave not in waves else []
        scale = question.scale
        assert scale is not None
        if scale.labels:
            self.labels[_labels(scale)] = scale.labels
        if scale.own:
            self.labels.setdefault(self._labels_of(id_, scale), _own_labels(scale))

    def _labels_of(self, id_: str, scale: columns.Scale) -> str:
        """What the study calls the labels of an item: those of its questionnaire by the first item that has them."""
        if not scale.own:
            return _labels(scale)
        return next((name for name, rows in self.labels.items() if rows == _own_labels(scale)), id_)

    def _take_variable(self, found: Proposal, question: Question) -> None:
        id_ = self._id(question, found.source_table)
        name = self._id(question, "codes") if question.options else ""
        for option in question.options:
            _add(self._rows(name), option, slug(option, "option"), {})
        self.variables[id_] = (found.source_table, question, name)

    def _id(self, question: Question, table: str) -> str:
        """The id of a question in a table: the same wording is the same item; a variable belongs to one table."""
        key = (table, f"{'item' if question.scale else ''} {plain(question.text)}")
        if key not in self.ids:
            base = slug(question.text) if len(question.text) > 2 else slug(question.code or question.text, "question")
            self.ids[key] = distinct(base, self.taken if table != "codes" else set(self.lists) | KNOWN_LISTS)
        return self.ids[key]

    @staticmethod
    def _is_written(found: Proposal, column: str) -> bool:
        """Whether a known column can be written down: days that can be read, and codes whose words return."""
        cells = columns.given(found.frame[found.columns[column]], found.missing)
        kind = TABLES[found.table][column].kind
        if kind == "date":
            return bool(columns.known_days(cells))
        if kind == "code" and found.table not in monitoring.TABLES:
            certain = column in ("gender", "state", "status") and cells.nunique() <= columns.MOST_CATEGORIES
            official = OFFICIAL.get(column, "")
            held = official and _share_in(cells, official) >= IN_TABLE
            return bool(certain or held or columns.categories(cells)) or cells.nunique() == 1
        return True

    @staticmethod
    def _why(found: Proposal, column: str) -> str:
        """Why a known column is not read."""
        spec = TABLES[found.table][column]
        words = columns.given(found.frame[found.columns[column]], found.missing).nunique()
        if not words:
            return "no row has a value"
        return (
            f"{words} words, more than a list: {spec.codes} in [codes] has to name them" if spec.codes else "not days"
        )

    # --- writing -----------------------------------------------------------------------------------------------

    def definitions(self) -> str:
        lines = ["[codes]"] if self.lists else []
        for name, rows in self.lists.items():
            lines += [CHECK_ROLES] if name in ROLES else []
            lines += (
                [NUMBERS_ALONE] if not isinstance(rows, str) and all(_is_number(row["name"]) for row in rows) else []
            )
            lines += [f"{toml_key(name)} = {_list(rows)}"]
        lines += [""] if self.lists else []
        for id_, (table, question, name) in self.variables.items():
            lines += ["[[variables]]", f"id = {toml(id_)}", f"table = {toml(table)}", f"kind = {toml(question.kind)}"]
            lines += [f"codes = {toml(name)}"] if name else []
            lines += [*_asked_as(question), f"name = {toml(question.text)}", ""]
        if self.items:
            lines += ["[survey]", f"cannot_say = {toml(list(columns.CANNOT))}"]
            for name, rows in self.labels.items():
                lines += [LABELS_UNTOLD] if any(row["id"] == UNTOLD for row in rows if not isinstance(row, str)) else []
                lines += [f"labels.{toml_key(name)} = {_list(rows)}"]
            lines += [""]
        lines += self._waves()
        for id_, (question, waves) in self.items.items():
            lines += ["[[survey.items]]", *self._item(id_, question, waves), ""]
        return "\n".join(lines)

    def _waves(self) -> list[str]:
        """Follow-ups, and the waves of the study's own."""
        lines = []
        followups = [p for p in self.asked if p.table == FOLLOWUP]
        if any(p.wave for p in followups):
            first = next(p for p in followups if not p.wave)
            lines += ["[followup]", CHECK_WHEN, f"when = {toml(first.called)}", ""]
        elif followups:
            lines += [FOLLOWED.format(when=toml(dict.fromkeys(i18n.COMPLETE, "...")))]
        for wave in (p for p in self.asked if p.wave):
            table, name = ("followup", "when") if wave.table == FOLLOWUP else ("survey", "name")
            lines += [f"[[{table}.waves]]", f"id = {toml(wave.wave)}", f"{name} = {toml(wave.called)}", ""]
        return lines

    def _item(self, id_: str, question: Question, waves: list[str]) -> list[str]:
        scale = question.scale
        assert scale is not None
        lines = [f"id = {toml(id_)}", *_asked_as(question), f"text = {toml(question.text)}"]
        lines += [] if (scale.low, scale.high) == (1, 5) else [f"min = {scale.low}", f"max = {scale.high}"]
        if scale.high == 7 and not (scale.own or scale.labels):
            lines += ['# or, where 6 says that one cannot say: leave out max, and write cannot_say = ["6"]']
        labels = self._labels_of(id_, scale)
        lines += [f"labels = {toml(labels)}"] if labels else []
        lines += [f"cannot_say = {toml(scale.odd.split('|'))}"] if scale.own and scale.odd else []
        return lines + ([f"surveys = {toml(waves)}"] if set(SURVEYS) - set(waves) else [])

    def source(self, found: Proposal, who: list[str]) -> str:
        lines = ["[[sources]]", f"table = {toml(found.source_table)}", f"name = {toml(_name(found))}"]
        lines += [f"file = {toml(found.export.path.name)}"]
        lines += [f"{key} = {toml(value)}" for key, value in found.export.how.items()]
        lines += [f"date_format = {toml(found.dates)}"] if found.dates else []
        if any("%y" in date_format for date_format in found.dates):
            lines += [f"years_from = {dt.date.today().year - OLDEST}  # the first year that two digits may stand for"]
        lines += ['decimal = "."'] if found.with_point else []
        lines += [f"separator = {toml(found.separator)}"] if found.separator not in ("", ";") else []
        lines += [f"missing = {toml(['', *found.missing])}"] if found.missing else []
        lines += [f"keep = {toml(found.keep)}"] if found.keep else []
        lines += [f"leave_out = {toml(found.leave_out)}"] if found.leave_out else []
        repeats = "first" if found.table == "participants" else "last" if found.is_answers else ""
        if found.table == "budget" and "funding" not in found.columns:
            lines += [FUNDING, 'constants = { funding = "grant" }']
        known = linking.ANONYMOUS not in who
        lines += [f"duplicates = {toml(repeats)}"] if repeats and known else []
        lines += [line for line in who if not line.startswith("person")]
        own = [line for line in who if line.startswith("person")]
        for column, heading in found.columns.items():
            if column != "person":
                left = "" if self._is_written(found, column) else "# "
                own.append(f"{left}{column} = {toml(heading)}" + (f"  # {self._why(found, column)}" if left else ""))
        needed = {c for c, spec in TABLES[found.table].items() if spec.required} - {"person", "funding", *found.columns}
        own += [f"# {column} = ...  # {found.table} needs it: which column is it?" for column in sorted(needed)]
        below = [line for column in found.words for line in self._values_of(found, column)]
        for question in found.questions:
            asked, more = self._asked(found, question)
            own += asked
            below += more
        nobody = [h for h in found.rest if not found.profile.is_aside(h) and toml(h) not in " ".join(who)]
        rest = [f"# ... = {toml(h)}" for h in nobody if found.frame[h].ne("").any()]
        return "\n".join([*lines, "", "[sources.columns]", *own, *rest, *below, ""])

    def _values_of(self, found: Proposal, column: str) -> list[str]:
        """What the codes of a known column stand for."""
        rows = self.lists.get(TABLES[found.table][column].codes, [])
        ids = {} if isinstance(rows, str) else {plain(name): row["id"] for row in rows for name in _words(row)}
        return _values(column, {code: ids[plain(w)] for code, w in found.words[column].items() if plain(w) in ids})

    def _asked(self, found: Proposal, question: Question) -> tuple[list[str], list[str]]:
        """The lines of a question in its source: its column, and what stands below the columns."""
        heading = toml(question.headings[0])
        if question.kind == "comment":
            return [f"comment = {heading}"], []
        if question.scale is not None:
            id_ = toml_key(self._id(question, ""))
            return ([f"{id_} = {heading}"], _values(id_, question.words)) if found.is_survey else ([], [])
        id_ = toml_key(self._id(question, found.source_table))
        if not question.options:
            return [f"{id_} = {heading}"], []
        rows = {row["name"]: row["id"] for row in self._rows(self._id(question, "codes"))}
        others = {"*": rows[question.others]} if question.others else {}
        if len(question.headings) > 1:
            options = zip(question.options, question.headings, strict=True)
            lines = ["", f"[sources.options.{id_}]", *(f"{toml_key(rows[o])} = {toml(h)}" for o, h in options)]
            return [], lines + _values(id_, question.words | others)
        words = {word: rows[option] for word, option in question.words.items()}
        return [f"{id_} = {heading}"], _values(id_, words | others)


def _is_number(name: object) -> bool:
    return isinstance(name, str) and name.isdecimal()


def _asked_as(question: Question) -> list[str]:
    """A comment that asks for the wording of a question of which the export has a code alone."""
    return [CODE_ALONE] if CODE.fullmatch(question.text) else []


def _values(id_: str, words: dict[str, str]) -> list[str]:
    """What the words of a column stand for."""
    return ["", f"[sources.values.{id_}]", *_pairs(words)] if words else []


def _pairs(words: dict[str, str]) -> list[str]:
    return [f"{toml_key(word)} = {toml(value)}" for word, value in words.items()]


def _list(rows: Rows | str) -> str:
    if isinstance(rows, str):
        return toml(rows)
    return "[\n" + "".join(f"    {toml(row)},\n" for row in rows) + "]"


def _add(rows: Rows, word: str, id_: str, extra: dict[str, str]) -> None:
    """A code of that name, unless there is one."""
    if not any(plain(word) == plain(row["name"]) for row in rows if isinstance(row["name"], str)):
        taken = {row["id"] for row in rows} | set(FLAGS)
        rows.append({"id": distinct(id_, taken), "name": word} | extra)


def _words(row: dict[str, Any]) -> list[str]:
    name = row["name"]
    return [*([name] if isinstance(name, str) else name.values()), *row.get("also", [])]


def _add_gender(rows: Rows, id_: str, word: str) -> None:
    """A gender by its full names, and the file's own word (F, N) for it."""
    finnish, _, english, *_ = GENDERS[id_]
    row = next((row for row in rows if row["id"] == id_), None)
    if row is None:
        row = {"id": id_, "name": {"fi": finnish, "en": english}}
        rows.append(row)
    if plain(word) not in map(plain, (finnish, english, *row.get("also", []))):
        row.setdefault("also", []).append(word)


def _role(patterns: dict[str, str], word: str) -> str:
    return next(role for role, pattern in patterns.items() if re.search(pattern, word, re.IGNORECASE))


ROLES: dict[str, Callable[[str], str]] = {
    "placement": situations.role,
    **{name: partial(_role, patterns) for name, patterns in ({"state": STATES} | monitoring.ROLES).items()},
}


def _gender(word: str) -> str:
    """The id of a gender by a word for it; nothing of another word."""
    return next((id_ for id_, words in GENDERS.items() if plain(word) in map(plain, words)), "")


def _share_in(cells: pd.Series, official: str) -> float:
    """The share of cells that an official table knows, by code or name."""
    path = codes.find(official, Path())
    tables = [path] if path else codes.in_force(official, Path(), dt.date.min, dt.date.max)
    rows = [row for table in tables for row in codes.rows(table)]
    known = {plain(str(word)) for row in rows for word in (row["id"], *row["name"].values())}  # type: ignore[attr-defined]
    return float(cells.map(plain).isin(known).mean()) if len(cells) else 0.0


def _name(found: Proposal) -> dict[str, str]:
    own = f" ({found.called})" if found.wave else ""
    return {language: i18n.say(f"new.source.{found.table}", language) + own for language in i18n.LANGUAGES}


def _own_labels(scale: columns.Scale) -> Rows:
    return [{"id": code, "name": word} for code, word in scale.own]


def _labels(scale: columns.Scale) -> str:
    """What a study calls a table of labels; nothing where the scale has none."""
    return slug(scale.labels.removesuffix("-5")) if scale.labels else ""
