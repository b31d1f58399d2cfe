"""Pseudonyms at the door: a person's id becomes a keyed hash before anything is written.

HMAC-SHA-256 (RFC 2104, FIPS 198-1) with a 32-byte key that lies outside the repository, readable by its owner only.
The same key gives the same pseudonyms in every term of a study; another study, or another kind of id, gets others.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaltools import settings
from evaltools.errors import CatalogueError

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

KEY_BYTES = 32
PERSON = "person"
LENGTH = 16  # letters kept: 64 bits
# a letter for each hexadecimal digit: without digits a pseudonym cannot look like an identity code, without vowels it
# is no word
LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")


class KeyFileError(CatalogueError):
    """The key file cannot be used: says why and what to do."""

    below = "problem"


@dataclass(frozen=True, slots=True)
class Key:
    """The secret, kept out of every representation, and its public id."""

    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"

    @property
    def id(self) -> str:
        """Eight hexadecimal digits that tell keys apart without giving them away."""
        return hmac.new(self.secret, b"evaltools key id", hashlib.sha256).hexdigest()[:8]


def key_path(path: str | Path | None = None) -> Path:
    """Where the key lies: ``path``, else ``$EVALTOOLS_KEY_FILE``, else the user's config folder."""
    return Path(path) if path else settings.key_file()


def load_key(path: str | Path | None = None) -> Key:
    """The key from ``path``, else ``$EVALTOOLS_KEY_FILE``, else the user's config folder (made on first use).

    Raises KeyFileError where the file is readable by others, does not hold 32 bytes, or cannot be made.
    """
    path = key_path(path)
    if not path.exists():
        try:
            _create(path)
        except OSError as error:
            raise KeyFileError("key_unwritable", path=path, error=error.strerror or type(error).__name__) from None
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError("key_readable", path=path)
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise KeyFileError("key_broken", path=path)
    return Key(secret)


def _create(path: Path) -> None:
    """Write a new key whole or not at all; where another process was first, its key stands."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
        log.info("a new pseudonym key was made: %s", path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def pseudonymise(ids: pd.Series, key: Key, study: str, kind: str = PERSON) -> pd.Series:
    """Ids to pseudonyms (16 consonants), missing staying missing.

    ``kind`` keeps apart ids of different things: person 7 and study right 7 get pseudonyms that show no tie.
    Raises ValueError where two ids would share a pseudonym (1 in 10^13 for a thousand persons).
    """
    return ids.map(pseudonyms(ids, key, study, kind))


def pseudonyms(ids: pd.Series, key: Key, study: str, kind: str = PERSON) -> dict[str, str]:
    """The pseudonym of each id, as `pseudonymise` gives it; raises as it does."""
    unique = ids.dropna().unique().tolist()
    domain = study if kind == PERSON else f"{study}\0{kind}"  # no id holds NUL: ingest refuses it
    mapping = {value: _digest(key.secret, domain, value) for value in unique}
    if len(set(mapping.values())) != len(unique):
        raise ValueError("two ids share a pseudonym; use another key")
    return mapping


def lettered(digits: str) -> str:
    """Hexadecimal digits in the letters of pseudonyms; so are those of tables that an earlier version wrote."""
    return digits.translate(LETTERS)


def _digest(secret: bytes, domain: str, value: str) -> str:
    return lettered(hmac.digest(secret, f"{domain}\0{value}".encode(), "sha256").hex()[:LENGTH])
