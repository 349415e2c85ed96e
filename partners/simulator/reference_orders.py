"""What the reference courier knows: its orders, what happened to them, and the rules it keeps. No HTTP here."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from partners.simulator.core import Given, Refusal
from partners.strict_json import Json

FIRST_DROP = 10_000
NEXT_DROP = 2_500
SERVICES = {"motor": 1, "mobil": 3}
QUOTE_HOLDS = timedelta(minutes=15)
MOST_DROPS = 15
CANCELLABLE = frozenset({"created", "searching", "no_courier", "assigned"})
STATUSES = (
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
)

_Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
_Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class GivenPlace(Given):
    name: _Line
    address: _Line
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+(][0-9 ().-]{5,24}$")] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    postcode: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")] | None = None


class GivenDrop(Given):
    reference: _Reference
    documents: Annotated[int, Field(ge=1, le=10_000)]
    place: GivenPlace


class GivenOrder(Given):
    reference: _Reference
    pickup: GivenPlace
    drops: Annotated[list[GivenDrop], Field(min_length=1, max_length=MOST_DROPS)]
    service: str = "motor"
    quote_id: str | None = None
    ready_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    note: Annotated[str, StringConstraints(max_length=200)] = ""


class GivenCancel(Given):
    reference: _Reference
    reason: Annotated[str, StringConstraints(min_length=3, max_length=200)]


class GivenProof(Given):
    received_by: str = ""
    relation: str = ""
    photo_urls: list[str] = Field(default_factory=list)
    signature_url: str | None = None
    lat: float | None = None
    lon: float | None = None


class GivenDriver(Given):
    name: _Line
    phone: str = ""
    plate: str = ""


class Happening(Given):
    """What the person at the simulator lets happen to an order; `at` None means now."""

    status: str
    at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    drop: str | None = None
    reason: str = ""
    price: Annotated[int, Field(ge=0)] | None = None
    proof: GivenProof | None = None
    driver: GivenDriver | None = None


@dataclass(slots=True, kw_only=True)
class SimulatedOrder:
    """One order at the courier. `events` are in the order in which they were made, as they are told."""

    id: str
    given: GivenOrder
    price: int
    status: str = "created"
    events: list[dict[str, Json]] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.given.reference

    def written(self) -> dict[str, Json]:
        """As the API shows it."""
        return {
            "id": self.id,
            "reference": self.given.reference,
            "status": self.status,
            "price": self.price,
            "waybill": None,
            "tracking_url": f"https://track.invalid/{self.id}",
            "events": list(self.events),
        }


class OrderBook:
    """All orders of one account. Not safe between threads: the server holds a lock around each call."""

    def __init__(self, clock: Callable[[], datetime], tell: Callable[[dict[str, Json]], None]) -> None:
        """`tell` takes every event that shall become a callback."""
        self.balance: int | None = None
        """Rupiah left; None is no limit."""
        self.cancels_at_once = True
        """False: a cancellation is first `pending`, until someone lets `cancelled` happen."""
        self.refuses_duplicates = True
        """False: a second order with a reference is simply a second order, as with many real couriers."""
        self._clock = clock
        self._tell = tell
        self._orders: dict[str, SimulatedOrder] = {}
        self._quotes: dict[str, tuple[int, datetime]] = {}

    @property
    def orders(self) -> tuple[SimulatedOrder, ...]:
        return tuple(self._orders.values())

    def quote(self, given: GivenOrder) -> Sequence[Json]:
        """Every service with its price, good for 15 minutes."""
        until = self._clock() + QUOTE_HOLDS
        quotes: list[Json] = []
        for service in SERVICES:
            quote_id = "q_" + uuid.uuid4().hex[:12]
            self._quotes[quote_id] = (_price(service, given), until)
            quotes.append(
                {
                    "quote_id": quote_id,
                    "service": service,
                    "price": _price(service, given),
                    "expires_at": until.isoformat(),
                }
            )
        return quotes

    def book(self, given: GivenOrder) -> SimulatedOrder:
        """Take the order in, once per reference. Refusals: 409, 422, 402, in this order."""
        if self.refuses_duplicates and self.with_reference(given.reference):
            raise Refusal(409, "duplicate_reference", "an order with this reference exists")
        if given.service not in SERVICES:
            raise Refusal(422, "invalid", "unknown service")
        price = _price(given.service, given)
        if given.quote_id is not None:
            price, until = self._quotes.get(given.quote_id, (0, datetime.min.replace(tzinfo=UTC)))
            if self._clock() >= until:
                raise Refusal(422, "quote_expired", "this quote is not valid any more")
        if self.balance is not None:
            if self.balance < price:
                raise Refusal(402, "insufficient_balance", "the balance is too low")
            self.balance -= price
        order = SimulatedOrder(id="rc_" + uuid.uuid4().hex[:16], given=given, price=price)
        self._orders[order.id] = order
        self.happen(order, Happening(status="created"))
        return order

    def get(self, id_or_reference: str) -> SimulatedOrder:
        """The order with the courier's id or our reference; 404."""
        for order in self._orders.values():
            if id_or_reference in (order.id, order.given.reference):
                return order
        raise Refusal(404, "not_found", "no such order")

    def with_reference(self, reference: str) -> list[SimulatedOrder]:
        return [order for order in self._orders.values() if order.given.reference == reference]

    def cancel(self, order: SimulatedOrder, given: GivenCancel) -> str:
        """`cancelled` or `pending`; 409 once it was picked up."""
        if given.reference != order.given.reference:
            raise Refusal(422, "invalid", "this order has another reference")
        if order.status == "cancelled":
            return "cancelled"
        if order.status not in CANCELLABLE:
            raise Refusal(409, "too_late", "the order was picked up")
        if not self.cancels_at_once:
            return "pending"
        self.happen(order, Happening(status="cancelled", reason=given.reason))
        return "cancelled"

    def happen(self, order: SimulatedOrder, what: Happening, *, told: bool = True) -> dict[str, Json]:
        """Let something happen, in any order of states (a real partner does it too). `told` False: no callback."""
        if what.drop is not None and what.drop not in {drop.reference for drop in order.given.drops}:
            raise Refusal(422, "invalid", "the order has no such drop")
        if what.status == "price_changed" and what.price is not None:
            order.price = what.price
        elif what.status in STATUSES and what.drop is None:
            order.status = what.status
        event: dict[str, Json] = {
            "id": "evt_" + uuid.uuid4().hex,
            "order_id": order.id,
            "reference": order.given.reference,
            "status": what.status,
            "at": (what.at or self._clock()).isoformat(),
        }
        event |= what.model_dump(mode="json", exclude={"status", "at"}, exclude_defaults=True)
        order.events.append(event)
        if told:
            self._tell(event)
        return event


def _price(service: str, given: GivenOrder) -> int:
    return (FIRST_DROP + NEXT_DROP * (len(given.drops) - 1)) * SERVICES.get(service, 1)
