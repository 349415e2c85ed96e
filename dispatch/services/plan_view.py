"""A plan as people and programs see it: routes with their stops, what goes by post, what waits, and what it costs.

The shapes are in `plan_shapes`; here they are read from the database.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from dispatch.services.desks import VILLAGE_OFFICE
from dispatch.services.offices import rules_on
from dispatch.services.places import place_words
from dispatch.services.plan_shapes import (
    BatchView,
    DepotView,
    LeftOut,
    PlanSummary,
    PlanView,
    ProgressPoint,
    RouteView,
    StopView,
    Totals,
    ViolationView,
)
from dispatch.services.plan_standing import UNKNOWN, Standing, standing
from dispatch.services.plan_words import advice_of, named, violation_words
from dispatch.store.models import (
    Batch,
    Courier,
    Depot,
    Plan,
    PlanBatch,
    PlanEdit,
    Route,
    Shipment,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.models.common import Json

type InVillage = Row[PlanBatch, Batch, Village, str]  # the last is the shipment's id, None where it does not ship


def summary(session: Session, plan: Plan) -> PlanSummary:
    """A plan in one line."""
    return summaries(session, [plan])[0]


def summaries(session: Session, plans: Sequence[Plan]) -> list[PlanSummary]:
    """Plans (of one office) in one line each."""
    counts = _counts(session, plans)
    return [PlanSummary(**_facts(plan), totals=_totals(plan, counts[plan.id])) for plan in plans]


def latest_plans(
    session: Session,
    office: str,
    *,
    state: str = "",
    service_date: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Sequence[Plan]:
    """The office's plans, the newest first."""
    query = select(Plan).where(Plan.office == office).order_by(Plan.requested_at.desc(), Plan.id)
    if state:
        query = query.where(Plan.state == state)
    if service_date is not None:
        query = query.where(Plan.service_date == service_date)
    return session.scalars(query.limit(limit).offset(offset)).all()


def view(session: Session, plan: Plan) -> PlanView:
    """Everything about one plan."""
    batches = _batches(session, plan)
    depots = session.scalars(
        select(Depot).where(Depot.office == plan.office, Depot.id.in_(plan.depot_ids)).order_by(Depot.name)
    )
    progress = [ProgressPoint.model_validate(point) for point in plan.progress or ()]
    stands = standing(plan)
    routes = _routes(session, plan, stands)
    return PlanView(
        **_facts(plan),
        totals=_totals(plan, _counts(session, [plan])[plan.id]),
        progress=progress,
        seconds_left=_seconds_left(plan, progress),
        is_editable=plan.state == "solved" and plan.draft is not None and bool(plan.matrix_sha),
        edits=_edits(session, plan),
        violations=_violations(session, plan, stands, routes),
        depots=[DepotView.model_validate(depot) for depot in depots],
        courier_ids=plan.courier_ids,
        routes=routes,
        post=_left_out(batches, "post", stands),
        waiting=_left_out(batches, "wait", stands),
        unassigned=_left_out(batches, "unassigned", stands),
        undecided=_left_out(batches, "", stands),
    )


def _edits(session: Session, plan: Plan) -> int:
    """How many edits of the plan still count."""
    mine = (PlanEdit.office == plan.office, PlanEdit.plan_id == plan.id, PlanEdit.undone_at.is_(None))
    return session.scalar(select(func.count()).select_from(PlanEdit).where(*mine)) or 0


def _violations(
    session: Session, plan: Plan, stands: Mapping[str, Standing], routes: Sequence[RouteView]
) -> list[ViolationView]:
    if not plan.violations:
        return []
    words = named(session, plan)
    allowed = rules_on(session, plan.office, plan.service_date).may_exceed
    number = {route.courier_id: route.number for route in routes}
    place = {batch_id: stands[batch_id].stop_id for batch_id in stands}
    stop_of = {place.get(stop.batches[0].id): stop.id for route in routes for stop in route.stops if stop.batches}
    return [
        ViolationView(
            code=one["code"],
            sentence=violation_words(one, words),
            route=number.get(one["vehicle_id"]),
            stop_id=stop_of.get(one["stop_id"]),
            is_allowed=one["code"] in allowed,
        )
        for one in plan.violations
    ]


def _facts(plan: Plan) -> Json:
    return {
        "id": plan.id,
        "state": plan.state,
        "version": plan.version,
        "service_date": plan.service_date,
        "requested_at": plan.requested_at,
        "seconds_allowed": plan.seconds_allowed,
        "with_post": plan.with_post,
        "look_ahead": plan.look_ahead,
        "stop_early": plan.stop_early,
        "failure": plan.failure,
        "travel_source": plan.travel_source,
    }


def _seconds_left(plan: Plan, progress: Sequence[ProgressPoint]) -> int | None:
    """By the search's own clock: the time a job waits for a worker is not the search's."""
    if plan.state != "requested":
        return None
    return max(0, round(plan.seconds_allowed - (progress[-1].seconds if progress else 0)))


@dataclass(frozen=True, slots=True)
class _Count:
    batches: int
    documents: int


type _Counts = Mapping[str, _Count]


def _counts(session: Session, plans: Sequence[Plan]) -> Mapping[str, _Counts]:
    """Plan → outcome → batches and documents."""
    rows = session.execute(
        select(PlanBatch.plan_id, PlanBatch.outcome, func.count(), func.sum(Batch.documents))
        .join(Batch, Batch.id == PlanBatch.batch_id)
        .where(PlanBatch.plan_id.in_([plan.id for plan in plans]))
        .group_by(PlanBatch.plan_id, PlanBatch.outcome)
    )
    counts: dict[str, dict[str, _Count]] = defaultdict(dict)
    for plan_id, outcome, batches, documents in rows:
        counts[plan_id][outcome] = _Count(batches, int(documents))
    return counts


def _totals(plan: Plan, counts: _Counts) -> Totals:
    def documents(outcome: str) -> int:
        return counts[outcome].documents if outcome in counts else 0

    return Totals(
        cost=plan.cost,
        ojek=plan.ojek_rupiah,
        post=plan.post_rupiah,
        waiting=plan.waiting_rupiah,
        all_post=plan.all_post_rupiah,
        batches=sum(count.batches for count in counts.values()),
        documents=sum(count.documents for count in counts.values()),
        documents_on_routes=documents("route"),
        documents_by_post=documents("post"),
        documents_waiting=documents("wait"),
        documents_unassigned=documents("unassigned"),
    )


def _batches(session: Session, plan: Plan) -> Sequence[InVillage]:
    shipped = (Shipment.batch_id == Batch.id) & (Shipment.plan_id == plan.id)
    return session.execute(
        select(PlanBatch, Batch, Village, Shipment.id)
        .join(Batch, Batch.id == PlanBatch.batch_id)
        .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .outerjoin(Shipment, shipped)
        .where(PlanBatch.office == plan.office, PlanBatch.plan_id == plan.id)
        .order_by(Batch.village_code, Batch.code)
    ).all()


def _left_out(rows: Sequence[InVillage], outcome: str, stands: Mapping[str, Standing]) -> list[LeftOut]:
    return [
        LeftOut(
            batch_id=batch.id,
            code=batch.code,
            village_code=village.code,
            village=village.name,
            district=village.district,
            lat=village.lat,
            lon=village.lon,
            documents=batch.documents,
            rupiah=row.rupiah,
            reason=row.reason,
            shipment_id=shipment_id,
            can_be_visited=batch.id in stands and stands[batch.id].is_in_problem,
            advice=advice_of(row.reason),
        )
        for row, batch, village, shipment_id in rows
        if row.outcome == outcome
    ]


def _routes(session: Session, plan: Plan, stands: Mapping[str, Standing]) -> list[RouteView]:
    rows = session.execute(
        select(Route, Courier.name)
        .join(Courier, Courier.id == Route.courier_id)
        .where(Route.office == plan.office, Route.plan_id == plan.id)
        .order_by(Route.number)
    ).all()
    stops = _stops(session, plan, stands)
    return [
        RouteView(
            id=route.id,
            number=route.number,
            state=route.state,
            version=route.version,
            courier_id=route.courier_id,
            courier=courier,
            depot_id=route.depot_id,
            leaves_s=route.leaves_s,
            returns_s=route.returns_s,
            metres=route.metres,
            documents=route.documents,
            fare=route.fare,
            line=route.line,
            stops=stops[route.id],
        )
        for route, courier in rows
    ]


def _stops(session: Session, plan: Plan, stands: Mapping[str, Standing]) -> Mapping[str, list[StopView]]:
    """Route → its stops in order."""
    carried: dict[str, list[BatchView]] = defaultdict(list)
    for stop_id, batch in session.execute(
        select(StopBatch.stop_id, Batch)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .join(Route, Route.id == Stop.route_id)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .where(Route.office == plan.office, Route.plan_id == plan.id)
        .order_by(Batch.code)
    ):
        carried[stop_id].append(
            BatchView(id=batch.id, code=batch.code, destination=batch.destination, documents=batch.documents)
        )
    rows = session.execute(
        select(Stop, Village)
        .join(Route, Route.id == Stop.route_id)
        .join(Village, (Village.office == Stop.office) & (Village.code == Stop.village_code))
        .where(Route.office == plan.office, Route.plan_id == plan.id)
        .order_by(Stop.position)
    )
    stops: dict[str, list[StopView]] = defaultdict(list)
    for stop, village in rows:
        stops[stop.route_id].append(_stop(stop, village, carried[stop.id], stands))
    return stops


def _stop(stop: Stop, village: Village, batches: list[BatchView], stands: Mapping[str, Standing]) -> StopView:
    stand = stands.get(batches[0].id, UNKNOWN) if batches else UNKNOWN
    return StopView(
        id=stop.id,
        position=stop.position,
        state=stop.state,
        place=place_words(batches[0].destination if batches else VILLAGE_OFFICE, village),
        village_code=village.code,
        village=village.name,
        district=village.district,
        lat=stop.lat,
        lon=stop.lon,
        arrival_s=stop.arrival_s,
        departure_s=stop.departure_s,
        metres=stop.metres,
        adds=stop.adds,
        post=stand.post,
        waiting=stand.waiting,
        pin=stand.pin,
        windows=stand.windows,
        documents=sum(batch.documents for batch in batches),
        batches=batches,
    )
