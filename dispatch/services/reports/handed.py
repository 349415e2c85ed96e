"""How long documents took from print to hand, and where they were meanwhile, by the trail of each.

Everything is in whole working days of the office. The legs of a document add up to its total exactly, because each is
the working days between two dates of its own trail: from its print until it leaves it is the office's, also when it
came back or was held; on the road while somebody carries it; at the desk while a village or kecamatan has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from dispatch.services.calendar import Calendar
from dispatch.services.reports.period import Period
from dispatch.store.models import Document, Event

OFFICE, ROAD, DESK = "office", "road", "desk"
LEG: Mapping[str, str] = {"out": ROAD, "returning": ROAD, "at_village": DESK}
"""What a state's time counts as; every other state is the office's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One document that reached its citizen, in working days."""

    document_id: str
    village_code: str
    promised_on: date
    delivered_on: date
    office: int
    road: int
    desk: int

    @property
    def total(self) -> int:
        """From print to hand."""
        return self.office + self.road + self.desk

    @property
    def is_on_time(self) -> bool:
        """Whether the promised day was kept."""
        return self.delivered_on <= self.promised_on


def handed(session: Session, office: str, period: Period, calendar: Calendar) -> list[Handed]:
    """Every document whose citizen received it in the period."""
    done, event = aliased(Event), aliased(Event)
    # outer joins although every row is there: SQLite then begins with the hand-overs of the period, as it should
    of_period = (
        select(Document.id, Document.village_code, Document.printed_on, Document.promised_on)
        .select_from(done)
        .outerjoin(Document, Document.id == done.subject_id)
        .where(done.office == office, done.subject_kind == "document", done.to_state == "delivered")
        .where(done.at >= period.start, done.at < period.end)
    )
    documents = {row[0]: row for row in session.execute(of_period)}
    trails = (
        select(event.subject_id, event.version, event.to_state, event.at)
        .select_from(done)
        .outerjoin(event, (event.subject_kind == "document") & (event.subject_id == done.subject_id))
        .where(done.office == office, done.subject_kind == "document", done.to_state == "delivered")
        .where(done.at >= period.start, done.at < period.end)
    )
    events = sorted(session.execute(trails), key=lambda row: (row[0], row[1]))
    count = _WorkingDays(calendar)
    return [
        _handed(documents[document_id], [(state, calendar.local_date(at)) for _, _, state, at in rows], count)
        for document_id, rows in groupby(events, key=lambda row: row[0])
    ]


def _handed(document: Sequence[object], trail: Sequence[tuple[str, date]], count: "_WorkingDays") -> Handed:
    document_id, village_code, printed_on, promised_on = document
    assert isinstance(printed_on, date)
    assert isinstance(promised_on, date)
    legs = {OFFICE: 0, ROAD: 0, DESK: 0}
    for leg, start, end in _stretches(printed_on, trail):
        legs[leg] += count.until(end) - count.until(start)
    return Handed(
        document_id=str(document_id), village_code=str(village_code), promised_on=promised_on,
        delivered_on=trail[-1][1], office=legs[OFFICE], road=legs[ROAD], desk=legs[DESK],
    )  # fmt: skip


def _stretches(printed_on: date, trail: Sequence[tuple[str, date]]) -> Iterator[tuple[str, date, date]]:
    leg, since = OFFICE, printed_on
    for state, on in trail:
        yield leg, since, on
        leg, since = LEG.get(state, OFFICE), on


class _WorkingDays:
    """How many working days lie up to a date, from a fixed day on: differences are all that is asked of it."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[date, int] = {}
        self._low = self._high = date(2000, 1, 1)

    def until(self, day: date) -> int:
        if not self._known:
            self._low = self._high = day
            self._known[day] = 0
        while self._high < day:
            following = self._high + timedelta(days=1)
            self._known[following] = self._known[self._high] + self._calendar.is_working_day(following)
            self._high = following
        while self._low > day:
            before = self._low - timedelta(days=1)
            self._known[before] = self._known[self._low] - self._calendar.is_working_day(self._low)
            self._low = before
        return self._known[day]


def rank(values: Sequence[int], share: float) -> int | None:
    """The nearest-rank percentile: the smallest value that at least this share of them does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
