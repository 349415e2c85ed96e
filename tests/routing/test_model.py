"""Values refuse nonsense when they are made, each with a sentence that says what is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from routing.model import (
    UNREACHABLE,
    Depot,
    Driven,
    DrivenVisit,
    LeaveOut,
    Limits,
    Matrix,
    Pin,
    Point,
    Problem,
    Stop,
    Tariff,
    Vehicle,
    Window,
)

OFFICE = Point(lat=-8.1, lon=112.16)
MORNING = Window(start=28_800, end=50_400)


def a_stop(**changes) -> Stop:
    stop = Stop(id="A", point=OFFICE, demand=4, service_s=300, windows=(MORNING,))
    return replace(stop, **changes)


def a_vehicle(**changes) -> Vehicle:
    vehicle = Vehicle(id="V", kind="ojek", start="D", end="D", capacity=150, shift=Window(start=28_800, end=54_000))
    return replace(vehicle, **changes)


def a_matrix(size=2) -> Matrix:
    way = np.full((size, size), 1_000, dtype=np.int32)
    np.fill_diagonal(way, 0)
    return Matrix(metres=way, seconds=way, source="estimate")


def a_problem(**changes) -> Problem:
    problem = Problem(
        depots=(Depot(id="D", point=OFFICE),),
        stops=(a_stop(),),
        vehicles=(a_vehicle(),),
        matrices={"motorbike": a_matrix()},
    )
    return replace(problem, **changes)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Point(lat=112.0, lon=-8.0), "no position"),
        (lambda: Point(lat=float("nan"), lon=1.0), "no position"),
        (lambda: Window(start=10, end=9), "cannot run from 10 to 9"),
        (lambda: Window(start=-1, end=9), "at least 0"),
        (lambda: Window(start=0, end=9.5), "whole number"),
        (lambda: LeaveOut(kind="burn", rupiah=1), "by post or by waiting"),
        (lambda: LeaveOut(kind="post", rupiah=-1), "at least 0"),
        (lambda: a_stop(id=""), "needs an id"),
        (lambda: a_stop(demand=True), "whole number"),
        (lambda: a_stop(service_s=-5), "at least 0"),
        (lambda: a_stop(windows=()), "no time window"),
        (lambda: a_stop(windows=(Window(start=5, end=9), Window(start=9, end=12))), "sorted and apart"),
        (lambda: a_stop(windows=(Window(start=15, end=19), Window(start=1, end=2))), "sorted and apart"),
        (lambda: a_stop(kinds=frozenset()), "no vehicle kind"),
        (lambda: a_stop(priority=10), "at most 9"),
        (lambda: Tariff(per_km=-1), "per_km must be at least 0"),
        (lambda: a_vehicle(capacity=-1), "capacity"),
        (lambda: a_vehicle(max_stops=-1), "stops"),
        (lambda: Limits(), "needs a limit"),
        (lambda: Limits(seconds=0), "cannot take 0 seconds"),
        (lambda: Limits(iterations=0), "at least 1"),
        (lambda: Pin(stop_id="A", vehicle_id="V", position=-1), "at least 0"),
        (lambda: DrivenVisit(stop_id="A", arrival=9, start=8, departure=10), "run backwards"),
        (lambda: Driven(vehicle_id="V", leaves=0, visits=()), "driven nowhere"),
        (lambda: a_problem(stops=(a_stop(id="D"),)), "share the id 'D'"),
        (lambda: a_problem(vehicles=(a_vehicle(), a_vehicle())), "share the id 'V'"),
        (lambda: a_problem(vehicles=(a_vehicle(start="X"),)), "depot that is not in the problem"),
        (lambda: a_problem(vehicles=(a_vehicle(end="X"),)), "depot that is not in the problem"),
        (lambda: a_problem(vehicles=(a_vehicle(profile="truck"),)), "profile 'truck'"),
        (lambda: a_problem(stops=(a_stop(depot="X"),)), "names a depot"),
        (lambda: a_problem(matrices={"motorbike": a_matrix(3)}), "knows 3 places, the problem has 2"),
        (lambda: a_problem(pins=(Pin(stop_id="B", vehicle_id="V"),)), "not in the problem"),
        (
            lambda: a_problem(pins=(Pin(stop_id="A", vehicle_id="V"), Pin(stop_id="A", vehicle_id="V", position=1))),
            "share the id 'A'",
        ),
    ],
)
def test_nonsense_is_refused_with_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("metres", "seconds", "sentence"),
    [
        (np.zeros((2, 3), np.int32), np.zeros((2, 2), np.int32), r"int32\[n, n\]"),
        (np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int32), r"int32\[n, n\]"),
        (np.zeros((2, 2), np.int32), np.zeros((3, 3), np.int32), "one size"),
        (np.array([[0, -1], [1, 0]], np.int32), np.zeros((2, 2), np.int32), "cannot be negative"),
        (np.array([[1, 1], [1, 0]], np.int32), np.zeros((2, 2), np.int32), "to itself"),
        (
            np.array([[0, UNREACHABLE], [1, 0]], np.int32),
            np.ones((2, 2), np.int32) - np.eye(2, dtype=np.int32),
            "alike",
        ),
    ],
)
def test_a_matrix_is_square_whole_and_says_unreachable_twice(metres, seconds, sentence):
    with pytest.raises(ValueError, match=sentence):
        Matrix(metres=metres, seconds=seconds, source="estimate")


def test_a_matrix_cannot_be_changed_afterwards():
    matrix = a_matrix()

    with pytest.raises(ValueError, match="read-only"):
        matrix.metres[0, 1] = 7


def test_a_pin_cannot_stand_where_the_courier_has_already_been():
    way = a_matrix(3)
    stops = (a_stop(), a_stop(id="B"))
    driven = Driven(vehicle_id="V", leaves=1, visits=(DrivenVisit(stop_id="A", arrival=2, start=2, departure=3),))

    with pytest.raises(ValueError, match="already driven"):
        a_problem(
            stops=stops,
            matrices={"motorbike": way},
            driven=(driven,),
            pins=(Pin(stop_id="B", vehicle_id="V", position=0),),
        )
