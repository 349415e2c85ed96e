"""Ten thousand calls to partners that fail at random: never more than one live order for each reference of ours.

    python -m benchmarks.partner_faults [--calls 10000] [--seed 2026]

Every partner's adapter orders against its simulator over real HTTP on loopback, and does after each failure exactly
what the application may do: look up, ask again under the same reference, or wait for a callback. The simulators take
second orders gladly (those that in truth refuse them excepted). Counted are the calls and the orders at the partner.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from partners.base import CourierPartner, Drop, Order, PartnerError, Place, Rejected
from partners.simulator import Fault
from partners.simulator.company import Company
from partners.simulator.life import CALLS

SHARE = 0.45
"""Of the calls that go wrong."""
SLOW = frozenset({Fault.REPLY_SILENT, Fault.REPLY_SLOW, Fault.SILENT})
FAULTS = (*(fault for fault in CALLS.values() if fault not in SLOW), Fault.REDIRECT, Fault.PROXY_PAGE)
START = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)


@dataclass
class Result:
    """What one partner went through."""

    partner: str
    calls: int = 0
    references: int = 0
    orders: int = 0
    most_live: int = 0
    unsettled: int = 0
    faults: Counter[str] = field(default_factory=Counter)


@dataclass
class Clock:
    """Goes on a little with every look, as clocks do."""

    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=20)
        return self.now


def order(reference: str) -> Order:
    """Twelve documents to one village office."""
    office = Place(name="Dukcapil Blitar", address="Jl. Imam Bonjol 9", phone="081234567890", lat=-8.1, lon=112.17)
    desk = Place(
        name="Kantor Desa Rejosari",
        address="Jl. Raya 1, Wonodadi",
        phone="081234567891",
        lat=-8.05,
        lon=112.05,
        village="35.05.16.2001",
        postcode="66155",
    )
    return Order(reference=reference, pickup=office, drops=(Drop(reference="B-1", place=desk, documents=12),))


def run(name: str, company: Company, adapter: CourierPartner, calls: int, seed: int) -> Result:
    """Order until so many calls have been made. Raises AssertionError at the first second order."""
    dice = random.Random(seed)  # noqa: S311 - chance, not secrecy
    result = Result(name)
    if adapter.look_up == "reference":
        company.book.refuses_duplicates = False
    share = SHARE / len(FAULTS)
    company.server.faults.by_chance(dict.fromkeys(FAULTS, share), seed)
    while len(company.server.calls) < calls:
        reference = f"A{seed}{result.references:08}"[:17]
        result.references += 1
        if not _settled(company, adapter, order(reference), dice, result):
            result.unsettled += 1
        live = company.book.live(reference)
        result.most_live = max(result.most_live, live)
        assert live <= 1, f"{name} has {live} live orders for {reference}"
    result.calls, result.orders = len(company.server.calls), len(company.orders)
    return result


def _settled(company: Company, adapter: CourierPartner, wanted: Order, dice: random.Random, result: Result) -> bool:
    """Order once, whatever happens. False when only a person could tell what became of it."""
    unknown = False
    for _ in range(30):
        try:
            if not unknown or adapter.look_up == "repeat":
                booked = adapter.book(wanted)
            else:
                found = adapter.find(wanted.reference)
                if found is None:
                    # once unknown it is never ordered again; it may be there yet, a person decides
                    return False
                booked = found
            if dice.random() < 0.2:
                _cancel(adapter, wanted, booked.partner_reference)
            return True
        except Rejected as refusal:
            result.faults[refusal.reason] += 1
            if not unknown:
                continue  # a clear no: nothing was done
        except PartnerError as failure:
            result.faults[type(failure).__name__] += 1
            unknown = unknown or failure.undecided
            if unknown and adapter.look_up == "callback":
                return _heard(company, adapter, wanted)
    return False


def _cancel(adapter: CourierPartner, wanted: Order, partner_reference: str) -> None:
    for _ in range(10):
        try:
            adapter.cancel(wanted.reference, partner_reference, reason="rute berubah")
            return
        except PartnerError:
            continue


def _heard(company: Company, adapter: CourierPartner, wanted: Order) -> bool:
    """The partner's callback names its own id; the order behind it says whose it is."""
    found = company.book.find(wanted.reference)
    if found is None:
        return False
    for _ in range(10):
        try:
            return adapter.track("", found.id).booking.order_reference == wanted.reference
        except PartnerError:
            continue
    return False


def main(arguments: Sequence[str] | None = None) -> list[Result]:
    from benchmarks.partner_sides import sides

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args(arguments)
    results = []
    for number, (name, start) in enumerate(sides().items()):
        began = time.perf_counter()
        with start(Clock()) as (company, adapter):
            done = run(name, company, adapter, given.calls // len(sides()) + 1, given.seed + number)
        results.append(done)
        took = time.perf_counter() - began
        print(  # noqa: T201
            json.dumps(
                {
                    "partner": done.partner,
                    "calls": done.calls,
                    "references": done.references,
                    "orders": done.orders,
                    "most_live_per_reference": done.most_live,
                    "for_a_person": done.unsettled,
                    "seconds": round(took, 1),
                }
            )
        )
    print(json.dumps({"calls": sum(r.calls for r in results), "most_live": max(r.most_live for r in results)}))  # noqa: T201
    return results


if __name__ == "__main__":
    main()
