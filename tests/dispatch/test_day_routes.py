"""The day under way: expected arrivals from the last confirmation, a stop off, an urgent batch on, a breakdown."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dispatch.errors import Conflict, Invalid
from dispatch.services import batching, day_routes, delivery, loading, planning, returns
from dispatch.services.day_live import live_routes
from dispatch.services.delivery import Report
from dispatch.services.loading import Loaded
from dispatch.services.verify import verify
from dispatch.store.db import new_id
from dispatch.store.models import Assignment, Batch, Courier, Document, ExceptionCase, Plan, Route, Stop, StopBatch
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, finished, villages
from tests.dispatch.solved import a_solved_plan, seen


@pytest.fixture
def plan_id(runtime) -> str:
    """Two approved routes of three villages each; one village was left to the post."""
    plan_id = a_solved_plan(runtime, 8, 9, 10, 8, 9, 10, 8)
    with runtime.db.transaction() as session:
        planning.approve(session, session.get_one(Plan, plan_id), by=SARI)
    return plan_id


@pytest.fixture
def route_id(runtime, plan_id) -> str:
    return seen(runtime.db, plan_id).routes[0].id


def leaves(runtime, route_id: str) -> None:
    """The courier counts everything into the bag."""
    with runtime.db.transaction() as session:
        batches = session.scalars(
            select(StopBatch.batch_id).join(Stop, Stop.id == StopBatch.stop_id).where(Stop.route_id == route_id)
        ).all()
        counted = Loaded(source="test", event_id=new_id(), taken=frozenset(batches), missing=frozenset())
        loading.load(session, session.get_one(Route, route_id), counted, by=SARI)


def delivers(runtime, stop_id: str) -> None:
    with runtime.db.transaction() as session:
        report = Report(source="test", event_id=new_id(), kind="delivered", received_by="Bu Sari", relation="staf")
        delivery.record(session, session.get_one(Stop, stop_id), report, by=SARI)


def stops(runtime, route_id: str) -> list[Stop]:
    with runtime.db.reading() as session:
        return list(session.scalars(select(Stop).where(Stop.route_id == route_id).order_by(Stop.position)))


def offers(runtime, route_id: str) -> list[tuple[str, int]]:
    with runtime.db.reading() as session:
        rows = session.execute(
            select(Assignment.state, Assignment.rupiah)
            .where(Assignment.route_id == route_id)
            .order_by(Assignment.state != "expired")
        )
        return [(state, rupiah) for state, rupiah in rows]


def clean(runtime) -> bool:
    with runtime.db.reading() as session:
        assert verify(session, runtime.files) == []
    return True


def urgent_batch(runtime, village_number: int, documents: int = 2) -> str:
    """A batch that was released while the couriers were loading."""
    with runtime.db.transaction() as session:
        village = villages(session)[village_number]
        finished(session, village, documents, urgent=True)
        return batching.release(session, OFFICE, by=SARI).batches[0].id


# ---- live ------------------------------------------------------------------------------------------------------------


def live(runtime, plan_id: str, route_id: str):
    with runtime.db.reading() as session:
        plan = session.get_one(Plan, plan_id)
        return live_routes(session, runtime.files, plan, [session.get_one(Route, route_id)])[route_id]


def test_the_rest_is_reckoned_from_the_last_confirmation(runtime, clock, plan_id, route_id):
    leaves(runtime, route_id)
    first, second, third = stops(runtime, route_id)
    on_time = live(runtime, plan_id, route_id)
    assert on_time.arrivals == {stop.id: stop.arrival_s for stop in (first, second, third)}
    assert (on_time.late_s, on_time.last_at) == (0, None)

    clock.advance(timedelta(seconds=first.departure_s - 8 * 3600 + 3600))
    delivers(runtime, first.id)

    late = live(runtime, plan_id, route_id)
    assert late.arrivals == {second.id: second.arrival_s + 3600, third.id: third.arrival_s + 3600}
    assert (late.late_s, late.last_at) == (3600, clock.now())
    clock.advance(timedelta(hours=8))
    gone = live(runtime, plan_id, route_id)
    assert gone.arrivals[second.id] > 16 * 3600  # not before now
    assert gone.closed == {second.id, third.id}


# ---- before it leaves ------------------------------------------------------------------------------------------------


def test_a_stop_taken_off_is_no_longer_driven_nor_paid(runtime, plan_id, route_id):
    before = seen(runtime.db, plan_id).routes[0]
    stop = before.stops[1]

    with runtime.db.transaction() as session:
        day_routes.take_off(session, runtime.files, OFFICE, stop.id, why="jembatan putus", by=SARI)

    after = seen(runtime.db, plan_id).routes[0]
    assert [one.state for one in after.stops] == ["pending", "pending", "skipped"]
    assert after.documents == before.documents - stop.documents
    assert after.fare == before.fare - stop.adds
    assert offers(runtime, route_id) == [("expired", before.fare), ("offered", after.fare)]
    with runtime.db.reading() as session:
        assert session.get_one(Batch, stop.batches[0].id).state == "sealed"
    assert clean(runtime)
    leaves(runtime, route_id)
    with pytest.raises(Conflict), runtime.db.transaction() as session:
        day_routes.take_off(session, runtime.files, OFFICE, after.stops[0].id, why="-", by=SARI)


def test_the_last_stop_takes_the_route_with_it(runtime, plan_id, route_id):
    for stop in seen(runtime.db, plan_id).routes[0].stops:
        with runtime.db.transaction() as session:
            route = day_routes.take_off(session, runtime.files, OFFICE, stop.id, why="banjir", by=SARI)

    assert route.state == "cancelled"
    assert clean(runtime)


@pytest.mark.parametrize(
    ("village", "stops_then"), [(0, 3), (40, 4)], ids=["to a stop of the route", "to a place the plan does not know"]
)
def test_an_urgent_batch_rides_along(runtime, plan_id, route_id, village, stops_then):
    batch_id = urgent_batch(runtime, village)
    before = seen(runtime.db, plan_id).routes[0]

    with runtime.db.transaction() as session:
        stop = day_routes.add_batch(session, runtime.files, OFFICE, route_id, batch_id, by=SARI)

    after = seen(runtime.db, plan_id).routes[0]
    assert (len(after.stops), after.documents) == (stops_then, before.documents + 2)
    assert [one.position for one in after.stops] == list(range(1, stops_then + 1))
    assert batch_id in [batch.id for one in after.stops if one.id == stop.id for batch in one.batches]
    assert after.fare >= before.fare
    assert offers(runtime, route_id)[-1] == ("offered", after.fare)
    assert clean(runtime)
    leaves(runtime, route_id)
    assert clean(runtime)


def test_what_does_not_fit_is_refused_and_nothing_changes(runtime, plan_id, route_id):
    batch_id = urgent_batch(runtime, 0, documents=140)

    with pytest.raises(Invalid), runtime.db.transaction() as session:
        day_routes.add_batch(session, runtime.files, OFFICE, route_id, batch_id, by=SARI)

    with runtime.db.reading() as session:
        assert session.get_one(Batch, batch_id).state == "sealed"
    assert clean(runtime)
    leaves(runtime, route_id)
    with pytest.raises(Conflict), runtime.db.transaction() as session:
        day_routes.add_batch(session, runtime.files, OFFICE, route_id, batch_id, by=SARI)


def test_what_a_partner_was_ordered_to_drive_is_not_changed_behind_its_back(runtime, plan_id, route_id):
    with runtime.db.transaction() as session:
        session.execute(update(Assignment).where(Assignment.route_id == route_id).values(partner="reference"))
    stop = stops(runtime, route_id)[0]

    with pytest.raises(Conflict, match="call that order off"), runtime.db.transaction() as session:
        day_routes.take_off(session, runtime.files, OFFICE, stop.id, why="banjir", by=SARI)

    assert [one.state for one in stops(runtime, route_id)] == ["pending"] * 3


# ---- a breakdown -----------------------------------------------------------------------------------------------------


def test_what_a_broken_down_courier_carried_is_counted_in_and_planned_again(runtime, plan_id, route_id):
    leaves(runtime, route_id)
    first, *rest = stops(runtime, route_id)
    delivers(runtime, first.id)

    with runtime.db.transaction() as session:
        day_routes.report_breakdown(session, OFFICE, route_id, why="motor mogok", by=SARI)

    with runtime.db.reading() as session:
        case = session.scalars(select(ExceptionCase).where(ExceptionCase.kind == "courier_down")).one()
        carried = len(day_routes.documents_in_bag(session, session.get_one(Route, route_id)))
    assert "motor mogok. 2 tujuan belum dikunjungi" in case.detail
    with pytest.raises(Invalid), runtime.db.transaction() as session:
        day_routes.plan_again(session, OFFICE, route_id, by=SARI)
    assert clean(runtime)
    with runtime.db.transaction() as session:
        counted = returns.count_in_route(session, OFFICE, route_id, None, by=SARI)
    assert (len(counted.ready), len(counted.still_out)) == (carried, 0)

    with runtime.db.transaction() as session:
        new = day_routes.plan_again(session, OFFICE, route_id, by=SARI)

    with runtime.db.reading() as session:
        assert (new.state, new.replaces_id) == ("requested", plan_id)
        again = session.scalars(select(Document.state).where(Document.village_code.in_([s.village_code for s in rest])))
        assert set(again) == {"batched"}
        assert session.get_one(Stop, first.id).state == "done"  # the driven part is kept
        busy = session.scalars(select(Route.courier_id).where(Route.plan_id == plan_id)).all()
        assert not set(new.courier_ids) & set(busy)
    assert clean(runtime)


def test_nobody_left_to_ride_is_said(runtime, plan_id, route_id):
    leaves(runtime, route_id)
    with runtime.db.transaction() as session:
        returns.count_in_route(session, OFFICE, route_id, None, by=SARI)
        session.execute(update(Courier).values(is_active=False))

    with pytest.raises(Invalid), runtime.db.transaction() as session:
        day_routes.plan_again(session, OFFICE, route_id, by=SARI)


# ---- pages and API ---------------------------------------------------------------------------------------------------


def test_the_route_page_offers_it_all(runtime, plan_id, route_id, sign_in):
    sari = sign_in("dispatcher")
    batch_id = urgent_batch(runtime, 40)
    page = sari.get(f"/routes/{route_id}", headers={"Accept": "text/html"}).text
    assert batch_id in page
    assert "https://wa.me/62812" in page
    form = {"batch_id": batch_id}
    assert sari.post(f"/routes/{route_id}/add", data=form, headers={"Accept": "text/html"}).status_code == 303
    first = stops(runtime, route_id)[0]
    off = {"stop_id": first.id, "why": "tutup"}
    assert sari.post(f"/routes/{route_id}/take-off", data=off, headers={"Accept": "text/html"}).status_code == 303
    assert [stop.state for stop in stops(runtime, route_id)] == ["pending", "pending", "pending", "skipped"]
    leaves(runtime, route_id)
    told = sari.get(f"/api/v1/routes/{route_id}/live").json
    assert len(told["arrivals"]) == 3
    down = sari.post(f"/api/v1/routes/{route_id}/breakdown", json={"reason": "sakit"})
    assert down.status_code == 200
    listed = sari.get("/routes?day=2026-11-24", headers={"Accept": "text/html"})
    assert listed.status_code == 200
    assert clean(runtime)
