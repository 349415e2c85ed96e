"""A partner's event as a confirmation like any other: who took it, where, when, and what is shown for it."""

import hashlib

from dispatch.services.delivery import Report
from dispatch.services.reasons import LOST, PARTNER_RETURN
from dispatch.store.models import Assignment
from partners.base import PartnerEvent

MOST_TEXT = 120
_WITHOUT_PROOF = "tanpa bukti dari mitra"


def report_of(offer: Assignment, event: PartnerEvent, mark: str = "") -> Report:
    """`mark` tells the confirmations of one event apart when it speaks of several stops."""
    proof = event.proof
    event_id = event.event_id + (f":{mark}" if mark else "")
    delivered = event.kind == "delivered"
    note = event.reason
    if delivered:
        note = " ".join(("foto:", *proof.photo_urls)) if proof and proof.photo_urls else note
        note = note if proof else _WITHOUT_PROOF
    return Report(
        source=f"partner:{offer.partner}",
        event_id=event_id if len(event_id) <= 80 else hashlib.sha256(event_id.encode()).hexdigest(),
        kind="delivered" if delivered else "failed",
        received_by=proof.received_by[:MOST_TEXT] if proof else "",
        relation=proof.relation[:40] if proof else "",
        reason="" if delivered else LOST if event.kind == "lost" and offer.route_id else PARTNER_RETURN,
        note=note[:300],
        lat=proof.lat if proof and proof.lon is not None else None,
        lon=proof.lon if proof and proof.lat is not None else None,
        device_at=event.at,
    )
