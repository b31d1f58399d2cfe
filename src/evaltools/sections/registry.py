"""The sections of a report, one a notebook, in the order of the flow: the only list of them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

MODULES = {
    "ingestion": "ingestion",
    "background": "background",
    "participants": "participants",
    "survey": "survey",
    "placement": "placement",
    "monitoring": "monitoring",
    "report": "final",
}
TOPICS = tuple(MODULES)


def module(topic: str) -> ModuleType:
    """The module that computes and presents a section. Raises KeyError for an unknown topic."""
    return import_module(f"evaltools.sections.{MODULES[topic]}")


def number(topic: str) -> str:
    """A topic with its place in the flow: ``04_survey``."""
    return f"{TOPICS.index(topic) + 1:02d}_{topic}"
