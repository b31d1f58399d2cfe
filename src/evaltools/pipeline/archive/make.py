"""All files of an archive, made of the study file and of one public release, and of nothing else.

The results are the released file byte for byte, and the frequency table is a part of it: an archive tells nothing that
the report does not, so what the attacker could not work out of the release he cannot work out of the archive.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pandas as pd

from evaltools import i18n, paths
from evaltools.authoring.forms import make as forms
from evaltools.pipeline import publish
from evaltools.pipeline.archive import ddi, metadata
from evaltools.pipeline.archive.description import COUNTS, FORMS, RESULTS, Deposit
from evaltools.pipeline.archive.metadata import SUMS
from evaltools.report.render import spreadsheet
from evaltools.results.records import typed
from evaltools.study.model import Study

RELEASED = "results.csv"


def archive(study: Study, to: str | Path, outputs: str | Path | None = None) -> tuple[list[str], Deposit]:
    """Put the archive of a study's last public release in a new folder or zip file; its files, and what it is of.

    Parameters and errors as of `publish.publish`: nothing is written where a release is not what was released, where
    a file holds a personal identity code, or where the place is taken.
    """
    found = {place: study.term(place.parent.name) for place in publish.releases(study, publish.home(study, outputs))}
    release, term = max(found.items(), key=lambda each: each[1].start)
    released = (release / RELEASED).read_bytes()
    deposit = Deposit(study, term, read(released))

    def fill(whole: Path) -> None:
        for name, content in files(deposit, released).items():
            path = whole / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    names = publish.deliver(to, fill, SUMS, lambda whole, name: f"{paths.digest(whole / name)}  {name}")
    return names, deposit


def read(released: bytes) -> pd.DataFrame:
    """The result rows of a released ``results.csv``."""
    return typed(pd.read_csv(io.BytesIO(released), dtype=str, keep_default_na=False, na_values=[""]))


def files(deposit: Deposit, released: bytes) -> dict[str, bytes]:
    """The content of every file by its name; ``released`` is the results as they were released."""
    counts = spreadsheet.defused(deposit.counts).to_csv(index=False, lineterminator="\n")
    data = {COUNTS: counts.encode(), RESULTS: released}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in data.items()}
    book = spreadsheet.defused(metadata.codebook(deposit)).to_csv(index=False, lineterminator="\n")
    made = data | {"codebook.csv": book.encode(), "CITATION.cff": metadata.citation_file(deposit).encode()}
    made["metadata/datacite.json"] = _json(metadata.datacite(deposit))
    made["metadata/schema-org.jsonld"] = _json(metadata.schema_org(deposit, sums))
    if deposit.forms:
        made |= {f"{FORMS}/{name}": content for name, content in forms.files(deposit.study).items()}
    for language in i18n.LANGUAGES:
        made[f"metadata/ddi-{language}.xml"] = ddi.document(deposit, language)
        made[f"README-{language}.txt"] = metadata.readme(deposit, language, _contents(deposit, language)).encode()
    return made


def _json(value: dict[str, object]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _contents(deposit: Deposit, language: str) -> dict[str, str]:
    """What each file is, and each folder of questionnaires."""
    kinds = {
        COUNTS: "counts",
        RESULTS: "results",
        "codebook.csv": "codebook",
        f"metadata/ddi-{language}.xml": "ddi",
        "metadata/datacite.json": "datacite",
        "metadata/schema-org.jsonld": "schema_org",
        "CITATION.cff": "citation",
    }
    told = {name: i18n.say(f"archive.file.{kind}", language) for name, kind in kinds.items()}
    asked = i18n.say("archive.file.questionnaire", language)
    return told | {f"{FORMS}/{form.wave}/": f"{asked}: {form.source.name(language)}" for form in deposit.forms}
