"""Calls that fail at random, in a short form of `python -m benchmarks.partner_faults`; orders that live by chance."""

import pytest

from benchmarks.partner_faults import Clock, main, run
from benchmarks.partner_sides import sides
from partners.simulator.life import ENDS, NAMES, Life, Odds
from partners.simulator.ready import HINTS, READY
from tests.partners.conftest import an_order


@pytest.mark.parametrize("name", sorted(READY))
def test_calls_under_random_faults_are_never_two_orders(name: str) -> None:
    with sides()[name](Clock()) as (company, adapter):
        done = run(name, company, adapter, calls=80, seed=7)

    assert done.calls >= 80
    assert done.most_live == 1
    assert done.orders > 0
    assert company.server.mistakes == []


def test_the_long_run_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    results = main(["--calls", "60"])

    assert {result.partner for result in results} == set(READY)
    assert '"most_live": 1' in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(READY))
def test_orders_live_by_themselves_until_their_end(name: str) -> None:
    with sides()[name](Clock()) as (company, adapter):
        adapter.book(an_order("A-1"))
        life = Life(company, Odds.parse("price-change=0.2,failed-attempt=0.3,no-proof=0.5,never=0.2"), seed=3)
        for _ in range(60):
            life.step()

    assert company.orders[0].kind in ENDS
    assert name in HINTS


def test_the_same_seed_lives_the_same_life() -> None:
    stories = []
    for _ in range(2):
        with sides()["lalamove"](Clock()) as (company, adapter):
            adapter.book(an_order("A-1"))
            life = Life(company, Odds.parse("no-courier=0.3,driver-change=0.2,cancel=0.1"), seed=5)
            for _ in range(20):
                life.step()
            stories.append([entry.word for entry in company.orders[0].history])

    assert stories[0] == stories[1]


@pytest.mark.parametrize("written", ["lost-reply=2", "lost-reply", "earthquake=0.1", "500=0.6,402=0.6"])
def test_odds_that_cannot_be_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"chance|fault"):
        Odds.parse(written)


def test_every_name_of_a_fault_is_taken() -> None:
    assert Odds.parse(",".join(f"{name}=0.01" for name in NAMES)).of("lost-reply") == 0.01
