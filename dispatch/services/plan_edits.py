"""People change a solved plan: each edit is timed, priced and refereed at once, kept, and can be taken back.

An edit names the version it was based on; who comes second gets `Stale` and sees what was changed meanwhile
(`since`), so that no edit silently undoes another. Editing moves the plan solved → solved, which is an event of the
trail and the plan's next version. Nothing here asks a road server or searches.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, Stale
from dispatch.said import say
from dispatch.services import plan_draft, plan_lines, plan_rows
from dispatch.services.plan_ask import search_rest
from dispatch.services.plan_bench import Bench, Judged, bench_of, judge
from dispatch.services.plan_draft import WAYS_OUT, Draft, Ride, from_row, to_row
from dispatch.services.plan_riders import free_rider
from dispatch.services.plan_words import Named, named
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.files import FileStore
from dispatch.store.models import Plan, PlanEdit, Route, Stop, StopBatch
from dispatch.store.states import move
from routing.margin import cheapest_place
from routing.model import Cause, Problem

type PinTo = Literal["route", "position", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A stop to another route, or elsewhere on its own; `route` 0 with a courier opens a new one for them.

    `position` counts from 1; None is the cheapest place there, or its end where it fits nowhere."""

    stop_id: str
    route: int = 0
    courier_id: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder:
    """All stops of a route in a new order."""

    route: int
    stop_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinStop:
    """What a new search must keep of a stop: its route, its position there, or nothing."""

    stop_id: str
    to: PinTo


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """A stop off its route: to the post, to wait, or the cheaper of the two."""

    stop_id: str
    way: str = plan_draft.CHEAPEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """A left-out batch, and what goes to the same place, onto a route: the cheapest place of all, or of that route."""

    batch_id: str
    route: int = 0
    courier_id: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Another courier for a route; one who has a route gets this one's in exchange."""

    route: int
    courier_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Follow the smallest change that was found for a left-out batch, in this plan only."""

    batch_id: str


type Edit = Move | Reorder | PinStop | Exclude | Include | Swap | Advice

KINDS: dict[type, str] = {
    Move: "move",
    Reorder: "reorder",
    PinStop: "pin",
    Exclude: "exclude",
    Include: "include",
    Swap: "swap",
    Advice: "advice",
}


def edit(session: Session, files: FileStore, plan: Plan, wanted: Edit, *, seen: int, by: Actor) -> PlanEdit:
    """Make one change to a solved plan that is still at the version `seen`, and keep it."""
    claim(session, plan, seen)
    bench = bench_of(plan, files)
    words = named(session, plan)
    draft, said = _made(session, plan, bench, words, wanted)
    made = keep(session, plan, bench, draft, kind=KINDS[type(wanted)], said=said, by=by)
    if isinstance(wanted, Advice) and draft.place_of(bench.stop_of(wanted.batch_id)) is None:
        search_rest(session, plan, by=by)  # it comes in only where the routes around it change, too
    return made


def undo(session: Session, files: FileStore, plan: Plan, *, seen: int, by: Actor) -> PlanEdit:
    """Take the newest edit back that still counts."""
    claim(session, plan, seen)
    newest = session.scalars(
        select(PlanEdit)
        .where(PlanEdit.office == plan.office, PlanEdit.plan_id == plan.id, PlanEdit.undone_at.is_(None))
        .order_by(PlanEdit.number.desc())
        .limit(1)
    ).first()
    if newest is None:
        raise Invalid(fields=[FieldError("plan", "tidak ada perubahan yang dapat dibatalkan")])
    bench = bench_of(plan, files)
    judged = judge(bench, from_row(newest.before))
    plan_rows.write(session, plan, bench.spots, judged, by=by, before=bench.draft)
    newest.undone_at, newest.undone_by, newest.undone_version = now(session), str(by), plan.version + 1
    move(session, plan, "solved", by=by, why="undo", evidence=newest.id)
    plan_lines.want(session, plan)
    return newest


def keep(
    session: Session,
    plan: Plan,
    bench: Bench,
    draft: Draft,
    *,
    kind: str,
    said: str,
    by: Actor,
    judged: Judged | None = None,
) -> PlanEdit:
    """Judge a new draft, let the rows follow and remember what was before."""
    judged = judge(bench, draft) if judged is None else judged
    cost_before = plan.cost or 0
    plan_rows.write(session, plan, bench.spots, judged, by=by, before=bench.draft)
    number = session.scalar(select(func.max(PlanEdit.number)).where(PlanEdit.plan_id == plan.id)) or 0
    made = PlanEdit(
        office=plan.office,
        plan_id=plan.id,
        number=number + 1,
        kind=kind,
        said=said[:300],
        version=plan.version + 1,
        at=now(session),
        by=str(by),
        before=to_row(bench.draft),
        after=to_row(draft),
        cost_before=cost_before,
        cost_after=plan.cost or 0,
    )
    session.add(made)
    session.flush()
    move(session, plan, "solved", by=by, why=kind, evidence=made.id)
    plan_lines.want(session, plan)
    return made


def history(session: Session, plan: Plan, since: int = 0) -> Sequence[PlanEdit]:
    """The plan's edits that were made or taken back after a version, in their order."""
    return session.scalars(
        select(PlanEdit)
        .where(PlanEdit.office == plan.office, PlanEdit.plan_id == plan.id)
        .where((PlanEdit.version > since) | (PlanEdit.undone_version > since))
        .order_by(PlanEdit.number)
    ).all()


def draft_at(session: Session, plan: Plan, version: int) -> Draft | None:
    """The draft as it was at a version; None when nothing is known of it."""
    if plan.draft is None:
        return None
    later = history(session, plan, since=version)
    # what happened next says what was before it
    steps = [(one.version, one.before) for one in later if one.version > version]
    steps += [(one.undone_version, one.after) for one in later if one.undone_version and one.undone_version > version]
    return from_row(min(steps, key=lambda step: step[0])[1] if steps else plan.draft)


def claim(session: Session, plan: Plan, seen: int) -> None:
    """Only one person edits at a time, and only what they have seen: Stale to whoever looked at an older version."""
    audit.begin(session, plan.office)  # taken first: of two edits one comes second, and learns of the first
    session.refresh(plan)
    if plan.version != seen:
        raise Stale(f"plan {plan.id} is at version {plan.version}, not {seen}")
    if plan.state != "solved":
        raise Conflict(f"plan {plan.id} is {plan.state}; only a solved plan can be edited")


# --- each edit: the new draft, and what was done in words


def _made(session: Session, plan: Plan, bench: Bench, words: Named, wanted: Edit) -> tuple[Draft, str]:
    match wanted:
        case Move():
            place = _place(session, plan, bench, wanted.stop_id)
            draft, ride, position = _put(bench, place, wanted.route, wanted.courier_id, wanted.position)
            return draft, f"{words.place(place)} ke rute {ride.number}, tujuan {position + 1}"
        case Reorder():
            places = [_place(session, plan, bench, stop_id) for stop_id in wanted.stop_ids]
            return plan_draft.ordered(bench.draft, wanted.route, places), f"urutan rute {wanted.route} diubah"
        case PinStop():
            place = _place(session, plan, bench, wanted.stop_id)
            said = {"route": "dikunci ke rutenya", "position": "dikunci ke urutannya", "none": "tidak dikunci lagi"}
            if wanted.to not in said:
                raise Invalid(fields=[FieldError("to", "pilih route, position atau none")])
            return plan_draft.pinned(bench.draft, place, wanted.to), f"{words.place(place)} {said[wanted.to]}"
        case Exclude():
            return _excluded(session, plan, bench, words, wanted)
        case Include():
            place = _left_out(bench, wanted.batch_id)
            draft, ride, position = _put(bench, place, wanted.route, wanted.courier_id, wanted.position)
            return draft, f"{words.place(place)} masuk rute {ride.number}, tujuan {position + 1}"
        case Swap():
            vehicle = _vehicle(bench, wanted.courier_id)
            draft = plan_draft.swapped(bench.draft, wanted.route, vehicle)
            return draft, f"rute {wanted.route} dibawa {words.rider(vehicle)}"
        case Advice():
            return _advised(session, plan, bench, words, wanted)


def _excluded(session: Session, plan: Plan, bench: Bench, words: Named, wanted: Exclude) -> tuple[Draft, str]:
    place = _place(session, plan, bench, wanted.stop_id)
    if wanted.way not in WAYS_OUT:
        raise Invalid(fields=[FieldError("way", "pilih post, wait atau cheapest")])
    spot = bench.spots[place]
    if wanted.way != plan_draft.CHEAPEST and any(item.way(wanted.way)[0] != wanted.way for item in spot.items):
        reason = (
            say("rencana ini tidak memakai Pos") if wanted.way == "post" else say("dokumennya tidak boleh menunggu")
        )
        raise Invalid(fields=[FieldError("way", reason)])
    price = spot.leave_out(wanted.way)
    becomes = "tidak terlayani" if price is None else {"post": "ke Pos", "wait": "menunggu"}[price.kind]
    return plan_draft.taken_out(bench.draft, place, wanted.way), f"{words.place(place)} keluar dari rute: {becomes}"


def _advised(session: Session, plan: Plan, bench: Bench, words: Named, wanted: Advice) -> tuple[Draft, str]:
    """The change that was found, made, and the stop brought in by it."""
    place = _left_out(bench, wanted.batch_id)
    reason = bench.draft.reasons.get(place)
    if reason is None or (reason.change is None and reason.cause is not Cause.FITS):
        raise Invalid(fields=[FieldError("batch_id", "tidak ada saran perubahan untuk batch ini")])
    draft, change = bench.draft, reason.change
    allowed = ""
    if change is not None and change.field == "vehicles":
        like = next(one for one in _problem(bench, draft).vehicles if one.id == change.vehicle_id)
        riders = [like]
        for _ in range(change.value):
            riders.append(free_rider(session, plan, riders))
        for rider in riders[1:]:
            draft = plan_draft.with_vehicle(draft, rider)
        allowed = f" dengan kurir tambahan {', '.join(words.rider(one.id) for one in riders[1:])}"
    elif change is not None and change.field != "price":  # a price is paid by bringing the stop in
        draft = plan_draft.changed(draft, place, change)
        allowed = f": {words.change(change)}"
    try:
        made, ride, position = _put(replace(bench, draft=draft), place, 0, "", None, must_fit=True)
    except Invalid:
        if draft is bench.draft:
            raise
        return draft, f"{words.place(place)}{allowed}; sisanya dihitung ulang"
    return made, f"{words.place(place)} masuk rute {ride.number}, tujuan {position + 1}{allowed}"


def _put(
    bench: Bench, place: str, number: int, courier_id: str, position: int | None, *, must_fit: bool = False
) -> tuple[Draft, Ride, int]:
    """The stop on a ride: the draft, the ride and its position there from 0."""
    draft = bench.draft
    without = plan_draft.taken_out(draft, place, plan_draft.CHEAPEST)
    there = draft.place_of(place)
    ride = None
    if number:
        ride = draft.ride(number)
    elif courier_id:
        vehicle = _vehicle(bench, courier_id)
        ride = next((one for one in draft.rides if one.vehicle_id == vehicle), None)
        ride = ride or Ride(number=plan_draft.free_number(draft), vehicle_id=vehicle, stops=())
    at = None if position is None else position - 1
    if at is None:
        asked = None if ride is None else [ride.vehicle_id]
        found = _cheapest(bench, without, place, asked)
        if found is None and (must_fit or ride is None):
            raise Invalid(fields=[FieldError("route", "tidak muat di rute mana pun; pilih rute dan lihat batasnya")])
        if found is not None:
            vehicle_id, at = found
            ride = next((one for one in draft.rides if one.vehicle_id == vehicle_id), None) or Ride(
                number=plan_draft.free_number(draft), vehicle_id=vehicle_id, stops=()
            )
    if ride is None:
        raise Invalid(fields=[FieldError("route", "pilih rute atau kurir")])
    if at is None:
        at = len([one for one in ride.stops if one != place])
    if there is not None and there[0].number == ride.number and there[1] == at:
        raise Invalid(fields=[FieldError("position", "tujuan ini sudah di sana")])
    made = plan_draft.moved(draft, place, ride, at)
    settled = made.place_of(place)
    assert settled is not None
    return made, settled[0], settled[1]


def _cheapest(bench: Bench, draft: Draft, place: str, asked: Collection[str] | None) -> tuple[str, int] | None:
    loose = replace(draft, pins=())  # a pin never stands in the way of what a person puts somewhere else
    return cheapest_place(_problem(bench, loose), loose.orders, place, asked)


def _problem(bench: Bench, draft: Draft) -> Problem:
    return plan_draft.problem_of(bench.base, draft, {})


def _vehicle(bench: Bench, courier_id: str) -> str:
    if all(one.id != courier_id for one in (*bench.base.vehicles, *bench.draft.vehicles)):
        raise Invalid(fields=[FieldError("courier_id", "kurir ini tidak ikut dalam rencana")])
    return courier_id


def _left_out(bench: Bench, batch_id: str) -> str:
    place = bench.stop_of(batch_id)
    if bench.draft.place_of(place) is not None:
        raise Invalid(fields=[FieldError("batch_id", "batch ini sudah ada di sebuah rute")])
    return place


def _place(session: Session, plan: Plan, bench: Bench, stop_id: str) -> str:
    """The stop of the problem that a row of the plan is."""
    batch_id = session.scalars(
        select(StopBatch.batch_id)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .join(Route, Route.id == Stop.route_id)
        .where(Route.office == plan.office, Route.plan_id == plan.id, Stop.id == stop_id)
        .limit(1)
    ).first()
    if batch_id is None:
        raise Invalid(fields=[FieldError("stop_id", "tujuan ini tidak ada dalam rencana")])
    return bench.stop_of(batch_id)
