"""The same promises from a Valhalla server: shapes as its API documents them, from a real HTTP server."""

import dataclasses

import numpy as np
import pytest

from routing.model import UNREACHABLE
from routing.travel.errors import ServerRefused, ServerUnreachable
from routing.travel.survey import RoadTravel
from routing.travel.valhalla import ValhallaTravel
from tests.routing.travel.places import BALZERS, CUT_OFF, FAR_FROM_ROADS, SCHAAN, VADUZ
from tests.routing.travel.stub import answering

MOTORBIKE = "motorbike"
ERROR = {"status": "Bad Request", "status_code": 400}


def kilometres(a, b):
    """Ten for each degree that lies between, and no way to the place that is cut off."""
    if CUT_OFF.lat in (a["lat"], b["lat"]) and a != b:
        return None
    return round(10 * (abs(a["lat"] - b["lat"]) + abs(a["lon"] - b["lon"])), 3)


def valhalla(path, body):
    if path == "/status":
        return 200, {"version": "3.9.1", "tileset_last_modified": 1}
    if path == "/locate":
        places = body["locations"]
        if any(place["lat"] == FAR_FROM_ROADS.lat for place in places):
            assert places[0]["search_cutoff"] == 3_000
            return 400, ERROR | {"error_code": 171, "error": "No suitable edges near location"}
        return 200, [
            {
                "input_lat": place["lat"],
                "input_lon": place["lon"],
                "nodes": None,
                "edges": [
                    {
                        "way_id": 1,
                        "correlated_lat": place["lat"] + 0.0001,
                        "correlated_lon": place["lon"],
                        "side_of_street": "left",
                        "percent_along": 0.5,
                    }
                ],
            }
            for place in places
        ]
    if path == "/sources_to_targets":
        ways = [[kilometres(a, b) for b in body["targets"]] for a in body["sources"]]
        if all(way is None for row in ways for way in row):
            return 400, ERROR | {"error_code": 442, "error": "No path could be found for input"}
        if len(body["sources"]) > 2:
            return 400, ERROR | {"error_code": 150, "error": "Exceeded max locations: 4"}
        seconds = [[None if km is None else km * 120 for km in row] for row in ways]
        return 200, {"sources_to_targets": {"durations": seconds, "distances": ways}, "units": "kilometers"}
    if path == "/route":
        places = body["locations"]
        if len(places) > 2 or any(place["lat"] == CUT_OFF.lat for place in places):
            return 400, ERROR | {"error_code": 442, "error": "No path could be found for input"}
        return 200, {"trip": {"legs": [{"shape": "o}brxAwl_wP_ibE_ibE", "summary": {"length": 1.5, "time": 90}}]}}
    return 404, ERROR | {"error_code": 106, "error": "Try any of"}


def test_its_kilometres_are_our_metres_and_its_gaps_are_unreachable():
    with answering(valhalla) as url:
        travel: RoadTravel = ValhallaTravel(base_url=url)
        survey = travel.survey([VADUZ, SCHAAN, FAR_FROM_ROADS, CUT_OFF], MOTORBIKE)

    metres, seconds = survey.matrix.metres, survey.matrix.seconds
    expected = round(10_000 * (SCHAAN.lat - VADUZ.lat + VADUZ.lon - SCHAAN.lon))
    assert metres[0, 1] == expected
    assert seconds[0, 1] == round(expected * 0.12)
    assert survey.off_network == (2,)
    assert survey.snapped_m == (11, 11, None, 11)
    assert (metres[2, [0, 1, 3]] == UNREACHABLE).all()
    assert (metres[[0, 1], 3] == UNREACHABLE).all()
    assert survey.matrix.source.startswith("valhalla:127.0.0.1")


def test_small_blocks_and_halves_give_the_same_matrix():
    points = [VADUZ, SCHAAN, BALZERS, CUT_OFF]
    with answering(valhalla) as url:
        halved = ValhallaTravel(base_url=url).matrix(points, MOTORBIKE)
        small = ValhallaTravel(base_url=url, block=1).matrix(points, MOTORBIKE)

    assert np.array_equal(halved.metres, small.metres)
    assert (halved.metres == UNREACHABLE).sum() == 6


def test_the_line_of_a_leg_is_read_and_a_leg_without_a_way_is_straight():
    with answering(valhalla) as url:
        line = ValhallaTravel(base_url=url).geometry([VADUZ, SCHAAN, CUT_OFF], MOTORBIKE)

    assert line[-2:] == [(SCHAAN.lat, SCHAAN.lon), (CUT_OFF.lat, CUT_OFF.lon)]
    assert len(line) == 4
    assert line[1][0] - line[0][0] == pytest.approx(0.1)


def test_a_road_beyond_the_radius_does_not_count():
    with answering(valhalla) as url:
        travel = dataclasses.replace(ValhallaTravel(base_url=url), radius_m=10)
        assert travel.survey([VADUZ], MOTORBIKE).off_network == (0,)


def test_health_and_errors_are_the_same_as_with_osrm():
    with answering(valhalla) as url:
        ValhallaTravel(base_url=url).check()
    with pytest.raises(ServerUnreachable):
        ValhallaTravel(base_url=url).check()
    with answering(lambda _path, _body: (200, {"edges": 3})) as url, pytest.raises(ServerRefused, match="Valhalla"):
        ValhallaTravel(base_url=url).matrix([VADUZ, SCHAAN], MOTORBIKE)
    with (
        answering(
            lambda _path, _body: (400, ERROR | {"error_code": 124, "error": "No edge/node costing provided"})
        ) as url,
        pytest.raises(ServerRefused, match="124: No edge/node costing"),
    ):
        ValhallaTravel(base_url=url).matrix([VADUZ, SCHAAN], MOTORBIKE)
