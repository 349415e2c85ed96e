"""Routes on their day over HTTP: how they stand, a stop off, a batch on, a courier who cannot go on."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.routes import Why
from dispatch.api.schemas import Form, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import day_routes, plan_view
from dispatch.services.assignment import route_of
from dispatch.services.day_live import live_routes
from dispatch.services.plan_shapes import PlanSummary
from dispatch.store.models import Plan, Route


class LiveShape(Shape):
    """How a route stands, reckoned from what was confirmed last. Seconds after local midnight.

    `arrivals`: stop → when it will be reached; `closed`: those whose desk will be closed by then."""

    route_id: str
    state: str
    last_at: datetime | None
    late_s: int
    back_s: int | None
    arrivals: dict[str, int]
    closed: list[str]


class AddedBatch(Form):
    """A sealed batch to take along."""

    batch_id: RowId


class ChangedRoute(Shape):
    """A route after it was changed."""

    id: str
    state: str
    version: int
    documents: int
    metres: int
    leaves_s: int
    returns_s: int
    fare: int


@api.get("/routes/<route_id>/live")
@api.output(LiveShape)
@reads
def route_live(session: Session, route_id: str) -> LiveShape:
    """When the rest of a route will be reached, and how late it is."""
    route = route_of(session, current_office(), route_id)
    found = live_routes(session, runtime().files, session.get_one(Plan, route.plan_id), [route])[route.id]
    return LiveShape(
        route_id=route.id,
        state=route.state,
        last_at=found.last_at,
        late_s=found.late_s,
        back_s=found.back_s,
        arrivals=dict(found.arrivals),
        closed=sorted(found.closed),
    )


@api.post("/stops/<stop_id>/take-off")
@api.input(Why)
@api.output(ChangedRoute)
@changes
def take_off_stop(session: Session, stop_id: str, json_data: Why) -> Answer:
    """Take a stop off a route that has not left; the last one cancels the route."""
    route = day_routes.take_off(
        session, runtime().files, current_office(), stop_id, why=json_data.reason, by=current_actor()
    )
    return _changed(session, route)


@api.post("/routes/<route_id>/batches")
@api.input(AddedBatch)
@api.output(ChangedRoute)
@changes
def add_to_route(session: Session, route_id: str, json_data: AddedBatch) -> Answer:
    """Add a sealed batch to a route that has not left, where it costs least."""
    files = runtime().files
    day_routes.add_batch(session, files, current_office(), route_id, json_data.batch_id, by=current_actor())
    return _changed(session, route_of(session, current_office(), route_id))


@api.post("/routes/<route_id>/breakdown")
@api.input(Why)
@api.output(ChangedRoute)
@changes
def report_breakdown(session: Session, route_id: str, json_data: Why) -> Answer:
    """A courier cannot go on: a case says what is in the bag. Nothing changes hands until the office counts it in."""
    route = day_routes.report_breakdown(session, current_office(), route_id, why=json_data.reason, by=current_actor())
    return _changed(session, route)


@api.post("/routes/<route_id>/plan-again")
@api.output(PlanSummary, status_code=202)
@changes
def plan_route_again(session: Session, route_id: str) -> Answer:
    """Seal what came back from a route and ask for a plan that replaces the old one; the driven part stays there."""
    plan = day_routes.plan_again(session, current_office(), route_id, by=current_actor())
    session.flush()
    headers = {"Location": f"/api/v1/plans/{plan.id}", "ETag": f'"{plan.version}"'}
    return Answer(plan_view.summary(session, plan), 202, headers)


def _changed(session: Session, route: Route) -> Answer:
    session.flush()
    return Answer(ChangedRoute.model_validate(route))
