"""What the surveys give: rows of answers, attrition, paired items, scales, feedback and arms."""

from __future__ import annotations

import pandas as pd

from evaltools.sections.material import Material
from evaltools.sections.numbers import number_rows
from evaltools.sections.survey.choices import choice_rows
from evaltools.sections.survey.compute.arms import arm_rows
from evaltools.sections.survey.compute.asked import asked_twice
from evaltools.sections.survey.compute.items import item_rows, summary_rows, transition_rows
from evaltools.sections.survey.compute.participation import attrition_rows, respondent_rows, response_rows
from evaltools.sections.survey.compute.scales_and_feedback import feedback_rows, reliability_rows
from evaltools.sections.survey.for_whom import group_rows
from evaltools.sections.survey.mode import mode_rows
from evaltools.sections.survey.single import single_rows
from evaltools.sections.survey.waves import wave_rows


def rows(material: Material) -> pd.DataFrame:
    """Participation, attrition, every item and scale paired, feedback, reliability, cautions and study arms."""
    results = material.result_set("survey")
    response_rows(material, results)
    respondent_rows(material, results)
    attrition_rows(material, results)
    number_rows(material, results)
    choice_rows(material, results)
    if "answers" in material.exact:
        asked = asked_twice(material.study)
        item_rows(material, results, asked)
        transition_rows(material, results, asked)
        summary_rows(results, asked)
        single_rows(material, results)
        wave_rows(material, results)
        primary = [q for q in asked if q.primary] or asked
        group_rows(material, results, [(q.id, q.sign) for q in primary])
        feedback_rows(material, results)
        reliability_rows(material, results)
        arm_rows(material, results, asked)
        mode_rows(material, results)
    return results.frame()
