"""Do two sentences of one study contradict each other? Rules over every page, in every language, and random studies.

    python benchmarks/contradictions.py [--studies 200] [--first 1]     prints what contradicts, then how many were read

A sentence is read by the texts that it can be made of: the words that fill a text say what it is of, its key what it
claims. Claims that exclude each other about the same thing, and one quantity with two values, are contradictions.
Studies are the small study of the tests with random people, answers, follow-up, targets and plan, run in process.
"""

from __future__ import annotations

import argparse
import copy
import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from evaltools import i18n
from evaltools.sections.registry import TOPICS
from evaltools.session import OpenTerm, open_study

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("fi", "en", "sv")


class Claim(NamedTuple):
    """What a sentence says: the question it answers, of what, its answer, and the sentence."""

    about: str
    of: str
    says: str
    sentence: str


def _each(prefix: str, says: Iterable[str]) -> dict[str, str]:
    return {f"{prefix}{name}": name for name in says}


SIDES = ("above", "below", "unclear", "not_told")
DIRECTIONS = ("improved", "worse", "unclear", "not_told")
STANDINGS = ("reached", "on_track", "close", "behind", "missed", "unknown")
EMPLOYED = ("all", "unsure", "known", "everyone")
# about what: the word of the text that says of what it is ("" for the whole study), and what each key claims
RULES: dict[str, list[tuple[str, dict[str, str]]]] = {
    "change of a question": [
        ("question", _each("survey.results.item_", DIRECTIONS)),
        ("question", _each("survey.results.published_", DIRECTIONS[:3])),
        ("question", {"survey.results.too_few": "not_judged"}),
        ("items", _each("survey.results.", (*DIRECTIONS, "not_judged"))),
        ("items", {"survey.results.others_improved": "improved", "survey.results.others_worse": "worse"}),
        ("items", {"survey.results.open_improved": "improved", "survey.results.open_worse": "worse"}),
        ("items", {"survey.margin.none": "unclear", "survey.margin.open": "unclear"}),
        ("question", _each("report.objective_", DIRECTIONS)),
    ],
    "a change that matters": [("items", _each("survey.margin.", ("none", "small", "open")))],
    "some primary question is better": [
        ("", dict.fromkeys(("survey.results.improved", "survey.results.all_improved"), "yes")),
        ("", {"survey.results.open_improved": "yes"}),
        ("", {"answer.survey_improved": "yes", "answer.survey_mixed": "yes"}),
        ("", dict.fromkeys((f"answer.survey_{k}" for k in ("worse", "unclear", "not_told", "not_judged")), "no")),
        ("", dict.fromkeys(("report.concluded.change_better", "report.concluded.change_mixed"), "yes")),
        ("", dict.fromkeys(("survey.results.all_unclear", "survey.results.all_worse"), "no")),
        ("", dict.fromkeys(("report.concluded.change_unclear", "report.concluded.change_worse"), "no")),
        ("", dict.fromkeys(("survey.results.all_not_judged", "survey.results.nobody_both"), "no")),
    ],
    "some primary question is worse": [
        ("", dict.fromkeys(("survey.results.worse", "survey.results.all_worse"), "yes")),
        ("", {"survey.results.open_worse": "yes"}),
        ("", {"answer.survey_worse": "yes", "answer.survey_mixed": "yes"}),
        ("", dict.fromkeys((f"answer.survey_{k}" for k in ("improved", "unclear", "not_told", "not_judged")), "no")),
        ("", dict.fromkeys(("report.concluded.change_worse", "report.concluded.change_mixed"), "yes")),
        ("", dict.fromkeys(("survey.results.all_unclear", "survey.results.all_improved"), "no")),
        ("", dict.fromkeys(("report.concluded.change_unclear", "report.concluded.change_better"), "no")),
        ("", dict.fromkeys(("survey.results.all_not_judged", "survey.results.nobody_both"), "no")),
    ],
    "some other question changed": [
        ("", dict.fromkeys(("survey.results.others_improved", "survey.results.others_worse"), "yes")),
        ("", {"survey.results.others_none": "no"}),
    ],
    "holds for all who started": [
        ("items", {"survey.results.sure": "yes"}),
        ("items", dict.fromkeys(("survey.results.open_improved", "survey.results.open_worse"), "no")),
    ],
    "answers are missing": [
        ("", {"survey.attrition.nobody": "no", "survey.attrition.missing": "yes", "survey.attrition.present": "yes"}),
        ("", {"survey.attrition.alike": "yes", "report.concluded.change_unsure": "yes"}),
    ],
    "who is missing differs": [
        ("", {"survey.attrition.alike": "no", "survey.attrition.missing": "yes", "survey.attrition.present": "yes"}),
    ],
    "benchmark": [("share", _each("placement.benchmark.", SIDES))],
    "employment beside the benchmark": [("", _each("report.concluded.benchmark_", SIDES[:3]))],
    "difference of the arms in employment": [("", _each("report.concluded.effect_", SIDES[:3]))],
    "difference of the arms in a question": [
        ("question", {"survey.arms.clear": "clear", "survey.arms.unclear": "unclear", "survey.arms.too_few": "few"}),
        ("question", _each("report.concluded.survey_effect_", ("clear", "unclear"))),
        ("question", _each("head.arms_change_", ("clear", "unclear"))),
    ],
    "target": [
        ("names", _each("report.concluded.", STANDINGS)),
        ("name", {"monitoring.target": "standing"}),
    ],
    "share of the population": [
        ("group", {"participants.ratio_over": "over", "participants.ratio_under": "under"}),
        ("groups", {"report.concluded.over": "over", "report.concluded.under": "under"}),
    ],
    "target groups differ in placement": [("share", {"placement.groups.differ": "yes", "placement.groups.none": "no"})],
    "backgrounds differ in placement": [
        ("share", {"placement.groups.background_differ": "yes", "placement.groups.background_none": "no"})
    ],
    "terms differ in placement": [
        ("share", {"placement.groups.terms_differ": "yes", "placement.groups.terms_none": "no"})
    ],
    "subgroups differ": [("outcome", {"comparison.groups_differ": "yes", "comparison.groups_none": "no"})],
    "agreement is highest or lowest": [
        ("question", {"survey.feedback.most": "highest", "survey.feedback.least": "lowest"}),
        (
            "",
            {
                "survey.feedback.only": "one",
                "survey.feedback.most": "apart",
                "survey.feedback.least": "apart",
                "survey.feedback.alike": "alike",
            },
        ),
        ("", {"survey.feedback.overlap": "not apart"}),
    ],
    "situation of the invited": [
        ("", {"placement.followup.all_known": "all known", "placement.followup.asked": "some unknown"}),
        ("", {"placement.limits.everyone": "all known", "placement.limits.complete": "some unknown"}),
        ("", {"placement.followup.undeclared": "not known", "placement.limits.undeclared": "not known"}),
    ],
    "more than half are employed": [
        ("", dict.fromkeys((f"report.concluded.employed_most_{k}" for k in EMPLOYED), "more")),
        ("", dict.fromkeys((f"report.concluded.employed_least_{k}" for k in EMPLOYED), "fewer")),
        ("", dict.fromkeys(("report.concluded.employed_half", "report.concluded.employed_half_known"), "open")),
    ],
    "money and time": [("", _each("report.concluded.money_", ("over", "ahead", "behind", "pace", "ended")))],
}
# a quantity that several texts hold: key and word of each
VALUES: dict[str, list[tuple[str, str]]] = {
    "share employed": [
        ("placement.rate.employed", "share"),
        *((f"report.concluded.employed_{most}_{k}", "share") for most in ("most", "least") for k in EMPLOYED),
        *((f"report.concluded.employed_{k}", "share") for k in ("half", "half_known", "half_everyone")),
    ],
    "share of the money that is spent": [
        *((f"report.concluded.money_{k}", "spent") for k in ("ahead", "behind", "pace", "ended")),
        ("monitoring.money", "share"),
    ],
    "actions done late": [("report.concluded.actions_late", "done_late"), ("monitoring.actions_are", "done_late")],
    "project time that has passed": [
        ("monitoring.elapsed", "elapsed"),
        *((f"report.concluded.money_{k}", "elapsed") for k in ("ahead", "behind", "pace")),
    ],
}
QUOTED = re.compile("[“”]([^“”]+)”")
UNFILLED = re.compile(r"\bnan\b|\bNone%|\{\w+\}|: \.(?:\s|$)|\(\)|“”|””")
NUMBER = re.compile(r"[−-]?\d[\d\u00a0.,]*")


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def texts(key: str, language: str) -> tuple[re.Pattern, ...]:
    """The sentences that a key can make, each variant of number a pattern whose groups are its words."""
    entry = i18n.catalogue()[key][language]
    return tuple(_pattern(text) for text in (entry.values() if isinstance(entry, Mapping) else [entry]))


def _pattern(text: str) -> re.Pattern:
    parts, seen = [], set()
    for literal in re.split(r"(\{\w+\})", text):
        if not literal.startswith("{"):
            parts.append(re.escape(literal))
        elif literal in seen:
            parts.append(f"(?P={literal[1:-1]})")
        else:
            seen.add(literal)
            parts.append(f"(?P<{literal[1:-1]}>.+?)")
    return re.compile(r"(?:^|(?<=[.:] ))" + "".join(parts) + r"(?=$|\s)")


def found(key: str, sentence: str, language: str) -> Iterator[Mapping[str, str]]:
    """The words of each place where a sentence says the text of a key."""
    for pattern in texts(key, language):
        yield from (match.groupdict() for match in pattern.finditer(sentence))


def _things(word: str, words: Mapping[str, str]) -> list[str]:
    """What a claim is of: each item of a list, a question without the mark of its direction, or the whole study."""
    if not word:
        return [""]
    text = words[word]
    if word in ("items", "names", "groups"):
        return QUOTED.findall(text) or [name.strip() for name in re.split(r"; |, | ja | and ", text)]
    text = text.strip("“”")
    return [re.sub(r" \([^()]*\)$", "", text) if word == "question" else text]


def claims(sentences: Iterable[str], language: str) -> Iterator[Claim]:
    """All that the rules know of in the sentences."""
    standing = {i18n.say(f"monitoring.standing_{name}", language): name for name in STANDINGS}
    for sentence in sentences:
        for about, texts_ in RULES.items():
            for word, keys in texts_:
                for key, says in keys.items():
                    for words in found(key, sentence, language):
                        told = says
                        if says == "standing":
                            told = next((name for text, name in standing.items() if text in words["standing"]), "")
                        yield from (Claim(about, of, told, sentence) for of in _things(word, words) if told)


def values(sentences: Iterable[str], language: str) -> Iterator[Claim]:
    for sentence in sentences:
        for about, places in VALUES.items():
            for key, word in places:
                yield from (Claim(about, "", words[word], sentence) for words in found(key, sentence, language))


def contradictions(sentences: Iterable[str], language: str) -> list[str]:
    """Pairs of sentences that cannot both hold, and sentences that were not filled in.

    Besides the rules: two sentences of the same words but other numbers, which say one quantity twice.
    """
    told = list(dict.fromkeys(sentences))
    wrong = [f"not filled in: {sentence}" for sentence in told if UNFILLED.search(sentence)]
    said: dict[tuple[str, str], Claim] = {}
    for claim in claims(told, language):
        first = said.setdefault((claim.about, claim.of), claim)
        if first.says != claim.says:
            wrong.append(f"{claim.about} {claim.of}: {first.says}: {first.sentence} | {claim.says}: {claim.sentence}")
    number: dict[str, Claim] = {}
    for claim in values(told, language):
        first = number.setdefault(claim.about, claim)
        if rounded(first.says) != rounded(claim.says):
            wrong.append(f"{claim.about}: {first.sentence} | {claim.sentence}")
    alike = defaultdict(list)
    for sentence in told:
        alike[NUMBER.sub("#", sentence)].append(sentence)
    wrong += [" | ".join(same) for same in alike.values() if len(same) > 1]
    return wrong


def rounded(text: str) -> str:
    """A number in whole units, so that 54 % and 54.2 % are one value."""
    match = re.search(r"[\d\u00a0]+(?:[.,]\d+)?", text)
    return str(round(float(match[0].replace("\u00a0", "").replace(",", ".")))) if match else text


# --- random studies --------------------------------------------------------------------------------------------------


def files(seed: int, base: Mapping[str, str]) -> dict[str, str]:
    """Exports of the tests' small study with up to 120 more people, who answer, leave and are followed up at random."""
    draw = random.Random(seed)
    made = {name: text.rstrip("\n").split("\n") for name, text in base.items()}
    n, answers, lift = draw.choice([0, 3, 12, 40, 120]), draw.random(), draw.choice([-1, 0, 0, 1])
    for i in range(n):
        person, sex = f"x{i}", draw.choice(["Woman", "Man"])
        born, place = f"{draw.randint(1955, 2003)}-01-01", draw.choice(["091", "092", "698"])
        register = [person, born, sex, place, draw.choice(["basic", "upper", ""]), draw.choice(["cafe", "fair"])]
        made["raw/T1/people.csv"].append(";".join([*register, draw.choice(["yes", "no"]), str(draw.randint(0, 9))]))
        state = draw.choice(["on", "done", "done", "left"])
        end = "" if state == "on" else "2021-05-31"
        field = draw.choice(["care", "tech"])
        made["raw/T1/rights.csv"].append(
            f"r{i};{person};{draw.choice(['whole', 'part'])};{field};2021-02-01;{end};{state}"
        )
        start = draw.randint(1, 5)
        if draw.random() < 0.9:
            made["raw/T1/before.csv"].append(f"{person};2021-02-02;{start};{draw.randint(1, 5)};")
        if draw.random() < answers:
            later = min(5, max(1, start + lift * (draw.random() < 0.6) + draw.choice([-1, 0, 1])))
            made["raw/T1/after.csv"].append(f"{person};2021-05-30;{later};{draw.randint(1, 5)};{draw.randint(0, 10)};")
        if state != "on":
            status = draw.choice(["work", "both", "study", "none"]) if draw.random() < answers else ""
            made["raw/T1/later.csv"].append(f"{person};2021-07-01;{status}")
    done = draw.choice(["2021-01-20", "2021-02-11"])
    made["raw/T1/plan.csv"][1] = f"a1;2021-02-01;done;{done}"
    made["raw/T1/ledger.csv"].append(f"2021-04-01;pay;grant;{draw.choice([0, 300, 900])},00")
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def changes(seed: int) -> dict[str, str]:
    """Edits of the small study's file: which questions are primary, what the targets are, who was to be asked."""
    draw = random.Random(-seed)
    primary = draw.choice(["", ", primary = true"])
    other = draw.choice(["", ", primary = true"])
    value = draw.choice([0.2, 0.5, 0.8])
    target = f'targets = [{{ id = "placed", name = "Placed", measure = "employed", value = {value} }}, '
    margin = draw.choice(["", "\nno_relevant_change = 0.1", "\nno_relevant_change = 0.3"])
    fewest = draw.choice(["", ", fewest = 1"])
    return {
        "[survey]": "[survey]" + margin,
        'items = ["q1", "q2"]': 'items = ["q1", "q2"]' + fewest,
        '{ id = "q1", text = "I can" }': f'{{ id = "q1", text = "I can"{primary} }}',
        'direction = "lower" }': f'direction = "lower"{other} }}',
        "targets = [": target,
        'when = "later"': 'when = "later"' + draw.choice(["", '\ninvited = "all"', '\ninvited = "left"']),
    }


def pages(opened: OpenTerm) -> list[str]:
    """The title of every page of a study's term, and its every sentence and note."""
    parts = [part for topic in TOPICS if topic != "ingestion" for part in opened.section(topic).parts.values()]
    return [said for part in parts for said in (part.answer, *part.sentences, *part.notes) if said]


def in_language(opened: OpenTerm, language: str) -> OpenTerm:
    """The same term in another language: what was read, counted and estimated is said anew, not made anew."""
    made = copy.copy(opened)
    made.language, made._sections = language, {}
    return made


def study(seed: int, folder: Path, edition: str = "internal") -> dict[str, list[str]]:
    """What contradicts in a random study, by language."""
    sys.path.insert(0, str(ROOT / "tests"))
    from conftest import FILES, write_study

    written = write_study(folder / f"random{seed}", changes(seed), files(seed, FILES))
    opened, found_ = open_study(written).term("T2", edition=edition), {}
    for language in LANGUAGES:
        opened = in_language(opened, language)
        found_[language] = contradictions(pages(opened), language)
    return found_


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    wrong = 0
    for seed in range(options.first, options.first + options.studies):
        with tempfile.TemporaryDirectory() as folder:
            for language, found_ in study(seed, Path(folder), "public" if seed % 4 == 0 else "internal").items():
                wrong += bool(found_)
                for each in found_:
                    print(f"{seed} {language} {each}", flush=True)
    print(f"{options.studies} random studies, {len(LANGUAGES)} languages: {wrong} with contradictions")


if __name__ == "__main__":
    main()
