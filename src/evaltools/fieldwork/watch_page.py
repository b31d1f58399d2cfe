"""What `watch` sees as a page and a file of flags, for the evaluator alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from evaltools import i18n
from evaltools.counts.breakdowns import TOTAL
from evaltools.fieldwork.status import Reached
from evaltools.fieldwork.watch import LEVEL, Fault, Look, Watch
from evaltools.report.document import NONE, Column, Kind, Part, Table, Value
from evaltools.report.render import html, spreadsheet
from evaltools.sections.material import Labels
from evaltools.study.model import Study

PAGE, FAULTS = "watch.html", "faults"
FIRST = 20  # rows of a table that the page shows at once


class Words:
    """What is seen, in the words of one language."""

    def __init__(self, study: Study, watch: Watch, language: str):
        self.study, self.watch, self.language = study, watch, language
        self.labels = Labels(study, watch.term, language, "internal")

    def text(self, key: str, **words: object) -> str:
        return i18n.say(f"watch.{key}", self.language, **words)

    def survey(self, table: str) -> str:
        return next(s for s in self.study.sources if s.table == table).name(self.language)

    def fault(self, fault: Fault) -> str:
        """What is odd, as a sentence without a person."""
        if fault.check == "noted":
            return i18n.say(f"noted.{fault.words['kind']}", self.language, table=fault.words["column"])
        by, group = fault.group
        names = {"item": self.labels.question(fault.item)} if fault.item else {}
        names |= {"by": self.labels.by(by), "group": self.labels.group(by, group)} if by else {}
        numbers = {name: self._number(name, value) for name, value in fault.words.items()}
        return self.text(f"fault.{fault.check}", **names, **numbers)

    def _number(self, name: str, value: float | str) -> object:
        if name == "rest":
            return i18n.percent(float(value), self.language, 0)
        return i18n.decimal(value, self.language, 2) if isinstance(value, float) else value

    def columns(self, **kinds: Kind) -> list[Column]:
        return [Column(self.text(f"column.{name}"), kind) for name, kind in kinds.items()]

    def table(self, id: str, columns: list[Column], rows: Iterable[Sequence[Value]], **words: object) -> Table:
        name = id.partition("-")[0]
        return Table(id, self.text(f"caption.{name}", **words), columns, list(rows), self.language, first=FIRST)

    # --- flags

    def faults(self, ids: bool) -> Table:
        """Every flag, the least probable first; with ``ids`` of persons a row each, for the file only."""
        who: dict[str, Kind] = {"id": "text"} if ids else {}
        columns = self.columns(survey="text", check="text", what="text", where="text", **who, p="p", adjusted="p")
        faults = sorted(self.watch.faults, key=lambda f: (f.adjusted is None, f.adjusted, f.p))
        return self.table(FAULTS, columns, (row for fault in faults for row in self._rows(fault, ids)))

    def _rows(self, fault: Fault, ids: bool) -> Iterable[list[Value]]:
        said = [self.survey(fault.table), self.text(f"check.{fault.check}"), self.fault(fault)]
        chances: list[Value] = [NONE if p is None else p for p in (fault.p, fault.adjusted)]
        if not ids:
            yield [*said, "; ".join(f"{file}:{line}" for _, file, line in fault.rows) or NONE, *chances]
            return
        for person, file, line in fault.rows or [("", "", 0)]:
            yield [*said, f"{file}:{line}" if file else NONE, person, *chances]

    def checks(self) -> Table:
        columns = self.columns(survey="text", check="text", looked="integer", flagged="integer", why="text")
        return self.table("checks", columns, map(self._look, self.watch.looks))

    def _look(self, look: Look) -> list[Value]:
        why = self.text(f"why.{look.why}") if look.why else ""
        names: list[Value] = [self.survey(look.table), self.text(f"check.{look.check}")]
        return [*names, look.looked, len(look.faults), why]

    # --- parts

    def parts(self, pairs: tuple[int, int] | None, targets: Sequence[Reached]) -> list[Part]:
        """The page."""
        watch = self.watch
        day = self.text("day", day=i18n.date(watch.day, self.language))
        found = [] if watch.faults else [self.text("none" if watch.looks else "no_answers")]
        about = self.text("about", level=i18n.percent(LEVEL, self.language, 0))
        nulls = [
            f"{self.text(f'check.{c}')}: {self.text(f'null.{c}')}" for c in dict.fromkeys(k.check for k in watch.looks)
        ]
        made = [
            self._part("faults", [day, *found, about], [self.faults(False)] if watch.faults else []),
            self._part("checks", [], [self.checks()] if watch.looks else []),
            self._part("progress", [] if watch.reach else [self.text("unknown")], self._progress(pairs, targets)),
            self._part("questions", [], list(self._questions())),
            self._part("again", [self.text("second")], list(self._again())),
            self._part("null", nulls, []),
        ]
        return [part for part in made if part.blocks or part.id in ("faults", "progress", "null")]

    def _part(self, id: str, sentences: list[str], tables: list[Table]) -> Part:
        return Part(id, self.text(f"heading.{id}"), sentences, tables)

    def _progress(self, pairs: tuple[int, int] | None, targets: Sequence[Reached]) -> list[Table]:
        reached: list[list[Value]] = [[self.text("column.both"), *pairs]] if pairs else []
        for each in (each for each in targets if each.of is None):
            name = next(t.name(self.language) for t in self.study.targets if t.id == each.name)
            reached.append([name, each.actual, each.wanted])
        columns = self.columns(target="text", actual="integer", needed="integer")
        tables = [self.table("targets", columns, reached)] if reached else []
        for survey in dict.fromkeys(each.table for each in self.watch.reach):
            columns = self.columns(group="text", asked="integer", answered="integer", share="percent")
            here = [each for each in self.watch.reach if each.table == survey]
            rows: list[list[Value]] = [
                [self._group(e.by, e.group), e.asked, e.answered, e.answered / e.asked] for e in here
            ]
            tables.append(self.table(f"groups-{survey}", columns, rows, survey=self.survey(survey)))
            columns = self.columns(week="date", turn="integer", answered="integer")
            weeks: list[list[Value]] = [
                [w.monday.isoformat(), w.asked, w.answered] for w in self.watch.weeks if w.table == survey
            ]
            tables.append(self.table(f"weeks-{survey}", columns, weeks, survey=self.survey(survey)))
        return tables

    def _group(self, by: str, group: str) -> str:
        name = self.labels.group(by, group)
        return name if by == TOTAL else f"{self.labels.by(by)}: {name}"

    def _questions(self) -> Iterable[Table]:
        for survey in dict.fromkeys(each.table for each in self.watch.questions):
            kinds: dict[str, Kind] = {"question": "text", "answered": "integer", "cannot_say": "integer"}
            kinds |= {"blank": "integer", "blank_before": "percent", "mean": "decimal", "mean_before": "decimal"}
            rows = [
                [self.labels.question(q.item), q.answered, q.cannot_say, q.blank, q.blank_before, q.mean, q.mean_before]
                for q in self.watch.questions
                if q.table == survey
            ]
            yield self.table(f"questions-{survey}", self.columns(**kinds), rows, survey=self.survey(survey))

    def _again(self) -> Iterable[Table]:
        for survey in dict.fromkeys(each.table for each in self.watch.again):
            columns = self.columns(question="text", pairs="integer", same="percent", low="percent", high="percent")
            columns[-2] = replace(columns[-2], span=self.text("column.interval"))
            rows = [
                [self.labels.question(a.item), a.same.n, a.same.estimate, a.same.lower, a.same.upper]
                for a in self.watch.again
                if a.table == survey
            ]
            yield self.table(f"again-{survey}", columns, rows, survey=self.survey(survey))


def files(words: Words, pairs: tuple[int, int] | None, targets: Sequence[Reached]) -> dict[str, str | bytes]:
    """The page, and the flags as CSV and XLSX, by name."""
    title = words.text(
        "title", study=words.study.study.name(words.language), term=words.watch.term.name(words.language)
    )
    shown = [html.part(part) for part in words.parts(pairs, targets)]
    page = html.page(title, shown, language=words.language, heading=title, notice=words.text("notice"), alarm=True)
    faults = spreadsheet.files(words.faults(True), [title, words.text("notice")])
    return {PAGE: page, **faults}
