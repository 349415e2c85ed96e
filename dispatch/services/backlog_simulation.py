"""A backlog burnt down day by day, many times over with seeded chance. Pure: numbers in, numbers out.

All runs go through the days together as arrays (run by village). A day prints what quota, printers and blanks allow,
spread over the villages as they wait or village by village; couriers take the villages whose cards fill a batch or have
waited long enough, the oldest first, as far as stops, bags and money reach; the post may take what is left. Chance:
cards spoiled in the printer, couriers that drop out, documents that come back and go again, invited people who do not
come.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
UNLIMITED = 10**9
BANDS = (10, 50, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDay:
    """A day on which the office works. `desks`: village offices receive, too; `blanks`: those that come that day."""

    day: date
    desks: bool
    blanks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """What goes wrong how often, as observed (or assumed). Shares of one."""

    spoiled: float
    courier_out: float
    comes_back: float
    no_show: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a burn-down depends on. Whole documents, metres, rupiah; `UNLIMITED` where nothing binds."""

    backlog: tuple[int, ...]
    """Recorded and not printed, by village."""
    ready: tuple[int, ...]
    """Printed and not delivered, by village."""
    metres: tuple[int, ...]
    days: tuple[WorkingDay, ...]
    quota: int
    printers: int
    """What all printers together make in a day."""
    blanks: int
    invited: int = 0
    """People invited every day, whose cards join the backlog."""
    couriers: int
    stops: int
    """What one courier visits in a day."""
    bag: int
    fill: int
    release: int
    budget: int = UNLIMITED
    base_fare: int
    per_km: int
    leg_metres: int
    with_post: bool
    post_near: int
    post_far: int
    post_near_metres: int
    post_per_document: int
    by_village: bool = False
    """Print village by village instead of in the order of recording."""
    chances: Chances


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnDown:
    """What came out. Day numbers count working days from 1; None: not within the days given."""

    left: Ints
    """Band × day: documents not delivered, at the end of each day."""
    unprinted: Ints
    """Median by day."""
    printed_on: tuple[int | None, ...]
    """Band: the day on which the last card of the backlog is printed."""
    done_on: tuple[int | None, ...]
    villages: tuple[tuple[int | None, int | None], ...]
    """By village: the day it is done in half and in nine of ten of the runs."""
    ojek: int
    post: int
    """Mean rupiah."""
    by_courier: int
    by_post: int
    """Mean documents."""


@dataclass(slots=True)
class _State:
    """All runs at one moment; arrays of run × village unless said."""

    unprinted: Ints
    ready: Ints
    age: Ints
    blanks: Ints  # by run
    spent: Ints  # by run
    ojek: Ints
    post: Ints
    by_courier: Ints
    by_post: Ints
    done_day: Ints
    printed_day: Ints
    left: list[Ints] = field(default_factory=list)
    waiting: list[Ints] = field(default_factory=list)


def burn_down(situation: Situation, *, runs: int = 100, seed: int = 1) -> BurnDown:
    """Live through the days `runs` times; the same seed meets the same chances."""
    chance = np.random.default_rng(seed)
    villages = len(situation.backlog)
    state = _State(
        unprinted=np.tile(np.array(situation.backlog, dtype=np.int64), (runs, 1)),
        ready=np.tile(np.array(situation.ready, dtype=np.int64), (runs, 1)),
        age=np.zeros((runs, villages), dtype=np.int64),
        blanks=np.full(runs, situation.blanks, dtype=np.int64),
        spent=np.zeros(runs, dtype=np.int64),
        ojek=np.zeros(runs, dtype=np.int64),
        post=np.zeros(runs, dtype=np.int64),
        by_courier=np.zeros(runs, dtype=np.int64),
        by_post=np.zeros(runs, dtype=np.int64),
        done_day=np.zeros((runs, villages), dtype=np.int64),
        printed_day=np.zeros(runs, dtype=np.int64),
    )
    fare = _fares(situation)
    weights = _weights(situation)
    for number, day in enumerate(situation.days, start=1):
        state.blanks += day.blanks
        if situation.invited:
            came = chance.binomial(situation.invited, 1 - situation.chances.no_show, runs)
            state.unprinted += chance.multinomial(came, weights)
        _print(state, situation, chance)
        if day.desks:
            _deliver(state, situation, fare, chance)
        _note(state, number)
        if not situation.invited and not (state.unprinted.any() or state.ready.any()):
            break
    return _told(state, len(situation.days))


def what_ifs(
    situation: Situation, changes: Mapping[str, Situation], *, runs: int, seed: int, told: Callable[[int], None]
) -> Mapping[str, BurnDown]:
    """The same chances in other circumstances; `told` hears how many are done."""
    found = {}
    for number, (name, changed) in enumerate(changes.items(), start=1):
        found[name] = burn_down(changed, runs=runs, seed=seed)
        told(number)
    return found


def relaxed(situation: Situation) -> Mapping[str, Situation]:
    """Each constraint lifted by itself, to find the one that binds."""
    return {
        "quota": replace(situation, quota=UNLIMITED),
        "printers": replace(situation, printers=UNLIMITED),
        "blanks": replace(situation, blanks=UNLIMITED),
        "couriers": replace(situation, couriers=len(situation.backlog)),
        "budget": replace(situation, budget=UNLIMITED),
    }


def _print(state: _State, s: Situation, chance: np.random.Generator) -> None:
    wanted = state.unprinted.sum(axis=1)
    tried = np.minimum(np.minimum(wanted, state.blanks), min(s.quota, s.printers))
    good = tried - chance.binomial(tried, s.chances.spoiled)
    state.blanks -= tried
    before = np.cumsum(state.unprinted, axis=1)
    if s.by_village:
        share = np.clip(good[:, None] - (before - state.unprinted), 0, state.unprinted)
    else:
        # every village its share of the day, to the card: differences of the rounded running share
        upto = before * good[:, None] // np.maximum(wanted, 1)[:, None]
        share = np.diff(upto, axis=1, prepend=0)
    state.unprinted -= share
    state.ready += share


def _deliver(state: _State, s: Situation, fare: Ints, chance: np.random.Generator) -> None:
    runs = np.arange(len(state.spent))[:, None]
    due = (state.ready > 0) & ((state.ready >= s.fill) | (state.age >= s.release))
    # the oldest first, the fuller of two; who is not due comes last
    order = np.argsort(-(due * (state.age * UNLIMITED + state.ready)), axis=1, kind="stable")
    riders = chance.binomial(s.couriers, 1 - s.chances.courier_out, len(state.spent))
    loads = np.where(due, state.ready, 0)[runs, order]
    prices = np.where(due, fare, 0)[runs, order]
    is_due = due[runs, order]
    fits = is_due & (np.cumsum(is_due, axis=1) <= (riders * s.stops)[:, None])
    loads = np.where(fits, loads, 0)
    # a village that fills the last bag gets the rest on another day
    loads = np.clip((riders * s.bag)[:, None] - (np.cumsum(loads, axis=1) - loads), 0, loads)
    fits &= (loads > 0) & (state.spent[:, None] + np.cumsum(np.where(loads > 0, prices, 0), axis=1) <= s.budget)
    sent = np.zeros_like(state.ready)
    sent[runs, order] = np.where(fits, loads, 0)
    paid = np.where(sent > 0, fare, 0).sum(axis=1)
    state.ojek += paid
    state.spent += paid
    _arrive(state, s, sent, state.by_courier, chance)
    if s.with_post:
        _by_post(state, s, due & (sent == 0) & (state.age >= s.release), chance)
    state.age = np.where(state.ready > 0, state.age + 1, 0)


def _by_post(state: _State, s: Situation, late: NDArray[np.bool_], chance: np.random.Generator) -> None:
    """What no courier can take any more when its time is up."""
    near = np.array(s.metres) <= s.post_near_metres
    price = np.where(near, s.post_near, s.post_far) + s.post_per_document * state.ready
    price = np.where(late, price, 0)
    late = late & (state.spent[:, None] + np.cumsum(price, axis=1) <= s.budget)
    paid = np.where(late, price, 0).sum(axis=1)
    state.post += paid
    state.spent += paid
    _arrive(state, s, np.where(late, state.ready, 0), state.by_post, chance)


def _arrive(state: _State, s: Situation, sent: Ints, counted: Ints, chance: np.random.Generator) -> None:
    back = chance.binomial(sent, s.chances.comes_back)
    counted += (sent - back).sum(axis=1)
    state.ready -= sent - back
    state.age = np.where(sent > 0, 0, state.age)


def _note(state: _State, number: int) -> None:
    left = state.unprinted + state.ready
    unprinted = state.unprinted.sum(axis=1)
    state.done_day = np.where(left > 0, 0, np.where(state.done_day, state.done_day, number))
    state.printed_day = np.where(unprinted > 0, 0, np.where(state.printed_day, state.printed_day, number))
    state.left.append(left.sum(axis=1))
    state.waiting.append(unprinted)


def _told(state: _State, days: int) -> BurnDown:
    left = np.stack(state.left)
    done = np.where(state.done_day > 0, state.done_day, days + 1)
    printed = np.where(state.printed_day > 0, state.printed_day, days + 1)

    def day(values: Ints, band: int) -> int | None:
        found = int(np.percentile(values, band, method="higher"))
        return found if found <= days else None

    return BurnDown(
        left=np.percentile(left, BANDS, axis=1, method="nearest").astype(np.int64),
        unprinted=np.percentile(np.stack(state.waiting), 50, axis=1, method="nearest").astype(np.int64),
        printed_on=tuple(day(printed, band) for band in BANDS),
        done_on=tuple(day(done.max(axis=1), band) for band in BANDS),
        villages=tuple((day(column, 50), day(column, 90)) for column in done.T),
        ojek=int(state.ojek.mean()),
        post=int(state.post.mean()),
        by_courier=int(state.by_courier.mean()),
        by_post=int(state.by_post.mean()),
    )


def _fares(s: Situation) -> Ints:
    """What visiting a village costs: its share of the way out and back on a full route and of the base, and one leg."""
    metres = 2 * np.array(s.metres, dtype=np.int64) // max(1, s.stops) + s.leg_metres
    return np.asarray(s.base_fare // max(1, s.stops) + metres * s.per_km // 1000, dtype=np.int64)


def _weights(s: Situation) -> NDArray[np.float64]:
    """Where new cards come from: as the backlog does, or from all villages alike."""
    total = sum(s.backlog)
    return np.array(s.backlog if total else [1] * len(s.backlog), dtype=np.float64) / (total or len(s.backlog))


def day_names(days: Sequence[WorkingDay], numbers: Sequence[int | None]) -> list[date | None]:
    """Day numbers as dates."""
    return [None if number is None else days[number - 1].day for number in numbers]
