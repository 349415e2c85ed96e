"""What every courier outside our process looks like from the inside: one Protocol, its values, four errors.

    PartnerError              .undecided: may the partner have acted all the same?
    ├── Unreachable           no usable answer; .sent says whether the request may have arrived
    ├── Rejected              the partner understood and said no; .reason in our words
    ├── CannotTell            this partner has no way to be asked for an order by our reference
    ├── BadSignature          a callback that the partner did not sign
    └── NotUnderstood         an answer or callback in words we do not know; keeps the raw body

Units: rupiah as whole numbers, degrees for `lat` and `lon`, whole documents, aware UTC instants. An adapter turns its
partner's words into these values and lets no word of the partner out; it never writes a row and never retries.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol, runtime_checkable

Kind = Literal[
    "created",
    "searching",
    "no_courier",
    "assigned",
    "picked_up",
    "in_transit",
    "attempt_failed",
    "on_hold",
    "returning",
    "refused",
    "delivered",
    "returned",
    "cancelled",
    "lost",
]
"""Our delivery events; what each means and may follow is in `partners.events`."""

RejectReason = Literal[
    "unauthorized",  # our key is wrong or blocked: a matter for the set-up, no order will work
    "insufficient_balance",  # the deposit with the partner is too low
    "not_found",  # the partner has no such order
    "duplicate_reference",  # an order with our reference exists already
    "too_late",  # cannot be cancelled any more
    "quote_expired",  # ask for a new quote
    "invalid",  # a field the partner does not accept
    "refused",  # any other no
]

Cancellation = Literal["cancelled", "pending"]
"""`pending`: the partner took the wish and will say by an event whether it came true."""

LookUp = Literal["reference", "repeat", "callback"]
"""How to learn what became of an order whose answer was lost.

`reference`: `find` asks by our reference. `repeat`: `find` cannot tell, but booking again under the same reference is
never a second order. `callback`: neither; only a callback, or a person who asks the partner, can tell.
"""


class PartnerError(Exception):
    """Something went wrong between us and a courier partner."""

    @property
    def undecided(self) -> bool:
        """True when the partner may have done what we asked: look it up by our reference before any second try."""
        return True


class Unreachable(PartnerError):
    """The partner could not be reached, or its answer did not arrive.

    `sent` False: no byte of the request left us, or the partner said that it took nothing in (too many calls):
    safe to try again, not before `retry_after` seconds when the partner names them. `sent` True: outcome unknown.
    """

    def __init__(self, why: str, *, sent: bool, retry_after: int | None = None) -> None:
        super().__init__(why)
        self.sent = sent
        self.retry_after = retry_after

    @property
    def undecided(self) -> bool:
        return self.sent


class Rejected(PartnerError):
    """The partner understood the request and refused it; nothing was done.

    `detail` is the partner's own sentence: for a person to read, not to log (it may repeat a name or an address).
    """

    def __init__(self, reason: RejectReason, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(f"the partner refused: {reason}")
        self.reason = reason
        self.detail = detail
        self.status = status

    @property
    def undecided(self) -> bool:
        return False


class CannotTell(PartnerError):
    """This partner cannot be asked for an order by our reference."""


class BadSignature(PartnerError):
    """This callback was not signed by the partner with a secret we know."""

    @property
    def undecided(self) -> bool:
        return False


class NotUnderstood(PartnerError):
    """The partner used words we do not know; the raw body is kept for a person.

    `undecided` False: the strange answer came to a question that changes nothing.
    """

    def __init__(self, why: str, raw: bytes, *, undecided: bool = True) -> None:
        super().__init__(why)
        self.raw = raw
        self._undecided = undecided

    @property
    def undecided(self) -> bool:
        return self._undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a courier picks up or hands over: an office, a village office or a home. Position in degrees, if known."""

    name: str
    address: str
    phone: str = ""
    lat: float | None = None
    lon: float | None = None
    village: str = ""
    """Kemendagri code, `35.05.01.2001`; partners with ids of their own map it."""
    postcode: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.address.strip():
            raise ValueError("a place needs a name and an address")
        if (self.lat is None) != (self.lon is None):
            raise ValueError("a position is both lat and lon, or neither")
        if self.lat is not None and self.lon is not None and not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError(f"no position on Earth: lat {self.lat}, lon {self.lon}")
        if self.postcode and not re.fullmatch(r"[0-9]{5}", self.postcode):
            raise ValueError(f"a postcode has five digits, not {self.postcode!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One hand-over of an order: one batch at one place. Says how many documents, never which kinds."""

    reference: str
    place: Place
    documents: int

    def __post_init__(self) -> None:
        _check_reference(self.reference)
        if self.documents < 1:
            raise ValueError("a drop hands over at least one document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What we ask a partner to carry: from one place to one or more. `reference` is ours and unique for ever.

    Partners limit the reference to 20 characters (KiriminAja) or more: keep it at 20 or under.
    """

    reference: str
    pickup: Place
    drops: tuple[Drop, ...]
    service: str = ""
    """The partner's service as its quote named it; empty leaves the choice to the adapter."""
    quote_reference: str | None = None
    ready_at: datetime | None = None
    """Aware; None means at once."""
    note: str = ""

    def __post_init__(self) -> None:
        _check_reference(self.reference)
        if not self.drops:
            raise ValueError("an order needs at least one drop")
        if len({drop.reference for drop in self.drops}) != len(self.drops):
            raise ValueError("two drops of one order share a reference")
        if self.ready_at is not None:
            object.__setattr__(self, "ready_at", in_utc(self.ready_at))

    @property
    def documents(self) -> int:
        """How many documents the order carries in all."""
        return sum(drop.documents for drop in self.drops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A partner's price for an order with one of its services, in rupiah; binding until `expires_at` when given."""

    partner: str
    service: str
    price: int
    reference: str | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.expires_at is not None:
            object.__setattr__(self, "expires_at", in_utc(self.expires_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Who rides for the partner, as far as it tells."""

    name: str
    phone: str = ""
    plate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An order as the partner knows it. `partner_reference` is the partner's id, `kind` its present state."""

    partner: str
    order_reference: str
    partner_reference: str
    kind: Kind
    price: int | None = None
    waybill: str | None = None
    """AWB or resi; some partners tell it only later, by an event."""
    tracking_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a partner shows for a delivery. At least one of receiver, photo, signature."""

    received_by: str = ""
    relation: str = ""
    photo_urls: tuple[str, ...] = ()
    signature_url: str | None = None
    lat: float | None = None
    lon: float | None = None

    def __post_init__(self) -> None:
        if not (self.received_by.strip() or self.photo_urls or self.signature_url):
            raise ValueError("a proof names the receiver or shows a picture or a signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerEvent:
    """One thing that happened to one of our orders, in our words.

    `at` is the partner's time of the happening, kept in UTC. `drop_reference` None speaks of the whole order, else of
    that drop only. `kind` None carries no delivery news (a changed price, a waybill that came late).
    `order_reference` is empty when the partner names only its own id.
    `direct` False is a hint, not yet news: ask the partner (`track`) before anything changes.
    """

    partner: str
    event_id: str
    order_reference: str
    partner_reference: str
    kind: Kind | None
    at: datetime
    drop_reference: str | None = None
    proof: Proof | None = None
    reason: str = ""
    price: int | None = None
    waybill: str | None = None
    driver: Driver | None = None
    direct: bool = True

    def __post_init__(self) -> None:
        if not self.event_id:
            raise ValueError("an event needs an id, so that the same event twice is known as one")
        if not (self.order_reference or self.partner_reference):
            raise ValueError("an event speaks of an order, by our reference or by the partner's")
        object.__setattr__(self, "at", in_utc(self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What the partner answers about one order: how it stands, and all that happened so far, oldest first."""

    booking: Booking
    events: tuple[PartnerEvent, ...] = field(default_factory=tuple)


@runtime_checkable
class CourierPartner(Protocol):
    """A courier company reached over the network. Every call may raise any `PartnerError` but `BadSignature`.

    Calls take seconds: never make one inside a transaction. After an error with `.undecided` from `book`, the only
    thing allowed is `find`; a second `book` may send a second courier.
    """

    @property
    def name(self) -> str:
        """The partner's short name, `[a-z_]+`, as in `/callbacks/<name>`."""
        ...

    @property
    def look_up(self) -> LookUp:
        """What to do when the answer to `book` was lost."""
        ...

    @property
    def most_drops(self) -> int:
        """How many drops one order may have; 1 is a partner for parcels, more a partner for routes."""
        ...

    def quote(self, order: Order) -> Sequence[Quote]:
        """Prices of the services that can carry this order, cheapest first; empty when none can."""
        ...

    def book(self, order: Order) -> Booking:
        """Place the order. A partner that has it already under our reference answers with that same booking."""
        ...

    def find(self, order_reference: str) -> Booking | None:
        """The partner's order with our reference, in whatever state; None when it certainly has none.

        Raises `CannotTell` when the partner cannot be asked so.
        """
        ...

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        """Ask how an order stands: the way to confirm hints and to catch up on callbacks that never came.

        An empty `order_reference` asks whose order it is: the booking in the answer says it.
        """
        ...

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        """Call the order off; `Rejected("too_late")` once it was picked up. Cancelling twice is harmless."""
        ...

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        """The events in one callback, from its headers, its raw body and our time of arrival; opens no connection.

        `path` is that of our address as it was called: some partners sign it, others know a secret part of it.
        An empty list is a probe to be answered with 2xx. Raises `BadSignature` or `NotUnderstood`, nothing else.
        """
        ...

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        """The events in the body of a callback that was found genuine when it came; raises `NotUnderstood`."""
        ...


@contextmanager
def only_asking() -> Iterator[None]:
    """Around what is asked before an order is placed: when that fails, the partner has done nothing for certain."""
    try:
        yield
    except Unreachable as failure:
        raise Unreachable(str(failure), sent=False, retry_after=failure.retry_after) from failure
    except NotUnderstood as strange:
        raise NotUnderstood(str(strange), strange.raw, undecided=False) from strange


def made_event_id(partner: str, order: str, status: str, at: datetime) -> str:
    """An id for an event whose partner gives none: the same happening gets the same id, however often it is told."""
    parts = "\x1f".join((partner, order, status, in_utc(at).isoformat()))
    return "made-" + hashlib.sha256(parts.encode()).hexdigest()[:32]


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive one is refused."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies outside the calendar") from None


def _check_reference(reference: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", reference):
        raise ValueError(f"a reference is 1 to 40 letters, digits, - or _, not {reference!r}")
