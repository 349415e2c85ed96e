"""A plan's rows as a routing problem: prices of leaving out, stops, windows, bags."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from dispatch.services import batching, planning
from dispatch.services.planning_problem import build, question_of
from dispatch.store.models import Plan, Rules, Tariff
from routing.model import LeaveOut
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, finished, released, villages

FRIDAY = date(2026, 11, 27)


@pytest.fixture
def request_plan(session):
    def request_plan(service_date: date = TUESDAY) -> Plan:
        return planning.request_plan(session, OFFICE, service_date=service_date, seconds=1, by=SARI)

    return request_plan


def test_waiting_costs_the_square_of_the_days_and_stops_at_the_promise(session, request_plan):
    """Printed Friday 20: three working days on Wednesday, when it would leave, so 9 x 150 a document. Printed Tuesday
    17: promised for today."""
    young, old, urgent = villages(session)[:3]
    finished(session, young, 8, printed_on=date(2026, 11, 20))
    finished(session, old, 8, printed_on=date(2026, 11, 17))
    finished(session, urgent, 8, urgent=True)
    batching.release(session, OFFICE, by=SARI)

    loads = {load.village_code: load for load in question_of(session, request_plan()).loads}

    assert loads[young.code].waiting == 8 * 9 * 150
    assert loads[old.code].waiting is None
    assert loads[urgent.code].waiting is None
    assert loads[urgent.code].is_urgent


def test_a_batch_may_wait_as_long_as_tomorrow_still_keeps_the_promise(session, request_plan):
    """Printed Wednesday 18, promised for Wednesday 25: on Tuesday it may wait, on Wednesday no more."""
    released(session, 2, printed_on=WEDNESDAY_BEFORE)
    plan = request_plan()
    assert question_of(session, plan).loads[0].waiting == 2 * 25 * 150

    planning.discard(session, plan, by=SARI)
    assert question_of(session, request_plan(date(2026, 11, 25))).loads[0].waiting is None


def test_the_post_is_near_or_far_by_the_way_and_takes_something_for_each_document(session, request_plan):
    session.execute(update(Tariff).where(Tariff.office == OFFICE).values(post_near_metres=15_000))
    for village in villages(session):
        finished(session, village, 1, urgent=True)
    batching.release(session, OFFICE, by=SARI)

    asked = question_of(session, request_plan())
    built = build(asked, asked.estimate)

    ways = built.problem.matrices["motorbike"].metres[0, 1:]
    assert 0 < sum(int(way) <= 15_000 for way in ways) < len(ways)
    for way, place in zip(ways, built.places, strict=True):
        (load,) = place.loads
        assert built.prices[load.batch_id].post == (7_000 if way <= 15_000 else 9_000) + 400


def test_leaving_out_costs_the_cheaper_of_what_is_allowed(session, request_plan):
    young, urgent = villages(session)[:2]
    finished(session, young, 8)
    finished(session, urgent, 1, urgent=True)
    batching.release(session, OFFICE, by=SARI)
    asked = question_of(session, request_plan(date(2026, 11, 25)))

    with_post = {s.id[:13]: s.leave_out for s in build(asked, asked.estimate).problem.stops}
    assert with_post[young.code] == LeaveOut(kind="wait", rupiah=8 * 4 * 150)
    assert with_post[urgent.code].kind == "post"

    no_post = replace(asked, with_post=False)
    without = {s.id[:13]: s for s in build(no_post, no_post.estimate).problem.stops}
    assert without[young.code].leave_out == LeaveOut(kind="wait", rupiah=8 * 4 * 150)
    assert without[urgent.code].leave_out is None
    assert without[urgent.code].priority > without[young.code].priority


def test_batches_of_one_village_share_a_stop_until_the_bag_is_full(session, request_plan):
    session.execute(update(Rules).where(Rules.office == OFFICE).values(bag_documents=20))
    village = villages(session)[0]
    for amount in (9, 9, 9):
        finished(session, village, amount)
        batching.release(session, OFFICE, by=SARI)

    asked = question_of(session, request_plan())
    places = build(asked, asked.estimate).places

    assert [[load.documents for load in place.loads] for place in places] == [[9, 9], [9]]
    assert [stop.demand for stop in build(asked, asked.estimate).problem.stops] == [18, 9]


def test_friday_has_two_windows_and_service_takes_its_time(session, request_plan):
    released(session, 3)
    asked = question_of(session, request_plan(FRIDAY))

    (stop,) = build(asked, asked.estimate).problem.stops

    assert [(w.start, w.end) for w in stop.windows] == [(28_800, 39_600), (46_800, 52_200)]
    assert stop.service_s == 300 + 3 * 20
