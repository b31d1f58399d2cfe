"""Stage 04: who answered the start and end surveys, what changed in the same persons, and what they thought of it."""

from evaltools.stages.survey.measured import ANSWERED, NEEDS, concluded, rows
from evaltools.stages.survey.shown import parts

__all__ = ["ANSWERED", "NEEDS", "concluded", "parts", "rows"]
