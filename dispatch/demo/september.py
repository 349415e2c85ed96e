"""September 2016 in Blitar, planned with what the reports say: weekends open, jemput bola to the far south, a backlog.

The office of that month is made anew, its clock stands at the end of August 2016, and everything is asked of the same
services an office uses today: the calendar, the backlog plan, the tours of the two service cars.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.clock import SetClock
from dispatch.demo.stage import OFFICE, RIDERS, clear
from dispatch.jobs import perform_due
from dispatch.runtime import Runtime
from dispatch.services import backlog, calendar_changes, offices, outreach, tours, village_work
from dispatch.services.backlog import Wish
from dispatch.services.calendar import calendar_of
from dispatch.services.calendar_changes import NewDays
from dispatch.services.desks import KECAMATAN
from dispatch.services.hours import hours_of, seconds
from dispatch.services.offices import rules_on
from dispatch.services.roads import estimate_of
from dispatch.settings import Settings
from dispatch.store import schema
from dispatch.store.audit import SYSTEM
from dispatch.store.models import BacklogPlan, Depot, Rules, Tariff, TourPlan, Village
from dispatch.store.models.common import Json
from dispatch.store.privacy import KeyRing
from maps.gazetteer import gazetteer
from routing.model import Point

EVE = datetime(2016, 8, 31, 1, 0, tzinfo=UTC)
FIRST, LAST = date(2016, 9, 1), date(2016, 9, 30)
UNRECORDED, UNPRINTED, A_DAY = 120_000, 18_000, 400
FAR = ("Wonotirto", "Bakung")
PER_PERSON_S = 240
CARS, TOUR_DAYS, TOUR_SECONDS = 2, 20, 8
ORIGIN = date(2016, 1, 1)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class September:
    """What was found out, as lines that can be said."""

    calendar: Sequence[str]
    backlog: Sequence[str]
    recording: Sequence[str]
    far: Sequence[str]
    tours: Sequence[str]

    @property
    def certain(self) -> Sequence[str]:
        """What comes out the same on every machine; tours are searched for seconds, so they may differ."""
        return [*self.calendar, *self.backlog, *self.recording, *self.far]


def live(home: Path, say: Say, *, tour_seconds: int = TOUR_SECONDS) -> September:
    """Plan the month in a fresh office at `home` and say what was found."""
    clear(home)
    settings = Settings(home=home)
    KeyRing.new().save(settings.key_file)
    runtime = Runtime.from_settings(settings, SetClock(EVE))
    schema.upgrade(runtime.db)
    try:
        return _live(runtime, say, tour_seconds)
    finally:
        runtime.db.close()


def _live(runtime: Runtime, say: Say, tour_seconds: int) -> September:
    with runtime.db.transaction() as session:
        _office(session)
        weekdays = _service_days(session)
        usual = _ask(session, "Senin sampai Jumat")
    perform_due(runtime)
    with runtime.db.transaction() as session:
        weekends = NewDays(
            first_day=FIRST, last_day=LAST, weekdays=frozenset({5, 6}), verdict="open", why="Perekaman KTP-el"
        )
        calendar_changes.decide_days(session, OFFICE, weekends, by=SYSTEM)
        days = _service_days(session)
        opened = _ask(session, "Akhir pekan dibuka")
        plan_id = tours.request(
            session, OFFICE, first_day=FIRST, days=TOUR_DAYS, terms=tours.Terms(), seconds=tour_seconds, by=SYSTEM
        ).id
    perform_due(runtime)
    with runtime.db.reading() as session:
        found = September(
            calendar=[
                f"{weekdays} working days in September 2016 (Idul Adha falls on Monday the 12th)",
                f"{days} with Saturdays and Sundays open, village offices closed on {days - weekdays} of them",
            ],
            backlog=[
                _burnt("Monday to Friday", _answer(session, usual)),
                _burnt("weekends of September open", _answer(session, opened)),
                _what_binds(_answer(session, opened)),
            ],
            recording=_recording(session, days),
            far=_far(session),
            tours=_tours(session.get_one(TourPlan, plan_id)),
        )
    for line in (*found.certain, *found.tours):
        say(line)
    return found


def _office(session: Session) -> None:
    """Blitar as it was: the rules and prices shipped today hold from 2016 on, two service cars, six riders."""
    offices.set_up(session, OFFICE, gazetteer())
    for table in (Rules, Tariff):
        session.execute(update(table).where(table.office == OFFICE).values(valid_from=ORIGIN))
    for number, name in enumerate(RIDERS, start=1):
        offices.add_courier(session, OFFICE, name=f"Pak {name}", phone=f"08120000100{number}")
    for number in range(1, CARS + 1):
        outreach.add_vehicle(session, OFFICE, name=f"Mobil {number}", crew_lead=f"Petugas {number}")
    villages = _villages(session)
    shares = backlog.spread(UNRECORDED, [1] * len(villages))
    south = [(v, share) for v, share in zip(villages, shares, strict=True) if v.district in FAR]
    lines = [f"{village.code},{share}" for village, share in south]
    village_work.set_work(session, OFFICE, "\n".join(lines), by=SYSTEM)


def _villages(session: Session) -> Sequence[Village]:
    return session.scalars(
        select(Village).where(Village.office == OFFICE, Village.kind != KECAMATAN).order_by(Village.code)
    ).all()


def _service_days(session: Session) -> int:
    calendar = calendar_of(session, OFFICE)
    return calendar.working_days_between(date(2016, 8, 31), LAST)


def _ask(session: Session, name: str) -> str:
    wish = Wish(name=name, backlog=UNPRINTED, start=FIRST, quota=A_DAY, unlimited_blanks=True)
    return backlog.request(session, OFFICE, wish, by=SYSTEM).id


def _answer(session: Session, plan_id: str) -> Json:
    answer = session.get_one(BacklogPlan, plan_id).answer
    assert answer is not None
    return answer


def _burnt(name: str, answer: Json) -> str:
    return (
        f"18,000 cards at 400 a day, {name}: printed on {answer['printed_on'][1]} "
        f"(working day {answer['printed_working_days'][1]}), with their villages on {answer['done_on'][1]}"
    )


def _what_binds(answer: Json) -> str:
    sooner = {one["change"]: one["days_sooner"] for one in answer["what_ifs"]}
    return (
        f"what binds is the {answer['binding']}; "
        f"sooner by {sooner['quota_100']} days with a hundred prints a day more, by "
        f"{sooner['weekends']} with all weekends open until the end, by {sooner['one_courier']} with one courier more"
    )


def _recording(session: Session, days: int) -> Sequence[str]:
    """What the target of one month asks for, in sets that record and hours that there are."""
    calendar, hours = calendar_of(session, OFFICE), hours_of(session, OFFICE, FIRST)
    open_s = [
        seconds(hours.counter(day)) for day in (date(2016, 9, n) for n in range(1, 31)) if calendar.is_working_day(day)
    ]
    a_set = sum(open_s) // PER_PERSON_S
    return [
        f"120,000 people in {days} days are {-(-UNRECORDED // days):,} a day; at 400 a day they take "
        f"{UNRECORDED // A_DAY} working days",
        f"one recording set at 4 minutes a person serves {a_set:,} people in these {days} days: "
        f"{-(-UNRECORDED // a_set)} sets would be needed at all places together",
    ]


def _far(session: Session) -> Sequence[str]:
    """Which kecamatan are far by computed travel, and where the two of the reports stand among all."""
    villages = _villages(session)
    depot = session.scalars(select(Depot).where(Depot.office == OFFICE)).first()
    assert depot is not None
    points = [Point(lat=depot.lat, lon=depot.lon), *(Point(lat=v.lat, lon=v.lon) for v in villages)]
    ways = estimate_of(session, rules_on(session, OFFICE, FIRST)).matrix(points, tours.PROFILE)
    far = village_work.far_districts(villages, ways)
    ranked = ", ".join(f"{name} {share:.2f}" for name, share in far.items())
    return [f"far by road time (times the middle village): {ranked}"]


def _tours(plan: TourPlan) -> Sequence[str]:
    lines = []
    for answer in plan.answers or ():
        lines.append(
            f"{answer['vehicles']} cars on {TOUR_DAYS} days in Wonotirto and Bakung: {answer['people']:,} of "
            f"{answer['people'] + answer['left_people']:,} people in {answer['villages']} villages, "
            f"Rp {answer['per_person'] or 0:,} each"
        )
    return lines
