"""Planted causes are named, and the change that is proposed truly puts the stop on a route."""

from dataclasses import replace

import pytest

from routing.change import with_change
from routing.explain import explain
from routing.model import UNREACHABLE, Cause, Change, Limits, Matrix, Window
from routing.solve import solve
from tests.routing.chance import a_problem
from tests.routing.town import EIGHT, pinned, rider, road, solved, stop


def why(problem, stop_id="X"):
    """The reason the short search gives for a stop."""
    return next(one.reason for one in solved(problem).unassigned if one.stop_id == stop_id)


def test_a_stop_for_cars_only_in_a_town_of_motorbikes():
    assert why(road({stop("X", kinds=frozenset({"car"})): 1_000}, [rider()])).cause is Cause.KIND


def test_what_may_come_is_proposed_where_that_alone_is_in_the_way():
    car_only = why(road({stop("X", kinds=frozenset({"car"}), post=9_000): 1_000}, [rider()]))
    forbidden = why(road({stop("X", not_with=frozenset({"V"}), post=9_000): 1_000}, [rider()]))

    assert (car_only.cause, car_only.change) == (Cause.KIND, Change(field="kinds", value=1, vehicle_id="V"))
    assert (forbidden.cause, forbidden.change) == (Cause.KIND, Change(field="not_with", value=1, vehicle_id="V"))


def test_more_documents_than_any_bag_holds():
    reason = why(road({stop("X", demand=120): 1_000}, [rider("a", capacity=80), rider("b", capacity=100)]))

    assert (reason.cause, reason.amount, reason.vehicle_id) == (Cause.CAPACITY, 20, "b")
    assert reason.change == Change(field="capacity", value=120, vehicle_id="b")


def test_an_office_that_closes_before_anybody_can_be_there():
    early = (Window(start=EIGHT, end=EIGHT + 60),)

    reason = why(road({stop("X", windows=early): 1_000}, [rider()]))

    assert (reason.cause, reason.amount) == (Cause.WINDOW, 40)
    assert reason.change == Change(field="window_end", value=EIGHT + 100, vehicle_id="V")


def test_a_village_too_far_for_the_shift():
    reason = why(road({stop("X"): 150_000}, [rider()]))

    assert (reason.cause, reason.amount) == (Cause.SHIFT, 30_000 - 7 * 3_600)
    assert reason.change == Change(field="shift_end", value=EIGHT + 30_000, vehicle_id="V")


def test_a_village_too_far_for_the_day_in_kilometres():
    reason = why(road({stop("X"): 90_000}, [rider(max_metres=160_000)]))

    assert (reason.cause, reason.amount) == (Cause.DISTANCE, 20_000)
    assert reason.change == Change(field="max_metres", value=180_000, vehicle_id="V")


def test_an_island_without_a_ferry():
    problem = road({stop("X", post=9_000): 1_000, stop("A"): 2_000}, [rider()])
    metres = problem.matrices["motorbike"].metres.copy()
    metres[1, :] = metres[:, 1] = UNREACHABLE
    metres[1, 1] = 0
    island = replace(problem, matrices={"motorbike": Matrix(metres=metres, seconds=metres, source="osrm")})

    assert why(island).cause is Cause.UNREACHABLE


def test_two_things_wrong_at_once_have_no_single_remedy():
    reason = why(road({stop("X", demand=200): 150_000}, [rider()]))

    assert reason.cause is Cause.CAPACITY
    assert reason.change is None


def test_dearer_than_the_post_by_so_much():
    reason = why(road({stop("X", post=9_000): 40_000}, [rider()]))

    assert (reason.cause, reason.amount, reason.vehicle_id) == (Cause.DEARER, 71_000, "V")
    assert reason.change == Change(field="price", value=80_001)


def test_the_bag_is_full_by_five_documents():
    problem = road({stop("A", demand=96): 3_000, stop("X", demand=9, post=50_000): 2_000}, [rider()])

    reason = why(problem)

    assert (reason.cause, reason.amount) == (Cause.CAPACITY, 5)
    assert reason.change == Change(field="capacity", value=105, vehicle_id="V")


def test_the_list_of_stops_is_full():
    stops = {stop("A"): 3_000, stop("B"): 3_500, stop("X", post=50_000): 2_000}

    reason = why(road(stops, [rider(max_stops=2)]))

    assert (reason.cause, reason.change) == (Cause.STOPS, Change(field="max_stops", value=3, vehicle_id="V"))


def test_the_day_is_full():
    short = rider(shift=Window(start=EIGHT, end=EIGHT + 2_000))
    stops = {stop("A", service_s=1_000): 3_000, stop("X", service_s=500, post=50_000): 2_900}

    reason = why(road(stops, [short]))

    assert (reason.cause, reason.amount) == (Cause.SHIFT, 100)


def test_all_couriers_are_taken():
    """Two needed visits at the same minute in opposite directions, and one courier with room for one."""
    at_nine = (Window(start=EIGHT + 3_600, end=EIGHT + 3_600),)
    stops = {stop("A", windows=at_nine, priority=1): -9_000, stop("X", windows=at_nine): 9_000}

    reason = why(road(stops, [rider(capacity=1)]))

    assert reason.cause is Cause.NO_VEHICLE_FREE
    assert reason.change == Change(field="vehicles", value=1, vehicle_id="V")


def test_a_pin_to_a_courier_who_may_not_come():
    problem = road({stop("X", not_with=frozenset({"a"})): 1_000}, [rider("a"), rider("b")], pins=pinned("X", "a"))

    assert why(problem).cause is Cause.PINNED


def test_a_hand_edited_plan_is_told_what_still_fits():
    problem = road({stop("A", post=9_000): 3_000, stop("B", post=9_000): 3_100}, [rider()])

    (left,) = explain(problem, solve(replace(problem, stops=problem.stops), Limits(iterations=5)).routes[:0])[:1]

    assert (left.reason.cause, left.reason.amount) == (Cause.FITS, 3_000)


@pytest.mark.parametrize("block", range(2))
def test_nearly_every_proposed_change_admits_the_stop_when_all_is_solved_again(block):
    limits = Limits(iterations=1_000, seed=1)
    proposed = admitted = 0
    for seed in range(100 + 7 * block, 107 + 7 * block):
        problem = a_problem(seed, stops=12, vehicles=2)
        for left in solve(problem, limits).unassigned:
            if left.reason.change is not None:
                again = solve(with_change(problem, left.stop_id, left.reason.change), limits)
                proposed += 1
                admitted += left.stop_id not in {one.stop_id for one in again.unassigned}

    assert proposed > 20
    assert admitted >= 0.95 * proposed
