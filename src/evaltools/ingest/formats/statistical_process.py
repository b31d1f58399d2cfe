"""A programme of its own, run by ``statistical``: reads one SPSS or Stata file and writes it out as JSON.

The file may end its process. It imports nothing of evaltools, so that it starts soon.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from typing import Any

MOST_MEMORY = 4_000_000_000
MOST_SECONDS = 100  # of the processor
TOO_MUCH = 3


def main(path: str, kind: str, most: str) -> int:
    """Write names, wording, labels and columns; the exit code says whether there are more than ``most`` cells.

    Of days and times of day a list of its kind and how ISO writes it stands for the value.
    """
    _limit()
    import pyreadstat

    read = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}[kind]
    try:
        _, head = read(path, metadataonly=True)
        if (head.number_columns or 0) * max(head.number_rows or 0, 0) > int(most):
            return TOO_MUCH
        values, meta = read(path, user_missing=True, output_format="dict")
    except MemoryError:
        return TOO_MUCH
    said = {
        "names": meta.column_names,
        "wording": {name: label for name, label in meta.column_names_to_labels.items() if label},
        "labels": {name: list(labels.items()) for name, labels in meta.variable_value_labels.items()},
        "columns": [list(map(_said, values[name])) for name in meta.column_names],
    }
    json.dump(said, sys.stdout)
    return 0


def _said(value: Any) -> Any:
    match value:
        case dt.datetime():
            return ["moment", value.isoformat()]
        case dt.date():
            return ["day", value.isoformat()]
        case dt.time() | dt.timedelta():
            return str(value)
        case str():
            return value
        case None:
            return None
    return None if math.isnan(value) else float(value)


def _limit() -> None:
    """Limits of memory and time, where the system has them; no dump of the memory where the process is ended."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in (("RLIMIT_AS", MOST_MEMORY), ("RLIMIT_CPU", MOST_SECONDS), ("RLIMIT_CORE", 0)):
        resource.setrlimit(getattr(resource, what), (most, most))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
