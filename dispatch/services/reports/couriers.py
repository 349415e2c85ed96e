"""What each courier did on the period's service days: routes, distance, stops, how close to the plan, what it cost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from dispatch.services.reports.costs import carried
from dispatch.services.reports.handed import rank
from dispatch.services.reports.period import Period
from dispatch.services.reports.tries import first_tries
from dispatch.store.models import Courier, Plan, Route, Stop


@dataclass(slots=True)
class CourierWork:
    """One courier's work. `minutes`: of each stop, the first sign there less the planned arrival."""

    name: str
    routes: int = 0
    metres: int = 0
    stops: int = 0
    stops_done: int = 0
    carried: int = 0
    arrived: int = 0
    rupiah: int = 0
    tried: int = 0
    first_time: int = 0
    minutes: list[int] = field(default_factory=list)

    @property
    def late_minutes(self) -> int | None:
        """The median; negative when the courier is usually early, None where no stop was reached yet."""
        return rank(self.minutes, 0.5)


def courier_work(session: Session, office: str, period: Period) -> Sequence[CourierWork]:
    """Every courier who rode in the period, by name."""
    names = dict(session.execute(select(Courier.id, Courier.name).where(Courier.office == office)).all())
    found: dict[str, CourierWork] = defaultdict(lambda: CourierWork(name=""))
    for route_id, courier_id, metres in _routes(session, office, period):
        assert route_id
        found[courier_id].routes += 1
        found[courier_id].metres += metres
    for courier_id, minutes, is_done in _stops(session, office, period):
        work = found[courier_id]
        work.stops += 1
        work.stops_done += is_done
        if minutes is not None:
            work.minutes.append(minutes)
    for part in carried(session, office, period):
        if part.courier_id:
            work = found[part.courier_id]
            work.carried += part.carried
            work.arrived += part.arrived
            work.rupiah += part.rupiah
    for row in first_tries(session, office, period):
        if row.courier_id:
            found[row.courier_id].tried += row.documents
            found[row.courier_id].first_time += row.documents if row.arrived else 0
    for courier_id, work in found.items():
        work.name = names[courier_id]
    return sorted(found.values(), key=lambda work: work.name)


def _routes(session: Session, office: str, period: Period) -> Sequence[tuple[str, str, int]]:
    rows = session.execute(
        select(Route.id, Route.courier_id, Route.metres)
        .join(Plan, and_(Plan.office == Route.office, Plan.id == Route.plan_id))
        .where(Route.office == office, Route.state.in_(("under_way", "completed")))
        .where(Plan.service_date.between(period.first, period.last))
    )
    return [(route_id, courier_id, metres) for route_id, courier_id, metres in rows]


def _stops(session: Session, office: str, period: Period) -> Sequence[tuple[str, int | None, bool]]:
    rows = session.execute(
        select(Route.courier_id, Plan.service_date, Stop.arrival_s, Stop.arrived_at, Stop.done_at, Stop.state)
        .join(Plan, and_(Plan.office == Route.office, Plan.id == Route.plan_id))
        .join(Stop, and_(Stop.office == Route.office, Stop.route_id == Route.id))
        .where(Route.office == office, Route.state.in_(("under_way", "completed")))
        .where(Plan.service_date.between(period.first, period.last))
    )
    return [
        (courier_id, _minutes_after(day, arrival_s, arrived_at or done_at, period.zone), state == "done")
        for courier_id, day, arrival_s, arrived_at, done_at, state in rows
    ]


def _minutes_after(day: date, arrival_s: int, at: datetime | None, zone: ZoneInfo) -> int | None:
    if at is None:
        return None
    planned = datetime.combine(day, time(), zone) + timedelta(seconds=arrival_s)
    return round((at - planned).total_seconds() / 60)
