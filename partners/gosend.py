"""Adapter for GoSend direct. It needs a corporate contract, and its documents are for partners only: what is written
here comes from integration guides, so a first account is tried with one order before it is used.

What is peculiar about it: an order is found by our own number (`storeOrderId`); callbacks carry an agreed token in a
header and no signature, so they are hints; an answer says how an order stands now and keeps no history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote as quoted

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from partners.base import (
    Booking,
    Cancellation,
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
    only_asking,
)
from partners.http import Answer, PartnerHttp
from partners.phones import mobile
from partners.shapes import Amount, Id, Text, Told, accepted, kind_of, read
from partners.standing import check_word, standing, still_to_call_off
from partners.strict_json import Json

TOLERANCE = timedelta(seconds=300)
METHODS = ("Instant", "SameDay")
STATES: Mapping[str, Kind] = {
    "confirmed": "created",
    "allocating": "searching",
    "finding_driver": "searching",
    "driver_not_found": "no_courier",
    "no_driver": "no_courier",
    "allocated": "assigned",
    "picking_up": "assigned",
    "out_for_pickup": "assigned",
    "in_delivery": "picked_up",
    "picked": "picked_up",
    "out_for_delivery": "in_transit",
    "on_hold": "on_hold",
    "in_return": "returning",
    "rejected": "refused",
    "failed": "refused",
    "completed": "delivered",
    "delivered": "delivered",
    "returned": "returned",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}
"""States of an answer and of a callback, in small letters with _ for a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSendSettings:
    """The corporate account, and the token agreed for callbacks."""

    base_url: str
    client_id: str
    pass_key: str = field(repr=False)
    callback_token: str = field(repr=False)
    allowed_hosts: frozenset[str]
    sender_phone: str = ""
    name: str = "gosend"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not (self.client_id and self.pass_key):
            raise ValueError("GoSend needs a client id and a pass key")
        if len(self.callback_token) < 16:
            raise ValueError("the token of the callbacks has at least 16 characters")


class GoSendPartner:
    """`CourierPartner` over GoSend. Safe to share between threads; `close` when done."""

    look_up: LookUp = "reference"
    most_drops: ClassVar[int] = 1

    def __init__(self, settings: GoSendSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock
        self._http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"client-id": settings.client_id, "pass-key": settings.pass_key},
            timeout=settings.timeout,
        )

    def quote(self, order: Order) -> Sequence[Quote]:
        query = {
            "origin": _lat_lon(order.pickup),
            "destination": _lat_lon(order.drops[0].place),
            "paymentType": "3",
        }
        raw = self._ok(self._http.call("GET", "/gokilat/v10/calculate/price", query=query))
        told = read(_PricesIn, raw)
        quotes = [
            Quote(partner=self.name, service=method, price=rate.price.total_price)
            for method, rate in (("Instant", told.Instant), ("SameDay", told.SameDay))
            if rate is not None
        ]
        return sorted(quotes, key=lambda quote: quote.price)

    def book(self, order: Order) -> Booking:
        if len(order.drops) != 1:
            raise Rejected("invalid", "GoSend carries one parcel per order")
        with only_asking():
            quotes = [q for q in self.quote(order) if order.service in ("", q.service)]
        if not quotes:
            raise Rejected("refused", "no service goes there")
        (drop,) = order.drops
        route: Json = {
            "originName": order.pickup.name,
            "originNote": "",
            "originContactName": order.pickup.name,
            "originContactPhone": self._phone(order.pickup),
            "originLatLong": _lat_lon(order.pickup),
            "originAddress": order.pickup.address,
            "destinationName": drop.place.name,
            "destinationNote": order.note,
            "destinationContactName": drop.place.name,
            "destinationContactPhone": self._phone(drop.place),
            "destinationLatLong": _lat_lon(drop.place),
            "destinationAddress": drop.place.address,
            "item": f"{drop.documents} dokumen ({drop.reference})",
            "storeOrderId": order.reference,
        }
        body: Json = {"paymentType": 3, "shipment_method": quotes[0].service, "routes": [route]}
        try:
            raw = self._ok(self._http.call("POST", "/gokilat/v10/booking", json=body))
        except Rejected as refusal:
            if refusal.status != 409:
                raise
            # our number is taken already: by our own earlier try, if anybody's
            found = self.find(order.reference)
            if found is None:
                raise
            return found
        made = read(_MadeIn, raw)
        return Booking(
            partner=self.name,
            order_reference=order.reference,
            partner_reference=made.order_no,
            kind="created",
            price=quotes[0].price,
        )

    def find(self, order_reference: str) -> Booking | None:
        path = "/gokilat/v10/booking/storeOrderId/" + quoted(order_reference, safe="")
        try:
            raw = self._ok(self._http.call("GET", path))
        except Rejected as refusal:
            if refusal.reason != "not_found":
                raise
            return None
        return self._booking(read(_StandingIn, raw), raw, order_reference)

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        raw = self._ok(self._http.call("GET", "/gokilat/v10/booking/orderno/" + quoted(partner_reference, safe="")))
        told = read(_StandingIn, raw)
        booking = self._booking(told, raw, order_reference or told.store_order_id)
        proof = Proof(received_by=told.receiver_name) if told.receiver_name.strip() else None
        driver = Driver(name=told.driver_name, phone=told.driver_phone) if told.driver_name else None
        return standing(self.name, booking, told.status, self._clock(), driver=driver, proof=proof)

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        with only_asking():
            booking = self.track(order_reference, partner_reference).booking
        if still_to_call_off(booking):
            self._ok(self._http.call("PUT", "/gokilat/v10/booking/cancel", json={"orderNo": partner_reference}))
        return "cancelled"

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        check_word(headers, "x-callback-token", self._settings.callback_token)
        return self.read_callback(body, received_at)

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        told = read(_CallbackIn, body)
        at = datetime.fromtimestamp(told.event_date / 1000, UTC)
        if at - received_at > TOLERANCE:
            raise NotUnderstood("the partner tells of something that has not happened yet", body)
        return [
            PartnerEvent(
                partner=self.name,
                event_id=told.event_id,
                order_reference="",
                partner_reference=told.entity_id,
                kind=_kind(told.status, body),
                at=at,
                price=told.price,
                direct=False,
            )
        ]

    def close(self) -> None:
        self._http.close()

    def _booking(self, told: "_StandingIn", raw: bytes, reference: str) -> Booking:
        if told.store_order_id != reference:
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        return Booking(
            partner=self.name,
            order_reference=reference,
            partner_reference=told.order_no,
            kind=_kind(told.status, raw),
            price=told.total_price,
            tracking_url=told.live_tracking_url,
        )

    def _phone(self, place: Place) -> str:
        for written in (place.phone, self._settings.sender_phone):
            try:
                return mobile(written)
            except ValueError:
                continue
        raise Rejected("invalid", "GoSend needs a mobile number at both ends (set the office's)")

    def _ok(self, answer: Answer) -> bytes:
        return accepted(answer, {200, 201}, _refusal)


def _kind(word: str, raw: bytes) -> Kind:
    return kind_of(STATES, word.casefold().replace(" ", "_"), raw)


def _lat_lon(place: Place) -> str:
    if place.lat is None or place.lon is None:
        raise Rejected("invalid", "GoSend needs a position at both ends")
    return f"{place.lat:.6f},{place.lon:.6f}"


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    told = read(_ErrorIn, body)
    return None, told.error_message


class _Camel(Told):
    model_config = ConfigDict(alias_generator=to_camel)


class _Price(Told):
    total_price: Amount


class _Rate(Told):
    price: _Price


class _PricesIn(Told):
    Instant: _Rate | None = None
    SameDay: _Rate | None = None


class _MadeIn(_Camel):
    order_no: Id


class _StandingIn(_Camel):
    order_no: Id
    store_order_id: Id
    status: Id
    driver_name: Text = ""
    driver_phone: Text = ""
    receiver_name: Text = ""
    total_price: Amount | None = None
    live_tracking_url: Text | None = None


class _ErrorIn(_Camel):
    error_message: Text


class _CallbackIn(Told):
    event_id: Id
    event_date: Annotated[int, Field(ge=0, le=100_000_000_000_000)]
    entity_id: Id
    status: Id
    price: Amount | None = None
