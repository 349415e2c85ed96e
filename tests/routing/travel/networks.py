"""Two real road networks, built once, and a server for each: fixtures for whoever imports them."""

from collections.abc import Iterator

import pytest

from routing.travel.clip import box
from routing.travel.dataset import Dataset
from routing.travel.osrm import OsrmTravel
from routing.travel.osrm_server import serving
from routing.travel.prepare import build
from tests.routing.travel.places import LIECHTENSTEIN, MADE_AT, SINGAPORE


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
    with serving(build(SINGAPORE, area, name="sg", folder=tmp_path_factory.mktemp("sg"), made_at=MADE_AT)) as travel:
        yield travel
