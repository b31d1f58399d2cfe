"""The next term, planned from this one's spread and silence; kept, and checked when the term is over.

Everything is of the exact data so far and for the evaluator alone. A plan is a small JSON file beside the study's
outputs: what it promises is set beside what came when its term is planned from.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaltools.counts import surveys, waves
from evaltools.counts.breakdowns import ALL, of_project
from evaltools.counts.placement import with_those_not_reached
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.ingest.tidy import Tables
from evaltools.sections.survey import advice
from evaltools.statistics import net_change, planning, power
from evaltools.study.model import Study


@dataclass(frozen=True)
class Question:
    """A primary question: how many answered it twice and changed, the pairs needed in all, and how wide the interval of
    its net change will be at most with them."""

    item: str
    pairs: int
    moved: int
    needed: int
    width: float | None


@dataclass(frozen=True)
class Target:
    """A target of the follow-up: how many of those asked next time must answer to decide it (None: no number can, or it
    is ``settled`` already)."""

    target: str
    asked: int
    answers: int | None
    settled: bool


@dataclass(frozen=True)
class Sees:
    """The least difference of rates that a comparison group of so many answers would show beside the project's."""

    group: int
    difference: float | None


@dataclass(frozen=True)
class Plan:
    """What is to be asked in the term after ``term``, and what that promises.

    ``invite`` is how many to ask for both surveys (None where that is not known or above all reason), of whom ``both``
    of ``asked`` answered so far; ``change`` is the net change that is to be found in each question of the family.
    """

    term: str
    change: float
    asked: int
    both: int
    invite: int | None
    questions: list[Question]
    targets: list[Target]
    comparison: list[Sees]
    power: float = power.POWER
    assurance: float = planning.ASSURANCE

    @classmethod
    def read(cls, path: Path) -> Plan:
        """A plan that was kept."""
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name, kind in {"questions": Question, "targets": Target, "comparison": Sees}.items():
            kept[name] = [kind(**each) for each in kept[name]]
        return cls(**kept)

    def written(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


@dataclass(frozen=True)
class Came:
    """A promise and what came of it."""

    what: str  # invited, pairs, width or target
    of: str  # a question or a target; nothing of the invited
    promised: float
    came: float | None
    kept: bool


def file_name(term: str) -> str:
    return f"{term}.json"


def of(study: Study, tables: Tables, term: str, group: int = 0) -> Plan:
    """The plan for the term after ``term``, from tidy tables up to it; ``group``: answers of a comparison group."""
    tables = of_project(study, with_those_not_reached(study, tables))
    change = study.survey.no_relevant_change or advice.SOUGHT
    asked, both = _both(tables)
    questions = _questions(study, tables, change)
    more = max((q.needed - q.pairs for q in questions), default=0)
    invite = planning.invitations(max(more, 0), both, asked) if asked and questions else None
    return Plan(term, change, asked, both, invite, questions, _targets(study, tables, term), _sees(tables, group))


def _both(tables: Tables) -> tuple[int, int]:
    """Who could answer both surveys so far, and who did."""
    if "persons" not in tables or "responses" not in tables:
        return 0, 0
    step = surveys.responses(tables, [ALL]).set_index("step").loc["both"]
    return int(step["total"]), int(step["count"])


def moves_by_question(study: Study, tables: Tables) -> dict[str, tuple[int, int, int]]:
    """Pairs that moved up, stayed and moved down, by primary question (every question where none is primary)."""
    chosen = [q for q in study.survey.questions if q.primary] or study.survey.questions
    if "answers" not in tables or study.has_clusters:
        return {}
    pairs = surveys.answer_pairs(waves.answers(study, tables))
    found = {}
    for question in chosen:
        way = pairs.loc[pairs["item"] == question.id].eval("post - pre").round(9)
        found[question.id] = (int((way > 0).sum()), int((way == 0).sum()), int((way < 0).sum()))
    return found


def _questions(study: Study, tables: Tables, change: float) -> list[Question]:
    """Each question of the family at its share of the level: on the safe side of Holm."""
    moves = moves_by_question(study, tables)
    alpha = net_change.LEVEL / max(len(moves), 1)
    found = []
    for item, (up, same, down) in moves.items():
        n, moved = up + same + down, up + down
        if not n:
            continue
        needed = planning.pairs_to_find(change, moved, n, alpha=alpha)
        found.append(Question(item, n, moved, needed, planning.width(max(needed, n), moved, n)))
    return found


def _placed(study: Study, tables: Tables) -> dict[str, tuple[int, int, int]]:
    """Of each target of the follow-up who counts, who answered and who was asked."""
    if "followup" not in tables:
        return {}
    roles = tables["followup"]["role"]
    return {
        target.id: (int(roles.isin(PLACEMENT_MEASURES[target.measure]).sum()), int(roles.notna().sum()), len(roles))
        for target in study.targets
        if target.measure in PLACEMENT_MEASURES
    }


def _targets(study: Study, tables: Tables, term: str) -> list[Target]:
    """As many are taken to be asked next time as were in the term."""
    values = {target.id: target.value for target in study.targets}
    found = []
    for name, (count, answered, asked) in _placed(study, tables).items():
        settled = _decided(values[name], count, answered, asked)
        more = int((tables["followup"]["term"] == term).sum())
        answers = (
            planning.answers_to_decide(values[name], count, answered, asked - answered, more) if answered else None
        )
        found.append(Target(name, more, None if settled else answers, settled))
    return found


def _decided(target: float, count: int, answered: int, asked: int) -> bool:
    """Whether the bounds decide a target."""
    return bool(asked) and (count >= target * asked - 1e-9 or count + asked - answered < target * asked - 1e-9)


def _sees(tables: Tables, group: int) -> list[Sees]:
    """The difference from the project's answers to the follow-up that groups of half, as many and twice as many see."""
    answered = int(tables["followup"]["role"].notna().sum()) if "followup" in tables else 0
    if not answered:
        return []
    sizes = [group] if group else [max(answered // 2, 1), answered, 2 * answered]
    return [Sees(n, power.minimum_detectable_difference_of_rates(answered, n, 0.5).estimate) for n in sizes]


def came(study: Study, tables: Tables, kept: Plan) -> list[Came]:
    """What a plan promised, beside what there is now."""
    tables = of_project(study, with_those_not_reached(study, tables))
    moves, placed = moves_by_question(study, tables), _placed(study, tables)
    values = {target.id: target.value for target in study.targets}
    found = []
    if kept.invite:
        more = _both(tables)[0] - kept.asked
        found.append(Came("invited", "", kept.invite, more, more >= kept.invite))
    for question in (q for q in kept.questions if q.item in moves):
        n = sum(moves[question.item])
        found.append(Came("pairs", question.item, question.needed, n, n >= question.needed))
        interval = net_change.net_change(*moves[question.item]).estimate
        if question.width is not None and interval.lower is not None and interval.upper is not None:
            now = interval.upper - interval.lower
            found.append(Came("width", question.item, question.width, now, now <= question.width))
    for target in (t for t in kept.targets if t.answers is not None and t.target in placed):
        count, answered, asked = placed[target.target]
        decided = _decided(values[target.target], count, answered, asked)
        found.append(Came("target", target.target, 1.0, float(decided), decided))
    return found
