"""Lalamove v3 as a real HTTP server: signed requests within their time, quotations that expire, several stops, proofs.

It signs with code of its own (not `partners.lalamove`), so the two sides check each other. Rate limits and the pause
before a driver may be changed are left out; 429 is a fault to ask for.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from partners.base import Kind
from partners.simulator.callbacks import Message, Signed
from partners.simulator.company import Company, CompanyOrder, Happened
from partners.simulator.core import Given, Refusal, body_of, machine_clock
from partners.simulator.server import Call, Reply
from partners.strict_json import Json, write_json

QUOTE_HOLDS = timedelta(minutes=5)
SKEW = timedelta(minutes=5)
MOST_STOPS = 16
FIRST_DROP, NEXT_DROP = 20_000, 5_000
SERVICES = {"MOTORCYCLE": 1, "SEDAN": 3, "VAN": 5}

_Degrees = Annotated[str, StringConstraints(pattern=r"^-?\d{1,3}\.\d{1,15}$")]
_Phone = Annotated[str, StringConstraints(pattern=r"^\+628[0-9]{8,11}$")]


class _Camel(Given):
    model_config = ConfigDict(alias_generator=to_camel)


class _Coordinates(_Camel):
    lat: _Degrees
    lng: _Degrees


class _Stop(_Camel):
    coordinates: _Coordinates
    address: Annotated[str, StringConstraints(min_length=1)]


class _Item(_Camel):
    quantity: str
    weight: str
    categories: list[str] = Field(default_factory=list)
    handling_instructions: list[str] = Field(default_factory=list)


class _Quotation(_Camel):
    service_type: str
    language: Literal["id_ID", "en_ID"]
    stops: list[_Stop]
    schedule_at: str | None = None
    special_requests: list[str] = Field(default_factory=list)
    is_route_optimized: bool = False
    item: _Item | None = None


class _Sender(_Camel):
    stop_id: str
    name: str
    phone: _Phone


class _Recipient(_Sender):
    remarks: Annotated[str, StringConstraints(max_length=1500)] = ""


class _Order(_Camel):
    quotation_id: str
    sender: _Sender
    recipients: Annotated[list[_Recipient], Field(min_length=1)]
    is_pod_enabled: bool = Field(default=False, alias="isPODEnabled")
    is_recipient_sms_enabled: bool = Field(default=True, alias="isRecipientSMSEnabled")
    metadata: dict[str, str] = Field(default_factory=dict)


@dataclass
class LalamoveSigner:
    """The signature stands inside the body, over the time, the path and the text of `data`."""

    api_key: str
    secret: str = field(repr=False)

    def sign(self, message: Message, path: str, at: datetime, *, wrong: bool) -> Signed:
        told = json.loads(message.body)
        told["timestamp"] = int(at.timestamp())
        data = write_json(told["data"]).decode()
        secret = "nobody's" if wrong else self.secret
        told["signature"] = _signed(secret, str(told["timestamp"]), "POST", path, data)
        return Signed({}, write_json(told))

    def plain(self, message: Message) -> Signed:
        return Signed({}, message.body)


class LalamoveSimulator(Company):
    """Lalamove to practise on."""

    words: ClassVar[Mapping[Kind, str]] = {
        "created": "ASSIGNING_DRIVER",
        "searching": "ASSIGNING_DRIVER",
        "no_courier": "EXPIRED",
        "assigned": "ON_GOING",
        "picked_up": "PICKED_UP",
        "attempt_failed": "FAILED",
        "delivered": "COMPLETED",
        "cancelled": "CANCELED",
    }
    quiet = Company.quiet | {"WALLET_BALANCE_CHANGED", "ORDER_EDITED", "POP_STATUS_CHANGED"}

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: str,
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        signer = LalamoveSigner(api_key, api_secret)
        super().__init__(signer=signer, callback_url=callback_url, clock=clock, host=host, port=port)
        self._key, self._secret = api_key, api_secret
        self._quotes: dict[str, tuple[_Quotation, int, datetime]] = {}

    def asked(self, call: Call) -> str:
        match call.method, call.path.strip("/").split("/")[1:]:
            case "POST", ["quotations"]:
                return "quote"
            case "GET", ["quotations", _]:
                return "ask"
            case "POST", ["orders"]:
                return "book"
            case "GET", ["orders", _]:
                return "track"
            case "DELETE", ["orders", _]:
                return "cancel"
            case ("PATCH", ["webhook"]) | ("GET", ["cities"]):
                return "ask"
        return "unknown"

    def check_key(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        key, _, rest = token.partition(":")
        timestamp, _, given = rest.partition(":")
        expected = _signed(self._secret, timestamp, call.method, call.path, call.body.decode(errors="replace"))
        genuine = hmac.compare_digest(given.encode(errors="replace"), expected.encode())
        if scheme != "hmac" or key != self._key or not genuine or call.headers.get("market") != "ID":
            raise Refusal(401, "", "unauthorized")
        signed_at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
        if abs(self.clock() - signed_at) > SKEW:
            raise Refusal(401, "", "the request is too old")
        if not call.headers.get("request-id"):
            raise Refusal(400, "ERR_MISSING_FIELD", "request-id")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        usual = {402: "ERR_INSUFFICIENT_CREDIT", 404: "ERR_ORDER_NOT_FOUND", 429: "ERR_RATE_LIMIT_EXCEEDED"}
        named = {"balance": "ERR_INSUFFICIENT_CREDIT", "too_late": "ERR_CANCELLATION_FORBIDDEN"}
        id_ = named.get(code) or (code if code.startswith("ERR_") else usual.get(status, "ERR_INVALID_FIELD"))
        return Reply(status, {"errors": [{"id": id_, "message": message, "detail": ""}]})

    def reply(self, call: Call) -> Reply:
        match call.method, call.path.strip("/").split("/")[1:]:
            case "POST", ["quotations"]:
                return self._quote(_Quotation.model_validate(_data(call)))
            case "GET", ["quotations", number]:
                return Reply(200, {"data": self._quoted(number)})
            case "POST", ["orders"]:
                return self._place(_Order.model_validate(_data(call)))
            case "GET", ["orders", number]:
                return Reply(200, {"data": self._shown(self._by_id(number))})
            case "DELETE", ["orders", number]:
                if self.call_off(self._by_id(number), "") == "pending":
                    raise Refusal(422, "ERR_CANCELLATION_FORBIDDEN", "not now")
                return Reply(200, {})
            case "PATCH", ["webhook"]:
                self.callbacks.url = str(_data(call).get("url"))
                return Reply(200, {"data": {"url": self.callbacks.url}})
            case "GET", ["cities"]:
                return Reply(200, {"data": [{"locode": "ID JKT", "name": "Jakarta"}, {"locode": "ID SUB"}]})
        raise Refusal(404, "ERR_NOT_FOUND", "no such path")

    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        shown: dict[str, Json] = {"orderId": order.id}
        data: dict[str, Json] = {"order": shown, "updatedAt": entry.at.isoformat()}
        if entry.word == "price_changed":
            event = "ORDER_AMOUNT_CHANGED"
        elif entry.word in self.quiet:
            event = entry.word
        elif entry.drop is not None or entry.kind == "attempt_failed":
            event = "POD_STATUS_CHANGED"
        elif entry.kind == "assigned":
            event = "DRIVER_ASSIGNED"
            data["driver"] = {
                "driverId": "7",
                "name": entry.driver or "Pak Joko",
                "phone": "+628110000",
                "plateNumber": "",
            }
        else:
            event = "ORDER_CREATED" if len(order.history) == 1 else "ORDER_STATUS_CHANGED"
            shown |= {"status": entry.word, "previousStatus": order.word}
        if event == "WALLET_BALANCE_CHANGED":
            data = {"balance": {"currency": "IDR", "amount": "100000"}, "updatedAt": entry.at.isoformat()}
        return {
            "apiKey": self._key,
            "timestamp": int(entry.at.timestamp()),
            "signature": "none",
            "eventId": f"E-{number}",
            "eventType": event,
            "eventVersion": "v3",
            "data": data,
        }

    def _quote(self, given: _Quotation) -> Reply:
        if len(given.stops) < 2:
            raise Refusal(422, "ERR_INSUFFICIENT_STOPS", "at least two stops")
        if len(given.stops) > MOST_STOPS:
            raise Refusal(422, "ERR_TOO_MANY_STOPS", "at most 16 stops")
        if given.service_type not in SERVICES:
            raise Refusal(422, "ERR_INVALID_SERVICE_TYPE", "no such service")
        number = str(1_000_000 + self.next_number())
        price = (FIRST_DROP + NEXT_DROP * (len(given.stops) - 2)) * SERVICES[given.service_type]
        self._quotes[number] = (given, price, self.clock() + QUOTE_HOLDS)
        return Reply(201, {"data": self._quoted(number)})

    def _quoted(self, number: str) -> Json:
        if number not in self._quotes:
            raise Refusal(422, "ERR_INVALID_QUOTATION_ID", "no such quotation")
        given, price, until = self._quotes[number]
        stops: list[Json] = [
            {"stopId": f"{number}{place:02}", "address": stop.address} for place, stop in enumerate(given.stops)
        ]
        return {
            "quotationId": number,
            "expiresAt": until.isoformat(),
            "serviceType": given.service_type,
            "stops": stops,
            "priceBreakdown": {"total": str(price), "currency": "IDR"},
            "distance": {"value": "5200", "unit": "m"},
        }

    def _place(self, given: _Order) -> Reply:
        quoted, price, until = self._quotes.get(given.quotation_id, (None, 0, self.clock()))
        if quoted is None or self.clock() >= until:
            raise Refusal(422, "ERR_INVALID_QUOTATION_ID", "this quotation is not valid any more")
        stops = [f"{given.quotation_id}{place:02}" for place in range(len(quoted.stops))]
        if [given.sender.stop_id, *(one.stop_id for one in given.recipients)] != stops:
            raise Refusal(422, "ERR_INVALID_FIELD", "every stop needs its contact")
        number = self.next_number()
        order = CompanyOrder(
            id=f"{3_000_000_000_000_000_000 + number}",
            reference=given.metadata.get("reference", f"nobody-{number}"),
            drops=tuple(given.metadata.get(stop, stop) for stop in stops[1:]),
            price=price,
            word="ASSIGNING_DRIVER",
            shown={"metadata": dict(given.metadata), "stops": list(stops), "quotationId": given.quotation_id},
        )
        return Reply(201, {"data": self._shown(self.take(order))})

    def _by_id(self, number: str) -> CompanyOrder:
        found = self.book.find(number)
        if found is None or found.id != number:
            raise Refusal(404, "ERR_ORDER_NOT_FOUND", "no such order")
        return found

    def _shown(self, order: CompanyOrder) -> Json:
        stops = order.shown["stops"]
        assert isinstance(stops, list)
        shown: list[Json] = [{"stopId": stops[0]}]
        for stop, drop in zip(stops[1:], order.drops, strict=True):
            last = order.of_drop(drop)
            pod: dict[str, Json] = {"status": "PENDING"}
            if last is not None and last.kind == "delivered":
                pod = {"status": "DELIVERED", "deliveredAt": last.at.isoformat()}
                if last.photo_urls:
                    pod["image"] = last.photo_urls[0]
            elif any(entry.kind == "attempt_failed" and entry.drop in (drop, None) for entry in order.history):
                pod = {"status": "FAILED"}
            shown.append({"stopId": stop, "POD": pod})
        return {
            "orderId": order.id,
            "quotationId": order.shown["quotationId"],
            "status": _order_word(order),
            "shareLink": f"https://share.invalid/{order.id}",
            "driverId": "7" if order.driver else "",
            "priceBreakdown": {"total": str(order.price), "currency": "IDR"},
            "metadata": order.shown["metadata"],
            "stops": shown,
        }


def _order_word(order: CompanyOrder) -> str:
    """The order's own state: proofs of stops are not one of them."""
    words = [e.word for e in order.history if e.drop is None and e.word.isupper() and e.word != "FAILED"]
    words = [word for word in words if word not in LalamoveSimulator.quiet]
    over = all((last := order.of_drop(drop)) and last.kind == "delivered" for drop in order.drops)
    if over and words[-1] != "COMPLETED":
        return "PICKED_UP"
    return words[-1] if order.word.isupper() else order.word


def _data(call: Call) -> dict[str, Json]:
    given = body_of(call)
    inner = given.get("data")
    if set(given) != {"data"} or not isinstance(inner, dict):
        raise Refusal(422, "ERR_INVALID_FIELD", "the body is one `data`")
    return inner


def _signed(secret: str, timestamp: str, method: str, path: str, body: str) -> str:
    text = "\r\n".join((timestamp, method, path, "", body))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
