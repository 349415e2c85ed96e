"""Plans that look ahead: what rides cheaper on a coming day waits for it, and everything else stays true."""

from datetime import date

import pytest
from sqlalchemy import select, update

from dispatch.errors import Invalid
from dispatch.jobs import perform_due
from dispatch.services import plan_edits, planning
from dispatch.services.plan_bench import bench_of, judge
from dispatch.services.plan_draft import from_row
from dispatch.services.plan_edits import Exclude, Include
from dispatch.services.plan_view import view
from dispatch.services.planning_days import Candidate, Offer, put_off
from dispatch.services.verify import verify
from dispatch.store.models import Batch, Courier, Plan, PlanBatch, Route, Tariff
from dispatch.store.models import Stop as PlannedStop
from routing.model import Depot, Limits, Point, Problem, Stop, Vehicle, Window
from routing.solve import solve
from routing.travel.straight_line import StraightLine
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, finished, released, villages

HOUR = 3600
MORNING, DAY_LONG = (Window(start=8 * HOUR, end=9 * HOUR),), (Window(start=8 * HOUR, end=14 * HOUR),)


def solved(runtime, look_ahead: int) -> str:
    """Two documents promised for Wednesday, six more coming to their village every day; any ride costs Rp 20,000.

    Waiting until Wednesday costs 27,500 in all, 9,900 more than riding on Tuesday; what comes in meanwhile saves
    three quarters of a ride."""
    with runtime.db.transaction() as session:
        session.execute(
            update(Tariff).values(
                base_fare=20_000, base_metres=1_000_000, per_km=0, per_stop=0, platform_fee_bp=0,
                waiting_per_document=550,
            )
        )  # fmt: skip
        released(session, 2, printed_on=WEDNESDAY_BEFORE)
        finished(session, villages(session)[0], 118, printed_on=WEDNESDAY_BEFORE)
        plan_id = planning.request_plan(
            session, OFFICE, service_date=TUESDAY, seconds=1, with_post=False, look_ahead=look_ahead, by=SARI
        ).id
    assert perform_due(runtime) == 1
    return plan_id


def test_without_looking_ahead_it_rides_today(runtime):
    plan_id = solved(runtime, 0)

    with runtime.db.reading() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert (plan.state, plan.ojek_rupiah, plan.waiting_rupiah) == ("solved", 20_000, 0)
        assert from_row(plan.draft).later == {}


def test_what_rides_cheaper_tomorrow_waits_with_its_day_and_can_be_taken_today_all_the_same(runtime):
    plan_id = solved(runtime, 1)

    with runtime.db.transaction() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert (plan.state, plan.ojek_rupiah, plan.waiting_rupiah, plan.cost) == ("solved", 0, 27_500, 27_500)
        seen = view(session, plan)
        assert [row.reason["sentence"] for row in seen.waiting] == ["Menunggu: direncanakan Rab 25 Nov 2026."]
        batch_id = seen.waiting[0].batch_id
        assert verify(session, runtime.files) == []

    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        plan_edits.edit(session, runtime.files, plan, Include(batch_id=batch_id), seen=plan.version, by=SARI)
        assert (plan.ojek_rupiah, plan.waiting_rupiah) == (20_000, 0)
        stop_id = session.scalars(select(PlannedStop.id)).one()
    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        plan_edits.edit(session, runtime.files, plan, Exclude(stop_id=stop_id), seen=plan.version, by=SARI)
        assert session.scalars(select(PlanBatch.reason)).one()["cause"] == "by_hand"
        assert plan.cost == 27_500


def test_undoing_the_only_edit_brings_the_day_back(runtime):
    plan_id = solved(runtime, 1)
    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        batch_id = session.scalars(select(PlanBatch.batch_id)).one()
        plan_edits.edit(session, runtime.files, plan, Include(batch_id=batch_id), seen=plan.version, by=SARI)
    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        plan_edits.undo(session, runtime.files, plan, seen=plan.version, by=SARI)
        assert session.scalars(select(PlanBatch.reason)).one()["cause"] == "later"


def test_no_more_days_than_a_promise_has(session):
    with pytest.raises(Invalid) as refused:
        planning.request_plan(session, OFFICE, service_date=TUESDAY, look_ahead=6, by=SARI)

    assert [one.field for one in refused.value.fields] == ["look_ahead"]


# ---- which day -------------------------------------------------------------------------------------------------------


def asked(*windows: tuple[Window, ...], prices: tuple[int | None, ...]) -> dict[str, int]:
    """Where a single stop goes that gains by waiting as long as it may."""
    depot, there = Point(lat=-8.1, lon=112.2), Point(lat=-8.15, lon=112.2)
    stop = Stop(id="a", point=there, demand=1, service_s=60, windows=windows[0])
    shift = Window(start=8 * HOUR, end=15 * HOUR)
    problem = Problem(
        depots=(Depot(id="d", point=depot),),
        stops=(stop,),
        vehicles=(Vehicle(id="v", kind="ojek", start="d", end="d", capacity=10, shift=shift),),
        matrices={"motorbike": StraightLine().matrix([depot, there], "motorbike")},
    )
    one = Candidate(stop=stop, offers=(Offer(prices=prices, post=None),), windows=windows, arriving=9.0)
    return dict(put_off(problem, [one], Limits(iterations=20), solve)[0])


def test_a_stop_waits_for_no_day_on_which_it_is_closed_or_nearly_closed():
    assert asked(DAY_LONG, DAY_LONG, prices=(0, 1, None)) == {"a": 1}
    assert asked(DAY_LONG, (), prices=(0, 1, None)) == {}
    assert asked(DAY_LONG, MORNING, prices=(0, 1, None)) == {}


def test_a_stop_waits_for_no_day_after_its_promise():
    assert asked(DAY_LONG, DAY_LONG, prices=(0, None, None)) == {}


def test_a_whole_day_with_more_than_its_couriers_carry_is_true_in_every_number(runtime):
    """Two couriers for 25 villages: some ride today, some on one of the coming days, all of them within the promise."""
    with runtime.db.transaction() as session:
        released(session, *[30] * 25, printed_on=date(2026, 11, 20))
        riders = session.scalars(select(Courier.id).where(Courier.office == OFFICE).order_by(Courier.id).limit(2)).all()
        plan_id = planning.request_plan(
            session, OFFICE, service_date=TUESDAY, seconds=2, look_ahead=2, with_post=False, courier_ids=riders, by=SARI
        ).id
    assert perform_due(runtime) == 1

    with runtime.db.transaction() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert (plan.state, plan.failure, plan.violations) == ("solved", "", [])
        seen = view(session, plan)
        later = [row for row in seen.waiting if row.reason and row.reason["cause"] == "later"]
        assert seen.routes
        days = {row.reason["sentence"] for row in later if row.reason}
        assert later
        assert days <= {"Menunggu: direncanakan Rab 25 Nov 2026.", "Menunggu: direncanakan Kam 26 Nov 2026."}
        assert plan.cost == sum(session.scalars(select(Route.fare))) + plan.post_rupiah + plan.waiting_rupiah
        bench = bench_of(plan, runtime.files)
        judged = judge(bench, bench.draft)
        assert (judged.violations, judged.solution.cost) == ([], plan.cost)
        planning.approve(session, plan, by=SARI)
        session.flush()
        assert verify(session, runtime.files) == []
        assert {session.get_one(Batch, row.batch_id).state for row in later} == {"sealed"}
