"""Figures in one visual language: a picture as SVG, an alternative text with its numbers, and the numbers as a table.

Every function computes nothing but positions: shares, intervals and counts come in, a :class:`present.Figure` goes out.
Above each picture stands its unit; n stands there or beside the rows, the source below. A picture is drawn twice,
720 px wide and 340 px wide for a phone; the ``svg`` of a figure is the two drawings one after the other, and a style
inside them shows the one that fits. None is never drawn: the alternative text says how many are missing.

``canvas`` measures and draws, ``marks`` are what charts share, ``words`` make the alternative text.
"""

from evaltools.report.charts.answers import change, distribution, likert_flow
from evaltools.report.charts.boxes import chains
from evaltools.report.charts.groups import flow, funnel, overlaps, pyramid, tiles
from evaltools.report.charts.times import lines, timeline
from evaltools.report.charts.values import bars, dumbbell, forest, grouped_bars

__all__ = [
    "bars",
    "chains",
    "change",
    "distribution",
    "dumbbell",
    "flow",
    "forest",
    "funnel",
    "grouped_bars",
    "likert_flow",
    "lines",
    "overlaps",
    "pyramid",
    "tiles",
    "timeline",
]
