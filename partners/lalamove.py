"""Adapter for Lalamove v3: a quotation becomes an order with up to 15 drops; requests and callbacks carry an HMAC.

What is peculiar about it:

- an order has no reference of ours and cannot be asked for by one (`look_up` is "callback"). Our reference travels in
  the order's metadata: a callback about an unknown order id is resolved by asking for that order;
- an answer says how an order stands now and keeps no history; what it says counts as of the moment of asking;
- "completed" is only a delivery where the proof of every stop says so, so a completed order is asked for its stops. A
  stop that failed on a completed order is on its way back;
- the callback's signature covers the time, the path of our address and the JSON text of its `data`.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote as quoted

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from partners.base import (
    BadSignature,
    Booking,
    Cancellation,
    CannotTell,
    Driver,
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
    made_event_id,
    only_asking,
)
from partners.http import Answer, Method, PartnerHttp
from partners.phones import mobile
from partners.shapes import Amount, Id, Instant, Text, Told, accepted, kind_of, read
from partners.strict_json import Json, write_json

TOLERANCE = timedelta(seconds=300)
SERVICES = ("MOTORCYCLE", "SEDAN")
STATES: Mapping[str, Kind] = {
    "ASSIGNING_DRIVER": "searching",
    "ON_GOING": "assigned",
    "PICKED_UP": "picked_up",
    "COMPLETED": "delivered",
    "CANCELED": "cancelled",
    "REJECTED": "no_courier",
    "EXPIRED": "no_courier",
}
"""Order states; a completed order is a delivery only where the proof of its stop says DELIVERED."""

_ERRORS: Mapping[str, RejectReason] = {
    "ERR_INSUFFICIENT_CREDIT": "insufficient_balance",
    "ERR_ORDER_NOT_FOUND": "not_found",
    "ERR_INVALID_QUOTATION_ID": "quote_expired",
    "ERR_CANCELLATION_FORBIDDEN": "too_late",
}
_ASK = frozenset(
    {
        "ORDER_AMOUNT_CHANGED",
        "ORDER_REPLACED",
        "ORDER_EDITED",
        "POD_STATUS_CHANGED",
        "POP_STATUS_CHANGED",
        "DELIVERY_CODE_STATUS_CHANGED",
    }
)
"""Callbacks that only say that there is something to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LalamoveSettings:
    """The account. `checks_signature` False trusts a secret path instead (`path_secret`), for old webhook versions."""

    base_url: str
    api_key: str
    api_secret: str = field(repr=False)
    allowed_hosts: frozenset[str]
    sender_phone: str = ""
    services: tuple[str, ...] = ("MOTORCYCLE",)
    checks_signature: bool = True
    path_secret: str = field(default="", repr=False)
    name: str = "lalamove"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not (self.api_key and self.api_secret):
            raise ValueError("Lalamove needs a key and a secret")
        if not self.checks_signature and len(self.path_secret) < 16:
            raise ValueError("without signatures the callback address needs a secret part of at least 16 characters")


def signature(secret: str, timestamp: str, method: str, path: str, body: str) -> str:
    """Lower-case hex HMAC-SHA256 over timestamp, method, path and body, joined as Lalamove wants it."""
    text = f"{timestamp}\r\n{method}\r\n{path}\r\n\r\n{body}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class LalamovePartner:
    """`CourierPartner` over Lalamove v3. Safe to share between threads; `close` when done."""

    look_up: LookUp = "callback"
    most_drops: ClassVar[int] = 15

    def __init__(
        self, settings: LalamoveSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock
        self._http = PartnerHttp(
            settings.base_url, allowed_hosts=settings.allowed_hosts, headers={}, timeout=settings.timeout
        )

    def quote(self, order: Order) -> Sequence[Quote]:
        quotes = []
        for service in (order.service,) if order.service else self._settings.services:
            told = self._quotation(order, service)
            quotes.append(
                Quote(
                    partner=self.name,
                    service=service,
                    price=told.price_breakdown.total,
                    reference=told.quotation_id,
                    expires_at=told.expires_at,
                )
            )
        return sorted(quotes, key=lambda quote: quote.price)

    def book(self, order: Order) -> Booking:
        with only_asking():
            if order.quote_reference:
                path = "/v3/quotations/" + quoted(order.quote_reference, safe="")
                quotation = read(_QuotationIn, self._ok("GET", path)).data
            else:
                quotation = self._quotation(order, order.service or self._settings.services[0])
        stops = [stop.stop_id for stop in quotation.stops]
        if len(stops) != len(order.drops) + 1:
            raise Rejected("invalid", "the quotation is of another trip")
        recipients: list[Json] = [
            {
                "stopId": stop,
                "name": drop.place.name[:100],
                "phone": self._phone(drop.place),
                "remarks": f"{drop.reference}, {drop.documents} dokumen",
            }
            for stop, drop in zip(stops[1:], order.drops, strict=True)
        ]
        # the metadata brings our own references back to us: nothing else of an order does
        metadata: dict[str, Json] = {"reference": order.reference}
        metadata |= {stop: drop.reference for stop, drop in zip(stops[1:], order.drops, strict=True)}
        placed: Json = {
            "quotationId": quotation.quotation_id,
            "sender": {"stopId": stops[0], "name": order.pickup.name[:100], "phone": self._phone(order.pickup)},
            "recipients": recipients,
            "isPODEnabled": True,
            "isRecipientSMSEnabled": False,
            "metadata": metadata,
        }
        raw = self._ok("POST", "/v3/orders", {"data": placed})
        return self._booking(read(_OrderIn, raw).data, raw, order.reference)

    def find(self, order_reference: str) -> Booking | None:
        raise CannotTell("Lalamove knows orders by its own ids only")

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        raw = self._ok("GET", "/v3/orders/" + quoted(partner_reference, safe=""))
        told = read(_OrderIn, raw).data
        booking = self._booking(told, raw, order_reference or told.metadata.get("reference", ""))
        return Tracking(booking=booking, events=tuple(self._present(told, booking, raw)))

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        with only_asking():
            if self.track(order_reference, partner_reference).booking.kind == "cancelled":
                return "cancelled"
        self._ok("DELETE", "/v3/orders/" + quoted(partner_reference, safe=""))
        return "cancelled"

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        if not body.strip():
            return []  # Lalamove tries an address with an empty call first
        told = read(_CallbackIn, body)
        if not self._settings.checks_signature:
            end = path.rpartition("/")[2].encode(errors="replace")
            if not hmac.compare_digest(end, self._settings.path_secret.encode()):
                raise BadSignature("the callback came to another address")
            return self._told(told, body, fresh=False)
        text = _raw_field(body, "data")
        expected = signature(self._settings.api_secret, str(told.timestamp), "POST", path, text)
        if not hmac.compare_digest(expected.encode(), told.signature.encode(errors="replace")):
            raise BadSignature("the signature of this callback does not fit")
        return self._told(told, body, fresh=abs(received_at - _signed_at(told.timestamp)) <= TOLERANCE)

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        return self._told(read(_CallbackIn, body), body, fresh=True)

    def close(self) -> None:
        self._http.close()

    def _told(self, told: "_CallbackIn", body: bytes, *, fresh: bool) -> list[PartnerEvent]:
        if told.event_type == "WALLET_BALANCE_CHANGED":
            return []
        data = told.data
        if data.order is None:
            raise NotUnderstood("a callback that names no order", body)
        kind: Kind | None = None
        direct = fresh
        if told.event_type in ("ORDER_CREATED", "ORDER_STATUS_CHANGED"):
            kind = kind_of(STATES, data.order.status or "", body)
            # whether it was a delivery is known from the proof of each stop: ask
            direct = fresh and kind != "delivered"
        elif told.event_type == "DRIVER_ASSIGNED":
            kind = "assigned"
        elif told.event_type in _ASK:
            direct = False
        else:
            raise NotUnderstood("a callback of an unknown kind", body)
        at = data.updated_at or _signed_at(told.timestamp)
        if at - _signed_at(told.timestamp) > TOLERANCE:
            raise NotUnderstood("the partner tells of something that has not happened yet", body)
        driver = data.driver
        return [
            PartnerEvent(
                partner=self.name,
                event_id=told.event_id,
                order_reference="",
                partner_reference=data.order.order_id,
                kind=kind,
                at=at,
                driver=Driver(name=driver.name, phone=driver.phone, plate=driver.plate_number) if driver else None,
                direct=direct,
            )
        ]

    def _present(self, told: "_Order", booking: Booking, raw: bytes) -> list[PartnerEvent]:
        """What an order's present state means, as of now: of the whole order, and of each drop that is over."""
        now = self._clock()
        drops = [stop for stop in told.stops[1:] if stop.pod is not None]
        over = told.status == "COMPLETED"
        events = []

        def event(kind: Kind, at: datetime, drop: str | None, proof: Proof | None = None) -> PartnerEvent:
            mark = f"{told.status}:{drop}:{kind}"
            return PartnerEvent(
                partner=self.name,
                event_id=made_event_id(self.name, booking.partner_reference, mark, at),
                order_reference=booking.order_reference,
                partner_reference=booking.partner_reference,
                kind=kind,
                at=at,
                drop_reference=drop,
                proof=proof,
                price=booking.price,
            )

        alone = len(told.stops) == 2
        for stop in drops:
            assert stop.pod is not None
            name = None if alone else told.metadata.get(stop.stop_id)
            if name is None and not alone:
                raise NotUnderstood("a stop that is not of our order", raw)
            at = min(stop.pod.delivered_at or now, now)
            if stop.pod.status == "DELIVERED":
                events.append(event("delivered", at, name, stop.pod.proof()))
            elif stop.pod.status == "FAILED":
                events.append(event("returning" if over else "attempt_failed", at, name))
            elif stop.pod.status != "PENDING":
                raise NotUnderstood("a proof of an unknown kind", raw)
        if not over:
            return [event(booking.kind, now, None), *events]
        if not events:
            # completed without any proof: a delivery of which nothing is shown
            return [event("delivered", now, None)]
        pending = [stop for stop in drops if stop.pod and stop.pod.status == "PENDING"]
        return events + [
            event("delivered", now, None if alone else told.metadata.get(stop.stop_id)) for stop in pending
        ]

    def _booking(self, told: "_Order", raw: bytes, reference: str) -> Booking:
        if not reference or told.metadata.get("reference", reference) != reference:
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        return Booking(
            partner=self.name,
            order_reference=reference,
            partner_reference=told.order_id,
            kind=kind_of(STATES, told.status, raw),
            price=told.price_breakdown.total if told.price_breakdown else None,
            tracking_url=told.share_link,
        )

    def _quotation(self, order: Order, service: str) -> "_Quotation":
        if len(order.drops) > self.most_drops:
            raise Rejected("invalid", f"Lalamove takes at most {self.most_drops} drops")
        asked: dict[str, Json] = {
            "serviceType": service,
            "language": "id_ID",
            "stops": [_stop_out(place) for place in (order.pickup, *(drop.place for drop in order.drops))],
            "isRouteOptimized": False,
            "item": {"quantity": str(order.documents), "weight": "LESS_THAN_3_KG", "categories": ["OFFICE_ITEM"]},
        }
        if order.ready_at is not None:
            asked["scheduleAt"] = order.ready_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return read(_QuotationIn, self._ok("POST", "/v3/quotations", {"data": asked})).data

    def _phone(self, place: Place) -> str:
        for written in (place.phone, self._settings.sender_phone):
            try:
                return "+" + mobile(written)
            except ValueError:
                continue
        raise Rejected("invalid", "Lalamove needs a mobile number at every stop (set the office's)")

    def _ok(self, method: Method, path: str, body: Mapping[str, Json] | None = None) -> bytes:
        timestamp = str(int(self._clock().timestamp() * 1000))
        text = "" if body is None else write_json(body).decode()
        token = f"{self._settings.api_key}:{timestamp}:" + signature(
            self._settings.api_secret, timestamp, method, path, text
        )
        # the id is for their support to trace a call; it does not make a repetition harmless
        headers = {"authorization": f"hmac {token}", "market": "ID", "request-id": str(uuid.uuid4())}
        answer: Answer = self._http.call(method, path, json=body, headers=headers)
        return accepted(answer, {200, 201, 204}, _refusal)


def _stop_out(place: Place) -> Json:
    if place.lat is None or place.lon is None:
        raise Rejected("invalid", "Lalamove needs the position of every stop")
    return {"coordinates": {"lat": f"{place.lat:.6f}", "lng": f"{place.lon:.6f}"}, "address": place.address}


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    first = read(_ErrorsIn, body).errors[0]
    return _ERRORS.get(first.id), first.message


def _signed_at(timestamp: int) -> datetime:
    # seconds or milliseconds, as the kind of callback has it
    try:
        return datetime.fromtimestamp(timestamp / 1000 if timestamp > 100_000_000_000 else timestamp, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadSignature("the time of this callback lies outside the calendar") from None


def _raw_field(body: bytes, name: str) -> str:
    """The JSON text of one field of an object, byte for byte as it came: that is what was signed."""
    text = body.decode()
    decoder = json.JSONDecoder()
    place = text.index("{") + 1
    while True:
        while text[place] in " \t\r\n,":
            place += 1
        key, place = decoder.raw_decode(text, place)
        while text[place] in " \t\r\n:":
            place += 1
        _, end = decoder.raw_decode(text, place)
        if key == name:
            return text[place:end]
        place = end


class _Camel(Told):
    model_config = ConfigDict(alias_generator=to_camel)


class _Price(_Camel):
    total: Amount


class _QuotedStop(_Camel):
    stop_id: Id


class _Quotation(_Camel):
    quotation_id: Id
    expires_at: Instant | None = None
    price_breakdown: _Price
    stops: Annotated[list[_QuotedStop], Field(max_length=16)]


class _QuotationIn(_Camel):
    data: _Quotation


class _Pod(_Camel):
    status: Id
    delivered_at: Instant | None = None
    image: Text | None = None

    def proof(self) -> Proof | None:
        return Proof(photo_urls=(self.image,)) if self.image else None


class _Stop(_Camel):
    stop_id: Id
    pod: _Pod | None = Field(default=None, alias="POD")


class _Order(_Camel):
    order_id: Id
    status: Id
    share_link: Text | None = None
    price_breakdown: _Price | None = None
    stops: Annotated[list[_Stop], Field(max_length=16)]
    metadata: dict[str, str] = Field(default_factory=dict)


class _OrderIn(_Camel):
    data: _Order


class _Error(_Camel):
    id: Id
    message: Text = ""


class _ErrorsIn(_Camel):
    errors: Annotated[list[_Error], Field(min_length=1)]


class _CallbackOrder(_Camel):
    order_id: Id
    status: Id | None = None


class _CallbackDriver(_Camel):
    name: Text = ""
    phone: Text = ""
    plate_number: Text = ""


class _CallbackData(_Camel):
    order: _CallbackOrder | None = None
    driver: _CallbackDriver | None = None
    updated_at: Instant | None = None


class _CallbackIn(_Camel):
    api_key: Id
    timestamp: Annotated[int, Field(ge=0)]
    signature: Id
    event_id: Id
    event_type: Id
    data: _CallbackData
