"""GoSend as far as integration guides tell of it: client id and pass key, one route per order, a token on callbacks."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from partners.base import Kind
from partners.simulator.callbacks import FixedHeaders
from partners.simulator.company import Company, CompanyOrder, Happened
from partners.simulator.core import Given, Refusal, body_of, machine_clock
from partners.simulator.server import Call, Reply
from partners.strict_json import Json

PRICES = {"Instant": 22_000, "SameDay": 13_000}
_Phone = Annotated[str, StringConstraints(pattern=r"^628[0-9]{8,11}$")]
_LatLon = Annotated[str, StringConstraints(pattern=r"^-?\d+\.\d+,-?\d+\.\d+$")]


class _Route(Given):
    model_config = ConfigDict(alias_generator=to_camel)

    origin_name: str
    origin_note: str
    origin_contact_name: str
    origin_contact_phone: _Phone
    origin_lat_long: _LatLon
    origin_address: str
    destination_name: str
    destination_note: str
    destination_contact_name: str
    destination_contact_phone: _Phone
    destination_lat_long: _LatLon
    destination_address: str
    item: str
    store_order_id: str


class _Booking(Given):
    payment_type: Literal[3] = Field(alias="paymentType")
    shipment_method: Literal["Instant", "SameDay"]
    routes: Annotated[list[_Route], Field(min_length=1, max_length=1)]


class GoSendSimulator(Company):
    """GoSend to practise on."""

    words: ClassVar[Mapping[Kind, str]] = {
        "created": "Confirmed",
        "searching": "Finding Driver",
        "no_courier": "No Driver",
        "assigned": "Out For Pickup",
        "picked_up": "Picked",
        "in_transit": "Out For Delivery",
        "on_hold": "On Hold",
        "refused": "Rejected",
        "delivered": "Completed",
        "returned": "Returned",
        "returning": "In Return",
        "cancelled": "Cancelled",
    }

    def __init__(
        self,
        *,
        client_id: str,
        pass_key: str,
        callback_token: str,
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        signer = FixedHeaders({"x-callback-token": callback_token})
        super().__init__(signer=signer, callback_url=callback_url, clock=clock, host=host, port=port)
        self._key = (client_id, pass_key)

    def asked(self, call: Call) -> str:
        match call.method, call.path.removeprefix("/gokilat/v10/").split("/"):
            case "GET", ["calculate", "price"]:
                return "quote"
            case "POST", ["booking"]:
                return "book"
            case "GET", ["booking", "storeOrderId", _]:
                return "find"
            case "GET", ["booking", "orderno", _]:
                return "track"
            case "PUT", ["booking", "cancel"]:
                return "cancel"
        return "unknown"

    def check_key(self, call: Call) -> None:
        given = (call.headers.get("client-id", ""), call.headers.get("pass-key", ""))
        if not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, self._key, strict=True)):
            raise Refusal(401, "", "Unauthorized")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        return Reply(status, {"errorMessage": message or code})

    def reply(self, call: Call) -> Reply:
        last = call.path.rpartition("/")[2]
        match self.asked(call):
            case "quote":
                if set(call.query) != {"origin", "destination", "paymentType"}:
                    raise Refusal(422, "invalid", "origin, destination, paymentType")
                return Reply(200, {name: {"price": {"total_price": price}} for name, price in PRICES.items()})
            case "book":
                return self._place(_Booking.model_validate(body_of(call)))
            case "find":
                found = self.book.find(last)
                if found is None or found.reference != last:
                    raise Refusal(404, "not_found", "Booking not found")
                return Reply(200, self._shown(found))
            case "track":
                return Reply(200, self._shown(self.order(last)))
            case "cancel":
                body = body_of(call)
                if set(body) != {"orderNo"}:
                    raise Refusal(422, "invalid", "orderNo")
                self.call_off(self.order(str(body["orderNo"])), "")
                return Reply(200, {"message": "Booking cancelled"})
        raise Refusal(404, "not_found", "no such path")

    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        if entry.word == "driver_changed":
            return None
        status = order.word if entry.word == "price_changed" else entry.word
        return {
            "event_id": f"gk-{number}",
            "event_date": int(entry.at.timestamp() * 1000),
            "booking_id": order.id,
            "entity_id": order.id,
            "type": "COMPLETED" if entry.kind == "delivered" else "STATUS",
            "status": status.lower().replace(" ", "_"),
            "driver_name": order.driver,
            "price": order.price,
            "receiver_name": entry.received_by,
        }

    def _place(self, given: _Booking) -> Reply:
        (route,) = given.routes
        if self.book.refuses_duplicates and self.book.find(route.store_order_id):
            raise Refusal(409, "duplicate", "storeOrderId is used already")
        number = self.next_number()
        order = CompanyOrder(
            id=f"GK-11-{number}",
            reference=route.store_order_id,
            drops=(route.store_order_id,),
            price=PRICES[given.shipment_method],
            word="Confirmed",
        )
        self.take(order)
        return Reply(201, {"id": number, "orderNo": order.id})

    def _shown(self, order: CompanyOrder) -> Json:
        receiver = next((e.received_by for e in reversed(order.history) if e.kind == "delivered"), "")
        return {
            "orderNo": order.id,
            "storeOrderId": order.reference,
            "status": order.word,
            "driverName": order.driver,
            "driverPhone": "",
            "receiverName": receiver,
            "totalPrice": order.price,
            "liveTrackingUrl": f"https://track.invalid/{order.id}",
        }
