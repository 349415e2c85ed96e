"""Biteship as a real HTTP server: one reference, one order; prices that change; a static secret in a header."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from partners.base import Kind
from partners.simulator.callbacks import FixedHeaders
from partners.simulator.company import Company, CompanyOrder, Happened
from partners.simulator.core import Given, Refusal, body_of, machine_clock
from partners.simulator.server import Call, Reply
from partners.strict_json import Json

RATES = {"gojek": (("instant", 21_000), ("same_day", 14_000)), "grab": (("instant", 20_000),)}
_CODES = {"duplicate": 40002060, "too_late": 40002030, "balance": 40002040}
_Phone = Annotated[str, StringConstraints(pattern=r"^08[0-9]{8,11}$")]


class _Position(Given):
    latitude: float
    longitude: float


class _Item(Given):
    name: str
    value: int
    quantity: int
    weight: Annotated[int, Field(ge=1)]


class _Rates(Given):
    couriers: str
    items: Annotated[list[_Item], Field(min_length=1)]
    origin_latitude: float | None = None
    origin_longitude: float | None = None
    origin_postal_code: int | None = None
    destination_latitude: float | None = None
    destination_longitude: float | None = None
    destination_postal_code: int | None = None


class _Order(Given):
    reference_id: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    shipper_contact_name: str
    shipper_contact_phone: _Phone
    origin_contact_name: str
    origin_contact_phone: _Phone
    origin_address: str
    origin_coordinate: _Position | None = None
    origin_postal_code: int | None = None
    destination_contact_name: str
    destination_contact_phone: _Phone
    destination_address: str
    destination_coordinate: _Position | None = None
    destination_postal_code: int | None = None
    destination_proof_of_delivery: bool = False
    courier_company: str
    courier_type: str
    delivery_type: Literal["now", "scheduled"]
    order_note: str = ""
    items: Annotated[list[_Item], Field(min_length=1)]


class _Cancel(Given):
    cancellation_reason_code: str
    cancellation_reason: str = ""


class BiteshipSimulator(Company):
    """Biteship to practise on."""

    words: ClassVar[Mapping[Kind, str]] = {
        "created": "confirmed",
        "no_courier": "courier_not_found",
        "assigned": "allocated",
        "picked_up": "picked",
        "in_transit": "dropping_off",
        "on_hold": "on_hold",
        "returning": "return_in_transit",
        "refused": "rejected",
        "delivered": "delivered",
        "returned": "returned",
        "cancelled": "cancelled",
        "lost": "disposed",
    }
    quiet = Company.quiet | {"processed"}

    def __init__(
        self,
        *,
        api_key: str,
        header_secret: str,
        header_name: str = "x-antar-secret",
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        signer = FixedHeaders({header_name: header_secret})
        super().__init__(signer=signer, callback_url=callback_url, clock=clock, host=host, port=port)
        self._key = api_key

    def asked(self, call: Call) -> str:
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["v1", "rates", "couriers"]:
                return "quote"
            case "POST", ["v1", "orders"]:
                return "book"
            case "GET", ["v1", "orders", _]:
                return "track"
            case "POST", ["v1", "orders", _, "cancel"]:
                return "cancel"
        return "unknown"

    def check_key(self, call: Call) -> None:
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), self._key.encode()):
            raise Refusal(401, "", "the key is missing or wrong")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        told: dict[str, Json] = {"success": False, "error": message, "code": _CODES.get(code, 40000000 + status)}
        if code == "duplicate":
            told["details"] = {"order_id": message}
        if code in _CODES:
            status = 400
        return Reply(status, told)

    def reply(self, call: Call) -> Reply:
        match self.asked(call):
            case "quote":
                return self._rates(_Rates.model_validate(body_of(call)))
            case "book":
                return self._place(_Order.model_validate(body_of(call)))
            case "track":
                return Reply(200, self._shown(self._mine(call)))
            case "cancel":
                order = self._mine(call)
                outcome = self.call_off(order, _Cancel.model_validate(body_of(call)).cancellation_reason)
                return Reply(200, {"success": True, "id": order.id, "status": outcome})
        raise Refusal(404, "not_found", "no such path")

    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        event = {"price_changed": "order.price", "processed": "order.waybill_id"}.get(entry.word, "order.status")
        if entry.word == "driver_changed":
            return None
        told: dict[str, Json] = {"event": event, "order_id": order.id}
        if event == "order.price":
            return told | {"price": order.price, "shippment_fee": order.price, "proof_of_delivery_fee": 0}
        if event == "order.waybill_id":
            order.waybill = order.waybill or f"WB{order.id}"
            return told | {"courier_waybill_id": order.waybill, "status": order.word}
        return told | {
            "status": entry.word,
            "courier_waybill_id": order.waybill,
            "courier_driver_name": order.driver,
            "order_price": order.price,
            "updated_at": entry.at.isoformat(),
        }

    def _rates(self, given: _Rates) -> Reply:
        pricing: list[Json] = [
            {"courier_code": name, "courier_service_code": kind, "price": price}
            for name in given.couriers.split(",")
            for kind, price in RATES.get(name, ())
        ]
        return Reply(200, {"success": True, "pricing": pricing})

    def _place(self, given: _Order) -> Reply:
        earlier = self.book.find(given.reference_id)
        if earlier is not None:
            raise Refusal(409, "duplicate", earlier.id)
        price = dict(RATES.get(given.courier_company, ())).get(given.courier_type)
        if price is None:
            raise Refusal(422, "invalid", "no such courier")
        if given.origin_coordinate is None and given.origin_postal_code is None:
            raise Refusal(422, "invalid", "origin")
        number = self.next_number()
        order = CompanyOrder(
            id=f"bs{number:022x}",
            reference=given.reference_id,
            drops=(given.reference_id,),
            price=price,
            word="confirmed",
            waybill=None if self.book.late_waybill else f"WB{number}",
        )
        return Reply(201, self._shown(self.take(order)))

    def _mine(self, call: Call) -> CompanyOrder:
        found = self.book.find(call.path.strip("/").split("/")[2])
        if found is None:
            raise Refusal(404, "not_found", "no such order")
        return found

    def _shown(self, order: CompanyOrder) -> Json:
        history: list[Json] = [
            {"status": e.word, "updated_at": e.at.isoformat(), "note": e.reason}
            for e in order.history
            if e.word not in self.quiet
        ]
        return {
            "success": True,
            "id": order.id,
            "reference_id": order.reference,
            "status": order.word,
            "price": order.price,
            "courier": {
                "waybill_id": order.waybill,
                "link": f"https://track.invalid/{order.id}",
                "driver_name": order.driver or None,
                "history": history,
            },
        }
