"""Where the tests go."""

from datetime import UTC, datetime
from pathlib import Path

from routing.model import Point

DATA = Path(__file__).parent / "data"
LIECHTENSTEIN = DATA / "liechtenstein-2015.osm.pbf"
SINGAPORE = DATA / "singapore-bayfront-2019.osm.pbf"
MADE_AT = datetime(2026, 11, 24, tzinfo=UTC)

VADUZ = Point(lat=47.1410, lon=9.5215)
SCHAAN = Point(lat=47.1650, lon=9.5087)
BALZERS = Point(lat=47.0667, lon=9.5033)
TRIESEN = Point(lat=47.1075, lon=9.5270)
MALBUN = Point(lat=47.1006, lon=9.6093)
RUGGELL = Point(lat=47.2386, lon=9.5244)
VILLAGES = (VADUZ, SCHAAN, BALZERS, TRIESEN, MALBUN, RUGGELL)

FAR_FROM_ROADS = Point(lat=47.16, lon=9.30)  # a mountain west of everything that was clipped
CUT_OFF = Point(lat=47.251423, lon=9.480856)  # beside a piece of road that leads nowhere, beyond the border
