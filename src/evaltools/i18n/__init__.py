"""Every text for people, in Finnish, English and Swedish, from one catalogue; and numbers as each language writes them.

The catalogue is ``texts/*.toml``: one table a key, one entry a language. An entry is a text with ``{words}`` or, where
the number ``n`` decides, a table of plural forms (``one``, ``other``). Languages stand here and nowhere else. Reports
are made in ``LANGUAGES``, and so is the catalogue; a study's own texts need be in those of ``COMPLETE`` only. What
a language lacks it takes from them, marked as ``Foreign``: a study without Swedish texts has Swedish reports.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from evaltools import paths

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

LANGUAGES = ("fi", "en", "sv")  # those that reports can be made in
COMPLETE = ("fi", "en")  # those that every text is in, those of study files too
LANGUAGE = LANGUAGES[0]  # where nothing else is said
WORD = re.compile(r"\{[^}]*\}|[^\W\d_]+(?:-[^\W\d_]+)*")
# as official statistics print them: a number that is not shown or not known, and a place where there is none
NOTHING, NONE = "..", "–"
EVERY = "*"  # stands for all keys where it is noted which ones were asked for
_SAID: set[str] = set()
MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"


class Writing(NamedTuple):
    """How a language writes what Babel leaves open; ``{}`` stands for the number.

    ``axis`` is a month on an axis; ``sheet_day`` and ``sheet_points`` are formats of a workbook; ``signed`` stands
    between the ends of a range of which one has a sign, that no dash is taken for a minus.
    """

    percent: str
    euro: str
    day: str
    and_: str
    axis: str
    sheet_day: str
    sheet_points: str
    signed: str


WRITING = {
    "fi": Writing(f"{{}}{NBSP}%", f"{{}}{NBSP}¤", "d.M.y", "ja", "M/yyyy", "d.m.yyyy", '{}%"-yks."', "…"),
    "en": Writing("{}%", "¤{}", "d MMMM y", "and", "MMM yyyy", "yyyy-mm-dd", '{}%" pts"', " to "),
    "sv": Writing(f"{{}}{NBSP}%", f"{{}}{NBSP}¤", "d MMMM y", "och", "MMM yyyy", "yyyy-mm-dd", '{}%"-enh."', " till "),
}


class Foreign(str):
    """A text in another language than the one that was asked for; what shows it says so."""

    language: str

    def __new__(cls, text: str, language: str) -> Foreign:
        made = super().__new__(cls, text)
        made.language = language
        return made


def spoken(texts: Mapping[str, object], language: str) -> str:
    """The language whose text stands in for that language: its own, else the first of ``COMPLETE`` that there is."""
    return next(each for each in (language, *COMPLETE) if texts.get(each) is not None)


def of_study(study_folder: str | Path) -> str:
    """The language that a study file names, looked for from here upwards; Finnish where it names none or has faults
    of its own, which reading it will say."""
    starts = (Path.cwd(), *Path.cwd().parents)
    for file in (start / under / study_folder / paths.STUDY for start in starts for under in ("", "data")):
        if file.is_file():
            try:
                said = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("study", {}).get("language")
            except (OSError, ValueError, AttributeError):
                return LANGUAGE
            return said if said in LANGUAGES else LANGUAGE
    return LANGUAGE


@cache
def catalogue() -> dict[str, dict[str, str | dict[str, str]]]:
    """All keys with their texts; ValueError where a key stands in two files."""
    texts: dict[str, dict[str, str | dict[str, str]]] = {}
    _SAID.add(EVERY)
    for name in sorted(_files()):
        for key, entry in _parsed(name).items():
            if key in texts:
                raise ValueError(f"text {key} stands in two places, one of them {name}")
            texts[key] = entry
    return texts


def _entry(key: str) -> dict[str, str | dict[str, str]]:
    _SAID.add(key)
    return _beginning(key.partition(".")[0])[key]


def has(key: str) -> bool:
    """Whether there is a text of that key."""
    _SAID.add(key)
    return key in _beginning(key.partition(".")[0])


def said() -> list[str]:
    """The keys that this process has asked for so far, in order; ``EVERY`` among them where it asked for all."""
    return sorted(_SAID)


def digest(keys: Iterable[str]) -> str:
    """One hash of what the catalogue has for these keys, nothing included."""
    of = sorted({*catalogue(), *keys} if EVERY in (keys := set(keys)) else keys)
    found = [(key, _beginning(key.partition(".")[0]).get(key)) for key in of]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


@cache
def _beginning(word: str) -> dict[str, dict[str, str | dict[str, str]]]:
    """The texts of the files that have keys of that first word: a short answer needs no other."""
    table = re.compile(rf"^\[{re.escape(word)}[].]", re.M)
    return {key: entry for name, text in _files().items() if table.search(text) for key, entry in _parsed(name).items()}


@cache
def _files() -> dict[str, str]:
    files = resources.files(__name__).joinpath("texts").iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".toml")}


@cache
def _parsed(name: str) -> dict[str, dict[str, str | dict[str, str]]]:
    return dict(_flatten(tomllib.loads(_files()[name])))


def _flatten(tree: dict, prefix: str = "") -> list[tuple[str, dict]]:
    """Nested tables to dotted keys; a table with a text for a language is an entry."""
    if set(tree) & set(COMPLETE):
        return [(prefix, tree)]
    return [pair for key, value in tree.items() for pair in _flatten(value, f"{prefix}.{key}" if prefix else key)]


def missing(language: str) -> list[str]:
    """The keys that have no text in that language: what is to be written before it can join ``LANGUAGES``."""
    return [key for key, entry in catalogue().items() if language not in entry]


_OWN: ContextVar[Mapping[str, Mapping[str, str]]] = ContextVar("own_words", default={})  # noqa: B039 (never changed)


@contextmanager
def own_words(words: Mapping[Any, Mapping[str, str]]) -> Iterator[None]:
    """Until the end of the block, texts of a language use a study's own words: word as the catalogue has it -> word."""
    token = _OWN.set(words)
    try:
        yield
    finally:
        _OWN.reset(token)


def _reworded(text: str, own: Mapping[str, str]) -> str:
    """A text with other words, capital where they stood so; what is filled in later stays."""

    def word(found: re.Match[str]) -> str:
        mine = own.get(found[0].lower())
        if mine is None:
            return found[0]
        return mine[:1].upper() + mine[1:] if found[0][:1].isupper() else mine

    return WORD.sub(word, text)


def say(key: str, language: str, /, **words: object) -> str:
    """The text of that key in that language, its ``{words}`` filled; ``n`` chooses between plural forms.

    Where the language lacks the text, that of another stands in for it, as a ``Foreign``.
    A word that is None (a number that is withheld) stands as two dots.
    Raises KeyError for an unknown key or a missing word: a text is never left half filled.
    """
    texts = _entry(key)
    of = spoken(texts, language)
    entry, own = texts[of], _OWN.get().get(of)
    if own:
        entry = (
            {n: _reworded(text, own) for n, text in entry.items()} if isinstance(entry, dict) else _reworded(entry, own)
        )
    words = {name: NOTHING if absent(word) else word for name, word in words.items()}
    if isinstance(entry, dict) and not isinstance(words["n"], Real):
        entry = entry["other"]
    elif isinstance(entry, dict):
        form = _locale(of).plural_form(abs(float(words["n"])))  # type: ignore[arg-type]
        entry = entry.get(form, entry["other"])
    if isinstance(words.get("n"), Real):
        words = {**words, "n": integer(words["n"], language)}  # type: ignore[arg-type]
    said = entry.format(**words)
    return said if of == language else Foreign(said, of)


def absent(value: object) -> bool:
    """Whether a number is missing: None, or what is not equal to itself (NaN; pandas' NA will not even say)."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


def integer(value: float | None, language: str) -> str:
    """A whole number with the language's thousands separator; two dots for None."""
    if value is None or absent(value):
        return NOTHING
    return _written(round(value), _digits(0), language)


def decimal(value: float | None, language: str, decimals: int = 2) -> str:
    """A number with a fixed count of decimals; two dots for None."""
    if value is None:
        return NOTHING
    return _written(value, _digits(decimals), language)


_SHARE_DECIMALS: ContextVar[int] = ContextVar("share_decimals", default=1)
MOST_DECIMALS = 4


@contextmanager
def share_decimals(decimals: int) -> Iterator[None]:
    """Until the end of the block, shares and differences of shares are written with so many decimals, where nothing
    else is said: none where the numbers bear only whole per cents."""
    token = _SHARE_DECIMALS.set(decimals)
    try:
        yield
    finally:
        _SHARE_DECIMALS.reset(token)


def usual_share_decimals() -> int:
    return _SHARE_DECIMALS.get()


def decimals_of_share(value: float, decimals: int | None = None) -> int:
    """With how many decimals a share is written: more than usual where it would else read none or all, and is not.

    >>> decimals_of_share(0.5, 0), decimals_of_share(0.998, 0), decimals_of_share(1, 0)
    (0, 1, 0)
    """
    decimals = usual_share_decimals() if decimals is None else decimals
    percent = abs(value) * 100
    if min(percent, abs(percent - 100)) > 1e-9:
        while decimals < MOST_DECIMALS and round(percent, decimals) in (0, 100):
            decimals += 1
    return decimals


def percent(value: float | None, language: str, decimals: int | None = None) -> str:
    """A share (0 to 1) as a percentage: ``33,3 %`` in Finnish, ``33.3%`` in English; two dots for None.

    Never 0 or 100 per cent of what is neither.
    """
    if value is None or absent(value):
        return NOTHING
    pattern = WRITING[language].percent.format(_digits(decimals_of_share(value, decimals)))
    return _written(value, pattern, language)


def printed_difference(last: float, first: float, decimals: int = 2) -> float:
    """The difference of two numbers as they are printed, so that a reader who subtracts finds it.

    >>> printed_difference(3.345, 3.004)
    0.34
    """
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(str(last)).quantize(step) - Decimal(str(first)).quantize(step))


def signed(value: float | None, language: str, decimals: int = 2) -> str:
    """A number with its sign, none where it is zero as printed: ``+0,12``, ``−1``."""
    shown = decimal(value, language, decimals)
    return f"+{shown}" if not absent(value) and value > 0 and re.search("[1-9]", shown) else shown  # type: ignore[operator]


def points(share: float | None, language: str, decimals: int | None = None) -> str:
    """A difference of shares in percentage points, without the unit."""
    decimals = usual_share_decimals() if decimals is None else decimals
    return signed(None if share is None else share * 100, language, decimals)


def euro(value: float | None, language: str, decimals: int = 0) -> str:
    """An amount of euros; two dots for None."""
    if value is None:
        return NOTHING
    pattern = WRITING[language].euro.format(_digits(decimals))
    return _written(value, pattern, language)


def p_value(value: float | None, language: str) -> str:
    """A p value with three decimals, never shown as zero: below 0.001 it says so."""
    if value is None:
        return NOTHING
    if value < 0.001:
        return f"<\N{NO-BREAK SPACE}{decimal(0.001, language, 3)}"
    return decimal(value, language, 3)


def interval(lower: str, upper: str, language: str) -> str:
    """Two formatted ends as one range: an en dash between numbers, without spaces; a unit of both stands once.

    Where an end has a sign, the language's own sign between signed numbers; spaces where an end is of several words or
    missing.

    >>> interval("12.5%", "30.4%", "en"), interval("−0.4", "0.1", "en")
    ('12.5–30.4%', '−0.4 to 0.1')
    """
    unit = re.search(r"(?<=\d)\D+$", upper)
    lower = lower.removesuffix(unit[0]) if unit else lower
    if any(end.startswith(("+", MINUS)) for end in (lower, upper)):
        return f"{lower}{WRITING[language].signed}{upper}".replace(" ", NBSP)
    wordy = {NOTHING, NONE} & {lower, upper} or any(" " in end for end in (lower, upper))
    return f"{lower}{NBSP}–{NBSP}{upper}" if wordy else f"{lower}–{upper}"


def date(value: dt.date | None, language: str) -> str:
    """A day: ``31.7.2023`` in Finnish, ``31 July 2023`` in English; two dots for None."""
    return NOTHING if value is None else _dates().format_date(value, WRITING[language].day, locale=language)


def month(value: dt.date, language: str) -> str:
    """A month: ``heinäkuu 2023``, ``July 2023``."""
    return _dates().format_date(value, "LLLL y", locale=language)


def axis_month(value: dt.date, language: str) -> str:
    """A month as an axis says it: ``7/2023``, ``Jul 2023``."""
    return _dates().format_date(value, WRITING[language].axis, locale=language)


def sheet_format(kind: str, language: str, decimals: int = 0) -> str:
    """The format of a number or day (``date``) in a workbook; ``@`` is text."""
    digits = "0" + ("." + "0" * decimals if decimals else "")
    match kind:
        case "date":
            return WRITING[language].sheet_day
        case "percent":
            return f"{digits}%"
        case "points":
            points = WRITING[language].sheet_points.format(digits)
            return f"+{points};-{points};{points}"
        case "euro":
            return f"#,##{digits} [$€-1]"
        case _:
            return f"#,##{digits}"


def listing(items: list[str], language: str) -> str:
    """Items as a running list: ``a, b ja c``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {WRITING[language].and_} {items[-1]}"


def inside(name: str, language: str) -> str:
    """A name as it stands inside a sentence: with a small letter, unless its first word is an acronym or the name of
    a language, a people or a place.

    >>> inside("Yli 55-vuotiaat", "fi"), inside("ELY-keskus", "fi"), inside("Finnish learners", "en")
    ('yli 55-vuotiaat', 'ELY-keskus', 'Finnish learners')
    """
    first = re.match(r"[^\W\d_]+", name)
    if (
        first is None
        or not first[0][0].isupper()
        or first[0][1:] != first[0][1:].lower()
        or first[0] in _proper(language)
    ):
        return name
    return name[0].lower() + name[1:]


@cache
def _proper(language: str) -> frozenset[str]:
    """Words that a language writes with a capital wherever they stand: names of languages and territories."""
    locale = _locale(language)
    return frozenset(
        word for names in (locale.languages, locale.territories) for word in " ".join(names.values()).split()
    )


def _digits(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")


@lru_cache(maxsize=1 << 14)
def _written(value: float, pattern: str, language: str) -> str:
    """A number by a pattern of Unicode's, kept: a report writes most of its numbers several times over."""
    locale, form = _locale(language), _pattern(pattern)
    return _signs(form.apply(value, locale, currency="EUR" if "¤" in pattern else None, currency_digits=False))


@cache
def _pattern(pattern: str) -> NumberPattern:
    return _numbers().parse_pattern(pattern)


@cache
def _locale(language: str) -> Locale:
    from babel import Locale

    return Locale.parse(language)


def _signs(shown: str) -> str:
    """With a true minus sign, and none before a number that is zero as printed."""
    zero = not any(digit in shown for digit in "123456789")
    return shown.replace("-", "" if zero else MINUS)


# babel is imported on use: what the command says most often holds no number


def _numbers() -> ModuleType:
    from babel import numbers

    return numbers


def _dates() -> ModuleType:
    from babel import dates

    return dates
