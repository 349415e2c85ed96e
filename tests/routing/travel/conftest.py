"""Two real road networks, built once, and a server for each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routing.travel.clip import box
from routing.travel.dataset import Dataset
from routing.travel.osrm import OsrmTravel
from routing.travel.osrm_server import serving
from routing.travel.prepare import build
from tests.routing.travel.places import LIECHTENSTEIN, MADE_AT, SINGAPORE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that needs the roads runs in one worker, so that they are built once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.xdist_group("roads"))


@pytest.fixture(scope="session")
def liechtenstein(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A whole small country."""
    area = box(9.47, 47.05, 9.64, 47.27)
    return build(LIECHTENSTEIN, area, name="li", folder=tmp_path_factory.mktemp("roads"), made_at=MADE_AT)


@pytest.fixture(scope="session")
def roads(liechtenstein: Dataset) -> Iterator[OsrmTravel]:
    """The country's roads, being served."""
    with serving(liechtenstein) as travel:
        yield travel


@pytest.fixture(scope="session")
def bayfront(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OsrmTravel]:
    """A quarter of Singapore, being served: traffic keeps left."""
    area = box(103.84, 1.27, 103.87, 1.30)
    made_at = datetime(2026, 11, 23, tzinfo=UTC)
    with serving(build(SINGAPORE, area, name="sg", folder=tmp_path_factory.mktemp("sg"), made_at=made_at)) as travel:
        yield travel
