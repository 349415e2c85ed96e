"""To whom work goes that its carrier did not take: the office's ladder, step after step, each inside the budget.

    ojek route ─► next partner ─► Pos ─► next day's route

A declined or expired route goes on as shipments, one for each batch; a shipment that a partner refused, or found no
courier for, goes to the next step. A partner without an account, one that has refused this very thing before, and a
step no budget line can pay are passed over. The last step is always the next day: the batches can be planned again.
Nothing falls while an order may still exist: `sending`, `unknown` and `accepted` are left alone. Each fall is an event
of the office's trail with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.services import assignment
from dispatch.services.assignment import OJEK_LINK, POST_COUNTER
from dispatch.services.calendar import calendar_of, today
from dispatch.services.commitments import channel_of, charge_for, has_budget, short_of
from dispatch.services.cost_report import ways_from_depots
from dispatch.services.links import revoke_courier_link
from dispatch.services.offices import tariff_on
from dispatch.services.partner_accounts import PARTNERS
from dispatch.services.post_prices import prices_of
from dispatch.store import audit, work
from dispatch.store.audit import Actor, Change
from dispatch.store.db import now
from dispatch.store.models import (
    Assignment,
    Batch,
    Document,
    FallbackLadder,
    PartnerAccount,
    Plan,
    PlanBatch,
    Route,
    Shipment,
)
from dispatch.store.states import born, move, move_all

NEXT_DAY = "next_day"
SHIPPED: tuple[str, ...] = (POST_COUNTER, NEXT_DAY)
ENDED = ("declined", "expired", "rejected", "cancelled")
EVENT = "fallback"
NO_COURIER = "no courier found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """Where it went, and what was passed over on the way, in words."""

    step: str
    passed_over: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Where it went, as a clerk is told."""
        where = {POST_COUNTER: "kiriman ke loket Pos", NEXT_DAY: "menunggu rencana hari berikutnya"}
        return "; ".join((where.get(self.step, f"kiriman ke mitra {self.step}"), *self.passed_over))


def decide(session: Session, office: str, steps: Sequence[str], *, valid_from: date, by: Actor) -> FallbackLadder:
    """The office's ladder from a day on: partners in their order, then perhaps the post; the next day ends it."""
    wanted = [step for step in steps if step != NEXT_DAY]
    known = (*PARTNERS, POST_COUNTER)
    if any(step not in known for step in wanted) or len(set(wanted)) != len(wanted):
        raise Invalid(fields=[FieldError("steps", f"pilih masing-masing sekali dari {', '.join(known)}")])
    audit.begin(session, office)
    if valid_from < today(session, calendar_of(session, office)):
        raise Invalid(fields=[FieldError("valid_from", "urutan baru berlaku paling cepat mulai hari ini")])
    earlier = session.scalar(
        select(func.max(FallbackLadder.revision)).where(
            FallbackLadder.office == office, FallbackLadder.valid_from == valid_from
        )
    )
    row = FallbackLadder(
        office=office,
        valid_from=valid_from,
        revision=(earlier or 0) + 1,
        steps=[*wanted, NEXT_DAY],
        decided_by=str(by),
        decided_at=now(session),
    )
    session.add(row)
    session.flush()
    return row


def steps_on(session: Session, office: str, day: date) -> Sequence[str]:
    """The steps after the office's own couriers on a day."""
    found = session.scalars(
        select(FallbackLadder)
        .where(FallbackLadder.office == office, FallbackLadder.valid_from <= day)
        .order_by(FallbackLadder.valid_from.desc(), FallbackLadder.revision.desc())
    ).first()
    return SHIPPED if found is None else tuple(found.steps)


def history(session: Session, office: str) -> Sequence[FallbackLadder]:
    """Every ladder that was decided, the latest first."""
    return session.scalars(
        select(FallbackLadder)
        .where(FallbackLadder.office == office)
        .order_by(FallbackLadder.valid_from.desc(), FallbackLadder.revision.desc())
    ).all()


def decline_route(session: Session, office: str, route_id: str, *, why: str, by: Actor) -> Fall:
    """Its rider will not come: the offer ends, and what the route would have brought goes down the ladder."""
    audit.begin(session, office)
    route = assignment.route_of(session, office, route_id)
    offer = assignment.live_assignment(session, route)
    if route.state != "planned" or offer is None or offer.partner != OJEK_LINK or offer.state != "offered":
        raise Conflict(f"route {route.id} is {route.state}; only one that waits for its rider can be declined")
    move(session, offer, "declined", by=by, why=why)
    return fall(session, offer, by=by, why=why)


def fall(session: Session, offer: Assignment, *, by: Actor, why: str) -> Fall:
    """The offer ended without being carried: give its route or shipment to the next step that can be paid."""
    if offer.state not in ENDED:
        raise Conflict(f"the order {offer.reference} is {offer.state}; it may still be carried")
    head = audit.begin(session, offer.office)
    if offer.route_id is not None:
        done = _route_falls(session, session.get_one(Route, offer.route_id), by=by, why=why)
    else:
        done = _shipment_falls(session, session.get_one(Shipment, offer.shipment_id), by=by, why=why)
    said = "; ".join((why, *done.passed_over))[:200]
    change = Change(
        subject_kind=EVENT, subject_id=offer.id, version=1, from_state="", to_state=done.step[:20], why=said
    )
    audit.append(session, head, [change], by=by, at=now(session))
    return done


def give_up_waiting(session: Session, offer: Assignment) -> bool:
    """The partner finds no courier for a shipment: where the office decided a ladder, its order is called off first.

    Only the partner's word that it is cancelled lets the shipment fall, so that nobody carries it twice."""
    shipment = None if offer.shipment_id is None else session.get_one(Shipment, offer.shipment_id)
    if shipment is None or shipment.state != "planned" or offer.state != "accepted":
        return False
    if not history(session, offer.office):
        return False
    offer.call_off_why = offer.call_off_why or NO_COURIER
    work.want(session, "call_off", offer.id, office=offer.office)
    return True


def _shipment_falls(session: Session, shipment: Shipment, *, by: Actor, why: str) -> Fall:
    if shipment.state != "planned" or assignment.live_assignment(session, shipment) is not None:
        raise Conflict(f"shipment {shipment.id} is {shipment.state} or ordered from somebody else")
    plan = session.get_one(Plan, shipment.plan_id)
    ended = select(Assignment.partner).where(Assignment.shipment_id == shipment.id, Assignment.state.in_(ENDED))
    tried = set(session.scalars(ended)) - {POST_COUNTER}  # the counter refuses nobody
    passed: list[str] = []
    for step in steps_on(session, shipment.office, plan.service_date):
        if step == NEXT_DAY:
            break
        if step in tried or not _is_usable(session, shipment.office, step):
            continue
        lacks = _lacks(session, [shipment], step, plan)
        if lacks:
            passed.append(f"{step}: {lacks}")
            continue
        _offer(session, [shipment], step, by=by)
        return Fall(step=step, passed_over=tuple(passed))
    assignment.cancel_shipment(session, shipment.office, shipment.id, by=by, why=why)
    return Fall(step=NEXT_DAY, passed_over=tuple(passed))


def _route_falls(session: Session, route: Route, *, by: Actor, why: str) -> Fall:
    if route.state != "planned" or assignment.live_assignment(session, route) is not None:
        raise Conflict(f"route {route.id} is {route.state} or ordered from somebody else")
    plan = session.get_one(Plan, route.plan_id)
    batches = assignment.batches_of_route(session, route)
    prices = _prices(session, plan, batches)
    passed: list[str] = []
    for step in steps_on(session, route.office, plan.service_date):
        if step == NEXT_DAY:
            break
        if not _is_usable(session, route.office, step):
            continue
        wished = [
            Shipment(office=route.office, plan_id=plan.id, batch_id=batch.id, partner=step, rupiah=prices[batch.id])
            for batch in batches
        ]
        lacks = _lacks(session, wished, step, plan)
        if lacks:
            passed.append(f"{step}: {lacks}")
            continue
        _end_route(session, route, by=by, why=why)
        born(session, wished, "planned", by=by)
        _now_by_post(session, plan, prices)
        _offer(session, wished, step, by=by)
        return Fall(step=step, passed_over=tuple(passed))
    assignment.cancel_route(session, route.office, route.id, by=by, why=why)
    return Fall(step=NEXT_DAY, passed_over=tuple(passed))


def _is_usable(session: Session, office: str, step: str) -> bool:
    if step == POST_COUNTER:
        return True
    account = select(PartnerAccount.id).where(
        PartnerAccount.office == office, PartnerAccount.partner == step, PartnerAccount.is_active
    )
    return session.scalar(account) is not None


def _lacks(session: Session, shipments: Sequence[Shipment], step: str, plan: Plan) -> str:
    """What the budget lacks for this step, in words; empty when it can be paid."""
    if not has_budget(session, plan.office, plan.service_date.year):
        return ""
    with session.no_autoflush:
        channel = channel_of(step)
        return short_of(
            session, [charge_for(session, shipment, channel=channel, fare=shipment.rupiah) for shipment in shipments]
        )


def _offer(session: Session, shipments: Sequence[Shipment], step: str, *, by: Actor) -> None:
    if step == POST_COUNTER:
        assignment.to_the_post(session, shipments, by=by)
        return
    at = now(session)
    offers = [
        Assignment(
            office=shipment.office,
            shipment_id=shipment.id,
            partner=step,
            reference=assignment.new_reference(),
            rupiah=shipment.rupiah,
            created_at=at,
        )
        for shipment in shipments
    ]
    for shipment in shipments:
        shipment.partner = step
    born(session, offers, "offered", by=by)
    move_all(session, offers, "intent", by=by)
    for offer in offers:
        work.want(session, "book", offer.id, office=offer.office)


def _end_route(session: Session, route: Route, *, by: Actor, why: str) -> None:
    """The route itself is over; its batches stay in the plan, as shipments."""
    revoke_courier_link(session, route, by=by)
    move(session, route, "cancelled", by=by, why=why)
    move_all(session, assignment.stops_of(session, route), "skipped", by=by, why=why)


def _now_by_post(session: Session, plan: Plan, prices: dict[str, int]) -> None:
    rows = session.scalars(
        select(PlanBatch).where(PlanBatch.plan_id == plan.id, PlanBatch.batch_id.in_(prices), PlanBatch.is_live)
    )
    for row in rows:
        row.outcome, row.rupiah = "post", prices[row.batch_id]
    session.flush()


def _prices(session: Session, plan: Plan, batches: Sequence[Batch]) -> dict[str, int]:
    """What a parcel of each batch costs by the tariff of the day."""
    tariff = prices_of(tariff_on(session, plan.office, plan.service_date))
    wanted = {(batch.depot_id, batch.village_code) for batch in batches}
    ways = ways_from_depots(session, plan.office, plan.service_date, wanted)
    urgent = set(
        session.scalars(
            select(Document.batch_id).where(
                Document.office == plan.office, Document.is_urgent, Document.batch_id.in_([b.id for b in batches])
            )
        )
    )
    return {
        batch.id: tariff.of(
            batch.documents,
            ways[batch.depot_id, batch.village_code],
            is_home=batch.destination == "home",
            is_urgent=batch.id in urgent,
        )
        for batch in batches
    }
