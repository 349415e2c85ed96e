"""Orders at real partners' APIs: never two, cancelled even when unknown, asked when silent, frozen when too fast."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.clock import SetClock
from dispatch.errors import Conflict, Invalid
from dispatch.jobs import perform_due
from dispatch.runtime import Runtime
from dispatch.services import assignment, booking, partner_accounts, partner_events, partner_watch
from dispatch.services.partner_alarm import alarm_if_too_fast
from dispatch.store.models import Assignment, Batch, PartnerMessage, Route, Shipment, Stop, Village
from dispatch.store.states import is_final
from partners.base import Booking, PartnerError, PartnerEvent, Tracking
from partners.events import EVENTS
from partners.simulator import Fault, KiriminAjaSimulator, LalamoveSimulator
from tests.databases import OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import Day, a_day, all_is_well, held, open_cases, rows, states

PHONE = "081234567890"
SECRET = "jalan-rahasia-0123456789"


@dataclass
class Partner:
    """A partner's simulator, the office's account with it, one day of work, and our door for its callbacks."""

    name: str
    simulator: Any
    runtime: Runtime
    clock: SetClock
    door: FlaskClient
    day: Day

    @property
    def order(self) -> Assignment:
        """Our newest order with it."""
        return next(a for a in rows(self.runtime, Assignment) if a.partner == self.name)

    def book(self) -> None:
        with self.runtime.db.transaction() as session:
            if self.day.route_id:
                booking.book_route(session, OFFICE, self.day.route_id, self.name, by=SARI)
            else:
                booking.book_shipment(session, OFFICE, self.day.shipment_ids[0], self.name, by=SARI)
        self.work()

    def work(self) -> None:
        """Do what is due; a job that fails is tried again later."""
        try:
            perform_due(self.runtime)
        except (PartnerError, booking.StillUnknown):
            return

    def later(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))

    def watch(self) -> None:
        with self.runtime.db.transaction() as session:
            partner_watch.look(session)
        self.work()

    def happens(self, kind: str, **more: Any) -> None:
        """A minute later something happens at the partner, and its callback waits."""
        self.later(minutes=1)
        self.simulator.happen(self.simulator.orders[-1].id, kind, **more)

    def calls(self) -> list[int]:
        """All waiting callbacks arrive at our door and are applied."""
        path = f"/callbacks/{OFFICE}/{self.name}" + (f"/{SECRET}" if self.name == "kiriminaja" else "")
        self.simulator.callbacks.url = "http://office.invalid" + path
        statuses = []
        for message in self.simulator.callbacks.waiting:
            signed = self.simulator.callbacks.signed(message)
            answer = self.door.post(
                path, data=signed.body, headers=dict(signed.headers), content_type="application/json"
            )
            statuses.append(answer.status_code)
        self.simulator.callbacks._waiting.clear()
        self.work()
        return statuses

    def cancel(self) -> None:
        with self.runtime.db.transaction() as session:
            if self.day.route_id:
                assignment.cancel_route(session, OFFICE, self.day.route_id, by=SARI, why="hujan deras")
            else:
                assignment.cancel_shipment(session, OFFICE, self.day.shipment_ids[0], by=SARI, why="hujan deras")
        self.work()


def _account(runtime: Runtime, name: str, simulator: Any) -> None:
    more = {"sender_phone": PHONE}
    more |= {"origin": "5484/61010"} if name == "kiriminaja" else {"api_secret": "sk_test"}
    secrets = [SECRET] if name == "kiriminaja" else []
    with runtime.db.transaction() as session:
        partner_accounts.set_account(
            session, runtime.keys, OFFICE, name, base_url=simulator.base_url, api_key="k", secrets=secrets, more=more
        )


@pytest.fixture
def kiriminaja(app, runtime, clock) -> Iterator[Partner]:
    with KiriminAjaSimulator(api_key="k", clock=clock.now) as simulator:
        _account(runtime, "kiriminaja", simulator)
        day = a_day(runtime, on_route=(), by_post=(2,))
        with runtime.db.transaction() as session:
            for number, village in enumerate(session.query(Village).filter_by(office=OFFICE)):
                row = {"office": OFFICE, "partner": "kiriminaja", "village_code": village.code}
                session.add(partner_accounts.PartnerRegion(**row, district_id=5483, village_id=61000 + number))
        yield Partner("kiriminaja", simulator, runtime, clock, app.test_client(), day)
    assert simulator.server.mistakes == []


@pytest.fixture
def lalamove(app, runtime, clock) -> Iterator[Partner]:
    with LalamoveSimulator(api_key="k", api_secret="sk_test", clock=clock.now) as simulator:
        _account(runtime, "lalamove", simulator)
        day = a_day(runtime, on_route=((3,), (2, 1)))
        yield Partner("lalamove", simulator, runtime, clock, app.test_client(), day)
    assert simulator.server.mistakes == []


def test_an_unsigned_callback_is_a_hint_and_the_partner_is_asked(kiriminaja, runtime):
    """Somebody who knows the address and the key says 'delivered'; the partner knows better."""
    kiriminaja.book()
    kiriminaja.happens("picked_up")
    assert kiriminaja.calls() == [204]
    assert states(runtime, Shipment, kiriminaja.day.shipment_ids[0]) == ["handed_to_partner"]

    body = b'{"method":"finished_packages","data":[{"order_id":"%b","finished_at":"2026-11-24 09:00:00"}]}'
    forged = body % kiriminaja.order.reference.encode()
    path, key = f"/callbacks/{OFFICE}/kiriminaja/", {"authorization": "Bearer k"}
    refused = kiriminaja.door.post(path + "guessed-guessed-guessed", data=forged, headers=key)
    taken = kiriminaja.door.post(path + SECRET, data=forged, headers=key)
    kiriminaja.work()

    assert (refused.status_code, taken.status_code) == (401, 204)
    assert states(runtime, Shipment, kiriminaja.day.shipment_ids[0]) == ["handed_to_partner"]
    kiriminaja.happens("delivered", received_by="Bu Sari")
    kiriminaja.calls()
    assert states(runtime, Shipment, kiriminaja.day.shipment_ids[0]) == ["delivered"]
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_the_waybill_comes_late_and_is_kept(kiriminaja, runtime):
    kiriminaja.simulator.book.late_waybill = True
    kiriminaja.book()
    kiriminaja.happens("processed")
    kiriminaja.calls()

    (shipment,) = rows(runtime, Shipment)
    assert shipment.resi == kiriminaja.simulator.orders[0].waybill


def test_what_never_called_back_is_asked(kiriminaja, runtime):
    kiriminaja.book()
    kiriminaja.happens("picked_up", told=False)
    kiriminaja.happens("delivered", told=False, received_by="Bu Sari")

    kiriminaja.watch()
    assert states(runtime, Shipment, kiriminaja.day.shipment_ids[0]) == ["planned"]  # ten minutes have not passed
    kiriminaja.later(minutes=11)
    kiriminaja.watch()

    assert states(runtime, Shipment, kiriminaja.day.shipment_ids[0]) == ["delivered"]
    assert all_is_well(runtime)


def test_a_lost_answer_is_looked_up(kiriminaja, runtime):
    kiriminaja.simulator.fail_next(Fault.REPLY_LOST, on="book")
    kiriminaja.book()
    assert kiriminaja.order.state == "unknown"

    kiriminaja.later(minutes=1)
    kiriminaja.work()

    assert kiriminaja.order.state == "accepted"
    assert len(kiriminaja.simulator.orders) == 1


@pytest.mark.parametrize("partner", ["kiriminaja", "lalamove"])
def test_a_wish_to_cancel_is_kept_while_nobody_knows_and_done_when_known(request, runtime, partner):
    """The order's answer was lost, the office calls it off meanwhile: nothing is free before the partner said so."""
    it: Partner = request.getfixturevalue(partner)
    it.simulator.fail_next(Fault.REPLY_LOST, on="book")
    it.book()
    it.cancel()
    batch = rows(runtime, Batch)
    assert it.order.state == "unknown"
    assert {b.state for b in batch} == {"planned"}

    it.later(minutes=1)
    it.work()
    it.calls()
    it.work()

    assert [order.kind for order in it.simulator.orders] == ["cancelled"]
    assert it.order.state == "cancelled"
    assert {b.state for b in rows(runtime, Batch)} == {"sealed"}
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_what_was_picked_up_cannot_be_called_off(kiriminaja, runtime):
    kiriminaja.book()
    kiriminaja.happens("picked_up", told=False)

    kiriminaja.cancel()

    assert kiriminaja.order.state == "accepted"
    assert open_cases(runtime) == ["call_off_refused"]
    kiriminaja.calls()
    kiriminaja.later(minutes=11)
    kiriminaja.watch()
    assert states(runtime, Shipment, kiriminaja.day.shipment_ids[0]) == ["handed_to_partner"]
    assert all_is_well(runtime)


def test_a_partner_carries_a_route_stop_by_stop(lalamove, runtime):
    lalamove.book()
    assert lalamove.order.state == "accepted"
    first, second = lalamove.simulator.orders[0].drops
    lalamove.happens("assigned")
    lalamove.happens("picked_up")
    assert lalamove.calls() == [204] * 3
    assert states(runtime, Route, lalamove.day.route_id) == ["under_way"]
    assert set(held(runtime, lalamove.day.batch_ids[0])) == {("out", "partner")}

    lalamove.happens("delivered", drop=first, photo_urls=["https://photo.invalid/1"])
    lalamove.calls()
    assert states(runtime, Stop, *lalamove.day.stop_ids) == ["done", "pending"]
    lalamove.happens("attempt_failed", drop=second)
    lalamove.calls()
    assert states(runtime, Stop, *lalamove.day.stop_ids) == ["done", "pending"]  # it may yet try again
    lalamove.happens("delivered")  # the whole order is over
    lalamove.calls()

    assert states(runtime, Stop, *lalamove.day.stop_ids)[0] == "done"
    assert all_is_well(runtime)


def test_what_a_partner_could_not_deliver_is_counted_in(lalamove, runtime, sign_in):
    lalamove.book()
    first, second = lalamove.simulator.orders[0].drops
    lalamove.happens("picked_up")
    lalamove.happens("delivered", drop=first)
    lalamove.happens("attempt_failed", drop=second)
    lalamove.simulator.orders[0].history.append(
        lalamove.simulator.orders[0]
        .history[0]
        .__class__(kind=None, word="COMPLETED", at=lalamove.clock.now(), drop=None)
    )
    lalamove.later(minutes=11)
    lalamove.watch()
    assert states(runtime, Stop, *lalamove.day.stop_ids) == ["done", "failed"]

    answer = sign_in("dispatcher").post(f"/api/v1/routes/{lalamove.day.route_id}/return", json={"all": True})

    assert len(answer.json["ready"]) == 3
    assert states(runtime, Route, lalamove.day.route_id) == ["completed"]
    assert lalamove.order.state == "finished"
    assert all_is_well(runtime)


def test_an_order_of_which_only_the_partners_id_is_known_is_resolved_by_asking(lalamove, runtime):
    """Lalamove cannot be asked by our reference: a callback brings its id, and the order there says whose it is."""
    lalamove.simulator.fail_next(Fault.REPLY_LOST, on="book")
    lalamove.book()
    lalamove.later(minutes=1)
    lalamove.work()
    assert (lalamove.order.state, open_cases(runtime)) == ("unknown", ["booking_unknown"])

    lalamove.calls()

    assert lalamove.order.state == "accepted"
    assert lalamove.order.partner_reference == lalamove.simulator.orders[0].id
    assert open_cases(runtime) == []
    assert len(lalamove.simulator.orders) == 1


def test_a_route_the_partner_refuses_goes_back_to_its_rider(lalamove, runtime):
    lalamove.simulator.fail_next(Fault.NO_MONEY, on="book")
    lalamove.book()

    assert sorted((a.partner, a.state) for a in rows(runtime, Assignment)) == [
        ("lalamove", "rejected"),
        ("ojek_link", "expired"),
        ("ojek_link", "offered"),
    ]
    assert open_cases(runtime) == ["booking_refused"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("what", ["shipment", "route"])
def test_news_in_any_order_moves_nothing_backwards(app, runtime, clock, what, seed):
    """Random news of an order, doubled, delayed and reordered, about drops and about all of it."""
    dice = random.Random(f"{what}{seed}")
    day = a_day(runtime, on_route=((1,), (1,)) if what == "route" else (), by_post=() if what == "route" else (2,))
    with LalamoveSimulator(api_key="k", api_secret="sk_test", clock=clock.now) as simulator:
        _account(runtime, "lalamove", simulator)
        it = Partner("lalamove", simulator, runtime, clock, app.test_client(), day)
        it.book()
    order, (begun, drops) = it.order, (clock.now(), [None, *simulator.orders[0].drops])
    clock.advance(timedelta(hours=1))
    ended: dict[str, str] = {}
    for _ in range(40):
        minute, kind, drop = dice.randrange(30), dice.choice(list(EVENTS)), dice.choice(drops)
        drop = drop if what == "route" else None
        at = begun + timedelta(minutes=minute)
        news = PartnerEvent(
            partner="lalamove", event_id=f"{kind}-{minute}-{drop}", order_reference=order.reference,
            partner_reference=order.partner_reference, kind=kind, at=at, drop_reference=drop,
        )  # fmt: skip
        booked = Booking(
            partner="lalamove", order_reference=order.reference, partner_reference=order.partner_reference, kind=kind
        )
        with runtime.db.transaction() as session:
            partner_events.learn(session, OFFICE, "lalamove", Tracking(booking=booked, events=(news, news)))
        for row in (*rows(runtime, Shipment), *rows(runtime, Route), *rows(runtime, Stop)):
            assert ended.get(row.id, row.state) == row.state
            if is_final(row.__tablename__, row.state):
                ended[row.id] = row.state
    assert all_is_well(runtime)


def test_a_parcel_partner_takes_no_route(lalamove, kiriminaja, runtime):
    with runtime.db.transaction() as session, pytest.raises(Invalid):
        booking.book_route(session, OFFICE, lalamove.day.route_id, "kiriminaja", by=SARI)


def test_a_route_is_ordered_over_the_api(lalamove, runtime, sign_in):
    office = sign_in("dispatcher")

    answer = office.post(f"/api/v1/routes/{lalamove.day.route_id}/booking", json={"partner": "lalamove"})
    lalamove.work()

    assert answer.status_code == 202
    assert (lalamove.order.state, len(lalamove.simulator.orders)) == ("accepted", 1)


def test_a_changed_price_is_kept(lalamove, runtime):
    lalamove.book()
    lalamove.happens("price_changed", price=31_000)
    lalamove.calls()

    assert lalamove.order.rupiah == 31_000


def test_nobody_rides_is_for_a_person(lalamove, runtime):
    lalamove.book()
    lalamove.happens("no_courier")
    lalamove.calls()

    assert lalamove.order.last_event == "no_courier"
    assert open_cases(runtime) == ["no_courier"]


def test_a_partner_that_confirms_too_fast_is_frozen_until_somebody_looked(kiriminaja, runtime):
    kiriminaja.book()
    kiriminaja.later(hours=2)  # nothing was ordered within the last hour
    kiriminaja.happens("picked_up", told=False)
    kiriminaja.happens("delivered")
    kiriminaja.calls()
    with runtime.db.transaction() as session:
        assert not alarm_if_too_fast(session, OFFICE, "kiriminaja")  # a few are always allowed
        assert alarm_if_too_fast(session, OFFICE, "kiriminaja", always=0)
    assert open_cases(runtime) == ["partner_frozen"]

    with runtime.db.transaction() as session, pytest.raises(Conflict):
        booking.book_shipment(session, OFFICE, kiriminaja.day.shipment_ids[0], "kiriminaja", by=SARI)
    kiriminaja.simulator.happen(kiriminaja.simulator.orders[0].id, "returned")
    kiriminaja.calls()
    assert [m.outcome for m in rows(runtime, PartnerMessage) if m.outcome == "waiting"] == ["waiting"]

    with runtime.db.transaction() as session:
        partner_accounts.thaw(session, OFFICE, "kiriminaja")
        partner_watch.rouse(session, OFFICE, "kiriminaja")
    kiriminaja.work()
    assert "waiting" not in {m.outcome for m in rows(runtime, PartnerMessage)}
