"""The ways an address can be read: which words may be the village's name, and what speaks against each way.

Everything is counted in slips, as misspellings are in `maps.spelling`, so that a doubtful place in the text and a
doubtful spelling can be added up. The figures are estimates of how people write, kept in one place to be argued with.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maps.address import NEVER_A_NAME, Role, Segment, is_label
from maps.spelling import Words

MOST_WORDS_IN_A_NAME = 5
HOPELESS = 3.0  # named as a hamlet, a street or a landmark: good for suggestions only
_WORD_BEFORE = 1.3  # an unexplained word right before the village: its hamlet, or a piece of its name
_RUN_BEFORE = 0.1  # unexplained words before it, but set off by a comma or a number
_WORD_BEHIND_HAMLET = 0.3  # "Dsn Krajan Rejosari": the village may follow the hamlet without a label
_WORD_BEHIND_STREET = 0.6


@dataclass(frozen=True, slots=True)
class Span:
    """Words that may be the village's name, with the unexplained words around them.

    `after` stands right behind, `later` in plain runs further on. `exact_only`: the label is part of the name (Dukuh
    Mojo), which counts only if spelled as listed. `needs_district`: believed only beside a kecamatan of another name.
    `left_over` are the slips for words before it; no reading explains those, not even that no listed village is meant.
    """

    words: Words
    role: Role
    against: float
    left_over: float
    before: Words
    after: Words
    later: Words
    exact_only: bool = False
    needs_district: bool = False


def spans_of(segments: Sequence[Segment]) -> Iterator[Span]:
    """Every place in the address where the village's name may stand. A labelled village excludes unlabelled ones."""
    labelled = any(segment.role == "village" and (segment.words or segment.label) for segment in segments)
    for position, segment in enumerate(segments):
        before = tuple(word for s in segments[:position] if s.role == "plain" for word in s.words)
        later = tuple(word for s in segments[position + 1 :] if s.role == "plain" for word in s.words)
        if segment.role == "village":
            yield from _labelled(segment, before, later)
            yield from _with_label_inside(segments[position : position + 2], before, later)
        elif segment.role == "plain":
            yield from _unlabelled(segment, before, later, against=HOPELESS if labelled else 0.0)
        elif segment.role in ("hamlet", "street", "landmark"):
            yield from _behind_other_label(segment, before, later, hopeless=labelled)


def _labelled(segment: Segment, before: Words, later: Words) -> Iterator[Span]:
    words = segment.words
    for end in range(1, min(len(words), MOST_WORDS_IN_A_NAME) + 1):
        yield Span(words[:end], "village", 0.0, 0.0, before, words[end:], later)
        if end > 1 and is_label(words[0]):  # Ds. Kampung Rejosari: a second kind word, not part of the name
            yield Span(words[1:end], "village", 0.1, 0.0, before, words[end:], later)
        if segment.label:  # Gampong Baro may be the whole name
            name = (segment.label, *words[:end])
            exact = segment.label in NEVER_A_NAME
            yield Span(name, "village", 0.05, 0.0, before, words[end:], later, exact_only=exact)


def _with_label_inside(segments: Sequence[Segment], before: Words, later: Words) -> Iterator[Span]:
    """Desa Sambong Dukuh, Desa Kudu Banjar, Desa Ulee Gampong: what looks like another label is part of the name."""
    if len(segments) < 2 or segments[1].role not in ("hamlet", "village"):
        return
    start, rest = (*segments[0].words, segments[1].label), segments[1].words
    for end in range(min(len(rest), 2) + 1):
        yield Span((*start, *rest[:end]), "village", 0.0, 0.0, before, rest[end:], later, exact_only=True)


def _unlabelled(segment: Segment, before: Words, later: Words, *, against: float) -> Iterator[Span]:
    words = segment.words
    for start in range(len(words)):
        skipped = min(2, start) * _WORD_BEFORE + (_RUN_BEFORE if before else 0.0)
        for end in range(start + 1, min(len(words), start + MOST_WORDS_IN_A_NAME) + 1):
            yield Span(words[start:end], "plain", against, skipped, before + words[:start], words[end:], later)


def _behind_other_label(segment: Segment, before: Words, later: Words, *, hopeless: bool) -> Iterator[Span]:
    words, role = segment.words, segment.role
    if role == "hamlet" and not hopeless:
        for end in range(min(len(words), 3) + 1):
            yield Span((segment.label, *words[:end]), "plain", 0.1, 0.0, before, words[end:], later, exact_only=True)
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + MOST_WORDS_IN_A_NAME) + 1):
            against = HOPELESS if hopeless else _against(segment, start)
            skipped = max(0, min(2, start - 1)) * _WORD_BEFORE
            rest = before, words[end:], later
            yield Span(words[start:end], role, against, skipped, *rest, needs_district=role == "street")


def _against(segment: Segment, start: int) -> float:
    named_first = 2 if segment.words[0] == "raya" else 1  # Jalan Raya Kanigoro is a street, not a village
    if segment.role == "landmark" or start < named_first:
        return HOPELESS
    return _WORD_BEHIND_HAMLET if segment.role == "hamlet" else _WORD_BEHIND_STREET
