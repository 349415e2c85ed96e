"""Whether documents arrived when they were first brought, by the trail of their attempts."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from dispatch.services.reports.period import Period
from dispatch.store.models import Attempt, Document, Event, Route, Shipment, Stop

_DECIDED = ("succeeded", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTries:
    """So many documents of one village whose first attempt, by one carrier, ended this way in the period."""

    village_code: str
    courier_id: str
    """Empty when a partner carried them."""
    partner: str
    arrived: bool
    documents: int


def first_tries(session: Session, office: str, period: Period) -> Sequence[FirstTries]:
    """Each document whose first attempt was decided in the period, counted once."""
    event, attempt, earlier_event, earlier = aliased(Event), aliased(Attempt), aliased(Event), aliased(Attempt)
    # a decided attempt never moves again, so its newest event is its decision: found by its version, without a search
    decided_before = (
        select(earlier_event.seq)
        .where(earlier_event.subject_kind == "attempt", earlier_event.subject_id == earlier.id)
        .where(earlier_event.version == earlier.version, earlier_event.seq < event.seq)
        .correlate(earlier, event)
        .exists()
    )
    was_tried_before = (
        select(earlier.id)
        .where(earlier.document_id == attempt.document_id, earlier.id != attempt.id)
        .where(earlier.state.in_(_DECIDED), decided_before)
        .correlate(attempt, event)
        .exists()
    )
    # outer joins although every row is there: SQLite then begins with the events of the period, as it should
    asked = (
        select(Document.village_code, Route.courier_id, Shipment.partner, event.to_state, func.count())
        .select_from(event)
        .outerjoin(attempt, attempt.id == event.subject_id)
        .outerjoin(Document, Document.id == attempt.document_id)
        .outerjoin(Stop, Stop.id == attempt.stop_id)
        .outerjoin(Route, Route.id == Stop.route_id)
        .outerjoin(Shipment, Shipment.id == attempt.shipment_id)
        .where(event.office == office, event.subject_kind == "attempt", event.to_state.in_(_DECIDED))
        .where(event.at >= period.start, event.at < period.end, ~was_tried_before)
        .group_by(Document.village_code, Route.courier_id, Shipment.partner, event.to_state)
    )
    return [
        FirstTries(
            village_code=village,
            courier_id=courier or "",
            partner=partner or "",
            arrived=state == "succeeded",
            documents=number,
        )
        for village, courier, partner, state, number in session.execute(asked)
    ]
