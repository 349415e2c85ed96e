"""How far and how long between an office's places: real roads where a server has them, an estimate otherwise.

What is chosen is said: every matrix carries its source. A road server that does not answer never stops a plan; the
plan is then made on the estimate, and says so.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.settings import Settings
from dispatch.store.models import Rules, Village
from routing.model import Matrix, Point
from routing.travel.areas import Area, AreaTravel, Region, region_of
from routing.travel.base import TravelModel
from routing.travel.cache import Cached
from routing.travel.dataset import Dataset, datasets
from routing.travel.errors import TravelError
from routing.travel.osrm import OsrmTravel
from routing.travel.pace import Pace, Paced
from routing.travel.straight_line import StraightLine
from routing.travel.survey import RoadTravel
from routing.travel.valhalla import ValhallaTravel

ESTIMATE = "estimate"
SILENT = "estimate:roads-silent"  # an estimate because the road server did not answer
ELSEWHERE = "estimate:roads-elsewhere"  # an estimate because the server's roads do not reach the office
PATIENCE_S = 20.0
log = logging.getLogger("antar.roads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """Which road servers this process may ask: one elsewhere by `url`, or datasets in `folder` that are `served` on
    this machine (dataset id → address). Matrices are kept in `cache`."""

    url: str = ""
    folder: Path = Path()
    served: Mapping[str, str]
    cache: Path

    @classmethod
    def of(cls, settings: Settings) -> "Roads":
        """As the settings of this process say."""
        return cls(
            url=settings.roads_url,
            folder=settings.roads,
            served=settings.roads_served,
            cache=settings.home / "matrices",
        )

    def travel_for(self, office: str, depots: Sequence[Point], estimate: TravelModel) -> TravelModel:
        """Real roads for this office with the estimate to fall back on, or the estimate alone. Asks nobody yet."""
        server = self.server_for(office, depots)
        return estimate if server is None else RoadsOrEstimate(roads=server, estimate=estimate, depots=tuple(depots))

    def server_for(self, office: str, depots: Sequence[Point]) -> RoadTravel | None:
        """The server elsewhere; else the newest served dataset made for the office, or one that holds its depots."""
        server = road_server(self.url) if self.url else self._served_here(office, depots)
        return None if server is None else Cached(travel=server, folder=self.cache)

    def _served_here(self, office: str, depots: Sequence[Point]) -> RoadTravel | None:
        served = [dataset for dataset in datasets(self.folder) if dataset.id in self.served] if self.served else []
        own = (dataset for dataset in served if dataset.name == office)
        around = (dataset for dataset in served if depots and all(_holds(dataset, depot) for depot in depots))
        found = next(own, None) or next(around, None)
        if found is None:
            return None
        return OsrmTravel(base_url=self.served[found.id], dataset_id=found.id, timeout_s=PATIENCE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadsOrEstimate:
    """A TravelModel on real roads that falls back on an estimate: when nobody answers, or when the server's roads
    reach none of the depots (without them every place would look unreachable)."""

    roads: RoadTravel
    estimate: TravelModel
    depots: tuple[Point, ...]

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel; `source` names the dataset, or says why it is an estimate."""
        try:
            survey = self.roads.survey(points, profile)
        except TravelError as error:
            log.warning("roads silent", extra={"roads": self.roads.identity, "error": type(error).__name__})
            return self._estimated(points, profile, SILENT)
        off = {points[n] for n in survey.off_network}
        if self.depots and off.issuperset(self.depots):
            log.warning("roads elsewhere", extra={"roads": self.roads.identity})
            return self._estimated(points, profile, ELSEWHERE)
        if off:
            log.warning("places off the network", extra={"roads": self.roads.identity, "places": len(off)})
        return survey.matrix

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """See TravelModel; straight pieces when nobody answers."""
        try:
            return self.roads.geometry(points, profile)
        except TravelError as error:
            log.warning("roads silent", extra={"roads": self.roads.identity, "error": type(error).__name__})
            return self.estimate.geometry(points, profile)

    def _estimated(self, points: Sequence[Point], profile: str, source: str) -> Matrix:
        matrix = self.estimate.matrix(points, profile)
        return Matrix(metres=matrix.metres, seconds=matrix.seconds, source=source)


def is_estimate(source: str) -> bool:
    """Whether a matrix with this source was never on a road."""
    return source.startswith(ESTIMATE)


def road_server(url: str) -> RoadTravel:
    """A client for a road server elsewhere: OSRM, or Valhalla behind "valhalla+http://…"."""
    engine, plus, address = url.partition("+")
    if plus and engine == "valhalla":
        return ValhallaTravel(base_url=address)
    return OsrmTravel(base_url=address if plus else url, timeout_s=PATIENCE_S)


def estimate_of(session: Session, rules: Rules) -> TravelModel:
    """Straight lines by the office's own factor and speed, and what is known of its regency's rivers and slopes."""
    base = StraightLine(factor=rules.area_factor_pct / 100, speed_kmh=rules.speed_kmh)
    region = region_for(rules)
    if len(region.areas) == 1:
        return next(iter(region.areas.values())).over(base)
    villages = session.execute(
        select(Village.code, Village.lat, Village.lon).where(Village.office == rules.office).order_by(Village.code)
    )
    places = tuple((Point(lat=lat, lon=lon), region.area_of(code)) for code, lat, lon in villages)
    return AreaTravel(region=region, places=places, base=base)


def region_for(rules: Rules) -> Region:
    """The areas of the office's regency as shipped, with what the office has measured."""
    measured = {
        area: Area(factor=_share(told.get("factor_pct")), speed_kmh=told.get("speed_kmh"))
        for area, told in rules.travel.get("areas", {}).items()
    }
    return region_of(rules.office).with_measured(measured)


def pace_of(rules: Rules) -> Pace:
    """The office's time factors."""
    told = rules.travel.get("pace", {})
    return Pace(
        always=told.get("always", 1.0),
        by_hour={int(hour): factor for hour, factor in told.get("by_hour", {}).items()},
        rain=told.get("rain", 1.0),
    )


def pace_on(rules: Rules, day: date) -> float:
    """The one factor for a day's shift: the mean of its hours, and rain in the months the office counts as wet."""
    raining = day.month in rules.travel.get("pace", {}).get("rain_months", ())
    return pace_of(rules).factor(rules.shift_start_s, rules.shift_end_s, raining=raining)


def at_pace(travel: TravelModel, factor: float) -> TravelModel:
    """The travel with its seconds times the factor."""
    return travel if factor == 1 else Paced(travel=travel, factor=factor)


def _share(percent: int | None) -> float | None:
    return None if percent is None else percent / 100


def _holds(dataset: Dataset, point: Point) -> bool:
    west, south, east, north = dataset.bbox
    return west <= point.lon <= east and south <= point.lat <= north
