"""Net changes as one picture, of questions or of groups: each with its interval, beside no change."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaltools.report import charts
from evaltools.report.document import Figure
from evaltools.sections.material import Labels, floats, optional_int
from evaltools.sections.survey.wording import source


def picture(
    id: str, caption: str, names: Sequence[str], rows: pd.DataFrame, limits: tuple[str, str], labels: Labels
) -> Figure:
    """``rows`` are result rows, one a name; ``limits`` their columns with the ends of the interval to be shown."""
    return charts.forest(
        id,
        caption,
        list(names),
        *(floats(rows[column]) for column in ("estimate", *limits)),
        n=[optional_int(n) for n in rows["answered"]],
        reference=0.0,
        reference_label=labels.say("survey.results.no_change"),
        kind="points",
        unit=labels.say("figure.unit.net_change"),
        language=labels.language,
        source=source(labels),
    )
