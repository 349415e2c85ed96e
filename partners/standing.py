"""What partners share that only tell how an order stands now: its one event, whether it can still be called off, and
the agreed word by which their callbacks are told from a stranger's."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from partners.base import BadSignature, Booking, Driver, PartnerEvent, Proof, Rejected, Tracking, made_event_id


def standing(
    partner: str, booking: Booking, status: str, at: datetime, *, driver: Driver | None, proof: Proof | None = None
) -> Tracking:
    """The order as the partner tells it now; a status without a time of its own is of the moment it was told."""
    event = PartnerEvent(
        partner=partner,
        event_id=made_event_id(partner, booking.partner_reference, status, at),
        order_reference=booking.order_reference,
        partner_reference=booking.partner_reference,
        kind=booking.kind,
        at=at,
        proof=proof if booking.kind == "delivered" else None,
        price=booking.price,
        driver=driver,
    )
    return Tracking(booking=booking, events=(event,))


def still_to_call_off(booking: Booking) -> bool:
    """Whether the order has yet to be called off; Rejected once the rider has it."""
    if booking.kind == "cancelled":
        return False
    if booking.kind not in ("created", "searching", "no_courier", "assigned"):
        raise Rejected("too_late", "the rider has it")
    return True


def check_word(headers: Mapping[str, str], name: str, agreed: str) -> None:
    """Raise BadSignature unless the header (its name in small letters) brings the agreed word."""
    given = {header.lower(): value for header, value in headers.items()}.get(name, "")
    if not hmac.compare_digest(given.encode(errors="replace"), agreed.encode()):
        raise BadSignature("the callback does not carry the agreed token")
