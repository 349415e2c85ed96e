"""The list that goes with the batches to the post counter."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services.assignment import LIVE, POST_COUNTER
from dispatch.services.booking import destination_place
from dispatch.services.links import zone_of
from dispatch.store.models import Assignment, Batch, Office, Plan, Shipment, Village
from partners.post_counter import CounterShipment, PostCounter


def manifest(session: Session, office: str, plan_id: str) -> bytes:
    """One CSV for the clerk, one row per shipment of the plan that goes over the counter."""
    if session.scalar(select(Plan.id).where(Plan.office == office, Plan.id == plan_id)) is None:
        raise NotFound(f"there is no plan {plan_id}")
    regency = session.scalars(select(Office.name).where(Office.code == office)).one()
    rows = session.execute(
        select(Batch, Village, Assignment.reference)
        .join(Shipment, Shipment.batch_id == Batch.id)
        .join(Assignment, Assignment.shipment_id == Shipment.id)
        .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .where(Shipment.office == office, Shipment.plan_id == plan_id, Shipment.state != "cancelled")
        .where(Assignment.partner == POST_COUNTER, Assignment.state.in_((*LIVE, "finished")))
        .order_by(Village.district, Village.name, Batch.code)
    ).all()
    return PostCounter(zone_of(session, office)).manifest(
        [
            CounterShipment(
                reference=reference,
                batch_code=batch.code,
                recipient=destination_place(session, batch, village, regency),
                documents=batch.documents,
            )
            for batch, village, reference in rows
        ]
    )
