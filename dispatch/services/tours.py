"""Where the service cars go on some days: villages as prizes, cars on days as vehicles, one routing problem.

A person served in the village is spared the journey to the office and back, by the same travel that plans the tours;
that journey is the price of leaving the village out. So a far village with the same work is worth more, and nobody
marks it by hand. A village with more people than one visit can serve is several visits, each worth its own people.

`question_of` reads rows into values (in a transaction), `build` and `answer` work on them alone, `accept` makes the
mobile services of a chosen answer. Seconds after local midnight, metres, rupiah.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import outreach
from dispatch.services.calendar import calendar_of, today
from dispatch.services.offices import rules_on
from dispatch.services.outreach import NewOutreach
from dispatch.services.pasaran import is_market_day
from dispatch.services.roads import estimate_of
from dispatch.services.village_work import Work, waiting_work
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Depot, Outreach, OutreachPlace, TourPlan
from dispatch.store.models.common import Json
from dispatch.store.states import born, move
from routing import model
from routing.model import UNREACHABLE, LeaveOut, Matrix, Point, Problem, Solution, Tariff, Vehicle, Window
from routing.travel.base import TravelModel

PROFILE = "motorbike"
MOST_DAYS, MOST_SECONDS, MOST_VEHICLES = 20, 120, 20
ROOM = 100_000  # people in a day: a car is full when its day is


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what tours are weighed. `stop_s`: the longest visit's service; `setup_s`: unloading and packing at each place.

    A citizen's journey costs fuel per kilometre and time per hour, there and back; a vulnerable person, who mostly
    cannot make it at all, counts as several.
    """

    leaves_s: int = 7 * 3600 + 1800
    opens_s: int = 8 * 3600
    closes_s: int = 14 * 3600
    returns_s: int = 15 * 3600 + 1800
    setup_s: int = 1800
    service_s: int = 240
    handover_s: int = 30
    stop_s: int = 6 * 3600
    printers: int = 1
    least_people: int = 10
    longest_days: int = 10
    citizen_per_km: int = 500
    citizen_per_hour: int = 10_000
    person: int = 5_000
    vulnerable: int = 3
    car_per_km: int = 3_000
    car_per_day: int = 300_000

    def __post_init__(self) -> None:
        wrong = [
            FieldError(field.name, say("isi 0 atau lebih")) for field in fields(self) if getattr(self, field.name) < 0
        ]
        if not self.leaves_s <= self.opens_s < self.closes_s <= self.returns_s <= 24 * 3600:
            wrong.append(FieldError("opens_s", say("jam berangkat, buka, tutup dan kembali harus berurutan")))
        if not (self.printers >= 1 and self.service_s >= 30 and self.stop_s >= self.service_s):
            wrong.append(FieldError("printers", say("paling sedikit satu printer dan 30 detik per orang")))
        if wrong:
            raise Invalid(fields=wrong)

    def people_in_a_day(self, way_s: int, documents: int) -> int:
        """How many people one visit can serve at a place so far away, with so many documents to hand over."""
        begins = max(self.opens_s, self.leaves_s + way_s)
        left = self.returns_s - way_s - begins - self.setup_s - documents * self.handover_s
        most = outreach.capacity(0, max(0, min(left, self.stop_s)), self.service_s, self.printers)
        return max(most, self.printers)  # where a day is too short for anybody the search says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a car can stand for a village. `days` None: on every day."""

    name: str
    kind: str
    lat: float
    lon: float
    days: frozenset[date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One village in the question."""

    code: str
    name: str
    district: str
    people: int
    documents: int
    vulnerable: int
    site: Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """One service car; `busy`: days on which it has a service already."""

    id: str
    name: str
    busy: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a solve needs of the office, read once."""

    plan_id: str
    office: str
    days: tuple[date, ...]
    seconds: int
    seed: int
    terms: Terms
    depot: model.Depot
    cars: tuple[Car, ...]
    villages: tuple[Waits, ...]
    estimate: TravelModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one stop of the problem stands for: so many people and documents of a village."""

    stop_id: str
    village: Waits
    people: int
    documents: int
    vulnerable: int
    value: int


def request(
    session: Session, office: str, *, first_day: date, days: int, terms: Terms, seconds: int = 20, seed: int = 1,
    by: Actor,
) -> TourPlan:  # fmt: skip
    """Ask where the office's cars should go on so many working days; the answer follows, also for one car more."""
    audit.begin(session, office)
    day = today(session, calendar_of(session, office))
    wrong = []
    if not day <= first_day <= day + timedelta(days=90):
        wrong.append(FieldError("first_day", say("pilih hari mulai hari ini, paling jauh 90 hari")))
    if not 1 <= days <= MOST_DAYS:
        wrong.append(FieldError("days", say("isi 1 sampai %(most)s hari", most=MOST_DAYS)))
    if not 1 <= seconds <= MOST_SECONDS:
        wrong.append(FieldError("seconds", say("isi 1 sampai %(most)s detik", most=MOST_SECONDS)))
    cars = outreach.vehicles_of(session, office)
    if not cars:
        wrong.append(FieldError("vehicle", say("belum ada mobil layanan")))
    if wrong:
        raise Invalid(fields=wrong)
    terms = replace(terms, printers=min(car.printers for car in cars))
    plan = TourPlan(
        office=office,
        first_day=first_day,
        days=days,
        requested_by=str(by),
        requested_at=now(session),
        seconds_allowed=seconds,
        seed=seed,
        terms=asdict(terms),
    )
    born(session, [plan], "requested", by=by)
    work.want(session, "tours", plan.id, office=office, max_attempts=3)
    return plan


def tour_plan_of(session: Session, office: str, plan_id: str) -> TourPlan:
    """One tour plan of the office."""
    found = session.scalar(select(TourPlan).where(TourPlan.office == office, TourPlan.id == plan_id))
    if found is None:
        raise NotFound(f"there is no tour plan {plan_id}")
    return found


def question_of(session: Session, plan: TourPlan) -> Question:
    """The rows a tour plan asks about as plain values."""
    calendar = calendar_of(session, plan.office)
    days = [plan.first_day] if calendar.is_working_day(plan.first_day) else []
    while len(days) < plan.days:
        days.append(calendar.add_working_days(days[-1] if days else plan.first_day, 1))
    cars = outreach.vehicles_of(session, plan.office)
    depot = session.get_one(Depot, cars[0].depot_id)
    terms = Terms(**plan.terms)
    planned = session.scalars(
        select(Outreach).where(
            Outreach.office == plan.office, Outreach.service_date >= days[0], Outreach.state.in_(outreach.WAITING)
        )
    ).all()
    promised: dict[str, int] = {}
    for one in planned:
        promised[one.village_code] = promised.get(one.village_code, 0) + one.people_planned
    return Question(
        plan_id=plan.id,
        office=plan.office,
        days=tuple(days),
        seconds=plan.seconds_allowed,
        seed=plan.seed,
        terms=terms,
        depot=model.Depot(id=depot.id, point=Point(lat=depot.lat, lon=depot.lon)),
        cars=tuple(
            Car(
                id=car.id,
                name=car.name,
                busy=frozenset(one.service_date for one in planned if one.vehicle_id == car.id),
            )
            for car in cars
        ),
        villages=tuple(_villages(session, plan.office, terms, days, promised)),
        estimate=estimate_of(session, rules_on(session, plan.office, days[0])),
    )


def with_one_more(cars: Sequence[Car]) -> tuple[Car, ...]:
    """The same cars and one that there is not yet."""
    return (*cars, Car(id="more", name="Mobil tambahan"))


def travel_points(question: Question) -> list[Point]:
    """The office first, then the villages' sites in their order."""
    return [question.depot.point, *(Point(lat=v.site.lat, lon=v.site.lon) for v in question.villages)]


def build(question: Question, ways: Matrix, cars: Sequence[Car]) -> tuple[Problem, Mapping[str, Visit]]:
    """The problem for these cars; `ways` joins the points of `travel_points`."""
    vehicles = tuple(_vehicles(question, cars))
    visits: dict[str, Visit] = {}
    stops, rows = [], [0]
    for row, village in enumerate(question.villages, start=1):
        if ways.metres[0, row] == UNREACHABLE:
            continue
        price = _journey(question.terms, int(ways.metres[0, row]), int(ways.seconds[0, row]))
        off_days = [day for day in question.days if village.site.days is not None and day not in village.site.days]
        not_with = frozenset(v.id for v in vehicles for day in off_days if v.id.endswith(f"@{day}"))
        for visit in _visits(question.terms, village, price, len(question.days), int(ways.seconds[0, row])):
            visits[visit.stop_id] = visit
            rows.append(row)
            stops.append(
                model.Stop(
                    id=visit.stop_id,
                    point=Point(lat=village.site.lat, lon=village.site.lon),
                    demand=visit.people + visit.documents,
                    service_s=_stay(question.terms, visit),
                    windows=(Window(start=question.terms.opens_s, end=question.terms.closes_s),),
                    leave_out=LeaveOut(kind="wait", rupiah=visit.value),
                    not_with=not_with,
                )
            )
    chosen = Matrix(metres=ways.metres[rows][:, rows], seconds=ways.seconds[rows][:, rows], source=ways.source)
    problem = Problem(depots=(question.depot,), stops=tuple(stops), vehicles=vehicles, matrices={PROFILE: chosen})
    return problem, visits


def told(question: Question, cars: Sequence[Car], visits: Mapping[str, Visit], solution: Solution) -> Json:
    """An answer as it is kept: tours with their stops, whom they reach, what they cost."""
    names = {car.id: car.name for car in cars}
    tours = []
    for route in solution.routes:
        car, _, day = route.vehicle_id.partition("@")
        tours.append(
            {
                "vehicle_id": car,
                "vehicle": names[car],
                "day": day,
                "leaves_s": route.leaves,
                "returns_s": route.returns,
                "metres": route.metres,
                "rupiah": route.fare,
                "stops": [_stop(visit, visits[visit.stop_id]) for visit in route.visits],
            }
        )
    tours.sort(key=lambda tour: (str(tour["day"]), str(tour["vehicle"])))
    reached = [visits[visit.stop_id] for route in solution.routes for visit in route.visits]
    people = sum(visit.people for visit in reached)
    documents = sum(visit.documents for visit in reached)
    rupiah = sum(route.fare for route in solution.routes)
    left = [visits[one.stop_id] for one in solution.unassigned]
    return {
        "vehicles": len(cars),
        "tours": tours,
        "people": people,
        "documents": documents,
        "vulnerable": sum(visit.vulnerable for visit in reached),
        "villages": len({visit.village.code for visit in reached}),
        "metres": sum(route.metres for route in solution.routes),
        "rupiah": rupiah,
        "per_person": round(rupiah / (people + documents)) if people + documents else None,
        "spared": sum(visit.value for visit in reached),
        "left_people": sum(visit.people for visit in left),
        "left_villages": len({visit.village.code for visit in left} - {visit.village.code for visit in reached}),
        "source": solution.source,
    }


def accept(session: Session, plan: TourPlan, vehicles: int, *, by: Actor) -> Sequence[Outreach]:
    """Make the mobile services of one answer and reserve what rides along. Only cars that there are can drive."""
    audit.begin(session, plan.office)
    answer = next((one for one in plan.answers or () if one["vehicles"] == vehicles), None)
    if answer is None:
        raise Conflict(f"tour plan {plan.id} has no answer for {vehicles} vehicles")
    if any(tour["vehicle_id"] == "more" for tour in answer["tours"]):
        raise Invalid(fields=[FieldError("vehicles", say("mobil tambahan ini belum ada; tambahkan dulu mobilnya"))])
    move(session, plan, "accepted", by=by, why=f"{vehicles} vehicles")
    terms = Terms(**plan.terms)
    made = []
    for tour in answer["tours"]:
        value = sum(stop["value"] for stop in tour["stops"]) or 1
        for stop in _joined(tour["stops"]):
            new = NewOutreach(
                service_date=date.fromisoformat(tour["day"]),
                village_code=stop["village_code"],
                place=stop["place"],
                place_kind=stop["kind"],
                lat=stop["lat"],
                lon=stop["lon"],
                vehicle_id=tour["vehicle_id"],
                starts_s=stop["starts_s"],
                ends_s=stop["ends_s"],
                service_s=terms.service_s,
                tour_plan_id=plan.id,
                people=stop["people"],
                metres=tour["metres"] * stop["value"] // value,
                rupiah=tour["rupiah"] * stop["value"] // value,
            )
            one = outreach.plan_outreach(session, plan.office, new, by=by)
            outreach.reserve(session, plan.office, one.id, by=by)
            made.append(one)
    return made


def discard(session: Session, plan: TourPlan, *, by: Actor) -> None:
    """None of its answers is used."""
    move(session, plan, "discarded", by=by)


def _villages(
    session: Session, office: str, terms: Terms, days: Sequence[date], promised: Mapping[str, int]
) -> Iterator[Waits]:
    """Villages with enough work, or with a document that has waited too long."""
    calendar = calendar_of(session, office)
    sites = _sites(session, office, days)
    for one in waiting_work(session, office):
        people = max(0, one.people - promised.get(one.village.code, 0))
        if not people and not one.undelivered:
            continue
        age = calendar.working_days_between(one.oldest, days[0]) if one.oldest else 0
        if people + one.undelivered < terms.least_people and age < terms.longest_days:
            continue
        yield Waits(
            code=one.village.code,
            name=one.village.name,
            district=one.village.district,
            people=people,
            documents=one.undelivered,
            vulnerable=min(one.vulnerable, people),
            site=sites.get(one.village.code) or _hall(one),
        )


def _hall(one: Work) -> Site:
    return Site(
        name=f"Balai {'Kelurahan' if one.village.kind == 'kelurahan' else 'Desa'} {one.village.name}",
        kind="balai_desa",
        lat=one.village.lat,
        lon=one.village.lon,
    )


def _sites(session: Session, office: str, days: Sequence[date]) -> Mapping[str, Site]:
    """The place of each village that knows one: its market where that is held in these days, else its first other."""
    rows = session.scalars(
        select(OutreachPlace)
        .where(OutreachPlace.office == office, OutreachPlace.is_active)
        .order_by(OutreachPlace.village_code, OutreachPlace.market_days == "", OutreachPlace.name)
    )
    found: dict[str, Site] = {}
    for row in rows:
        held = frozenset(day for day in days if is_market_day(row.market_days, day))
        if row.village_code not in found and held:
            found[row.village_code] = Site(
                name=row.name, kind=row.kind, lat=row.lat, lon=row.lon, days=held if row.market_days else None
            )
    return found


def _journey(terms: Terms, metres: int, seconds: int) -> int:
    """Rupiah a citizen is spared who need not come to the office and go home again."""
    way = 2 * metres * terms.citizen_per_km // 1000 + 2 * seconds * terms.citizen_per_hour // 3600
    return terms.person + way


def _visits(terms: Terms, village: Waits, price: int, days: int, way_s: int) -> Iterator[Visit]:
    """A village's work in visits, at most one for each day: the documents and the vulnerable with the first."""
    left, vulnerable = village.people, village.vulnerable
    at_once = terms.people_in_a_day(way_s, village.documents)
    for number in range(1, max(1, min(days, ceil(left / at_once))) + 1):
        people = min(left, at_once)
        documents = village.documents if number == 1 else 0
        frail = min(vulnerable, people)
        left, vulnerable = left - people, vulnerable - frail
        yield Visit(
            stop_id=f"{village.code}#{number}",
            village=village,
            people=people,
            documents=documents,
            vulnerable=frail,
            value=price * (people + documents + frail * max(0, terms.vulnerable - 1)),
        )


def _stay(terms: Terms, visit: Visit) -> int:
    return terms.setup_s + ceil(visit.people / terms.printers) * terms.service_s + visit.documents * terms.handover_s


def _vehicles(question: Question, cars: Sequence[Car]) -> Iterator[Vehicle]:
    terms = question.terms
    for day in question.days:
        for car in cars:
            if day not in car.busy:
                yield Vehicle(
                    id=f"{car.id}@{day}",
                    kind="service",
                    start=question.depot.id,
                    end=question.depot.id,
                    capacity=ROOM,
                    shift=Window(start=terms.leaves_s, end=terms.returns_s),
                    tariff=Tariff(base_fare=0, base_metres=0, per_km=terms.car_per_km, fixed=terms.car_per_day),
                    profile=PROFILE,
                )


def _stop(at: model.Visit, visit: Visit) -> Json:
    village = visit.village
    return {
        "village_code": village.code, "village": village.name, "district": village.district,
        "place": village.site.name, "kind": village.site.kind, "lat": village.site.lat, "lon": village.site.lon,
        "starts_s": at.start, "ends_s": at.departure, "people": visit.people, "documents": visit.documents,
        "vulnerable": visit.vulnerable, "value": visit.value,
    }  # fmt: skip


def _joined(stops: Sequence[Json]) -> list[Json]:
    """Two visits of one village after another are one service."""
    joined: list[Json] = []
    for stop in stops:
        last = joined[-1] if joined else None
        if last is not None and last["village_code"] == stop["village_code"]:
            joined[-1] = {
                **last,
                "ends_s": stop["ends_s"],
                **{name: last[name] + stop[name] for name in ("people", "documents", "vulnerable", "value")},
            }
        else:
            joined.append(dict(stop))
    return joined
