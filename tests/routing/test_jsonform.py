"""What is stored is read back strictly."""

import json

import pytest

from routing.jsonform import from_json, to_json
from routing.model import Problem, Solution
from tests.routing.town import FRIDAY, rider, road, solved, stop


@pytest.fixture
def problem():
    return road({stop("A", windows=FRIDAY, kinds=frozenset({"ojek"})): 1_000, stop("B", post=10): 90_000}, [rider()])


def test_text_and_values_are_read_alike(problem):
    written = to_json(problem)

    again = from_json(Problem, json.dumps(written))

    assert again.stops == problem.stops
    assert again.vehicles == problem.vehicles
    assert (again.matrices["motorbike"].metres == problem.matrices["motorbike"].metres).all()
    assert from_json(Solution, json.dumps(to_json(solved(problem)))).cost == 2_010


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda p: p.update(colour="red"), "problem has an unknown field 'colour'"),
        (lambda p: p["stops"][0].pop("demand"), r"problem.stops\[0\] needs the field 'demand'"),
        (lambda p: p["stops"][0].update(demand="4"), r"problem.stops\[0\].demand must be of type int, not '4'"),
        (lambda p: p["stops"][0].update(demand=True), r"problem.stops\[0\].demand must be of type int"),
        (lambda p: p["stops"][1]["leave_out"].update(kind="burn"), "must be one of post, wait"),
        (lambda p: p["stops"][0].update(windows={}), "must be a list"),
        (lambda p: p["stops"][0]["windows"][0].update(end=1), "a window cannot run from 28800 to 1"),
        (lambda p: p["matrices"]["motorbike"].update(metres=[[0, 1], [1]]), "rows of one length"),
        (lambda p: p["matrices"]["motorbike"].update(metres=[[0.5]]), "rows of whole numbers"),
        (lambda p: p["matrices"]["motorbike"].update(metres=[[0, -3], [1, 0]]), "outside 0 to"),
        (lambda p: p.update(matrices=[]), "must be an object"),
        (lambda p: p["depots"][0]["point"].update(lat="south"), "lat must be of type float"),
    ],
)
def test_anything_else_is_refused_with_its_place(problem, spoil, sentence):
    written = to_json(problem)
    spoil(written)

    with pytest.raises(ValueError, match=sentence):
        from_json(Problem, written)
