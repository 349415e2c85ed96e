"""What a route costs, to the rupiah."""

import pytest

from routing.fare import exact_fare, fare, rounded
from routing.model import Tariff

OJEK = Tariff()


@pytest.mark.parametrize(
    ("metres", "rupiah"),
    [
        (0, 10_000),
        (3_999, 10_000),
        (4_000, 10_000),
        (4_400, 11_000),
        (10_000, 25_000),
        (4_001, 10_003),
        (160_000, 400_000),
    ],
)
def test_the_base_fare_covers_the_first_four_kilometres(metres, rupiah):
    assert fare(OJEK, metres, stops=3, seconds=9_999) == rupiah


def test_a_vehicle_that_stays_at_home_costs_nothing():
    assert fare(Tariff(fixed=50_000), metres=0, stops=0, seconds=0) == 0


def test_every_part_of_a_tariff_adds_up():
    tariff = Tariff(base_fare=5_000, base_metres=1_000, per_km=2_000, per_stop=500, per_hour=12_000, fixed=20_000)

    assert fare(tariff, metres=6_000, stops=4, seconds=5_400) == 5_000 + 10_000 + 2_000 + 18_000 + 20_000


def test_the_platform_takes_its_share_of_the_fare_but_not_of_the_fixed_cost():
    tariff = Tariff(base_fare=10_000, base_metres=0, per_km=1_000, platform_fee_bp=1_250, fixed=7_000)

    assert fare(tariff, metres=10_000, stops=1, seconds=0) == 22_500 + 7_000


@pytest.mark.parametrize(("metres", "rupiah"), [(4_000, 10_000), (4_499, 10_000), (4_500, 10_001), (5_499, 10_001)])
def test_half_a_rupiah_is_rounded_up_once_at_the_end(metres, rupiah):
    assert fare(Tariff(per_km=1), metres, stops=1, seconds=0) == rupiah


def test_hours_are_counted_by_the_second_without_loss():
    hourly = Tariff(base_fare=0, base_metres=0, per_km=0, per_hour=7)

    assert exact_fare(hourly, 0, 1, 3_600) == 7 * exact_fare(Tariff(base_fare=1, per_km=0), 0, 1, 0)
    assert rounded(sum(exact_fare(hourly, 0, 1, 1) for _ in range(3_600))) == 7
