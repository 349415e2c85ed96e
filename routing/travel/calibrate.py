"""What confirmed runs say about an estimate: how winding the roads of an area are, and how fast couriers really get on.

Medians of ratios, so that a flat tyre or a long lunch does not move them, and nothing at all below a minimum of legs.
Speed can be fitted from any confirmed leg. How winding the roads are cannot be told from times: the factor is fitted
only from legs whose planned metres came from real roads (or an odometer), never from our own estimate of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

LEAST_LEGS = 30
LEAST_METRES = 500  # on shorter ways the yard and the greeting weigh more than the road
LEAST_SECONDS, MOST_SECONDS = 60, 3 * 3_600
LEAST_KMH, MOST_KMH = 5.0, 80.0
MOST_FACTOR = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One ride from the end of a stop to the arrival at the next, as it was planned and as it was.

    `on_roads`: the plan's metres and seconds came from real roads, not from an estimate.
    """

    from_area: str
    to_area: str
    straight_m: float
    planned_m: int
    planned_s: int
    seconds: float
    on_roads: bool

    @property
    def kmh(self) -> float:
        """How fast the planned way was ridden."""
        return self.planned_m / self.seconds * 3.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A median with the middle half of what it was taken from."""

    median: float
    lower: float
    upper: float
    legs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What is proposed for one area; None where too few legs speak."""

    legs: int
    factor: Ratio | None
    speed_kmh: Ratio | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Proposals per area, metres on top per crossing, how many times longer than the road server said (`pace`), and how
    many legs were used or made no sense."""

    areas: Mapping[str, Fit]
    crossings: Mapping[frozenset[str], Ratio]
    pace: Ratio | None
    used: int
    left_out: int


def calibrate(legs: Iterable[Leg], least_legs: int = LEAST_LEGS) -> Calibration:
    """Fit every area from the legs within it, and every crossing from the legs between two fitted areas."""
    within: dict[str, list[Leg]] = defaultdict(list)
    between: dict[frozenset[str], list[Leg]] = defaultdict(list)
    longer: list[float] = []
    left_out = used = 0
    for leg in legs:
        if not is_plausible(leg):
            left_out += 1
            continue
        used += 1
        if leg.on_roads and leg.planned_s > 0:
            longer.append(leg.seconds / leg.planned_s)
        if leg.from_area == leg.to_area:
            within[leg.from_area].append(leg)
        else:
            between[frozenset((leg.from_area, leg.to_area))].append(leg)
    areas = {area: _fit(found, least_legs) for area, found in sorted(within.items())}
    crossings = {
        pair: ratio for pair, found in between.items() if (ratio := _crossing(found, areas, least_legs)) is not None
    }
    pace = _ratio(longer, least_legs)
    return Calibration(areas=areas, crossings=crossings, pace=pace, used=used, left_out=left_out)


def is_plausible(leg: Leg) -> bool:
    """Whether a leg says something about roads: not a forgotten button, not a stop next door."""
    return (
        leg.planned_m >= LEAST_METRES
        and leg.straight_m >= LEAST_METRES / 2
        and LEAST_SECONDS <= leg.seconds <= MOST_SECONDS
        and LEAST_KMH <= leg.kmh <= MOST_KMH
        and leg.planned_m <= MOST_FACTOR * leg.straight_m
    )


def _fit(legs: Sequence[Leg], least_legs: int) -> Fit:
    winding = [leg.planned_m / leg.straight_m for leg in legs if leg.on_roads]
    return Fit(
        legs=len(legs),
        factor=_ratio(winding, least_legs),
        speed_kmh=_ratio([leg.kmh for leg in legs], least_legs),
    )


def _crossing(legs: Sequence[Leg], areas: Mapping[str, Fit], least_legs: int) -> Ratio | None:
    """Metres on top of the more winding area's factor, as AreaTravel reckons."""
    extra: list[float] = []
    for leg in legs:
        fits = [areas.get(area) for area in (leg.from_area, leg.to_area)]
        factors = [fit.factor.median for fit in fits if fit is not None and fit.factor is not None]
        if leg.on_roads and len(factors) == 2:
            extra.append(max(0.0, leg.planned_m - leg.straight_m * max(factors)))
    return _ratio(extra, least_legs)


def _ratio(values: Sequence[float], least: int) -> Ratio | None:
    if len(values) < max(least, 2):
        return None
    lower, median, upper = quantiles(values, n=4, method="inclusive")
    return Ratio(median=median, lower=lower, upper=upper, legs=len(values))
