"""A partner that confirms faster than anybody can deliver is frozen until a person has looked.

Compared are its confirmations of the last minute with the deliveries that were ordered from it within the last hour;
a handful is always allowed, because a partner may catch up after a pause.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.cases import open_case
from dispatch.services.partner_accounts import freeze
from dispatch.store.db import now
from dispatch.store.models import Assignment, PartnerAccount, Proof, Stop

ALWAYS = 20
"""Confirmations within a minute that raise no alarm whatever was ordered."""


def alarm_if_too_fast(session: Session, office: str, partner: str, *, always: int = ALWAYS) -> bool:
    """Freeze the partner when it confirmed more in a minute than was ordered in an hour."""
    at = now(session)
    confirmed = session.scalar(
        select(func.count())
        .select_from(Proof)
        .where(Proof.office == office, Proof.source == f"partner:{partner}", Proof.kind == "delivered")
        .where(Proof.received_at > at - timedelta(minutes=1))
    )
    if not confirmed or confirmed <= always:
        return False
    lately = (
        Assignment.office == office,
        Assignment.partner == partner,
        Assignment.created_at > at - timedelta(hours=1),
    )
    parcels = session.scalar(
        select(func.count()).select_from(Assignment).where(*lately, Assignment.shipment_id.is_not(None))
    )
    stops = session.scalar(
        select(func.count()).select_from(Stop).join(Assignment, Assignment.route_id == Stop.route_id).where(*lately)
    )
    if confirmed <= (parcels or 0) + (stops or 0):
        return False
    freeze(session, office, partner)
    account = session.scalars(
        select(PartnerAccount).where(PartnerAccount.office == office, PartnerAccount.partner == partner)
    ).one()
    detail = (
        f"Mitra {partner} menyatakan {confirmed} penyerahan dalam satu menit, lebih banyak daripada yang dipesan dalam "
        "satu jam. Kabarnya dibekukan; periksa, lalu cairkan di halaman Mitra."
    )
    open_case(session, office, "partner_frozen", subject_kind="partner_account", subject_id=account.id, detail=detail)
    return True
