"""The routes of a day as they are driven: what is done, when something was last confirmed, and who is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import assignment, day_routes, links, returns
from dispatch.services.day_live import Live, live_routes
from dispatch.services.offices import rules_on
from dispatch.services.partner_setups import carrier_name
from dispatch.services.reasons import REASONS
from dispatch.store.db import now
from dispatch.store.models import (
    Batch,
    Courier,
    Link,
    Office,
    Plan,
    Proof,
    Route,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.states import is_final
from dispatch.web.blueprint import web
from dispatch.web.day import addable, messages_for
from dispatch.web.page import Done, acts, local_day, page, part, sentence_given, shows
from dispatch.web.partner_orders import open_partners, ordered
from dispatch.words import _
from partners.ojek_link import RouteOffer, offer_route

_SHOWN_STATES = ("approved", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRow:
    """A route and how far it is. `courier`: who carries it, a partner by its name; `late_s`: how much later than
    planned the next stop is reached, 0 when on time; `back_s`: when the courier will be back."""

    id: str
    plan_id: str
    number: int
    courier: str
    state: str
    stops: int
    visited: int
    documents: int
    metres: int
    leaves_s: int
    returns_s: int
    fare: int
    last_at: datetime | None
    late_s: int
    back_s: int
    next_village: str
    next_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """A stop, what is handed over there, and what came back."""

    stop: Stop
    village: Village
    batches: Sequence[Batch]
    proof: Proof | None
    reason: str


@web.get("/routes")
@shows
def routes(session: Session) -> Response:
    """The routes of one day, by default today's or the next that were approved."""
    office = current_office()
    zone, day = _zone_and_day(session, office)
    return page(
        session,
        "routes.html",
        place="routes",
        day=day,
        routes=routes_on(session, office, day, zone=zone),
        days=_days(session, office),
    )


@web.get("/routes/live")
@shows
def routes_live(session: Session) -> Response:
    """The table of the routes, again."""
    zone, day = _zone_and_day(session, current_office())
    found = routes_on(session, current_office(), day, zone=zone)
    return Response(part("routes_live.html", routes=found, zone=zone.key))


@web.get("/routes/<route_id>")
@shows
def route(session: Session, route_id: str) -> Response:
    """One route, stop by stop."""
    found = _route(session, route_id)
    plan = session.get_one(Plan, found.plan_id)
    carrier = assignment.carrier_of(session, found)
    return page(
        session,
        "route.html",
        place="routes",
        route=found,
        plan=plan,
        courier=session.get_one(Courier, found.courier_id),
        partner=_(carrier_name(carrier.id)) if carrier.kind == "partner" else "",
        order=ordered(session, found),
        choices=open_partners(session, found),
        rules=rules_on(session, found.office, plan.service_date),
        stops=_stops(session, found),
        link=_live_link(session, found),
        carried=len(day_routes.documents_in_bag(session, found)),
        came_back=len(day_routes.came_back(session, found)),
        live=_lives(session, [found]).get(found.id, Live()),
        addable=[] if carrier.kind == "partner" else addable(session, found, plan),
        messages=[] if carrier.kind == "partner" else messages_for(session.get_one(Courier, found.courier_id), found),
        can_share=plan.state == "approved" and not is_final("route", found.state),
    )


@web.post("/routes/<route_id>/link")
@acts(back="web.route")
def share_route(session: Session, route_id: str) -> Response:
    """A new link for the courier, shown this once; an older one is dead from now on."""
    found = _route(session, route_id)
    token = links.issue_courier_link(session, found, by=current_actor())
    plan = session.get_one(Plan, found.plan_id)
    courier = session.get_one(Courier, found.courier_id)
    offer = RouteOffer(
        courier_name=courier.name,
        office_name=session.get_one(Office, found.office).name,
        service_date=plan.service_date,
        stops=session.scalar(select(func.count()).where(Stop.office == found.office, Stop.route_id == found.id)) or 1,
        documents=found.documents,
        link=f"{runtime().settings.public_url}/c/{token}",
    )
    return page(session, "share.html", place="routes", route=found, plan=plan, courier=courier, offer=offer,
                whatsapp=whatsapp(courier, offer))  # fmt: skip


@web.post("/routes/<route_id>/revoke")
@acts(back="web.route")
def revoke_route_link(session: Session, route_id: str) -> Done:
    """The courier's link opens nothing any more."""
    found = _route(session, route_id)
    ended = links.revoke_courier_link(session, found, by=current_actor())
    return Done(
        url_for("web.route", route_id=route_id), _("Tautan dicabut.") if ended else _("Tidak ada tautan yang hidup.")
    )


@web.post("/routes/<route_id>/return")
@acts(back="web.route")
def count_in_route(session: Session, route_id: str) -> Done:
    """Count in what the courier brought back; without codes everything the courier still has."""
    codes = request.form.get("codes", "").upper().replace(",", " ").split()
    counted = returns.count_in_route(session, current_office(), route_id, codes or None, by=current_actor())
    said = _("%(n)s dokumen diterima kembali", n=len(counted.ready) + len(counted.held))
    said += _(", %(n)s ditahan untuk diputuskan", n=len(counted.held)) if counted.held else ""
    said += _(", %(n)s masih dibawa kurir", n=len(counted.still_out)) if counted.still_out else ""
    return Done(url_for("web.route", route_id=route_id), f"{said}.")


@web.post("/routes/<route_id>/cancel")
@acts(back="web.route")
def cancel_route(session: Session, route_id: str) -> Done:
    """Take a route back before it leaves; its batches can be planned again."""
    found = assignment.cancel_route(
        session, current_office(), route_id, by=current_actor(), why=sentence_given("why", "alasan")
    )
    return Done(
        url_for("web.routes"), _("Rute %(number)s dibatalkan, batch-nya dapat direncanakan lagi.", number=found.number)
    )


def routes_on(session: Session, office: str, day: date, *, zone: ZoneInfo) -> list[RouteRow]:
    """The routes of the approved plans of a day with their progress, by number."""
    found = session.execute(
        select(Route, Courier.name)
        .join(Plan, (Plan.office == Route.office) & (Plan.id == Route.plan_id))
        .join(Courier, (Courier.office == Route.office) & (Courier.id == Route.courier_id))
        .where(Route.office == office, Plan.service_date == day, Plan.state.in_(_SHOWN_STATES))
        .where(Route.state != "cancelled")
        .order_by(Plan.requested_at, Route.number)
    ).all()
    stops: dict[str, list[tuple[Stop, str]]] = {}
    for stop, village in session.execute(
        select(Stop, Village.name)
        .join(Village, (Village.office == Stop.office) & (Village.code == Stop.village_code))
        .where(Stop.office == office, Stop.route_id.in_([row[0].id for row in found]))
        .order_by(Stop.position)
    ):
        stops.setdefault(stop.route_id, []).append((stop, village))
    local = now(session).astimezone(zone)
    lives = _lives(session, [row[0] for row in found]) if local.date() == day else {}
    carriers = assignment.carriers_of(session, [row[0] for row in found])
    names = {
        route.id: _(carrier_name(carriers[route.id].id)) if carriers[route.id].kind == "partner" else courier
        for route, courier in found
    }
    return [_row(route, names[route.id], stops.get(route.id, []), lives.get(route.id, Live())) for route, _c in found]


def _lives(session: Session, routes: Sequence[Route]) -> dict[str, Live]:
    """How the routes stand that are driven now."""
    lives: dict[str, Live] = {}
    driven = [route for route in routes if route.state == "under_way"]
    for plan_id in sorted({route.plan_id for route in driven}):
        of_plan = [route for route in driven if route.plan_id == plan_id]
        lives |= live_routes(session, runtime().files, session.get_one(Plan, plan_id), of_plan)
    return lives


def _row(route: Route, courier: str, stops: Sequence[tuple[Stop, str]], live: Live) -> RouteRow:
    left = [(stop, village) for stop, village in stops if not is_final("stop", stop.state)]
    confirmed = [at for stop, _ in stops for at in (stop.arrived_at, stop.done_at) if at is not None]
    return RouteRow(
        id=route.id,
        plan_id=route.plan_id,
        number=route.number,
        courier=courier,
        state=route.state,
        stops=len(stops),
        visited=len(stops) - len(left),
        documents=route.documents,
        metres=route.metres,
        leaves_s=route.leaves_s,
        returns_s=route.returns_s,
        fare=route.fare,
        last_at=max(confirmed, default=None),
        late_s=live.late_s,
        back_s=live.back_s or route.returns_s,
        next_village=left[0][1] if left else "",
        next_s=live.arrivals.get(left[0][0].id) if left else None,
    )


def _zone_and_day(session: Session, office: str) -> tuple[ZoneInfo, date]:
    row = session.scalars(select(Office).where(Office.code == office)).one()
    today = local_day(session, row)
    try:
        return ZoneInfo(row.timezone), date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        coming = session.scalar(
            select(func.min(Plan.service_date)).where(
                Plan.office == office, Plan.state == "approved", Plan.service_date >= today
            )
        )
        return ZoneInfo(row.timezone), coming or today


def _days(session: Session, office: str) -> Sequence[date]:
    return session.scalars(
        select(Plan.service_date)
        .where(Plan.office == office, Plan.state.in_(_SHOWN_STATES))
        .distinct()
        .order_by(Plan.service_date.desc())
        .limit(7)
    ).all()


def _route(session: Session, route_id: str) -> Route:
    return assignment.route_of(session, current_office(), route_id)


def _stops(session: Session, route: Route) -> list[StopRow]:
    rows = session.execute(
        select(Stop, Village)
        .join(Village, (Village.office == Stop.office) & (Village.code == Stop.village_code))
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Stop.position)
    ).all()
    batches: dict[str, list[Batch]] = {}
    for stop_id, batch in session.execute(
        select(StopBatch.stop_id, Batch)
        .join(Batch, (Batch.office == StopBatch.office) & (Batch.id == StopBatch.batch_id))
        .where(StopBatch.office == route.office, StopBatch.stop_id.in_([row[0].id for row in rows]))
        .order_by(Batch.code)
    ):
        batches.setdefault(stop_id, []).append(batch)
    proofs = {
        proof.stop_id: proof
        for proof in session.scalars(
            select(Proof)
            .where(Proof.office == route.office, Proof.stop_id.in_([row[0].id for row in rows]))
            .where(Proof.kind != "arrived", Proof.is_conflict.is_(False))
            .order_by(Proof.received_at)
        )
    }
    return [
        StopRow(
            stop=stop,
            village=village,
            batches=batches.get(stop.id, []),
            proof=(proof := proofs.get(stop.id)),
            reason=REASONS[proof.reason].words if proof and proof.reason in REASONS else "",
        )
        for stop, village in rows
    ]


def _live_link(session: Session, route: Route) -> Link | None:
    return session.scalars(
        select(Link)
        .where(Link.office == route.office, Link.route_id == route.id, Link.revoked_at.is_(None))
        .order_by(Link.created_at.desc())
    ).first()


def whatsapp(courier: Courier, offer: RouteOffer) -> str:
    """The address that opens WhatsApp with the text; empty when the courier's number is no mobile number."""
    try:
        return offer_route(courier.phone, offer).whatsapp_url
    except ValueError:
        return ""
