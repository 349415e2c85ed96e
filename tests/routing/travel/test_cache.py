"""Matrices are asked once, and never from the wrong roads."""

import dataclasses
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from routing.model import Matrix, Point
from routing.travel.cache import Cached
from routing.travel.errors import ServerUnreachable
from routing.travel.survey import RoadTravel, Survey
from tests.routing.travel.places import FAR_FROM_ROADS, VADUZ, VILLAGES


@dataclasses.dataclass
class Surveyor:
    """Roads that count how often they are asked."""

    identity: str = "osrm:li-1"
    radius_m: int = 3_000
    asked: int = 0

    def survey(self, points, profile):
        self.asked += 1
        size = len(points)
        metres = np.arange(size * size, dtype=np.int32).reshape(size, size)
        np.fill_diagonal(metres, 0)
        snapped = tuple(None if point == FAR_FROM_ROADS else 7 for point in points)
        return Survey(matrix=Matrix(metres=metres, seconds=metres * 2, source=self.identity), snapped_m=snapped)

    def matrix(self, points, profile):
        return self.survey(points, profile).matrix

    def geometry(self, points, profile):
        return [(point.lat, point.lon) for point in points]


@pytest.fixture
def surveyor():
    return Surveyor()


def test_the_second_time_nobody_is_asked(tmp_path, surveyor):
    cached: RoadTravel = Cached(travel=surveyor, folder=tmp_path / "matrices")
    points = [VADUZ, FAR_FROM_ROADS]

    first, second = cached.survey(points, "motorbike"), cached.survey(points, "motorbike")

    assert surveyor.asked == 1
    assert np.array_equal(first.matrix.metres, second.matrix.metres)
    assert np.array_equal(first.matrix.seconds, second.matrix.seconds)
    assert second.snapped_m == (7, None)
    assert second.matrix.source == cached.matrix(points, "motorbike").source == "osrm:li-1"


def test_other_roads_profiles_radii_points_and_orders_are_asked(tmp_path, surveyor):
    cached = Cached(travel=surveyor, folder=tmp_path)
    cached.matrix(VILLAGES, "motorbike")

    Cached(travel=surveyor, folder=tmp_path).matrix(VILLAGES, "car")
    cached.matrix(VILLAGES[::-1], "motorbike")
    cached.matrix(VILLAGES[:-1], "motorbike")
    for change in ({"identity": "osrm:li-2"}, {"radius_m": 500}):
        other = Surveyor(**change)
        Cached(travel=other, folder=tmp_path).matrix(VILLAGES, "motorbike")
        assert other.asked == 1

    assert surveyor.asked == 4


def test_a_hair_to_the_side_is_the_same_place(tmp_path, surveyor):
    cached = Cached(travel=surveyor, folder=tmp_path)

    cached.matrix([VADUZ, VILLAGES[1]], "motorbike")
    cached.matrix([Point(lat=VADUZ.lat + 1e-8, lon=VADUZ.lon), VILLAGES[1]], "motorbike")

    assert surveyor.asked == 1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 torn", None])
def test_half_a_file_is_asked_anew(tmp_path, surveyor, damage):
    cached = Cached(travel=surveyor, folder=tmp_path)
    cached.matrix(VILLAGES, "motorbike")
    entry = next(tmp_path.glob("*.npz"))
    entry.write_bytes(entry.read_bytes()[:-40] if damage is None else damage)

    assert cached.matrix(VILLAGES, "motorbike").size == len(VILLAGES)
    assert cached.matrix(VILLAGES, "motorbike").size == len(VILLAGES)
    assert surveyor.asked == 2


def test_what_is_too_old_is_asked_anew(tmp_path, surveyor):
    cached = Cached(travel=surveyor, folder=tmp_path, max_age_s=3_600)
    cached.matrix(VILLAGES, "motorbike")
    entry = next(tmp_path.glob("*.npz"))
    os.utime(entry, (time.time() - 4_000, time.time() - 4_000))

    cached.matrix(VILLAGES, "motorbike")

    assert surveyor.asked == 2


def test_the_folder_stays_small_and_loses_the_oldest(tmp_path, surveyor):
    cached = Cached(travel=surveyor, folder=tmp_path)
    for number, size in enumerate((2, 3, 4)):
        cached.matrix(VILLAGES[:size], "motorbike")
        entry = tmp_path / f"{cached.key(VILLAGES[:size], 'motorbike')}.npz"
        os.utime(entry, (1_000_000 + number, 1_000_000 + number))
    entry_size = entry.stat().st_size

    small = dataclasses.replace(cached, max_bytes=2 * entry_size + 400)
    small.matrix(VILLAGES[:5], "motorbike")

    left = {path.stem for path in tmp_path.glob("*.npz")}
    assert cached.key(VILLAGES[:5], "motorbike") in left
    assert cached.key(VILLAGES[:2], "motorbike") not in left
    assert not list(tmp_path.glob(".*"))


def test_an_answer_that_did_not_come_is_not_remembered(tmp_path):
    class Away(Surveyor):
        def survey(self, points, profile):
            raise ServerUnreachable("nobody answers")

    with pytest.raises(ServerUnreachable):
        Cached(travel=Away(), folder=tmp_path).matrix(VILLAGES, "motorbike")

    assert list(tmp_path.iterdir()) == []


def ask_many_times(folder):
    cached = Cached(travel=Surveyor(), folder=folder, max_bytes=6_000)
    return sum(cached.matrix(VILLAGES[: 2 + n % 5], "motorbike").size for n in range(60))


@pytest.mark.processes
def test_several_processes_share_one_folder(tmp_path):
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        sizes = list(pool.map(ask_many_times, [tmp_path] * 3))

    assert sizes == [sum(2 + n % 5 for n in range(60))] * 3
