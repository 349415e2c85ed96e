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
from maps.districts import NEVER, NOT_SAID, DistrictEvidence, Districts
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
    "two_villages",
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
    "two_villages": "Alamat menyebut dua desa/kelurahan yang berbeda.",
}

_PER_SLIP = 4.0  # each slip makes a reading e^4 = 55 times less likely
_WORD_AFTER = 2.0  # slips: an unexplained word right behind the village: perhaps a piece of its name
_WORD_BETWEEN = 1.0  # slips: one between village and kecamatan, but set off by a comma or a number
_WORD_AT_END = 0.1  # slips: one behind the kecamatan
_WORD_AT_END_OF_NO_DISTRICT = 1.5  # slips: one further on, where no kecamatan is recognised
_FROM_LARGE_TO_SMALL = 0.6  # slips: kecamatan before village, against custom
_NAMED_LIKE_A_DISTRICT = 2.5  # slips: a lone kecamatan name is rarely meant as the village of that name
_LISTED_ELSEWHERE = 1.5  # slips: far from any name here, but spelled as a village elsewhere in the province
_SERIOUS = 0.1  # of the winner's weight: a rival with more makes it a close call
_CONFIDENCE_WHEN_DISPUTED = 0.5  # at most, where the text itself speaks against its village
_DISPUTED: frozenset[Why] = frozenset({"district_contradicts", "district_unknown", "other_regency", "two_villages"})
_MOST_CANDIDATES = 5


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

    The free address gives the village only where the village column is empty; otherwise it is asked for a kecamatan and
    a regency, and disputes the column if it names another village.
    """
    matcher = _matcher(dotted_code(regency, levels=2))
    by_code = matcher.by_code(village)
    if by_code:
        return by_code
    named = matcher.cut(village, "village")
    beside = [*matcher.cut(district, "district"), *matcher.cut(regency_name, "regency")]
    free = matcher.cut(address)
    if not any(segment.words for segment in named):
        return matcher.decide([*free, *beside])
    beside = [*(segment for segment in free if segment.role in ("district", "regency", "city")), *beside]
    answer = matcher.decide([*named, *beside])
    in_address = [segment for segment in free if segment.role == "village"]
    other = matcher.decide([*in_address, *beside]) if in_address else answer
    if answer.code and other.code and other.code != answer.code:
        return _answer(
            "two_villages", [(gazetteer().village(match.code), 0.5) for match in (answer, other) if match.code]
        )
    return answer


@dataclass(frozen=True, slots=True)
class _Reading:
    """One village under one way of reading the text.

    `slips` are all there are, `name_slips` those in the village's own name. `none_of_them` and `only_district` are the
    slips of the two readings without any village, for comparison. `skips`: words stand unexplained between the village
    and its kecamatan.
    """

    village: Village
    span: Span
    name_slips: float
    slips: float
    contradicts: bool
    none_of_them: float
    only_district: float
    skips: bool

    def is_rival_of(self, other: "_Reading") -> bool:
        """Whether both are unlabelled names in a row, so that one may be the hamlet: "Rejosari, Kaliboto, Wonodadi"."""
        in_a_row = (
            self.village != other.village
            and self.span.role == other.span.role == "plain"
            and not self.contradicts
            and self.only_district == NEVER
            and set(self.span.words).isdisjoint(other.span.words)
        )
        as_listed = max(self.name_slips, other.name_slips) <= SOUNDS_ALIKE
        return in_a_row and (as_listed or (other.skips and self.slips < self.none_of_them))


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What stands around a village's name: evidence of the kecamatan, slips for words left over, and `skips`."""

    district: DistrictEvidence
    slips: float
    skips: bool = False


class _Matcher:
    """The names of one regency, ready to be compared with."""

    def __init__(self, regency: str) -> None:
        here = gazetteer().regency(regency)
        self._regency = regency
        self._villages = gazetteer().villages(regency)
        self._names = NameIndex(village.name for village in self._villages)
        self._districts = Districts(here)
        names = [v.name for v in self._villages] + [d.name for d in here.districts]
        self._name_words = frozenset(word for name in names for word in words_of(name))
        self._names_around = _names_in(here.province_code)

    def cut(self, text: str, starts_as: Role = "plain") -> Sequence[Segment]:
        """The address in runs, with kecamatan and regency freed of words that run on behind them."""
        runs = segments_of(text, province=self._regency[:2], name_words=self._name_words, starts_as=starts_as)
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
        stated = self._districts.stated([s.words for s in segments if s.role == "district" and s.words])
        readings = self._best_readings(segments, stated or NOT_SAID)
        ranked = _shares(readings.values())
        if self._is_elsewhere(segments, readings[ranked[0][0].code].span.words if ranked else ()):
            return _answer("other_regency", ranked)
        if stated is None:
            return _answer("district_unknown", ranked)
        if not ranked:
            return _answer("no_village", ())
        return _answer(_verdict(ranked, readings), ranked)

    def _without_run_on(self, run: Segment) -> Sequence[Segment]:
        if run.role == "district":
            used = self._districts.length_of_name(run.words)
        elif run.role in ("regency", "city"):
            verdict, used = regency_names().judge(run.words, city=run.role == "city", home=self._regency)
            if verdict == "unknown" and run.role == "city":  # not a city: a word of some name
                return [Segment("plain", "", (run.label, *run.words))]
        else:
            return [run]
        rest = run.words[used:] if used else ()
        head = Segment(run.role, run.label, run.words[:used] if used else run.words)
        return [head, Segment("plain", "", rest)] if rest else [head]

    def _best_readings(self, segments: Sequence[Segment], stated: DistrictEvidence) -> Mapping[str, _Reading]:
        """For every village that may be meant, the reading that speaks most for it."""
        regency_named = any(segment.role in ("regency", "city") for segment in segments)
        best: dict[str, _Reading] = {}
        for span in spans_of(segments):
            near = self._names.near(span.words)
            if span.exact_only:
                near = {position: slips for position, slips in near.items() if slips <= SOUNDS_ALIKE}
            if not near:
                continue
            around = self._around(span, stated, regency_named=regency_named)
            for position, slips in near.items():
                reading = self._reading(self._villages[position], slips, span, around)
                if reading.village.code not in best or reading.slips < best[reading.village.code].slips:
                    best[reading.village.code] = reading
        return best

    def _reading(self, village: Village, name_slips: float, span: Span, around: _Surroundings) -> _Reading:
        district = around.district
        slips = name_slips + around.slips + district.of(village.district_code)
        if name_slips > 1.0 and "".join(span.words) in self._names_around:
            slips += _LISTED_ELSEWHERE
        if name_slips and span.role != "village" and self._districts.names_home(span.words):
            slips += HOPELESS  # the province Papua is not a misspelled Desa Lapua
        only_district = NEVER
        if span.role != "village" and not district.named:
            only_district = self._districts.around(span.before, span.words, span.after)
            if only_district < NEVER:
                slips += _NAMED_LIKE_A_DISTRICT
        if span.needs_district and (not district.named or district.words == span.words):
            slips += HOPELESS
        return _Reading(
            village=village,
            span=span,
            name_slips=name_slips,
            slips=slips,
            contradicts=district.contradicts(village.district_code),
            none_of_them=_none_of_them(village, span, district),
            only_district=only_district,
            skips=around.skips,
        )

    def _around(self, span: Span, stated: DistrictEvidence, *, regency_named: bool) -> _Surroundings:
        """What the words beside the village's name say about its kecamatan, and which of them nothing explains."""
        after, later = self._districts.unexplained(span.after), self._districts.unexplained(span.later)
        against = span.against + span.left_over
        if stated.named:
            after = tuple(word for word in after if word not in stated.words)
            slips = against + _left_over(after, _WORD_AFTER) + _left_over(later, _WORD_AT_END)
            return _Surroundings(stated, slips, skips=bool(later))
        behind = self._districts.among(after + later, regency_named=regency_named)
        if behind:
            slips = against + _left_over(after[: behind.start], _WORD_AFTER)
            each_between = _WORD_BETWEEN if behind.evidence.named else _WORD_AT_END_OF_NO_DISTRICT
            slips += _left_over(later[: max(0, behind.start - len(after))], each_between)
            slips += _left_over((after + later)[behind.end :], _WORD_AT_END)
            return _Surroundings(behind.evidence, slips, skips=behind.start > 0)
        ahead = self._districts.among(self._districts.unexplained(span.before), regency_named=regency_named)
        against += _left_over(after, _WORD_AFTER)
        if ahead:
            slips = against + _left_over(later, _WORD_AT_END) + _FROM_LARGE_TO_SMALL
            return _Surroundings(ahead.evidence, slips)
        return _Surroundings(NOT_SAID, against + _left_over(later, _WORD_AT_END_OF_NO_DISTRICT), skips=bool(later))

    def _is_elsewhere(self, segments: Sequence[Segment], name: Words) -> bool:
        """Whether the address names another regency, with a label or as its last words behind the village's name."""
        for segment in segments:
            if segment.role in ("regency", "city") and segment.words:
                verdict, _ = regency_names().judge(segment.words, city=segment.role == "city", home=self._regency)
                if verdict != "here":
                    return True
        free = [s.words for s in segments if s.role not in ("regency", "city", "district", "province")]
        last = free[-1] if free and not set(free[-1][-1:]) & set(name) else ()
        return any(self._names_elsewhere(last[-length:]) for length in range(1, min(3, len(last)) + 1))

    def _names_elsewhere(self, words: Words) -> bool:
        village = min(self._names.near(words).values(), default=NEVER)
        if min(village, self._districts.nearest(words)) <= SOUNDS_ALIKE:
            return False
        return regency_names().is_elsewhere(words, self._regency)


@lru_cache(maxsize=64)
def _matcher(regency: str) -> _Matcher:
    return _Matcher(regency)


@lru_cache(maxsize=8)
def _names_in(province: str) -> frozenset[str]:
    return frozenset("".join(words_of(name)) for name in gazetteer().village_names(province))


def _left_over(words: Words, each: float) -> float:
    return min(3, len(words)) * each


def _none_of_them(village: Village, span: Span, district: DistrictEvidence) -> float:
    """Slips at which a village outside the list is as likely: chance hits a short name often, a long one rarely.

    What is wrong with the rest of the text is wrong with this reading as well.
    """
    letters = sum(len(word) for word in words_of(village.name))
    base = {"village": 1.3, "plain": 1.2}.get(span.role, 0.5)
    if not district.named:
        return base + 0.22 * letters + span.left_over - 1.1
    return base + 0.22 * letters + span.left_over + district.least()


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
    if any(rival.is_rival_of(reading) for rival in readings.values()):
        return "two_villages"
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
