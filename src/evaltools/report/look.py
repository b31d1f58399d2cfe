"""The logo and the colours of a study's own on its pages."""

from __future__ import annotations

import base64
from html import escape
from typing import TypedDict

from evaltools.study.look import KINDS
from evaltools.study.model import Study


class Look(TypedDict):
    """What ``html.page`` takes of it: rules after the stylesheet, and a picture before the heading."""

    style: str
    logo: str


def of(study: Study, language: str) -> Look:
    """Empty where the study file names neither. The logo is inside the page, which asks nothing of the network."""
    return Look(style=_style(study), logo=_logo(study, language))


def _style(study: Study) -> str:
    colours = study.report.colours
    seen = {
        "light": "print, screen and (prefers-color-scheme: light)",
        "dark": "screen and (prefers-color-scheme: dark)",
    }
    return "\n".join(f"@media {seen[which]} {{ :root {{ --accent: {colour}; }} }}" for which, colour in colours.items())


def _logo(study: Study, language: str) -> str:
    if not study.report.logo:
        return ""
    path = study.folder / study.report.logo
    whole = base64.b64encode(path.read_bytes()).decode()
    name = (study.publisher.name if study.publisher else study.study.organisation)(language)
    return f'<img class="ev-logo" src="data:{KINDS[path.suffix.lower()]};base64,{whole}" alt="{escape(name)}">'
