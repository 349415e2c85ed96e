"""Travel as the crow flies times a factor: an estimate where no road network is at hand.

The line is the geodesic on the WGS 84 ellipsoid by Lambert's formula, which needs no iteration and so takes a whole
block of pairs at once; within Indonesia it is geopy's geodesic to two millionths (a test holds it).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.model import Matrix, Point

EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
BLOCK = 256
"""Rows computed at a time, which bounds the memory beside the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """A TravelModel: straight line x `factor`, at `speed_kmh`, the same for every profile.

    The shipped factor of 1.4 and speed of 30 km/h are what Indonesian villages showed; an office may set its own.
    """

    factor: float = 1.4
    speed_kmh: float = 30.0

    def __post_init__(self) -> None:
        if not 1 <= self.factor <= 10:
            raise ValueError(f"a way is 1 to 10 times the straight line, not {self.factor} times")
        if not 0 < self.speed_kmh <= 200:
            raise ValueError(f"nobody travels at {self.speed_kmh} km/h")

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel; `source` is "estimate"."""
        metres = np.zeros((len(points), len(points)), dtype=np.int32)
        degrees = np.array([(point.lat, point.lon) for point in points]).reshape(-1, 2)
        for first in range(0, len(points), BLOCK):
            line = geodesic_metres(degrees[first : first + BLOCK], degrees)
            metres[first : first + BLOCK] = np.rint(line * self.factor)
        seconds = np.empty_like(metres)
        for first in range(0, len(points), BLOCK):
            seconds[first : first + BLOCK] = np.rint(metres[first : first + BLOCK] * (3.6 / self.speed_kmh))
        return Matrix(metres=metres, seconds=seconds, source="estimate")

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """The points themselves, joined by straight lines."""
        return [(point.lat, point.lon) for point in points]


def geodesic_metres(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from each of here[n, 2] to each of there[m, 2], both (lat, lon) in degrees; float64[n, m]."""
    lat_a, lon_a = (column[:, None] for column in np.radians(here).T)
    lat_b, lon_b = (column[None, :] for column in np.radians(there).T)
    reduced_a = np.arctan((1 - FLATTENING) * np.tan(lat_a))
    reduced_b = np.arctan((1 - FLATTENING) * np.tan(lat_b))
    middle, half = (reduced_a + reduced_b) / 2, (reduced_b - reduced_a) / 2
    chord = np.sin(half) ** 2 + np.cos(reduced_a) * np.cos(reduced_b) * np.sin((lon_b - lon_a) / 2) ** 2
    chord = np.clip(chord, 0.0, 1.0)
    angle = 2 * np.arcsin(np.sqrt(chord))
    # sin^2 and cos^2 of half the angle are chord and 1 - chord; both terms vanish with the distance
    with np.errstate(invalid="ignore", divide="ignore"):
        along = (angle - np.sin(angle)) * (np.sin(middle) * np.cos(half)) ** 2 / (1 - chord)
        across = (angle + np.sin(angle)) * (np.cos(middle) * np.sin(half)) ** 2 / chord
    correction = np.where(chord > 0, along + np.nan_to_num(across), 0.0)
    result: NDArray[np.float64] = EQUATOR_M * (angle - FLATTENING / 2 * correction)
    return result
