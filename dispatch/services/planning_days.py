"""A plan that looks ahead: what the coming working days are like, and which stops ride on one of them.

`ahead_of` reads plain values (in a transaction); `put_off` asks `routing.days` (in none). Only the first day is driven:
whatever rides later waits in this plan, and tomorrow's plan decides anew with what came in since.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import Calendar
from dispatch.services.desks import HOME
from dispatch.services.hours import Spans, hours_of
from dispatch.services.offices import tariff_on
from dispatch.store.models import Batch, Document, Plan, PlanBatch
from routing.days import Waiting, plan_days
from routing.model import LeaveOut, Limits, Pin, Problem, Solution, Stop, Window

MOST_DAYS = 5
"""So many working days ahead a plan may look; the promise is five."""

LOOK_BACK = timedelta(days=28)
"""What comes in for a village every day is counted over these weeks."""

type Hours = Mapping[str, tuple[Window, ...]]
"""When village offices receive on a day: under "" the usual, and those of desks that differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The coming days of a plan, its own first, as far as its stops are concerned."""

    days: tuple[date, ...]
    hours: tuple[Hours, ...]
    prices: Mapping[str, tuple[int | None, ...]]
    """Batch → rupiah of having waited until each of the days and the one after them; None: the promise is broken."""
    arriving: Mapping[str, float]
    """Village → documents that come in on a working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One batch of a stop: what it costs to have waited until each day, and to go by post (None: not wanted)."""

    prices: tuple[int | None, ...]
    post: int | None

    def left_after(self, last: int) -> int | None:
        """The price of no visit on all days up to the last: the post, or one more day; None: it has to be visited."""
        ways = [way for way in (self.prices[last + 1], self.post) if way is not None]
        return min(ways, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One stop of today's problem as the coming days see it. `windows`: when it is received on each of the days."""

    stop: Stop
    offers: tuple[Offer, ...]
    windows: tuple[tuple[Window, ...], ...]
    arriving: float


def ahead_of(session: Session, plan: Plan, calendar: Calendar, desks: set[str]) -> Ahead | None:
    """The coming days of a plan that looks ahead; None for one that does not."""
    if not plan.look_ahead:
        return None
    days = [calendar.add_working_days(plan.service_date, n) for n in range(plan.look_ahead + 2)]
    return Ahead(
        days=tuple(days[:-1]),
        hours=tuple(desk_hours(session, plan.office, calendar, day, desks) for day in days[:-1]),
        prices=_prices(session, plan, calendar, days),
        arriving=_arriving(session, plan, calendar),
    )


def desk_hours(session: Session, office: str, calendar: Calendar, day: date, desks: set[str]) -> Hours:
    """When village offices receive on a day (under ""), and those of these desks that differ from the others."""
    hours = hours_of(session, office, day)

    def windows(code: str) -> tuple[Window, ...]:
        spans: Spans = hours.desk(day, code) if calendar.desks_receive(day, code) else ()
        return tuple(Window(start=start, end=end) for start, end in spans)

    usual = windows("")
    return {"": usual} | {code: windows(code) for code in desks if windows(code) != usual}


def price_of_waiting(calendar: Calendar, next_day: date, per_document: int) -> Callable[[date], int]:
    """Print day → rupiah of one more day for one document: it grows with the square of the working days waited.

    Counted to the day on which whoever waits leaves at the earliest. Counted to today, a document printed today would
    wait for nothing, and young documents so cheaply that no route of them ever paid.
    """
    known: dict[date, int] = {}

    def price(printed_on: date) -> int:
        if printed_on not in known:
            known[printed_on] = per_document * calendar.working_days_between(printed_on, next_day) ** 2
        return known[printed_on]

    return price


def put_off(
    problem: Problem,
    candidates: Sequence[Candidate],
    limits: Limits,
    search: Callable[[Problem, Limits], Solution],
) -> tuple[Mapping[str, int], tuple[Pin, ...]]:
    """The stops that ride on a later day, and on which (1: the next), and who takes those of today: all days are
    searched as one. Today's are pinned, as against tomorrow alone they would rather wait once more, day after day."""
    waiting = [_waiting(one) for one in candidates]
    if all(one.last == 0 for one in waiting):
        return {}, ()
    found = plan_days(problem.depots, waiting, problem.vehicles, problem.matrices, limits, search)
    later = {stop: day for day, tours in enumerate(found.tours) if day for tour in tours for stop in tour.stop_ids}
    today = (Pin(stop_id=stop, vehicle_id=tour.vehicle_id) for tour in found.today for stop in tour.stop_ids)
    return later, tuple(today)


def without(problem: Problem, later: Mapping[str, LeaveOut | None]) -> Problem:
    """Today's problem in which nobody may take what rides later, for the price of waiting."""
    everybody = frozenset(vehicle.id for vehicle in problem.vehicles)
    stops = (
        replace(stop, not_with=everybody, leave_out=later[stop.id]) if stop.id in later else stop
        for stop in problem.stops
    )
    return replace(problem, stops=tuple(stops))


def _waiting(one: Candidate) -> Waiting:
    """Until which day the stop may wait: every batch keeps its promise, and the place receives on each day until then.

    One search knows one day's hours, so it takes those that hold on all of these days; the last is cut where less than
    half of today's would be left."""
    windows, last = one.windows[0], 0
    for day in range(1, len(one.windows)):
        common = _meet(windows, one.windows[day])
        if 2 * _length(common) < _length(one.windows[0]) or not common:
            break
        if any(offer.prices[day] is None for offer in one.offers):
            break
        windows, last = common, day
    left = [offer.left_after(last) for offer in one.offers]
    known = [price for price in left if price is not None]
    return Waiting(
        stop=replace(
            one.stop,
            windows=windows,
            leave_out=LeaveOut(kind="wait", rupiah=sum(known)) if len(known) == len(left) else None,
        ),
        last=last,
        prices=tuple(sum(offer.prices[day] or 0 for offer in one.offers) for day in range(len(one.windows))),
        arriving=one.arriving,
    )


def _meet(some: Sequence[Window], others: Sequence[Window]) -> tuple[Window, ...]:
    """The time that lies in both."""
    return tuple(
        Window(start=max(one.start, other.start), end=min(one.end, other.end))
        for one in some
        for other in others
        if max(one.start, other.start) < min(one.end, other.end)
    )


def _length(windows: Sequence[Window]) -> int:
    return sum(window.end - window.start for window in windows)


def _prices(
    session: Session, plan: Plan, calendar: Calendar, days: Sequence[date]
) -> Mapping[str, tuple[int | None, ...]]:
    per_document = tariff_on(session, plan.office, plan.service_date).waiting_per_document
    price_until = [price_of_waiting(calendar, day, per_document) for day in days]
    documents: dict[str, list[tuple[date, date, bool]]] = {}
    where: dict[str, tuple[str, str]] = {}
    for batch_id, destination, village, printed, promised, is_urgent in session.execute(
        select(
            Batch.id, Batch.destination, Batch.village_code, Document.printed_on, Document.promised_on,
            Document.is_urgent,
        )
        .join(PlanBatch, PlanBatch.batch_id == Batch.id)
        .join(Document, Document.batch_id == Batch.id)
        .where(PlanBatch.plan_id == plan.id, PlanBatch.is_live, Batch.office == plan.office)
    ):  # fmt: skip
        where[batch_id] = (destination, village)
        documents.setdefault(batch_id, []).append((printed, promised, is_urgent))

    def price(batch_id: str, n: int) -> int | None:
        destination, village = where[batch_id]
        leaves = days[n] if destination == HOME else calendar.desk_day(days[n], village)
        if n and any(is_urgent or promised < leaves for _, promised, is_urgent in documents[batch_id]):
            return None
        return sum(price_until[n](printed) for printed, _, _ in documents[batch_id])

    return {batch_id: tuple(price(batch_id, n) for n in range(len(days))) for batch_id in documents}


def _arriving(session: Session, plan: Plan, calendar: Calendar) -> Mapping[str, float]:
    first = plan.service_date - LOOK_BACK
    working = calendar.working_days_between(first, plan.service_date)
    rows = session.execute(
        select(Document.village_code, func.count())
        .where(Document.office == plan.office, Document.printed_on > first, Document.printed_on <= plan.service_date)
        .group_by(Document.village_code)
    )
    return {village: count / max(1, working) for village, count in rows}
