"""Tables fetched from a PxWeb server: a local one that answers as recorded, refuses, breaks off, or has changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import FILES, write_study
from pyjstat import pyjstat

from evaltools.authoring import refresh_background
from evaltools.authoring.refresh_background import BackgroundError
from evaltools.cli.main import main
from evaltools.ingest import reading
from evaltools.study import loader

PX = "/PxWeb/api/v1/fi/StatFin/tyonv/statfin_tyonv_pxt_12r5.px"
METADATA = {
    "title": "Työttömät työnhakijat muuttujina Alue, Kuukausi ja Tiedot",
    "variables": [
        {"code": "Alue", "text": "Alue", "values": ["SSS", "MK01", "MK02"], "valueTexts": ["KOKO MAA", "U", "V-S"]},
        {"code": "Kuukausi", "text": "Kuukausi", "values": ["2021M01", "2021M02", "2021M03"], "time": True},
        {"code": "Sukupuoli", "text": "Sukupuoli", "values": ["S", "1"], "elimination": True},
        {"code": "Tiedot", "text": "Tiedot", "values": ["TYOTTOMATLOPUSSA", "TYOVOIMATK"]},
    ],
}
ANSWER = {
    "class": "dataset",
    "version": "2.0",
    "label": "Työttömät työnhakijat",
    "source": "Tilastokeskus, työnvälitystilasto",
    "updated": "2021-04-27T05:00:00Z",
    "id": ["Alue", "Kuukausi", "Tiedot"],
    "size": [2, 2, 2],
    "dimension": {
        "Alue": {"category": {"index": {"MK02": 1, "MK01": 0}, "label": {"MK01": "Uusimaa", "MK02": "V-S"}}},
        "Kuukausi": {"category": {"index": ["2021M02", "2021M03"]}},
        "Tiedot": {"category": {"index": {"TYOTTOMATLOPUSSA": 0, "TYOVOIMATK": 1}}},
    },
    "value": [111216, 810276, 100000, None, 31075, 228684, None, None],
    "status": {"3": "...", "6": "-", "7": "."},
}


class Server(ThreadingHTTPServer):
    """Answers in turn with what a test puts in ``script``: (status, body, headers), the last again and again."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: dict[str, list[tuple[int, bytes, dict[str, str]]]] = {}
        self.asked: list[tuple[str, object]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{PX}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.asked.append((self.command, body))
        script = self.server.script[self.command]
        status, content, headers = script.pop(0) if len(script) > 1 else script[0]
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Tests are silent."""


def ok(content: object) -> tuple[int, bytes, dict[str, str]]:
    return 200, b"\xef\xbb\xbf" + json.dumps(content).encode(), {}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        running.script = {"GET": [ok(METADATA)], "POST": [ok(ANSWER)]}
        yield running
        running.shutdown()
        thread.join()


BLOCK = """
[[background]]
file = "tyottomat.csv"
url = "{url}"
query = {{ Alue = ["MK01", "MK02"], Kuukausi = ["top 2"], Tiedot = ["*"] }}
"""


def small(tmp_path: Path, url: str, block: str = BLOCK) -> Path:
    folder = write_study(tmp_path / "small")
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + block.format(url=url), encoding="utf-8")
    return folder


def fetch(folder: Path, **more: object) -> refresh_background.Fetched:
    [fetched] = refresh_background.refresh(loader.load(folder), wait=lambda _: None, **more)
    return fetched


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (folder / "background").iterdir()}


def test_metadata_first_then_the_cells_with_markers_kept_apart(tmp_path, server):
    fetched = fetch(small(tmp_path, server.url))
    assert [method for method, _ in server.asked] == ["GET", "POST"]
    query = server.asked[1][1]
    assert query["response"] == {"format": "json-stat2"}
    assert [(q["code"], q["selection"]["values"]) for q in query["query"]] == [
        ("Alue", ["MK01", "MK02"]),
        ("Kuukausi", ["2021M02", "2021M03"]),
        ("Tiedot", ["TYOTTOMATLOPUSSA", "TYOVOIMATK"]),
    ]
    assert fetched.rows == [
        ["Alue", "Kuukausi", "Tiedot", "value"],
        ["MK01", "2021M02", "TYOTTOMATLOPUSSA", "111216"],
        ["MK01", "2021M02", "TYOVOIMATK", "810276"],
        ["MK01", "2021M03", "TYOTTOMATLOPUSSA", "100000"],
        ["MK01", "2021M03", "TYOVOIMATK", "..."],
        ["MK02", "2021M02", "TYOTTOMATLOPUSSA", "31075"],
        ["MK02", "2021M02", "TYOVOIMATK", "228684"],
        ["MK02", "2021M03", "TYOTTOMATLOPUSSA", "-"],
        ["MK02", "2021M03", "TYOVOIMATK", "."],
    ]
    assert fetched.about["licence"] == "CC BY 4.0" and fetched.about["publisher"].startswith("Tilastokeskus")


def test_figures_are_those_that_pyjstat_reads(tmp_path, server):
    dimensions = {
        name: {"label": name, "category": {"label": {c: c for c in d["category"]["index"]}} | d["category"]}
        for name, d in ANSWER["dimension"].items()
    }
    frame = pyjstat.Dataset.read(json.dumps(ANSWER | {"dimension": dimensions})).write("dataframe", naming="id")
    rows = fetch(small(tmp_path, server.url)).rows[1:]
    theirs = [[*row[:3], None if row[3] != row[3] else row[3]] for row in frame.to_numpy().tolist()]
    assert theirs == [[*row[:3], float(row[3]) if row[3].isdigit() else None] for row in rows]


def test_nothing_is_written_until_told_and_then_all_of_it_is_told_apart(tmp_path, server):
    folder = small(tmp_path, server.url)
    before = contents(folder)
    assert fetch(folder).added == 8
    assert contents(folder) == before
    fetch(folder, replace=True)
    assert set(contents(folder)) - set(before) == {"tyottomat.csv", "tyottomat.csv.source.json"}
    about = json.loads(contents(folder)["tyottomat.csv.source.json"])
    assert set(about) == {"title", "url", "query", "publisher", "updated", "retrieved", "licence"}
    assert fetch(folder).same
    changed = ANSWER | {"value": [*ANSWER["value"][:4], 31999, *ANSWER["value"][5:]]}
    server.script["POST"] = [ok(changed)]
    fetched = fetch(folder)
    assert (fetched.changed, fetched.added, fetched.gone) == (1, 0, 0)
    assert fetched.changes == ["MK02 / 2021M02 / TYOTTOMATLOPUSSA / value: 31075 → 31999"]


def test_a_refusal_for_a_while_is_waited_out_as_the_server_asks(tmp_path, server):
    server.script["POST"] = [(429, b"", {"Retry-After": "7"}), (503, b"", {}), ok(ANSWER)]
    waits: list[float] = []
    [fetched] = refresh_background.refresh(loader.load(small(tmp_path, server.url)), wait=waits.append)
    assert waits == [7.0, 15.0] and len(fetched.rows) == 9


TRUNCATED = json.dumps(ANSWER).encode()
BROKEN = [
    ("POST", (400, b"", {}), "status_400"),
    ("POST", (403, b"", {}), "status_403"),
    ("GET", (404, b"", {}), "status_404"),
    ("POST", (429, b"", {"Retry-After": "0"}), "status_429"),
    ("POST", (500, b"", {}), "status"),
    ("POST", (200, TRUNCATED[:200], {}), "truncated"),
    ("POST", (200, TRUNCATED[:200], {"Content-Length": str(len(TRUNCATED))}), "truncated"),
    ("GET", (200, b"<html>", {}), "truncated"),
    ("POST", ok({**ANSWER, "size": [2, 2, 3]}), "not_jsonstat"),
    ("POST", ok({**ANSWER, "value": ANSWER["value"][:-1]}), "not_jsonstat"),
    ("POST", ok({**ANSWER, "value": ["x"] * 8}), "not_jsonstat"),
    ("POST", ok([1]), "not_jsonstat"),
    ("GET", ok({"title": "no variables"}), "not_jsonstat"),
]


@pytest.mark.parametrize(("method", "answer", "what"), BROKEN, ids=[f"{b[2]}-{i}" for i, b in enumerate(BROKEN)])
def test_a_server_that_fails_changes_nothing(tmp_path, server, method, answer, what):
    folder = small(tmp_path, server.url)
    before = contents(folder)
    server.script[method] = [answer]
    with pytest.raises(BackgroundError) as error:
        fetch(folder, replace=True)
    assert error.value.what == what
    assert contents(folder) == before
    for language, words in (("fi", "Mitään ei muutettu"), ("en", "Nothing was changed")):
        assert words in error.value.lines(language)[0]


def changed(change) -> dict:
    metadata = json.loads(json.dumps(METADATA))
    change(metadata["variables"])
    return metadata


@pytest.mark.parametrize(
    ("metadata", "what", "said"),
    [
        (changed(lambda v: v[0].update(values=["SSS", "MK1", "MK2"])), "changed_codes", "no codes MK01, MK02"),
        (changed(lambda v: v[1].update(code="a", text="b")), "changed_variables", "no variable Kuukausi; .*a \\(b\\)"),
        (changed(lambda v: v[2].pop("elimination")), "variable_needed", "Sukupuoli must be chosen"),
    ],
)
def test_codes_that_changed_are_told_before_anything_is_asked(tmp_path, server, metadata, what, said):
    server.script["GET"] = [ok(metadata)]
    with pytest.raises(BackgroundError, match=said) as error:
        fetch(small(tmp_path, server.url))
    assert error.value.what == what
    assert [method for method, _ in server.asked] == ["GET"]


def test_without_a_network_the_command_says_so_and_changes_nothing(tmp_path, server, capsys):
    url = server.url
    server.shutdown()
    server.server_close()
    folder = small(tmp_path, url)
    before = contents(folder)
    assert main(["refresh-background", str(folder), "--replace", "--language", "en"]) == 1
    assert "no connection" in capsys.readouterr().err
    assert contents(folder) == before


def test_the_command_tells_what_differs_and_keeps_it_when_told(tmp_path, server, capsys):
    folder = small(tmp_path, server.url)
    assert main(["refresh-background", str(folder), "--language", "en"]) == 0
    assert "tyottomat.csv: figures changed: 0; added: 8; gone: 0." in capsys.readouterr().out
    assert not (folder / "background" / "tyottomat.csv").exists()
    assert main(["refresh-background", str(folder), "--replace", "--language", "en"]) == 0
    assert (folder / "background" / "tyottomat.csv").is_file()


WIDE = BLOCK + 'wide = "Tiedot"\n'


def test_a_run_reads_the_copy_with_its_markers(tmp_path, server):
    """Unemployed and labour force by month, a column each; nil is zero, what is not given is missing and noted."""
    folder = small(tmp_path, server.url, WIDE)
    path = folder / "study.toml"
    old = path.read_text(encoding="utf-8")
    given = 'file = "employment.csv"\ncolumns = { month = "month", region = "region", employed = "employed", unemployed'
    assert given in old
    new = 'file = "tyottomat.csv"\ndate_format = "%YM%m"\nmarkers = { "..." = "confidential", "-" = "nil", '
    new += '"." = "not_applicable" }\nvalues.region = { MK01 = "r1", MK02 = "r2" }\ncolumns = { month = "Kuukausi", '
    new += 'region = "Alue", employed = "TYOVOIMATK", unemployed'
    path.write_text(
        old.replace(given, new).replace('unemployed = "unemployed" }', 'unemployed = "TYOTTOMATLOPUSSA" }'),
        encoding="utf-8",
    )
    fetch(folder, replace=True)
    tables = reading.read(loader.load(folder), "T2")
    table = tables["employment"]
    assert table["unemployed"].tolist() == [111216, 100000, 31075, 0]
    assert table["employed"].isna().tolist() == [False, True, False, True]
    assert table["employed:marker"].dropna().tolist() == ["...", "."]
    notes = tables["notes"]
    assert notes.loc[notes["kind"] == "not_published", "line"].tolist() == [3, 5]
    assert "raw/T1/people.csv" in FILES
