"""Adapter for Biteship: one parcel per order with any of its couriers, by coordinates or postcode.

What is peculiar about it:

- our reference is its idempotency: a second order with the same `reference_id` is refused, so booking again is how a
  lost answer is settled (`look_up` is "repeat"); the refusal names the order that has it;
- callbacks carry a static secret in a header that the office chooses, and no signature: they are hints;
- the price may change after booking (`order.price`), the waybill may come late (`order.waybill_id`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, ClassVar
from urllib.parse import quote as quoted

from pydantic import Field

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
from partners.http import Answer, PartnerHttp
from partners.phones import mobile
from partners.shapes import Amount, Id, Instant, Text, Told, accepted, kind_of, read
from partners.standing import check_word
from partners.strict_json import Json

STATES: Mapping[str, Kind] = {
    "confirmed": "created",
    "scheduled": "created",
    "courier_not_found": "no_courier",
    "allocated": "assigned",
    "picking_up": "assigned",
    "picked": "picked_up",
    "in_transit": "in_transit",
    "dropping_off": "in_transit",
    "on_hold": "on_hold",
    "return_in_transit": "returning",
    "rejected": "refused",
    "delivered": "delivered",
    "returned": "returned",
    "cancelled": "cancelled",
    "disposed": "lost",
}
"""States of an order."""

DUPLICATE = 40002060
_ERRORS: Mapping[int, RejectReason] = {
    DUPLICATE: "duplicate_reference",
    40002030: "too_late",
    40002040: "insufficient_balance",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BiteshipSettings:
    """The account; callbacks bring `header_secret` in the header `header_name`, both chosen in Biteship's dashboard."""

    base_url: str
    api_key: str = field(repr=False)
    header_secret: str = field(repr=False)
    allowed_hosts: frozenset[str]
    header_name: str = "x-antar-secret"
    couriers: tuple[str, ...] = ("grab", "gojek")
    sender_phone: str = ""
    grams_per_document: int = 15
    item_value: int = 1_000
    asks_proof: bool = False
    """Proof of delivery costs a fee with Biteship."""
    name: str = "biteship"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not self.api_key:
            raise ValueError("the partner's API key is missing")
        if len(self.header_secret) < 16:
            raise ValueError("the secret of the callback header has at least 16 characters")


class BiteshipPartner:
    """`CourierPartner` over Biteship. Safe to share between threads; `close` when done."""

    look_up: LookUp = "repeat"
    most_drops: ClassVar[int] = 1

    def __init__(
        self, settings: BiteshipSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock
        self._http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"authorization": settings.api_key},
            timeout=settings.timeout,
        )

    def quote(self, order: Order) -> Sequence[Quote]:
        place = order.drops[0].place
        body: dict[str, Json] = {"couriers": ",".join(self._settings.couriers), "items": self._items(order)}
        body |= _where("origin", order.pickup) | _where("destination", place)
        told = read(_RatesIn, self._ok(self._http.call("POST", "/v1/rates/couriers", json=body)))
        quotes = [
            Quote(partner=self.name, service=f"{one.courier_code}:{one.courier_service_code}", price=one.price)
            for one in told.pricing
        ]
        return sorted(quotes, key=lambda quote: quote.price)

    def book(self, order: Order) -> Booking:
        if len(order.drops) != 1:
            raise Rejected("invalid", "Biteship carries one parcel per order")
        service = order.service
        if not service:
            with only_asking():
                quotes = self.quote(order)
            if not quotes:
                raise Rejected("refused", "no service goes there")
            service = quotes[0].service
        try:
            raw = self._ok(self._http.call("POST", "/v1/orders", json=self._order_out(order, service)))
        except Rejected as refusal:
            if refusal.reason != "duplicate_reference":
                raise
            if not refusal.detail:
                raise NotUnderstood("our reference is taken, and by what is not said", b"") from None
            # our own earlier try had arrived: the refusal names its order
            return self.track(order.reference, refusal.detail).booking
        return self._booking(read(_Order, raw), raw, order.reference)

    def find(self, order_reference: str) -> Booking | None:
        raise CannotTell("Biteship is asked by booking again: it refuses a second order under one reference")

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        raw = self._ok(self._http.call("GET", "/v1/orders/" + quoted(partner_reference, safe="")))
        told = read(_Order, raw)
        booking = self._booking(told, raw, order_reference or told.reference_id or "")
        now = self._clock()
        events = []
        for entry in sorted(told.courier.history, key=lambda entry: entry.updated_at):
            kind = kind_of(STATES, entry.status, raw)
            if entry.updated_at > now:
                raise NotUnderstood("the partner tells of something that has not happened yet", raw)
            events.append(
                PartnerEvent(
                    partner=self.name,
                    event_id=made_event_id(self.name, booking.partner_reference, entry.status, entry.updated_at),
                    order_reference=booking.order_reference,
                    partner_reference=booking.partner_reference,
                    kind=kind,
                    at=entry.updated_at,
                    reason=entry.note if kind in ("refused", "on_hold", "lost", "no_courier") else "",
                    price=booking.price,
                    waybill=booking.waybill,
                    driver=Driver(name=told.courier.driver_name) if told.courier.driver_name else None,
                )
            )
        return Tracking(booking=booking, events=tuple(events))

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        with only_asking():
            kind = self.track(order_reference, partner_reference).booking.kind
        if kind == "cancelled":
            return "cancelled"
        body: Json = {"cancellation_reason_code": "others", "cancellation_reason": reason}
        path = f"/v1/orders/{quoted(partner_reference, safe='')}/cancel"
        told = read(_CancelledIn, self._ok(self._http.call("POST", path, json=body)))
        return "cancelled" if told.status == "cancelled" else "pending"

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        if not body.strip():
            return []  # Biteship validates an address with an empty call
        check_word(headers, self._settings.header_name.lower(), self._settings.header_secret)
        return self.read_callback(body, received_at)

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        told = read(_CallbackIn, body)
        kind: Kind | None = None
        if told.event == "order.status":
            kind = kind_of(STATES, told.status or "", body)
        elif told.event not in ("order.price", "order.waybill_id"):
            raise NotUnderstood("a callback of an unknown kind", body)
        at = told.updated_at or received_at
        mark = f"{told.event}:{told.status}:{told.price}:{told.courier_waybill_id}"
        return [
            PartnerEvent(
                partner=self.name,
                event_id=made_event_id(self.name, told.order_id, mark, at if told.updated_at else _LONG_AGO),
                order_reference="",
                partner_reference=told.order_id,
                kind=kind,
                at=at,
                price=told.price or told.order_price,
                waybill=told.courier_waybill_id,
                direct=False,
            )
        ]

    def close(self) -> None:
        self._http.close()

    def _booking(self, told: "_Order", raw: bytes, reference: str) -> Booking:
        if not reference or (told.reference_id or reference) != reference:
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        return Booking(
            partner=self.name,
            order_reference=reference,
            partner_reference=told.id,
            kind=kind_of(STATES, told.status, raw),
            price=told.price,
            waybill=told.courier.waybill_id,
            tracking_url=told.courier.link,
        )

    def _order_out(self, order: Order, service: str) -> Json:
        courier, _, kind = service.partition(":")
        (drop,) = order.drops
        body: dict[str, Json] = {
            "reference_id": order.reference,
            "shipper_contact_name": order.pickup.name,
            "shipper_contact_phone": self._phone(order.pickup),
            "origin_contact_name": order.pickup.name,
            "origin_contact_phone": self._phone(order.pickup),
            "origin_address": order.pickup.address,
            "destination_contact_name": drop.place.name,
            "destination_contact_phone": self._phone(drop.place),
            "destination_address": drop.place.address,
            "courier_company": courier,
            "courier_type": kind,
            "delivery_type": "now",
            "order_note": f"{drop.reference} {order.note}".strip(),
            "items": self._items(order),
        }
        if self._settings.asks_proof:
            body["destination_proof_of_delivery"] = True
        return body | _where("origin", order.pickup, "coordinate") | _where("destination", drop.place, "coordinate")

    def _items(self, order: Order) -> Json:
        return [
            {
                "name": "Dokumen",
                "value": self._settings.item_value,
                "quantity": 1,
                "weight": max(100, order.documents * self._settings.grams_per_document),
            }
        ]

    def _phone(self, place: Place) -> str:
        for written in (place.phone, self._settings.sender_phone):
            try:
                return "0" + mobile(written)[2:]
            except ValueError:
                continue
        raise Rejected("invalid", "Biteship needs a mobile number at both ends (set the office's)")

    def _ok(self, answer: Answer) -> bytes:
        return accepted(answer, {200, 201}, _refusal)


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in the id of a callback without a time, so that the same one twice is one."""


def _where(end: str, place: Place, shape: str = "") -> dict[str, Json]:
    """A position, or a postcode where none is known."""
    if place.lat is not None and place.lon is not None:
        if shape:
            return {f"{end}_coordinate": {"latitude": place.lat, "longitude": place.lon}}
        return {f"{end}_latitude": place.lat, f"{end}_longitude": place.lon}
    if place.postcode:
        return {f"{end}_postal_code": int(place.postcode)}
    raise Rejected("invalid", "Biteship needs a position or a postcode at both ends")


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    told = read(_ErrorIn, body)
    if told.code == DUPLICATE:
        return "duplicate_reference", told.details.order_id if told.details else ""
    return _ERRORS.get(told.code), told.error


class _Rate(Told):
    courier_code: Id
    courier_service_code: Id
    price: Amount


class _RatesIn(Told):
    pricing: list[_Rate]


class _History(Told):
    status: Id
    updated_at: Instant
    note: Text = ""


class _Courier(Told):
    waybill_id: Id | None = None
    link: Text | None = None
    driver_name: Text | None = None
    history: Annotated[list[_History], Field(max_length=1_000)] = Field(default_factory=list)


class _Order(Told):
    id: Id
    reference_id: Id | None = None
    status: Id
    price: Amount | None = None
    courier: _Courier = _Courier()


class _CancelledIn(Told):
    status: Id


class _Details(Told):
    order_id: Text = ""


class _ErrorIn(Told):
    success: bool
    error: Text = ""
    code: int = 0
    details: _Details | None = None


class _CallbackIn(Told):
    event: Id
    order_id: Id
    status: Id | None = None
    price: Amount | None = None
    order_price: Amount | None = None
    courier_waybill_id: Id | None = None
    updated_at: Instant | None = None
