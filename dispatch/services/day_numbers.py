"""The numbers of one day on one screen: people, prints, blanks, and what the day's promises look like."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services import blanks, printing, promises
from dispatch.services.calendar import Calendar, calendar_of, today
from dispatch.services.hours import Spans, hours_of
from dispatch.services.quotas import Terms, grants_on, quota_on
from dispatch.store.models import (
    Appointment,
    BlankDelivery,
    BlankTransfer,
    Depot,
    Document,
    Event,
    Printer,
    PrintRun,
    UrgentGrant,
)

_KEPT_OVER = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One print point on one day. `makes` None: no printer was named, so the quota alone holds."""

    id: str
    name: str
    hours: Spans
    makes: int | None
    set_to_print: int
    printed: int
    waiting: int
    printing: int
    printers: Sequence[Printer]
    blanks: Sequence[tuple[str, int]]
    """Blank → pieces there."""
    runs: Sequence[PrintRun]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumbers:
    """What a day takes and took."""

    day: date
    is_open: bool
    why: str
    quota: Terms
    booked: int
    came: int
    by_channel: dict[str, int]
    """How the holders of the documents that became ready that day came to the office."""
    grants: Sequence[UrgentGrant]
    points: Sequence[Point]
    coming: Sequence[BlankDelivery]
    on_the_way: Sequence[BlankTransfer]
    waiting: int
    days_of_blanks: int | None
    """Working days for which the blanks last at the day's quota; None: no blanks are counted here."""
    kept: promises.Kept
    untold: int

    @property
    def missed(self) -> int:
        """Numbers whose holder did not come (so far)."""
        return self.booked - self.came


def numbers_of(session: Session, office: str, day: date) -> DayNumbers:
    """The numbers of one day."""
    calendar = calendar_of(session, office)
    quota = quota_on(session, office, day)
    booked = session.execute(
        select(func.count(), func.count(Appointment.came_at)).where(
            Appointment.office == office, Appointment.day == day, Appointment.cancelled_at.is_(None)
        )
    ).one()
    points = _points(session, office, calendar, day)
    waiting = sum(point.waiting for point in points)
    pieces = sum(count for point in points for _, count in point.blanks)
    counted = any(point.blanks for point in points)
    return DayNumbers(
        day=day,
        is_open=calendar.is_working_day(day),
        why=calendar.why_closed(day),
        quota=quota,
        booked=booked[0],
        came=booked[1],
        by_channel=_channels(session, office, day),
        grants=grants_on(session, office, day),
        points=points,
        coming=blanks.announced(session, office),
        on_the_way=blanks.on_the_way(session, office),
        waiting=waiting,
        days_of_blanks=pieces // max(1, quota.prints_per_day) if counted else None,
        kept=kept_lately(session, office),
        untold=len(promises.untold(session, office)),
    )


def kept_lately(session: Session, office: str) -> promises.Kept:
    """Promises that fell due in the last four weeks."""
    calendar = calendar_of(session, office)
    this_day = today(session, calendar)
    return promises.kept(session, office, calendar, this_day - _KEPT_OVER, this_day)


def _points(session: Session, office: str, calendar: Calendar, day: date) -> list[Point]:
    depots = session.scalars(select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name)).all()
    printers, hours = printing.printers_of(session, office), hours_of(session, office, day)
    taken, runs = printing.taken_on(session, office, day), printing.open_runs(session, office)
    stock = blanks.stock(session, office)
    states = session.execute(
        select(Document.depot_id, Document.state, func.count())
        .where(Document.office == office, Document.state.in_(printing.UNPRINTED))
        .group_by(Document.depot_id, Document.state)
    )
    held: Counter[tuple[str, str]] = Counter({(depot, state): count for depot, state, count in states})
    printed = _printed(session, office, calendar, day)
    return [
        Point(
            id=depot.id,
            name=depot.name,
            hours=hours.print_point(depot.id, day) if calendar.prints_at(depot.id, day) else (),
            makes=printing.cards_on(printers, calendar, hours, depot.id, day),
            set_to_print=taken[depot.id],
            printed=printed[depot.id],
            waiting=held[depot.id, printing.WAITING],
            printing=held[depot.id, printing.PRINTING],
            printers=[printer for printer in printers if printer.depot_id == depot.id],
            blanks=[(blank, stock[depot.id, blank]) for blank in blanks.BLANKS if (depot.id, blank) in stock],
            runs=[run for run in runs if run.depot_id == depot.id],
        )
        for depot in depots
    ]


def _printed(session: Session, office: str, calendar: Calendar, day: date) -> Counter[str]:
    start, end = _bounds(calendar, day)
    rows = session.execute(
        select(Document.depot_id, func.count())
        .join(Event, (Event.subject_kind == "document") & (Event.subject_id == Document.id))
        .where(Event.office == office, Event.from_state == printing.PRINTING, Event.to_state == "ready")
        .where(Event.at >= start, Event.at < end)
        .group_by(Document.depot_id)
    )
    return Counter(dict(rows.all()))


def _channels(session: Session, office: str, day: date) -> dict[str, int]:
    rows = session.execute(
        select(Document.channel, func.count())
        .where(Document.office == office, Document.printed_on == day, Document.state.not_in(printing.UNPRINTED))
        .group_by(Document.channel)
    )
    return dict(rows.all())


def _bounds(calendar: Calendar, day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time(), calendar.zone)
    return start, start + timedelta(days=1)
