"""A small run of benchmarks/fuzz_files.py: broken files are read rightly or refused, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import fuzz_files
import fuzz_structure


def test_broken_files_are_read_rightly_or_refused():
    counts = fuzz_files.fuzz(180, seed=20)
    bad = {key: n for key, n in counts.items() if key[1] in ("silent", "crash")}
    assert not bad
    assert sum(counts.values()) == 180 and {kind for kind, _ in counts} == set(fuzz_files.KINDS)
    assert {"refused", "same"} <= {came for _, came in counts}


def test_the_other_reading_is_no_echo():
    """It knows a sound table, and says nothing of a row too long or a quotation mark amiss."""
    text = 'a;b\r\n1;"x;""y"\r\n'
    assert fuzz_files.parse(text, ";") == [["a", "b"], ["1", 'x;"y']]
    assert fuzz_files.parse('a;b\n1;"x', ";") is None
    assert fuzz_files.parse('a;b\n1;"x"y\n', ";") is None
    assert fuzz_files._meaning([[*fuzz_files.HEADER], ["1", "2021-02-03", "6", "", ""]]) is None


def test_damage_as_exports_have_it_is_refused_or_noted_in_its_place():
    """Cell by cell the same as of the sound file, or told at the damaged line of the damaged file."""
    counts = fuzz_structure.fuzz(120, seed=3)
    assert not {key: n for key, n in counts.items() if key[1] in ("astray", "silent", "crash")}
    assert {"same", "refused"} <= {came for _, came in counts}
    assert len({*fuzz_structure.GRID, *fuzz_structure.TEXT, *fuzz_structure.BOOK}) >= 60
