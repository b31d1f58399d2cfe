"""What the report shows of the surveys: parts made from the rows."""

from __future__ import annotations

import pandas as pd

from evaltools.report.document import Part
from evaltools.sections import clustered
from evaltools.sections.material import Labels
from evaltools.sections.numbers import number_part
from evaltools.sections.survey import advice
from evaltools.sections.survey.arms import arms_part, groups_part, taking_part_part
from evaltools.sections.survey.choices import choices_part
from evaltools.sections.survey.for_whom import for_whom_part
from evaltools.sections.survey.mode import mode_part
from evaltools.sections.survey.paired_items import items_part, primary_part, results_part, terms_part, transitions_part
from evaltools.sections.survey.participation import answered_part, attrition_part, respondents_part
from evaltools.sections.survey.scales_and_feedback import cautions_part, feedback_part, scales_part
from evaltools.sections.survey.single import single_part
from evaltools.sections.survey.waves import waves_part


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """The report's parts: who answered and who did not, results, items, terms, scales, feedback, arms, cautions."""
    makers = (
        *(
            answered_part,
            respondents_part,
            attrition_part,
            results_part,
            items_part,
            _clusters_part,
            primary_part,
            transitions_part,
        ),
        *(single_part, waves_part, for_whom_part, terms_part, scales_part, feedback_part, choices_part, arms_part),
        *(taking_part_part, groups_part, _numbers_part, advice.part, mode_part, cautions_part),
    )
    return [part for make in makers if (part := make(rows, labels)) is not None]


def _numbers_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return number_part(rows, labels, "survey")


def _clusters_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return clustered.part(rows, labels, "survey")
