"""Adapter for KiriminAja: parcels with Pos Indonesia and others, and (`kiriminaja_instant`) riders within a city.

What is peculiar about it:

- it has region numbers of its own; the office keeps a table from Kemendagri codes to them (`regions`);
- an order is found by our own number, so a lost answer is looked up; the waybill (AWB) may come a day later;
- callbacks are not signed. A secret part of our address and the account's key let one in, and even then it is only a
  hint: the partner is asked before anything counts;
- pick-up slots are asked for, and the first that is still open is taken.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

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
    Unreachable,
    made_event_id,
    only_asking,
)
from partners.http import Answer, PartnerHttp
from partners.kiriminaja_shapes import (
    CallbackIn,
    CancelIn,
    ErrorIn,
    PickupIn,
    PriceIn,
    PricesIn,
    RegionIn,
    RegionsIn,
    SlotsIn,
    StatusIn,
    TrackedIn,
    TrackingIn,
)
from partners.phones import mobile
from partners.shapes import accepted, kind_of, local_instant, read
from partners.strict_json import Json

WIB = ZoneInfo("Asia/Jakarta")
"""The clock KiriminAja's times without a zone are read from."""

CODES: Mapping[str, Kind] = {
    **dict.fromkeys(("100", "101", "102", "103", "104"), "created"),
    "105": "searching",
    "106": "picked_up",
    **dict.fromkeys(("107", "110"), "in_transit"),
    **dict.fromkeys(("152", "210", "211"), "attempt_failed"),
    **dict.fromkeys(("350", "901", "902", "903", "904", "905"), "on_hold"),
    **dict.fromkeys(("401", "402", "403", "404", "405", "406"), "returning"),
    **dict.fromkeys(("301", "310", "311"), "refused"),
    "200": "delivered",
    "400": "returned",
    **dict.fromkeys(("300", "302"), "cancelled"),
    **dict.fromkeys(("333", "500", "555", "701", "702", "703", "704"), "lost"),
}
"""Status codes and what they mean; 105 with a driver is `assigned`."""

_ERRORS: Mapping[int, RejectReason] = {4002: "insufficient_balance", 2: "not_found", 4001: "unauthorized"}
INSTANT = "instant/"
"""How the partner reference of an instant order begins; a parcel's is its pick-up number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KiriminAjaSettings:
    """The account: `path_secret` ends our callback address, `prefix` is the merchant's, `origin` the depot's region."""

    base_url: str
    api_key: str = field(repr=False)
    path_secret: str = field(repr=False)
    allowed_hosts: frozenset[str]
    prefix: str = ""
    couriers: tuple[str, ...] = ("posindonesia",)
    """Services to ask prices of: `posindonesia`, `jne`, …, and `gosend`, `grab_express`, `borzo` for instant."""
    sender_phone: str = ""
    origin: tuple[int, int] = (0, 0)
    """KiriminAja's kecamatan and kelurahan number of the depot."""
    regions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Kemendagri code of a village → KiriminAja's kecamatan and kelurahan number."""
    grams_per_document: int = 15
    item_value: int = 1_000
    timezone: Literal["WIB", "WITA", "WIT"] = "WIB"
    name: str = "kiriminaja"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not self.api_key:
            raise ValueError("the partner's API key is missing")
        if len(self.path_secret) < 16:
            raise ValueError("the secret part of the callback address has at least 16 characters")
        if len(self.prefix) > 3 or not (self.prefix == "" or self.prefix.isalnum()):
            raise ValueError("the merchant's prefix has at most three letters or digits")


class KiriminAjaPartner:
    """`CourierPartner` over KiriminAja. Safe to share between threads; `close` when done."""

    look_up: LookUp = "reference"
    most_drops = 1

    def __init__(
        self, settings: KiriminAjaSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        from partners.kiriminaja_instant import Instantly  # its file needs what is defined here

        self.name = settings.name
        self.settings = settings
        self.clock = clock
        self.http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"authorization": f"Bearer {settings.api_key}"},
            timeout=settings.timeout,
        )
        self._instantly = Instantly(self)

    def quote(self, order: Order) -> Sequence[Quote]:
        quotes = self._instantly.quote(order)
        parcel = [courier for courier in self.settings.couriers if courier not in self._instantly.SERVICES]
        if parcel:
            told = self._prices(order, parcel)
            quotes += [
                Quote(partner=self.name, service=f"{one.service}:{one.service_type}", price=one.cost) for one in told
            ]
        return sorted(quotes, key=lambda quote: quote.price)

    def book(self, order: Order) -> Booking:
        if len(order.drops) != 1:
            raise Rejected("invalid", "KiriminAja carries one parcel per order")
        with only_asking():
            service = order.service or self._cheapest(order)
        courier, _, kind = service.partition(":")
        try:
            if courier in self._instantly.SERVICES:
                return self._instantly.book(order, courier, kind)
            return self._book_parcel(order, courier, kind)
        except Rejected as refusal:
            if refusal.reason != "duplicate_reference":
                raise
            # our own earlier try had arrived: its order is the one
            booking = self.find(order.reference)
            if booking is None:
                raise NotUnderstood("our number is taken and unknown at once", refusal.detail.encode()) from None
            return booking

    def find(self, order_reference: str) -> Booking | None:
        for ask in (self._track_parcel, self._instantly.track):
            try:
                return ask(order_reference).booking
            except Rejected as refusal:
                if refusal.reason != "not_found":
                    raise
        return None

    def track(self, order_reference: str, partner_reference: str) -> Tracking:
        if partner_reference.startswith(INSTANT):
            return self._instantly.track(order_reference)
        try:
            return self._track_parcel(order_reference)
        except Rejected as refusal:
            # a callback does not tell which of the two it speaks of
            if refusal.reason != "not_found" or partner_reference:
                raise
            return self._instantly.track(order_reference)

    def cancel(self, order_reference: str, partner_reference: str, *, reason: str) -> Cancellation:
        if partner_reference.startswith(INSTANT):
            return self._instantly.cancel(order_reference)
        with only_asking():
            standing = self._track_parcel(order_reference).booking
        if standing.kind == "cancelled":
            return "cancelled"
        if standing.kind not in ("created", "searching", "no_courier", "assigned"):
            raise Rejected("too_late", "KiriminAja has picked it up")
        if standing.waybill is None:
            raise Rejected("refused", "KiriminAja cancels by the waybill, and there is none yet")
        body: Json = {"awb": standing.waybill, "reason": reason[:200].ljust(5, ".")}
        told = read(CancelIn, self.ok(self.http.call("POST", "/api/mitra/v3/cancel_shipment", json=body)))
        return "pending" if told.pending else "cancelled"

    def parse_callback(
        self, headers: Mapping[str, str], body: bytes, received_at: datetime, *, path: str = ""
    ) -> list[PartnerEvent]:
        given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
        known = hmac.compare_digest(given.encode(errors="replace"), f"Bearer {self.settings.api_key}".encode())
        end = path.rpartition("/")[2]
        known &= hmac.compare_digest(end.encode(errors="replace"), self.settings.path_secret.encode())
        if not known:
            raise BadSignature("the callback came to another address or without the account's key")
        return self.read_callback(body, received_at)

    def read_callback(self, body: bytes, received_at: datetime) -> list[PartnerEvent]:
        told = read(CallbackIn, body)
        events = []
        for item in told.data:
            written = item.shipped_at or item.finished_at or item.returned_at or item.rejected_at or item.date
            at = local_instant(written, WIB, body) if written else received_at
            kind = _METHODS[told.method]
            if told.method == "returned_packages" and item.returned_at is None:
                kind = "returning"
            events.append(
                PartnerEvent(
                    partner=self.name,
                    event_id=made_event_id(self.name, item.order_id, f"{told.method}:{kind}", at),
                    order_reference=self.reference(item.order_id),
                    partner_reference="",
                    kind=kind,
                    at=at,
                    reason=item.reason,
                    waybill=item.awb,
                    direct=False,
                )
            )
        return events

    def villages_of(self, province: str, regency: str) -> dict[tuple[str, str], tuple[int, int]]:
        """KiriminAja's numbers of a regency's villages, by the names it gives to kecamatan and kelurahan."""
        (province_id,) = self._named("province", {}, province)
        (city_id,) = self._named("city", {"provinsi_id": province_id}, regency)
        found = {}
        for district in self._regions("kecamatan", {"kabupaten_id": city_id}):
            for village in self._regions("kelurahan", {"kecamatan_id": district.id}):
                found[district.label, village.label] = (district.id, village.id)
        return found

    def close(self) -> None:
        self.http.close()

    # What the parcel and the instant side share.

    def ok(self, answer: Answer) -> bytes:
        """A good answer's body. KiriminAja says no with `status: false`, also under 200."""
        raw = accepted(answer, {200, 201}, _refusal)
        if read(StatusIn, raw).status is False:
            reason, words = _refusal(raw)
            raise Rejected(reason or "refused", words, status=answer.status)
        return raw

    def number(self, reference: str) -> str:
        """Our reference as KiriminAja's order_id, which begins with the merchant's prefix."""
        made = self.settings.prefix + reference
        if len(made) > 20:
            raise Rejected("invalid", "an order number has at most 20 characters")
        return made

    def reference(self, number: str) -> str:
        return number.removeprefix(self.settings.prefix)

    def grams(self, order: Order) -> int:
        return max(100, order.documents * self.settings.grams_per_document)

    def tracking(self, order_reference: str, partner_reference: str, told: "TrackedIn", raw: bytes) -> Tracking:
        """A tracking answer as booking and events."""
        if told.order_id != self.number(order_reference):
            raise NotUnderstood("the partner answered with another order than the one asked for", raw)
        events = []
        told_newest_first = list(reversed(told.histories))
        for entry in sorted(told_newest_first, key=lambda entry: entry.created_at):
            kind = kind_of(CODES, entry.code, raw)
            if kind == "searching" and entry.driver:
                kind = "assigned"
            at = local_instant(entry.created_at, WIB, raw)
            if at > self.clock():
                # once applied it would make every later event look old
                raise NotUnderstood("the partner tells of something that has not happened yet", raw)
            events.append(
                PartnerEvent(
                    partner=self.name,
                    event_id=made_event_id(self.name, order_reference, f"{entry.code}:{kind}", at),
                    order_reference=order_reference,
                    partner_reference=partner_reference,
                    kind=kind,
                    at=at,
                    proof=told.proof(entry.receiver) if kind == "delivered" else None,
                    reason=entry.status if kind in ("attempt_failed", "refused", "on_hold", "lost") else "",
                    waybill=told.awb,
                    driver=Driver(name=entry.driver) if entry.driver else None,
                )
            )
        booking = Booking(
            partner=self.name,
            order_reference=order_reference,
            partner_reference=partner_reference,
            kind=events[-1].kind or "created" if events else "created",
            price=told.cost,
            waybill=told.awb,
            tracking_url=told.live_track_url,
        )
        return Tracking(booking=booking, events=tuple(events))

    # Parcels.

    def _book_parcel(self, order: Order, courier: str, kind: str) -> Booking:
        with only_asking():
            prices = [p for p in self._prices(order, [courier]) if p.service_type == kind]
            slot = self._slot()
        if not prices:
            raise Rejected("invalid", f"{courier}:{kind} does not go there")
        parcel = self._parcel_out(order, courier, kind, prices[0].cost)
        sent: dict[str, Json] = self._sender_out(order.pickup) | {"schedule": slot, "packages": [parcel]}
        raw = self.ok(self.http.call("POST", "/api/mitra/v6.1/request_pickup", json=sent))
        told = read(PickupIn, raw)
        mine = [detail for detail in told.details if detail.order_id == self.number(order.reference)]
        if len(mine) != 1:
            raise NotUnderstood("the pick-up does not speak of our parcel", raw)
        return Booking(
            partner=self.name,
            order_reference=order.reference,
            partner_reference=mine[0].kj_order_id,
            kind="created",
            price=prices[0].cost,
            waybill=mine[0].awb,
        )

    def _track_parcel(self, order_reference: str) -> Tracking:
        body: Json = {"order_id": self.number(order_reference)}
        raw = self.ok(self.http.call("POST", "/api/mitra/tracking", json=body))
        told = read(TrackingIn, raw).details
        return self.tracking(order_reference, told.kj_order_id or told.order_id, told, raw)

    def _cheapest(self, order: Order) -> str:
        quotes = self.quote(order)
        if not quotes:
            raise Rejected("refused", "no service goes there")
        return quotes[0].service

    def _prices(self, order: Order, couriers: Sequence[str]) -> list[PriceIn]:
        district, village = self._region(order.drops[0].place)
        body: dict[str, Json] = {
            "origin": self.settings.origin[0],
            "subdistrict_origin": self.settings.origin[1],
            "destination": district,
            "subdistrict_destination": village,
            "weight": self.grams(order),
            "item_value": self.settings.item_value,
            "insurance": 0,
            "courier": list(couriers),
        }
        raw = self.ok(self.http.call("POST", "/api/mitra/v6.1/shipping_price", json=body))
        return sorted(read(PricesIn, raw).results, key=lambda one: one.cost)

    def _slot(self) -> str:
        raw = self.ok(self.http.call("POST", "/api/mitra/v2/schedules", json={}))
        now = self.clock().timestamp()
        open_ = [slot.clock for slot in read(SlotsIn, raw).schedules if not slot.libur and slot.expired > now]
        if not open_:
            raise Unreachable("the partner has no pick-up slot just now", sent=False, retry_after=3600)
        return min(open_)

    def _region(self, place: Place) -> tuple[int, int]:
        found = self.settings.regions.get(place.village)
        if found is None:
            raise Rejected("invalid", f"no KiriminAja region is known for {place.village or 'a place without a code'}")
        return found

    def _sender_out(self, pickup: Place) -> dict[str, Json]:
        return {
            "address": pickup.address,
            "name": pickup.name,
            "phone": _phone(pickup.phone, self.settings.sender_phone),
            "kecamatan_id": self.settings.origin[0],
            "kelurahan_id": self.settings.origin[1],
            "latitude": pickup.lat,
            "longitude": pickup.lon,
        }

    def _parcel_out(self, order: Order, courier: str, kind: str, cost: int) -> Json:
        (drop,) = order.drops
        district, village = self._region(drop.place)
        return {
            "order_id": self.number(order.reference),
            "destination_name": drop.place.name[:50],
            "destination_phone": _phone(drop.place.phone, self.settings.sender_phone),
            "destination_address": drop.place.address.ljust(10, "."),
            "destination_kecamatan_id": district,
            "destination_kelurahan_id": village,
            "weight": self.grams(order),
            "width": 25,
            "length": 35,
            "height": 5,
            "item_value": self.settings.item_value,
            "shipping_cost": cost,
            "service": courier,
            "service_type": kind,
            "cod": 0,
            "drop": False,
            "note": f"{drop.reference} {drop.documents} dokumen {order.note}".strip()[:50],
        }

    def _named(self, level: str, body: Mapping[str, Json], name: str) -> list[int]:
        wanted = {_plain(name), f"kabupaten {_plain(name)}"}
        found = [region.id for region in self._regions(level, body) if _plain(region.label) in wanted]
        if len(found) != 1:
            raise Rejected("not_found", f"KiriminAja knows no single {level} named {name}")
        return found

    def _regions(self, level: str, body: Mapping[str, Json]) -> list[RegionIn]:
        raw = self.ok(self.http.call("POST", f"/api/mitra/{level}", json=dict(body)))
        return read(RegionsIn, raw).datas


_METHODS: Mapping[str, Kind | None] = {
    "processed_packages": None,
    "shipped_packages": "picked_up",
    "canceled_packages": "cancelled",
    "finished_packages": "delivered",
    "returned_packages": "returned",
    "return_finished_packages": "returned",
}


def _refusal(body: bytes) -> tuple[RejectReason | None, str]:
    told = read(ErrorIn, body)
    if "order_id" in told.text and "sudah" in told.text:
        return "duplicate_reference", told.text
    return _ERRORS.get(told.code), told.text


def _phone(*candidates: str) -> str:
    """The first mobile number, as 9 to 13 digits that start with 08."""
    for written in candidates:
        try:
            return "0" + mobile(written)[2:]
        except ValueError:
            continue
    raise Rejected("invalid", "KiriminAja needs a mobile number at both ends (set the office's)")


def _plain(name: str) -> str:
    """`KAB. BLITAR` and `Kabupaten Blitar` are one; `Kota Blitar` is another."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()
    return " ".join("kabupaten" if word == "kab" else word for word in words if word != "provinsi")
