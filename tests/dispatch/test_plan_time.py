"""How long a plan is searched for: by its size, as the dispatcher says, or always the same."""

import re

import pytest
from sqlalchemy import select

from dispatch.services import batching
from dispatch.services.planning_time import seconds_for
from dispatch.settings import Settings, SettingsError
from dispatch.store.models import Plan
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages

PAGE = {"Accept": "text/html"}


@pytest.fixture
def sari(sign_in):
    return sign_in("dispatcher")


@pytest.fixture
def sealed(runtime):
    """Batches in twenty-one villages."""
    with runtime.db.transaction() as session:
        for village in villages(session)[:21]:
            finished(session, village, 8)
        batching.release(session, OFFICE, by=SARI)


@pytest.mark.parametrize(("batches", "seconds"), [(1, 5), (20, 5), (21, 10), (248, 20), (1_500, 60), (10_000, 240)])
def test_larger_plans_are_searched_longer(batches, seconds):
    assert seconds_for(batches) == seconds


def test_the_form_proposes_the_seconds_of_the_size_and_says_which_size_gets_how_many(sari, sealed):
    form = sari.get("/plans/new").text

    assert re.search(r'name="seconds"[^>]* value="10"', form)
    assert "Disarankan 10 detik untuk 21 batch" in form
    assert "sampai 1.500 batch: 60 detik" in form


@pytest.mark.parametrize(("given", "allowed"), [("", 10), ("45", 45)])
def test_the_dispatcher_changes_it_or_leaves_it(sari, sealed, runtime, given, allowed):
    couriers = re.findall(r'name="courier" value="(\w+)"', sari.get("/plans/new").text)

    sari.post("/plans", data={"service_date": str(TUESDAY), "courier": couriers, "seconds": given}, headers=PAGE)

    with runtime.db.reading() as session:
        assert session.scalars(select(Plan.seconds_allowed)).all() == [allowed]


def test_an_installation_may_set_one_time_for_all_within_the_bounds():
    assert Settings.from_env({"ANTAR_PLAN_SECONDS": "30"}).plan_seconds == 30
    with pytest.raises(SettingsError, match="ANTAR_PLAN_SECONDS: must be at most 300"):
        Settings.from_env({"ANTAR_PLAN_SECONDS": "301"})
