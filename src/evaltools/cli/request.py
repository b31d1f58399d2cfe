"""``evaltools request``: the project's people in the layout of a request to a register, keys apart."""

from __future__ import annotations

import argparse

from evaltools.cli.common import Asked, Commands, each_study, relative, say


def add(commands: Commands) -> argparse.ArgumentParser:
    words = (
        "Write the project's people for a request to a register's holder: ids in one file, what is known in another."
    )
    parser = commands.add_parser("request", help="people for a register request, keys apart", description=words)
    parser.add_argument("studies", nargs=1, metavar="STUDY", help="folder of a study")
    parser.add_argument("--to", default="", metavar="FOLDER", help="where (default: outputs/STUDY/request)")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _request)


def _request(folder: str, asked: Asked) -> None:
    from evaltools.fieldwork import private_files, register_request, so_far
    from evaltools.study import loader

    study = loader.load(folder)
    to = private_files.chosen(study, asked.to, "request")
    found = so_far.of_persons(study, study.last_term.id)
    if "persons" not in found.tables:
        print(say("due.no_register", asked))
        return
    keys, known = register_request.files(study, found.tables, found.ids, asked.language)
    [key_file] = private_files.write(study, to / "keys", keys)
    people, columns = private_files.write(study, to / "people", known)
    print(say("request.keys", asked, n=len(found.tables["persons"]), file=relative(key_file)))
    print(say("request.people", asked, file=relative(people), columns=relative(columns)))
    print(say("request.then", asked))
