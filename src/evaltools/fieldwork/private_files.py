"""Files about persons: on the evaluator's machine, for nobody else.

They are written with mode 0600 into a folder of their own, never where a public edition lies or others may write.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from evaltools import paths
from evaltools.errors import CatalogueError
from evaltools.study.model import Study

OWNER_ONLY, OWNERS_FILE = 0o700, 0o600
PUBLIC = re.compile(r"(draft-)?public(-[a-z]{2})?|public_html|www|htdocs", re.IGNORECASE)
RELEASED = (paths.RECORD, "CONTENTS.txt")  # what an edition, and a copy for the web, hold


class PlaceError(CatalogueError):
    """A list of persons was to be written where others could read it."""

    below = "due.error"


def default_folder(study: Study, name: str) -> Path:
    """A folder beside a study's outputs."""
    return paths.project_root(study.folder) / "outputs" / study.id / name


def chosen(study: Study, asked: str, name: str) -> Path:
    """The folder that was asked for, else the one of that name beside a study's outputs.

    Raises PlaceError as `check_private` does.
    """
    folder = Path(asked) if asked else default_folder(study, name)
    check_private(study, folder.expanduser().resolve())
    return folder


def write(study: Study, folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Files by name, in place of those that were there; the paths. Raises PlaceError as `private_folder` does."""
    folder = private_folder(study, folder)
    for name, content in files.items():
        paths.replace(folder / name, content, mode=OWNERS_FILE)
    return [folder / name for name in files]


def private_folder(study: Study, folder: Path) -> Path:
    """The folder, made for its owner alone where it is not there.

    Raises
    ------
    PlaceError
        The folder is public, lies in an edition or a term's outputs, or others may write there.
    """
    folder = folder.expanduser().resolve()
    check_private(study, folder)
    for place in (*reversed(folder.parents), folder):
        place.mkdir(mode=OWNER_ONLY, exist_ok=True)
    paths.replace(folder / ".gitignore", "*\n")
    return folder


def check_private(study: Study, folder: Path) -> None:
    """Raise PlaceError where a list must not lie."""
    for each in (folder, *folder.parents):
        if PUBLIC.fullmatch(each.name) or any((each / file).exists() for file in RELEASED):
            raise PlaceError("public", folder=folder)
    home = (paths.project_root(study.folder) / "outputs" / study.id).resolve()
    terms = {home / term.id for term in study.terms}
    if terms & {folder, *folder.parents} or any(PUBLIC.fullmatch(path.name) for path in _inside(folder)):
        raise PlaceError("outputs", folder=folder)
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir() or there.stat().st_mode & stat.S_IWOTH:
        raise PlaceError("writable", folder=folder)


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
