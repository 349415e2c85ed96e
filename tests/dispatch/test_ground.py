"""The ground holds: states move one way, the trail chains, work is claimed once, keys answer twins."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from dispatch.errors import Conflict, KeyReused
from dispatch.services import offices
from dispatch.store import audit, keys, work
from dispatch.store.audit import SYSTEM
from dispatch.store.models import Depot, Event, Job, Plan
from dispatch.store.states import born, move
from maps.gazetteer import gazetteer
from tests.databases import OFFICE


def a_plan(session) -> Plan:
    plan = Plan(
        office=OFFICE,
        service_date=date(2026, 11, 24),
        requested_by="user:x",
        requested_at=session.info["clock"].now(),
        seconds_allowed=5,
        depot_ids=[],
        courier_ids=[],
    )
    born(session, [plan], "requested", by=SYSTEM)
    return plan


def test_a_move_writes_its_event(session):
    plan = a_plan(session)

    move(session, plan, "solved", by=SYSTEM, why="test")

    events = session.scalars(select(Event).where(Event.subject_id == plan.id).order_by(Event.seq)).all()
    assert [(e.from_state, e.to_state, e.version) for e in events] == [("", "requested", 1), ("requested", "solved", 2)]
    assert (plan.state, plan.version) == ("solved", 2)


def test_the_chain_joins_and_recomputes(session):
    plan = a_plan(session)
    move(session, plan, "failed", by=SYSTEM)
    move(session, plan, "requested", by=SYSTEM)
    session.expire_all()

    prev = audit.GENESIS
    for event in session.scalars(select(Event).where(Event.office == plan.office).order_by(Event.seq)):
        columns = {c.name: getattr(event, c.name) for c in Event.__table__.c if c.name not in ("prev_hash", "hash")}
        assert event.prev_hash == prev
        assert event.hash == audit.digest(prev, columns)
        prev = event.hash


def test_a_move_that_is_not_in_the_table_is_refused(session):
    plan = a_plan(session)

    with pytest.raises(Conflict, match="requested and cannot become approved"):
        move(session, plan, "approved", by=SYSTEM)


def test_who_comes_second_gets_a_conflict(runtime):
    with runtime.db.transaction() as session:
        plan_id = a_plan(session).id
    with runtime.db.reading() as session:
        seen_early = session.get(Plan, plan_id)
    with runtime.db.transaction() as session:
        move(session, session.get(Plan, plan_id), "discarded", by=SYSTEM)

    with pytest.raises(Conflict, match="changed by somebody else"), runtime.db.transaction() as session:
        move(session, session.merge(seen_early, load=False), "solved", by=SYSTEM)


def test_a_job_is_claimed_once_and_finished(runtime, clock):
    done = []
    with runtime.db.transaction() as session:
        work.want(session, "look", "row1", office=OFFICE)
        work.want(session, "look", "row1", office=OFFICE)
    with runtime.db.reading() as session:
        (job_id,) = work.due(session)

    claim = work.claim(runtime.db, job_id, timedelta(seconds=30))
    assert work.claim(runtime.db, job_id, timedelta(seconds=30)) is None
    work.run(
        claim,
        load=lambda session, ref: ref,
        act=lambda ref, claim: ref.upper(),
        save=lambda session, ref, loaded, acted: done.append(acted),
        give_up=lambda session, ref, error: None,
    )

    assert done == ["ROW1"]
    with runtime.db.reading() as session:
        assert session.scalars(select(Job.state)).all() == ["done"]


def test_a_worker_that_was_thought_dead_changes_nothing(runtime, clock):
    with runtime.db.transaction() as session:
        work.want(session, "look", "row1", office=OFFICE)
    with runtime.db.reading() as session:
        (job_id,) = work.due(session)
    zombie = work.claim(runtime.db, job_id, timedelta(seconds=30))
    clock.advance(timedelta(seconds=31))
    assert work.claim(runtime.db, job_id, timedelta(seconds=30)) is not None

    with pytest.raises(work.LostClaim), zombie.transaction():
        pytest.fail("a lost claim must not reach the work")


def test_a_twin_request_reads_the_first_answer(session):
    place = {"office": OFFICE, "actor": "user:x", "endpoint": "api.create_plan", "key": "k" * 12}

    assert keys.take(session, **place, fingerprint="a") is None
    keys.answered(session, **place, answer={"body": {"id": 1}})

    assert keys.take(session, **place, fingerprint="a") == {"body": {"id": 1}}
    with pytest.raises(KeyReused):
        keys.take(session, **place, fingerprint="b")


def test_an_office_is_set_up_with_its_villages(session):
    office = offices.set_up(session, "35.17", gazetteer())

    assert office.name == "Kabupaten Jombang"
    assert session.scalars(select(Depot).where(Depot.office == "35.17")).one().is_estimate


def test_health_and_openapi_answer(app):
    client = app.test_client()

    assert client.get("/healthz").json["status"] == "ok"
    assert client.get("/api/v1/openapi.json").json["openapi"] == "3.1.0"
