"""The office's calendar: a month day by day, opening and closing days, hours, and Ramadan as decreed."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Line, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import calendar, calendar_changes, hours, month
from dispatch.store.models import CalendarChange

Day = Annotated[date, Field(strict=False)]
Place = Annotated[str, Field(max_length=16)]


class MonthQuery(BaseModel):
    """Which month (any day of it, 2026-09-01), by default this one."""

    model_config = ConfigDict(extra="forbid")

    month: date | None = None


class DayOut(Shape):
    """One day. `counter` and `desks`: [start, end] in seconds after local midnight; empty: closed.

    `desks_open`: whether village offices receive; on a day of weekend service mostly not. `cap`: queue numbers."""

    day: date
    is_open: bool
    desks_open: bool
    is_own: bool
    why: str
    counter: list[list[int]]
    desks: list[list[int]]
    is_ramadan: bool
    booked: int
    cap: int
    elsewhere: list[str]


class ChangeOut(Shape):
    """Who opened or closed which days, when and why. `place` empty: the whole office."""

    id: str
    place: str
    first_day: date
    last_day: date
    weekdays: list[int]
    verdict: str
    desks_open: bool
    why: str
    decided_by: str
    decided_at: datetime


class Month(Shape):
    """A month and every change of the calendar, the newest first."""

    days: list[DayOut]
    changes: list[ChangeOut]


class DaysForm(Form):
    """Open or close the days from `first_day` to `last_day`, or give them back to the public calendar ("usual").

    `weekdays` (0: Monday … 6: Sunday) picks some of them. `desks_open`: village offices receive on them, too.
    `place`: a depot's id or a village's code, when only that place differs."""

    first_day: Day
    last_day: Day
    verdict: Literal["open", "closed", "usual"]
    why: Line
    weekdays: Annotated[list[Int], Field(max_length=7)] = Field(default_factory=list)
    desks_open: bool = False
    place: Place = ""


class HoursForm(Form):
    """Hours from a day on. `place`: "counter", "desks" (all village offices), a depot's id or a village's code.

    `hours`: weekday "0" (Monday) … "6" → [[start, end], …] in seconds after local midnight. `season`: "ramadan" for
    its days only."""

    place: Annotated[str, Field(min_length=1, max_length=16)]
    first_day: Day
    last_day: Day | None = None
    season: Literal["", "ramadan"] = ""
    hours: Annotated[dict[str, list[list[Int]]], Field(max_length=7)]
    why: Line


class RamadanForm(Form):
    """Ramadan as decreed, in place of the computed days."""

    first_day: Day
    last_day: Day
    why: Line


class HoursOut(Shape):
    """A decision about hours."""

    id: str
    revision: int
    place: str
    season: str
    first_day: date
    last_day: date | None
    hours: dict[str, list[list[int]]]
    why: str
    decided_by: str
    decided_at: datetime


@api.get("/calendar")
@api.input(MonthQuery, location="query")
@api.output(Month)
@reads
def get_month(session: Session, query_data: MonthQuery) -> Month:
    """A month day by day: open or closed and why, hours, queue numbers given out."""
    office = current_office()
    day = query_data.month or calendar.today(session, calendar.calendar_of(session, office))
    return Month(
        days=[DayOut.model_validate(_plain(one)) for one in month.month_of(session, office, day)],
        changes=[ChangeOut.model_validate(row) for row in calendar_changes.history(session, office)],
    )


@api.post("/calendar/days")
@api.input(DaysForm)
@api.output(ChangeOut, status_code=201)
@changes
def change_days(session: Session, json_data: DaysForm) -> Answer:
    """Open or close days: one Sunday, a month of weekends, one print point for a week."""
    row: CalendarChange = calendar_changes.decide_days(
        session,
        current_office(),
        calendar_changes.NewDays(
            first_day=json_data.first_day,
            last_day=json_data.last_day,
            verdict=json_data.verdict,
            why=json_data.why,
            weekdays=frozenset(json_data.weekdays),
            desks_open=json_data.desks_open,
            place=json_data.place,
        ),
        by=current_actor(),
    )
    return Answer(ChangeOut.model_validate(row), status=201)


@api.post("/calendar/hours")
@api.input(HoursForm)
@api.output(HoursOut, status_code=201)
@changes
def change_hours(session: Session, json_data: HoursForm) -> Answer:
    """Other hours from a day on, for the counter, a print point, all village offices or one."""
    row = hours.decide_hours(session, current_office(), hours.NewHours(**json_data.model_dump()), by=current_actor())
    return Answer(HoursOut.model_validate(row), status=201)


@api.post("/calendar/ramadan")
@api.input(RamadanForm)
@api.output(Month, status_code=201)
@changes
def correct_ramadan(session: Session, json_data: RamadanForm) -> Answer:
    """Ramadan as decreed; answers with its first month."""
    office = current_office()
    hours.correct_ramadan(session, office, json_data.first_day, json_data.last_day, json_data.why, by=current_actor())
    days = [DayOut.model_validate(_plain(one)) for one in month.month_of(session, office, json_data.first_day)]
    return Answer(Month(days=days, changes=[]), status=201)


def _plain(one: month.OneDay) -> dict[str, object]:
    plain = {name: getattr(one, name) for name in DayOut.model_fields}
    return plain | {
        "counter": [list(span) for span in one.counter],
        "desks": [list(span) for span in one.desks],
        "elsewhere": list(one.elsewhere),
    }
