"""Borzo as a real HTTP server: orders with several points, a delivery for each, callbacks signed over the raw body."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from partners.base import Kind
from partners.simulator.callbacks import Message, Signed
from partners.simulator.company import Company, CompanyOrder, Happened
from partners.simulator.core import Given, Refusal, body_of, machine_clock
from partners.simulator.server import Call, Reply
from partners.strict_json import Json

FIRST_DROP, NEXT_DROP = 15_000, 4_000
_ORDER: Mapping[str, str] = {
    "planned": "new",
    "active": "available",
    "finished": "completed",
    "canceled": "canceled",
    "invalid": "failed",
    "failed": "failed",
}


class _Person(Given):
    name: str
    phone: Annotated[str, StringConstraints(pattern=r"^628[0-9]{8,11}$")]


class _Point(Given):
    address: Annotated[str, StringConstraints(min_length=1)]
    contact_person: _Person
    latitude: float | None = None
    longitude: float | None = None
    client_order_id: str | None = None
    note: str = ""


class _Order(Given):
    type: Literal["standard"]
    matter: str
    vehicle_type_id: Literal[7, 8]
    points: Annotated[list[_Point], Field(min_length=2, max_length=16)]


class _Cancel(Given):
    order_id: int


@dataclass
class BorzoSigner:
    """Hex HMAC-SHA256 over the raw body."""

    secret: str = field(repr=False)

    def sign(self, message: Message, path: str, at: datetime, *, wrong: bool) -> Signed:
        key = b"nobody's" if wrong else self.secret.encode()
        return Signed({"x-dv-signature": hmac.new(key, message.body, hashlib.sha256).hexdigest()}, message.body)

    def plain(self, message: Message) -> Signed:
        return Signed({}, message.body)


class BorzoSimulator(Company):
    """Borzo to practise on."""

    words: ClassVar[Mapping[Kind, str]] = {
        "created": "planned",
        "searching": "active",
        "no_courier": "invalid",
        "assigned": "courier_assigned",
        "picked_up": "parcel_picked_up",
        "in_transit": "courier_arrived",
        "attempt_failed": "delayed",
        "returning": "return_planned",
        "refused": "failed",
        "delivered": "finished",
        "returned": "return_finished",
        "cancelled": "canceled",
    }

    def __init__(
        self,
        *,
        api_key: str,
        callback_secret: str,
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        signer = BorzoSigner(callback_secret)
        super().__init__(signer=signer, callback_url=callback_url, clock=clock, host=host, port=port)
        self._token = api_key

    def asked(self, call: Call) -> str:
        match call.method, call.path.removeprefix("/api/business/1.6/"):
            case "POST", "calculate-order":
                return "quote"
            case "POST", "create-order":
                return "book"
            case "POST", "cancel-order":
                return "cancel"
            case "GET", "orders":
                return "track" if "order_id" in call.query else "find"
        return "unknown"

    def check_key(self, call: Call) -> None:
        given = call.headers.get("x-dv-auth-token", "").encode(errors="replace")
        if not hmac.compare_digest(given, self._token.encode()):
            raise Refusal(401, "invalid_auth_token", "")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        usual = {401: "invalid_auth_token", 402: "insufficient_balance", 404: "order_not_found"}
        named = {
            "balance": "insufficient_balance",
            "too_late": "order_cannot_be_canceled",
            "not_found": "order_not_found",
        }
        error = named.get(code) or usual.get(status, "invalid_parameters")
        return Reply(400 if status == 422 else status, {"is_successful": False, "errors": [error]})

    def reply(self, call: Call) -> Reply:
        match self.asked(call):
            case "quote":
                price = _price(_Order.model_validate(body_of(call)))
                return Reply(200, {"is_successful": True, "order": {"payment_amount": f"{price}.00", "points": []}})
            case "book":
                return self._place(_Order.model_validate(body_of(call)))
            case "cancel":
                order = self.order(str(_Cancel.model_validate(body_of(call)).order_id))
                self.call_off(order, "")
                return Reply(200, {"is_successful": True, "order": self._shown(order)})
            case "track" | "find":
                return self._list(call)
        raise Refusal(404, "not_found", "no such path")

    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        told: dict[str, Json] = {"event_datetime": entry.at.isoformat()}
        first = len(order.history) == 1
        if first or entry.word == "price_changed":
            return told | {"event_type": "order_created" if first else "order_changed", "order": self._shown(order)}
        if entry.word in self.quiet:
            return None
        place = order.drops.index(entry.drop) if entry.drop else 0
        return told | {"event_type": "delivery_changed", "delivery": self._delivery(order, place, entry)}

    def _place(self, given: _Order) -> Reply:
        number = 40_000 + self.next_number()
        order = CompanyOrder(
            id=str(number),
            reference=given.points[0].client_order_id or f"nobody-{number}",
            drops=tuple(point.client_order_id or "" for point in given.points[1:]),
            price=_price(given),
            word="planned",
        )
        return Reply(200, {"is_successful": True, "order": self._shown(self.take(order))})

    def _list(self, call: Call) -> Reply:
        orders = list(reversed(self.book.orders))
        if "order_id" in call.query:
            orders = [order for order in orders if order.id == call.query["order_id"]]
        offset, count = int(call.query.get("offset", "0")), min(int(call.query.get("count", "10")), 50)
        shown = [self._shown(order) for order in orders[offset : offset + count]]
        return Reply(200, {"is_successful": True, "orders": shown, "orders_count": len(orders)})

    def _delivery(self, order: CompanyOrder, place: int, entry: Happened | None) -> Json:
        return {
            "delivery_id": int(order.id) * 100 + place,
            "order_id": int(order.id),
            "client_order_id": order.drops[place],
            "status": entry.word if entry else order.word,
            "status_datetime": entry.at.isoformat() if entry else None,
            "courier": {"name": order.driver, "phone": ""} if order.driver else None,
        }

    def _shown(self, order: CompanyOrder) -> dict[str, Json]:
        number = int(order.id)
        points: list[Json] = [{"point_id": number * 100 + 99, "client_order_id": order.reference, "delivery": None}]
        for place, drop in enumerate(order.drops):
            told = [e for e in order.history if e.drop in (drop, None) and e.word not in self.quiet]
            points.append(
                {
                    "point_id": number * 100 + place,
                    "client_order_id": drop,
                    "tracking_url": f"https://track.invalid/{order.id}/{place}",
                    "delivery": self._delivery(order, place, told[-1] if told else None),
                }
            )
        return {
            "order_id": number,
            "status": _ORDER.get(order.word, "active"),
            "payment_amount": f"{order.price}.00",
            "points": points,
            "courier": {"name": order.driver, "phone": ""} if order.driver else None,
        }


def _price(given: _Order) -> int:
    return (FIRST_DROP + NEXT_DROP * (len(given.points) - 2)) * (1 if given.vehicle_type_id == 8 else 3)
