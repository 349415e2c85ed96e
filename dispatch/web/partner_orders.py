"""Ordering a courier company for a route or a batch that has not left, and how such an order stands."""

from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.services import booking
from dispatch.services.assignment import latest_assignment, live_assignment, shipment_of
from dispatch.services.partner_accounts import PARTNERS
from dispatch.services.partner_setups import SETUPS, carrier_name
from dispatch.store.models import Assignment, Batch, PartnerAccount, Plan, Route, Shipment, Stop
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts
from dispatch.words import _, say

STANDS = {
    "intent": say("sedang dipesan"),
    "sending": say("sedang dipesan"),
    "unknown": say("belum pasti diterima"),
    "accepted": say("diterima mitra"),
    "finished": say("selesai"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order at a company: its name, how it stands, and whether the office wants it called off."""

    name: str
    stands: str
    is_called_off: bool


def open_partners(session: Session, row: Route | Shipment | None) -> list[tuple[str, str]]:
    """The companies (code, name) that may be ordered for what has not left and is not ordered yet."""
    if row is None or row.state != "planned" or ordered(session, row) is not None:
        return []
    plan = session.scalar(select(Plan.state).where(Plan.office == row.office, Plan.id == row.plan_id))
    if plan != "approved":
        return []
    stops = 1
    if isinstance(row, Route):
        mine = (Stop.office == row.office, Stop.route_id == row.id)
        stops = session.scalar(select(func.count()).select_from(Stop).where(*mine)) or 1
    accounts = session.scalars(
        select(PartnerAccount.partner)
        .where(PartnerAccount.office == row.office, PartnerAccount.is_active, PartnerAccount.frozen_at.is_(None))
        .order_by(PartnerAccount.partner)
    )
    return [(code, _(carrier_name(code))) for code in accounts if stops <= SETUPS[code].most_drops]


def ordered(session: Session, row: Route | Shipment) -> Ordered | None:
    """The order at a company that counts, if there is one."""
    offer = live_assignment(session, row)
    if offer is None and isinstance(row, Shipment):
        offer = latest_assignment(session, row)
    if offer is None or offer.partner not in PARTNERS or offer.state not in STANDS:
        return None
    return Ordered(
        name=_(carrier_name(offer.partner)), stands=_(STANDS[offer.state]), is_called_off=bool(offer.call_off_why)
    )


def shipment_of_batch(session: Session, batch: Batch) -> Shipment | None:
    """The parcel a batch leaves as, or left as."""
    return session.scalars(
        select(Shipment)
        .where(Shipment.office == batch.office, Shipment.batch_id == batch.id, Shipment.state != "cancelled")
        .order_by(Shipment.id.desc())
    ).first()


@web.post("/routes/<route_id>/booking")
@acts(back="web.route")
def order_route(session: Session, route_id: str) -> Done:
    """A company that carries several stops takes the route; its rider's link dies."""
    offer = booking.book_route(session, current_office(), route_id, _chosen(), by=current_actor())
    return Done(url_for("web.route", route_id=route_id), _said(offer))


@web.post("/shipments/<shipment_id>/booking")
@acts(back="web.batches")
def order_shipment(session: Session, shipment_id: str) -> Done:
    """A company takes the batch instead of the post counter."""
    offer = booking.book_shipment(session, current_office(), shipment_id, _chosen(), by=current_actor())
    shipment = shipment_of(session, current_office(), shipment_id)
    return Done(url_for("web.batch", batch_id=shipment.batch_id), _said(offer))


def _chosen() -> str:
    return request.form.get("partner", "")[:20]


def _said(offer: Assignment) -> str:
    return _("Dipesan pada %(name)s; jawabannya muncul di sini.", name=_(carrier_name(offer.partner)))
