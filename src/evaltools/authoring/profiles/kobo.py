"""KoBoToolbox: names or wordings, groups with a slash, ticks joined with spaces beside a column an option."""

import re

from evaltools.authoring.profiles.types import Profile, signs

SLASH = re.compile(r"^(?P<question>.+)/(?P<option>[^/]+)$")

PROFILE = Profile(
    name="KoBoToolbox",
    signs=signs("_id|_uuid|_submission_time", "_id|_submission_time|_index", "_uuid|_submission_time"),
    columns={"person": ("_id", "_uuid"), "answered": ("_submission_time",)},
    aside=(
        *("start", "end", "today", "username", "deviceid", "phonenumber", "simserial", "subscriberid", "audit"),
        *("_.+", "__version__", "meta/.+", "formhub/.+"),
    ),
    no_answer={"_validation_status": ("Not approved", "validation_status_not_approved")},
    separators=(" ",),
    option=(SLASH,),
    counts=False,
)
