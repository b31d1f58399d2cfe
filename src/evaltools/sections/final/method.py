"""How results and effects were evaluated, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.report.document import Part
from evaltools.results.records import pick
from evaltools.sections.material import Labels


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part:
    """What each kind of result rests on, and what was done about those who did not answer; only what applies."""
    sentences = [labels.say("report.method_sources")]
    if len(pick(rows, topic="survey", table="item")):
        sentences.append(labels.say("report.method_tests"))
    if len(pick(rows, topic="placement", table="placement")):
        sentences.append(labels.say("report.method_nonresponse"))
    arms = any(len(pick(rows, table=table)) for table in ("arms", "arm_difference"))
    sentences.append(labels.say("report.method_effect" if arms else "report.method_no_effect"))
    sentences += [labels.say("report.method_intervals"), labels.say("report.method_coverage")]
    return Part("method", labels.say("report.method_heading"), sentences)
