"""GrabExpress as far as integration guides tell of it: OAuth2, deliveries by Grab's own id, a token on callbacks."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from partners.base import Kind
from partners.simulator.callbacks import FixedHeaders
from partners.simulator.company import Company, CompanyOrder, Happened
from partners.simulator.core import Given, Refusal, body_of, machine_clock
from partners.simulator.server import Call, Reply
from partners.strict_json import Json

PRICES = {"INSTANT": 23_000, "SAME_DAY": 14_000}
TOKEN_LIVES = timedelta(hours=1)


class _Camel(Given):
    model_config = ConfigDict(alias_generator=to_camel)


class _Token(Given):
    client_id: str
    client_secret: str
    grant_type: Literal["client_credentials"]
    scope: str


class _Size(_Camel):
    height: int
    width: int
    depth: int
    weight: int


class _Package(_Camel):
    name: str
    description: str
    quantity: int
    price: int
    dimensions: _Size


class _Coordinates(_Camel):
    latitude: float
    longitude: float


class _Waypoint(_Camel):
    address: str
    coordinates: _Coordinates


class _Contact(_Camel):
    first_name: str
    phone: Annotated[str, StringConstraints(pattern=r"^628[0-9]{8,11}$")]
    sms_enabled: bool


class _Quote(_Camel):
    packages: Annotated[list[_Package], Field(min_length=1)]
    origin: _Waypoint
    destination: _Waypoint
    service_type: str | None = None


class _Delivery(_Quote):
    merchant_order_id: str = Field(alias="merchantOrderID")
    payment_method: Literal["CASHLESS", "CASH"]
    sender: _Contact
    recipient: _Contact


class GrabSimulator(Company):
    """GrabExpress to practise on."""

    words: ClassVar[Mapping[Kind, str]] = {
        "created": "QUEUEING",
        "searching": "ALLOCATING",
        "no_courier": "DRIVER_NOT_FOUND",
        "assigned": "PICKING_UP",
        "picked_up": "IN_DELIVERY",
        "returning": "IN_RETURN",
        "refused": "FAILED",
        "delivered": "COMPLETED",
        "returned": "RETURNED",
        "cancelled": "CANCELED",
    }

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        callback_token: str,
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        signer = FixedHeaders({"authorization": f"Bearer {callback_token}"})
        super().__init__(signer=signer, callback_url=callback_url, clock=clock, host=host, port=port)
        self._id, self._secret = client_id, client_secret
        self._tokens: dict[str, datetime] = {}

    def asked(self, call: Call) -> str:
        match call.method, call.path.removeprefix("/grab-express/v1/").strip("/").split("/"):
            case "POST", ["grabid", "v1", "oauth2", "token"]:
                return "token"
            case "POST", ["deliveries", "quotes"]:
                return "quote"
            case "POST", ["deliveries"]:
                return "book"
            case "GET", ["deliveries", _]:
                return "track"
            case "DELETE", ["deliveries", _]:
                return "cancel"
        return "unknown"

    def check_key(self, call: Call) -> None:
        if self.asked(call) == "token":
            return
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, self.clock()) <= self.clock():
            raise Refusal(401, "", "unauthorized")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        return Reply(status, {"message": message or code})

    def reply(self, call: Call) -> Reply:
        last = call.path.rpartition("/")[2]
        match self.asked(call):
            case "token":
                return self._token(_Token.model_validate(body_of(call)))
            case "quote":
                _Quote.model_validate(body_of(call))
                quotes: list[Json] = [
                    {"service": {"type": name}, "currency": {"code": "IDR"}, "amount": price}
                    for name, price in PRICES.items()
                ]
                return Reply(200, {"quotes": quotes})
            case "book":
                return self._place(_Delivery.model_validate(body_of(call)))
            case "track":
                return Reply(200, self._shown(self._mine(last)))
            case "cancel":
                self.call_off(self._mine(last), "")
                return Reply(200, {})
        raise Refusal(404, "not_found", "no such path")

    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        if entry.word in self.quiet:
            return None
        return {
            "deliveryID": order.id,
            "merchantOrderID": order.reference,
            "timestamp": int(entry.at.timestamp()),
            "status": entry.word,
            "trackURL": f"https://track.invalid/{order.id}",
        }

    def _token(self, given: _Token) -> Reply:
        genuine = hmac.compare_digest(given.client_secret.encode(), self._secret.encode())
        if given.client_id != self._id or not genuine:
            raise Refusal(401, "", "invalid client")
        token = f"token-{self.next_number()}"
        self._tokens[token] = self.clock() + TOKEN_LIVES
        return Reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _place(self, given: _Delivery) -> Reply:
        price = PRICES.get(given.service_type or "")
        if price is None:
            raise Refusal(422, "invalid", "serviceType")
        number = self.next_number()
        order = CompanyOrder(
            id=f"IN-2-{number:012}",
            reference=given.merchant_order_id,
            drops=(given.merchant_order_id,),
            price=price,
            word="QUEUEING",
        )
        return Reply(200, self._shown(self.take(order)))

    def _mine(self, number: str) -> CompanyOrder:
        found = self.book.find(number)
        if found is None or found.id != number:
            raise Refusal(404, "not_found", "delivery not found")
        return found

    def _shown(self, order: CompanyOrder) -> Json:
        return {
            "deliveryID": order.id,
            "merchantOrderID": order.reference,
            "status": order.word,
            "quote": {"amount": order.price},
            "trackingURL": f"https://track.invalid/{order.id}" if order.driver else None,
            "courier": {"name": order.driver, "phone": ""} if order.driver else None,
        }
