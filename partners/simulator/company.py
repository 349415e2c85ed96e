"""What most courier companies have in common on their side of the table: orders, a history each, a balance, moods.

A partner's own simulator adds its words (`words`: our kinds in the partner's language), the shape of its answers and
of its callbacks. Everything here speaks our kinds, so that tests, demos and trainings can play any partner alike.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from partners.base import Kind
from partners.simulator.callbacks import Message, Signer
from partners.simulator.core import Refusal, Simulator, machine_clock
from partners.strict_json import Json, write_json

CANCELLABLE: frozenset[Kind] = frozenset({"created", "searching", "no_courier", "assigned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One entry of an order's history. `word` is the partner's; `kind` None changes no state."""

    kind: Kind | None
    word: str
    at: datetime
    drop: str | None = None
    reason: str = ""
    received_by: str = ""
    photo_urls: tuple[str, ...] = ()
    driver: str = ""


@dataclass(slots=True, kw_only=True)
class CompanyOrder:
    """One order at the company. `shown` keeps what its protocol needs to answer."""

    id: str
    reference: str
    drops: tuple[str, ...]
    price: int
    word: str
    kind: Kind = "created"
    waybill: str | None = None
    driver: str = ""
    history: list[Happened] = field(default_factory=list)
    shown: dict[str, Json] = field(default_factory=dict)

    def of_drop(self, drop: str) -> Happened | None:
        """The newest that happened to one drop, or to the whole order."""
        return next((entry for entry in reversed(self.history) if entry.drop in (drop, None) and entry.kind), None)


@dataclass(slots=True)
class Desk:
    """The company's orders and its moods."""

    balance: int | None = None
    """Rupiah left; None is no limit."""
    cancels_at_once: bool = True
    """False: a cancellation is first `pending`, until someone lets `cancelled` happen."""
    refuses_duplicates: bool = True
    """False: a second order with a reference is simply a second order."""
    late_waybill: bool = False
    """True: the waybill is made only when the parcel is processed, and told by a callback."""
    price_after: int = 0
    """Rupiah by which the price of a new order differs from its quote."""
    orders: list[CompanyOrder] = field(default_factory=list)

    def find(self, id_or_reference: str) -> CompanyOrder | None:
        return next((o for o in reversed(self.orders) if id_or_reference in (o.id, o.reference)), None)

    def live(self, reference: str) -> int:
        """How many orders with this reference are alive at the company."""
        return sum(o.reference == reference and o.kind != "cancelled" for o in self.orders)


class Company(Simulator):
    """A courier company with orders that live through our kinds in its own words."""

    words: ClassVar[Mapping[Kind, str]]
    """Its word for each of our kinds that it can say."""
    quiet: ClassVar[frozenset[str]] = frozenset({"price_changed", "driver_changed"})
    """What may happen without changing how an order stands."""

    def __init__(
        self,
        *,
        signer: Signer,
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(signer=signer, callback_url=callback_url, clock=clock, host=host, port=port)
        self.book = Desk()
        self._counter = 0

    @property
    def orders(self) -> tuple[CompanyOrder, ...]:
        with self.lock:
            return tuple(self.book.orders)

    def next_number(self) -> int:
        """Counts up, for ids of its own."""
        self._counter += 1
        return self._counter

    @abstractmethod
    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        """The callback of a happening; None when this partner makes none of it."""

    def take(self, order: CompanyOrder, *, told: bool = True) -> CompanyOrder:
        """Take an order in, if the balance allows; its price may differ from the quote."""
        order.price += self.book.price_after
        if self.book.balance is not None:
            if self.book.balance < order.price:
                raise Refusal(402, "balance", "the balance is too low")
            self.book.balance -= order.price
        self.book.orders.append(order)
        self.happen(order.id, "created", told=told)
        return order

    def order(self, id_or_reference: str) -> CompanyOrder:
        found = self.book.find(id_or_reference)
        if found is None:
            raise Refusal(404, "not_found", "no such order")
        return found

    def call_off(self, order: CompanyOrder, reason: str) -> str:
        """`cancelled` or `pending`; 409 once it was picked up."""
        if order.kind == "cancelled":
            return "cancelled"
        if order.kind not in CANCELLABLE:
            raise Refusal(409, "too_late", "the order was picked up")
        if not self.book.cancels_at_once:
            return "pending"
        self.happen(order.id, "cancelled", reason=reason)
        return "cancelled"

    def happen(
        self,
        order: str,
        status: str,
        *,
        at: datetime | None = None,
        drop: str | None = None,
        reason: str = "",
        price: int | None = None,
        received_by: str = "",
        photo_urls: Sequence[str] = (),
        driver: str = "",
        told: bool = True,
    ) -> dict[str, Json]:
        with self.lock:
            it = self.order(order)
            if drop is not None and drop not in it.drops:
                raise Refusal(422, "invalid", "the order has no such drop")
            kind = next((kind for kind in self.words if kind == status), None)
            word = self.words[kind] if kind else status
            entry = Happened(
                kind=kind,
                word=word,
                at=at or self.clock(),
                drop=drop,
                reason=reason,
                received_by=received_by,
                photo_urls=tuple(photo_urls),
                driver=driver,
            )
            if price is not None:
                it.price = price
            if driver:
                it.driver = driver
            if status not in self.quiet and drop is None:
                it.word = word
                it.kind = kind or it.kind
            it.history.append(entry)
            number = self.next_number()
            callback = self.told(it, entry, number)
            if told and callback is not None:
                self.callbacks.add(Message(f"evt-{number}", write_json(callback)))
            return {"order": it.id, "word": word, "callback": callback}

    def written(self) -> Sequence[Json]:
        made: list[Json] = []
        for order in self.book.orders:
            made.append(
                {
                    "id": order.id,
                    "reference": order.reference,
                    "status": order.kind,
                    "word": order.word,
                    "price": order.price,
                    "drops": list(order.drops),
                    "history": [
                        {"word": entry.word, "at": entry.at.isoformat(), "drop": entry.drop} for entry in order.history
                    ],
                }
            )
        return made
