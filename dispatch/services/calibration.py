"""Better travel numbers for an office, out of what its couriers confirmed.

The times are the phone's own where both ends have them: a confirmation that waited for a signal would otherwise make a
way look long, and the next one short.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.services.offices import rules_on
from dispatch.services.roads import is_estimate, pace_of, pace_on, region_for
from dispatch.store.db import now
from dispatch.store.models import Plan, Proof, Route, Rules, Stop
from dispatch.store.models.common import Json
from routing.travel.areas import WHOLE, Region
from routing.travel.calibrate import LEAST_LEGS, Calibration, Leg, calibrate
from routing.travel.straight_line import geodesic_metres

SINCE_DAYS = 180  # roads and riders change: older runs say little


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What confirmed runs since a day say, beside what the rules of today hold."""

    office: str
    since: date
    rules: Rules
    calibration: Calibration


type _Proofs = Mapping[tuple[str, bool], Proof]
"""(stop, whether it is the arrival) → proof."""


def propose(session: Session, office: str, *, since: date | None = None, least_legs: int = LEAST_LEGS) -> Proposal:
    """Fit the office's areas from its confirmed legs; changes nothing."""
    today = calendar_of(session, office).local_date(now(session))
    begin = since or today - timedelta(days=SINCE_DAYS)
    legs = _legs(session, office, begin)
    rules = rules_on(session, office, today)
    return Proposal(office=office, since=begin, rules=rules, calibration=calibrate(legs, least_legs))


def apply(session: Session, proposal: Proposal) -> Rules | None:
    """Put the proposal into rules that begin tomorrow, so that no plan of today changes; None if there is none."""
    found = proposal.calibration
    # the office's pace slows estimates, too: what it takes on now must not be in the speed a second time
    longer = 1.0 if found.pace is None else found.pace.median
    areas = {
        area: {
            **({"factor_pct": round(fit.factor.median * 100)} if fit.factor else {}),
            **({"speed_kmh": round(fit.speed_kmh.median * longer)} if fit.speed_kmh else {}),
        }
        for area, fit in found.areas.items()
        if fit.factor or fit.speed_kmh
    }
    if not areas and found.pace is None:
        return None
    rules = rules_from_tomorrow(session, proposal.office)
    whole = areas.pop(WHOLE, {})
    rules.area_factor_pct = whole.get("factor_pct", rules.area_factor_pct)
    rules.speed_kmh = whole.get("speed_kmh", rules.speed_kmh)
    travel: Json = {**rules.travel}
    if areas:
        kept: Json = travel.get("areas", {})
        travel["areas"] = kept | {area: kept.get(area, {}) | told for area, told in areas.items()}
    if found.pace is not None:
        # the plans' seconds had the pace of their day in them already: what was measured comes on top
        always = pace_of(proposal.rules).always * longer
        travel["pace"] = travel.get("pace", {}) | {"always": round(always, 3)}
    rules.travel = travel
    return rules


def set_pace(session: Session, office: str, pace: Json) -> Rules:
    """Time factors of the office from tomorrow on, as `roads.pace_of` reads them; ValueError for nonsense."""
    rules = rules_from_tomorrow(session, office)
    rules.travel = {**rules.travel, "pace": rules.travel.get("pace", {}) | pace}
    pace_of(rules)
    return rules


def rules_from_tomorrow(session: Session, office: str) -> Rules:
    """The rules that begin tomorrow; today's once more under the new date where there are none yet."""
    tomorrow = calendar_of(session, office).local_date(now(session)) + timedelta(days=1)
    rules = rules_on(session, office, tomorrow)
    if rules.valid_from == tomorrow:
        return rules
    kept = {
        column.key: getattr(rules, column.key)
        for column in Rules.__table__.columns
        if column.key not in ("id", "valid_from")
    }
    new = Rules(valid_from=tomorrow, **kept)
    session.add(new)
    session.flush()
    return new


def _legs(session: Session, office: str, since: date) -> Iterator[Leg]:
    proofs = _proofs(session, office, since)
    days: dict[date, tuple[Region, float]] = {}
    rows = session.execute(
        select(Stop, Plan.travel_source, Plan.service_date)
        .join(Route, Route.id == Stop.route_id)
        .join(Plan, Plan.id == Route.plan_id)
        .where(Stop.office == office, Plan.service_date >= since)
        .order_by(Stop.route_id, Stop.position)
    ).all()
    for (before, _, _), (here, source, day) in pairwise(rows):
        seconds = _ridden(before, here, proofs) if before.route_id == here.route_id else None
        if seconds is None:
            continue
        if day not in days:
            rules = rules_on(session, office, day)
            days[day] = region_for(rules), pace_on(rules, day)
        region, pace = days[day]
        yield Leg(
            from_area=region.area_of(before.village_code),
            to_area=region.area_of(here.village_code),
            straight_m=_straight(before, here),
            planned_m=here.metres,
            planned_s=round((here.arrival_s - before.departure_s) / pace),
            seconds=seconds / pace,
            on_roads=not is_estimate(source),
        )


def _proofs(session: Session, office: str, since: date) -> _Proofs:
    """What was confirmed first of each stop: arriving, and what finished it."""
    found: dict[tuple[str, bool], Proof] = {}
    rows = session.scalars(
        select(Proof)
        .join(Stop, Stop.id == Proof.stop_id)
        .join(Route, Route.id == Stop.route_id)
        .join(Plan, Plan.id == Route.plan_id)
        .where(Proof.office == office, Plan.service_date >= since, Proof.is_conflict.is_(False))
        .order_by(Proof.received_at)
    )
    for proof in rows:
        found.setdefault((proof.stop_id or "", proof.kind == "arrived"), proof)
    return found


def _ridden(before: Stop, here: Stop, proofs: _Proofs) -> float | None:
    """Seconds from leaving one stop to arriving at the next; None where either was not confirmed."""
    finished, arrived = proofs.get((before.id, False)), proofs.get((here.id, True))
    if finished is not None and arrived is not None and finished.device_at and arrived.device_at:
        return (arrived.device_at - finished.device_at).total_seconds()
    if before.done_at is None or here.arrived_at is None:
        return None
    return (here.arrived_at - before.done_at).total_seconds()


def _straight(here: Stop, there: Stop) -> float:
    return float(geodesic_metres(np.array([[here.lat, here.lon]]), np.array([[there.lat, there.lon]]))[0, 0])
