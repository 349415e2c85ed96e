"""The job "plan_lines": after an edit the changed routes' ways on real roads are asked for, so that the map shows them.

Only where the plan was made on real roads. Until the answer is there the map draws straight pieces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services.planning_problem import PROFILE
from dispatch.services.roads import Roads, is_estimate
from dispatch.store import work
from dispatch.store.models import Depot, Plan, Route, Stop
from dispatch.store.work import Claim
from routing.model import Point
from routing.travel.polyline import encode


@dataclass(frozen=True, slots=True)
class Way:
    """One route's places in order, depot to depot, and the stops it had when they were read."""

    route_id: str
    stop_ids: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """The routes of a plan that show no road yet."""

    office: str
    depots: tuple[Point, ...]
    ways: tuple[Way, ...]


def want(session: Session, plan: Plan) -> None:
    """Ask for the ways, where there are roads."""
    if plan.travel_source and not is_estimate(plan.travel_source):
        work.want(session, "plan_lines", plan.id, office=plan.office)


def handle(runtime: Runtime, claim: Claim) -> None:
    """Look for routes without a line."""
    work.run(claim, load=load, act=lambda ways, _claim: lines(ways, runtime.roads), save=save, give_up=give_up)


def load(session: Session, plan_id: str) -> Ways | None:
    """What has to be asked; None when every route has its line."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state.in_(("solved", "approved"))))
    if plan is None:
        return None
    depots = {
        depot.id: Point(lat=depot.lat, lon=depot.lon)
        for depot in session.scalars(select(Depot).where(Depot.office == plan.office, Depot.id.in_(plan.depot_ids)))
    }
    routes = session.scalars(
        select(Route).where(Route.office == plan.office, Route.plan_id == plan.id, Route.line == "")
    ).all()
    ways = []
    for route in routes:
        stops = _stops(session, route)
        home = depots[route.depot_id]
        points = (home, *(Point(lat=stop.lat, lon=stop.lon) for stop in stops), home)
        ways.append(Way(route.id, tuple(stop.id for stop in stops), points))
    return Ways(plan.office, tuple(depots.values()), tuple(ways)) if ways else None


def lines(ways: Ways, roads: Roads) -> Mapping[str, str]:
    """Route → its way, where a server knows one."""
    server = roads.server_for(ways.office, ways.depots)
    if server is None:
        return {}
    return {way.route_id: encode(server.geometry(way.points, PROFILE)) for way in ways.ways}


def save(session: Session, _plan_id: str, ways: Ways, found: Mapping[str, str]) -> None:
    """Keep the lines of routes that nobody changed meanwhile."""
    for way in ways.ways:
        route = session.get(Route, way.route_id)
        if route is None or way.route_id not in found:
            continue
        if tuple(stop.id for stop in _stops(session, route)) == way.stop_ids:
            route.line = found[way.route_id]


def give_up(_session: Session, _plan_id: str, _error: str) -> None:
    """The map keeps its straight pieces."""


def _stops(session: Session, route: Route) -> Sequence[Stop]:
    return session.scalars(
        select(Stop).where(Stop.office == route.office, Stop.route_id == route.id).order_by(Stop.position)
    ).all()
