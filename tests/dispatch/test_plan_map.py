"""The map of a plan: every stop and batch is on it, nobody's person, and nothing comes from elsewhere."""

import json
import re

import pytest
from sqlalchemy import select, update

from dispatch.jobs import perform_due
from dispatch.services import batching, plan_view, planning
from dispatch.services.plan_map import plan_map
from dispatch.services.plan_shapes import PlanView
from dispatch.store.models import Courier, Recipient
from routing.travel.straight_line import StraightLine
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, finished, villages


@pytest.fixture
def plan(runtime) -> PlanView:
    """A solved plan with a route, a batch for the post and one that waits."""
    with runtime.db.transaction() as session:
        for village in villages(session):
            if village.district == "Kanigoro":
                finished(session, village, 9, printed_on=WEDNESDAY_BEFORE)
        far, farther = villages(session)[0], villages(session)[5]
        finished(session, far, 1, urgent=True)
        finished(session, farther, 8)
        batching.release(session, OFFICE, by=SARI)
        plan_id = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI).id
    perform_due(runtime)
    with runtime.db.reading() as session:
        return plan_view.view(session, planning.plan_of(session, OFFICE, plan_id))


def test_every_stop_and_every_batch_left_out_is_a_marker(plan):
    content = plan_map(plan, OFFICE, "Kabupaten Blitar", StraightLine())

    markers = [marker for layer in content.layers for marker in layer.markers]
    assert sum(marker.kind == "stop" for marker in markers) == sum(len(route.stops) for route in plan.routes) > 0
    assert sum(marker.kind == "post" for marker in markers) == len(plan.post) > 0
    assert sum(marker.kind == "waiting" for marker in markers) == len(plan.waiting) > 0
    assert sum(marker.kind == "depot" for marker in markers) == 1
    assert content.title == "Rencana Sel 24 Nov 2026"
    assert {len(layer.areas) for layer in content.layers if layer.areas} == {248, 22}


def test_a_route_is_drawn_from_the_depot_through_its_stops_and_back(plan):
    content = plan_map(plan, OFFICE, "Kabupaten Blitar", StraightLine())

    (depot,) = plan.depots
    lines = [line for layer in content.layers for line in layer.lines]
    assert len(lines) == len(plan.routes)
    for line, route in zip(lines, plan.routes, strict=True):
        stops = [(stop.lat, stop.lon) for stop in route.stops]
        assert list(line.points) == [(depot.lat, depot.lon), *stops, (depot.lat, depot.lon)]


def test_an_office_without_outlines_still_has_its_routes(plan):
    content = plan_map(plan, "99.99", "Kabupaten Jauh", StraightLine())

    assert [layer for layer in content.layers if layer.areas] == []
    assert sum(len(layer.lines) for layer in content.layers) == len(plan.routes)


def test_the_page_runs_under_its_own_policy_and_loads_its_libraries_from_here(plan, sign_in):
    viewer = sign_in("viewer")

    page = viewer.get(f"/plans/{plan.id}/map")

    policy = page.headers["Content-Security-Policy"]
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    assert f'<script nonce="{nonce}">' in page.text
    assert "unsafe" not in policy
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    for address in addresses:
        with viewer.get(address) as library:
            assert (address[:1], library.status_code) == ("/", 200)
            assert "immutable" in library.headers["Cache-Control"]
    again = viewer.get(f"/plans/{plan.id}/map")
    assert nonce not in again.text


def test_the_page_names_stops_and_couriers_but_no_citizen(plan, sign_in, runtime):
    with runtime.db.transaction() as session:
        session.execute(update(Courier).values(name="<b>Ojek</b> ${alert(1)}"))
        people = session.scalars(select(Recipient.name)).all()

    page = sign_in("dispatcher").get(f"/plans/{plan.id}/map").text

    (data,) = re.findall(r'<script type="application/json" id="map-data">(.*?)</script>', page)
    shown = [marker["title"] for layer in json.loads(data)["layers"] for marker in layer["markers"]]
    assert plan.routes[0].stops[0].place in shown
    assert not [name for name in people if re.search(rf"\b{name}\b", page)]
    assert "<b>Ojek" not in page
    assert "${alert" not in page


def test_the_map_can_be_kept_as_a_file(plan, sign_in):
    file = sign_in("viewer").get(f"/plans/{plan.id}/map/export")

    assert file.headers["Content-Disposition"] == f'attachment; filename="rencana-2026-11-24-{plan.id}.html"'
    assert re.findall(r"<(?:script|link)[^>]+(?:src|href)=", file.text) == []


def test_a_plan_without_an_answer_shows_its_batches(runtime, sign_in):
    with runtime.db.transaction() as session:
        finished(session, villages(session)[0], 8)
        batching.release(session, OFFICE, by=SARI)
        plan_id = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI).id

    page = sign_in("viewer").get(f"/plans/{plan_id}/map")

    assert page.status_code == 200
    assert "rute sedang dicari" in page.text


def test_another_office_and_a_stranger_see_no_map(plan, sign_in, app):
    assert sign_in("supervisor", OTHER_OFFICE).get(f"/plans/{plan.id}/map").status_code == 404
    assert sign_in("admin").get(f"/plans/{plan.id}/map").status_code == 403
    assert app.test_client().get(f"/plans/{plan.id}/map").status_code == 401
    assert app.test_client().get("/map-library/../render.py").status_code == 404
