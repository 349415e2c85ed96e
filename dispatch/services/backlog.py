"""Backlog plans: from what the office has and observed to a dated burn-down, what binds, and what would change it.

A plan is a question kept with its answer. The job reads the office into a `Situation` (one transaction), simulates it
outside any, and writes the answer. Every what-if is simulated with the same chances, never guessed.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.runtime import Runtime
from dispatch.said import say
from dispatch.services import blanks, printing
from dispatch.services.backlog_simulation import (
    UNLIMITED,
    BurnDown,
    Chances,
    Situation,
    WorkingDay,
    burn_down,
    day_names,
    relaxed,
    what_ifs,
)
from dispatch.services.calendar import Calendar, calendar_of, today
from dispatch.services.desks import KECAMATAN
from dispatch.services.hours import hours_of
from dispatch.services.offices import rules_on, tariff_on
from dispatch.services.quotas import quota_on
from dispatch.services.roads import estimate_of
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import (
    Appointment,
    Attempt,
    BacklogPlan,
    Courier,
    Depot,
    Document,
    PrintLine,
    Proof,
    Rules,
    Village,
)
from dispatch.store.models.common import Json
from dispatch.store.work import Claim
from routing.model import Point

HORIZON = 260
"""Working days: a year."""
RUNS = 100
LOOK_BACK = timedelta(days=90)
ENOUGH = 50
"""So many observations make a share of our own; with fewer the shipped one is used, and the answer says so."""
SHIPPED = Chances(spoiled=0.005, courier_out=0.03, comes_back=0.05, no_show=0.15)
_MOST = 1_000_000

CONSTRAINTS: Mapping[str, str] = {
    "quota": say("Kuota cetak per hari"),
    "printers": say("Jumlah pencetak"),
    "blanks": say("Blangko"),
    "couriers": say("Jumlah kurir"),
    "budget": say("Anggaran"),
    "none": say("Tidak ada; waktunya habis untuk mengisi batch"),
}
CHANGES: Mapping[str, str] = {
    "one_printer": say("Satu pencetak lagi"),
    "one_courier": say("Satu kurir lagi"),
    "weekends": say("Buka Sabtu dan Minggu"),
    "quota_100": say("100 cetak lebih per hari"),
    "by_village": say("Cetak desa demi desa"),
    "blanks_now": say("Blangko tidak pernah habis"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks. None: as the office has it now (the backlog: its own unprinted cards)."""

    name: str = ""
    backlog: int | None = None
    start: date | None = None
    quota: int | None = None
    couriers: int | None = None
    blanks: int | None = None
    """None: the stock there is; together with `arrivals` what the plan counts on."""
    arrivals: tuple[tuple[date, int], ...] = ()
    budget: int | None = None
    invited: int = 0
    with_post: bool = True
    weekends: bool = False
    unlimited_blanks: bool = False
    by_village: bool = False
    nightly: bool = False
    """Computed again each night for the day that begins (`backlog_nightly`); an office has one such plan."""
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a plan's simulation needs, read once."""

    situation: Situation
    weekends: Situation
    villages: tuple[tuple[str, str, str], ...]
    """Code, name, kecamatan."""
    observed: Mapping[str, str]
    """Chance → "observed" or "assumed"."""
    printer_step: int
    seed: int


def request(session: Session, office: str, wish: Wish, *, by: Actor) -> BacklogPlan:
    """Ask for a plan; a worker computes it."""
    this_day = today(session, calendar_of(session, office))
    wrong = [
        FieldError(field, f"isi angka dari 0 sampai {_MOST}")
        for field in ("backlog", "quota", "couriers", "blanks", "invited")
        if not 0 <= (getattr(wish, field) or 0) <= _MOST
    ]
    if wish.start is not None and not this_day <= wish.start <= this_day + timedelta(days=730):
        wrong.append(FieldError("start", "mulai paling cepat hari ini, paling lama dua tahun lagi"))
    if wish.budget is not None and wish.budget < 0:
        wrong.append(FieldError("budget", "anggaran tidak boleh kurang dari nol"))
    if wish.nightly and (wish.backlog is not None or wish.start is not None):
        wrong.append(FieldError("nightly", "hitung ulang tiap malam hanya untuk antrean kantor sendiri mulai hari ini"))
    if wrong:
        raise Invalid(fields=wrong)
    row = BacklogPlan(
        id=new_id(),
        office=office,
        name=wish.name[:80],
        question=_plain(wish),
        requested_by=str(by),
        requested_at=now(session),
        status="waiting",
    )
    session.add(row)
    session.flush()
    work.want(session, "backlog", row.id, office=office)
    return row


def plan_of(session: Session, office: str, plan_id: str) -> BacklogPlan:
    """One backlog plan."""
    row = session.scalar(select(BacklogPlan).where(BacklogPlan.office == office, BacklogPlan.id == plan_id))
    if row is None:
        raise NotFound(f"there is no backlog plan {plan_id}")
    return row


def plans(session: Session, office: str) -> Sequence[BacklogPlan]:
    """The newest plans."""
    return session.scalars(
        select(BacklogPlan).where(BacklogPlan.office == office).order_by(BacklogPlan.requested_at.desc()).limit(20)
    ).all()


def handle(runtime: Runtime, claim: Claim) -> None:
    """The job "backlog"."""
    work.run(claim, load=load, act=simulate, save=save, give_up=_give_up)


def load(session: Session, plan_id: str) -> Loaded | None:
    """Read the office into numbers; None when the plan is answered already."""
    row = session.scalar(select(BacklogPlan).where(BacklogPlan.id == plan_id))
    if row is None or row.status in ("done", "failed"):
        return None
    return situation_of(session, row.office, wish_of(row.question))


def simulate(loaded: Loaded, claim: Claim) -> Json:
    """The burn-down, each constraint lifted, and each change; progress is written as it goes."""
    base = burn_down(loaded.situation, runs=RUNS, seed=loaded.seed)
    lifted = relaxed(loaded.situation)
    changed = changes_of(loaded)
    steps = len(lifted) + len(changed)

    def told(done: int) -> None:
        with claim.transaction() as session:
            row = session.scalars(select(BacklogPlan).where(BacklogPlan.id == claim.ref)).one()
            row.status, row.progress_pct = "working", min(99, 100 * done // steps)

    without = what_ifs(loaded.situation, lifted, runs=RUNS // 2, seed=loaded.seed, told=told)
    others = what_ifs(
        loaded.situation, changed, runs=RUNS // 2, seed=loaded.seed, told=lambda done: told(len(lifted) + done)
    )
    same = burn_down(loaded.situation, runs=RUNS // 2, seed=loaded.seed)
    return _answer(loaded, base, same, without, others)


def save(session: Session, plan_id: str, _loaded: Loaded, answer: Json) -> None:
    """Write the answer."""
    row = session.scalars(select(BacklogPlan).where(BacklogPlan.id == plan_id)).one()
    row.answer, row.status, row.progress_pct, row.done_at = answer, "done", 100, now(session)


def _give_up(session: Session, plan_id: str, error: str) -> None:
    row = session.scalars(select(BacklogPlan).where(BacklogPlan.id == plan_id)).one()
    row.status, row.problem = "failed", f"Rencana belum berhasil dihitung. (Sebab: {error})"[:300]


def changes_of(loaded: Loaded) -> Mapping[str, Situation]:
    """The what-ifs: one thing more of each, computed."""
    s = loaded.situation
    return {
        "one_printer": replace(s, printers=min(UNLIMITED, s.printers + loaded.printer_step)),
        "one_courier": replace(s, couriers=s.couriers + 1),
        "weekends": loaded.weekends,
        "quota_100": replace(s, quota=min(UNLIMITED, s.quota + 100)),
        "by_village": replace(s, by_village=True),
        "blanks_now": replace(s, blanks=UNLIMITED),
    }


def situation_of(session: Session, office: str, wish: Wish) -> Loaded:
    """The office as numbers, with what the wish says otherwise."""
    calendar = calendar_of(session, office)
    this_day = today(session, calendar)
    start = wish.start or this_day
    rules, tariff = rules_on(session, office, start), tariff_on(session, office, start)
    depots = session.scalars(select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name)).all()
    villages = session.scalars(
        select(Village).where(Village.office == office, Village.kind != KECAMATAN).order_by(Village.code)
    ).all()
    counts = _counts(session, office)
    waiting = [counts[printing.WAITING, v.code] + counts[printing.PRINTING, v.code] for v in villages]
    printers = printing.printers_of(session, office)
    first = start if calendar.is_working_day(start) else calendar.add_working_days(start, 1)
    hours = hours_of(session, office, first)
    made = [printing.cards_on(printers, calendar, hours, depot.id, first) for depot in depots]
    working = [one for one in made if one is not None]
    active = [printer for printer in printers if printer.is_active]
    metres = _metres(session, rules, depots[0], villages)
    couriers = session.scalar(select(func.count()).where(Courier.office == office, Courier.is_active)) or 0
    chances, observed = observed_chances(session, office, this_day, calendar)
    arrivals = list(wish.arrivals) or [(row.expected_on, row.pieces) for row in blanks.announced(session, office)]
    stock = sum(blanks.stock(session, office).values()) if wish.blanks is None else wish.blanks
    no_books = not stock and not arrivals and wish.blanks is None
    situation = Situation(
        backlog=tuple(waiting if wish.backlog is None else spread(wish.backlog, waiting)),
        ready=tuple(
            counts["ready", v.code] + counts["batched", v.code] if wish.backlog is None else 0 for v in villages
        ),
        metres=tuple(metres),
        days=tuple(_days(calendar, first, arrivals, weekends=wish.weekends)),
        quota=quota_on(session, office, first).prints_per_day if wish.quota is None else wish.quota,
        printers=sum(working) if working and len(working) == len(made) else UNLIMITED,
        blanks=UNLIMITED if wish.unlimited_blanks or no_books else stock,
        invited=wish.invited,
        couriers=couriers if wish.couriers is None else wish.couriers,
        stops=stops_a_day(rules, metres),
        bag=rules.bag_documents,
        fill=rules.release_documents,
        release=rules.release_working_days,
        budget=UNLIMITED if wish.budget is None else wish.budget,
        base_fare=tariff.base_fare,
        per_km=tariff.per_km,
        leg_metres=_leg(metres),
        with_post=wish.with_post,
        post_near=tariff.post_near,
        post_far=tariff.post_far,
        post_near_metres=tariff.post_near_metres,
        post_per_document=tariff.post_per_document,
        by_village=wish.by_village,
        chances=chances,
    )
    step = sum(working) // len(active) if working and active else 0
    return Loaded(
        situation=situation,
        weekends=replace(situation, days=tuple(_days(calendar, first, arrivals, weekends=True))),
        villages=tuple((v.code, v.name, v.district) for v in villages),
        observed=observed,
        printer_step=step,
        seed=wish.seed,
    )


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """A total over the villages, as the cards that wait now (or evenly), to the last card."""
    weights = weights if any(weights) else [1] * len(weights)
    running, before, shares = 0, 0, []
    for weight in weights:
        running += weight
        upto = total * running // sum(weights)
        shares.append(upto - before)
        before = upto
    return shares


def observed_chances(
    session: Session, office: str, this_day: date, calendar: Calendar
) -> tuple[Chances, Mapping[str, str]]:
    """Shares of the last ninety days; where too little was seen, the shipped ones."""
    since = datetime.combine(this_day - LOOK_BACK, datetime.min.time(), calendar.zone)
    attempts = session.execute(
        select(Attempt.state, func.count())
        .join(Proof, Proof.id == Attempt.proof_id)
        .where(Attempt.office == office, Proof.received_at >= since)
        .group_by(Attempt.state)
    )
    tried: Counter[str] = Counter(dict(attempts.all()))
    lines = session.execute(
        select(PrintLine.outcome, func.count()).where(PrintLine.office == office).group_by(PrintLine.outcome)
    )
    printed: Counter[str] = Counter(dict(lines.all()))
    numbers = select(func.count()).where(
        Appointment.office == office,
        Appointment.channel == "invited",
        Appointment.day.between(this_day - LOOK_BACK, this_day - timedelta(days=1)),
    )
    all_numbers = session.scalar(numbers) or 0
    missed = session.scalar(numbers.where(Appointment.came_at.is_(None))) or 0
    found = {
        "comes_back": (tried["failed"], tried["failed"] + tried["succeeded"]),
        "spoiled": (printed["spoiled"], printed["spoiled"] + printed["printed"]),
        "no_show": (missed, all_numbers),
    }
    shares = {name: part / whole for name, (part, whole) in found.items() if whole >= ENOUGH}
    chances = replace(SHIPPED, **shares)
    return chances, {name: "observed" if name in shares else "assumed" for name in asdict(SHIPPED)}


def stops_a_day(rules: Rules, metres: Sequence[int]) -> int:
    """What one courier visits in a shift: the way out and back, then a leg and a stop for each village."""
    a_second = rules.speed_kmh / 3.6
    left = rules.shift_end_s - rules.shift_start_s - 2 * (sum(metres) / len(metres)) / a_second
    each = rules.stop_s + rules.per_document_s * rules.release_documents + _leg(metres) / a_second
    return max(1, min(rules.max_stops, int(left / each)))


def wish_of(question: Json) -> Wish:
    """The question as it was kept."""
    given = dict(question)
    given["start"] = date.fromisoformat(given["start"]) if given["start"] else None
    given["arrivals"] = tuple((date.fromisoformat(day), int(pieces)) for day, pieces in given["arrivals"])
    return Wish(**given)


def _plain(wish: Wish) -> Json:
    return {
        **asdict(wish),
        "start": wish.start.isoformat() if wish.start else None,
        "arrivals": [[day.isoformat(), pieces] for day, pieces in wish.arrivals],
    }


def _counts(session: Session, office: str) -> Counter[tuple[str, str]]:
    rows = session.execute(
        select(Document.state, Document.village_code, func.count())
        .where(Document.office == office, Document.state.in_((*printing.UNPRINTED, "ready", "batched")))
        .group_by(Document.state, Document.village_code)
    )
    return Counter({(state, village): count for state, village, count in rows})


def _metres(session: Session, rules: Rules, depot: Depot, villages: Sequence[Village]) -> list[int]:
    """By road from the print point, by the office's own estimate (areas and the Brantas)."""
    points = [Point(lat=depot.lat, lon=depot.lon), *(Point(lat=v.lat, lon=v.lon) for v in villages)]
    return [int(m) for m in np.asarray(estimate_of(session, rules).matrix(points, "motorbike").metres)[0, 1:]]


def _leg(metres: Sequence[int]) -> int:
    """Between two villages of one route: so many villages on the disc that the office serves lie so far apart."""
    return int(math.sqrt(math.pi * float(np.median(metres)) ** 2 / max(1, len(metres))))


def _days(
    calendar: Calendar, first: date, arrivals: Sequence[tuple[date, int]], *, weekends: bool
) -> Iterator[WorkingDay]:
    coming = sorted(arrivals)
    day, found = first, 0
    while found < HORIZON:
        if calendar.is_working_day(day) or (weekends and day.weekday() > 4):
            pieces = 0
            while coming and coming[0][0] <= day:
                pieces += coming.pop(0)[1]
            found += 1
            yield WorkingDay(day=day, desks=calendar.desks_receive(day), blanks=pieces)
        day += timedelta(days=1)


def _answer(
    loaded: Loaded,
    base: BurnDown,
    same: BurnDown,
    without: Mapping[str, BurnDown],
    others: Mapping[str, BurnDown],
) -> Json:
    s = loaded.situation
    days = s.days

    def named(numbers: Sequence[int | None], on: Sequence[WorkingDay] = days) -> list[str | None]:
        return [None if day is None else day.isoformat() for day in day_names(on, numbers)]

    def late(found: BurnDown, on: Sequence[WorkingDay] = days) -> date:
        (day,) = day_names(on, found.done_on[1:2])
        return day or days[-1].day + timedelta(days=1)

    gained = {name: (late(same) - late(found)).days for name, found in without.items()}
    binding = max(gained, key=lambda name: gained[name])
    if gained[binding] < 1:
        binding = "none"
    other_days = {"weekends": loaded.weekends.days}
    return {
        "documents": sum(s.backlog) + sum(s.ready),
        "days": [
            {
                "day": days[n].day.isoformat(),
                "left": [int(band) for band in base.left[:, n]],
                "unprinted": int(base.unprinted[n]),
            }
            for n in range(base.left.shape[1])
        ],
        "printed_on": named(base.printed_on),
        "printed_working_days": list(base.printed_on),
        "done_on": named(base.done_on),
        "done_working_days": list(base.done_on),
        "villages": [
            {
                "code": code,
                "name": name,
                "district": district,
                "documents": s.backlog[n] + s.ready[n],
                "metres": s.metres[n],
                "half": named(base.villages[n])[0],
                "nine_of_ten": named(base.villages[n])[1],
            }
            for n, (code, name, district) in enumerate(loaded.villages)
        ],
        "cost": {
            "ojek": base.ojek,
            "post": base.post,
            "by_courier": base.by_courier,
            "by_post": base.by_post,
        },
        "binding": binding,
        "lifted_days": gained,
        "what_ifs": [
            {
                "change": name,
                "done_on": named(found.done_on, other_days.get(name, days))[1],
                "days_sooner": (late(same) - late(found, other_days.get(name, days))).days,
                "cost": found.ojek + found.post - same.ojek - same.post,
            }
            for name, found in others.items()
        ],
        "assumed": {
            "chances": asdict(s.chances),
            "from": dict(loaded.observed),
            "quota": s.quota,
            "printers": None if s.printers >= UNLIMITED else s.printers,
            "printer_step": loaded.printer_step,
            "blanks": None if s.blanks >= UNLIMITED else s.blanks,
            "couriers": s.couriers,
            "stops": s.stops,
            "budget": None if s.budget >= UNLIMITED else s.budget,
            "runs": RUNS,
        },
    }
