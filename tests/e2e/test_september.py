"""Rows S4.1–S4.3 of the domain: the plan of September 2016 in `docs/september-2016.md` is what the software says."""

from pathlib import Path

import pytest

from dispatch.demo import september

pytestmark = pytest.mark.xdist_group("demo")
PAGE = Path(__file__).parents[2] / "docs/september-2016.md"


def test_s4_1_to_s4_3_the_worked_example_says_what_the_office_would_be_told(tmp_path):
    said: list[str] = []

    found = september.live(tmp_path / "home", said.append, tour_seconds=2)

    written = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in found.certain if line not in written] == []
    assert said == [*found.certain, *found.tours]
    assert "Bakung" in found.far[0]
    assert "Wonotirto" in found.far[0]
    two, three = (int(line.split("Bakung: ")[1].split(" of")[0].replace(",", "")) for line in found.tours)
    assert 1_000 < two < three
