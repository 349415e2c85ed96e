"""Rows S4.2 and S1.1 of the domain: a backlog burnt down day by day, what binds, and what would change it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from dispatch.errors import Invalid
from dispatch.jobs import perform_due
from dispatch.services import backlog, printing
from dispatch.services.backlog import Wish
from dispatch.services.backlog_simulation import UNLIMITED, Chances, Situation, WorkingDay, burn_down
from dispatch.services.calendar import calendar_of
from dispatch.store.models import BacklogPlan
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, villages
from tests.dispatch.recorded import recorded, with_blanks

ALL_WELL = Chances(spoiled=0, courier_out=0, comes_back=0, no_show=0)


def office(**other: object) -> Situation:
    """Ten villages of a hundred cards; everything is enough but what is said otherwise."""
    found = Situation(
        backlog=(100,) * 10, ready=(0,) * 10, metres=tuple(range(2_000, 22_000, 2_000)),
        days=tuple(WorkingDay(day=TUESDAY + timedelta(days=n), desks=True) for n in range(120)),
        quota=UNLIMITED, printers=UNLIMITED, blanks=UNLIMITED, couriers=5, stops=10, bag=1_000, fill=8, release=3,
        base_fare=10_000, per_km=2_500, leg_metres=2_000, with_post=False, post_near=7_000, post_far=9_000,
        post_near_metres=12_000, post_per_document=400, chances=ALL_WELL,
    )  # fmt: skip
    return replace(found, **other)


@pytest.mark.parametrize(
    ("binds", "printed"),
    [({"quota": 100}, 10), ({"printers": 50}, 20), ({"quota": 100, "printers": 40}, 25), ({}, 1)],
)
def test_what_a_day_prints_is_the_least_of_quota_and_printers(binds, printed):
    assert burn_down(office(**binds), runs=3).printed_on == (printed,) * 3


def test_blanks_that_come_later_stop_the_printers_until_then():
    days = tuple(
        WorkingDay(day=TUESDAY + timedelta(days=n), desks=True, blanks=700 if n == 8 else 0) for n in range(60)
    )

    found = burn_down(office(quota=100, blanks=300, days=days), runs=2)

    assert found.printed_on[1] == 15  # three days, nothing on five, and the other seven hundred
    assert list(found.unprinted[2:8]) == [700] * 6


def test_couriers_bags_and_money_hold_back_what_is_printed():
    free = burn_down(office(quota=200), runs=2)
    alone = burn_down(office(quota=200, couriers=1, stops=1), runs=2)
    poor = burn_down(office(quota=200, budget=20_000), runs=2)
    bags = burn_down(office(quota=200, couriers=1, stops=10, bag=60), runs=2)

    assert free.done_on[1] == 5
    assert alone.done_on[1] > 9
    assert poor.done_on == (None, None, None)
    assert bags.done_on[1] >= 1000 // 60
    assert free.by_courier == 1000


def test_the_post_takes_what_no_courier_can_and_costs_by_its_price_list():
    found = burn_down(office(quota=100, couriers=0, with_post=True), runs=2)

    assert (found.by_courier, found.by_post, found.ojek) == (0, 1000, 0)
    assert found.post > 400 * 1000


def test_closed_village_offices_are_brought_nothing():
    weekend = tuple(WorkingDay(day=TUESDAY + timedelta(days=n), desks=n % 7 < 5) for n in range(60))

    found = burn_down(office(quota=1000, days=weekend), runs=1)
    shut = burn_down(office(quota=1000, days=tuple(replace(day, desks=False) for day in weekend)), runs=1)

    assert found.done_on[1] == 1
    assert shut.done_on[1] is None
    assert int(shut.left[1, -1]) == 1000


def test_chance_makes_a_band_and_the_same_seed_the_same_band():
    chances = Chances(spoiled=0.05, courier_out=0.3, comes_back=0.2, no_show=0)
    first = burn_down(office(quota=60, couriers=2, stops=2, chances=chances), runs=40, seed=7)
    again = burn_down(office(quota=60, couriers=2, stops=2, chances=chances), runs=40, seed=7)
    calm = burn_down(office(quota=60, couriers=2, stops=2), runs=40, seed=7)

    assert first.done_on == again.done_on
    assert (first.left == again.left).all()
    assert first.done_on[0] < first.done_on[2]
    assert first.done_on[1] > calm.done_on[1]
    assert all(half <= nine for half, nine in first.villages)


def test_invited_people_join_and_some_do_not_come():
    joined = burn_down(office(quota=UNLIMITED, invited=100, days=office().days[:20]), runs=5)
    missed = burn_down(office(invited=100, days=office().days[:20], chances=replace(ALL_WELL, no_show=0.5)), runs=5)

    assert joined.by_courier > missed.by_courier
    assert joined.by_courier <= 1000 + 20 * 100


def test_printed_village_by_village_the_first_is_done_long_before_the_last():
    found = burn_down(office(quota=50, by_village=True), runs=1)
    mixed = burn_down(office(quota=50), runs=1)

    assert found.villages[0][0] <= 3
    assert found.villages[9][0] >= 20
    assert mixed.villages[0][0] >= 20
    assert found.ojek < mixed.ojek  # fuller batches, fewer visits


def test_s4_2_18000_cards_at_400_a_day_are_printed_in_45_working_days(runtime):
    """The reference figure, over the 248 villages of Blitar, through the job and its what-ifs."""
    wish = Wish(
        name="Tunggakan", backlog=18_000, quota=400, couriers=40, unlimited_blanks=True, start=date(2026, 11, 24)
    )
    with runtime.db.transaction() as session:
        plan_id = backlog.request(session, OFFICE, wish, by=SARI).id

    perform_due(runtime)

    with runtime.db.reading() as session:
        plan = session.get_one(BacklogPlan, plan_id)
        own = calendar_of(session, OFFICE)
    answer = plan.answer
    assert (plan.status, plan.progress_pct, plan.problem) == ("done", 100, "")
    assert answer["documents"] == 18_000 == sum(village["documents"] for village in answer["villages"])
    assert len(answer["villages"]) == 248
    # a spoiled card or two is printed again on the 46th
    assert answer["printed_working_days"][1] in (45, 46)
    assert answer["printed_on"][1] == own.add_working_days(TUESDAY, answer["printed_working_days"][1] - 1).isoformat()
    assert answer["binding"] == "quota"
    by_change = {one["change"]: one for one in answer["what_ifs"]}
    assert by_change["weekends"]["days_sooner"] > 10
    assert by_change["quota_100"]["days_sooner"] > 5
    assert by_change["one_printer"]["days_sooner"] == 0
    assert answer["days"][0]["left"][1] > answer["days"][-1]["left"][1]


def test_s4_2_without_chance_it_is_45_days_to_the_day(session):
    loaded = backlog.situation_of(session, OFFICE, Wish(backlog=18_000, unlimited_blanks=True, couriers=40))

    found = burn_down(replace(loaded.situation, chances=ALL_WELL), runs=2)

    assert found.printed_on == (45, 45, 45)
    assert found.done_on[1] <= 48  # what the last days printed waits to fill a batch, three days at most


def test_the_plan_starts_from_what_the_office_has(session):
    """Its queue by village, its printers, its blanks and what was announced; no stock books mean no limit."""
    first, second = villages(session)[:2]
    recorded(session, first, 3)
    recorded(session, second, 5)
    before = backlog.situation_of(session, OFFICE, Wish()).situation
    depot = with_blanks(session, first, 700)
    printing.add_printer(session, OFFICE, depot.id, name="Fargo", cards_per_hour=40)

    loaded = backlog.situation_of(session, OFFICE, Wish())

    assert (before.blanks, before.printers) == (UNLIMITED, UNLIMITED)
    assert (loaded.situation.blanks, loaded.situation.printers, loaded.printer_step) == (700, 300, 300)
    assert loaded.situation.backlog[:3] == (3, 5, 0)
    assert loaded.situation.couriers == 6
    assert set(loaded.observed.values()) == {"assumed"}
    assert backlog.spread(10, [1, 3]) == [2, 8]
    with pytest.raises(Invalid):
        backlog.request(session, OFFICE, Wish(backlog=-1), by=SARI)


def test_a_plan_is_asked_for_and_read_on_its_page(sign_in, runtime):
    sari = sign_in("dispatcher")
    form = {"name": "September", "backlog": "2.000", "with_post": "1", "arrival_day": "2026-12-01",
            "arrival_pieces": "6000", "blanks": "800"}  # fmt: skip
    asked = sari.post("/backlog", data=form)
    assert asked.status_code == 303
    assert "menghitung" in sari.get(asked.location).text

    perform_due(runtime)

    page = sari.get(asked.location).text
    assert 'class="burn"' in page
    assert "Yang menahan" in page
    assert "September" in sari.get("/backlog").text
    with runtime.db.reading() as session:
        plan_id = session.scalars(select(BacklogPlan.id)).one()
    answer = sign_in("viewer").get(f"/api/v1/backlog-plans/{plan_id}").json
    assert (answer["status"], answer["answer"]["documents"]) == ("done", 2000)
    assert sign_in("viewer").get("/api/v1/backlog-plans").json["items"][0]["answer"] is None
    assert sign_in("viewer").post("/backlog", data=form).status_code == 403
