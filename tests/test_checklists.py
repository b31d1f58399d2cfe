"""Reporting checklists: every number of each is there, every filled item is what the results say, every other says
what to write."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest
from conftest import write_study

import evaltools as ev
from evaltools import i18n
from evaltools.report.charts.boxes import Box, Chain, Link
from evaltools.results.records import ResultSet
from evaltools.sections import checklists, registry
from evaltools.sections.checklists.facts import FACTS, INDEX, Fact, facts
from evaltools.sections.material import Labels
from evaltools.study.evaluation_model import Disclosure
from evaltools.study.method_model import Method

# the items of each checklist, by their numbers in it; 6(b) of STROBE is of matched studies
NUMBERS = {
    "strobe": "1a 1b 2 3 4 5 6a 6b 7 8 9 10 11 12a 12b 12c 12d 12e 13a 13b 13c 14a 14b 14c 15 16a 16b 16c 17 18 19 "
    "20 21 22",
    "trend": " ".join(map(str, range(1, 23))),
    "consort": "1a 1b 2 3 4 5a 5b 6 7 8 9 10 11 12a 12b 13 14 15 16a 16b 17a 17b 18 19 20a 20b 21a 21b 21c 21d 22a 22b "
    "23a 23b 24a 24b 25 26 27 28 29 30",
    "cherries": " ".join(map(str, range(1, 31))),
    "dac": " ".join(map(str, range(1, 7))),
    "kirkpatrick": " ".join(map(str, range(1, 5))),
}


def test_every_item_of_every_checklist_is_asked():
    for name, numbers in NUMBERS.items():
        asked = [number for item in checklists.items() for number in item.numbers.get(name, ())]
        assert set(asked) == set(numbers.split()), name


def test_facts_keys_and_parts_are_those_that_there_are():
    items = checklists.items()
    assert {fact for item in items for fact in item.facts} == set(FACTS)
    written = {item.write.removeprefix("method.") for item in items if item.write.startswith("method.")}
    assert written == set(Method.model_fields)
    for section, part, _ in FACTS.values():
        assert section == INDEX or part in registry.SECTIONS[section].parts, (section, part)


# --- every filled item is true -----------------------------------------------------------------

Rows = pd.DataFrame
TOKEN = re.compile(r"\d[\d\s,.\N{NO-BREAK SPACE}]*\d|\d")


def one(rows: Rows, topic: str, table: str, measure: str, **where: str) -> pd.Series | None:
    """The row that stands there, looked for without our own helpers."""
    keys = {
        "topic": topic,
        "table": table,
        "measure": measure,
        "scope": "all",
        "by": "",
        "group": "",
        "item": "",
    } | where
    found = rows
    for column, wanted in keys.items():
        found = found[found[column] == wanted]
    return found.iloc[0] if len(found) == 1 else None


def many(rows: Rows, **where: str) -> Rows:
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    return rows


def shares(*found: pd.Series) -> list[float]:
    """What is printed of shares, in per cent: the number, or both ends of the range but one that is 0 or 100."""
    said: list[float] = []
    for row in found:
        ends = [row["estimate"]] if pd.notna(row["estimate"]) else [row["possible_lower"], row["possible_upper"]]
        said += [100 * float(end) for end in ends if len(ends) == 1 or 0 < end < 1]
    return said


def counts(rows: Rows, *places: str) -> list[float]:
    return [float(one(rows, *place.split("."))["count"]) for place in places]


def amounts(rows: Rows, table: str, *measures: str) -> list[float]:
    return [float(one(rows, "monitoring", table, measure)["estimate"]) for measure in measures]


TOTAL = {"by": "total", "group": "total"}


def placed(rows: Rows, *columns: str) -> list[float]:
    """Of the three main rates: those columns of the rows that have an estimate."""
    said: list[float] = []
    for measure in ("employed", "student_full_time", "student_any"):
        row = one(rows, "placement", "placement", measure, **TOTAL)
        if row is not None and pd.notna(row["estimate"]):
            bounds = row["answered"] != row["invited"]
            chosen = [c for c in columns if bounds or not c.startswith("bound")]
            said += [float(row[c]) * (100 if c in ("estimate", "bound_lower", "bound_upper") else 1) for c in chosen]
    return said


def arm_counts(rows: Rows, *columns: tuple[str, str, str]) -> list[float]:
    said: list[float] = []
    for arm in ("program", "control"):
        for table, measure, column in columns:
            found = many(rows, table=table, by="arm", group=arm, scope="all")
            found = found[found["measure"] == measure] if measure else found
            said += [float(found[column].iloc[0])] if len(found) else []
    return said


def benchmark(rows: Rows) -> list[float]:
    said: list[float] = []
    table = many(rows, topic="placement", table="benchmark")
    for _, gap in many(table, group="difference").dropna(subset=["estimate"]).iterrows():
        if gap["measure"] != "unemployed":
            theirs = many(table, group="benchmark", item=gap["item"])["estimate"].iloc[0]
            said += [100 * float(theirs), abs(100 * float(gap["estimate"]))]
    return said


def differences(rows: Rows, scale: float = 100, **where: str) -> list[float]:
    found = many(rows, **where).dropna(subset=["estimate"])
    found = found[found["measure"] != "unemployed"]
    return [abs(scale * float(row[c])) for _, row in found.iterrows() for c in ("estimate", "lower", "upper")]


# what the numbers of each fact are: by hand from the rows and the study file, in the order of the sentence
TRUTH: dict[str, Callable[[Rows, Labels], list[float]]] = {
    "arms": lambda r, s: arm_counts(r, ("placement", "employed", "invited")),
    "arm_flow": lambda r, s: arm_counts(
        r,
        ("placement", "employed", "invited"),
        ("arm_take_up", "", "count"),
        ("arms", "paired", "count"),
        ("placement", "employed", "answered"),
    ),
    "before_after": lambda r, s: counts(r, "survey.responses.both"),
    "data": lambda r, s: [len(r)],
    "funding": lambda r, s: [s.study.budget.grant] if s.study.budget else [],
    "environment": lambda r, s: shares(one(r, "background", "employment", "unemployment", item="latest", **TOTAL)),
    "objectives": lambda r, s: [len(s.study.objectives)],
    "outreach": lambda r, s: [
        one(r, "monitoring", "outreach", m, **TOTAL)["count"] for m in ("reached", "applicants", "enrolled")
    ],
    "outcomes": lambda r, s: [sum(q.primary for q in s.study.survey.questions)],
    "sources": lambda r, s: [len({source.name("en") for source in s.study.sources})],
    "reliability": lambda r, s: list(many(r, table="scale_reliability", measure="omega")["estimate"].dropna()),
    "age_groups": lambda r, s: [len(s.study.age_groups)],
    "methods": lambda r, s: [len(many(r, topic="report", table="methods"))],
    "pairs": lambda r, s: sorted(
        {float(f(many(r, topic="survey", table="item", measure="paired", scope="all")["count"])) for f in (min, max)}
    ),
    "followed": lambda r, s: counts(r, "placement.followup.invited", "placement.followup.answered"),
    "arm_subgroups": lambda r, s: [many(r, table="arm_heterogeneity")["by"].nunique()],
    "groups": lambda r, s: [
        len(set(many(r, topic="placement", table="placement", scope="all")["by"]) - {"total", "arm"})
    ],
    "silence": lambda r, s: placed(r, "bound_lower", "bound_upper")[:2],
    "weighted": lambda r, s: [100 * one(r, "placement", "placement", "employed", **TOTAL)["weighted"]],
    "attrition": lambda r, s: [len(set(many(r, topic="survey", table="attrition")["by"]) - {"total"})],
    "losses": lambda r, s: counts(
        r, *(f"survey.responses.{m}" for m in ("participants", "start", "asked_at_end", "both"))
    ),
    "completion": lambda r, s: shares(
        *(one(r, "participants", "completion", m, **TOTAL) for m in ("completed", "dropped"))
    ),
    "take_up": lambda r, s: shares(*(row for _, row in many(r, topic="placement", table="arm_take_up").iterrows())),
    "composition": lambda r, s: shares(
        *(
            row
            for by in ("gender", "age_group")
            for _, row in many(r, topic="participants", table="composition", by=by, scope="all").iterrows()
            if row["count"] and (pd.notna(row["estimate"]) or pd.notna(row["possible_lower"]))
        )
    ),
    "missing": lambda r, s: [len(many(r, topic="ingestion", table="missing"))],
    "balance": lambda r, s: (lambda before: [len(before), 0.1, sum(abs(each) > 0.1 for each in before)])(
        many(r, table="arm_balance", group="")["estimate"].dropna()
    ),
    "rates": lambda r, s: placed(r, "estimate", "count", "answered", "bound_lower", "bound_upper"),
    "changes": lambda r, s: [
        one(r, "survey", "summary", f"primary{end}")["estimate"]
        for end in ("", "_improved", "_worse", "_unclear", "_not_told")
    ],
    "arm_rates": lambda r, s: differences(r, table="arm_difference", item="newcombe"),
    "arm_changes": lambda r, s: differences(r, 1, table="arms", measure="difference_of_changes"),
    "arm_ratio": lambda r, s: differences(r, 1, table="arm_ratio"),
    "worse": lambda r, s: shares(
        *(
            one(r, "survey", "item", "worse", item=q.id)
            for q in [*s.study.survey.items, *s.study.survey.scales]
            if q.primary
        )
    ),
    "logic": lambda r, s: [len(many(r, topic="report", table="theory", measure="arrow"))],
    "verdicts": lambda r, s: (
        lambda notes: [len(notes), *(notes.count(v) for v in ("reached", "partly", "not", "open"))]
    )(list(many(r, topic="report", table="objective", measure="verdict")["note"])),
    "targets": lambda r, s: [
        float(one(r, "monitoring", "targets", m, item=t.id)[c])
        for t in s.study.targets
        for m, c in (("actual", "count"), ("target", "estimate"))
    ],
    "representation": lambda r, s: [
        number
        for each in s.study.representation
        for row in [
            one(r, "participants", "composition", "persons", by="target_group", group=each.target_group),
        ]
        for number in (
            row["count"],
            *shares(row),
            *shares(
                one(r, "participants", "representation", "population_share", by="target_group", group=each.target_group)
            ),
        )
    ],
    "modes": lambda r, s: shares(*(row for _, row in many(r, table="mode", measure="answered").iterrows())),
    "questions": lambda r, s: [sum(w in item.surveys for item in s.study.survey.items) for w in ("start", "end")],
    "participation": lambda r, s: shares(one(r, "survey", "responses", "start")),
    "both": lambda r, s: shares(one(r, "survey", "responses", "both")),
    "scales": lambda r, s: [n for scale in s.study.survey.scales for n in (scale.enough, len(scale.items))],
    "contacts": lambda r, s: amounts(r, "contacts", "contact", "network", "negotiation"),
    "spending": lambda r, s: [
        *amounts(r, "budget", "spent", "planned"),
        float(one(r, "monitoring", "budget", "cost_per_person", **TOTAL)["estimate"]),
    ],
    "actions": lambda r, s: amounts(r, "actions", "all", "done", "cancelled"),
    "practice": lambda r, s: [len(s.study.practice)],
    "benchmark": lambda r, s: benchmark(r),
    "feedback": lambda r, s: shares(*(row for _, row in many(r, table="feedback", measure="agree").iterrows())),
}
# they say that something is told, or repeat words of the study file
WITHOUT = {
    *("summary", "period", "placement_outcome", "flow_picture", "limits", "conclusions", "registered", "protection"),
    *("duplicates", "waves", "clusters"),
}


def names(labels: Labels) -> list[str]:
    """Words of the study file that may hold digits, the longest first."""
    study, language = labels.study, labels.language
    texts = [labels.question(q.id) for q in study.survey.questions]
    texts += [labels.ages(group.id) for group in study.age_groups]
    texts += [
        each.name(language) for of in (study.sources, study.objectives, study.practice, study.targets) for each in of
    ]
    texts += [code.name(language) for codes in study.codes.values() for code in codes]
    texts += [group.name(language) for group in study.target_groups]
    return sorted(filter(None, texts), key=len, reverse=True)


def printed(sentence: str, labels: Labels) -> list[float]:
    """The numbers of a sentence."""
    for name in names(labels):
        sentence = sentence.replace(name, "|")
    found = TOKEN.findall(sentence.replace("95%", "").replace("results.csv", ""))
    if labels.language == "en":
        return [float(re.sub(r"[,\s\N{NO-BREAK SPACE}]", "", each).rstrip(".")) for each in found]
    return [float(re.sub(r"[\s\N{NO-BREAK SPACE}]", "", each).replace(",", ".").rstrip(".")) for each in found]


def assert_facts_are_true(rows: Rows, labels: Labels) -> dict[str, list[Fact]]:
    """Every fact that is told says the numbers that stand in the results; what was told."""
    with i18n.share_decimals(labels.share_decimals):
        told = {id: said for id, said in facts(rows, labels).items() if said}
    assert set(told) <= set(TRUTH) | WITHOUT
    for id in set(told) & set(TRUTH):
        said = [number for fact in told[id] for number in printed(fact.sentence, labels)]
        truth = [float(number) for number in TRUTH[id](rows, labels)]
        assert len(said) == len(truth), (id, [fact.sentence for fact in told[id]], truth)
        for shown, true in zip(said, truth, strict=True):
            assert abs(shown - true) <= 0.5 + 1e-9 and (true >= 1 or abs(shown - true) <= 0.051), (id, shown, true)
    return told


# --- a study of one's own ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def labels(tmp_path_factory) -> Labels:
    words = '\n[method]\nethics = { fi = "Lausunto saatiin.", en = "A board approved it: <1>." }\n\n[budget]\ngrant'
    folder = write_study(tmp_path_factory.mktemp("checklists") / "s", {"[budget]\ngrant": words})
    return ev.open_study(folder).term("T2", "en").labels


def made(labels: Labels) -> pd.DataFrame:
    """Rows of two sections: participation in the surveys, and placement."""
    settings = Disclosure(method="none", reason="made up")
    survey = ResultSet("s", "T2", "public", "survey", settings)
    for measure, count in (("participants", 40), ("start", 30), ("asked_at_end", 36), ("end", 20), ("both", 18)):
        survey.count("responses", measure, count, 40 if measure != "both" else 36)
    for mode, count in (("survey", 24), ("interview", 6)):
        survey.count("mode", "answered", count, 30, by="survey", group="start", by2="mode", group2=mode)
    placement = ResultSet("s", "T2", "public", "placement", settings)
    placement.rate("placement", "employed", 9, 12, 20, by="total", group="total")
    return pd.concat([survey.frame(), placement.frame()], ignore_index=True)


def page(labels: Labels, rows: pd.DataFrame) -> dict[str, str]:
    from evaltools.report.render import html

    return {
        p.id: html.part(p)
        for p in checklists.parts(rows, labels, lambda f: (f"public-en/{f.section}.html#{f.part}", f.section))
    }


def test_the_design_chooses_the_checklists(labels):
    assert checklists.chosen(labels.study, made(labels)) == ["strobe", "cherries", "dac", "kirkpatrick"]
    no_survey = made(labels)
    no_survey = no_survey[no_survey["topic"] != "survey"]
    assert checklists.chosen(labels.study, no_survey) == ["strobe", "dac", "kirkpatrick"]


def test_an_item_has_its_sentence_and_link_what_people_wrote_or_the_key_to_write(labels):
    shown = page(labels, made(labels))
    share = "Share employed: whatever those who did not answer would have said, 45.0–\N{WORD JOINER}85.0%."
    assert share in shown["strobe"] and 'href="public-en/placement.html#placement-rates"' in shown["strobe"]
    assert "Of the participants 75.0% answered the start survey." in shown["cherries"]
    assert "A board approved it: &lt;1&gt;." in shown["cherries"]
    assert "Not known: write it in the study file, [method] key setting." in shown["strobe"]
    assert "Not known: it comes from [comparison] of the study file." in shown["strobe"]
    told = assert_facts_are_true(made(labels), labels)
    assert {"losses", "silence", "participation", "both", "modes", "rates"} <= set(told)
    assert told["modes"][0].sentence == "Start survey: survey 80%, interview 20%."


def test_how_many_items_are_told_is_counted(labels):
    found = checklists.answers("cherries", facts(made(labels), labels), labels)
    filled = sum(answer.is_filled for answer in found)
    assert f"Items: 30; told: {filled}, still to be written: {30 - filled}." in page(labels, made(labels))["cherries"]
    assert [answer.number for answer in found] == NUMBERS["cherries"].split()


def test_a_chain_has_an_arrow_between_each_two_boxes():
    with pytest.raises(ValueError, match="2 boxes but 2 arrows"):
        Chain("a", [Box("b"), Box("c")], [Link("d"), Link("e")])
