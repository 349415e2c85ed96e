"""Benchmark files become problems whose cost is the benchmark's; a bad file is one clear line."""

import csv
import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.check import check
from routing.instances import BadInstance, gap, read, read_routes, reference_cost, write_routes
from routing.jsonform import to_json
from routing.model import UNREACHABLE, Limits, Window
from routing.solve import solve
from tests.routing.town import rider, road, stop

INSTANCES = Path(__file__).parents[2] / "benchmarks" / "instances"
SMALL = """NAME : small
COMMENT : "four customers around a depot"
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 0 3
3 4 3
4 4 0
5 1 1
DEMAND_SECTION
1 0
2 5
3 5
4 5
5 5
DEPOT_SECTION
 1
 -1
EOF
"""
WINDOWS = "TIME_WINDOW_SECTION\n1 0 100\n2 5.5 20\n3 0 30\n4 0 100\n5 0 100\n"
PRIZES = "PRIZE_SECTION\n1 0\n2 9\n3 8\n4 0\n5 0.05\n"
TIMED = SMALL.replace("TYPE : CVRP", "TYPE : PCVRPTW\nSERVICE_TIME : 2").replace(
    "DEPOT_SECTION", WINDOWS + PRIZES + "DEPOT_SECTION"
)


@pytest.fixture
def written(tmp_path):
    """Write a text to a file of an instance."""

    def write(text: str, name: str = "small.vrp") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(path: Path, **more) -> str:
    with pytest.raises(BadInstance) as caught:
        read(path, **more)
    return str(caught.value)


def known() -> list[dict[str, str]]:
    with (INSTANCES / "bks.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["class"] != "cvrp-xxl"]


@pytest.mark.parametrize("row", known(), ids=lambda row: row["name"])
def test_the_best_known_routes_cost_what_the_benchmark_says(row):
    instance = read(INSTANCES / row["instance"])

    assert instance.rounding == row["rounding"]
    assert len(instance.problem.stops) == int(row["customers"])
    assert reference_cost(instance, read_routes(INSTANCES / row["solution"])) == int(row["bks_int_cost"])
    assert len(instance.problem.vehicles) >= int(row["bks_routes"])


def test_one_unit_of_distance_is_one_rupiah(written):
    instance = read(written(SMALL))

    plan = solve(instance.problem, Limits(iterations=50))

    assert check(instance.problem, plan) == []
    assert plan.cost == sum(route.metres for route in plan.routes) == (3 + 2 + 1) + (5 + 3 + 4)
    assert {len(route.stop_ids) for route in plan.routes} == {2}


def test_windows_service_and_prizes_are_scaled_like_distances(written):
    problem = read(written(TIMED)).problem

    first, last = problem.stops[0], problem.stops[3]
    assert first.windows == (Window(start=55, end=200),)
    assert first.service_s == 20
    assert first.leave_out is not None
    assert first.leave_out.rupiah == 90
    assert problem.stops[2].leave_out is None  # without a prize it must be visited
    assert last.leave_out is None  # half a tenth is cut off
    assert problem.vehicles[0].shift == Window(start=0, end=1_000)
    assert problem.matrices["plane"].metres[0].tolist() == [0, 30, 50, 40, 14]
    exact = read(written(TIMED), rounding="exact").problem
    assert exact.matrices["plane"].metres[0, 4] == 1_414
    assert exact.stops[3].leave_out is not None


def test_sections_may_come_in_any_order(written):
    head, coordinates, rest = SMALL.partition("NODE_COORD_SECTION")
    nodes, demand, tail = rest.partition("DEMAND_SECTION")
    demands, depot, end = tail.partition("DEPOT_SECTION")
    shuffled = depot + end.replace("EOF", "") + demand + demands + coordinates + nodes + head + "EOF\n"

    assert to_json(read(written(shuffled)).problem) == to_json(read(written(SMALL)).problem)


def test_a_depot_in_the_middle_moves_to_the_front(written):
    text = SMALL.replace(" 1\n -1", "3\n-1").replace("1 0\n2 5\n3 5\n", "1 5\n2 5\n3 0\n")

    instance = read(written(text))

    assert instance.problem.matrices["plane"].metres[0].tolist() == [0, 5, 4, 3, 4]
    assert [one.id for one in instance.problem.stops] == ["1", "2", "3", "4"]


def test_remarks_and_drawings_are_passed_over(written):
    text = SMALL.replace("TYPE", "COMMENT :\nCOMMENT : more\nTYPE", 1)
    text = text.replace("DEMAND_SECTION", "DISPLAY_DATA_SECTION\n1 7 7\nDEMAND_SECTION")

    assert to_json(read(written(text)).problem) == to_json(read(written(SMALL)).problem)


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("FULL_MATRIX", "0 3 4 3 0 5 4 5 0"),
        ("LOWER_ROW", "3 4 5"),
        ("LOWER_DIAG_ROW", "0 3 0\n4 5\n0"),
        ("UPPER_ROW", "3\n4 5"),
        ("UPPER_DIAG_ROW", "0 3 4 0 5 0"),
        ("LOWER_COL", "3 4 5"),
        ("UPPER_COL", "3 4 5"),
        ("LOWER_DIAG_COL", "0 3 4 0 5 0"),
        ("UPPER_DIAG_COL", "0 3 0 4 5 0"),
    ],
)
def test_given_distances_are_read_in_every_usual_form(written, form, numbers):
    text = f"""DIMENSION: 3
CAPACITY: 9
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: {form}
EDGE_WEIGHT_SECTION
{numbers}
DEMAND_SECTION
1 0
2 5
3 5
DEPOT_SECTION
1
-1
"""

    metres = read(written(text)).problem.matrices["plane"].metres

    assert metres.tolist() == [[0, 3, 4], [3, 0, 5], [4, 5, 0]]


def test_a_one_way_road_stays_one_way(written):
    text = SMALL[: SMALL.index("NODE_COORD")].replace("EUC_2D", "EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX")
    rows = "\n".join(" ".join(str(10 * a + b if a != b else 9999) for b in range(5)) for a in range(5))
    text += "EDGE_WEIGHT_SECTION\n" + rows + "\n" + SMALL[SMALL.index("DEMAND") :]

    metres = read(written(text)).problem.matrices["plane"].metres

    assert (metres[1, 2], metres[2, 1], metres[3, 3]) == (12, 21, 0)


def test_a_longest_route_bounds_travel_and_service(written):
    far = SMALL.replace("CAPACITY : 10", "CAPACITY : 20\nDISTANCE : 14\nSERVICE_TIME : 1")

    plan = solve(read(written(far)).problem, Limits(iterations=50))

    assert plan.unassigned == ()
    assert len(plan.routes) > 1
    assert max(route.seconds for route in plan.routes) <= 14


def test_solomon_text_is_read(written):
    text = """R1

VEHICLE
NUMBER     CAPACITY
  3         200

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0      35         35          0          0        230           0
    1      41         49         10        161        171          10
    2      35         17          7         50         60          10
"""
    instance = read(written(text, "R1.txt"))

    assert instance.name == "R1"
    assert instance.rounding == "dimacs10"
    assert len(instance.problem.vehicles) == 2  # one for each customer is enough
    assert instance.problem.stops[0].windows == (Window(start=1_610, end=1_710),)
    assert instance.problem.matrices["plane"].metres[0].tolist() == [0, 152, 180]
    assert refusal(written(text.replace("161", "231"))) == "small.vrp, line 11: a window cannot run from 231 to 171"
    assert "customer 2 should stand here, not 3" in refusal(written(text.replace("    2  ", "    3  ")))
    assert "line 12: a customer has 7 numbers" in refusal(written(text.rstrip()[:-4]))
    assert "line 5" in refusal(written(text.replace("  3         200", "  3")))
    assert "over the capacity" in refusal(written(text.replace("200", "9")))
    assert "no customer" in refusal(written(text[: text.index("    1  ")]))


def test_our_own_json_is_taken_as_it_is(written):
    problem = road({stop("A", post=10): 1_000}, [rider()])
    path = written(json.dumps(to_json(problem)), "own.json")

    assert to_json(read(path).problem) == to_json(problem)
    assert "takes no rounding" in refusal(path, rounding="round")
    assert "own.json: problem needs the field" in refusal(written("{}", "own.json"))
    assert "own.json: " in refusal(written('{"depots": [', "own.json"))
    assert "nested" in refusal(written('{"a":' + "[" * 100_000, "own.json"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (SMALL, "", "the file is empty"),
        (SMALL, "\x00\x01PK\x03", "line 1: a line outside of every section"),
        ("CAPACITY : 10\n", "", "the line CAPACITY is missing"),
        ("DIMENSION : 5\n", "", "the line DIMENSION is missing"),
        ("DIMENSION : 5", "DIMENSION : 6", "line 7: NODE_COORD_SECTION has 5 of 6 nodes; node 6 is missing"),
        ("DIMENSION : 5", "DIMENSION : 4", "line 12: the node 5 is not one of the 4 nodes"),
        ("DIMENSION : 5", "DIMENSION : 900000", "line 4: a DIMENSION of 900000 is more than 20000"),
        ("DIMENSION : 5", "DIMENSION : five", "line 4: DIMENSION must be a number, not 'five'"),
        ("EUC_2D", "GEO", "line 5: the EDGE_WEIGHT_TYPE 'GEO' is neither EUC_2D nor EXPLICIT"),
        ("EUC_2D", "EXPLICIT", "EDGE_WEIGHT_SECTION is missing"),
        ("TYPE : CVRP", "TYPE : TSP", "line 3: the TYPE 'TSP' is not one of"),
        ("CAPACITY : 10", "CAPACITY : 4", "line 15: a demand of 5 is over the capacity of 4"),
        ("CAPACITY : 10", "CAPACITY : ", "line 6: CAPACITY has no value"),
        ("CAPACITY : 10", "CAPACITY : 0", "line 6: CAPACITY must be at least 1, not 0"),
        ("DEMAND_SECTION", "DEMAND_SECTION\n2 5", "line 16: the node 2 stands in DEMAND_SECTION a second time"),
        ("DEMAND_SECTION", "BACKHAUL_SECTION", "line 13: BACKHAUL_SECTION is not supported"),
        ("4 4 0", "4 4", "line 11: a line of NODE_COORD_SECTION has 3 numbers, this one has 2"),
        ("4 4 0", "4 nan 0", "line 11: a coordinate must be a number, not 'nan'"),
        ("4 4 0", "4 1e300 0", "line 11: a coordinate must be a number"),
        ("4 4 0", "4 3e9 0", "distances of 3e+09 units are more than"),
        ("3 5\n4 5", "3 -5\n4 5", "line 16: a demand must be at least 0, not -5"),
        ("3 5\n4 5", "3 5.5\n4 5", "line 16: a demand must be a whole number, not '5.5'"),
        ("1 0\n2 5", "1 3\n2 5", "line 14: the depot has a demand of 3"),
        (" 1\n -1", " 1\n 2\n -1", "line 21: more than one depot is not supported"),
        (" 1\n -1", " -1", "line 19: the DEPOT_SECTION names no depot"),
        (" 1\n -1", " 9\n -1", "line 20: the depot 9 is not one of the 5 nodes"),
        ("DEPOT_SECTION\n 1\n -1\n", "", "DEPOT_SECTION is missing"),
        ("CAPACITY : 10", "CAPACITY : 10\nCAPACITY : 11", "line 7: CAPACITY stands here a second time"),
        ("DEPOT_SECTION", "TIME_WINDOW_SECTION\n1 9 3\nDEPOT_SECTION", "line 20: a window cannot run from 9 to 3"),
    ],
)
def test_a_bad_file_is_one_clear_line(written, old, new, sentence):
    message = refusal(written(SMALL.replace(old, new)))

    assert message.startswith("small.vrp")
    assert sentence in message
    assert "\n" not in message


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_happens_to_a_file_it_is_read_or_refused(data, tmp_path_factory):
    """Lines lost, doubled, swapped and overwritten: never another error, and never half an instance."""
    lines = data.draw(st.sampled_from([SMALL, TIMED])).splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        word = data.draw(
            st.sampled_from(["", "0", "-1", "1e9", "nan", "5 5 5", "EOF", "A : ", "\x00", "TYPE : TSP", "½"])
        )
        match data.draw(st.sampled_from(["lose", "double", "swap", "write", "append", "cut"])):
            case "lose" if len(lines) > 1:
                lines.pop(at)
            case "double":
                lines.insert(to, lines[at])
            case "swap":
                lines[at], lines[to] = lines[to], lines[at]
            case "write":
                lines[at] = word
            case "append":
                lines[at] += " " + word
            case _:
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
    path = tmp_path_factory.mktemp("torn") / "torn.vrp"
    path.write_text("\n".join(lines), encoding="utf-8")

    try:
        problem = read(path).problem
    except BadInstance as error:
        refused = str(error)
    else:
        refused = "torn.vrp"
        assert problem.matrices["plane"].size == len(problem.stops) + 1
        assert all(0 <= one.demand <= problem.vehicles[0].capacity for one in problem.stops)
    assert refused.startswith("torn.vrp")


@settings(max_examples=30, deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(-2_000, 2_000), st.integers(0, 999)), min_size=2, max_size=200),
    rounding=st.sampled_from(["round", "dimacs10", "exact"]),
)
def test_distances_are_those_of_the_plane(points, rounding, tmp_path_factory):
    path = tmp_path_factory.mktemp("plane") / "plane.vrp"
    nodes = "".join(f"{k} {x} {y}\n" for k, (x, y) in enumerate(points, start=1))
    demands = "".join(f"{k} {int(k > 1)}\n" for k in range(1, len(points) + 1))
    path.write_text(
        f"DIMENSION: {len(points)}\nCAPACITY: 5\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n{nodes}"
        f"DEMAND_SECTION\n{demands}DEPOT_SECTION\n1\n-1\nEOF\n",
        encoding="utf-8",
    )

    metres = read(path, rounding=rounding).problem.matrices["plane"].metres

    rule = {"round": round, "dimacs10": lambda x: int(10 * x), "exact": lambda x: round(1_000 * x)}[rounding]
    for a in range(0, len(points), 7):
        for b in range(len(points)):
            assert metres[a, b] == rule(math.dist(points[a], points[b]))


def test_routes_are_written_as_they_are_read(tmp_path):
    path = tmp_path / "own.sol"
    path.write_text(write_routes([[5, 8], [1]], 314), encoding="utf-8")

    assert path.read_text(encoding="utf-8") == "Route #1: 5 8\nRoute #2: 1\nCost 314\n"
    again = read_routes(path)
    assert (again.routes, again.cost) == (((5, 8), (1,)), 314)
    path.write_text("Route #1: 5 x\n", encoding="utf-8")
    with pytest.raises(BadInstance, match=r"own.sol, line 1: a route is made of customers' numbers"):
        read_routes(path)


def test_routes_of_another_instance_give_no_reference(written, tmp_path):
    path = tmp_path / "other.sol"
    path.write_text("Route #1: 5 8\nCost 77\n", encoding="utf-8")
    own = tmp_path / "own.json"
    own.write_text(json.dumps(to_json(road({stop("A"): 10}, [rider()]))), encoding="utf-8")

    assert reference_cost(read(written(SMALL)), read_routes(path)) is None
    assert reference_cost(read(own), read_routes(path)) == 77
    assert gap(110, 100) == pytest.approx(10)


def test_a_generous_fleet_serves_everybody_it_can(written):
    heavy = SMALL.replace("CAPACITY : 10", "CAPACITY : 9")

    assert len(read(written(heavy)).problem.vehicles) == 4
    assert len(read(written(heavy), fleet=2).problem.vehicles) == 2
    timed = read(INSTANCES / "GH1000" / "R2_10_9.vrp").problem
    assert 29 <= len(timed.vehicles) <= 60  # 29 in the best known plan, 250 in the file
    assert all(
        timed.matrices["plane"].metres[a, b] == timed.matrices["plane"].seconds[a, b] for a, b in pairwise(range(99))
    )


def test_a_window_that_never_closes_is_read_as_such(written):
    """Some files write a number of ten digits for "whenever you like"."""
    late = WINDOWS.replace("100", "9999999999")

    problem = read(written(SMALL.replace("DEPOT_SECTION", late + "DEPOT_SECTION"))).problem

    assert problem.stops[2].windows[0].end == problem.vehicles[0].shift.end == UNREACHABLE - 1


def test_a_window_that_opens_after_all_time_is_refused(written):
    never = WINDOWS.replace("2 5.5 20", "2 9999999998 9999999999")

    with pytest.raises(BadInstance, match="opens after"):
        read(written(SMALL.replace("DEPOT_SECTION", never + "DEPOT_SECTION")))
