"""KiriminAja as a real HTTP server: parcels by pick-up, instant riders, regions, slots; strict about key and fields.

What it is faithful to: order numbers are unique and begin with the merchant's prefix, the waybill comes after the
answer, errors come as `status: false` (also under 200), callbacks are short, unsigned and carry the account's key.
"""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from partners.base import Kind
from partners.simulator.callbacks import FixedHeaders
from partners.simulator.company import Company, CompanyOrder, Happened
from partners.simulator.core import Given, Refusal, body_of, machine_clock
from partners.simulator.server import Call, Reply
from partners.strict_json import Json

WIB = ZoneInfo("Asia/Jakarta")
REGIONS: Mapping[str, Mapping[int, Mapping[int, str]]] = {
    "province": {0: {11: "Jawa Timur"}},
    "city": {11: {355: "Kabupaten Blitar", 356: "Kota Blitar"}},
    "kecamatan": {355: {5483: "Wonodadi", 5484: "Talun"}},
    "kelurahan": {5483: {61001: "Rejosari", 61002: "Wonodadi"}, 5484: {61010: "Talun", 61011: "Kamulan"}},
}
"""By level: the number of the region above → number → name. Enough to practise on; `regions` takes another table."""

_ABOVE = {"province": "", "city": "provinsi_id", "kecamatan": "kabupaten_id", "kelurahan": "kecamatan_id"}
_CODES = {401: 401, 402: 4002, 404: 2, 409: 3, 422: 422, 429: 429}
_METHOD: Mapping[str, str] = {
    "processed": "processed_packages",
    "picked_up": "shipped_packages",
    "cancelled": "canceled_packages",
    "delivered": "finished_packages",
    "returning": "returned_packages",
    "returned": "returned_packages",
}
_FIELD = {"picked_up": "shipped_at", "delivered": "finished_at", "returned": "returned_at"}

_Phone = Annotated[str, StringConstraints(pattern=r"^(08|62)[0-9]{7,11}$")]


class _Price(Given):
    origin: int
    destination: int
    subdistrict_origin: int
    subdistrict_destination: int
    weight: Annotated[int, Field(ge=1, le=50_000)]
    item_value: Annotated[int, Field(ge=1_000)]
    insurance: Literal[0, 1]
    courier: Annotated[list[str], Field(min_length=1)]


class _Package(Given):
    order_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
    destination_name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    destination_phone: _Phone
    destination_address: Annotated[str, StringConstraints(min_length=10, max_length=200)]
    destination_kecamatan_id: int
    destination_kelurahan_id: int
    weight: Annotated[int, Field(ge=1)]
    width: int
    length: int
    height: int
    item_value: Annotated[int, Field(ge=1_000)]
    shipping_cost: int
    service: str
    service_type: str
    cod: Literal[0]
    drop: bool
    note: Annotated[str, StringConstraints(max_length=50)] = ""


class _Pickup(Given):
    address: Annotated[str, StringConstraints(min_length=5)]
    name: str
    phone: _Phone
    kecamatan_id: int
    kelurahan_id: int
    latitude: float
    longitude: float
    schedule: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]
    packages: Annotated[list[_Package], Field(min_length=1, max_length=50)]


class _Point(Given):
    lat: float
    long: float
    address: str


class _Trip(Given):
    service: Annotated[list[Literal["gosend", "grab_express", "borzo"]], Field(min_length=1)]
    item_price: int
    origin: _Point
    destination: _Point
    weight: Annotated[int, Field(ge=1, le=40_000)]
    vehicle: Literal["motor", "mobil"]
    timezone: Literal["WIB", "WITA", "WIT"]


class _InstantPackage(Given):
    order_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,30}$")]
    service_type: Literal["instant", "sameday"]
    destination_name: str
    destination_phone: str
    note: str = ""


class _Request(_Trip):
    sender_name: str
    sender_phone: str
    packages: Annotated[list[_InstantPackage], Field(min_length=1, max_length=1)]


class _Cancel(Given):
    awb: str
    reason: Annotated[str, StringConstraints(min_length=5, max_length=200)]


class KiriminAjaSimulator(Company):
    """KiriminAja to practise on."""

    words: ClassVar[Mapping[Kind, str]] = {
        "created": "101",
        "searching": "105",
        "assigned": "105",
        "picked_up": "106",
        "in_transit": "110",
        "attempt_failed": "210",
        "on_hold": "350",
        "returning": "401",
        "refused": "310",
        "delivered": "200",
        "returned": "400",
        "cancelled": "300",
        "lost": "333",
    }
    quiet = Company.quiet | {"processed"}

    def __init__(
        self,
        *,
        api_key: str,
        prefix: str = "",
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        regions: Mapping[str, Mapping[int, Mapping[int, str]]] = REGIONS,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._bearer = f"Bearer {api_key}"
        headers = {"authorization": self._bearer, "user-agent": "KiriminAja-Push-Services"}
        super().__init__(signer=FixedHeaders(headers), callback_url=callback_url, clock=clock, host=host, port=port)
        self._prefix = prefix
        self._regions = regions

    def asked(self, call: Call) -> str:
        match call.method, call.path.removeprefix("/api/mitra/").split("/"):
            case "POST", ["v6.1", "shipping_price"] | ["v4", "instant", "pricing"]:
                return "quote"
            case "POST", ["v6.1", "request_pickup"] | ["v4", "instant", "pickup", "request"]:
                return "book"
            case "POST", ["tracking"]:
                return "track"
            case "GET", ["v4", "instant", "tracking", _]:
                return "track"
            case "POST", ["v3", "cancel_shipment"]:
                return "cancel"
            case "DELETE", ["v4", "instant", "pickup", "void", _]:
                return "cancel"
            case ("POST", ["v2", "schedules"] | ["province"] | ["city"] | ["kecamatan"] | ["kelurahan"]) | (
                "GET",
                ["v6.2", "credit", "balance"],
            ):
                return "ask"
        return "unknown"

    def check_key(self, call: Call) -> None:
        given = call.headers.get("authorization", "").encode(errors="replace")
        if not hmac.compare_digest(given, self._bearer.encode()):
            raise Refusal(401, "", "the key is missing or wrong")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        # KiriminAja says most of its refusals under 200
        told = 200 if code in ("duplicate", "balance", "not_found") else status
        return Reply(told, {"status": False, "code": _CODES.get(status, status), "text": message, "method": "mitra"})

    def reply(self, call: Call) -> Reply:
        path = call.path.removeprefix("/api/mitra/").split("/")
        match call.method, path:
            case "POST", ["v6.1", "shipping_price"]:
                return self._ok(results=self._prices(_Price.model_validate(body_of(call))))
            case "POST", ["v6.1", "request_pickup"]:
                return self._pick_up(_Pickup.model_validate(body_of(call)))
            case "POST", ["v2", "schedules"]:
                return self._ok(schedules=self._slots())
            case "POST", ["tracking"]:
                return self._ok(details=self._tracked(self._mine(body_of(call).get("order_id"), instant=False)))
            case "POST", ["v3", "cancel_shipment"]:
                wanted = _Cancel.model_validate(body_of(call))
                order = next((o for o in self.book.orders if o.waybill == wanted.awb), None)
                if order is None:
                    raise Refusal(404, "not_found", "awb tidak ditemukan")
                return self._ok(pending=self.call_off(order, wanted.reason) == "pending")
            case "POST", ["v4", "instant", "pricing"]:
                return self._ok(result=self._fares(_Trip.model_validate(body_of(call))))
            case "POST", ["v4", "instant", "pickup", "request"]:
                return self._ride(_Request.model_validate(body_of(call)))
            case "GET", ["v4", "instant", "tracking", number]:
                return self._ok(result=self._tracked(self._mine(number, instant=True)))
            case "DELETE", ["v4", "instant", "pickup", "void", number]:
                self.call_off(self._mine(number, instant=True), "void")
                return self._ok()
            case "POST", [level] if level in _ABOVE:
                return self._ok(datas=self._named(level, body_of(call)))
            case "GET", ["v6.2", "credit", "balance"]:
                return self._ok(balance=self.book.balance)
        raise Refusal(404, "", "no such path")

    def told(self, order: CompanyOrder, entry: Happened, number: int) -> Json:
        instant = bool(order.shown["instant"])
        event = entry.kind or entry.word
        method = _METHOD.get(event)
        if event in self.words and (method is None or (instant and event in ("returning", "returned"))):
            return None
        if event in self.quiet and method is None:
            return None
        if event == "processed" and order.waybill is None:
            order.waybill = self._awb(order)
        at = _local(entry.at)
        item: dict[str, Json] = {"order_id": order.reference, "awb": order.waybill, _FIELD.get(event, "date"): at}
        if entry.reason:
            item["reason"] = entry.reason
        return {"method": method or event, "data": [item]}

    def _ok(self, **answer: Json) -> Reply:
        return Reply(200, {"status": True, "text": "ok", **answer})

    def _prices(self, given: _Price) -> list[Json]:
        cost = 7_000 + 500 * (given.weight // 1_000)
        services: dict[str, list[tuple[str, int]]] = {
            "posindonesia": [("REG", cost), ("KILAT", cost + 5_000)],
            "jne": [("REG", cost + 2_000)],
        }
        return [
            {"service": name, "service_name": name, "service_type": kind, "cost": str(cost), "etd": "2-3", "cod": False}
            for name in given.courier
            for kind, cost in services.get(name, [])
        ]

    def _slots(self) -> list[Json]:
        first = self.clock().astimezone(WIB).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        slots: list[Json] = []
        for hours in (-2, 0, 3):
            begin = first + timedelta(hours=hours)
            until = begin + timedelta(hours=2)
            slots.append(
                {
                    "clock": begin.strftime("%Y-%m-%d %H:%M:%S"),
                    "until": until.strftime("%Y-%m-%d %H:%M:%S"),
                    "expired": int(begin.timestamp()),
                    "libur": False,
                }
            )
        return slots

    def _pick_up(self, given: _Pickup) -> Reply:
        details: list[Json] = []
        for package in given.packages:
            self._refuse_number(package.order_id)
        for package in given.packages:
            number = self.next_number()
            order = CompanyOrder(
                id=f"KJ{number:08}",
                reference=package.order_id,
                drops=(package.order_id,),
                price=package.shipping_cost,
                word="101",
                shown={"instant": False, "sent": package.model_dump(mode="json")},
            )
            self.take(order)
            if not self.book.late_waybill:
                order.waybill = self._awb(order)
            details.append({"order_id": order.reference, "kj_order_id": order.id, "awb": None})
        return self._ok(payment_status="paid", pickup_number=f"PK{self.next_number():08}", details=details)

    def _fares(self, trip: _Trip) -> list[Json]:
        return [
            {
                "name": name,
                "costs": [
                    {
                        "service_type": kind,
                        "estimation": "1-2 jam",
                        "price": {"admin_fee": 500, "shipping_costs": price, "total_price": price + 500},
                    }
                    for kind, price in (("instant", 18_000), ("sameday", 12_000))
                ],
            }
            for name in trip.service
        ]

    def _ride(self, given: _Request) -> Reply:
        (package,) = given.packages
        self._refuse_number(package.order_id)
        number = self.next_number()
        order = CompanyOrder(
            id=f"GK-11-{number}",
            reference=package.order_id,
            drops=(package.order_id,),
            price=18_500 if package.service_type == "instant" else 12_500,
            word="101",
            waybill=f"GK-11-{number}",
            shown={"instant": True, "sent": given.model_dump(mode="json")},
        )
        self.take(order)
        shown: Json = {
            "order_id": order.reference,
            "awb": order.waybill,
            "status": "finding driver",
            "live_track_url": f"https://track.invalid/{order.id}",
            "total_price": order.price,
        }
        return self._ok(packages=[shown])

    def _refuse_number(self, number: str) -> None:
        if not number.startswith(self._prefix):
            raise Refusal(422, "invalid", "order_id harus diawali prefix merchant")
        if self.book.refuses_duplicates and self.book.find(number):
            raise Refusal(409, "duplicate", "order_id sudah digunakan")

    def _mine(self, number: Json, *, instant: bool) -> CompanyOrder:
        found = self.book.find(str(number))
        if found is None or found.reference != number or found.shown["instant"] is not instant:
            raise Refusal(404, "not_found", "data tidak ditemukan")
        return found

    def _tracked(self, order: CompanyOrder) -> Json:
        entries = [entry for entry in order.history if entry.word not in self.quiet]
        proof = next((entry for entry in reversed(entries) if entry.kind == "delivered"), None)
        photos = list(proof.photo_urls) if proof else []
        histories: list[Json] = []
        for entry in reversed(entries):
            driver = entry.driver or ("Pak Joko" if entry.kind == "assigned" else "")
            histories.append(
                {
                    "created_at": _local(entry.at),
                    "status": entry.reason or f"status {entry.word}",
                    "status_code": int(entry.word) if entry.word.isdigit() else entry.word,
                    "driver": driver,
                    "receiver": entry.received_by,
                }
            )
        return {
            "order_id": order.reference,
            "kj_order_id": order.id,
            "awb": order.waybill,
            "cost": str(order.price),
            "delivered": order.kind == "delivered",
            "live_track_url": f"https://track.invalid/{order.id}" if order.shown["instant"] else None,
            "images": {"camera_img": photos[0] if photos else None, "signature_img": None, "pop_img": None},
            "histories": histories,
        }

    def _named(self, level: str, body: Mapping[str, Json]) -> list[Json]:
        above = _ABOVE[level]
        number = body.get(above, 0) if above else 0
        if set(body) - {above} or not isinstance(number, int):
            raise Refusal(422, "invalid", f"ask with {above}")
        return [{"id": id_, "label": label} for id_, label in self._regions[level].get(number, {}).items()]

    def _awb(self, order: CompanyOrder) -> str:
        return f"P{order.id}"


def _local(at: datetime) -> str:
    return at.astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S")
