"""What carrying cost in a period, beside what three other ways would have cost: by the same tariffs, day by day.

Other ways: every document its own ojek order (one way from the depot, as an ojek online charges it); everything by the
post; own couriers on the same routes (as many people as the busiest day had routes, paid for every working day of the
period, plus each km), the rest by post as it was. What an own courier costs is part of the dated tariff.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.services.commitments import LIVE, channel_of
from dispatch.services.offices import rules_on, tariff_on
from dispatch.services.planning_problem import PROFILE
from dispatch.services.post_prices import prices_of
from dispatch.services.roads import estimate_of
from dispatch.services.tariffs import rounding_of
from dispatch.store.models import (
    Assignment,
    Batch,
    Depot,
    Document,
    Plan,
    Route,
    Shipment,
    Stop,
    StopBatch,
    Tariff,
    Village,
)
from routing import model
from routing.fare import fare


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way of carrying: how many documents it took and what it cost, rounding included."""

    name: str
    documents: int
    orders: int
    rupiah: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A period: what it cost, and what the same documents would have cost otherwise. `people`: own couriers needed."""

    start: date
    end: date
    documents: int
    channels: Sequence[Channel]
    actual: int
    single_orders: int
    all_post: int
    hired: int
    people: int

    @property
    def per_document(self) -> int:
        return round(self.actual / self.documents) if self.documents else 0


@dataclass(frozen=True, slots=True)
class _Carried:
    """One batch that somebody carries or carried."""

    day: date
    channel: str
    batch: Batch
    is_urgent: bool


def compare(session: Session, office: str, start: date, end: date) -> Comparison:
    """Actual cost of everything carried on the service dates of a period, and the three other ways."""
    orders = _orders(session, office, start, end)
    carried = _carried(session, office, start, end)
    metres = ways_from_depots(session, office, end, {(one.batch.depot_id, one.batch.village_code) for one in carried})
    tariffs: dict[date, Tariff] = {}
    for day in {one.day for one in carried} | {day for day, _, _ in orders}:
        tariffs[day] = tariff_on(session, office, day)
    documents = Counter[str]()
    single = posted = 0
    post_of: dict[str, int] = defaultdict(int)
    for one in carried:
        tariff = tariffs[one.day]
        way = metres[one.batch.depot_id, one.batch.village_code]
        documents[one.channel] += one.batch.documents
        alone = fare(_paid(tariff), way, 1, 0)
        single += one.batch.documents * (alone + rounding_of(tariff, alone))
        price = prices_of(tariff).of(
            one.batch.documents, way, is_home=one.batch.destination == "home", is_urgent=one.is_urgent
        )
        posted += price
        post_of[one.channel] += price
    people, hired = _hired(session, office, start, end, orders, tariffs)
    channels = [
        Channel(
            name=name,
            documents=documents[name],
            orders=sum(channel_of(offer.partner) == name for _, offer, _ in orders),
            rupiah=sum(offer.rupiah + offer.rounding for _, offer, _ in orders if channel_of(offer.partner) == name),
        )
        for name in ("ojek", "post", "partner")
    ]
    return Comparison(
        start=start,
        end=end,
        documents=sum(documents.values()),
        channels=channels,
        actual=sum(channel.rupiah for channel in channels),
        single_orders=single,
        all_post=posted,
        hired=hired + sum(channel.rupiah for channel in channels if channel.name != "ojek"),
        people=people,
    )


def _orders(session: Session, office: str, start: date, end: date) -> Sequence[tuple[date, Assignment, int]]:
    """Service date, offer and metres of its route, of everything that is or was carried for money."""
    rows = session.execute(
        select(Plan.service_date, Assignment, Route.metres)
        .outerjoin(Route, Route.id == Assignment.route_id)
        .outerjoin(Shipment, Shipment.id == Assignment.shipment_id)
        .join(Plan, or_(Plan.id == Route.plan_id, Plan.id == Shipment.plan_id))
        .where(Assignment.office == office, Assignment.state.in_((*LIVE, "finished")))
        .where(Plan.service_date >= start, Plan.service_date <= end)
    )
    return [(day, offer, metres or 0) for day, offer, metres in rows]


def _carried(session: Session, office: str, start: date, end: date) -> Sequence[_Carried]:
    live = Assignment.state.in_((*LIVE, "finished"))
    by_route = (
        select(Plan.service_date, Assignment.partner, Batch)
        .join(Route, Route.plan_id == Plan.id)
        .join(Assignment, Assignment.route_id == Route.id)
        .join(Stop, Stop.route_id == Route.id)
        .join(StopBatch, StopBatch.stop_id == Stop.id)
        .join(Batch, Batch.id == StopBatch.batch_id)
    )
    by_post = (
        select(Plan.service_date, Assignment.partner, Batch)
        .join(Shipment, Shipment.plan_id == Plan.id)
        .join(Assignment, Assignment.shipment_id == Shipment.id)
        .join(Batch, Batch.id == Shipment.batch_id)
    )
    period = (Plan.office == office, Plan.service_date >= start, Plan.service_date <= end, live)
    rows = [row for asked in (by_route, by_post) for row in session.execute(asked.where(*period)).all()]
    urgent = set(
        session.scalars(select(Document.batch_id).where(Document.office == office, Document.is_urgent).distinct())
    )
    return [_Carried(day, channel_of(partner), batch, batch.id in urgent) for day, partner, batch in rows]


def ways_from_depots(
    session: Session, office: str, on: date, wanted: set[tuple[str, str]]
) -> Mapping[tuple[str, str], int]:
    """The way from each depot to each village, by the office's estimate."""
    depots = {one.id: one for one in session.scalars(select(Depot).where(Depot.office == office))}
    codes = sorted({code for _, code in wanted})
    found = session.scalars(select(Village).where(Village.office == office, Village.code.in_(codes)))
    villages = {one.code: one for one in found}
    travel = estimate_of(session, rules_on(session, office, on))
    ways: dict[tuple[str, str], int] = {}
    for depot_id in sorted({depot_id for depot_id, _ in wanted}):
        depot = depots[depot_id]
        points = [model.Point(lat=villages[code].lat, lon=villages[code].lon) for code in codes]
        matrix = travel.matrix([model.Point(lat=depot.lat, lon=depot.lon), *points], PROFILE)
        ways |= {(depot_id, code): int(matrix.metres[0, n]) for n, code in enumerate(codes, start=1)}
    return ways


def _hired(
    session: Session,
    office: str,
    start: date,
    end: date,
    orders: Sequence[tuple[date, Assignment, int]],
    tariffs: Mapping[date, Tariff],
) -> tuple[int, int]:
    """How many own couriers the routes need, and what they cost in the period."""
    ridden = [(day, metres) for day, offer, metres in orders if offer.route_id is not None]
    if not ridden:
        return 0, 0
    people = max(Counter(day for day, _ in ridden).values())
    tariff = tariff_on(session, office, max(day for day, _ in ridden))
    calendar = calendar_of(session, office)
    days = calendar.working_days_between(start, end) + calendar.is_working_day(start)
    pay = round(people * tariff.hired_month * days / tariff.hired_days)
    return people, pay + sum(round(metres * tariffs[day].hired_per_km / 1000) for day, metres in ridden)


def _paid(tariff: Tariff) -> model.Tariff:
    """A single order's tariff: one way, nobody pays the ride home."""
    return model.Tariff(
        base_fare=tariff.base_fare,
        base_metres=tariff.base_metres,
        per_km=tariff.per_km,
        per_stop=tariff.per_stop,
        platform_fee_bp=tariff.platform_fee_bp,
        return_paid=False,
    )
