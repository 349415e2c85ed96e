"""What a route costs: one pure function, used by the search, the check and the ledger alike.

A route with at least one stop costs

    (base_fare + per_km x km beyond base_metres + per_stop x stops + per_hour x hours) x (1 + platform fee) + fixed

and a vehicle that stays at home costs nothing. The metres and seconds are the *paid* ones: where the return is not
paid, or there is no end depot, they end with the last service. Hours count travel, service and waiting.

Amounts are added up exactly, in grains (180,000,000 to the rupiah: enough for metres at Rp per km, seconds at Rp per
hour and a fee in basis points to be whole numbers), and rounded once per route, half up to the rupiah. Rounding
to what a partner charges is the ledger's business.
"""

from dataclasses import dataclass

from routing.model import Tariff

GRAINS = 180_000_000
"""Grains in one rupiah."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A tariff in whole grains: once per route, for each metre beyond the base, each stop, each second."""

    once: int
    metre: int
    stop: int
    second: int


def rates(tariff: Tariff) -> Rates:
    """The tariff in grains, platform fee included."""
    with_fee = 10_000 + tariff.platform_fee_bp
    rupiah = GRAINS // 10_000 * with_fee
    return Rates(
        once=tariff.base_fare * rupiah + tariff.fixed * GRAINS,
        metre=tariff.per_km * (GRAINS // 10_000 // 1_000) * with_fee,
        stop=tariff.per_stop * rupiah,
        second=tariff.per_hour * (GRAINS // 10_000 // 3_600) * with_fee,
    )


def exact_fare(tariff: Tariff, metres: int, stops: int, seconds: int) -> int:
    """The fare in grains, not yet rounded; see `fare`."""
    if stops == 0:
        return 0
    rate = rates(tariff)
    beyond = max(0, metres - tariff.base_metres)
    return rate.once + rate.metre * beyond + rate.stop * stops + rate.second * seconds


def rounded(grains: int) -> int:
    """Rupiah for an amount in grains, half up."""
    return (grains + GRAINS // 2) // GRAINS


def fare(tariff: Tariff, metres: int, stops: int, seconds: int) -> int:
    """Rupiah for one route of so many paid metres and seconds with so many stops; 0 without a stop."""
    return rounded(exact_fare(tariff, metres, stops, seconds))
