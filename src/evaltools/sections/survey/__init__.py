"""Stage 04: who answered the start and end surveys, what changed in the same persons, and what they thought of it."""

from evaltools.sections.survey.compute import rows
from evaltools.sections.survey.compute.asked import NEEDS
from evaltools.sections.survey.compute.decisions import DIRECTIONS, concluded, direction_of
from evaltools.sections.survey.compute.participation import ANSWERED
from evaltools.sections.survey.paired_items import is_conditional
from evaltools.sections.survey.present import parts
from evaltools.sections.survey.wording import is_primary

__all__ = [
    "ANSWERED",
    "DIRECTIONS",
    "NEEDS",
    "concluded",
    "direction_of",
    "is_conditional",
    "is_primary",
    "parts",
    "rows",
]
