"""`make demo ARGS=--once`, as a person types it: the day ends well, adds up, and its map draws every stop by itself."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

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
    places = re.search(
        r"documents +(\d+) = (\d+) with citizens \+ (\d+) at desks \+ (\d+) with couriers \+ (\d+) at Pos "
        r"\+ (\d+) in the office",
        said,
    )
    counted, *where = map(int, places.groups())

    assert (total, refused, review) == (412, 12, 6)
    assert total == refused + review + documents
    assert counted == documents == sum(where)
    citizens, desks, couriers, post, office = where
    assert citizens > 50
    assert desks > 50
    assert couriers == 0  # what came back was counted in
    assert post > 0
    assert office > 0


def test_what_failed_and_the_old_cards_came_back(lived):
    _, said = lived
    back, cards = map(int, re.search(r"counter: (\d+) documents and (\d+) old cards counted in", said).groups())
    closed = int(re.search(r"the office is closed, (\d+) documents go back", said)[1])

    assert back == closed + 2  # and one that a desk gave back, and one that arrived wet
    assert re.search(rf"old cards +{cards} given up, {cards} counted in", said)
    assert cards > 0
    assert re.search(r"[1-9]\d* confirmations were sent late", said)


def test_every_batch_of_a_desk_ends_in_a_bast_that_names_no_nik(lived):
    home, said = lived
    numbered = int(re.search(r"(\d+) BASTs numbered from", said)[1])
    with (Path(__file__).parents[2] / "dispatch/data/blitar_400.csv").open(encoding="utf-8") as file:
        niks = {row["nik"] for row in csv.DictReader(file) if len(row["nik"]) == 16}
    basts = sorted((home / "bast").glob("*BAST*.pdf"))

    texts = [text_of(path) for path in basts]

    assert len(basts) == numbered > 20
    assert all("BERITA ACARA" in text.upper() for text in texts)
    assert list((home / "bast").glob("ktp-lama-*.pdf"))
    for text in [*texts, text_of(home / "cetakan-rencana.pdf")]:
        assert not {nik for nik in niks if nik in text.replace(" ", "")}


def text_of(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


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
