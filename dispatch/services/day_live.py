"""Routes as they are driven: when the rest will be reached, reckoned from what was confirmed last.

Plans say when a stop should be reached; phones say when it was. From the last confirmation on the plan's own ways,
opening hours and service times are driven again, so that a delay meets slack and a closed door is seen in time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict
from dispatch.services.links import zone_of
from dispatch.services.plan_bench import Bench, bench_of, chosen_problem
from dispatch.store.db import now
from dispatch.store.files import FileStore
from dispatch.store.models import LoadCheck, Plan, Route, Stop, StopBatch
from dispatch.store.states import is_final
from routing.ahead import look_ahead
from routing.model import Problem

ON_TIME_S = 15 * 60
"""A courier is called late only beyond this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """How a route stands. Seconds after local midnight of its day.

    `arrivals` of the stops still to come; `closed` those whose desk will be closed by then. `late_s` is how much later
    than planned the next one is reached, 0 while that is nothing to speak of.
    """

    arrivals: Mapping[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    back_s: int | None = None
    late_s: int = 0
    last_at: datetime | None = None


def live_routes(session: Session, files: FileStore, plan: Plan, routes: Sequence[Route]) -> dict[str, Live]:
    """How these routes of one plan stand, by id."""
    under_way = [route for route in routes if route.state == "under_way"]
    known = {route.id: Live(last_at=_last_word(_stops(session, route))) for route in routes}
    if not under_way:
        return known
    try:
        bench = bench_of(plan, files)
    except (Conflict, FileNotFoundError):
        bench = None  # solved before plans kept their ways: the plan's own times, moved by the delay
    problem = None if bench is None else chosen_problem(bench)
    zone = zone_of(session, plan.office)
    for route in under_way:
        known[route.id] = _live(session, plan, route, bench, problem, zone)
    return known


def _live(
    session: Session, plan: Plan, route: Route, bench: Bench | None, problem: Problem | None, zone: ZoneInfo
) -> Live:
    stops = _stops(session, route)
    rest = [stop for stop in stops if not is_final("stop", stop.state)]
    visited = sorted(
        (stop for stop in stops if stop.done_at is not None), key=lambda stop: stop.done_at or now(session)
    )
    last = visited[-1] if visited else None
    clock = _seconds(plan, now(session), zone)
    left_at = _left_at(session, plan, route, last, zone)
    arrived = next((stop for stop in rest if stop.state == "arrived" and stop.arrived_at is not None), None)
    if arrived is not None:  # whoever is at a door is reached first
        rest = [arrived, *(stop for stop in rest if stop is not arrived)]
    arrivals, closed, back = _from_matrix(session, route, bench, problem, last, left_at, rest, clock)
    if arrivals is None:
        delay = max(0, left_at - (last.departure_s if last else route.leaves_s))
        arrivals = {stop.id: max(stop.arrival_s + delay, clock) for stop in rest}
        closed, back = frozenset(), route.returns_s + delay
    if arrived is not None and arrived.arrived_at is not None:
        arrivals[arrived.id] = _seconds(plan, arrived.arrived_at, zone)
    late = arrivals[rest[0].id] - rest[0].arrival_s if rest else 0
    return Live(
        arrivals=arrivals,
        closed=closed,
        back_s=back,
        late_s=late if late > ON_TIME_S else 0,
        last_at=_last_word(stops),
    )


def _from_matrix(
    session: Session,
    route: Route,
    bench: Bench | None,
    problem: Problem | None,
    last: Stop | None,
    left_at: int,
    rest: Sequence[Stop],
    clock: int,
) -> tuple[dict[str, int] | None, frozenset[str], int | None]:
    if bench is None or problem is None or all(one.id != route.courier_id for one in problem.vehicles):
        return None, frozenset(), None
    places = _places(session, bench, [*rest, *([last] if last else [])])
    if any(stop.id not in places for stop in rest) or (last is not None and last.id not in places):
        return None, frozenset(), None
    ids = {places[stop.id]: stop.id for stop in rest}
    outlook = look_ahead(
        problem, route.courier_id, places[last.id] if last else None, left_at, list(ids), not_before=clock
    )
    if outlook is None:
        return None, frozenset(), None
    arrivals = {ids[one.stop_id]: one.arrival for one in outlook.visits}
    closed = frozenset(ids[one.stop_id] for one in outlook.visits if one.start is None)
    return arrivals, closed, outlook.back


def _left_at(session: Session, plan: Plan, route: Route, last: Stop | None, zone: ZoneInfo) -> int:
    """When the courier set out for the next stop, as far as anybody knows."""
    if last is not None and last.done_at is not None:
        return _seconds(plan, last.done_at, zone)
    loaded = session.scalars(select(LoadCheck.received_at).where(LoadCheck.route_id == route.id)).first()
    # who loads early does not leave early
    return route.leaves_s if loaded is None else max(route.leaves_s, _seconds(plan, loaded, zone))


def _places(session: Session, bench: Bench, stops: Sequence[Stop]) -> dict[str, str]:
    """The problem's stop for each row, where the problem knows it."""
    place_of = {item.batch_id: spot.stop_id for spot in bench.spots.values() for item in spot.items}
    known = {stop.id for stop in bench.base.stops}
    rows = session.execute(
        select(StopBatch.stop_id, StopBatch.batch_id).where(StopBatch.stop_id.in_([stop.id for stop in stops]))
    )
    return {stop_id: place_of[batch_id] for stop_id, batch_id in rows if place_of.get(batch_id) in known}


def _stops(session: Session, route: Route) -> Sequence[Stop]:
    return session.scalars(
        select(Stop).where(Stop.office == route.office, Stop.route_id == route.id).order_by(Stop.position)
    ).all()


def _last_word(stops: Sequence[Stop]) -> datetime | None:
    told = [at for stop in stops for at in (stop.arrived_at, stop.done_at) if at is not None]
    return max(told, default=None)


def _seconds(plan: Plan, at: datetime, zone: ZoneInfo) -> int:
    """Seconds after the midnight that begins the plan's day."""
    local = at.astimezone(zone)
    days = (local.date() - plan.service_date).days
    return days * 86_400 + local.hour * 3600 + local.minute * 60 + local.second
