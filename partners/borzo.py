"""Adapter for Borzo Indonesia (Business API 1.6): one order with several destinations, a delivery object for each.

What is peculiar about it:

- an order is a list of points; ours travel as `client_order_id`: the order's reference at the pick-up, each drop's at
  its point. There is no question by them, so a lost answer is looked up in the list of the newest orders;
- callbacks are signed over the raw body without a time; each tells one order or one delivery in its present state;
- a delivery that is tried again, or brought back, has states of its own (`reattempt_…`, `return_…`).
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from partners.base import (
    BadSignature,
    Booking,
    Cancellation,
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
from partners.strict_json import Json

BASE = "/api/business/1.6"
PAGE, PAGES = 50, 4
"""How far back a lost order is looked for: the newest 200."""
TOLERANCE = timedelta(seconds=300)
VEHICLES = {"motorbike": 8, "car": 7}

DELIVERY: Mapping[str, Kind] = {
    "draft": "created",
    "planned": "created",
    "active": "searching",
    "invalid": "no_courier",
    "courier_assigned": "assigned",
    "courier_departed": "assigned",
    "courier_at_pickup": "assigned",
    "parcel_picked_up": "picked_up",
    "courier_arrived": "in_transit",
    "delayed": "attempt_failed",
    "reattempt_planned": "attempt_failed",
    "reattempt_courier_assigned": "attempt_failed",
    "reattempt_courier_departed": "attempt_failed",
    "reattempt_courier_picked_up": "attempt_failed",
    "return_planned": "returning",
    "return_courier_assigned": "returning",
    "return_courier_departed": "returning",
    "return_courier_picked_up": "returning",
    "failed": "refused",
    "finished": "delivered",
    "reattempt_finished": "delivered",
    "return_finished": "returned",
    "canceled": "cancelled",
    "deleted": "cancelled",
}
"""States of a delivery."""

ORDER: Mapping[str, Kind] = {
    "draft": "created",
    "new": "created",
    "available": "searching",
    "active": "assigned",
    "reactivated": "attempt_failed",
    "delayed": "attempt_failed",
    "completed": "delivered",
    "canceled": "cancelled",
    "failed": "refused",
}
"""States of an order; what they mean for a drop is said by its delivery."""

_ERRORS: Mapping[str, RejectReason] = {
    "insufficient_balance": "insufficient_balance",
    "order_not_found": "not_found",
    "order_cannot_be_canceled": "too_late",
    "invalid_auth_token": "unauthorized",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BorzoSettings:
    """The account: its token, and the secret its callbacks are signed with."""

    base_url: str
    token: str = field(repr=False)
    callback_secret: str = field(repr=False)
    allowed_hosts: frozenset[str]
    sender_phone: str = ""
    vehicles: tuple[str, ...] = ("motorbike",)
    name: str = "borzo"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not (self.token and self.callback_secret):
            raise ValueError("Borzo needs a token and a callback secret")
        if not set(self.vehicles) <= set(VEHICLES):
            raise ValueError(f"vehicles are {' or '.join(VEHICLES)}")


class BorzoPartner:
    """`CourierPartner` over Borzo. Safe to share between threads; `close` when done."""

    look_up: LookUp = "reference"
    most_drops: ClassVar[int] = 15

    def __init__(self, settings: BorzoSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock
        self._http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"x-dv-auth-token": settings.token},
            timeout=settings.timeout,
        )

    def quote(self, order: Order) -> Sequence[Quote]:
        quotes = []
        for vehicle in (order.service,) if order.service else self._settings.vehicles:
            raw = self._ok(self._http.call("POST", f"{BASE}/calculate-order", json=self._order_out(order, vehicle)))
            price = read(_OrderIn, raw).order.payment_amount
            quotes.append(Quote(partner=self.name, service=vehicle, price=price))
        return sorted(quotes, key=lambda quote: quote.price)

    def book(self, order: Order) -> Booking:
        sent = self._order_out(order, order.service or self._settings.vehicles[0])
        # Borzo would take a second order with the same numbers: whatever is there already is the one
        with only_asking():
            earlier = self.find(order.reference)
        if earlier is not None:
            return earlier
        raw = self._ok(self._http.call("POST", f"{BASE}/create-order", json=sent))
        told = read(_OrderIn, raw).order
        if told.order_id is None:
            raise NotUnderstood("an order without an id", raw)
        return self._booking(told, raw, order.reference)

    def find(self, order_reference: str) -> Booking | None:
        for page in range(PAGES):
            query = {"count": str(PAGE), "offset": str(page * PAGE)}
            raw = self._ok(self._http.call("GET", f"{BASE}/orders", query=query))
            told = read(_OrdersIn, raw).orders
            mine = [one for one in told if one.points and one.points[0].client_order_id == order_reference]
            if len(mine) > 1:
                raise NotUnderstood("the partner has several orders with one reference of ours", raw)
            if mine:
                return self._booking(mine[0], raw, order_reference)
            if len(told) < PAGE:
                return None
        raise NotUnderstood("too many orders to look through", raw)

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        query = {"order_id": partner_reference}
        raw = self._ok(self._http.call("GET", f"{BASE}/orders", query=query))
        found = read(_OrdersIn, raw).orders
        if not found:
            raise Rejected("not_found", "no such order")
        told = found[0]
        booking = self._booking(told, raw, order_reference or (told.points[0].client_order_id or ""))
        events = self._of_order(told, booking.order_reference, raw, self._clock())
        return Tracking(booking=booking, events=tuple(sorted(events, key=lambda event: event.at)))

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        if not partner_reference.isdigit():
            raise Rejected("not_found", "Borzo's order ids are numbers")
        body: Json = {"order_id": int(partner_reference)}
        raw = self._ok(self._http.call("POST", f"{BASE}/cancel-order", json=body))
        told = read(_OrderIn, raw).order
        return "cancelled" if kind_of(ORDER, told.status, raw) == "cancelled" else "pending"

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        given = {name.lower(): value for name, value in headers.items()}.get("x-dv-signature", "")
        expected = hmac.new(self._settings.callback_secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
            raise BadSignature("the signature of this callback does not fit")
        return self.read_callback(body, received_at)

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        told = read(_CallbackIn, body)
        if told.event_datetime - received_at > TOLERANCE:
            raise NotUnderstood("the partner tells of something that has not happened yet", body)
        # no time is signed, so an old callback sent again cannot be told from a new one: the event's own time orders it
        if told.event_type in ("order_created", "order_changed") and told.order is not None:
            if told.order.order_id is None:
                raise NotUnderstood("a callback that names no order", body)
            whole = self._whole(told.order, told.event_datetime, body)
            return [whole]
        if told.event_type in ("delivery_created", "delivery_changed") and told.delivery is not None:
            delivery = told.delivery
            kind = kind_of(DELIVERY, delivery.status, body)
            mark = f"delivery:{delivery.delivery_id}:{delivery.status}"
            return [
                PartnerEvent(
                    partner=self.name,
                    event_id=made_event_id(self.name, str(delivery.order_id), mark, told.event_datetime),
                    order_reference="",
                    partner_reference=str(delivery.order_id),
                    kind=kind,
                    at=told.event_datetime,
                    driver=delivery.courier.driver() if delivery.courier else None,
                    # which drop it was, and whether there are others, is known from the order: ask
                    direct=False,
                )
            ]
        raise NotUnderstood("a callback of an unknown kind", body)

    def close(self) -> None:
        self._http.close()

    def _whole(self, told: "_Order", at: datetime, raw: bytes) -> PartnerEvent:
        kind = kind_of(ORDER, told.status, raw)
        return PartnerEvent(
            partner=self.name,
            event_id=made_event_id(self.name, str(told.order_id), f"order:{told.status}:{told.payment_amount}", at),
            order_reference=(told.points[0].client_order_id or "") if told.points else "",
            partner_reference=str(told.order_id),
            kind=None if kind in ("attempt_failed", "delivered", "refused") else kind,
            at=at,
            price=told.payment_amount,
            direct=kind not in ("attempt_failed", "delivered", "refused"),
        )

    def _of_order(self, told: "_Order", reference: str, raw: bytes, now: datetime) -> list[PartnerEvent]:
        """Its deliveries in their present states, each as of its own time."""
        whole = kind_of(ORDER, told.status, raw)
        points = [point for point in told.points[1:] if point.delivery is not None]
        events = []
        for point in points:
            assert point.delivery is not None
            kind = kind_of(DELIVERY, point.delivery.status, raw)
            at = min(point.delivery.status_datetime or now, now)
            drop = None if len(points) == 1 else point.client_order_id
            if drop is not None and kind in (
                "created",
                "searching",
                "no_courier",
                "assigned",
                "picked_up",
                "cancelled",
            ):
                drop = None  # so far the rider has all of it, or nothing
            mark = f"{point.point_id}:{point.delivery.status}"
            events.append(
                PartnerEvent(
                    partner=self.name,
                    event_id=made_event_id(self.name, reference, mark, at),
                    order_reference=reference,
                    partner_reference=str(told.order_id),
                    kind=kind,
                    at=at,
                    drop_reference=drop,
                    price=told.payment_amount,
                    driver=told.courier.driver() if told.courier else None,
                )
            )
        if not events:
            mark = f"order:{told.status}"
            events.append(
                PartnerEvent(
                    partner=self.name,
                    event_id=made_event_id(self.name, reference, mark, now),
                    order_reference=reference,
                    partner_reference=str(told.order_id),
                    kind=whole,
                    at=now,
                )
            )
        return events

    def _booking(self, told: "_Order", raw: bytes, reference: str) -> Booking:
        if not told.points or told.points[0].client_order_id != reference:
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        kind = kind_of(ORDER, told.status, raw)
        deliveries = [point.delivery for point in told.points[1:] if point.delivery is not None]
        if len(deliveries) == 1:
            kind = kind_of(DELIVERY, deliveries[0].status, raw)
        return Booking(
            partner=self.name,
            order_reference=reference,
            partner_reference=str(told.order_id),
            kind=kind,
            price=told.payment_amount,
            tracking_url=told.points[-1].tracking_url,
        )

    def _order_out(self, order: Order, vehicle: str) -> Json:
        if len(order.drops) > self.most_drops:
            raise Rejected("invalid", f"Borzo takes at most {self.most_drops} drops")
        if vehicle not in VEHICLES:
            raise Rejected("invalid", f"Borzo has no {vehicle}")
        points = [self._point_out(order.pickup, order.reference, order.note)]
        for drop in order.drops:
            points.append(self._point_out(drop.place, drop.reference, f"{drop.documents} dokumen"))
        return {"type": "standard", "matter": "Dokumen", "vehicle_type_id": VEHICLES[vehicle], "points": points}

    def _point_out(self, place: Place, reference: str, note: str) -> Json:
        for written in (place.phone, self._settings.sender_phone):
            try:
                phone = mobile(written)
                break
            except ValueError:
                continue
        else:
            raise Rejected("invalid", "Borzo needs a mobile number at every point (set the office's)")
        return {
            "address": place.address,
            "latitude": place.lat,
            "longitude": place.lon,
            "contact_person": {"name": place.name, "phone": phone},
            "client_order_id": reference,
            "note": note,
        }

    def _ok(self, answer: Answer) -> bytes:
        raw = accepted(answer, {200}, _refusal)
        if not read(_StatusIn, raw).is_successful:
            reason, words = _refusal(raw)
            raise Rejected(reason or "refused", words, status=answer.status)
        return raw


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    errors = read(_StatusIn, body).errors
    return next((_ERRORS[word] for word in errors if word in _ERRORS), None), ", ".join(errors)


class _StatusIn(Told):
    is_successful: bool
    errors: list[Text] = Field(default_factory=list)


class _Courier(Told):
    name: Text = ""
    surname: Text = ""
    phone: Text = ""

    def driver(self) -> Driver:
        return Driver(name=f"{self.name} {self.surname}".strip(), phone=self.phone)


class _Delivery(Told):
    delivery_id: int
    order_id: int
    status: Id
    status_datetime: Instant | None = None
    courier: _Courier | None = None


class _Point(Told):
    point_id: int
    client_order_id: Id | None = None
    tracking_url: Text | None = None
    delivery: _Delivery | None = None


class _Order(Told):
    order_id: int | None = None
    status: Id = "draft"
    payment_amount: Amount
    points: Annotated[list[_Point], Field(max_length=99)] = Field(default_factory=list)
    courier: _Courier | None = None


class _OrderIn(Told):
    order: _Order


class _OrdersIn(Told):
    orders: list[_Order]


class _CallbackIn(Told):
    event_datetime: Instant
    event_type: Id
    order: _Order | None = None
    delivery: _Delivery | None = None
