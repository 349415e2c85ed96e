"""Several days at once: nothing after its last day, the dear first, and a day's capacity is never overdrawn."""

import numpy as np
import pytest

from routing.days import Waiting, plan_days
from routing.model import Depot, LeaveOut, Limits, Matrix, Point, Stop, Vehicle, Window

HOUR = 3600
FEW = Limits(iterations=200, seed=1)
OPEN = (Window(start=8 * HOUR, end=14 * HOUR),)


def on_a_line(*kilometres: float, last: tuple[int, ...] = (), prices=(0, 100, 400), documents: int = 10, arriving=0.0):
    """Stops along one road; the depot at its beginning."""
    places = (0.0, *kilometres)
    metres = np.array([[round(abs(a - b) * 1000) for b in places] for a in places], dtype=np.int32)
    matrix = Matrix(metres=metres, seconds=(metres * 0.12).astype(np.int32), source="test")
    stops = [
        Waiting(
            stop=Stop(
                id=f"s{n}", point=Point(lat=-8, lon=112), demand=documents, service_s=600, windows=OPEN,
                leave_out=LeaveOut(kind="post", rupiah=500_000),
            ),
            last=last[n] if last else len(prices) - 1,
            prices=prices,
            arriving=arriving,
        )
        for n in range(len(kilometres))
    ]  # fmt: skip
    return stops, {"motorbike": matrix}


def riders(count: int, capacity: int = 20) -> list[Vehicle]:
    shift = Window(start=8 * HOUR, end=15 * HOUR)
    return [Vehicle(id=f"r{n}", kind="ojek", start="d", end="d", capacity=capacity, shift=shift) for n in range(count)]


DEPOT = (Depot(id="d", point=Point(lat=-8, lon=112)),)


def where(days) -> dict[str, int]:
    return {stop_id: day for day, tours in enumerate(days.tours) for route in tours for stop_id in route.stop_ids}


def test_what_one_day_cannot_carry_is_spread_and_nothing_is_late():
    """Six stops of ten documents, one rider with room for twenty: three days, the two that are due first today."""
    stops, ways = on_a_line(1, 2, 3, 4, 5, 6, last=(2, 2, 1, 2, 0, 0))

    days = plan_days(DEPOT, stops, riders(1), ways, FEW)

    found = where(days)
    assert {stop_id for stop_id, day in found.items() if day == 0} == {"s4", "s5"}
    assert all(found[one.stop.id] <= one.last for one in stops)
    assert [len(tours) for tours in days.tours] == [1, 1, 1]


def test_neighbours_ride_together_though_one_could_wait_longer():
    stops, ways = on_a_line(9, 9.5, last=(0, 2))

    assert where(plan_days(DEPOT, stops, riders(1), ways, FEW)) == {"s0": 0, "s1": 0}


def test_what_gains_by_waiting_stays_until_tomorrow():
    """Tomorrow as many documents more: they ride along for the price of a day's waiting, which is small."""
    stops, ways = on_a_line(20, last=(2,), prices=(0, 100, 400), arriving=10.0)
    assert where(plan_days(DEPOT, stops, riders(1), ways, FEW)) == {"s0": 1}

    dear, ways = on_a_line(20, last=(2,), prices=(0, 90_000, 400_000), arriving=10.0)
    assert where(plan_days(DEPOT, dear, riders(1), ways, FEW)) == {"s0": 0}

    due, ways = on_a_line(20, last=(0,), prices=(0, 100, 400), arriving=10.0)
    assert where(plan_days(DEPOT, due, riders(1), ways, FEW)) == {"s0": 0}


def test_the_same_again_gives_the_same_days():
    stops, ways = on_a_line(1, 5, 9, 14, last=(2, 1, 2, 0))

    one, two = (plan_days(DEPOT, stops, riders(2), ways, FEW) for _ in range(2))

    assert where(one) == where(two)


def test_days_without_anything_to_do():
    _, ways = on_a_line()

    assert plan_days(DEPOT, [], riders(1), ways, FEW).today == ()


def test_nonsense_is_refused():
    stops, ways = on_a_line(1)
    with pytest.raises(ValueError, match="last day"):
        Waiting(stop=stops[0].stop, last=3, prices=(0, 1))
    with pytest.raises(ValueError, match="same days"):
        other = Waiting(stop=stops[0].stop, last=0, prices=(0,))
        plan_days(DEPOT, [stops[0], other], riders(1), ways, FEW)
