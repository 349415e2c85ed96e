"""The office's days: Eid with its joint leave, an open Sunday, year ends, three time zones."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import NotFound
from dispatch.services import calendar
from dispatch.services.calendar import Calendar, OfficeDay, calendar_of
from dispatch.store.models import CalendarDay
from tests.databases import OFFICE, OTHER_OFFICE


@pytest.fixture
def days(session) -> Calendar:
    return calendar_of(session, OFFICE)


def test_joint_leave_around_eid_is_not_worked(days):
    """Friday 20 and Monday 23, Tuesday 24 March 2026 are joint leave, not public holidays."""
    assert [d for d in range(16, 28) if days.is_working_day(date(2026, 3, d))] == [16, 17, 25, 26, 27]
    assert days.add_working_days(date(2026, 3, 17), 1) == date(2026, 3, 25)
    assert days.why_closed(date(2026, 3, 23)) == "Cuti Bersama Hari Raya Idul Fitri"


def test_ages_are_counted_in_working_days(days):
    """From Wednesday 18 to Tuesday 24 November: Thursday, Friday, Monday, Tuesday."""
    assert days.working_days_between(date(2026, 11, 18), date(2026, 11, 24)) == 4
    assert days.working_days_between(date(2026, 11, 24), date(2026, 11, 24)) == 0
    assert days.working_days_between(date(2026, 11, 24), date(2026, 11, 18)) == 0


def test_counting_forward_and_measuring_agree(days):
    for day in (date(2026, 3, 13), date(2026, 12, 23), date(2026, 11, 21)):
        for count in range(12):
            assert days.working_days_between(day, days.add_working_days(day, count)) == count


def test_an_office_opens_on_a_sunday_and_closes_on_a_tuesday(session):
    """A month of weekend service in one office, a ceremony; the neighbour keeps the public calendar."""
    session.add(CalendarDay(office=OFFICE, day=date(2026, 11, 29), is_open=True, note="Layanan akhir pekan"))
    session.add(CalendarDay(office=OFFICE, day=date(2026, 12, 1), is_open=False, note="Hari jadi kabupaten"))
    session.flush()
    own, neighbour = calendar_of(session, OFFICE), calendar_of(session, OTHER_OFFICE)

    assert own.add_working_days(date(2026, 11, 27), 3) == date(2026, 12, 2)
    assert neighbour.add_working_days(date(2026, 11, 27), 3) == date(2026, 12, 2)
    assert own.add_working_days(date(2026, 11, 27), 1) == date(2026, 11, 29)
    assert neighbour.add_working_days(date(2026, 11, 27), 1) == date(2026, 11, 30)
    assert own.why_closed(date(2026, 12, 1)) == "Hari jadi kabupaten"
    assert neighbour.why_closed(date(2026, 12, 1)) == ""
    assert neighbour.why_closed(date(2026, 11, 29)) == "hari Minggu"


def test_the_year_ends_with_christmas_and_new_year(days):
    """Christmas Eve is joint leave in 2026; then a weekend; then New Year on a Friday."""
    assert days.add_working_days(date(2026, 12, 23), 1) == date(2026, 12, 28)
    assert days.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert days.working_days_between(date(2026, 12, 23), date(2027, 1, 4)) == 5


def test_the_day_belongs_to_the_office(days):
    """One instant is two dates in Indonesia; a promise counts from the office's own."""
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)

    assert days.local_date(late) == date(2026, 11, 24)
    assert Calendar(ZoneInfo("Asia/Jayapura"), {}).local_date(late) == date(2026, 11, 25)


def test_a_promise_is_five_working_days_after_the_print(session, days):
    assert calendar.promised_day(session, OFFICE, days, date(2026, 11, 18)) == date(2026, 11, 25)
    assert calendar.promised_day(session, OFFICE, days, date(2026, 3, 17)) == date(2026, 3, 31)


def test_an_office_that_never_opens_is_an_error(days):
    closed = {date.fromordinal(date(2026, 11, 24).toordinal() + n): OfficeDay(is_open=False) for n in range(200)}

    with pytest.raises(ValueError, match="no working day within"):
        Calendar(days.zone, closed).add_working_days(date(2026, 11, 24), 1)


def test_an_unknown_office_has_no_calendar(session):
    with pytest.raises(NotFound):
        calendar_of(session, "99.99")


def test_dates_read_as_people_write_them():
    assert calendar.short_date(date(2026, 11, 24)) == "Sel 24 Nov 2026"
