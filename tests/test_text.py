"""Numbers as each language writes them, and a catalogue in which nothing is missing, double or forgotten."""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evaltools
from evaltools import i18n

SOURCES = Path(evaltools.__file__).parent
KEY_PATHS = ("look", "references", "source_references", "validation")
SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (i18n.integer(0, "fi"), "0"),
        (i18n.integer(1234567, "fi"), f"1{SPACE}234{SPACE}567"),
        (i18n.integer(1234567, "en"), "1,234,567"),
        (i18n.integer(-1234, "fi"), f"{MINUS}1{SPACE}234"),
        (i18n.integer(-0.4, "fi"), "0"),
        (i18n.decimal(-0.0, "fi"), "0,00"),
        (i18n.decimal(-0.005, "en", 2), "0.00"),
        (i18n.decimal(-12.5, "fi", 1), f"{MINUS}12,5"),
        (i18n.decimal(1234.5, "en", 1), "1,234.5"),
        (i18n.decimal(3.4, "fi", 0), "3"),
        (i18n.percent(1 / 3, "fi"), f"33,3{SPACE}%"),
        (i18n.percent(1 / 3, "en"), "33.3%"),
        (i18n.percent(1 / 3, "sv"), f"33,3{SPACE}%"),
        (i18n.percent(0, "fi"), f"0,0{SPACE}%"),
        (i18n.percent(-0.0005, "en"), "0.0%"),
        (i18n.percent(-0.25, "en", 0), f"{MINUS}25%"),
        (i18n.euro(-0.4, "fi"), f"0{SPACE}€"),
        (i18n.euro(1234.5, "fi", 2), f"1{SPACE}234,50{SPACE}€"),
        (i18n.euro(-1234.5, "en", 2), f"{MINUS}€1,234.50"),
        (i18n.euro(1234.5, "sv", 2), f"1{SPACE}234,50{SPACE}€"),
        (i18n.p_value(0.0, "fi"), f"<{SPACE}0,001"),
        (i18n.p_value(0.000999, "en"), f"<{SPACE}0.001"),
        (i18n.p_value(0.001, "fi"), "0,001"),
        (i18n.p_value(1.0, "en"), "1.000"),
        (i18n.interval("1", "2", "en"), "1–2"),
        (i18n.interval("12.5%", "30.4%", "en"), "12.5–30.4%"),
        (i18n.interval(f"63,4{SPACE}%", f"74,3{SPACE}%", "fi"), f"63,4–74,3{SPACE}%"),
        (i18n.interval("−0,38", "−0,03", "fi"), "−0,38…−0,03"),
        (i18n.interval("−0.38", "0.03", "en"), f"−0.38{SPACE}to{SPACE}0.03"),
        (i18n.interval(f"+1,0{SPACE}%-yks.", f"+2,0{SPACE}%-yks.", "fi"), f"+1,0…+2,0{SPACE}%-yks."),
        (i18n.interval("€5", "€10", "en"), "€5–€10"),
        (i18n.interval("1 May 2021", "2 June 2021", "en"), f"1 May 2021{SPACE}–{SPACE}2 June 2021"),
        (i18n.interval("–", "5,2", "fi"), f"–{SPACE}–{SPACE}5,2"),
        (i18n.percent(0.998, "en", 0), "99.8%"),
        (i18n.percent(0.99996, "en", 0), "99.996%"),
        (i18n.percent(0.004, "fi", 0), f"0,4{SPACE}%"),
        (i18n.percent(1, "en", 0), "100%"),
        (i18n.percent(0, "en"), "0.0%"),
        (i18n.signed(0.004, "en"), "0.00"),
        (i18n.points(-0.038, "fi", 0), "−4"),
        (i18n.interval("31.7.2021", "1.8.2023", "fi"), "31.7.2021–1.8.2023"),
        (i18n.date(dt.date(2023, 7, 31), "fi"), "31.7.2023"),
        (i18n.date(dt.date(2023, 7, 31), "en"), "31 July 2023"),
        (i18n.date(dt.date(2023, 7, 31), "sv"), "31 juli 2023"),
        (i18n.month(dt.date(2023, 7, 1), "fi"), "heinäkuu 2023"),
        (i18n.month(dt.date(2023, 7, 1), "en"), "July 2023"),
        (i18n.listing([], "fi"), ""),
        (i18n.listing(["a"], "fi"), "a"),
        (i18n.listing(["a", "b"], "fi"), "a ja b"),
        (i18n.listing(["a", "b", "c"], "en"), "a, b and c"),
        (i18n.listing(["a", "b", "c"], "sv"), "a, b och c"),
    ],
)
def test_numbers_days_and_lists(shown, expected):
    assert shown == expected


def test_no_number_is_two_dots():
    writers = (i18n.integer, i18n.decimal, i18n.percent, i18n.euro, i18n.p_value, i18n.date)
    assert {write(None, language) for write in writers for language in i18n.LANGUAGES} == {".."}


@given(st.floats(-1e9, 1e9), st.integers(0, 4), st.sampled_from(i18n.LANGUAGES))
def test_no_zero_has_a_minus_and_no_hyphen_stands_for_one(value, decimals, language):
    for shown in (i18n.decimal(value, language, decimals), i18n.percent(value, language, decimals)):
        assert "-" not in shown
        assert (MINUS in shown) == (value < 0 and bool(re.search("[1-9]", shown)))


@given(st.floats(0, 1))
def test_a_p_value_is_never_shown_as_zero(p):
    assert re.search("[1-9]", i18n.p_value(p, "en"))


# --- sentences -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [1, 1.0, np.int64(1), np.float64(1)])
def test_plural_forms_for_every_kind_of_number(one):
    assert i18n.say("participants.total", "en", n=one) == "The project has had 1 participant."
    assert i18n.say("participants.total", "fi", n=one) == "Hankkeessa on ollut 1 osallistuja."
    assert i18n.say("participants.total", "en", n=type(one)(0)).startswith("The project has had 0 participants.")
    assert i18n.say("participants.total", "fi", n=type(one)(1234)).startswith(f"Hankkeessa on ollut 1{SPACE}234 os")


def test_a_sentence_is_never_left_half_filled():
    with pytest.raises(KeyError):
        i18n.say("participants.by", "en")
    with pytest.raises(KeyError):
        i18n.say("participants.no_such_key", "en")


def test_words_are_put_in_as_they_are():
    assert i18n.say("participants.by", "en", per="{n} {0} %s") == "Participants {n} {0} %s"


def test_a_word_may_be_called_language_or_key():
    said = i18n.say("fault.unknown_language", "en", language="sv", known="fi, en")
    assert said == "there is no language sv; known languages: fi, en"


# --- the catalogue -----------------------------------------------------------------------------------------------


def forms(entry: str | dict[str, str]) -> dict[str, str]:
    return entry if isinstance(entry, dict) else {"": entry}


def words(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}


def test_every_text_stands_in_every_language_with_the_same_words():
    odd = {}
    for key, entry in i18n.catalogue().items():
        of = {language: set.union(*(words(f) for f in forms(entry[language]).values())) for language in entry}
        if not set(i18n.LANGUAGES) <= set(of) <= set(i18n.WRITING) or any(said != of["en"] for said in of.values()):
            odd[key] = of
    assert not odd


def test_what_a_further_language_lacks_is_named(monkeypatch):
    assert all(i18n.missing(language) == [] for language in i18n.LANGUAGES)
    monkeypatch.setattr(
        i18n, "catalogue", lambda: {"a": {"fi": "a", "en": "a", "sv": "a"}, "b": {"fi": "b", "en": "b"}}
    )
    assert i18n.missing("sv") == ["b"]


def test_plural_forms_are_those_of_the_languages():
    odd = [
        key
        for key, entry in i18n.catalogue().items()
        for shown in entry.values()
        if isinstance(shown, dict) and (set(shown) != {"one", "other"} or "n" not in words(shown["other"]))
    ]
    assert not odd


def test_no_text_is_empty():
    shown = [(k, form) for k, e in i18n.catalogue().items() for lang in e.values() for form in forms(lang).values()]
    assert [key for key, form in shown if not form.strip()] == []


def test_a_key_in_two_files_is_refused(tmp_path, monkeypatch):
    (tmp_path / "texts").mkdir()
    for name in ("a", "b"):
        (tmp_path / "texts" / f"{name}.toml").write_text('[x]\ny = { fi = "a", en = "b" }')
    monkeypatch.setattr(i18n.resources, "files", lambda _: tmp_path)
    monkeypatch.setattr(i18n, "_files", i18n._files.__wrapped__)
    monkeypatch.setattr(i18n, "_parsed", i18n._parsed.__wrapped__)
    with pytest.raises(ValueError, match=r"x\.y stands in two places"):
        i18n.catalogue.__wrapped__()


@cache
def source_strings() -> tuple[set[str], set[str], set[str]]:
    """Of the package's code: all plain strings, patterns of composed strings, and keys that are said: the first
    arguments of ``say``, and those of errors below the prefix of their class."""
    plain, patterns, said = set(), set(), set()
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES.rglob("*.py")}
    below = dict(prefixed for tree in trees.values() for node in ast.walk(tree) if (prefixed := prefix(node)))
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and (of := below.get(getattr(node.func, "id", ""))):
                if isinstance(node.args[0], ast.Constant):
                    said.add(f"{of}.{node.args[0].value}")
                else:
                    patterns.add(re.escape(f"{of}.") + ".+")
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            # what the loader of a study file composes are its key paths
            elif path.stem not in KEY_PATHS and (composed := pattern(node)) is not None:
                patterns.add(composed)
            elif isinstance(node, ast.Call) and node.args and getattr(node.func, "attr", "") == "say":
                said |= {n.value for n in keys_of(node.args[0]) if isinstance(n, ast.Constant)}
    return plain, patterns, {s for s in said if isinstance(s, str)}


def prefix(node: ast.AST) -> tuple[str, str] | None:
    """The name of a class and the prefix of its keys (``below = "forms"``), where it has one."""
    if isinstance(node, ast.ClassDef):
        for each in node.body:
            if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "below":
                return node.name, each.value.value
    return None


def keys_of(node: ast.expr) -> list[ast.expr]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def pattern(node: ast.AST) -> str | None:
    """A composed key (f-string, or a text and something added) as a regular expression."""
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(v.value) if isinstance(v, ast.Constant) else ".+" for v in node.values]
        return "".join(parts) if node.values and isinstance(node.values[0], ast.Constant) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.left, ast.Constant):
        return re.escape(node.left.value) + ".+" if isinstance(node.left.value, str) else None
    return None


def key_patterns() -> list[str]:
    """Composed strings that begin with a section of the catalogue and a point."""
    sections = tuple(re.escape(key.split(".")[0]) + r"\." for key in i18n.catalogue())
    return [p for p in source_strings()[1] if p.startswith(sections)]


def test_every_key_that_is_said_exists():
    assert sorted(source_strings()[2] - set(i18n.catalogue())) == []
    assert [p for p in key_patterns() if not any(re.fullmatch(p, key) for key in i18n.catalogue())] == []


def test_every_key_is_used():
    plain = source_strings()[0] | source_strings()[2]
    patterns = [re.compile(p) for p in key_patterns()]
    names = [re.compile(p) for p in source_strings()[1] if re.match(r"[a-z_]+\.\+$", p)]

    def used(key: str) -> bool:
        section, _, name = key.partition(".")
        if key in plain:
            return True
        if section in ("fault", "problem"):  # all said in one place, by a name given elsewhere
            return name in plain or any(p.fullmatch(name) for p in names)
        return any(p.fullmatch(key) for p in patterns)

    assert sorted(key for key in i18n.catalogue() if not used(key)) == []


def test_no_line_breaks_between_a_number_and_its_unit():
    spoken = [said for entry in i18n.catalogue().values() for e in entry.values() for said in forms(e).values()]
    apart = re.compile(r"[\d}] (?:%|€)|%-yks|\bn = |\} – \{")
    assert [said for said in spoken if apart.search(said)] == []
