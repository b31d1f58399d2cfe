"""``evaltools describe``: propose the block of a study file for an export."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaltools.cli.common import Asked, Commands, each_study


def add(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("describe", help="propose a source block", description="Describe an export.")
    parser.add_argument("studies", nargs=1, metavar="FILE", help="an export: CSV, XLSX or Parquet")
    return parser


def command(asked: Asked) -> int:
    return each_study(asked, _describe)


def _describe(file: str, _: Asked) -> None:
    from evaltools.authoring import describe

    print(describe.describe(Path(file)), end="")
