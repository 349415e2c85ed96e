"""Adapter for the reference courier API: a small API of our own for couriers without one.

The API itself is described in `partners/simulator/reference.md`. Its words for what happens to an order are our own
event codes, and `price_changed`. Callbacks follow Standard Webhooks (`partners.webhooks`): signed within 300 seconds of
our clock they count at once; older but genuine ones are hints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal, get_args
from urllib.parse import quote as quoted

from pydantic import Field

from partners.base import (
    Booking,
    Cancellation,
    Driver,
    Drop,
    Kind,
    LookUp,
    NotUnderstood,
    Order,
    PartnerEvent,
    Place,
    Proof,
    Quote,
    Rejected,
    RejectReason,
    Tracking,
)
from partners.http import Answer, PartnerHttp
from partners.shapes import Id, Instant, Rupiah, Text, Told, accepted, read
from partners.strict_json import Json
from partners.webhooks import TOLERANCE, Secret, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSettings:
    """Where the partner is and what we share with it. `webhook_secrets`: one, or two while one replaces the other."""

    base_url: str
    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    allowed_hosts: frozenset[str]
    name: str = "reference"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.webhook_secrets) <= 2:
            raise ValueError("a partner has one webhook secret, or two while one replaces the other")
        if not self.api_key:
            raise ValueError("the partner's API key is missing")


class ReferencePartner:
    """`CourierPartner` over the reference API. Safe to share between threads; `close` when done."""

    look_up: LookUp = "reference"
    most_drops = 15

    def __init__(
        self, settings: ReferenceSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """ValueError when an address, key or secret of the settings cannot be right."""
        self.name = settings.name
        self._secrets = [Secret.parse(written) for written in settings.webhook_secrets]
        self._clock = clock
        self._http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"authorization": f"Bearer {settings.api_key}"},
            timeout=settings.timeout,
        )

    def quote(self, order: Order) -> Sequence[Quote]:
        answer = self._http.call("POST", "/v1/quotes", json=_order_out(order))
        told = read(_QuotesIn, _accepted(answer, {200}))
        quotes = [
            Quote(partner=self.name, service=q.service, price=q.price, reference=q.quote_id, expires_at=q.expires_at)
            for q in told.quotes
        ]
        return sorted(quotes, key=lambda q: q.price)

    def book(self, order: Order) -> Booking:
        answer = self._http.call("POST", "/v1/orders", json=_order_out(order))
        try:
            raw = _accepted(answer, {201})
        except Rejected as refusal:
            if refusal.reason != "duplicate_reference":
                raise
            # our own earlier try had arrived: its order is the one
            booking = self.find(order.reference)
            if booking is None:
                raise NotUnderstood("the partner says it has our reference, and that it has not", answer.body) from None
            return booking
        return self._booking(read(_OrderIn, raw), raw, order.reference)

    def find(self, order_reference: str) -> Booking | None:
        raw = _accepted(self._http.call("GET", "/v1/orders", query={"reference": order_reference}), {200})
        found = read(_OrdersIn, raw).orders
        if len(found) > 1:
            raise NotUnderstood("the partner has several orders with one reference of ours", raw)
        return self._booking(found[0], raw, order_reference) if found else None

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        raw = _accepted(self._http.call("GET", "/v1/orders/" + quoted(partner_reference, safe="")), {200})
        told = read(_OrderIn, raw)
        booking = self._booking(told, raw, order_reference or told.reference)
        now = self._clock()
        events = [self._event(event, raw, now=now, direct=True) for event in told.events]
        if any(event.order_reference != booking.order_reference for event in events):
            raise NotUnderstood("the history of our order holds an event of another", raw)
        return Tracking(booking=booking, events=tuple(sorted(events, key=lambda event: event.at)))

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        path = f"/v1/orders/{quoted(partner_reference, safe='')}/cancel"
        answer = self._http.call("POST", path, json={"reference": order_reference, "reason": reason})
        return read(_CancellationIn, _accepted(answer, {200, 202})).cancellation

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        verified = verify(headers, body, self._secrets, received_at)
        told = read(_EventIn, body)
        if told.id != verified.message_id:
            raise NotUnderstood("the event's id is not the message's", body)
        return [self._event(told, body, now=received_at, direct=verified.fresh)]

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        return [self._event(read(_EventIn, body), body, now=received_at, direct=True)]

    def close(self) -> None:
        self._http.close()

    def _booking(self, told: "_OrderIn", raw: bytes, reference: str) -> Booking:
        if told.reference != reference:
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        return Booking(
            partner=self.name,
            order_reference=told.reference,
            partner_reference=told.id,
            kind=told.status,
            price=told.price,
            waybill=told.waybill,
            tracking_url=told.tracking_url,
        )

    def _event(self, told: "_EventIn", raw: bytes, *, now: datetime, direct: bool) -> PartnerEvent:
        if told.at - now > TOLERANCE:
            # once applied it would make every later event look old
            raise NotUnderstood("the partner tells of something that has not happened yet", raw)
        try:
            return PartnerEvent(
                partner=self.name,
                event_id=told.id,
                order_reference=told.reference,
                partner_reference=told.order_id,
                kind=None if told.status == "price_changed" else told.status,
                at=told.at,
                drop_reference=told.drop,
                proof=None if told.proof is None else Proof(**told.proof.model_dump()),
                reason=told.reason,
                price=told.price,
                driver=None if told.driver is None else Driver(**told.driver.model_dump()),
                direct=direct,
            )
        except ValueError as mistake:
            raise NotUnderstood(str(mistake), raw) from None


def _accepted(answer: Answer, statuses: set[int]) -> bytes:
    return accepted(answer, statuses, _refusal)


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    error = read(_ErrorIn, body).error
    return next((reason for reason in get_args(RejectReason) if reason == error.code), None), error.message


def _order_out(order: Order) -> Json:
    written: dict[str, Json] = {
        "reference": order.reference,
        "pickup": _place_out(order.pickup),
        "drops": [_drop_out(drop) for drop in order.drops],
    }
    if order.service:
        written["service"] = order.service
    if order.quote_reference:
        written["quote_id"] = order.quote_reference
    if order.ready_at is not None:
        written["ready_at"] = order.ready_at.isoformat()
    if order.note:
        written["note"] = order.note
    return written


def _drop_out(drop: Drop) -> Json:
    return {"reference": drop.reference, "documents": drop.documents, "place": _place_out(drop.place)}


def _place_out(place: Place) -> Json:
    written: dict[str, Json] = {"name": place.name, "address": place.address}
    if place.phone:
        written["phone"] = place.phone
    if place.lat is not None and place.lon is not None:
        written["lat"], written["lon"] = place.lat, place.lon
    if place.postcode:
        written["postcode"] = place.postcode
    return written


class _DriverIn(Told):
    name: Text
    phone: Text = ""
    plate: Text = ""


class _ProofIn(Told):
    received_by: Text = ""
    relation: Text = ""
    photo_urls: Annotated[tuple[Text, ...], Field(strict=False, max_length=20)] = ()
    signature_url: Text | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class _EventIn(Told):
    id: Id
    order_id: Id
    reference: Id
    status: Kind | Literal["price_changed"]
    at: Instant
    drop: Id | None = None
    reason: Text = ""
    price: Rupiah | None = None
    proof: _ProofIn | None = None
    driver: _DriverIn | None = None


class _OrderIn(Told):
    id: Id
    reference: Id
    status: Kind
    price: Rupiah | None = None
    waybill: Text | None = None
    tracking_url: Text | None = None
    events: list[_EventIn] = Field(default_factory=list, max_length=1_000)


class _OrdersIn(Told):
    orders: list[_OrderIn]


class _QuoteIn(Told):
    quote_id: Id
    service: Id
    price: Rupiah
    expires_at: Instant | None = None


class _QuotesIn(Told):
    quotes: list[_QuoteIn]


class _CancellationIn(Told):
    cancellation: Cancellation


class _ErrorText(Told):
    code: Id
    message: Text = ""


class _ErrorIn(Told):
    error: _ErrorText
