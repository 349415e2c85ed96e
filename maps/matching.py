"""From an address as people write it to the one village it means, or to a short list for a person to decide.

A wrong village costs a journey and leaves a citizen waiting; a question costs a minute. So every reading of the text
competes: each village that could be meant gets a weight that falls by `_PER_SLIP` for every slip of the pen, every word
left over and every contradiction, and one more competitor stands for "none of them". The confidence is the winner's
share. Below `THRESHOLD` nothing is decided.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from maps.address import Role, Segment, segments_of
from maps.gazetteer import Village, dotted_code, gazetteer
from maps.readings import HOPELESS, Span, spans_of
from maps.regency_names import regency_names
from maps.spelling import SOUNDS_ALIKE, NameIndex, Words, words_of

THRESHOLD = 0.9

Why = Literal[
    "decided",
    "empty",
    "no_village",
    "same_name",
    "close_call",
    "unlike",
    "only_district",
    "district_contradicts",
    "district_unknown",
    "other_regency",
]

_REASONS: Mapping[Why, str] = {
    "decided": "Desa/kelurahan ditemukan.",
    "empty": "Alamat kosong.",
    "no_village": "Tidak ada nama desa/kelurahan yang dikenali.",
    "same_name": "Ada beberapa desa/kelurahan dengan nama ini; kecamatannya perlu disebut.",
    "close_call": "Beberapa desa/kelurahan sama-sama mungkin.",
    "unlike": "Nama desa/kelurahan kurang mirip dengan daftar.",
    "only_district": "Nama ini juga nama kecamatan; desa/kelurahannya perlu disebut.",
    "district_contradicts": "Desa/kelurahan ini tidak ada di kecamatan yang disebut.",
    "district_unknown": "Kecamatan yang disebut tidak ada di kabupaten/kota ini.",
    "other_regency": "Alamat menyebut kabupaten/kota lain.",
}

_PER_SLIP = 4.0  # each slip makes a reading e^4 = 55 times less likely
_CONTRADICTION = 1.5  # slips: the writer named another kecamatan than the one meant
_WORD_AFTER = 1.7  # slips: an unexplained word right behind the village: perhaps a piece of its name
_WORD_BETWEEN = 0.5  # slips: one between village and kecamatan, but set off by a comma
_WORD_AT_END = 0.1  # slips: an unexplained word in a run further on
_FROM_LARGE_TO_SMALL = 0.6  # slips: kecamatan before village, against custom
_NAMED_LIKE_A_DISTRICT = 2.5  # slips: a lone kecamatan name is rarely meant as the village of that name
_RUN_ON_WORD = 1.6  # slips: an unexplained word behind the kecamatan's name: perhaps a piece of it
_SERIOUS = 0.1  # of the winner's weight: a rival with more makes it a close call
_CONFIDENCE_WHEN_DISPUTED = 0.5  # at most, where the text itself speaks against its village
_DISPUTED: frozenset[Why] = frozenset({"district_contradicts", "district_unknown", "other_regency"})
_MOST_CANDIDATES = 5
_MOST_DISTRICT_WORDS = 4
_NEVER = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A village that may be meant, with its share of the weight (0 to 1)."""

    code: str
    label: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The decision: `code` is None when a person has to look. `name` is the best guess either way, empty if none.

    `confidence` is that of the best candidate; `candidates` are best first; `reason` is a sentence in Indonesian and
    `why` its stable short form.
    """

    code: str | None
    name: str
    confidence: float
    candidates: tuple[Candidate, ...]
    reason: str
    why: Why


def match(text: str, regency: str) -> Match:
    """The village a free text means, among those of one regency. Raises ValueError for an unknown regency code."""
    matcher = _matcher(dotted_code(regency, levels=2))
    return matcher.by_code(text) or matcher.decide(matcher.cut(text))


def match_fields(
    *, regency: str, village: str = "", district: str = "", regency_name: str = "", address: str = ""
) -> Match:
    """As `match`, when village, kecamatan and regency stand in columns of their own.

    The free address gives the village only where the village column is empty; otherwise it is only asked for a
    kecamatan, a regency, and whether it names another village.
    """
    matcher = _matcher(dotted_code(regency, levels=2))
    by_code = matcher.by_code(village)
    if by_code:
        return by_code
    columns = [
        *matcher.cut(village, "village"),
        *matcher.cut(district, "district"),
        *matcher.cut(regency_name, "regency"),
    ]
    named = any(segment.role == "village" for segment in columns)
    free = matcher.cut(address)
    return matcher.decide([*(s for s in free if not named or s.role in ("village", "district", "regency")), *columns])


@dataclass(frozen=True, slots=True)
class _DistrictEvidence:
    """What the text says about the kecamatan: slips for each one it may mean, and for all others.

    `named` is false when the text does not say; `words` are those read as its name.
    """

    slips: Mapping[str, float]
    otherwise: float
    named: bool
    words: Words = ()

    def of(self, code: str) -> float:
        return self.slips.get(code, self.otherwise)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One village under one way of reading the text.

    `none_of_them` and `only_district`: the slips of the two readings without any village, for comparison.
    """

    village: Village
    slips: float
    contradicts: bool
    none_of_them: float
    only_district: float


_NOT_SAID = _DistrictEvidence(slips={}, otherwise=0.0, named=False)


class _Matcher:
    """The names of one regency, ready to be compared with."""

    def __init__(self, regency: str) -> None:
        here = gazetteer().regency(regency)
        self._regency = regency
        self._villages = gazetteer().villages(regency)
        self._village_names = NameIndex(village.name for village in self._villages)
        self._district_codes = [district.code for district in here.districts]
        self._district_names = NameIndex(district.name for district in here.districts)
        self._home_names = NameIndex((regency_names().base(regency), here.province, *_SHORT_PROVINCES, "Indonesia"))
        names = [v.name for v in self._villages] + [d.name for d in here.districts]
        self._name_words = frozenset(word for name in names for word in words_of(name))

    def cut(self, text: str, starts_as: Role = "plain") -> Sequence[Segment]:
        """The address in runs, with kecamatan and regency freed of words that run on behind them."""
        runs = segments_of(text, name_words=self._name_words, starts_as=starts_as)
        return [part for run in runs for part in self._without_run_on(run)]

    def by_code(self, text: str) -> Match | None:
        """The village whose code is all the text holds; None if it holds anything else."""
        try:
            village = gazetteer().village(text)
        except ValueError:
            return None
        here = village.regency_code == self._regency
        return _answer("decided" if here else "other_regency", ((village, 1.0),))

    def decide(self, segments: Sequence[Segment]) -> Match:
        """Weigh all readings against each other."""
        if not any(segment.words or segment.label for segment in segments):
            return _answer("empty", ())
        district_runs = [segment.words for segment in segments if segment.role == "district" and segment.words]
        stated = self._stated_district(district_runs)
        readings = self._best_readings(segments, stated or _NOT_SAID)
        ranked = _shares(readings.values())
        if self._is_elsewhere(segments):
            return _answer("other_regency", ranked)
        if stated is None:
            return _answer("district_unknown", ranked)
        if not ranked:
            return _answer("no_village", ())
        return _answer(_verdict(ranked, readings), ranked)

    def _without_run_on(self, run: Segment) -> Sequence[Segment]:
        if run.role == "district":
            used = self._district_length(run.words)
        elif run.role in ("regency", "city"):
            verdict, used = regency_names().judge(run.words, city=run.role == "city", home=self._regency)
            if verdict == "unknown" and run.role == "city":  # not a city: a word of some name
                return [Segment("plain", "", (run.label, *run.words))]
        else:
            return [run]
        rest = run.words[used:] if used else ()
        head = Segment(run.role, run.label, run.words[:used] if used else run.words)
        return [head, Segment("plain", "", rest)] if rest else [head]

    def _district_length(self, words: Words) -> int:
        """How many of the words make the kecamatan's name; 0 if none is recognised."""
        choices = [
            (min(near.values()) + _RUN_ON_WORD * len(self._unexplained(words[used:])), used)
            for used in range(1, min(len(words), _MOST_DISTRICT_WORDS) + 1)
            if (near := self._district_names.near(words[:used]))
            and min(near.values()) <= _allowed(words[:used], stated=True)
        ]
        return min(choices)[1] if choices else 0

    def _stated_district(self, runs: Sequence[Words]) -> _DistrictEvidence | None:
        """What the labelled kecamatan say; None if one of them is not in this regency."""
        evidence = _NOT_SAID
        for words in runs:
            near = self._districts_near(words)
            if not near or min(near.values()) > _allowed(words, stated=True):
                return None
            if evidence.named:  # named twice: only what both allow counts
                near = {code: slips + evidence.slips[code] for code, slips in near.items() if code in evidence.slips}
            otherwise = min(near.values(), default=0.0) + _CONTRADICTION
            evidence = _DistrictEvidence(_closer_than(otherwise, near), otherwise, named=True, words=words)
        return evidence

    def _districts_near(self, words: Words) -> Mapping[str, float]:
        return {self._district_codes[position]: s for position, s in self._district_names.near(words).items()}

    def _best_readings(self, segments: Sequence[Segment], stated: _DistrictEvidence) -> Mapping[str, _Reading]:
        """For every village that may be meant, the reading that speaks most for it."""
        regency_named = any(segment.role in ("regency", "city") for segment in segments)
        best: dict[str, _Reading] = {}
        for span in spans_of(segments):
            near = self._village_names.near(span.words)
            if span.exact_only:
                near = {position: slips for position, slips in near.items() if slips <= SOUNDS_ALIKE}
            if not near:
                continue
            evidence, around = self._around(span, stated, regency_named=regency_named)
            for position, slips in near.items():
                reading = self._reading(self._villages[position], slips + around, span, evidence)
                if reading.village.code not in best or reading.slips < best[reading.village.code].slips:
                    best[reading.village.code] = reading
        return best

    def _reading(self, village: Village, slips: float, span: Span, evidence: _DistrictEvidence) -> _Reading:
        slips += evidence.of(village.district_code)
        only_district = _NEVER
        if span.role != "village" and not evidence.named:
            only_district = self._as_district(span)
            if only_district < _NEVER:
                slips += _NAMED_LIKE_A_DISTRICT
        if span.needs_district and (not evidence.named or evidence.words == span.words):
            slips += HOPELESS
        return _Reading(
            village=village,
            slips=slips,
            contradicts=evidence.named and village.district_code not in evidence.slips,
            none_of_them=_none_of_them(village, span, evidence),
            only_district=only_district,
        )

    def _as_district(self, span: Span) -> float:
        """Slips at which the words, alone or with their neighbours, name a kecamatan; infinite if they do not."""
        slips = _NEVER
        for ahead in range(min(2, len(span.before)) + 1):
            for behind in range(min(2, len(span.after)) + 1):
                words = span.before[len(span.before) - ahead :] + span.words + span.after[:behind]
                nearest = min(self._district_names.near(words).values(), default=_NEVER)
                if nearest <= _allowed(words, stated=False):
                    slips = min(slips, nearest)
        return slips

    def _around(self, span: Span, stated: _DistrictEvidence, *, regency_named: bool) -> tuple[_DistrictEvidence, float]:
        """What the words beside the village's name say about its kecamatan, and the slips of leaving words over."""
        after, later = self._unexplained(span.after), self._unexplained(span.later)
        against = span.against + span.left_over
        if stated.named:
            after = tuple(word for word in after if word not in stated.words)
            return stated, against + _left_over(after, _WORD_AFTER) + _left_over(later, _WORD_AT_END)
        behind = self._district_in(after + later, keep_home=regency_named)
        if behind:
            evidence, start, end = behind
            against += _left_over(after[:start], _WORD_AFTER)
            against += _left_over(later[: max(0, start - len(after))], _WORD_BETWEEN)
            return evidence, against + _left_over((after + later)[end:], _WORD_AT_END)
        against += _left_over(after, _WORD_AFTER) + _left_over(later, _WORD_AT_END)
        ahead = self._district_in(self._unexplained(span.before), keep_home=regency_named)
        if ahead:
            return ahead[0], against + _FROM_LARGE_TO_SMALL
        return _NOT_SAID, against

    def _unexplained(self, words: Words) -> Words:
        """The words that are neither numbers nor the name of the own regency or province."""
        kept: list[str] = []
        position = 0
        while position < len(words):
            home = next((n for n in (3, 2, 1) if self._is_home(words[position : position + n], n)), 0)
            if not home and not words[position].isdigit():
                kept.append(words[position])
            position += home or 1
        return tuple(kept)

    def _is_home(self, words: Words, length: int) -> bool:
        """Whether the words name the own regency or province and cannot be one of its kecamatan."""
        if len(words) < length or not self._names_home(words):
            return False
        return min(self._district_names.near(words).values(), default=_NEVER) > _allowed(words, stated=False)

    def _names_home(self, words: Words) -> bool:
        return min(self._home_names.near(words).values(), default=_NEVER) <= _allowed(words, stated=False)

    def _district_in(self, words: Words, *, keep_home: bool) -> tuple[_DistrictEvidence, int, int] | None:
        """The kecamatan named among unlabelled words, and where its name starts and ends."""
        found: tuple[float, int, int] | None = None
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + _MOST_DISTRICT_WORDS) + 1):
                nearest = min(self._district_names.near(words[start:end]).values(), default=_NEVER)
                if nearest <= _allowed(words[start:end], stated=False):
                    whole = nearest + start * _WORD_AFTER + (len(words) - end) * _WORD_AFTER
                    found = min(found or (_NEVER, 0, 0), (whole, start, end))
        if found is None:
            return None
        _, start, end = found
        name = words[start:end]
        near = self._districts_near(name)
        # "Sumberjo, Jombang": kecamatan Jombang or Kabupaten Jombang? Said once, it says nothing
        if self._names_home(name) and not keep_home and not self._names_home(words[end:]):
            return _NOT_SAID, start, end
        otherwise = min(near.values()) + _CONTRADICTION
        evidence = _DistrictEvidence(_closer_than(otherwise, near), otherwise, named=True, words=name)
        return evidence, start, end

    def _is_elsewhere(self, segments: Sequence[Segment]) -> bool:
        """Whether the address names another regency, with a label or as its last words."""
        for segment in segments:
            if segment.role in ("regency", "city") and segment.words:
                verdict, _ = regency_names().judge(segment.words, city=segment.role == "city", home=self._regency)
                if verdict != "here":
                    return True
        free = [s.words for s in segments if s.role not in ("regency", "city", "district", "province", "number")]
        last = free[-1] if free else ()
        return any(self._names_elsewhere(last[-length:]) for length in range(1, min(3, len(last)) + 1))

    def _names_elsewhere(self, words: Words) -> bool:
        own = (self._district_names, self._village_names)
        if any(min(index.near(words).values(), default=_NEVER) <= SOUNDS_ALIKE for index in own):
            return False
        return regency_names().is_elsewhere(words, self._regency)


_SHORT_PROVINCES = ("Jatim", "Jateng", "Jabar", "Sumut", "Sumbar", "Sumsel", "Sulsel", "Sulut", "Sulteng", "Sultra")


@lru_cache(maxsize=64)
def _matcher(regency: str) -> _Matcher:
    return _Matcher(regency)


def _closer_than(limit: float, slips: Mapping[str, float]) -> Mapping[str, float]:
    return {code: value for code, value in slips.items() if value < limit}


def _left_over(words: Words, each: float) -> float:
    return min(3, len(words)) * each


def _allowed(words: Words, *, stated: bool) -> float:
    """The most slips at which words count as a kecamatan's name; a label ("Kec.") allows more."""
    letters = sum(len(word) for word in words)
    slips = 1 + (letters >= 5) + (letters >= 11) if stated else (letters >= 5) + (letters >= 8)
    return slips + 2 * SOUNDS_ALIKE if slips else SOUNDS_ALIKE


def _none_of_them(village: Village, span: Span, evidence: _DistrictEvidence) -> float:
    """Slips at which a village outside the list is as likely: chance hits a short name often, a long one rarely.

    What is wrong with the rest of the text is wrong with this reading as well.
    """
    letters = sum(len(word) for word in words_of(village.name))
    base = {"village": 1.3, "plain": 1.2}.get(span.role, 0.5)
    if not evidence.named:
        return base + 0.22 * letters + span.left_over - 1.1
    return base + 0.22 * letters + span.left_over + min(evidence.slips.values(), default=0.0)


def _shares(readings: Iterable[_Reading]) -> tuple[tuple[Village, float], ...]:
    """Each village with its share of all weight, the largest first."""
    ranked = sorted(readings, key=lambda reading: (reading.slips, reading.village.code))
    if not ranked:
        return ()
    best = ranked[0]
    nobody = math.exp(-_PER_SLIP * best.none_of_them) + math.exp(-_PER_SLIP * best.only_district)
    weights = [math.exp(-_PER_SLIP * reading.slips) for reading in ranked]
    total = math.fsum(weights) + nobody
    return tuple((reading.village, weight / total) for reading, weight in zip(ranked, weights, strict=True))


def _verdict(ranked: Sequence[tuple[Village, float]], readings: Mapping[str, _Reading]) -> Why:
    best, share = ranked[0]
    reading = readings[best.code]
    if reading.contradicts:
        return "district_contradicts"
    if share >= THRESHOLD:
        return "decided"
    if reading.slips >= HOPELESS:
        return "no_village"
    if reading.only_district < reading.slips:
        return "only_district"
    rivals = [village for village, rival_share in ranked[1:] if rival_share > share * _SERIOUS]
    if any(rival.name == best.name for rival in rivals):
        return "same_name"
    return "close_call" if rivals else "unlike"


def _answer(why: Why, ranked: Sequence[tuple[Village, float]]) -> Match:
    most = _CONFIDENCE_WHEN_DISPUTED if why in _DISPUTED else 1.0
    candidates = tuple(
        Candidate(code=v.code, label=f"{v.name}, Kec. {v.district}", confidence=round(min(share, most), 4))
        for v, share in ranked[:_MOST_CANDIDATES]
    )
    best = ranked[0][0] if ranked else None
    return Match(
        code=best.code if best and why == "decided" else None,
        name=best.name if best else "",
        confidence=candidates[0].confidence if candidates else 0.0,
        candidates=candidates,
        reason=_REASONS[why],
        why=why,
    )
