"""What a partner tells of a route it carries: the whole order leaves once, each stop ends by itself.

A stop of ours is one attempt: it ends when the partner has handed over, refused, lost or begun to bring back what was
for it. A failed attempt that the partner repeats is kept and changes nothing. The pick-up counts every batch as taken:
the partner's rider signs for all of them or takes none.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from dispatch.services import ladder
from dispatch.services.assignment import batches_of_route, route_of, stops_of
from dispatch.services.booking import drop_references, tell
from dispatch.services.calling_off import ended
from dispatch.services.delivery import record
from dispatch.services.loading import Loaded, load
from dispatch.services.partner_reports import report_of
from dispatch.store.audit import Actor
from dispatch.store.models import Assignment, Route, Stop
from dispatch.store.states import is_final
from partners.base import Kind, PartnerEvent
from partners.events import EVENTS, FINALS, may_follow

_STOP_ENDS: frozenset[Kind] = frozenset({"delivered", "returning", "returned", "refused", "lost"})
_ON_THE_WAY: frozenset[Kind] = frozenset({"picked_up", "in_transit", "attempt_failed", "on_hold"})
Conflict = Callable[[Session, Assignment, PartnerEvent], str]


def route_event(session: Session, offer: Assignment, event: PartnerEvent, *, conflict: Conflict) -> str:
    """Let one event of a route's order count; in one word what became of it."""
    assert offer.route_id is not None
    if event.kind is None or not event.direct:
        return "stored"
    by = Actor(kind="partner", id=offer.partner)
    route = route_of(session, offer.office, offer.route_id)
    if event.drop_reference is None and not _newer(offer, event):
        return "stored" if not _contradicts(offer, event.kind) else conflict(session, offer, event)
    if event.kind == "cancelled":
        if not ended(session, offer, by=by, why=offer.call_off_why or "cancelled by the partner"):
            return conflict(session, offer, event)
    elif event.kind in _ON_THE_WAY | _STOP_ENDS:
        if route.state == "cancelled":
            return conflict(session, offer, event)
        if route.state == "planned":
            _leave(session, offer, route, event, by=by)
    outcome = "applied"
    if event.kind in _STOP_ENDS:
        outcome = _end_stops(session, offer, route, event, conflict=conflict, by=by)
    if event.drop_reference is None:
        offer.last_event, offer.last_event_at = event.kind, event.at
        if event.kind == "no_courier":
            tell_no_courier(session, offer)
    return outcome


def tell_no_courier(session: Session, offer: Assignment) -> None:
    """The partner finds nobody to ride: a person, or the office's ladder, goes to the next one."""
    if ladder.give_up_waiting(session, offer):
        return
    tell(session, offer, "no_courier", f"Mitra {offer.partner} tidak menemukan kurir; batalkan dan pilih mitra lain")


def _newer(offer: Assignment, event: PartnerEvent) -> bool:
    """Whether an event of the whole order comes after the last one that counted, by the table and by its time."""
    present = next((code for code in EVENTS if code == offer.last_event), None)
    if offer.last_event_at is not None and event.at < offer.last_event_at:
        return False
    return event.kind is not None and may_follow(event.kind, present)


def _contradicts(offer: Assignment, kind: Kind) -> bool:
    return kind in FINALS and offer.last_event in FINALS and kind != offer.last_event


def _leave(session: Session, offer: Assignment, route: Route, event: PartnerEvent, *, by: Actor) -> None:
    taken = frozenset(batch.id for batch in batches_of_route(session, route))
    counted = Loaded(
        source=f"partner:{offer.partner}",
        event_id=f"load:{offer.reference}",
        taken=taken,
        missing=frozenset(),
        device_at=event.at,
    )
    load(session, route, counted, by=by)


def _end_stops(
    session: Session, offer: Assignment, route: Route, event: PartnerEvent, *, conflict: Conflict, by: Actor
) -> str:
    stops = stops_of(session, route)
    if event.drop_reference is not None:
        stop_id = drop_references(session, route).get(event.drop_reference)
        stops = [stop for stop in stops if stop.id == stop_id]
        if not stops:
            return conflict(session, offer, event)
    still = [stop for stop in stops if not is_final("stop", stop.state)]
    if not still:
        return "stored" if all(_agrees(stop, event) for stop in stops) else conflict(session, offer, event)
    outcomes = [record(session, stop, report_of(offer, event, stop.id), by=by).is_conflict for stop in still]
    return "conflict" if any(outcomes) else "applied"


def _agrees(stop: Stop, event: PartnerEvent) -> bool:
    """Whether an ended stop ended as the event says; of a whole order, some stops may have ended otherwise before."""
    if event.drop_reference is None:
        return True
    return stop.state == ("done" if event.kind == "delivered" else "failed")
