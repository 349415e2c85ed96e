"""Adapter for GrabExpress direct. It needs a corporate contract, and its documents are for partners only: what is
written here comes from integration guides, so a first account is tried with one order before it is used.

What is peculiar about it: calls carry an OAuth2 token that is fetched with the account's id and secret and lives for an
hour; a delivery is read by Grab's id only, so a lost answer is settled by a callback (they name our number too) or a
person; callbacks carry an agreed token and no signature, so they are hints; an answer keeps no history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import ClassVar
from urllib.parse import quote as quoted

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from partners.base import (
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
    Quote,
    Rejected,
    RejectReason,
    Tracking,
    made_event_id,
    only_asking,
)
from partners.http import Answer, Method, PartnerHttp
from partners.phones import mobile
from partners.shapes import Amount, Id, Text, Told, accepted, kind_of, read
from partners.standing import check_word, standing, still_to_call_off
from partners.strict_json import Json

BASE = "/grab-express/v1"
STATES: Mapping[str, Kind] = {
    "QUEUEING": "created",
    "ALLOCATING": "searching",
    "DRIVER_NOT_FOUND": "no_courier",
    "PICKING_UP": "assigned",
    "IN_DELIVERY": "picked_up",
    "IN_RETURN": "returning",
    "FAILED": "refused",
    "COMPLETED": "delivered",
    "RETURNED": "returned",
    "CANCELED": "cancelled",
}
"""States of a delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrabSettings:
    """The corporate account, and the token agreed for callbacks."""

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    allowed_hosts: frozenset[str]
    sender_phone: str = ""
    name: str = "grab_express"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not (self.client_id and self.client_secret):
            raise ValueError("GrabExpress needs a client id and a client secret")
        if len(self.callback_token) < 16:
            raise ValueError("the token of the callbacks has at least 16 characters")


class GrabPartner:
    """`CourierPartner` over GrabExpress. Safe to share between threads; `close` when done."""

    look_up: LookUp = "callback"
    most_drops: ClassVar[int] = 1

    def __init__(self, settings: GrabSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock
        self._token, self._token_until = "", datetime.min.replace(tzinfo=UTC)
        self._lock = Lock()
        self._http = PartnerHttp(
            settings.base_url, allowed_hosts=settings.allowed_hosts, headers={}, timeout=settings.timeout
        )

    def quote(self, order: Order) -> Sequence[Quote]:
        body: dict[str, Json] = {
            "serviceType": order.service or None,
            "packages": _packages(order),
            "origin": _waypoint(order.pickup),
            "destination": _waypoint(order.drops[0].place),
        }
        raw = self._call("POST", "/deliveries/quotes", {k: v for k, v in body.items() if v is not None})
        quotes = [
            Quote(partner=self.name, service=one.service.type, price=one.amount) for one in read(_QuotesIn, raw).quotes
        ]
        return sorted(quotes, key=lambda quote: quote.price)

    def book(self, order: Order) -> Booking:
        if len(order.drops) != 1:
            raise Rejected("invalid", "GrabExpress carries one parcel per order")
        with only_asking():
            service = order.service or next((quote.service for quote in self.quote(order)), "")
        if not service:
            raise Rejected("refused", "no service goes there")
        (drop,) = order.drops
        body: Json = {
            "merchantOrderID": order.reference,
            "serviceType": service,
            "paymentMethod": "CASHLESS",
            "packages": _packages(order),
            "sender": self._contact(order.pickup),
            "recipient": self._contact(drop.place),
            "origin": _waypoint(order.pickup),
            "destination": _waypoint(drop.place),
        }
        raw = self._call("POST", "/deliveries", body)
        return self._booking(read(_DeliveryIn, raw), raw, order.reference)

    def find(self, order_reference: str) -> Booking | None:
        raise CannotTell("GrabExpress reads deliveries by its own id only")

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        raw = self._call("GET", "/deliveries/" + quoted(partner_reference, safe=""))
        told = read(_DeliveryIn, raw)
        booking = self._booking(told, raw, order_reference or told.merchant_order_id)
        driver = Driver(name=told.courier.name, phone=told.courier.phone) if told.courier else None
        return standing(self.name, booking, told.status, self._clock(), driver=driver)

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        with only_asking():
            booking = self.track(order_reference, partner_reference).booking
        if still_to_call_off(booking):
            self._call("DELETE", "/deliveries/" + quoted(partner_reference, safe=""))
        return "cancelled"

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        check_word(headers, "authorization", f"Bearer {self._settings.callback_token}")
        return self.read_callback(body, received_at)

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        told = read(_CallbackIn, body)
        try:
            at = datetime.fromtimestamp(told.timestamp, UTC)
        except (OverflowError, ValueError, OSError):
            raise NotUnderstood("a time outside the calendar", body) from None
        if at - received_at > timedelta(seconds=300):
            raise NotUnderstood("the partner tells of something that has not happened yet", body)
        return [
            PartnerEvent(
                partner=self.name,
                event_id=made_event_id(self.name, told.delivery_id, told.status, at),
                order_reference=told.merchant_order_id,
                partner_reference=told.delivery_id,
                kind=kind_of(STATES, told.status, body),
                at=at,
                direct=False,
            )
        ]

    def close(self) -> None:
        self._http.close()

    def _booking(self, told: "_DeliveryIn", raw: bytes, reference: str) -> Booking:
        if told.merchant_order_id != reference:
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        return Booking(
            partner=self.name,
            order_reference=reference,
            partner_reference=told.delivery_id,
            kind=kind_of(STATES, told.status, raw),
            price=told.quote.amount if told.quote else None,
            tracking_url=told.tracking_url,
        )

    def _contact(self, place: Place) -> Json:
        for written in (place.phone, self._settings.sender_phone):
            try:
                return {"firstName": place.name, "phone": mobile(written), "smsEnabled": False}
            except ValueError:
                continue
        raise Rejected("invalid", "GrabExpress needs a mobile number at both ends (set the office's)")

    def _call(self, method: Method, path: str, body: Json = None) -> bytes:
        headers = {"authorization": f"Bearer {self._bearer()}"}
        answer: Answer = self._http.call(method, BASE + path, json=body, headers=headers)
        if answer.status == 401:
            self._token_until = datetime.min.replace(tzinfo=UTC)  # asked for anew next time
        return accepted(answer, {200, 201, 204}, _refusal)

    def _bearer(self) -> str:
        """A token that lives for another minute at least."""
        with self._lock, only_asking():
            if self._clock() < self._token_until:
                return self._token
            asked: Json = {
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
                "grant_type": "client_credentials",
                "scope": "grab_express.partner_deliveries",
            }
            answer = self._http.call("POST", "/grabid/v1/oauth2/token", json=asked)
            told = read(_TokenIn, accepted(answer, {200}, _refusal))
            self._token = told.access_token
            self._token_until = self._clock() + timedelta(seconds=max(0, told.expires_in - 60))
            return self._token


def _packages(order: Order) -> Json:
    (drop,) = order.drops[:1]
    size: Json = {"height": 5, "width": 25, "depth": 35, "weight": 1000}
    return [{"name": "Dokumen", "description": drop.reference, "quantity": 1, "price": 1000, "dimensions": size}]


def _waypoint(place: Place) -> Json:
    if place.lat is None or place.lon is None:
        raise Rejected("invalid", "GrabExpress needs a position at both ends")
    return {"address": place.address, "coordinates": {"latitude": place.lat, "longitude": place.lon}}


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    return None, read(_ErrorIn, body).message


class _Camel(Told):
    model_config = ConfigDict(alias_generator=to_camel)


class _TokenIn(Told):
    access_token: Id
    expires_in: int


class _ErrorIn(Told):
    message: Text


class _Service(Told):
    type: Id


class _Quote(Told):
    amount: Amount
    service: _Service


class _QuotesIn(Told):
    quotes: list[_Quote]


class _Price(Told):
    amount: Amount


class _Courier(Told):
    name: Text = ""
    phone: Text = ""


class _DeliveryIn(Told):
    model_config = ConfigDict(
        alias_generator=lambda name: {
            "delivery_id": "deliveryID",
            "merchant_order_id": "merchantOrderID",
            "tracking_url": "trackingURL",
        }.get(name, name)
    )

    delivery_id: Id
    merchant_order_id: Id
    status: Id
    quote: _Price | None = None
    tracking_url: Text | None = None
    courier: _Courier | None = None


class _CallbackIn(Told):
    model_config = ConfigDict(
        alias_generator=lambda name: {"delivery_id": "deliveryID", "merchant_order_id": "merchantOrderID"}.get(
            name, name
        )
    )

    delivery_id: Id
    merchant_order_id: Id
    timestamp: int
    status: Id
