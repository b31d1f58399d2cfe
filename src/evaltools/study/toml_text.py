"""Study files as TOML, within the time that a study file may take. Imports nothing heavy."""

from __future__ import annotations

import re
import tomllib
from typing import Any

KEY = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
DEEP = re.compile(rf"(?<![\w\"'.-]){KEY}(?:[ \t]*\.[ \t]*{KEY}){{24}}")  # no key of a study file has so many parts


def parsed(text: str) -> dict[str, Any]:
    """TOML as dictionaries. Raises TOMLDecodeError, also for keys and lists within one another beyond all measure, on
    which the parser would spend minutes."""
    deep = DEEP.search(text)
    if deep is not None:
        raise tomllib.TOMLDecodeError(f"a key of too many parts (at line {text.count(chr(10), 0, deep.start()) + 1})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("too many lists or tables within one another") from None
