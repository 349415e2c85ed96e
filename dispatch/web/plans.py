"""Plans: asked for, watched while routes are searched, looked at beside their map, approved, discarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import calendar, commitments, loading, plan_view, planning
from dispatch.services.assignment import POST_COUNTER
from dispatch.services.offices import rules_on
from dispatch.services.plan_shapes import LeftOut, PlanView, ProgressPoint, StopView, Totals
from dispatch.services.planning_days import MOST_DAYS
from dispatch.services.planning_time import LARGEST_S, SECONDS_BY_BATCHES, refuse_seconds, seconds_for
from dispatch.settings import MOST_PLAN_SECONDS
from dispatch.store.db import now
from dispatch.store.models import Batch, Courier, Depot, Link, Plan, Route, Shipment
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, part, sentence_given, shows
from dispatch.words import _

NOON = 12  # from then on a new plan is for the next working day
CURVE_WIDTH, CURVE_HEIGHT = 600, 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How the best cost fell while routes were searched: an SVG path, the area under it, and the gain in words."""

    line: str
    area: str
    best: int
    gain: float
    seconds: int
    seconds_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A stop that is looked at: the number of its route, and of how many stops it is one."""

    id: str
    route: int
    of: int
    seen: StopView


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Whether a route's courier has a link, and opened it."""

    sent_at: datetime | None = None
    opened_at: datetime | None = None


@web.get("/plans")
@shows
def plans(session: Session) -> Response:
    """All plans, the newest first."""
    found = plan_view.latest_plans(session, current_office())
    return page(session, "plans.html", place="plans", plans=plan_view.summaries(session, found))


@web.get("/plans/new")
@shows
def new_plan(session: Session) -> Response:
    """The form to ask for routes."""
    office = current_office()
    day = next_service_day(session, office)
    sealed = session.scalars(select(Batch).where(Batch.office == office, Batch.state == "sealed")).all()
    return page(
        session,
        "new_plan.html",
        place="plans",
        day=day,
        couriers=session.scalars(
            select(Courier).where(Courier.office == office, Courier.is_active).order_by(Courier.name, Courier.id)
        ).all(),
        depots=session.scalars(
            select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name, Depot.id)
        ).all(),
        busy=planning.busy_couriers(session, office, day),
        batches=len(sealed),
        documents=sum(batch.documents for batch in sealed),
        seconds=runtime().settings.plan_seconds or seconds_for(len(sealed)),
        most_seconds=MOST_PLAN_SECONDS,
        steps=() if runtime().settings.plan_seconds else SECONDS_BY_BATCHES,
        largest=LARGEST_S,
        most_days=MOST_DAYS,
    )


@web.post("/plans")
@acts(back="web.new_plan")
def request_plan(session: Session) -> Done:
    """Reserve the sealed batches and ask for routes."""
    plan = planning.request_plan(
        session,
        current_office(),
        service_date=_day_given(),
        seconds=_seconds_given(),
        courier_ids=_couriers_given(session, current_office(), request.form.getlist("depot")),
        depot_ids=request.form.getlist("depot"),
        with_post=request.form.get("with_post") == "1",
        look_ahead=_look_ahead_given(),
        by=current_actor(),
    )
    return Done(url_for("web.plan", plan_id=plan.id))


@web.get("/plans/<plan_id>")
@shows
def plan(session: Session, plan_id: str) -> Response:
    """A plan: its search, or its routes with the map beside them."""
    found = planning.plan_of(session, current_office(), plan_id)
    seen = plan_view.view(session, found)
    return page(
        session,
        "plan.html",
        place="plans",
        plan=seen,
        curve=curve_of(seen.progress, seen.seconds_allowed, seen.seconds_left),
        shares=shares_of(seen.totals),
        rules=rules_on(session, found.office, found.service_date),
        bags=_bags(session, seen),
        links=_links(session, found),
        at_office=_at_office(session, found),
        budget_lacks=commitments.shortage(session, found) if found.state == "solved" else "",
        stop=chosen_stop(seen, request.args.get("stop", "")),
        chosen_batch=chosen_batch(seen, request.args.get("batch", "")),
        others=_others(session, found),
        broken={one.stop_id for one in seen.violations},
        **riders_of(session, seen),
    )


@web.get("/plans/<plan_id>/live")
@shows
def plan_live(session: Session, plan_id: str) -> Response:
    """The part of the page that moves while routes are searched."""
    found = planning.plan_of(session, current_office(), plan_id)
    seen = plan_view.view(session, found)
    curve = curve_of(seen.progress, seen.seconds_allowed, seen.seconds_left)
    answer = Response(part("plan_live.html", plan=seen, curve=curve))
    if found.state != "requested":
        answer.headers["X-Finished"] = "1"
    return answer


@web.post("/plans/<plan_id>/stop")
@acts(back="web.plan")
def stop_plan(session: Session, plan_id: str) -> Done:
    """Take the best routes found so far."""
    planning.stop_early(session, planning.plan_of(session, current_office(), plan_id))
    return Done(url_for("web.plan", plan_id=plan_id), _("Pencarian dihentikan, hasil terbaik dipakai."))


@web.post("/plans/<plan_id>/approve")
@acts(back="web.plan")
def approve_plan(session: Session, plan_id: str) -> Done:
    """Fix the plan that was looked at; nothing changes hands yet."""
    planning.approve(session, _as_seen(session, plan_id), by=current_actor())
    return Done(url_for("web.plan", plan_id=plan_id), _("Rencana disetujui. Bagikan tautan kurir dan cetak manifes."))


@web.post("/plans/<plan_id>/discard")
@acts(back="web.plan")
def discard_plan(session: Session, plan_id: str) -> Done:
    """Give every batch back."""
    planning.discard(session, _as_seen(session, plan_id), by=current_actor())
    return Done(url_for("web.plans"), _("Rencana dibuang, batch-nya dapat direncanakan lagi."))


@web.post("/plans/<plan_id>/again")
@acts(back="web.plan")
def plan_again(session: Session, plan_id: str) -> Done:
    """Search once more: a failed plan as it is, a solved one anew with all batches that are sealed by now."""
    found = _as_seen(session, plan_id)
    by = current_actor()
    if found.state == "failed":
        planning.retry(session, found, by=by)
        return Done(url_for("web.plan", plan_id=plan_id))
    planning.discard(session, found, by=by)
    again = planning.request_plan(
        session,
        found.office,
        service_date=found.service_date,
        seconds=found.seconds_allowed,
        depot_ids=found.depot_ids,
        courier_ids=found.courier_ids,
        with_post=found.with_post,
        look_ahead=found.look_ahead,
        by=by,
    )
    again.replaces_id = found.id
    return Done(url_for("web.plan", plan_id=again.id))


@web.post("/plans/<plan_id>/counter")
@acts(back="web.plan")
def hand_to_counter(session: Session, plan_id: str) -> Done:
    """The post counter's clerk counted the plan's shipments and took them over."""
    found = planning.plan_of(session, current_office(), plan_id)
    waiting = _at_office(session, found)
    clerk = sentence_given("clerk", _("nama petugas loket"))
    taken = loading.hand_to_counter(session, found.office, waiting, clerk=clerk, by=current_actor())
    return Done(url_for("web.plan", plan_id=plan_id), _("%(n)s batch diserahkan ke loket Pos.", n=len(taken)))


def next_service_day(session: Session, office: str) -> date:
    """Today while the morning lasts and the office works, else the next working day."""
    office_calendar = calendar.calendar_of(session, office)
    day = calendar.today(session, office_calendar)
    local = now(session).astimezone(office_calendar.zone)
    if office_calendar.is_working_day(day) and local.hour < NOON:
        return day
    return office_calendar.add_working_days(day, 1)


def curve_of(points: Sequence[ProgressPoint], seconds_allowed: int, seconds_left: int | None) -> Curve | None:
    """The search's progress as a picture; None before the first answer."""
    if not points:
        return None
    first, best = points[0].cost, points[-1].cost
    span = max(seconds_allowed, points[-1].seconds, 1)
    height = max(first - best, 1)
    places = [
        (CURVE_WIDTH * point.seconds / span, 10 + (CURVE_HEIGHT - 30) * (first - point.cost) / height)
        for point in points
    ]
    steps = [f"M{places[0][0]:.1f} {places[0][1]:.1f}"]
    steps += [f"H{x:.1f} V{y:.1f}" for x, y in places[1:]]
    line = " ".join(steps)
    return Curve(
        line=line,
        area=f"{line} V{CURVE_HEIGHT} H{places[0][0]:.1f} Z",
        best=best,
        gain=(first - best) / first if first else 0,
        seconds=round(points[-1].seconds),
        seconds_left=seconds_left or 0,
    )


def shares_of(totals: Totals) -> list[tuple[str, str, float, float]]:
    """(class, word, start, width) in hundredths of the cost, for the bar of what a plan costs."""
    parts = (("ojek", _("Ojek"), totals.ojek), ("post", _("Pos"), totals.post), ("wait", _("Menunggu"), totals.waiting))
    whole = sum(value or 0 for _, _, value in parts)
    shares, start = [], 0.0
    for kind, word, value in parts:
        width = 100 * (value or 0) / whole if whole else 0.0
        shares.append((kind, word, round(start, 2), round(width, 2)))
        start += width
    return shares


def _as_seen(session: Session, plan_id: str) -> Plan:
    """The plan, if it is still the one the page showed."""
    found = planning.plan_of(session, current_office(), plan_id)
    if request.form.get("version") != str(found.version):
        raise Conflict(f"plan {plan_id} was changed meanwhile")
    return found


def _day_given() -> date:
    try:
        return date.fromisoformat(request.form.get("service_date", ""))
    except ValueError:
        raise Invalid(fields=[FieldError("service_date", _("pilih tanggal layanan"))]) from None


def _seconds_given() -> int | None:
    """None: the office left it to the size of the plan."""
    text = request.form.get("seconds", "").strip()
    if not text:
        return runtime().settings.plan_seconds or None
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    refuse_seconds(seconds)
    return seconds


def _look_ahead_given() -> int:
    """How many coming working days are weighed; what is no number is refused like one too large."""
    text = request.form.get("look_ahead", "0").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else MOST_DAYS + 1


def _couriers_given(session: Session, office: str, depots: Sequence[str]) -> list[str]:
    """Those ticked; where depots were chosen, those of them who start there."""
    chosen = request.form.getlist("courier")
    if depots:
        elsewhere = select(Courier.id).where(Courier.office == office, Courier.depot_id.not_in(depots))
        away = set(session.scalars(elsewhere.where(Courier.id.in_(chosen))))
        chosen = [one for one in chosen if one not in away]
    if not chosen:
        raise Invalid(fields=[FieldError("courier", _("pilih paling sedikit satu kurir"))])
    return chosen


def chosen_stop(seen: PlanView, stop_id: str) -> Chosen | None:
    """The stop that is looked at, if it is one of the plan's."""
    for route in seen.routes:
        for stop in route.stops:
            if stop.id == stop_id:
                return Chosen(id=stop.id, route=route.number, of=len(route.stops), seen=stop)
    return None


def chosen_batch(seen: PlanView, batch_id: str) -> LeftOut | None:
    """The left-out batch that is looked at."""
    left = (*seen.unassigned, *seen.post, *seen.waiting)
    return next((one for one in left if one.batch_id == batch_id), None)


def riders_of(session: Session, seen: PlanView) -> dict[str, Any]:
    """Who rides in the plan: those without a route, and for each route everybody else."""
    rows = session.scalars(select(Courier).where(Courier.id.in_(seen.courier_ids)).order_by(Courier.name, Courier.id))
    riders = list(rows)
    busy = {route.courier_id for route in seen.routes}
    return {
        "idle": [rider for rider in riders if rider.id not in busy],
        "idle_or_other": lambda route: [rider for rider in riders if rider.id != route.courier_id],
    }


def _others(session: Session, plan: Plan) -> Sequence[Plan]:
    """The newest other answered plans of the same day, to compare with."""
    return session.scalars(
        select(Plan)
        .where(Plan.office == plan.office, Plan.service_date == plan.service_date, Plan.id != plan.id)
        .where(Plan.cost.is_not(None))
        .order_by(Plan.requested_at.desc(), Plan.id)
        .limit(2)
    ).all()


def _bags(session: Session, seen: PlanView) -> dict[str, int | None]:
    """Courier → the size of a bag that differs from the office's rule."""
    ids = [route.courier_id for route in seen.routes]
    rows = session.execute(select(Courier.id, Courier.bag_documents).where(Courier.id.in_(ids)))
    return dict(rows.all())


def _links(session: Session, plan: Plan) -> dict[str, Shared]:
    """Route → the state of its newest living link."""
    rows = session.execute(
        select(Link.route_id, Link.created_at, Link.bound_at)
        .join(Route, (Route.office == Link.office) & (Route.id == Link.route_id))
        .where(Link.office == plan.office, Route.plan_id == plan.id, Link.revoked_at.is_(None))
        .order_by(Link.created_at)
    )
    return {route_id: Shared(sent_at=sent, opened_at=opened) for route_id, sent, opened in rows if route_id}


def _at_office(session: Session, plan: Plan) -> Sequence[str]:
    """The plan's shipments for the post counter that nobody has taken over yet."""
    return session.scalars(
        select(Shipment.id).where(
            Shipment.office == plan.office,
            Shipment.plan_id == plan.id,
            Shipment.state == "planned",
            Shipment.partner == POST_COUNTER,
        )
    ).all()
