"""A document's way in words: every event of its trail with who did it, who held it then, and what shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.said import say
from dispatch.services.desks import desk_name
from dispatch.services.reasons import REASONS
from dispatch.store.models import (
    ApiClient,
    Courier,
    Document,
    Event,
    Handover,
    Link,
    LoadCheck,
    Proof,
    Route,
    User,
    Village,
)

STATE_WORDS: Mapping[str, str] = {
    "waiting_blank": say("menunggu blangko"),
    "printing": say("sedang dicetak"),
    "ready": say("siap"),
    "batched": say("dalam batch"),
    "out": say("di jalan"),
    "at_village": say("di kantor desa"),
    "returning": say("dalam perjalanan kembali"),
    "returned": say("kembali di kantor"),
    "held": say("ditahan"),
    "delivered": say("diterima warga"),
    "withdrawn": say("ditarik"),
    "self_printed": say("dicetak sendiri"),
    "lost": say("hilang"),
}
EVIDENCE_WORDS: Mapping[type, str] = {
    Proof: say("bukti lapangan"), Handover: say("hitungan penerima"), LoadCheck: say("hitungan saat dimuat"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event. `evidence`: the row it cites, None where it cites none or one that is not about the field."""

    event: Event
    state: str
    from_holder: str
    to_holder: str
    who: str
    why: str
    evidence: Proof | Handover | LoadCheck | None


def story_of(session: Session, document: Document) -> Sequence[Step]:
    """Every event of the document, oldest first."""
    events = session.scalars(
        select(Event)
        .where(Event.office == document.office, Event.subject_kind == "document", Event.subject_id == document.id)
        .order_by(Event.seq)
    ).all()
    evidence = _evidence(session, document.office, [event.evidence for event in events if event.evidence])
    steps: list[Step] = []
    for event in events:
        before = steps[-1].to_holder if steps else ""
        steps.append(
            Step(
                event=event,
                state=STATE_WORDS.get(event.to_state, event.to_state),
                from_holder=before,
                to_holder=holder_name(session, document.office, event.holder_kind, event.holder_id),
                who=actor_name(session, document.office, event.actor_kind, event.actor_id),
                why=REASONS[event.why].words if event.why in REASONS else event.why,
                evidence=evidence.get(event.evidence),
            )
        )
    return steps


def actor_name(session: Session, office: str, kind: str, actor_id: str) -> str:
    """Whoever did something, as people call them."""
    if kind == "user":
        name = session.scalar(select(User.name).where(User.office == office, User.id == actor_id))
        return name or "pengguna"
    if kind == "client":
        name = session.scalar(select(ApiClient.name).where(ApiClient.office == office, ApiClient.id == actor_id))
        return f"program {name}" if name else "program"
    if kind == "courier":
        name = session.scalar(
            select(Courier.name)
            .join(Route, (Route.office == Courier.office) & (Route.courier_id == Courier.id))
            .join(Link, (Link.office == Route.office) & (Link.route_id == Route.id))
            .where(Link.office == office, Link.id == actor_id)
        )
        return f"kurir {name}" if name else "kurir"
    if kind == "village":
        desk = session.scalar(
            select(Village)
            .join(Link, (Link.office == Village.office) & (Link.village_code == Village.code))
            .where(Link.office == office, Link.id == actor_id)
        )
        return f"kantor {desk_name(desk)}" if desk else "kantor desa"
    return {"partner": f"mitra {actor_id}", "system": "sistem"}.get(kind, kind)


def holder_name(session: Session, office: str, kind: str, holder_id: str) -> str:
    """Whoever holds a document, as people call them; a citizen is never named here."""
    if kind == "courier":
        name = session.scalar(select(Courier.name).where(Courier.office == office, Courier.id == holder_id))
        return f"kurir {name}" if name else "kurir"
    if kind in ("village_office", "district_office"):
        desk = session.get(Village, (office, holder_id))
        return f"kantor {desk_name(desk)}" if desk else "kantor desa"
    return {"depot": "kantor Dukcapil", "partner": "mitra kirim", "citizen": "warga"}.get(kind, kind)


def _evidence(session: Session, office: str, ids: Sequence[str]) -> dict[str, Proof | Handover | LoadCheck]:
    proofs = session.scalars(select(Proof).where(Proof.office == office, Proof.id.in_(ids)))
    counts = session.scalars(select(Handover).where(Handover.office == office, Handover.id.in_(ids)))
    loads = session.scalars(select(LoadCheck).where(LoadCheck.office == office, LoadCheck.id.in_(ids)))
    return {row.id: row for rows in (proofs, counts, loads) for row in rows}
