"""A plan from its request to its approval: reservation, prices, the search as a job, failure, retry, discard."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from dispatch.errors import Conflict, Invalid
from dispatch.jobs import perform_due
from dispatch.services import batching, planning
from dispatch.services.planning_problem import build, question_of
from dispatch.services.verify import verify
from dispatch.store.models import (
    Assignment,
    Batch,
    CalendarDay,
    Courier,
    Depot,
    Document,
    Job,
    Plan,
    PlanBatch,
    Route,
    Rules,
    Shipment,
    Stop,
    StopBatch,
)
from routing.check import check
from routing.jsonform import from_json
from routing.model import Problem, Solution
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, finished, released, villages

THURSDAY_BEFORE = date(2026, 11, 19)
SATURDAY = date(2026, 11, 28)


@pytest.fixture
def request_plan(session):
    def request_plan(service_date: date = TUESDAY, seconds: int = 1, **wishes) -> Plan:
        return planning.request_plan(session, OFFICE, service_date=service_date, seconds=seconds, by=SARI, **wishes)

    return request_plan


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_a_plan_reserves_every_sealed_batch_and_every_courier(session, request_plan):
    batches = released(session, 3, 4)

    plan = request_plan()

    assert {batch.state for batch in batches} == {"planned"}
    assert session.scalars(select(PlanBatch.is_live)).all() == [True, True]
    assert len(plan.courier_ids) == 6
    assert session.scalars(select(Job.ref).where(Job.kind == "solve")).all() == [plan.id]


def test_a_second_plan_cannot_take_the_same_batches(session, request_plan):
    released(session, 3, 4)
    request_plan()

    with pytest.raises(Invalid) as refused:
        request_plan()
    assert refused.value.fields[0].reason == "belum ada batch yang siap direncanakan; rilis batch dahulu"


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (SATURDAY, "Sab 28 Nov 2026 bukan hari kerja: hari Sabtu"),
        (date(2026, 12, 24), "Kam 24 Des 2026 bukan hari kerja: Cuti Bersama Hari Raya Natal"),
        (date(2026, 11, 23), "Sen 23 Nov 2026 sudah lewat"),
        (date(2027, 6, 1), "paling jauh 60 hari ke depan"),
    ],
)
def test_a_day_on_which_nobody_works_is_refused_with_its_reason(session, request_plan, day, reason):
    released(session, 3)

    with pytest.raises(Invalid) as refused:
        request_plan(day)
    assert [(f.field, f.reason) for f in refused.value.fields] == [("service_date", reason)]


def test_an_opened_saturday_can_be_planned(session, request_plan):
    released(session, 3)
    session.add(CalendarDay(office=OFFICE, day=SATURDAY, is_open=True, note="Layanan akhir pekan"))
    session.flush()

    assert request_plan(SATURDAY).service_date == SATURDAY


def test_a_courier_rides_once_a_day(session, request_plan):
    """Batches released after the first plan get the couriers it did not take; a busy one cannot be named."""
    released(session, 3)
    first, *others = session.scalars(select(Courier.id).where(Courier.office == OFFICE).order_by(Courier.name)).all()
    request_plan(courier_ids=[first])
    finished(session, villages(session)[5], 9)
    batching.release(session, OFFICE, by=SARI)

    with pytest.raises(Invalid, match="isian"):
        request_plan(courier_ids=[first])
    assert request_plan().courier_ids == others


def test_without_a_free_courier_there_is_no_plan(session, request_plan):
    released(session, 3)
    session.execute(update(Courier).where(Courier.office == OFFICE).values(is_active=False))

    with pytest.raises(Invalid) as refused:
        request_plan()
    assert refused.value.fields[0].reason == "tidak ada kurir yang bebas pada Sel 24 Nov 2026"


def test_what_belongs_to_another_office_is_unknown(session, request_plan):
    released(session, 3)
    stranger = session.scalars(select(Courier).where(Courier.office == OTHER_OFFICE)).first()

    for wish in ({"courier_ids": [stranger.id]}, {"depot_ids": [stranger.depot_id]}):
        with pytest.raises(Invalid):
            request_plan(**wish)


# ---- the search ------------------------------------------------------------------------------------------------------


def test_each_depot_sends_its_own_couriers(runtime):
    """Two print points; a batch of one is never on a route of the other."""
    with runtime.db.transaction() as session:
        west = Depot(office=OFFICE, name="Kecamatan Srengat", lat=-8.0644, lon=112.0771)
        session.add(west)
        session.flush()
        session.scalars(
            select(Courier).where(Courier.office == OFFICE).order_by(Courier.name)
        ).first().depot_id = west.id
        for n, village in enumerate(villages(session)[::8]):
            finished(session, village, 12, printed_on=WEDNESDAY_BEFORE, depot=west if n % 2 else None)
        batching.release(session, OFFICE, by=SARI)
        plan = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI)

    perform_due(runtime)

    with runtime.db.reading() as session:
        assert session.get(Plan, plan.id).state == "solved"
        rows = session.execute(
            select(Route.depot_id, Batch.depot_id, Courier.depot_id)
            .join(Stop, Stop.route_id == Route.id)
            .join(StopBatch, StopBatch.stop_id == Stop.id)
            .join(Batch, Batch.id == StopBatch.batch_id)
            .join(Courier, Courier.id == Route.courier_id)
        ).all()
        assert {route for route, _, _ in rows} == set(plan.depot_ids)
        assert all(route == batch == courier for route, batch, courier in rows)


def a_day(session, served: int = 40) -> None:
    """Ten documents for each of the villages around the office, printed on four days; a few urgent, a few far away."""
    days = (WEDNESDAY_BEFORE, THURSDAY_BEFORE, date(2026, 11, 20), date(2026, 11, 23))
    depot = session.scalars(select(Depot).where(Depot.office == OFFICE)).one()
    by_distance = sorted(villages(session), key=lambda v: (v.lat - depot.lat) ** 2 + (v.lon - depot.lon) ** 2)
    for n, village in enumerate([*by_distance[: served - 5], *by_distance[-5:]]):
        for k, printed_on in enumerate(days):
            finished(session, village, 3 - k // 2, printed_on=printed_on, urgent=n % 15 == 7 and k == 0)


def requested(runtime, *, seconds: int = 1, served: int = 20, **wishes) -> str:
    """A plan on a committed day, waiting for its routes."""
    with runtime.db.transaction() as session:
        a_day(session, served)
        batching.release(session, OFFICE, by=SARI)
        return planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=seconds, by=SARI, **wishes).id


def test_a_day_of_four_hundred_documents_from_request_to_approval(runtime):
    plan_id = requested(runtime, seconds=4, served=40)

    assert perform_due(runtime) == 1

    with runtime.db.transaction() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert (plan.state, plan.failure) == ("solved", "")
        fates = Counter()
        for outcome, documents in session.execute(
            select(PlanBatch.outcome, Batch.documents).join(Batch, Batch.id == PlanBatch.batch_id)
        ):
            fates[outcome] += documents
        assert sum(fates.values()) == session.scalar(select(func.count()).select_from(Document)) == 400
        assert fates["route"] > 200
        on_routes = session.scalars(select(Route.documents)).all()
        assert sum(on_routes) == fates["route"]
        assert plan.cost == plan.ojek_rupiah + plan.post_rupiah + plan.waiting_rupiah
        assert plan.ojek_rupiah == sum(session.scalars(select(Route.fare)))
        assert plan.cost <= plan.all_post_rupiah
        assert plan.progress[-1]["cost"] == plan.cost <= plan.progress[0]["cost"]
        assert plan.travel_source == "estimate"
        planning.approve(session, plan, by=SARI)
        assert plan.state == "approved"

    with runtime.db.reading() as session:
        states = Counter(session.scalars(select(Batch.state)))
        live = Counter(tuple(row) for row in session.execute(select(PlanBatch.outcome, PlanBatch.is_live)))
        assert states["planned"] == live["route", True] + live["post", True]
        assert states["sealed"] == live["wait", False] + live["unassigned", False]
        assert len(session.scalars(select(Assignment.id)).all()) == len(on_routes) + live["post", True]
        assert verify(session, runtime.files) == []


def test_what_is_stored_passes_the_referee_again(runtime):
    """The problem is kept without its matrix, which the same travel gives again."""
    plan_id = requested(runtime)
    perform_due(runtime)

    with runtime.db.reading() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        asked = question_of(session, plan)
        matrices = build(asked, asked.estimate).problem.matrices
        kept = {**plan.problem, "matrices": {}, "vehicles": [], "pins": [], "driven": []}
        places = from_json(Problem, kept)
        problem = replace(build(asked, asked.estimate).problem, matrices=matrices)
        assert places.stops == problem.stops
        assert check(problem, from_json(Solution, plan.solution)) == []


def test_every_batch_left_out_says_why_in_words(runtime):
    requested(runtime)
    perform_due(runtime)

    with runtime.db.reading() as session:
        left_out = session.scalars(select(PlanBatch).where(PlanBatch.outcome != "route")).all()
        beginnings = {"post": "Lewat Pos: ", "wait": "Menunggu hari kerja berikutnya: "}
        assert left_out
        for row in left_out:
            assert row.reason["sentence"].startswith(beginnings[row.outcome])
        shipped = [tuple(row) for row in session.execute(select(Shipment.batch_id, Shipment.rupiah))]
        assert sorted(shipped) == sorted((r.batch_id, r.rupiah) for r in left_out if r.outcome == "post")


def test_solving_a_solved_plan_finds_nothing_to_do(runtime):
    plan_id = requested(runtime)
    perform_due(runtime)
    with runtime.db.transaction() as session:
        before = session.scalars(select(Route.id).order_by(Route.id)).all()
        session.execute(update(Job).values(state="open", done_at=None))

    assert perform_due(runtime) == 1

    with runtime.db.reading() as session:
        assert session.scalars(select(Route.id).order_by(Route.id)).all() == before
        assert planning.plan_of(session, OFFICE, plan_id).version == 2
        assert session.scalars(select(Job.state)).all() == ["done"]


def test_stopping_early_uses_the_best_routes_so_far(runtime):
    plan_id = requested(runtime, seconds=120)
    with runtime.db.transaction() as session:
        planning.stop_early(session, planning.plan_of(session, OFFICE, plan_id))

    perform_due(runtime)

    with runtime.db.reading() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert plan.state == "solved"
        assert plan.solution["seconds"] < plan.seconds_allowed / 2
    with pytest.raises(Conflict), runtime.db.transaction() as session:
        planning.stop_early(session, planning.plan_of(session, OFFICE, plan_id))


def test_on_a_day_when_village_offices_are_closed_nothing_rides(runtime):
    """The office opens on a Saturday; the village offices do not."""
    with runtime.db.transaction() as session:
        session.add(CalendarDay(office=OFFICE, day=SATURDAY, is_open=True))
        released(session, 9, 9, printed_on=TUESDAY)
        finished(session, villages(session)[9], 1, urgent=True)
        batching.release(session, OFFICE, by=SARI)
        plan = planning.request_plan(session, OFFICE, service_date=SATURDAY, seconds=1, by=SARI, with_post=False)

    perform_due(runtime)

    with runtime.db.reading() as session:
        assert session.get(Plan, plan.id).state == "solved"
        assert session.scalars(select(Route)).all() == []
        rows = session.scalars(select(PlanBatch).order_by(PlanBatch.outcome)).all()
        assert [row.outcome for row in rows] == ["unassigned", "wait", "wait"]
        assert rows[0].reason["sentence"] == "Tidak terlayani: kantor desa tutup pada hari Sabtu."


# ---- failing and giving back -----------------------------------------------------------------------------------------


def broken_hours(runtime) -> None:
    with runtime.db.transaction() as session:
        session.execute(update(Rules).where(Rules.office == OFFICE).values(village_hours={"1": [[50_000, 28_800]]}))


def test_a_plan_that_cannot_be_solved_fails_with_a_sentence_and_can_be_tried_again(runtime):
    plan_id = requested(runtime)
    with runtime.db.transaction() as session:
        hours = session.scalars(select(Rules.village_hours).where(Rules.office == OFFICE)).one()
    broken_hours(runtime)
    perform_due(runtime)

    with runtime.db.transaction() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert plan.state == "failed"
        assert plan.failure.startswith("Rute belum berhasil dihitung.")
        assert set(session.scalars(select(Batch.state))) == {"planned"}
        assert session.scalars(select(Job.state)).all() == ["dead"]
        session.execute(update(Rules).where(Rules.office == OFFICE).values(village_hours=hours))
        planning.retry(session, plan, by=SARI)
    perform_due(runtime)

    with runtime.db.reading() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert (plan.state, plan.failure) == ("solved", "")


def test_a_worker_that_keeps_dying_leaves_a_failed_plan(runtime, clock):
    plan_id = requested(runtime)
    with runtime.db.transaction() as session:
        session.execute(update(Job).values(attempt=planning.TRIES))

    perform_due(runtime)

    with runtime.db.reading() as session:
        plan = planning.plan_of(session, OFFICE, plan_id)
        assert plan.state == "failed"
        assert "its workers died" in plan.failure


def test_discarding_a_solved_plan_gives_everything_back(runtime):
    plan_id = requested(runtime)
    perform_due(runtime)

    with runtime.db.transaction() as session:
        planning.discard(session, planning.plan_of(session, OFFICE, plan_id), by=SARI)

    with runtime.db.transaction() as session:
        assert set(session.scalars(select(Batch.state))) == {"sealed"}
        assert set(session.scalars(select(PlanBatch.is_live))) == {False}
        assert set(session.scalars(select(Route.state))) == {"cancelled"}
        assert set(session.scalars(select(Stop.state))) == {"skipped"}
        assert verify(session, runtime.files) == []
        again = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI)
        assert len(again.courier_ids) == 6


def test_a_plan_discarded_while_it_is_solved_stays_discarded(runtime):
    plan_id = requested(runtime)
    with runtime.db.transaction() as session:
        planning.discard(session, planning.plan_of(session, OFFICE, plan_id), by=SARI)

    perform_due(runtime)

    with runtime.db.reading() as session:
        assert planning.plan_of(session, OFFICE, plan_id).state == "discarded"
        assert session.scalars(select(Route)).all() == []


def test_a_plan_of_yesterday_or_without_anything_to_send_is_not_approved(runtime, clock):
    plan_id = requested(runtime)
    perform_due(runtime)
    clock.advance(timedelta(days=1))

    with pytest.raises(Invalid) as refused, runtime.db.transaction() as session:
        planning.approve(session, planning.plan_of(session, OFFICE, plan_id), by=SARI)
    assert refused.value.fields[0].reason == "tanggal layanan sudah lewat; buang rencana ini"


def test_a_plan_in_which_everything_waits_is_not_approved(runtime):
    with runtime.db.transaction() as session:
        released(session, 1, 1)
        plan_id = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI).id
    perform_due(runtime)

    with pytest.raises(Invalid) as refused, runtime.db.transaction() as session:
        planning.approve(session, planning.plan_of(session, OFFICE, plan_id), by=SARI)
    assert refused.value.fields[0].field == "plan"
    with runtime.db.reading() as session:
        assert planning.plan_of(session, OFFICE, plan_id).state == "solved"
