"""REDCap: a row a record and event (long), boxes as ``field___code`` or ``(choice=...)``, and its data dictionary."""

import re

from evaltools.authoring.profiles.types import Profile, signs

CHECKBOX = re.compile(r"^(?P<question>\w+)___(?P<option>\w+)$")
CHOICE = re.compile(r"^(?P<question>.+?) \(choice=(?P<option>.+)\)$")


def _wording(heading: str) -> tuple[str, str]:
    return (heading, heading) if re.fullmatch(r"[a-z]\w*", heading) else ("", heading)


PROFILE = Profile(
    name="REDCap",
    signs=signs(
        "redcap_event_name",
        "redcap_data_access_group",
        "record_id|redcap_survey_identifier",
        "record_id|redcap_repeat_instrument",
        "Record ID|Event Name",
        "Record ID|Survey Identifier",
        "Record ID|Complete?",
        "record_id",
    ),
    columns={
        "person": ("record_id", "record id", "study_id", "study id"),
        "answered": ("survey timestamp", ".+_timestamp"),
    },
    key=("redcap_survey_identifier", "survey identifier"),
    aside=(
        *("redcap_.+", "event name", "repeat instrument", "repeat instance", "data access group", "survey identifier"),
        *(".+_complete", "complete\\?", ".+_timestamp", "survey timestamp"),
    ),
    no_answer={".+_complete": ("0",), "complete\\?": ("Incomplete",)},
    missing=("[not completed]",),
    option=(CHECKBOX, CHOICE),
    wording=_wording,
    counts=False,
)

# The dictionary is no table of answers: it says what the fields of the export mean.
DICTIONARY = Profile(
    name="REDCap data dictionary",
    signs=signs("Variable / Field Name|Field Type|Field Label", "field_name|field_type|field_label"),
    table="",
)
