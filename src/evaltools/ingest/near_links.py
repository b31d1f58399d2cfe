"""Links by a code that people make themselves, where one part of it is remembered differently.

Two rows that no one else's code fits are linked if their codes differ in exactly one part and neither has another such
partner. How many of those links are of two different persons is estimated from how often the parts of different
persons' codes agree.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Left = TypeVar("Left", bound=Hashable)
Right = TypeVar("Right", bound=Hashable)
Code = tuple[str, ...]  # the parts of a code; an empty part is one that was left out
STEPS = 1000  # of the share that is looked for


def links(left: Mapping[Left, Code], right: Mapping[Right, Code]) -> dict[Left, Right]:
    """For each id on the left its partner on the right: the only one whose code differs in one part, on both sides.

    Parameters
    ----------
    left, right : ids and their codes of as many parts each; none of the left equals one of the right

    Notes
    -----
    A part left out differs from every part. Codes are looked up by their other parts, so the work grows with the
    number of codes and not with its square.
    """
    by_rest: dict[tuple[int, Code], set[Right]] = defaultdict(set)
    for name, code in right.items():
        for at, rest in _rests(code):
            by_rest[at, rest].add(name)
    nobody: set[Right] = set()
    partners = {
        name: nobody.union(*(by_rest.get((at, rest), ()) for at, rest in _rests(code))) for name, code in left.items()
    }
    wanted = Counter(other for others in partners.values() for other in others)
    found = ((name, next(iter(others))) for name, others in partners.items() if len(others) == 1)
    return {name: other for name, other in found if wanted[other] == 1}


def _rests(code: Code) -> Iterable[tuple[int, Code]]:
    """A code without each of its parts in turn, where the others are all given."""
    for at in range(len(code)):
        rest = code[:at] + code[at + 1 :]
        if all(rest):
            yield at, rest


def one_apart(codes: Sequence[Code]) -> float:
    """The probability that the codes of two different persons differ in exactly one part.

    Parameters
    ----------
    codes : one a person, of as many parts each

    Returns
    -------
    From how often two persons agree in each part, the parts taken as independent (the u-probabilities of Fellegi and
    Sunter, 1969); 0 for fewer than two codes.
    """
    agree = [_agreement([code[at] for code in codes if code[at]]) for at in range(len(codes[0]))] if codes else []
    chance = 0.0
    for at, here in enumerate(agree):
        others = 1.0
        for other, there in enumerate(agree):
            others *= there if other != at else 1.0
        chance += (1 - here) * others
    return chance


def _agreement(values: Sequence[str]) -> float:
    n = len(values)
    return sum(k * (k - 1) for k in Counter(values).values()) / (n * (n - 1)) if n > 1 else 0.0


def expected_false(linked: int, left: int, right: int, chance: float) -> float:
    """How many of the links are expected to be of two different persons.

    Parameters
    ----------
    linked : links made between codes that nothing else links
    left, right : how many such codes there were on each side
    chance : that the codes of two different persons differ in exactly one part, see ``one_apart``

    Notes
    -----
    A code of the left has a Poisson number of chance partners with mean ``right * chance``, one of the right with mean
    ``left * chance``. Of the left a share s has its own person's code one part apart on the right. A link is true with
    probability s times that of no chance partner on either side; it is false where its own is not there, there is one
    chance partner, and that one has neither its own nor another. The s that gives the links made gives the false ones.
    """
    if not linked or not left or not right:
        return 0.0
    alone = math.exp(-(left + right) * chance)

    def made(share: float) -> tuple[float, float]:
        false = (1 - share) * right * chance * max(0.0, 1 - share * left / right)
        return left * alone * share, left * alone * false

    most = min(1.0, right / left)
    shares = [most * step / STEPS for step in range(STEPS + 1)]
    # the smallest share that gives as many links as were made, so that false ones are not told too few
    share = next((share for share in shares if sum(made(share)) >= linked), None)
    true, false = made(max(shares, key=lambda s: sum(made(s))) if share is None else share)
    return linked * false / (true + false) if true + false else 0.0
