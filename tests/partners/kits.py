"""One entry per partner of the contract suite: how to start its simulator and point its adapter at it, and its words.

`WORDS` is the table of our events, written down here a second time on purpose: the adapters' own tables are checked
against it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from partners.base import CourierPartner, Kind
from partners.biteship import BiteshipPartner, BiteshipSettings
from partners.borzo import BorzoPartner, BorzoSettings
from partners.events import EVENTS
from partners.gosend import GoSendPartner, GoSendSettings
from partners.grab import GrabPartner, GrabSettings
from partners.kiriminaja import KiriminAjaPartner, KiriminAjaSettings
from partners.lalamove import LalamovePartner, LalamoveSettings
from partners.reference import ReferencePartner, ReferenceSettings
from partners.simulator import Fault, KiriminAjaSimulator, LalamoveSimulator, ReferenceSimulator
from partners.simulator.biteship import BiteshipSimulator
from partners.simulator.borzo import BorzoSimulator
from partners.simulator.core import Simulator
from partners.simulator.gosend import GoSendSimulator
from partners.simulator.grab import GrabSimulator

KEY = "sandbox-key"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH_SECRET = "jalan-rahasia-0123456789"
LOCAL = frozenset({"127.0.0.1"})
PHONE = "081234567890"
Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One partner in the contract suite."""

    name: str
    simulate: Callable[[str, Clock], Simulator]
    adapt: Callable[[str, Clock, float, str], CourierPartner]
    """From base address, clock, seconds and key."""
    words: Mapping[str, Kind | None]
    """Every status word it may use in an answer about an order, and our event."""
    path: str = ""
    """What stands after /callbacks/<office>/<name> in our address."""
    signs_body: bool = True
    signs_time: bool = False
    needs_asking: bool = False
    """Its callbacks never count by themselves."""
    has_history: bool = True
    """Asking tells all that happened, not only how it stands."""
    finds_with: str = "find"
    """What its simulator calls the request that `find` makes."""
    says_price: bool = True
    """A changed price is told by a callback."""
    shows_proof: bool = True
    asks_first: bool = True
    """A price or a slot is asked for before every order."""
    bears: frozenset[tuple[str, Fault]] = frozenset()
    """Faults of an operation that are no failure for this partner."""


def _reference(url: str, clock: Clock) -> Simulator:
    return ReferenceSimulator(api_key=KEY, webhook_secrets=(SECRET,), callback_url=url, clock=clock)


def _reference_partner(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    settings = ReferenceSettings(
        base_url=base_url, api_key=key, webhook_secrets=(SECRET,), allowed_hosts=LOCAL, timeout=timeout
    )
    return ReferencePartner(settings, clock=clock)


def _kiriminaja(url: str, clock: Clock) -> Simulator:
    return KiriminAjaSimulator(api_key=KEY, callback_url=url, clock=clock)


def _kiriminaja_partner(
    base_url: str, clock: Clock, timeout: float, key: str, couriers: tuple[str, ...] = ("posindonesia",)
) -> CourierPartner:
    settings = KiriminAjaSettings(
        base_url=base_url,
        api_key=key,
        path_secret=PATH_SECRET,
        allowed_hosts=LOCAL,
        couriers=couriers,
        sender_phone=PHONE,
        origin=(5484, 61010),
        regions={"35.05.16.2001": (5483, 61001)},
        timeout=timeout,
    )
    return KiriminAjaPartner(settings, clock=clock)


def _kiriminaja_instant(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    return _kiriminaja_partner(base_url, clock, timeout, key, ("gosend", "borzo"))


def _lalamove(url: str, clock: Clock) -> Simulator:
    return LalamoveSimulator(api_key=KEY, api_secret="sk_test", callback_url=url, clock=clock)


def _lalamove_partner(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    settings = LalamoveSettings(
        base_url=base_url,
        api_key=key,
        api_secret="sk_test",
        allowed_hosts=LOCAL,
        sender_phone=PHONE,
        services=("MOTORCYCLE", "SEDAN"),
        timeout=timeout,
    )
    return LalamovePartner(settings, clock=clock)


def _borzo(url: str, clock: Clock) -> Simulator:
    return BorzoSimulator(api_key=KEY, callback_secret=PATH_SECRET, callback_url=url, clock=clock)


def _borzo_partner(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    settings = BorzoSettings(
        base_url=base_url,
        token=key,
        callback_secret=PATH_SECRET,
        allowed_hosts=LOCAL,
        sender_phone=PHONE,
        vehicles=("motorbike", "car"),
        timeout=timeout,
    )
    return BorzoPartner(settings, clock=clock)


def _biteship(url: str, clock: Clock) -> Simulator:
    return BiteshipSimulator(api_key=KEY, header_secret=PATH_SECRET, callback_url=url, clock=clock)


def _biteship_partner(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    settings = BiteshipSettings(
        base_url=base_url,
        api_key=key,
        header_secret=PATH_SECRET,
        allowed_hosts=LOCAL,
        sender_phone=PHONE,
        timeout=timeout,
    )
    return BiteshipPartner(settings, clock=clock)


def _gosend(url: str, clock: Clock) -> Simulator:
    return GoSendSimulator(client_id="antar", pass_key=KEY, callback_token=PATH_SECRET, callback_url=url, clock=clock)


def _gosend_partner(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    settings = GoSendSettings(
        base_url=base_url,
        client_id="antar",
        pass_key=key,
        callback_token=PATH_SECRET,
        allowed_hosts=LOCAL,
        sender_phone=PHONE,
        timeout=timeout,
    )
    return GoSendPartner(settings, clock=clock)


def _grab(url: str, clock: Clock) -> Simulator:
    return GrabSimulator(
        client_id="antar", client_secret=KEY, callback_token=PATH_SECRET, callback_url=url, clock=clock
    )


def _grab_partner(base_url: str, clock: Clock, timeout: float, key: str) -> CourierPartner:
    settings = GrabSettings(
        base_url=base_url,
        client_id="antar",
        client_secret=key,
        callback_token=PATH_SECRET,
        allowed_hosts=LOCAL,
        sender_phone=PHONE,
        timeout=timeout,
    )
    return GrabPartner(settings, clock=clock)


_KIRIMINAJA: dict[str, Kind | None] = {
    **dict.fromkeys(("100", "101", "102", "103", "104"), "created"),
    "105": "searching",
    "106": "picked_up",
    "107": "in_transit",
    "110": "in_transit",
    "152": "attempt_failed",
    "210": "attempt_failed",
    "211": "attempt_failed",
    **dict.fromkeys(("350", "901", "902", "903", "904", "905"), "on_hold"),
    **dict.fromkeys(("401", "402", "403", "404", "405", "406"), "returning"),
    "301": "refused",
    "310": "refused",
    "311": "refused",
    "200": "delivered",
    "400": "returned",
    "300": "cancelled",
    "302": "cancelled",
    **dict.fromkeys(("333", "500", "555", "701", "702", "703", "704"), "lost"),
}

KITS: Mapping[str, Kit] = {
    kit.name: kit
    for kit in (
        Kit(
            name="reference",
            simulate=_reference,
            adapt=_reference_partner,
            words=dict(zip(EVENTS, EVENTS, strict=True)),
            signs_time=True,
            asks_first=False,
        ),
        Kit(
            name="kiriminaja",
            simulate=_kiriminaja,
            adapt=_kiriminaja_partner,
            words=_KIRIMINAJA,
            path="/" + PATH_SECRET,
            signs_body=False,
            needs_asking=True,
            finds_with="track",
            says_price=False,
            bears=frozenset({("find", Fault.NOT_FOUND)}),
        ),
        Kit(
            name="kiriminaja_instant",
            simulate=_kiriminaja,
            adapt=_kiriminaja_instant,
            words=_KIRIMINAJA,
            path="/" + PATH_SECRET,
            signs_body=False,
            needs_asking=True,
            finds_with="track",
            says_price=False,
            bears=frozenset({("find", Fault.NOT_FOUND)}),
        ),
        Kit(
            name="lalamove",
            simulate=_lalamove,
            adapt=_lalamove_partner,
            words={
                "ASSIGNING_DRIVER": "searching",
                "ON_GOING": "assigned",
                "PICKED_UP": "picked_up",
                "COMPLETED": "delivered",
                "CANCELED": "cancelled",
                "REJECTED": "no_courier",
                "EXPIRED": "no_courier",
            },
            signs_time=True,
            has_history=False,
            finds_with="track",
            bears=frozenset(
                {
                    ("quote", Fault.REPLY_UNKNOWN_WORD),
                    ("cancel", Fault.REPLY_UNKNOWN_WORD),
                    ("cancel", Fault.REPLY_NOT_JSON),
                }
            ),
        ),
        Kit(
            name="borzo",
            simulate=_borzo,
            adapt=_borzo_partner,
            words={
                "draft": "created",
                "planned": "created",
                "active": "searching",
                "invalid": "no_courier",
                "courier_assigned": "assigned",
                "courier_departed": "assigned",
                "courier_at_pickup": "assigned",
                "parcel_picked_up": "picked_up",
                "courier_arrived": "in_transit",
                "delayed": "attempt_failed",
                "reattempt_planned": "attempt_failed",
                "return_planned": "returning",
                "return_courier_assigned": "returning",
                "return_courier_departed": "returning",
                "return_courier_picked_up": "returning",
                "failed": "refused",
                "finished": "delivered",
                "reattempt_finished": "delivered",
                "return_finished": "returned",
                "canceled": "cancelled",
                "deleted": "cancelled",
            },
            has_history=False,
            shows_proof=False,
            asks_first=False,
            bears=frozenset({("quote", Fault.REPLY_UNKNOWN_WORD)}),
        ),
        Kit(
            name="biteship",
            simulate=_biteship,
            adapt=_biteship_partner,
            words={
                "confirmed": "created",
                "scheduled": "created",
                "courier_not_found": "no_courier",
                "allocated": "assigned",
                "picking_up": "assigned",
                "picked": "picked_up",
                "in_transit": "in_transit",
                "dropping_off": "in_transit",
                "on_hold": "on_hold",
                "return_in_transit": "returning",
                "rejected": "refused",
                "delivered": "delivered",
                "returned": "returned",
                "cancelled": "cancelled",
                "disposed": "lost",
            },
            signs_body=False,
            needs_asking=True,
            shows_proof=False,
            bears=frozenset({("quote", Fault.REPLY_UNKNOWN_WORD), ("cancel", Fault.REPLY_UNKNOWN_WORD)}),
        ),
        Kit(
            name="gosend",
            simulate=_gosend,
            adapt=_gosend_partner,
            words={
                "Confirmed": "created",
                "Allocating": "searching",
                "Finding Driver": "searching",
                "DRIVER_NOT_FOUND": "no_courier",
                "no_driver": "no_courier",
                "Picking Up": "assigned",
                "In Delivery": "picked_up",
                "In Return": "returning",
                "Failed": "refused",
                "Completed": "delivered",
                "Returned": "returned",
                "Canceled": "cancelled",
            },
            signs_body=False,
            needs_asking=True,
            has_history=False,
            bears=frozenset(
                {
                    ("find", Fault.NOT_FOUND),
                    ("book", Fault.REPLY_UNKNOWN_WORD),
                    ("quote", Fault.REPLY_UNKNOWN_WORD),
                    ("cancel", Fault.REPLY_UNKNOWN_WORD),
                    ("cancel", Fault.REPLY_NOT_JSON),
                }
            ),
        ),
        Kit(
            name="grab_express",
            simulate=_grab,
            adapt=_grab_partner,
            words={
                "QUEUEING": "created",
                "ALLOCATING": "searching",
                "DRIVER_NOT_FOUND": "no_courier",
                "PICKING_UP": "assigned",
                "IN_DELIVERY": "picked_up",
                "IN_RETURN": "returning",
                "FAILED": "refused",
                "COMPLETED": "delivered",
                "RETURNED": "returned",
                "CANCELED": "cancelled",
            },
            signs_body=False,
            needs_asking=True,
            has_history=False,
            shows_proof=False,
            says_price=False,
            bears=frozenset(
                {
                    ("quote", Fault.REPLY_UNKNOWN_WORD),
                    ("cancel", Fault.REPLY_UNKNOWN_WORD),
                    ("cancel", Fault.REPLY_NOT_JSON),
                }
            ),
        ),
    )
}
