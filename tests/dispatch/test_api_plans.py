"""Batches and plans over HTTP: one click releases, one request plans, and everybody sees only their own."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dispatch.access import ADMIN, VIEWER
from dispatch.jobs import perform_due
from dispatch.services.planning_problem import question_of
from dispatch.services.planning_solve import Watch
from dispatch.store import work
from dispatch.store.models import Batch, Document, Job, Plan, Recipient
from dispatch.store.work import LostClaim
from routing.model import Progress
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import WEDNESDAY_BEFORE, finished, villages

TODAY = "2026-11-24"


@pytest.fixture
def dispatcher(sign_in):
    return sign_in("dispatcher")


@pytest.fixture
def ready(runtime) -> None:
    """Twenty villages near each other with nine documents each, one with two young ones."""
    with runtime.db.transaction() as session:
        *crowded, quiet = [v for v in villages(session) if v.district == "Kanigoro"]
        for village in crowded:
            finished(session, village, 9, printed_on=WEDNESDAY_BEFORE)
        finished(session, quiet, 2)


@pytest.fixture
def sealed(dispatcher, ready) -> None:
    assert dispatcher.post("/api/v1/batches/release", json={}).status_code == 200


def ask(client, key: str = "", **wishes):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/plans", json={"service_date": TODAY, "seconds": 1, **wishes}, headers=headers)


def solved(runtime, dispatcher) -> dict:
    asked = ask(dispatcher)
    perform_due(runtime)
    return dispatcher.get(asked.headers["Location"]).json


# ---- batches ---------------------------------------------------------------------------------------------------------


def test_one_request_releases_the_whole_office(dispatcher, ready, runtime):
    report = dispatcher.post("/api/v1/batches/release", json={}).json

    assert report["documents"] == sum(batch["documents"] for batch in report["batches"])
    assert {batch["documents"] for batch in report["batches"]} == {9}
    assert [(w["documents"], w["documents_missing"]) for w in report["waiting"]] == [(2, 6)]
    by_hand = dispatcher.post("/api/v1/batches/release", json={"villages": [report["waiting"][0]["village_code"]]}).json
    assert [batch["released_by"] for batch in by_hand["batches"]] == ["hand"]


def test_a_batch_shows_its_lines_and_nobodys_person(dispatcher, sealed, runtime):
    listed = dispatcher.get("/api/v1/batches?state=sealed&limit=5").json
    assert len(listed["items"]) == 5 < listed["total"]

    answer = dispatcher.get(f"/api/v1/batches/{listed['items'][0]['id']}")

    with runtime.db.reading() as session:
        recipient = session.scalars(select(Recipient)).first()
        codes = session.scalars(select(Document.code).where(Document.batch_id == listed["items"][0]["id"])).all()
    assert sorted(line["code"] for line in answer.json["lines"]) == sorted(codes)
    assert set(answer.json["lines"][0]) == {"line_no", "document_id", "code", "kind", "state", "is_urgent"}
    assert recipient.name not in answer.text


def test_a_batch_is_dissolved_once(dispatcher, sealed):
    batch = dispatcher.get("/api/v1/batches").json["items"][0]

    assert dispatcher.post(f"/api/v1/batches/{batch['id']}/dissolve").json["state"] == "dissolved"
    again = dispatcher.post(f"/api/v1/batches/{batch['id']}/dissolve")
    assert (again.status_code, again.content_type) == (409, "application/problem+json")


# ---- plans -----------------------------------------------------------------------------------------------------------


def test_a_plan_is_asked_for_solved_read_and_approved(dispatcher, sealed, runtime):
    asked = ask(dispatcher)
    assert (asked.status_code, asked.json["state"]) == (202, "requested")
    waiting = dispatcher.get(asked.headers["Location"])
    assert (len(waiting.json["undecided"]), waiting.json["routes"]) == (asked.json["totals"]["batches"], [])

    perform_due(runtime)
    plan = dispatcher.get(asked.headers["Location"])

    totals = plan.json["totals"]
    parts = ("documents_on_routes", "documents_by_post", "documents_waiting", "documents_unassigned")
    assert sum(totals[part] for part in parts) == totals["documents"]
    assert totals["documents_on_routes"] > 0
    assert totals["cost"] == totals["ojek"] + totals["post"] + totals["waiting"] <= totals["all_post"]
    for route in plan.json["routes"]:
        assert [stop["position"] for stop in route["stops"]] == list(range(1, len(route["stops"]) + 1))
        assert sum(stop["documents"] for stop in route["stops"]) == route["documents"]
        assert route["leaves_s"] < route["stops"][0]["arrival_s"] < route["returns_s"]
    assert all(one["reason"]["sentence"] for part in ("post", "waiting", "unassigned") for one in plan.json[part])
    approved = dispatcher.post(f"/api/v1/plans/{plan.json['id']}/approve", headers={"If-Match": plan.headers["ETag"]})
    assert (approved.status_code, approved.json["state"]) == (200, "approved")
    listed = dispatcher.get(f"/api/v1/plans?service_date={TODAY}&state=approved").json["items"]
    assert [one["id"] for one in listed] == [plan.json["id"]]


def test_a_repeated_request_makes_one_plan(dispatcher, sealed, runtime):
    first, again = ask(dispatcher, key="plan-24-november"), ask(dispatcher, key="plan-24-november")

    assert (again.status_code, again.json, again.headers["Location"]) == (202, first.json, first.headers["Location"])
    assert ask(dispatcher, key="plan-24-november", with_post=False).status_code == 409
    with runtime.db.reading() as session:
        assert session.scalars(select(Plan.id)).all() == [first.json["id"]]


def test_a_second_plan_finds_no_batches(dispatcher, sealed):
    ask(dispatcher)

    refused = ask(dispatcher)

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"field": "depot_ids", "reason": "belum ada batch yang siap direncanakan; rilis batch dahulu"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"service_date": 1764000000},
        {"service_date": "24-11-2026"},
        {"service_date": "2026-02-30"},
        {"service_date": TODAY, "seconds": 0},
        {"service_date": TODAY, "seconds": 301},
        {"service_date": TODAY, "seconds": "5"},
        {"service_date": TODAY, "courier_ids": ["' OR 1=1"]},
        {"service_date": TODAY, "with_post": "ya"},
        {"service_date": TODAY, "office": OTHER_OFFICE},
        {"service_date": "2026-11-28"},
    ],
)
def test_a_request_that_makes_no_sense_names_the_field_and_reserves_nothing(dispatcher, sealed, runtime, body):
    refused = dispatcher.post("/api/v1/plans", json=body)

    assert (refused.status_code, refused.content_type) == (422, "application/problem+json")
    assert refused.json["errors"]
    with runtime.db.reading() as session:
        assert set(session.scalars(select(Batch.state))) == {"sealed"}
        assert session.scalars(select(Plan.id)).all() == []


def test_who_names_no_seconds_gets_them_by_the_number_of_batches(dispatcher, sealed):
    asked = dispatcher.post("/api/v1/plans", json={"service_date": TODAY}).json

    assert asked["totals"]["batches"] <= 20
    assert asked["seconds_allowed"] == 5


def test_progress_is_readable_while_the_search_goes_on_and_a_stop_reaches_it(dispatcher, sealed, runtime, clock):
    asked = ask(dispatcher, seconds=60)
    with runtime.db.reading() as session:
        (job_id,) = work.due(session)
        question = question_of(session, session.get(Plan, asked.json["id"]))
    claim = work.claim(runtime.db, job_id, timedelta(seconds=30))
    watch = Watch(claim, question)

    assert watch.better(Progress(seconds=0.1, cost=90_000, stops_on_routes=4)) is False
    assert watch.better(Progress(seconds=1.2, cost=80_000, stops_on_routes=6)) is False
    watch.tell()

    seen = dispatcher.get(asked.headers["Location"]).json
    assert (seen["state"], seen["seconds_left"], seen["progress"]) == (
        "requested",
        59,
        [{"seconds": 0.1, "cost": 90_000, "stops": 4}, {"seconds": 1.2, "cost": 80_000, "stops": 6}],
    )
    stopped = dispatcher.post(f"/api/v1/plans/{asked.json['id']}/stop")
    assert (stopped.status_code, stopped.json["stop_early"]) == (202, True)
    watch.tell()
    assert watch.better(Progress(seconds=2.0, cost=80_000, stops_on_routes=6)) is True

    clock.advance(timedelta(seconds=31))
    assert work.claim(runtime.db, job_id, timedelta(seconds=30)) is not None
    with pytest.raises(LostClaim):
        watch.tell()


def test_a_failed_plan_says_so_and_is_tried_again(dispatcher, sealed, runtime):
    asked = ask(dispatcher)
    with runtime.db.transaction() as session:
        session.execute(update(Job).values(attempt=Job.max_attempts))
    perform_due(runtime)
    failed = dispatcher.get(asked.headers["Location"]).json
    assert (failed["state"], failed["failure"][:30]) == ("failed", "Rute belum berhasil dihitung. ")

    assert dispatcher.post(f"/api/v1/plans/{failed['id']}/retry").status_code == 202
    perform_due(runtime)

    assert dispatcher.get(asked.headers["Location"]).json["state"] == "solved"


def test_a_plan_somebody_else_changed_is_not_approved_over_them(dispatcher, sealed, runtime):
    asked = ask(dispatcher)
    perform_due(runtime)
    plan_id = asked.json["id"]

    stale = dispatcher.post(f"/api/v1/plans/{plan_id}/approve", headers={"If-Match": asked.headers["ETag"]})
    assert stale.status_code == 412
    assert dispatcher.post(f"/api/v1/plans/{plan_id}/discard", headers={"If-Match": "soon"}).status_code == 400
    assert dispatcher.post(f"/api/v1/plans/{plan_id}/discard", headers={"If-Match": '"2"'}).json["state"] == "discarded"
    assert dispatcher.post(f"/api/v1/plans/{plan_id}/approve").status_code == 409


# ---- who may ---------------------------------------------------------------------------------------------------------


def test_another_office_finds_nothing(dispatcher, sealed, runtime, sign_in):
    plan = solved(runtime, dispatcher)
    batch = dispatcher.get("/api/v1/batches").json["items"][0]
    stranger = sign_in("supervisor", OTHER_OFFICE)

    for path in (f"plans/{plan['id']}", f"batches/{batch['id']}"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404
    for path in ("stop", "retry", "approve", "discard"):
        assert stranger.post(f"/api/v1/plans/{plan['id']}/{path}").status_code == 404
    assert stranger.post(f"/api/v1/batches/{batch['id']}/dissolve").status_code == 404
    assert stranger.get("/api/v1/plans").json["items"] == []
    assert stranger.get("/api/v1/batches").json == {"items": [], "total": 0}
    assert dispatcher.get(f"/api/v1/plans/{plan['id']}").json["version"] == plan["version"]


@pytest.mark.parametrize(("role", "looking"), [(VIEWER, 200), (ADMIN, 403)])
def test_a_viewer_looks_and_an_admin_does_not_even_look(dispatcher, sealed, runtime, sign_in, role, looking):
    plan = solved(runtime, dispatcher)
    visitor = sign_in(role)

    assert visitor.get(f"/api/v1/plans/{plan['id']}").status_code == looking
    assert visitor.get("/api/v1/batches").status_code == looking
    assert ask(visitor).status_code == 403
    for path in (f"plans/{plan['id']}/approve", f"plans/{plan['id']}/discard", "batches/release"):
        assert visitor.post(f"/api/v1/{path}", json={}).status_code == 403


def test_a_program_with_a_key_plans_nothing(api_client, sealed):
    program = api_client("documents:write", "documents:read", office=OFFICE)

    assert ask(program).status_code == 403
    assert program.get("/api/v1/plans").status_code == 403
