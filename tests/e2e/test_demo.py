"""`make demo ARGS=--once`, as a person types it: the day ends well, adds up, and its map draws every stop by itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.family import free_port

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("demo")]  # one day is lived for all of these


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The home of a demonstration that was lived through, and what it said."""
    home = tmp_path_factory.mktemp("demo")
    said = antar(home, "demo", "--scenario", "day", "--once", "--port", str(free_port()))
    assert said.returncode == 0, said.stdout + said.stderr
    return home, said.stdout


def antar(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANTAR_")}
    command = [sys.executable, "-m", "dispatch", *words]
    return subprocess.run(command, env={**env, "ANTAR_HOME": str(home)}, capture_output=True, text=True, timeout=600)


def test_the_day_adds_up(lived):
    _, said = lived
    rows = re.search(r"rows of the file +(\d+) = (\d+) refused \+ (\d+) to review \+ (\d+) documents", said)
    total, refused, review, documents = map(int, rows.groups())
    places = re.search(r"documents +(\d+) = (\d+) on routes \+ (\d+) at Pos \+ (\d+) waiting \+ (\d+) held", said)
    counted, *where = map(int, places.groups())

    assert (total, refused, review) == (412, 12, 6)
    assert total == refused + review + documents
    assert counted == documents == sum(where)
    assert where[0] > 100
    assert where[1] > 0


def test_every_refused_row_has_its_reason(lived):
    _, said = lived

    assert len(re.findall(r"^  row \d+ +\w+: .+", said, re.MULTILINE)) == 12


def test_custody_is_sound_afterwards(lived):
    home, said = lived

    asked = antar(home, "verify")

    assert "every invariant holds" in said
    assert asked.returncode == 0, asked.stdout


def test_it_never_begins_over_an_office_of_your_own(tmp_path):
    assert antar(tmp_path / "mine", "init", "--office", "35.03").returncode == 0

    refused = antar(tmp_path / "mine", "demo", "--once")

    assert refused.returncode == 1
    assert "an office of its own" in refused.stderr


@pytest.mark.browser
def test_the_map_draws_every_stop_and_asks_nobody(lived, browser):
    home, said = lived
    stops = int(re.search(r"routes with (\d+) stops", said)[1])
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))

    page.goto((home / "peta-rencana.html").as_uri())
    page.wait_for_selector(".pin-body")

    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.locator(".leaflet-marker-pane .pin-stop").count() == stops
    page.close()
