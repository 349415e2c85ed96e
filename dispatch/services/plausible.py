"""Could it have been so? Distance, speed and pictures of a confirmation, looked at when it comes in.

Nothing is refused for it: positions of offices are sometimes wrong, and so are phones. What looks odd becomes one case
that a supervisor decides.
"""

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.services.cases import open_case
from dispatch.store.models import Proof, Stop
from routing.travel.straight_line import geodesic_metres

FAR_M = 3_000  # the positions we have of village offices may themselves be off by a kilometre or two
FASTEST_M_S = 33  # 120 km/h, on a motorbike with a bag of documents
SHORTEST_M = 2_000  # below this a jump of the phone's position looks like speed


def look_at(session: Session, stop: Stop, proof: Proof) -> None:
    """Open one case that says all that is odd about a new confirmation of a stop; mostly there is nothing."""
    odd = [*_far(stop, proof), *_too_fast(session, stop, proof), *_seen_before(session, proof)]
    if odd:
        detail = f"Tujuan {stop.position}: {' '.join(odd)} Tanyakan ke kurirnya."
        open_case(session, proof.office, "odd_proof", subject_kind="proof", subject_id=proof.id, detail=detail)


def _far(stop: Stop, proof: Proof) -> list[str]:
    if proof.lat is None or proof.lon is None:
        return []
    away = _metres((stop.lat, stop.lon), (proof.lat, proof.lon))
    if away <= FAR_M + min(proof.accuracy_m or 0, FAR_M):
        return []
    return [f"Dikonfirmasi {away / 1000:.0f} km dari tempatnya."]


def _too_fast(session: Session, stop: Stop, proof: Proof) -> list[str]:
    """Against the confirmation before it on the same route; both times as well as they are known."""
    if proof.lat is None or proof.lon is None or proof.tapped_at is None:
        return []
    before = session.scalars(
        select(Proof)
        .join(Stop, Stop.id == Proof.stop_id)
        .where(Proof.office == proof.office, Stop.route_id == stop.route_id, Proof.id != proof.id)
        .where(Proof.lat.is_not(None), Proof.tapped_at < proof.tapped_at)
        .order_by(Proof.tapped_at.desc())
    ).first()
    if before is None or before.lat is None or before.lon is None or before.tapped_at is None:
        return []
    way = _metres((before.lat, before.lon), (proof.lat, proof.lon))
    seconds = (proof.tapped_at - before.tapped_at).total_seconds()
    if way < SHORTEST_M or way <= FASTEST_M_S * seconds:
        return []
    return [f"{way / 1000:.0f} km dalam {seconds / 60:.0f} menit sejak konfirmasi sebelumnya."]


def _seen_before(session: Session, proof: Proof) -> list[str]:
    pictures = [sha for sha in (proof.received_sha, proof.signature_sha) if sha]
    if not pictures:
        return []
    other = session.scalar(
        select(Proof.id)
        .where(Proof.office == proof.office, Proof.id != proof.id)
        .where(or_(Proof.received_sha.in_(pictures), Proof.signature_sha.in_(pictures)))
        .limit(1)
    )
    return ["Foto atau tanda tangannya sama dengan bukti lain."] if other else []


def _metres(here: tuple[float, float], there: tuple[float, float]) -> float:
    return float(geodesic_metres(np.array([here]), np.array([there]))[0, 0])
