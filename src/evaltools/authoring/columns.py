"""What a column of an export looks like, by its cells alone: a scale, days, several answers in a cell, a category."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import pandas as pd

from evaltools.i18n import LANGUAGES
from evaltools.ingest import values
from evaltools.study import codes
from evaltools.study.evaluation_model import Code
from evaltools.study.survey_model import Item
from evaltools.study.wording import LocalText, plain

SCALES = {
    **{"agreement-5": 5, "agreement-4": 4, "agreement-7": 7, "satisfaction-5": 5, "frequency-5": 5, "quality-5": 5},
    **{"extent-5": 5, "likelihood-5": 5},
}
FINER = {"agreement-5": "agreement-7"}  # where words that one table takes for one answer are two of another
SPOKEN = {"en": "agree|neither|neutral|undecided", "fi": "mieltä|osaa", "sv": "åsikt|stäm|enig|varken"}  # of agreement
CANNOT = (
    *("En osaa sanoa", "EOS", "Ei osaa sanoa", "En tiedä", "Kan inte säga", "Vet inte", "Vet ej"),
    *("I don't know", "Don't know", "Cannot say", "Can't say", "Not applicable", "No opinion"),
)
NOTHING = (  # words for a question that was not answered
    *("Ei vastausta", "Ei vastannut", "Ei vastattu", "No answer", "No response", "Not answered", "Inget svar"),
    *("Ej svarat", "Obesvarad", "(blank)", "NULL", "#N/A", "-", "–"),
)
FLAG_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "y", "checked", "selected", "x", "kyllä", "valittu", "ja", "vald"), "1"),
    **dict.fromkeys(("0", "false", "no", "n", "unchecked", "not selected", "ei", "ei valittu", "nej"), "0"),
}
HIGHEST = 10  # of a scale in numbers
MOST_OPTIONS = 20
MOST_CATEGORIES = 15
OWN = 0.9  # of the rows that have a value of their own, to be an id
NAMED_SHARE = 0.8  # of the rows that named categories hold at least
LONGEST_NAME = 80  # letters of a category
LONG = 15  # characters a cell of an open answer has on average
TYPED = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")  # as readers write days and moments that a workbook holds as such
DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y"),
    *("%A, %d %B %Y", "%A, %B %d, %Y", "%A %d. %B %Y", "%A, %d. %B %Y", "%d %B %Y", "%d. %B %Y", "%B %d, %Y"),
    *("%d %b %Y", "%b %d, %Y"),
)
BETWEEN = (" ", "T", ", ", " klo ", "  ")
TIMES = ("%H:%M", "%H:%M:%S", "%H.%M", "%H.%M.%S", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S.%f")
OFFSET = re.compile(r" ?(?:(?:GMT|UTC|EET|EEST)(?:[+-][0-9:]+)?|Z)$")
ISO_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}$")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FINNISH = ("tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu")
SWEDISH = (
    *("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november"),
    "december",
)
ENGLISH = {
    **{f"{stem}kuu{end}": month for stem, month in zip(FINNISH, MONTHS, strict=True) for end in ("", "ta")},
    **dict(zip(SWEDISH, MONTHS, strict=True)),
    **dict(
        zip(
            ("maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"),
            WEEKDAYS,
            strict=True,
        )
    ),
    **dict(zip(("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"), WEEKDAYS, strict=True)),
}
WORD = re.compile(r"[^\W\d_]+")
COUNTED = re.compile(r"[A-Za-z]{1,3}0{0,3}([0-9]{1,2})")  # as LimeSurvey numbers the answers of an array
NUMBER = re.compile(r"-?[0-9]{1,15}")
SERIAL = re.compile(r"[1-6][0-9]{4}(?:[.,][0-9]+)?")  # 1927 to 2091
DIGITS = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of an item: a table of labels (nothing for numbers alone), its ends, and what else stands there.

    ``own`` are labels that the tool's own dictionary gives the numbers; ``odd`` what the table does not know.
    """

    labels: str
    low: int
    high: int
    mixed: bool = False  # numbers among the labels
    cannot: bool = False
    odd: str = ""
    own: tuple[tuple[str, str], ...] = ()


def given(cells: pd.Series, missing: Iterable[str] = ()) -> pd.Series:
    """The cells that hold something, without words that stand for nothing."""
    words = set(map(plain, missing))
    filled = cells[cells != ""]
    return filled[~filled.map(plain).isin(words)] if words else filled


def scale(cells: pd.Series) -> Scale | None:
    """The scale on which a column's answers lie; None where they are none."""
    words = {plain(value) for value in cells.unique()}
    return _labelled(words) or _numbered(words) if words else None


def _labelled(words: set[str]) -> Scale | None:
    for name, most in SCALES.items():
        judged = {word: _answers(name, most)(word) for word in words}
        beside = [word for word, said in judged.items() if said is None]
        labels = [w for w, said in judged.items() if not w.isdigit() and said not in (None, values.CANNOT)]
        if labels and (not beside or (len(beside) == 1 and beside[0].isdigit())):
            cannot = values.CANNOT in judged.values()
            if name in FINER and not beside and _tells_more(FINER[name], {word: judged[word] for word in labels}):
                name, most = FINER[name], SCALES[FINER[name]]
            return Scale(name, 1, most, any(map(str.isdigit, words)), cannot, "".join(beside))
    return None


def _tells_more(name: str, numbers: Mapping[str, object]) -> bool:
    """Whether a table knows all labels, and those of one language as more answers than another does."""
    finer = {label: _answers(name, SCALES[name])(label) for label in numbers}
    spoken: dict[str, list[str]] = {}
    for label in numbers:
        spoken.setdefault(next((la for la, words in SPOKEN.items() if re.search(words, label)), ""), []).append(label)
    more = (len({finer[label] for label in of}) > len({numbers[label] for label in of}) for of in spoken.values())
    return None not in finer.values() and any(more)


def _numbered(words: set[str]) -> Scale | None:
    cannot = words & set(map(plain, CANNOT))
    numbers = sorted(int(word) for word in words - cannot if NUMBER.fullmatch(word))
    if not numbers or len(numbers) < len(words - cannot) or numbers[0] < 0 or numbers[-1] > HIGHEST:
        return None
    low, high = next(
        ends for ends in ((1, 5), (1, 7), (0, 5), (0, 10)) if ends[0] <= numbers[0] and numbers[-1] <= ends[1]
    )
    return Scale("", low, high, cannot=bool(cannot)) if set(numbers) - {0, 1} else None


def coded_scale(cells: pd.Series, in_grid: bool) -> tuple[Scale | None, dict[str, str]]:
    """A scale behind the codes of a tool, and what each code stands for: labels with _ for spaces, or, in a row of a
    grid, codes that count (A1, A2 ...)."""
    spoken = {word: word.replace("_", " ") for word in cells.unique()}
    found = _labelled({plain(word) for word in spoken.values()}) if any("_" in word for word in spoken) else None
    if found and not found.odd:
        judge = _answers(found.labels, found.high)
        numbers = {word: judge(plain(text)) for word, text in spoken.items()}
        return found, {word: spoken[word] for word, n in numbers.items() if n is not None and "_" in word}
    counted = {word: COUNTED.fullmatch(word) for word in spoken}
    if in_grid and all(counted.values()):
        codes_ = {word: str(int(match[1])) for word, match in counted.items() if match}
        scale_ = _numbered(set(codes_.values()))
        every = {f"{re.sub('[0-9]+$', '', word)}{n}": str(n) for word in codes_ for n in range(1, 6)}
        return scale_, (every if scale_ and scale_.high <= 5 and "A0" not in str(codes_) else {}) | codes_
    return None, {}


@cache
def _answers(name: str, most: int) -> values.Answers:
    path = codes.find(name, Path())
    labels = [Code.model_validate(row) for row in codes.rows(path)] if path else []
    item = Item.model_validate({"id": "item", "text": "-", "max": most, "labels": name})
    numbers = {word: int(id_) for word, id_ in values.unambiguous(labels).items()}
    no_labels = LocalText(**dict.fromkeys(LANGUAGES, ""))
    return values.Answers(item, {}, frozenset(map(plain, CANNOT)), numbers, no_labels, ",", False)


def date_formats(cells: pd.Series) -> list[list[str]]:
    """The formats that read every cell, each a list of formats that go together; several where day and month of all
    could be exchanged."""
    texts = list(cells.unique())
    if not texts or not all(DIGITS.search(t) and 6 <= len(t) <= 60 for t in texts):
        return []
    typed = [text for text in texts if any(_reads(text, f) for f in TYPED)]
    if 0 < len(typed) < len(texts):  # days as such among days as text
        return [[*found, *TYPED] for found in date_formats(cells[~cells.isin(typed)])]
    if all(ISO_OFFSET.search(t) and "T" in t for t in texts):
        return [[f"%Y-%m-%dT%H:%M:%S{'.%f' if '.' in texts[0] else ''}%z"]]
    ends = {match[0] if (match := OFFSET.search(text)) else "" for text in texts}
    bare = [_in_english(OFFSET.sub("", text)) for text in texts]
    fitting = [f for f in _candidates().get(_marks(bare[0]), ()) if all(_reads(text, f) for text in bare)]
    return [[f + end for end in sorted(ends)] for f in _fewest(fitting)]


def known_days(cells: pd.Series) -> list[list[str]]:
    """The formats of a column that is known to hold days: also the number by which spreadsheets count them."""
    counted = len(cells) > 0 and cells.str.fullmatch(SERIAL.pattern).all()
    return date_formats(cells) or ([["serial"]] if counted else [])


@cache
def _candidates() -> dict[str, list[str]]:
    """Formats by their marks: strptime compiles each anew, so those that cannot read a text are not tried on it."""
    found: dict[str, list[str]] = {}
    for each in (*DAYS, *("".join(parts) for parts in product(DAYS, BETWEEN, TIMES))):
        found.setdefault(_marks(re.sub("%.", "", each)), []).append(each)
    return found


def _marks(text: str) -> str:
    return re.sub(r"[\w\s]", "", text)


def _in_english(text: str) -> str:
    """A day written in words of Finnish or Swedish, in those that the C library knows."""
    return WORD.sub(lambda match: ENGLISH.get(match[0].casefold(), match[0]), text)


def _reads(text: str, date_format: str) -> bool:
    try:
        day = dt.datetime.strptime(text, date_format)
    except ValueError:
        return False
    return 1900 <= day.year <= 2100


def _fewest(formats: list[str]) -> Iterator[str]:
    """Formats that differ in the order of day and month; a space stands for two, years have their digits."""
    seen = set()
    for each in formats:
        order = "".join(re.findall(r"%[dmBb]", each)).replace("b", "B")
        if order not in seen:
            seen.add(order)
            yield each


def is_typed(formats: Sequence[str]) -> bool:
    return all(each in TYPED for each in formats)


@dataclass(frozen=True, slots=True)
class Joined:
    """Several answers in one cell: the mark between them, the options, and whether there are other words besides."""

    mark: str
    options: list[str]
    others: bool


def joined(cells: pd.Series, separators: Iterable[str]) -> Joined | None:
    """What several answers in a cell are; None where there are none.

    Few parts return in more combinations, or most cells end with the mark. A part that stands once is what somebody
    wrote, and no option.
    """
    for mark in separators:
        parts = Counter(_whole_parts(cells, mark))
        options = [part for part, n in parts.most_common() if n > 1]
        held = sum(parts[option] for option in options)
        ended = mark == ";" and cells.str.endswith(";").mean() > 0.5
        many = cells.nunique() > len(options) and held >= NAMED_SHARE * parts.total()
        if 1 < len(options) <= MOST_OPTIONS and (ended or many) and cells.str.contains(mark, regex=False).any():
            return Joined(mark, options, held < parts.total())
    return None


def _whole_parts(cells: pd.Series, mark: str) -> Iterator[str]:
    """The parts of all cells; a mark stands inside an option where one part never stands without the next."""
    split = [[part for each in cell.split(mark) if (part := each.strip())] for cell in cells]
    alone = Counter(part for parts in split for part in parts)
    pairs = Counter(pair for parts in split for pair in pairwise(parts))
    inside = {(a, b) for (a, b), n in pairs.items() if n == alone[a] == alone[b] and (n > 2 or _opens(a))}
    for parts in split:
        whole = parts[:1]
        for before, part in pairwise(parts):
            whole += [f"{whole.pop()}{mark.strip()} {part}" if (before, part) in inside else part]
        yield from whole


def _opens(part: str) -> bool:
    return part.count("(") > part.count(")")


def number_kind(cells: pd.Series) -> str:
    """``integer`` or ``number`` of a column of amounts (ages, hours); nothing of ids, counts of rows, or words."""
    if counts(cells):
        return ""
    if cells.str.fullmatch(r"-?[0-9]{1,6}").all():
        amount = cells.nunique() > 2 and (cells.nunique() < OWN * len(cells) or cells.astype(int).max() < 200)
        return "integer" if amount else ""
    written = any(cells.str.fullmatch(rf"-?[0-9]{{1,9}}({mark}[0-9]+)?").all() for mark in (",", r"\."))
    return "number" if written and cells.nunique() > 2 else ""


def counts(cells: pd.Series) -> bool:
    """Whether a column counts its rows: whole numbers of their own in order, most of which follow upon each other."""
    if len(cells) < 2 or not cells.is_unique or not cells.str.fullmatch(r"[0-9]{1,9}").all():
        return False
    numbers = cells.astype("int64")
    in_order = numbers.is_monotonic_increasing or numbers.is_monotonic_decreasing
    return bool(in_order and numbers.max() - numbers.min() < 2 * len(numbers))


def categories(cells: pd.Series) -> list[str]:
    """The words of a column with few distinct ones that return; nothing of a column where each row has its own."""
    counts = Counter(cells)
    named = [word for word, n in counts.most_common() if n > 1 and len(word) <= LONGEST_NAME]
    held = sum(counts[word] for word in named)
    few = 1 < len(named) <= MOST_CATEGORIES and held >= NAMED_SHARE * len(cells) and len(cells) >= 2 * len(named)
    return named if few and not any("@" in word for word in named) else []


def is_flag(cells: pd.Series, option: str) -> bool:
    """Whether a column says of one option that it was chosen: ticks, yes and no, or the option's own words."""
    words = set(map(plain, cells.unique()))
    return words <= {*FLAG_WORDS, plain(option)} and len(words) <= 3


def flag_words(cells: pd.Series, option: str) -> dict[str, str]:
    """What the words of such a column mean, beyond those that every source knows."""
    known = {"1", "0", "true", "false", plain(option)}
    return {word: FLAG_WORDS[plain(word)] for word in cells.unique() if plain(word) in set(FLAG_WORDS) - known}


def is_open(cells: pd.Series) -> bool:
    """Whether a column holds answers in the respondents' own words."""
    return cells.nunique() > 1 and cells.str.len().mean() >= LONG and cells.str.contains(" ").mean() > 0.5


def is_key(cells: pd.Series, rows: int, own: float) -> bool:
    """Whether persons may be known by a column: most rows have a short text there, a share of them one of their own."""
    return len(cells) > rows / 2 and cells.nunique() > own * len(cells) and cells.str.len().max() <= 60


def fits(name: str, cells: Iterable[str]) -> bool:
    """Whether a table of labels knows all of some cells."""
    return all(_answers(name, SCALES[name])(plain(cell)) is not None for cell in cells)


def agreement(cell: str) -> object:
    """The number of a label of agreement of five points; None of any other word."""
    return _answers("agreement-5", SCALES["agreement-5"])(plain(cell))


def place(word: str, scale: Scale) -> float:
    """Where on a scale an answer lies; behind its end one that is no part of it (*cannot say*)."""
    own = [text for _, text in scale.own]
    said = own.index(word) if word in own else _answers(scale.labels, scale.high)(plain(word)) if scale.labels else None
    return float(said) if isinstance(said, int | float) else float("inf")


def days(text: str, formats: Iterable[str]) -> list[dt.date]:
    """The day that a text is in one of the formats, as a list of one; an empty list where it is none."""
    for date_format in formats:
        if date_format == "serial" and SERIAL.fullmatch(text):
            return [dt.date(1899, 12, 30) + dt.timedelta(int(text[:5]))]
        try:
            return [dt.datetime.strptime(_in_english(text), date_format).date()]
        except ValueError:
            continue
    return []


def is_answer(cell: str) -> bool:
    """Whether a text is a label of a known scale."""
    return any(isinstance(_answers(name, most)(plain(cell)), int | float) for name, most in SCALES.items())
