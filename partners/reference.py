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

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from partners.base import (
    Booking,
    Cancellation,
    Driver,
    Drop,
    Kind,
    NotUnderstood,
    Order,
    PartnerEvent,
    Place,
    Proof,
    Quote,
    Rejected,
    RejectReason,
    Tracking,
    Unreachable,
)
from partners.http import Answer, PartnerHttp
from partners.strict_json import Json, read_object
from partners.webhooks import TOLERANCE, Secret, verify

_REASONS: Mapping[int, RejectReason] = {
    400: "invalid",
    401: "unauthorized",
    402: "insufficient_balance",
    403: "unauthorized",
    404: "not_found",
    409: "refused",
    422: "invalid",
}


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
        told = _read(_QuotesIn, _accepted(answer, {200}))
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
        return self._booking(_read(_OrderIn, raw), raw, order.reference)

    def find(self, order_reference: str) -> Booking | None:
        raw = _accepted(self._http.call("GET", "/v1/orders", query={"reference": order_reference}), {200})
        found = _read(_OrdersIn, raw).orders
        if len(found) > 1:
            raise NotUnderstood("the partner has several orders with one reference of ours", raw)
        return self._booking(found[0], raw, order_reference) if found else None

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        raw = _accepted(self._http.call("GET", "/v1/orders/" + quoted(partner_reference, safe="")), {200})
        told = _read(_OrderIn, raw)
        booking = self._booking(told, raw, order_reference)
        now = self._clock()
        events = [self._event(event, raw, now=now, direct=True) for event in told.events]
        if any(event.order_reference != order_reference for event in events):
            raise NotUnderstood("the history of our order holds an event of another", raw)
        return Tracking(booking=booking, events=tuple(sorted(events, key=lambda event: event.at)))

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        path = f"/v1/orders/{quoted(partner_reference, safe='')}/cancel"
        answer = self._http.call("POST", path, json={"reference": order_reference, "reason": reason})
        return _read(_CancellationIn, _accepted(answer, {200, 202})).cancellation

    def parse_callback(self, headers: Mapping[str, str], body: bytes, received_at: datetime) -> list[PartnerEvent]:
        verified = verify(headers, body, self._secrets, received_at)
        told = _read(_EventIn, body)
        if told.id != verified.message_id:
            raise NotUnderstood("the event's id is not the message's", body)
        return [self._event(told, body, now=received_at, direct=verified.fresh)]

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
    """The body of a good answer; for any other status the error it stands for."""
    if answer.status in statuses:
        return answer.body
    if answer.status == 429:
        raise Unreachable("the partner takes no more calls just now", sent=False, retry_after=answer.retry_after)
    if answer.status >= 500 or answer.status == 408:
        raise Unreachable(f"the partner failed with {answer.status}", sent=True, retry_after=answer.retry_after)
    if not 400 <= answer.status < 500:
        raise NotUnderstood(f"an answer with status {answer.status} was not expected", answer.body)
    # an error page of something on the way is not the partner's no: it raises NotUnderstood here
    error = _read(_ErrorIn, answer.body).error
    known: RejectReason | None = next((reason for reason in get_args(RejectReason) if reason == error.code), None)
    raise Rejected(known or _REASONS.get(answer.status, "refused"), error.message, status=answer.status)


def _read[T: BaseModel](shape: type[T], raw: bytes) -> T:
    try:
        return shape.model_validate(read_object(raw))
    except ValidationError as mistakes:
        where = ", ".join(sorted({".".join(map(str, mistake["loc"])) or "body" for mistake in mistakes.errors()}))
        raise NotUnderstood(f"not as documented: {where}", raw) from None
    except ValueError as mistake:
        raise NotUnderstood(str(mistake), raw) from None


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


# What the partner may say. Fields we do not know are passed over (a partner may add some), unknown words are not.

_Text = Annotated[str, StringConstraints(max_length=1_000)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_Rupiah = Annotated[int, Field(ge=0, le=1_000_000_000)]


def _written(instant: Json) -> Json:
    # a bare number would be read as seconds or milliseconds, whichever fits
    if not isinstance(instant, str):
        raise ValueError("an instant is written as text")
    return instant


_Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written)]


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _DriverIn(_Told):
    name: _Text
    phone: _Text = ""
    plate: _Text = ""


class _ProofIn(_Told):
    received_by: _Text = ""
    relation: _Text = ""
    photo_urls: Annotated[tuple[_Text, ...], Field(strict=False, max_length=20)] = ()
    signature_url: _Text | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class _EventIn(_Told):
    id: _Id
    order_id: _Id
    reference: _Id
    status: Kind | Literal["price_changed"]
    at: _Instant
    drop: _Id | None = None
    reason: _Text = ""
    price: _Rupiah | None = None
    proof: _ProofIn | None = None
    driver: _DriverIn | None = None


class _OrderIn(_Told):
    id: _Id
    reference: _Id
    status: Kind
    price: _Rupiah | None = None
    waybill: _Text | None = None
    tracking_url: _Text | None = None
    events: list[_EventIn] = Field(default_factory=list, max_length=1_000)


class _OrdersIn(_Told):
    orders: list[_OrderIn]


class _QuoteIn(_Told):
    quote_id: _Id
    service: _Id
    price: _Rupiah
    expires_at: _Instant | None = None


class _QuotesIn(_Told):
    quotes: list[_QuoteIn]


class _CancellationIn(_Told):
    cancellation: Cancellation


class _ErrorText(_Told):
    code: _Id
    message: _Text = ""


class _ErrorIn(_Told):
    error: _ErrorText
