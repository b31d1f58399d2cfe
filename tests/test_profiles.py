"""Exports of survey tools become a study of one's own: what is proposed passes, and the answers are those written."""

from __future__ import annotations

import pytest
import tool_exports
from tool_exports import TOOLS, Truth

from evaltools.authoring import describe
from evaltools.cli.main import OK, main
from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.model import Study
from evaltools.study.wording import plain


def answers(study: Study, truth: Truth) -> tuple[list[list[int]], list[set[str]]]:
    """What was read of a wave, by wording: the answers to the items, and the options chosen."""
    table = reading.read(study, study.terms[-1].id)[truth.table]
    items = {plain(item.text.en): item.id for item in study.survey.items}
    table = table[table[list(items.values())].notna().any(axis=1)]  # a form that was opened and left
    read = table[[items[plain(text)] for text in truth.items]].fillna(0).astype(int).to_numpy().tolist()
    [variable] = [v for v in study.variables if v.kind == "multi" and v.table == truth.table] or [None]
    if variable is None:
        return read, []
    names = {f"{variable.id}_{code.id}": code.name.en for code in study.codes[variable.codes]}
    chosen = table[list(names)].fillna(False).astype(bool).to_dict("records")
    return read, [{names[column] for column, picked in row.items() if picked} for row in chosen]


@pytest.mark.parametrize("messy", [False, True], ids=["plain", "messy"])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_study_is_made_of_exports_and_reads_what_was_written(tmp_path, capsys, tool, messy):
    (tmp_path / "exports").mkdir()
    written = TOOLS[tool](tmp_path / "exports", messy)
    folder = tmp_path / "mine"
    assert main(["new", str(folder), "--from", *map(str, written.files), "--language", "en"]) == OK
    assert f": {tool.split(',')[0]};" in capsys.readouterr().out
    assert main(["check", str(folder), "--language", "en"]) == OK, capsys.readouterr().err
    study = loader.load(folder)
    for truth in written.truths:
        read, heard = answers(study, truth)
        assert read == truth.answers
        assert not heard or heard == truth.heard


@pytest.mark.parametrize("tool", TOOLS)
def test_no_answer_of_a_person_is_shown(tmp_path, tool):
    written = TOOLS[tool](tmp_path, True)
    for path in written.files:
        block = describe.describe(path)
        assert (
            "p1007" not in block and "example.org" not in block and not any(c in block for c in tool_exports.COMMENTS)
        )
        assert tool.split(",")[0] in block.splitlines()[0]
