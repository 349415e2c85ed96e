"""A plan from its request to its approval. Finding the routes is a job (`planning_solve`).

A plan reserves its batches (sealed → planned) until it is approved or discarded, so that no two plans ever hold the
same one; whoever asks second finds fewer batches, or none.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.assignment import offer_plan
from dispatch.services.calendar import Calendar, calendar_of, short_date, today
from dispatch.services.commitments import refuse_short
from dispatch.services.offices import rules_on
from dispatch.services.planning_days import MOST_DAYS
from dispatch.services.planning_time import refuse_seconds, seconds_for
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Batch, Courier, Depot, Plan, PlanBatch, Route, Shipment, Stop
from dispatch.store.states import born, move, move_all

FARTHEST = timedelta(days=60)  # beyond this nobody knows the calendar
TRIES = 3


def request_plan(
    session: Session,
    office: str,
    *,
    service_date: date,
    seconds: int | None = None,
    by: Actor,
    depot_ids: Sequence[str] = (),
    courier_ids: Sequence[str] = (),
    with_post: bool = True,
    look_ahead: int = 0,
) -> Plan:
    """Reserve the sealed batches of these depots (none named: all) for one service date and ask for routes.

    Without named couriers everyone who starts at these depots and has no route that day yet may ride. Without seconds
    the number of batches says how long is searched. `look_ahead`: so many coming working days are weighed, too."""
    _refuse_look_ahead(look_ahead)
    if seconds is not None:
        refuse_seconds(seconds)
    audit.begin(session, office)  # taken first: of two requests for the same batches one comes second
    calendar = calendar_of(session, office)
    _refuse_day(calendar, today(session, calendar), service_date)
    depots = _depots(session, office, depot_ids)
    batches = _sealed_batches(session, office, depots)
    couriers = _couriers(session, office, service_date, depots, courier_ids)
    plan = Plan(
        office=office,
        service_date=service_date,
        requested_by=str(by),
        requested_at=now(session),
        seconds_allowed=seconds_for(len(batches)) if seconds is None else seconds,
        depot_ids=depots,
        courier_ids=couriers,
        with_post=with_post,
        look_ahead=look_ahead,
    )
    born(session, [plan], "requested", by=by)
    move_all(session, batches, "planned", by=by, why=f"plan {plan.id}")
    session.add_all(PlanBatch(office=office, plan_id=plan.id, batch_id=batch.id) for batch in batches)
    work.want(session, "solve", plan.id, office=office, max_attempts=TRIES)
    return plan


def stop_early(session: Session, plan: Plan) -> None:
    """Ask the search to stop and use the best plan it has found."""
    if plan.state != "requested":
        raise Conflict(f"plan {plan.id} is {plan.state}; nothing is searched for it")
    plan.stop_early = True  # read by the search about once a second, and by one that has yet to begin


def retry(session: Session, plan: Plan, *, by: Actor) -> None:
    """Search again for a plan that failed; it has kept its batches."""
    calendar = calendar_of(session, plan.office)
    _refuse_day(calendar, today(session, calendar), plan.service_date)
    move(session, plan, "requested", by=by, why="retry")
    plan.failure, plan.progress, plan.stop_early = "", None, False
    work.want(session, "solve", plan.id, office=plan.office, max_attempts=TRIES)


def approve(session: Session, plan: Plan, *, by: Actor) -> None:
    """Fix the routes and shipments and offer them; what the plan left out is free again. Nothing changes hands yet."""
    rows = _live_rows(session, plan)
    if plan.state == "solved":
        _refuse_pointless(session, plan, rows)
        _refuse_broken(session, plan)
        refuse_short(session, plan)
    move(session, plan, "approved", by=by)
    _free(session, plan, [row for row in rows if row.outcome in ("wait", "unassigned")], by=by, why="left out")
    offer_plan(session, plan, by=by)


def discard(session: Session, plan: Plan, *, by: Actor) -> None:
    """Give all batches back and cancel what was only planned."""
    move(session, plan, "discarded", by=by)
    why = "plan discarded"
    _free(session, plan, _live_rows(session, plan), by=by, why=why)
    routes = session.scalars(select(Route).where(Route.office == plan.office, Route.plan_id == plan.id)).all()
    stops = session.scalars(
        select(Stop).where(Stop.office == plan.office, Stop.route_id.in_([route.id for route in routes]))
    ).all()
    shipments = session.scalars(
        select(Shipment).where(Shipment.office == plan.office, Shipment.plan_id == plan.id)
    ).all()
    move_all(session, stops, "skipped", by=by, why=why)
    move_all(session, routes, "cancelled", by=by, why=why)
    move_all(session, shipments, "cancelled", by=by, why=why)


def plan_of(session: Session, office: str, plan_id: str) -> Plan:
    """One plan of the office."""
    found = session.scalar(select(Plan).where(Plan.office == office, Plan.id == plan_id))
    if found is None:
        raise NotFound(f"there is no plan {plan_id}")
    return found


def busy_couriers(session: Session, office: str, day: date) -> set[str]:
    """Who rides on this day already, or may have to because a plan is still undecided."""
    riding = session.scalars(
        select(Route.courier_id)
        .join(Plan, Plan.id == Route.plan_id)
        .where(Plan.office == office, Plan.service_date == day, Route.state != "cancelled")
    )
    undecided = session.scalars(
        select(Plan.courier_ids).where(
            Plan.office == office, Plan.service_date == day, Plan.state.in_(["requested", "failed"])
        )
    )
    return {*riding, *(courier_id for ids in undecided for courier_id in ids)}


def _refuse_look_ahead(days: int) -> None:
    if not 0 <= days <= MOST_DAYS:
        reason = say("0 sampai %(most)s hari kerja", most=MOST_DAYS)
        raise Invalid(fields=[FieldError("look_ahead", reason)])


def _refuse_day(calendar: Calendar, this_day: date, service_date: date) -> None:
    if service_date < this_day:
        reason = f"{short_date(service_date)} sudah lewat"
    elif service_date > this_day + FARTHEST:
        reason = f"paling jauh {FARTHEST.days} hari ke depan"
    elif not calendar.is_working_day(service_date):
        reason = f"{short_date(service_date)} bukan hari kerja: {calendar.why_closed(service_date)}"
    else:
        return
    raise Invalid(fields=[FieldError("service_date", reason)])


def _refuse_pointless(session: Session, plan: Plan, rows: Sequence[PlanBatch]) -> None:
    if plan.service_date < today(session, calendar_of(session, plan.office)):
        raise Invalid(fields=[FieldError("service_date", "tanggal layanan sudah lewat; buang rencana ini")])
    if not any(row.outcome in ("route", "post") for row in rows):
        reason = "semua batch menunggu atau tidak terlayani; buang rencana ini"
        raise Invalid(fields=[FieldError("plan", reason)])


def _refuse_broken(session: Session, plan: Plan) -> None:
    """An edited plan that exceeds a limit is no plan, unless the office's rules let it."""
    codes = {str(one["code"]) for one in plan.violations or ()}
    beyond = codes - set(rules_on(session, plan.office, plan.service_date).may_exceed)
    if beyond:
        reason = "rencana melewati batas; perbaiki rute yang ditandai atau batalkan perubahannya"
        raise Invalid(", ".join(sorted(beyond)), fields=[FieldError("plan", reason)])


def _depots(session: Session, office: str, wanted: Sequence[str]) -> list[str]:
    known = session.scalars(
        select(Depot.id).where(Depot.office == office, Depot.is_active).order_by(Depot.name, Depot.id)
    ).all()
    _refuse_unknown("depot_ids", "tempat berangkat tidak dikenal atau tidak aktif", wanted, known)
    chosen = [depot_id for depot_id in known if not wanted or depot_id in wanted]
    if not chosen:
        raise Invalid(fields=[FieldError("depot_ids", "kantor ini belum punya tempat berangkat yang aktif")])
    return chosen


def _sealed_batches(session: Session, office: str, depots: Collection[str]) -> Sequence[Batch]:
    batches = session.scalars(
        select(Batch)
        .where(Batch.office == office, Batch.state == "sealed", Batch.depot_id.in_(depots))
        .order_by(Batch.code)
    ).all()
    if not batches:
        reason = "belum ada batch yang siap direncanakan; rilis batch dahulu"
        raise Invalid(fields=[FieldError("depot_ids", reason)])
    return batches


def _couriers(session: Session, office: str, day: date, depots: Collection[str], wanted: Sequence[str]) -> list[str]:
    known = session.scalars(
        select(Courier.id)
        .where(Courier.office == office, Courier.is_active, Courier.depot_id.in_(depots))
        .order_by(Courier.name, Courier.id)
    ).all()
    _refuse_unknown("courier_ids", "kurir tidak dikenal, tidak aktif, atau berangkat dari tempat lain", wanted, known)
    busy = busy_couriers(session, office, day)
    if any(courier_id in busy for courier_id in wanted):
        raise Invalid(
            fields=[FieldError("courier_ids", say("kurir sudah punya rencana pada %(date)s", date=short_date(day)))]
        )
    chosen = [one for one in known if one not in busy and (not wanted or one in wanted)]
    if not chosen:
        raise Invalid(
            fields=[FieldError("courier_ids", say("tidak ada kurir yang bebas pada %(date)s", date=short_date(day)))]
        )
    return chosen


def _refuse_unknown(field: str, reason: str, wanted: Collection[str], known: Collection[str]) -> None:
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise Invalid(fields=[FieldError(field, say("%(unknown)s: %(reason)s", unknown=unknown[0], reason=reason))])


def _live_rows(session: Session, plan: Plan) -> Sequence[PlanBatch]:
    return session.scalars(
        select(PlanBatch).where(PlanBatch.office == plan.office, PlanBatch.plan_id == plan.id, PlanBatch.is_live)
    ).all()


def _free(session: Session, plan: Plan, rows: Sequence[PlanBatch], *, by: Actor, why: str) -> None:
    batches = session.scalars(
        select(Batch).where(Batch.office == plan.office, Batch.id.in_([row.batch_id for row in rows]))
    ).all()
    for row in rows:
        row.is_live = False
    move_all(session, batches, "sealed", by=by, why=why)
