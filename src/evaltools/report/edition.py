"""What a folder of reports is about."""

from __future__ import annotations

from dataclasses import dataclass

from evaltools import i18n, paths
from evaltools.disclosure import policy
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study


@dataclass(frozen=True, slots=True)
class Edition:
    """What a folder of reports is about: a study up to a term, in a language, for the public or not."""

    study: Study
    term: Term
    language: str
    edition: str
    draft: bool = False
    run_id: str = ""  # of what it was made from, for the foot of every page

    @property
    def name(self) -> str:
        """The name of its folder: ``public-fi``, ``draft-internal-en``."""
        return paths.edition(self.edition, self.language, self.draft)


def definition_of_numbers(study: Study, edition: str, language: str) -> str:
    """What an edition's numbers of persons are: exact, rounded, or with small ones left out."""
    settings = study.disclosure
    if not policy.active(settings, edition):
        return i18n.say("definition.exact", language)
    if settings.method == "suppression":
        return i18n.say("definition.suppressed", language, minimum=settings.minimum)
    return i18n.say("definition.rounded", language, base=policy.step(settings))
