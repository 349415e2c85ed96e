"""Small problems whose best plan is known, one constraint at a time; every plan also passes the referee."""

import pytest

from routing.check import check
from routing.model import Cause, Driven, DrivenVisit, LeaveOut, Limits, Progress, Tariff, Window
from routing.solve import solve
from tests.routing.town import EIGHT, FRIDAY, PER_KM, orders, pinned, rider, road, solved, stop

HOUR = 3_600


def the_plan(problem):
    """The solution, after the referee found nothing wrong with it."""
    solution = solved(problem)
    assert check(problem, solution) == []
    return solution


def reasons(solution) -> dict[str, Cause]:
    return {one.stop_id: one.reason.cause for one in solution.unassigned}


def test_one_courier_visits_the_road_out_and_back():
    plan = the_plan(road({stop("A"): 3_000, stop("B"): 9_000, stop("C"): 6_000}, [rider()]))

    assert plan.cost == 18_000
    assert plan.unassigned == ()
    assert plan.source == "estimate"


def test_two_sides_of_town_are_two_routes_only_when_the_bag_is_small():
    stops = {stop("west", demand=60): -5_000, stop("east", demand=60): 5_000}
    setting_out = Tariff(base_fare=3_000, base_metres=0, per_km=1_000)
    small, large = rider("a", tariff=setting_out), rider("a", tariff=setting_out, capacity=120)
    other = rider("b", tariff=setting_out)

    assert the_plan(road(stops, [large, other])).cost == 23_000
    assert the_plan(road(stops, [small, other])).cost == 26_000


def test_a_stop_goes_by_post_when_that_is_cheaper():
    problem = road({stop("near", post=7_000): 3_000, stop("far", post=9_000): 40_000}, [rider()])

    plan = the_plan(problem)

    assert orders(plan) == {"V": ["near"]}
    assert plan.cost == 6_000 + 9_000
    assert plan.unassigned[0].leave_out == LeaveOut(kind="post", rupiah=9_000)
    assert reasons(plan) == {"far": Cause.DEARER}


def test_a_far_cluster_pays_only_together_and_is_still_found():
    """No single stop is worth its 80 km, ten of them are."""
    far = {stop(f"far{k}", post=9_000): 40_000 + 10 * k for k in range(10)}

    plan = the_plan(road(far, [rider()]))

    assert plan.unassigned == ()
    assert plan.cost == 80_180


def test_the_empty_plan_is_the_answer_when_nothing_pays():
    plan = the_plan(road({stop(f"s{k}", post=100): 30_000 + k for k in range(5)}, [rider("a"), rider("b")]))

    assert plan.routes == ()
    assert plan.cost == 500


def test_the_base_fare_makes_short_routes_equally_dear():
    """Two short errands on two couriers cost two base fares; on one courier one."""
    problem = road({stop("A"): 500, stop("B"): -500}, [rider("a", tariff=Tariff()), rider("b", tariff=Tariff())])

    plan = the_plan(problem)

    assert len(plan.routes) == 1
    assert plan.cost == 10_000


def test_a_base_fare_cheaper_than_its_kilometres_is_used_up_on_every_courier():
    """Ten free kilometres each: two couriers for 1,000 rupiah a piece beat one who rides twenty."""
    gift = Tariff(base_fare=1_000, base_metres=10_000, per_km=2_500)
    problem = road({stop("A"): 5_000, stop("B"): -5_000}, [rider("a", tariff=gift), rider("b", tariff=gift)])

    plan = the_plan(problem)

    assert plan.cost == 2_000
    assert len(plan.routes) == 2


def test_the_friday_break_is_kept():
    """Three visits of 100 minutes cannot all start before eleven; the last waits until one."""
    long = 100 * 60
    stops = {stop(f"s{k}", service_s=long, windows=FRIDAY): 1_000 * (k + 1) for k in range(3)}

    plan = the_plan(road(stops, [rider()]))

    starts = sorted(visit.start for route in plan.routes for visit in route.visits)
    assert len(starts) == 3
    assert all(start <= 11 * HOUR or start >= 13 * HOUR for start in starts)


def test_a_visit_to_the_nearer_village_waits_when_it_opens_late():
    late = (Window(start=12 * HOUR, end=14 * HOUR),)

    plan = the_plan(road({stop("near", windows=late): 1_000, stop("far"): 20_000}, [rider()]))

    assert plan.cost == 40_000
    assert all(visit.start >= 12 * HOUR for visit in plan.routes[0].visits if visit.stop_id == "near")


def test_nobody_comes_back_after_the_shift():
    shift = Window(start=EIGHT, end=EIGHT + 2 * HOUR)
    stops = {stop(f"s{k}", service_s=1_000): 500 * (k + 1) for k in range(8)}

    plan = the_plan(road(stops, [rider(shift=shift)]))

    assert len(plan.routes[0].visits) == 6
    assert set(reasons(plan).values()) == {Cause.SHIFT}


def test_every_courier_keeps_to_the_own_shift():
    early, late = Window(start=EIGHT, end=10 * HOUR), Window(start=12 * HOUR, end=14 * HOUR)
    morning, afternoon = (Window(start=EIGHT, end=9 * HOUR),), (Window(start=13 * HOUR, end=14 * HOUR),)
    problem = road(
        {stop("A", windows=afternoon): 1_000, stop("B", windows=morning): 1_100},
        [rider("early", shift=early), rider("late", shift=late)],
    )

    assert orders(the_plan(problem)) == {"early": ["B"], "late": ["A"]}


def test_a_route_has_at_most_so_many_stops():
    stops = {stop(f"s{k}"): 1_000 + k for k in range(5)}

    plan = the_plan(road(stops, [rider("a", max_stops=3), rider("b", max_stops=2)]))

    assert sorted(len(route.visits) for route in plan.routes) == [2, 3]


def test_a_route_is_at_most_so_long_the_way_back_included():
    stops = {stop("A", post=90_000): 10_000, stop("B", post=90_000): 10_001}

    plan = the_plan(road(stops, [rider(max_metres=20_000)]))

    assert orders(plan) == {"V": ["A"]}
    assert reasons(plan) == {"B": Cause.DISTANCE}


def test_a_stop_takes_only_the_kinds_it_allows():
    problem = road(
        {stop("alley", kinds=frozenset({"ojek"})): 1_000, stop("square"): 1_001},
        [rider("car", kind="car", max_stops=1), rider("bike", max_stops=1)],
    )

    assert orders(the_plan(problem)) == {"car": ["square"], "bike": ["alley"]}


def test_a_courier_may_be_kept_away_from_a_village():
    problem = road({stop("A", not_with=frozenset({"a"})): 1_000}, [rider("a"), rider("b", tariff=Tariff())])

    assert orders(the_plan(problem)) == {"b": ["A"]}


def test_documents_ride_from_the_print_point_where_they_lie():
    problem = road(
        {stop("A", depot="north"): 1_000, stop("B", depot="south"): 9_000, stop("C"): 9_500},
        [rider("n", start="north", end="north"), rider("s", start="south", end="south")],
        depots={"north": 10_000, "south": 0},
    )

    assert orders(the_plan(problem)) in ({"n": ["C", "A"], "s": ["B"]}, {"n": ["A", "C"], "s": ["B"]})


def test_each_depot_serves_its_own_side():
    problem = road(
        {stop("A"): 1_000, stop("B"): 9_000},
        [rider("n", start="north", end="north"), rider("s", start="south", end="south")],
        depots={"south": 0, "north": 10_000},
    )

    plan = the_plan(problem)

    assert orders(plan) == {"n": ["B"], "s": ["A"]}
    assert plan.cost == 4_000


def test_a_courier_may_end_elsewhere_or_nowhere():
    stops = {stop("A"): 4_000, stop("B"): 8_000}
    two = {"D": 0, "home": 10_000}

    assert the_plan(road(stops, [rider(end="home")], depots=two)).cost == 10_000
    assert the_plan(road(stops, [rider(end=None)])).cost == 8_000


def test_a_return_that_nobody_pays_still_has_to_fit_the_shift():
    unpaid = Tariff(base_fare=0, base_metres=0, per_km=1_000, return_paid=False)
    stops = {stop("A", post=90_000): 10_000}

    assert the_plan(road(stops, [rider(tariff=unpaid)])).cost == 10_000
    short = rider(tariff=unpaid, shift=Window(start=EIGHT, end=EIGHT + 1_999))
    assert reasons(the_plan(road(stops, [short]))) == {"A": Cause.SHIFT}


def test_paid_hours_make_a_short_day_worth_a_detour():
    """By the kilometre one courier would do both; by the hour two couriers spare each other the waiting."""
    morning, noon = (Window(start=EIGHT, end=9 * HOUR),), (Window(start=14 * HOUR, end=15 * HOUR),)
    stops = {stop("A", windows=morning): 1_000, stop("B", windows=noon): 1_000}
    hourly = Tariff(base_fare=0, base_metres=0, per_km=1_000, per_hour=10_000)

    assert len(the_plan(road(stops, [rider("a"), rider("b")])).routes) == 1
    assert len(the_plan(road(stops, [rider("a", tariff=hourly), rider("b", tariff=hourly)])).routes) == 2


def test_the_fare_per_stop_and_the_platform_decide_against_the_post():
    by_the_stop = Tariff(base_fare=0, base_metres=0, per_km=0, per_stop=1_000, platform_fee_bp=1_000)
    problem = road({stop("A", post=1_099): 100, stop("B", post=1_101): 200}, [rider(tariff=by_the_stop)])

    assert orders(the_plan(problem)) == {"V": ["B"]}


def test_the_dearer_car_stays_at_home_when_the_bikes_suffice():
    car = rider("car", kind="car", capacity=1_000, tariff=Tariff(fixed=100_000))
    problem = road({stop(f"s{k}", demand=50): 1_000 * k + 1_000 for k in range(4)}, [car, rider("a"), rider("b")])

    assert set(orders(the_plan(problem))) == {"a", "b"}


def test_mandatory_stops_go_first_and_the_urgent_ones_before_them():
    stops = {
        stop("paying", post=500_000): 1_000,
        stop("needed"): 1_000,
        stop("urgent", priority=1): 1_000,
        stop("other"): 1_000,
    }

    plan = the_plan(road(stops, [rider(max_stops=1)]))

    assert orders(plan) == {"V": ["urgent"]}
    assert len(plan.unassigned) == 3


def test_a_pin_overrules_the_money():
    stops = {stop("A", post=1): 30_000, stop("B"): 1_000, stop("C"): 2_000}

    plan = the_plan(road(stops, [rider("a"), rider("b", tariff=Tariff())], pins=pinned("A", "b")))

    assert "A" in orders(plan)["b"]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_pin_holds_a_place_in_the_order(position):
    stops = {stop("A"): 1_000, stop("B"): 2_000, stop("C"): 3_000}

    plan = the_plan(road(stops, [rider()], pins=pinned("C", "V", position)))

    assert orders(plan)["V"].index("C") == position


def test_what_is_driven_stays_driven_and_new_work_is_added():
    driven = Driven(
        vehicle_id="V",
        leaves=EIGHT,
        visits=(DrivenVisit(stop_id="A", arrival=EIGHT + 300, start=EIGHT + 300, departure=EIGHT + 400),),
    )
    stops = {stop("A"): 3_000, stop("B", post=3_000): 1_000, stop("C", post=20_000): 5_000}

    plan = the_plan(road(stops, [rider()], driven=(driven,)))

    assert orders(plan)["V"] == ["A", "C", "B"]
    assert plan.cost == 10_000
    assert plan.routes[0].visits[0].departure == EIGHT + 400


def test_a_driven_courier_with_nothing_more_to_do_rides_home():
    driven = Driven(
        vehicle_id="V",
        leaves=EIGHT,
        visits=(DrivenVisit(stop_id="A", arrival=EIGHT + 300, start=EIGHT + 300, departure=EIGHT + 400),),
    )
    plan = the_plan(road({stop("A"): 3_000, stop("B", post=10): 90_000}, [rider()], driven=(driven,)))

    assert orders(plan) == {"V": ["A"]}
    assert plan.cost == 6_010


def test_no_stops_or_no_couriers_is_a_plan_too():
    assert the_plan(road({}, [rider()])).cost == 0
    nobody = the_plan(road({stop("A", post=7_000): 1_000, stop("B"): 2_000}, []))
    assert nobody.cost == 7_000
    assert reasons(nobody) == {"A": Cause.KIND, "B": Cause.KIND}


def test_progress_is_told_and_the_search_stops_when_asked():
    stops = {stop(f"s{k}", post=9_000): 1_000 * (k % 7) + 37 * k for k in range(30)}
    problem = road(stops, [rider("a", tariff=PER_KM), rider("b")])
    told: list[Progress] = []

    def enough(progress: Progress) -> bool:
        told.append(progress)
        return True

    plan = solve(problem, Limits(seconds=60), enough)

    assert check(problem, plan) == []
    assert plan.seconds < 60
    assert told[-1].cost >= plan.cost
    assert told[-1].stops_on_routes <= 30


def test_the_same_limits_give_the_same_plan():
    stops = {stop(f"s{k}", demand=7, post=5_000): (k * 7_919) % 23_000 for k in range(25)}
    problem = road(stops, [rider("a"), rider("b", end=None)])

    assert solved(problem).routes == solved(problem).routes
    assert check(problem, solve(problem, Limits(iterations=50, seed=5))) == []


def test_stops_that_nobody_may_visit_are_left_out_without_a_search():
    problem = road({stop("A", not_with=frozenset({"a"})): 3_000}, [rider("a")])

    solution = solve(problem, Limits(seconds=0.1, seed=1))

    assert solution.routes == ()
    assert check(problem, solution) == []
