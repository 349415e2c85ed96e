"""Which part of a written address is the village, which the kecamatan, and which neither.

An Indonesian address names its parts ("Dsn. Krajan RT 03 Ds. Rejosari Kec. Wonodadi") or only lines them up from small
to large ("Krajan, Rejosari, Wonodadi"). Here the text is cut at such words and at punctuation; nothing is compared with
any list yet.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import OSA

from maps.spelling import Words, plain

Role = Literal["village", "district", "regency", "city", "province", "hamlet", "street", "landmark", "number", "plain"]

_LABELS: Mapping[Role, str] = {
    "village": "ds dsa des desa kel kelurahan kalurahan klr klrh gampong gp gpg nagari pekon lembang pemdes",
    "district": "kec kecamatan kcm kcmt kcmtn kecmtn kc distrik kapanewon kemantren",
    "regency": "kab kabupaten kabup kbp",
    "city": "kota kodya kotamadya kotamadia",
    "province": "prov provinsi propinsi prop",
    "hamlet": "dsn dusun dus dsun dk dkh dkuh dukuh dukuhan pedukuhan padukuhan ling lingk lingkungan jorong banjar",
    "street": "jl jln jalan gg gang perum perumahan komplek kompleks blok",
    "landmark": "dekat depan dpn belakang blkg sebelah sblh samping timurnya baratnya utaranya selatannya seberang "
    "toko warung masjid mushola musholla langgar gereja sd sdn min mi smp smpn mts mtsn sma sman smk smkn puskesmas "
    "ponpes telp hp wa balai kantor pos polsek koramil makam jembatan lapangan",
    "number": "rt rw rk no nomor nmr km kav",
}
_ROLE_OF: Mapping[str, Role] = {word: role for role, words in _LABELS.items() for word in words.split()}
_ONLY_IN: Mapping[str, Collection[str]] = {  # provinces where the word means a desa or kecamatan; a name elsewhere
    **dict.fromkeys(("gampong", "gp", "gpg"), ("11",)),
    **dict.fromkeys(("nagari", "jorong"), ("13",)),
    **dict.fromkeys(("kalurahan", "kapanewon", "kemantren"), ("34",)),
    **dict.fromkeys(("negeri", "ohoi"), ("81", "82")),
    "pekon": ("18",),
    "lembang": ("73",),
    "distrik": ("91", "92", "93", "94", "95", "96"),
}
NEVER_A_NAME = frozenset({"ds", "dsa", "des", "desa", "kel", "kelurahan", "klr", "klrh"})
_SOMETIMES_VILLAGE = frozenset({"kampung", "kp", "kpg", "kmp", "negeri", "ohoi"})
_COMPASS = frozenset({"utara", "selatan", "barat", "timur"})
_LONG_LABELS: Sequence[str] = ("kecamatan", "kelurahan", "kabupaten", "provinsi")
_ENDS_AT_A_NUMBER: Collection[Role] = ("hamlet", "street", "landmark")
_KEEPS_NEXT_LABEL_AS_NAME: Collection[Role] = ("village", "district")
_ALWAYS_LABELS: Collection[Role] = ("village", "district", "regency", "province", "number")

_TOKEN = re.compile(r"[a-z0-9]+|[,;:()\[\]|\n]|(?<!\S)[-–—](?!\S)")
_RT_RW = re.compile(r"(?<![a-z])(rt|rw|rk)\.?\s*(?=\d)")
_ROMAN_OR_DIGITS = re.compile(r"[ivx]+|\d+[a-z]?|[a-z]")
_POSTCODE_DIGITS = 5


@dataclass(slots=True)
class Segment:
    """A run of words with one meaning. `label` is the word that gave it, empty for plain runs and for columns."""

    role: Role
    label: str = ""
    words: Words = ()


@dataclass(slots=True)
class _Cutter:
    """Collects words into segments while the address is read from left to right."""

    role: Role
    label: str = ""
    name_words: Collection[str] = ()
    words: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def cut(self, role: Role = "plain", label: str = "") -> None:
        """Close the current run and start one with this meaning."""
        if self.words or (self.label and self.role == "hamlet"):
            self.segments.append(Segment(self.role, self.label, tuple(self.words)))
        elif self.segments and (
            self.role == "city" or self.label in self.name_words
        ):  # the end of a name: Alue Gampong
            self.segments[-1].words += (self.label,)
        self.role, self.label, self.words = role, label, []

    def at_label(self) -> bool:
        """Whether a label was just read and its name is still to come."""
        return bool(self.label) and not self.words


def segments_of(
    text: str, *, province: str, name_words: Collection[str] = (), starts_as: Role = "plain"
) -> Sequence[Segment]:
    """The address in runs, left to right.

    `province`: the code of the province, since a gampong is a village in Aceh only.
    `name_words`: the words of the names in this regency; a landmark, street or hamlet word among them is not a label
    there. `starts_as`: what an unlabelled text means, for a column that holds one kind of name.
    """
    cutter = _Cutter(role=starts_as, name_words=name_words)
    tokens = list(_tokens(text))
    numbering = False
    for position, token in enumerate(tokens):
        if not token.isalnum():
            # "Desa: Rejosari" goes on, but "Ulee Gampong, Cot Girek" ends here
            expects_more = cutter.at_label() and cutter.role != "hamlet"
            if not expects_more or (cutter.label in name_words and ":" not in token):
                cutter.cut()
            continue
        if numbering and _ROMAN_OR_DIGITS.fullmatch(token) and len(token) < _POSTCODE_DIGITS:
            continue
        numbering = False
        role = _role_of(token, province, name_words)
        if role == "number" and (position + 1 < len(tokens)):
            cutter.cut()
            numbering = True
        elif token.isdigit():
            _take_digits(cutter, token)
        elif token in _COMPASS and token not in name_words and not cutter.words and not cutter.label:
            cutter.cut("landmark", token)  # "selatan makam"; behind other words it belongs to them
        elif role is None or role == "number" or _is_part_of_a_name(cutter, token, role):
            cutter.words.append(token)
        else:
            cutter.cut(role, token)
    cutter.cut()
    return _settle_kampung(cutter.segments)


def is_label(word: str) -> bool:
    """Whether the word can announce a part of an address."""
    return word in _SOMETIMES_VILLAGE or word in _ROLE_OF


def _tokens(text: str) -> Iterator[str]:
    cleaned = _RT_RW.sub(r" \1 ", plain(text).replace("\r", "\n"))
    return (found.group() for found in _TOKEN.finditer(cleaned))


def _role_of(token: str, province: str, name_words: Collection[str]) -> Role | None:
    if province not in _ONLY_IN.get(token, (province,)):
        return None
    role = _ROLE_OF.get(token) or _misspelt_label(token)
    if role is None:
        return "village" if token in _SOMETIMES_VILLAGE else None
    return role if role in _ALWAYS_LABELS or token not in name_words else None


@lru_cache(maxsize=50_000)
def _misspelt_label(token: str) -> Role | None:
    if len(token) < len("provinsi") - 1:
        return None
    near = [label for label in _LONG_LABELS if OSA.distance(token, label, score_cutoff=2) <= 2]
    return _ROLE_OF[near[0]] if near else None


def _is_part_of_a_name(cutter: _Cutter, token: str, role: Role) -> bool:
    """Right after "Desa" or "Kec." even a label word is a name: Desa Dukuh, Kec. Kota, Kec. Lembang."""
    if not cutter.at_label() or cutter.role not in _KEEPS_NEXT_LABEL_AS_NAME:
        return False
    return role not in _ALWAYS_LABELS or (role == "village" != cutter.role and token not in NEVER_A_NAME)


def _take_digits(cutter: _Cutter, digits: str) -> None:
    if len(digits) >= _POSTCODE_DIGITS or cutter.role in _ENDS_AT_A_NUMBER:
        cutter.cut()
    elif cutter.words:
        cutter.words.append(digits)


def _settle_kampung(segments: list[Segment]) -> Sequence[Segment]:
    """A kampung is the village itself in Papua and Lampung, but a hamlet where the address names a desa as well."""
    if any(s.role == "village" and s.label not in _SOMETIMES_VILLAGE and s.words for s in segments):
        for segment in segments:
            if segment.label in _SOMETIMES_VILLAGE:
                segment.role = "hamlet"
    return segments
