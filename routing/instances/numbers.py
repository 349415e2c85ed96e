"""Lines of a text with their numbers, and the numbers in them; what is wrong names its line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from routing.instances.nodes import BadInstance

LARGEST = 1e12
"""No benchmark has a larger number; beyond it, sums would lose their last digit."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file and its number, from 1."""

    number: int
    text: str

    @property
    def words(self) -> list[str]:
        """What stands between the blanks."""
        return self.text.split()

    def __str__(self) -> str:
        return repr(self.text.strip()[:40])


def lines_of(text: str) -> list[Line]:
    """The lines of a text, numbered."""
    return [Line(k, line) for k, line in enumerate(text.splitlines(), start=1)]


def number(word: str, what: str, line: Line) -> float:
    """The finite number a word stands for."""
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST:
        raise BadInstance(f"{what} must be a number, not {word[:40]!r}", line=line.number)
    return value


def whole(word: str, what: str, line: Line) -> int:
    """The whole number a word stands for; "12.0" is one."""
    value = number(word, what, line)
    if value != int(value):
        raise BadInstance(f"{what} must be a whole number, not {word[:40]!r}", line=line.number)
    return int(value)


def at_least[N: (int, float)](least: N, value: N, what: str, line: Line) -> N:
    """The value, which may not be smaller."""
    if value < least:
        raise BadInstance(f"{what} must be at least {least:g}, not {value:g}", line=line.number)
    return value
