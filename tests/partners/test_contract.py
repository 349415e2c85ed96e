"""What every courier adapter promises, told once and run over real HTTP against its partner's simulator."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from partners.base import BadSignature, CourierPartner, Drop, NotUnderstood, PartnerError, Rejected, Unreachable
from partners.events import EVENTS, FINALS, Merged, apply, apply_all
from partners.simulator import MEANING, Fault, Spoiling
from tests.partners.conftest import NEW_SECRET, SECRET, Side, an_order

NOTHING_DONE = {fault for fault, meaning in MEANING.items() if meaning.startswith("nothing done")}
HANGS = {Fault.SILENT, Fault.REPLY_SILENT, Fault.REPLY_SLOW}
SAYS_NO = {
    Fault.NO_MONEY: "insufficient_balance",
    Fault.NOT_FOUND: "not_found",
    Fault.CONFLICT: "refused",
    Fault.INVALID: "invalid",
    Fault.UNAUTHORIZED: "unauthorized",
}
UNKNOWN = set(Fault) - set(SAYS_NO) - {Fault.TOO_MANY, Fault.CALLBACK_FIRST}


def test_an_adapter_is_a_courier_partner(side: Side) -> None:
    assert isinstance(side.partner, CourierPartner)
    assert side.partner.name == "reference"


class TestOrders:
    def test_quotes_come_cheapest_first_and_can_be_booked(self, side: Side) -> None:
        order = an_order()

        quotes = side.partner.quote(order)
        cheapest = quotes[0]
        booking = side.partner.book(replace(order, service=cheapest.service, quote_reference=cheapest.reference))

        assert [quote.price for quote in quotes] == [10_000, 30_000]
        assert booking.price == cheapest.price

    def test_an_old_quote_is_refused(self, side: Side) -> None:
        quote = side.partner.quote(an_order())[0]
        assert quote.expires_at is not None
        side.clock.now = quote.expires_at

        with pytest.raises(Rejected) as refusal:
            side.partner.book(an_order(quote_reference=quote.reference))

        assert refusal.value.reason == "quote_expired"
        assert side.courier.orders == ()

    def test_a_booked_order_is_found_and_tracked_under_our_reference(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))

        assert (booking.order_reference, booking.kind) == ("A-1", "created")
        assert side.partner.find("A-1") == booking
        assert side.partner.track("A-1", booking.partner_reference).booking == booking

    def test_an_order_nobody_placed_is_not_found(self, side: Side) -> None:
        assert side.partner.find("A-1") is None
        with pytest.raises(Rejected) as refusal:
            side.partner.track("A-1", "rc_nothing")
        assert refusal.value.reason == "not_found"

    def test_an_answer_about_another_order_is_not_taken_for_ours(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        with pytest.raises(NotUnderstood):
            side.partner.track("A-2", booking.partner_reference)

    def test_booking_twice_is_one_order(self, side: Side) -> None:
        first = side.partner.book(an_order("A-1"))
        again = side.partner.book(an_order("A-1"))

        assert again == first
        assert len(side.courier.orders) == 1

    def test_the_partner_learns_what_it_needs_and_no_more(self, side: Side) -> None:
        side.partner.book(an_order(note="hubungi dulu"))

        sent = side.courier.orders[0].given.model_dump(exclude_none=True)
        assert set(sent) == {"reference", "pickup", "drops", "service", "note"}
        assert set(sent["drops"][0]) == {"reference", "documents", "place"}
        assert set(sent["drops"][0]["place"]) == {"name", "address", "phone", "lat", "lon", "postcode"}

    def test_too_little_money_is_a_clear_no(self, side: Side) -> None:
        side.courier.book.balance = 9_999

        with pytest.raises(Rejected) as refusal:
            side.partner.book(an_order())

        assert refusal.value.reason == "insufficient_balance"
        assert not refusal.value.undecided
        assert side.courier.orders == ()

    def test_a_wrong_key_is_refused(self, side: Side) -> None:
        with pytest.raises(Rejected) as refusal:
            side.adapter(key="somebody-else").book(an_order())
        assert refusal.value.reason == "unauthorized"

    def test_several_drops_ride_in_one_order(self, side: Side) -> None:
        place = an_order().drops[0].place
        drops = tuple(Drop(reference=f"B-{n}", place=place, documents=n) for n in (1, 2, 3))

        booking = side.partner.book(an_order(drops=drops))

        assert booking.price == 15_000
        assert [drop.reference for drop in side.courier.orders[0].given.drops] == ["B-1", "B-2", "B-3"]


class TestCancelling:
    def test_before_the_pick_up_it_is_called_off_and_twice_is_harmless(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))

        outcomes = [side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah") for _ in range(2)]

        assert outcomes == ["cancelled", "cancelled"]
        found = side.partner.find("A-1")
        assert found is not None
        assert found.kind == "cancelled"

    def test_after_the_pick_up_it_is_too_late(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "picked_up")

        with pytest.raises(Rejected) as refusal:
            side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah")

        assert refusal.value.reason == "too_late"

    def test_a_partner_may_think_about_it(self, side: Side) -> None:
        side.courier.book.cancels_at_once = False
        booking = side.partner.book(an_order("A-1"))

        assert side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah") == "pending"
        side.courier.happen("A-1", "cancelled")

        tracked = side.partner.track("A-1", booking.partner_reference)
        assert apply_all(Merged(), tracked.events).kind == "cancelled"


class TestThingsGoingWrong:
    def test_a_partner_that_is_down_was_sent_nothing(self, side: Side) -> None:
        side.courier.server.refuse_connections()

        with pytest.raises(Unreachable) as failure:
            side.partner.book(an_order("A-1"))
        assert not failure.value.sent
        assert not failure.value.undecided

        side.courier.server.listen()
        assert side.partner.book(an_order("A-1")).order_reference == "A-1"

    def test_too_many_calls_may_be_repeated_after_a_while(self, side: Side) -> None:
        side.courier.fail_next(Fault.TOO_MANY, on="book")

        with pytest.raises(Unreachable) as failure:
            side.partner.book(an_order())

        assert (failure.value.sent, failure.value.retry_after) == (False, 30)
        assert side.courier.orders == ()

    @pytest.mark.parametrize(("fault", "reason"), SAYS_NO.items())
    def test_a_no_is_a_no(self, side: Side, fault: Fault, reason: str) -> None:
        side.courier.fail_next(fault, on="book")

        with pytest.raises(Rejected) as refusal:
            side.partner.book(an_order())

        assert refusal.value.reason == reason
        assert not refusal.value.undecided
        assert side.courier.orders == ()

    @pytest.mark.parametrize("fault", sorted(UNKNOWN))
    def test_an_unknown_outcome_is_said_to_be_unknown_and_looking_up_tells(self, side: Side, fault: Fault) -> None:
        impatient = side.adapter(timeout=0.4 if fault in HANGS else 5.0)
        side.courier.fail_next(fault, on="book")

        with pytest.raises((Unreachable, NotUnderstood)) as failure:
            impatient.book(an_order("A-1"))

        assert failure.value.undecided
        assert (side.partner.find("A-1") is None) == (fault in NOTHING_DONE)
        assert side.partner.book(an_order("A-1")).order_reference == "A-1"
        assert len(side.courier.orders) == 1

    @pytest.mark.parametrize("fault", [Fault.ERROR_500, Fault.ERROR_500_AFTER])
    def test_a_failure_on_their_side_is_no_answer(self, side: Side, fault: Fault) -> None:
        side.courier.fail_next(fault, on="book")
        with pytest.raises(Unreachable) as failure:
            side.partner.book(an_order())
        assert failure.value.sent

    def test_an_answer_without_end_is_cut_off(self, side: Side) -> None:
        side.courier.fail_next(Fault.REPLY_HUGE, on="book")
        with pytest.raises(NotUnderstood) as strange:
            side.partner.book(an_order())
        assert len(strange.value.raw) <= 10_000

    @pytest.mark.parametrize("fault", sorted(set(Fault) - HANGS - {Fault.CALLBACK_FIRST}))
    @pytest.mark.parametrize("operation", ["quote", "find", "track", "cancel"])
    def test_every_other_call_fails_in_our_words_too(self, side: Side, operation: str, fault: Fault) -> None:
        booking = side.partner.book(an_order("A-1"))
        calls = {
            "quote": lambda: side.partner.quote(an_order("A-2")),
            "find": lambda: side.partner.find("A-1"),
            "track": lambda: side.partner.track("A-1", booking.partner_reference),
            "cancel": lambda: side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah"),
        }
        side.courier.fail_next(fault, on=operation)

        with pytest.raises(PartnerError):
            calls[operation]()

        calls[operation]()
        assert len(side.courier.orders) == 1

    def test_redirects_are_not_followed(self, side: Side) -> None:
        side.courier.fail_next(Fault.REDIRECT)

        with pytest.raises(NotUnderstood):
            side.partner.find("A-1")

        assert [call.path for call in side.courier.server.calls] == ["/v1/orders"]

    def test_words_we_do_not_know_keep_the_raw_body(self, side: Side) -> None:
        side.courier.fail_next(Fault.REPLY_UNKNOWN_WORD, on="book")

        with pytest.raises(NotUnderstood) as strange:
            side.partner.book(an_order())

        assert b'"teleported"' in strange.value.raw

    def test_hundreds_of_orders_under_random_faults_are_never_two(self, side: Side) -> None:
        """This courier would take a second order: after an unknown outcome we look up, and book what is not there."""
        side.courier.book.refuses_duplicates = False
        dice = random.Random(2026)
        faults = sorted(set(Fault) - HANGS - {Fault.REPLY_HUGE, Fault.CALLBACK_FIRST})
        for number in range(150):
            reference = f"A-{number}"
            for operation in ("book", "find", "book"):
                if dice.random() < 0.6:
                    side.courier.fail_next(dice.choice(faults), on=operation)
            booked = False
            while not booked:
                try:
                    booked = side.partner.book(an_order(reference)).order_reference == reference
                except PartnerError as failure:
                    while failure.undecided and not booked:
                        try:
                            booked = side.partner.find(reference) is not None
                            break
                        except PartnerError:
                            continue

        references = [order.given.reference for order in side.courier.orders]
        assert references == [f"A-{number}" for number in range(150)]


class TestCallbacks:
    def test_every_word_of_the_partner_becomes_our_event(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        for kind in EVENTS:
            side.clock.pass_by(minutes=1)
            side.courier.happen("A-1", kind)

        sent = side.courier.send_callbacks()

        assert {one.status for one in sent} == {204}
        assert [event.kind for event in side.door.events] == ["created", *EVENTS]
        assert all(event.direct and event.order_reference == "A-1" for event in side.door.events)
        assert all(event.at.utcoffset() == timedelta(0) for event in side.door.events)

    def test_a_delivery_brings_its_proof(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "delivered", received_by="Ibu Sari", photo_urls=["https://photo.invalid/1"])
        side.courier.send_callbacks()

        proof = side.door.events[-1].proof

        assert proof is not None
        assert (proof.received_by, proof.photo_urls) == ("Ibu Sari", ("https://photo.invalid/1",))

    def test_an_event_can_speak_of_one_drop(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "attempt_failed", drop="B-77", reason="kantor tutup", driver="Pak Dul")
        side.courier.send_callbacks()

        event = side.door.events[-1]

        assert (event.drop_reference, event.reason) == ("B-77", "kantor tutup")
        assert event.driver is not None
        assert event.driver.name == "Pak Dul"

    def test_a_changed_price_is_told_and_moves_nothing(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "price_changed", price=14_000)
        side.courier.send_callbacks()

        event = side.door.events[-1]

        assert (event.kind, event.price) == (None, 14_000)
        assert side.partner.track("A-1", booking.partner_reference).booking.price == 14_000
        assert apply(Merged(), event).outcome == "stored"

    def test_the_same_callback_twice_is_the_same_event(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.send_callbacks(Spoiling(twice=True))

        first, again = side.door.events

        assert first == again
        merged, _ = apply(Merged(), first)
        assert apply(merged, again) == (merged, "duplicate")

    def test_an_unanswered_callback_comes_again_with_its_id(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.send_callbacks(Spoiling(bad_signature=True))
        side.courier.send_callbacks()
        side.courier.send_callbacks()

        assert len(side.door.refused) == 1
        assert len(side.door.events) == 1

    def test_reordered_callbacks_leave_the_end_right(self, side: Side) -> None:
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

    def test_an_event_may_arrive_before_the_answer_of_its_booking(self, side: Side) -> None:
        side.courier.fail_next(Fault.CALLBACK_FIRST, on="book")

        booking = side.partner.book(an_order("A-1"))

        assert [event.partner_reference for event in side.door.events] == [booking.partner_reference]

    @pytest.mark.parametrize(
        "spoiling",
        [Spoiling(bad_signature=True), Spoiling(unsigned=True), Spoiling(tampered=True)],
        ids=["bad_signature", "unsigned", "tampered"],
    )
    def test_what_the_partner_did_not_sign_is_refused(self, side: Side, spoiling: Spoiling) -> None:
        side.partner.book(an_order())

        sent = side.courier.send_callbacks(spoiling)

        assert [one.status for one in sent] == [401]
        assert side.door.events == []
        assert len(side.door.refused) == 1

    @pytest.mark.parametrize(("seconds", "direct"), [(300, True), (301, False), (-300, True), (-301, False)])
    def test_an_old_signature_is_only_a_hint(self, side: Side, seconds: int, direct: bool) -> None:
        side.partner.book(an_order())
        side.courier.send_callbacks(Spoiling(signed_ago=timedelta(seconds=seconds)))
        assert [event.direct for event in side.door.events] == [direct]

    def test_a_hint_changes_nothing_until_the_partner_is_asked(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "delivered", received_by="Ibu Sari")
        side.courier.send_callbacks(Spoiling(signed_ago=timedelta(hours=2)))

        state = Merged()
        for hint in side.door.events:
            state, _ = apply(state, hint)
        assert state == Merged()

        confirmed = apply_all(state, side.partner.track("A-1", booking.partner_reference).events)
        assert confirmed.kind == "delivered"
        assert not confirmed.without_proof

    def test_two_secrets_live_side_by_side_while_one_replaces_the_other(self, side: Side) -> None:
        side.partner.book(an_order())
        both, only_new = side.adapter(secrets=(NEW_SECRET, SECRET)), side.adapter(secrets=(NEW_SECRET,))
        message = side.courier.callbacks.waiting[0]

        signed_old = side.courier.callbacks.headers(message)
        side.courier.callbacks.secrets = (NEW_SECRET, SECRET)
        signed_both = side.courier.callbacks.headers(message)

        assert both.parse_callback(signed_old, message.body, side.clock())
        assert only_new.parse_callback(signed_both, message.body, side.clock())
        with pytest.raises(BadSignature):
            only_new.parse_callback(signed_old, message.body, side.clock())

    def test_a_word_we_do_not_know_is_kept_as_it_came(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "teleported")
        side.courier.send_callbacks()

        assert [strange.raw for strange in side.door.not_understood] == [side.door.bodies[-1]]

    def test_an_event_from_the_future_is_not_believed(self, side: Side) -> None:
        """Applied, it would make everything that happens until then look old."""
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "picked_up", at=side.clock() + timedelta(days=400))
        side.courier.send_callbacks()

        assert [event.kind for event in side.door.events] == ["created"]
        assert len(side.door.not_understood) == 1

    def test_asking_catches_up_on_callbacks_that_never_came(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.send_callbacks()
        state = apply_all(Merged(), side.door.events)
        for kind in ("assigned", "picked_up", "delivered"):
            side.clock.pass_by(minutes=10)
            side.courier.happen("A-1", kind, told=False)

        tracked = side.partner.track("A-1", booking.partner_reference)
        state = apply_all(state, tracked.events)

        assert side.courier.callbacks.waiting == ()
        assert tracked.booking.kind in FINALS
        assert (state.kind, state.without_proof) == ("delivered", True)
