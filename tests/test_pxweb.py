"""PxWeb as it is since June 2026: both interfaces, tables and names that moved, and a server that means no good.

Answers are synthetic, of the shape of those recorded in the public tests of rOpenGov/pxweb.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from evaltools.authoring import download, pxweb
from evaltools.authoring.download import BackgroundError, Client
from evaltools.authoring.pxweb import Catalogue
from evaltools.cli.main import main
from evaltools.study.source_model import Background

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "/PxWeb/api/v1/fi/StatFin/tyokay/"
VARIABLES = [
    {"code": "alue_23_20260101", "text": "Alue 2026", "values": ["SSS", "MK01"], "valueTexts": ["KOKO MAA", "Uusimaa"]},
    {"code": "timeperiod_y", "text": "Vuosi", "values": ["2023", "2024"], "valueTexts": ["2023", "2024"], "time": True},
    {"code": "sukupuoli_9_20180101", "text": "Sukupuoli", "values": ["SSS", "1"], "elimination": True},
    {"code": "contentscode", "text": "Tiedot", "values": ["tyokay-vaesto", "tyokay-osuus"], "valueTexts": ["V", "O"]},
]
METADATA = {"title": "Väestö", "variables": VARIABLES}


def dataset(sizes: dict[str, list[str]], values: list[float | None], **more: object) -> dict:
    dimensions = {
        code: {
            "label": code.casefold(),
            "category": {"index": {c: i for i, c in enumerate(codes)}, "label": {c: c for c in codes}},
            "extension": {"elimination": code == "Kon", "show": "value"},
        }
        for code, codes in sizes.items()
    }
    ids = list(sizes)
    sized = [len(codes) for codes in sizes.values()]
    return {"version": "2.0", "class": "dataset", "label": "L", "source": "S", "updated": "2026-04-16T06:00:00Z"} | {
        "id": ids,
        "size": sized,
        "dimension": dimensions,
        "value": values,
        **more,
    }


class Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        parts = urlsplit(self.path)
        self.server.asked.append((self.command, self.path, body))  # type: ignore[attr-defined]
        found = self.server.pages.get((self.command, parts.path))  # type: ignore[attr-defined]
        if callable(found):
            found(self)
            return
        status, content, headers = (200, json.dumps(found).encode(), {}) if found is not None else (400, b"Bad", {})
        send(self, status, content, headers)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Tests are silent."""


def send(handler: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(content))} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
    handler.close_connection = True


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[tuple[str, str], object] = {}
        self.asked: list[tuple[str, str, object]] = []

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def fetch(url: str, query: dict[str, list[str]], catalogue: Catalogue | None = None, **more: str) -> list[list[str]]:
    table = Background.model_validate({"file": "t.csv", "url": url, "query": query, **more})
    with Client(lambda _: None) as client:
        cells, _ = pxweb.fetch(client, table, catalogue or Catalogue.of())
    return pxweb.table_of(cells, table)


# --- what moved ----------------------------------------------------------------------------------------------------

OLD = {"Alue": ["MK01"], "Vuosi": ["top 1"], "Tiedot": ["vaesto"]}
NEW = {"alue_23_20260101": ["MK01"], "timeperiod_y": ["top 1"], "contentscode": ["tyokay-vaesto"]}


def moved(server: Server, name: str = "115b.px") -> None:
    server.pages["GET", FOLDER + name] = METADATA
    sizes = {"alue_23_20260101": ["MK01"], "timeperiod_y": ["2024"], "contentscode": ["tyokay-vaesto"]}
    server.pages["POST", FOLDER + name] = dataset(sizes, [12.0])


def lines_to_write(error: BackgroundError) -> dict:
    said = error.lines("en")
    return tomllib.loads("\n".join(said[1:-1]))


def test_an_old_address_and_old_names_are_answered_with_those_of_today(server):
    moved(server)
    url = server.host + FOLDER + "statfin_tyokay_pxt_115b.px"
    with pytest.raises(BackgroundError) as error:
        fetch(url, OLD, wide="Tiedot")
    assert error.value.what == "renamed"
    block = lines_to_write(error.value)
    assert block == {"url": server.host + FOLDER + "115b.px", "query": NEW, "wide": "contentscode"}
    assert {method for method, _, _ in server.asked} == {"GET"}  # no cell was asked for
    assert fetch(block["url"], block["query"], wide=block["wide"]) == [
        ["alue_23_20260101", "timeperiod_y", "tyokay-vaesto"],
        ["MK01", "2024", "12"],
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("alue_23_20250101", "alue_23_20260101"),  # the classification of another year
        ("Alue", "alue_23_20260101"),
        ("alue 2026", "alue_23_20260101"),
        ("Year", "timeperiod_y"),  # by the catalogue: the metadata are in Finnish
        ("TimePeriod_Y", "timeperiod_y"),
        ("Sukupuoli", "sukupuoli_9_20180101"),
    ],
)
def test_a_name_is_found_in_the_metadata_or_the_catalogue(server, name, code):
    moved(server)
    wanted = {code: ["SSS"] if code != "timeperiod_y" else ["2024"]}
    query = {k: v for k, v in NEW.items() if k != code} | {name: wanted[code]}
    with pytest.raises(BackgroundError) as error:
        fetch(server.host + FOLDER + "115b.px", query)
    assert lines_to_write(error.value)["query"] == {k: v for k, v in NEW.items() if k != code} | wanted


def test_a_table_with_another_id_is_found_in_the_catalogue_or_the_folder(server):
    moved(server, "99zz.px")
    with pytest.raises(BackgroundError) as error:
        fetch(server.host + FOLDER + "11ab.px", NEW, Catalogue({}, {"11ab": "99zz"}))
    assert lines_to_write(error.value)["url"].endswith("/99zz.px")
    server.pages.clear()
    moved(server, "115b_2026.px")
    server.pages["GET", FOLDER] = [{"id": "115b_2026.px", "type": "t"}, {"id": "1115b.px", "type": "t"}]
    with pytest.raises(BackgroundError) as error:
        fetch(server.host + FOLDER + "statfin_tyokay_pxt_115b.px", NEW)
    assert lines_to_write(error.value)["url"].endswith("/115b_2026.px")


def test_the_archive_kept_its_names_and_a_table_that_is_nowhere_is_said_so(server):
    url = server.host + FOLDER.replace("StatFin/", "StatFin_Passiivi/") + "statfinpas_tyokay_pxt_115b_2023.px"
    with pytest.raises(BackgroundError) as error:
        fetch(url, NEW)
    assert error.value.what == "status_400" and not any("115b.px" in path for _, path, _ in server.asked)


def test_a_study_corrects_the_catalogue_beside_its_tables(tmp_path):
    (tmp_path / "background").mkdir()
    (tmp_path / "background" / "tables.toml").write_text('[names]\nAge = "ika"\n[moved]\n1a = "2b"\n', encoding="utf-8")
    own = Catalogue.of(tmp_path)
    assert own.names["age"] == "ika" and own.moved["1a"] == "2b" and own.names["vuosi"] == "timeperiod_y"


# --- both interfaces -------------------------------------------------------------------------------------------------

TABLE = "/api/v2/tables/TAB638"
SIZES = {"Region": ["00", "01"], "Kon": ["1", "2"], "ContentsCode": ["BE0101N1"], "Tid": ["2023", "2024"]}


def test_version_2_is_asked_by_get(server):
    server.pages["GET", TABLE + "/metadata"] = dataset(SIZES, [])
    answer = dataset({"Region": ["00"], "ContentsCode": ["BE0101N1"], "Tid": ["2024"]}, [50937])
    server.pages["GET", TABLE + "/data"] = answer
    query = {"Region": ["00"], "ContentsCode": ["*"], "Tid": ["top 1"]}
    for end in ("", "/metadata", "/data", "/"):
        rows = fetch(server.host + TABLE + end + "?lang=sv", query)
        assert rows == [["Region", "ContentsCode", "Tid", "value"], ["00", "BE0101N1", "2024", "50937"]]
        asked = parse_qs(urlsplit(server.asked[-1][1]).query)
        expected = {"valueCodes[Region]": ["00"], "valueCodes[ContentsCode]": ["*"], "valueCodes[Tid]": ["2024"]}
        assert asked == expected | {"lang": ["sv"], "outputFormat": ["json-stat2"]}
    with pytest.raises(BackgroundError, match="region"):
        fetch(server.host + TABLE, {"Län": ["00"]})
    with pytest.raises(BackgroundError) as error:
        fetch(server.host + TABLE, {"region": ["00"], "ContentsCode": ["*"], "Tid": ["*"]})
    assert lines_to_write(error.value)["query"]["Region"] == ["00"]
    with pytest.raises(BackgroundError) as error:
        fetch(server.host + TABLE, {"Region": ["00"], "ContentsCode": ["*"]})
    assert error.value.what == "variable_needed" and error.value.words["variable"] == "Tid"


def test_a_long_query_of_version_2_is_posted(server):
    ages = [f"{n:05}" for n in range(600)]
    server.pages["GET", TABLE + "/metadata"] = dataset({"Alder": ages}, [])
    server.pages["POST", TABLE + "/data"] = dataset({"Alder": ages[1:]}, [1.5] * 599)
    assert fetch(server.host + TABLE, {"Alder": ages[1:]})[1] == ["00001", "1,5"]
    assert server.asked[-1][2] == {"selection": [{"variableCode": "Alder", "valueCodes": ages[1:]}]}


def test_the_columns_and_rows_of_version_1_are_read_too(server):
    url = server.host + FOLDER + "BefolkningNy"
    codes = {"Region": ["00"], "Tid": ["2016", "2017"], "ContentsCode": ["N1", "N2"]}
    variables = [{"code": c, "text": c, "values": v, "valueTexts": v} for c, v in codes.items()]
    server.pages["GET", FOLDER + "BefolkningNy"] = {"title": "t", "variables": variables}
    server.pages["POST", FOLDER + "BefolkningNy"] = {
        "columns": [
            {"code": "Region", "text": "region", "type": "d"},
            {"code": "Tid", "text": "year", "type": "t"},
            {"code": "N1", "text": "Population", "type": "c"},
            {"code": "N2", "text": "Change", "type": "c"},
        ],
        "comments": [],
        "data": [{"key": ["00", "2016"], "values": ["9995153", "1.5"]}, {"key": ["00", "2017"], "values": ["7", ".."]}],
        "metadata": [{"updated": "2025-02-21", "label": "Population", "source": "SCB"}],
    }
    query = {code: ["*"] for code in codes}
    assert fetch(url, query)[:3] == [
        ["Region", "Tid", "ContentsCode", "value"],
        ["00", "2016", "N1", "9995153"],
        ["00", "2016", "N2", "1,5"],
    ]
    assert fetch(url, query, wide="ContentsCode")[1:] == [["00", "2016", "9995153", "1,5"], ["00", "2017", "7", ".."]]


# --- a server that means no good -----------------------------------------------------------------------------------


def bomb(handler: BaseHTTPRequestHandler) -> None:
    content = gzip.compress(b" " * 3_000_000, 9)
    send(handler, 200, content, {"Content-Encoding": "gzip"})


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 302, b"", {"Location": "http://localhost:9/x"})


def circle(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 302, b"", {"Location": handler.path})


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass  # the client has gone


@pytest.mark.parametrize(
    ("page", "what"), [(bomb, "too_large"), (elsewhere, "redirected"), (circle, "redirected"), (drip, "too_slow")]
)
def test_limits_of_size_time_and_host(server, monkeypatch, page: Callable, what):
    monkeypatch.setattr(download, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(download, "LONGEST", 0.5 if page is drip else 20.0)
    server.pages["GET", FOLDER + "115b.px"] = page
    with pytest.raises(BackgroundError) as error:
        fetch(server.host + FOLDER + "115b.px", NEW)
    assert error.value.what == what


def test_a_redirect_within_the_host_is_followed(server):
    moved(server)
    server.pages["GET", "/old/115b.px"] = lambda h: send(h, 301, b"", {"Location": FOLDER + "115b.px"})
    server.pages["POST", "/old/115b.px"] = server.pages["POST", FOLDER + "115b.px"]
    assert fetch(server.host + "/old/115b.px", NEW)[1][-1] == "12"


# --- what the project itself names ---------------------------------------------------------------------------------


def test_docs_and_skeleton_name_only_tables_of_the_catalogue_as_they_are_now():
    text = resources.files("evaltools.authoring").joinpath("statfin.toml").read_text(encoding="utf-8")
    catalogue = tomllib.loads(text)
    tables = {table["url"]: table for table in catalogue["tables"]}
    page = (ROOT / "docs" / "study-file.md").read_text(encoding="utf-8")
    skeleton = resources.files("evaltools.authoring").joinpath("starter/study.toml").read_text(encoding="utf-8")
    assert "_pxt_" not in page + skeleton
    named = re.findall(r"`(\w+/\w+\.px)`", page) + re.findall(r"StatFin/(\w+/\w+\.px)", skeleton)
    assert len(named) > 3 and set(named) <= {"/".join(url.split("/")[-2:]) for url in tables}
    block = skeleton.split("# [[background]]\n")[1].replace("# ", "")
    written = tomllib.loads(block)
    assert set(written["query"]) == set(tables[written["url"]]["query"])
    for url, table in tables.items():  # every code a table's row names is asked by its query, too
        row = next((line for line in page.splitlines() if f"`{'/'.join(url.split('/')[-2:])}`" in line), None)
        assert row is not None and [code for code in table["query"] if f"`{code}`" not in row] == []
        assert not set(table["query"]) & set(catalogue["names"])


def test_the_command_says_what_to_write(server, tmp_path, capsys):
    from conftest import write_study

    moved(server)
    folder = write_study(tmp_path / "small")
    path = folder / "study.toml"
    block = f'[[background]]\nfile = "v.csv"\nurl = "{server.host}{FOLDER}statfin_tyokay_pxt_115b.px"\n'
    block += 'query = { Alue = ["MK01"], Vuosi = ["2024"], Tiedot = ["vaesto"] }\n'
    path.write_text(path.read_text(encoding="utf-8") + block, encoding="utf-8")
    assert main(["refresh-background", str(folder), "--replace", "--language", "fi"]) == 1
    said = capsys.readouterr().err
    assert 'contentscode = ["tyokay-vaesto"]' in said and f'url = "{server.host}{FOLDER}115b.px"' in said
    assert not (folder / "background" / "v.csv").exists()
