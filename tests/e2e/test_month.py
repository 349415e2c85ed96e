"""`antar demo --scenario capacity` in short: two weeks with a shortage of blanks, a Sunday and a broken vehicle."""

import pytest

from dispatch.demo import month

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> tuple[month.Month, list[str]]:
    said: list[str] = []
    # blanks for three days, none for six, then enough for ten
    scale = month.Scale(days=14, per_day=24, lasts=3, arriving=10, plan_seconds=1)
    return month.live(tmp_path_factory.mktemp("month"), said.append, scale), said


def test_every_card_and_every_blank_is_accounted_for(lived):
    found, _ = lived

    assert found.findings == []
    assert found.recorded == 14 * 24 == sum(found.states.values())
    assert found.received == 13 * 24 == found.printed + found.spoiled + found.stock
    assert found.adds_up


def test_promises_are_kept_although_the_blanks_ran_out(lived):
    found, said = lived

    assert found.is_kept
    assert found.kept.due > 24
    assert found.moved["blanks"] + found.moved["queue"] + found.moved["sooner"] > 0
    assert sum("no blanks" in line for line in said) == 1
    assert sum("vehicle is broken" in line for line in said) == 1
    assert any(line.split()[1] == "Min" for line in said)  # the office worked on a Sunday


def test_the_summary_says_it_in_numbers(lived):
    text = month.summary(lived[0])

    assert "every invariant holds" in text
    assert "cards recorded       336 = " in text
