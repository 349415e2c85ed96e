"""Work that its carrier did not take goes down the office's ladder, each step paid for, never while one may exist."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.errors import Conflict, Invalid
from dispatch.services import budgets, ladder, partner_accounts
from dispatch.services.assignment import live_assignment
from dispatch.services.booking import book_shipment
from dispatch.store.models import Assignment, Batch, Event, PlanBatch, Route, Shipment
from dispatch.store.states import move
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import a_day, all_is_well, states, under_way
from tests.dispatch.test_callbacks import company

__all__ = ["company"]

PAGE = {"Accept": "text/html"}


def a_budget(runtime, rupiah: int, *, channels=()) -> None:
    with runtime.db.transaction() as session:
        budgets.add_line(
            session, OFFICE, year=2026, source="APBD", activity="A", account=str(rupiah), name="Antar",
            rupiah_granted=rupiah, channels=channels, by=SARI,
        )  # fmt: skip
    runtime.clock.advance(timedelta(minutes=1))


def a_partner(runtime) -> None:
    with runtime.db.transaction() as session:
        partner_accounts.set_account(
            session, runtime.keys, OFFICE, "reference", base_url="http://127.0.0.1:9", api_key="k" * 24,
            secrets=["whsec_" + "A" * 44],
        )  # fmt: skip
        ladder.decide(session, OFFICE, ["reference", "post_counter"], valid_from=TUESDAY, by=SARI)


def decline(runtime, route_id: str) -> ladder.Fall:
    with runtime.db.transaction() as session:
        return ladder.decline_route(session, OFFICE, route_id, why="motor rusak", by=SARI)


def carriers(runtime) -> list[tuple[str, str]]:
    """Partner and state of every order that still counts."""
    with runtime.db.reading() as session:
        rows = session.execute(
            select(Assignment.partner, Assignment.state)
            .where(Assignment.state.not_in(ladder.ENDED))
            .order_by(Assignment.partner, Assignment.id)
        )
        return [(partner, state) for partner, state in rows]


def test_without_a_ladder_of_its_own_a_route_without_its_rider_goes_by_post(runtime):
    day = a_day(runtime)

    assert decline(runtime, day.route_id).step == "post_counter"

    assert states(runtime, Route, day.route_id) == ["cancelled"]
    assert carriers(runtime) == [("post_counter", "accepted")] * 2
    with runtime.db.reading() as session:
        assert set(session.scalars(select(PlanBatch.outcome))) == {"post"}
        (event,) = session.scalars(select(Event).where(Event.subject_kind == "fallback")).all()
        assert (event.to_state, event.why) == ("post_counter", "motor rusak")
    assert all_is_well(runtime)


def test_the_next_partner_comes_before_the_post(runtime):
    a_partner(runtime)
    day = a_day(runtime)

    assert decline(runtime, day.route_id).step == "reference"

    assert carriers(runtime) == [("reference", "intent")] * 2
    assert all_is_well(runtime)


def test_a_step_that_no_line_can_pay_is_passed_over_and_says_so(runtime):
    """The only line pays for the ojek: when the rider stays away everything waits for the next day, and it is free."""
    a_budget(runtime, 200_000, channels=["ojek"])
    a_partner(runtime)
    day = a_day(runtime)

    done = decline(runtime, day.route_id)

    assert done.step == "next_day"
    assert done.passed_over == (
        "reference: belum ada mata anggaran 2026 yang boleh membayar mitra",
        "post_counter: belum ada mata anggaran 2026 yang boleh membayar Pos",
    )
    assert states(runtime, Batch, *day.batch_ids) == ["sealed", "sealed"]
    assert carriers(runtime) == []
    assert all_is_well(runtime)


def test_the_money_of_the_route_pays_for_what_comes_after_it(runtime):
    a_budget(runtime, 100_000)
    day = a_day(runtime)

    assert decline(runtime, day.route_id).step == "post_counter"

    assert all_is_well(runtime)


def test_a_shipment_is_never_offered_twice_to_the_same_partner(runtime):
    a_partner(runtime)
    day = a_day(runtime, on_route=(), by_post=(2,))
    with runtime.db.transaction() as session:
        offer = book_shipment(session, OFFICE, day.shipment_ids[0], "reference", by=SARI)
        move(session, offer, "sending", by=SARI)
        move(session, offer, "rejected", by=SARI)
        assert ladder.fall(session, offer, by=SARI, why="no courier").step == "post_counter"

    assert carriers(runtime) == [("post_counter", "accepted")]
    assert states(runtime, Shipment, day.shipment_ids[0]) == ["planned"]
    assert all_is_well(runtime)


@pytest.mark.parametrize("state", ["sending", "unknown", "accepted"])
def test_nothing_falls_while_an_order_may_exist(runtime, state):
    a_partner(runtime)
    day = a_day(runtime, on_route=(), by_post=(2,))
    with runtime.db.transaction() as session:
        offer = book_shipment(session, OFFICE, day.shipment_ids[0], "reference", by=SARI)
        for step in ("sending", state) if state != "sending" else ("sending",):
            move(session, offer, step, by=SARI)

        with pytest.raises(Conflict):
            ladder.fall(session, offer, by=SARI, why="no courier")
        assert live_assignment(session, session.get_one(Shipment, day.shipment_ids[0])) is offer


def test_a_route_that_has_left_cannot_be_declined(app, runtime):
    day, _ = under_way(app, runtime)

    with pytest.raises(Conflict):
        decline(runtime, day.route_id)


def test_the_office_decides_its_ladder_from_a_day_on(sign_in, runtime):
    boss = sign_in("supervisor")
    form = {"valid_from": "2026-11-25", "steps": ["reference", "", "post_counter"]}

    assert boss.post("/ladder", data=form, headers=PAGE).status_code == 303

    with runtime.db.reading() as session:
        assert ladder.steps_on(session, OFFICE, TUESDAY) == ("post_counter", "next_day")
        tomorrow = TUESDAY + timedelta(days=1)
        assert ladder.steps_on(session, OFFICE, tomorrow) == ("reference", "post_counter", "next_day")
    boss.get("/ladder", headers=PAGE)  # what was just said is said once
    page = boss.get("/ladder", headers=PAGE).text
    assert "reference" in page
    assert "toast" not in page
    made = boss.post("/api/v1/ladder", json={"steps": ["post_counter"]})
    assert made.json["steps"] == ["post_counter", "next_day"]
    assert boss.post("/api/v1/ladder", json={"steps": ["gojek-sakti"]}).status_code == 422
    with runtime.db.transaction() as session, pytest.raises(Invalid):
        ladder.decide(session, OFFICE, ["reference", "reference"], valid_from=TUESDAY, by=SARI)


def test_a_clerk_hands_a_route_down_from_its_page(sign_in, runtime):
    clerk = sign_in("dispatcher")
    day = a_day(runtime)
    assert "Kurir tidak jadi berangkat" in clerk.get(f"/routes/{day.route_id}", headers=PAGE).text

    assert clerk.post(f"/routes/{day.route_id}/decline", data={"why": "sakit"}, headers=PAGE).status_code == 303

    assert carriers(runtime) == [("post_counter", "accepted")] * 2
    again = clerk.post(f"/api/v1/routes/{day.route_id}/decline", json={"reason": "sakit"})
    assert again.status_code == 409


def test_when_the_partner_finds_nobody_its_order_is_called_off_and_the_post_takes_it(company, runtime):
    """Only the partner's word that the order is gone lets the shipment fall: nobody carries it twice."""
    with runtime.db.transaction() as session:
        ladder.decide(session, OFFICE, ["reference", "post_counter"], valid_from=TUESDAY, by=SARI)
    company.book()

    company.tell("no_courier", minutes=1)
    company.work()

    assert len(company.simulator.orders) == 1
    assert carriers(runtime) == [("post_counter", "accepted")]
    assert all_is_well(runtime)
