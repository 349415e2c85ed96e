"""What an address says about the kecamatan, with or without the word "Kec." before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maps.gazetteer import Regency
from maps.regency_names import regency_names
from maps.spelling import SOUNDS_ALIKE, NameIndex, Words

NEVER = float("inf")

_CONTRADICTION = 1.5  # slips: the writer named another kecamatan than the one meant
_WORD_LEFT_OVER = 1.6  # slips: an unexplained word beside the kecamatan's name: perhaps a piece of it
_MOST_WORDS = 4
_SHORT_PROVINCES: Mapping[str, str] = {
    "12": "Sumut", "13": "Sumbar", "16": "Sumsel", "19": "Babel", "21": "Kepri", "31": "Jakarta", "32": "Jabar",
    "33": "Jateng", "34": "Yogyakarta", "35": "Jatim", "52": "NTB", "53": "NTT", "61": "Kalbar", "62": "Kalteng",
    "63": "Kalsel", "64": "Kaltim", "65": "Kaltara", "71": "Sulut", "72": "Sulteng", "73": "Sulsel", "74": "Sultra",
    "76": "Sulbar", "82": "Malut",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DistrictEvidence:
    """What the text says: slips for each kecamatan it may mean, by code, and for all others.

    `named` is false when the text does not say; `words` are those read as the name.
    """

    slips: Mapping[str, float]
    otherwise: float
    named: bool
    words: Words = ()

    def of(self, code: str) -> float:
        """Slips of taking the text to mean this kecamatan."""
        return self.slips.get(code, self.otherwise)

    def contradicts(self, code: str) -> bool:
        """Whether the text names a kecamatan, and not this one."""
        return self.named and code not in self.slips

    def least(self) -> float:
        """Slips in the name as written, whichever kecamatan is meant."""
        return min(self.slips.values(), default=0.0)


NOT_SAID = DistrictEvidence(slips={}, otherwise=0.0, named=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A kecamatan's name among other words, from `start` to before `end`."""

    evidence: DistrictEvidence
    start: int
    end: int


class Districts:
    """The kecamatan of one regency, by name; also the names of the regency and province, which end many addresses."""

    def __init__(self, regency: Regency) -> None:
        self._codes = [district.code for district in regency.districts]
        self._names = NameIndex(district.name for district in regency.districts)
        short = _SHORT_PROVINCES.get(regency.province_code, regency.province)
        self._home = NameIndex((regency_names().base(regency.code), regency.province, short, "Indonesia"))

    def nearest(self, words: Words) -> float:
        """Slips from these words to the nearest kecamatan's name."""
        return min(self._names.near(words).values(), default=NEVER)

    def is_name(self, words: Words, *, labelled: bool) -> bool:
        """Whether the words are near enough to some kecamatan's name; a label ("Kec.") allows more slips."""
        return self.nearest(words) <= _allowed(words, labelled=labelled)

    def length_of_name(self, words: Words) -> int:
        """How many of the words behind "Kec." make its name; 0 if none is recognised."""
        choices = [
            (self.nearest(words[:used]) + _WORD_LEFT_OVER * len(self.unexplained(words[used:])), used)
            for used in range(1, min(len(words), _MOST_WORDS) + 1)
            if self.is_name(words[:used], labelled=True)
        ]
        return min(choices)[1] if choices else 0

    def stated(self, names: Sequence[Words]) -> DistrictEvidence | None:
        """What labelled names say together; None if one of them is no kecamatan here."""
        evidence = NOT_SAID
        for words in names:
            if not self.is_name(words, labelled=True):
                return None
            new = self._evidence(words)
            if evidence.named:  # named twice: only what both allow counts
                both = {
                    code: slips + evidence.slips[code] for code, slips in new.slips.items() if code in evidence.slips
                }
                new = DistrictEvidence(both, new.otherwise, named=True, words=evidence.words + words)
            evidence = new
        return evidence

    def among(self, words: Words, *, regency_named: bool) -> Place | None:
        """The kecamatan named in unlabelled words, if any.

        "Sumberjo, Jombang" may mean kecamatan or Kabupaten Jombang: said once, it says nothing, unless the regency is
        named besides.
        """
        found = [
            (self.nearest(words[start:end]) + (start + len(words) - end) * _WORD_LEFT_OVER, start, end)
            for start in range(len(words))
            for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1)
            if self.is_name(words[start:end], labelled=False)
        ]
        if not found:
            return None
        _, start, end = min(found)
        name = words[start:end]
        unclear = not regency_named and self.names_home(name) and not self.names_home(words[end:])
        return Place(NOT_SAID if unclear else self._evidence(name), start, end)

    def around(self, before: Words, words: Words, after: Words) -> float:
        """Slips at which the words, alone or with their neighbours, name a kecamatan; infinite if they do not."""
        slips = NEVER
        for ahead in range(min(2, len(before)) + 1):
            for behind in range(min(2, len(after)) + 1):
                name = before[len(before) - ahead :] + words + after[:behind]
                if self.is_name(name, labelled=False):
                    slips = min(slips, self.nearest(name))
        return slips

    def unexplained(self, words: Words) -> Words:
        """The words that are neither numbers nor the name of the own regency or province."""
        kept: list[str] = []
        position = 0
        while position < len(words):
            home = next((n for n in (3, 2, 1) if self._is_only_home(words[position : position + n], n)), 0)
            if not home and not words[position].isdigit():
                kept.append(words[position])
            position += home or 1
        return tuple(kept)

    def names_home(self, words: Words) -> bool:
        """Whether the words are the name of the own regency or province."""
        slips = SOUNDS_ALIKE if sum(map(len, words)) < 7 else 1.0 + SOUNDS_ALIKE
        return min(self._home.near(words).values(), default=NEVER) <= slips

    def _evidence(self, words: Words) -> DistrictEvidence:
        near = {self._codes[position]: slips for position, slips in self._names.near(words).items()}
        least = min(near.values())
        # a name spelled as listed is not a misspelling of another: Gudo is not Kudu
        reach = SOUNDS_ALIKE if least == 0 else _CONTRADICTION
        meant = {code: slips for code, slips in near.items() if slips <= least + reach}
        return DistrictEvidence(meant, least + _CONTRADICTION, named=True, words=words)

    def _is_only_home(self, words: Words, length: int) -> bool:
        return len(words) == length and self.names_home(words) and not self.is_name(words, labelled=False)


def _allowed(words: Words, *, labelled: bool) -> float:
    letters = sum(map(len, words))
    slips = 1 + (letters >= 5) + (letters >= 11) if labelled else (letters >= 5) + (letters >= 8)
    return slips + 2 * SOUNDS_ALIKE if slips else SOUNDS_ALIKE
