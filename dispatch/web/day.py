"""What a dispatcher does to routes on their day: take a stop off, add an urgent batch, a courier who cannot go on."""

from urllib.parse import quote

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import day_routes
from dispatch.store.models import Batch, Courier, Plan, Route
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, sentence_given
from dispatch.words import _
from partners.phones import mobile


@web.post("/routes/<route_id>/take-off")
@acts(back="web.route")
def take_off_stop(session: Session, route_id: str) -> Done:
    """Take a stop off a route that has not left."""
    route = day_routes.take_off(
        session,
        runtime().files,
        current_office(),
        request.form.get("stop_id", "")[:16],
        why=sentence_given("why", _("alasan")),
        by=current_actor(),
    )
    if route.state == "cancelled":
        return Done(url_for("web.routes"), _("Itu tujuan terakhir; rute %(n)s dibatalkan.", n=route.number))
    return Done(url_for("web.route", route_id=route_id), _("Tujuan dikeluarkan, batch-nya dapat direncanakan lagi."))


@web.post("/routes/<route_id>/add")
@acts(back="web.route")
def add_to_route(session: Session, route_id: str) -> Done:
    """Add a sealed batch to a route that has not left, where it costs least."""
    batch_id = request.form.get("batch_id", "")[:16]
    stop = day_routes.add_batch(session, runtime().files, current_office(), route_id, batch_id, by=current_actor())
    return Done(url_for("web.route", route_id=route_id), _("Batch ditambahkan sebagai tujuan %(n)s.", n=stop.position))


@web.post("/routes/<route_id>/breakdown")
@acts(back="web.route")
def report_breakdown(session: Session, route_id: str) -> Done:
    """The courier cannot go on; nothing changes hands yet."""
    day_routes.report_breakdown(
        session, current_office(), route_id, why=sentence_given("why", _("sebab")), by=current_actor()
    )
    return Done(
        url_for("web.route", route_id=route_id), _("Dicatat. Terima kembali isi tas di kantor, lalu rencanakan lagi.")
    )


@web.post("/routes/<route_id>/plan-again")
@acts(back="web.route")
def plan_route_again(session: Session, route_id: str) -> Done:
    """Seal what came back and ask for a new plan."""
    plan = day_routes.plan_again(session, current_office(), route_id, by=current_actor())
    return Done(url_for("web.plan", plan_id=plan.id))


def addable(session: Session, route: Route, plan: Plan) -> list[Batch]:
    """The sealed batches at the route's depot, urgent ones first."""
    if route.state != "planned" or plan.state != "approved":
        return []
    found = session.scalars(
        select(Batch)
        .where(Batch.office == route.office, Batch.depot_id == route.depot_id, Batch.state == "sealed")
        .order_by(Batch.released_by != "urgent", Batch.code)
        .limit(100)
    )
    return list(found)


def messages_for(courier: Courier, route: Route) -> list[tuple[str, str]]:
    """(what it says, the address that opens WhatsApp with it); empty when the courier has no mobile number."""
    try:
        number = mobile(courier.phone)
    except ValueError:
        return []
    texts = (
        _("Rute %(n)s berubah. Buka lagi tautan rute Anda.", n=route.number),
        _("Sudah sampai mana di rute %(n)s? Mohon kabari kantor.", n=route.number),
        _("Mohon telepon kantor sekarang tentang rute %(n)s.", n=route.number),
    )
    return [(text, f"https://wa.me/{number}?text={quote(text, safe='')}") for text in texts]
