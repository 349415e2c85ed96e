"""What partners tell us: kept before it is answered, applied by a job, by rules that no order of arrival can fool.

A callback is checked by the partner's adapter over its raw body; each event in it becomes one row of the inbox, unique
by the partner's event id, committed before the 2xx. The job asks `partners.events` what the event changes and lets it
count through `loading.pick_up` and `delivery.record`. A hint (genuine but signed too long ago) is confirmed by asking
the partner. An event about an order we do not know stays in the inbox as unknown, with a case.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services.assignment import call_off, close_plan_if_done, finish_assignment
from dispatch.services.booking import accepted
from dispatch.services.cases import open_case
from dispatch.services.commitments import reprice
from dispatch.services.delivery import Report, record
from dispatch.services.loading import pick_up
from dispatch.services.partner_accounts import adapter_for
from dispatch.services.reasons import PARTNER_RETURN
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import Assignment, Batch, PartnerMessage, Shipment
from dispatch.store.states import move
from dispatch.store.work import Claim
from partners.base import BadSignature, CourierPartner, Kind, NotUnderstood, PartnerEvent
from partners.events import EVENTS, FINALS, Merged, apply

MOST_TEXT = 120
_KEPT_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inbox:
    """One message to apply: its events (several when the partner was asked), or none when nobody understands it."""

    office: str
    partner: str
    events: tuple[PartnerEvent, ...]


def receive(
    session: Session,
    office: str,
    partner: str,
    events: Sequence[PartnerEvent],
    *,
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    """Put the events of a genuine callback into the inbox; the number that were not there yet."""
    return sum(
        _into_inbox(session, office, partner, event.event_id, headers, body, is_direct=event.direct) for event in events
    )


def receive_strange(session: Session, office: str, partner: str, *, headers: Mapping[str, str], body: bytes) -> int:
    """Keep a genuine callback whose words nobody knows, and ask a person to look."""
    event_id = "strange-" + hashlib.sha256(body).hexdigest()[:32]
    return int(_into_inbox(session, office, partner, event_id, headers, body, is_direct=True))


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "partner_event": let one message of the inbox count."""

    def load(session: Session, message_id: str) -> PartnerMessage | None:
        message = session.get_one(PartnerMessage, message_id)
        session.expunge(message)  # only read from here on
        return message if message.outcome == "waiting" else None

    def act(message: PartnerMessage, claim: Claim) -> _Inbox:
        with runtime.db.reading() as session:
            adapter = adapter_for(session, runtime.keys, message.office, message.partner, runtime.clock.now)
            events = _events(session, adapter, message)
        return _Inbox(office=message.office, partner=message.partner, events=events)

    def save(session: Session, message_id: str, message: PartnerMessage, inbox: _Inbox) -> None:
        kept = session.get_one(PartnerMessage, message_id)
        if kept.outcome == "waiting":
            kept.outcome, kept.applied_at = _apply_all(session, kept, inbox), now(session)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def _into_inbox(
    session: Session,
    office: str,
    partner: str,
    event_id: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    is_direct: bool,
) -> bool:
    message_id = new_id()
    kept = {name.lower(): value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
    row: dict[str, object] = {
        "id": message_id,
        "office": office,
        "partner": partner,
        # an id longer than the column keeps its meaning as a hash
        "event_id": event_id if len(event_id) <= 80 else hashlib.sha256(event_id.encode()).hexdigest(),
        "body": body,
        "headers": kept,
        "is_direct": is_direct,
        "received_at": now(session),
        "outcome": "waiting",
    }
    if not insert_if_absent(session, PartnerMessage, row, unique=["office", "partner", "event_id"]):
        return False
    work.want(session, "partner_event", message_id, office=office)
    return True


def _events(session: Session, adapter: CourierPartner, message: PartnerMessage) -> tuple[PartnerEvent, ...]:
    """The message's own event when it counts at once, else what the partner answers about its order."""
    try:
        told = adapter.parse_callback(message.headers, message.body, message.received_at)
    except BadSignature:
        # it was genuine when it came in; the secrets were changed since, so nothing in it is believed
        return ()
    except NotUnderstood:
        return ()
    mine = [event for event in told if event.event_id == message.event_id or len(event.event_id) > 80]
    if all(event.direct for event in mine):
        return tuple(mine)
    offer = _offer(session, message.office, message.partner, mine[0].order_reference)
    if offer is None:
        return tuple(mine)
    return adapter.track(offer.reference, offer.partner_reference or mine[0].partner_reference).events


def _apply_all(session: Session, message: PartnerMessage, inbox: _Inbox) -> str:
    """What became of a message, in one word: applied, stored, conflict or unknown."""
    audit.begin(session, inbox.office)
    if not inbox.events:
        _park(session, message, f"Pesan mitra {inbox.partner} tidak dimengerti")
        return "unknown"
    outcomes = {_apply(session, inbox.office, inbox.partner, event) for event in inbox.events}
    if "unknown" in outcomes:
        _park(session, message, f"Mitra {inbox.partner} memberi kabar tentang pesanan yang tidak dikenal")
    return next((word for word in ("unknown", "conflict", "applied") if word in outcomes), "stored")


def _park(session: Session, message: PartnerMessage, words: str) -> None:
    detail = f"{words}; pesannya disimpan ({message.event_id[:60]})."
    kind = "unknown_message"
    open_case(session, message.office, kind, subject_kind="partner_message", subject_id=message.id, detail=detail)


def _offer(session: Session, office: str, partner: str, reference: str) -> Assignment | None:
    return session.scalar(
        select(Assignment)
        .where(Assignment.office == office, Assignment.partner == partner, Assignment.reference == reference)
        .execution_options(populate_existing=True)
    )


def _apply(session: Session, office: str, partner: str, event: PartnerEvent) -> str:
    offer = _offer(session, office, partner, event.order_reference)
    if offer is None or offer.shipment_id is None or offer.state in ("offered", "intent"):
        return "unknown"  # nobody can tell about an order we have not placed
    shipment = session.get_one(Shipment, offer.shipment_id, populate_existing=True)
    accepted(session, offer, event.partner_reference)
    if offer.state not in ("accepted", "finished"):
        # called off or refused: only news that the order goes on all the same would matter
        return "stored" if event.kind in (None, "cancelled") else _conflict(session, offer, shipment, event)
    if event.price is not None:
        reprice(session, offer, event.price, by=Actor(kind="partner", id=partner))
    if event.waybill:
        shipment.resi = event.waybill[:40]
    state = _known(offer)
    if event.kind is not None and event.kind == state.kind and event.at == state.at:
        return "stored"  # heard already, by callback or by asking
    merge = apply(state, event)
    if merge.outcome == "applied" and event.kind is not None:
        if _let_count(session, shipment, offer, event):
            offer.last_event, offer.last_event_at = event.kind, event.at
            return "applied"
        return _conflict(session, offer, shipment, event)
    if event.kind in FINALS and event.direct and event.kind != state.kind:
        return _conflict(session, offer, shipment, event)
    return "stored"


def _known(offer: Assignment) -> Merged:
    kind: Kind | None = next((code for code in EVENTS if code == offer.last_event), None)
    return Merged(kind=kind, at=offer.last_event_at, finals=frozenset({kind} if kind in FINALS and kind else ()))


def _conflict(session: Session, offer: Assignment, shipment: Shipment, event: PartnerEvent) -> str:
    batch = session.scalar(select(Batch.code).where(Batch.id == shipment.batch_id))
    word = EVENTS[event.kind].word if event.kind else "?"
    detail = f"Mitra {offer.partner} melaporkan '{word}' untuk batch {batch}, bertentangan dengan yang sudah diketahui."
    kind = "partner_conflict"
    open_case(session, offer.office, kind, subject_kind="assignment", subject_id=offer.id, detail=detail)
    return "conflict"


def _let_count(session: Session, shipment: Shipment, offer: Assignment, event: PartnerEvent) -> bool:
    """Move the shipment where the event takes it. False when our own rows say otherwise."""
    assert event.kind is not None
    by = Actor(kind="partner", id=offer.partner)
    target = EVENTS[event.kind].shipment
    if target == "planned":
        return shipment.state == "planned"
    if target == "cancelled":
        if shipment.state != "planned":
            return False
        call_off(session, shipment, by=by, why="cancelled by the partner")
        if offer.state == "accepted":
            move(session, offer, "cancelled", by=by)
        close_plan_if_done(session, shipment.office, shipment.plan_id, by=by)
        return True
    if shipment.state == "cancelled":
        return False
    if shipment.state == "planned":
        # the rider may report the end without ever having reported the pick-up
        pick_up(session, shipment, evidence=f"event:{event.event_id}"[:40], by=by)
    if target == "in_transit" and shipment.state == "handed_to_partner":
        move(session, shipment, "in_transit", by=by)
    if target in ("delivered", "returned"):
        return not record(session, shipment, _report(offer, event), by=by).is_conflict
    if target == "lost":
        return _lost(session, shipment, offer, by=by)
    return True


def _report(offer: Assignment, event: PartnerEvent) -> Report:
    proof = event.proof
    return Report(
        source=f"partner:{offer.partner}",
        event_id=event.event_id if len(event.event_id) <= 80 else hashlib.sha256(event.event_id.encode()).hexdigest(),
        kind="delivered" if event.kind == "delivered" else "failed",
        received_by=proof.received_by[:MOST_TEXT] if proof else "",
        relation=proof.relation[:40] if proof else "",
        reason="" if event.kind == "delivered" else PARTNER_RETURN,
        note=event.reason[:300] if proof or event.kind != "delivered" else "tanpa bukti dari mitra",
        lat=proof.lat if proof and proof.lon is not None else None,
        lon=proof.lon if proof and proof.lat is not None else None,
        device_at=event.at,
    )


def _lost(session: Session, shipment: Shipment, offer: Assignment, *, by: Actor) -> bool:
    """The partner says it lost the shipment. Its documents stay the partner's until a person decides."""
    if shipment.state not in ("handed_to_partner", "in_transit"):
        return False
    move(session, shipment, "lost", by=by)
    batch = session.scalar(select(Batch.code).where(Batch.id == shipment.batch_id))
    detail = f"Mitra {offer.partner} menyatakan batch {batch} hilang. Putuskan nasib dokumennya."
    open_case(session, shipment.office, "lost_shipment", subject_kind="shipment", subject_id=shipment.id, detail=detail)
    finish_assignment(session, shipment, by=by)
    close_plan_if_done(session, shipment.office, shipment.plan_id, by=by)
    return True


def _give_up(session: Session, message_id: str, error: str) -> None:
    message = session.get_one(PartnerMessage, message_id)
    message.outcome = "unknown"
    _park(session, message, f"Kabar mitra {message.partner} tidak dapat dipastikan ({error})")
