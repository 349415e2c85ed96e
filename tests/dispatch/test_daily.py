"""What happens by itself once a day: promises are looked at again in each office's own small hours."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.jobs import HANDLERS, perform_due
from dispatch.services import backlog_nightly, daily
from dispatch.services.backlog import Wish
from dispatch.services.verify import verify
from dispatch.store.models import BacklogPlan, Document, Job, Office, PromiseChange
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, finished, villages
from tests.dispatch.recorded import recorded

DAY = timedelta(days=1)


def look(runtime) -> list[str]:
    with runtime.db.transaction() as session:
        return list(daily.look(session))


def at_local(clock, hour: int) -> None:
    """The next such hour in western Indonesia (seven hours ahead)."""
    clock.advance(timedelta(seconds=1))
    while (clock.now().hour + 7) % 24 != hour:
        clock.advance(timedelta(hours=1))


@pytest.fixture
def office(runtime, clock) -> str:
    """An office whose day is done."""
    with runtime.db.transaction() as session:
        session.get_one(Office, OFFICE).timezone = "Asia/Jakarta"
    at_local(clock, 12)
    look(runtime)
    perform_due(runtime)
    return OFFICE


def test_each_day_is_looked_at_once_in_the_small_hours_however_many_look(runtime, clock, office):
    assert office not in look(runtime)
    at_local(clock, 0)
    assert office not in look(runtime)

    at_local(clock, 2)

    assert look(runtime).count(office) == 1
    assert office not in look(runtime)
    with runtime.db.reading() as session:
        wanted = session.scalars(select(Job.kind).where(Job.ref == office, Job.state == "open")).all()
    assert sorted(wanted) == sorted(daily.KINDS)
    assert set(daily.KINDS) <= set(HANDLERS)


def test_days_on_which_nothing_ran_are_made_up_for_once(runtime, clock, office):
    clock.advance(3 * DAY)

    assert office in look(runtime)
    assert office not in look(runtime)


def test_s4_2_the_burn_down_begins_every_night_with_what_is_there_then(runtime, clock, office):
    with runtime.db.transaction() as session:
        village = villages(session)[0]
        recorded(session, village, 3)
        first = backlog_nightly.request(session, office, Wish(name="lama", nightly=True), by=SARI)
        kept = backlog_nightly.request(session, office, Wish(name="baru", nightly=True), by=SARI)
        assert [row.id for row in backlog_nightly.nightly(session, office)] == [kept.id]
        first_id, kept_id = first.id, kept.id
    perform_due(runtime)
    with runtime.db.transaction() as session:
        recorded(session, villages(session)[0], 2)
    clock.advance(DAY)

    look(runtime)
    perform_due(runtime)

    with runtime.db.reading() as session:
        old, new = session.get_one(BacklogPlan, first_id), session.get_one(BacklogPlan, kept_id)
        assert (old.answer["documents"], new.answer["documents"]) == (3, 5)
        assert (new.status, new.done_at.date()) == ("done", clock.now().date())


def test_a_nightly_plan_can_be_left_as_it_is_and_asks_for_nothing_but_the_offices_own(runtime, sign_in, office):
    sari = sign_in("dispatcher")
    made = sari.post("/api/v1/backlog-plans", json={"nightly": True})
    perform_due(runtime)

    page = sari.get(f"/backlog/{made.json['id']}").text
    stopped = sari.post(f"/backlog/{made.json['id']}/nightly/stop")
    again = sari.post(f"/backlog/{made.json['id']}/nightly/stop", headers={"Accept": "application/json"})
    refused = sari.post("/api/v1/backlog-plans", json={"nightly": True, "backlog": 18_000})

    assert "dihitung ulang setiap malam" in page
    assert (made.status_code, stopped.status_code, again.status_code, refused.status_code) == (202, 303, 303, 422)
    with runtime.db.reading() as session:
        assert backlog_nightly.nightly(session, office) == []


def test_a_document_whose_day_is_over_gets_a_new_one_without_anybody_asking(runtime, clock, office):
    with runtime.db.transaction() as session:
        (document,) = finished(session, villages(session)[0], 1)
        document_id, first = document.id, document.promised_on
    while clock.now().date() <= first:
        clock.advance(DAY)

    look(runtime)
    perform_due(runtime)
    look(runtime)
    perform_due(runtime)

    with runtime.db.reading() as session:
        (change,) = session.scalars(select(PromiseChange))
        assert (change.document_id, change.was, change.cause) == (document_id, first, "late")
        assert session.get_one(Document, document_id).promised_on > first
        assert verify(session, runtime.files) == []
