"""The links of all of a plan's couriers at once, shown this one time."""

from flask import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import Conflict
from dispatch.runtime import runtime
from dispatch.services import links, planning
from dispatch.store.models import Courier, Link, Office, Route, Stop
from dispatch.web.blueprint import web
from dispatch.web.page import acts, page
from dispatch.web.routes import whatsapp
from partners.ojek_link import RouteOffer


@web.post("/plans/<plan_id>/links")
@acts(back="web.plan")
def share_routes(session: Session, plan_id: str) -> Response:
    """A link for every courier of the plan who has none; links that were sent before stay as they are."""
    plan = planning.plan_of(session, current_office(), plan_id)
    linked = select(Link.route_id).where(
        Link.office == plan.office, Link.route_id.is_not(None), Link.revoked_at.is_(None)
    )
    found = session.execute(
        select(Route, Courier)
        .join(Courier, (Courier.office == Route.office) & (Courier.id == Route.courier_id))
        .where(Route.office == plan.office, Route.plan_id == plan.id, Route.state == "planned")
        .where(Route.id.not_in(linked), Route.id.not_in(links.ordered_routes(plan.office)))
        .order_by(Route.number)
    ).all()
    if plan.state != "approved" or not found:
        raise Conflict(f"no route of plan {plan.id} waits for a link")
    office = session.scalars(select(Office.name).where(Office.code == plan.office)).one()
    offers = []
    for route, courier in found:
        token = links.issue_courier_link(session, route, by=current_actor())
        offer = RouteOffer(
            courier_name=courier.name,
            office_name=office,
            service_date=plan.service_date,
            stops=_stops(session, route),
            documents=route.documents,
            link=f"{runtime().settings.public_url}/c/{token}",
        )
        offers.append((route, courier, offer, whatsapp(courier, offer)))
    return page(session, "share_all.html", place="routes", plan=plan, offers=offers)


def _stops(session: Session, route: Route) -> int:
    return session.scalar(select(func.count()).where(Stop.office == route.office, Stop.route_id == route.id)) or 1
