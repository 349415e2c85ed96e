"""Which proofs a hand-over needs at a stop, and which of them a confirmation lacks."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from sqlalchemy.orm import Session

from dispatch.services import policies
from dispatch.services.delivery import Report
from dispatch.services.receivers import RECEIVERS
from dispatch.store.models import Batch

PROOFS = ("photo", "signature", "code", "scan")
WORDS = MappingProxyType(
    {"photo": "foto", "signature": "tanda tangan", "code": "kode penerima", "scan": "pindai label batch"}
)


def wanted(session: Session, batches: Sequence[Batch], on: date) -> dict[str, str]:
    """ "required", "optional" or "off" for each kind of proof; the strictest of the stop's batches."""
    if not batches:
        return dict.fromkeys(PROOFS, "off")
    return dict(policies.for_batches(session, batches, on).proofs)


def receivers(session: Session, batches: Sequence[Batch], on: date) -> tuple[str, ...]:
    """Who is offered at a home as the one who received: all whom the policy allows, and the truth where it was none."""
    allowed = [words for _, words in policies.receivers_of(policies.for_batches(session, batches, on))]
    return tuple(dict.fromkeys([*allowed, RECEIVERS["other"].words]))


def lacking(wanted: Mapping[str, str], report: Report) -> list[str]:
    """The required proofs that a hand-over came without."""
    has = {
        "photo": bool(report.photo_sha),
        "signature": bool(report.signature_sha),
        "code": report.code_checked,
        "scan": report.scanned,
    }
    return [kind for kind in PROOFS if wanted.get(kind) == "required" and not has[kind]]
