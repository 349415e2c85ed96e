"""A proof to download: a document's story with its events exactly as the trail holds them, and the end of the trail.

The JSON can be checked later, here or by anybody who can compute SHA-256: each event hashes to what it says, and the
office's trail still has the same event in the same place. Nobody who holds a proof need trust the database it is
checked against, and the office cannot rewrite what a proof has shown once.
"""

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import BadRequest
from dispatch.papers.proof import DocumentProof, ProofEvidence, ProofStep
from dispatch.papers.sheet import pdf
from dispatch.papers.words import day_written
from dispatch.services.custody_story import EVIDENCE_WORDS, STATE_WORDS, Step, story_of
from dispatch.services.desks import desk_name
from dispatch.services.paper_contents import kind_name, registration_of
from dispatch.services.paper_settings import look_of, without_long_numbers
from dispatch.services.reasons import REASONS
from dispatch.store import audit
from dispatch.store.db import now
from dispatch.store.files import FileStore
from dispatch.store.models import ChainHead, Document, Event, Handover, Office, Proof, Recipient, Village
from dispatch.store.models.common import Json

FORMAT = "antar-proof-1"
THUMBNAIL = 640  # pixels of the longer side
_HASHES = ("prev_hash", "hash")
_ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document's story at one moment, with the end of the office's trail."""

    office: Office
    document: Document
    village: Village
    holder: str
    steps: Sequence[Step]
    head: ChainHead
    at: datetime


def tell(session: Session, document: Document) -> Told:
    """Read everything the proof says, in one look."""
    return Told(
        office=session.get_one(Office, document.office),
        document=document,
        village=session.get_one(Village, (document.office, document.village_code)),
        holder=session.scalars(select(Recipient.name).where(Recipient.id == document.recipient_id)).one(),
        steps=story_of(session, document),
        head=session.get_one(ChainHead, document.office),
        at=now(session),
    )


def as_json(told: Told) -> Json:
    """The proof as plain values. The citizen's name is not in it: the document's code names the document."""
    document, zone = told.document, ZoneInfo(told.office.timezone)
    return {
        "format": FORMAT,
        "made_at": told.at.astimezone(UTC).isoformat(),
        "office": {"code": told.office.code, "name": told.office.name, "timezone": told.office.timezone},
        "document": {
            "id": document.id,
            "code": document.code,
            "kind": document.kind,
            "registration": registration_of(document),
            "village_code": document.village_code,
            "state": document.state,
        },
        "story": [_step(step, zone) for step in told.steps],
        "events": [_event(step.event) for step in told.steps],
        "chain": {"rule": "hash = sha256(prev_hash + canonical JSON of the event without prev_hash and hash)",
                  "seq": told.head.seq, "hash": told.head.hash},
    }  # fmt: skip


def as_pdf(session: Session, told: Told, files: FileStore, *, with_photos: bool) -> bytes:
    """The proof to print. `with_photos`: whether the reader may see photos of hand-overs."""
    document, zone = told.document, ZoneInfo(told.office.timezone)
    paper = DocumentProof(
        letterhead=look_of(session, document.office).letterhead,
        code=document.code,
        kind=kind_name(document.kind),
        holder=without_long_numbers(told.holder),
        registration=registration_of(document),
        village=f"{desk_name(told.village)}, Kecamatan {told.village.district}",
        state=STATE_WORDS.get(document.state, document.state),
        steps=tuple(
            ProofStep(
                at=_local(step.event.at, zone),
                state=step.state,
                holder=step.to_holder,
                who=step.who,
                why=without_long_numbers(step.why),
                seq=step.event.seq,
                hash=step.event.hash,
            )
            for step in told.steps
        ),
        evidence=tuple(_paper_evidence(told, files, zone, with_photos=with_photos)),
        chain_seq=told.head.seq,
        chain_hash=told.head.hash,
        made_at=_local(told.at, zone),
    )
    return pdf([paper], title=f"Bukti dokumen {document.code}", made_at=told.at)


def check_file(session: Session, body: Mapping[str, object]) -> list[str]:
    """What is wrong with a downloaded proof, in words; empty when the trail still says the same. BadRequest if none."""
    office, document_id, events, chain = _parts(body)
    problems = [f"event {e['seq']} of the file does not have the hash it names" for e in events if not _holds(e)]
    versions = [event.get("version") for event in events]
    if versions != list(range(1, len(events) + 1)):
        problems.append("the file does not hold the document's events from the first on, each once")
    for event in events:
        if (event.get("office"), event.get("subject_kind"), event.get("subject_id")) != (
            office, "document", document_id,
        ):  # fmt: skip
            problems.append(f"event {event['seq']} of the file is not about document {document_id}")
    numbers = [*(event["seq"] for event in events), chain["seq"]]
    trail = dict(
        session.execute(select(Event.seq, Event.hash).where(Event.office == office, Event.seq.in_(numbers))).all()
    )
    for event in events:
        if trail.get(_number(event["seq"])) != event.get("hash"):
            problems.append(f"the trail of {office} has another event {event['seq']}")
    if trail.get(_number(chain["seq"]), audit.GENESIS if chain["seq"] == 0 else "") != chain["hash"]:
        problems.append(f"the trail of {office} no longer passes through its end of that day, event {chain['seq']}")
    problems += _broken(session, office, first=_number(events[0]["seq"]) if events else 1)
    return problems


def events_since(session: Session, body: Mapping[str, object]) -> int:
    """How many events the document has had since the proof was made."""
    office, document_id, events, _ = _parts(body)
    count = session.scalar(
        select(func.count()).where(
            Event.office == office, Event.subject_kind == "document", Event.subject_id == document_id
        )
    )
    return (count or 0) - len(events)


def _broken(session: Session, office: str, *, first: int) -> list[str]:
    """Whether the trail joins up from the proof's first event to its end today."""
    columns = [c.name for c in Event.__table__.c if c.name not in _HASHES]
    prev: str | None = None
    asked = select(Event).where(Event.office == office, Event.seq >= first).order_by(Event.seq)
    with closing(session.scalars(asked.execution_options(yield_per=1000))) as events:
        for event in events:
            own = audit.digest(event.prev_hash, {name: getattr(event, name) for name in columns})
            if own != event.hash or (prev is not None and event.prev_hash != prev):
                return [f"the trail of {office} is broken at event {event.seq}"]
            prev = event.hash
    head = session.get(ChainHead, office)
    if head is None or (prev is not None and head.hash != prev):
        return [f"the trail of {office} does not end where its head says"]
    return []


def _parts(body: Mapping[str, object]) -> tuple[str, str, list[Json], Json]:
    """(office, document id, events, chain) of a proof. BadRequest when it is none."""
    office, document, events, chain = (body.get(name) for name in ("office", "document", "events", "chain"))
    if (
        body.get("format") != FORMAT
        or not isinstance(office, dict)
        or not isinstance(document, dict)
        or not isinstance(events, list)
        or not isinstance(chain, dict)
        or not all(isinstance(event, dict) and isinstance(event.get("seq"), int) for event in events)
        or not isinstance(chain.get("seq"), int)
        or not isinstance(chain.get("hash"), str)
    ):
        raise BadRequest(f"this is no proof of the form {FORMAT}")
    return str(office.get("code")), str(document.get("id")), events, chain


def _holds(event: Json) -> bool:
    said = {name: value for name, value in event.items() if name not in _HASHES}
    return audit.digest(str(event.get("prev_hash")), said) == event.get("hash")


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _event(event: Event) -> Json:
    plain: Json = {column.name: getattr(event, column.name) for column in Event.__table__.c}
    return {**plain, "at": event.at.astimezone(UTC).isoformat()}


def _step(step: Step, zone: ZoneInfo) -> Json:
    shown: Json | None = None
    if step.evidence is not None:
        shown = {
            "id": step.evidence.id,
            "what": EVIDENCE_WORDS[type(step.evidence)],
            "received_at": step.evidence.received_at.astimezone(zone).isoformat(),
        }
        if isinstance(step.evidence, Proof):
            shown["kind"] = step.evidence.kind
            shown["sha256_received"], shown["sha256_kept"] = step.evidence.received_sha, step.evidence.stored_sha
    return {
        "at": step.event.at.astimezone(zone).isoformat(),
        "state": step.event.to_state,
        "from": step.from_holder,
        "to": step.to_holder,
        "who": step.who,
        "why": step.why,
        "event": step.event.seq,
        "evidence": shown,
    }


def _paper_evidence(told: Told, files: FileStore, zone: ZoneInfo, *, with_photos: bool) -> list[ProofEvidence]:
    """Each row that the events cite, once."""
    rows = {step.evidence.id: step.evidence for step in told.steps if step.evidence is not None}
    shown = []
    for row in rows.values():
        photo, what, by = None, EVIDENCE_WORDS[type(row)], ""
        if isinstance(row, Proof):
            what = (
                "diserahkan"
                if row.kind == "delivered"
                else REASONS[row.reason].words
                if row.reason in REASONS
                else what
            )
            by = ", ".join(filter(None, (row.received_by, row.relation)))
            photo = _thumbnail(files, row) if with_photos else None
        elif isinstance(row, Handover):
            by = row.received_by
        sha = (row.stored_sha or row.received_sha) if isinstance(row, Proof) else ""
        at = _local(row.received_at, zone)
        shown.append(ProofEvidence(at=at, what=what, received_by=without_long_numbers(by), sha256=sha, photo=photo))
    return shown


def _thumbnail(files: FileStore, proof: Proof) -> bytes | None:
    """A small copy of the kept photo; None when there is none (any more)."""
    if not proof.stored_sha:
        return None
    try:
        body = files.get(proof.office, proof.stored_sha)
    except FileNotFoundError:
        return None  # a photo may be erased when its time is over; its hash stays
    with Image.open(io.BytesIO(body), formats=("JPEG",)) as picture:
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        small = io.BytesIO()
        picture.save(small, "JPEG", quality=75)
    return small.getvalue()


def _local(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day_written(local.date())} {local:%H.%M} {_ZONES.get(zone.key, zone.key)}"


def parsed(text: str) -> Mapping[str, object]:
    """The JSON of a proof file. BadRequest when it is none."""
    try:
        body = json.loads(text)
    except ValueError:
        raise BadRequest("the file is no JSON") from None
    if not isinstance(body, dict):
        raise BadRequest(f"this is no proof of the form {FORMAT}")
    return body
