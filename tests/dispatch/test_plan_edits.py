"""A dispatcher changes a solved plan: every edit is timed, priced and refereed at once, and can be taken back."""

import random

import pytest
from sqlalchemy import select, update

from dispatch.access import VIEWER
from dispatch.errors import Conflict, Invalid, Stale
from dispatch.services import plan_edits, planning
from dispatch.services.plan_bench import LIMITS, bench_of, judge
from dispatch.services.plan_edits import Advice, Edit, Exclude, Include, Move, PinStop, Reorder, Swap
from dispatch.services.plan_shapes import PlanView
from dispatch.services.verify import verify
from dispatch.store.audit import Actor
from dispatch.store.models import Assignment, Courier, Event, Plan, PlanEdit, Rules
from routing.check import check
from routing.margin import adds
from routing.model import Cause, Change, Reason
from tests.databases import OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.solved import a_solved_plan, seen, shape

BUDI = Actor(kind="user", id="budi")


@pytest.fixture
def plan_id(runtime) -> str:
    """Two routes of three villages each, and one village that goes by post."""
    return a_solved_plan(runtime, 8, 9, 10, 8, 9, 10, 8)


@pytest.fixture
def edit(runtime, plan_id):
    """`edit(Move(…))` makes a change to the plan as it is now."""

    def edit(wanted, *, by=SARI, seen=None) -> PlanEdit:
        with runtime.db.transaction() as session:
            plan = session.get_one(Plan, plan_id)
            version = plan.version if seen is None else seen
            return plan_edits.edit(session, runtime.files, plan, wanted, seen=version, by=by)

    return edit


@pytest.fixture
def undo(runtime, plan_id):
    def undo(*, by=SARI) -> PlanEdit:
        with runtime.db.transaction() as session:
            plan = session.get_one(Plan, plan_id)
            return plan_edits.undo(session, runtime.files, plan, seen=plan.version, by=by)

    return undo


def consistent(runtime, plan_id: str) -> None:
    """The rows say what the draft says, the referee agrees, and every invariant of custody holds."""
    with runtime.db.reading() as session:
        plan = session.get_one(Plan, plan_id)
        bench = bench_of(plan, runtime.files)
        judged = judge(bench, bench.draft)
        assert verify(session, runtime.files) == []
    assert {one.code for one in check(judged.problem, judged.solution)} <= set(LIMITS)
    seen_now = seen(runtime.db, plan_id)
    assert seen_now.totals.ojek == sum(route.fare for route in seen_now.routes)
    assert seen_now.totals.cost == seen_now.totals.ojek + seen_now.totals.post + seen_now.totals.waiting
    assert seen_now.totals.cost == judged.solution.cost
    added = adds(judged.problem, judged.solution.routes)
    assert len(seen_now.routes) == len(judged.draft.rides)
    for ride in judged.draft.rides:
        route = next(one for one in seen_now.routes if one.number == ride.number)
        timed = next(one for one in judged.solution.routes if one.vehicle_id == ride.vehicle_id)
        assert (route.courier_id, route.fare, route.metres) == (ride.vehicle_id, timed.fare, timed.metres)
        assert [stop.position for stop in route.stops] == list(range(1, len(ride.stops) + 1))
        assert [stop.arrival_s for stop in route.stops] == [visit.arrival for visit in timed.visits]
        assert [stop.adds for stop in route.stops] == [added.get(one) for one in ride.stops]
        assert route.documents == sum(stop.documents for stop in route.stops)
    parts = ("documents_on_routes", "documents_by_post", "documents_waiting", "documents_unassigned")
    assert sum(getattr(seen_now.totals, part) for part in parts) == seen_now.totals.documents


# ---- each edit -------------------------------------------------------------------------------------------------------


def test_a_stop_moves_to_another_route_and_stays_there_in_a_new_search(runtime, plan_id, edit):
    before = seen(runtime.db, plan_id)
    stop = before.routes[0].stops[0]

    made = edit(Move(stop_id=stop.id, route=2, position=2))

    after = seen(runtime.db, plan_id)
    assert shape(after)[1][1] == stop.village_code
    assert [len(route.stops) for route in after.routes] == [2, 4]
    moved = after.routes[1].stops[1]
    assert (moved.id, moved.pin) == (stop.id, "route")
    assert (made.cost_before, made.cost_after) == (before.totals.cost, after.totals.cost)
    assert after.version == before.version + 1
    consistent(runtime, plan_id)


def test_without_a_position_the_cheapest_place_of_the_route_is_taken(runtime, plan_id, edit):
    stop = seen(runtime.db, plan_id).routes[0].stops[0]
    costs = []
    for position in (1, 2, 3, 4):
        with runtime.db.transaction() as session:
            plan = session.get_one(Plan, plan_id)
            wanted = Move(stop_id=stop.id, route=2, position=position)
            costs.append(plan_edits.edit(session, runtime.files, plan, wanted, seen=plan.version, by=SARI).cost_after)
            session.rollback()

    made = edit(Move(stop_id=stop.id, route=2))

    assert made.cost_after == min(costs)


def test_a_route_is_driven_in_another_order(runtime, plan_id, edit):
    stops = seen(runtime.db, plan_id).routes[0].stops

    edit(Reorder(route=1, stop_ids=[stop.id for stop in reversed(stops)]))

    assert [stop.id for stop in seen(runtime.db, plan_id).routes[0].stops] == [stop.id for stop in reversed(stops)]
    consistent(runtime, plan_id)


def test_a_stop_goes_by_post_or_waits_and_comes_back(runtime, plan_id, edit):
    stop = seen(runtime.db, plan_id).routes[0].stops[1]

    edit(Exclude(stop_id=stop.id, way="post"))

    by_post = seen(runtime.db, plan_id)
    left = next(one for one in by_post.post if one.village_code == stop.village_code)
    assert (left.rupiah, left.shipment_id is not None) == (stop.post, True)
    assert left.reason["sentence"] == "Lewat Pos: dikeluarkan dari rute oleh petugas."
    consistent(runtime, plan_id)
    edit(Include(batch_id=left.batch_id, route=1, position=1))
    assert seen(runtime.db, plan_id).routes[0].stops[0].village_code == stop.village_code
    consistent(runtime, plan_id)


def test_a_courier_is_exchanged_and_a_third_one_takes_over(runtime, plan_id, edit):
    first, second = (route.courier_id for route in seen(runtime.db, plan_id).routes)

    edit(Swap(route=1, courier_id=second))

    assert [route.courier_id for route in seen(runtime.db, plan_id).routes] == [second, first]
    third = next(one for one in seen(runtime.db, plan_id).courier_ids if one not in (first, second))
    edit(Swap(route=1, courier_id=third))
    assert [route.courier_id for route in seen(runtime.db, plan_id).routes] == [third, first]
    consistent(runtime, plan_id)


def test_a_stop_opens_a_new_route_and_the_last_stop_takes_its_route_away(runtime, plan_id, edit):
    before = seen(runtime.db, plan_id)
    third = next(one for one in before.courier_ids if one not in [route.courier_id for route in before.routes])
    stops = before.routes[1].stops

    for stop in stops:
        edit(Move(stop_id=stop.id, courier_id=third, position=1))

    after = seen(runtime.db, plan_id)
    assert [(route.number, len(route.stops)) for route in after.routes] == [(1, 3), (3, 3)]
    consistent(runtime, plan_id)


def test_pins_are_seen_and_let_go(runtime, plan_id, edit):
    stop = seen(runtime.db, plan_id).routes[0].stops[1]

    for to in ("route", "position", "none"):
        edit(PinStop(stop_id=stop.id, to=to))
        assert seen(runtime.db, plan_id).routes[0].stops[1].pin == to.replace("none", "")


def test_the_advice_of_a_left_out_batch_is_one_click(runtime, plan_id, edit):
    left = seen(runtime.db, plan_id).post[0]
    assert left.advice == "antar juga"

    made = edit(Advice(batch_id=left.batch_id))

    assert seen(runtime.db, plan_id).post == []
    assert made.said.startswith("Kantor Desa")
    consistent(runtime, plan_id)


def test_one_more_courier_is_somebody_real(runtime):
    def all_taken(built) -> Reason:
        like = built.problem.vehicles[0].id
        return Reason(cause=Cause.NO_VEHICLE_FREE, change=Change(field="vehicles", value=1, vehicle_id=like))

    plan_id = a_solved_plan(runtime, 8, 9, 10, reason=all_taken, couriers=2)
    before = seen(runtime.db, plan_id)

    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        wanted = Advice(batch_id=before.post[0].batch_id)
        made = plan_edits.edit(session, runtime.files, plan, wanted, seen=plan.version, by=SARI)

    after = seen(runtime.db, plan_id)
    assert (after.post, len(after.courier_ids)) == ([], 3)
    assert "dengan kurir tambahan Ojek" in made.said
    consistent(runtime, plan_id)


@pytest.mark.parametrize(("bag", "state"), [(200, "solved"), (160, "requested")], ids=["enough", "only with others"])
def test_what_is_allowed_is_allowed_in_this_plan_only(runtime, bag, state):
    def bag_too_small(built) -> Reason:
        change = Change(field="capacity", value=bag, vehicle_id=built.problem.vehicles[0].id)
        return Reason(cause=Cause.CAPACITY, amount=30, vehicle_id=change.vehicle_id, change=change)

    plan_id = a_solved_plan(runtime, 70, 70, 70, 70, 40, reason=bag_too_small, couriers=2)
    left = seen(runtime.db, plan_id).post[0]
    assert left.advice == f"tas memuat {bag} dokumen"

    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        made = plan_edits.edit(session, runtime.files, plan, Advice(batch_id=left.batch_id), seen=plan.version, by=SARI)

    after = seen(runtime.db, plan_id)
    assert (after.state, after.violations) == (state, [])
    assert f"tas memuat {bag} dokumen untuk Ojek 1" in made.said
    with runtime.db.reading() as session:
        assert session.get_one(Courier, after.courier_ids[0]).bag_documents is None
    if state == "solved":
        assert after.post == []
        consistent(runtime, plan_id)


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_a_limit_that_is_exceeded_is_shown_and_keeps_the_plan_from_approval(runtime, plan_id, edit, undo):
    with runtime.db.transaction() as session:
        session.execute(update(Courier).values(bag_documents=None))
        plan = session.get_one(Plan, plan_id)
        plan.problem = {**plan.problem, "vehicles": [{**one, "capacity": 30} for one in plan.problem["vehicles"]]}
    stop = seen(runtime.db, plan_id).routes[1].stops[0]

    edit(Move(stop_id=stop.id, route=1, position=1))

    broken = seen(runtime.db, plan_id).violations
    assert [(one.code, one.route, one.is_allowed) for one in broken] == [("over_capacity", 1, False)]
    assert broken[0].sentence.endswith("membawa 36 dokumen, tasnya memuat 30")
    with pytest.raises(Invalid, match="over_capacity"), runtime.db.transaction() as session:
        planning.approve(session, session.get_one(Plan, plan_id), by=SARI)
    with runtime.db.transaction() as session:
        session.execute(update(Rules).where(Rules.office == OFFICE).values(may_exceed=["over_capacity"]))
    assert seen(runtime.db, plan_id).violations[0].is_allowed
    with runtime.db.transaction() as session:
        planning.approve(session, session.get_one(Plan, plan_id), by=SARI)


def test_the_ledger_is_told_the_edited_fare(runtime, plan_id, edit):
    edit(Move(stop_id=seen(runtime.db, plan_id).routes[0].stops[0].id, route=2))
    with runtime.db.transaction() as session:
        planning.approve(session, session.get_one(Plan, plan_id), by=SARI)

    fares = {route.id: route.fare for route in seen(runtime.db, plan_id).routes}
    with runtime.db.reading() as session:
        offers = session.execute(
            select(Assignment.route_id, Assignment.rupiah).where(Assignment.route_id.is_not(None))
        ).all()
        assert dict(offers) == fares
        with pytest.raises(Conflict):
            plan = session.get_one(Plan, plan_id)
            plan_edits.edit(session, runtime.files, plan, Swap(route=1, courier_id="-"), seen=plan.version, by=SARI)


@pytest.mark.parametrize(
    "wanted",
    [
        Move(stop_id="0000000000000000", route=1),
        Swap(route=9, courier_id="0000000000000000"),
        Reorder(route=1, stop_ids=[]),
        Include(batch_id="0000000000000000"),
    ],
)
def test_what_is_not_in_the_plan_is_refused(runtime, plan_id, edit, wanted):
    with pytest.raises(Invalid):
        edit(wanted)

    assert seen(runtime.db, plan_id).edits == 0


# ---- taken back, two at once -----------------------------------------------------------------------------------------


def test_every_edit_is_taken_back_in_turn(runtime, plan_id, edit, undo):
    looks = [seen(runtime.db, plan_id)]
    edit(Exclude(stop_id=looks[0].routes[0].stops[0].id))
    looks.append(seen(runtime.db, plan_id))
    edit(Move(stop_id=looks[1].routes[1].stops[0].id, route=1))

    second = undo(by=BUDI)
    assert shape(seen(runtime.db, plan_id)) == shape(looks[1])
    undo()

    first = seen(runtime.db, plan_id)
    assert (shape(first), first.totals) == (shape(looks[0]), looks[0].totals)
    assert (second.undone_by, first.edits) == (str(BUDI), 0)
    consistent(runtime, plan_id)
    with pytest.raises(Invalid):
        undo()


def test_the_second_of_two_dispatchers_is_told_and_nothing_is_lost(runtime, plan_id, edit):
    start = seen(runtime.db, plan_id)
    edit(Move(stop_id=start.routes[0].stops[0].id, route=2), by=BUDI)

    with pytest.raises(Stale):
        edit(Exclude(stop_id=start.routes[1].stops[0].id), seen=start.version)

    with runtime.db.reading() as session:
        plan = session.get_one(Plan, plan_id)
        missed = plan_edits.history(session, plan, since=start.version)
        then = plan_edits.draft_at(session, plan, start.version)
    assert [(one.by, one.kind) for one in missed] == [(str(BUDI), "move")]
    assert [len(ride.stops) for ride in then.rides] == [3, 3]


def test_each_edit_is_an_event_of_the_trail(runtime, plan_id, edit, undo):
    made = edit(Move(stop_id=seen(runtime.db, plan_id).routes[0].stops[0].id, route=2), by=BUDI)
    undo()

    with runtime.db.reading() as session:
        events = session.execute(
            select(Event.actor_id, Event.why, Event.evidence)
            .where(Event.subject_id == plan_id, Event.from_state == "solved")
            .order_by(Event.version)
        ).all()
    assert [tuple(one) for one in events] == [("budi", "move", made.id), ("sari", "undo", made.id)]


# ---- over HTTP -------------------------------------------------------------------------------------------------------


def test_the_api_wants_the_version_and_answers_with_the_next(runtime, plan_id, sign_in):
    dispatcher = sign_in("dispatcher")
    look = dispatcher.get(f"/api/v1/plans/{plan_id}")
    stop = look.json["routes"][0]["stops"][0]["id"]
    body = {"kind": "move", "stop_id": stop, "route": 2}

    assert dispatcher.post(f"/api/v1/plans/{plan_id}/edits", json=body).status_code == 428
    moved = dispatcher.post(f"/api/v1/plans/{plan_id}/edits", json=body, headers={"If-Match": look.headers["ETag"]})
    assert (moved.status_code, [len(route["stops"]) for route in moved.json["routes"]]) == (200, [2, 4])
    stale = dispatcher.post(f"/api/v1/plans/{plan_id}/edits", json=body, headers={"If-Match": look.headers["ETag"]})
    assert (stale.status_code, stale.json["type"]) == (412, "urn:antar:problem:stale")
    missed = dispatcher.get(f"/api/v1/plans/{plan_id}/edits?since={look.json['version']}").json
    assert [one["kind"] for one in missed["items"]] == ["move"]
    assert dispatcher.post(f"/api/v1/plans/{plan_id}/undo").status_code == 428
    back = dispatcher.post(f"/api/v1/plans/{plan_id}/undo", headers={"If-Match": moved.headers["ETag"]})
    assert [len(route["stops"]) for route in back.json["routes"]] == [3, 3]
    refused = sign_in(VIEWER).post(f"/api/v1/plans/{plan_id}/edits", json=body, headers={"If-Match": '"1"'})
    assert refused.status_code == 403


# ---- whatever is done ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_any_edits_in_any_order_leave_rows_that_are_true(runtime, plan_id, edit, undo, seed):
    dice = random.Random(seed)
    start = seen(runtime.db, plan_id)
    made = 0
    for _ in range(14):
        wanted = any_edit(dice, seen(runtime.db, plan_id))
        try:
            undo() if wanted is None else edit(wanted)
            made += 1
        except Invalid:
            pass
        consistent(runtime, plan_id)
    assert made > 5
    while seen(runtime.db, plan_id).edits:
        undo()
    end = seen(runtime.db, plan_id)
    assert (shape(end), end.totals) == (shape(start), start.totals)


def any_edit(dice: random.Random, plan: PlanView) -> Edit | None:
    """Something a dispatcher might do to this plan; None: take the last edit back."""
    stops = [stop.id for route in plan.routes for stop in route.stops]
    left = [one.batch_id for one in (*plan.post, *plan.waiting, *plan.unassigned)]
    numbers, riders = [route.number for route in plan.routes], plan.courier_ids
    choices: list[Edit | None] = [None]
    if stops:
        stop_id = dice.choice(stops)
        choices += [
            Move(stop_id=stop_id, route=dice.choice(numbers), position=dice.choice([None, 1, 2])),
            Move(stop_id=stop_id, courier_id=dice.choice(riders), position=1),
            Exclude(stop_id=stop_id, way=dice.choice(["cheapest", "post"])),
            PinStop(stop_id=stop_id, to=dice.choice(["route", "position", "none"])),
            Swap(route=dice.choice(numbers), courier_id=dice.choice(riders)),
        ]
    if left:
        choices.append(Include(batch_id=dice.choice(left)))
    return dice.choice(choices)
