"""What every source of distances offers, whether it is a straight line or a road network."""

from collections.abc import Sequence
from typing import Protocol

from routing.model import Matrix, Point


class TravelModel(Protocol):
    """Travel between points, the same way for a matrix and for the line on the map."""

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """Metres and seconds from every point to every other, in the points' order; UNREACHABLE where no way leads."""
        ...

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """The way along the points as (lat, lon) pairs, for drawing."""
        ...
