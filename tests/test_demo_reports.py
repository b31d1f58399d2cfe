"""The demo's reports: every number of them is a number of ``results`` - in tables and figures exactly, in sentences as
printed -, their notebooks show every part, and they answer a reader's ten questions where one looks for them."""

import itertools
import re
from pathlib import Path

import pandas as pd
import pytest
from conftest import open_demo
from test_checklists import assert_facts_are_true
from test_notebooks import NOTEBOOKS, TOPIC, code

from evaltools import i18n
from evaltools.disclosure import cells, prior_knowledge, release_check
from evaltools.disclosure.release_log import Published
from evaltools.report.document import Column, Figure, KeyFigures, Number, Table
from evaltools.report.render import html
from evaltools.results import records
from evaltools.results.records import NUMBERS, WITHHELD, pick, value
from evaltools.sections import registry
from evaltools.statistics import methods

# numbers of the texts themselves: confidence levels, thresholds and scale ends that the sentences explain
ROOT = Path(__file__).parent.parent
FIRST = 3  # sentences of a section that stand on its first screen
SAID = {"95", "0", "1", "2", "−1", "−2", "0,1", "0.1", "30", "5", "10", "60", "50", "0,001", "0.001", "100", "−", "20"}
# how many numbers a picture lacks is counted from it
MISSING = re.compile(r"\d+ (numbers are missing|lukua puuttuu)\.")
TOKEN = re.compile(r"−?\d[\d\s\N{NO-BREAK SPACE},.]*\d|−?\d")


@pytest.fixture(scope="module", params=itertools.product(["public", "internal"], ["fi", "en"]), ids="-".join)
def term(request):
    edition, language = request.param
    return open_demo("2023K", edition, language)


def numbers(rows: pd.DataFrame) -> set[float]:
    return {round(float(v), 9) for c in NUMBERS for v in rows[c].dropna()}


def subtracted(table: Table, line: list, language: str) -> dict[int, float]:
    """By its place in the line, a mean change beside the two means: what a reader finds who subtracts them as printed.

    Both means are results, and are tested as such.
    """
    labels = [column.label for column in table.columns]
    start, end, change = (i18n.say(f"survey.column.{name}", language) for name in ("start", "end", "change"))
    found = {}
    for place in range(2, len(labels)):
        if labels[place - 2 : place + 1] == [start, end, change] and None not in line[place - 2 : place + 1]:
            cells = zip(line[place - 2 : place], table.columns[place - 2 : place], strict=True)
            first, last = (read(html.cell(value, column, language)) for value, column in cells)
            found[place] = round(last - first, table.columns[place].decimals)
    return found


def read(shown: str) -> float:
    return float(shown.replace(",", ".").replace("\N{MINUS SIGN}", "-"))


def test_every_number_of_a_table_or_figure_is_a_result(term):
    rows = term.results
    known = numbers(rows)
    missing = []
    for topic in registry.TOPICS:
        tables = term.section(topic).tables
        changes = {}  # of a question, as the table with its two means prints it; another table repeats that
        for table in tables:
            for line in table.rows:
                for place, change in subtracted(table, line, term.language).items():
                    assert line[place] == change, (topic, table.id, line)
                    assert changes.setdefault(line[0], change) == change, (topic, table.id, line)
        label = i18n.say("survey.column.change", term.language)
        for table in tables:
            for line in table.rows:
                for column, each in zip(table.columns, line, strict=True):
                    shown = each.value if isinstance(each, Number) else each
                    if column.label == label and line[0] in changes and shown == changes[line[0]]:
                        continue
                    if isinstance(shown, int | float) and round(float(shown), 9) not in known:
                        missing.append((topic, table.id, line[0], shown))
    assert not missing, missing[:20]


def printed(rows: pd.DataFrame, language: str) -> set[str]:
    """The digits of every result in every way a sentence can print it."""
    shown = set()
    ways = [
        Column("", "integer"),
        Column("", "euro"),
        *(Column("", kind, d) for kind in ("percent", "decimal") for d in (0, 1, 2, 3)),
    ]
    for number in numbers(rows):
        shown |= {digits(html.cell(number, way, language)) for way in ways}
        shown.add(digits(i18n.percent(abs(number), language)))
    return shown


def is_date(bare: str, known: set[int]) -> bool:
    """Whether the digits are those of days that stand in results or in the study file."""
    return {int(d) for d in re.findall(r"\d+", bare)} <= known


def digits(shown: str) -> str:
    return re.sub(r"[^\d,.]", "", shown)


def spoken(figure: Figure) -> str:
    """The alternative text without the names of rows and columns, which may hold digits of their own."""
    texts = {cell for row in figure.data.rows for cell in row if isinstance(cell, str)}
    names = [*texts, *(column.label for column in figure.data.columns)]
    names += [part for name in names for part in name.split(": ")]
    alt = figure.alt
    for name in sorted(filter(None, names), key=len, reverse=True):
        alt = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " | ", alt)
    return alt


def test_reporting_checklists_say_what_the_results_say(term):
    assert len(assert_facts_are_true(records.as_blocks(term.results), term.labels)) > 40


def test_every_number_of_a_sentence_is_a_result(term):
    known = printed(term.results, term.language)
    dates = {int(d) for d in re.findall(r"\d+", " ".join(term.results["date"]))}
    for benchmark in term.study.benchmarks:
        dates |= {int(d) for d in re.findall(r"\d+", str(benchmark.retrieved))}
    missing = []
    for topic in registry.TOPICS:
        for part in term.section(topic).parts.values():
            if part.id in ("sources", "method"):
                continue
            pictures = [spoken(block) for block in part.blocks if isinstance(block, Figure)]
            for sentence in [*part.sentences, *part.notes, *pictures, *(point.text for point in part.points)]:
                for token in TOKEN.findall(MISSING.sub("", sentence)):
                    bare = digits(token)
                    explained = set(token.split(", ")) <= SAID
                    if not explained and bare not in known and not is_date(bare, dates):
                        missing.append((topic, part.id, token, sentence[:90]))
    assert not missing, missing[:20]


def test_both_ends_of_an_interval_are_one_column_on_a_page(term):
    names = [(low, high) for low, high in itertools.pairwise(("lower", "upper", "bound_lower", "bound_upper"))][::2]
    pairs = {tuple(i18n.say(f"column.{name}", term.language) for name in pair) for pair in names}
    tables = [
        block for topic in registry.TOPICS for part in term.section(topic).parts.values() for block in part.blocks
    ]
    for shown in (block for block in tables if isinstance(block, Table)):
        apart = [(a.label, b.label) for a, b in itertools.pairwise(shown.columns) if not a.span]
        assert not pairs & set(apart), shown.id


def test_every_method_of_a_result_is_explained_in_the_appendix(term):
    rows = term.results
    named = rows.loc[(rows["method"] != "") & rows["estimate"].notna() & (rows["topic"] != "report"), "method_id"]
    used = {id for ids in named for id in ids.split(methods.BETWEEN)}
    assert used and used == set(pick(rows, topic="report", table="methods")["measure"])
    told = rows[rows["status"] != WITHHELD]
    assert (told.loc[told["kind"] != "rate", "method_id"] != "").all()


# --- the notebooks show every part ---


@pytest.mark.parametrize("edition", ["public", "internal"])
def test_every_part_of_a_report_is_shown_by_its_notebook(edition):
    shown = {TOPIC[path.stem]: "\n".join(code(path)) for path in NOTEBOOKS}
    term = open_demo("2023K", edition, "en")
    for topic in registry.TOPICS:
        missing = [part for part in term.section(topic).parts if f'"{part.split(".")[0]}"' not in shown[topic]]
        assert not missing, (topic, missing)


# --- a reader's ten questions: each is answered in the first lines of a section, with the number of the results ---


@pytest.fixture(scope="module", params=["fi", "en"])
def report(request):
    term = open_demo("2023K", language=request.param)
    section = term.section("report")
    return term, section


def number(term, topic, column="estimate", **where):
    rows = term.rows(topic)
    return value(pick(rows, **({"scope": "all"} | where)), column)


def asked(term):
    """Section, and what its first sentences must hold: numbers of the results as the language writes them."""

    def say(v):  # in whole per cents where shares are protected
        return i18n.percent(v, term.language, term.labels.share_decimals)

    def whole(v):
        return i18n.integer(v, term.language)

    euro = i18n.euro(number(term, "monitoring", table="budget", measure="cost_per_person", by="total"), term.language)
    rate = {"table": "placement", "measure": "employed", "by": "total"}
    channels = pick(term.rows("monitoring"), table="outreach", measure="enrolled", scope="all", by="channel")
    channels = channels[channels["group"] != ":unknown"]
    most = channels.loc[channels["count"].idxmax()]
    changed = pick(term.rows("report"), table="change", group2="difference")
    judged = changed[~changed["note"].isin(["register", "unjudged"])]
    hidden = number(term, "report", table="hidden", measure="withheld", by="")
    items = pick(term.rows("survey"), table="item", measure="net_change", scope="all")
    primary = {i.id for i in term.study.survey.items if i.primary}
    decided = items[items["item"].isin(primary)].iloc[0]
    actual = number(term, "monitoring", "count", table="targets", measure="actual")
    return {
        "summary": [whole(actual), whole(number(term, "monitoring", table="targets", measure="target"))],
        "data": [whole(number(term, "survey", "count", table="responses", measure="both"))],
        "survey-results": [term.labels.question(decided["item"])],
        "placement-rates": [
            say(number(term, "placement", **rate)),
            whole(number(term, "placement", "answered", **rate)),
            say(number(term, "placement", "bound_lower", **rate)),
            say(number(term, "placement", "bound_upper", **rate)),
        ],
        "placement-benchmark": [
            say(number(term, "placement", table="benchmark", measure="employed", group="benchmark"))
        ],
        "outreach": [term.labels.group("channel", most["group"]), whole(most["count"])],
        "budget": [euro],
        "limits": [say(number(term, "placement", table="followup", measure="answered"))],
        "changes": [whole(len(judged)), whole((~judged["note"].isin(["unclear", "same"])).sum())],
        "hidden": [whole(hidden)],
    }


def first_lines(part) -> str:
    """What a part begins with: key figures with what they are read beside, bullets, its first sentences."""
    figures = [k for block in part.blocks if isinstance(block, KeyFigures) for k in block.figures]
    lines = [f"{figure.value} {figure.beside}" for figure in figures] + [point.text for point in part.points]
    return " ".join([*lines, *part.sentences[:FIRST]])


def test_each_of_ten_questions_is_answered_in_the_first_lines_of_a_section(report):
    term, section = report
    questions = asked(term)
    assert len(questions) == 10
    for id, wanted in questions.items():
        said = first_lines(section.parts[id])
        assert [w for w in wanted if w not in said] == [], (id, said)


def test_the_page_on_reading_names_the_section_of_every_question(report):
    term, section = report
    page = (ROOT / "docs" / "reading-the-report.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| [^|]+\?\s*\| \*[^*]+\* \(`([a-z-]+)`\)", page, flags=re.M)
    assert sorted(named) == sorted(asked(term))
    headings = dict(re.findall(r"\*([^*]+)\* \(`([a-z-]+)`\)", page))
    if term.language == "en":
        assert {id: section.parts[id].heading for id in named} == {id: h for h, id in headings.items()}


# --- what the gate takes for known ---


def test_what_a_reader_knows_between_two_releases_holds_of_the_counts():
    """Else what is known would contradict itself, and no figure could be exact."""
    term = open_demo("2023K")
    first, later = (release_check.counted(each.exact) for each in (term.previous, term))
    past, now = Published("2022S", 4, first), Published("2023K", 4, later)
    of_all = cells.over_terms(later)
    known = prior_knowledge.known_cells(later, of_all, now, [past])
    then = {cell._replace(scope=f"{cell.scope} (2022S, 1)"): count for cell, count in first.items()}
    assert len(known.relations) > len(of_all) + 300
    again = [r for r in known.relations if "pre>post" not in str(r)]  # who answers anew may leave a pair of answers
    assert all(relation.holds(later | then) for relation in again)
