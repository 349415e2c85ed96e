"""Homes as stops: where a house is taken to be, and what lies between two houses of one village.

A house whose position nobody measured stands at its village's point. Several such houses would then lie on one spot and
visiting all of them would cost nothing; so between any two stops of one village of which one has no position of its
own, the office's own leg within a village (`Rules.home_leg_metres`, `home_leg_s`) is the least that is ridden.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.desks import HOME
from dispatch.store.models import Batch, BatchItem, Document, Recipient
from routing.model import Matrix, Point


@dataclass(frozen=True, slots=True)
class Leg:
    """What is ridden at least between two stops of one village: metres and seconds."""

    metres: int
    seconds: int


OUTSIDE = "luar:"
"""Begins the place of a batch for another regency, which is never in the problem."""


def place_key(batch: Batch) -> str:
    """What batches of one stop share: the desk's code, or the household."""
    return f"{batch.village_code}/{batch.household[:16]}" if batch.destination == HOME else batch.village_code


def measured(session: Session, office: str, batch_ids: Sequence[str]) -> dict[str, Point]:
    """By place, where the house of a home batch stands; only houses that somebody measured."""
    rows = session.execute(
        select(Batch, Recipient.lat, Recipient.lon)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .join(Document, Document.id == BatchItem.document_id)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(Batch.office == office, Batch.id.in_(batch_ids), Batch.destination == HOME)
        .order_by(Batch.code.desc(), BatchItem.line_no.desc())
    )
    return {
        place_key(batch): Point(lat=lat, lon=lon) for batch, lat, lon in rows if lat is not None and lon is not None
    }


def with_village_legs(ways: Matrix, villages: Sequence[str], estimated: Sequence[bool], leg: Leg) -> Matrix:
    """The ways, no shorter than the leg between two different points of one village one of which is estimated.

    `villages` and `estimated` by point of the matrix; an empty village is that of no other point (a depot).
    """
    codes = np.array(villages)
    here = np.array(estimated, dtype=bool)
    together = (codes[:, None] == codes[None, :]) & (codes[:, None] != "") & (here[:, None] | here[None, :])
    np.fill_diagonal(together, False)
    if not together.any():
        return ways
    metres, seconds = np.asarray(ways.metres), np.asarray(ways.seconds)
    return Matrix(
        metres=np.where(together, np.maximum(metres, leg.metres), metres).astype(metres.dtype),
        seconds=np.where(together, np.maximum(seconds, leg.seconds), seconds).astype(seconds.dtype),
        source=ways.source,
    )


def only(ways: Matrix, kept: Sequence[int]) -> Matrix:
    """The ways between these points of the matrix, in this order."""
    at = np.ix_(list(kept), list(kept))
    return Matrix(metres=np.asarray(ways.metres)[at], seconds=np.asarray(ways.seconds)[at], source=ways.source)
