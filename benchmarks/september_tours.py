"""September 2016 in Blitar: service cars to Wonotirto and Bakung, with two cars and with three.

    python -m benchmarks.september_tours [--seconds 20] [--cars 2] [--printers 2] [--seed 1]

120,000 people of the regency were to be recorded that month, weekends open. Here each of its 248 villages has the same
share of them; the cars go to the nineteen villages of the two far kecamatan on the month's 29 open days (Idul Adha
closed). The tours are those of the product (`dispatch.services.tours`), travel is its estimate across the Brantas.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta

from dispatch.services.tour_solve import found_for
from dispatch.services.tours import Car, Question, Site, Terms, Waits, travel_points, with_one_more
from dispatch.store.models.common import Json
from maps.gazetteer import gazetteer
from routing.model import Depot, Limits, Point
from routing.search.warm import warm
from routing.travel.areas import AreaTravel, region_of

OFFICE = "35.05"
TO_RECORD = 120_000
FAR = ("Wonotirto", "Bakung")
CLOSED = date(2016, 9, 12)


def question(cars: int, printers: int, days: int = 30) -> Question:
    """The month as a question; fewer days for a quick look."""
    villages = gazetteer().villages(OFFICE)
    region = region_of(OFFICE)
    office = gazetteer().depot(OFFICE)
    estimate = AreaTravel(
        region=region, places=tuple((Point(lat=v.lat, lon=v.lon), region.area_of(v.code)) for v in villages)
    )
    month = [date(2016, 9, 1) + timedelta(days=n) for n in range(days)]
    return Question(
        plan_id="september",
        office=OFFICE,
        days=tuple(day for day in month if day != CLOSED),
        seconds=0,
        seed=1,
        terms=Terms(printers=printers),
        depot=Depot(id="office", point=Point(lat=office.lat, lon=office.lon)),
        cars=tuple(Car(id=f"car{n}", name=f"Mobil {n}") for n in range(1, cars + 1)),
        villages=tuple(
            Waits(
                code=v.code,
                name=v.name,
                district=v.district,
                people=round(TO_RECORD / len(villages)),
                documents=0,
                vulnerable=0,
                site=Site(name=f"Balai Desa {v.name}", kind="balai_desa", lat=v.lat, lon=v.lon),
            )
            for v in villages
            if v.district in FAR
        ),
        estimate=estimate,
    )


def answers(asked: Question, limits: Limits) -> list[Json]:
    """The tours for the cars there are, and for one more."""
    ways = asked.estimate.matrix(travel_points(asked), "motorbike")
    return [found_for(asked, ways, cars, limits) for cars in (asked.cars, with_one_more(asked.cars))]


def main() -> None:
    """One line for each number of cars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--cars", type=int, default=2)
    parser.add_argument("--printers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    warm()
    asked = question(given.cars, given.printers)
    waiting = sum(village.people for village in asked.villages)
    sys.stdout.write(f"{waiting:,} people wait in {len(asked.villages)} villages of {' and '.join(FAR)}\n")
    for found in answers(asked, Limits(seconds=given.seconds, seed=given.seed)):
        used = len({tour["day"] for tour in found["tours"]})
        sys.stdout.write(
            f"{found['vehicles']} cars: {found['people']:,} people, {len(found['tours'])} tours on {used} days, "
            f"{found['metres'] // 1000:,} km, {found['rupiah']:,} rupiah, {found['per_person']:,} a person; "
            f"journeys spared {found['spared']:,} rupiah\n"
        )


if __name__ == "__main__":
    main()
