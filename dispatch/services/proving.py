"""What the office's policy wants of a hand-over at a stop, as the rider's page asks for it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from dispatch.services import policies
from dispatch.services.receivers import RECEIVERS
from dispatch.store.models import Batch

PROOFS = ("photo", "signature", "code", "scan")


def wanted(session: Session, batches: Sequence[Batch], on: date) -> dict[str, str]:
    """ "required", "optional" or "off" for each kind of proof; the strictest of the stop's batches."""
    if not batches:
        return dict.fromkeys(PROOFS, "off")
    return dict(policies.for_batches(session, batches, on).proofs)


def receivers(session: Session, batches: Sequence[Batch], on: date) -> tuple[str, ...]:
    """Who is offered at a home as the one who received: all whom the policy allows, and the truth where it was none."""
    allowed = [words for _, words in policies.receivers_of(policies.for_batches(session, batches, on))]
    return tuple(dict.fromkeys([*allowed, RECEIVERS["other"].words]))


def cards_due(session: Session, batches: Sequence[Batch], on: date) -> int:
    """How many old cards the rider takes in exchange there."""
    if not batches or not policies.for_batches(session, batches, on).swap_old_card:
        return 0
    return policies.cards_due(session, batches, on)
