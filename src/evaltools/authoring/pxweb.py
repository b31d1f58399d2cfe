"""Tables of a PxWeb server: their metadata, a query held to it, and the cells, through the interfaces v1 and v2.

A variable is asked by its code. Where a query says what a code or a table was called before, the error says what it is
called now: by the table's own metadata, and by the catalogue (``statfin.toml``, and ``background/tables.toml`` of a
study).

Sources: PxWeb API v1 and PxWebApi 2 (Statistics Sweden), JSON-stat 2.0; Statistics Finland, "Instructions for updating
interface queries for PxWeb databases" (2026).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from itertools import product
from math import prod
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from evaltools.authoring.download import BackgroundError, Client
from evaltools.study.source_model import Background
from evaltools.study.wording import plain

MARKERS = ("...", "..", ".", "-")  # confidential, not available, not applicable, nil
VALUE = "value"
LONGEST_URL = 2000  # characters; a longer query is posted
DATED = re.compile(r"_[0-9]{8}$")  # of a variable code: the day of its classification
OLD_FILE = re.compile(r"[a-z]+_[a-z0-9]+_pxt_([0-9a-z]{4})(\.px)?$")  # of an active database, before June 2026
ARCHIVE = "Passiivi"  # its tables kept their names


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What variables were called in queries, and tables that were replaced: by data, see ``statfin.toml``."""

    names: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Path | None = None) -> Catalogue:
        """The package's catalogue, with what ``background/tables.toml`` of a study says besides."""
        texts = [resources.files("evaltools.authoring").joinpath("statfin.toml").read_text(encoding="utf-8")]
        own = study / "background" / "tables.toml" if study else None
        texts += [own.read_text(encoding="utf-8")] if own and own.is_file() else []
        read = [tomllib.loads(text) for text in texts]
        merged = {key: {k: v for each in read for k, v in each.get(key, {}).items()} for key in ("names", "moved")}
        return cls({plain(name): code for name, code in merged["names"].items()}, merged["moved"])


@dataclass(frozen=True, slots=True)
class Variable:
    code: str
    text: str
    values: list[str]
    texts: list[str]
    optional: bool  # may be left out of a query


@dataclass(frozen=True, slots=True)
class Cells:
    """An answer: its variables, the codes of each cell and its value as text, and what the publisher says of it."""

    ids: list[str]
    cells: list[tuple[tuple[str, ...], str]]
    label: str
    source: str
    updated: str


def fetch(client: Client, table: Background, catalogue: Catalogue) -> tuple[Cells, dict[str, Any]]:
    """The cells a query asks for, and the query as it was sent.

    Raises BackgroundError; ``renamed`` with the lines to write where address, names or codes are of the time before.
    """
    url, interface, variables = _metadata(client, table.url, catalogue)
    chosen, renamed = _resolved(table, variables, catalogue)
    if url != table.url or renamed:
        raise BackgroundError("renamed", url=table.url, lines=_corrected(table, url, chosen, renamed))
    picked = {}
    for code, variable in variables.items():
        if code in chosen:
            picked[code] = _picked(table, variable, chosen[code])
        elif not variable.optional:
            raise BackgroundError("variable_needed", url=table.url, variable=code)
    query = interface.query(picked, chosen)
    return _cells(interface.ask(client, url, query), table, list(picked)), query


# --- the two interfaces --------------------------------------------------------------------------------------------


class V1:
    """Metadata by GET, cells by POST, at one address."""

    @staticmethod
    def variables(client: Client, url: str) -> dict[str, Variable]:
        answer = client.json("GET", url)
        try:
            found = [
                Variable(
                    v["code"],
                    v.get("text", ""),
                    list(map(str, v["values"])),
                    list(map(str, v.get("valueTexts", v["values"]))),
                    bool(v.get("elimination")),
                )
                for v in answer["variables"]
            ]
        except (KeyError, TypeError, AttributeError):
            raise BackgroundError("not_jsonstat", url=url) from None
        return {variable.code: variable for variable in found}

    @staticmethod
    def query(picked: dict[str, list[str]], _: dict[str, list[str]]) -> dict[str, Any]:
        items = [{"code": c, "selection": {"filter": "item", "values": v}} for c, v in picked.items()]
        return {"query": items, "response": {"format": "json-stat2"}}

    @staticmethod
    def ask(client: Client, url: str, query: dict[str, Any]) -> Any:
        return client.json("POST", url, json=query)


class V2:
    """Metadata and cells as JSON-stat 2, each at an address of its own below the table's, by GET."""

    @classmethod
    def variables(cls, client: Client, url: str) -> dict[str, Variable]:
        answer = client.json("GET", cls.address(url, "metadata"))
        try:
            found = [cls._variable(code, answer["dimension"][code]) for code in answer["id"]]
        except (KeyError, TypeError, AttributeError):
            raise BackgroundError("not_jsonstat", url=url) from None
        return {variable.code: variable for variable in found}

    @staticmethod
    def _variable(code: str, dimension: dict[str, Any]) -> Variable:
        values = _codes(dimension)
        labels = dimension["category"].get("label") or {}
        optional = bool((dimension.get("extension") or {}).get("elimination"))
        return Variable(code, dimension.get("label", ""), values, [labels.get(v, v) for v in values], optional)

    @staticmethod
    def query(picked: dict[str, list[str]], chosen: dict[str, list[str]]) -> dict[str, Any]:
        return {code: ["*"] if chosen[code] == ["*"] else values for code, values in picked.items()}

    @classmethod
    def ask(cls, client: Client, url: str, query: dict[str, list[str]]) -> Any:
        address = cls.address(url, "data", "outputFormat=json-stat2")
        parts = [f"valueCodes[{quote(code)}]={quote(','.join(values), safe=',*')}" for code, values in query.items()]
        whole = "&".join([address, *parts])
        if len(whole) <= LONGEST_URL and not any("," in value for values in query.values() for value in values):
            return client.json("GET", whole)
        body = {"selection": [{"variableCode": code, "valueCodes": values} for code, values in query.items()]}
        return client.json("POST", address, json=body)

    @staticmethod
    def address(url: str, what: str, *more: str) -> str:
        """The address of a table's metadata or data, in the language the table's own address names."""
        parts = urlsplit(url)
        path = re.sub(r"/(metadata|data)?/?$", "", parts.path)
        language = [f"lang={lang}" for lang in parse_qs(parts.query).get("lang", [])[:1]]
        return urlunsplit((parts.scheme, parts.netloc, f"{path}/{what}", "&".join([*language, *more]), ""))


Interface = type[V1] | type[V2]


def _metadata(client: Client, url: str, catalogue: Catalogue) -> tuple[str, Interface, dict[str, Variable]]:
    """The address that answers, which interface it is, and the table's variables; a table that moved is followed."""
    interface: Interface = V2 if re.search(r"/api/v2(-beta)?/", urlsplit(url).path, re.IGNORECASE) else V1
    try:
        return url, interface, interface.variables(client, url)
    except BackgroundError as error:
        if error.what not in ("status_400", "status_404"):
            raise
        for address in _later(client, url, catalogue):
            try:
                return address, interface, interface.variables(client, address)
            except BackgroundError:
                continue
        raise


def _later(client: Client, url: str, catalogue: Catalogue) -> Iterator[str]:
    """Where a table may be now: under its bare id, under an id that replaced it, or as its folder lists it."""
    folder, _, name = url.rstrip("/").rpartition("/")
    old = None if ARCHIVE in url else OLD_FILE.fullmatch(name)
    bare = old[1] if old else name.removesuffix(".px")
    end = ".px" if name.endswith(".px") else ""
    ids = [*([bare] if old else []), *([catalogue.moved[bare]] if bare in catalogue.moved else [])]
    yield from (f"{folder}/{id_}{end}" for id_ in ids)
    try:
        listed = client.json("GET", folder + "/")
    except BackgroundError:
        return
    for entry in listed if isinstance(listed, list) else ():
        id_ = str(entry.get("id", "")) if isinstance(entry, dict) else ""
        if re.search(rf"(^|_){re.escape(bare)}(_|\.px|$)", id_) and id_ != name:
            yield f"{folder}/{quote(id_)}"


# --- the query -----------------------------------------------------------------------------------------------------


def _resolved(
    table: Background, variables: dict[str, Variable], catalogue: Catalogue
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The chosen codes by the codes variables have now, and what was called otherwise: old name to new."""
    chosen: dict[str, list[str]] = {}
    renamed: dict[str, str] = {}
    strange = []
    for name, wanted in table.query.items():
        code = _now(name, variables, catalogue)
        if not code:
            strange.append(name)
            continue
        renamed |= {name: code} if code != name else {}
        values = {value: _value(value, variables[code]) for value in wanted}
        renamed |= {old: new for old, new in values.items() if new != old}
        chosen[code] = list(values.values())
    if strange:
        known = ", ".join(f"{v.code} ({v.text})" if v.text != v.code else v.code for v in variables.values())
        raise BackgroundError("changed_variables", url=table.url, codes=", ".join(sorted(strange)), known=known)
    return chosen, renamed


def _now(name: str, variables: dict[str, Variable], catalogue: Catalogue) -> str:
    """The code of the variable a query names: by its code, its name, with or without a year, or the catalogue."""
    if name in variables:
        return name
    tests: tuple[Callable[[Variable], bool], ...] = (
        lambda v: plain(v.text) == plain(name),
        lambda v: plain(v.code) == plain(name),
        lambda v: re.sub(r" [0-9]{4}$", "", plain(v.text)) == plain(name),
        lambda v: bool(DATED.search(name)) and DATED.sub("", v.code) == DATED.sub("", name),
        lambda v: v.code == catalogue.names.get(plain(name)),
    )
    return next((code for test in tests if (code := _only(v.code for v in variables.values() if test(v)))), "")


def _value(value: str, variable: Variable) -> str:
    """The code that a value has now: with the prefix of its statistics, or by its name; itself where none is found."""
    if value in variable.values or value == "*" or value.startswith("top "):
        return value
    prefixed = _only(v for v in variable.values if v.endswith(f"-{value}"))
    named = _only(v for v, text in zip(variable.values, variable.texts, strict=False) if plain(text) == plain(value))
    return prefixed or named or value


def _only(found: Iterable[str]) -> str:
    """The one that was found; nothing where there are none or several."""
    distinct = set(found)
    return distinct.pop() if len(distinct) == 1 else ""


def _corrected(table: Background, url: str, chosen: dict[str, list[str]], renamed: dict[str, str]) -> str:
    """The lines of the study file as they are to be written now."""
    lines = [f"url = {_toml(url)}"] if url != table.url else []
    pairs = [f"{_key(code)} = [{', '.join(map(_toml, values))}]" for code, values in chosen.items()]
    lines += [f"query = {{ {', '.join(pairs)} }}"]
    lines += [f"wide = {_toml(renamed[table.wide])}"] if table.wide in renamed else []
    return "\n".join(lines)


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(code: str) -> str:
    return code if re.fullmatch(r"[A-Za-z0-9_-]+", code) else _toml(code)


def _picked(table: Background, variable: Variable, wanted: list[str]) -> list[str]:
    """The codes asked for: ``*`` takes all, ``top 12`` the last twelve."""
    if wanted == ["*"]:
        return variable.values
    if len(wanted) == 1 and (top := re.fullmatch(r"top ([0-9]{1,9})", wanted[0])):
        return variable.values[-int(top[1]) :]
    gone = [value for value in wanted if value not in variable.values]
    if gone:
        words = {"variable": variable.code, "codes": ", ".join(gone[:12]), "known": ", ".join(variable.values[:12])}
        raise BackgroundError("changed_codes", url=table.url, **words)
    return wanted


# --- the answer ----------------------------------------------------------------------------------------------------


def _cells(answer: Any, table: Background, asked: list[str]) -> Cells:
    """An answer as cells: JSON-stat 2 of either interface, or the columns and rows of v1's own JSON.

    Raises BackgroundError where sizes do not fit or a value is no number.
    """
    try:
        if "columns" in answer:
            return _of_columns(answer, asked)
        ids, sizes, values = list(answer["id"]), list(answer["size"]), answer["value"]
        codes = [_codes(answer["dimension"][dimension]) for dimension in ids]
        if [len(c) for c in codes] != sizes or (isinstance(values, list) and len(values) != prod(sizes)):
            raise ValueError("sizes differ")
        status = answer.get("status") or {}
        texts = [_cell(_at(values, i), _at(status, i)) for i in range(prod(sizes))]
        cells = list(zip(product(*codes), texts, strict=True))
        words = (str(answer.get(key) or "") for key in ("label", "source", "updated"))
        return Cells(ids, cells, *words)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise BackgroundError("not_jsonstat", url=table.url) from None


def _of_columns(answer: dict[str, Any], asked: list[str]) -> Cells:
    """The JSON of v1: what was measured stands as columns of its own, behind the variables."""
    keys = [c["code"] for c in answer["columns"] if c.get("type") != "c"]
    contents = [c["code"] for c in answer["columns"] if c.get("type") == "c"]
    measure = [code for code in asked if code not in keys][-1:]
    cells = []
    for row in answer["data"]:
        for content, value in zip(contents, row["values"], strict=True):
            number = None if value in MARKERS else float(value)
            cells.append(((*row["key"], *([content] if measure else [])), _cell(number, value)))
    about = (answer.get("metadata") or [{}])[0]
    words = (str(about.get(key) or "") for key in ("label", "source", "updated"))
    return Cells([*keys, *measure], cells, *words)


def table_of(found: Cells, table: Background) -> list[list[str]]:
    """Cells as rows of text: a column a variable (its codes), then the value or its marker; ``wide`` as columns."""
    if not table.wide:
        return [[*found.ids, VALUE], *([*place, cell] for place, cell in found.cells)]
    if table.wide not in found.ids:
        raise BackgroundError("changed_variables", url=table.url, codes=table.wide, known=", ".join(found.ids))
    at = found.ids.index(table.wide)
    heads = list(dict.fromkeys(place[at] for place, _ in found.cells))
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for place, cell in found.cells:
        rows.setdefault(place[:at] + place[at + 1 :], {})[place[at]] = cell
    header = [*found.ids[:at], *found.ids[at + 1 :], *heads]
    return [header, *([*place, *(row.get(h, MARKERS[1]) for h in heads)] for place, row in rows.items())]


def _codes(dimension: dict[str, Any]) -> list[str]:
    """The codes of a dimension in order: its index is a list, or gives each code its place."""
    index = dimension["category"].get("index")
    if index is None:
        return list(dimension["category"]["label"])
    return list(index) if isinstance(index, list) else sorted(index, key=index.__getitem__)


def _at(values: Any, place: int) -> Any:
    if isinstance(values, list):
        return values[place] if place < len(values) else None
    return values.get(str(place)) if isinstance(values, dict) else values


def _cell(value: Any, status: Any) -> str:
    """A number as text, or the marker that stands in its place. A gap without a marker is "not available"."""
    if value is None:
        return str(status) if status in MARKERS else MARKERS[1]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    return str(int(value)) if float(value).is_integer() else repr(float(value)).replace(".", ",")
