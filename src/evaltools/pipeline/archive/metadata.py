"""How to cite and find an archive: Citation File Format, DataCite, schema.org, a file to read first, a codebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.pipeline.archive.description import Deposit
from evaltools.report.edition import definition_of_numbers

SUMS = "SHA256SUMS"
ABSTRACT = "Abstract"


def citation_file(deposit: Deposit) -> str:
    """``CITATION.cff`` 1.2.0. What is quoted as JSON is quoted YAML, too."""
    language = deposit.study.study.language
    publisher = deposit.study.publisher
    lines = ["cff-version: 1.2.0", "type: dataset"]
    lines += [f"message: {_quoted(i18n.say('archive.cite', language, citation=deposit.citation(language)))}"]
    lines += [f"title: {_quoted(deposit.study.study.title(language))}", "authors:"]
    lines += [f"  - name: {_quoted(name)}" for name in deposit.authors or [deposit.publisher(language)]]
    lines += [f"abstract: {_quoted(deposit.abstract(language))}", f"version: {_quoted(deposit.term.id)}"]
    lines += [f"date-released: {deposit.term.released.isoformat()}"] if deposit.term.released else []
    lines += [f"license: {deposit.spdx}"] if deposit.spdx else []
    lines += [f"url: {_quoted(publisher.url)}"] if publisher and publisher.url else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(str(text), ensure_ascii=False)


def datacite(deposit: Deposit) -> dict[str, Any]:
    """The metadata that an archive registers with an identifier (DataCite schema 4.5). The identifier is the
    archive's to give."""
    about, language = deposit.study.study, deposit.study.study.language
    spoken = [each for each in i18n.LANGUAGES if not isinstance(about.title(each), i18n.Foreign)]
    names = [{"name": name, "nameType": "Personal"} for name in deposit.authors]
    rights = {"rights": deposit.licence, "rightsUri": deposit.licence_url, "rightsIdentifier": deposit.spdx.lower()}
    funding = {"funderName": about.funder(language), "awardNumber": about.decision}
    return {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "alternateIdentifiers": [
            {"alternateIdentifier": f"{deposit.study.id}-{deposit.term.id}", "alternateIdentifierType": "evaltools"}
        ],
        "creators": names or [{"name": deposit.publisher(language), "nameType": "Organizational"}],
        "titles": [{"title": about.title(each), "lang": each} for each in spoken],
        "publisher": {"name": deposit.publisher(language)},
        "publicationYear": str(deposit.year),
        "types": {"resourceType": "Aggregate data", "resourceTypeGeneral": "Dataset"},
        "language": language,
        "version": deposit.term.id,
        "dates": [
            {"date": f"{about.start.isoformat()}/{deposit.term.end.isoformat()}", "dateType": "Collected"},
            *([{"date": deposit.term.released.isoformat(), "dateType": "Issued"}] if deposit.term.released else []),
        ],
        "formats": ["text/csv", "application/xml", "application/json"],
        "descriptions": [
            {"description": deposit.abstract(each), "descriptionType": ABSTRACT, "lang": each} for each in spoken
        ],
        "fundingReferences": [{name: value for name, value in funding.items() if value}],
        "rightsList": [{name: value for name, value in rights.items() if value}] if deposit.licence else [],
    }


def schema_org(deposit: Deposit, sums: Mapping[str, str]) -> dict[str, Any]:
    """A schema.org ``Dataset`` in JSON-LD; ``sums`` are the SHA-256 of the data files."""
    about, language = deposit.study.study, deposit.study.study.language
    by = {"@type": "Organization", "name": deposit.publisher(language)}
    described: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": about.title(language),
        "description": deposit.abstract(language),
        "identifier": f"{deposit.study.id}-{deposit.term.id}",
        "version": deposit.term.id,
        "inLanguage": list(i18n.LANGUAGES),
        "datePublished": str(deposit.term.released or deposit.year),
        "temporalCoverage": f"{about.start.isoformat()}/{deposit.term.end.isoformat()}",
        "isAccessibleForFree": True,
        "creator": [{"@type": "Person", "name": name} for name in deposit.authors] or [by],
        "publisher": by,
        "funder": {"@type": "Organization", "name": about.funder(language)},
        "variableMeasured": [item.text(language) for item in deposit.study.survey.items],
        "distribution": [
            {"@type": "DataDownload", "contentUrl": file, "encodingFormat": "text/csv", "sha256": sum}
            for file, sum in sums.items()
        ],
    }
    return described | ({"license": deposit.licence_url or deposit.licence} if deposit.licence else {})


def readme(deposit: Deposit, language: str, files: Mapping[str, str]) -> str:
    """What is in the archive, by file, how it is protected, cited and checked, and what the study file lacks."""

    def say(key: str, **words: object) -> str:
        return i18n.say(f"archive.{key}", language, **words)

    lines = [say("readme", title=deposit.study.study.title(language)), "", deposit.abstract(language), ""]
    lines += [definition_of_numbers(deposit.study, "public", language), ""]
    lines += [say("contents"), *(f"  {file}: {what}" for file, what in files.items()), ""]
    lines += [say("cite", citation=deposit.citation(language))]
    lines += [deposit.licence or say("licence_unknown"), say("check", sums=SUMS)]
    if deposit.missing:
        lines += ["", f"{say('open')}:", *(f"  {i18n.say(key, language)}" for key in deposit.missing)]
    return "\n".join(lines) + "\n"


def codebook(deposit: Deposit) -> pd.DataFrame:
    """One row a column of the data files, and one a value of a coded column that has a name."""
    rows: list[tuple[str, ...]] = []
    said = {each: deposit.columns(each) for each in i18n.LANGUAGES}
    for file, frame in deposit.files.items():
        for column in frame.columns:
            kind = "number" if deposit.is_number(column) else "text"
            rows.append((file, column, "", kind, *(said[each][column] for each in i18n.LANGUAGES)))
            named = [deposit.codes(file, column, each) for each in i18n.LANGUAGES]
            rows += [(file, column, value, "", *(names.get(value, "") for names in named)) for value in named[0]]
    heads = ["file", "column", "value", "type", *(f"name_{language}" for language in i18n.LANGUAGES)]
    return pd.DataFrame(rows, columns=heads)
