"""The rows of a plan as one routing problem: which places, which riders, and what leaving a batch out would cost.

`question_of` reads the rows into plain values (in a transaction); `build` turns them into a Problem (in none, because
travel may be asked over a network). Seconds after local midnight of the service date, metres, rupiah.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.absent import ELSEWHERE
from dispatch.services.calendar import Calendar, calendar_of
from dispatch.services.desks import HOME
from dispatch.services.offices import rules_on, tariff_on
from dispatch.services.planning_days import Ahead, Candidate, Offer, ahead_of, desk_hours, price_of_waiting
from dispatch.services.planning_homes import OUTSIDE, Leg, measured, only, place_key, with_village_legs
from dispatch.services.post_prices import PostPrices, prices_of
from dispatch.services.roads import estimate_of, pace_on
from dispatch.store.models import Batch, Courier, Depot, Document, Plan, PlanBatch, Rules, Tariff, Village
from routing import model
from routing.model import LeaveOut, Matrix, Point, Problem, Vehicle, Window
from routing.travel.base import TravelModel

PROFILE = "motorbike"
OFFICERS = frozenset({"staff"})
"""The kind of courier that brings what an officer has to bring."""

URGENT = 4  # where not all mandatory stops fit, an urgent one counts as five others


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One batch as a plan sees it. `waiting` is the price of another day; None where it must not wait."""

    batch_id: str
    code: str
    place: str
    """What batches of one stop share: the code of a desk, or a household within its village."""
    village_code: str
    depot_id: str
    documents: int
    is_urgent: bool
    waiting: int | None
    is_home: bool = False
    is_outside: bool = False
    """In another regency: the post takes it, or it waits."""
    by_officer: bool = False
    """An officer brings it, and takes time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a solve needs of the office, read once. `hours` empty: the village offices are closed that day.

    `own_hours`: those of desks that differ from the others that day; empty: closed.

    `estimate` is travel without real roads; `pace` how much longer every way takes that day than the roads say.
    """

    plan_id: str
    office: str
    service_date: date
    seconds: int
    seed: int
    with_post: bool
    stop_early: bool
    loads: tuple[Load, ...]
    points: Mapping[str, Point]
    depots: tuple[model.Depot, ...]
    vehicles: tuple[Vehicle, ...]
    hours: tuple[Window, ...]
    """When desks receive."""
    home_hours: tuple[Window, ...]
    """When homes are visited: at any time of the shift."""
    stop_s: int
    home_stop_s: int
    officer_stop_s: int
    per_document_s: int
    home_leg: Leg
    estimated: frozenset[str]
    """Homes that nobody measured: they stand at their village's point."""
    post: PostPrices
    estimate: TravelModel
    pace: float
    own_hours: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    ahead: Ahead | None = None
    """The coming days, where the plan looks at them."""

    def windows_of(self, load: Load) -> tuple[Window, ...]:
        """When a batch is received that day; empty: not at all."""
        if load.is_outside:
            return ()
        return self.home_hours if load.is_home else self.own_hours.get(load.place, self.hours)

    def point_of(self, load: Load) -> Point:
        """Where a batch is brought; a home that nobody measured stands at its village's point."""
        return self.points.get(load.place) or self.points[load.village_code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What leaving one batch out would cost: by post (None: not wanted) or by waiting (None: not allowed)."""

    post: int | None
    waiting: int | None
    all_post: int  # the post's price whether it is wanted or not, to compare plans with

    @property
    def cheapest(self) -> tuple[Literal["post", "wait"], int] | None:
        """The allowed way to leave the batch out, the post where both cost the same; None: it has to be taken."""
        if self.waiting is not None and (self.post is None or self.waiting < self.post):
            return "wait", self.waiting
        return None if self.post is None else ("post", self.post)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One stop of the problem and the batches it stands for, all of one desk or household and one depot."""

    stop_id: str
    loads: tuple[Load, ...]

    @property
    def documents(self) -> int:
        return sum(load.documents for load in self.loads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A problem and what its stops stand for. Where village offices are closed only homes are in the problem."""

    problem: Problem
    places: tuple[Place, ...]
    prices: Mapping[str, Prices]


def question_of(session: Session, plan: Plan) -> Question:
    """The rows of a plan as plain values."""
    rules = rules_on(session, plan.office, plan.service_date)
    tariff = tariff_on(session, plan.office, plan.service_date)
    calendar = calendar_of(session, plan.office)
    depots = session.scalars(
        select(Depot).where(Depot.office == plan.office, Depot.id.in_(plan.depot_ids)).order_by(Depot.name)
    )
    loads = tuple(_loads(session, plan, calendar, tariff))
    desks = {load.place for load in loads if not load.is_home}
    hours = desk_hours(session, plan.office, calendar, plan.service_date, desks)
    homes = measured(session, plan.office, [load.batch_id for load in loads if load.is_home])
    return Question(
        plan_id=plan.id,
        office=plan.office,
        service_date=plan.service_date,
        seconds=plan.seconds_allowed,
        seed=plan.seed,
        with_post=plan.with_post,
        stop_early=plan.stop_early,
        loads=loads,
        points=_points(session, plan.office, {load.village_code for load in loads}) | homes,
        depots=tuple(model.Depot(id=d.id, point=Point(lat=d.lat, lon=d.lon)) for d in depots),
        vehicles=_vehicles(session, plan, rules, tariff, has_homes=any(load.is_home for load in loads)),
        hours=hours.get("", ()),
        own_hours={place: windows for place, windows in hours.items() if place},
        home_hours=(Window(start=rules.shift_start_s, end=rules.shift_end_s),),
        stop_s=rules.stop_s,
        home_stop_s=rules.home_stop_s,
        officer_stop_s=rules.officer_stop_s,
        home_leg=Leg(rules.home_leg_metres, rules.home_leg_s),
        estimated=frozenset(load.place for load in loads if load.is_home) - set(homes),
        per_document_s=rules.per_document_s,
        post=prices_of(tariff),
        estimate=estimate_of(session, rules),
        pace=pace_on(rules, plan.service_date),
        ahead=ahead_of(session, plan, calendar, desks),
    )


def build(question: Question, travel: TravelModel) -> Built:
    """The problem for these values; asks `travel` for the ways between all places."""
    places = tuple(_places(question))
    points = [depot.point for depot in question.depots]
    ways = with_village_legs(
        travel.matrix([*points, *(question.point_of(place.loads[0]) for place in places)], PROFILE),
        ["" for _ in points] + [place.loads[0].village_code for place in places],
        [False for _ in points] + [place.loads[0].place in question.estimated for place in places],
        question.home_leg,
    )
    far = _metres_from_depot(question, places, ways)
    prices = {load.batch_id: _prices(question, load, far[place.stop_id]) for place in places for load in place.loads}
    # where the offices are closed that day, only homes are visited
    going = [n for n, place in enumerate(places) if question.windows_of(place.loads[0])]
    if len(going) < len(places):
        ways = only(ways, [*range(len(points)), *(len(points) + n for n in going)])
    problem = Problem(
        depots=question.depots,
        stops=tuple(_stop(question, places[n], prices) for n in going),
        vehicles=question.vehicles,
        matrices={PROFILE: ways},
    )
    return Built(problem=problem, places=places, prices=prices)


def candidates(question: Question, built: Built, ahead: Ahead) -> list[Candidate]:
    """Every stop of the problem as the coming days see it."""
    places = {place.stop_id: place for place in built.places}
    return [_candidate(question, built, ahead, stop, places[stop.id]) for stop in built.problem.stops]


def _candidate(question: Question, built: Built, ahead: Ahead, stop: model.Stop, place: Place) -> Candidate:
    first = place.loads[0]
    return Candidate(
        stop=stop,
        offers=tuple(
            Offer(prices=ahead.prices[load.batch_id], post=built.prices[load.batch_id].post) for load in place.loads
        ),
        windows=tuple(
            question.home_hours if first.is_home else hours.get(first.place, hours[""]) for hours in ahead.hours
        ),
        arriving=0.0 if first.is_home else ahead.arriving.get(first.village_code, 0.0),
    )


def _loads(session: Session, plan: Plan, calendar: Calendar, tariff: Tariff) -> Iterator[Load]:
    rows = session.execute(
        select(Batch, Document)
        .join(PlanBatch, PlanBatch.batch_id == Batch.id)
        .join(Document, Document.batch_id == Batch.id)
        .where(PlanBatch.plan_id == plan.id, PlanBatch.is_live, Batch.office == plan.office)
        .order_by(Batch.village_code, Batch.household, Batch.depot_id, Batch.sealed_at, Batch.code)
    )
    tomorrow = calendar.add_working_days(plan.service_date, 1)
    price_of_day = price_of_waiting(calendar, tomorrow, tariff.waiting_per_document)
    for batch, lines in groupby(rows, key=lambda row: row[0]):
        found = [document for _, document in lines]
        documents = [(d.printed_on, d.promised_on, d.is_urgent) for d in found]
        is_outside = any(d.circumstance == ELSEWHERE for d in found)
        is_urgent = any(urgent for _, _, urgent in documents)
        # whoever waits leaves on the next day that receives it at the earliest: that must still keep the promise
        next_day = tomorrow if batch.destination == HOME else calendar.desk_day(tomorrow, batch.village_code)
        may_wait = not is_urgent and all(promised >= next_day for _, promised, _ in documents)
        yield Load(
            batch_id=batch.id,
            code=batch.code,
            place=f"{OUTSIDE}{batch.id}" if is_outside else place_key(batch),
            is_outside=is_outside,
            by_officer=any(d.by_officer for d in found),
            village_code=batch.village_code,
            is_home=batch.destination == HOME,
            depot_id=batch.depot_id,
            documents=len(documents),
            is_urgent=is_urgent,
            waiting=sum(price_of_day(printed) for printed, _, _ in documents) if may_wait else None,
        )


def _points(session: Session, office: str, codes: set[str]) -> dict[str, Point]:
    rows = session.execute(
        select(Village.code, Village.lat, Village.lon).where(Village.office == office, Village.code.in_(codes))
    )
    return {code: Point(lat=lat, lon=lon) for code, lat, lon in rows}


def _vehicles(session: Session, plan: Plan, rules: Rules, tariff: Tariff, *, has_homes: bool) -> tuple[Vehicle, ...]:
    # doors are short stops, so a route that has some may have more stops; the shift still ends when it ends
    most = max(rules.max_stops, rules.home_max_stops) if has_homes else rules.max_stops
    couriers = session.scalars(
        select(Courier)
        .where(Courier.office == plan.office, Courier.id.in_(plan.courier_ids))
        .order_by(Courier.name, Courier.id)
    )
    paid = model.Tariff(
        base_fare=tariff.base_fare,
        base_metres=tariff.base_metres,
        per_km=tariff.per_km,
        per_stop=tariff.per_stop,
        per_hour=tariff.per_hour,
        platform_fee_bp=tariff.platform_fee_bp,
        return_paid=tariff.return_paid,
    )
    return tuple(
        Vehicle(
            id=courier.id,
            kind=courier.kind,
            start=courier.depot_id,
            end=courier.depot_id,
            capacity=rules.bag_documents if courier.bag_documents is None else courier.bag_documents,
            shift=Window(start=rules.shift_start_s, end=rules.shift_end_s),
            max_stops=most,
            max_metres=rules.max_metres,
            tariff=paid,
            profile=PROFILE,
        )
        for courier in couriers
    )


def _places(question: Question) -> Iterator[Place]:
    """One per desk or household and depot; more where the batches together would fill more than the largest bag."""
    for (where, depot), found in groupby(question.loads, key=lambda load: (load.place, load.depot_id)):
        room = max((v.capacity for v in question.vehicles if v.start == depot), default=0)
        for number, together in enumerate(_bagfuls(list(found), room), start=1):
            yield Place(stop_id=f"{where}@{depot}" + (f"#{number}" if number > 1 else ""), loads=tuple(together))


def _bagfuls(loads: Sequence[Load], room: int) -> Iterator[list[Load]]:
    together: list[Load] = []
    for load in loads:
        if together and sum(one.documents for one in together) + load.documents > room:
            yield together
            together = []
        together.append(load)
    yield together


def _metres_from_depot(question: Question, places: Sequence[Place], ways: Matrix) -> dict[str, int]:
    row = {depot.id: n for n, depot in enumerate(question.depots)}
    first = len(question.depots)
    return {place.stop_id: int(ways.metres[row[place.loads[0].depot_id], first + n]) for n, place in enumerate(places)}


def _prices(question: Question, load: Load, metres: int) -> Prices:
    way = None if load.is_outside else metres
    post = question.post.of(load.documents, way, is_home=load.is_home, is_urgent=load.is_urgent)
    may_go_by_post = question.with_post and not load.by_officer
    return Prices(post=post if may_go_by_post else None, waiting=load.waiting, all_post=post)


def _stop(question: Question, place: Place, prices: Mapping[str, Prices]) -> model.Stop:
    first = place.loads[0]
    return model.Stop(
        id=place.stop_id,
        point=question.point_of(first),
        demand=place.documents,
        service_s=(question.home_stop_s if first.is_home else question.stop_s)
        + question.per_document_s * place.documents
        + (question.officer_stop_s if any(load.by_officer for load in place.loads) else 0),
        kinds=OFFICERS if any(load.by_officer for load in place.loads) else None,
        windows=question.windows_of(first),
        priority=URGENT if any(load.is_urgent for load in place.loads) else 0,
        leave_out=_leave_out([prices[load.batch_id] for load in place.loads]),
        depot=first.depot_id,
    )


def _leave_out(prices: Sequence[Prices]) -> LeaveOut | None:
    """Each batch of a place goes its own cheapest way; a single one that has none makes the stop mandatory."""
    ways = [price.cheapest for price in prices]
    known = [way for way in ways if way is not None]
    if len(known) < len(ways):
        return None
    kind: Literal["post", "wait"] = "post" if any(kind == "post" for kind, _ in known) else "wait"
    return LeaveOut(kind=kind, rupiah=sum(rupiah for _, rupiah in known))
