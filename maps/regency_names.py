"""Whether an address speaks of the regency at hand or of another one.

The same word may be a kabupaten and a kota (Blitar), or only one of them (Jombang): "Kota Blitar" is another place than
Kabupaten Blitar, while "Kota Jombang" can only be a way of saying Jombang.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from maps.gazetteer import gazetteer
from maps.spelling import NameIndex, Words

Verdict = Literal["here", "elsewhere", "unknown"]

_KINDS = ("Kabupaten Administrasi ", "Kota Administrasi ", "Kabupaten ", "Kota ")
_MOST_WORDS = 4
_SAME = 0.25  # slips up to which an unlabelled word counts as a regency's name


@dataclass(frozen=True, slots=True)
class _Names:
    codes: tuple[str, ...]
    index: NameIndex

    def near(self, words: Words) -> Mapping[str, float]:
        return {self.codes[position]: slips for position, slips in self.index.near(words).items()}


class RegencyNames:
    """The names of all kabupaten and kota, without their kind."""

    def __init__(self) -> None:
        names = gazetteer().regency_names()
        self._base = {code: _without_kind(name) for code, name in names.items()}
        self._cities = _pick({c: b for c, b in self._base.items() if names[c].startswith("Kota ")})
        self._kabupaten = _pick({c: b for c, b in self._base.items() if not names[c].startswith("Kota ")})

    def base(self, code: str) -> str:
        """ "Blitar" for Kabupaten Blitar."""
        return self._base[code]

    def judge(self, words: Words, *, city: bool, home: str) -> tuple[Verdict, int]:
        """What the words after "Kab." (or "Kota", with `city`) say, and how many of them they need for that."""
        best: tuple[float, Verdict, int] = (float("inf"), "unknown", 0)
        for used in range(1, min(len(words), _MOST_WORDS) + 1):
            for slips, verdict in self._verdicts(words[:used], city=city, home=home):
                best = min(best, (slips - 0.01 * used, verdict, used))
        slips, verdict, used = best
        return (verdict, used) if slips <= _allowed(words[:used]) else ("unknown", 0)

    def is_elsewhere(self, words: Words, home: str) -> bool:
        """Whether these words, without any label, are exactly the name of another regency of the same province."""
        near = {**self._kabupaten.near(words), **self._cities.near(words)}
        same = [code for code, slips in near.items() if slips <= _SAME and code[:2] == home[:2]]
        return bool(same) and self._base[home] not in {self._base[code] for code in same}

    def _verdicts(self, words: Words, *, city: bool, home: str) -> list[tuple[float, Verdict]]:
        near = (self._cities if city else self._kabupaten).near(words)
        found: list[tuple[float, Verdict]] = [
            (slips, "here" if code == home else "elsewhere") for code, slips in near.items()
        ]
        # "Kota Jombang" where no such city exists can only mean the kabupaten, and the other way round
        own_of_other_kind = (self._kabupaten if city else self._cities).near(words).get(home)
        if own_of_other_kind is not None:
            found.append((own_of_other_kind + 0.1, "here"))
        return found


@lru_cache(maxsize=1)
def regency_names() -> RegencyNames:
    """The names of the shipped gazetteer."""
    return RegencyNames()


def _without_kind(name: str) -> str:
    for kind in _KINDS:
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name


def _pick(names: Mapping[str, str]) -> _Names:
    return _Names(tuple(names), NameIndex(names.values()))


def _allowed(words: Words) -> float:
    letters = sum(len(word) for word in words)
    return _SAME if letters <= 3 else 1.5 if letters <= 6 else 2.5
