"""Our delivery events as data, and the one pure function that lets a partner's event change what we know of an order.

The decision here: allowed edges, not ranks. An event that may not follow the present state is kept and shown, and
changes nothing. The rules of `apply`:

1. a final state is never left;
2. only edges of the table happen;
3. the same event twice changes nothing;
4. events count in the order of the partner's time, not of arrival: one older than the last applied is only stored;
5. a delivery without proof is recorded as such;
6. two different final states, however they came, are a conflict for a person, never a guess;
7. a hint (`direct` False) changes nothing: asking the partner brings the same event again as direct.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from partners.base import Kind, PartnerEvent

ShipmentState = Literal["planned", "handed_to_partner", "in_transit", "delivered", "returned", "cancelled", "lost"]
Outcome = Literal["applied", "stored", "conflict", "duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one event code means: the word people see, what it may follow, and where it takes the shipment."""

    code: Kind
    word: str
    follows: frozenset[Kind]
    shipment: ShipmentState
    final: bool = False
    may_end_assignment: bool = False
    """The partner may have given up: the office may offer the work to the next one."""


_FINALS: frozenset[Kind] = frozenset({"delivered", "returned", "cancelled", "lost"})
_OPEN: frozenset[Kind] = frozenset(get_args(Kind)) - _FINALS


def _after(*kinds: Kind) -> frozenset[Kind]:
    return frozenset(kinds)


_TABLE = (
    Meaning(code="created", word="dibuat", follows=_after(), shipment="planned"),
    Meaning(code="searching", word="mencari kurir", follows=_after("created", "no_courier"), shipment="planned"),
    Meaning(
        code="no_courier",
        word="tak ada kurir",
        follows=_after("created", "searching"),
        shipment="planned",
        may_end_assignment=True,
    ),
    Meaning(
        code="assigned",
        word="kurir ditugaskan",
        follows=_after("created", "searching", "no_courier"),
        shipment="planned",
    ),
    Meaning(
        code="picked_up",
        word="dijemput",
        follows=_after("created", "searching", "assigned"),
        shipment="handed_to_partner",
    ),
    Meaning(
        code="in_transit",
        word="diantar",
        follows=_after("picked_up", "attempt_failed", "on_hold"),
        shipment="in_transit",
    ),
    Meaning(
        code="attempt_failed",
        word="gagal antar, diulang",
        follows=_after("picked_up", "in_transit", "on_hold", "attempt_failed"),
        shipment="in_transit",
    ),
    Meaning(
        code="on_hold",
        word="ditahan",
        follows=_after("picked_up", "in_transit", "attempt_failed"),
        shipment="in_transit",
    ),
    Meaning(
        code="returning",
        word="diretur",
        follows=_after("picked_up", "in_transit", "attempt_failed", "on_hold", "refused"),
        shipment="in_transit",
    ),
    Meaning(
        code="refused",
        word="ditolak",
        follows=_after("in_transit", "attempt_failed", "picked_up"),
        shipment="in_transit",
    ),
    Meaning(code="delivered", word="terkirim", follows=_OPEN, shipment="delivered", final=True),
    Meaning(code="returned", word="retur selesai", follows=_OPEN, shipment="returned", final=True),
    Meaning(
        code="cancelled",
        word="batal",
        follows=_after("created", "searching", "no_courier", "assigned"),
        shipment="cancelled",
        final=True,
    ),
    Meaning(code="lost", word="hilang/rusak", follows=_OPEN, shipment="lost", final=True),
)

EVENTS: Mapping[Kind, Meaning] = MappingProxyType({meaning.code: meaning for meaning in _TABLE})
"""Every event code and its meaning, in the order of a delivery's life."""

FINALS: frozenset[Kind] = frozenset(meaning.code for meaning in _TABLE if meaning.final)


def may_follow(kind: Kind, present: Kind | None) -> bool:
    """Whether `kind` may come after `present`; None is an order of which nothing was told yet.

    An order that exists has been created, whether or not the partner said so: what goes from created goes from None.
    """
    if present is None:
        return kind == "created" or "created" in EVENTS[kind].follows
    return present in EVENTS[kind].follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All that counts of the events so far, of one order or of one drop. Starts empty: `Merged()`."""

    kind: Kind | None = None
    at: datetime | None = None
    """The partner's time of the last applied event, UTC."""
    seen: frozenset[str] = frozenset()
    """Ids of all direct events so far, applied or only stored."""
    finals: frozenset[Kind] = frozenset()
    """Final states the partner reported, also one that could not be applied: two are a conflict."""
    without_proof: bool = False
    """Delivered, and the partner showed nothing for it."""

    @property
    def final(self) -> bool:
        return self.kind in FINALS

    @property
    def conflict(self) -> bool:
        """A person has to decide: the partner reported two different ends."""
        return len(self.finals) > 1

    @property
    def shipment(self) -> ShipmentState:
        """The state of the shipment this leads to."""
        return "planned" if self.kind is None else EVENTS[self.kind].shipment


class Merge(NamedTuple):
    """What one event did: the knowledge after it, and in one word what became of it."""

    merged: Merged
    outcome: Outcome


def apply(state: Merged, event: PartnerEvent) -> Merge:
    """Let one event change what we know; pure. Events of other drops of the order belong to their own `Merged`."""
    if event.event_id in state.seen:
        return Merge(state, "duplicate")
    if not event.direct:
        # not remembered as seen: the same event comes again, as direct, when the partner is asked
        return Merge(state, "stored")
    known = replace(state, seen=state.seen | {event.event_id})
    if event.kind is None:
        return Merge(known, "stored")
    if event.kind in FINALS:
        known = replace(known, finals=known.finals | {event.kind})
        if known.conflict:
            return Merge(known, "conflict")
    if state.at is not None and event.at < state.at:
        return Merge(known, "stored")
    if not may_follow(event.kind, state.kind):
        return Merge(known, "stored")
    unproven = event.kind == "delivered" and event.proof is None
    return Merge(replace(known, kind=event.kind, at=event.at, without_proof=unproven), "applied")


def apply_all(state: Merged, events: Iterable[PartnerEvent]) -> Merged:
    """Apply many events at once, by the partner's time: what an answer of `track` means."""
    for event in sorted(events, key=lambda event: event.at):
        state = apply(state, event).merged
    return state
