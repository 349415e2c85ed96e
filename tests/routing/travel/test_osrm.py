"""Travel asked of a real osrm-routed over real roads, and of servers on a bad day."""

import dataclasses
import subprocess
from itertools import pairwise

import numpy as np
import osmium
import pytest

from routing.model import UNREACHABLE, Point
from routing.travel.clip import box
from routing.travel.errors import ServerRefused, ServerUnreachable
from routing.travel.osrm import OsrmTravel
from routing.travel.osrm_server import address, command, free_port, serving, wait_until_answers
from routing.travel.prepare import build
from routing.travel.straight_line import geodesic_metres
from tests.routing.travel.places import (
    BALZERS,
    CUT_OFF,
    FAR_FROM_ROADS,
    MADE_AT,
    MALBUN,
    SINGAPORE,
    VADUZ,
    VILLAGES,
)
from tests.routing.travel.stub import answering

MOTORBIKE = "motorbike"
# Sheares Link may not turn right into Sheares Avenue, although the two meet
BEFORE_THE_TURN = Point(lat=1.28162625, lon=103.86056175)
AFTER_THE_TURN = Point(lat=1.28170395, lon=103.86058025)
# two places on one carriageway of Bayfront Avenue, in its direction
UP, DOWN = Point(lat=1.28088035, lon=103.85846865), Point(lat=1.27959185, lon=103.85766175)


def length(line):
    degrees = np.array(line)
    return sum(float(geodesic_metres(a[None], b[None])[0, 0]) for a, b in pairwise(degrees))


@pytest.mark.processes
def test_villages_are_as_far_as_the_road_leads(roads):
    survey = roads.survey(VILLAGES, MOTORBIKE)

    metres, seconds = survey.matrix.metres, survey.matrix.seconds
    degrees = np.array([(p.lat, p.lon) for p in VILLAGES])
    line = geodesic_metres(degrees, degrees)
    apart = ~np.eye(len(VILLAGES), dtype=bool)
    assert (metres[apart] >= line[apart] - 100).all()
    assert (metres[apart] <= 4 * line[apart]).all()
    speeds = metres[apart] / seconds[apart] * 3.6
    assert speeds.min() > 20
    assert speeds.max() < 50  # a motorbike of ours, not a car of a motorway
    assert survey.matrix.source == roads.identity == f"osrm:{roads.dataset_id}"
    assert max(survey.snapped_m) < 30
    # up to Malbun the way winds, and is never as short as it looks
    assert metres[0, VILLAGES.index(MALBUN)] > 1.5 * line[0, VILLAGES.index(MALBUN)]


@pytest.mark.processes
def test_a_matrix_and_the_line_on_the_map_tell_the_same_way(roads):
    tour = [VILLAGES[n] for n in (0, 4, 2, 5, 1, 3)]

    matrix = roads.matrix(tour, MOTORBIKE)
    line = roads.geometry(tour, MOTORBIKE)

    legs = sum(int(matrix.metres[n, n + 1]) for n in range(len(tour) - 1))
    assert length(line) == pytest.approx(legs, rel=0.003)
    assert len(line) > 500
    nearest = geodesic_metres(np.array([(p.lat, p.lon) for p in tour]), np.array(line)).min(axis=1)
    assert nearest.max() < 30


@pytest.mark.processes
def test_a_village_off_the_network_is_reported_and_not_moved(roads):
    survey = roads.survey([VADUZ, FAR_FROM_ROADS, BALZERS, FAR_FROM_ROADS], MOTORBIKE)

    assert survey.off_network == (1, 3)
    assert survey.snapped_m[1] is None
    metres = survey.matrix.metres
    assert (metres[1, [0, 2]] == UNREACHABLE).all()
    assert (metres[[0, 2], 1] == UNREACHABLE).all()
    assert metres[1, 3] == 0  # the same place twice, wherever it lies
    assert metres[0, 2] < UNREACHABLE


@pytest.mark.processes
def test_how_far_a_point_may_lie_from_a_road_is_a_setting(roads):
    near, far = (dataclasses.replace(roads, radius_m=metres) for metres in (3, 50_000))

    assert near.survey([VADUZ], MOTORBIKE).off_network == (0,)
    assert near.survey([VADUZ, BALZERS], MOTORBIKE).matrix.metres[0, 1] == UNREACHABLE
    assert far.survey([FAR_FROM_ROADS], MOTORBIKE).snapped_m[0] > 10_000


@pytest.mark.processes
def test_a_road_that_leads_nowhere_is_unreachable_not_far(roads):
    survey = roads.survey([VADUZ, CUT_OFF], MOTORBIKE)

    assert survey.off_network == ()
    assert survey.matrix.metres[0, 1] == survey.matrix.seconds[0, 1] == UNREACHABLE
    assert survey.matrix.metres[1, 0] == UNREACHABLE
    # for the map there is a straight piece
    line = roads.geometry([BALZERS, VADUZ, CUT_OFF], MOTORBIKE)
    assert line[-1] == (CUT_OFF.lat, CUT_OFF.lon)
    assert len(line) > 100


@pytest.mark.processes
def test_no_place_and_one_place_need_no_roads(roads):
    assert roads.matrix([], MOTORBIKE).size == 0
    assert roads.matrix([VADUZ], MOTORBIKE).metres.tolist() == [[0]]
    assert roads.geometry([VADUZ], MOTORBIKE) == [(VADUZ.lat, VADUZ.lon)]
    assert roads.geometry([], MOTORBIKE) == []


@pytest.mark.processes
def test_one_way_roads_are_ridden_one_way(bayfront):
    metres = bayfront.matrix([UP, DOWN], MOTORBIKE).metres

    assert 150 < metres[0, 1] < 200
    assert metres[1, 0] > 800


@pytest.mark.processes
def test_a_forbidden_turn_is_not_taken(bayfront, tmp_path):
    """The same quarter without its restrictions shows what they change."""
    lawless = tmp_path / "lawless.osm.pbf"
    with osmium.SimpleWriter(lawless) as writer:
        for thing in osmium.FileProcessor(SINGAPORE, osmium.osm.NODE | osmium.osm.WAY):
            writer.add(thing)
    area = box(103.84, 1.27, 103.87, 1.30)

    turn = [BEFORE_THE_TURN, AFTER_THE_TURN]
    allowed = bayfront.matrix(turn, MOTORBIKE).metres[0, 1]
    with serving(build(lawless, area, name="lawless", folder=tmp_path, made_at=MADE_AT)) as travel:
        short = travel.matrix(turn, MOTORBIKE).metres[0, 1]

    assert short < 30
    assert allowed > 1_000


@pytest.mark.processes
def test_a_matrix_is_the_same_however_it_is_cut(roads, liechtenstein):
    """A server elsewhere may allow only a few places per request."""
    chance = np.random.default_rng(5)
    points = [
        Point(lat=float(lat), lon=float(lon))
        for lat, lon in zip(chance.uniform(47.07, 47.25, 60), chance.uniform(9.49, 9.60, 60), strict=True)
    ]
    port = free_port()
    narrow = [*command(liechtenstein, port)]
    narrow[narrow.index("--max-table-size") + 1] = "12"
    with subprocess.Popen(narrow, stdout=subprocess.DEVNULL) as process:
        try:
            elsewhere = OsrmTravel(base_url=address(port))
            wait_until_answers(elsewhere)
            halved = elsewhere.survey(points, MOTORBIKE)
        finally:
            process.terminate()

    whole, cut = roads.survey(points, MOTORBIKE), dataclasses.replace(roads, block=17).survey(points, MOTORBIKE)

    assert halved.matrix.source == f"osrm:127.0.0.1:{port}"
    for other in (cut, halved):
        assert np.array_equal(whole.matrix.metres, other.matrix.metres)
        assert np.array_equal(whole.matrix.seconds, other.matrix.seconds)
        assert whole.snapped_m == other.snapped_m


@pytest.mark.processes
def test_other_roads_behind_the_address_are_noticed(roads):
    with pytest.raises(ServerRefused, match=r"not 35\.05-0123"):
        dataclasses.replace(roads, dataset_id="35.05-0123").check()


@pytest.mark.processes
def test_a_killed_server_is_a_clear_error(liechtenstein):
    port = free_port()
    travel = OsrmTravel(base_url=address(port), dataset_id=liechtenstein.id)
    with subprocess.Popen(command(liechtenstein, port), stdout=subprocess.DEVNULL) as process:
        wait_until_answers(travel)
        assert travel.matrix(VILLAGES, MOTORBIKE).size == len(VILLAGES)
        process.kill()

    with pytest.raises(ServerUnreachable, match=rf"no road server answers at http://127\.0\.0\.1:{port}"):
        travel.matrix(VILLAGES, MOTORBIKE)
    with pytest.raises(ServerUnreachable):
        travel.geometry(VILLAGES, MOTORBIKE)
    with pytest.raises(ServerUnreachable):
        wait_until_answers(travel, seconds=0.1)


NEAREST = (200, {"code": "Ok", "waypoints": [{"distance": 4.2, "location": [9.5, 47.1], "name": ""}]})


def test_a_server_that_goes_away_between_two_questions_is_unreachable():
    with (
        answering(lambda path, _body: NEAREST if path.startswith("/nearest") else None) as url,
        pytest.raises(ServerUnreachable),
    ):
        OsrmTravel(base_url=url).matrix([VADUZ, BALZERS], MOTORBIKE)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((502, b"<html>Bad Gateway</html>"), "answers 502 without JSON"),
        ((200, [1, 2]), "answers 200 without JSON"),
        ((200, {}), "says 200"),
        ((400, {"code": "InvalidQuery", "message": "Query string malformed"}), "InvalidQuery: Query string malformed"),
        ((200, {"code": "Ok"}), "not what OSRM answers"),
        ((200, {"code": "Ok", "distances": [[0]], "durations": [[0]]}), "not what OSRM answers"),
        ((200, {"code": "Ok", "distances": [[0, "x"]] * 2, "durations": [[0, 1]] * 2}), "not what OSRM answers"),
        ((200, {"code": "Ok", "distances": [[0, 1], [1]], "durations": [[0, 1]] * 2}), "not what OSRM answers"),
    ],
)
def test_an_answer_that_is_none_is_refused(answer, why):
    with (
        answering(lambda path, _body: NEAREST if path.startswith("/nearest") else answer) as url,
        pytest.raises(ServerRefused, match=why),
    ):
        OsrmTravel(base_url=url).matrix([VADUZ, BALZERS], MOTORBIKE)


def test_a_server_that_finds_everything_too_big_is_not_asked_for_ever():
    asked: list[str] = []

    def respond(path, _body):
        if path.startswith("/nearest"):
            return NEAREST
        asked.append(path)
        return 400, {"code": "TooBig", "message": "Too many table coordinates"}

    with answering(respond) as url, pytest.raises(ServerRefused, match="TooBig"):
        OsrmTravel(base_url=url).matrix(VILLAGES * 4, MOTORBIKE)

    assert len(asked) < 5
