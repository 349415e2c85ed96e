"""`antar serve` brings its road servers along, and a plan of its workers rides on them."""

import os
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dispatch.store.models import Depot, Plan, Route
from routing.travel.dataset import Dataset
from routing.travel.errors import TravelError
from routing.travel.osrm import OsrmTravel
from tests.databases import OFFICE, TODAY
from tests.dispatch.finished import finished, villages
from tests.e2e.family import dispatcher, running, runtime_of, wait_for
from tests.routing.travel.networks import liechtenstein
from tests.routing.travel.places import BALZERS, SCHAAN, TRIESEN, VADUZ

__all__ = ["liechtenstein"]

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("roads")]


@pytest.fixture
def home(tmp_path: Path, liechtenstein: Dataset) -> Path:
    """A machine where roads have been built."""
    shutil.copytree(liechtenstein.folder, tmp_path / "roads" / liechtenstein.id)
    return tmp_path


def test_a_plan_of_the_whole_family_rides_on_the_roads_it_serves(home, database_url, liechtenstein):
    with running(home, database_url, clock_shift=TODAY - datetime.now(UTC)) as (family, _url):
        runtime = runtime_of(family)
        with runtime.db.transaction() as session:
            session.execute(update(Depot).where(Depot.office == OFFICE).values(lat=VADUZ.lat, lon=VADUZ.lon))
            for village, point in zip(villages(session), (SCHAAN, BALZERS, TRIESEN), strict=False):
                village.lat, village.lon = point.lat, point.lon
                finished(session, village, 4, urgent=True)
        client = dispatcher(family)
        server = family.child("roads-li")
        # killed on purpose: the family starts it again at the same address
        os.kill(server.process.pid, signal.SIGKILL)
        port = server.command[server.command.index("--port") + 1]
        travel = OsrmTravel(base_url=f"http://127.0.0.1:{port}", dataset_id=liechtenstein.id)
        wait_for(lambda: answers(travel), "the road server")

        assert client.post("/api/v1/batches/release", json={}).status_code == 200
        asked = client.post(
            "/api/v1/plans",
            json={"service_date": "2026-11-24", "seconds": 1, "with_post": False},
            headers={"Idempotency-Key": "plan-roads"},
        )
        assert asked.status_code == 202, asked.text
        plan_id = asked.json()["id"]
        wait_for(lambda: client.get(f"/api/v1/plans/{plan_id}").json()["state"] == "solved", "the plan")

        with runtime.db.reading() as session:
            source = session.scalars(select(Plan.travel_source).where(Plan.id == plan_id)).one()
            lines = session.scalars(select(Route.line).where(Route.plan_id == plan_id)).all()
        runtime.db.close()
        client.close()
    assert source == liechtenstein.travel_source
    assert lines
    assert min(len(line) for line in lines) > 300
    assert not server.is_running()


def answers(travel: OsrmTravel) -> bool:
    try:
        travel.check()
    except TravelError:
        return False
    return True
