"""A courier company is ordered once, and what it tells us counts once, whatever the order and however often."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from dispatch.clock import SetClock
from dispatch.jobs import perform, perform_due
from dispatch.runtime import Runtime
from dispatch.services import booking, partner_accounts, partner_watch
from dispatch.store import work
from dispatch.store.models import Assignment, Batch, PartnerAccount, PartnerMessage, Plan, Proof, Shipment
from dispatch.store.states import move
from partners.base import PartnerError
from partners.simulator import ReferenceSimulator
from partners.simulator.callbacks import Message, Spoiling
from partners.simulator.faults import Fault
from tests.databases import OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import (
    Day,
    a_day,
    all_is_well,
    held,
    open_cases,
    rows,
    states,
    village_of,
    village_phone,
)

KEY = "sandbox-key"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = f"/callbacks/{OFFICE}/reference"


@dataclass
class Company:
    """The courier company, one shipment it shall carry, and our door for its callbacks."""

    simulator: ReferenceSimulator
    runtime: Runtime
    clock: SetClock
    door: FlaskClient
    day: Day

    @property
    def shipment_id(self) -> str:
        return self.day.shipment_ids[0]

    @property
    def order(self) -> Assignment:
        """Our newest order with it."""
        return next(a for a in rows(self.runtime, Assignment) if a.partner == "reference")

    @property
    def batch_id(self) -> str:
        with self.runtime.db.reading() as session:
            return session.get_one(Shipment, self.shipment_id).batch_id

    def book(self) -> None:
        """Order it, and let the worker place the order."""
        with self.runtime.db.transaction() as session:
            booking.book_shipment(session, OFFICE, self.shipment_id, "reference", by=SARI)
        self.work()

    def work(self) -> int:
        """Do what is due; a job that fails is tried again later."""
        try:
            return perform_due(self.runtime)
        except PartnerError:
            return 0
        except booking.StillUnknown:
            return 0

    def watch(self) -> None:
        """The sweeper looks for what never called back, and the worker does what it found."""
        with self.runtime.db.transaction() as session:
            partner_watch.look(session)
        self.work()

    def later(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))

    def happens(self, status: str, *, minutes: int = 0, **more: object) -> Message:
        """So many minutes later something happens to the order; the callback waits in the partner's hands."""
        self.later(minutes=minutes)
        known = set(self.simulator.callbacks.waiting)
        self.simulator.happen(self.order.reference, status, at=self.clock.now(), **more)
        (new,) = [message for message in self.simulator.callbacks.waiting if message not in known]
        return new

    def call(self, message: Message, spoiling: Spoiling | None = None, body: bytes | None = None) -> int:
        """The callback arrives, signed as of now; the answer's status."""
        headers = self.simulator.callbacks.headers(message, spoiling)
        answer = self.door.post(PATH, data=body or message.body, headers=headers, content_type="application/json")
        return answer.status_code

    def tell(self, status: str, *, minutes: int = 0, **more: object) -> None:
        """It happens, we are told, and the worker lets it count."""
        message = self.happens(status, minutes=minutes, **more)
        assert self.call(message) == 204
        self.work()

    def outcomes(self) -> list[str]:
        return sorted(message.outcome for message in rows(self.runtime, PartnerMessage))


@pytest.fixture
def company(app, runtime, clock) -> Iterator[Company]:
    day = a_day(runtime, on_route=(), by_post=(2,))
    with ReferenceSimulator(api_key=KEY, webhook_secrets=(SECRET,), clock=clock.now) as simulator:
        with runtime.db.transaction() as session:
            partner_accounts.set_account(
                session, runtime.keys, OFFICE, "reference", base_url=simulator.base_url, api_key=KEY, secrets=[SECRET]
            )
        yield Company(simulator, runtime, clock, app.test_client(), day)
    assert simulator.server.mistakes == []


def test_a_shipment_from_the_order_to_the_village(company, runtime):
    company.book()
    assert (company.order.state, len(company.simulator.orders)) == ("accepted", 1)
    assert held(runtime, company.batch_id) == [("batched", "depot")] * 2

    company.tell("assigned", minutes=1)
    company.tell("picked_up", minutes=5)
    assert held(runtime, company.batch_id) == [("out", "partner")] * 2
    company.tell("in_transit", minutes=6)
    company.tell("delivered", minutes=30, received_by="Bu Sari")

    assert held(runtime, company.batch_id) == [("at_village", "village_office")] * 2
    assert states(runtime, Shipment, company.shipment_id) == ["delivered"]
    assert states(runtime, Plan, company.day.plan_id) == ["closed"]
    assert company.order.state == "finished"
    assert [(p.source, p.received_by) for p in rows(runtime, Proof)] == [("partner:reference", "Bu Sari")]
    assert company.outcomes() == ["applied"] * 4
    assert all_is_well(runtime)


def test_the_same_callback_twice_changes_nothing(company, runtime):
    company.book()
    message = company.happens("picked_up", minutes=1)

    assert [company.call(message), company.call(message)] == [204, 204]
    company.work()
    assert company.call(message) == 204
    company.work()

    assert len(list(rows(runtime, PartnerMessage))) == 1
    assert states(runtime, Shipment, company.shipment_id) == ["handed_to_partner"]


def test_callbacks_in_the_wrong_order_end_the_same(company, runtime):
    """The end is heard first; what came before it is kept and changes nothing."""
    company.book()
    messages = [
        company.happens("picked_up", minutes=1),
        company.happens("in_transit", minutes=2),
        company.happens("delivered", minutes=3, received_by="Bu Sari"),
    ]

    for message in reversed(messages):
        company.call(message)
        company.work()

    assert held(runtime, company.batch_id) == [("at_village", "village_office")] * 2
    assert states(runtime, Shipment, company.shipment_id) == ["delivered"]
    assert company.outcomes() == ["applied", "stored", "stored"]
    assert all_is_well(runtime)


@pytest.mark.parametrize(
    "spoilt", [Spoiling(bad_signature=True), Spoiling(signed_ago=timedelta(0))], ids=["unknown secret", "changed body"]
)
def test_a_callback_that_the_partner_did_not_sign_is_refused_and_not_kept(company, runtime, spoilt):
    company.book()
    message = company.happens("picked_up")

    changed = None if spoilt.bad_signature else message.body.replace(b"picked_up", b"delivered")
    status = company.call(message, spoilt, changed)

    assert status == 401
    assert list(rows(runtime, PartnerMessage)) == []


def test_an_unsigned_callback_and_an_unknown_partner_sound_the_same(company):
    unsigned = company.door.post(PATH, data=b"{}", content_type="application/json")
    nobody = company.door.post(f"/callbacks/{OFFICE}/nobody", data=b"{}", content_type="application/json")
    elsewhere = company.door.post("/callbacks/35.03/reference", data=b"{}", content_type="application/json")

    assert unsigned.status_code == 401
    assert unsigned.text == nobody.text == elsewhere.text


def test_a_callback_that_is_far_too_long_is_refused(company, runtime):
    answer = company.door.post(PATH, data=b"x" * 300_000, content_type="application/json")

    assert answer.status_code == 413
    assert list(rows(runtime, PartnerMessage)) == []


def test_an_old_but_genuine_callback_is_confirmed_by_asking(company, runtime):
    """It lay in a queue for an hour. The partner itself is asked, and its answer counts."""
    company.book()
    message = company.happens("picked_up")

    assert company.call(message, Spoiling(signed_ago=timedelta(hours=1))) == 204
    company.work()

    assert states(runtime, Shipment, company.shipment_id) == ["handed_to_partner"]
    assert [(m.is_direct, m.outcome) for m in rows(runtime, PartnerMessage)] == [(False, "applied")]
    assert "track" in {company.simulator.operation(call) for call in company.simulator.server.calls}


def test_news_of_an_unknown_order_is_parked_and_shown(company, runtime):
    company.book()
    message = company.happens("picked_up")
    stranger = Message(message.id, message.body.replace(company.order.reference.encode(), b"A0000000000000000"))

    assert company.call(stranger) == 204
    company.work()
    assert company.outcomes() == ["parked"]
    assert open_cases(runtime) == []

    company.later(hours=25)
    company.watch()

    assert company.outcomes() == ["unknown"]
    assert open_cases(runtime) == ["unknown_message"]
    # our own order was asked meanwhile: that it was picked up is true
    assert states(runtime, Shipment, company.shipment_id) == ["handed_to_partner"]


def test_a_word_nobody_knows_is_kept_and_shown(company, runtime):
    company.book()

    assert company.call(company.happens("teleported")) == 204
    company.work()

    assert company.outcomes() == ["unknown"]
    assert open_cases(runtime) == ["unknown_message"]


def test_two_different_ends_are_for_a_person(company, runtime):
    company.book()
    company.tell("picked_up", minutes=1)
    company.tell("delivered", minutes=2, received_by="Bu Sari")

    company.tell("returned", minutes=3)

    assert states(runtime, Shipment, company.shipment_id) == ["delivered"]
    assert open_cases(runtime) == ["partner_conflict"]
    assert company.outcomes() == ["applied", "applied", "conflict"]
    assert all_is_well(runtime)


@pytest.mark.parametrize("first", ["partner", "village"])
def test_partner_and_village_may_be_heard_in_either_order(app, company, runtime, first):
    company.book()
    company.tell("picked_up", minutes=1)
    desk = village_phone(app, runtime, village_of(runtime, company.batch_id))

    for who in ("partner", "village") if first == "partner" else ("village", "partner"):
        if who == "partner":
            company.tell("delivered", minutes=2, received_by="Bu Sari")
        else:
            assert desk.count(company.batch_id).status_code == 200

    assert held(runtime, company.batch_id) == [("at_village", "village_office")] * 2
    assert states(runtime, Shipment, company.shipment_id) == ["delivered"]
    assert states(runtime, Batch, company.batch_id) == ["closed"]
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_what_the_partner_returns_is_counted_in(company, runtime, sign_in):
    company.book()
    company.tell("picked_up", minutes=1)
    company.tell("returned", minutes=2)
    assert held(runtime, company.batch_id) == [("returning", "partner")] * 2

    answer = sign_in("dispatcher").post(f"/api/v1/shipments/{company.shipment_id}/return", json={"all": True})

    assert len(answer.json["ready"]) == 2
    assert states(runtime, Batch, company.batch_id) == ["closed"]
    assert all_is_well(runtime)


def test_what_the_partner_lost_waits_for_a_person(company, runtime):
    company.book()
    company.tell("picked_up", minutes=1)

    company.tell("lost", minutes=2)

    assert states(runtime, Shipment, company.shipment_id) == ["lost"]
    assert held(runtime, company.batch_id) == [("out", "partner")] * 2
    assert open_cases(runtime) == ["lost_shipment"]
    assert all_is_well(runtime)


def test_an_order_the_partner_cancels_frees_the_batch(company, runtime):
    company.book()

    company.tell("cancelled", minutes=1)

    assert states(runtime, Shipment, company.shipment_id) == ["cancelled"]
    assert states(runtime, Batch, company.batch_id) == ["sealed"]
    assert company.order.state == "cancelled"
    assert all_is_well(runtime)


def test_booking_twice_is_one_order(company):
    company.book()
    company.book()

    assert len(company.simulator.orders) == 1


@pytest.mark.parametrize("fault", [Fault.REPLY_LOST, Fault.ERROR_500_AFTER, Fault.REPLY_TORN])
def test_an_answer_that_never_came_is_never_a_second_order(company, runtime, fault):
    """The partner took the order and its answer was lost: it is looked up by our reference."""
    company.simulator.fail_next(fault, on="book")
    company.book()
    assert company.order.state == "unknown"

    company.later(minutes=1)
    company.work()

    assert company.order.state == "accepted"
    assert len(company.simulator.orders) == 1
    assert sum(company.simulator.operation(call) == "book" for call in company.simulator.server.calls) == 1
    assert all_is_well(runtime)


def test_an_order_nobody_knows_of_is_for_a_person_and_never_placed_again(company, runtime, sign_in):
    """The connection was cut, and the partner says it has nothing. A person asks it, and takes the shipment back."""
    company.simulator.fail_next(Fault.RESET, on="book")
    company.book()
    for _ in range(8):
        company.later(minutes=10)
        company.work()

    assert company.order.state == "unknown"
    assert open_cases(runtime) == ["booking_unknown"]
    assert company.simulator.orders == ()
    sign_in("dispatcher").post(f"/api/v1/shipments/{company.shipment_id}/cancel", json={"reason": "tidak ada di mitra"})
    assert states(runtime, Batch, company.batch_id) == ["sealed"]
    assert all_is_well(runtime)


def test_a_partner_that_was_not_even_reached_is_tried_again(company, runtime):
    company.simulator.server.refuse_connections()
    company.book()
    assert company.order.state == "intent"

    company.simulator.server.listen()
    company.later(minutes=1)
    company.work()

    assert company.order.state == "accepted"
    assert len(company.simulator.orders) == 1


def test_a_worker_that_died_while_ordering_orders_nothing_twice(company, runtime, clock):
    """The first worker placed the order and died before writing it down; the next one finds it."""
    with runtime.db.transaction() as session:
        wanted = booking.book_shipment(session, OFFICE, company.shipment_id, "reference", by=SARI)
    with runtime.db.transaction() as session:
        (job_id,) = work.due(session)
        order = booking.order_of(session, session.get_one(Assignment, wanted.id))
        move(session, session.get_one(Assignment, wanted.id), "sending", by=SARI)
        adapter = partner_accounts.adapter_for(session, runtime.keys, OFFICE, "reference", clock.now)
    assert work.claim(runtime.db, job_id, timedelta(seconds=30)) is not None
    adapter.book(order)
    company.later(seconds=31)

    assert perform(runtime, job_id)

    assert company.order.state == "accepted"
    assert len(company.simulator.orders) == 1


def test_what_the_partner_refuses_goes_to_the_post(company, runtime):
    company.simulator.fail_next(Fault.NO_MONEY, on="book")

    company.book()

    assert sorted((a.partner, a.state) for a in rows(runtime, Assignment)) == [
        ("post_counter", "accepted"),
        ("post_counter", "cancelled"),
        ("reference", "rejected"),
    ]
    with runtime.db.reading() as session:
        assert session.get_one(Shipment, company.shipment_id).partner == "post_counter"
    assert open_cases(runtime) == ["booking_refused"]
    assert all_is_well(runtime)


def test_news_that_comes_before_the_answer_of_the_order_counts(company, runtime):
    """The order is still unknown to us when the partner already tells that it is under way."""
    company.simulator.fail_next(Fault.REPLY_LOST, on="book")
    company.book()
    assert company.order.state == "unknown"

    company.tell("picked_up", minutes=1)

    assert company.order.state == "accepted"
    assert states(runtime, Shipment, company.shipment_id) == ["handed_to_partner"]
    assert all_is_well(runtime)


def test_an_order_is_placed_over_the_api(company, runtime, sign_in):
    office = sign_in("dispatcher")

    answer = office.post(f"/api/v1/shipments/{company.shipment_id}/booking", json={"partner": "reference"})
    company.work()

    assert (answer.status_code, answer.json["order"]) == (202, "intent")
    (shown,) = office.get("/api/v1/shipments").json["items"]
    assert (shown["partner"], shown["order"]) == ("reference", "accepted")
    wrong = office.post(f"/api/v1/shipments/{company.shipment_id}/booking", json={"partner": "elang"})
    assert wrong.status_code == 422


def test_the_partners_secrets_are_not_kept_in_clear(company, runtime):
    (account,) = rows(runtime, PartnerAccount)

    assert KEY not in account.secrets_sealed
    assert account.secrets_sealed.startswith("k1.")
