"""The next term of a study: its block in the study file, the folder of its exports, the file of the evaluator's texts.

Days and name are those of the term a whole number of years before, so many years later; where there is none they have
to be told.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from evaltools import i18n, paths
from evaltools.report import narrative
from evaltools.sections import registry
from evaltools.study import loader, term_text
from evaltools.study.evaluation_model import Term
from evaltools.study.faults import Fault, StudyError
from evaltools.study.model import Study
from evaltools.study.wording import LocalText

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
FURTHEST = 5  # years after which a term is no longer the next


@dataclass(frozen=True)
class Added:
    """A term that was added: the study as it is now, the term, its files, and what the evaluator has yet to tell.

    ``to_tell`` are names of texts of the catalogue (``next.tell.<name>``) with their words.
    """

    study: Study
    term: Term
    exports: Path
    texts: Path
    to_tell: list[tuple[str, dict[str, str]]]


def add(
    folder: str | Path, term_id: str, start: dt.date | None = None, end: dt.date | None = None, name: str = ""
) -> Added:
    """Add a term to a study: block of the study file, ``raw/<term>``, headings in ``texts/<term>.md``.

    Files that are there already stay as they are, so that exports may be laid in first.

    Parameters
    ----------
    folder : of the study
    term_id : of the new term
    start, end, name : where they are not those of the term some years before, moved to its own year

    Raises
    ------
    StudyError
        The study file has faults, or would have them: an id that stands, that is the same folder as another's or no
        name of a folder, days that overlap with another term's; days that have to be told; a study file into which
        the term could not be written. Nothing has been changed then.
    DataError
        The texts beside the study file have faults.
    """
    before = loader.load(folder)
    term = _proposed(before, term_id, start, end, name)
    file = before.folder / paths.STUDY
    written = file.read_bytes().decode("utf-8")
    mark = "\ufeff" if written.startswith("\ufeff") else ""
    text = term_text.with_term(written.removeprefix(mark), term)
    if text is None:
        raise _refused(before, "next_by_hand", block="; ".join(["[[terms]]", *term_text.lines(term)]))
    study = loader.read(before.folder, text)
    exports, texts = study.folder / "raw" / term.id, study.folder / paths.TEXTS / f"{term.id}.md"
    headings = _headings(study)
    paths.replace(file, mark + text)
    exports.mkdir(parents=True, exist_ok=True)
    texts.parent.mkdir(exist_ok=True)
    if not texts.exists():
        paths.replace(texts, headings)
    return Added(study, term, exports, texts, _to_tell(study, term))


def _refused(study: Study, what: str, **words: str) -> StudyError:
    return StudyError(study.id, [Fault("terms", what, words)])


# --- days and name ---------------------------------------------------------------------------------------------------


def _proposed(study: Study, term_id: str, start: dt.date | None, end: dt.date | None, name: str) -> Term:
    if any(term.id == term_id for term in study.terms):
        raise _refused(study, "repeated_id", id=term_id)
    model, years = _model(study, term_id, start)
    if model is not None:
        start = start or years_later(model.start, years)
        end = end or years_later(model.end, years)
    if start is None or end is None:
        raise _refused(study, "next_days", id=term_id)
    texts = _renamed(model, years) if model is not None and not name else {}
    # an id that will not do is told with the other faults of the study file
    named = LocalText(**(texts or dict.fromkeys(i18n.WRITING, name or term_id)))
    return Term.model_construct(id=term_id, name=named, start=start, end=end)


def _model(study: Study, term_id: str, start: dt.date | None) -> tuple[Term | None, int]:
    """The term that the new one repeats, and how many years later: told by the years in its id, else by its days."""
    latest = sorted(study.terms, key=lambda term: term.start, reverse=True)
    for years in range(1, FURTHEST + 1):
        for term in latest:
            if YEAR.search(term.id) and _moved(term.id, years) == term_id:
                return term, years
    begins = start or study.last_term.end + dt.timedelta(days=1)
    for term in latest:
        years = begins.year - term.start.year
        if years > 0 and years_later(term.start, years) == begins:
            return term, years
    return None, 0


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day of a later year; the 28th of February for the 29th where that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _moved(text: str, years: int) -> str:
    return YEAR.sub(lambda found: str(int(found[0]) + years), text)


def _renamed(model: Term, years: int) -> dict[str, str]:
    """The name with its years moved, by language; nothing where it has no year, so that two terms had one name."""
    texts = {language: text for language, text in vars(model.name).items() if text is not None}
    moved = {language: _moved(text, years) for language, text in texts.items()}
    return moved if moved != texts else {}


# --- what goes with it -----------------------------------------------------------------------------------------------


def _headings(study: Study) -> str:
    """The headings of the last texts, without them; those that only the evaluator can write, where there are none."""
    written = narrative.written(study, registry.text_places(study))
    last = next((t.id for t in sorted(study.terms, key=lambda t: t.start, reverse=True) if _has(written, t.id)), None)
    places = [(language, section) for term, language, section in written if term == last]
    places = places or [(study.study.language, section) for section in registry.WRITTEN]
    lines: list[str] = []
    for language in dict.fromkeys(language for language, _ in places):
        lines += [f"# {language}", ""]
        lines += [line for of, section in places if of == language for line in (f"## {section}", "")]
    return "\n".join(lines)


def _has(written: narrative.Texts, term: str) -> bool:
    return any(of == term for of, _, _ in written)


def _to_tell(study: Study, term: Term) -> list[tuple[str, dict[str, str]]]:
    """What does not carry over by itself: days of the exports, values by term, sources and questions that end."""
    found: list[tuple[str, dict[str, str]]] = []
    for indicator in study.practice:
        if indicator.values and term.id not in indicator.values:
            found.append(("values", {"id": indicator.id, "term": term.id}))
    for source in study.sources:
        if source.terms and term.id not in source.terms:
            found.append(("source", {"file": source.file, "term": term.id}))
    if any(other.extracted for other in study.terms):
        found.append(("extracted", {"term": term.id}))
    if term.end > study.study.end:
        found.append(("study_end", {"end": study.study.end.isoformat()}))
    return found
