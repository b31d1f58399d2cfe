"""What an archive holds and what is known about it, once for all the formats that describe it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from evaltools import i18n
from evaltools.authoring.forms.instrument import Instrument
from evaltools.disclosure import policy
from evaltools.results import schema
from evaltools.results.records import NUMBERS, POSSIBLE, WITHHELD
from evaltools.sections.material import Labels
from evaltools.study import questions
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study

COUNTS, RESULTS, FORMS = "data/counts.csv", "data/results.csv", "questionnaires"
PLACES = ("scope", "topic", "table", "measure", "item", "by", "group", "by2", "group2")
COUNTED = (*PLACES, "kind", "count", "possible_lower", "possible_upper", "answered", "invited", "status")
KINDS = ("count", "share", "rate")  # of rows that count persons
PUBLISHED = ("background",)  # sections whose counts are other people's statistics
CODED = ("scope", "item", "by", "group", "by2", "group2")
CREATIVE_COMMONS = re.compile(r"CC(0|[ -]BY(?:-(?:NC|SA|ND))*)[ -](\d\.\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Deposit:
    """A study as an archive takes it: up to which term, and the result rows of its public release."""

    study: Study
    term: Term
    results: pd.DataFrame

    @cached_property
    def counts(self) -> pd.DataFrame:
        """The frequency table: every published count of persons with what it is of and between which two it lies.

        The ends are those of counts alone; of a row that also has a share they are its share's and are left out.
        """
        rows = self.results
        counted = rows["kind"].isin(KINDS) & ~rows["topic"].isin(PUBLISHED) & ~rows["measure"].str.endswith("_change")
        rows = rows[counted & (rows["count"].notna() | (rows["status"] == WITHHELD))]
        whole = {column: rows[column].astype("Int64") for column in ("count", "answered", "invited")}
        ends = {column: rows[column].where(rows["kind"] == "count").astype("Int64") for column in POSSIBLE}
        return rows.assign(**whole, **ends)[list(COUNTED)].reset_index(drop=True)

    @property
    def files(self) -> dict[str, pd.DataFrame]:
        """The data files by name."""
        return {COUNTS: self.counts, RESULTS: self.results}

    def labels(self, language: str) -> Labels:
        return Labels(self.study, self.term, language, "public")

    def columns(self, language: str) -> dict[str, str]:
        """What each column of the data files holds."""
        return schema.columns(language)

    def is_number(self, column: str) -> bool:
        return column in NUMBERS

    def codes(self, file: str, column: str, language: str) -> dict[str, str]:
        """The values of a coded column with their names, in the order of the file; those without a name are left out.

        Where a group's id means different things in different breakdowns, each of its names stands there with its
        breakdown.
        """
        frame, labels = self.files[file], self.labels(language)
        if column not in CODED:
            return {}
        items = self._items(language)
        own = {"scope": labels.scope, "item": lambda item: items[item], "by": labels.by, "by2": labels.by}
        if column in own:
            named = {value: _said(own[column], value) for value in frame[column].unique() if value}
            return {value: name for value, name in named.items() if name}
        pairs = frame[[column.replace("group", "by"), column]].drop_duplicates().itertuples(index=False, name=None)
        found: dict[str, dict[str, str]] = {}
        for by, group in pairs:
            name = _said(labels.group, by, group) if group else None
            if name and name != group:
                found.setdefault(group, {}).setdefault(name, _said(labels.by, by) or by)
        return {
            group: "; ".join(f"{by}: {name}" if len(names) > 1 else name for name, by in names.items())
            for group, names in found.items()
        }

    def _items(self, language: str) -> dict[str, str]:
        study = self.study
        named = [
            (each.id, each.name)
            for of in (study.survey.scales, study.targets, study.variables, study.objectives, study.practice)
            for each in of
        ]
        named += [(each.id, each.name) for each in study.indicators]
        named += [(each.id, each.text) for each in study.survey.items]
        return {id: name(language) for id, name in named}

    @cached_property
    def forms(self) -> list[Instrument]:
        """The questionnaires, one a wave."""
        return [Instrument.of(self.study, source) for source in questions.of_persons(self.study)]

    def questionnaires(self, language: str) -> dict[str, str]:
        """The page of each questionnaire with its name: in that language, else in its first."""
        spoken = {form.wave: language if language in form.languages else form.languages[0] for form in self.forms}
        return {f"{FORMS}/{f.wave}/{spoken[f.wave]}/form.html": f.source.name(language) for f in self.forms}

    # --- who, when, under which terms ---------------------------------------------------------------------------------

    def publisher(self, language: str) -> str:
        by = self.study.publisher
        return (by.name if by else self.study.study.organisation)(language)

    @property
    def authors(self) -> list[str]:
        """Persons where the study file names them; else empty."""
        return self.study.publisher.authors if self.study.publisher else []

    @property
    def year(self) -> int:
        """The year of publication; of the exports where the study file does not say when the term came out."""
        return (self.term.released or self.term.extracted or self.term.end).year

    @property
    def licence(self) -> str:
        return self.study.publisher.licence if self.study.publisher else ""

    @property
    def licence_url(self) -> str:
        """The address of a Creative Commons licence; empty for any other."""
        found = CREATIVE_COMMONS.fullmatch(self.licence.strip())
        if not found:
            return ""
        kind = found[1].strip(" -").lower()
        return f"https://creativecommons.org/{'publicdomain/zero' if kind == '0' else f'licenses/{kind}'}/{found[2]}/"

    @property
    def spdx(self) -> str:
        """The id of a Creative Commons licence in the SPDX list; empty for any other."""
        return self.licence.strip().upper().replace(" ", "-") if self.licence_url else ""

    def citation(self, language: str) -> str:
        words = {
            "authors": i18n.listing(self.authors, language) or self.publisher(language),
            "year": self.year,
            "title": self.study.study.title(language),
            "term": i18n.inside(self.term.name(language), language),
            "publisher": self.publisher(language),
        }
        return i18n.say("archive.citation", language, **words)

    def abstract(self, language: str) -> str:
        """What the data are of, and that there is no file of persons; with the study's own notice."""
        about = self.study.study
        words = {
            "organisation": about.organisation(language),
            "funder": about.funder(language),
            "start": i18n.date(about.start, language),
            "end": i18n.date(about.end, language),
            "end_of_data": i18n.date(self.term.end, language),
        }
        lines = [i18n.say("archive.abstract", language, **words), self.confidentiality(language)]
        return " ".join([*lines, *([about.notice(language)] if about.notice else [])])

    def confidentiality(self, language: str) -> str:
        """Why there is no file of persons."""
        settings = self.study.disclosure
        if policy.active(settings, "public"):
            return i18n.say("archive.no_persons", language)
        return i18n.say("archive.no_persons_exact", language, reason=settings.reason)

    @property
    def missing(self) -> list[str]:
        """What the study file does not say, as keys of the catalogue."""
        by = self.study.publisher
        given = {"publisher": by is not None}
        given |= {name: bool(by and getattr(by, name)) for name in ("licence", "authors", "email")}
        given["released"] = self.term.released is not None
        return [f"archive.missing.{name}" for name, there in given.items() if not there]


def _said(name: Callable[..., str], *of: str) -> str | None:
    """A name; None for what the study file does not name."""
    try:
        return name(*of)
    except (KeyError, StopIteration):
        return None
