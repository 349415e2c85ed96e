"""What every courier adapter promises, told once and run over real HTTP against its partner's simulator."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from partners.base import CannotTell, CourierPartner, Drop, NotUnderstood, PartnerError, Rejected, Unreachable
from partners.events import EVENTS, FINALS, Merged, apply
from partners.simulator import MEANING, Fault, Spoiling
from tests.partners.conftest import Side, an_order

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
    assert side.partner.name == side.kit.name.removesuffix("_instant")
    assert side.partner.most_drops >= 1


class TestOrders:
    def test_quotes_come_cheapest_first_and_can_be_booked(self, side: Side) -> None:
        quotes = side.partner.quote(an_order())
        cheapest = quotes[0]
        chosen = replace(an_order(), service=cheapest.service, quote_reference=cheapest.reference)

        booking = side.partner.book(chosen)

        assert len(quotes) > 1
        assert [quote.price for quote in quotes] == sorted(quote.price for quote in quotes)
        assert booking.price == cheapest.price

    def test_a_booked_order_is_tracked_and_found_under_our_reference(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))

        tracked = side.partner.track("A-1", booking.partner_reference).booking

        assert (booking.order_reference, tracked.order_reference) == ("A-1", "A-1")
        assert booking.partner_reference == tracked.partner_reference
        assert booking.kind in ("created", "searching")
        assert tracked.price == booking.price
        if side.partner.look_up == "reference":
            assert side.partner.find("A-1") == tracked
        else:
            with pytest.raises(CannotTell):
                side.partner.find("A-1")

    def test_an_order_nobody_placed_is_not_found(self, side: Side) -> None:
        if side.partner.look_up == "reference":
            assert side.partner.find("A-1") is None
        with pytest.raises(Rejected) as refusal:
            side.partner.track("A-1", "0000")
        assert refusal.value.reason == "not_found"

    def test_an_answer_about_another_order_is_not_taken_for_ours(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        with pytest.raises((NotUnderstood, Rejected)):
            side.partner.track("A-2", booking.partner_reference)

    def test_whose_order_it_is_can_be_asked_with_the_partners_id(self, side: Side) -> None:
        if side.partner.look_up == "reference" and side.kit.name != "reference":
            pytest.skip("this partner is asked by our reference")
        booking = side.partner.book(an_order("A-1"))
        assert side.partner.track("", booking.partner_reference).booking.order_reference == "A-1"

    def test_booking_twice_is_one_order_where_the_partner_knows_our_reference(self, side: Side) -> None:
        if side.partner.look_up == "callback":
            pytest.skip("this partner would take a second order: it is never asked twice")
        first = side.partner.book(an_order("A-1"))
        again = side.partner.book(an_order("A-1"))

        assert again.partner_reference == first.partner_reference
        assert len(side.courier.orders) == 1

    def test_too_little_money_is_a_clear_no(self, side: Side) -> None:
        side.courier.book.balance = 6_999

        with pytest.raises(Rejected) as refusal:
            side.partner.book(an_order())

        assert refusal.value.reason == "insufficient_balance"
        assert not refusal.value.undecided
        assert side.courier.orders == ()

    def test_a_wrong_key_is_refused(self, side: Side) -> None:
        with pytest.raises(Rejected) as refusal:
            side.adapter(key="somebody-else").book(an_order())
        assert refusal.value.reason == "unauthorized"
        assert side.courier.orders == ()

    def test_an_order_has_as_many_drops_as_the_partner_carries(self, side: Side) -> None:
        place = an_order().drops[0].place
        many = tuple(Drop(reference=f"B-{n}", place=place, documents=n) for n in range(1, side.partner.most_drops + 2))

        with pytest.raises(Rejected) as refusal:
            side.partner.book(an_order("A-1", drops=many))
        side.partner.book(an_order("A-2", drops=many[:-1]))

        assert refusal.value.reason == "invalid"
        (order,) = side.courier.orders
        assert order.reference == "A-2"


class TestCancelling:
    def test_before_the_pick_up_it_is_called_off_and_twice_is_harmless(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))

        outcomes = [side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah") for _ in range(2)]

        assert outcomes == ["cancelled", "cancelled"]
        assert side.partner.track("A-1", booking.partner_reference).booking.kind == "cancelled"

    def test_after_the_pick_up_it_is_too_late(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "picked_up")

        with pytest.raises(Rejected) as refusal:
            side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah")

        assert refusal.value.reason == "too_late"


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
        side.fail_next(Fault.TOO_MANY, on="book")

        with pytest.raises(Unreachable) as failure:
            side.partner.book(an_order())

        assert (failure.value.sent, failure.value.retry_after) == (False, 30)
        assert side.courier.orders == ()

    @pytest.mark.parametrize(("fault", "reason"), SAYS_NO.items())
    def test_a_no_is_a_no(self, side: Side, fault: Fault, reason: str) -> None:
        side.fail_next(fault, on="book")

        with pytest.raises(Rejected) as refusal:
            side.partner.book(an_order())

        assert refusal.value.reason == reason
        assert not refusal.value.undecided
        assert side.courier.orders == ()

    @pytest.mark.parametrize("fault", sorted(UNKNOWN))
    def test_an_unknown_outcome_is_said_to_be_unknown_and_can_be_settled(self, side: Side, fault: Fault) -> None:
        if ("book", fault) in side.kit.bears:
            pytest.skip("the answer to an order holds no word that could be strange")
        impatient = side.adapter(timeout=0.4 if fault in HANGS else 5.0)
        side.fail_next(fault, on="book")

        with pytest.raises((Unreachable, NotUnderstood)) as failure:
            impatient.book(an_order("A-1"))

        assert failure.value.undecided
        assert len(side.courier.orders) == (fault not in NOTHING_DONE)
        match side.partner.look_up:
            case "reference":
                assert (side.partner.find("A-1") is None) == (fault in NOTHING_DONE)
                assert side.partner.book(an_order("A-1")).order_reference == "A-1"
                assert len(side.courier.orders) == 1
            case "repeat":
                assert side.partner.book(an_order("A-1")).order_reference == "A-1"
                assert len(side.courier.orders) == 1
            case "callback":
                side.courier.send_callbacks()
                told = [side.partner.track("", event.partner_reference).booking for event in side.door.events]
                assert {booking.order_reference for booking in told} == (set() if fault in NOTHING_DONE else {"A-1"})

    @pytest.mark.parametrize("fault", sorted(set(Fault) - HANGS - {Fault.CALLBACK_FIRST, Fault.REPLY_UNKNOWN_WORD}))
    def test_what_is_asked_before_an_order_leaves_nothing_unknown(self, side: Side, fault: Fault) -> None:
        """A failure of a price or a slot is no failure of the order: it may be tried again at once."""
        if not side.kit.asks_first:
            pytest.skip("this partner is asked nothing before")
        side.fail_next(fault, on="quote")

        with pytest.raises(PartnerError) as failure:
            side.partner.book(an_order("A-1"))

        assert not failure.value.undecided
        assert side.courier.orders == ()

    @pytest.mark.parametrize("fault", [Fault.ERROR_500, Fault.ERROR_500_AFTER])
    def test_a_failure_on_their_side_is_no_answer(self, side: Side, fault: Fault) -> None:
        side.fail_next(fault, on="book")
        with pytest.raises(Unreachable) as failure:
            side.partner.book(an_order())
        assert failure.value.sent

    def test_an_answer_without_end_is_cut_off(self, side: Side) -> None:
        side.fail_next(Fault.REPLY_HUGE, on="book")
        with pytest.raises(NotUnderstood) as strange:
            side.partner.book(an_order())
        assert len(strange.value.raw) <= 10_000

    @pytest.mark.parametrize("fault", sorted(set(Fault) - HANGS - {Fault.CALLBACK_FIRST}))
    @pytest.mark.parametrize("operation", ["quote", "find", "track", "cancel"])
    def test_every_other_call_fails_in_our_words_too(self, side: Side, operation: str, fault: Fault) -> None:
        if operation == "find" and side.partner.look_up != "reference":
            pytest.skip("this partner cannot be asked so")
        if (operation, fault) in side.kit.bears:
            pytest.skip("this answer holds no word that could be strange, or says what was asked for")
        booking = side.partner.book(an_order("A-1"))
        calls: dict[str, Callable[[], object]] = {
            "quote": lambda: side.partner.quote(an_order("A-2")),
            "find": lambda: side.partner.find("A-1"),
            "track": lambda: side.partner.track("A-1", booking.partner_reference),
            "cancel": lambda: side.partner.cancel("A-1", booking.partner_reference, reason="rute berubah"),
        }
        side.fail_next(fault, on=operation)

        with pytest.raises(PartnerError):
            calls[operation]()

        calls[operation]()
        assert len(side.courier.orders) == 1

    def test_words_we_do_not_know_keep_the_raw_body(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.fail_next(Fault.REPLY_UNKNOWN_WORD, on="track")

        with pytest.raises(NotUnderstood) as strange:
            side.partner.track("A-1", booking.partner_reference)

        assert b'"teleported"' in strange.value.raw

    def test_hundreds_of_orders_under_random_faults_are_never_two(self, side: Side) -> None:
        """This courier may take a second order: after an unknown outcome we look up, and book what is not there."""
        if side.partner.look_up == "reference":
            side.courier.book.refuses_duplicates = False
        dice = random.Random(2026)
        faults = sorted(set(Fault) - HANGS - {Fault.REPLY_HUGE, Fault.CALLBACK_FIRST})
        for number in range(60):
            reference = f"A-{number}"
            for operation in ("book", "find", "book"):
                if dice.random() < 0.6:
                    side.fail_next(dice.choice(faults), on=operation)
            _place(side, reference)
            side.courier.server.faults.clear()

        for number in range(60):
            placed = sum(order.reference == f"A-{number}" for order in side.courier.orders)
            assert placed == 1 if side.partner.look_up != "callback" else placed <= 1


class TestCallbacks:
    def test_every_word_of_the_partner_means_what_our_table_says(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        for word, kind in side.kit.words.items():
            side.clock.pass_by(minutes=1)
            side.courier.happen("A-1", word)
            tracked = side.partner.track("A-1", booking.partner_reference)
            assert (word, tracked.events[-1].kind) == (word, kind)
            assert all(event.at.utcoffset() == timedelta(0) for event in tracked.events)

    def test_what_the_partner_tells_is_known_in_the_end(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        for kind in ("assigned", "picked_up", "delivered"):
            side.clock.pass_by(minutes=10)
            side.courier.happen("A-1", kind, **({"received_by": "Bu Sari"} if kind == "delivered" else {}))
            sent = side.courier.send_callbacks()
            assert {one.status for one in sent} <= {204}

        assert side.known().kind == "delivered"
        assert {event.direct for event in side.door.events} <= {not side.kit.needs_asking, False}

    def test_a_delivery_brings_its_proof_and_one_without_is_said_to_have_none(self, side: Side) -> None:
        shown = side.partner.book(an_order("A-1"))
        bare = side.partner.book(an_order("A-2"))
        side.courier.happen("A-1", "delivered", received_by="Ibu Sari", photo_urls=["https://photo.invalid/1"])
        side.courier.happen("A-2", "delivered")

        proof = side.partner.track("A-1", shown.partner_reference).events[-1].proof
        none = side.partner.track("A-2", bare.partner_reference).events[-1]

        if side.kit.shows_proof:
            assert proof is not None
            assert proof.photo_urls == ("https://photo.invalid/1",) or proof.received_by == "Ibu Sari"
        assert (none.kind, none.proof) == ("delivered", None)

    def test_the_same_callback_twice_is_the_same_event(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "picked_up")
        side.courier.send_callbacks(Spoiling(twice=True))

        half = len(side.door.events) // 2
        ids = [event.event_id for event in side.door.events]

        assert half >= 1
        assert len(set(ids)) == half
        first = side.door.events[0]
        merged, _ = apply(Merged(), replace(first, direct=True))
        assert apply(merged, first) == (merged, "duplicate")

    def test_late_doubled_and_reordered_callbacks_leave_the_end_right(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        for kind in ("assigned", "picked_up", "delivered"):
            side.clock.pass_by(minutes=10)
            side.courier.happen("A-1", kind)
        side.clock.pass_by(hours=3)
        side.courier.send_callbacks(Spoiling(reordered=True, twice=True))

        assert side.known().kind == "delivered"

    @pytest.mark.parametrize(
        "spoiling",
        [Spoiling(bad_signature=True), Spoiling(unsigned=True), Spoiling(tampered=True)],
        ids=["bad_signature", "unsigned", "tampered"],
    )
    def test_what_the_partner_did_not_sign_is_refused(self, side: Side, spoiling: Spoiling) -> None:
        if spoiling.tampered and not side.kit.signs_body:
            pytest.skip("this partner signs nothing: that is why its callbacks are only hints")
        side.partner.book(an_order())
        side.courier.happen("A-2026-0001", "picked_up")

        sent = side.courier.send_callbacks(spoiling)

        assert {one.status for one in sent} == {401}
        assert side.door.events == []

    def test_an_unanswered_callback_comes_again(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "picked_up")
        side.courier.send_callbacks(Spoiling(bad_signature=True))
        assert side.door.events == []

        side.courier.send_callbacks()
        heard = len(side.door.events)
        side.courier.send_callbacks()

        assert heard >= 1
        assert len(side.door.events) == heard

    @pytest.mark.parametrize(("seconds", "fresh"), [(300, True), (301, False), (-300, True), (-301, False)])
    def test_an_old_signature_is_only_a_hint(self, side: Side, seconds: int, fresh: bool) -> None:
        if not side.kit.signs_time:
            pytest.skip("this partner signs no time")
        side.partner.book(an_order())
        side.courier.send_callbacks(Spoiling(signed_ago=timedelta(seconds=seconds)))
        assert {event.direct for event in side.door.events} <= {fresh}

    def test_a_callback_that_was_genuine_can_be_read_again(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "picked_up")
        side.courier.send_callbacks()

        again = [event for body in side.door.bodies for event in side.partner.read_callback(body, side.clock())]

        assert [event.event_id for event in again] == [event.event_id for event in side.door.events]

    def test_a_changed_price_is_learnt(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "price_changed", price=24_000)
        side.courier.send_callbacks()

        assert side.partner.track("A-1", booking.partner_reference).booking.price == 24_000
        if side.kit.says_price:
            last = side.door.events[-1]
            assert last.price == 24_000 or not last.direct

    def test_a_word_we_do_not_know_is_kept_as_it_came(self, side: Side) -> None:
        side.partner.book(an_order("A-1"))
        side.courier.happen("A-1", "teleported")
        side.courier.send_callbacks()

        assert [strange.raw for strange in side.door.not_understood] == [side.door.bodies[-1]]

    def test_asking_catches_up_on_callbacks_that_never_came(self, side: Side) -> None:
        booking = side.partner.book(an_order("A-1"))
        side.courier.send_callbacks()
        for kind in ("assigned", "picked_up", "delivered"):
            side.clock.pass_by(minutes=10)
            side.courier.happen("A-1", kind, told=False)

        tracked = side.partner.track("A-1", booking.partner_reference)

        assert side.courier.callbacks.waiting == ()
        assert tracked.booking.kind in FINALS
        assert tracked.events[-1].kind == "delivered"
        if side.kit.has_history:
            assert {event.kind for event in tracked.events} >= {"assigned", "picked_up", "delivered"} & set(
                side.kit.words.values()
            )

    def test_no_word_means_what_our_table_does_not_know(self, side: Side) -> None:
        assert set(side.kit.words.values()) - {None} <= set(EVENTS)


def _place(side: Side, reference: str) -> None:
    """As the application does it: book, and after an unknown outcome look up before anything else."""
    booked = False
    for _ in range(20):
        if booked:
            return
        try:
            booked = side.partner.book(an_order(reference)).order_reference == reference
        except PartnerError as failure:
            if not failure.undecided or side.partner.look_up == "repeat":
                continue
            if side.partner.look_up == "callback":
                return  # only a callback can tell: no second order, ever
            while not booked:
                try:
                    booked = side.partner.find(reference) is not None
                    break
                except PartnerError:
                    continue
