"""Whether a release can be made again: everything is computed anew from the same inputs, and compared byte by byte.

That no small count follows from a public one is checked by what its gate has proved (`disclosure.proof`), without a
search.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evaltools import paths
from evaltools.disclosure.release_check import ReleaseError
from evaltools.pipeline import fingerprint, notebooks, provenance, run
from evaltools.pipeline.job import RunError
from evaltools.privacy import pseudonyms
from evaltools.report import pages
from evaltools.study import loader

TEXT = (".html", ".csv", ".ipynb", ".json", ".txt")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where a release is not what it was, or not what comes out: file and, of a text, its line."""

    file: str
    line: int | None
    what: str  # a catalogue key below ``run.verify``


def verify(folder: str | Path, workers: int = 0, trusted: str = notebooks.PROJECT) -> Difference | None:
    """Compare an edition with its own record, then with one made anew elsewhere. None where all is identical.

    ``trusted`` says whose notebooks may run (`notebooks.check_trusted`). Raises RunError where the folder holds no
    finished release, or inputs or key are not those it was made from;
    what ``run.run`` raises, where it cannot be made again.
    """
    place = Path(folder).resolve()
    record = fingerprint.read_record(place)
    if record is None and fingerprint.says_complete(place):
        return Difference(paths.RECORD, None, "since")
    if record is None or record["state"] == "failed":
        raise RunError("no_release", 2, folder=place.name)
    changed = _first(record["outputs"], fingerprint.outputs(place))
    if changed is not None:
        return Difference(changed, None, "since")
    read = loader.load(_study_folder(place, record))
    _check_same_inputs(read, record)
    with tempfile.TemporaryDirectory() as elsewhere:
        _copy_ledger(place, record, Path(elsewhere) / read.id)
        proved = _copy_proof(place, Path(elsewhere) / read.id / place.parent.name / place.name)
        try:
            made = run.run(
                read.folder,
                [record["term"]],
                language=record["language"],
                edition=record["edition"],
                only=[each["notebook"] for each in record["notebooks"]] if record["state"] == "draft" else (),
                outputs=elsewhere,
                workers=workers,
                force=True,
                documents=record["made_from"].get("documents", ()),
                trusted=trusted,
                proved=proved,
            )[0].folder
        except ReleaseError:
            if not proved:
                raise
            return Difference(paths.proof(place).name, None, "proof")
        file = _first(record["outputs"], fingerprint.outputs(made))
        return None if file is None else Difference(file, _line(place / file, made / file), "anew")


def _study_folder(place: Path, record: Mapping[str, Any]) -> Path:
    """The study's folder: in the project that the outputs lie in, else from here."""
    beside = place.parents[3] / record["parameters"]["study"]
    return beside if (beside / "study.toml").is_file() else Path(record["parameters"]["study"])


def _check_same_inputs(read: loader.Study, record: Mapping[str, Any]) -> None:
    now = provenance.inputs(pages.Edition(read, read.term(record["term"]), record["language"], record["edition"]))
    changed = {each["file"] for each in [*now, *record["inputs"]] if each not in now or each not in record["inputs"]}
    if changed:
        raise RunError("other_inputs", 2, files=", ".join(sorted(changed)))
    key = pseudonyms.load_key().id
    if record["key_id"] not in (None, key):
        raise RunError("key_changed", 2, study=read.id, path=pseudonyms.key_path(), before=record["key_id"], now=key)


def _copy_ledger(place: Path, record: Mapping[str, Any], home: Path) -> None:
    """What had been published when this was: the releases that the ledger held then, in a ledger of its own."""
    if record["ledger"] is None:
        return
    ledger = place.parents[1] / paths.LEDGER
    if not ledger.is_file() or fingerprint.ledger_mark(ledger, record["ledger"]["releases"]) != record["ledger"]:
        raise RunError("other_ledger", 2, file=paths.LEDGER)
    held = json.loads(ledger.read_text(encoding="utf-8"))["releases"][: record["ledger"]["releases"]]
    home.mkdir(parents=True)
    (home / paths.LEDGER).write_text(json.dumps({"releases": held}), encoding="utf-8")


def _copy_proof(place: Path, release: Path) -> bool:
    """Lay what was proved of a release where one made anew looks for it; whether there is any."""
    if not paths.proof(place).is_file():
        return False
    paths.proof(release).parent.mkdir(parents=True)
    shutil.copyfile(paths.proof(place), paths.proof(release))
    return True


def _first(before: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """The first file, by name, that is not the same on both sides."""
    return next((name for name in sorted({*before, *now}) if before.get(name) != now.get(name)), None)


def _line(one: Path, other: Path) -> int | None:
    """The first line in which two texts differ; None where either is missing or no text."""
    if one.suffix not in TEXT or not (one.is_file() and other.is_file()):
        return None
    pairs = zip_longest(one.read_bytes().splitlines(), other.read_bytes().splitlines())
    return next((number for number, (a, b) in enumerate(pairs, start=1) if a != b), None)
