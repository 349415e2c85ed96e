"""How far a written name is from a listed one, in slips of the pen.

One letter changed, dropped, doubled or swapped with its neighbour is one slip, and only 0.6 of one if the two letters
are taken for each other by ear (o for u, i for e, p for b). Spellings of the same sound cost a quarter: that of
before 1972 (oe, dj, tj, j for y), word-final k/g, p/b and d/t, doubled letters. How a name is cut into words costs
nothing: Sumberkembar and Sumber Kembar are the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

Words = tuple[str, ...]

SOUNDS_ALIKE = 0.25  # slips charged for another spelling of the same sound
_MISHEARD = 0.6  # slips charged for a letter taken for a similar one
_OLD_J = 0.15  # more, when every j has to be read as y: rarer, and modern j is common
_MOST_REMEMBERED = 100_000  # answers kept per index before starting afresh: a few tens of MB

_SAME_SOUND = (
    ("oe", "u"), ("dj", "j"), ("tj", "c"), ("dh", "d"), ("th", "t"), ("bh", "b"), ("q", "k"), ("v", "w"), ("f", "p"),
)  # fmt: skip
_MISHEARD_AS = str.maketrans("oueibgdzy", "aaiipktsi")
_SOFT_ENDINGS = {"g": "k", "b": "p", "d": "t"}
_LOOKALIKE_DIGITS = str.maketrans("015", "ois")
_SHORT_FORMS = {
    "sei": "sungai", "tg": "tanjung", "tjg": "tanjung", "tj": "tanjung", "gn": "gunung", "krg": "karang",
    "sbr": "sumber", "kp": "kampung", "kpg": "kampung", "btg": "batang", "lbk": "lubuk", "perk": "perkebunan",
}  # fmt: skip
_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        (
            "satu i", "dua ii", "tiga iii", "empat iv", "lima v", "enam vi", "tujuh vii", "delapan viii",
            "sembilan ix", "sepuluh x",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case, no accents or apostrophes; "KecWonodadi" becomes two words, and so does "alang2", said twice."""
    spaced = re.sub(r"(?<=[a-z]{2})(?=[A-Z])", " ", text)
    decomposed = unicodedata.normalize("NFKD", spaced).lower()
    letters = "".join(c for c in decomposed if not unicodedata.combining(c) and c not in "'’‘`ʼ\"")
    return re.sub(r"\b([a-z]{3,})2\b", r"\1 \1", letters)


def words_of(text: str) -> Words:
    """The words of a name as used for comparing."""
    return tuple(re.findall(r"[a-z0-9]+", plain(text)))


class NameIndex:
    """Names to compare with, and what was found before. Each name is known by its position in `names`."""

    def __init__(self, names: Iterable[str]) -> None:
        spellings = [(position, words) for position, name in enumerate(names) for words in _ways_to_write(name)]
        self._owner = [position for position, _ in spellings]
        self._written = [_joined(words) for _, words in spellings]
        self._longest = max(map(len, self._written), default=0)
        self._sounded = [_sound(words) for _, words in spellings]
        self._heard = [sound.translate(_MISHEARD_AS) for sound in self._sounded]
        self._remembered: dict[Words, Mapping[int, float]] = {}

    def near(self, words: Words) -> Mapping[int, float]:
        """The names within reach of these words, each with its distance in slips (0 = the same)."""
        found = self._remembered.get(words)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered = {}
            found = self._remembered[words] = self._compare(words)
        return found

    def _compare(self, words: Words) -> Mapping[int, float]:
        written = _joined(words)
        reach = _reach(len(written))
        if not written or len(written) > self._longest + reach:
            return {}
        sounded = _sound(words)
        near = self._within(written, sounded, reach, SOUNDS_ALIKE)
        old = _sound(words, old_j=True)
        if old != sounded:
            for spelling, slips in self._within(written, old, reach, SOUNDS_ALIKE + _OLD_J).items():
                near[spelling] = min(slips, near.get(spelling, slips))
        nearest: dict[int, float] = {}
        for spelling, slips in near.items():
            owner = self._owner[spelling]
            nearest[owner] = min(slips, nearest.get(owner, slips))
        return nearest

    def _within(self, written: str, sounded: str, reach: float, alike: float) -> dict[int, float]:
        """Slips for each spelling within reach, by position."""
        heard = sounded.translate(_MISHEARD_AS)
        # one comparison with all names by ear, which forgives most; the others only for the few it leaves
        cutoff = int(reach) + 1
        counted = cdist([heard], self._heard, scorer=OSA.distance, score_cutoff=cutoff, dtype=np.uint8)[0]
        near: dict[int, float] = {}
        for spelling in np.flatnonzero(counted <= cutoff).tolist():
            slips: float = min(
                OSA.distance(written, self._written[spelling]),
                OSA.distance(sounded, self._sounded[spelling]) + alike,
            )
            by_ear = int(counted[spelling])
            if by_ear < slips and slips >= 1:
                slips = _MISHEARD * slips + (1 - _MISHEARD) * by_ear
            if slips <= reach:
                near[spelling] = slips
        return near


def _reach(length: int) -> float:
    """The most slips worth looking at in a word of this many letters."""
    return 1.0 + SOUNDS_ALIKE if length <= 3 else min(4.0, 1.0 + length // 4) + SOUNDS_ALIKE


def _ways_to_write(name: str) -> Iterable[Words]:
    """The name, and what else it may be written as.

    Each half of "Niara (Wosia)" and "Warse/Jetsy"; Kualadua for Kuala Dua, which counts as Kuala 2; Adat Nechive for
    Desa Adat Nechive.
    """
    words = words_of(name)
    halves = [words_of(half) for half in re.split(r"[(/)]", name) if half.strip()]
    in_one = [("".join(words),)] if any(word in _NUMBERS for word in words[1:]) else []
    without_kind = [words[1:]] if words[0] == "desa" and len(words) > 1 else []
    return dict.fromkeys([words, *in_one, *without_kind, *halves])


def _joined(words: Words) -> str:
    return "".join(_full_form(word, first=position == 0) for position, word in enumerate(words))


def _full_form(word: str, *, first: bool) -> str:
    if not first and word in _NUMBERS:
        return _NUMBERS[word]
    if word.isdigit():
        return word.lstrip("0")
    if any(character.isdigit() for character in word):
        word = word.translate(_LOOKALIKE_DIGITS)
    return _SHORT_FORMS.get(word, word)


def _sound(words: Words, *, old_j: bool = False) -> str:
    """One spelling for all that sound alike; with `old_j`, a j that is not dj or tj is read as y."""
    return "".join(
        _sound_of_word(_full_form(word, first=position == 0), old_j=old_j) for position, word in enumerate(words)
    )


@lru_cache(maxsize=50_000)
def _sound_of_word(word: str, *, old_j: bool) -> str:
    if old_j:
        word = word.replace("dj", "§").replace("tj", "c").replace("j", "y").replace("§", "j")
    for spelling, sound in _SAME_SOUND:
        word = word.replace(spelling, sound)
    word = re.sub(r"(.)\1+", r"\1", word)
    word = re.sub(r"(?<=u)w(?=[aeio])|(?<=i)y(?=[aeou])", "", word)
    if len(word) > 3 and not word.endswith("ng"):
        word = word[:-1] + _SOFT_ENDINGS.get(word[-1], word[-1])
    return word[:-1] if len(word) > 4 and word.endswith("h") else word
