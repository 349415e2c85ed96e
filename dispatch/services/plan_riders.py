"""One more courier for a plan that is solved already: somebody free on that day who starts at the same place."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.services.planning import busy_couriers
from dispatch.store.models import Courier, Plan
from routing.model import Vehicle


def free_rider(session: Session, plan: Plan, like: Sequence[Vehicle]) -> Vehicle:
    """A vehicle like the first of these for a courier that the plan does not know yet. Invalid when nobody is free."""
    model = like[0]
    taken = {*plan.courier_ids, *(one.id for one in like), *busy_couriers(session, plan.office, plan.service_date)}
    free = session.scalars(
        select(Courier)
        .where(Courier.office == plan.office, Courier.is_active, Courier.depot_id == model.start)
        .where(Courier.kind == model.kind, Courier.id.not_in(taken))
        .order_by(Courier.name, Courier.id)
    ).first()
    if free is None:
        raise Invalid(fields=[FieldError("courier_id", "tidak ada kurir lain yang bebas pada hari itu")])
    capacity = model.capacity if free.bag_documents is None else free.bag_documents
    return replace(model, id=free.id, capacity=capacity)
