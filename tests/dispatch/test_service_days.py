"""Rows S1.1–S1.3, S3.2, S3.3, S4.1 of the domain: days, hours, queue numbers and the urgent lane."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from dispatch.errors import Conflict, Invalid
from dispatch.services import batching, calendar_changes, hours, planning, quotas
from dispatch.services.calendar import calendar_of
from dispatch.services.calendar_changes import NewDays
from dispatch.services.hours import NewHours, hours_of, seconds
from dispatch.services.intake import desk_of, settle, weigh
from dispatch.services.month import month_of
from dispatch.services.planning_problem import build, question_of
from dispatch.services.quotas import NewBooking, NewGrant
from dispatch.services.verify import verify
from dispatch.store.audit import Actor
from dispatch.store.models import Appointment, CalendarDay, Document, PlaceDay
from routing.travel.straight_line import StraightLine
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages

BUPU = Actor(kind="user", id="bupu")
SATURDAY = date(2026, 11, 28)
GAPRANG = "35.05.10.2006"


def weekends_of_september(**more: object) -> NewDays:
    """S4.1: a whole month with open Saturdays and Sundays."""
    given = {"first_day": date(2027, 9, 1), "last_day": date(2027, 9, 30), "weekdays": frozenset({5, 6})}
    return NewDays(verdict="open", why="Perekaman KTP-el", **{**given, **more})


def invited(count: int, first: int = 1) -> Sequence[NewBooking]:
    return [NewBooking(request_number=f"U-{n:04}") for n in range(first, first + count)]


def test_s4_1_a_whole_september_with_open_weekends(session):
    changed = calendar_changes.decide_days(session, OFFICE, weekends_of_september(), by=BUPU)
    own = calendar_of(session, OFFICE)

    opened = [row.day for row in session.scalars(select(CalendarDay).order_by(CalendarDay.day))]
    assert len(opened) == 8
    assert all(day.weekday() > 4 for day in opened)
    assert own.is_working_day(date(2027, 9, 4))
    assert not own.desks_receive(date(2027, 9, 4))
    assert own.desk_day(date(2027, 9, 4)) == date(2027, 9, 6)
    assert own.working_days_between(date(2027, 8, 31), date(2027, 9, 30)) == 30
    assert (changed.decided_by, changed.why) == ("user:bupu", "Perekaman KTP-el")
    # one Sunday is taken back; the word on the others stays
    sunday = NewDays(first_day=opened[1], last_day=opened[1], verdict="usual", why="petugas kurang")
    calendar_changes.decide_days(session, OFFICE, sunday, by=BUPU)
    assert not calendar_of(session, OFFICE).is_working_day(opened[1])
    assert len(calendar_changes.history(session, OFFICE)) == 2


def test_s4_1_on_an_open_saturday_only_doors_are_visited(session, clock):
    """The village offices are closed: their documents wait for Monday, homes and keyholders get theirs."""
    saturday = NewDays(first_day=SATURDAY, last_day=SATURDAY, verdict="open", why="Layanan akhir pekan")
    calendar_changes.decide_days(session, OFFICE, saturday, by=BUPU)
    home, desk = villages(session)[:2]
    for document in finished(session, home, 9):
        document.destination = "home"
    finished(session, desk, 9)
    clock.at = datetime(2026, 11, 28, 1, tzinfo=UTC)

    sealed = batching.release(session, OFFICE, by=SARI).batches
    assert {batch.village_code for batch in sealed} == {home.code}
    assert [waiting.village_code for waiting in batching.waiting_villages(session, OFFICE)] == [desk.code]
    # whoever seals by hand sees the batch left out, and it may wait although Sunday is near
    by_hand = batching.release(session, OFFICE, by=SARI, villages=[desk.code]).batches
    plan = planning.request_plan(session, OFFICE, service_date=SATURDAY, by=SARI)
    question = question_of(session, plan)
    built = build(question, StraightLine(factor=1.4, speed_kmh=30))

    assert question.hours == ()
    assert len(built.problem.stops) == 9  # nine households, no desk
    assert built.prices[by_hand[0].id].waiting is not None


def test_s4_1_days_that_are_over_and_days_without_a_reason_are_refused(session):
    with pytest.raises(Invalid) as refused:
        calendar_changes.decide_days(
            session, OFFICE, NewDays(first_day=date(2026, 11, 1), last_day=SATURDAY, verdict="open", why=" "), by=BUPU
        )

    assert {field.field for field in refused.value.fields} == {"first_day", "why"}


def test_one_village_office_closes_for_a_day(session):
    """Pelantikan in one village: its documents wait, the neighbour gets theirs."""
    closed, neighbour = villages(session)[:2]
    calendar_changes.decide_days(
        session,
        OFFICE,
        NewDays(first_day=TUESDAY, last_day=TUESDAY, verdict="closed", why="Pelantikan", place=closed.code),
        by=BUPU,
    )
    for village in (closed, neighbour):
        finished(session, village, 8)
    batching.release(session, OFFICE, by=SARI, villages=[closed.code])
    plan = planning.request_plan(session, OFFICE, service_date=TUESDAY, by=SARI)

    built = build(question_of(session, plan), StraightLine(factor=1.4, speed_kmh=30))

    assert [stop.id.partition("@")[0] for stop in built.problem.stops] == [neighbour.code]
    assert session.scalars(select(PlaceDay.place)).all() == [closed.code]


def test_hours_follow_the_decree_ramadan_and_the_office(session):
    """Perpres 21/2023: 37.5 hours a week, in Ramadan 32.5 from 08.00; the office may say otherwise from a day on."""
    found = hours_of(session, OFFICE, TUESDAY)
    week = [date(2026, 11, 23) + timedelta(days=n) for n in range(5)]
    fasting = [date(2027, 2, 15) + timedelta(days=n) for n in range(5)]

    assert sum(seconds(found.counter(day)) for day in week) == 37.5 * 3600
    assert sum(seconds(found.counter(day)) for day in fasting) == 32.5 * 3600
    assert found.counter(fasting[0])[0][0] == 8 * 3600
    assert found.desk(date(2026, 11, 27)) == ((28800, 39600), (46800, 52200))  # the Friday break

    own = {str(day): [[7 * 3600, 14 * 3600]] for day in range(5)}
    hours.decide_hours(
        session, OFFICE, NewHours(place="counter", first_day=date(2026, 12, 1), hours=own, why="uji coba"), by=BUPU
    )
    later = hours_of(session, OFFICE, TUESDAY)
    assert later.counter(TUESDAY) == found.counter(TUESDAY)
    assert later.counter(date(2026, 12, 2)) == ((25200, 50400),)
    assert later.print_point("any", date(2026, 12, 2)) == ((25200, 50400),)


def test_ramadan_is_an_estimate_that_the_office_corrects(session):
    first, last = hours.computed_ramadan(1448)
    hours.correct_ramadan(session, OFFICE, first + timedelta(days=1), last + timedelta(days=1), "Sidang isbat", by=BUPU)

    own, neighbour = hours_of(session, OFFICE, TUESDAY), hours_of(session, OTHER_OFFICE, TUESDAY)

    assert (own.is_ramadan(first), own.is_ramadan(last + timedelta(days=1))) == (False, True)
    assert (neighbour.is_ramadan(first), neighbour.is_ramadan(last + timedelta(days=1))) == (True, False)
    with pytest.raises(Invalid):
        hours.correct_ramadan(session, OFFICE, first + timedelta(days=9), last + timedelta(days=9), "salah", by=BUPU)


def test_s1_1_and_s3_2_the_shipped_quotas_are_those_of_the_reports(session):
    blitar, jombang = (quotas.quota_on(session, office, TUESDAY) for office in (OFFICE, "35.17"))

    assert (blitar.queue_per_day, blitar.prints_per_day) == (400, 400)
    assert (jombang.queue_per_day, jombang.prints_per_day) == (500, 500)
    assert jombang.urgent_needs_grant


def test_s1_2_the_401st_booking_moves_to_the_next_service_day(session):
    """Tuesday is full, so is Wednesday after another 400; Friday is the last before a weekend."""
    first = quotas.book(session, OFFICE, invited(401), by=SARI)

    assert [row.number for row in first[:400]] == list(range(1, 401))
    assert {row.day for row in first[:400]} == {TUESDAY}
    assert (first[400].day, first[400].number, first[400].asked_for) == (date(2026, 11, 25), 1, TUESDAY)
    friday = date(2026, 11, 27)
    more = quotas.book(session, OFFICE, invited(401, first=500), wanted=friday, by=SARI)
    assert (more[400].day, more[400].number) == (date(2026, 11, 30), 1)
    # a request has one number at a time; one that is given back is given out again
    assert quotas.book(session, OFFICE, invited(1), by=SARI)[0].id == first[0].id
    quotas.cancel_booking(session, OFFICE, first[6].id)
    assert [(r.day, r.number) for r in quotas.book(session, OFFICE, invited(1, first=9000), by=SARI)] == [(TUESDAY, 7)]


def test_s1_2_two_counters_at_once_never_pass_the_cap(runtime):
    """Real threads: six counters want the last ten numbers of a day."""
    with runtime.db.transaction() as session:
        quotas.book(session, OFFICE, invited(390), by=SARI)

    def counter(name: int) -> None:
        for n in range(5):
            booking = NewBooking(request_number=f"L{name}-{n}", channel="walk_in")
            runtime.db.transact(lambda session, one=booking: quotas.book(session, OFFICE, [one], by=SARI))

    threads = [threading.Thread(target=counter, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with runtime.db.reading() as session:
        rows = session.scalars(select(Appointment)).all()
    by_day = {day: sorted(row.number for row in rows if row.day == day) for day in {row.day for row in rows}}
    assert by_day == {TUESDAY: list(range(1, 401)), date(2026, 11, 25): list(range(1, 21))}


def test_verify_finds_one_number_given_to_two(runtime):
    """The database refuses it; its guard is taken away to test ours."""
    with runtime.db.transaction() as session:
        session.execute(text("DROP INDEX ux_appointment_number"))
        first, second = quotas.book(session, OFFICE, invited(2), by=SARI)
        second.number = first.number
    with runtime.db.reading() as session:
        assert {finding.check for finding in verify(session, runtime.files)} == {"number-once"}


def test_s1_3_who_comes_without_an_invitation_is_served_all_the_same(session, runtime):
    """Intake never asks for an invitation; the channel says how somebody came."""
    quotas.book(session, OFFICE, invited(2), by=SARI)
    quotas.came(session, OFFICE, "U-0001")
    desk = desk_of(session, runtime.keys, OFFICE, source="office")
    rows = [weigh(desk, n, cells(n, channel)) for n, channel in enumerate(("undangan", "langsung", "keliling"), 1)]

    outcomes = settle(session, desk, rows, by=SARI)

    assert [outcome.verdict for outcome in outcomes] == ["accepted"] * 3
    assert sorted(session.scalars(select(Document.channel))) == ["invited", "mobile", "walk_in"]
    came = [row.came_at is not None for row in session.scalars(select(Appointment).order_by(Appointment.number))]
    assert came == [True, False]


def test_s4_7_no_extra_requirements(session, runtime):
    """A number, a kind, a NIK, a name, a village and a day are enough; no letter, no receipt, not even a phone."""
    desk = desk_of(session, runtime.keys, OFFICE, source="office")
    least = {name: text for name, text in cells(1, "").items() if text and name != "request_number"}

    (outcome,) = settle(session, desk, [weigh(desk, 1, least)], by=SARI)

    assert outcome.verdict == "accepted"
    assert set(least) == {"kind", "nik", "name", "village_code", "printed_on"}


def test_s3_3_the_urgent_lane_needs_two_recommendations_and_shows_who_approved(session):
    asked = NewGrant(
        request_number="M-1", village_code=GAPRANG, need="health", village_reference="470/12", district_reference=""
    )
    with pytest.raises(Invalid) as unwritten:
        quotas.grant_urgent(session, OFFICE, asked, by=BUPU)

    grant(session, "M-1")
    with pytest.raises(Invalid) as full:  # one a day for each village
        grant(session, "M-2")
    assert [field.field for field in unwritten.value.fields] == ["district_reference"]
    assert "jatah mendesak" in full.value.fields[0].reason
    with pytest.raises(Conflict):
        grant(session, "M-1")

    (found,) = quotas.grants_on(session, OFFICE, TUESDAY)
    assert (found.approved_by, found.village_reference, found.district_reference) == ("user:bupu", "470/12", "470/88")


def test_s3_3_where_the_lane_is_the_rule_nothing_else_is_urgent(session, runtime):
    terms = quotas.Terms(queue_per_day=500, prints_per_day=500, urgent_per_village=1, urgent_needs_grant=True)
    quotas.decide_quota(session, OFFICE, terms, valid_from=TUESDAY, why="Perintah kepala dinas", by=BUPU)
    grant(session, "R-2")
    desk = desk_of(session, runtime.keys, OFFICE, source="office")
    rows = [weigh(desk, n, cells(n, "langsung") | {"urgent": "ya"} | more) for n, more in ((1, {}), (2, {}))]

    refused, taken = settle(session, desk, rows, by=SARI)

    assert (refused.verdict, refused.faults[0].rule) == ("refused", "urgent_without_grant")
    assert taken.verdict == "accepted"
    document = session.scalars(select(Document)).one()
    assert (document.is_urgent, document.channel) == (True, "urgent")
    # the earliest route: urgent documents are released at once
    assert [batch.released_by for batch in batching.release(session, OFFICE, by=SARI).batches] == ["urgent"]


def test_a_month_shows_days_hours_and_numbers(session):
    quotas.book(session, OFFICE, invited(3), by=SARI)

    november = month_of(session, OFFICE, TUESDAY)
    december = month_of(session, OFFICE, date(2026, 12, 1))

    assert (november[23].booked, november[23].cap) == (3, 400)
    assert sum(one.is_open for one in december) == 21
    assert december[23].why == "Cuti Bersama Hari Raya Natal"


def test_the_calendar_is_changed_on_its_page_and_by_the_api(sign_in):
    supervisor, dispatcher = sign_in("supervisor"), sign_in("dispatcher")
    form = {"first_day": "2026-11-29", "verdict": "open", "why": "Layanan <b>Minggu</b>"}

    assert supervisor.post("/calendar/days", data=form).status_code == 303
    assert dispatcher.post("/calendar/days", data=form).status_code == 403
    page = dispatcher.get("/calendar?month=2026-11").text
    assert "Layanan &lt;b&gt;Minggu&lt;/b&gt;" in page
    assert "Buka atau tutup hari" not in page
    hours_form = {"place": "counter", "first_day": "2026-12-01", "weekday_start": "08:00", "weekday_end": "14:00",
                  "friday_start": "08:00", "friday_end": "11:00", "why": "uji coba"}  # fmt: skip
    assert supervisor.post("/calendar/hours", data=hours_form).status_code == 303
    assert "08.00–14.00" in dispatcher.get("/calendar?month=2026-12").text
    days = dispatcher.get("/api/v1/calendar?month=2026-11-01").json["days"]
    assert (days[28]["is_open"], days[28]["desks_open"]) == (True, False)
    closed = {"first_day": "2026-12-03", "last_day": "2026-12-03", "verdict": "closed", "why": "Upacara"}
    assert supervisor.post("/api/v1/calendar/days", json=closed).status_code == 201
    assert dispatcher.get("/api/v1/calendar?month=2026-12-01").json["days"][2]["why"] == "Upacara"


def test_queue_numbers_are_given_out_by_the_api(api_client, sign_in):
    siap = api_client("documents:write", "documents:read")
    answer = siap.post("/api/v1/queue-numbers", json={"items": [{"request_number": "E-1", "channel": "online"}]})

    assert (answer.status_code, answer.json["items"][0]["number"]) == (201, 1)
    assert siap.post("/api/v1/queue-numbers/came", json={"request_number": "E-1"}).json["came_at"]
    assert siap.get("/api/v1/queue-numbers").json["items"][0]["request_number"] == "E-1"
    quota = {"queue_per_day": 450, "prints_per_day": 400, "why": "loket tambahan"}
    assert sign_in("supervisor").post("/api/v1/quotas", json=quota).status_code == 201
    assert sign_in("viewer").get("/api/v1/quotas").json["today"]["queue_per_day"] == 450
    papers = {"request_number": "E-2", "village_code": GAPRANG, "need": "bpjs", "village_reference": "470/1",
              "district_reference": "470/2"}  # fmt: skip
    assert sign_in("dispatcher").post("/api/v1/urgent-lane", json=papers).status_code == 403
    assert sign_in("supervisor").post("/api/v1/urgent-lane", json=papers).status_code == 201


def grant(session, request_number: str):
    new = NewGrant(
        request_number=request_number,
        village_code=GAPRANG,
        need="health",
        village_reference="470/12",
        district_reference="470/88",
    )
    return quotas.grant_urgent(session, OFFICE, new, by=BUPU)


def cells(n: int, channel: str) -> dict[str, str]:
    return {
        "request_number": f"R-{n}",
        "kind": "KTP-el",
        "nik": f"35051041079{n:05}",
        "name": "Siti Aminah",
        "village_code": GAPRANG,
        "printed_on": "2026-11-24",
        "channel": channel,
    }
