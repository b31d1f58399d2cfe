"""The final report: conclusions that follow the data in both directions, objectives, practice, what is hidden."""

from dataclasses import replace

import pandas as pd
import pytest

from evaltools import session
from evaltools.report.render import html
from evaltools.results.records import ResultSet
from evaltools.sections import final, registry
from evaltools.sections.final import conclusions, hidden, objectives, practice, theory
from evaltools.sections.material import Labels
from evaltools.study import loader
from evaltools.study.evaluation_model import Comparison, Disclosure, Indicator
from evaltools.study.faults import StudyError

NO_PARTS = {"survey": {}, "placement": {}}
EDITS = {
    "[followup]\n": """[[objectives]]
id = "reach"
name = "Reaching people"
actions = ["a1", "a2"]
targets = ["people"]
target_groups = ["low"]
items = ["q1", "fb"]
placement = ["employed"]
contacts = ["network", "contact"]

[[practice]]
id = "share"
name = "Share of starters"
target_group = "low"

[[practice]]
id = "model"
name = "The model"
action = "a1"

[[practice]]
id = "units"
name = "Units"
values = { T1 = 1, T2 = 3 }
of = 4

[followup]
""",
}


@pytest.fixture
def small(make_study):
    """A reader of the small study in English, and a maker of books of a topic."""
    opened = session.open_study(make_study(EDITS)).term("T2", "en", "internal")
    return opened.labels


def book(topic):
    return ResultSet("small", "T2", "internal", topic, Disclosure())


def target(actual, elapsed=1.0):
    made = book("monitoring")
    made.amount("targets", "target", 4, "persons", item="people")
    made.amount("targets", "time_elapsed", elapsed, "share", item="people")
    made.count("targets", "actual", actual, item="people")
    return made.frame()


@pytest.mark.parametrize(
    ("actual", "elapsed", "said"),
    [
        (4, 1.0, "Quantitative target met: people 4 (target 4)."),
        (3, 1.0, "Quantitative target not met: people 3 (target 4)."),
        (2, 0.5, "Quantitative target on track: people 2 (target 4)."),
        (1, 0.5, "Quantitative target behind schedule: people 1 (target 4)."),
    ],
)
def test_a_target_is_concluded_from_its_actual_and_the_time(small, actual, elapsed, said):
    assert conclusions.targets(target(actual, elapsed), small) == [said]


@pytest.mark.parametrize(
    ("improved", "worse", "said"),
    [
        (3, 0, "answers to 3 of 4 main questions became more positive during the studies and none"),
        (0, 2, "answers to 2 of 4 main questions became less positive during the studies and none"),
        (2, 1, "answers to 2 of 4 main questions became more positive and to 1 less positive"),
        (0, 0, "None of the 4 main questions shows a clear change"),
    ],
)
def test_change_is_concluded_from_the_primary_questions(small, improved, worse, said):
    made = book("survey")
    counts = {"improved": improved, "worse": worse, "unclear": 4 - improved - worse}
    for direction, count in counts.items():
        made.amount("summary", f"primary_{direction}", count, "items")
    made.amount("summary", "primary", 4, "items")
    (sentence,) = conclusions.change(made.frame(), small)
    assert said in sentence


@pytest.mark.parametrize(
    ("placed", "said"),
    [
        ((180, 200, 210), "More than half of the people contacted are in work: 90.0%"),
        ((150, 200, 400), "can be anything from 37.5% to 87.5%"),
        ((20, 200, 210), "Fewer than half of the people contacted are in work: 10.0%"),
        ((50, 200, 400), "Fewer than half of follow-up respondents are in work (25.0%), but"),
        ((100, 200, 210), "We cannot say whether that is more or less than half"),
        ((180, 200, 200), "More than half of the people contacted are in work (90.0%)."),
        ((20, 200, 200), "Fewer than half of the people contacted are in work (10.0%)."),
        ((100, 200, 200), "Exactly half of the people contacted are in work (50.0%)."),
    ],
)
def test_placement_is_concluded_for_all_invited_only_where_the_bounds_allow(small, placed, said):
    made = book("placement")
    made.rate("placement", "employed", *placed, by="total", group="total")
    (sentence,) = conclusions.placed(made.frame(), small)
    assert said in sentence


@pytest.mark.parametrize(
    ("ends", "benchmark", "effect"),
    [
        ((0.02, 0.2), "A larger share of respondents is in work", "More people are in work in the project"),
        ((-0.2, -0.02), "A smaller share of respondents is in work", "Fewer people are in work in the project"),
        (
            (-0.02, 0.2),
            "does not differ clearly from the benchmark",
            "No statistically significant difference in employment",
        ),
    ],
)
def test_a_difference_is_concluded_only_where_its_interval_leaves_zero(small, ends, benchmark, effect):
    made = book("placement")
    where = {"lower": ends[0], "upper": ends[1]}
    made.amount("benchmark", "employed", sum(ends) / 2, "share", item="employed", group="difference", **where)
    made.amount("arm_difference", "employed", sum(ends) / 2, "share", item="newcombe", **where)
    assert benchmark in conclusions.benchmark(made.frame(), small)[0]
    assert effect in conclusions.effect(made.frame(), small)[0]


@pytest.mark.parametrize(("arms", "said"), [(("on", "off"), ["90.0%", "50.0%"]), (("on", "other"), [])])
def test_the_head_tells_both_arms_of_a_study_with_a_comparison_group(small, arms, said):
    made = book("placement")
    for arm, placed in (("on", 90), ("off", 50)):
        made.rate("placement", "employed", placed, 100, 100, by="arm", group=arm)
    compared = Comparison(treated=arms[0], control=arms[1])
    labels = replace(small, study=small.study.model_copy(update={"comparison": compared}))
    points = final.head.part(made.frame(), labels, {}).points
    found = [point.text for point in points if point.to == "placement-arms"]
    assert [share for text in found for share in ("90.0%", "50.0%") if share in text] == said


@pytest.mark.parametrize(("ends", "said"), [((1.1, 1.4), ["Over-"]), ((0.5, 0.9), ["Under-"]), ((0.9, 1.1), [])])
def test_reach_is_concluded_from_the_representation_ratio(small, ends, said):
    made = book("participants")
    place = {"by": "target_group", "group": "low"}
    made.amount("representation", "representation_ratio", 1.0, "share", lower=ends[0], upper=ends[1], **place)
    found = conclusions.reach(made.frame(), small)
    assert [word for word in ("Over-", "Under-") if any(word in sentence for sentence in found)] == said


@pytest.mark.parametrize(
    ("spent", "elapsed", "said"),
    [
        (1.05, 1.0, "than planned"),
        (0.7, 0.5, "ahead of schedule"),
        (0.3, 0.5, "behind schedule"),
        (0.5, 0.5, "on schedule"),
    ],
)
def test_money_is_concluded_beside_time(small, spent, elapsed, said):
    made = book("monitoring")
    made.amount("budget", "spent_share", spent, "share")
    rows = pd.concat([made.frame(), target(4, elapsed)], ignore_index=True)
    assert said in conclusions.money(rows, small)[0]


@pytest.mark.parametrize(("share", "told"), [((100, 200), True), ((180, 200), False)])
def test_few_answers_are_a_limit(small, share, told):
    made = book("placement")
    made.count("followup", "answered", *share)
    said = " ".join(conclusions.limits(made.frame(), small, NO_PARTS).sentences)
    assert ("known for only 50.0%" in said) is told
    assert "There was no comparison group" in said


def test_a_comparison_group_changes_what_cannot_be_concluded(small):
    made = book("placement")
    made.amount("arm_difference", "employed", 0.1, "share", item="newcombe", lower=0.0, upper=0.2)
    said = conclusions.limits(made.frame(), small, NO_PARTS).sentences
    assert "only as far as" in said[0] and "There was no comparison group" not in " ".join(said)


def test_objectives_tell_results_then_actions(small):
    term = session.open_study(small.study.folder).term("T2", "en", "internal")
    rows = term.stage_results()
    made = book("report")
    objectives.rows(made, small.study, rows)
    rows = pd.concat([rows, made.frame()], ignore_index=True)
    whole, one = objectives.parts(rows, small, {})
    assert whole.blocks[0].rows == [["Reaching people", "Partly", "●●●", 2.0, 1.0, 0.0]]
    assert one.id == "objectives.reach"
    assert one.sentences[0] == "People: 5 (target 4). Supports the objective."
    assert one.sentences[1].startswith("Low education: ") and one.sentences[1].endswith(" Does not settle it.")
    assert "entry about networks" in " ".join(one.sentences)
    assert [line[0] for line in one.blocks[0].rows] == ["First", "Second"]


def test_conclusions_count_only_the_verdicts_that_there_are(small):
    made = book("report")
    for item, note in enumerate(("reached", "partly", "partly")):
        made.amount("objective", "verdict", None, note=note, item=str(item))
    assert conclusions.verdicts(made.frame(), small) == ["Of 3 objectives, 1 was reached and 2 were partly reached."]


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [
        (["yes", "yes"], "reached"),
        (["yes", "open"], "partly"),
        (["yes", "no"], "partly"),
        (["no", "open"], "not"),
        (["open"], "open"),
        ([], "open"),
    ],
)
def test_a_verdict_is_no_better_than_what_it_is_counted_from(votes, verdict):
    assert objectives._verdict(frozenset(votes)) == verdict


@pytest.mark.parametrize(
    ("tested", "votes", "mark"),
    [
        (True, ["yes", "yes"], "supported"),
        (True, ["yes", "no"], "open"),
        (True, ["open"], "open"),
        (True, ["no", "open"], "contradicted"),
        (True, [], "no_data"),
        (False, [], "never_tested"),
    ],
)
def test_an_arrow_is_marked_by_what_results_say_of_the_step_it_leads_to(tested, votes, mark):
    assert theory.mark(tested, [objectives.Vote({vote}, {2}) for vote in votes]) == mark


def test_an_arrow_is_open_where_the_exact_numbers_may_say_either():
    assert theory.mark(True, [objectives.Vote(objectives.ANY, {2})]) == "open"
    assert theory.mark(True, [objectives.Vote({"no"}, {2}), objectives.Vote(objectives.ANY, {2})]) == "open"


@pytest.mark.parametrize(("actual", "reached"), [(4, "supported"), (3, "contradicted")])
def test_the_logic_of_the_plan_is_a_picture_with_a_table(small, actual, reached):
    """Of the target there is a result, of questions and placement none; contacts have nothing to be judged by."""
    reach = small.study.objectives[0]
    contacts = reach.model_copy(update={"id": "net", "targets": [], "target_groups": [], "items": [], "placement": []})
    study = small.study.model_copy(update={"objectives": [reach, contacts]})
    now, made = target(actual), book("report")
    theory.rows(made, study, now)
    rows = made.frame()
    arrows = rows[rows["measure"] == "arrow"]
    said = [reached, "no_data", reached, "never_tested", "never_tested"]
    assert list(arrows["note"]) == said
    assert list(arrows["group"]) == ["outputs", "outcomes", "objective", "outputs", "objective"]
    part = theory.part(rows, replace(small, study=study), {})
    counted = {mark: said.count(mark) for mark in theory.MARKS}
    assert part.sentences[0] == (
        "Arrows from actions to objectives: supported {supported}, open {open}, contradicted {contradicted}, "
        "no data {no_data}, never tested {never_tested}.".format(**counted)
    )
    [figure] = part.blocks
    assert figure.alt.startswith("Arrows from ")
    shown = [[line[0], line[3]] for line in figure.data.rows]
    words = [each.replace("_", " ") for each in said]
    assert shown[:4] == [["Reaching people", mark] for mark in ["", *words[:3]]]
    assert all(f">{mark.split()[0]}" in figure.svg for mark in set(words))


def test_practice_follows_the_studys_own_indicators(small):
    term = session.open_study(small.study.folder).term("T2", "en", "internal")
    made = book("report")
    practice.rows(made, small.study, small.term, term.stage_results())
    part = practice.part(made.frame(), small, {})
    assert part.sentences[1] == "The model: completed on 11 February 2021."
    assert part.sentences[2] == "Units: 3 of 4 (autumn), up from 1 (spring)."
    assert [html.cell(v, part.blocks[0].columns[1], "en") for v in part.blocks[0].rows[1]] == ["Units", "1", "3"]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ((0.70, 0.80), "70–80%"),
        ((0.62, 0.72), "The rounded figures do not show whether the share has changed."),
        ((0.40, 0.50), "down from 60–65%"),
    ],
)
def test_practice_tells_of_a_share_that_is_rounded_between_what_it_lies(small, last, said):
    found = book("participants")
    at = {"by": "target_group", "group": "any"}
    for term, (low, high) in {"T1": (0.60, 0.65), "T2": last}.items():
        found.amount("composition", "persons", None, "share", scope=term, possible_lower=low, possible_upper=high, **at)
    made = book("report")
    indicator = Indicator(id="starters", name="Share", target_group="any")
    study = small.study.model_copy(update={"practice": [indicator]})
    practice.rows(made, study, small.term, found.frame())
    part = practice.part(made.frame(), replace(small, study=study), {})
    assert said in part.sentences[0] and "not known" not in part.sentences[0]


def test_what_is_hidden_is_counted_from_the_results(small):
    public = Labels(small.study, small.term, "en", "public")
    made = ResultSet("small", "T2", "public", "placement", Disclosure())
    made.rate("placement", "employed", 5, 5, 20, by="total", group="total")
    made.rate("placement", "unemployed", 5, 50, 60, by="total", group="total")
    rows = ResultSet("small", "T2", "public", "report", Disclosure())
    hidden.rows(rows, made.frame())
    part = hidden.part(rows.frame(), public, {})
    assert part.sentences[0].startswith(
        "The reports have 2 figures. 1 is not shown because it is based on fewer than 10 people"
    )
    assert part.blocks[0].rows == [["Placement", 2.0, 1.0, 1.0]]
    made.rows.pop(0)
    rows = ResultSet("small", "T2", "public", "report", Disclosure())
    hidden.rows(rows, made.frame())
    assert hidden.part(rows.frame(), public, {}).sentences[0].startswith("All figures (1) are shown")


@pytest.mark.parametrize(
    ("edit", "where", "what"),
    [
        (('actions = ["a1", "a2"]', 'actions = ["a9"]'), "objectives.0.actions", "a9"),
        (('items = ["q1", "fb"]', 'items = ["q9"]'), "objectives.0.items", "q9"),
        (('target_groups = ["low"]', 'target_groups = ["nobody"]'), "objectives.0.target_groups", "nobody"),
        (("values = { T1 = 1, T2 = 3 }", "values = { T9 = 1 }"), "practice.2.values", "T9"),
        (("of = 4", "of = 2"), "practice.2.values", "above the number of all"),
        (('action = "a1"\n', 'action = "a1"\ntarget_group = "low"\n'), "practice.1", "exactly one"),
    ],
)
def test_faults_of_objectives_and_practice_are_located(make_study, edit, where, what):
    folder = make_study({"[followup]\n": EDITS["[followup]\n"].replace(*edit)})
    with pytest.raises(StudyError) as caught:
        loader.load(folder)
    assert any(f": {where}: " in line and what in line for line in caught.value.lines("en"))


def test_a_target_of_target_groups_needs_groups(make_study):
    """A study without groups would count nobody for ever."""
    folder = make_study({'measure = "participants"': 'measure = "target_group_students"'})
    assert loader.load(folder).targets[0].measure == "target_group_students"
    path = folder / "study.toml"
    content = path.read_text(encoding="utf-8")
    for first, last in (("[[target_groups]]", "[codes]"), ("[[representation]]", "[followup]")):
        content = content[: content.index(first)] + content[content.index(last) :]
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StudyError, match=r"targets\.0\.measure: the measure target_group_students needs target groups"):
        loader.load(folder)


def test_every_section_stands_in_the_report_or_says_why_not(make_study, no_pictures):
    """A study with nothing but a register of persons still has every chapter, each without a source in one line."""
    without = ("start_survey", "end_survey", "followup", "outreach", "actions", "contacts", "budget")
    term = session.open_study(make_study(without=without)).term("T2", "en", "internal")
    parts = term.section("report").parts
    chapters = [id for id, level, _ in final.SECTIONS if level == 2]
    assert [id for id, part in parts.items() if part.level == 2] == chapters
    for id in final.ABSENT:
        assert len(parts[id].sentences) == 1 and "has no source for" in parts[id].sentences[0], id


def test_every_part_that_the_report_takes_from_a_section_is_registered_with_both():
    for part, _, source in final.SECTIONS:
        if isinstance(source, str):
            assert part in registry.SECTIONS[source].parts, part
            assert part in registry.SECTIONS[registry.FINAL].parts, part
