"""How much slower the roads are at an hour, or in the rain, than the engine believes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from routing.model import UNREACHABLE, Matrix, Point
from routing.travel.base import TravelModel

HOUR = 3_600
LEAST, MOST = 0.2, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Factors on travel seconds, multiplied: 1.2 is a fifth slower. `always` at any time, `by_hour` by local hour of
    day 0 to 23 (left out: 1), `rain` on a day of rain."""

    always: float = 1.0
    by_hour: Mapping[int, float] = field(default_factory=dict)
    rain: float = 1.0

    def __post_init__(self) -> None:
        for hour in self.by_hour:
            if hour not in range(24):
                raise ValueError(f"a day has no hour {hour}")
        for factor in (self.always, *self.by_hour.values(), self.rain):
            if not LEAST <= factor <= MOST:
                raise ValueError(f"a time factor is {LEAST} to {MOST}, not {factor}")

    def factor(self, start_s: int, end_s: int, *, raining: bool = False) -> float:
        """The mean factor between two times of the day, in seconds after local midnight: a shift's, for a matrix that
        holds all day."""
        if not start_s < end_s:
            raise ValueError("a shift ends after it starts")
        weighted = 0.0
        for hour in range(start_s // HOUR, (end_s - 1) // HOUR + 1):
            held = min(end_s, (hour + 1) * HOUR) - max(start_s, hour * HOUR)
            weighted += held * self.by_hour.get(hour % 24, 1.0)
        return self.always * weighted / (end_s - start_s) * (self.rain if raining else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """A TravelModel whose seconds are another's times a factor; metres and the line stay."""

    travel: TravelModel
    factor: float

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel."""
        return paced(self.travel.matrix(points, profile), self.factor)

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """See TravelModel."""
        return self.travel.geometry(points, profile)


def paced(matrix: Matrix, factor: float) -> Matrix:
    """The matrix with its seconds times the factor; what cannot be reached stays so."""
    if factor == 1:
        return matrix
    seconds = matrix.seconds.copy()
    reachable = seconds != UNREACHABLE
    seconds[reachable] = np.rint(seconds[reachable] * factor)
    return Matrix(metres=matrix.metres, seconds=seconds, source=matrix.source)
