"""The instant side of KiriminAja: GoSend, GrabExpress and Borzo within a city, over the same account."""

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote as quoted

from partners.base import Booking, Cancellation, Order, Place, Quote, Rejected, Tracking
from partners.kiriminaja_shapes import TrackedIn
from partners.shapes import Amount, Id, Text, Told, read
from partners.strict_json import Json

if TYPE_CHECKING:
    from partners.kiriminaja import KiriminAjaPartner

HEAVIEST = 40_000  # grams


class Instantly:
    """Instant orders of one KiriminAja account; one drop each, positions needed at both ends."""

    SERVICES: ClassVar[tuple[str, ...]] = ("gosend", "grab_express", "borzo")

    def __init__(self, account: "KiriminAjaPartner") -> None:
        self._account = account

    def quote(self, order: Order) -> list[Quote]:
        """Prices of the account's instant services; none when a position is missing or it is too heavy."""
        services = [courier for courier in self._account.settings.couriers if courier in self.SERVICES]
        known = order.pickup.lat is not None and all(drop.place.lat is not None for drop in order.drops)
        if not services or not known or len(order.drops) != 1 or self._account.grams(order) > HEAVIEST:
            return []
        body = self._trip_out(order, services)
        raw = self._account.ok(self._account.http.call("POST", "/api/mitra/v4/instant/pricing", json=body))
        return [
            Quote(partner=self._account.name, service=f"{one.name}:{cost.service_type}", price=cost.price.total_price)
            for one in read(_PricesIn, raw).result
            for cost in one.costs
        ]

    def book(self, order: Order, courier: str, kind: str) -> Booking:
        """Ask for a rider now."""
        trip = self._trip_out(order, [courier])
        (drop,) = order.drops
        packages: list[Json] = [
            {
                "order_id": self._account.number(order.reference),
                "service_type": kind,
                "destination_name": drop.place.name,
                "destination_phone": drop.place.phone,
                "note": f"{drop.reference} {drop.documents} dokumen",
            }
        ]
        body = trip | {"sender_name": order.pickup.name, "sender_phone": order.pickup.phone, "packages": packages}
        raw = self._account.ok(self._account.http.call("POST", "/api/mitra/v4/instant/pickup/request", json=body))
        (made,) = read(_RequestIn, raw).packages
        return Booking(
            partner=self._account.name,
            order_reference=order.reference,
            partner_reference="instant/" + self._account.number(order.reference),
            kind="created",
            price=made.total_price,
            waybill=made.awb,
            tracking_url=made.live_track_url,
        )

    def track(self, order_reference: str) -> Tracking:
        """How an instant order stands."""
        path = f"/api/mitra/v4/instant/tracking/{quoted(self._account.number(order_reference), safe='')}"
        raw = self._account.ok(self._account.http.call("GET", path))
        told = read(_TrackedIn, raw).result
        return self._account.tracking(order_reference, "instant/" + told.order_id, told, raw)

    def cancel(self, order_reference: str) -> Cancellation:
        """Call it off; a rider who has it cannot be called off."""
        path = f"/api/mitra/v4/instant/pickup/void/{quoted(self._account.number(order_reference), safe='')}"
        try:
            self._account.ok(self._account.http.call("DELETE", path))
        except Rejected as refusal:
            if refusal.reason == "refused":
                raise Rejected("too_late", refusal.detail, status=refusal.status) from None
            raise
        return "cancelled"

    def _trip_out(self, order: Order, services: list[str]) -> dict[str, Json]:
        return {
            "service": services,
            "item_price": self._account.settings.item_value,
            "origin": _point_out(order.pickup),
            "destination": _point_out(order.drops[0].place),
            "weight": self._account.grams(order),
            "vehicle": "motor",
            "timezone": self._account.settings.timezone,
        }


def _point_out(place: Place) -> Json:
    return {"lat": place.lat, "long": place.lon, "address": place.address}


class _Price(Told):
    total_price: Amount


class _Cost(Told):
    service_type: Id
    price: _Price


class _Service(Told):
    name: Id
    costs: list[_Cost]


class _PricesIn(Told):
    result: list[_Service]


class _Package(Told):
    awb: Id | None = None
    live_track_url: Text | None = None
    total_price: Amount | None = None


class _RequestIn(Told):
    packages: list[_Package]


class _TrackedIn(Told):
    result: TrackedIn
