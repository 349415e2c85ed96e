"""What an event may change: the table, and the merge rules over doubled, delayed and reordered streams."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.base import Kind, PartnerEvent, Proof
from partners.events import EVENTS, FINALS, Merged, apply, apply_all, may_follow

START = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
KINDS: tuple[Kind, ...] = get_args(Kind)

# Written here a second time on purpose: the table in the code is checked against it.
TABLE: dict[str, tuple[str, str, str]] = {
    "created": ("dibuat", "", "planned"),
    "searching": ("mencari kurir", "created no_courier", "planned"),
    "no_courier": ("tak ada kurir", "created searching", "planned"),
    "assigned": ("kurir ditugaskan", "created searching no_courier", "planned"),
    "picked_up": ("dijemput", "created searching assigned", "handed_to_partner"),
    "in_transit": ("diantar", "picked_up attempt_failed on_hold", "in_transit"),
    "attempt_failed": ("gagal antar, diulang", "picked_up in_transit on_hold attempt_failed", "in_transit"),
    "on_hold": ("ditahan", "picked_up in_transit attempt_failed", "in_transit"),
    "returning": ("diretur", "picked_up in_transit attempt_failed on_hold refused", "in_transit"),
    "refused": ("ditolak", "in_transit attempt_failed picked_up", "in_transit"),
    "delivered": ("terkirim", "*", "delivered"),
    "returned": ("retur selesai", "*", "returned"),
    "cancelled": ("batal", "created searching no_courier assigned", "cancelled"),
    "lost": ("hilang/rusak", "*", "lost"),
}
ENDS = {"delivered", "returned", "cancelled", "lost"}
FROM_THE_START = {
    "created",
    "searching",
    "no_courier",
    "assigned",
    "picked_up",
    "delivered",
    "returned",
    "cancelled",
    "lost",
}


def event(
    kind: str | None, minute: int = 0, event_id: str = "", *, proof: bool = False, direct: bool = True
) -> PartnerEvent:
    return PartnerEvent(
        partner="reference",
        event_id=event_id or f"{kind}@{minute}",
        order_reference="A-1",
        partner_reference="rc_1",
        kind=cast(Kind | None, kind),
        at=START + timedelta(minutes=minute),
        proof=Proof(received_by="Ibu Sari") if proof else None,
        direct=direct,
    )


def merged(events: Sequence[PartnerEvent]) -> tuple[Merged, list[str]]:
    """The knowledge after a stream in order of arrival, and what became of each event."""
    state, outcomes = Merged(), []
    for one in events:
        state, outcome = apply(state, one)
        outcomes.append(outcome)
    return state, outcomes


def edge(before: str | None, after: str) -> bool:
    """Whether the table of this file allows it."""
    if before is None:
        return after in FROM_THE_START
    follows = TABLE[after][1]
    return before not in ENDS if follows == "*" else before in follows.split()


class TestTheTable:
    def test_every_code_has_its_word_and_its_shipment_state(self) -> None:
        told = {code: (meaning.word, meaning.shipment) for code, meaning in EVENTS.items()}
        assert told == {code: (word, shipment) for code, (word, _, shipment) in TABLE.items()}
        assert set(EVENTS) == set(KINDS)
        assert ENDS == FINALS

    @pytest.mark.parametrize("before", [None, *KINDS])
    def test_an_event_follows_exactly_what_the_table_says(self, before: Kind | None) -> None:
        assert {kind for kind in KINDS if may_follow(kind, before)} == {kind for kind in KINDS if edge(before, kind)}

    def test_only_a_missing_courier_may_end_the_assignment(self) -> None:
        assert [code for code, meaning in EVENTS.items() if meaning.may_end_assignment] == ["no_courier"]


class TestStories:
    def test_a_skipped_step_is_allowed_where_the_table_says_so(self) -> None:
        state, outcomes = merged([event("created", 0), event("picked_up", 1), event("returned", 2)])
        assert (state.kind, outcomes) == ("returned", ["applied"] * 3)
        assert state.shipment == "returned"

    def test_an_event_that_may_not_follow_is_stored_and_changes_nothing(self) -> None:
        state, outcomes = merged([event("assigned", 0), event("in_transit", 1)])
        assert (state.kind, outcomes) == ("assigned", ["applied", "stored"])

    def test_an_older_event_than_the_last_applied_is_stored_only(self) -> None:
        state, outcomes = merged([event("in_transit", 0), event("picked_up", 10), event("attempt_failed", 9)])
        assert (state.kind, state.at) == ("picked_up", START + timedelta(minutes=10))
        assert outcomes == ["stored", "applied", "stored"]

    def test_two_different_ends_are_for_a_person(self) -> None:
        state, outcomes = merged([event("delivered", 5), event("returned", 6)])
        assert (state.kind, state.conflict) == ("delivered", True)
        assert outcomes == ["applied", "conflict"]

    def test_a_cancellation_that_came_too_late_and_a_delivery_are_two_ends_as_well(self) -> None:
        state, outcomes = merged([event("picked_up", 0), event("cancelled", 1), event("delivered", 2)])
        assert outcomes == ["applied", "stored", "conflict"]
        assert (state.kind, state.conflict) == ("picked_up", True)

    def test_the_same_end_told_by_two_events_is_no_conflict(self) -> None:
        state, outcomes = merged([event("delivered", 5), event("delivered", 6)])
        assert (state.kind, state.conflict, outcomes) == ("delivered", False, ["applied", "stored"])

    @pytest.mark.parametrize("proof", [True, False])
    def test_a_delivery_without_proof_is_recorded_as_such(self, proof: bool) -> None:
        state, _ = merged([event("delivered", 5, proof=proof)])
        assert state.without_proof is not proof

    def test_a_hint_leaves_no_trace_and_the_confirmed_event_counts(self) -> None:
        state, outcomes = merged([event("delivered", 5, "e1", direct=False), event("delivered", 5, "e1")])
        assert (state.kind, outcomes) == ("delivered", ["stored", "applied"])

    def test_news_of_money_moves_nothing(self) -> None:
        assert merged([event(None, 1)])[1] == ["stored"]


# Three bytes make one event: what, when, and which id; small ranges, so that ids and times meet often.
STREAMS = st.binary(min_size=3 * 40, max_size=3 * 80).map(
    lambda raw: [
        event(
            KINDS[what % len(KINDS)], when % 30, f"e{what % len(KINDS)}-{when % 30}-{which % 3}", proof=bool(which & 4)
        )
        for what, when, which in zip(raw[::3], raw[1::3], raw[2::3], strict=False)
    ]
)
LONG = bool(os.environ.get("LONG_PROPERTIES"))
"""`LONG_PROPERTIES=1`: every property over at least 100,000 events instead of 20,000."""
OFTEN = settings(
    max_examples=2_500 if LONG else 500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


class TestRandomStreams:
    """500 (2,500) streams of 40 to 80 events each: at least 20,000 (100,000) events per property."""

    @OFTEN
    @given(STREAMS)
    def test_only_edges_happen_no_end_is_left_and_time_never_runs_back(self, stream: list[PartnerEvent]) -> None:
        state = Merged()
        for one in stream:
            after, outcome = apply(state, one)
            if outcome == "applied":
                assert edge(state.kind, str(one.kind))
                assert state.kind not in ENDS
                assert state.at is None or one.at >= state.at
                assert (after.kind, after.at) == (one.kind, one.at)
            else:
                assert (after.kind, after.at, after.without_proof) == (state.kind, state.at, state.without_proof)
            state = after

    @OFTEN
    @given(STREAMS)
    def test_what_was_told_once_changes_nothing_when_told_again(self, stream: list[PartnerEvent]) -> None:
        state, outcomes = merged(stream)
        first_times = list({one.event_id: one for one in stream}.values())

        assert {apply(state, one) for one in stream} == {(state, "duplicate")}
        assert merged([twin for one in stream for twin in (one, one)])[0] == state
        assert outcomes.count("duplicate") == len(stream) - len(first_times)

    @OFTEN
    @given(STREAMS)
    def test_two_ends_are_a_conflict_and_one_is_none(self, stream: list[PartnerEvent]) -> None:
        state, outcomes = merged(stream)
        ends = {one.kind for one in stream} & ENDS
        assert state.conflict == (len(ends) > 1)
        assert ("conflict" in outcomes) == (len(ends) > 1)

    @OFTEN
    @given(STREAMS)
    def test_hints_never_change_anything(self, stream: list[PartnerEvent]) -> None:
        hints = [event(one.kind, 0, one.event_id, direct=False) for one in stream]
        assert merged(hints)[0] == Merged()

    @OFTEN
    @given(st.randoms(use_true_random=False), st.integers(0, 40))
    def test_a_real_journey_ends_right_however_it_arrives(self, dice: "st.random.Random", extra: int) -> None:
        journey: list[PartnerEvent] = []
        state = Merged()
        while len(journey) < 20:
            kind = dice.choice([kind for kind in KINDS if kind not in ENDS and edge(state.kind, kind)] or ["delivered"])
            journey.append(event(kind, len(journey)))
            if kind == "delivered":
                break
            state = apply(state, journey[-1]).merged
        if journey[-1].kind != "delivered":
            journey.append(event("delivered", len(journey)))
        arrivals = journey + [dice.choice(journey) for _ in range(extra)]
        dice.shuffle(arrivals)

        assert merged(arrivals)[0].kind == "delivered"
        assert apply_all(Merged(), arrivals).kind == "delivered"
