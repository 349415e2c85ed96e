"""What partners tell us: kept before it is answered, applied by a job, by rules that no order of arrival can fool.

A callback is checked by the partner's adapter over its raw body; each event in it becomes one row of the inbox, unique
by the partner's event id, committed before the 2xx. The job asks `partners.events` what the event changes and lets it
count through `loading` and `delivery.record`, like everything else. A hint (not signed, or signed too long ago) is
confirmed by asking the partner, and so is news under an id of the partner's that we do not know: its answer says whose
order it is. News of an order we do not know is parked; after a day a person looks.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services.assignment import close_plan_if_done, finish_assignment
from dispatch.services.booking import accepted, tell
from dispatch.services.calling_off import ended
from dispatch.services.cases import open_case
from dispatch.services.commitments import reprice
from dispatch.services.delivery import record
from dispatch.services.loading import pick_up
from dispatch.services.partner_accounts import adapter_for, is_frozen
from dispatch.services.partner_alarm import alarm_if_too_fast
from dispatch.services.partner_reports import report_of
from dispatch.services.partner_routes import route_event, tell_no_courier
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import Assignment, Batch, PartnerMessage, Shipment
from dispatch.store.states import move
from dispatch.store.work import Claim
from partners.base import Booking, CourierPartner, Kind, NotUnderstood, PartnerEvent, Rejected, Tracking
from partners.events import EVENTS, FINALS, Merged, apply

_KEPT_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inbox:
    """One message to apply: its events, and what the partner answered about hints; nothing when not understood."""

    office: str
    partner: str
    events: tuple[PartnerEvent, ...]
    tracked: tuple[Tracking, ...] = ()


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
    """Job "partner_event": let one message of the inbox count. Of a frozen partner nothing does, until it is thawed."""

    def load(session: Session, message_id: str) -> PartnerMessage | None:
        message = session.get_one(PartnerMessage, message_id)
        frozen = is_frozen(session, message.office, message.partner)
        session.expunge(message)  # only read from here on
        return message if message.outcome == "waiting" and not frozen else None

    def act(message: PartnerMessage, claim: Claim) -> _Inbox:
        with runtime.db.reading() as session:
            adapter = adapter_for(session, runtime.keys, message.office, message.partner, runtime.clock.now)
            events = _mine(adapter, message)
            offers = [_offer(session, message.office, message.partner, event) for event in events]
            known = [(o.reference, o.partner_reference) if o else None for o in offers]
        heard = _Inbox(office=message.office, partner=message.partner, events=events)
        if message.is_direct and all(event.direct for event in events) and all(known):
            return heard
        return _asked(adapter, heard, known, believed=message.is_direct)

    def save(session: Session, message_id: str, message: PartnerMessage, inbox: _Inbox) -> None:
        kept = session.get_one(PartnerMessage, message_id)
        if kept.outcome == "waiting":
            kept.outcome, kept.applied_at = _apply_all(session, kept, inbox), now(session)
            alarm_if_too_fast(session, inbox.office, inbox.partner)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def learn(session: Session, office: str, partner: str, tracking: Tracking) -> str:
    """Let what a partner answered about one of our orders count; in one word what became of it."""
    offer = _offer(session, office, partner, tracking.booking)
    outcomes = {_apply(session, office, partner, event) for event in tracking.events}
    if offer is not None and offer.state in ("accepted", "finished"):
        _take_details(session, offer, tracking.booking)
    return next((word for word in ("unknown", "conflict", "applied") if word in outcomes), "stored")


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


def _mine(adapter: CourierPartner, message: PartnerMessage) -> tuple[PartnerEvent, ...]:
    """What the message says; it was found genuine when it came in. Nothing when nobody understands it."""
    try:
        told = adapter.read_callback(message.body, message.received_at)
    except NotUnderstood:
        return ()
    return tuple(event for event in told if event.event_id == message.event_id or len(event.event_id) > 80)


def _asked(
    adapter: CourierPartner, heard: _Inbox, known: Sequence[tuple[str, str] | None], *, believed: bool
) -> _Inbox:
    """What the partner answers about the orders of hints, and about ids that we do not know yet."""
    direct: list[PartnerEvent] = []
    tracked: list[Tracking] = []
    for event, ours in zip(heard.events, known, strict=True):
        if ours is not None and event.direct and believed:
            direct.append(event)
            continue
        reference, partner_reference = ours or (event.order_reference, event.partner_reference)
        told = replace(event, direct=event.direct and believed)
        try:
            tracked.append(adapter.track(reference, partner_reference or event.partner_reference))
            if ours is None and told.direct:
                direct.append(told)
        except Rejected as refusal:
            if refusal.reason != "not_found":
                raise
            direct.append(told)  # the partner itself does not know it
        except NotUnderstood:
            if ours is not None:
                raise
            direct.append(told)  # its order with this id is not the one the news names
    return _Inbox(office=heard.office, partner=heard.partner, events=tuple(direct), tracked=tuple(tracked))


def _apply_all(session: Session, message: PartnerMessage, inbox: _Inbox) -> str:
    """What became of a message, in one word: applied, stored, conflict, parked or unknown."""
    audit.begin(session, inbox.office)
    if not inbox.events and not inbox.tracked:
        _park(session, message, f"Pesan mitra {inbox.partner} tidak dimengerti")
        return "unknown"
    outcomes = [learn(session, inbox.office, inbox.partner, tracking) for tracking in inbox.tracked]
    outcomes += [_apply(session, inbox.office, inbox.partner, event) for event in inbox.events]
    if "unknown" in outcomes:
        return "parked"  # the order may still become known; after a day a person looks
    return next((word for word in ("conflict", "applied") if word in outcomes), "stored")


def give_up_parked(session: Session, message: PartnerMessage) -> None:
    """News of an order that stayed unknown for a day."""
    message.outcome = "unknown"
    _park(session, message, f"Mitra {message.partner} memberi kabar tentang pesanan yang tidak dikenal")


def _park(session: Session, message: PartnerMessage, words: str) -> None:
    detail = f"{words}; pesannya disimpan ({message.event_id[:60]})."
    kind = "unknown_message"
    open_case(session, message.office, kind, subject_kind="partner_message", subject_id=message.id, detail=detail)


def _offer(session: Session, office: str, partner: str, told: PartnerEvent | Booking) -> Assignment | None:
    """Our order that the partner speaks of, by our reference or, where it names only that, by its own."""
    asked = select(Assignment).where(Assignment.office == office, Assignment.partner == partner)
    if told.order_reference:
        asked = asked.where(Assignment.reference == told.order_reference)
    else:
        asked = asked.where(Assignment.partner_reference == told.partner_reference)
    return session.scalars(
        asked.order_by(Assignment.created_at.desc()).execution_options(populate_existing=True)
    ).first()


def _apply(session: Session, office: str, partner: str, event: PartnerEvent) -> str:
    offer = _offer(session, office, partner, event)
    if offer is None or offer.state in ("offered", "intent"):
        return "unknown"  # nobody can tell about an order we have not placed
    if not event.direct:
        return "stored"
    accepted(session, offer, event.partner_reference)
    if offer.state not in ("accepted", "finished"):
        # called off or refused: only news that the order goes on all the same would matter
        return "stored" if event.kind in (None, "cancelled", "created") else _conflict(session, offer, event)
    _take_details(session, offer, event)
    if offer.route_id is not None:
        return route_event(session, offer, event, conflict=_conflict)
    assert offer.shipment_id is not None
    shipment = session.get_one(Shipment, offer.shipment_id, populate_existing=True)
    state = _known(offer)
    if event.kind is not None and event.kind == state.kind and event.at == state.at:
        return "stored"  # heard already, by callback or by asking
    merge = apply(state, event)
    if merge.outcome == "applied" and event.kind is not None:
        if _let_count(session, shipment, offer, event):
            offer.last_event, offer.last_event_at = event.kind, event.at
            if event.kind == "no_courier":
                tell_no_courier(session, offer)
            return "applied"
        return _conflict(session, offer, event)
    if event.kind in FINALS and event.direct and event.kind != state.kind:
        return _conflict(session, offer, event)
    return "stored"


def _take_details(session: Session, offer: Assignment, told: PartnerEvent | Booking) -> None:
    """A price, a waybill, a new id of the partner's: whatever it says about the order besides how it stands."""
    if told.partner_reference and offer.state == "accepted":
        # an order may be replaced by another at the partner; ours stays the same
        offer.partner_reference = told.partner_reference[:60]
    if told.price is not None:
        reprice(session, offer, told.price, by=Actor(kind="partner", id=offer.partner))
    if told.waybill and offer.shipment_id is not None:
        session.get_one(Shipment, offer.shipment_id).resi = told.waybill[:40]


def _known(offer: Assignment) -> Merged:
    kind: Kind | None = next((code for code in EVENTS if code == offer.last_event), None)
    return Merged(kind=kind, at=offer.last_event_at, finals=frozenset({kind} if kind in FINALS and kind else ()))


def _conflict(session: Session, offer: Assignment, event: PartnerEvent) -> str:
    word = EVENTS[event.kind].word if event.kind else "?"
    tell(session, offer, "partner_conflict", f"Kabar '{word}' dari mitra {offer.partner} bertentangan dengan catatan")
    return "conflict"


def _let_count(session: Session, shipment: Shipment, offer: Assignment, event: PartnerEvent) -> bool:
    """Move the shipment where the event takes it. False when our own rows say otherwise."""
    assert event.kind is not None
    by = Actor(kind="partner", id=offer.partner)
    target = EVENTS[event.kind].shipment
    if target == "planned":
        return shipment.state == "planned"
    if target == "cancelled":
        return ended(session, offer, by=by, why=offer.call_off_why or "cancelled by the partner")
    if shipment.state == "cancelled":
        return False
    if shipment.state == "planned":
        # the rider may report the end without ever having reported the pick-up
        pick_up(session, shipment, evidence=f"event:{event.event_id}"[:40], by=by)
    if target == "in_transit" and shipment.state == "handed_to_partner":
        move(session, shipment, "in_transit", by=by)
    if target in ("delivered", "returned"):
        return not record(session, shipment, report_of(offer, event), by=by).is_conflict
    if target == "lost":
        return _lost(session, shipment, offer, by=by)
    return True


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
