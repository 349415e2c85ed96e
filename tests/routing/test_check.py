"""The referee names every fault that is planted into a good plan, and finds none in the good plan itself."""

from dataclasses import replace

import pytest

from routing.check import check
from routing.model import UNREACHABLE, Cause, Driven, DrivenVisit, Matrix, Pin, Reason, Window
from tests.routing.town import EIGHT, rider, road, solved, stop

STOPS = {
    stop("A", demand=2, service_s=60): 1_000,
    stop("B", demand=3, service_s=60): 2_000,
    stop("C", demand=4, service_s=60, post=500): 50_000,
}
DRIVEN = Driven(
    vehicle_id="V",
    leaves=EIGHT,
    visits=(DrivenVisit(stop_id="A", arrival=EIGHT + 100, start=EIGHT + 100, departure=EIGHT + 160),),
)


def a_problem(**changes):
    return road(STOPS, [rider(), rider("W")], **changes)


@pytest.fixture
def good():
    """V rides to A and B, C goes by post."""
    return solved(a_problem())


def codes(problem, solution) -> set[str]:
    return {violation.code for violation in check(problem, solution)}


def with_route(solution, **changes):
    return replace(solution, routes=(replace(solution.routes[0], **changes),))


def with_visit(solution, position, **changes):
    visits = list(solution.routes[0].visits)
    visits[position] = replace(visits[position], **changes)
    return with_route(solution, visits=tuple(visits))


def with_stop(problem, name, **changes):
    stops = tuple(replace(one, **changes) if one.id == name else one for one in problem.stops)
    return replace(problem, stops=stops)


def with_vehicle(problem, **changes):
    return replace(problem, vehicles=(replace(problem.vehicles[0], **changes), problem.vehicles[1]))


def test_a_good_plan_has_no_fault(good):
    assert good.routes[0].stop_ids in (("A", "B"), ("B", "A"))
    assert check(a_problem(), good) == []


def reordered(good):
    route = good.routes[0]
    return with_route(good, visits=tuple(reversed(route.visits)))


@pytest.mark.parametrize(
    ("code", "plant"),
    [
        ("unknown_vehicle", lambda s: with_route(s, vehicle_id="X")),
        ("vehicle_twice", lambda s: replace(s, routes=s.routes * 2)),
        ("visited_twice", lambda s: replace(s, routes=(s.routes[0], replace(s.routes[0], vehicle_id="W")))),
        ("unknown_stop", lambda s: with_visit(s, 0, stop_id="X")),
        ("stop_lost", lambda s: replace(s, unassigned=())),
        ("stop_lost", lambda s: with_route(s, visits=s.routes[0].visits[:1])),
        (
            "visited_and_left_out",
            lambda s: replace(s, unassigned=(*s.unassigned, replace(s.unassigned[0], stop_id="A"))),
        ),
        ("empty_route", lambda s: with_route(s, visits=())),
        ("wrong_alternative", lambda s: replace(s, unassigned=(replace(s.unassigned[0], leave_out=None),))),
        ("wrong_cost", lambda s: replace(s, cost=s.cost - 1)),
        ("wrong_fare", lambda s: with_route(s, fare=s.routes[0].fare + 1)),
        ("wrong_arrival", lambda s: with_visit(s, 1, arrival=s.routes[0].visits[1].arrival - 5)),
        ("starts_before_arrival", lambda s: with_visit(s, 0, start=s.routes[0].visits[0].arrival - 1)),
        ("outside_window", lambda s: with_visit(s, 0, start=EIGHT - 1)),
        ("wrong_departure", lambda s: with_visit(s, 0, departure=s.routes[0].visits[0].departure - 30)),
        ("leaves_before_shift", lambda s: with_route(s, leaves=EIGHT - 1)),
        ("wrong_return", lambda s: with_route(s, returns=s.routes[0].returns - 1)),
        ("wrong_seconds", lambda s: with_route(s, seconds=s.routes[0].seconds - 1)),
        ("wrong_paid_seconds", lambda s: with_route(s, paid_seconds=0)),
        ("wrong_leg", lambda s: with_visit(s, 0, metres=1)),
        ("wrong_leg", lambda s: with_route(s, back_metres=1)),
        ("wrong_leg_time", lambda s: with_visit(s, 1, seconds=1)),
        ("wrong_leg_time", lambda s: with_route(s, back_seconds=1)),
        ("wrong_metres", lambda s: with_route(s, metres=1)),
        ("wrong_paid_metres", lambda s: with_route(s, paid_metres=1)),
        ("wrong_load", lambda s: with_route(s, load=1)),
        ("wrong_load_after", lambda s: with_visit(s, 1, load_after=1)),
        ("wrong_arrival", reordered),
    ],
)
def test_a_fault_planted_in_the_answer_is_named(good, code, plant):
    assert code in codes(a_problem(), plant(good))


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("over_capacity", with_vehicle(a_problem(), capacity=4)),
        ("too_many_stops", with_vehicle(a_problem(), max_stops=1)),
        ("too_far", with_vehicle(a_problem(), max_metres=3_999)),
        ("kind_not_allowed", with_stop(a_problem(), "A", kinds=frozenset({"car"}))),
        ("vehicle_not_allowed", with_stop(a_problem(), "A", not_with=frozenset({"V"}))),
        ("leaves_before_shift", with_vehicle(a_problem(), shift=Window(start=EIGHT + 1, end=54_000))),
        ("returns_after_shift", with_vehicle(a_problem(), shift=Window(start=EIGHT, end=EIGHT + 519))),
        ("outside_window", with_stop(a_problem(), "B", windows=(Window(start=EIGHT + 9_000, end=54_000),))),
        ("wrong_vehicle", replace(a_problem(), pins=(Pin(stop_id="A", vehicle_id="W"),))),
        ("wrong_position", replace(a_problem(), pins=(Pin(stop_id="A", vehicle_id="V", position=7),))),
        ("left_out_to_save", replace(a_problem(), pins=(Pin(stop_id="C", vehicle_id="V"),))),
        ("driven_part_changed", replace(a_problem(), driven=(replace(DRIVEN, vehicle_id="W"),))),
        ("driven_part_changed", replace(a_problem(), driven=(replace(DRIVEN, leaves=EIGHT - 60),))),
    ],
)
def test_a_plan_for_an_easier_question_is_refused(good, code, question):
    assert code in codes(question, good)


def test_a_route_over_a_way_that_does_not_exist_is_refused(good):
    metres = a_problem().matrices["motorbike"].metres.copy()
    metres[0, 1] = metres[0, 2] = UNREACHABLE
    seconds = metres.copy()
    blocked = replace(a_problem(), matrices={"motorbike": Matrix(metres=metres, seconds=seconds, source="osrm")})

    assert "no_way" in codes(blocked, good)


def test_documents_cannot_ride_from_another_print_point():
    depots = {"D": 0, "E": 10}
    problem = road(STOPS, [rider()], depots=depots)

    assert "wrong_depot" in codes(with_stop(problem, "A", depot="E"), solved(problem))


def test_a_mandatory_stop_is_never_left_out_for_money(good):
    question = with_stop(a_problem(), "C", leave_out=None)
    cheap = replace(good.unassigned[0], leave_out=None, reason=Reason(cause=Cause.DEARER, amount=1))

    assert "left_out_to_save" in codes(question, replace(good, unassigned=(cheap,), cost=good.routes[0].fare))


def test_an_open_route_has_no_way_back():
    problem = road(STOPS, [rider(end=None)])

    assert "wrong_leg" in codes(problem, with_route(solved(problem), back_metres=5))


def test_what_is_driven_cannot_break_a_limit_any_more():
    """The courier took a stop too many; that is a fact, and no fault of the plan."""
    problem = with_vehicle(replace(a_problem(), driven=(DRIVEN,)), max_stops=0, capacity=0, max_metres=0)

    plan = solved(problem)

    assert [route.stop_ids for route in plan.routes] == [("A",), ("B",)]
    assert check(problem, plan) == []


def test_a_violation_reads_as_a_sentence_for_the_log(good):
    (wrong,) = check(a_problem(), replace(good, cost=1))

    assert str(wrong) == f"wrong_cost: plan (expected {good.cost}, found 1)"
