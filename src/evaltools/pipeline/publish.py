"""What may leave the machine: the public releases of a study, in a folder or a zip archive of their own.

Nothing else is taken along: no internal edition, draft, tidy table or ledger. Pages link each other by relative
addresses, so the folder can be put anywhere as it is. A page differs from the released one in its links to other
languages and terms, which only here are known, and in nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from evaltools import paths
from evaltools.pipeline import fingerprint
from evaltools.pipeline.job import RunError
from evaltools.privacy import screening
from evaltools.report import site, switch
from evaltools.study.model import Study

CONTENTS = "CONTENTS.txt"  # the list of what is in it
PUBLIC = re.compile(r"public-[a-z]{2,3}")


def publish(study: Study, to: str | Path, outputs: str | Path | None = None) -> list[str]:
    """Put the public releases of every term in a new folder, or in a zip archive; the names of what is in it.

    Parameters
    ----------
    study : the study
    to : a folder that is not there yet or is empty, or a file that ends in ``.zip`` and is not there yet
    outputs : folder of the outputs; by default ``outputs`` beside ``data``

    Raises
    ------
    RunError
        No public release; one that is not what was released; a file with a personal identity code; a place that
        holds something already. Nothing is written then.
    """
    place = home(study, outputs)
    found = releases(study, place)

    def fill(whole: Path) -> None:
        for release in found:
            shutil.copytree(release, whole / release.relative_to(place))
        site.refresh(study, whole)
        switch.link(study, whole)
        for made_beside in (".index.lock", paths.INDEX_MARKS):
            (whole / made_beside).unlink(missing_ok=True)

    return deliver(to, fill, CONTENTS, lambda _, name: name)


def home(study: Study, outputs: str | Path | None = None) -> Path:
    """Where the outputs of a study lie."""
    return (Path(outputs) if outputs else paths.project_root(study.folder) / "outputs") / study.id


def releases(study: Study, home: Path) -> list[Path]:
    """The folders of the public releases of every term, in the order of the study file.

    Raises RunError where there is none, or one that is not what was released.
    """
    found = [
        place
        for term in study.terms
        for place in sorted((home / term.id).glob("public-*"))
        if PUBLIC.fullmatch(place.name) and not place.is_symlink()
    ]
    if not found:
        raise RunError("publish_none", 2, study=study.id)
    for place in found:
        record = fingerprint.read_record(place)
        whole = record is not None and record["state"] == "complete" and fingerprint.outputs_stand(place, record)
        if not whole or any(path.is_symlink() for path in place.rglob("*")):
            raise RunError("publish_changed", folder=place.relative_to(home.parent).as_posix())
    return found


def deliver(to: str | Path, fill: Callable[[Path], None], listing: str, line: Callable[[Path, str], str]) -> list[str]:
    """What may be given away, in a new folder or zip archive, whole or not at all; the names of its files.

    ``fill`` writes it into a folder; ``listing`` is the file that lists it, a ``line`` each. Raises RunError where the
    place holds something already, or a file a personal identity code.
    """
    target = Path(to)
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise RunError("publish_taken", 2, to=to)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=target.parent) as made:
        whole = Path(made) / "whole"
        whole.mkdir()
        fill(whole)
        if unfit := screening.unfit(whole):
            raise RunError("gives_away", files=", ".join(unfit))
        names = sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file())
        lines = "".join(f"{line(whole, name)}\n" for name in names)
        (whole / listing).write_text(lines, encoding="utf-8", newline="\n")
        _put(whole, [*names, listing], target)
    return names


def _put(whole: Path, names: Sequence[str], target: Path) -> None:
    """The folder, or an archive of it, in place in one step. Files of an archive bear one day: the same bytes twice."""
    if target.suffix.lower() == ".zip":
        archive = whole.with_name("archive")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for name in names:
                entry = zipfile.ZipInfo(name)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                file.writestr(entry, (whole / name).read_bytes())
        os.replace(archive, target)
    else:
        if target.is_dir():
            target.rmdir()
        for path in [whole, *whole.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        os.replace(whole, target)
