"""What is peculiar to the reference courier: exact prices, fields, drops, two secrets, signatures with a time."""

from datetime import timedelta

import pytest

from partners.base import BadSignature, NotUnderstood, Rejected
from partners.events import Merged, apply
from partners.simulator import Fault, Spoiling
from partners.simulator.callbacks import StandardWebhooks
from tests.partners.conftest import NEW_SECRET, SECRET, Side, an_order


@pytest.fixture
def side(reference_side: Side) -> Side:
    return reference_side


def test_an_old_quote_is_refused(side: Side) -> None:
    quote = side.partner.quote(an_order())[0]
    assert quote.expires_at is not None
    side.clock.now = quote.expires_at

    with pytest.raises(Rejected) as refusal:
        side.partner.book(an_order(quote_reference=quote.reference))

    assert refusal.value.reason == "quote_expired"
    assert side.courier.orders == ()


def test_the_partner_learns_what_it_needs_and_no_more(side: Side) -> None:
    side.partner.book(an_order(note="hubungi dulu"))

    sent = side.courier.orders[0].given.model_dump(exclude_none=True)
    assert set(sent) == {"reference", "pickup", "drops", "service", "note"}
    assert set(sent["drops"][0]) == {"reference", "documents", "place"}
    assert set(sent["drops"][0]["place"]) == {"name", "address", "phone", "lat", "lon", "postcode"}


def test_redirects_are_not_followed(side: Side) -> None:
    side.courier.fail_next(Fault.REDIRECT)

    with pytest.raises(NotUnderstood):
        side.partner.find("A-1")

    assert [call.path for call in side.courier.server.calls] == ["/v1/orders"]


def test_a_delivery_brings_its_proof(side: Side) -> None:
    side.partner.book(an_order("A-1"))
    side.courier.happen("A-1", "delivered", received_by="Ibu Sari", photo_urls=["https://photo.invalid/1"])
    side.courier.send_callbacks()

    proof = side.door.events[-1].proof

    assert proof is not None
    assert (proof.received_by, proof.photo_urls) == ("Ibu Sari", ("https://photo.invalid/1",))


def test_an_event_can_speak_of_one_drop(side: Side) -> None:
    side.partner.book(an_order("A-1"))
    side.courier.happen("A-1", "attempt_failed", drop="B-77", reason="kantor tutup", driver="Pak Dul")
    side.courier.send_callbacks()

    event = side.door.events[-1]

    assert (event.drop_reference, event.reason) == ("B-77", "kantor tutup")
    assert event.driver is not None
    assert event.driver.name == "Pak Dul"


def test_a_changed_price_is_told_and_moves_nothing(side: Side) -> None:
    booking = side.partner.book(an_order("A-1"))
    side.courier.happen("A-1", "price_changed", price=14_000)
    side.courier.send_callbacks()

    event = side.door.events[-1]

    assert (event.kind, event.price) == (None, 14_000)
    assert side.partner.track("A-1", booking.partner_reference).booking.price == 14_000
    assert apply(Merged(), event).outcome == "stored"


def test_an_unanswered_callback_comes_again_with_its_id(side: Side) -> None:
    side.partner.book(an_order("A-1"))
    side.courier.send_callbacks(Spoiling(bad_signature=True))
    side.courier.send_callbacks()
    side.courier.send_callbacks()

    assert len(side.door.refused) == 1
    assert len(side.door.events) == 1


def test_reordered_callbacks_leave_the_end_right(side: Side) -> None:
    side.partner.book(an_order("A-1"))
    for kind in ("assigned", "picked_up", "in_transit", "delivered"):
        side.clock.pass_by(minutes=10)
        side.courier.happen("A-1", kind)
    side.courier.send_callbacks(Spoiling(reordered=True))

    state, outcomes = Merged(), []
    for event in side.door.events:
        state, outcome = apply(state, event)
        outcomes.append(outcome)

    assert state.kind == "delivered"
    assert outcomes == ["applied", "stored", "stored", "stored", "stored"]


@pytest.mark.parametrize(("seconds", "direct"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_an_old_signature_is_only_a_hint(side: Side, seconds: int, direct: bool) -> None:
    side.partner.book(an_order())
    side.courier.send_callbacks(Spoiling(signed_ago=timedelta(seconds=seconds)))
    assert [event.direct for event in side.door.events] == [direct]


def test_two_secrets_live_side_by_side_while_one_replaces_the_other(side: Side) -> None:
    side.partner.book(an_order())
    both, only_new = side.adapter(secrets=(NEW_SECRET, SECRET)), side.adapter(secrets=(NEW_SECRET,))
    message = side.courier.callbacks.waiting[0]

    signed_old = side.courier.callbacks.headers(message)
    side.courier.callbacks.signer = StandardWebhooks((NEW_SECRET, SECRET))
    signed_both = side.courier.callbacks.headers(message)

    assert both.parse_callback(signed_old, message.body, side.clock())
    assert only_new.parse_callback(signed_both, message.body, side.clock())
    with pytest.raises(BadSignature):
        only_new.parse_callback(signed_old, message.body, side.clock())


def test_an_event_from_the_future_is_not_believed(side: Side) -> None:
    """Applied, it would make everything that happens until then look old."""
    side.partner.book(an_order("A-1"))
    side.courier.happen("A-1", "picked_up", at=side.clock() + timedelta(days=400))
    side.courier.send_callbacks()

    assert [event.kind for event in side.door.events] == ["created"]
    assert len(side.door.not_understood) == 1
