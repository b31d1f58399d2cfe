"""What the roles of codes count towards: how studies ended, and what people do afterwards."""

from __future__ import annotations

LEFT = ("completed", "dropped")
OUTCOMES = (*LEFT, "ongoing")
# which follow-up roles count towards a measure: working students are inside employed, and shown apart
PLACEMENT_MEASURES: dict[str, tuple[str, ...]] = {
    "employed": ("employed", "employed_student"),
    "employed_student": ("employed_student",),
    "student_full_time": ("student",),
    "student_any": ("student", "employed_student"),
    "unemployed": ("unemployed",),
    "other": ("other",),
}
