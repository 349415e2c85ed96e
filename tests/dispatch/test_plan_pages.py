"""Editing a plan on its page: plain forms, a late one shown what it missed, the rest searched again, two compared."""

import re

import pytest
from sqlalchemy import select

from dispatch.access import VIEWER
from dispatch.jobs import perform_due
from dispatch.services.verify import verify
from dispatch.store.models import Plan, PlanEdit
from tests.dispatch.solved import a_solved_plan, seen

PAGE = {"Accept": "text/html"}


@pytest.fixture
def plan_id(runtime) -> str:
    return a_solved_plan(runtime, 8, 9, 10, 8, 9, 10, 8)


@pytest.fixture
def sari(sign_in):
    return sign_in("dispatcher")


def send(client, plan_id: str, version: int, action: str = "edits", **form):
    return client.post(f"/plans/{plan_id}/{action}", data={"version": version, **form}, headers=PAGE)


def test_a_stop_is_looked_at_moved_and_put_back(runtime, plan_id, sari):
    look = seen(runtime.db, plan_id)
    stop = look.routes[0].stops[0]

    panel = sari.get(f"/plans/{plan_id}?stop={stop.id}", headers=PAGE).text
    assert stop.place in panel
    assert 'name="where"' in panel
    moved = send(sari, plan_id, look.version, kind="move", stop_id=stop.id, where="2", position="1")
    assert (moved.status_code, moved.location) == (303, f"/plans/{plan_id}?stop={stop.id}")
    now = seen(runtime.db, plan_id)
    assert [len(route.stops) for route in now.routes] == [2, 4]
    text = sari.get(moved.location, headers=PAGE).text
    assert "Batalkan perubahan terakhir" in text
    assert "terkunci" in text
    send(sari, plan_id, now.version, "undo")
    assert [len(route.stops) for route in seen(runtime.db, plan_id).routes] == [3, 3]


def test_a_new_route_by_choosing_who_begins_it(runtime, plan_id, sari):
    look = seen(runtime.db, plan_id)
    idle = next(one for one in look.courier_ids if one not in [route.courier_id for route in look.routes])

    send(sari, plan_id, look.version, kind="move", stop_id=look.routes[0].stops[0].id, where=idle, position="")

    assert [route.courier_id for route in seen(runtime.db, plan_id).routes][2] == idle


def test_whoever_comes_second_sees_what_was_changed_and_may_do_the_same_again(runtime, plan_id, sari, sign_in):
    start = seen(runtime.db, plan_id)
    first, second = start.routes[0].stops[0], start.routes[1].stops[0]
    send(sign_in("supervisor"), plan_id, start.version, kind="exclude", stop_id=first.id, way="post")

    late = send(sari, plan_id, start.version, kind="exclude", stop_id=second.id, way="post")

    page = sari.get(late.location, headers=PAGE).text
    assert "Perubahan Anda belum dipakai" in page
    assert f"keluarkan dari rute · {second.place}" in page
    assert "keluar dari rute: ke Pos" in page
    assert "Supervisor" in page
    assert f"rute 1 (Ojek 1), tujuan {first.position}" in page
    assert "tidak di rute" in page
    assert seen(runtime.db, plan_id).edits == 1
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page[page.index("Anda ingin") :]))
    sari.post(f"/plans/{plan_id}/edits", data=form, headers=PAGE)
    assert seen(runtime.db, plan_id).edits == 2


def test_the_rest_is_searched_again_and_keeps_what_people_decided(runtime, plan_id, sari):
    start = seen(runtime.db, plan_id)
    pinned, out = start.routes[0].stops[0], start.routes[1].stops[1]
    send(sari, plan_id, start.version, kind="move", stop_id=pinned.id, where="2", position="1")
    send(sari, plan_id, start.version + 1, kind="exclude", stop_id=out.id, way="post")
    made = seen(runtime.db, plan_id)

    send(sari, plan_id, start.version + 2, "rest")
    assert seen(runtime.db, plan_id).state == "requested"
    perform_due(runtime)

    after = seen(runtime.db, plan_id)
    assert (after.state, after.violations) == ("solved", [])
    assert after.totals.cost <= made.totals.cost
    rider = next(route for route in start.routes if route.number == 2).courier_id
    of_rider = next(route for route in after.routes if route.courier_id == rider)
    assert pinned.village_code in [stop.village_code for stop in of_rider.stops]
    assert out.village_code in [one.village_code for one in after.post]
    with runtime.db.reading() as session:
        assert verify(session, runtime.files) == []
        newest = session.scalars(select(PlanEdit).order_by(PlanEdit.number.desc())).first()
        assert newest.kind == "again"
        assert newest.by.startswith("user:")
    send(sari, plan_id, after.version, "undo")
    assert seen(runtime.db, plan_id).totals.cost == made.totals.cost


def test_a_search_that_fails_leaves_the_plan_as_people_made_it(runtime, plan_id, sari):
    start = seen(runtime.db, plan_id)
    send(sari, plan_id, start.version, kind="exclude", stop_id=start.routes[0].stops[0].id, way="post")
    send(sari, plan_id, start.version + 1, "rest")
    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        # an impossible problem: the search has no vehicle that its pins name
        plan.problem = {**plan.problem, "vehicles": [], "pins": []}

    perform_due(runtime)

    with runtime.db.reading() as session:
        plan = session.get_one(Plan, plan_id)
        assert (plan.state, plan.cost is not None) == ("solved", True)
        assert "tetap seperti semula" in plan.failure


def test_two_plans_side_by_side(runtime, plan_id, sari):
    start = seen(runtime.db, plan_id)
    send(sari, plan_id, start.version, kind="exclude", stop_id=start.routes[0].stops[0].id, way="post")
    other = a_solved_plan(runtime, 9, 9, 9, riders=1, left_out=0)

    page = sari.get(f"/plans/compare?one={plan_id}&other={other}", headers=PAGE)

    assert page.status_code == 200
    assert "Selisih" in page.text
    assert sari.get(f"/api/v1/plans/{plan_id}/compare/{other}").json["differences"]


def test_who_only_looks_gets_no_buttons(runtime, plan_id, sign_in):
    viewer = sign_in(VIEWER)
    stop = seen(runtime.db, plan_id).routes[0].stops[0]

    page = viewer.get(f"/plans/{plan_id}?stop={stop.id}", headers=PAGE).text

    assert stop.place in page
    assert 'name="kind"' not in page
    assert send(viewer, plan_id, 2, kind="exclude", stop_id=stop.id).status_code == 403


@pytest.mark.parametrize("form", [{"kind": "dance"}, {"kind": "move", "stop_id": "' OR 1=1"}, {"kind": "swap"}])
def test_nonsense_changes_nothing(runtime, plan_id, sari, form):
    version = seen(runtime.db, plan_id).version

    assert send(sari, plan_id, version, **form).status_code in (303, 404)

    assert seen(runtime.db, plan_id).edits == 0
