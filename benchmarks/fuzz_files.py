"""Broken files: mutated bytes of every format are read with the right values, or refused with a place.

    python benchmarks/fuzz_files.py [files] [seed]

Each file is a sound export with some bytes changed, cut, doubled or put in; of a workbook also its XML before it is
packed. What ingestion makes of it is held to another reading of the same bytes: for CSV a plain parser below, for
workbooks openpyxl with everything in memory. Parquet files bear checksums, so what is read must be what was written.

Outcomes: *same* as the sound file; *changed*, as the other reading has it; *refused*, every message with a file and in
both languages; *silent*, a value that the other reading does not have; *crash*, anything but a DataError.
"""

from __future__ import annotations

import io
import math
import random
import re
import resource
import sys
import tempfile
import time
import traceback
import unicodedata
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.problems import DataError

STUDY = """\
[study]
name = "Fuzz"
title = "Fuzz"
organisation = "-"
funder = "-"
start = 2021-01-01
end = 2021-12-31
[[terms]]
id = "T1"
name = "T1"
start = 2021-01-01
end = 2021-12-31
[survey]
cannot_say = ["En osaa sanoa"]
labels.agreement = "agreement-5"
items = [
    {{ id = "q1", text = "1", labels = "agreement" }},
    {{ id = "q2", text = "2", labels = "agreement" }},
    {{ id = "hours", text = "3", kind = "score", min = 0, max = 100 }},
]
[[sources]]
table = "start_survey"
name = "Survey"
file = "survey*"
{how}
[sources.columns]
person = "Tunnus"
answered = "Päivä"
q1 = "Väite 1"
q2 = "Väite 2"
hours = "Tunteja"
"""
HEADER = ["Tunnus", "Päivä", "Väite 1", "Väite 2", "Tunteja"]
AGREEMENT = ["Täysin eri mieltä", "Jokseenkin eri mieltä", "Ei samaa eikä eri mieltä", "Jokseenkin samaa mieltä"]
AGREEMENT += ["Täysin samaa mieltä"]
ROWS = [
    [f"{i:03d}" if i % 5 else f"{i}E5", f"2021-{1 + i % 12:02d}-{1 + i % 28:02d}", *answers]
    for i, answers in enumerate(
        [[str(1 + k % 5), AGREEMENT[(k * 3) % 5], f"{k},5" if k % 3 else ""] for k in range(18)]
        + [["En osaa sanoa", "", "0"], ["", "5", "100"]]
    )
]
CSV = {
    "csv_utf8": ("utf-8", ";", "\n", 'encoding = "utf-8"\n'),
    "csv_quoted": ("utf-8-sig", ",", "\r\n", 'encoding = "utf-8-sig"\ndelimiter = ","\n'),
    "csv_cp1252": ("cp1252", ";", "\r\n", 'encoding = "cp1252"\n'),
    "csv_utf16": ("utf-16", "\t", "\r\n", 'encoding = "utf-16"\ndelimiter = "\\t"\n'),
    "csv_guessed": ("cp1252", ";", "\n", 'encoding = "auto"\n'),
}
Table = list[tuple[object, ...]]
NOTHING = ("", None)
PIECES = [b";", b"\n", b"\r", b'"', b"\0", b",", b"\t", b"\xff", b"\xe4", b"\xc3\xa4", b"5", b"=1+1", b"\xef\xbb\xbf"]
PIECES += [b"<", b"&", b"<!DOCTYPE a>", b"]]>", b"NaN", b"1e5", b" ", b"\x1f", b"\xc2\xa0"]


# --- sound files -----------------------------------------------------------------------------------------------------


def sound(kind: str) -> bytes:
    """A sound export in one of the formats, without evaltools."""
    if kind in CSV:
        encoding, delimiter, end, _ = CSV[kind]
        quote = kind == "csv_quoted"
        lines = [delimiter.join(f'"{c}"' if quote else c for c in row) for row in [HEADER, *ROWS]]
        return "".join(line + end for line in lines).encode(encoding)
    out = io.BytesIO()
    if kind == "parquet":
        columns = {name: pa.array([row[i] or None for row in ROWS], pa.string()) for i, name in enumerate(HEADER)}
        pq.write_table(pa.table(columns), out, write_page_checksum=True)
        return out.getvalue()
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append([int(c) if kind == "xlsx_numbers" and re.fullmatch("[1-5]", c) else c or None for c in row])
    book.save(out)
    return out.getvalue()


KINDS = (*CSV, "xlsx_text", "xlsx_numbers", "xlsx_inside", "parquet")


def mutated(content: bytes, rng: random.Random, kind: str) -> bytes:
    """The content with one to four changes; of a workbook ``inside``, in one of its members."""
    if kind != "xlsx_inside":
        return changed(content, rng)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        members = {name: book.read(name) for name in book.namelist()}
    likely = [n for n in members if "sheet1" in n or "sharedStrings" in n]
    chosen = rng.choice(likely if rng.random() < 0.8 else list(members))
    members[chosen] = changed(members[chosen], rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in members.items():
            book.writestr(name, data)
    return out.getvalue()


def changed(content: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, put in, taken out, doubled, or the end cut off."""
    raw = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        at = rng.randrange(len(raw)) if raw else 0
        size = rng.choice([1, 1, 2, 8, 40])
        match rng.randrange(6):
            case 0 if raw:
                raw[at] = rng.randrange(256)
            case 1:
                raw[at:at] = rng.choice(PIECES)
            case 2:
                del raw[at : at + size]
            case 3:
                raw[at:at] = raw[at : at + size]
            case 4 if raw:
                raw[at] ^= 1 << rng.randrange(8)
            case _ if rng.random() < 0.3:
                del raw[at:]
    return bytes(raw)


# --- another reading of the same bytes ------------------------------------------------------------------------------


def other_reading(content: bytes, kind: str) -> Table | None:
    """What a file says by another way of reading, or None where it says nothing sound."""
    if kind in CSV:
        rows = _csv(content, kind)
    elif kind == "parquet":
        rows = [HEADER, *ROWS]
    else:
        rows = _workbook(content)
    return _meaning(rows) if rows else None


def _csv(content: bytes, kind: str) -> list[list[str]] | None:
    encoding, delimiter, _, _ = CSV[kind]
    if kind == "csv_guessed":
        encoding = _guess(content)
    try:
        text = content.decode(encoding).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeError:
        return None
    return None if "\0" in text else parse(text, delimiter)


def _guess(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


QUOTED = r'"(?:[^"]|"")*"'


def parse(text: str, delimiter: str) -> list[list[str]] | None:
    """RFC 4180 by one pattern a cell; None where a quotation mark stands amiss."""
    bare = rf'[^"\r\n{re.escape(delimiter)}][^\r\n{re.escape(delimiter)}]*'
    cell = re.compile(rf"({QUOTED}|{bare}|)({re.escape(delimiter)}|\r\n|\r|\n|\Z)")
    rows: list[list[str]] = [[]]
    at = 0
    while at < len(text) or rows[-1]:
        found = cell.match(text, at)
        if not found:
            return None
        at = found.end()
        value, mark = found.groups()
        blank = not value and mark != delimiter and not rows[-1]
        if not blank:
            rows[-1].append(value[1:-1].replace('""', '"') if value.startswith('"') else value)
        if mark != delimiter:
            if blank and not mark:
                break
            rows += [[]] if rows[-1] else []
            if not mark:
                break
    return [row for row in rows if row]


def _workbook(content: bytes) -> list[list[str]] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
        rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows()]
    except Exception:
        return None
    rows = [row for row in rows if any(row)]
    width = max((i for i, c in enumerate(rows[0], 1) if c.strip()), default=0) if rows else 0
    if any(cell.strip() for row in rows for cell in row[width:]):
        return None
    return [(row + [""] * width)[:width] for row in rows]


def _cell(cell: object) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value).replace(".", ",")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _meaning(rows: list[list[str]]) -> Table | None:
    """Typed rows, or None where anything does not fit."""
    header = [" ".join(h.split()) for h in rows[0]]
    if any(header.count(h) != 1 for h in HEADER) or any(len(row) != len(header) for row in rows[1:]):
        return None
    table, seen = [], set()
    for row in rows[1:]:
        person, day, *answers = [row[header.index(h)].strip() for h in HEADER]
        values = [_day(day), *map(_answer, answers[:2]), _hours(answers[2])]
        if not person or person in seen or "bad" in values:
            return None
        seen.add(person)
        table.append((person, *values))
    return table


def _day(text: str) -> object:
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T00:00:00)?", text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return "bad"
    return day if day and 1900 <= day.year <= 2100 else "bad"


def _answer(text: str) -> object:
    word = " ".join(unicodedata.normalize("NFC", text).split()).casefold()
    if not text:
        return None
    if word == "en osaa sanoa":
        return "cannot say"
    numbered = re.fullmatch(r"(-?[0-9]+)\s*[=.:)\-–]\s*(\S.*)", word, re.S)
    labels = {label.casefold(): i for i, label in enumerate(AGREEMENT, 1)} | MORE
    if numbered:
        return int(numbered[1]) if labels.get(numbered[2]) == int(numbered[1]) else "bad"
    if re.fullmatch("-?[0-9]+", word):
        return int(word) if 1 <= int(word) <= 5 else "bad"
    return labels.get(word, "bad")


MORE = {"eri mieltä": 2, "samaa mieltä": 4, "melko eri mieltä": 2, "melko samaa mieltä": 4}
MORE |= {"osittain eri mieltä": 2, "osittain samaa mieltä": 4, "en samaa enkä eri mieltä": 3}


def _hours(text: str) -> object:
    if not text:
        return None
    word = " ".join(unicodedata.normalize("NFC", text).split()).casefold()
    if word == "en osaa sanoa":
        return "cannot say"
    if not re.fullmatch(r"-?[0-9]+(,[0-9]+)?", word):
        return "bad"
    hours = float(word.replace(",", "."))
    return hours if 0 <= hours <= 100 else "bad"


# --- what ingestion makes of it --------------------------------------------------------------------------------------


def read(opened: loader.Study) -> Table:
    frame = reading.read(opened, "T1")["start_survey"]
    table = []
    for row in frame.to_dict("records"):
        values = [
            "cannot say" if row[f"{item}:cannot_say"] else None if math.isnan(row[item]) else row[item]
            for item in ("q1", "q2", "hours")
        ]
        table.append((row["person"], None if pd.isna(row["answered"]) else row["answered"].date(), *values))
    return table


def outcome(folder: Path, opened: loader.Study, content: bytes, kind: str, before: Table) -> str:
    (folder / "raw" / "T1" / "survey.bin").write_bytes(content)
    try:
        table = read(opened)
    except DataError as error:
        said = [error.lines(language) for language in ("fi", "en")]
        located = all(p.file.startswith("raw/T1") for p in error.problems)
        return "refused" if located and all(said) else "crash"
    except Exception:
        traceback.print_exc()
        return "crash"
    if table == before:
        return "same"
    return "changed" if table == other_reading(content, kind) else "silent"


def fuzz(files: int, seed: int, keep: Path | None = None) -> Counter[tuple[str, str]]:
    """How often each format came to each outcome; files of a bad one are kept in a folder where it is named."""
    rng = random.Random(seed)
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as place:
        ready: dict[str, tuple[Path, loader.Study, bytes, Table]] = {}
        for kind in KINDS:
            folder = Path(place).resolve() / kind
            (folder / "raw" / "T1").mkdir(parents=True)
            how = CSV[kind][3] if kind in CSV else ""
            (folder / "study.toml").write_text(STUDY.format(how=how), encoding="utf-8")
            opened, content = loader.load(folder), sound(kind)
            (folder / "raw" / "T1" / "survey.bin").write_bytes(content)
            before = read(opened)
            assert before == other_reading(content, kind), kind
            ready[kind] = folder, opened, content, before
        for i in range(files):
            kind = KINDS[i % len(KINDS)]
            folder, opened, content, before = ready[kind]
            broken = mutated(content, rng, kind)
            came = outcome(folder, opened, broken, kind, before)
            counts[kind, came] += 1
            if keep and came in ("silent", "crash"):
                (keep / f"{kind}-{seed}-{i}.bin").write_bytes(broken)
    return counts


OUTCOMES: tuple[str, ...] = ("same", "changed", "refused", "silent", "crash")


def main(shown: Callable[[str], None] = print) -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    start = time.perf_counter()
    counts = fuzz(files, seed, Path.cwd() if "--keep" in sys.argv else None)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shown(f"{files:,} files, seed {seed}, {time.perf_counter() - start:.0f} s, peak memory {memory:.0f} MB")
    shown(f"{'':14}" + "".join(f"{name:>9}" for name in OUTCOMES))
    for kind in (*KINDS, "all"):
        row = [sum(n for (k, o), n in counts.items() if o == name and kind in (k, "all")) for name in OUTCOMES]
        shown(f"{kind:14}" + "".join(f"{n:>9,}" for n in row))
    raise SystemExit(1 if any(counts[k, o] for k in KINDS for o in ("silent", "crash")) else 0)


if __name__ == "__main__":
    main()
