"""What a road server says about a set of points, and how it is put together from the answers.

A point is on the network when a road is near enough; how far it had to be moved is kept. What is too far away is never
moved: no way leads there or from there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from routing.model import UNREACHABLE, IntMatrix, Matrix, Point
from routing.travel.base import TravelModel

DECIMALS = 6  # about 0.1 m: nearer points are the same place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Survey:
    """A matrix over real roads. `snapped_m` is, for each point, the metres to the road it was put on; None: off the
    network, and unreachable."""

    matrix: Matrix
    snapped_m: tuple[int | None, ...]

    @property
    def off_network(self) -> tuple[int, ...]:
        """Which points no road is near enough to."""
        return tuple(n for n, metres in enumerate(self.snapped_m) if metres is None)


class RoadTravel(TravelModel, Protocol):
    """A TravelModel on real roads, which can say what it did with each point."""

    @property
    def identity(self) -> str:
        """Names the roads: the same identity gives the same answers."""
        ...

    @property
    def radius_m(self) -> int:
        """How far a point may lie from a road."""
        ...

    def survey(self, points: Sequence[Point], profile: str) -> Survey:
        """The matrix with the snap distance of every point."""
        ...


@dataclass(slots=True)
class Draft:
    """A matrix while its blocks come in: int32[n, n] of the places that differ, everything unreachable at first."""

    places: tuple[Point, ...]
    rows: tuple[int, ...]
    """For each point that was asked for, its place."""
    metres: IntMatrix
    seconds: IntMatrix

    @classmethod
    def of(cls, points: Sequence[Point]) -> "Draft":
        """An empty draft; points that are the same place are asked once."""
        found: dict[tuple[float, float], int] = {}
        rows = tuple(found.setdefault(rounded(point), len(found)) for point in points)
        size = len(found)
        blank = np.full((size, size), UNREACHABLE, dtype=np.int32)
        np.fill_diagonal(blank, 0)
        return cls(tuple(Point(lat=lat, lon=lon) for lat, lon in found), rows, blank, blank.copy())

    def fill(
        self, sources: Sequence[int], targets: Sequence[int], metres: NDArray[np.float64], seconds: NDArray[np.float64]
    ) -> None:
        """Put a block in: float[sources, targets], NaN where no way leads."""
        where = np.ix_(sources, targets)
        unknown = np.isnan(metres) | np.isnan(seconds)
        for kept, told in ((self.metres, metres), (self.seconds, seconds)):
            if told.shape != unknown.shape or unknown.shape != (len(sources), len(targets)):
                raise ValueError("the block has another shape than what was asked")
            whole = np.rint(np.where(unknown, 0, told)).astype(np.int32)
            kept[where] = np.where(unknown, UNREACHABLE, whole)

    def survey(self, snapped: Sequence[int | None], source: str) -> Survey:
        """The finished answer, in the order of the points asked for. `snapped` is per place."""
        np.fill_diagonal(self.metres, 0)
        np.fill_diagonal(self.seconds, 0)
        metres, seconds = self.metres, self.seconds
        if len(self.rows) != len(self.places):
            every = np.ix_(self.rows, self.rows)
            metres, seconds = metres[every], seconds[every]
        return Survey(
            matrix=Matrix(metres=metres, seconds=seconds, source=source),
            snapped_m=tuple(snapped[row] for row in self.rows),
        )


def rounded(point: Point) -> tuple[float, float]:
    """The point as far as it matters, (lat, lon)."""
    return round(point.lat, DECIMALS), round(point.lon, DECIMALS)


def blocks(places: Sequence[int], size: int) -> Iterable[tuple[Sequence[int], Sequence[int]]]:
    """Every pair of pieces of at most `size` places."""
    pieces = [places[first : first + size] for first in range(0, len(places), size)]
    return ((sources, targets) for sources in pieces for targets in pieces)
