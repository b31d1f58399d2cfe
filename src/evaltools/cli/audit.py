"""``evaltools audit``: try what could be worked out from what a public edition would publish."""

from __future__ import annotations

import argparse
import time

from evaltools.cli.common import Asked, Commands, each_study, say, studies_only


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "audit",
        help="try what could be worked out from a public report",
        description="Attack what the public edition of a term would publish, with all that was published before.",
    )
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="folder of a study")
    parser.add_argument("--term", metavar="ID", help="id of the term (default: the study's last)")
    return parser


def command(asked: Asked) -> int:
    return each_study(studies_only(asked), _audit)


def _audit(folder: str, asked: Asked) -> None:
    from evaltools import session
    from evaltools.disclosure import audit, policy
    from evaltools.pipeline import publication
    from evaltools.study import loader

    study = loader.load(folder)
    term = session.OpenStudy(study).term(asked.term or "", asked.language, "public")
    if not policy.active(study.disclosure, "public"):
        print(say("disclosure.audit_none", asked, study=study.id, reason=study.disclosure.reason))
        return
    started = time.perf_counter()
    release = publication.audit(term).held
    words = {"study": study.id, "term": term.term.id, "most": study.disclosure.minimum - 1}
    sizes = {"cells": len(release.published), "relations": len(release.relations), "targets": audit.attacked(release)}
    sizes["releases"] = len(term.earlier)
    said = {name: say(f"disclosure.audit_{name}", asked, n=n) for name, n in sizes.items()}
    print(say("disclosure.audit", asked, **words, **said, seconds=round(time.perf_counter() - started)))
