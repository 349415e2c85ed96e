"""Two real road networks, and one worker for everything that needs them."""

from pathlib import Path

import pytest

from tests.routing.travel.networks import bayfront, liechtenstein, roads

__all__ = ["bayfront", "liechtenstein", "roads"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that needs the roads runs in one worker, so that they are built once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.xdist_group("roads"))
