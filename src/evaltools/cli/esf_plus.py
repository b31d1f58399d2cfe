"""``evaltools esf-plus``: the common indicators of the European Social Fund Plus, in tables for the funder."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, each_study, print_table, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    words = "The common indicators of Regulation (EU) 2021/1057 for participants, exact, for the funder and not public."
    parser = commands.add_parser("esf-plus", help="the funder's table of the ESF+", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--term", default="", metavar="ID", help="data up to this term (default: the last)")
    parser.add_argument("--to", default="", metavar="FOLDER", help="where it goes (default: outputs/STUDY/esf-plus)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _esf_plus)


def _esf_plus(folder: str, asked: Asked) -> None:
    from evaltools.fieldwork import esf_plus, private_files, so_far
    from evaltools.report.render import spreadsheet
    from evaltools.sections.material import Labels
    from evaltools.study import loader

    study = loader.load(folder)
    if study.funder != "esf-plus":
        print(say("esf.not_asked", asked))
        return
    term = study.term(asked.term) if asked.term else study.last_term
    to = private_files.chosen(study, asked.to, "esf-plus")
    found = so_far.of_persons(study, term.id)
    if "persons" not in found.tables:
        print(say("due.no_register", asked))
        return
    people = esf_plus.people(study, found.tables)
    made = esf_plus.tables(people, Labels(study, term, asked.language, "internal"))
    broken = [[str(line[1]), str(line[2])] for line in made[-1].rows if line[2]]
    print_table(broken or [[say("esf.no_faults", asked), ""]])
    faults = "".join(f"{line}\n" for line in ["rule,id", *esf_plus.faults(people, found.ids)])
    [path] = private_files.write(study, to, {"faults.csv": faults})
    tables = spreadsheet.write(made, path.parent, [say("esf.private", asked)])
    for written in (tables[-1], path):
        print(say("esf.written", asked, file=relative(written)))
